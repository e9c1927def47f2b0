"""Figure of who says so: each driver as every role scores it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_organisation import roles_words
from workbench.reporting.display_table import records
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_labels import draw_key, write_beside
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_roles import role_rows, role_scores_table
from workbench.reporting.tables_words import ROLES

LOOKS = {
    "practitioner": ("o", style.BLUE, style.BLUE),
    "supervisor": ("s", style.SOFT_INK, style.SOFT_INK),
    "manager": ("D", style.INK, style.PAPER),
    "leader": ("^", style.BLUE, style.PAPER),
    "consensus": ("P", style.GREY, style.GREY),
}
"""Marker, edge and fill of each role; no two share a shape."""
LINE, GAP = 0.14, 0.15
"""Height of a role's line, and of the gap between drivers, in inches."""


def driver_roles(
    driver_scores_by_role: pd.DataFrame, *, site_id: str = "", name: str = "The network"
) -> Picture:
    """Draw the score of each driver as each role gives it, with intervals.

    Roles of which nothing may be shown have no line.

    Parameters
    ----------
    driver_scores_by_role
        Evidence table.
    site_id, name
        Place to draw, and the name that the title prints.
    """
    title = say("{short}: the drivers as each role sees them", short=printed.short(say(name), 46))
    rows = role_rows(driver_scores_by_role, site_id)
    if rows["score"].notna().sum() == 0:
        return style.picture_without_data(title, say("too few of each role answered here."))
    shown = set(rows.loc[rows["score"].notna(), "role"])
    roles = [role for role in LOOKS if role in shown]
    rows = rows[rows["role"].isin(roles)].reset_index(drop=True)
    drivers = rows.drop_duplicates("name")
    step = GAP + LINE * len(roles)
    with style.drawing():
        figure = style.new_figure(1.5 + step * len(drivers))
        over = (
            say("Percent of full points, with 95% intervals over respondents.")
            if site_id
            else say("Percent of full points, with 95% intervals over sites.")
        )
        style.write_title(figure, title, over)
        axes = style.place_axes(figure, left=2.05, right=0.75, top=1.02, bottom=0.38)
        _set_scale(axes, rows, step * len(drivers))
        draw_key(figure, axes, {ROLES[role]: LOOKS[role] for role in roles}, from_top=0.68)
        for place, driver in enumerate(records(drivers)):
            top = place * step
            _draw_driver(axes, top, step, driver, place)
            mine = rows[rows["name"] == driver.name]
            for row, hidden in zip(records(mine), hidden_rows(mine), strict=True):
                down = top + GAP / 2 + LINE * (roles.index(str(row.role)) + 0.5)
                _draw_role(axes, down, row, hidden)
        png = style.png_of(figure)
    caption = say(
        "Where roles differ, none of them is wrong: each sees another part of the work. Talk about "
        "the driver with the widest difference first."
    )
    if len(roles) < len(set(role_rows(driver_scores_by_role, site_id)["role"])):
        caption += say(" Other roles are not shown: too few answered.")
    data = role_scores_table(driver_scores_by_role, site_id).frame
    return Picture(png, roles_words(title, rows), caption, data)


def _set_scale(axes: Axes, rows: pd.DataFrame, height: float) -> None:
    numbers = [rows[name].astype("float64") for name in ("score", "conf_low", "conf_high")]
    low, high = style.percent_limits(*numbers)
    axes.set_xlim(low - 1, high + 1)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    ticks = range(int(low), int(high) + 1, 10)
    axes.set_xticks(list(ticks), [f"{tick}%" for tick in ticks])
    style.quiet(axes, grid="x")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(labeltop=True, bottom=False)


def _draw_driver(axes: Axes, top: float, step: float, driver: Any, place: int) -> None:
    if place:
        axes.plot(
            [-0.47, 1.16],
            [top, top],
            transform=axes.get_yaxis_transform(),
            color=style.PALE,
            linewidth=0.8,
            clip_on=False,
        )
    title = style.wrapped(str(driver.title), 24)
    write_beside(axes, top + step / 2, title, (-10, 0), fontweight="bold", linespacing=1.1)


def _draw_role(axes: Axes, down: float, row: Any, hidden: bool) -> None:
    marker, edge, fill = LOOKS[row.role]
    text = printed.HIDDEN if hidden else printed.number(row.score, unit="percent")
    colour = style.SOFT_INK if hidden else style.INK
    write_beside(axes, down, text, (8, 0), fontsize=style.SMALL, color=colour)
    if hidden or not printed.is_number(row.score):
        return
    if printed.is_number(row.conf_low) and printed.is_number(row.conf_high):
        axes.hlines(
            down, row.conf_low, row.conf_high, color=edge, linewidth=1.4, alpha=0.5, zorder=2
        )
    axes.plot(
        row.score,
        down,
        marker,
        color=edge,
        markerfacecolor=fill,
        markersize=5.8,
        markeredgewidth=1.2,
        zorder=3,
    )
