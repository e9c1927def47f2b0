"""The lean axes of our figures: what they draw is, dot for dot, what Matplotlib's own draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from workbench.reporting import figures_style as style
from workbench.reporting.display_table import DisplayTable, records
from workbench.reporting.figures_axes import LeanAxes
from workbench.reporting.figures_canvas import drawn

PLACE = (0.15, 0.2, 0.7, 0.6)


def _quarters(axes: Axes) -> None:
    style.label_quarters(axes, 8100, 8111, most=6)
    axes.set_ylim(0, 100)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")


def _names_above(axes: Axes) -> None:
    axes.set_xlim(-2, 102)
    axes.set_xticks([0, 50, 100, 150], ["0%", "50%", "100%", "beyond"])
    axes.tick_params(labeltop=True, labelbottom=False, bottom=False)
    axes.set_yticks([])


def _named_scale(axes: Axes) -> None:
    axes.set_xticks([0, 0.5, 1], ["none", "half\nof all", "all"])
    axes.set_xlabel("Months since", fontsize=style.SMALL, loc="left")


def _own_marks(axes: Axes) -> None:
    axes.plot([0.0003, 0.0011], [3, -2])
    axes.invert_yaxis()


@pytest.mark.parametrize("scales", [_quarters, _names_above, _named_scale, _own_marks])
@pytest.mark.parametrize("grid", ["x", "y"])
def test_lean_axes_draw_what_matplotlib_draws(scales: Callable[[Axes], None], grid: str) -> None:
    pictures = []
    for kind in (Axes, LeanAxes):
        with style.drawing():
            figure = style.new_figure(2.0)
            axes = figure.add_axes(kind(figure, PLACE))
            scales(axes)
            style.quiet(axes, grid=grid)
            pictures.append(drawn(figure))
    assert (pictures[0] != 255).any()
    np.testing.assert_array_equal(*pictures)


def test_hidden_scales_draw_nothing() -> None:
    with style.drawing():
        figure = style.new_figure(1.0)
        figure.add_axes(LeanAxes(figure, PLACE)).axis("off")
        assert (drawn(figure)[..., :3] == 255).all()


def test_records_are_what_pandas_gives() -> None:
    frame = pd.DataFrame(
        {
            "name": pd.Series(["a", None, "c"], dtype="str"),
            "count": pd.Series([1, None, 3], dtype="Int64"),
            "share": [0.5, np.nan, 1.0],
            "on": pd.to_datetime(["2026-01-01", None, "2026-03-01"]),
            "two words": [True, False, True],
        }
    )
    theirs = list(frame.itertuples(index=False, name="Row"))
    ours = records(frame)
    assert [row._fields for row in ours] == [row._fields for row in theirs]
    assert repr(ours) == repr(theirs)
    assert [list(map(type, row)) for row in ours] == [list(map(type, row)) for row in theirs]
    assert records(frame.iloc[:0]) == []


def test_a_table_without_rows_has_none() -> None:
    empty = DisplayTable("Nothing", pd.DataFrame({"a": [], "b": []}, dtype="str"))
    assert empty.rows == []
    assert empty.notes == ()
