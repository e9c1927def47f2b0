"""Figures of the chain of teams: above every site, and above one."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_organisation import chain_network_words, chain_site_words
from workbench.reporting.display_table import records
from workbench.reporting.figures_labels import draw_key, write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_chain import (
    IDLE,
    IN_PART,
    NO_TEAM,
    UNKNOWN,
    UNLINKED,
    WORKS,
    chain_rows,
    chain_table,
    chain_words,
    level_words,
    levels_of,
    reason_words,
    site_chain_table,
)
from workbench.reporting.tables_words import LEVELS, by_name, is_yes, of_site

TITLE = mark("Teams above each site")
ROW = 0.29
"""Height of a row, in inches."""
LEVEL = 0.62
"""Height of a level of one site's chain, in inches."""
MARKS = {
    WORKS: ("o", style.BLUE, style.BLUE),
    IN_PART: ("D", style.SOFT_INK, style.SOFT_INK),
    IDLE: ("v", style.ORANGE, style.ORANGE),
    UNLINKED: ("s", style.ORANGE, style.ORANGE),
    NO_TEAM: ("x", style.ORANGE, style.ORANGE),
    UNKNOWN: ("o", style.GREY, style.PAPER),
}
"""Marker, edge and fill of each state of a level; no two share shape and fill."""
SHORT_NAMES = {UNLINKED: mark("not linked up"), IDLE: mark("not working"), IN_PART: mark("in part")}


def team_chain(team_chain: pd.DataFrame, sites: pd.DataFrame) -> Picture:
    """Draw the state of the teams above every site, sites by name, levels as columns.

    A line between two levels says that the lower team is linked to the level above.

    Parameters
    ----------
    team_chain
        Evidence table.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    """
    rows = chain_rows(team_chain)
    if rows.empty:
        return style.picture_without_data(
            say(TITLE), say("no implementation team is in the tables.")
        )
    places = by_name(rows.drop_duplicates("site_id"), sites)
    levels = levels_of(rows)
    with style.drawing():
        figure = style.new_figure(1.44 + ROW * len(places))
        style.write_title(
            figure,
            say(TITLE),
            say("What stands above the practitioners. A line: linked to the level above."),
        )
        axes = style.place_axes(figure, left=1.75, right=2.25, top=1.3, bottom=0.12)
        _set_scale(axes, len(places), levels)
        draw_key(figure, axes, _key(rows), from_top=0.68)
        for place, site in enumerate(records(places)):
            mine = rows[rows["site_id"] == site.site_id]
            _draw_row(axes, place, site, mine, levels)
        look = {"fontsize": style.SMALL, "color": style.SOFT_INK}
        write_beside(axes, -0.55, say("The chain"), (4, 7), **look)
        write_beside(axes, -0.55, say("Practitioners"), (92, 7), **look)
        png = style.png_of(figure)
    caption = say(
        "A team works if it met as often as agreed and enough of its members came. A chain breaks "
        "at the lowest level without such a team. Sites stand in the order of their names; they "
        "are not ranked."
    )
    words = chain_network_words(say(TITLE), rows, places, WORKS)
    return Picture(png, words, caption, chain_table(team_chain, sites).frame)


