"""Outer levels side by side in arrays, so that one operation serves many of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.models.crossed_blocks import CrossedBlocks
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
    places
        Where the entries of the slots' pairs lie in the blocks of the crossed levels, (S, r, r).
    """

    C: np.ndarray
    A: np.ndarray
    G: np.ndarray
    cell: np.ndarray
    outer: np.ndarray
    crossed: np.ndarray
    places: np.ndarray


def lay_out(
    s: SufficientStatistics, inner: np.ndarray, local: np.ndarray
) -> tuple[tuple[Batch, ...], CrossedBlocks]:
    """Lay the outer levels out in batches of like size, and find which crossed levels meet.

    Parameters
    ----------
    s
        The sums.
    inner, local
        Weights of the summed columns that give the inner random-effect columns, shape (w, q), and
        the basis and the response, shape (w, v + 1).
    """
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
    blocks = CrossedBlocks.of(s.cell_outer[s.pair_cell], s.pair_crossed, slots.n_crossed)
    batches = []
    size = inner.shape[1] * (local.shape[1] + int(slots.count.max()))
    for members in _alike(counts, slots.count, NUMBERS_AT_ONCE // size):
        most = counts[members].max()
        place = starts[members][:, None] + np.arange(most)
        there = np.arange(most) < counts[members][:, None]
        cells = np.where(there, order[np.minimum(place, len(order) - 1)], -1)
        batches.append(_batch(s, slots, blocks, cells, members, (C, A, G[members]), inner, local))
    return tuple(batches), blocks


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
    blocks: CrossedBlocks,
    cells: np.ndarray,
    members: np.ndarray,
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
    return Batch(C_all, A_all, G_all, cells, members, crossed, blocks.places(crossed))
