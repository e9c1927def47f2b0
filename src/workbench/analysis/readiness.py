"""Readiness: which drivers are in place, who says so, and what has changed.

A respondent's score of a driver is the weighted mean of its best practices as that respondent
rated them, in percent of full points; of a composite, the mean of its drivers. A site's score is
the mean over respondents, with a t interval. The latest assessment is set beside the one before.
A mean over people who don't agree describes none of them: it is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.readiness_findings import WITHHELD, in_place_finding, weakest_finding
from workbench.analysis.readiness_respondents import (
    SMALLEST_SHARE,
    respondent_scores,
    scores_by_assessment,
)
from workbench.findings import Finding
from workbench.language import say
from workbench.models.clustered import Estimate, clustered_mean
from workbench.shown import Shown

__all__ = ["SCORE_COLUMNS", "Readiness", "driver_readiness", "scores_by_assessment"]

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
    "reason",
]
BLANKED = [
    "score",
    "conf_low",
    "conf_high",
    "previous_score",
    "change",
    "change_low",
    "change_high",
]


@dataclass(frozen=True)
class Readiness(Shown):
    """Driver scores and what they say.

    Attributes
    ----------
    driver_scores
        One row a scope, level and name; see ``SCORE_COLUMNS``. Scores in percent. ``reason`` says
        why a score is withheld or with what reserve it is shown; empty for most.
    prompts
        One row a best practice: ``best_practice, wording, action, owner_role``.
    """

    driver_scores: pd.DataFrame
    prompts: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"driver_scores": self.driver_scores}

    def findings(self) -> list[Finding]:
        """Say what is in place, and which driver has the least, for each site and the network."""
        found = []
        for (_, site_id), scores in self.driver_scores.groupby(["scope", "site_id"], sort=True):
            found.append(in_place_finding(scores, str(site_id)))
            found.append(weakest_finding(scores, self.prompts, str(site_id)))
        return found


def driver_readiness(
    panel: pd.DataFrame,
    prompts: pd.DataFrame,
    levels: Mapping[str, float],
    smallest_share_answered: float = SMALLEST_SHARE,
    agreement: pd.DataFrame | None = None,
    participation: pd.DataFrame | None = None,
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
    smallest_share_answered
        Share of a driver's best practices that a respondent must have answered, as the instrument
        declares it.
    agreement
        ``driver_agreement`` of ``aggregation_evidence``: a site's score of a driver is withheld
        where it is not ``enough``, and with it the composites that hold the driver. None: no score
        is withheld.
    participation
        ``participation`` of the function of that name: scores of a site where it is not
        ``enough`` are shown with its reason.
    """
    scores = respondent_scores(panel, smallest_share_answered)
    rows = []
    for site_id, mine in scores.groupby("site_id", sort=True):
        rows += _scores_of_a_site(mine, str(site_id))
    site_scores = pd.DataFrame(rows)
    if site_scores.empty:
        return Readiness(pd.DataFrame(columns=SCORE_COLUMNS), prompts)
    table = pd.concat([_network(site_scores), site_scores], ignore_index=True)
    table["status"] = np.select(
        [table["score"] >= at_least for at_least in levels.values()],
        list(levels),
        terms.NOT_IN_PLACE,
    )
    table["reason"] = ""
    table = _with_participation(table, participation)
    return Readiness(_withheld(table, agreement)[SCORE_COLUMNS], prompts)


def _with_participation(scores: pd.DataFrame, participation: pd.DataFrame | None) -> pd.DataFrame:
    if participation is None or participation.empty:
        return scores
    few = participation[~participation["enough"].astype(bool)]
    reasons = scores["site_id"].map(dict(zip(few["site_id"], few["reason"], strict=True)))
    return scores.assign(reason=reasons.fillna("").astype("str"))


def _withheld(scores: pd.DataFrame, agreement: pd.DataFrame | None) -> pd.DataFrame:
    """Take away means over respondents who don't agree, and say why."""
    if agreement is None or agreement.empty:
        return scores
    apart = agreement[~agreement["enough"].astype(bool)]
    reasons = dict(
        zip(zip(apart["site_id"], apart["name"], strict=True), apart["reason"], strict=True)
    )
    for composite, members in terms.COMPOSITES.items():
        for site, name in list(reasons):
            if name in members:
                why = say("the score of a driver in this group is withheld.")
                reasons.setdefault((site, composite), why)
    above_practices = scores["level"] != "best_practice"
    keys = pd.MultiIndex.from_frame(scores[["site_id", "name"]])
    said = pd.Series([reasons.get(key, "") for key in keys], index=scores.index, dtype="str")
    rows = above_practices & (said != "")
    scores.loc[rows, BLANKED] = np.nan
    scores.loc[rows, "status"] = WITHHELD
    scores.loc[rows, "reason"] = said[rows]
    return scores


def _scores_of_a_site(scores: pd.DataFrame, site_id: str) -> list[dict[str, object]]:
    quarters = sorted(scores["assessed_quarter"].unique())
    now = scores[scores["assessed_quarter"] == quarters[-1]]
    before = scores[scores["assessed_quarter"] == quarters[-2]] if len(quarters) > 1 else None
    earlier = {} if before is None else dict(list(before.groupby(["level", "name"], sort=False)))
    rows = []
    for (level, name), mine in now.groupby(["level", "name"], sort=False):
        rows.append(
            {
                "scope": "site",
                "site_id": site_id,
                "assessed_quarter": quarters[-1],
                "level": level,
                "name": name,
                "title": mine["title"].iloc[0],
                "driver": mine["driver"].iloc[0],
                "share_in_place": _share(mine, "full"),
                "share_not_in_place": _share(mine, "none"),
                "n_respondents": mine["respondent_id"].nunique(),
                "n_answers": int(mine["answers"].sum()),
                "lowest": mine["score"].min(),
                "highest": mine["score"].max(),
                "previous_quarter": "" if before is None else quarters[-2],
                **_mean_and_change(mine, earlier.get((level, name))),
            }
        )
    return rows


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
