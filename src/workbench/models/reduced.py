"""From sufficient statistics to the arrays that the profiled criterion works on.

Three things happen here, once, before the search begins.

* The fixed-effects columns are replaced by an orthonormal basis of their span, X = Q R, and the
  response by its residual from ordinary least squares. No result changes and the digits are kept.
* Each cell's sums are cut down to C = Z'[V | y | raters] and A = Z'Z, where Z are the cell's own
  random-effect columns, V the basis (and any outer random-effect column outside its span), and
  "raters" one column for each crossed level seen in the cell's outer level.
* Outer levels with like numbers of cells are laid side by side in a `Batch`, padded with empty
  cells, which add nothing; so that one array operation serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.models.basis import basis_with, columns_of, orthonormal_basis, root_of
from workbench.models.design import refuse_repeated_columns
from workbench.models.sufficient_statistics import SufficientStatistics

NUMBERS_AT_ONCE = 120_000  # in a batch's largest array, so that it stays in the processor's cache
LEAST_FILLED = 0.7  # of a batch's cells and slots, in its emptiest outer level
SPARE_SLOTS = 2  # that may stay empty besides


@dataclass(frozen=True, eq=False)
class Batch:
    """Outer levels with like numbers of cells, side by side.

    With S outer levels, P cells, q inner effects, v basis columns and r slots for crossed levels,
    and m = v + 1 + r local columns ``[V | y | raters]``:

    Attributes
    ----------
    C
        Z'[V | y | raters] of each cell, shape (S, P, q, m).
    A
        Z'Z of each cell, shape (S, P, q, q).
    G
        Products of the local columns in each outer level, shape (S, m, m).
    cell
        Cell number, or -1 for padding, shape (S, P).
    outer
        Outer level number, shape (S,).
    crossed
        Crossed level number of each slot, shape (S, r); the number of levels where it is empty.
    """

    C: np.ndarray
    A: np.ndarray
    G: np.ndarray
    cell: np.ndarray
    outer: np.ndarray
    crossed: np.ndarray


@dataclass(frozen=True, eq=False)
class ReducedProblem:
    """Everything the profiled criterion needs.

    Attributes
    ----------
    batches
        The outer levels.
    H
        Outer random-effect columns in terms of V, shape (v, q_outer).
    n_fixed, n_obs, n_inner, n_outer, n_crossed
        Counts; ``n_crossed`` is zero without a crossed group.
    total
        Residual sum of squares of ordinary least squares.
    R
        Upper triangle that leads from the basis to X, shape (p, p).
    beta_ols
        Ordinary least squares, shape (p,).
    log_weights
        Sum of the logarithms of the weights.
    """

    batches: tuple[Batch, ...]
    H: np.ndarray
    n_fixed: int
    n_obs: int
    n_inner: int
    n_outer: int
    n_crossed: int
    inner_width: int
    total: float
    R: np.ndarray
    beta_ols: np.ndarray
    log_weights: float

    @property
    def log_det_basis(self) -> float:
        """Logarithm of |det R|."""
        return float(np.log(np.abs(np.diag(self.R))).sum())

    @property
    def n_basis(self) -> int:
        """Columns of V."""
        return len(self.H)


def reduce_statistics(statistics: SufficientStatistics) -> ReducedProblem:
    """Prepare sufficient statistics for the profiled criterion.

    Raises
    ------
    ModelRefused
        When a fixed term is a combination of the others.
    """
    s = statistics
    basis = orthonormal_basis(s)
    inner, outer = (_level_columns(s, group) for group in (s.roles.inner, s.roles.outer))
    V, H = basis_with(outer, basis.columns, s.products.sum(axis=0))
    local = np.column_stack([V, basis.residual])
    return ReducedProblem(
        batches=tuple(_batches(s, inner, local)),
        H=H,
        n_fixed=len(basis.R),
        n_obs=s.n_obs,
        n_inner=len(s.levels[s.roles.inner]),
        n_outer=len(s.levels[s.roles.outer]) if s.roles.outer else 0,
        n_crossed=len(s.levels[s.roles.crossed]) if s.roles.crossed else 0,
        inner_width=inner.shape[1],
        total=basis.total,
        R=basis.R,
        beta_ols=basis.beta_ols,
        log_weights=s.log_weights,
    )


def _level_columns(s: SufficientStatistics, group: str) -> np.ndarray:
    """Weights of the summed columns that give a group's columns as the engine has them."""
    parts = [
        columns_of(s, block.names) @ back
        for block, back in zip(s.columns.blocks, engine_scales(s), strict=True)
        if block.term.group == group
    ]
    return np.hstack(parts) if parts else np.zeros((len(s.names), 0))


def engine_scales(s: SufficientStatistics) -> tuple[np.ndarray, ...]:
    """For each random term the matrix that makes its columns orthonormal over the rows.

    Uncorrelated effects are only rescaled. Intercepts stay as they are.

    Raises
    ------
    ModelRefused
        When a column of a term is a combination of its others.
    """
    total = s.products.sum(axis=0)
    root = root_of(total) / np.sqrt(total[0, 0])
    answer = []
    for block in s.columns.blocks:
        columns = root @ columns_of(s, block.names)
        refuse_repeated_columns(columns, block.names)
        if block.term.correlated:
            R = np.asarray(np.linalg.qr(columns, "r"))
            answer.append(np.linalg.inv(R * np.sign(np.diag(R))[:, None]))
        else:
            answer.append(np.diag(1 / np.linalg.norm(columns, axis=0)))
    return tuple(answer)


