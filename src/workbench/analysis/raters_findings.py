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
from workbench.analysis.raters_movement import A_WEEK, INDEPENDENT_CODES, RATING_ORDER
from workbench.certainty import LESS, MORE, Certainty, certainty, likelihood
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

DRIFT = mark("Does the ruler move: do raters score the same practice higher or lower than before?")
_CALIBRATE = mark(
    "This quarter, have the raters score the same sessions with a master rater. Until then, read "
    "fidelity beside this movement. It tells nothing of practitioners."
)
_CODE_AGAIN = mark(
    "Have a master rater score some sessions again that were rated early and some that were rated "
    "late, and bring the raters together over them."
)
_PLAN = mark("Plan double codes by a master rater, spread over the quarters to come.")
_SCORED_HIGHER = {
    False: mark("The ruler moves: the same practice is scored {size} higher."),
    True: mark("The ruler moves: the same practice is scored by supervisors {size} higher."),
}
_SCORED_LOWER = {
    False: mark("The ruler moves: the same practice is scored {size} lower."),
    True: mark("The ruler moves: the same practice is scored by supervisors {size} lower."),
}
_COURSE = {
    False: mark("Against master codes of the same sessions, raters move by {numbers}."),
    True: mark("Against independent raters of the same sessions, supervisors move by {numbers}."),
}
"""Sentences by whether it is supervisors whose movement against independent raters is told."""
_NOTHING_OF_PEOPLE = mark(
    "A change in fidelity of this size and direction says nothing about practitioners."
)
_OTHERS_MAY_MOVE = mark("Whether the independent raters move too can't be said.")


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
        "best_practice": say(BEST_PRACTICE),
    }
    if raters.verdict == NOT_IDENTIFIABLE:
        reason = _joined(raters.test.reason, _would_settle(raters, smallest_change))
        return not_estimable("drift.raters", say(DRIFT), reason, action_prompt=say(_PLAN), **about)
    if move.reason:
        why = say("there is not enough evidence: {reason}", reason=move.reason)
        reason = _joined(why, _would_settle(raters, smallest_change))
        return not_estimable("drift.raters", say(DRIFT), reason, action_prompt=say(_PLAN), **about)
    verdict = raters.verdict
    if verdict == MOVES and named is False:
        verdict = terms.NOT_ENOUGH_EVIDENCE
    moved = _CODE_AGAIN if move.basis == RATING_ORDER else _CALIBRATE
    prompts = {MOVES: moved, STEADY: ""}
    if verdict == STEADY:
        about["best_practice"] = ""
    return Finding(
        id="drift.raters",
        question=say(DRIFT),
        statement=_moved(raters, verdict, smallest_change),
        estimate=move.estimate,
        conf_low=move.conf_low,
        conf_high=move.conf_high,
        unit=move.unit,
        certainty=str(_sure(raters, smallest_change, verdict == MOVES)),
        smallest_change=limit_of(move, smallest_change),
        action_prompt=say(prompts.get(verdict, _PLAN)),
        **about,
    )


def _joined(*sentences: str) -> str:
    return " ".join(each for each in sentences if each)


def _moved(raters: RaterDrift, verdict: str, smallest_change: float) -> str:
    """Tell the movement, what it rests on, and what it says of practitioners."""
    if raters.movement.basis == RATING_ORDER:
        return _moved_in_order(raters, verdict, smallest_change)
    move = raters.movement
    of_supervisors = move.basis == INDEPENDENT_CODES
    course = say(_COURSE[of_supervisors], numbers=_numbers(raters, 1))
    if verdict == MOVES:
        lead = (_SCORED_HIGHER if move.estimate > 0 else _SCORED_LOWER)[of_supervisors]
        return _joined(
            say(lead, size=f"{number(abs(move.estimate), 1)} {say(move.unit)}"),
            course,
            _beside_what_matters(raters, smallest_change),
            say(_NOTHING_OF_PEOPLE),
            say(_OTHERS_MAY_MOVE) if of_supervisors else "",
        )
    if verdict == STEADY:
        return f"{_steady(raters, smallest_change)} {course}"
    settle = _would_settle(raters, smallest_change)
    return _joined(f"{_not_enough(raters)}.", course, settle)


def _steady(raters: RaterDrift, smallest_change: float) -> str:
    limit, likely = number(smallest_change, 1), _likely(raters, smallest_change)
    if not likely:
        return say(
            "The ruler is steady: if it moves at all, then by less than {limit} points a quarter.",
            limit=limit,
        )
    return say(
        "The ruler is {likely} steady: if it moves at all, then {likely} by less than {limit} "
        "points a quarter.",
        likely=likely,
        limit=limit,
    )


