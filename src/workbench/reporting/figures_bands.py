"""Courses over time with their bands: the parts that several figures draw alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench.reporting import figures_style as style


def on_axis(rows: pd.DataFrame) -> pd.Series:
    """Where each row of a modelled table stands on an axis of quarters.

    A quarter's dot stands at a whole number, and the quarter reaches half a step to either side.
    Modelled values carry their time in ``quarters`` since the series' start, be it the middle or
    the end of the quarter that they name.

    Parameters
    ----------
    rows
        With ``quarter`` and ``quarters``.

    Examples
    --------
    >>> ends = pd.DataFrame({"quarter": ["2026Q1", "2026Q2"], "quarters": [1.0, 2.0]})
    >>> (on_axis(ends) - style.quarter_positions(ends["quarter"])).tolist()
    [0.5, 0.5]
    """
    times = rows["quarters"].astype("float64")
    first = float((style.quarter_positions(rows["quarter"]) - times).median())
    # Quarters are not all of a length, so that ends and middles are met only nearly.
    return times + np.floor(first + 1.05) - 0.5


def draw_band(axes: Axes, places: pd.Series, low: pd.Series, high: pd.Series, colour: str) -> None:
    """Shade between two courses; a gap where either is missing."""
    axes.fill_between(
        places.astype("float64"),
        low.astype("float64"),
        high.astype("float64"),
        color=colour,
        alpha=0.16,
        linewidth=0,
        zorder=1.3,
    )


def draw_course(
    axes: Axes, places: pd.Series, rows: pd.DataFrame, columns: tuple[str, str, str], colour: str
) -> None:
    """Draw a value over time with its band; ``columns`` name value, low and high."""
    value, low, high = columns
    draw_band(axes, places, rows[low], rows[high], colour)
    axes.plot(places, rows[value].astype("float64"), color=colour, linewidth=1.5, zorder=2.5)


def draw_intervals(
    axes: Axes, rows: pd.DataFrame, columns: tuple[str, str, str], colour: str, marker: str = "o"
) -> None:
    """Draw a mark with its interval at each ``place``; ``columns`` name value, low and high."""
    value, low, high = columns
    axes.vlines(
        rows["place"],
        rows[low].astype("float64"),
        rows[high].astype("float64"),
        color=colour,
        linewidth=1.4,
        alpha=0.55,
        zorder=3,
    )
    axes.plot(
        rows["place"],
        rows[value].astype("float64"),
        marker,
        color=colour,
        markersize=6.5,
        markeredgecolor=style.PAPER,
        markeredgewidth=0.8,
        zorder=4,
    )
