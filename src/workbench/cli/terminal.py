"""A console that prints what data say, and never does what they say.

A name can hold signs that a terminal takes for orders: to clear the screen, to write another title,
to print backwards. They are taken out of every text before it is written; the console's own colours
are added later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Control characters but tab and line end, and those that turn the direction of writing."""


class SafeConsole(Console):
    """A console whose texts can give the terminal no orders."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render, and take orders out of every piece of text."""
        for piece in super().render(renderable, options):
            text, style, control = piece
            yield piece if control else Segment(ORDERS.sub("", text), style)
