"""What those who left say about the course of those who stayed, as a finding."""

from __future__ import annotations

from typing import Any

from workbench.analysis.leavers import Leavers
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import interval, number

QUESTION = mark("Did those who left stand where those who stayed did?")
_BELOW = mark(
    "While they were observed, those who left stood below those who stayed, by {size}, so that "
    "the course of those who stay is not the course of all who were trained."
)
_ABOVE = mark(
    "While they were observed, those who left stood above those who stayed, by {size}, so that "
    "the course of those who stay is not the course of all who were trained."
)
_UNSURE = mark("No sure difference between the two is seen: {size}.")


def leavers_findings(result: Leavers) -> list[Finding]:
    """Make the finding about those who left."""
    test = result.test
    about: dict[str, Any] = {
        "evidence": "tables/leavers.parquet",
        "n": test.n,
        "n_of": test.n_of,
        "n_practitioners": test.n_practitioners,
    }
    if test.reason:
        return [not_estimable("drift.leavers", say(QUESTION), test.reason, **about)]
    groups = say(
        "{left} practitioners left and {stayed} stayed.",
        left=result.n_left,
        stayed=result.n_stayed,
    )
    return [
        Finding(
            id="drift.leavers",
            question=say(QUESTION),
            statement=f"{groups} {_said(result)}",
            estimate=test.estimate,
            conf_low=test.conf_low,
            conf_high=test.conf_high,
            unit=test.unit,
            certainty=str(certainty(test.conf_low, test.conf_high)),
            **about,
        )
    ]


def _said(result: Leavers) -> str:
    test = result.test
    size = say(
        "{size} points (95% interval {between})",
        size=number(test.estimate, 1, signed=True),
        between=interval(test.conf_low, test.conf_high, 1, signed=True, beside=(0,)),
    )
    sure = certainty(test.conf_low, test.conf_high)
    return say(sure.pick(_BELOW, _ABOVE, _UNSURE), size=size)
