"""Figure of the components' movement on one axis: beside the whole, and by itself."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_drift import movement_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_labels import draw_key, write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_components import (
    component_movement_table,
    going,
    is_true,
    movement_in_order,
)

TITLE = mark("Which part of practice moves")
ROW = 0.46
"""Height of a row, in inches."""
CORE, OTHER = "D", "o"


def component_movement(
    component_movement: pd.DataFrame, *, smallest_change: float | None = None
) -> Picture:
    """Draw each component's slope beside the whole, and its own slope, with intervals.

    Components stand in the instrument's own order. Those of the core have a mark and a word of
    their own.

    Parameters
    ----------
    component_movement
        Evidence table.
    smallest_change
        Points a quarter within which a movement alone is too small to matter; shaded if given.
    """
    rows = movement_in_order(component_movement)
    if rows[["slope", "own_slope"]].notna().sum().sum() == 0:
        return style.picture_without_data(
            say(TITLE), say("no component's movement could be estimated.")
        )
    has_core = any(is_true(value) for value in rows["core"])
    with style.drawing():
        figure = style.new_figure(1.6 + ROW * len(rows))
        style.write_title(
            figure, say(TITLE), say("Points of fidelity a quarter, with 95% intervals.")
        )
        axes = style.place_axes(figure, left=1.85, right=1.75, top=1.08, bottom=0.5)
        _set_scale(axes, rows, smallest_change)
        draw_key(figure, axes, _key(has_core), from_top=0.68)
        for place, (row, hidden) in enumerate(zip(records(rows), hidden_rows(rows), strict=True)):
            _draw_row(axes, place, row, hidden)
        png = style.png_of(figure)
    data = component_movement_table(component_movement).frame
    return Picture(png, movement_words(say(TITLE), rows), _caption(smallest_change), data)


def _caption(smallest_change: float | None) -> str:
    caption = say(
        "Beside the whole: how a part moves against all parts together, which shows which part "
        "goes before the others. By itself: how far that part moves."
    )
    if smallest_change is not None:
        size = printed.number(smallest_change, 1)
        caption += say(
            " The grey band is {size} points either way: a movement within it is small "
            "alone, and may still add up over years.",
            size=size,
        )
    return caption


def _key(has_core: bool) -> dict[str, tuple[str, str, str]]:
    marks = {
        say("beside the whole"): (OTHER, style.BLUE, style.BLUE),
        say("by itself"): (OTHER, style.BLUE, style.PAPER),
    }
    if has_core:
        marks[say("core of the practice model")] = (CORE, style.INK, style.INK)
    return marks


def _set_scale(axes: Axes, rows: pd.DataFrame, smallest_change: float | None) -> None:
    columns = [name for name in rows.columns if name.removeprefix("own_").startswith("slope")]
    largest = float(rows[columns].astype("float64").abs().max().max())
    reach = max(largest, 2 * (smallest_change or 0.5)) * 1.06
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_yticks([])
    if smallest_change is not None:
        axes.axvspan(-smallest_change, smallest_change, color=style.PALER, linewidth=0, zorder=0)
    axes.axvline(0, color=style.GREY, linewidth=0.9, zorder=1)
    axes.xaxis.set_major_formatter(
        lambda value, _: printed.number(value, 0 if reach > 3 else 1, signed=True)
    )
    style.quiet(axes, grid="x")
    for side, text in {-1: say("◂ falling"), 1: say("rising ▸")}.items():
        axes.annotate(
            text,
            (0.5 + side / 2, 1),
            (0, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="left" if side < 0 else "right",
            fontsize=style.SMALL,
            color=style.SOFT_INK,
        )


def _draw_row(axes: Axes, place: int, row: Any, hidden: bool) -> None:
    core, order = is_true(row.core), going(row.order_of_departure)
    about = ", ".join(words for words in (say("core") if core else "", order) if words)
    title = style.wrapped(str(row.component_title), 26, lines=1 if about else 2)
    write_beside(axes, place - (0.17 if about else 0), title, (-8, 0), linespacing=1.1)
    look = {"fontsize": style.SMALL}
    if about:
        colour = style.ORANGE if order else style.SOFT_INK
        weight = "bold" if order else "normal"
        write_beside(axes, place + 0.19, about, (-8, 0), color=colour, fontweight=weight, **look)
    if hidden:
        write_beside(
            axes,
            place,
            say("{hidden} too few people", hidden=printed.HIDDEN),
            (8, 0),
            color=style.SOFT_INK,
        )
        return
    marker = CORE if core else OTHER
    drawn = {
        -0.16: ((row.slope, row.slope_low, row.slope_high), style.BLUE),
        0.16: ((row.own_slope, row.own_slope_low, row.own_slope_high), style.PAPER),
    }
    for up, ((value, low, high), fill) in drawn.items():
        if printed.is_number(value):
            _draw_slope(axes, place + up, (value, low, high), marker, fill)
    beside, alone = (printed.number(one, 1, signed=True) for one in (row.slope, row.own_slope))
    words = {
        -0.18: (say("{points} beside the whole", points=beside), style.INK),
        0.18: (say("{points} by itself", points=alone), style.SOFT_INK),
    }
    for up, (text, colour) in words.items():
        write_beside(axes, place + up, text, (10, 0), color=colour, **look)


def _draw_slope(
    axes: Axes, place: float, numbers: tuple[float, float, float], marker: str, fill: str
) -> None:
    value, low, high = (float(number) for number in numbers)
    axes.hlines(place, low, high, color=style.BLUE, linewidth=1.4, alpha=0.6, zorder=3)
    axes.plot(
        value,
        place,
        marker,
        color=style.BLUE,
        markerfacecolor=fill,
        markersize=6 if marker == OTHER else 5.5,
        markeredgewidth=1.3,
        zorder=4,
    )
