"""Figure of the state of actions: done, overdue, open or closed with their plan, place by place."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_plans import actions_words
from workbench.reporting.display_table import records
from workbench.reporting.figures_labels import write_beside, write_off
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_plans import STATES, actions_state_table, places_of, state_rows

TITLE = mark("What has become of the actions that were agreed")
ROW = 0.29
"""Height of a row, in inches."""
FULL = 0.5
"""Length of a bar that holds every action, where a column is 1 wide."""
HEADS = {
    "done on time": (mark("done\non time"), style.BLUE),
    "done, no due date": (mark("done,\nno day set"), style.BLUE),
    "done late": (mark("done\nlate"), style.ORANGE),
    "overdue": (mark("overdue"), style.ORANGE),
    "open, not yet due": (mark("open,\nnot yet due"), style.SOFT_INK),
    "open, no due date": (mark("open,\nno day set"), style.SOFT_INK),
    "plan closed first": (mark("plan\nclosed first"), style.GREY),
}
"""Head and colour of each state's column."""


def plan_actions(actions_state: pd.DataFrame, sites: pd.DataFrame, *, site_id: str = "") -> Picture:
    """Draw the share of actions in each state, in a column of its own, for each place.

    Parameters
    ----------
    actions_state
        Released evidence table. Sites stand in the order of their names, the network last.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    site_id
        Site to draw beside the network; empty for all.
    """
    title = say(TITLE)
    rows = state_rows(actions_state, sites, site_id)
    if rows["share"].notna().sum() == 0:
        return style.picture_without_data(title, say("no action's state can be shown."))
    places = places_of(rows)
    with style.drawing():
        figure = style.new_figure(1.24 + ROW * len(places))
        style.write_title(
            figure, title, say("Percent of all actions of a place; each state has its column.")
        )
        axes = style.place_axes(figure, left=1.62, right=0.72, top=1.06, bottom=0.14)
        _set_scale(axes, len(places))
        for place, (name, mine) in enumerate(places):
            _draw_place(axes, place, name, mine, len(places))
        png = style.png_of(figure)
    caption = say(
        "Overdue and undone are not the same: an action that is not yet due, or has no day set, is "
        "open and no more. Sites stand in the order of their names; they are not ranked."
    )
    data = actions_state_table(actions_state, sites, site_id).frame
    return Picture(png, actions_words(title, rows), caption, data)


def _set_scale(axes: Axes, count: int) -> None:
    axes.set_xlim(0, len(STATES))
    axes.set_ylim(count - 0.45, -0.55)
    axes.set_xticks([])
    axes.set_yticks([])
    style.quiet(axes)
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)
    for column, (words, colour) in enumerate(HEADS.values()):
        axes.annotate(
            say(words),
            (column, 1),
            (0, 4),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            fontsize=style.SMALL,
            linespacing=1.05,
            color=style.SOFT_INK if colour == style.GREY else colour,
        )
    write_beside(axes, -0.55, say("actions"), (8, 9), fontsize=style.SMALL, color=style.SOFT_INK)


def _draw_place(axes: Axes, place: int, name: str, rows: pd.DataFrame, count: int) -> None:
    is_network = rows["site_id"].fillna("").iloc[0] == ""
    weight = "bold" if is_network else "normal"
    if is_network and count > 1:
        side = axes.get_yaxis_transform()
        line = [place - 0.5] * 2
        axes.plot(
            [-0.34, 1.14], line, transform=side, color=style.PALE, linewidth=0.8, clip_on=False
        )
    write_beside(axes, place, printed.short(name, 22), (-8, 0), fontweight=weight)
    total = rows["n_actions"].iloc[0]
    if not printed.is_number(total):
        too_few = f"{printed.HIDDEN} {say('too few plans')}"
        axes.annotate(too_few, (0, place), va="center", color=style.SOFT_INK)
        return
    write_beside(axes, place, printed.number(total), (8, 0), fontweight=weight)
    known = {row.state: row for row in records(rows)}
    states = range(len(HEADS))
    axes.barh([place] * len(HEADS), FULL, left=states, height=0.5, color=style.PALER, zorder=1)
    shares = [_share(known.get(state)) or 0.0 for state in HEADS]
    axes.barh(
        [place] * len(HEADS),
        [FULL * share for share in shares],
        left=states,
        height=0.5,
        color=[colour for _, colour in HEADS.values()],
        zorder=2,
    )
    for column, state in enumerate(HEADS):
        _write_cell(axes, place, column, _share(known.get(state)), weight)


def _share(row: Any) -> float | None:
    """Share of a place's actions in a state, 0 if none is in it; None where it is hidden."""
    if row is None:
        return 0.0
    return float(row.share) if printed.is_number(row.share) else None


def _write_cell(axes: Axes, place: int, column: int, share: float | None, weight: str) -> None:
    write_off(
        axes,
        printed.HIDDEN if share is None else printed.share(share),
        (column + FULL, place),
        (3, 0),
        axes.transData,
        va="center",
        fontweight=weight,
        fontsize=style.SMALL,
        color=style.INK if share else style.SOFT_INK,
    )
