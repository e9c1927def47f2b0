"""Figure of a plan of measurement: power against observations, a line a number of quarters."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_power import powers_words
from workbench.reporting.evidence import require
from workbench.reporting.figures_labels import EndLabel, label_ends
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_power import POWER_COLUMNS, SCOPES, each_words, powers_table

TITLE = mark("How surely a drift would be seen")
DRIFTS = {"network": mark("The network drifts"), "site": mark("One site drifts")}
PANEL, GAP = 1.75, 0.5
"""Height of a panel, and of the gap under it, in inches."""
SHADES = (style.GREY, style.SOFT_INK, style.BLUE, style.INK)
LINES = ((0, (1, 1.5)), (0, (4, 2)), "solid", (0, (6, 1.5, 1, 1.5)))
"""Colour and dashes of the lines, in order of the number of quarters."""


def power_of_plans(powers: pd.DataFrame, *, power: float = 0.80) -> Picture:
    """Draw the power to see a drift of the network, and of one site.

    Parameters
    ----------
    powers
        Table ``measurement_powers`` of a plan, with ``present``; one number of raters a site.
    power
        The power that is marked, as a share.
    """
    rows = require(powers, "measurement_powers", (*POWER_COLUMNS, "present"))
    if rows["power"].notna().sum() == 0:
        return style.picture_without_data(say(TITLE), say("no power could be worked out."))
    scopes = [scope for scope in SCOPES if rows.loc[rows["scope"] == scope, "power"].notna().any()]
    drift = printed.number(rows["drift"].iloc[0], 1)
    with style.drawing():
        figure = style.new_figure(1.25 + PANEL * len(scopes) + GAP * (len(scopes) - 1))
        style.write_title(
            figure,
            say("How surely a drift would be seen: {drift} points a quarter", drift=drift),
            say("Share of simulated networks where it is named, with 95% intervals of that share."),
        )
        for place, scope in enumerate(scopes):
            axes = style.place_axes(
                figure,
                left=0.5,
                right=1.35,
                top=0.82 + place * (PANEL + GAP),
                bottom=0.43 + (len(scopes) - 1 - place) * (PANEL + GAP),
            )
            _draw_panel(axes, say(DRIFTS[scope]), rows[rows["scope"] == scope], power)
        axes.set_xlabel(say("Observations of each practitioner a quarter"), fontsize=style.SMALL)
        png = style.png_of(figure)
    caption = say(
        "Each line is a length of the series. The ring is the plan in use. The dashed line is the "
        "power asked for. Networks were simulated with this network’s own spreads."
    )
    shown = rows[rows["scope"].isin(scopes)]
    return Picture(png, powers_words(say(TITLE), shown, power), caption, powers_table(powers).frame)


def _draw_panel(axes: Axes, title: str, rows: pd.DataFrame, wanted: float) -> None:
    axes.set_title(title, loc="left", fontsize=style.BODY, fontweight="bold", pad=5)
    style.quiet(axes)
    axes.set_ylim(0, 104)
    axes.set_yticks([0, 20, 40, 60, 80, 100])
    axes.yaxis.set_major_formatter(lambda value, _: printed.number(value, unit="percent"))
    axes.axhline(100 * wanted, color=style.ORANGE, linewidth=1.0, linestyle=(0, (4, 2)), zorder=2)
    most = float(rows["observations_a_quarter"].max())
    axes.set_xlim(0, most * 1.06)
    each = sorted(rows["observations_a_quarter"].unique())
    axes.set_xticks(each, [each_words(value) for value in each])
    labels = []
    groups = rows[rows["power"].notna()].groupby("quarters", sort=True)
    longest = groups.ngroups
    for place, (quarters, line) in enumerate(groups):
        line = line.sort_values("observations_a_quarter")
        look = min(place + max(len(SHADES) - longest, 0), len(SHADES) - 1)
        _draw_line(axes, line, place, longest, look)
        if len(line) > 1:
            last = 100 * float(line["power"].iloc[-1])
            words = printed.counted(quarters, "quarters")
            number = printed.number(last, unit="percent")
            labels.append(EndLabel(last, number, words, SHADES[look], bold=True))
    label_ends(axes, labels, number_width=30.0)
    own = rows[rows["present"] & rows["power"].notna()].astype({"power": "float64"})
    for at, share in zip(own["observations_a_quarter"], own["power"], strict=True):
        axes.plot(
            at,
            100 * share,
            "o",
            markersize=11,
            markerfacecolor="none",
            markeredgecolor=style.ORANGE,
            markeredgewidth=1.6,
            zorder=5,
            clip_on=False,
        )


def _draw_line(axes: Axes, line: pd.DataFrame, place: int, count: int, look: int) -> None:
    """Draw a line with the intervals of its points, set a little beside the other lines'."""
    beside = (place - (count - 1) / 2) * 0.006 * axes.get_xlim()[1]
    at = line["observations_a_quarter"].astype("float64") + beside
    powers, colour = 100 * line["power"].astype("float64"), SHADES[look]
    axes.vlines(at, 100 * line["power_low"], 100 * line["power_high"], color=colour, linewidth=1.0)
    if len(line) > 1:
        axes.plot(at, powers, color=colour, linewidth=1.5, linestyle=LINES[look], zorder=3)
    axes.plot(at, powers, "o", color=colour, markersize=3.5, zorder=4)
