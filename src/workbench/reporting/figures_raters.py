"""Figures of the raters, who are the ruler: beside their anchor, and beside one another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_drift import gap_words, severity_words
from workbench.reporting.evidence import require
from workbench.reporting.figures_bands import draw_course, draw_intervals, on_axis
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_drift import (
    GAP_COLUMNS,
    MASTER,
    rater_severity_table,
    role_gap_table,
    with_anchor,
)

TITLE = mark("Do raters score as they used to?")
GAP_TITLE = mark("Supervisors beside independent raters")
DIFFERENCE = ("difference", "conf_low", "conf_high")
GAP = ("gap", "gap_low", "gap_high")
PANEL = 2.35
"""Height of a row of panels, in inches."""
LEAST_REACH = 5.0
"""Points to either side of zero that a figure shows at least."""
ZERO_WORDS = {
    MASTER: mark("as the master coded"),
    "independent": mark("as independent raters scored"),
}


RATERS = {"supervisor": mark("Supervisors"), "independent": mark("Independent raters")}
ANCHORS = {
    MASTER: mark("{raters} beside master codes"),
    "independent": mark("{raters} beside independent codes"),
}


class _Panel(NamedTuple):
    """Raters of one role, the role of their anchor, and their rows in the order of time."""

    raters: str
    anchor: str
    rows: pd.DataFrame


def rater_severity(rater_severity: pd.DataFrame) -> Picture:
    """Draw how far raters of each role score from the anchor of the same session, by quarter.

    Parameters
    ----------
    rater_severity
        Evidence table. Each role and anchor has a panel; all share one scale.
    """
    rows = with_anchor(rater_severity)
    panels = [
        _Panel(_raters(str(role)), str(anchor), style.in_order_of_time(group))
        for (role, anchor), group in rows.groupby(["rater_role", "anchor_role"], sort=True)
        if group["difference"].notna().any()
    ]
    if not panels:
        reason = say("too few sessions were scored by a second rater who can stand as the anchor.")
        return style.picture_without_data(say(TITLE), reason)
    across = min(len(panels), 2)
    down = -(-len(panels) // across)
    with style.drawing():
        figure = style.new_figure(0.7 + PANEL * down)
        style.write_title(
            figure,
            say(TITLE),
            say("Points above or below the anchor of the same session, 95% intervals."),
        )
        everything = pd.concat([panel.rows for panel in panels], ignore_index=True)
        reach = _reach(everything[list(DIFFERENCE)])
        first, last = int(everything["place"].min()), int(everything["place"].max())
        for number, panel in enumerate(panels):
            column, line = number % across, number // across
            axes = style.place_axes(
                figure,
                left=0.5 + 3.52 * column,
                right=0.14 + 3.52 * (across - 1 - column),
                top=0.98 + PANEL * line,
                bottom=0.5 + PANEL * (down - 1 - line),
            )
            _draw_panel(axes, panel, reach)
            style.label_quarters(axes, first, last, most=12 if across == 1 else 7)
        png = style.png_of(figure)
    caption = say(
        "A dot above the line: these raters scored higher than the anchor. Dots that climb or "
        "sink over time suggest that the ruler itself moves."
    )
    named = [(_beside(panel), panel.rows) for panel in panels]
    data = rater_severity_table(rater_severity).frame
    return Picture(png, severity_words(say(TITLE), named), caption, data)


def _raters(role: str) -> str:
    if role in RATERS:
        return say(RATERS[role])
    return say("{role} raters", role=printed.sentence(say(role)).removesuffix("."))


def _beside(panel: _Panel) -> str:
    if panel.anchor in ANCHORS:
        return say(ANCHORS[panel.anchor], raters=panel.raters)
    return say("{raters} beside {anchor} codes", raters=panel.raters, anchor=say(panel.anchor))


def _reach(values: pd.DataFrame) -> float:
    """Points to either side of zero that hold every value."""
    largest = float(np.nanmax(np.abs(values.astype("float64").to_numpy())))
    return max(largest * 1.1, LEAST_REACH)


def _draw_panel(axes: Axes, panel: _Panel, reach: float) -> None:
    axes.set_title(panel.raters, loc="left", fontsize=style.BODY, fontweight="bold", pad=7)
    _zero_line(axes, _zero_words(panel.anchor), reach)
    places, values = panel.rows["place"], panel.rows["difference"].astype("float64")
    axes.plot(places, values, color=style.GREY, linewidth=1.1, zorder=2)
    draw_intervals(axes, panel.rows, DIFFERENCE, style.BLUE)


def _zero_words(anchor: str) -> str:
    if anchor in ZERO_WORDS:
        return say(ZERO_WORDS[anchor])
    return say("as the {anchor} scored", anchor=say(anchor))


def _zero_line(axes: Axes, words: str, reach: float) -> None:
    axes.set_ylim(-reach, reach)
    axes.yaxis.set_major_formatter(lambda value, _: printed.number(value, signed=True))
    style.quiet(axes)
    axes.axhline(0, color=style.INK, linewidth=1.0, zorder=1.5)
    axes.set_title(f"0: {words}", loc="right", fontsize=style.SMALL, color=style.SOFT_INK, pad=7)


def role_gap(role_gap: pd.DataFrame) -> Picture:
    """Draw how far supervisors score from independent raters over time, with the 95% band.

    Parameters
    ----------
    role_gap
        Evidence table.
    """
    rows = require(role_gap, "role_gap", GAP_COLUMNS)
    if rows["gap"].notna().sum() == 0:
        return style.picture_without_data(
            say(GAP_TITLE),
            say("supervisors and independent raters could not be set beside one another."),
        )
    rows = style.in_order_of_time(rows)
    with style.drawing():
        figure = style.new_figure(2.7)
        style.write_title(
            figure,
            say(GAP_TITLE),
            say("Points by which supervisors score higher, with the 95% band."),
        )
        axes = style.place_axes(figure, left=0.5, right=0.6, top=0.9, bottom=0.5)
        _zero_line(axes, say("as independent raters score"), _reach(rows[list(GAP)]))
        draw_course(axes, on_axis(rows), rows, GAP, style.BLUE)
        style.label_quarters(axes, int(rows["place"].iloc[0]), int(rows["place"].iloc[-1]))
        last = rows[rows["gap"].notna()].iloc[-1]
        axes.annotate(
            printed.number(last["gap"], 1, signed=True),
            (1, float(last["gap"])),
            (5, 0),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
            fontweight="bold",
            color=style.BLUE,
        )
        png = style.png_of(figure)
    caption = say(
        "A gap is no fault. A gap that widens over time says that supervisors and independent "
        "raters come to see practice differently: score a few sessions together."
    )
    return Picture(png, gap_words(say(GAP_TITLE), rows), caption, role_gap_table(role_gap).frame)
