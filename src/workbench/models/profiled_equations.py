"""Estimates and their errors from the profiled engine, block by block.

Gives the same answers as `workbench.models.henderson`, which solves one large sparse system, at a
cost that grows with the number of groups asked about. The variance of a combination
``x'beta-hat + z'(u-hat - u)`` follows from the same three elimination steps as the criterion:
each step adds its own share and passes what is left on to the columns that remain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular

from workbench.models.level_map import LevelMap
from workbench.models.profiled import BatchParts, Evaluation
from workbench.models.profiled_gradient import responses
from workbench.models.reduced import Batch
from workbench.models.sufficient_statistics import SufficientStatistics

ANSWERS_AT_ONCE = 4096  # combinations in one pass; bounds the memory


@dataclass(frozen=True, eq=False)
class _Weights:
    """Weights of one level's effects: combination, group number and weights, one row a pair."""

    row: np.ndarray
    group: np.ndarray
    z: np.ndarray


class ProfiledEquations:
    """What a fit says, at one evaluation of the profiled criterion.

    Parameters
    ----------
    evaluation
        The criterion's ingredients.
    levels
        Where each random term sits.
    statistics
        The sufficient statistics, for the numbers of the cells' levels.
    """

    def __init__(
        self, evaluation: Evaluation, levels: LevelMap, statistics: SufficientStatistics
    ) -> None:
        self.evaluation, self.levels, self.statistics = evaluation, levels, statistics
        self.residual_sum = evaluation.residual_sum
        self.beta_ols = evaluation.problem.beta_ols
        self._starts = np.cumsum([0, *(block.size for block in levels.blocks)])

    def criterion(self, reml: bool, sigma: float | None = None) -> float:
        """-2 log likelihood, restricted or plain, at sigma or at the best sigma."""
        return self.evaluation.criterion(reml, sigma)

    def best_sigma(self, reml: bool) -> float:
        """Residual standard deviation that maximises the likelihood."""
        return self.evaluation.best_sigma(reml)

    @property
    def fixed_effects(self) -> np.ndarray:
        """Estimates of beta, shape (p,)."""
        return self.beta_ols + solve_triangular(self.evaluation.problem.R, self.evaluation.gamma)

    @property
    def fixed_covariance(self) -> np.ndarray:
        """Covariance of beta-hat over sigma squared, shape (p, p)."""
        R, chol = self.evaluation.problem.R, self.evaluation.chol
        root = solve_triangular(chol, solve_triangular(R.T, np.eye(len(R)), lower=True), lower=True)
        return root.T @ root

    @property
    def modes(self) -> np.ndarray:
        """Conditional modes of the random effects, shape (k,), in the design's order."""
        projection, parts = responses(self.evaluation, reml=True)
        f = self.evaluation.factors
        inner = self._by_inner([part.inner_u @ f.inner @ f.inner.T for part in parts])
        outer = None
        if len(f.outer):
            outer = self._by_outer([part.outer_u @ f.outer @ f.outer.T for part in parts])
            outer = outer @ self.levels.back_of("outer").T
        inner = inner @ self.levels.back_of("inner").T
        return self._in_design_order(inner, outer, projection.crossed_modes[:, None])

    def conditional_sds(self) -> np.ndarray:
        """Conditional sd of each effect given the factors and beta, over sigma, shape (k,)."""
        _, parts = responses(self.evaluation, reml=False)
        f, e = self.evaluation.factors, self.evaluation
        shares = []
        for part in parts:
            S, P, q, _ = part.inner_own.shape
            rest = part.inner_rest.reshape(S, P, q, -1)
            taken = (part.inner_rest @ part.omega).reshape(rest.shape) @ np.swapaxes(rest, 2, 3)
            shares.append(_left_over(f.inner, part.inner_own - taken, self.levels.back_of("inner")))
        inner = self._by_inner(shares)
        outer = None
        if len(f.outer):
            left = [
                _left_over(
                    f.outer,
                    part.outer_own
                    - part.outer_rest @ part.omega @ np.swapaxes(part.outer_rest, 1, 2),
                    self.levels.back_of("outer"),
                )
                for part in parts
            ]
            outer = self._by_outer(left)
        crossed = np.diag(e.J)[:, None]
        return np.sqrt(np.maximum(self._in_design_order(inner, outer, crossed), 0.0))

    def combination_variances(self, fixed: np.ndarray, random: sparse.csr_matrix) -> np.ndarray:
        """Variance of ``x'(beta-hat) + z'(u-hat - u)`` over sigma squared, shape (m,).

        Parameters
        ----------
        fixed
            Weights of the fixed effects, shape (m, p).
        random
            Weights of the random effects in the design's order, shape (m, k).
        """
        random = sparse.csr_matrix(random)
        answers = []
        for start in range(0, len(fixed), ANSWERS_AT_ONCE):
            here = slice(start, start + ANSWERS_AT_ONCE)
            answers.append(self._variances(fixed[here], random[here]))
        return np.concatenate(answers) if answers else np.zeros(0)

    def _variances(self, fixed: np.ndarray, random: sparse.csr_matrix) -> np.ndarray:
        e = self.evaluation
        m, p, R = len(fixed), e.problem.n_fixed, e.problem.n_crossed
        weights = {level: self._level_weights(random, level) for level in ("inner", "outer")}
        left = np.zeros((m, p + R + 1))  # weights passed on to the basis and crossed; last is waste
        left[:, :p] = solve_triangular(e.problem.R.T, fixed.T, lower=True).T
        left[:, p : p + R] = self._crossed_weights(random)
        answer = np.zeros(m)
        cell_of = np.full(e.problem.n_inner, -1)
        cell_of[self.statistics.cell_inner] = np.arange(len(self.statistics.cell_inner))
        for batch, part in zip(e.problem.batches, e.parts, strict=True):
            self._pass_on(batch, part, weights, cell_of, answer, left)
        rest = left[:, :p]
        if R:
            passed = left[:, p : p + R] @ e.J
            answer += (passed * left[:, p : p + R]).sum(axis=1)
            rest = rest - passed @ e.B_fixed
        half = solve_triangular(e.chol, rest.T, lower=True)
        return answer + (half**2).sum(axis=0)

    def _pass_on(
        self,
        batch: Batch,
        part: BatchParts,
        weights: dict[str, _Weights],
        cell_of: np.ndarray,
        answer: np.ndarray,
        left: np.ndarray,
    ) -> None:
        """Take steps 1 and 2 for one batch: its shares go to answer, the rest to left."""
        problem = self.evaluation.problem
        p, v, H = problem.n_fixed, problem.n_basis, problem.H
        inner, outer, S = weights["inner"], weights["outer"], len(batch.outer)
        at = _places(batch, len(cell_of))[cell_of[inner.group]]
        mine = at[:, 0] >= 0
        z, row, (outer_row, cell_row) = inner.z[mine], inner.row[mine], at[mine].T
        Mz = (part.M[outer_row, cell_row] @ z[:, :, None])[..., 0]
        np.add.at(answer, row, (z * Mz).sum(axis=1))
        passed_by_inner = -(Mz[:, None, :] @ batch.C[outer_row, cell_row])[:, 0]
        number_of = np.full(max(problem.n_outer, int(batch.outer.max()) + 1), -1)
        number_of[batch.outer] = np.arange(S)
        own = number_of[outer.group] >= 0
        rows = np.concatenate([row, outer.row[own]])
        members = np.concatenate([outer_row, number_of[outer.group[own]]])
        keys, number = np.unique(rows * S + members, return_inverse=True)
        if not len(keys):
            return
        rows, members = keys // S, keys % S
        passed = np.zeros((len(keys), batch.C.shape[-1]))
        np.add.at(passed, number[: len(row)], passed_by_inner)
        if problem.n_outer:
            z = passed[:, :v] @ H
            np.add.at(z, number[len(row) :], outer.z[own])
            Kz = (part.K[members] @ z[:, :, None])[..., 0]
            np.add.at(answer, rows, (z * Kz).sum(axis=1))
            passed -= (Kz[:, None, :] @ part.F_o[members])[:, 0]
        fixed = np.broadcast_to(np.arange(p), (len(rows), p))
        columns = np.concatenate([fixed, p + batch.crossed[members]], axis=1)
        local = np.concatenate([passed[:, :p], passed[:, v + 1 :]], axis=1)
        flat = rows[:, None] * left.shape[1] + columns
        left += np.bincount(flat.ravel(), local.ravel(), left.size).reshape(left.shape)

    def _level_weights(self, random: sparse.csr_matrix, level: str) -> _Weights:
        """Weights of one level's effects, gathered by combination and group."""
        rows, groups, effects, values = [], [], [], []
        width = 0
        entries = random.tocoo()
        for number, block in enumerate(self.levels.blocks):
            if self.levels.level_of[number] != level:
                continue
            offset = self.levels.offset_of[number]
            width = max(width, offset + block.width)
            start, end = self._starts[number], self._starts[number + 1]
            here = (entries.col >= start) & (entries.col < end)
            column = entries.col[here] - start
            rows.append(entries.row[here])
            groups.append(column // block.width)
            effects.append(column % block.width + offset)
            values.append(entries.data[here])
        if not rows:
            return _Weights(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 0)))
        row, group = np.concatenate(rows).astype(np.int64), np.concatenate(groups).astype(np.int64)
        n_groups = int(group.max()) + 1 if len(group) else 1
        keys, number = np.unique(row * n_groups + group, return_inverse=True)
        flat = number * width + np.concatenate(effects)
        z = np.bincount(flat, np.concatenate(values), len(keys) * width).reshape(-1, width)
        return _Weights(keys // n_groups, keys % n_groups, z @ self.levels.back_of(level))

    def _crossed_weights(self, random: sparse.csr_matrix) -> np.ndarray:
        for number, level in enumerate(self.levels.level_of):
            if level == "crossed":
                return random[:, self._starts[number] : self._starts[number + 1]].toarray()
        return np.zeros((random.shape[0], 0))

    def _by_inner(self, values: list[np.ndarray]) -> np.ndarray:
        """Values by batch and cell, as rows by inner level number."""
        answer = np.empty((self.evaluation.problem.n_inner, values[0].shape[-1]))
        for batch, value in zip(self.evaluation.problem.batches, values, strict=True):
            there = batch.cell >= 0
            answer[self.statistics.cell_inner[batch.cell[there]]] = value[there]
        return answer

    def _by_outer(self, values: list[np.ndarray]) -> np.ndarray:
        """Values by batch and outer level, as rows by outer level number."""
        answer = np.empty((self.evaluation.problem.n_outer, values[0].shape[-1]))
        for batch, value in zip(self.evaluation.problem.batches, values, strict=True):
            answer[batch.outer] = value
        return answer

    def _in_design_order(
        self, inner: np.ndarray, outer: np.ndarray | None, crossed: np.ndarray
    ) -> np.ndarray:
        by_level = {"inner": inner, "outer": outer, "crossed": crossed}
        parts = []
        for block, level, offset in zip(
            self.levels.blocks, self.levels.level_of, self.levels.offset_of, strict=True
        ):
            values = by_level[level]
            assert values is not None
            parts.append(values[:, offset : offset + block.width].ravel())
        return np.concatenate(parts)


def _left_over(T: np.ndarray, explained: np.ndarray, back: np.ndarray) -> np.ndarray:
    """Diagonal of D - D (Z'V^-1 Z) D with D = T T', in the formula's effects, shape (..., q)."""
    D = T @ T.T
    left = back @ (D - D @ explained @ D) @ back.T
    return np.diagonal(left, axis1=-2, axis2=-1)


def _places(batch: Batch, n_cells: int) -> np.ndarray:
    """Row and column of each cell in the batch, or -1, shape (n_cells, 2)."""
    place = np.full((n_cells, 2), -1)
    there = batch.cell >= 0
    place[batch.cell[there]] = np.argwhere(there)
    return place
