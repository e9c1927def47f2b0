"""Readiness: which drivers are in place, who says so, and what has changed.

A respondent's score of a driver is the mean of its best practices as that respondent rated them,
in percent of full points; of a composite, the mean of its drivers. A site's score is the mean over
respondents, with a t interval. The latest assessment is set beside the one before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.readiness_findings import in_place_finding, weakest_finding
from workbench.findings import Finding
from workbench.models.clustered import Estimate, clustered_mean

SCORE_COLUMNS = [
    "scope",
    "site_id",
    "assessed_quarter",
    "level",
    "name",
    "title",
    "driver",
    "score",
    "conf_low",
    "conf_high",
    "share_in_place",
    "share_not_in_place",
    "n_respondents",
    "n_answers",
    "status",
    "previous_quarter",
    "previous_score",
    "change",
    "change_low",
    "change_high",
    "lowest",
    "highest",
]


@dataclass(frozen=True)
class Readiness:
    """Driver scores and what they say.

    Attributes
    ----------
    driver_scores
        One row a scope, level and name; see ``SCORE_COLUMNS``. Scores in percent.
    prompts
        One row a best practice: ``best_practice, wording, action, owner_role``.
    """

    driver_scores: pd.DataFrame
    prompts: pd.DataFrame

    def findings(self) -> list[Finding]:
        """Say what is in place, and which driver has the least, for each site and the network."""
        found = []
        for (_, site_id), scores in self.driver_scores.groupby(["scope", "site_id"], sort=True):
            found.append(in_place_finding(scores, str(site_id)))
            found.append(weakest_finding(scores, self.prompts, str(site_id)))
        return found


def driver_readiness(
    panel: pd.DataFrame, prompts: pd.DataFrame, levels: Mapping[str, float]
) -> Readiness:
    """Scores of best practices, drivers and composites for each site and the network.

    Parameters
    ----------
    panel
        One row a best practice rated by a respondent, from ``panels.assessment_panel``.
    prompts
        One row a best practice: ``best_practice, wording, action, owner_role``.
    levels
        Percent of full points at which ``in place`` and ``partly in place`` begin.
    """
    answered = panel[panel["answered"]]
    rows = []
    for site_id, mine in answered.groupby("site_id", sort=True):
        rows += _scores_of_a_site(mine, str(site_id))
    site_scores = pd.DataFrame(rows)
    if site_scores.empty:
        return Readiness(pd.DataFrame(columns=SCORE_COLUMNS), prompts)
    scores = pd.concat([_network(site_scores), site_scores], ignore_index=True)
    scores["status"] = np.select(
        [scores["score"] >= at_least for at_least in levels.values()],
        list(levels),
        terms.NOT_IN_PLACE,
    )
    return Readiness(scores[SCORE_COLUMNS], prompts)


def _scores_of_a_site(answers: pd.DataFrame, site_id: str) -> list[dict[str, object]]:
    quarters = sorted(answers["assessed_quarter"].unique())
    now = _respondent_scores(answers[answers["assessed_quarter"] == quarters[-1]])
    before = None
    if len(quarters) > 1:
        before = _respondent_scores(answers[answers["assessed_quarter"] == quarters[-2]])
    rows = []
    for (level, name), scores in now.groupby(["level", "name"], sort=False):
        earlier = None
        if before is not None:
            earlier = before[(before["level"] == level) & (before["name"] == name)]
        rows.append(
            {
                "scope": "site",
                "site_id": site_id,
                "assessed_quarter": quarters[-1],
                "level": level,
                "name": name,
                "title": scores["title"].iloc[0],
                "driver": scores["driver"].iloc[0],
                "share_in_place": _share(scores, "full"),
                "share_not_in_place": _share(scores, "none"),
                "n_respondents": scores["respondent_id"].nunique(),
                "n_answers": int(scores["answers"].sum()),
                "lowest": scores["score"].min(),
                "highest": scores["score"].max(),
                "previous_quarter": quarters[-2] if before is not None else "",
                **_mean_and_change(scores, earlier),
            }
        )
    return rows


def _respondent_scores(answers: pd.DataFrame) -> pd.DataFrame:
    """Each respondent's score of every best practice, driver and composite."""
    rated = answers.assign(
        full=answers["percent"] == 100,
        none=answers["percent"] == 0,
        answers=1,
        score=answers["percent"],
    )
    practices = rated.assign(
        level="best_practice", name=rated["best_practice"], title=rated["wording"]
    )
    drivers = _averaged(rated, "driver", rated["driver"], rated["driver_title"])
    composite_of = {
        driver: name for name, members in terms.COMPOSITES.items() for driver in members
    }
    of = drivers["driver"].map(composite_of)
    members = drivers[of.notna()]
    composites = _averaged(members, "composite", of.dropna(), of.dropna().str.capitalize())
    columns = [
        "level",
        "name",
        "title",
        "driver",
        "respondent_id",
        "score",
        "full",
        "none",
        "answers",
    ]
    return pd.concat([part[columns] for part in (composites, drivers, practices)])


