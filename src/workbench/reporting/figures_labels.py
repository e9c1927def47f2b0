"""What stands beside the marks of a figure: names of lines, counts under quarters, the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform

from workbench.language import say
from workbench.reporting import figures_style as style
from workbench.reporting import printed
from workbench.reporting.evidence import hidden_rows


class EndLabel(NamedTuple):
    """The name of a line at its right end.

    Attributes
    ----------
    height
        Value at which the line ends.
    number
        That value, written.
    words
        Name of the line.
    colour
        Of the line.
    bold
        Whether the number stands out.
    """

    height: float
    number: str
    words: str
    colour: str
    bold: bool = False


def write_off(
    axes: Axes,
    text: str,
    at: tuple[float, float],
    offset: tuple[float, float],
    coordinates: Transform,
    **look: Any,
) -> None:
    """Write beside a place: as an annotation without an arrow, at a fraction of its cost.

    Parameters
    ----------
    axes
        Where to write.
    text
        What to write; nothing is drawn if it is empty.
    at
        The place, in the coordinates that follow.
    offset
        Points to the right and upwards.
    coordinates
        Such as ``axes.get_yaxis_transform()``; the text is drawn outside the axes too.
    **look
        As of a text of matplotlib.
    """
    if text:
        figure = axes.figure
        right, up = (points / 72 for points in offset)
        moved = coordinates + ScaledTranslation(right, up, figure.dpi_scale_trans)
        axes.text(*at, text, transform=moved, **look)


def label_ends(axes: Axes, labels: Sequence[EndLabel], *, number_width: float = 26.0) -> None:
    """Name every line at its right end, in its own colour, with its last value.

    Names that would overlap are moved apart. ``number_width`` is the room of the numbers, in
    points.
    """
    low, high = axes.get_ylim()
    inches = axes.get_position().height * axes.get_figure().get_size_inches()[1]  # type: ignore[union-attr]
    least = (high - low) * 0.158 / inches
    heights = style.spread_apart([label.height for label in labels], least=least)
    for height, label in zip(heights, labels, strict=True):
        parts = ((label.number, number_width, "right"), (label.words, number_width + 5, "left"))
        for text, right, side in parts:
            write_off(
                axes,
                text,
                (1, height),
                (right, 0),
                axes.get_yaxis_transform(),
                va="center",
                ha=side,
                color=label.colour,
                fontsize=style.SMALL,
                fontweight="bold" if label.bold and side == "right" else "normal",
            )


def write_counts(axes: Axes, rows: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """Write counts under each quarter: ``columns`` maps each column of counts to its name."""
    hidden = hidden_rows(rows)
    for line, (column, label) in enumerate(columns.items()):
        down = -38 - 13 * line
        write_off(
            axes,
            label,
            (0, 0),
            (-8, down),
            axes.transAxes,
            ha="right",
            va="center",
            fontsize=style.SMALL,
            color=style.SOFT_INK,
        )
        for place, count, is_hidden in zip(rows["place"], rows[column], hidden, strict=True):
            write_off(
                axes,
                printed.HIDDEN if is_hidden else printed.number(count),
                (place, 0),
                (0, down),
                axes.get_xaxis_transform(),
                ha="center",
                va="center",
                fontsize=style.SMALL,
            )


def draw_key(
    figure: Figure, axes: Axes, marks: Mapping[str, tuple[str, str, str]], from_top: float
) -> None:
    """Name the marks once, above all rows.

    Parameters
    ----------
    figure, axes
        Where to draw.
    marks
        Marker, edge and fill by their meaning, which is said.
    from_top
        Inches from the upper edge of the figure.
    """
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=marker,
            color=edge,
            markerfacecolor=fill,
            markersize=5.5,
            label=say(words),
        )
        for words, (marker, edge, fill) in marks.items()
    ]
    key = axes.legend(
        handles=handles,
        ncols=len(marks),
        loc="lower left",
        frameon=False,
        bbox_to_anchor=(0, 0, 1, 1),
        fontsize=style.SMALL,
        handletextpad=0.2,
        columnspacing=1.6,
        labelcolor=style.SOFT_INK,
        borderpad=0,
        borderaxespad=0,
    )
    height = figure.get_size_inches()[1]
    key.set_bbox_to_anchor((0, 1 - from_top / height), transform=figure.transFigure)


def write_beside(
    axes: Axes, place: float, text: str, offset: tuple[float, float], **look: object
) -> None:
    """Write at the height of a row: left of the axes if the offset is negative, else right."""
    is_left = offset[0] < 0
    write_off(
        axes,
        text,
        (0 if is_left else 1, place),
        offset,
        axes.get_yaxis_transform(),
        va="center",
        ha="right" if is_left else "left",
        **look,
    )
