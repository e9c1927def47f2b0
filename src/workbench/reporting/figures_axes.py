"""Axes whose scales cost little: one mark is made, and drawn at each place in turn.

Matplotlib keeps for every mark on a scale three lines and two texts, so that each could look
different and be changed later. Ours all look alike and are drawn once, and a page has hundreds.
What is drawn is the same.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick, XAxis, YAxis

_CLOSE = 1e-10
"""Share of a scale by which a mark may lie beyond its end and be drawn."""


class _Scale(Axis):
    """A scale that keeps no marks; how they look and where they are is known until it is drawn."""

    # Nothing is ever put in: what is asked of all marks is kept, and the one that is made has it.
    majorTicks: list[Tick] = []  # noqa: N815, RUF012
    minorTicks: list[Tick] = []  # noqa: N815, RUF012

    def get_major_ticks(self, numticks: int | None = None) -> list[Tick]:
        """Give no marks: whoever asks wants to change them one by one."""
        return []

    def draw(self, renderer: Any) -> None:
        """Draw the marks within the scale, and its name."""
        if not self.get_visible():
            return
        mark: Tick = self._get_tick(major=True)  # type: ignore[attr-defined]
        mark.set_clip_path(self.axes.patch)
        lowest = self.axes.bbox.y0
        for place, name in self._marks():
            mark.update_position(place)
            for label in (mark.label1, mark.label2):
                label.set_text(name)
            mark.draw(renderer)
            if self.label.get_text():
                lowest = min(lowest, mark.label1.get_window_extent(renderer).y0)
        if self.label.get_text():
            self._draw_name(renderer, lowest)

    def _marks(self) -> list[tuple[float, str]]:
        places = self.get_majorticklocs().tolist()
        names = self.get_major_formatter().format_ticks(places)
        low, high = sorted(self.get_view_interval())
        beyond = (high - low) * _CLOSE
        return [
            (place, name)
            for place, name in zip(places, names, strict=True)
            if low - beyond <= place <= high + beyond
        ]

    def _draw_name(self, renderer: Any, lowest: float) -> None:
        """Write the name of a horizontal scale under the names of its marks."""
        away = self.labelpad * self.axes.figure.dpi / 72
        self.label.set_position((self.label.get_position()[0], lowest - away))
        self.label.draw(renderer)


class _Across(_Scale, XAxis):
    pass


class _Up(_Scale, YAxis):
    pass


class LeanAxes(Axes):
    """Axes with such scales; their own name stands only under the horizontal one."""

    def _init_axis(self) -> None:
        self.xaxis = _Across(self, clear=False)
        self.yaxis = _Up(self, clear=False)
        for name, axis in zip(
            ("bottom", "top", "left", "right"), (self.xaxis,) * 2 + (self.yaxis,) * 2, strict=True
        ):
            self.spines[name].register_axis(axis)
