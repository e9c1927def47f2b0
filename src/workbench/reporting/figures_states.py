"""Figure of practitioners by state: how many drift, hold and strengthen, at each place."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench import terms
from workbench.language import mark, say, say_in
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_drift import states_words
from workbench.reporting.evidence import NETWORK
from workbench.reporting.figures_labels import write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_people import STATES, practitioner_states_table, states_in_order

TITLE = mark("Practitioners by direction")
ROW = 0.29
"""Height of a row, in inches."""
FULL = 0.7
"""Length of a bar that holds everybody, where a column is 1 wide."""
SHORT_NAMES = {
    terms.NOT_ENOUGH_EVIDENCE: mark("not enough\nevidence"),
    terms.NOT_ESTIMABLE: mark("can’t be\nsaid"),
}


def practitioner_states(practitioner_states: pd.DataFrame, sites: pd.DataFrame) -> Picture:
    """Draw how many practitioners of each site and of the network are in each state.

    Sites stand in the order of their names, never of their numbers; the network stands last. Each
    state has its column, so that no colour is needed to tell it.

    Parameters
    ----------
    practitioner_states
        Evidence table.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    """
    rows = states_in_order(practitioner_states, sites)
    states = [state for state in STATES if state in rows.columns]
    if rows["n_practitioners"].notna().sum() == 0:
        return style.picture_without_data(say(TITLE), say("no practitioner's direction is shown."))
    with style.drawing():
        figure = style.new_figure(1.23 + ROW * len(rows))
        style.write_title(
            figure,
            say(TITLE),
            say("Number of practitioners. The length of a bar is their share of everybody there."),
        )
        axes = style.place_axes(figure, left=2.05, right=0.95, top=0.98, bottom=0.16)
        _set_scale(axes, len(rows), states)
        for place, row in enumerate(rows.to_dict("records")):
            _draw_row(axes, place, row, states)
        png = style.png_of(figure)
    caption = say(
        "A direction is named only when it is sure enough; few observations of a person leave it "
        "open. Sites stand in the order of their names; they are not ranked."
    )
    data = practitioner_states_table(practitioner_states, sites).frame
    return Picture(png, states_words(say(TITLE), rows, states), caption, data)


def _look(state: str) -> tuple[str, str, str]:
    return style.STATE_MARKS.get(state, style.OTHER_MARK)


def _set_scale(axes: Axes, count: int, states: list[str]) -> None:
    axes.set_xlim(0, len(states))
    axes.set_ylim(count - 0.45, -0.55)
    axes.set_xticks([])
    axes.set_yticks([])
    style.quiet(axes)
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)
    for column, state in enumerate(states):
        marker, edge, fill = _look(state)
        across = axes.get_xaxis_transform()
        axes.annotate(
            say(SHORT_NAMES.get(state, state)),
            (column, 1),
            (12, 13),
            xycoords=across,
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
            linespacing=1.05,
            color=style.SOFT_INK if fill == style.PAPER else edge,
        )
        height = 13 / 72 / (axes.get_position().height * axes.get_figure().get_size_inches()[1])  # type: ignore[union-attr]
        axes.plot(
            column + 0.05,
            1 + height,
            marker,
            transform=across,
            color=edge,
            markerfacecolor=fill,
            markersize=6,
            clip_on=False,
        )
    write_beside(
        axes,
        -0.55,
        say_in("of people", "all"),
        (24, 13),
        fontsize=style.SMALL,
        color=style.SOFT_INK,
    )


def _draw_row(axes: Axes, place: int, row: dict[Any, Any], states: list[str]) -> None:
    is_network = row["scope"] == NETWORK
    weight = "bold" if is_network else "normal"
    if is_network and place:
        side = axes.get_yaxis_transform()
        line = [place - 0.5] * 2
        axes.plot(
            [-0.48, 1.2], line, transform=side, color=style.PALE, linewidth=0.8, clip_on=False
        )
    write_beside(axes, place, printed.short(row["name"], 28), (-10, 0), fontweight=weight)
    if row["suppressed"]:
        axes.annotate(
            say("{hidden} too few people", hidden=printed.HIDDEN),
            (0, place),
            va="center",
            color=style.SOFT_INK,
        )
        return
    everyone = float(row["n_practitioners"])
    write_beside(axes, place, printed.count_shown(everyone), (24, 0), fontweight=weight)
    for column, state in enumerate(states):
        _, edge, fill = _look(state)
        is_drawn = everyone > 0 and row[state] > 0  # neither is hidden
        share = row[state] / everyone if is_drawn else 0.0
        axes.barh(place, FULL, left=column, height=0.5, color=style.PALER, zorder=1)
        axes.barh(
            place,
            FULL * share,
            left=column,
            height=0.5,
            color=fill,
            edgecolor=edge,
            linewidth=0.9 if share else 0,
            zorder=2,
        )
        axes.annotate(
            printed.count_shown(row[state]),
            (column + FULL, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontweight=weight,
            fontsize=style.SMALL,
            color=style.INK if row[state] > 0 else style.SOFT_INK,
        )
