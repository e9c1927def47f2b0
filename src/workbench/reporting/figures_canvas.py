"""The canvas that figures are drawn on: Agg, with each text drawn once and its picture kept.

Letters are the dearest part of a figure. Matplotlib shapes a text once to measure it and again to
draw it, and draws it letter by letter. Here a text is shaped and drawn once as a whole, at whole
dots, and the same text in the same type comes from memory, in this figure and in later ones.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg, get_hinting_flag
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from numpy.typing import NDArray

MOST_TEXTS = 8192
SUBDOTS = 64
"""Parts of a dot that FreeType counts in."""
Heights = tuple[float | None, float | None, float | None]


class DrawnText(NamedTuple):
    """A text as it is drawn, in dots."""

    image: NDArray[np.uint8]
    left: float
    below: float
    width: float
    height: float
    descent: float


def drawn(figure: Figure) -> NDArray[np.uint8]:
    """Draw a figure; gives its dots as rows by columns by red, green, blue and cover."""
    renderer = _Renderer(*figure.bbox.size, figure.dpi)
    figure.draw(renderer)
    return np.asarray(renderer.buffer_rgba())


class _Renderer(RendererAgg):
    """Renderer whose texts are kept; formulas and turned texts are drawn as ever."""

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        if ismath or angle:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        text = _drawn_text(s, _file_of(prop), prop.get_size_in_points(), self.dpi)
        left, bottom = round(x + text.left), round(y + text.below + text.descent)
        self._renderer.draw_text_image(text.image, left, bottom, 0, gc)

    def get_text_width_height_descent(
        self, s: str, prop: FontProperties, ismath: Any
    ) -> tuple[float, float, float]:
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        text = _drawn_text(s, _file_of(prop), prop.get_size_in_points(), self.dpi)
        return text.width, text.height, text.descent

    def _get_font_height_metrics(self, prop: FontProperties) -> Heights:
        """Give the heights of a typeface's lines, which Matplotlib would read for each text."""
        return _heights_of(prop, self.dpi)


@lru_cache(maxsize=256)
def _heights_of(prop: FontProperties, dpi: float) -> Heights:
    """Heights above and below the line and between lines, in dots; none if the font has none."""
    font = get_font(_file_of(prop))
    table, head = font.get_sfnt_table("OS/2"), font.get_sfnt_table("head")
    if table is None or head is None:
        return None, None, None
    scale = 1 / head["unitsPerEm"] * prop.get_size_in_points() * dpi / 72
    ends = (table["sTypoAscender"], -table["sTypoDescender"], table["sTypoLineGap"])
    above, below, between = (end * scale for end in ends)
    return above, below, between


@lru_cache(maxsize=256)
def _file_of(prop: FontProperties) -> str:
    return str(findfont(prop))


@lru_cache(maxsize=MOST_TEXTS)
def _drawn_text(text: str, file: str, size: float, dpi: float) -> DrawnText:
    font = get_font(file)
    font.clear()
    font.set_size(size, dpi)
    font.set_text(text, 0.0, flags=get_hinting_flag())
    width, height = font.get_width_height()
    descent = font.get_descent()
    font.draw_glyphs_to_bitmap(antialiased=True)
    left, below = font.get_bitmap_offset()
    image = np.array(font.get_image())
    return DrawnText(image, *(one / SUBDOTS for one in (left, below, width, height, descent)))
