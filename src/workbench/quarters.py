"""Quarters by the study's fiscal year.

A fiscal year carries the calendar year in which it ends, as public agencies count it: with a
fiscal year that starts in July, July to September 2025 is ``2026Q1``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pandas as pd

from workbench.errors import SettingsError

DAYS_IN_A_QUARTER = 365.25 / 4
SECONDS_IN_A_DAY = 86_400


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a fiscal year.

    Attributes
    ----------
    year
        Fiscal year.
    number
        1 to 4.
    fiscal_year_starts
        Month, 1 to 12, in which the fiscal year starts.
    """

    year: int
    number: int
    fiscal_year_starts: int = 1

    @classmethod
    def from_label(cls, label: str, fiscal_year_starts: int = 1) -> Quarter:
        """Read a label such as ``2026Q3``.

        Raises
        ------
        SettingsError
            If the label is not four digits, Q, and a digit from 1 to 4.
        """
        match = re.fullmatch(r"(\d{4})Q([1-4])", label)
        if match is None:
            raise SettingsError(
                f"'{label}' is not a quarter. Write the year, Q and 1 to 4, as in 2026Q3."
            )
        return cls(int(match[1]), int(match[2]), fiscal_year_starts)

    @classmethod
    def containing(cls, date: dt.date, fiscal_year_starts: int = 1) -> Quarter:
        """Quarter in which a date falls.

        >>> str(Quarter.containing(dt.date(2025, 8, 31), fiscal_year_starts=7))
        '2026Q1'
        """
        months = date.year * 12 + (date.month - 1) - (fiscal_year_starts - 1)
        year = months // 12 + (1 if fiscal_year_starts > 1 else 0)
        return cls(year, months % 12 // 3 + 1, fiscal_year_starts)

    @property
    def first_day(self) -> dt.date:
        """First calendar day of the quarter."""
        year = self.year - (1 if self.fiscal_year_starts > 1 else 0)
        months = year * 12 + (self.fiscal_year_starts - 1) + (self.number - 1) * 3
        return dt.date(months // 12, months % 12 + 1, 1)

    @property
    def last_day(self) -> dt.date:
        """Last calendar day of the quarter."""
        return self.plus(1).first_day - dt.timedelta(days=1)

    def plus(self, count: int) -> Quarter:
        """Quarter that comes ``count`` quarters later (earlier if negative)."""
        position = self.year * 4 + (self.number - 1) + count
        return Quarter(position // 4, position % 4 + 1, self.fiscal_year_starts)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def quarter_labels(dates: pd.Series, fiscal_year_starts: int = 1) -> pd.Series:
    """Quarter label of each date; missing where the date is missing."""
    months = dates.dt.year * 12 + (dates.dt.month - 1) - (fiscal_year_starts - 1)
    years = months // 12 + (1 if fiscal_year_starts > 1 else 0)
    numbers = months % 12 // 3 + 1
    labels = years.astype("Int64").astype("string") + "Q" + numbers.astype("Int64").astype("string")
    return labels.astype("str").where(dates.notna(), None)


def quarters_between(start: dt.date | pd.Series, end: pd.Series) -> pd.Series:
    """Time from ``start`` to ``end`` in quarters of 91.3 days, as a float."""
    since = pd.Timestamp(start) if isinstance(start, dt.date) else start
    return (end - since).dt.total_seconds() / SECONDS_IN_A_DAY / DAYS_IN_A_QUARTER
