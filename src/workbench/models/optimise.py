"""The search for the best variance parameters.

1. A few minorise-maximise steps (Zhou, Hu, Qiao and Zhou 2019, Journal of Computational and
   Graphical Statistics 28, 350-361), which need no step length and never go up.
2. L-BFGS in a metric from the expected information, in which the criterion is nearly round.
3. Newton steps on differences of the gradient, which leave about ten correct digits.

There are no bounds. The criterion is even in every column of T, so a variance of zero is an
ordinary stationary point and not a wall to stick to. Whether such a point is a minimum is asked
of the covariance itself: adding ``v v'`` to it must not make the criterion fall in any direction
v (the Karush-Kuhn-Tucker condition); if it does, the search goes on from there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.optimize import minimize

from workbench.models.objective import Objective, Point
from workbench.models.profiled import LevelSums
from workbench.models.variance_parameters import factor_of, free_entries, pack, unpack

FIRST_STEPS = 3  # minorise-maximise
GRADIENT_TOLERANCE = 1e-3  # in the metric; the criterion is then within its square
ROUNDS = 6  # of search and check
NEWTON_STEPS = 4
DIFFERENCE = 1e-5  # of theta, between two gradients
ENOUGH = 1e-10  # predicted drop of the criterion at which Newton stops
WORTH_LEAVING = 1e-8  # predicted drop at which a zero variance is left
NEARLY_ZERO = 1e-3  # diagonal entry of T that counts as zero in that question


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where the search ended.

    Attributes
    ----------
    point
        The criterion there.
    hessian
        Second derivatives in theta and s = log sigma, shape (t + 1, t + 1).
    sigma
        Residual standard deviation.
    evaluations
        Evaluations of the criterion, with and without gradient.
    rounds
        Times the search was started, the first included.
    """

    point: Point
    hessian: np.ndarray
    sigma: float
    evaluations: int
    rounds: int


def minimise(objective: Objective, start: np.ndarray | None = None, polish: bool = True) -> Optimum:
    """Find the minimum of the criterion.

    Parameters
    ----------
    objective
        The criterion.
    start
        Theta to start from, such as that of a fit to nearly the same data; None for the engine's
        own start.
    polish
        Whether to end with Newton steps and the Hessian; without them the criterion is within
        about 1e-6, which is enough for one of many refits.

    Returns
    -------
    Optimum
    """
    blocks = objective.levels.blocks
    if start is None:
        theta = pack(blocks, tuple(np.eye(block.width) for block in blocks))
        point = objective.at(theta)
        for _ in range(FIRST_STEPS):
            point = objective.at(_minorise_maximise(objective, point))
    else:
        point = objective.at(_off_zero(objective, start))
    for rounds in range(1, ROUNDS + 1):  # noqa: B007
        point = _search(objective, point)
        escape = _way_down(objective, point)
        if escape is None:
            break
        point = objective.at(escape)
    hessian = np.zeros((len(point.theta) + 1,) * 2)
    if polish:
        point, hessian = _newton(objective, point)
    sigma = point.evaluation.best_sigma(objective.reml)
    return Optimum(point, hessian, sigma, objective.evaluations, rounds)


def _minorise_maximise(objective: Objective, point: Point) -> np.ndarray:
    """Theta after one minorise-maximise step for every random term."""
    factors = []
    for block, T, sums in zip(objective.levels.blocks, point.factors, point.sums, strict=True):
        if block.term.correlated:
            factors.append(_matrix_step(T, sums))
        else:
            growth = np.diag(sums.squares) / np.maximum(np.diag(sums.traces), 1e-300)
            factors.append(np.diag(np.abs(np.diag(T)) * np.sqrt(np.sqrt(growth))))
    return pack(objective.levels.blocks, tuple(factors))


def _matrix_step(T: np.ndarray, sums: LevelSums) -> np.ndarray:
    """Factor of the geometric mean of the two sides of the score equation."""
    q = len(T)
    floor = 1e-12 * np.trace(sums.traces) * np.eye(q)
    L = np.linalg.cholesky(sums.traces + floor)
    inner = L.T @ T @ T.T @ sums.squares @ T @ T.T @ L
    values, vectors = np.linalg.eigh((inner + inner.T) / 2)
    back = np.linalg.inv(L)
    covariance = (back.T @ vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T @ back
    return np.linalg.cholesky(covariance + 1e-9 * np.trace(covariance) * np.eye(q))


def _metric(objective: Objective, point: Point) -> np.ndarray:
    """Matrix C with theta = C z, so that the criterion has about unit information in z."""
    parts = []
    for block, T, sums in zip(objective.levels.blocks, point.factors, point.sums, strict=True):
        mean = sums.traces / sums.count
        MT = mean @ T
        TMT = T.T @ MT
        i, j = free_entries(block)
        information = TMT[np.ix_(j, j)] * mean[np.ix_(i, i)] + MT[np.ix_(i, j)] * MT[np.ix_(i, j)].T
        values, vectors = np.linalg.eigh(2 * sums.count * information)
        floor = max(1e-3 * values.max(), 1e-12)
        parts.append(vectors / np.sqrt(np.maximum(values, floor)))
    return block_diag(*parts)


def _search(objective: Objective, point: Point) -> Point:
    """L-BFGS from a point, in its metric."""
    metric, begin = _metric(objective, point), point

    def value_and_gradient(z: np.ndarray) -> tuple[float, np.ndarray]:
        found = objective.at(begin.theta + metric @ z)
        return found.value - begin.value, metric.T @ found.gradient

    result = minimize(
        value_and_gradient,
        np.zeros(len(begin.theta)),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 200, "maxcor": 30, "ftol": 0.0, "gtol": GRADIENT_TOLERANCE},
    )
    found = objective.at(begin.theta + metric @ result.x)
    return found if found.value <= begin.value else begin


