"""What is said of the raters: whether the ruler moves, whether they agree, who scores higher."""

from __future__ import annotations

from typing import Any

from workbench import terms
from workbench.analysis.raters import (
    MOVES,
    NOT_IDENTIFIABLE,
    STEADY,
    RaterDrift,
    limit_of,
    steady_probability,
)
from workbench.analysis.raters_double_code_findings import (
    BEST_PRACTICE,
    agreement_findings,
    severity_findings,
)
from workbench.analysis.raters_movement import INDEPENDENT_CODES, RATING_ORDER
from workbench.certainty import LESS, MORE, Certainty, certainty, likelihood
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

DRIFT = "Does the ruler move: do raters score the same practice higher or lower than before?"
_CALIBRATE = (
    "This quarter, have the raters score the same sessions with a master rater. Until then, read "
    "fidelity beside this movement. It tells nothing of practitioners."
)
_CODE_AGAIN = (
    "Have a master rater score some sessions again that were rated early and some that were rated "
    "late, and bring the raters together over them."
)
_PLAN = "Plan double codes by a master rater, spread over the quarters to come."


def rater_findings(
    raters: RaterDrift, smallest_change: float, named: bool | None = None
) -> list[Finding]:
    """Make the findings on raters.

    Parameters
    ----------
    raters
        The analysis.
    smallest_change
        The smallest change that matters, in points of fidelity a quarter.
    named
        Whether rater drift is named once the kinds of drift have been tested together; None where
        it stands alone.
    """
    drift = _drift(raters, smallest_change, named)
    return [drift, *agreement_findings(raters.agreement), *severity_findings(raters)]


def _drift(raters: RaterDrift, smallest_change: float, named: bool | None) -> Finding:
    move = raters.movement
    about: dict[str, Any] = {
        "evidence": "tables/rater_movement.parquet",
        "n": raters.test.n,
        "n_of": raters.test.n_of,
        "n_practitioners": move.n_practitioners or None,
        "best_practice": BEST_PRACTICE,
    }
    if raters.verdict == NOT_IDENTIFIABLE:
        reason = f"{raters.test.reason}{_would_settle(raters, smallest_change)}"
        return not_estimable("drift.raters", DRIFT, reason, action_prompt=_PLAN, **about)
    if move.reason:
        reason = f"there is not enough evidence: {move.reason}"
        reason += _would_settle(raters, smallest_change)
        return not_estimable("drift.raters", DRIFT, reason, action_prompt=_PLAN, **about)
    verdict = raters.verdict
    if verdict == MOVES and named is False:
        verdict = terms.NOT_ENOUGH_EVIDENCE
    moved = _CODE_AGAIN if move.basis == RATING_ORDER else _CALIBRATE
    prompts = {MOVES: moved, STEADY: ""}
    if verdict == STEADY:
        about["best_practice"] = ""
    return Finding(
        id="drift.raters",
        question=DRIFT,
        statement=_moved(raters, verdict, smallest_change),
        estimate=move.estimate,
        conf_low=move.conf_low,
        conf_high=move.conf_high,
        unit=move.unit,
        certainty=str(_sure(raters, smallest_change, verdict == MOVES)),
        smallest_change=limit_of(move, smallest_change),
        action_prompt=prompts.get(verdict, _PLAN),
        **about,
    )


def _moved(raters: RaterDrift, verdict: str, smallest_change: float) -> str:
    """Tell the movement, what it rests on, and what it says of practitioners."""
    if raters.movement.basis == RATING_ORDER:
        return _moved_in_order(raters, verdict, smallest_change)
    move = raters.movement
    of_supervisors = move.basis == INDEPENDENT_CODES
    anchor = "independent raters" if of_supervisors else "master codes"
    who = "supervisors" if of_supervisors else "raters"
    course = f"Against {anchor} of the same sessions, {who} move by {_numbers(raters, 1)}."
    if verdict == MOVES:
        way = "higher" if move.estimate > 0 else "lower"
        size = f"{number(abs(move.estimate), 1)} {move.unit} {way}"
        beside = _beside_what_matters(raters, smallest_change)
        people = (
            " A change in fidelity of this size and direction says nothing about practitioners."
        )
        shared = " Whether the independent raters move too can't be said." if of_supervisors else ""
        by = "by supervisors " if of_supervisors else ""
        lead = f"The ruler moves: the same practice is scored {by}{size}"
        return f"{lead}. {course}{beside}{people}{shared}"
    if verdict == STEADY:
        limit = f"{number(smallest_change, 1)} points a quarter"
        likely = _likely(raters, smallest_change)
        return (
            f"The ruler is {likely}steady: if it moves at all, then {likely}by less than {limit}. "
            f"{course}"
        )
    settle = _would_settle(raters, smallest_change)
    return f"{_not_enough(raters)}. {course}{settle}"


