"""Figure of the pressures: how fidelity stands when there is more of each."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_reinforcement import pressures_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_estimates import draw_estimate, set_scale_about_zero
from workbench.reporting.figures_labels import draw_key, write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_pressures import (
    HIGHER,
    LOWER,
    pressure_rows,
    pressure_verdict,
    pressures_table,
    step_words,
)

TITLE = mark("Pressures at work, and fidelity")
ROW = 0.62
"""Height of a row, in inches."""
HALF_LINE = 5.8
"""Half the height of a line of text, in points."""
LOOKS = {
    mark("within practitioners"): ("o", style.BLUE, style.BLUE),
    mark("within, all pressures at once"): ("s", style.BLUE, style.PAPER),
    mark("between practitioners"): ("D", style.SOFT_INK, style.PAPER),
}
"""Marker, edge and fill of each estimate; no two share a shape."""
COLUMNS = (
    ("within", "within_low", "within_high"),
    ("joint_within", "joint_low", "joint_high"),
    ("between", "between_low", "between_high"),
)
PLACES = (-0.24, 0.02, 0.28)
"""Where each estimate stands in its row."""


def pressures(pressures: pd.DataFrame) -> Picture:
    """Draw points of fidelity for more of each pressure, with intervals.

    Parameters
    ----------
    pressures
        Evidence table. Pressures stand in its order.
    """
    rows = pressure_rows(pressures)
    if rows["within"].notna().sum() == 0:
        return style.picture_without_data(
            say(TITLE), say("no pressure could be set beside fidelity.")
        )
    with style.drawing():
        figure = style.new_figure(1.6 + ROW * len(rows))
        style.write_title(
            figure, say(TITLE), say("Points of fidelity for more of each pressure, 95% intervals.")
        )
        axes = style.place_axes(figure, left=2.1, right=1.72, top=1.08, bottom=0.5)
        set_scale_about_zero(axes, rows, [name for names in COLUMNS for name in names])
        draw_key(figure, axes, LOOKS, from_top=0.68)
        told = zip(records(rows), hidden_rows(rows), strict=True)
        for place, (row, hidden) in enumerate(told):
            _draw_row(axes, place, row, hidden)
        png = style.png_of(figure)
    caption = say(
        "Within: the same practitioners at times with more of it. All at once: with the other "
        "pressures held alike. Between: those with more of it beside others, who may differ in "
        "many ways. None of them says what brings about what."
    )
    return Picture(
        png, pressures_words(say(TITLE), rows), caption, pressures_table(pressures).frame
    )


def _draw_row(axes: Axes, place: int, row: Any, hidden: bool) -> None:
    small: dict[str, Any] = {"fontsize": style.SMALL, "linespacing": 1.15}
    title, step = style.wrapped(say(str(row.title)), 25), style.wrapped(step_words(row), 29)
    above, below = title.count("\n") + 1, step.count("\n") + 1 if step else 0
    up, down = HALF_LINE * below, -HALF_LINE * above
    write_beside(axes, place, title, (-10, up), fontweight="bold", linespacing=1.1)
    if step:
        write_beside(axes, place, step, (-10, down), color=style.SOFT_INK, **small)
    if hidden:
        text = f"{printed.HIDDEN} {say('too few people')}"
        write_beside(axes, place, text, (10, 0), color=style.SOFT_INK, **small)
        return
    for columns, up, look in zip(COLUMNS, PLACES, LOOKS.values(), strict=True):
        value, low, high = (getattr(row, name) for name in columns)
        draw_estimate(axes, place + up, (value, low, high), look)
    verdict = pressure_verdict(row)
    stands_out = verdict in (say(LOWER), say(HIGHER))
    number = printed.number(row.within, 1, signed=True)
    words = verdict if number == say(printed.NO_NUMBER) else f"{number}\n{verdict}"
    colour, weight = (style.BLUE, "bold") if stands_out else (style.SOFT_INK, "normal")
    write_beside(axes, place, words, (10, 0), color=colour, fontweight=weight, **small)
