"""What the shape of the course says, as a finding: straight, or bent and how."""

from __future__ import annotations

from typing import Any

from workbench.analysis.curved_course import CurvedCourse, Slope
from workbench.certainty import HIGHER, LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

SHAPE = "Did practice move in a straight line?"
UNIT = "points a quarter"


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
        return [not_estimable("fidelity.shape", SHAPE, reason, **about)]
    said = _bent(result) if result.curved else _straight(result)
    return [
        Finding(
            id="fidelity.shape",
            question=SHAPE,
            statement=f"{said} Based on {count_of(about['n'], 'observation')} of "
            f"{count_of(about['n_practitioners'], 'practitioner')}.",
            estimate=result.recent.estimate,
            conf_low=result.recent.conf_low,
            conf_high=result.recent.conf_high,
            unit=UNIT,
            **about,
        )
    ]


def _straight(result: CurvedCourse) -> str:
    return (
        "A straight line is enough: no sure sign of a bend in the network's course is seen "
        f"({_p(result.p_value)})."
    )


def _bent(result: CurvedCourse) -> str:
    window = count_of(result.window, "quarter")
    slopes = (
        f"Over the first {window} the slope was {_slope(result.early)}; over the last {window} it "
        f"was {_slope(result.recent)}."
    )
    return f"The course is not a straight line ({_p(result.p_value)}): {_way(result)}. {slopes}"


def _way(result: CurvedCourse) -> str:
    """Put early and recent slope together in words."""
    early, recent = _sign(result.early), _sign(result.recent)
    if result.turned_in:
        then = "rose" if early > 0 else "fell"
        since = "has fallen" if early > 0 else "has risen"
        return f"it {then} to {result.turned_in} and {since} since"
    if early and early == recent:
        faster = abs(result.recent.estimate) > abs(result.early.estimate)
        way = "rose" if early > 0 else "fell"
        return f"it {way} early on and still does, {'more' if faster else 'less'} steeply of late"
    if early:
        way = "rose" if early > 0 else "fell"
        return f"it {way} early on, and whether it still does is not sure"
    if recent:
        way = "risen" if recent > 0 else "fallen"
        return f"it has {way} of late, and which way it went early on is not sure"
    return "it bends in between, and neither its first nor its last direction is sure"


def _sign(slope: Slope) -> int:
    """1 where the slope is surely upward, -1 where surely downward, else 0."""
    sure = certainty(slope.conf_low, slope.conf_high)
    return {LOWER: -1, HIGHER: 1}.get(sure.way, 0)


def _slope(slope: Slope) -> str:
    said = interval(slope.conf_low, slope.conf_high, 1, signed=True, beside=(0,))
    return f"{number(slope.estimate, 1, signed=True)} {UNIT} (95% interval {said})"


def _p(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {number(p_value, 3)}"
