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
from workbench.certainty import (
    HIGHER,
    LESS,
    LOWER,
    MORE,
    OPEN,
    Certainty,
    certainty,
    likelihood,
)
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

QUESTION = mark("Is practice strengthening or drifting?")

_USED = mark("Fidelity data are used for improvement, and findings lead to coaching and feedback.")
_FELL = (
    mark(
        "Practice fell: don't wait to know by how much. Ask the site's team which support lapsed, "
        "and plan an observation of each practitioner next quarter."
    ),
    _USED,
)
_ACTIONS = {
    terms.DRIFTING: (
        mark(
            "Bring the site's team together: which supports lapsed since practice began to move "
            "(coaching, observation with feedback, supervision on skill), and which one can be "
            "restored in the next 30 days?"
        ),
        _USED,
    ),
    terms.STRENGTHENING: (
        mark(
            "Ask the site's team what they did differently since practice began to rise. Protect "
            "it, and let another site come and see."
        ),
        _USED,
    ),
    terms.NOT_ENOUGH_EVIDENCE: (
        mark(
            "Plan the observations that would tell: at least one for each practitioner next "
            "quarter, some of them by an independent rater."
        ),
        mark("A consistent fidelity assessment is used to see whether practice is as intended."),
    ),
}
_IS_SO = {
    terms.DRIFTING: mark("Practice is drifting, by more than {size} points a quarter."),
    terms.STRENGTHENING: mark("Practice is strengthening, by more than {size} points a quarter."),
}
_IS_LIKELY_SO = {
    terms.DRIFTING: mark(
        "Practice is {likely} drifting: it {likely} falls by more than {size} points a quarter."
    ),
    terms.STRENGTHENING: mark(
        "Practice is {likely} strengthening: it {likely} rises by more than {size} points a "
        "quarter."
    ),
}
_WENT = {
    (LOWER, MORE): mark("Practice fell, by more than {size} points a quarter."),
    (LOWER, LESS): mark("Practice fell, by less than {size} points a quarter."),
    (LOWER, OPEN): mark(
        "Practice fell, but there is not enough evidence to say whether by more than {size} points "
        "a quarter, the smallest change that matters."
    ),
    (HIGHER, MORE): mark("Practice rose, by more than {size} points a quarter."),
    (HIGHER, LESS): mark("Practice rose, by less than {size} points a quarter."),
    (HIGHER, OPEN): mark(
        "Practice rose, but there is not enough evidence to say whether by more than {size} points "
        "a quarter, the smallest change that matters."
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
        return not_estimable("fidelity.direction", say(QUESTION), str(row["reason"]), **about)
    state = str(row["state"])
    slope, low, high = (float(row[name]) for name in ("slope", "slope_low", "slope_high"))
    sure = certainty(low, high, smallest=smallest_change)
    prompt, practice = _ACTIONS.get(state, ("", ""))
    if state == terms.NOT_ENOUGH_EVIDENCE and sure.way == LOWER:
        prompt, practice = _FELL
    said = [
        _lead(row, state, sure, smallest_change),
        _slope(row, smallest_change),
        _chances(row, state),
        "" if about["site_id"] else say("This is the average site; sites differ."),
        _months(row, over_time),
        _as_rated(over_time, state, anchored),
    ]
    return Finding(
        id="fidelity.direction",
        question=say(QUESTION),
        statement=" ".join(filter(None, said)),
        estimate=slope,
        conf_low=low,
        conf_high=high,
        unit=mark("points a quarter"),
        action_prompt=say(prompt),
        best_practice=say(practice),
        certainty=str(sure),
        smallest_change=smallest_change,
        **about,
    )


def _slope(row: Mapping[Any, Any], smallest_change: float) -> str:
    low, high = float(row["slope_low"]), float(row["slope_high"])
    marks = (0, -smallest_change, smallest_change)
    return say(
        "The slope is {slope} points a quarter (95% interval {ends}; {observations} over "
        "{quarters}).",
        slope=number(float(row["slope"]), 1, signed=True),
        ends=interval(low, high, 1, signed=True, beside=marks),
        observations=count_of(int(row["n_observations"]), "observation"),
        quarters=count_of(int(row["n_quarters"]), "quarter"),
    )


def _chances(row: Mapping[Any, Any], state: str) -> str:
    """Tell the probability of the state that is named, or of each where none is."""
    if state != terms.NOT_ENOUGH_EVIDENCE:
        chance = _percent(row[f"probability_{state}"])
        return say("The probability of that is {chance}.", chance=chance)
    return say(
        "It may be drifting ({drifting}), holding ({holding}) or strengthening ({strengthening}).",
        drifting=_percent(row["probability_drifting"]),
        holding=_percent(row["probability_holding"]),
        strengthening=_percent(row["probability_strengthening"]),
    )


def _lead(row: Mapping[Any, Any], state: str, sure: Certainty, smallest_change: float) -> str:
    """First sentence: the state, outright or with how likely it is; or what is known of the way."""
    size = number(smallest_change, 1)
    if state == terms.NOT_ENOUGH_EVIDENCE:
        if not sure.sure:
            return say("There is not enough evidence to name a direction.")
        return say(_WENT[sure.way, sure.size], size=size)
    if state == terms.HOLDING:
        return _holding(row, sure, size)
    if sure.size == MORE:
        return say(_IS_SO[state], size=size)
    return say(
        _IS_LIKELY_SO[state], likely=likelihood(float(row[f"probability_{state}"])), size=size
    )


def _holding(row: Mapping[Any, Any], sure: Certainty, size: str) -> str:
    """Say that practice holds; a movement that is sure, and small, is told as what it is."""
    likely = likelihood(float(row["probability_holding"]))
    if not sure.sure and sure.size == LESS:
        return say("Practice is holding: it moves by less than {size} points a quarter.", size=size)
    if not sure.sure:
        return say(
            "Practice is {likely} holding: it {likely} moves by less than {size} points a quarter.",
            likely=likely,
            size=size,
        )
    total = number(abs(float(row["slope"])) * int(row["n_quarters"]))
    if sure.size == LESS:
        slowly = sure.pick(
            mark(
                "Practice falls slowly, by less than {size} points a quarter: about {total} points "
                "over the whole series."
            ),
            mark(
                "Practice rises slowly, by less than {size} points a quarter: about {total} points "
                "over the whole series."
            ),
            "",
        )
        return say(slowly, size=size, total=total)
    slowly = sure.pick(
        mark(
            "Practice falls slowly, {likely} by less than {size} points a quarter: about {total} "
            "points over the whole series."
        ),
        mark(
            "Practice rises slowly, {likely} by less than {size} points a quarter: about {total} "
            "points over the whole series."
        ),
        "",
    )
    return say(slowly, likely=likely, size=size, total=total)


def _months(row: Mapping[Any, Any], over_time: FidelityOverTime) -> str:
    """When a drifting course reaches the cut-off, or that it has; empty where it is not told."""
    cut_off, level = over_time.cut_off, float(row["level"])
    if row["state"] == terms.DRIFTING and level < cut_off:
        return say(
            "It stands at {level}% (95% interval {ends}), below the cut-off of {cut_off}%.",
            level=number(level),
            ends=interval(row["level_low"], row["level_high"]),
            cut_off=number(cut_off),
        )
    months = row.get("months_to_cut_off", np.nan)
    if np.isnan(months):
        return ""
    low, high = row["months_low"], row["months_high"]
    if np.isnan(high):
        return say(
            "If it goes on in a straight line, it reaches the cut-off in about {months} months "
            "(95% interval from {low}, with no end that can be given).",
            months=number(months),
            low=number(low),
        )
    return say(
        "If it goes on in a straight line, it reaches the cut-off in about {months} months (95% "
        "interval from {low} to {high}).",
        months=number(months),
        low=number(low),
        high=number(high),
    )


def _as_rated(over_time: FidelityOverTime, state: str, anchored: bool) -> str:
    """Say what the raters' own movement has to do with the slope; empty if nothing."""
    if over_time.ruler is not None:
        moved = number(over_time.ruler.estimate, 1, signed=True)
        return say(
            "The raters' own movement, {moved} points a quarter, has been taken off.", moved=moved
        )
    if not anchored and state in (terms.DRIFTING, terms.STRENGTHENING):
        return say("This is practice as rated: no codes stay fixed, so raters may have moved too.")
    return ""


def _percent(probability: float) -> str:
    """Write a probability; never as 0% or 100%."""
    if probability > 0.99:
        return say("over 99%")
    return say("under 1%") if probability < 0.01 else f"{probability:.0%}"