def _moved_in_order(raters: RaterDrift, verdict: str, smallest_change: float) -> str:
    """Tell a trend over rating dates alone, with the condition on which it speaks of the ruler."""
    if verdict == STEADY:
        lead = _steady_in_order(raters, smallest_change)
    elif verdict != MOVES:
        lead = _not_enough(raters)
    elif raters.movement.estimate > 0:
        lead = say("Later ratings run higher than earlier ones")
    else:
        lead = say("Later ratings run lower than earlier ones")
    trend = say(
        "The trend over the dates of rating is {numbers}. It is a movement of the ruler only if "
        "the order of rating had nothing to do with how good the sessions were.",
        numbers=_numbers(raters, 2),
    )
    alone = say("It speaks of these weeks of rating alone.") if _weekly(raters) else ""
    return _joined(f"{lead}.", trend, alone)


def _steady_in_order(raters: RaterDrift, smallest_change: float) -> str:
    limit, likely = number(smallest_change, 1), _likely(raters, smallest_change)
    if not likely:
        return say(
            "Ratings are steady over the dates of rating, to within {limit} points a quarter",
            limit=limit,
        )
    return say(
        "Ratings are {likely} steady over the dates of rating, to within {limit} points a quarter",
        likely=likely,
        limit=limit,
    )


def _numbers(raters: RaterDrift, digits: int) -> str:
    """Write estimate, interval and what they rest on."""
    move = raters.movement
    return say(
        "{size} {unit} (95% interval {between}; {seen})",
        size=number(move.estimate, digits, signed=True),
        unit=say(move.unit),
        between=interval(move.conf_low, move.conf_high, digits, signed=True, beside=(0,)),
        seen=_rests_on(raters),
    )


def _beside_what_matters(raters: RaterDrift, smallest_change: float) -> str:
    """Set the movement beside the smallest change that matters, where the interval tells."""
    limit, size = number(smallest_change, 1), _sure(raters, smallest_change).size
    if size == LESS:
        return say(
            "That is less than {limit} points a quarter, the smallest change that matters.",
            limit=limit,
        )
    if size == MORE:
        return say(
            "That is more than {limit} points a quarter, the smallest change that matters.",
            limit=limit,
        )
    return say(
        "Whether it is more than {limit} points a quarter, the smallest change that matters, can't "
        "be said yet.",
        limit=limit,
    )


def _sure(raters: RaterDrift, smallest_change: float, beyond_chance: bool = True) -> Certainty:
    move = raters.movement
    limit = limit_of(move, smallest_change)
    return certainty(move.conf_low, move.conf_high, 0, limit, beyond_chance)


def _likely(raters: RaterDrift, smallest_change: float) -> str:
    """Empty where the whole interval is within what matters; else how likely that is."""
    if _sure(raters, smallest_change).size == LESS:
        return ""
    return likelihood(steady_probability(raters.movement, smallest_change))


def _not_enough(raters: RaterDrift) -> str:
    if certainty(raters.movement.conf_low, raters.movement.conf_high).sure:
        return say(
            "There is not enough evidence to say whether the ruler moves, when all kinds of drift "
            "looked for are allowed for"
        )
    return say("There is not enough evidence to say whether the ruler moves")


def _weekly(raters: RaterDrift) -> bool:
    return raters.movement.unit == A_WEEK


def _rests_on(raters: RaterDrift) -> str:
    move = raters.movement
    about = {
        "sessions": count_of(move.n_sessions, "session"),
        "raters": count_of(move.n_raters, "rater"),
        "quarters": count_of(move.n_quarters, "quarter"),
    }
    if _weekly(raters):
        about["quarters"] = say("{span} quarters", span=number(move.span, 1))
    if move.basis == RATING_ORDER:
        ratings = count_of(move.n_ratings, "rating")
        return say("{ratings} of {sessions} by {raters} over {quarters}", ratings=ratings, **about)
    return say("{sessions} by {raters} over {quarters}", **about)


def _would_settle(raters: RaterDrift, smallest_change: float) -> str:
    """How many double-coded sessions would settle it, as a sentence."""
    known = raters.needed[raters.needed["sessions"] > 0]
    if known.empty:
        return ""
    parts = [
        say(
            "{sessions} over the next {quarters} quarters",
            sessions=f"{int(row['sessions']):,}",
            quarters=int(row["quarters_ahead"]),
        )
        for row in known.to_dict("records")
    ]
    return say(
        "A movement of {change} points a quarter would be seen, with a chance of 80%, if a master "
        "rater scored more sessions too: about {sessions} (reckoned from {source}).",
        change=number(smallest_change, 1),
        sessions=say(", or ").join(parts),
        source=known["variance_from"].iloc[0],
    )
