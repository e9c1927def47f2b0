"""Figure of the drivers: what is in place, how far respondents differ, and what it was before."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts import drivers_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows, rows_of_place
from workbench.reporting.figures_labels import draw_key, write_off
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_drivers import (
    DRIVER_COLUMNS,
    driver_groups,
    drivers_in_order,
    drivers_table,
    level_title,
)
from workbench.reporting.tables_words import WITHHELD

COMPOSITE, DRIVER, BEST_PRACTICE = "composite", "driver", "best_practice"
ROW, GAP, LINE = 0.3, 0.24, 0.13
"""Height of a row, of the gap above a group, and of each line of a name after the second."""
BEST_PRACTICE_WIDTH, TITLE_WIDTH = 45, 36
"""Letters of a line of a name."""


def driver_profile(
    driver_scores: pd.DataFrame,
    *,
    site_id: str = "",
    name: str = "The network",
    group: str = "",
    best_practices: bool = True,
) -> Picture:
    """Draw the score of each driver and best practice, with its range and its last value.

    Drivers stand in the order of the field's own grouping, never of their scores.

    Parameters
    ----------
    driver_scores
        Evidence table.
    site_id, name
        Place to draw, and the name that the title prints.
    group
        Draw one group of drivers only: ``competency``, ``organisation`` or ``leadership``.
    best_practices
        Draw the best practices under each driver; without them the figure fits a slide.
    """
    named = printed.short(say(name), 46)
    title = (
        say("{place}: {group} drivers", place=named, group=say(group))
        if group
        else say("{place}: what is in place", place=named)
    )
    rows = rows_of_place(driver_scores, "driver_scores", site_id, DRIVER_COLUMNS)
    rows = drivers_in_order(rows if best_practices else rows[rows["level"] != BEST_PRACTICE])
    if group:
        rows = rows[driver_groups(rows) == group].reset_index(drop=True)
    if rows["score"].notna().sum() == 0:
        return style.picture_without_data(
            title, say("no assessment of drivers is shown for this place.")
        )
    places, height = _places(rows)
    with style.drawing():
        figure = style.new_figure(1.65 + height)
        style.write_title(
            figure,
            title,
            say("Percent of full points. Bars: from the lowest to the highest respondent.")
            if site_id
            else say("Percent of full points. Bars: from the lowest to the highest site."),
        )
        axes = style.place_axes(figure, left=3.05, right=1.55, top=1.02, bottom=0.42)
        _set_scale(axes, height)
        marks = {**style.STATUS_MARKS, mark("last time"): ("o", style.GREY, style.PAPER)}
        draw_key(figure, axes, marks, from_top=0.68)
        _draw_marks(axes, rows.assign(place=places))
        for place, row, hidden in zip(places, records(rows), hidden_rows(rows), strict=True):
            _write_row(axes, place, row, hidden)
        png = style.png_of(figure)
    caption = say("A filled mark is the latest assessment, a hollow circle the one before.")
    caption += (
        say(" A long bar means that respondents differ: talk about that first.")
        if site_id
        else say(" A long bar means that sites differ: talk about that first.")
    )
    if (rows["status"] == WITHHELD).any():
        caption += say(" Withheld: those who answered don’t agree enough for one score.")
    return Picture(png, drivers_words(title, rows), caption, drivers_table(rows, site_id).frame)


def _places(rows: pd.DataFrame) -> tuple[list[float], float]:
    """Where the middle of each row stands, from the top in inches, and how high all are."""
    places, down = [], 0.0
    for row in records(rows):
        lines = _label(row).count("\n") + 1
        height = ROW + LINE * max(lines - 2, 0)
        down += (GAP if row.level == COMPOSITE else 0) + height
        places.append(down - height / 2)
    return places, down


def _label(row: Any) -> str:
    """Title of a row, in as many lines as it takes up to three."""
    width = BEST_PRACTICE_WIDTH if row.level == BEST_PRACTICE else TITLE_WIDTH
    return style.wrapped(level_title(row), width, lines=3)


def _set_scale(axes: Axes, height: float) -> None:
    axes.set_xlim(-2, 102)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    style.quiet(axes, grid="x")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(labeltop=True, bottom=False)


def _draw_marks(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the lines above groups, and bars and marks of all rows; ``place`` is where each is."""
    places = rows["place"]
    for place in places[rows["level"] == COMPOSITE]:
        axes.plot(
            [-1.18, 1.6],
            [place - 0.27] * 2,
            transform=axes.get_yaxis_transform(),
            color=style.PALE,
            linewidth=0.8,
            clip_on=False,
        )
    # A score is withheld where people don't agree; how far they differ is then the message.
    ranged = rows[rows["lowest"].notna() & rows["highest"].notna()]
    axes.hlines(
        ranged["place"],
        ranged["lowest"],
        ranged["highest"],
        color=style.PALE,
        linewidth=4.5,
        zorder=2,
    )
    scored = rows[rows["score"].notna()]
    axes.plot(
        scored["previous_score"].astype("float64"),
        scored["place"],
        "o",
        color=style.GREY,
        markerfacecolor=style.PAPER,
        markersize=5.5,
        markeredgewidth=1.1,
        zorder=3,
    )
    kinds = [scored["status"].fillna(""), scored["level"] == BEST_PRACTICE]
    for (status, is_practice), alike in scored.groupby(kinds):
        marker, edge, fill = style.STATUS_MARKS.get(str(status), style.OTHER_MARK)
        axes.plot(
            alike["score"],
            alike["place"],
            marker,
            color=edge,
            markerfacecolor=fill,
            zorder=4,
            markersize=5.5 if is_practice else 7.5,
        )


def _write_row(axes: Axes, place: float, row: Any, hidden: bool) -> None:
    is_practice = row.level == BEST_PRACTICE
    indent = {COMPOSITE: 0, DRIVER: 8, BEST_PRACTICE: 16}[row.level]
    side = axes.get_yaxis_transform()
    write_off(
        axes,
        _label(row),
        (0, place),
        (-219 + indent, 0),
        side,
        va="center",
        fontsize=style.SMALL if is_practice else style.BODY,
        linespacing=1.05,
        fontweight="normal" if is_practice else "bold",
        color=style.SOFT_INK if is_practice else style.INK,
    )
    _, edge, fill = style.STATUS_MARKS.get(row.status, style.OTHER_MARK)
    colour = style.SOFT_INK if fill == style.PAPER else edge
    number, words = _status_words(row, hidden)
    for text, right, side_of_text in ((number, 32, "right"), (words, 37, "left")):
        write_off(
            axes,
            text,
            (1, place),
            (right, 0),
            side,
            va="center",
            ha=side_of_text,
            fontsize=style.SMALL,
            color=colour,
            fontweight="bold" if side_of_text == "right" else "normal",
        )


def _status_words(row: Any, hidden: bool) -> tuple[str, str]:
    """Write the number and the words at the right of a row."""
    if hidden:
        return printed.HIDDEN, say("too few people")
    if not printed.is_number(row.score):
        return "", say(WITHHELD if row.status == WITHHELD else printed.NO_NUMBER)
    status = say(str(row.status)) if printed.is_number(row.status) else ""
    return printed.number(row.score, unit="percent"), status
