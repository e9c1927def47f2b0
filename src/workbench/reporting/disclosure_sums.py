"""Counts, of which some are hidden, and what adds up to what: the equations of a set of tables.

A count is either known (printed, now or before) or hidden. A hidden one is a whole number within
the bounds that its reason tells: few people is 1 to k - 1, a count that is hidden to protect
another is k or more, and of any other nothing is known but that it isn't below 0. Every sum is one
equation. Ways of printing the same people, by site, by quarter, as a rest or over a year, are so
many sums of the same counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

SHOWN = ""
FEW = "few people"
CLOSED = "few staff behind it"
PROTECTS = "protects another"
WITHHELD = "withheld"
NEVER = "never printed"
"""Why a count is hidden. *Withheld* is said of a count of few people where to say that it is few
would tell too much of another. The rest of a total is never printed, but can be worked out."""
SENSITIVE = (FEW, CLOSED, WITHHELD)
"""Reasons for which nobody may come near the count."""
LARGEST = 1e6
"""Stands for a count without an upper bound; far above any that is printed here."""
ROUNDING = 1e-5
"""A solution this near to whole numbers is whole."""
MOST_NODES = 50
"""Branches looked into for a whole solution, where the first one isn't whole; the best one found
fits, so that to stop early hides more and never less."""


@dataclass(frozen=True)
class SumOfCells:
    """A total and the cells that add up to it."""

    total: Hashable
    parts: tuple[Hashable, ...]


@dataclass(frozen=True)
class Equations:
    """What is known of hidden counts: ``matrix @ counts == right``, within bounds.

    Attributes
    ----------
    matrix
        Sparse, a row for each sum and a column for each cell: 1 for parts and -1 for the total.
    right
        What each sum comes to: 0 where every cell of it has its column.
    low, high
        Bounds of each count; both the count itself where it is known.
    """

    matrix: Any
    right: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def take(self, cells: np.ndarray) -> Equations:
        """Equations of cells that no sum ties to any other."""
        matrix = self.matrix[:, cells].tocsr()
        lines = np.flatnonzero(np.diff(matrix.indptr))
        return Equations(matrix[lines], self.right[lines], self.low[cells], self.high[cells])

    def of_open(self) -> Equations:
        """Equations in which only cells with room to move have a coefficient."""
        is_open = self.low < self.high
        matrix = self.matrix.copy()
        right = self.right - matrix @ np.where(is_open, 0.0, self.low)
        matrix.data = matrix.data * is_open[matrix.indices]
        matrix.eliminate_zeros()
        return replace(self, matrix=matrix, right=right)

    def groups(self) -> Iterator[np.ndarray]:
        """Cells that sums tie together, however far apart; those in no sum are left out."""
        from scipy.sparse.csgraph import connected_components

        touched = np.unique(self.matrix.indices)
        linked = abs(self.matrix)
        _, label = connected_components(linked.T @ linked, directed=False)
        order = touched[np.argsort(label[touched], kind="stable")]
        cuts = np.flatnonzero(np.diff(label[order])) + 1
        yield from (one for one in np.split(order, cuts) if len(one))

    def is_tree(self) -> bool:
        """Whether no two cells of one group are tied in two ways."""
        return self.matrix.nnz == sum(self.matrix.shape) - 1

    def least(self, weights: np.ndarray) -> np.ndarray | None:
        """Whole counts with the least weighted sum; None where no counts fit the equations."""
        return solve(weights, self)


def equations(
    counts: pd.Series, why: pd.Series, sums: Sequence[SumOfCells], fewest: int
) -> Equations:
    """Make the equations that an outsider can write down.

    Parameters
    ----------
    counts
        Count of each cell by its name. That of a hidden cell is not looked at.
    why
        Empty where the count is known, or why it is hidden; in the order of ``counts``.
    sums
        What adds up to what; cells that ``counts`` lacks must not be named.
    fewest
        k: a count of 1 to k - 1 is hidden.
    """
    reasons = why.to_numpy(dtype=object)
    low, high = bounds(reasons, fewest)
    known = reasons == SHOWN
    values = counts.to_numpy("float64")
    low, high = np.where(known, values, low), np.where(known, values, high)
    return Equations(matrix_of(counts.index, sums), np.zeros(len(sums)), low, high)


def bounds(why: np.ndarray, fewest: int) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of hidden counts that their reason tells."""
    is_few = why == FEW
    low = np.where(is_few, 1.0, np.where(why == PROTECTS, float(fewest), 0.0))
    return low, np.where(is_few, fewest - 1.0, LARGEST)


def matrix_of(cells: pd.Index, sums: Sequence[SumOfCells]) -> Any:
    """Sparse matrix of the sums: 1 for each part, -1 for the total."""
    from scipy.sparse import csr_array

    place = {cell: number for number, cell in enumerate(cells)}
    named = [(*one.parts, one.total) for one in sums]
    line = [number for number, row in enumerate(named) for _ in row]
    column = [place[cell] for row in named for cell in row]
    values = [sign for row in named for sign in (*[1.0] * (len(row) - 1), -1.0)]
    return csr_array((values, (line, column)), shape=(len(sums), len(cells)))


def solve(weights: np.ndarray, written: Equations) -> np.ndarray | None:
    """Whole numbers that fit the equations with the least ``weights @ x``.

    A linear program is solved first, by HiGHS; its corner is a whole one in nearly every table of
    rows and columns. Only where it isn't is the search made over whole numbers, which takes longer.

    Returns
    -------
    numpy.ndarray or None
        None where there are no such numbers.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    rules: dict[str, Any] = {"bounds": Bounds(written.low, written.high)}
    if len(written.right):
        rules["constraints"] = LinearConstraint(written.matrix, written.right, written.right)
    found = milp(weights, **rules)
    if found.x is not None and np.abs(found.x - found.x.round()).max(initial=0.0) > ROUNDING:
        options = {"node_limit": MOST_NODES}
        found = milp(weights, integrality=np.ones(len(weights)), options=options, **rules)
    return None if found.x is None else found.x.round()
