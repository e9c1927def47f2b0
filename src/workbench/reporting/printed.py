"""Numbers and names as they are printed: rounded, with units, and safe to draw."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

from workbench import wording
from workbench.language import mark, say
from workbench.language import noun as form_of
from workbench.shown import visible

HIDDEN = "[c]"
"""Stands in the place of a number that too few people stand behind."""

NO_NUMBER = mark("not estimable")
"""Stands, said, in the place of a number that these data can't give."""

PERCENT = mark("percent")
FROM_TO, PART_OF = mark("{low} to {high}"), mark("{part} of {whole}")

MINUS = "\N{MINUS SIGN}"


def is_number(value: Any) -> bool:
    """Whether there is something to print."""
    if isinstance(value, float):  # most are, and asking pandas takes ten times as long
        return value == value
    return value is not None and not pd.isna(value)


def count_shown(count: float) -> str:
    """Write a count of people; ``[c]`` where it is not shown.

    >>> count_shown(12.0), count_shown(float("nan"))
    ('12', '[c]')
    """
    return HIDDEN if math.isnan(count) else number(count)


def number(value: Any, digits: int = 0, unit: str = "", signed: bool = False) -> str:
    """Write a number; ``not estimable`` where there is none.

    Parameters
    ----------
    value
        Number, or None, NaN or NA.
    digits
        Digits after the point.
    unit
        A unit that begins with ``percent`` becomes %; any other follows after a space.
    signed
        Write the plus sign too.

    >>> number(71.4, unit="percent"), number(-1.36, 1, "points a quarter")
    ('71%', '−1.4 points a quarter')
    """
    if not is_number(value):
        return say(NO_NUMBER)
    text = wording.number(float(value), digits, signed)
    sign, size = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    whole, point, rest = size.partition(".")
    return with_unit(f"{sign.replace('-', MINUS)}{int(whole):,}{point}{rest}", unit)


def with_unit(text: str, unit: str) -> str:
    """Put a unit behind a written number.

    >>> with_unit("71", "percent of full points")
    '71% of full points'
    """
    sign = "%" if is_percent(unit) else " "
    return f"{text}{sign}{unit_words(unit)}".rstrip()


def is_percent(unit: str) -> bool:
    """Whether numbers of a unit are written with a percent sign."""
    return unit.startswith((PERCENT, say(PERCENT)))


def unit_words(unit: str) -> str:
    """Say a unit, without its ``percent``, which is written as a sign.

    >>> unit_words("percent of full points"), unit_words("points a quarter")
    (' of full points', 'points a quarter')
    """
    said = say(unit)
    return said.removeprefix(say(PERCENT)) if is_percent(unit) else said


def interval(low: Any, high: Any, digits: int = 0, unit: str = "", signed: bool = False) -> str:
    """Write an interval; ``not estimable`` unless both ends are there.

    >>> interval(66.2, 75.8, unit="percent")
    '66% to 76%'
    """
    if not (is_number(low) and is_number(high)):
        return say(NO_NUMBER)
    ends = (number(end, digits, unit, signed) for end in (low, high))
    return say(FROM_TO, **dict(zip(("low", "high"), ends, strict=True)))


def with_interval(value: Any, low: Any, high: Any) -> str:
    """Write a percent with its interval in brackets, where it has one.

    >>> with_interval(71.2, 66.0, 76.4)
    '71% (66% to 76%)'
    """
    text, between = number(value, unit="percent"), interval(low, high, unit="percent")
    return text if say(NO_NUMBER) in (text, between) else f"{text} ({between})"


def verdict(value: Any) -> str:
    """Write a state or status in words, also where there is none."""
    return say(str(value)) if is_number(value) else say(NO_NUMBER)


def share(value: Any) -> str:
    """Write a share from 0 to 1 as a percent."""
    return number(float(value) * 100, unit=PERCENT) if is_number(value) else say(NO_NUMBER)


def counted(count: Any, noun: str) -> str:
    """Write a count with its noun, given in the plural.

    >>> counted(1, "observations"), counted(1234, "practitioners")
    ('1 observation', '1,234 practitioners')
    """
    if not is_number(count):
        return say("an unknown number of {things}", things=form_of(2, noun.removesuffix("s"), noun))
    return wording.count_of(int(count), noun.removesuffix("s"), noun)


def observations_of(n_observations: Any, n_practitioners: Any) -> str:
    """Write what stands behind a figure: ``34 observations of 9 practitioners``."""
    return say(
        "{observations} of {practitioners}",
        observations=counted(n_observations, "observations"),
        practitioners=counted(n_practitioners, "practitioners"),
    )


def part_of(part: Any, whole: Any) -> str:
    """Write how many of how many: ``3 of 9``."""
    return say(PART_OF, part=number(part), whole=number(whole))


def pattern_of(text: str, **parts: str) -> str:
    r"""Pattern that finds a said text again, with a pattern in the place of each of its names.

    >>> pattern_of("{low} to {high}", low="[0-9]+", high="[0-9]+")
    '[0-9]+\\ to\\ [0-9]+'
    """
    pattern = re.escape(text)
    for name, part in parts.items():
        pattern = pattern.replace(re.escape(f"{{{name}}}"), part)
    return pattern


def sentence(text: str) -> str:
    """Write words as a sentence, beginning with a capital and ending with a full stop."""
    words = text.strip()
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?" else ".")


def typeset(text: str) -> str:
    """Put a true minus sign before negative numbers of a sentence; dates and names stay.

    >>> typeset("It is -0.6 (-1.1 to -0.1) since 2026-01-05.")
    'It is −0.6 (−1.1 to −0.1) since 2026-01-05.'
    """
    return re.sub(r"(?<![\w.-])-(?=\d)", MINUS, text)


def clean(text: str) -> str:
    """Drop characters that can't be seen or that turn the direction of writing.

    Line ends and tabs become spaces. Letters of every script stay as they are.
    """
    if text.isprintable():
        return text
    return visible(re.sub(r"[\t\n\r\v\f\x85\u2028\u2029]+", " ", text))


def short(text: str, most: int = 40) -> str:
    """Make a name fit: cleaned, and cut with an ellipsis when longer than ``most``."""
    words = clean(text).strip()
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def in_order_of_names(names: pd.Series) -> pd.Series:
    """Sort key by which ``Site 2`` comes before ``Site 10``, whatever the case of letters."""
    return names.map(
        lambda name: re.sub(r"\d+", lambda digits: digits[0].zfill(12), str(name).casefold())
    )
