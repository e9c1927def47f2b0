"""Display tables of the components of practice: how each moves, and which were adapted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require, rows_of_place

MOVEMENT_COLUMNS = (
    "component",
    "component_title",
    "component_order",
    "core",
    "slope",
    "slope_low",
    "slope_high",
    "own_slope",
    "own_slope_low",
    "own_slope_high",
    "departure",
    "departure_low",
    "departure_high",
    "within_tolerance",
    "order_of_departure",
    "n_observations",
    "n_practitioners",
)
ADAPTATION_COLUMNS = (
    "component_title",
    "n_adaptations",
    "planned",
    "not_planned",
    "consistent",
    "not_consistent",
    "unsure",
    "permanent",
    "n_practitioners",
)
ORDERS = (
    mark("goes first"),
    mark("goes second"),
    mark("goes third"),
    mark("goes fourth"),
    mark("goes fifth"),
    mark("goes sixth"),
    mark("goes seventh"),
    mark("goes eighth"),
    mark("goes ninth"),
)


def movement_in_order(component_movement: pd.DataFrame) -> pd.DataFrame:
    """Rows of component movement in the instrument's own order."""
    rows = require(component_movement, "component_movement", MOVEMENT_COLUMNS)
    return rows.sort_values(["component_order", "component"], ignore_index=True)


def is_true(value: Any) -> bool:
    """Whether a yes or no is a yes; what is missing is none."""
    return printed.is_number(value) and bool(value)


def going(order: Any) -> str:
    """Write which component goes first; empty for one that is not seen to go.

    >>> going(1), going(2), going(12), going(None)
    ('goes first', 'goes second', 'goes as number 12', '')
    """
    if not printed.is_number(order):
        return ""
    place = int(order)
    if place <= len(ORDERS):
        return say(ORDERS[place - 1])
    return say("goes as number {place}", place=place)


def points(value: Any, low: Any, high: Any) -> str:
    """Write points with their interval: ``−0.5 (−0.6 to −0.4)``."""
    text = printed.number(value, 1, signed=True)
    if not all(map(printed.is_number, (value, low, high))):
        return text
    return f"{text} ({printed.interval(low, high, 1, signed=True)})"


def component_movement_table(component_movement: pd.DataFrame) -> DisplayTable:
    """How each component moves, beside the whole and by itself, and what that adds up to."""
    frame = written(
        movement_in_order(component_movement),
        {
            mark("Component"): lambda row: row.component_title,
            mark("Core"): lambda row: say("core") if is_true(row.core) else "–",
            mark("Beside the whole"): lambda row: points(row.slope, row.slope_low, row.slope_high),
            mark("By itself"): lambda row: points(
                row.own_slope, row.own_slope_low, row.own_slope_high
            ),
            mark("Small alone"): _tolerance,
            mark("Departure"): lambda row: points(
                row.departure, row.departure_low, row.departure_high
            ),
            mark("Order"): lambda row: going(row.order_of_departure) or "–",
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "Beside the whole and by itself: points a quarter, with 95% intervals. Small alone: "
        "whether the movement by itself is smaller than the smallest change that matters. "
        "Departure: points since the start of the series. Order: which component goes before the "
        "others, where that is seen."
    )
    return DisplayTable(say("Movement of each component"), frame, note)


def _tolerance(row: Any) -> str:
    if not printed.is_number(row.within_tolerance):
        return say(printed.NO_NUMBER)
    return say("yes") if bool(row.within_tolerance) else say("no")


def adaptations_table(adaptations_by_component: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Adaptations noted, by component: planned or not, in line with the practice model or not."""
    rows = rows_of_place(
        adaptations_by_component, "adaptations_by_component", site_id, ADAPTATION_COLUMNS
    )
    columns = {
        mark("Adaptations"): "n_adaptations",
        mark("Planned"): "planned",
        mark("Not planned"): "not_planned",
        mark("In line"): "consistent",
        mark("Not in line"): "not_consistent",
        mark("Unsure"): "unsure",
        mark("Noted again"): "permanent",
        mark("Practitioners"): "n_practitioners",
    }
    frame = written(
        rows.sort_values("component_title", key=printed.in_order_of_names, kind="stable"),
        {
            mark("Component"): lambda row: str(row.component_title),
            **{name: _number_of(column) for name, column in columns.items()},
        },
    )
    note = say(
        "In line: consistent with the practice model, as the log says. Noted again: places where "
        "a change of the same component was noted in a later quarter, a sign that it stayed."
    )
    return DisplayTable(say("Adaptations noted, by component"), frame, note)


def _number_of(column: str) -> Callable[[Any], str]:
    return lambda row: printed.number(getattr(row, column))
