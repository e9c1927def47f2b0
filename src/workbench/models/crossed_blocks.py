"""Matrices over the crossed levels, kept as the blocks of levels that ever meet.

Two raters are coupled only if a chain of sites leads from one to the other. Where raters stay
within their sites each site's raters are a block of their own, and work that would grow with the
cube of all raters grows with the cubes of the blocks. Entries of all blocks lie in one flat array,
blocks of one size side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg.lapack import dpotri
from scipy.sparse.csgraph import connected_components

from workbench.errors import ModelRefused
from workbench.language import say

LARGEST_BLOCK = 6000  # crossed levels that all meet; a dense matrix is factorised at every step


@dataclass(frozen=True, eq=False)
class CrossedBlocks:
    """Which crossed levels meet, and where the entries of their blocks lie.

    Attributes
    ----------
    n_levels
        Number of crossed levels R.
    block, position, size, offset
        For each level, and for the empty slot R: number of its block, its place in it, the block's
        size, and where the block's entries begin; shape (R + 1,).
    groups
        For each size: the levels of its blocks, shape (K, c), and where their entries begin.
    length
        Entries of all blocks; one more serves empty slots.
    """

    n_levels: int
    block: np.ndarray
    position: np.ndarray
    size: np.ndarray
    offset: np.ndarray
    groups: tuple[tuple[np.ndarray, int], ...]
    length: int

    @staticmethod
    def of(outer: np.ndarray, crossed: np.ndarray, n_levels: int) -> CrossedBlocks:
        """Find the blocks from the pairs of an outer and a crossed level that occur.

        Raises
        ------
        ModelRefused
            When more than `LARGEST_BLOCK` levels meet.
        """
        n_outer = int(outer.max()) + 1 if len(outer) else 0
        links = sparse.coo_matrix(
            (np.ones(len(outer)), (outer, n_outer + crossed)), shape=(n_outer + n_levels,) * 2
        )
        _, label = connected_components(links, directed=False)
        _, number = np.unique(label[n_outer:], return_inverse=True)
        counts = np.bincount(number) if n_levels else np.zeros(0, dtype=int)
        if n_levels and counts.max() > LARGEST_BLOCK:
            raise ModelRefused(
                say(
                    "{count} crossed levels all meet one another, more than the {most} that can "
                    "be fitted together. Leave the crossed term out.",
                    count=counts.max(),
                    most=LARGEST_BLOCK,
                )
            )
        by_size = np.lexsort((np.arange(len(counts)), counts))
        rank = np.empty(len(counts), dtype=int)
        rank[by_size] = np.arange(len(counts))
        number = rank[number] if n_levels else number
        counts = counts[by_size]
        starts = np.cumsum(counts**2) - counts**2
        order = np.argsort(number, kind="stable")
        first = np.cumsum(counts) - counts
        position = np.zeros(n_levels + 1, dtype=int)
        position[order] = np.arange(n_levels) - first[number[order]]
        groups, length = [], int((counts**2).sum())
        for c in np.unique(counts):
            own = np.flatnonzero(counts == c)
            levels = order[first[own[0]] : first[own[-1]] + c].reshape(len(own), c)
            groups.append((levels, int(starts[own[0]])))
        block = np.append(number, -1)
        size = np.append(counts[number], 0)
        offset = np.append(starts[number], length)
        return CrossedBlocks(n_levels, block, position, size, offset, tuple(groups), length)

    def places(self, slots: np.ndarray) -> np.ndarray:
        """Where the entries of every pair of slots lie, shape (S, r, r) for slots (S, r)."""
        rows, columns = slots[:, :, None], slots[:, None, :]
        inside = self.offset[rows] + self.position[rows] * self.size[rows] + self.position[columns]
        empty = (rows == self.n_levels) | (self.block[rows] != self.block[columns])
        return np.where(empty, self.length, inside)

    def inverse_of_shifted(self, B: np.ndarray, factor: float) -> tuple[np.ndarray, float]:
        """Inverse of I + factor B, as entries, and log det(I + factor B)."""
        inverse, log_det = np.empty_like(B), 0.0
        for blocks, here in self._blocks(B):
            shifted = np.eye(blocks.shape[-1]) + factor * blocks
            chol = np.linalg.cholesky(shifted)
            log_det += 2 * float(np.log(np.diagonal(chol, axis1=1, axis2=2)).sum())
            if len(blocks) == 1:
                inverse[here] = _inverse_from_factor(chol[0]).ravel()
            else:
                inverse[here] = np.linalg.inv(shifted).ravel()
        return inverse, log_det

    def apply(self, entries: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Product of a block matrix with columns, shape (R, m) to (R, m)."""
        answer = np.empty(columns.shape)
        for (levels, _), (blocks, _) in zip(self.groups, self._blocks(entries), strict=True):
            answer[levels] = blocks @ columns[levels]
        return answer

    def diagonal(self, entries: np.ndarray) -> np.ndarray:
        """Diagonal of a block matrix, shape (R,)."""
        at = self.offset + self.position * (self.size + 1)
        return entries[at[:-1]]

    def _blocks(self, entries: np.ndarray) -> list[tuple[np.ndarray, slice]]:
        """Blocks of each size, shape (K, c, c), and their entries' place."""
        found = []
        for levels, start in self.groups:
            K, c = levels.shape
            here = slice(start, start + K * c * c)
            found.append((entries[here].reshape(K, c, c), here))
        return found


def _inverse_from_factor(chol: np.ndarray) -> np.ndarray:
    """Inverse of a symmetric matrix from its lower Cholesky factor."""
    lower, _ = dpotri(chol, lower=1)
    below = np.tril(lower, -1)
    return below + below.T + np.diag(np.diag(lower))
