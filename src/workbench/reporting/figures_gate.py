"""Figure of the gate: which drivers were in place at each site before it began to deliver."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_organisation import gate_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_labels import draw_key, write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_gate import gate_rows, gate_table
from workbench.reporting.tables_words import NOT_ASSESSED, by_name, short_day

TITLE = mark("What was in place before delivery began")
ROW = 0.27
"""Height of a row, in inches."""
MARKS = {**style.STATUS_MARKS, NOT_ASSESSED: ("o", style.GREY, style.PAPER)}
"""Marker, edge and fill of each status; no two share shape and fill."""
SIZES = {"o": 8.0, "D": 6.5, "v": 8.0}


def drivers_gate(drivers_gate: pd.DataFrame, sites: pd.DataFrame) -> Picture:
    """Draw the status of every driver at every site before delivery, sites by name.

    Parameters
    ----------
    drivers_gate
        Evidence table. Drivers stand in the order of the field's own grouping.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    """
    rows = gate_rows(drivers_gate)
    shown = rows["status_before"].notna() & (rows["status_before"] != NOT_ASSESSED)
    if not shown.any():
        why = (
            say("no site was assessed before it began to deliver.")
            if len(rows) and not hidden_rows(rows).any()
            else say("no assessment before delivery is shown.")
        )
        return style.picture_without_data(say(TITLE), why)
    places = by_name(rows.drop_duplicates("site_id"), sites)
    drivers = rows.drop_duplicates("driver")
    with style.drawing():
        figure = style.new_figure(2.18 + ROW * len(places))
        style.write_title(
            figure,
            say(TITLE),
            say("Status of each driver at the last assessment before the first day."),
        )
        axes = style.place_axes(figure, left=1.75, right=1.12, top=1.98, bottom=0.12)
        _set_scale(axes, len(places), drivers["title"].tolist())
        draw_key(figure, axes, MARKS, from_top=0.68)
        for place, site in enumerate(records(places)):
            mine = rows[rows["site_id"] == site.site_id]
            _draw_row(axes, place, site, mine, drivers["driver"].tolist())
        write_beside(
            axes, -0.55, say("delivery\nbegan"), (8, 14), fontsize=style.SMALL, color=style.SOFT_INK
        )
        png = style.png_of(figure)
    caption = say(
        "An empty circle says only that nobody had looked before delivery began. Sites stand in "
        "the order of their names; they are not ranked."
    )
    data = gate_table(drivers_gate, sites).frame
    return Picture(png, gate_words(say(TITLE), rows, places), caption, data)


def _set_scale(axes: Axes, count: int, titles: list[str]) -> None:
    axes.set_xlim(-0.5, len(titles) - 0.5)
    axes.set_ylim(count - 0.45, -0.55)
    axes.set_yticks([])
    axes.set_xticks([])
    style.quiet(axes)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    for column, title in enumerate(titles):
        axes.annotate(
            printed.short(title, 30),
            (column, 1),
            (-2, 6),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            rotation=38,
            rotation_mode="anchor",
            ha="left",
            va="bottom",
            fontsize=style.SMALL,
            color=style.SOFT_INK,
        )


def _draw_row(axes: Axes, place: int, site: Any, rows: pd.DataFrame, drivers: list[str]) -> None:
    axes.axhline(place, color=style.PALER, linewidth=0.8, zorder=1)
    write_beside(axes, place, printed.short(str(site.place), 23), (-8, 0))
    began = short_day(site.delivery_began)
    write_beside(axes, place, began, (8, 0), fontsize=style.SMALL, color=style.SOFT_INK)
    for row, hidden in zip(records(rows), hidden_rows(rows), strict=True):
        column = drivers.index(str(row.driver))
        if hidden:
            axes.annotate(
                printed.HIDDEN,
                (column, place),
                ha="center",
                va="center",
                fontsize=style.SMALL,
                color=style.SOFT_INK,
                backgroundcolor=style.PAPER,
            )
            continue
        marker, edge, fill = MARKS.get(str(row.status_before), style.OTHER_MARK)
        axes.plot(
            column, place, marker, color=edge, markerfacecolor=fill, markersize=SIZES[marker],
            zorder=3,
        )  # fmt: skip
