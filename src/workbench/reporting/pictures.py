"""A picture with all that must travel with it: words for those who can't see it, and data."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.language import say
from workbench.reporting.display_table import DisplayTable

PIXELS_A_CSS_PIXEL = 1.6
"""Pictures are drawn finer than they are shown, so that they stay sharp when enlarged."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A drawn figure.

    Attributes
    ----------
    png
        The image.
    alt_text
        What it shows, in words and numbers: the same numbers as are drawn.
    caption
        How to read it, in a sentence or two.
    data
        The numbers drawn, as a display table with human column names.
    """

    png: bytes
    alt_text: str
    caption: str
    data: pd.DataFrame

    @property
    def table(self) -> DisplayTable:
        """The numbers drawn, as a table to print under the image."""
        return DisplayTable(say("The numbers of this figure"), self.data)

    @property
    def width(self) -> int:
        """Width in CSS pixels."""
        return round(self._size()[0] / PIXELS_A_CSS_PIXEL)

    @property
    def height(self) -> int:
        """Height in CSS pixels."""
        return round(self._size()[1] / PIXELS_A_CSS_PIXEL)

    @property
    def data_uri(self) -> str:
        """The image as an address that needs no file."""
        return f"data:image/png;base64,{base64.b64encode(self.png).decode('ascii')}"

    def __repr__(self) -> str:
        return self.alt_text

    def _size(self) -> tuple[int, int]:
        # A PNG states width and height in bytes 16 to 24, in its first chunk.
        return struct.unpack(">II", self.png[16:24])

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Show image and words in a notebook; the words are what a regression test compares."""
        data = {
            "image/png": base64.b64encode(self.png).decode("ascii"),
            "text/plain": self.alt_text,
        }
        shown = {"width": self.width, "height": self.height, "alt": self.alt_text}
        return data, {"image/png": shown}
