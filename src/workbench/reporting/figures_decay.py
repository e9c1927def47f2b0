"""Figures of decay: fidelity in the months after support, and when the next one goes with most."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.alt_texts_reinforcement import booster_words, decay_words
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.figures_bands import draw_band
from workbench.reporting.pictures import Picture
from workbench.reporting.tables_dose import (
    booster_rows,
    booster_timing_table,
    curve_rows,
    dose_curve_table,
    half_life,
    told_months,
)
from workbench.reporting.tables_support import kind_words

DECAY = mark("Fidelity in the months after support")
BOOSTER = mark("When the next certification goes with most")
PANEL, GAP = 1.55, 0.62
"""Height of a kind's panel, and of the gap under it, in inches."""
MOST_KINDS = 3
TICKS = (0, 3, 6, 9, 12, 18, 24)
LEAST_APART = 1 / 14
"""Part of the axis by which months that are labelled stand apart at least."""

Half = tuple[float, float, float]


def support_decay(dose_curve: pd.DataFrame, dose: pd.DataFrame) -> Picture:
    """Draw points of fidelity by months since support, with bands and the half-life.

    Parameters
    ----------
    dose_curve
        Evidence table; the first three kinds are drawn, and all are in the data.
    dose
        Evidence table, from which the half-life is read; it may have no rows.
    """
    rows = curve_rows(dose_curve)
    if rows.empty:
        return style.picture_without_data(say(DECAY), say("no curve could be estimated or shown."))
    kinds = list(dict.fromkeys(rows["kind"]))[:MOST_KINDS]
    panels = [(kind, rows[rows["kind"] == kind], half_life(dose, kind)) for kind in kinds]
    with style.drawing():
        figure = style.new_figure(1.5 + PANEL * len(panels) + GAP * (len(panels) - 1))
        style.write_title(
            figure, say(DECAY), say("Points of fidelity within practitioners, with 95% bands.")
        )
        shown = rows[rows["kind"].isin(kinds)]
        limits = _limits(shown[["expected", "conf_low", "conf_high"]])
        for place, (kind, mine, half) in enumerate(panels):
            axes = style.place_axes(
                figure,
                left=0.55,
                right=1.55,
                top=0.92 + place * (PANEL + GAP),
                bottom=0.58 + (len(panels) - 1 - place) * (PANEL + GAP),
            )
            axes.set_xlim(0, max(float(shown["months"].max()), 1.0))
            axes.set_ylim(*limits)
            axes.set_xticks([month for month in TICKS if month <= axes.get_xlim()[1]])
            _draw_curve(axes, kind, mine, half)
        axes.set_xlabel(say("Months since"), fontsize=style.SMALL, loc="left")
        png = style.png_of(figure)
    caption = say(
        "Set beside the time without it, a curve that comes back to zero says that what went with "
        "the support is gone. Set beside the level right after it, a falling curve says so. It is "
        "an association: other things may have changed too."
    )
    if any(half for *_, half in panels):
        caption += say(" The upright line is the half-life, the bar at its foot its 95% interval.")
    return Picture(
        png, decay_words(say(DECAY), panels), caption, dose_curve_table(dose_curve).frame
    )


def _limits(numbers: pd.DataFrame) -> tuple[float, float]:
    values = numbers.astype("float64")
    low, high = min(float(values.min().min()), 0.0), max(float(values.max().max()), 0.0)
    room = max(high - low, 1.0) * 0.14
    return low - room, high + room


def _draw_curve(axes: Axes, kind: str, rows: pd.DataFrame, half: Half | None) -> None:
    is_from_zero = float(rows["expected"].iloc[0]) == 0
    beside = (
        say("beside the level right after it")
        if is_from_zero
        else say("beside the time without it")
    )
    name = printed.short(kind_words(kind), 60)
    axes.set_title(name, loc="left", fontsize=style.BODY, fontweight="bold", pad=6)
    axes.set_title(beside, loc="right", fontsize=style.SMALL, color=style.SOFT_INK)
    style.quiet(axes)
    axes.axhline(0, color=style.GREY, linewidth=0.9, zorder=1)
    axes.yaxis.set_major_formatter(lambda value, _: _tick(value))
    draw_band(axes, rows["months"], rows["conf_low"], rows["conf_high"], style.BLUE)
    axes.plot(
        rows["months"].astype("float64"),
        rows["expected"].astype("float64"),
        color=style.BLUE,
        linewidth=1.7,
        zorder=3,
    )
    last = rows.iloc[-1]
    _beside(axes, float(last["expected"]), printed.number(last["expected"], 1, signed=True))
    if half:
        _draw_half_life(axes, half)


