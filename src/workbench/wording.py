"""How numbers are written in sentences: one set of rules for every statement."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.certainty import FINEST
from workbench.language import noun as form_of
from workbench.language import say


def number(value: float, digits: int = 0, signed: bool = False) -> str:
    """Write a number as a sentence does; a rounded zero carries no sign.

    >>> number(-0.04, 1), number(2.345, 1, signed=True)
    ('0.0', '+2.3')
    """
    if value is None or math.isnan(value):
        return say("not known")
    rounded = round(value, digits)
    rounded = abs(rounded) if rounded == 0 else rounded
    sign = "+" if signed and rounded > 0 else ""
    return f"{sign}{rounded:.{digits}f}"


def interval(
    low: float,
    high: float,
    digits: int = 0,
    signed: bool = False,
    beside: Sequence[float] = (),
) -> str:
    """Write an interval in words.

    An end is written with more digits where it takes them to see on which side of the values
    ``beside`` it lies, so that no interval seems to touch a value that it does not.

    >>> interval(71.2, 80.9)
    '71 to 81'
    >>> interval(-12.6, -0.04, 1), interval(-12.6, -0.04, 1, beside=(0,))
    ('-12.6 to 0.0', '-12.6 to -0.04')
    """
    ends = (number(end, _digits(end, digits, beside), signed) for end in (low, high))
    return say("{low} to {high}", **dict(zip(("low", "high"), ends, strict=True)))


def _digits(end: float, digits: int, beside: Sequence[float]) -> int:
    """Fewest digits that leave an end on its side of each value."""
    if math.isnan(end) or not beside:
        return digits

    def sides(at: int) -> list[int]:
        far = [round(round(end, at) - value, FINEST) for value in beside]
        return [int(one > 0) - int(one < 0) for one in far]

    exact = sides(FINEST)
    return next((at for at in range(digits, FINEST) if sides(at) == exact), max(digits, FINEST))


def count_of(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun.

    >>> count_of(1, "respondent"), count_of(1200, "row")
    ('1 respondent', '1,200 rows')
    """
    return f"{count:,} {form_of(count, noun, plural or noun + 's')}"


def one_of(items: list[str]) -> str:
    """Names joined as a sentence joins them.

    >>> one_of(["coaching", "training", "selection"])
    'coaching, training and selection'
    """
    if len(items) < 2:
        return "".join(items)
    return say("{others} and {last}", others=", ".join(items[:-1]), last=items[-1])
