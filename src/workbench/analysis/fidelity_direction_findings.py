"""Which way practice moves, as a finding: the state, how sure, the slope and what it comes to.

A state is named by its probability. The sentence says it outright only where the whole interval
bears it out; else it says how likely it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench import terms
from workbench.analysis.fidelity import FidelityOverTime
from workbench.certainty import LESS, MORE, Certainty, certainty, likelihood
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

QUESTION = "Is practice strengthening or drifting?"

_FELL = (
    "Practice fell: don't wait to know by how much. Ask the site's team which support lapsed, and "
    "plan an observation of each practitioner next quarter.",
    "Fidelity data are used for improvement, and findings lead to coaching and feedback.",
)
_ACTIONS = {
    terms.DRIFTING: (
        "Bring the site's team together: which supports lapsed since practice began to move "
        "(coaching, observation with feedback, supervision on skill), and which one can be "
        "restored in the next 30 days?",
        "Fidelity data are used for improvement, and findings lead to coaching and feedback.",
    ),
    terms.STRENGTHENING: (
        "Ask the site's team what they did differently since practice began to rise. Protect it, "
        "and let another site come and see.",
        "Fidelity data are used for improvement, and findings lead to coaching and feedback.",
    ),
    terms.NOT_ENOUGH_EVIDENCE: (
        "Plan the observations that would tell: at least one for each practitioner next quarter, "
        "some of them by an independent rater.",
        "A consistent fidelity assessment is used to see whether practice is as intended.",
    ),
}


def direction_finding(
    row: Mapping[Any, Any], over_time: FidelityOverTime, smallest_change: float, anchored: bool
) -> Finding:
    """Make the finding of the network or of a site.

    Parameters
    ----------
    row
        Its row of ``trajectories``.
    over_time
        The analysis.
    smallest_change
        The smallest change that matters, in points of fidelity a quarter.
    anchored
        Whether codes that stay fixed tell practice from the raters' own movement.
    """
    about: dict[str, Any] = {
        "site_id": str(row["site_id"]),
        "evidence": "tables/trajectories.parquet",
        "n": int(row["n_observations"]),
        "n_practitioners": int(row["n_practitioners"]),
    }
    if row["state"] == terms.NOT_ESTIMABLE:
        return not_estimable("fidelity.direction", QUESTION, str(row["reason"]), **about)
    state = str(row["state"])
    slope, low, high = (float(row[name]) for name in ("slope", "slope_low", "slope_high"))
    sure = certainty(low, high, smallest=smallest_change)
    falls = sure.pick("falls", "", "")
    prompt, practice = _ACTIONS.get(state, ("", ""))
    if state == terms.NOT_ENOUGH_EVIDENCE and falls:
        prompt, practice = _FELL
    marks = (0, -smallest_change, smallest_change)
    ends = interval(low, high, 1, signed=True, beside=marks)
    average = "" if about["site_id"] else " This is the average site; sites differ."
    return Finding(
        id="fidelity.direction",
        question=QUESTION,
        statement=f"{_lead(row, state, sure, smallest_change)}. The slope is "
        f"{number(slope, 1, signed=True)} points a quarter (95% interval {ends}; "
        f"{count_of(about['n'], 'observation')} over {count_of(int(row['n_quarters']), 'quarter')})"
        f".{_chances(row, state)}{average}{_months(row, over_time)}"
        f"{_as_rated(over_time, state, anchored)}",
        estimate=slope,
        conf_low=low,
        conf_high=high,
        unit="points a quarter",
        action_prompt=prompt,
        best_practice=practice,
        certainty=str(sure),
        smallest_change=smallest_change,
        **about,
    )


def _chances(row: Mapping[Any, Any], state: str) -> str:
    """Tell the probability of the state that is named, or of each where none is."""
    if state != terms.NOT_ENOUGH_EVIDENCE:
        return f" The probability of that is {_percent(row[f'probability_{state}'])}."
    return (
        f" It may be drifting ({_percent(row['probability_drifting'])}), holding "
        f"({_percent(row['probability_holding'])}) or strengthening "
        f"({_percent(row['probability_strengthening'])})."
    )


def _lead(row: Mapping[Any, Any], state: str, sure: Certainty, smallest_change: float) -> str:
    """First words: the state, outright or with how likely it is; or what is known of the way."""
    size = f"{number(smallest_change, 1)} points a quarter"
    if state == terms.NOT_ENOUGH_EVIDENCE:
        return _without_state(sure, size)
    if state == terms.HOLDING:
        return _holding(row, sure, size)
    if sure.size == MORE:
        return f"Practice is {state}, by more than {size}"
    way = "falls" if state == terms.DRIFTING else "rises"
    likely = likelihood(float(row[f"probability_{state}"]))
    return f"Practice is {likely} {state}: it {likely} {way} by more than {size}"


def _holding(row: Mapping[Any, Any], sure: Certainty, size: str) -> str:
    """Say that practice holds; a movement that is sure, and small, is told as what it is."""
    likely = likelihood(float(row["probability_holding"]))
    by = f"by less than {size}"
    if not sure.sure and sure.size == LESS:
        return f"Practice is holding: it moves {by}"
    if not sure.sure:
        return f"Practice is {likely} holding: it {likely} moves {by}"
    total = number(abs(float(row["slope"])) * int(row["n_quarters"]))
    way = sure.pick("falls", "rises", "")
    by = by if sure.size == LESS else f"{likely} {by}"
    return f"Practice {way} slowly, {by}: about {total} points over the whole series"


def _without_state(sure: Certainty, size: str) -> str:
    """Say which way it went where no state can be named, or that no direction can."""
    if not sure.sure:
        return "There is not enough evidence to name a direction"
    way = sure.pick("fell", "rose", "")
    if sure.size in (MORE, LESS):
        beside = "more" if sure.size == MORE else "less"
        return f"Practice {way}, by {beside} than {size}"
    return (
        f"Practice {way}, but there is not enough evidence to say whether by more than {size}, the "
        "smallest change that matters"
    )


def _months(row: Mapping[Any, Any], over_time: FidelityOverTime) -> str:
    """When a drifting course reaches the cut-off, or that it has; empty where it is not told."""
    cut_off, level = over_time.cut_off, float(row["level"])
    if row["state"] == terms.DRIFTING and level < cut_off:
        now = f"{number(level)}% (95% interval {interval(row['level_low'], row['level_high'])})"
        return f" It stands at {now}, below the cut-off of {number(cut_off)}%."
    months = row.get("months_to_cut_off", np.nan)
    if np.isnan(months):
        return ""
    low, high = row["months_low"], row["months_high"]
    between = f"95% interval from {number(low)}"
    between += f" to {number(high)}" if not np.isnan(high) else ", with no end that can be given"
    return (
        f" If it goes on in a straight line, it reaches the cut-off in about {number(months)} "
        f"months ({between})."
    )


def _as_rated(over_time: FidelityOverTime, state: str, anchored: bool) -> str:
    """Say what the raters' own movement has to do with the slope; empty if nothing."""
    if over_time.ruler is not None:
        moved = number(over_time.ruler.estimate, 1, signed=True)
        return f" The raters' own movement, {moved} points a quarter, has been taken off."
    if not anchored and state in (terms.DRIFTING, terms.STRENGTHENING):
        return " This is practice as rated: no codes stay fixed, so raters may have moved too."
    return ""


def _percent(probability: float) -> str:
    """Write a probability; never as 0% or 100%."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{probability:.0%}"