def _key(rows: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    """Name the marks that are drawn."""
    drawn = set(rows["mark"])
    return {say(SHORT_NAMES.get(name, name)): look for name, look in MARKS.items() if name in drawn}


def _set_scale(axes: Axes, count: int, levels: list[str]) -> None:
    axes.set_xlim(-0.5, len(levels) - 0.5)
    axes.set_ylim(count - 0.45, -0.55)
    axes.set_yticks([])
    axes.set_xticks(range(len(levels)), [level_words(level) for level in levels])
    axes.tick_params(labeltop=True, labelbottom=False, length=0)
    style.quiet(axes)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def _draw_row(axes: Axes, place: int, site: Any, rows: pd.DataFrame, levels: list[str]) -> None:
    write_beside(axes, place, printed.short(str(site.place), 23), (-8, 0))
    is_whole = site.chain == "whole"
    colour = style.SOFT_INK if is_whole else style.INK
    look: dict[str, Any] = {"fontsize": style.SMALL, "color": colour}
    write_beside(axes, place, chain_words(site), (4, 0), **look)
    people = site.n_practitioners
    axes.annotate(
        printed.number(people) if printed.is_number(people) else printed.HIDDEN,
        (1, place),
        (150, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        ha="right",
        **look,
    )
    for row in records(rows):
        column = levels.index(str(row.level))
        if is_yes(row.linked_up) and column + 1 < len(levels):
            axes.plot(
                [column, column + 1], [place, place], color=style.GREY, linewidth=1.3, zorder=2
            )
        _draw_mark(axes, column, place, str(row.mark))


def _draw_mark(axes: Axes, across: float, down: float, mark: str) -> None:
    marker, edge, fill = MARKS[mark]
    axes.plot(
        across,
        down,
        marker,
        color=edge,
        markerfacecolor=fill,
        markersize=7.5,
        markeredgewidth=2.0 if marker == "x" else 1.2,
        zorder=4,
    )


def site_chain(team_chain: pd.DataFrame, *, site_id: str, name: str = "") -> Picture:
    """Draw the teams above one site, the network's on top and its practitioners below.

    Parameters
    ----------
    team_chain
        Evidence table.
    site_id, name
        Site to draw, and the name that the title prints.
    """
    site = printed.short(name or say("This site"), 46)
    title = say("{site}: the teams above its practitioners", site=site)
    rows = of_site(chain_rows(team_chain), site_id).iloc[::-1].reset_index(drop=True)
    if rows.empty:
        return style.picture_without_data(title, say("no implementation team is in the tables."))
    with style.drawing():
        figure = style.new_figure(0.62 + LEVEL * (len(rows) + 0.7))
        style.write_title(figure, title, _site_words(rows.iloc[0]))
        axes = style.place_axes(figure, left=1.3, right=5.5, top=0.55, bottom=0.02)
        axes.set_xlim(-0.5, 0.5)
        axes.set_ylim(len(rows) + 0.2, -0.5)
        axes.axis("off")
        for place, row in enumerate(records(rows)):
            _draw_level(axes, place, row)
        _draw_people(axes, len(rows), rows["n_practitioners"].iloc[0])
        png = style.png_of(figure)
    caption = say(
        "A line between two levels says that the lower team is linked to the one above. A team "
        "works if it met as often as agreed and enough of its members came."
    )
    data = site_chain_table(team_chain, site_id).frame
    return Picture(png, chain_site_words(title, rows), caption, data)


def _site_words(row: Any) -> str:
    if row.chain == "whole":
        return say("The chain is whole.")
    return say("The chain {breaks}.", breaks=chain_words(row))


def _draw_level(axes: Axes, place: int, row: Any) -> None:
    write_beside(axes, place, level_words(row.level), (-4, 0), fontweight="bold", color=style.INK)
    if is_yes(row.linked_up) and row.level != LEVELS[-1]:
        axes.plot([0, 0], [place - 1, place], color=style.GREY, linewidth=1.5, zorder=2)
    _draw_mark(axes, 0, place, row.mark)
    teams = str(row.team_id) if printed.is_number(row.team_id) else ""
    state = _state_words(teams, say(row.mark))
    reason = style.wrapped(reason_words(row), 84, lines=2)
    has_reason = reason != "–"
    apart = 0.13 + 0.08 * reason.count("\n")
    _, edge, fill = MARKS[row.mark]
    colour = style.SOFT_INK if fill == style.PAPER else edge
    write_beside(
        axes, place - (apart if has_reason else 0), state, (6, 0), color=colour, fontsize=style.BODY
    )
    if has_reason:
        write_beside(
            axes,
            place + 0.15,
            reason,
            (6, 0),
            color=style.SOFT_INK,
            fontsize=style.SMALL,
            linespacing=1.05,
        )


def _state_words(teams: str, state: str) -> str:
    """Write the state of a level after the names of its teams, where it has any."""
    if not teams:
        return state.capitalize()
    names = printed.short(teams, 34)
    if ", " in teams:
        return say("Teams {teams}: {state}", teams=names, state=state)
    return say("Team {team}: {state}", team=names, state=state)


def _draw_people(axes: Axes, place: int, people: Any) -> None:
    """Write who stands below the chain."""
    known = printed.is_number(people)
    words = (
        printed.counted(people, "practitioners")
        if known
        else say("{hidden} practitioners", hidden=printed.HIDDEN)
    )
    side = axes.get_yaxis_transform()
    line = [place - 0.48] * 2
    axes.plot([-2, 14.5], line, transform=side, color=style.PALE, linewidth=0.8, clip_on=False)
    below = say("{practitioners} in post below the chain", practitioners=words)
    write_beside(axes, place - 0.15, below, (6, 0))
