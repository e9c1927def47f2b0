"""Figure of the two models: what the organisation trained beside what it rewards."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_reinforcement import two_models_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.figures_labels import write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_two_models import (
    PRACTICE,
    alignment_rows,
    share_rows,
    title_words,
    two_models_table,
    whole_alignment,
)
from workbench.reporting.tables_words import share_with_interval

TITLE = mark("The model that was trained, and the one that is rewarded")
ROW, BAR = 0.31, 0.62
"""Height of a row in inches, and of its bar as a part of it."""
YEARS = 1.6
"""Height of the small figure of years, in inches."""
TRAINED = 2.42
"""Inches from the left at which the column of what was trained stands."""


def two_models(two_models: pd.DataFrame, alignment: pd.DataFrame) -> Picture:
    """Draw the share of each thing in what is rewarded, and practice's share by year.

    Parameters
    ----------
    two_models
        Evidence table.
    alignment
        Evidence table; may have no rows.
    """
    rows = share_rows(two_models)
    if rows["share"].notna().sum() == 0:
        return style.picture_without_data(say(TITLE), say("what is rewarded could not be told."))
    whole, years = whole_alignment(alignment), alignment_rows(alignment)
    years = years[(years["period"] != "") & years["alignment"].notna()].reset_index(drop=True)
    practice = rows["group"] == PRACTICE
    heads = _heads(practice, whole)
    lines = len(rows) + len(heads)
    below = YEARS if len(years) > 1 else 0.0
    with style.drawing():
        figure = style.new_figure(1.1 + ROW * lines + 0.12 + below)
        style.write_title(
            figure,
            say(TITLE),
            say("Shares of what can be told of the ratings, with 95% intervals."),
        )
        axes = style.place_axes(figure, left=2.95, right=1.2, top=1.0, bottom=0.22 + below)
        _set_scale(axes, rows, lines)
        _draw_groups(axes, rows, heads)
        if below:
            _draw_years(figure, years)
        png = style.png_of(figure)
    caption = say(
        "Left: what people were trained to do. Right: what their ratings go with, when practice, "
        "productivity, documentation and attendance are set side by side. The shares make 100%."
    )
    if (rows["direction"] < 0).any():
        caption += say(" A hollow bar with ▾: more of it goes with a lower rating.")
    words = two_models_words(say(TITLE), rows, whole, years)
    return Picture(png, words, caption, two_models_table(two_models).frame)


def _heads(practice: pd.Series, whole: pd.Series | None) -> dict[int, tuple[str, str]]:
    """Headings by the row before which they stand: their words, and the share beside them."""
    heads: dict[int, tuple[str, str]] = {}
    if practice.any():
        share = "" if whole is None else printed.share(whole["alignment"])
        heads[0] = (say("Practice, as trained"), share)
    if not practice.all():
        heads[int(practice.sum())] = (say("What else is rated"), "")
    return heads


def _set_scale(axes: Axes, rows: pd.DataFrame, lines: int) -> None:
    highest = rows[["share", "share_high"]].astype("float64").max().max()
    axes.set_xlim(0, min(100.0, max(float(highest) * 105, 20.0)))
    axes.set_ylim(lines - 0.4, -0.6)
    axes.set_yticks([])
    axes.xaxis.set_major_formatter(lambda value, _: printed.number(value, unit="percent"))
    style.quiet(axes, grid="x")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(labeltop=True, labelbottom=False, bottom=False)
    for x, text, ha in ((TRAINED - 2.95, say("Trained"), "center"), (0.0, say("Rewarded"), "left")):
        axes.annotate(
            text,
            (0, 1),
            (72 * x, 20),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=ha,
            va="bottom",
            fontweight="bold",
        )


def _draw_groups(axes: Axes, rows: pd.DataFrame, heads: dict[int, tuple[str, str]]) -> None:
    line = 0
    told = zip(records(rows), hidden_rows(rows), strict=True)
    for place, (row, hidden) in enumerate(told):
        if place in heads:
            _draw_head(axes, line, *heads[place])
            line += 1
        _draw_row(axes, line, row, hidden)
        line += 1


def _draw_head(axes: Axes, line: int, words: str, share: str) -> None:
    axes.annotate(
        words,
        (0, line),
        (-72 * 2.9, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        fontweight="bold",
    )
    if share:
        text = say("{share} in all", share=share)
        look: dict[str, Any] = {"fontsize": style.SMALL, "fontweight": "bold"}
        write_beside(axes, line, text, (8, 0), color=style.BLUE, **look)


def _draw_row(axes: Axes, line: int, row: Any, hidden: bool) -> None:
    trained = row.group == PRACTICE
    colour = style.BLUE if trained else style.SOFT_INK
    write_beside(axes, line, printed.short(title_words(row), 33), (72 * (TRAINED - 3.17), 0))
    axes.annotate(
        "●" if trained else "–",
        (0, line),
        (72 * (TRAINED - 2.95), 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha="center",
        va="center",
        color=style.BLUE if trained else style.GREY,
    )
    if hidden or not printed.is_number(row.share):
        text = printed.HIDDEN if hidden else say(printed.NO_NUMBER)
        write_beside(axes, line, text, (8, 0), fontsize=style.SMALL, color=style.SOFT_INK)
        return
    share = 100 * float(row.share)
    lower = printed.is_number(row.direction) and row.direction < 0
    fill = style.PAPER if lower else colour
    axes.barh(line, share, height=BAR, color=fill, edgecolor=colour, linewidth=1.1, zorder=2)
    if printed.is_number(row.share_low) and printed.is_number(row.share_high):
        axes.hlines(
            line, 100 * row.share_low, 100 * row.share_high, color=style.INK, linewidth=1.3,
            zorder=3,
        )  # fmt: skip
    number = printed.share(row.share) + (f" ▾ {say('lower')}" if lower else "")
    write_beside(axes, line, number, (8, 0), fontsize=style.SMALL, fontweight="bold")


def _draw_years(figure: Figure, years: pd.DataFrame) -> None:
    """Draw practice's share of what is rewarded year by year."""
    height = figure.get_size_inches()[1]
    axes = style.place_axes(figure, left=2.95, right=1.2, top=height - YEARS + 0.5, bottom=0.35)
    places = pd.Series(range(len(years)), dtype="float64")
    values, low, high = (
        100 * years[name].astype("float64") for name in ("alignment", "conf_low", "conf_high")
    )
    draw_band(axes, places, low, high, style.BLUE)
    axes.plot(places, values, "o-", color=style.BLUE, linewidth=1.7, markersize=4.5, zorder=3)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 50, 100], ["0%", "50%", "100%"])
    axes.set_xticks(list(places), [printed.short(str(one), 9) for one in years["period"]])
    axes.set_xlim(-0.4, len(years) - 0.6)
    style.quiet(axes)
    axes.set_title(
        say("Practice’s share by year"), loc="left", fontsize=style.BODY, fontweight="bold", pad=7
    )
    last = years.iloc[-1]
    between = share_with_interval(last["alignment"], last["conf_low"], last["conf_high"])
    text = between.replace(" (", "\n(")
    look: dict[str, Any] = {"fontsize": style.SMALL, "color": style.BLUE, "linespacing": 1.2}
    write_beside(axes, float(values.iloc[-1]), text, (8, 0), fontweight="bold", **look)