def _moved_in_order(raters: RaterDrift, verdict: str, smallest_change: float) -> str:
    """Tell a trend over rating dates alone, with the condition on which it speaks of the ruler."""
    if verdict == MOVES:
        way = "higher" if raters.movement.estimate > 0 else "lower"
        lead = f"Later ratings run {way} than earlier ones"
    elif verdict == STEADY:
        limit = f"{number(smallest_change, 1)} points a quarter"
        likely = _likely(raters, smallest_change)
        lead = f"Ratings are {likely}steady over the dates of rating, to within {limit}"
    else:
        lead = _not_enough(raters)
    alone = " It speaks of these weeks of rating alone." if _weekly(raters) else ""
    return (
        f"{lead}. The trend over the dates of rating is {_numbers(raters, 2)}. It is a movement of "
        "the ruler only if the order of rating had nothing to do with how good the sessions were."
        f"{alone}"
    )


def _numbers(raters: RaterDrift, digits: int) -> str:
    """Write estimate, interval and what they rest on."""
    move = raters.movement
    reach = interval(move.conf_low, move.conf_high, digits, signed=True, beside=(0,))
    estimate = number(move.estimate, digits, signed=True)
    return f"{estimate} {move.unit} (95% interval {reach}; {_rests_on(raters)})"


def _beside_what_matters(raters: RaterDrift, smallest_change: float) -> str:
    """Set the movement beside the smallest change that matters, where the interval tells."""
    limit = f"{number(smallest_change, 1)} points a quarter, the smallest change that matters"
    size = _sure(raters, smallest_change).size
    if size == LESS:
        return f" That is less than {limit}."
    if size == MORE:
        return f" That is more than {limit}."
    return f" Whether it is more than {limit}, can't be said yet."


def _sure(raters: RaterDrift, smallest_change: float, beyond_chance: bool = True) -> Certainty:
    move = raters.movement
    limit = limit_of(move, smallest_change)
    return certainty(move.conf_low, move.conf_high, 0, limit, beyond_chance)


def _likely(raters: RaterDrift, smallest_change: float) -> str:
    """Empty where the whole interval is within what matters; else how likely that is."""
    if _sure(raters, smallest_change).size == LESS:
        return ""
    return f"{likelihood(steady_probability(raters.movement, smallest_change))} "


def _not_enough(raters: RaterDrift) -> str:
    said = "There is not enough evidence to say whether the ruler moves"
    many = certainty(raters.movement.conf_low, raters.movement.conf_high).sure
    return f"{said}, when all kinds of drift looked for are allowed for" if many else said


def _weekly(raters: RaterDrift) -> bool:
    return raters.movement.unit.endswith("week")


def _rests_on(raters: RaterDrift) -> str:
    move = raters.movement
    said = count_of(move.n_sessions, "session")
    if move.basis == RATING_ORDER:
        said = f"{count_of(move.n_ratings, 'rating')} of {said}"
    time = f"over {count_of(move.n_quarters, 'quarter')}"
    if _weekly(raters):
        time = f"over {number(move.span, 1)} quarters"
    return f"{said} by {count_of(move.n_raters, 'rater')} {time}"


def _would_settle(raters: RaterDrift, smallest_change: float) -> str:
    """How many double-coded sessions would settle it, as a sentence with a space before it."""
    known = raters.needed[raters.needed["sessions"] > 0]
    if known.empty:
        return ""
    parts = [
        f"{int(row['sessions']):,} over the next {int(row['quarters_ahead'])} quarters"
        for row in known.to_dict("records")
    ]
    return (
        f" A movement of {number(smallest_change, 1)} points a quarter would be seen, with a "
        f"chance of 80%, if a master rater scored more sessions too: about {', or '.join(parts)} "
        f"(reckoned from {known['variance_from'].iloc[0]})."
    )