def _way_down(objective: Objective, point: Point) -> np.ndarray | None:
    """Theta off a zero variance that should not be zero, or None where there is none."""
    factors, worth = list(point.factors), False
    for number, (block, T, sums) in enumerate(
        zip(objective.levels.blocks, point.factors, point.sums, strict=True)
    ):
        if np.abs(np.diag(T)).min() > NEARLY_ZERO:
            continue
        slope = sums.traces - sums.squares  # of the criterion in T T'
        for direction in _directions(block.term.correlated, slope):
            fall = -direction @ slope @ direction
            bend = (direction @ sums.traces @ direction) ** 2 / sums.count
            if fall > 0 and fall**2 / (2 * bend) > WORTH_LEAVING:
                step = fall / bend * np.outer(direction, direction)
                factors[number] = factor_of(factors[number] @ factors[number].T + step)
                worth = True
    return pack(objective.levels.blocks, tuple(factors)) if worth else None


def _directions(correlated: bool, slope: np.ndarray) -> list[np.ndarray]:
    """Directions in which to ask: the steepest, or each effect where they don't correlate."""
    if not correlated:
        return list(np.eye(len(slope)))
    return [np.linalg.eigh(slope)[1][:, 0]]


def _off_zero(objective: Objective, theta: np.ndarray) -> np.ndarray:
    """Move a start a little off zero variances, from where the gradient can't lead."""
    factors = unpack(objective.levels.blocks, theta)
    moved = [T + NEARLY_ZERO * np.eye(len(T)) * (np.abs(np.diag(T)) < NEARLY_ZERO) for T in factors]
    return pack(objective.levels.blocks, tuple(moved))


def _newton(objective: Objective, point: Point) -> tuple[Point, np.ndarray]:
    """Polish by Newton steps with one Hessian, then give the Hessian at the end."""
    hessian = hessian_at(objective, point)
    for _ in range(NEWTON_STEPS):
        step, drop = newton_step(hessian, point.gradient)
        if drop < ENOUGH:
            break
        found = objective.at(point.theta + step)
        if found.value > point.value + 1e-9:
            break
        moved = np.abs(step).max() > 1e-4
        point = found
        if moved:
            hessian = hessian_at(objective, point)
    return point, hessian


def hessian_at(objective: Objective, point: Point) -> np.ndarray:
    """Second derivatives in theta and s = log sigma, from differences of the gradient."""
    sigma = point.evaluation.best_sigma(objective.reml)
    t = len(point.theta)
    hessian = np.empty((t + 1, t + 1))
    for k in range(t):
        step = np.zeros(t)
        step[k] = DIFFERENCE * max(abs(point.theta[k]), 0.1)
        gradient = objective.at(point.theta + step, sigma).gradient
        hessian[k, :t] = (gradient - point.gradient) / step[k]
    hessian[:t, :t] = (hessian[:t, :t] + hessian[:t, :t].T) / 2
    residual = objective.residual_sum_gradient(point, sigma)
    hessian[t, :t] = hessian[:t, t] = -2 * residual / sigma**2
    hessian[t, t] = 4 * point.evaluation.residual_sum / sigma**2
    return hessian


def newton_step(hessian: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, float]:
    """Newton step in theta with sigma profiled out, and the drop it promises.

    Flat directions, which a singular fit has, are left alone.
    """
    profiled = hessian[:-1, :-1] - np.outer(hessian[:-1, -1], hessian[:-1, -1]) / hessian[-1, -1]
    values, vectors = np.linalg.eigh(profiled)
    along = vectors.T @ gradient
    solid = values > 1e-6 * max(values.max(), 1.0)
    step = -vectors[:, solid] @ (along[solid] / values[solid])
    drop = 0.5 * float((along[solid] ** 2 / values[solid]).sum())
    return step, drop
