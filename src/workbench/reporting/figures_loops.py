"""Figure of the loop: what was raised, how much was decided and answered, and how soon."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_organisation import loops_words
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_loops import (
    EVENTS,
    MARKS_AT,
    loop_curve,
    loop_flow_table,
    loop_points,
    waiting_at,
    whole_row,
)

TITLE = mark("From what practice raises to the answer")
LAST_DAY = 180
"""Days up to which curves are drawn; answers after half a year come late for whoever asked."""
LOOKS = {"decided": (style.SOFT_INK, (4, 1.6), "D"), "answered": (style.BLUE, None, "o")}
"""Colour, dashes and marker of each event."""
TICKS = (0, 30, 60, 90, 120, 150, 180)
LOW = 12.0
"""Percent under which a label has no room below its mark."""
FLOW, BAR = 0.98, 0.6


def loop_flow(
    loops_summary: pd.DataFrame, loops_curve: pd.DataFrame, *, level: str = ""
) -> Picture:
    """Draw how many items were raised, decided and answered, and how soon after they were raised.

    Curves stop where fewer than five items still wait. An open item counts as waiting for as long
    as it has been followed, and never as failed.

    Parameters
    ----------
    loops_summary, loops_curve
        Evidence tables.
    level
        Items asked of one level only; all if empty.
    """
    title = (
        say("{title}, {level} level", title=say(TITLE), level=say(level)) if level else say(TITLE)
    )
    row = whole_row(loops_summary, level)
    if row is None:
        return style.picture_without_data(title, say("too few items were raised, or none at all."))
    curves = {event: loop_curve(loops_curve, event, level) for event in EVENTS}
    curves = {event: steps for event, steps in curves.items() if len(steps)}
    with style.drawing():
        figure = style.new_figure(0.72 + FLOW + (2.95 if curves else 0))
        style.write_title(
            figure,
            title,
            say(
                "Above: items so far. Below: percent of all items by days since raised, 95% bands."
            ),
        )
        _draw_flow(figure, row, bottom=3.05 if curves else 0.1)
        if curves:
            axes = style.place_axes(figure, left=1.22, right=1.35, top=1.0 + FLOW, bottom=0.98)
            _draw_curves(axes, curves)
        png = style.png_of(figure)
    points = loop_points(loops_curve, level)
    caption = say(
        "Open items have waited up to the end of the quarter and may still be answered; none "
        "counts as failed. Numbers under the axis: items followed for so long that still waited."
    )
    data = loop_flow_table(loops_summary, loops_curve, level).frame
    return Picture(png, loops_words(title, row, points), caption, data)


def _draw_flow(figure: Figure, row: pd.Series, bottom: float) -> None:
    """Three bars, and what each step has left open."""
    axes = style.place_axes(figure, left=1.22, right=1.35, top=0.72, bottom=bottom)
    raised = float(row["raised"])
    axes.set_xlim(0, raised)
    axes.set_ylim(2.5, -0.5)
    axes.axis("off")
    steps = (
        (
            say("Raised"),
            row["raised"],
            style.GREY,
            say("{number} are open", number=printed.number(row["open"])),
        ),
        (say("Decided"), row["decided"], LOOKS["decided"][0], _open(row, "waiting_for_decision")),
        (say("Answered"), row["answered"], LOOKS["answered"][0], _open(row, "waiting_for_answer")),
    )
    for place, (name, count, colour, left) in enumerate(steps):
        axes.barh(place, raised, height=BAR, color=style.PALER, zorder=1)
        axes.barh(place, float(count), height=BAR, color=colour, zorder=2)
        _beside(axes, 0, place, f"{name} {printed.number(count)}", "right")
        _beside(axes, 1, place, left, "left")


def _open(row: pd.Series, column: str) -> str:
    number = printed.number(row[column])
    if column.endswith("decision"):
        return say("{number} wait for\na decision", number=number)
    return say("{number} wait for\nan answer", number=number)


def _beside(axes: Axes, side: int, place: float, text: str, ha: str) -> None:
    axes.annotate(
        text,
        (side, place),
        (-8 if side == 0 else 6, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha=ha,
        va="center",
        linespacing=1.0,
        fontsize=style.BODY if side == 0 else style.SMALL,
        color=style.INK if side == 0 else style.SOFT_INK,
        fontweight="bold" if side == 0 else "normal",
    )


def _draw_curves(axes: Axes, curves: dict[str, pd.DataFrame]) -> None:
    end = min(LAST_DAY, max(int(steps["days"].max()) for steps in curves.values()))
    end = max(end, MARKS_AT[0])
    axes.set_xlim(0, end)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    ticks = [tick for tick in TICKS if tick <= end]
    axes.set_xticks(
        ticks, [say("{tick} days", tick=tick) if tick == 0 else str(tick) for tick in ticks]
    )
    style.quiet(axes)
    for day in MARKS_AT:
        axes.axvline(day, color=style.PALE, linewidth=0.8, zorder=0.5)
    for line, (event, steps) in enumerate(curves.items()):
        _draw_curve(axes, event, steps, end)
        _write_waiting(axes, event, steps, ticks, line)
    axes.annotate(
        say("Still waiting"),
        (0, 0),
        (-22, -25),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=style.SMALL,
        color=style.SOFT_INK,
    )


def _draw_curve(axes: Axes, event: str, steps: pd.DataFrame, end: int) -> None:
    colour, dashes, marker = LOOKS[event]
    is_upper = event == "decided"
    drawn = steps[steps["days"] <= end]
    days = np.append(drawn["days"].to_numpy(float), min(end, float(steps["days"].max())))
    values = drawn[["share", "conf_low", "conf_high"]].to_numpy(float) * 100
    share, low, high = np.vstack([values, values[-1:]]).T
    axes.fill_between(
        days, low, high, step="post", color=colour, alpha=0.14, linewidth=0, zorder=1.5
    )
    (line,) = axes.step(days, share, where="post", color=colour, linewidth=1.7, zorder=3)
    if dashes:
        line.set_dashes(dashes)
    for day in MARKS_AT:
        before = drawn[drawn["days"] <= day]
        if before.empty or waiting_at(steps, day) == 0:
            continue
        value = 100 * float(before["share"].iloc[-1])
        axes.plot(
            day, value, marker, color=colour, markersize=5.5, markeredgecolor=style.PAPER, zorder=4
        )
        axes.annotate(
            printed.number(value, unit="percent"),
            (day, value),
            (-5, 5) if is_upper else (4, -11 if value > LOW else 4),
            textcoords="offset points",
            ha="right" if is_upper else "left",
            fontsize=style.SMALL,
            fontweight="bold",
            color=colour,
        )
    axes.annotate(
        say(EVENTS[event]).lower(),
        (1, share[-1]),
        (6, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        fontsize=style.BODY,
        color=colour,
    )


def _write_waiting(
    axes: Axes, event: str, steps: pd.DataFrame, ticks: list[int], line: int
) -> None:
    """Write under the axis how many still waited at each day."""
    down = -38 - 13 * line
    axes.annotate(
        say("to be decided") if event == "decided" else say("to be answered"),
        (0, 0),
        (-22, down),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=style.SMALL,
        color=LOOKS[event][0],
    )
    for tick in ticks:
        waiting = waiting_at(steps, tick)
        axes.annotate(
            printed.number(waiting) if waiting else "–",
            (tick, 0),
            (0, down),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=style.SMALL,
            annotation_clip=False,
        )
