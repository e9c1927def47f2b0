"""The different texts of a column and how often each stands: what questions about it rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.extract import Extract
from workbench.errors import Problem

FEWEST = 3
"""Cells from which on a column's way of writing is asked about."""
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_MOST_ROWS = 50


@dataclass(frozen=True)
class ValueCounts:
    """Different texts of one column.

    Attributes
    ----------
    extract, column
        Where they stand.
    texts
        Each different text once.
    times
        How often each stands, by the index of ``texts``.
    """

    extract: Extract
    column: str
    texts: pd.Series
    times: np.ndarray

    @classmethod
    def of(cls, extract: Extract, column: str) -> ValueCounts:
        """Count the filled cells of a column."""
        codes, different = pd.factorize(extract.frame[column])
        times = np.bincount(codes[codes >= 0], minlength=len(different))
        return cls(extract, column, pd.Series(different, dtype="str"), times)

    @property
    def filled(self) -> int:
        """Number of filled cells."""
        return int(self.times.sum())

    def of_shape(self, shape: str) -> pd.Series:
        """Texts that fit a regular expression as a whole."""
        return self.texts[self.texts.str.fullmatch(shape).to_numpy(dtype=bool)]

    def numbers(self) -> pd.Series:
        """Numbers among the texts."""
        return self.of_shape(_NUMBER).astype("float64")

    def cells(self, some: pd.Series) -> int:
        """Cells in which some of the texts stand."""
        return int(self.times[some.index].sum())

    def most(self, some: pd.Series) -> bool:
        """Whether some of the texts fill more than half of the cells, and not only one or two."""
        cells = self.cells(some)
        return cells >= FEWEST and 2 * cells > self.filled

    def rows(self, some: pd.Series) -> tuple[int, ...]:
        """Rows in which some of the texts stand; the first ones of many."""
        text = self.extract.frame[self.column]
        among = text.isin(list(self.texts[some.index]))
        return tuple(int(row) for row in text.index[among][:_MOST_ROWS])

    def question(self, reason: str, some: pd.Series, what: str, lines: str) -> Problem:
        """Ask about a column; ``lines`` are what may be written in the source file."""
        return self._problem(
            reason, some, what, f"Write {lines} at '{self.column}:' {self.extract.place_to_write}."
        )

    def refusal(self, reason: str, some: pd.Series, what: str, remedy: str, lines: str) -> Problem:
        """Refuse a column that is written in two ways."""
        place = self.extract.place_to_write
        return self._problem(
            reason, some, what, f"{remedy}; or, if one way holds for all, write {lines} {place}."
        )

    def _problem(self, reason: str, some: pd.Series, what: str, action: str) -> Problem:
        return Problem(
            reason,
            self.extract.table,
            f"{self.cells(some):,} of {self.filled:,} cells {what}.",
            action,
            self.extract.source,
            self.column,
            self.rows(some)[:3],
        )
