"""Which growth model these observations can carry, and what has to be left out and why."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.language import mark, say
from workbench.shown import Shown
from workbench.wording import count_of

FEWEST_GROUPS = 5
"""Groups below which a variance between them is not estimated."""
FEWEST_WITH_A_SLOPE = 8
"""Groups with a course of their own below which a variance of slopes is not estimated."""
FEWEST_OCCASIONS = 3
SHORTEST_SPAN = 2.0
"""Quarters that a group's observations must span to speak of its slope."""
SMALLEST_SHARE_SEEN_AGAIN = 0.25
"""Share of practitioners seen in several quarters below which quarters compare other people."""
SLOPE = "1 + quarters"
SITES, SITES_SLOPES = mark("differences between sites"), mark("slopes of sites")
PRACTITIONERS = mark("differences between practitioners")
PRACTITIONERS_SLOPES = mark("slopes of practitioners")
RATERS = mark("differences between raters")
WITHIN, MOVERS = mark("change within practitioners"), mark("practitioners who changed site")


@dataclass(frozen=True)
class GrowthDesign(Shown):
    """A growth model for a set of observations.

    Attributes
    ----------
    formula
        As lme4 writes it.
    left_out
        What the model can't hold, to the reason.
    """

    formula: str
    left_out: dict[str, str]


def growth_design(by_observation: pd.DataFrame) -> GrowthDesign:
    """Choose the fullest growth model that the observations can carry.

    Parameters
    ----------
    by_observation
        One row an observation with ``fidelity``, ``quarters``, ``rater_role``, ``rater_id``,
        ``practitioner_id`` and ``site_id``.
    """
    left_out: dict[str, str] = {}
    parts = ["quarters"]
    if len(by_observation["rater_role"].unique()) > 1:
        parts.append("rater_role")
    parts += _practitioners(by_observation, left_out)
    parts += _sites(by_observation, left_out)
    parts += _raters(by_observation, left_out)
    _same_people(by_observation, left_out)
    _movers(by_observation, left_out)
    return GrowthDesign(f"fidelity ~ {' + '.join(parts)}", left_out)


def _same_people(frame: pd.DataFrame, left_out: dict[str, str]) -> None:
    """Say so where quarters compare different people rather than the same people again."""
    quarters = frame.groupby("practitioner_id")["quarter"].nunique()
    again = int((quarters > 1).sum())
    if again < SMALLEST_SHARE_SEEN_AGAIN * len(quarters):
        left_out[WITHIN] = say(
            "{again} of {seen} were seen in more than one quarter, so that quarters compare "
            "different people.",
            again=again,
            seen=len(quarters),
        )


def _movers(frame: pd.DataFrame, left_out: dict[str, str]) -> None:
    """Say so where practitioners worked at several sites."""
    stays = frame[["practitioner_id", "site_id"]].drop_duplicates()
    moved = stays.loc[stays["practitioner_id"].duplicated(), "practitioner_id"].nunique()
    if moved:
        left_out[MOVERS] = say(
            "{moved} worked at more than one site; each stay counts as a practitioner of its own.",
            moved=moved,
        )


def one_site_each(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each stay of a practitioner who changed site a name of its own.

    The growth model nests practitioners in sites.
    """
    moved = frame.groupby("practitioner_id")["site_id"].transform("nunique") > 1
    stay = frame["practitioner_id"] + " at " + frame["site_id"]
    return frame.assign(practitioner_id=frame["practitioner_id"].mask(moved, stay))


def _practitioners(frame: pd.DataFrame, left_out: dict[str, str]) -> list[str]:
    count, sites = frame["practitioner_id"].nunique(), frame["site_id"].nunique()
    if count <= sites:
        left_out[PRACTITIONERS] = say(
            "there is one practitioner a site, so practitioners and sites can't be told apart."
        )
        _slopes(frame, "practitioner_id", PRACTITIONERS_SLOPES, left_out)
        return []
    if not _groups(frame, "practitioner_id", PRACTITIONERS, left_out):
        return []
    if _slopes(frame, "practitioner_id", PRACTITIONERS_SLOPES, left_out):
        return [f"({SLOPE} | practitioner_id)"]
    return ["(1 | practitioner_id)"]


def _sites(frame: pd.DataFrame, left_out: dict[str, str]) -> list[str]:
    if not _groups(frame, "site_id", SITES, left_out):
        return []
    if _slopes(frame, "site_id", SITES_SLOPES, left_out):
        return [f"({SLOPE} | site_id)"]
    return ["(1 | site_id)"]


def _raters(frame: pd.DataFrame, left_out: dict[str, str]) -> list[str]:
    if len(frame["rater_id"].unique()) == 1:
        return []
    if frame.groupby("rater_id")["site_id"].nunique().max() == 1 and (
        frame.groupby("site_id")["rater_id"].nunique().max() == 1
    ):
        left_out[RATERS] = say(
            "every site has one rater of its own, so raters and sites can't be told apart."
        )
        return []
    return ["(1 | rater_id)"] if _groups(frame, "rater_id", RATERS, left_out) else []


def _groups(frame: pd.DataFrame, group: str, what: str, left_out: dict[str, str]) -> bool:
    """Whether a variance between these groups can be estimated."""
    counts = frame[group].value_counts()
    if len(counts) < FEWEST_GROUPS:
        left_out[what] = say(
            "a variance needs {fewest} or more, and there are {count}.",
            fewest=FEWEST_GROUPS,
            count=len(counts),
        )
        return False
    if (counts > 1).sum() < FEWEST_GROUPS:
        left_out[what] = say("hardly any has more than one observation.")
        return False
    return True


def _slopes(frame: pd.DataFrame, group: str, what: str, left_out: dict[str, str]) -> bool:
    """Whether a variance of these groups' slopes can be estimated."""
    by_group = frame.groupby(group)["quarters"]
    occasions, span = by_group.nunique(), by_group.max() - by_group.min()
    if len(occasions) < FEWEST_WITH_A_SLOPE:
        left_out[what] = say(
            "a variance of slopes needs {fewest} or more, and there are {count}.",
            fewest=FEWEST_WITH_A_SLOPE,
            count=len(occasions),
        )
        return False
    able = int(((occasions >= FEWEST_OCCASIONS) & (span >= SHORTEST_SPAN)).sum())
    if able >= FEWEST_WITH_A_SLOPE and able >= len(occasions) / 2:
        return True
    left_out[what] = _too_seldom(able, len(occasions), int(occasions.median()))
    return False


def _too_seldom(able: int, count: int, days: int) -> str:
    """Say how few of the groups were seen often enough to tell a slope."""
    text = mark(
        "{able} of {count} were seen on {occasions} or more days over at least {quarters:.0f} "
        "quarters; half of them were seen on {days} or fewer."
    )
    if not able:
        text = mark(
            "none of {count} were seen on {occasions} or more days over at least {quarters:.0f} "
            "quarters; half of them were seen on {days} or fewer."
        )
    return say(
        text,
        able=able,
        count=count,
        occasions=FEWEST_OCCASIONS,
        quarters=SHORTEST_SPAN,
        days=count_of(days, "day"),
    )
