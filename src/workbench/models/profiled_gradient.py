"""The sums behind the gradient of the profiled criterion, and the conditional modes.

For a level with factor T the gradient is ``2 (traces - squares / sigma^2) T``: ``traces`` is the
sum over the level's groups of Z'PZ and ``squares`` that of u u' with u = Z'Py. Both follow from
the three elimination steps of `workbench.models.profiled` without going back to rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.models.batches import Batch
from workbench.models.profiled import LevelSums, small_product

if TYPE_CHECKING:
    from workbench.models.profiled import BatchParts, Evaluation


class Projection:
    """P = V0^-1 - V0^-1 [X Z3] Omega [X Z3]' V0^-1, with V0 holding inner and outer effects only.

    Omega takes out the fixed effects and the crossed intercepts together (for the plain likelihood
    the crossed intercepts only). It is kept in parts: the covariance C of the fixed effects, J, and
    J B_x, of which each batch takes what it needs.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        e = evaluation
        inverse = np.linalg.inv(e.chol)
        self.fixed_covariance = inverse.T @ inverse
        left = e.B_y - e.B_fixed @ e.gamma
        self.crossed_modes = e.crossed_product(e.J, left[:, None])[:, 0]
        # one row more serves empty slots
        self._J = np.append(e.J, 0.0)
        self._JB = np.vstack([e.crossed_to_fixed, np.zeros((1, e.crossed_to_fixed.shape[1]))])
        self._modes = np.append(self.crossed_modes, 0.0)

    def in_batch(
        self, evaluation: Evaluation, batch: Batch, reml: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Omega (S, c, c), coefficients (S, c) and local column numbers (c,) of a batch."""
        p, v = evaluation.problem.n_fixed, evaluation.problem.n_basis
        S, r = batch.crossed.shape
        columns = np.array([*range(p), *range(v + 1, v + 1 + r)])
        coefficients = np.concatenate(
            [np.broadcast_to(evaluation.gamma, (S, p)), self._modes[batch.crossed]], axis=1
        )
        omega = np.zeros((S, p + r, p + r))
        omega[:, p:, p:] = self._J[batch.places]
        if reml:
            omega[:, :p, :p] = self.fixed_covariance
            if r:
                JB = self._JB[batch.crossed]
                JBC = JB @ self.fixed_covariance
                omega[:, p:, p:] += JBC @ np.swapaxes(JB, 1, 2)
                omega[:, p:, :p] = -JBC
                omega[:, :p, p:] = -np.swapaxes(JBC, 1, 2)
        return omega, coefficients, columns


class BatchResponses:
    """Z'PZ and Z'Py of every inner and outer group of a batch.

    Attributes
    ----------
    inner_u, outer_u
        Z'Py, shapes (S, P, q1) and (S, q2).
    inner_rest, outer_rest
        Z'V0^-1 [X raters], shapes (S, P * q1, c) and (S, q2, c).
    inner_own, outer_own
        Z'V0^-1 Z, shapes (S, P, q1, q1) and (S, q2, q2).
    omega
        Omega of the batch, shape (S, c, c).
    """

    def __init__(
        self,
        evaluation: Evaluation,
        batch: Batch,
        part: BatchParts,
        projection: Projection,
        reml: bool,
    ) -> None:
        problem = evaluation.problem
        v, H = problem.n_basis, problem.H
        S, P, q, m = batch.C.shape
        self.omega, coefficients, columns = projection.in_batch(evaluation, batch, reml)
        kept = np.eye(q) - small_product(batch.A, part.M)
        E = small_product(kept, batch.C)
        self.inner_own = small_product(kept, batch.A)
        E = E.reshape(S, P * q, m)
        if problem.n_outer:
            E_o = E[:, :, :v] @ H
            KE = (E_o @ part.K).reshape(S, P, q, -1)
            E = E - E_o @ (part.K @ part.F_o)
            self.inner_own = self.inner_own - KE @ np.swapaxes(E_o.reshape(S, P, q, -1), 2, 3)
            F_oo = part.F_o[:, :, :v] @ H
            rest = part.F_o - F_oo @ (part.K @ part.F_o)
            self.outer_own = F_oo - F_oo @ part.K @ F_oo
            self.outer_rest = rest[:, :, columns]
            self.outer_u = rest[:, :, v] - (self.outer_rest @ coefficients[:, :, None])[..., 0]
        self.inner_rest = E[:, :, columns]
        u = E[:, :, v] - (self.inner_rest @ coefficients[:, :, None])[..., 0]
        self.inner_u = u.reshape(S, P, q)

    def inner_traces(self) -> np.ndarray:
        """Sum of Z'PZ over the inner groups, shape (q1, q1)."""
        S, P, q, _ = self.inner_own.shape
        taken = (self.inner_rest @ self.omega).reshape(S * P, q, -1)
        rest = self.inner_rest.reshape(S * P, q, -1)
        by_effect = [[np.vdot(taken[:, a], rest[:, b]) for b in range(q)] for a in range(q)]
        return self.inner_own.sum(axis=(0, 1)) - np.array(by_effect)

    def outer_traces(self) -> np.ndarray:
        """Sum of Z'PZ over the outer groups, shape (q2, q2)."""
        taken = self.outer_rest @ self.omega @ np.swapaxes(self.outer_rest, 1, 2)
        return (self.outer_own - taken).sum(axis=0)


def responses(evaluation: Evaluation, reml: bool) -> tuple[Projection, list[BatchResponses]]:
    """Z'PZ and Z'Py of all groups."""
    projection = Projection(evaluation)
    pairs = zip(evaluation.problem.batches, evaluation.parts, strict=True)
    return projection, [BatchResponses(evaluation, b, part, projection, reml) for b, part in pairs]


def level_sums(evaluation: Evaluation, reml: bool, sigma: float) -> dict[str, LevelSums]:
    """Traces and squares of each level, ``squares`` over sigma squared."""
    problem = evaluation.problem
    projection, batches = responses(evaluation, reml)
    inner_u = [b.inner_u.reshape(-1, problem.inner_width) for b in batches]
    sums = {
        "inner": LevelSums(
            _sum([b.inner_traces() for b in batches]),
            _sum([u.T @ u for u in inner_u]) / sigma**2,
            problem.n_inner,
        )
    }
    if problem.n_outer:
        sums["outer"] = LevelSums(
            _sum([b.outer_traces() for b in batches]),
            _sum([b.outer_u.T @ b.outer_u for b in batches]) / sigma**2,
            problem.n_outer,
        )
    if problem.n_crossed:
        sums["crossed"] = _crossed_sums(evaluation, projection, reml, sigma)
    return sums


def _sum(parts: list[np.ndarray]) -> np.ndarray:
    return np.sum(parts, axis=0)


def _crossed_sums(
    evaluation: Evaluation, projection: Projection, reml: bool, sigma: float
) -> LevelSums:
    # With I + t3^2 B inverted, Z3'V0^-1 Z3 is B times the inverse and Z3'V0^-1 X the inverse times
    # the crossed rows of the fixed columns; so no product of two large matrices is needed.
    e = evaluation
    fixed = e.crossed_product(e.inverse, e.B_fixed)
    trace = np.vdot(e.B, e.inverse)
    if reml:
        trace -= np.vdot(fixed @ projection.fixed_covariance, fixed)
    u = e.crossed_product(e.inverse, e.B_y[:, None])[:, 0] - fixed @ e.gamma
    return LevelSums(np.array([[trace]]), np.array([[u @ u / sigma**2]]), e.problem.n_crossed)
