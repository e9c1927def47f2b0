"""What each respondent's answers come to: best practices, drivers and composites.

A respondent's score of a driver is the weighted mean of its best practices, over those that apply
and were answered. It is given only where enough of those that apply were answered.
"""

from __future__ import annotations

import pandas as pd

from workbench import terms
from workbench.language import mark, say

SMALLEST_SHARE = 0.8
"""Share of a driver's best practices that apply which a respondent must have answered."""
WHO = ["site_id", "assessed_quarter", "respondent_id"]
COMPOSITE_TITLES = {
    "competency": mark("Competency"),
    "organisation": mark("Organisation"),
    "leadership": mark("Leadership"),
}
COLUMNS = [
    *WHO,
    "respondent_role",
    "level",
    "name",
    "title",
    "driver",
    "score",
    "full",
    "none",
    "answers",
]


def respondent_scores(
    panel: pd.DataFrame, smallest_share_answered: float = SMALLEST_SHARE
) -> pd.DataFrame:
    """Each respondent's score of every best practice, driver and composite.

    Parameters
    ----------
    panel
        One row a best practice rated by a respondent, from ``panels.assessment_panel``; without
        its column ``applies``, every best practice counts as applying.
    smallest_share_answered
        Share, 0 to 1, as the instrument declares it. A best practice that others of the same
        assessment were asked, and this respondent has no row of, counts as not answered.

    Returns
    -------
    DataFrame
        ``site_id, assessed_quarter, respondent_id, respondent_role, level, name, title, driver,
        score`` (percent of full points), ``full, none, answers`` (how many answers stand behind
        it, and how many of them are *in place* and *not in place*).
    """
    answered = panel[panel["answered"].astype(bool)]
    rated = answered.assign(
        full=(answered["percent"] == 100).astype(int),
        none=(answered["percent"] == 0).astype(int),
        answers=1,
        score=answered["percent"],
    )
    practices = rated.assign(
        level="best_practice", name=rated["best_practice"], title=rated["wording"]
    )
    drivers = _drivers(panel, rated, smallest_share_answered)
    parts = [_composites(drivers), drivers, practices]
    return pd.concat([part[COLUMNS] for part in parts], ignore_index=True)


def latest(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of each site's latest quarter with an answer."""
    if frame.empty:
        return frame
    answered = frame[frame["answered"].astype(bool)] if "answered" in frame.columns else frame
    last = answered.groupby("site_id")["assessed_quarter"].max()
    return frame[frame["assessed_quarter"] == frame["site_id"].map(last)]


def scores_by_assessment(
    panel: pd.DataFrame, smallest_share_answered: float = SMALLEST_SHARE
) -> pd.DataFrame:
    """Site's score of each driver at every assessment: what ties to fidelity are sought from.

    Returns
    -------
    DataFrame
        ``site_id, assessed_quarter, name, title, score`` (mean over respondents),
        ``n_respondents``.
    """
    scores = respondent_scores(panel, smallest_share_answered)
    drivers = scores[scores["level"] == "driver"]
    return (
        drivers.groupby(["site_id", "assessed_quarter", "name", "title"], sort=True)
        .agg(score=("score", "mean"), n_respondents=("respondent_id", "nunique"))
        .reset_index()
    )


def _drivers(panel: pd.DataFrame, rated: pd.DataFrame, smallest: float) -> pd.DataFrame:
    keys = [*WHO, "respondent_role", "driver", "driver_title"]
    weighted = rated.assign(points=rated["percent"] * rated["weight"])
    sums = weighted.groupby(keys, sort=False)[["points", "weight", "full", "none", "answers"]].sum()
    scored = sums.reset_index()
    scored = scored.merge(_asked(panel), on=["site_id", "assessed_quarter", "driver"], how="left")
    scored = scored.merge(_not_applicable(panel), on=[*WHO, "driver"], how="left")
    applicable = scored["asked"] - scored["not_applicable"].fillna(0)
    scored = scored[scored["answers"] >= smallest * applicable]
    return scored.assign(
        level="driver",
        name=scored["driver"],
        title=scored["driver_title"],
        score=scored["points"] / scored["weight"],
    )


def _asked(panel: pd.DataFrame) -> pd.DataFrame:
    """How many best practices of each driver anyone was asked in an assessment."""
    by = ["site_id", "assessed_quarter", "driver"]
    return panel.groupby(by)["best_practice"].nunique().rename("asked").reset_index()


def _not_applicable(panel: pd.DataFrame) -> pd.DataFrame:
    applies = panel["applies"].astype(bool) if "applies" in panel.columns else True
    rows = panel.assign(not_applicable=~pd.Series(applies, index=panel.index))
    return rows.groupby([*WHO, "driver"])["not_applicable"].sum().reset_index()


def _composites(drivers: pd.DataFrame) -> pd.DataFrame:
    composite_of = {
        driver: name for name, members in terms.COMPOSITES.items() for driver in members
    }
    of = drivers["name"].map(composite_of)
    grouped = drivers.assign(name=of)[of.notna()].groupby(
        [*WHO, "respondent_role", "name"], sort=False
    )
    averaged = grouped.agg(
        score=("score", "mean"),
        full=("full", "sum"),
        none=("none", "sum"),
        answers=("answers", "sum"),
    ).reset_index()
    titles = [say(COMPOSITE_TITLES[name]) for name in averaged["name"]]
    return averaged.assign(level="composite", title=titles, driver="")
