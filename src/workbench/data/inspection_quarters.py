"""Quarters written as text in an export, such as 2026Q3, Q3 2026 or FY26 Q1.

A label is not a day, and does not tell the month in which its year starts. So the day on which each
quarter starts is offered for every usual year, and a person says which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from workbench.data.inspection_words import words
from workbench.quarters import Quarter

SMALLEST_SHARE = 0.9
YEARS = range(1990, 2051)
USUAL_STARTS = (7, 10, 4, 1)
"""Months in which fiscal years usually start."""
_QUARTER = r"(?:quarter|quartal|trimestre|q|t) (?P<quarter>[1-4])"
# A year of two digits counts only after FY: T1-12 and Q1_12 are codes of people and items.
_YEAR = r"(?:(?P<fiscal>fy )(?P<short>\d\d)|(?P<called>fy )?(?P<year>\d{4})(?P<ends> \d\d)?)"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"{_YEAR} {_QUARTER}",
        rf"{_QUARTER} {_YEAR}",
        rf"(?P<quarter>[1-4]) (?:quarter|quartal|trimestre|q|t) {_YEAR}",
    )
)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")  # fmt: skip


@dataclass(frozen=True)
class QuarterLabels:
    """Quarters that a column holds.

    Attributes
    ----------
    of_text
        Each text to its year and quarter.
    of_fiscal_year
        Whether the texts say that the year is a fiscal one.
    study_starts
        Month in which the study's own fiscal year starts.
    """

    of_text: dict[str, tuple[int, int]]
    of_fiscal_year: bool
    study_starts: int = 1

    @property
    def said(self) -> str:
        """What the column holds, in words."""
        ordered = sorted(self.of_text, key=lambda text: self.of_text[text])
        many = f" to '{ordered[-1]}'" if len(ordered) > 1 else ""
        return f"quarters, '{ordered[0]}'{many}"

    def starts(self, month: int) -> dict[str, str]:
        """First day of each quarter, if its year starts in a month."""
        ordered = sorted(self.of_text.items(), key=lambda each: each[1])
        return {text: Quarter(*named, month).first_day.isoformat() for text, named in ordered}

    @property
    def months(self) -> tuple[int, ...]:
        """Months in which the year may start, the likeliest first."""
        own = (self.study_starts,) if self.study_starts > 1 else ()
        if self.of_fiscal_year:
            return own or USUAL_STARTS
        return (1, *own)


def find_quarters(counts: pd.Series, study_starts: int = 1) -> QuarterLabels | None:
    """Quarters in a column, or None if fewer than 90% of its cells are some.

    Parameters
    ----------
    counts
        Cells by their text.
    study_starts
        Month in which the study's own fiscal year starts.

    Examples
    --------
    >>> find_quarters(pd.Series({"FY26 Q1": 3})).of_text
    {'FY26 Q1': (2026, 1)}
    """
    of_text: dict[str, tuple[int, int]] = {}
    fiscal = False
    for text in map(str, counts.index):
        found = next((match for shape in _SHAPES if (match := shape.fullmatch(words(text)))), None)
        if found is None:
            continue
        year = int(found["year"] or 2000 + int(found["short"]))
        if found["ends"]:
            # 2025/26 is the year that ends in 2026.
            if (year + 1) % 100 != int(found["ends"]):
                continue
            year += 1
        if year in YEARS:
            of_text[text] = year, int(found["quarter"])
            fiscal = fiscal or bool(found["fiscal"] or found["called"] or found["ends"])
    share = counts[list(of_text)].sum() / max(counts.sum(), 1)
    if not of_text or share < SMALLEST_SHARE:
        return None
    return QuarterLabels(of_text, fiscal, study_starts)


def named_months(months: tuple[int, ...]) -> str:
    """Months by name, in the order given.

    >>> named_months((7, 1))
    'July, January'
    """
    return ", ".join(_MONTHS[month - 1] for month in months)
