"""Events and breaks on an axis of quarters: marks under it, and lines that stop at a break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from workbench.language import say_in
from workbench.reporting import figures_style as style
from workbench.reporting.event_words import Happened
from workbench.reporting.figures_labels import write_off

ROOM_OF_EVENTS, ROOM_OF_NAMES = 0.2, 0.17
"""Inches that a figure grows by: below for events, above for each line of names of breaks."""
ROOM_OF_A_NAME = 4
"""Quarters that a break must be away from the one before, for both names to stand in a line."""
GAP = 0.12
"""Share of a quarter that a straight line stays away from a break."""
_DOWN = -65


def cuts_of(*happened: Happened) -> list[float]:
    """Where breaks stand on an axis of quarters: between the last quarter before and their own."""
    quarters = {one.quarter for each in happened for one in each.breaks}
    return sorted(place - 0.5 for place in _places(quarters))


def pieces(rows: pd.DataFrame, at: str, cuts: Sequence[float]) -> Iterator[pd.DataFrame]:
    """Rows of a course apart, one frame a stretch without a break.

    A level at the end of a quarter belongs to that quarter. A stretch of one level is given twice,
    a short way apart and on its side of the breaks, so that a line shows it.

    Parameters
    ----------
    rows
        In the order of time.
    at
        Column of where each stands on the axis.
    cuts
        Where the breaks stand, from :func:`cuts_of`.

    Examples
    --------
    >>> rows = pd.DataFrame({"at": [1.0, 2.0, 3.0, 4.0]})
    >>> [one["at"].tolist() for one in pieces(rows, "at", [2.5])]
    [[1.0, 2.0], [3.0, 4.0]]
    """
    if not cuts:
        yield rows
        return
    # Quarters are not all of a length, so that their ends are met only nearly.
    side = np.searchsorted(np.asarray(cuts) + 0.1, rows[at].astype("float64"))
    for _, piece in rows.groupby(side, sort=True):
        if len(piece) > 1:
            yield piece
        else:
            place = float(piece[at].iloc[0])
            end = min([place + GAP, *(cut for cut in cuts if cut > place - 0.1)])
            yield pd.concat([piece.assign(**{at: end - 2 * GAP}), piece.assign(**{at: end})])


def stretches(first: float, last: float, cuts: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Begin and end of each stretch of a straight line that keeps away from every break.

    >>> list(stretches(0.0, 4.0, [2.5]))
    [(0.0, 2.38), (2.62, 4.0)]
    """
    inner = [cut for cut in cuts if first < cut < last]
    starts = [first, *(cut + GAP for cut in inner)]
    ends = [*(cut - GAP for cut in inner), last]
    yield from zip(starts, ends, strict=True)


def room_of(happened: Happened) -> tuple[float, float]:
    """Inches that a figure needs above its axes for breaks, and below them for events."""
    lines = max((line + 1 for line in _lines_of_names(cuts_of(happened))), default=0)
    return lines * ROOM_OF_NAMES, ROOM_OF_EVENTS * bool(happened.events)


def _lines_of_names(cuts: Sequence[float]) -> list[int]:
    """Line in which each break is named: the first, or the second beside a near neighbour."""
    lines: list[int] = []
    for place, cut in enumerate(cuts):
        is_near = place > 0 and cut - cuts[place - 1] < ROOM_OF_A_NAME
        lines.append(1 - lines[-1] if is_near else 0)
    return lines


def draw_breaks(axes: Axes, happened: Happened) -> None:
    """Draw a dotted line where each break is, and name above it what begins there."""
    first, last = axes.get_xlim()
    cuts = cuts_of(happened)
    for one, cut, line in zip(happened.breaks, cuts, _lines_of_names(cuts), strict=True):
        axes.axvline(cut, color=style.INK, linewidth=1.1, linestyle=(0, (1, 2)), zorder=2.2)
        share = (cut - first) / (last - first)
        write_off(
            axes,
            one.label,
            (cut, 1),
            (0, 4 + 12 * line),
            axes.get_xaxis_transform(),
            ha="left" if share < 0.2 else "right" if share > 0.8 else "center",
            va="bottom",
            fontsize=style.SMALL,
        )


def draw_events(axes: Axes, happened: Happened) -> None:
    """Write the letters of the events under their quarters, each in a frame."""
    if not happened.events:
        return
    look = {"va": "center", "fontsize": style.SMALL}
    name = say_in("left of a figure", "Events")
    write_off(
        axes, name, (0, 0), (-8, _DOWN), axes.transAxes, ha="right", color=style.SOFT_INK, **look
    )
    frame = {"boxstyle": "square,pad=0.25", "edgecolor": style.SOFT_INK, "linewidth": 0.8}
    marks = happened.marks
    for place, letters in zip(_places(marks), marks.values(), strict=True):
        write_off(
            axes,
            letters,
            (place, 0),
            (0, _DOWN),
            axes.get_xaxis_transform(),
            ha="center",
            fontweight="bold",
            bbox={**frame, "facecolor": style.PAPER},
            **look,
        )


def _places(quarters: object) -> list[int]:
    return style.quarter_positions(pd.Series(list(quarters), dtype="str")).tolist()  # type: ignore[call-overload]