def _tick(value: float) -> str:
    return printed.number(value, 0 if float(value).is_integer() else 1, signed=True)


def _beside(axes: Axes, height: float, text: str) -> None:
    axes.annotate(
        text,
        (1, height),
        (5, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        fontsize=style.SMALL,
        fontweight="bold",
        color=style.BLUE,
    )


def _draw_half_life(axes: Axes, half: Half) -> None:
    value, low, high = half
    end = axes.get_xlim()[1]
    bottom = axes.get_ylim()[0]
    if value <= end:
        axes.axvline(value, color=style.INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=2)
    is_known = printed.is_number(low) and printed.is_number(high)
    if is_known and low <= end:
        axes.hlines(
            bottom, low, min(high, end), color=style.INK, linewidth=4.0, zorder=4, clip_on=False
        )
    words = say("half gone after\n{number} months", number=printed.number(value, 1))
    words += f"\n({printed.interval(low, high, 1)})" if is_known else ""
    axes.annotate(
        words,
        (1, 1),
        (10, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        fontsize=style.SMALL,
        linespacing=1.25,
        color=style.INK,
    )


def booster_timing(booster_timing: pd.DataFrame) -> Picture:
    """Draw the points with which a certification goes, by months since the last one.

    Parameters
    ----------
    booster_timing
        Evidence table.
    """
    rows = booster_rows(booster_timing)
    drawn = rows[rows["gain"].notna()]
    if drawn.empty:
        return style.picture_without_data(say(BOOSTER), say("no gain could be estimated or shown."))
    with style.drawing():
        figure = style.new_figure(2.75)
        style.write_title(
            figure, say(BOOSTER), say("Points of fidelity beside no certification, with 95% bands.")
        )
        axes = style.place_axes(figure, left=0.55, right=0.35, top=0.72, bottom=0.56)
        _draw_gains(axes, drawn)
        png = style.png_of(figure)
    caption = say(
        "What a certification goes with if it comes so many months after the last. Where the band "
        "is wide, the months can hardly be told apart."
    )
    if hidden_rows(rows).any():
        caption += say(" Months that are not drawn have too few people.")
    data = booster_timing_table(booster_timing).frame
    return Picture(png, booster_words(say(BOOSTER), rows), caption, data)


def _draw_gains(axes: Axes, rows: pd.DataFrame) -> None:
    months = rows["months_since"].astype("float64")
    axes.set_ylim(*_limits(rows[["gain", "conf_low", "conf_high"]]))
    room = max(float(months.max() - months.min()) * 0.06, 1.0)
    axes.set_xlim(float(months.min()) - room, float(months.max()) + room)
    style.quiet(axes)
    axes.axhline(0, color=style.GREY, linewidth=0.9, zorder=1)
    axes.yaxis.set_major_formatter(lambda value, _: _tick(value))
    draw_band(axes, months, rows["conf_low"], rows["conf_high"], style.BLUE)
    gains = rows["gain"].astype("float64")
    axes.plot(months, gains, color=style.BLUE, linewidth=1.7, zorder=3)
    told = rows[months.isin(told_months(months))]
    apart, last = float(months.max() - months.min()) * LEAST_APART, float("-inf")
    for month, gain in zip(told["months_since"], told["gain"], strict=True):
        axes.plot(month, gain, "o", color=style.BLUE, markersize=5, zorder=4)
        if month - last < apart:
            continue
        last = month
        axes.annotate(
            printed.number(gain, 1, signed=True),
            (month, gain),
            (0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=style.SMALL,
            fontweight="bold",
            color=style.BLUE,
        )
    ticks = [float(month) for month in told["months_since"]]
    axes.set_xticks(ticks, [printed.number(month) for month in ticks])
    axes.set_xlabel(say("Months since the last certification"), fontsize=style.SMALL, loc="left")
