"""Figure of the ties: how fidelity stands after an assessment, for more of each driver."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_organisation import ties_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_estimates import draw_estimate, set_scale_about_zero
from workbench.reporting.figures_labels import draw_key, write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_priorities import (
    GOES_WITH,
    driver_ties_table,
    tie_rows,
    tie_verdict,
)

TITLE = mark("Which drivers go with fidelity afterwards")
ROW = 0.42
"""Height of a row, in inches."""
ENDS = ("", "_low", "_high")
WITHIN, BETWEEN = ("o", style.BLUE, style.BLUE), ("D", style.SOFT_INK, style.PAPER)


def driver_ties(driver_ties: pd.DataFrame, *, points: float = 10) -> Picture:
    """Draw points of fidelity in the quarters after, for more of a driver, with intervals.

    Parameters
    ----------
    driver_ties
        Evidence table. Drivers stand in the order of the field's own grouping.
    points
        Points of a driver for which the ties were worked out.
    """
    rows = tie_rows(driver_ties)
    if rows["within"].notna().sum() == 0:
        return style.picture_without_data(
            say(TITLE), say("no tie could be worked out from these data.")
        )
    with style.drawing():
        figure = style.new_figure(1.6 + ROW * len(rows))
        more = printed.number(points)
        style.write_title(
            figure,
            say(TITLE),
            say(
                "Points of fidelity for {more} points more of the driver, 95% intervals.", more=more
            ),
        )
        axes = style.place_axes(figure, left=1.95, right=1.85, top=1.08, bottom=0.5)
        columns = [f"{name}{end}" for name in ("within", "between") for end in ENDS]
        set_scale_about_zero(axes, rows, columns)
        write_beside(
            axes, -0.55, say("within sites"), (10, 9), fontsize=style.SMALL, color=style.SOFT_INK
        )
        marks = {mark("within sites, over time"): WITHIN, mark("between sites"): BETWEEN}
        draw_key(figure, axes, marks, from_top=0.68)
        told = zip(records(rows), hidden_rows(rows), strict=True)
        for place, (row, hidden) in enumerate(told):
            _draw_row(axes, place, row, hidden)
        png = style.png_of(figure)
    caption = say(
        "Within sites: when a site has more of the driver than it usually has, does its fidelity "
        "stand higher in the quarters after? Sites differ in many ways at once, so a difference "
        "between them is not called a tie. Neither says what brings about what."
    )
    data = driver_ties_table(driver_ties, points).frame
    return Picture(png, ties_words(say(TITLE), rows), caption, data)


def _draw_row(axes: Axes, place: int, row: Any, hidden: bool) -> None:
    title = style.wrapped(str(row.title), 24)
    write_beside(axes, place, title, (-10, 0), linespacing=1.1)
    look: dict[str, Any] = {"fontsize": style.SMALL}
    if hidden:
        write_beside(
            axes,
            place,
            f"{printed.HIDDEN} {say('too few people')}",
            (10, 0),
            color=style.SOFT_INK,
            **look,
        )
        return
    ends = ((row.within, row.within_low, row.within_high, WITHIN, -0.15),
            (row.between, row.between_low, row.between_high, BETWEEN, 0.17))  # fmt: skip
    for value, low, high, shape, up in ends:
        draw_estimate(axes, place + up, (value, low, high), shape)
    verdict = tie_verdict(row)
    number = printed.number(row.within, 1, signed=True)
    is_tied = verdict == say(GOES_WITH)
    words = verdict if number == say(printed.NO_NUMBER) else f"{number} {verdict}"
    colour, weight = (style.BLUE, "bold") if is_tied else (style.SOFT_INK, "normal")
    write_beside(axes, place, words, (10, 0), color=colour, fontweight=weight, **look)