def _averaged(rated: pd.DataFrame, level: str, names: pd.Series, titles: pd.Series) -> pd.DataFrame:
    grouped = rated.assign(name=names, title=titles).groupby(
        ["name", "title", "respondent_id"], sort=False
    )
    averaged = grouped.agg(
        score=("score", "mean"),
        full=("full", "sum"),
        none=("none", "sum"),
        answers=("answers", "sum"),
    ).reset_index()
    driver = averaged["name"] if level == "driver" else ""
    return averaged.assign(level=level, driver=driver)


def _share(scores: pd.DataFrame, column: str) -> float:
    return float(scores[column].sum() / scores["answers"].sum())


def _mean_and_change(scores: pd.DataFrame, earlier: pd.DataFrame | None) -> dict[str, float]:
    now = clustered_mean(scores["score"], scores["respondent_id"])
    result = {
        "score": now.estimate,
        "conf_low": _within(now.conf_low),
        "conf_high": _within(now.conf_high),
        "previous_score": np.nan,
        "change": np.nan,
        "change_low": np.nan,
        "change_high": np.nan,
    }
    if earlier is None or earlier.empty:
        return result
    before = clustered_mean(earlier["score"], earlier["respondent_id"])
    reach = float(np.hypot(now.conf_high - now.estimate, before.conf_high - before.estimate))
    change = now.estimate - before.estimate
    result.update(
        previous_score=before.estimate,
        change=change,
        change_low=change - reach,
        change_high=change + reach,
    )
    return result


def _within(value: float) -> float:
    """Keep an interval's end on the scale of 0 to 100."""
    return float(np.clip(value, 0, 100))


def _network(site_scores: pd.DataFrame) -> pd.DataFrame:
    """Score the network: the mean over sites, each by its latest assessment."""
    rows = []
    for (level, name, title, driver), scores in site_scores.groupby(
        ["level", "name", "title", "driver"], sort=False
    ):
        over_sites: Estimate = clustered_mean(scores["score"], scores["site_id"])
        changes = scores[scores["change"].notna()]
        change: Estimate | None = (
            clustered_mean(changes["change"], changes["site_id"]) if len(changes) else None
        )
        rows.append(
            {
                "scope": "network",
                "site_id": "",
                "level": level,
                "name": name,
                "title": title,
                "driver": driver,
                "assessed_quarter": scores["assessed_quarter"].max(),
                "previous_quarter": scores["previous_quarter"].max(),
                "score": over_sites.estimate,
                "conf_low": _within(over_sites.conf_low),
                "conf_high": _within(over_sites.conf_high),
                "share_in_place": scores["share_in_place"].mean(),
                "share_not_in_place": scores["share_not_in_place"].mean(),
                "n_respondents": int(scores["n_respondents"].sum()),
                "n_answers": int(scores["n_answers"].sum()),
                "lowest": scores["score"].min(),
                "highest": scores["score"].max(),
                "previous_score": scores["previous_score"].mean(),
                "change": change.estimate if change else np.nan,
                "change_low": change.conf_low if change else np.nan,
                "change_high": change.conf_high if change else np.nan,
            }
        )
    return pd.DataFrame(rows)
