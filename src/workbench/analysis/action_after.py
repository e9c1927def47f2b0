"""From finding to action: whether coaching follows a low observation, how soon, and what then.

A low observation whose days are not over when the quarter ends is open: it has waited so long, and
counts as neither followed nor forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from workbench.analysis.action_after_acts import acts_that_follow, first_act, has_none
from workbench.analysis.action_after_next import NextScore, next_scores
from workbench.analysis.action_after_times import share_followed
from workbench.language import mark, noun, say
from workbench.quarters import Quarter
from workbench.shown import Shown
from workbench.wording import number

__all__ = ["ActionAfter", "action_after_low"]

QUARTERS = 4
"""Quarters up to that of the report whose low observations count for the share followed."""
FEWEST_LOW = 5
"""Low observations below which the share and the delay are withheld."""
LOW_COLUMNS = [
    "scope", "site_id", "low_observations", "followed", "open", "share", "share_low", "share_high",
    "median_days", "days_low", "days_high", "n_practitioners", "reason",
]  # fmt: skip
NO_LEVEL = mark("no level is set below which an observation counts as low.")
NOT_HANDED_IN = mark(
    "no table of supports was handed in. It would show whether coaching follows a low observation."
)
NO_ACTS = mark(
    "the table of supports holds no coaching, observation with feedback or supervision on skill, "
    "and no act that names the observation that led to it."
)
NOTHING_LOW = mark("no observation of the last {quarters} quarters is below {level}%.")


@dataclass(frozen=True)
class ActionAfter(Shown):
    """What came after low observations.

    Attributes
    ----------
    low
        Evidence table ``action_after_low``: see ``LOW_COLUMNS``. ``followed`` counts those
        followed within the days, ``open`` those that were not and whose days are not over.
    next_score
        The next score of those coached and not coached.
    low_below, within_days, quarter
        Level, days, and label of the quarter of the report.
    why_not
        Why nothing can be said; empty if something can.
    """

    low: pd.DataFrame
    next_score: NextScore
    low_below: float | None
    within_days: int
    quarter: str
    why_not: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"action_after_low": self.low, "action_after_next": self.next_score.groups}


def action_after_low(
    by_observation: pd.DataFrame,
    supports: pd.DataFrame,
    given: pd.DataFrame,
    low_below: float | None,
    within_days: int,
    quarter: Quarter,
    practitioners: pd.DataFrame | None = None,
) -> ActionAfter:
    """Follow low observations to the first coaching, and to the next score.

    Parameters
    ----------
    by_observation
        One row an observation: ``observation_id, practitioner_id, site_id, rater_role,
        observed_on, fidelity``.
    supports
        Accepted acts: ``occurred_on``, and ``triggered_by_observation_id`` where it is recorded.
    given
        One row a practitioner and act that covered them: ``practitioner_id, occurred_on, kind,
        focus``.
    low_below
        Percent of fidelity below which an observation is low; None if no level is known.
    within_days
        Days within which a low observation should be followed.
    quarter
        Quarter of the report; what happened later is not known.
    practitioners
        With ``left_on``, where it is recorded: who has left is followed up to then. None: nobody
        is taken to have left.
    """
    end = pd.Timestamp(quarter.last_day)
    acts = acts_that_follow(by_observation, supports, given, end)
    why = _why_not(by_observation, supports, acts, low_below)
    if why or low_below is None:
        none = pd.DataFrame(columns=LOW_COLUMNS)
        return ActionAfter(none, NextScore(reason=why), low_below, within_days, str(quarter), why)
    left = practitioners if practitioners is not None else pd.DataFrame()
    sessions = first_act(by_observation, acts, _began(supports, quarter), end, left)
    low = sessions[sessions["fidelity"] < low_below]
    recent = low[low["observed_on"] >= pd.Timestamp(quarter.plus(1 - QUARTERS).first_day)]
    places = sorted(sessions["site_id"].dropna().unique())
    return ActionAfter(
        pd.DataFrame(_rows(recent, places, within_days, low_below), columns=LOW_COLUMNS),
        next_scores(sessions, low_below, within_days),
        low_below,
        within_days,
        str(quarter),
    )


def _why_not(
    by_observation: pd.DataFrame,
    supports: pd.DataFrame,
    acts: dict[str, pd.DataFrame],
    level: float | None,
) -> str:
    if supports.empty:
        return say(NOT_HANDED_IN)
    if by_observation.empty:
        return say("there are no observations.")
    if level is None:
        return say(NO_LEVEL)
    return say(NO_ACTS) if has_none(acts) else ""


def _began(supports: pd.DataFrame, quarter: Quarter) -> pd.Timestamp:
    """First day of the quarter of the first act: from then on support is recorded."""
    first = pd.to_datetime(supports["occurred_on"]).min().date()
    return pd.Timestamp(Quarter.containing(first, quarter.fiscal_year_starts).first_day)


def _rows(
    low: pd.DataFrame, places: list[str], within_days: int, level: float
) -> Iterator[dict[str, object]]:
    """Give the row of the network and that of each site."""
    for site in ["", *places]:
        mine = low[low["site_id"] == site] if site else low
        about = {
            "scope": "site" if site else "network",
            "site_id": site,
            "low_observations": len(mine),
            "followed": int((mine["happened"] & (mine["days"] <= within_days)).sum()),
            "open": int((~mine["happened"] & (mine["days"] < within_days)).sum()),
            "n_practitioners": mine["practitioner_id"].nunique(),
            "reason": "",
        }
        if mine.empty:
            reason = say(NOTHING_LOW, quarters=QUARTERS, level=number(level))
            yield {**about, "reason": reason}
        elif len(mine) < FEWEST_LOW:
            few = noun(
                len(mine),
                "only {few} observation was low, fewer than {fewest}.",
                "only {few} observations were low, fewer than {fewest}.",
            )
            yield {**about, "reason": few.format(few=len(mine), fewest=FEWEST_LOW)}
        else:
            yield {**about, **share_followed(mine, within_days)}
