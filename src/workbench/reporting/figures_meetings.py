"""Figure of the teams' meetings: what share of the members came, quarter by quarter."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_organisation import meetings_words
from workbench.reporting.display_table import records
from workbench.reporting.figures_labels import draw_key
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_chain import meetings_of, meetings_table

TITLE = mark("Who comes to the teams’ meetings")
PANEL = 1.72
"""Height of a row of panels, in inches."""
ACROSS, MOST_PANELS = 3, 6
MET = ("o", style.BLUE, style.BLUE)
SHORT = ("v", style.ORANGE, style.PAPER)
NONE = ("x", style.ORANGE, style.ORANGE)
MARKS = {
    mark("met as often as agreed"): MET,
    mark("met less often"): SHORT,
    mark("did not meet"): NONE,
}


def team_meetings(
    team_meetings_by_quarter: pd.DataFrame, teams: list[str], *, name: str = ""
) -> Picture:
    """Draw the share of members who came to each team's meetings, with intervals.

    Parameters
    ----------
    team_meetings_by_quarter
        Evidence table.
    teams
        Teams to draw, as ``tables_chain.teams_above`` gives them; six at most are drawn.
    name
        Place that the title prints.
    """
    title = (
        say("{short}: who comes to the meetings", short=printed.short(name, 40))
        if name
        else say(TITLE)
    )
    rows = meetings_of(team_meetings_by_quarter, teams)
    panels = [
        (f"{team} ({say(str(level))})", style.in_order_of_time(mine))
        for (team, level), mine in rows.groupby(["team_id", "level"], sort=False)
        if mine["attendance"].notna().any()
    ]
    if not panels:
        return style.picture_without_data(title, say("no meeting of these teams can be shown."))
    drawn = panels[:MOST_PANELS]
    lines = -(-len(drawn) // ACROSS)
    first = min(int(mine["place"].min()) for _, mine in drawn)
    last = max(int(mine["place"].max()) for _, mine in drawn)
    with style.drawing():
        figure = style.new_figure(0.92 + PANEL * lines)
        style.write_title(
            figure, title, say("Percent of the members who came in a quarter, with 95% intervals.")
        )
        for number, (team, mine) in enumerate(drawn):
            line, column = divmod(number, ACROSS)
            axes = style.place_axes(
                figure,
                left=0.48 + 2.3 * column,
                right=0.08 + 2.3 * (ACROSS - 1 - column),
                top=1.14 + PANEL * line,
                bottom=0.42 + PANEL * (lines - 1 - line),
            )
            _draw_panel(axes, team, mine, column == 0)
            style.label_quarters(axes, first, last, most=6)
            if number == 0:
                draw_key(figure, axes, MARKS, from_top=0.68)
        png = style.png_of(figure)
    caption = say(
        "A team that meets, and to which most of its members come, can act on what it sees."
    )
    if len(panels) > MOST_PANELS:
        left = printed.counted(len(panels) - MOST_PANELS, "teams")
        caption += say(" {left} more in the table.", left=left)
    data = meetings_table(team_meetings_by_quarter, teams).frame
    return Picture(png, meetings_words(title, drawn), caption, data)


def _draw_panel(axes: Axes, team: str, rows: pd.DataFrame, named: bool) -> None:
    axes.set_title(
        printed.short(team, 30), loc="left", fontsize=style.SMALL, fontweight="bold", pad=6
    )
    axes.set_ylim(-6, 106)
    axes.set_yticks([0, 50, 100], ["0%", "50%", "100%"] if named else [])
    if not named:
        axes.set_yticks([0, 50, 100], ["", "", ""])
    style.quiet(axes)
    told = records(rows)
    held = [row for row in told if row.meetings != 0 and printed.is_number(row.attendance)]
    _draw_held(axes, [row for row in held if not _fell_short(row)], MET)
    _draw_held(axes, [row for row in held if _fell_short(row)], SHORT)
    missed = [row.place for row in told if row.meetings == 0 and _fell_short(row)]
    _draw_marks(axes, missed, [0] * len(missed), NONE)


def _fell_short(row: Any) -> bool:
    """Whether a team met less than agreed; one too new to have agreed on anything did not."""
    return printed.is_number(row.met_as_agreed) and not bool(row.met_as_agreed)


def _draw_held(axes: Axes, rows: list[Any], mark: tuple[str, str, str]) -> None:
    """Draw the attendance of quarters that look alike, each with its interval if it has one."""
    sure = [row for row in rows if all(map(printed.is_number, (row.conf_low, row.conf_high)))]
    if sure:
        axes.vlines(
            [row.place for row in sure],
            [100 * row.conf_low for row in sure],
            [100 * row.conf_high for row in sure],
            color=mark[1],
            linewidth=1.3,
            alpha=0.5,
            zorder=3,
        )
    _draw_marks(axes, [row.place for row in rows], [100 * row.attendance for row in rows], mark)


def _draw_marks(
    axes: Axes, across: list[float], up: list[float], mark: tuple[str, str, str]
) -> None:
    if not across:
        return
    marker, edge, fill = mark
    axes.plot(
        across,
        up,
        marker,
        color=edge,
        markerfacecolor=fill,
        markersize=4.6,
        markeredgewidth=1.2,
        zorder=4,
        clip_on=False,
    )
