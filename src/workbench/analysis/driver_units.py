"""Units of the drivers' scores, as findings carry them."""

from __future__ import annotations

from workbench.language import say


def full_points_of(title: str) -> str:
    """Name the unit of a driver's score."""
    return say("percent of full points of {driver}", driver=title.lower())
