"""The profiled likelihood of a nested mixed model and its gradient, from sufficient statistics.

The model is ``y = X beta + Z1 u + Z2 v + Z3 w + e`` with inner effects u, outer effects v and
crossed intercepts w. Their covariances over sigma squared are T1 T1', T2 T2' and t3^2. Fixed
effects and sigma are profiled out, so the criterion depends on T1, T2, t3 only. Following
docs/methods/mixed_models.md, the covariance of y is inverted in three steps, each by Woodbury's
identity, and every step needs only sums of products:

1. inner, for each cell:  M = T1 (I + T1'A T1)^-1 T1',   F = G - sum over cells of C'M C
2. outer, for each level: K = T2 (I + T2'F_oo T2)^-1 T2',  Q = F - F_.o K F_o.
3. crossed, once:         J = t3 (I + t3 B t3)^-1 t3,      with B the crossed part of all Q
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular

from workbench.models.batches import Batch
from workbench.models.reduced import ReducedProblem


@dataclass(frozen=True, eq=False)
class LevelFactors:
    """Relative factors by level: T1 (q1, q1), T2 (q2, q2) and t3."""

    inner: np.ndarray
    outer: np.ndarray
    crossed: float


@dataclass(frozen=True, eq=False)
class LevelSums:
    """Sums over a level's groups, for the gradient and for steps.

    With P the projection that takes out the fixed effects (or the inverse covariance, for the
    plain likelihood) and Z one group's columns: ``traces`` is the sum of Z'PZ and ``squares`` the
    sum of u u' with u = Z'Py, both (q, q) and over sigma squared where that belongs.
    """

    traces: np.ndarray
    squares: np.ndarray
    count: int


@dataclass(frozen=True, eq=False)
class BatchParts:
    """What the three steps made of one batch; see the module's text for the letters."""

    M: np.ndarray
    K: np.ndarray
    F_o: np.ndarray
    Q: np.ndarray


