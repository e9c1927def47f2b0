"""Figure of the support ledger: how often each kind is given, and how many get any."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workbench.language import say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_reinforcement import ledger_words
from workbench.reporting.disclosure_reinforcement import coverage_words
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.figures_labels import EndLabel, label_ends
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_support import (
    kind_words,
    kinds_given,
    ledger_rows,
    rate,
    support_course_table,
)

PANEL, GAP = 0.56, 0.2
"""Height of a kind's panel and of the gap under it, in inches."""
TOP, BOTTOM, KEY = 0.92, 0.55, 0.24
LEFT = {"often": (1.85, 3.36), "share": (4.6, 0.95)}
"""Left and right margins of the two columns, in inches."""
LEVELS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Acts a month at which a scale may be marked."""
DASHES = (4, 1.6)


def support_ledger(
    support_ledger: pd.DataFrame, *, site_id: str = "", name: str = "The network"
) -> Picture:
    """Draw acts a month for each practitioner, and the share who got any, kind by kind.

    Parameters
    ----------
    support_ledger
        Released evidence table; a site's figure has the network beside it.
    site_id, name
        Place to draw, and the name that the title prints.
    """
    title = say("{short}: support by quarter", short=printed.short(say(name), 48))
    rows = ledger_rows(support_ledger, site_id)
    rows = rows[rows["kind"].isin(kinds_given(rows))].reset_index(drop=True)
    told = rows[["acts_a_month", "coverage", "at_least", "under"]].notna()
    if not told.any(axis=None):
        return style.picture_without_data(title, say("no support can be shown for this place."))
    network = ledger_rows(support_ledger) if site_id else rows.iloc[:0]
    kinds = list(dict.fromkeys(rows["kind"]))
    rows, network = _placed(rows), _placed(network[network["quarter"].isin(set(rows["quarter"]))])
    with style.drawing():
        above = TOP + (KEY if site_id else 0.0)
        figure = style.new_figure(above + BOTTOM + (PANEL + GAP) * len(kinds) - GAP)
        style.write_title(
            figure, title, say("Over everybody in post, whether they got any or not.")
        )
        if site_id:
            _draw_key(figure, name)
        most = pd.concat([rows["acts_a_month"], network["acts_a_month"]]).max()
        top = max(float(most) * 1.15 if pd.notna(most) else 1.0, 0.5)
        for place, kind in enumerate(kinds):
            mine, beside = (each[each["kind"] == kind] for each in (rows, network))
            from_top = above + place * (PANEL + GAP)
            ends = (place == 0, place == len(kinds) - 1)
            _draw_kind(figure, from_top, ends, mine, beside, top)
        png = style.png_of(figure)
    return Picture(
        png,
        ledger_words(title, rows, network),
        _caption(rows),
        support_course_table(support_ledger, site_id).frame,
    )


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(place=style.quarter_positions(rows["quarter"])) if len(rows) else rows


def _caption(rows: pd.DataFrame) -> str:
    caption = say(
        "Left: how often. Right: for how many, with 95% bands. A mean can hide that a few get much "
        "and others nothing, so read the two together."
    )
    if rows["at_least"].notna().any() or rows["under"].notna().any():
        caption += say(
            " A pale bar gives the range in which a share lies, where the exact one would be about "
            "few people."
        )
    return caption


def _draw_key(figure: Figure, name: str) -> None:
    height = figure.get_size_inches()[1]
    handles = [
        Line2D([], [], color=style.BLUE, linewidth=1.7, marker="o", markersize=3.4),
        Line2D([], [], color=style.GREY, linewidth=1.2, dashes=DASHES),
    ]
    key = figure.legend(
        handles,
        [say("This place"), say("The network")],
        ncols=2,
        loc="upper left",
        bbox_to_anchor=(LEFT["often"][0] / style.WIDTH, 1 - 0.53 / height),
        frameon=False,
        fontsize=style.SMALL,
        labelcolor=style.SOFT_INK,
        borderpad=0,
        borderaxespad=0,
        columnspacing=1.6,
    )
    # A legend leaves out what begins with '_', and a name may.
    key.get_texts()[0].set_text(printed.short(say(name), 40))


def _draw_kind(
    figure: Figure,
    from_top: float,
    ends: tuple[bool, bool],
    mine: pd.DataFrame,
    beside: pd.DataFrame,
    top: float,
) -> None:
    from_bottom = figure.get_size_inches()[1] - from_top - PANEL
    is_first, is_last = ends
    for what, (left, right) in LEFT.items():
        axes = style.place_axes(figure, left=left, right=right, top=from_top, bottom=from_bottom)
        style.quiet(axes)
        style.label_quarters(axes, int(mine["place"].min()), int(mine["place"].max()), most=4)
        if not is_last:
            axes.tick_params(labelbottom=False)
        if what == "often":
            axes.set_ylim(0, top)
            level = max(one for one in LEVELS if one <= top)
            axes.set_yticks([0, level], ["0", printed.number(level, 0 if level >= 1 else 1)])
            _name_kind(axes, mine)
            _draw_lines(axes, mine, beside, "acts_a_month", 1.0)
        else:
            axes.set_ylim(0, 100)
            axes.set_yticks([0, 50, 100], ["0%", "50%", "100%"])
            _draw_bounds(axes, mine)
            low, high = (100 * mine[end] for end in ("coverage_low", "coverage_high"))
            draw_band(axes, mine["place"], low, high, style.BLUE)
            _draw_lines(axes, mine, beside, "coverage", 100.0)
        if is_first:
            words = {"often": say("Acts a month for each"), "share": say("Share who got any")}
            axes.set_title(words[what], loc="left", fontsize=style.BODY, fontweight="bold", pad=7)


def _name_kind(axes: Axes, mine: pd.DataFrame) -> None:
    axes.annotate(
        style.wrapped(kind_words(mine["kind"].iloc[0]), 20),
        (0, 0.5),
        (-30, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        linespacing=1.1,
    )


def _draw_lines(
    axes: Axes, mine: pd.DataFrame, beside: pd.DataFrame, column: str, scale: float
) -> None:
    """Draw a measure of the place over that of the network, and name the last values."""
    labels = []
    if len(beside):
        values = scale * beside[column].astype("float64")
        (line,) = axes.plot(beside["place"], values, color=style.GREY, linewidth=1.2, zorder=2)
        line.set_dashes(DASHES)
        last = beside.iloc[-1]
        if printed.is_number(last[column]):
            label = EndLabel(scale * float(last[column]), _written(last, column), "", style.GREY)
            labels.append(label)
    values = scale * mine[column].astype("float64")
    axes.plot(
        mine["place"], values, "o-", color=style.BLUE, linewidth=1.7, markersize=3.4, zorder=3
    )
    last = mine.iloc[-1]
    known = printed.is_number(last[column])
    height = scale * float(last[column]) if known else _middle(axes, last, column)
    labels.append(EndLabel(height, _written(last, column), "", style.BLUE, True))
    label_ends(axes, labels, number_width=62.0 if column == "coverage" else 27.0)


def _middle(axes: Axes, row: pd.Series, column: str) -> float:
    """Height at which the label of a number stands that is not shown."""
    if column == "coverage" and printed.is_number(row["at_least"]):
        return 50 * (1 + float(row["at_least"]))
    if column == "coverage" and printed.is_number(row["under"]):
        return 50 * float(row["under"])
    return sum(axes.get_ylim()) / 2


def _written(row: pd.Series, column: str) -> str:
    if column == "coverage":
        text = coverage_words(row["coverage"], row["at_least"], row["under"])
    else:
        text = rate(row[column])
    return printed.HIDDEN if text == say(printed.NO_NUMBER) else text


def _draw_bounds(axes: Axes, mine: pd.DataFrame) -> None:
    """Draw the range of a share that is not shown as a wide pale bar."""
    over, under = mine[mine["at_least"].notna()], mine[mine["under"].notna()]
    look: dict[str, Any] = {"color": style.PALE, "linewidth": 6.0, "zorder": 1.5}
    axes.vlines(over["place"], 100 * over["at_least"], 100, **look)
    axes.vlines(under["place"], 0, 100 * under["under"], **look)
