"""What the shape of the course says, as a finding: straight, or bent and how."""

from __future__ import annotations

from typing import Any

from workbench.analysis.curved_course import CurvedCourse, Slope
from workbench.certainty import HIGHER, LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

SHAPE = mark("Did practice move in a straight line?")
UNIT = mark("points a quarter")
ROSE_ON = {
    True: mark("it rose early on and still does, more steeply of late"),
    False: mark("it rose early on and still does, less steeply of late"),
}
FELL_ON = {
    True: mark("it fell early on and still does, more steeply of late"),
    False: mark("it fell early on and still does, less steeply of late"),
}


def curved_course_findings(result: CurvedCourse) -> list[Finding]:
    """Make the finding about the shape of the network's course.

    Its number is the slope over the last quarters.
    """
    about: dict[str, Any] = {
        "evidence": "tables/curved_course.parquet",
        "n": result.n_observations,
        "n_practitioners": result.n_practitioners,
    }
    reason = result.why_no_course or result.why_no_test
    if reason:
        return [not_estimable("fidelity.shape", say(SHAPE), reason, **about)]
    based = say(
        "Based on {observations} of {practitioners}.",
        observations=count_of(about["n"], "observation"),
        practitioners=count_of(about["n_practitioners"], "practitioner"),
    )
    said = _bent(result) if result.curved else _straight(result)
    return [
        Finding(
            id="fidelity.shape",
            question=say(SHAPE),
            statement=f"{said} {based}",
            estimate=result.recent.estimate,
            conf_low=result.recent.conf_low,
            conf_high=result.recent.conf_high,
            unit=UNIT,
            **about,
        )
    ]


def _straight(result: CurvedCourse) -> str:
    return say(
        "A straight line is enough: no sure sign of a bend in the network's course is seen ({p}).",
        p=_p(result.p_value),
    )


def _bent(result: CurvedCourse) -> str:
    return say(
        "The course is not a straight line ({p}): {way}. Over the first {window} the slope was "
        "{early}; over the last {window} it was {recent}.",
        p=_p(result.p_value),
        way=_way(result),
        window=count_of(result.window, "quarter"),
        early=_slope(result.early),
        recent=_slope(result.recent),
    )


def _way(result: CurvedCourse) -> str:
    """Put early and recent slope together in words."""
    early, recent = _sign(result.early), _sign(result.recent)
    if result.turned_in:
        if early > 0:
            return say("it rose to {quarter} and has fallen since", quarter=result.turned_in)
        return say("it fell to {quarter} and has risen since", quarter=result.turned_in)
    if early and early == recent:
        steeper = abs(result.recent.estimate) > abs(result.early.estimate)
        return say((ROSE_ON if early > 0 else FELL_ON)[steeper])
    if early > 0:
        return say("it rose early on, and whether it still does is not sure")
    if early < 0:
        return say("it fell early on, and whether it still does is not sure")
    if recent > 0:
        return say("it has risen of late, and which way it went early on is not sure")
    if recent < 0:
        return say("it has fallen of late, and which way it went early on is not sure")
    return say("it bends in between, and neither its first nor its last direction is sure")


def _sign(slope: Slope) -> int:
    """1 where the slope is surely upward, -1 where surely downward, else 0."""
    sure = certainty(slope.conf_low, slope.conf_high)
    return {LOWER: -1, HIGHER: 1}.get(sure.way, 0)


def _slope(slope: Slope) -> str:
    return say(
        "{slope} points a quarter (95% interval {ends})",
        slope=number(slope.estimate, 1, signed=True),
        ends=interval(slope.conf_low, slope.conf_high, 1, signed=True, beside=(0,)),
    )


def _p(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {number(p_value, 3)}"
