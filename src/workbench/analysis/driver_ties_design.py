"""Observations with the assessment that came before them, and whether that is enough to go on."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.language import mark, say
from workbench.wording import count_of

FEWEST_SITES = 5
FEWEST_ASSESSMENTS = 2
"""Assessments of a site, each with fidelity after it, for it to tell of change within a site."""
NO_SPREAD = 1e-8
COLUMNS = ["driver_within", "driver_between", "assessment"]


@dataclass(frozen=True)
class Linked:
    """Observations with a driver's score before them.

    Attributes
    ----------
    frame
        Rows of ``by_observation`` that an assessment reaches, with ``driver_within`` and
        ``driver_between`` (in units of so many points) and ``assessment`` (one a site and
        quarter).
    n_assessments
        Assessments with fidelity after them.
    left_out
        How many scores are missing, as a sentence; empty if none.
    """

    frame: pd.DataFrame
    n_assessments: int
    left_out: str = ""


def link_to_fidelity(
    scores: pd.DataFrame, by_observation: pd.DataFrame, reach: tuple[int, int], points: float
) -> Linked:
    """Give each observation the site's latest score of one driver, split within and between.

    Parameters
    ----------
    scores
        ``site_id, assessed_quarter, score`` of one driver.
    by_observation
        One row an observation, with ``site_id`` and ``quarter``.
    reach
        Fewest and most quarters from an assessment to an observation that belongs to it.
    points
        Points of the driver that make one unit.
    """
    scores = scores.assign(_assessed=quarter_number(scores["assessed_quarter"]))
    missing = int(scores["score"].isna().sum())
    known = scores[scores["score"].notna()]
    frame = by_observation.assign(_seen=quarter_number(by_observation["quarter"]))
    parts = []
    for ago in range(reach[0], reach[1] + 1):
        # The nearest assessment comes first, and what it reached is not asked again.
        here = known[["site_id", "_assessed", "score"]].assign(_seen=known["_assessed"] + ago)
        parts.append(frame.reset_index().merge(here, on=["site_id", "_seen"]))
    linked = pd.concat(parts, ignore_index=True).drop_duplicates("index")
    linked = linked.sort_values("index").drop(columns=["index", "_seen"]).reset_index(drop=True)
    linked["score"] = linked["score"].astype(float)
    by_assessment = linked.drop_duplicates(["site_id", "_assessed"])
    own = linked["site_id"].map(by_assessment.groupby("site_id")["score"].mean()).astype(float)
    whole = by_assessment["score"].mean()
    linked = linked.assign(
        driver_within=(linked["score"] - own) / points,
        driver_between=(own - whole) / points,
        assessment=linked["site_id"].astype("str") + " " + linked["_assessed"].astype("str"),
    )
    return Linked(linked.drop(columns="_assessed"), len(by_assessment), _said(missing, len(scores)))


def _said(missing: int, every: int) -> str:
    if not missing:
        return ""
    return say(
        "{missing} of {scores} of this driver are missing and left out.",
        missing=missing,
        scores=count_of(every, "score"),
    )


def too_few(linked: Linked) -> str:
    """Why no tie can be looked for; empty if one can."""
    frame = linked.frame
    assessments = frame.drop_duplicates("assessment").groupby("site_id").size()
    able = int((assessments >= FEWEST_ASSESSMENTS).sum())
    if able < FEWEST_SITES:
        few = (
            mark("{sites} has {assessments} or more assessments with fidelity observed after each, "
                 "and {needed} are needed.")
            if able == 1
            else mark("{sites} have {assessments} or more assessments with fidelity observed after "
                      "each, and {needed} are needed.")
        )  # fmt: skip
        return say(
            few,
            sites=count_of(able, "site"),
            assessments=FEWEST_ASSESSMENTS,
            needed=FEWEST_SITES,
        )
    if frame["driver_within"].abs().max() < NO_SPREAD:
        return say("the driver's score does not change at any site.")
    return ""


def quarter_number(labels: pd.Series) -> pd.Series:
    """Count of quarters up to each label such as ``2026Q3``.

    >>> quarter_number(pd.Series(["2025Q4", "2026Q1"])).diff().iloc[-1].item()
    1.0
    """
    text = labels.astype("str")
    return text.str[:4].astype(int) * 4 + text.str[-1].astype(int)
