"""Figure of lapse: the share not yet seen below the cut-off, by days since it was reached."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench import wording
from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.display_table import records
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.figures_labels import EndLabel, label_ends, write_off
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_lapse import (
    EARLIEST,
    curve_rows,
    lapse_curve_table,
    told_days,
)
from workbench.reporting.tables_words import share_with_interval

TITLE = mark("From reaching the cut-off to the first observation below it")
HEIGHT = 3.2
FEWEST_POINTS = 2
LEAST_APART = 0.09
"""Part of the axis by which days that are written stand apart at least."""


def lapse_course(lapse_summary: pd.DataFrame, lapse_curve: pd.DataFrame) -> Picture:
    """Draw the network's share not yet seen below the cut-off, with lapses dated both ways.

    Parameters
    ----------
    lapse_summary, lapse_curve
        Released evidence tables. The curve holds only days between which none or enough lapsed, so
        its points are joined by straight lines and are no steps.
    """
    latest, earliest = curve_rows(lapse_curve), curve_rows(lapse_curve, EARLIEST)
    if len(latest) < FEWEST_POINTS:
        return style.picture_without_data(
            say(TITLE), say("too few were followed, or seen below the cut-off later.")
        )
    with style.drawing():
        figure = style.new_figure(HEIGHT)
        style.write_title(
            figure, say(TITLE), say("Percent of practitioners not yet seen below, with a 95% band.")
        )
        axes = style.place_axes(figure, left=1.35, right=1.6, top=0.75, bottom=0.55)
        axes.set_xlim(0, float(max(latest["days"].max(), earliest["days"].max())))
        axes.set_ylim(0, 100)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
        style.quiet(axes)
        _draw(axes, latest, earliest)
        _write_followed(axes, latest)
        png = style.png_of(figure)
    caption = say(
        "A lapse lies somewhere between the last observation at or above the cut-off and the first "
        "one below. The thick line dates it at the first below, as late as it can be; the dashed "
        "line on the day after the last one above, as early as it can be. Points are joined by "
        "straight lines. They stand at ends of months, with enough people between them, and end "
        "where too few were followed. Where many were not observed for as long, the lines can "
        "cross."
    )
    words = _words(latest, earliest, lapse_summary)
    return Picture(png, words, caption, lapse_curve_table(lapse_curve).frame)


def _draw(axes: Axes, latest: pd.DataFrame, earliest: pd.DataFrame) -> None:
    """Draw both lines, the band of the latest, and their names."""
    certain = latest.assign(
        conf_low=latest["conf_low"].fillna(latest["survival"]),
        conf_high=latest["conf_high"].fillna(latest["survival"]),
    )
    draw_band(
        axes, latest["days"], 100 * certain["conf_low"], 100 * certain["conf_high"], style.BLUE
    )
    labels = []
    lines = (
        (latest, style.BLUE, 1.9, say("first seen below")),
        (earliest, style.SOFT_INK, 1.3, say("last seen above")),
    )
    for rows, colour, width, words in lines:
        if rows.empty:
            continue
        share = 100 * rows["survival"].astype("float64")
        marker = "o" if rows is latest else ""
        (line,) = axes.plot(
            rows["days"].astype("float64"), share, marker=marker, markersize=4, color=colour,
            linewidth=width, zorder=3,
        )  # fmt: skip
        if rows is earliest:
            line.set_dashes((4, 2))
        last = float(share.iloc[-1])
        number = printed.number(last, unit="percent")
        labels.append(EndLabel(last, number, words, colour, bold=rows is latest))
    label_ends(axes, labels)


def _write_followed(axes: Axes, latest: pd.DataFrame) -> None:
    """Name the days under the axis, and write how many were followed for so long."""
    end = axes.get_xlim()[1]
    ticks: list[tuple[int, float]] = []
    for row in records(latest):
        if not ticks or row.days - ticks[-1][0] >= LEAST_APART * end:
            ticks.append((int(row.days), row.at_risk))
    axes.set_xticks([day for day, _ in ticks], [str(day) for day, _ in ticks])
    beside = axes.transAxes
    for text, down in ((say("Days since"), -10), (say("Followed so long"), -27)):
        write_off(
            axes, text, (0, 0), (-14, down), beside, ha="right", va="center",
            fontsize=style.SMALL, color=style.SOFT_INK,
        )  # fmt: skip
    for day, followed in ticks:
        write_off(
            axes, printed.number(followed), (day, 0), (0, -27), axes.get_xaxis_transform(),
            ha="center", va="center", fontsize=style.SMALL,
        )  # fmt: skip


def _words(latest: pd.DataFrame, earliest: pd.DataFrame, summary: pd.DataFrame) -> str:
    """Alternative text: shares at the days told, and where both lines end."""
    parts = [printed.sentence(printed.clean(say(TITLE)))]
    told = [
        say("{share} after {days} days", share=share_with_interval(*share), days=days)
        for days, *share in told_days(summary)
    ]
    if told:
        shares = wording.one_of(told)
        parts.append(say("Not yet seen below: {shares} (95% intervals).", shares=shares))
    last = latest.iloc[-1]
    parts.append(
        say(
            "Of {practitioners}, the line ends at {share} after {days} days.",
            practitioners=printed.counted(last["n_practitioners"], "practitioners"),
            share=printed.share(last["survival"]),
            days=printed.number(last["days"]),
        )
    )
    if len(earliest):
        last = earliest.iloc[-1]
        parts.append(
            say(
                "Dated the day after the last observation above, it ends at {share} after {days} "
                "days.",
                share=printed.share(last["survival"]),
                days=printed.number(last["days"]),
            )
        )
    return " ".join(parts)