def _batches(s: SufficientStatistics, inner: np.ndarray, local: np.ndarray) -> list[Batch]:
    """Lay the outer levels out in batches of like size."""
    if not s.roles.outer:
        s = replace(s, cell_outer=_own_homes(s, inner.shape[1] * local.shape[1]))
    C = inner.T @ s.products @ local
    A = inner.T @ s.products @ inner
    n_outer = int(s.cell_outer.max()) + 1
    order = np.argsort(s.cell_outer, kind="stable")
    counts = np.bincount(s.cell_outer, minlength=n_outer)
    starts = np.cumsum(counts) - counts
    G = np.add.reduceat(s.products[order], starts, axis=0)
    G = local.T @ G @ local
    slots = _Slots.of(s, n_outer)
    batches = []
    size = inner.shape[1] * (local.shape[1] + int(slots.count.max()))
    for members in _alike(counts, slots.count, NUMBERS_AT_ONCE // size):
        most = counts[members].max()
        place = starts[members][:, None] + np.arange(most)
        there = np.arange(most) < counts[members][:, None]
        cells = np.where(there, order[np.minimum(place, len(order) - 1)], -1)
        batches.append(_batch(s, slots, members, cells, (C, A, G[members]), inner, local))
    return batches


def _own_homes(s: SufficientStatistics, size: int) -> np.ndarray:
    """Stand-ins for outer levels where there are none; any partition of the cells will do.

    With a crossed group each cell stands alone, so that it needs slots for its own crossed levels
    only; else cells go together as far as the cache allows.
    """
    together = 1 if s.roles.crossed else max(NUMBERS_AT_ONCE // size, 1)
    return np.arange(len(s.cell_inner)) // together


def _alike(counts: np.ndarray, slots: np.ndarray, most_cells: int) -> list[np.ndarray]:
    """Outer levels in groups with like numbers of cells and slots, none too large."""
    order = np.lexsort((-slots, -counts))
    groups, begin = [], 0
    for position in range(1, len(order) + 1):
        if position < len(order):
            here, first = order[position], order[begin]
            fits = (position - begin + 1) * counts[first] <= most_cells
            filled = counts[here] >= LEAST_FILLED * counts[first]
            filled &= slots[here] >= LEAST_FILLED * slots[first] - SPARE_SLOTS
            if fits and filled:
                continue
        groups.append(np.sort(order[begin:position]))
        begin = position
    return groups


@dataclass(frozen=True, eq=False)
class _Slots:
    """The crossed levels seen in each outer level, and the slot of each pair."""

    n_crossed: int
    first: np.ndarray
    count: np.ndarray
    crossed: np.ndarray
    of_pair: np.ndarray

    @staticmethod
    def of(s: SufficientStatistics, n_outer: int) -> _Slots:
        n_crossed = len(s.levels[s.roles.crossed]) if s.roles.crossed else 0
        key = s.cell_outer[s.pair_cell] * max(n_crossed, 1) + s.pair_crossed
        seen, number = np.unique(key, return_inverse=True)
        outer, crossed = np.divmod(seen, max(n_crossed, 1))
        count = np.bincount(outer, minlength=n_outer)
        first = np.cumsum(count) - count
        return _Slots(n_crossed, first, count, crossed, number - first[outer][number])


def _batch(
    s: SufficientStatistics,
    slots: _Slots,
    members: np.ndarray,
    cells: np.ndarray,
    sums: tuple[np.ndarray, np.ndarray, np.ndarray],
    inner: np.ndarray,
    local: np.ndarray,
) -> Batch:
    """Fill one batch."""
    C, A, G = sums
    (S, P), q, v1 = cells.shape, inner.shape[1], local.shape[1]
    r = int(slots.count[members].max())
    there = cells >= 0
    C_all = np.zeros((S, P, q, v1 + r))
    C_all[there, :, :v1] = C[cells[there]]
    A_all = np.zeros((S, P, q, q))
    A_all[there] = A[cells[there]]
    G_all = np.zeros((S, v1 + r, v1 + r))
    G_all[:, :v1, :v1] = G
    crossed = np.full((S, r), slots.n_crossed)
    if r:
        row_of = np.full(len(slots.count), -1)
        row_of[members] = np.arange(S)
        place = np.full((len(s.cell_inner), 2), -1)
        place[cells[there]] = np.argwhere(there)
        mine = row_of[s.cell_outer[s.pair_cell]] >= 0
        row, column = place[s.pair_cell[mine]].T
        slot, pair_sums = slots.of_pair[mine], s.pair_sums[mine]
        C_all[row, column, :, v1 + slot] = pair_sums @ inner
        by_slot = np.zeros((S, r, v1 + 1))
        np.add.at(by_slot, (row, slot), np.column_stack([pair_sums @ local, pair_sums[:, 0]]))
        G_all[:, :v1, v1:] = np.swapaxes(by_slot[:, :, :v1], 1, 2)
        diagonal = np.arange(v1, v1 + r)
        G_all[:, diagonal, diagonal] = by_slot[:, :, v1]
        G_all[:, v1:, :v1] = np.swapaxes(G_all[:, :v1, v1:], 1, 2)
        filled = np.arange(r) < slots.count[members][:, None]
        crossed[filled] = slots.crossed[(slots.first[members][:, None] + np.arange(r))[filled]]
    return Batch(C_all, A_all, G_all, cells, members, crossed)
