"""Estimates with intervals about zero, one row each: what figures of ties and pressures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from workbench.language import mark, say
from workbench.reporting import figures_style as style
from workbench.reporting import printed

FIDELITY = {-1: mark("◂ lower fidelity"), 1: mark("higher fidelity ▸")}
"""What the two sides of zero mean in most figures."""


def set_scale_about_zero(
    axes: Axes,
    rows: pd.DataFrame,
    columns: Sequence[str],
    sides: Mapping[int, str] = FIDELITY,
    least: float = 1.0,
) -> None:
    """Give a figure a scale with zero in the middle, and say what stands on either side.

    Parameters
    ----------
    axes
        One row of ``rows`` stands at each whole number, from the top.
    rows
        Rows that are drawn.
    columns
        Columns of the estimates and the ends of their intervals.
    sides
        What stands left (-1) and right (1) of zero.
    least
        How far the scale reaches at least.
    """
    reach = max(float(rows[list(columns)].astype("float64").abs().max().max()), least) * 1.06
    axes.set_xlim(-reach, reach)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_yticks([])
    axes.axvline(0, color=style.GREY, linewidth=0.9, zorder=1)
    digits = 0 if reach > 3 else 1
    axes.xaxis.set_major_formatter(lambda value, _: printed.number(value, digits, signed=True))
    style.quiet(axes, grid="x")
    for side, text in sides.items():
        axes.annotate(
            say(text),
            (0.5 + side / 2, 1),
            (0, 5),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="left" if side < 0 else "right",
            fontsize=style.SMALL,
            color=style.SOFT_INK,
        )


def draw_estimate(
    axes: Axes, place: float, numbers: tuple[float, float, float], mark: tuple[str, str, str]
) -> None:
    """Draw an estimate and its interval; nothing where there is no estimate.

    Parameters
    ----------
    axes
        As :func:`set_scale_about_zero` leaves it.
    place
        Height of the row.
    numbers
        Estimate and the ends of its interval, which may be missing.
    mark
        Marker, colour of its edge, and colour of its face.
    """
    value, low, high = numbers
    marker, edge, face = mark
    if not printed.is_number(value):
        return
    if printed.is_number(low) and printed.is_number(high):
        axes.hlines(place, low, high, color=edge, linewidth=1.4, alpha=0.6, zorder=3)
    axes.plot(
        float(value),
        place,
        marker,
        color=edge,
        markerfacecolor=face,
        markersize=6 if marker == "o" else 5,
        markeredgewidth=1.2,
        zorder=4,
    )
