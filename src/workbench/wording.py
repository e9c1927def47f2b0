"""How numbers are written in sentences: one set of rules for every statement."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from workbench.certainty import FINEST
from workbench.language import mark, say, say_in
from workbench.language import noun as form_of

MONTHS = (
    mark("January"),
    mark("February"),
    mark("March"),
    mark("April"),
    mark("May"),
    mark("June"),
    mark("July"),
    mark("August"),
    mark("September"),
    mark("October"),
    mark("November"),
    mark("December"),
)
SHORT_MONTHS = (
    mark("Jan"),
    mark("Feb"),
    mark("Mar"),
    mark("Apr"),
    mark("May"),
    mark("Jun"),
    mark("Jul"),
    mark("Aug"),
    mark("Sep"),
    mark("Oct"),
    mark("Nov"),
    mark("Dec"),
)


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


def digits_beyond_zero(value: float, low: float, high: float, digits: int) -> int:
    """Digits with which a number that is surely not zero is not written as one.

    Parameters
    ----------
    value, low, high
        The number and its 95% interval.
    digits
        Digits that it is written with elsewhere; more are taken only where the interval excludes
        zero and the number would be written as zero, up to ``FINEST``.

    >>> digits_beyond_zero(0.04, 0.01, 0.07, 1), digits_beyond_zero(0.04, -0.01, 0.09, 1)
    (2, 1)
    """
    excludes_zero = low > 0 or high < 0
    if not excludes_zero or not value or round(value, digits):
        return digits
    more = range(digits + 1, FINEST + 1)
    return next((at for at in more if round(value, at)), max(digits, FINEST))


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


def day(date: dt.date) -> str:
    """Write a day.

    >>> day(dt.date(2024, 8, 14))
    '14 August 2024'
    """
    month = say(MONTHS[date.month - 1])
    return say("{day} {month} {year}", day=date.day, month=month, year=date.year)


def short_day(date: dt.date) -> str:
    """Write a day in little room.

    >>> short_day(dt.date(2024, 8, 14))
    '14 Aug 2024'
    """
    month = say(SHORT_MONTHS[date.month - 1])
    return say_in(
        "in little room", "{day} {month} {year}", day=date.day, month=month, year=date.year
    )


def days(first: dt.date, last: dt.date) -> str:
    """Write a stretch of days.

    >>> days(dt.date(2026, 7, 1), dt.date(2026, 9, 30))
    '1 July to 30 September 2026'
    """
    said = {"from_day": first.day, "from_month": say(MONTHS[first.month - 1])}
    said |= {"day": last.day, "month": say(MONTHS[last.month - 1]), "year": last.year}
    if first.year == last.year:
        return say("{from_day} {from_month} to {day} {month} {year}", **said)
    return say("{first} to {last}", first=day(first), last=day(last))


def english_count(count: int, noun: str, plural: str = "") -> str:
    """Write a count for whoever runs the workbench, whatever the language of the reports.

    >>> english_count(2, "site")
    '2 sites'
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def one_of(items: list[str]) -> str:
    """Names joined as a sentence joins them.

    >>> one_of(["coaching", "training", "selection"])
    'coaching, training and selection'
    """
    if len(items) < 2:
        return "".join(items)
    return say("{others} and {last}", others=", ".join(items[:-1]), last=items[-1])
