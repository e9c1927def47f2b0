"""Estimates and their errors from the profiled engine, block by block.

Gives the same answers as `workbench.models.henderson`, which solves one large sparse system, at a
cost that grows with the number of groups asked about.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular

from workbench.models.level_map import LevelMap
from workbench.models.profiled import Evaluation
from workbench.models.profiled_combinations import combination_variances
from workbench.models.profiled_gradient import responses


class ProfiledEquations:
    """What a fit says, at one evaluation of the profiled criterion.

    Parameters
    ----------
    evaluation
        The criterion's ingredients.
    levels
        Where each random term sits.
    """

    def __init__(self, evaluation: Evaluation, levels: LevelMap) -> None:
        self.evaluation, self.levels = evaluation, levels
        self.residual_sum = evaluation.residual_sum
        self.beta_ols = evaluation.problem.beta_ols

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
        crossed = e.problem.crossed_blocks.diagonal(e.J)[:, None]
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
        return combination_variances(self.evaluation, self.levels, fixed, random)

    def _by_inner(self, values: list[np.ndarray]) -> np.ndarray:
        """Values by batch and cell, as rows by inner level number."""
        answer = np.empty((self.evaluation.problem.n_inner, values[0].shape[-1]))
        for batch, value in zip(self.evaluation.problem.batches, values, strict=True):
            there = batch.cell >= 0
            answer[self.evaluation.problem.cell_inner[batch.cell[there]]] = value[there]
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
