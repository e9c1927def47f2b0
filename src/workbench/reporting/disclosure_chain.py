"""Cells of several releases as one set of equations: which counts are one, and what adds up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench.quarters import Quarter
from workbench.reporting.disclosure_protect import few_people
from workbench.reporting.disclosure_sums import (
    FEW,
    NEVER,
    PROTECTS,
    SENSITIVE,
    SHOWN,
    SumOfCells,
    bounds,
)

KEYS = ("table", "row", "column", "quarter", "span")
"""What tells a cell apart; see ``disclosure_releases``."""
ALL = ""
Key = tuple[Any, ...]
Ties = tuple[tuple[str, tuple[str, ...]], ...]
"""Columns of one row that add up: each total and its parts."""


@dataclass
class Chain:
    """Counts of releases, each under a number: the same number while it is the same count.

    Attributes
    ----------
    fewest
        k: a count of 1 to k - 1 is hidden.
    apart
        Quarters that were revised: a count of them that was hidden isn't the one of a later
        release.
    latest
        Number of the count of each cell, as the last release added has it.
    count, why, key
        Of each number: its count (missing where it was hidden and isn't known now), why it is
        hidden, and its cell.
    sums
        What adds up to what, of all releases.
    fixed
        Numbers that nothing can be done about in the last release.
    ties
        By the name of a table, columns of a row that add up. A table's name ends before its first
        colon.
    of_count
        Number of each count that a cell has had.
    """

    fewest: int
    apart: frozenset[str] = frozenset()
    latest: dict[Key, int] = field(default_factory=dict)
    count: list[float] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    key: list[Key] = field(default_factory=list)
    sums: dict[SumOfCells, None] = field(default_factory=dict)
    fixed: set[int] = field(default_factory=set)
    ties: Mapping[str, Ties] = field(default_factory=dict)
    of_count: dict[tuple[Key, float], int] = field(default_factory=dict)

    def counts(self) -> pd.Series:
        """Count by number."""
        return pd.Series(self.count, dtype="float64")

    def reasons(self) -> pd.Series:
        """Why each count is hidden, by number; empty where it was or may be printed."""
        return pd.Series(self.why, dtype="object")

    def add(self, frame: pd.DataFrame, counted: pd.DataFrame | None = None) -> None:
        """Add an earlier release, with all its counts where they were kept."""
        true = {} if counted is None else {key: count for key, count, _ in _rows(counted)}
        for key, printed, why in _rows(frame):
            count = true.get(key, printed)
            number = self._same_count(key, count) if true else self._same(key, printed, why)
            if number is None:
                self._new(key, count, why)
            elif why == SHOWN:
                self.count[number], self.why[number] = printed, SHOWN
        self._add_sums(keys_of(frame))
        self.fixed = set(range(len(self.count)))

    def add_last(self, frame: pd.DataFrame, is_kept: bool) -> None:
        """Add the release that is to be made; every count of it is given.

        Parameters
        ----------
        frame
            Frame of its cells.
        is_kept
            All counts of earlier releases were kept, so that it is known which were revised.
        """
        few = few_people(frame["count"], self.fewest)
        reasons = frame["why"].mask((few == FEW) & frame["why"].isin([SHOWN, NEVER]), FEW)
        for key, count, why in _rows(frame.assign(why=reasons)):
            same = self._same_count(key, count) if is_kept else self._same_as_before(key, count)
            if same is None:
                self._add_new(key, count, why, is_kept)
            elif self.why[same] != SHOWN:
                self.count[same] = count
                self.why[same] = why if why in SENSITIVE else self.why[same]
                self.fixed.discard(same)
        self._add_sums(keys_of(frame))

    def _add_new(self, key: Key, count: float, why: str, is_kept: bool) -> None:
        """Give a new count its number; one of a revised quarter that was hidden stays hidden."""
        before = self.latest.get(key)
        was_hidden = before is not None and self.why[before] not in (SHOWN, NEVER)
        stays = was_hidden and not is_kept and why == SHOWN and count >= self.fewest
        self._new(key, count, PROTECTS if stays else why)
        if stays:
            self.fixed.add(self.latest[key])

    def _same_count(self, key: Key, count: float) -> int | None:
        """Find the number of a cell in any release before, if its count was this one."""
        number = self.of_count.get((key, count))
        if number is not None:
            self.latest[key] = number
        return number

    def _same(self, key: Key, count: float, why: str) -> int | None:
        """Find the number of a cell in the releases before, if it can be the count here."""
        number = self.latest.get(key)
        if number is None:
            return None
        before, why_before = self.count[number], self.why[number]
        if why == SHOWN:
            return self._same_as_before(key, count)
        if why_before == SHOWN:
            low, high = bounds(np.array([why], dtype=object), self.fewest)
            fits = key[3] not in self.apart and low[0] <= before <= high[0]
        else:
            fits = key[3] not in self.apart and why == why_before
        return number if fits else None

    def _same_as_before(self, key: Key, count: float) -> int | None:
        """Find the number of a cell in the releases before, if it can have been this count."""
        number = self.latest.get(key)
        if number is None:
            return None
        if self.why[number] == SHOWN:
            return number if self.count[number] == count else None
        low, high = bounds(np.array([self.why[number]], dtype=object), self.fewest)
        fits = key[3] not in self.apart and low[0] <= count <= high[0]
        return number if fits else None

    def _new(self, key: Key, count: float, why: str) -> None:
        self.latest[key] = len(self.count)
        self.of_count[(key, count)] = len(self.count)
        self.count.append(count)
        self.why.append(why)
        self.key.append(key)

    def _add_sums(self, keys: list[Key]) -> None:
        by_row, by_column = defaultdict(list), defaultdict(list)
        for key in keys:
            table, row, column, *time = key
            by_row[(table, row, *time)].append(key)
            by_column[(table, column, *time)].append(key)
        told = [
            *_totals(by_row, 2),
            *_totals(by_column, 1),
            *self._over_time(keys),
            *self._tied(by_row),
        ]
        for total, parts in told:
            names = tuple(self.latest[part] for part in parts)
            self.sums[SumOfCells(self.latest[total], names)] = None

    def _tied(self, by_row: dict[Key, list[Key]]) -> Iterator[tuple[Key, list[Key]]]:
        """Totals and parts among the columns of each row, as the ties of its table say."""
        for (table, row, *time), keys in by_row.items():
            for total, parts in self.ties.get(table.split(":")[0], ()):
                of_row = [(table, row, column, *time) for column in (total, *parts)]
                if set(of_row) <= set(keys):
                    yield of_row[0], of_row[1:]

    def _over_time(self, keys: list[Key]) -> Iterator[tuple[Key, list[Key]]]:
        """Totals over several quarters and the quarters; those never printed are one unknown."""
        for *cell, quarter, span in keys:
            if span == 1:
                continue
            last = Quarter.from_label(quarter)
            ours = [(*cell, str(last.plus(-back)), 1) for back in range(span)]
            printed = [key for key in ours if key in self.latest]
            if len(printed) < span:
                rest = (*cell, quarter, f"rest of {span}")
                self._new(rest, np.nan, NEVER)
                self.fixed.add(self.latest[rest])
                printed.append(rest)
            yield (*cell, quarter, span), printed


def keys_of(frame: pd.DataFrame) -> list[Key]:
    """Keys of the rows of a frame of released cells."""
    return list(frame[list(KEYS)].itertuples(index=False, name=None))


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Key, float, str]]:
    counts = frame["count"].astype("float64")
    return zip(keys_of(frame), counts, frame["why"], strict=True)


def _totals(groups: dict[Key, list[Key]], place: int) -> Iterator[tuple[Key, list[Key]]]:
    """Total and parts of each group of cells that has both."""
    for keys in groups.values():
        totals = [key for key in keys if key[place] == ALL]
        parts = [key for key in keys if key[place] != ALL]
        if totals and parts:
            yield totals[0], parts
