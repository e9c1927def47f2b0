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

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.models.basis import basis_with, columns_of, orthonormal_basis, root_of
from workbench.models.batches import Batch, lay_out
from workbench.models.crossed_blocks import CrossedBlocks
from workbench.models.design import refuse_repeated_columns
from workbench.models.sufficient_statistics import SufficientStatistics


@dataclass(frozen=True, eq=False)
class Homes:
    """Where levels lie in the batches.

    Attributes
    ----------
    inner
        For each inner level: batch, row and column, shape (n, 3).
    outer
        For each outer level: batch and row, shape (n, 2).
    """

    inner: np.ndarray
    outer: np.ndarray


@dataclass(frozen=True, eq=False)
class ReducedProblem:
    """Everything the profiled criterion needs.

    Attributes
    ----------
    batches
        The outer levels.
    crossed_blocks
        Which crossed levels meet.
    H
        Outer random-effect columns in terms of V, shape (v, q_outer).
    n_fixed, n_obs, n_inner, n_outer, n_crossed
        Counts; ``n_crossed`` is zero without a crossed group.
    inner_width, cell_inner
        Effects of an inner level, and the inner level of each cell.
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
    crossed_blocks: CrossedBlocks
    H: np.ndarray
    n_fixed: int
    n_obs: int
    n_inner: int
    n_outer: int
    n_crossed: int
    inner_width: int
    cell_inner: np.ndarray
    total: float
    R: np.ndarray
    beta_ols: np.ndarray
    log_weights: float

    @property
    def log_det_basis(self) -> float:
        """Logarithm of |det R|."""
        return float(np.log(np.abs(np.diag(self.R))).sum())

    @cached_property
    def homes(self) -> Homes:
        """Where each inner and outer level lies in the batches."""
        n_outer = 1 + max(int(batch.outer.max()) for batch in self.batches)
        homes = Homes(np.zeros((self.n_inner, 3), dtype=int), np.zeros((n_outer, 2), dtype=int))
        for number, batch in enumerate(self.batches):
            there = batch.cell >= 0
            inner = self.cell_inner[batch.cell[there]]
            homes.inner[inner, 0] = number
            homes.inner[inner, 1:] = np.argwhere(there)
            homes.outer[batch.outer, 0] = number
            homes.outer[batch.outer, 1] = np.arange(len(batch.outer))
        return homes

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
    batches, crossed_blocks = lay_out(s, inner, local)
    return ReducedProblem(
        batches=batches,
        crossed_blocks=crossed_blocks,
        H=H,
        n_fixed=len(basis.R),
        n_obs=s.n_obs,
        n_inner=len(s.levels[s.roles.inner]),
        n_outer=len(s.levels[s.roles.outer]) if s.roles.outer else 0,
        n_crossed=len(s.levels[s.roles.crossed]) if s.roles.crossed else 0,
        inner_width=inner.shape[1],
        cell_inner=s.cell_inner,
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
