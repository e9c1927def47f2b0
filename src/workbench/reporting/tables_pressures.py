"""Display table of the pressures at work: how fidelity stands when there is more of each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, noun, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_words import is_yes, points_with_interval

PRESSURE_COLUMNS = (
    "name",
    "title",
    "unit",
    "step",
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "on_slope",
    "on_slope_low",
    "on_slope_high",
    "joint_within",
    "joint_low",
    "joint_high",
    "vif",
    "p_value",
    "shown",
    "n_observations",
    "n_practitioners",
    "n_sites",
    "reason",
)
LOWER, HIGHER, NOT_SHOWN = (
    mark("goes with lower fidelity"),
    mark("goes with higher fidelity"),
    mark("none shown"),
)
MOVES_TOGETHER = 5
"""Variance inflation from which a pressure is told to move together with the others."""


def pressure_rows(pressures: pd.DataFrame) -> pd.DataFrame:
    """Rows of pressures, in the order in which the analysis gives them."""
    return require(pressures, "pressures", PRESSURE_COLUMNS).reset_index(drop=True)


def step_words(row: Any) -> str:
    """Write how much more of a pressure the points are for: ``5 families more``."""
    if not printed.is_number(row.step):
        return ""
    if isinstance(row.step, str):
        return say("{step} more", step=printed.clean(row.step))
    step = printed.number(row.step, 0 if float(row.step).is_integer() else 1)
    unit = printed.clean(str(row.unit)) if printed.is_number(row.unit) else ""
    more = _more(1 if row.step == 1 else 2).get(unit)
    return (
        more.format(step=step) if more else say("{step} more", step=printed.with_unit(step, unit))
    )


def _more(count: int) -> dict[str, str]:
    """How a change of a pressure is said, by the unit of the pressure."""
    return {
        "people or families": noun(
            count, "{step} person or family more", "{step} people or families more"
        ),
        "practitioners for each supervisor": noun(
            count,
            "{step} practitioner for each supervisor more",
            "{step} practitioners for each supervisor more",
        ),
        "hours a week": noun(count, "{step} hour a week more", "{step} hours a week more"),
        "percent of posts": say("{step}% of posts more"),
        "percent of posts a year": say("{step}% of posts a year more"),
        "percent of the target": say("{step}% of the target more"),
        "crises in the period": noun(
            count, "{step} crisis in the period more", "{step} crises in the period more"
        ),
    }


def pressure_verdict(row: Any) -> str:
    """Say with what a pressure goes; never more than that."""
    if not printed.is_number(row.within):
        return say(printed.NO_NUMBER)
    if not is_yes(row.shown):
        return say(NOT_SHOWN)
    return say(LOWER if row.within < 0 else HIGHER)


def pressures_table(pressures: pd.DataFrame) -> DisplayTable:
    """Write points of fidelity for more of each pressure: within, between, and all at once."""
    frame = written(
        pressure_rows(pressures),
        {
            mark("Pressure"): lambda row: printed.clean(say(str(row.title))),
            mark("Points for"): lambda row: step_words(row) or "–",
            mark("Verdict"): _verdict_with_reason,
            mark("Within practitioners"): lambda row: points_with_interval(
                row.within, row.within_low, row.within_high, 1
            ),
            mark("Within, all at once"): lambda row: points_with_interval(
                row.joint_within, row.joint_low, row.joint_high, 1
            ),
            mark("Between practitioners"): lambda row: points_with_interval(
                row.between, row.between_low, row.between_high, 1
            ),
            mark("On the slope, points a quarter"): lambda row: points_with_interval(
                row.on_slope, row.on_slope_low, row.on_slope_high, 2
            ),
            mark("Moves with the others"): _together,
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "Points of fidelity, with 95% intervals. Within: the same practitioners at "
        "times with more of it. Between: those with more of it beside others, who may "
        "differ in other ways. All at once: with the other pressures held alike. Moves "
        "with the others: the variance inflation; from {high} up, the pressures can "
        "hardly be told apart. A verdict is on the first column of points, with all "
        "pressures allowed for. It is an association.",
        high=MOVES_TOGETHER,
    )
    return DisplayTable(say("Pressures at work, and fidelity"), frame, note)


def _verdict_with_reason(row: Any) -> str:
    words = pressure_verdict(row)
    if words == say(printed.NO_NUMBER) and printed.is_number(row.reason) and row.reason:
        return say("can’t be said: {reason}", reason=printed.clean(str(row.reason)))
    return words


def _together(row: Any) -> str:
    if not printed.is_number(row.vif):
        return say(printed.NO_NUMBER)
    number = printed.number(row.vif, 1)
    return say("{number}: yes", number=number) if row.vif >= MOVES_TOGETHER else number
