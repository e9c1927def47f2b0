"""Figure of the links: what follow-through and ownership more fidelity goes with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_plans import links_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_estimates import draw_estimate, set_scale_about_zero
from workbench.reporting.figures_labels import draw_key, write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_plans_links import (
    is_ratio,
    link_rows,
    link_title,
    link_verdict,
    links_table,
)
from workbench.reporting.tables_words import is_yes

TITLE = mark("What goes with fidelity, in plans")
ROW, BETWEEN = 0.36, 0.85
"""Height of a row, and the room between panels, in inches."""
ABOVE = 1.3
WITHIN, BESIDE = ("o", style.BLUE, style.BLUE), ("D", style.SOFT_INK, style.PAPER)
COLUMNS = tuple(f"{name}{end}" for name in ("within", "between") for end in ("", "_low", "_high"))
RATIOS = (0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)


def plan_links(links: pd.DataFrame) -> Picture:
    """Draw what 10 points more fidelity goes with: practice as a whole, and each component.

    Parameters
    ----------
    links
        Released evidence table; ratios stand about 1 on a log scale, points about 0.
    """
    title = say(TITLE)
    rows = link_rows(links)
    if rows["within"].notna().sum() == 0:
        return style.picture_without_data(title, say("no link could be worked out or shown."))
    panels = [
        (str(outcome), mine.reset_index(drop=True))
        for outcome, mine in rows.groupby("outcome_title", sort=False)
        if mine["within"].notna().any()
    ]
    room = sum(ROW * len(mine) for _, mine in panels) + BETWEEN * (len(panels) - 1)
    with style.drawing():
        figure = style.new_figure(ABOVE + room + 0.45)
        style.write_title(figure, title, say("For 10 points more fidelity, with 95% intervals."))
        from_top = ABOVE
        for number, (outcome, mine) in enumerate(panels):
            height = ROW * len(mine)
            axes = _panel(figure, from_top, height)
            _draw_panel(axes, outcome, mine)
            if number == 0:
                key = {say("within practitioners"): WITHIN, say("between practitioners"): BESIDE}
                draw_key(figure, axes, key, from_top=0.68)
            from_top += height + BETWEEN
        png = style.png_of(figure)
    caption = say(
        "Within: the same practitioners at times when they practise closer to the model. Between: "
        "practitioners beside one another, who differ in many ways. Neither says what brings about "
        "what."
    )
    return Picture(png, links_words(title, rows), caption, links_table(links).frame)


def _panel(figure: Figure, from_top: float, height: float) -> Axes:
    from_bottom = figure.get_size_inches()[1] - from_top - height
    return style.place_axes(figure, left=2.1, right=1.75, top=from_top, bottom=from_bottom)


def _draw_panel(axes: Axes, title: str, rows: pd.DataFrame) -> None:
    ratio = is_ratio(records(rows)[0])
    drawn = rows
    if ratio:
        values = rows[list(COLUMNS)].astype("float64")
        drawn = rows.copy()
        drawn[list(COLUMNS)] = np.log(values.where(values > 0))
    set_scale_about_zero(axes, drawn, COLUMNS, {-1: say("◂ less"), 1: say("more ▸")}, least=0.1)
    if ratio:
        reach = axes.get_xlim()[1]
        ticks = _ticks(reach)
        axes.set_xticks(np.log(ticks), [f"{one:g}" for one in ticks])
    axes.annotate(
        f"{printed.short(say(title), 52)} ({say('odds ratio') if ratio else say('points')})",
        (0, 1),
        (-2.0 * 72, 20),
        xycoords="axes fraction",
        textcoords="offset points",
        fontweight="bold",
    )
    told = zip(records(rows), records(drawn), hidden_rows(rows), strict=True)
    for place, (row, shown, hidden) in enumerate(told):
        _draw_row(axes, place, row, shown, hidden)


def _ticks(reach: float) -> list[float]:
    """Ratios to mark: those within reach, not more than seven, and 1 among them."""
    inside = [one for one in RATIOS if abs(np.log(one)) <= reach]
    if len(inside) <= 7:
        return inside
    above = [one for one in (1.25, 1.5, 2.0, 3.0, 5.0, 10.0) if np.log(one) <= reach][-3:]
    below = [one for one in (0.8, 0.67, 0.5, 0.33, 0.2, 0.1) if -np.log(one) <= reach][-3:]
    return [*below[::-1], 1.0, *above]


def _draw_row(axes: Axes, place: int, row: Any, shown: Any, hidden: bool) -> None:
    weight = "bold" if row.is_whole else "normal"
    title = style.wrapped(link_title(row), 27)
    write_beside(axes, place, title, (-10, 0), fontweight=weight, linespacing=1.1)
    look: dict[str, Any] = {"fontsize": style.SMALL}
    if not printed.is_number(row.within):
        words = f"{printed.HIDDEN} {say('too few plans')}" if hidden else say("can’t be said")
        write_beside(axes, place, words, (10, 0), color=style.SOFT_INK, **look)
        return
    ends = ("within", WITHIN, -0.14), ("between", BESIDE, 0.16)
    for name, look_of_mark, up in ends:
        numbers = tuple(getattr(shown, f"{name}{end}") for end in ("", "_low", "_high"))
        draw_estimate(axes, place + up, numbers, look_of_mark)
    ratio = is_ratio(row)
    number = printed.number(row.within, 2 if ratio else 1, signed=not ratio)
    colour, strong = (style.BLUE, "bold") if is_yes(row.shown) else (style.SOFT_INK, "normal")
    words = f"{number} {link_verdict(row)}"
    write_beside(axes, place, words, (10, 0), color=colour, fontweight=strong, **look)
