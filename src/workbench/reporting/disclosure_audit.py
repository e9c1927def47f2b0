"""The attacker: what an outsider can work out of the hidden counts of a set of tables.

The attacker knows every count that is printed, every sum, that counts are whole numbers, and why
each hidden one is hidden. For each hidden count the smallest and the largest value are found that
fit all of this. Where they are one, the count is as good as printed; where they lie close together,
nearly so.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.reporting.disclosure_sums import (
    LARGEST,
    SENSITIVE,
    SHOWN,
    Equations,
    SumOfCells,
    equations,
)

NARROWEST = 5
"""Counts that must lie between the smallest and the largest value that fit."""
MOST_SWEEPS = 60


def work_out(
    counts: pd.Series,
    why: pd.Series,
    sums: Sequence[SumOfCells],
    fewest: int,
    *,
    only_sensitive: bool = False,
    but: Collection[Hashable] = (),
) -> pd.DataFrame:
    """Smallest and largest value of each hidden count that fit all that is printed.

    Parameters
    ----------
    counts
        Count of each cell by its name; those of hidden cells are not looked at and may be missing.
    why
        Empty where the count is printed, or why it is hidden (see ``disclosure_sums``).
    sums
        What adds up to what. A sum with a cell that ``counts`` lacks is an error.
    fewest
        k: a count of 1 to k - 1 is hidden.
    only_sensitive
        Leave out the cells that are hidden for others' sake.
    but
        Cells to leave out, since two sets of counts that fit are known in which they differ enough.

    Returns
    -------
    pandas.DataFrame
        By the names of hidden cells: ``why, low, high, width``. High is infinite where nothing
        bounds the count; all three are missing where no counts fit what is printed.

    Examples
    --------
    >>> counts = pd.Series({"all": 60, "A": 4, "B": 20, "C": 36})
    >>> why = pd.Series({"all": "", "A": "few people", "B": "", "C": ""})
    >>> work_out(counts, why, [SumOfCells("all", ("A", "B", "C"))], 11)[["low", "high"]].values
    array([[4., 4.]])
    """
    hidden = (why != SHOWN).to_numpy()
    wanted = why.isin(SENSITIVE).to_numpy() if only_sensitive else hidden
    wanted = wanted & ~why.index.isin(list(but))
    if not wanted.any():
        return pd.DataFrame({"why": why[wanted], "low": 0.0, "high": 0.0, "width": 0.0})
    low, high = _extremes(equations(counts, why, sums, fewest), wanted)
    high = np.where(high >= LARGEST / 2, np.inf, high)
    table = pd.DataFrame(
        {"why": why, "low": low, "high": high, "width": high - low}, index=counts.index
    )
    return table[wanted]


def told(worked_out: pd.DataFrame, fewest: int, narrowest: int = NARROWEST) -> pd.DataFrame:
    """Hidden counts about few people to which an outsider comes too near.

    Parameters
    ----------
    worked_out
        From :func:`work_out`.
    fewest
        k. Where it is small, the bounds that hiding tells, 1 to k - 1, may be all there is.
    narrowest
        Least width asked for.
    """
    about_few = worked_out["why"].isin(SENSITIVE)
    # What has no width, since nothing was found that fits, is not known to be safe.
    return worked_out[about_few & ~(worked_out["width"] >= min(narrowest, fewest - 2))]


def narrow_bounds(
    counts: pd.Series, why: pd.Series, sums: Sequence[SumOfCells], fewest: int
) -> pd.Series | None:
    """Width of each count by narrowing bounds alone; None where that isn't exact."""
    settled = settle(equations(counts, why, sums, fewest))
    if settled is None or not settled[1]:
        return None
    rest = settled[0].of_open()
    if not all(rest.take(cells).is_tree() for cells in rest.groups()):
        return None
    return pd.Series(settled[0].high - settled[0].low, index=counts.index)


def settle(written: Equations) -> tuple[Equations, bool] | None:
    """Narrow bounds by one sum at a time until nothing moves; None where they contradict.

    This is exact where no two cells are tied in two ways, and always holds.

    Returns
    -------
    tuple or None
        Equations within the bounds found, and whether nothing moved at the end.
    """
    low, high = written.low.copy(), written.high.copy()
    edges = zip(written.matrix.indptr[:-1], written.matrix.indptr[1:], strict=True)
    lines = [(written.matrix.indices[a:b], written.matrix.data[a:b]) for a, b in edges]
    for _ in range(MOST_SWEEPS):
        before = low.copy(), high.copy()
        for (cells, signs), right in zip(lines, written.right, strict=True):
            _narrow(cells, signs, right, low, high)
        if (low > high).any():
            return None
        if (low == before[0]).all() and (high == before[1]).all():
            return replace(written, low=low, high=high), True
    return replace(written, low=low, high=high), False


def _narrow(
    cells: np.ndarray, signs: np.ndarray, right: float, low: np.ndarray, high: np.ndarray
) -> None:
    """Bound each cell of a sum by what the bounds of the others leave to it."""
    is_part = signs > 0
    least = np.where(is_part, low[cells], -high[cells])
    most = np.where(is_part, high[cells], -low[cells])
    least, most = (
        np.maximum(least, right - most.sum() + most),
        np.minimum(most, right - least.sum() + least),
    )
    low[cells] = np.where(is_part, least, -most)
    high[cells] = np.where(is_part, most, -least)


def _extremes(written: Equations, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of every cell, exact for those wanted; all missing where nothing fits."""
    nothing = np.full(len(written.low), np.nan)
    settled = settle(written)
    if settled is None:
        return nothing, nothing
    bounded, at_rest = settled
    low, high = bounded.low.copy(), bounded.high.copy()
    rest = bounded.of_open()
    for cells in rest.groups():
        own = rest.take(cells)
        if at_rest and own.is_tree():
            continue
        found = _by_programs(own, wanted[cells])
        if found is None:
            return nothing, nothing
        low[cells], high[cells] = found
    return low, high


def _by_programs(own: Equations, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Smallest and largest value of each cell, by a linear program for each that is in doubt.

    Each solution is a whole set of counts that fits, so it settles other cells too.
    """
    low, high = own.low.copy(), own.high.copy()
    least, most = np.full(len(low), np.inf), np.full(len(low), -np.inf)
    weights = np.zeros(len(low))
    for cell in np.flatnonzero(wanted):
        for sign in (1.0, -1.0):
            if (least[cell] <= low[cell]) if sign > 0 else (most[cell] >= high[cell]):
                continue
            weights[:] = 0.0
            weights[cell] = sign
            counts = own.least(weights)
            if counts is None:
                return None
            least, most = np.minimum(least, counts), np.maximum(most, counts)
            if sign > 0:
                low[cell] = counts[cell]
            else:
                high[cell] = counts[cell]
    return low, high
