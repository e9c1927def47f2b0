"""How figures are drawn: colours, type, canvas, and a PNG that is the same every time.

Figures are made without pyplot, so that nothing outlives them, and without regard to the settings
of whoever calls: the same numbers always give the same bytes.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from workbench import terms
from workbench.language import say
from workbench.quarters import Quarter
from workbench.reporting import printed
from workbench.reporting.figures_axes import LeanAxes
from workbench.reporting.figures_canvas import drawn
from workbench.reporting.pictures import Picture

INK = "#212B32"
SOFT_INK = "#4C6272"
BLUE = "#005EB8"
ORANGE = "#B8500A"
GREY = "#768692"
PALE = "#D8DDE0"
PALER = "#EDF0F2"
PAPER = "#FFFFFF"

WIDTH = 7.2
"""Width of every figure, in inches: the width of a column of the report."""
DOTS_AN_INCH = 160

COMPRESSION = 4
"""Level of a stored figure. The highest takes five times as long and saves a tenth of the room."""

SHADES = {INK: 12, SOFT_INK: 12, BLUE: 12, ORANGE: 12, GREY: 8, PALE: 3, PALER: 2}
"""Steps from each colour to white that a stored figure keeps; in between are only soft edges."""

TITLE, BODY, SMALL = 11.0, 9.0, 8.2
"""Sizes of type, in points."""

STATE_MARKS = {
    terms.STRENGTHENING: ("^", BLUE, BLUE),
    terms.DRIFTING: ("v", ORANGE, ORANGE),
    terms.HOLDING: ("s", SOFT_INK, SOFT_INK),
    terms.NOT_ENOUGH_EVIDENCE: ("o", GREY, PAPER),
}
"""Marker, edge and fill of each state; no two share a shape."""

STATUS_MARKS = {
    terms.IN_PLACE: ("o", BLUE, BLUE),
    terms.PARTLY_IN_PLACE: ("D", SOFT_INK, SOFT_INK),
    terms.NOT_IN_PLACE: ("v", ORANGE, ORANGE),
}
"""Marker, edge and fill of each status of a driver."""

OTHER_MARK = ("o", GREY, PAPER)

_STYLE = {
    **{name: value for name, value in sns.axes_style("ticks").items() if "font" not in name},
    "font.family": ["DejaVu Sans"],
    "font.size": BODY,
    "text.parse_math": False,
    "text.color": INK,
    # Looking for room above the axes takes as long as drawing them; there is room.
    "axes.titley": 1.0,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.labelcolor": SOFT_INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": SOFT_INK,
    "ytick.labelcolor": SOFT_INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
}


_is_drawing: ContextVar[bool] = ContextVar("is_drawing", default=False)


@contextmanager
def drawing() -> Iterator[None]:
    """Draw by the house's style, whatever the notebook has set; what it had set comes back.

    Within another such block it does nothing: changing the settings takes as long as a small
    figure, so that whoever draws many opens one block around them.
    """
    if _is_drawing.get():
        yield
        return
    with mpl.rc_context(), warnings.catch_warnings():
        # A name may be in a script that the typeface lacks; the data table under the figure has it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        backend = mpl.rcParams["backend"]
        mpl.rcParams.update(
            {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}
        )
        mpl.rcParams.update({**_STYLE, "backend": backend})
        before = _is_drawing.set(True)
        try:
            yield
        finally:
            _is_drawing.reset(before)


def new_figure(height: float) -> Figure:
    """Empty figure of the house's width and a height in inches."""
    return Figure(figsize=(WIDTH, height), dpi=DOTS_AN_INCH)


def png_of(figure: Figure) -> bytes:
    """Write the figure as a PNG without date or maker, so that equal figures have equal bytes.

    Stored in the house's own colours and their shades, it takes a third of the room.
    """
    picture = Image.fromarray(drawn(figure)).convert("RGB")
    buffer = io.BytesIO()
    stored = picture.quantize(palette=_palette(), dither=Image.Dither.NONE)
    stored.save(buffer, "PNG", compress_level=COMPRESSION)
    return buffer.getvalue()


@cache
def _palette() -> Image.Image:
    """Make an image that holds every colour of the house in steps towards white."""
    colours = [
        round(channel + (255 - channel) * step / steps)
        for colour, steps in SHADES.items()
        for step in range(steps)
        for channel in bytes.fromhex(colour[1:])
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours + [255] * (768 - len(colours)))
    return palette


