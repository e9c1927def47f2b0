"""Figure of the direction in which each site moves."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts import directions_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import NETWORK, hidden_rows
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_fidelity import directions_in_order, directions_table

TITLE = mark("Direction of each site")
ROW = 0.29
"""Height of a row, in inches."""
STATE_WIDTH = 22
"""Letters of a state before its second line."""


def site_directions(
    trajectories: pd.DataFrame, sites: pd.DataFrame, *, smallest_change: float
) -> Picture:
    """Draw each site's slope with its interval, and its state in words.

    Sites stand in the order of their names, never of their numbers; the network stands last.

    Parameters
    ----------
    trajectories
        Evidence table.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    smallest_change
        Points of fidelity a quarter within which a change is too small to matter.
    """
    rows = directions_in_order(trajectories, sites)
    if rows["slope"].notna().sum() == 0:
        return style.picture_without_data(
            say(TITLE), say("no site's direction could be estimated or shown.")
        )
    with style.drawing():
        figure = style.new_figure(1.45 + ROW * len(rows))
        style.write_title(
            figure,
            say(TITLE),
            say("Points of fidelity a quarter, with 95% intervals, by name of the site."),
        )
        axes = style.place_axes(figure, left=2.05, right=1.75, top=0.95, bottom=0.5)
        _set_scale(axes, rows, smallest_change)
        for place, (row, hidden) in enumerate(zip(records(rows), hidden_rows(rows), strict=True)):
            _draw_row(axes, place, row, hidden)
        png = style.png_of(figure)
    caption = say(
        "Left of the grey band: drifting. Right of it: strengthening. A direction is named only "
        "when it is sure enough. Sites stand in the order of their names; they are not ranked."
    )
    title = say("Direction of each site, in points of fidelity a quarter")
    alt_text = directions_words(title, rows, smallest_change)
    return Picture(png, alt_text, caption, directions_table(trajectories, sites).frame)


def _set_scale(axes: Axes, rows: pd.DataFrame, smallest_change: float) -> None:
    ends = pd.concat([rows["slope"], rows["slope_low"], rows["slope_high"]]).abs()
    reach = max(float(ends.max()), smallest_change * 2) * 1.06
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_yticks([])
    axes.axvspan(-smallest_change, smallest_change, color=style.PALER, linewidth=0, zorder=0)
    axes.axvline(0, color=style.PAPER, linewidth=1.2, zorder=1)
    axes.xaxis.set_major_formatter(
        lambda value, _: printed.number(value, 0 if reach > 3 else 1, signed=True)
    )
    style.quiet(axes, grid="x")
    words = {-1: say("◂ falling"), 0: say("too small to matter"), 1: say("rising ▸")}
    for side, text in words.items():
        place = side * (reach + smallest_change) / 2
        axes.annotate(
            text,
            (place, 1),
            (0, 5),
            xycoords=axes.get_xaxis_transform(),
            ha="center",
            textcoords="offset points",
            fontsize=style.SMALL,
            color=style.SOFT_INK,
        )


def _draw_row(axes: Axes, place: int, row: Any, hidden: bool) -> None:
    is_network = row.scope == NETWORK
    weight = "bold" if is_network else "normal"
    side = axes.get_yaxis_transform()
    if is_network and place:
        axes.plot(
            [-0.9, 1.75],
            [place - 0.5] * 2,
            transform=side,
            color=style.PALE,
            linewidth=0.8,
            clip_on=False,
        )
    axes.annotate(
        printed.short(row.name, 28),
        (0, place),
        (-8, 0),
        xycoords=side,
        ha="right",
        va="center",
        textcoords="offset points",
        fontweight=weight,
    )
    marker, edge, fill = style.STATE_MARKS.get(row.state, style.OTHER_MARK)
    if printed.is_number(row.slope):
        axes.hlines(place, row.slope_low, row.slope_high, color=edge, linewidth=1.6, alpha=0.6)
        axes.plot(
            row.slope,
            place,
            marker,
            color=edge,
            markerfacecolor=fill,
            markersize=7,
            markeredgewidth=1.3,
            zorder=4,
        )
    axes.annotate(
        style.wrapped(_state_words(row, hidden), STATE_WIDTH),
        (1, place),
        (10, 0),
        xycoords=side,
        va="center",
        textcoords="offset points",
        fontweight=weight,
        color=edge if row.state in (terms.DRIFTING, terms.STRENGTHENING) else style.SOFT_INK,
    )


def _state_words(row: Any, hidden: bool) -> str:
    if hidden:
        return say("{hidden} too few people", hidden=printed.HIDDEN)
    return printed.verdict(row.state)