class Evaluation:
    """The criterion's ingredients at given factors.

    Parameters
    ----------
    problem
        The reduced problem.
    factors
        Relative factors.
    """

    def __init__(self, problem: ReducedProblem, factors: LevelFactors) -> None:
        self.problem, self.factors = problem, factors
        p, v = problem.n_fixed, problem.n_basis
        self.log_det = 0.0
        self.parts = tuple(self._eliminate(batch) for batch in problem.batches)
        xy = [*range(p), v]
        cross = sum(part.Q[:, xy][:, :, xy].sum(axis=0) for part in self.parts)
        self.B_fixed, self.B_y = self._crossed_system()
        if problem.n_crossed:
            BY = np.column_stack([self.B_fixed, self.B_y])
            cross = cross - BY.T @ self.crossed_product(self.J, BY)
        if not np.isfinite(self.log_det):
            raise np.linalg.LinAlgError("the criterion can't be computed at these factors")
        self.chol = np.linalg.cholesky(cross[:p, :p])
        half = solve_triangular(self.chol, cross[:p, p], lower=True)
        self.gamma = solve_triangular(self.chol.T, half, lower=False)
        self.residual_sum = float(cross[p, p] - half @ half)
        if not self.residual_sum > 0:
            raise np.linalg.LinAlgError("nothing is left to the residual at these factors")

    def _eliminate(self, batch: Batch) -> BatchParts:
        """Take steps 1 and 2 for one batch."""
        S, P, q, m = batch.C.shape
        M, log_det = middle(self.factors.inner, batch.A)
        self.log_det += log_det
        MC = small_product(M, batch.C).reshape(S, P * q, m)
        F = batch.G - np.swapaxes(batch.C.reshape(S, P * q, m), 1, 2) @ MC
        if not self.problem.n_outer:
            return BatchParts(M, np.zeros((S, 0, 0)), np.zeros((S, 0, m)), F)
        H, v = self.problem.H, self.problem.n_basis
        F_o = H.T @ F[:, :v, :]
        K, log_det = middle(self.factors.outer, F_o[:, :, :v] @ H)
        self.log_det += log_det
        return BatchParts(M, K, F_o, F - np.swapaxes(F_o, 1, 2) @ (K @ F_o))

    def _crossed_system(self) -> tuple[np.ndarray, np.ndarray]:
        """Step 3: sum the crossed rows of all Q; give those against the basis and y."""
        R, p, v = self.problem.n_crossed, self.problem.n_fixed, self.problem.n_basis
        blocks = self.problem.crossed_blocks
        B, BY = np.zeros(blocks.length + 1), np.zeros((R + 1, p + 1))
        for batch, part in zip(self.problem.batches, self.parts, strict=True):
            slots = batch.crossed
            if not slots.shape[1]:
                continue
            B += np.bincount(batch.places.ravel(), part.Q[:, v + 1 :, v + 1 :].ravel(), len(B))
            for number, column in enumerate([*range(p), v]):
                values = part.Q[:, v + 1 :, column].ravel()
                BY[:, number] += np.bincount(slots.ravel(), values, R + 1)
        t = self.factors.crossed
        self.B = B[:-1]
        self.inverse, log_det = blocks.inverse_of_shifted(self.B, t * t)
        self.log_det += log_det
        self.J = t * t * self.inverse
        return BY[:R, :p], BY[:R, p]

    @cached_property
    def crossed_to_fixed(self) -> np.ndarray:
        """J times the crossed rows of the basis, shape (R, p)."""
        return self.crossed_product(self.J, self.B_fixed)

    def crossed_product(self, entries: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Product of a matrix over the crossed levels, such as J, with columns, (R, m)."""
        return self.problem.crossed_blocks.apply(entries, columns)

    def criterion(self, reml: bool, sigma: float | None = None) -> float:
        """-2 log likelihood, restricted or plain, at sigma or at the best sigma."""
        freedom = self.freedom(reml)
        variance = self.residual_sum / freedom if sigma is None else sigma**2
        value = self.log_det + freedom * np.log(2 * np.pi * variance)
        value += self.residual_sum / variance - self.problem.log_weights
        if reml:
            value += 2 * (np.log(np.diag(self.chol)).sum() + self.problem.log_det_basis)
        return float(value)

    def freedom(self, reml: bool) -> int:
        """Divisor of the residual sum: n - p, or n for the plain likelihood."""
        return self.problem.n_obs - (self.problem.n_fixed if reml else 0)

    def best_sigma(self, reml: bool) -> float:
        """Residual standard deviation that maximises the likelihood at these factors."""
        return float(np.sqrt(self.residual_sum / self.freedom(reml)))

    def level_sums(self, reml: bool, sigma: float | None = None) -> dict[str, LevelSums]:
        """Sum what the gradient is made of, by level."""
        from workbench.models.profiled_gradient import level_sums

        return level_sums(self, reml, sigma if sigma is not None else self.best_sigma(reml))


def middle(T: np.ndarray, A: np.ndarray) -> tuple[np.ndarray, float]:
    """T (I + T'AT)^-1 T' for many A at once, and the sum of log det(I + T'AT).

    One and two effects are written out, which is much faster than a call for each matrix.
    """
    q = len(T)
    if q == 1:
        t = T[0, 0]
        b = 1 + t * t * A[..., 0, 0]
        return (t * t / b)[..., None, None], _sum_of_logs(b)
    if q == 2:
        return _middle_of_two(T, A)
    B = np.eye(q) + T.T @ A @ T
    inverse = np.linalg.inv(B)
    _, log_det = np.linalg.slogdet(B)
    return T @ inverse @ T.T, float(log_det.sum())


def _middle_of_two(T: np.ndarray, A: np.ndarray) -> tuple[np.ndarray, float]:
    (a, _), (b, c) = T
    A00, A10, A11 = A[..., 0, 0], A[..., 1, 0], A[..., 1, 1]
    top = b * A11 + a * A10
    B00 = 1 + a * (a * A00 + b * A10) + b * top
    B10 = c * top
    B11 = 1 + c * c * A11
    det = B00 * B11 - B10 * B10
    i00, i10, i11 = B11 / det, -B10 / det, B00 / det
    M = np.empty(A.shape)
    M[..., 0, 0] = a * a * i00
    M[..., 0, 1] = M[..., 1, 0] = a * (b * i00 + c * i10)
    M[..., 1, 1] = b * b * i00 + 2 * b * c * i10 + c * c * i11
    return M, _sum_of_logs(det)


def _sum_of_logs(values: np.ndarray) -> float:
    """Sum of logarithms; NaN where digits have run out and a value is not above zero."""
    return float(np.log(values).sum()) if values.size and values.min() > 0 else _no_sum(values)


def _no_sum(values: np.ndarray) -> float:
    return float("nan") if values.size else 0.0


def small_product(M: np.ndarray, C: np.ndarray) -> np.ndarray:
    """M @ C for many small square M, written out over their columns, which is faster."""
    out = np.empty(np.broadcast_shapes(M.shape[:-1], C.shape[:-1]) + C.shape[-1:])
    for j in range(M.shape[-2]):
        np.multiply(M[..., j, 0, None], C[..., 0, :], out=out[..., j, :])
        for k in range(1, M.shape[-1]):
            out[..., j, :] += M[..., j, k, None] * C[..., k, :]
    return out