def place_axes(figure: Figure, left: float, right: float, top: float, bottom: float) -> Axes:
    """Axes with margins in inches, so that a figure's height never moves its text."""
    width, height = figure.get_size_inches()
    place = (
        left / width,
        bottom / height,
        (width - left - right) / width,
        (height - top - bottom) / height,
    )
    return figure.add_axes(LeanAxes(figure, place))


def write_title(figure: Figure, title: str, subtitle: str = "") -> None:
    """Title at the upper left, and under it what the figure measures."""
    height = figure.get_size_inches()[1]
    figure.text(
        0.0,
        1 - 0.06 / height,
        printed.short(title, 74),
        fontsize=TITLE,
        fontweight="bold",
        va="top",
    )
    if subtitle:
        figure.text(0.0, 1 - 0.31 / height, subtitle, fontsize=SMALL, color=SOFT_INK, va="top")


def quiet(axes: Axes, grid: str = "y") -> None:
    """Take away every line that carries no number."""
    sns.despine(ax=axes, left=True)
    axes.set_axisbelow(True)
    axes.grid(axis=grid, color=PALER, linewidth=0.8)  # type: ignore[arg-type]


def wrapped(text: str, width: int, lines: int = 2) -> str:
    """Write a name in at most so many lines; what doesn't fit is cut with an ellipsis."""
    return "\n".join(
        textwrap.wrap(printed.clean(text), width, max_lines=lines, placeholder="…") or [""]
    )


def quarter_positions(labels: pd.Series) -> pd.Series:
    """Where each quarter stands on an axis: one step a quarter, gaps left open."""
    return labels.map(lambda label: _position(Quarter.from_label(label))).astype("int64")


def in_order_of_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort evidence rows by ``quarter``, and add ``place``, where each stands on an axis."""
    rows = rows.assign(place=quarter_positions(rows["quarter"]))
    return rows.sort_values("place", kind="stable").reset_index(drop=True)


def _position(quarter: Quarter) -> int:
    return quarter.year * 4 + quarter.number - 1


def label_quarters(axes: Axes, first: int, last: int, most: int = 16) -> None:
    """Name the quarters under an axis, each year once; thin out names when there are many."""
    step = -(-(last - first + 1) // most)
    shown = [place for place in range(first, last + 1) if (last - place) % step == 0]
    before = [None, *(place // 4 for place in shown)]
    names = [
        f"Q{place % 4 + 1}" + (f"\n{place // 4}" if place // 4 != year else "")
        for place, year in zip(shown, before, strict=False)
    ]
    axes.set_xticks(shown, names)
    axes.set_xlim(first - 0.6, last + 0.6)


def spread_apart(heights: list[float], least: float) -> list[float]:
    """Heights for labels that would overlap: moved apart, in the same order, as little as may be.

    >>> spread_apart([10.0, 11.0, 30.0], least=4.0)
    [8.5, 12.5, 30.0]
    """
    blocks = [([height], height) for height in sorted(heights)]
    merged: list[tuple[list[float], float]] = []
    for block in blocks:
        merged.append(block)
        while len(merged) > 1 and _overlap(merged[-2], merged[-1], least):
            upper, lower = merged.pop(), merged.pop()
            members = lower[0] + upper[0]
            merged.append((members, sum(members) / len(members)))
    moved = [
        middle + (place - (len(members) - 1) / 2) * least
        for members, middle in merged
        for place in range(len(members))
    ]
    ranks = sorted(range(len(heights)), key=lambda place: heights[place])
    return [moved[ranks.index(place)] for place in range(len(heights))]


def _overlap(
    lower: tuple[list[float], float], upper: tuple[list[float], float], least: float
) -> bool:
    needed = (len(lower[0]) + len(upper[0])) / 2 * least
    return upper[1] - lower[1] < needed


def percent_limits(*values: pd.Series) -> tuple[float, float]:
    """Limits of a percent axis that hold every value: whole tens, at least 30 points apart."""
    numbers = pd.concat(values).dropna()
    if numbers.empty:
        return 0.0, 100.0
    low = max(0.0, (numbers.min() - 2) // 10 * 10)
    high = min(100.0, -(-(numbers.max() + 2) // 10) * 10)
    if high - low < 30:
        high = min(100.0, low + 30)
        low = max(0.0, high - 30)
    return float(low), float(high)


def picture_without_data(title: str, reason: str) -> Picture:
    """Picture that says that there is nothing to draw, and why."""
    said = say("No data: {reason}", reason=reason)
    with drawing():
        figure = new_figure(1.1)
        write_title(figure, title)
        figure.text(0.0, 0.42, said, color=SOFT_INK)
        png = png_of(figure)
    return Picture(png, f"{printed.clean(title)}. {said}", said, pd.DataFrame())
