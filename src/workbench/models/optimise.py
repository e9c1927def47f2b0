"""The search for the best variance parameters.

1. A few minorise-maximise steps (Zhou, Hu, Zhou and Lange 2019, Journal of Computational and
   Graphical Statistics 28, 350-361), which need no step length and never go up.
2. L-BFGS in a metric from the expected information, in which the criterion is nearly round. Where
   a T comes near to singular the search goes on over all square T, not only lower triangles: the
   criterion depends on T T' alone, and a triangle has edges of its own where its first entry is
   near zero.
3. Newton steps on differences of the gradient, in the triangle, which leave about ten digits.

There are no bounds. The criterion is even in every column of T, so a variance of zero is an
ordinary stationary point and not a wall to stick to. Whether such a point is a minimum is asked
of the covariance itself: adding ``d d'`` to it must not make the criterion fall in any direction
d (the Karush-Kuhn-Tucker condition); if it does, or if the end is not as flat as a minimum is, the
search goes on from there, each time with a finer tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.optimize import minimize

from workbench.models.design import RandomBlock
from workbench.models.newton import hessian_at, newton_step, profiled_hessian
from workbench.models.objective import Objective, Point
from workbench.models.profiled import LevelSums
from workbench.models.variance_parameters import (
    Factors,
    factor_of,
    free_entries,
    pack,
    triangles,
    unpack,
)

FIRST_STEPS = 3  # minorise-maximise
GRADIENT_TOLERANCE = 1e-3  # in the metric, in the first round; a tenth of it in each further one
ROUNDS = 6  # of search and check
NEWTON_STEPS = 6
ENOUGH = 1e-10  # predicted drop of the criterion at which Newton stops
NOT_ENOUGH = 1e-8  # predicted drop with which no round may end, nor a zero variance be kept
BENDS_DOWN = -1e-7  # second derivative over the largest, below which a direction goes down
TOO_FAR = 1e10  # the criterion where it can't be computed
NEARLY_SINGULAR = 0.02  # information in an effect, over that in its data, that counts as singular
NEARLY_ZERO = 1e-3  # diagonal entry of T that counts as zero at a start


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
    point = _first_point(objective, start)
    hessian = np.zeros((len(point.theta) + 1,) * 2)
    for rounds in range(1, ROUNDS + 1):
        square = rounds > 1 or not _well_inside(objective, point)
        point = _search(objective, point, GRADIENT_TOLERANCE * 0.1 ** (rounds - 1), square)
        if not square and not _well_inside(objective, point):
            continue
        onward = _way_down(objective, point)
        if onward is None and polish:
            point, hessian = _newton(objective, point)
            onward = _off_the_saddle(objective, point, hessian)
        if onward is None:
            break
        point = onward
    if polish and not hessian.any():
        hessian = hessian_at(objective, point)
    sigma = point.evaluation.best_sigma(objective.reml)
    return Optimum(point, hessian, sigma, objective.evaluations, rounds)


def _first_point(objective: Objective, start: np.ndarray | None) -> Point:
    blocks = objective.levels.blocks
    if start is not None:
        return objective.at(_off_zero(objective, start))
    point = objective.at(pack(blocks, tuple(np.eye(block.width) for block in blocks)))
    for _ in range(FIRST_STEPS):
        point = objective.at(_minorise_maximise(objective, point))
    return point


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


def _well_inside(objective: Objective, point: Point) -> bool:
    """Whether no factor of correlated effects is near to singular."""
    return all(
        _least_share(T, sums) > NEARLY_SINGULAR
        for block, T, sums in zip(objective.levels.blocks, point.factors, point.sums, strict=True)
        if block.term.correlated and block.width > 1
    )


def _least_share(T: np.ndarray, sums: LevelSums) -> float:
    """Smallest eigenvalue of T'AT with A the mean information of a group: 0 when T is singular."""
    return float(np.linalg.eigvalsh(T.T @ sums.traces @ T / sums.count)[0])


def _entries(block: RandomBlock, square: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the entries of T that the search moves."""
    if not square or not block.term.correlated:
        return free_entries(block)
    rows, columns = np.indices((block.width, block.width)).reshape(2, -1)
    return rows, columns


def _squares(blocks: tuple[RandomBlock, ...], x: np.ndarray, square: bool) -> Factors:
    """Factors from the search's coordinates."""
    factors, start = [], 0
    for block in blocks:
        rows, columns = _entries(block, square)
        T = np.zeros((block.width, block.width))
        T[rows, columns] = x[start : start + len(rows)]
        start += len(rows)
        factors.append(T)
    return tuple(factors)


def _metric(objective: Objective, point: Point, square: bool) -> np.ndarray:
    """Matrix C with coordinates = C z, so that the criterion has about unit information in z."""
    parts = []
    for block, T, sums in zip(objective.levels.blocks, point.factors, point.sums, strict=True):
        mean = sums.traces / sums.count
        T = _off_the_edge(T, mean, sums.count)
        MT = mean @ T
        TMT = T.T @ MT
        i, j = _entries(block, square)
        information = TMT[np.ix_(j, j)] * mean[np.ix_(i, i)] + MT[np.ix_(i, j)] * MT[np.ix_(i, j)].T
        values, vectors = np.linalg.eigh(2 * sums.count * information)
        floor = max(1e-3 * values.max(), 1e-12)
        parts.append(vectors / np.sqrt(np.maximum(values, floor)))
    return block_diag(*parts)


def _off_the_edge(T: np.ndarray, mean: np.ndarray, count: int) -> np.ndarray:
    """Triangle of a covariance a standard error above T T', where the metric is of use.

    At a variance of zero the information in T vanishes; the criterion is then curved on the scale
    of the variance's own sampling error, a share of sqrt(2 / count).
    """
    ridge = 1e-9 * np.trace(mean) * np.eye(len(mean))
    added = np.sqrt(2 / count) * np.linalg.inv(mean + ridge)
    return np.linalg.cholesky(T @ T.T + (added + added.T) / 2)


def _search(objective: Objective, point: Point, tolerance: float, square: bool) -> Point:
    """L-BFGS from a point, in its metric."""
    blocks, metric = objective.levels.blocks, _metric(objective, point, square)
    entries = [_entries(block, square) for block in blocks]
    begin = np.concatenate([T[e] for T, e in zip(point.factors, entries, strict=True)])
    best = point

    def value_and_gradient(z: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal best
        squares = _squares(blocks, begin + metric @ z, square)
        try:
            found = objective.at(pack(blocks, triangles(squares)))
        except np.linalg.LinAlgError:  # a step so long that digits run out: turn back
            return TOO_FAR, 2 * TOO_FAR * z / max(float(z @ z), 1.0)
        if found.value < best.value:
            best = found
        parts = [
            (2 * (sums.traces - sums.squares) @ T)[e]
            for sums, T, e in zip(found.sums, squares, entries, strict=True)
        ]
        return found.value - point.value, metric.T @ np.concatenate(parts)

    minimize(
        value_and_gradient,
        np.zeros(len(begin)),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 300, "maxcor": 30, "ftol": 0.0, "gtol": tolerance},
    )
    return best


def _way_down(objective: Objective, point: Point) -> Point | None:
    """Go off a zero variance that should not be zero; None where there is none."""
    factors, worth = list(point.factors), False
    for number, (block, sums) in enumerate(zip(objective.levels.blocks, point.sums, strict=True)):
        T = factors[number]
        if _least_share(T, sums) > NEARLY_SINGULAR:
            continue
        slope = sums.traces - sums.squares  # of the criterion in T T'
        for direction in _directions(block.term.correlated, slope):
            fall = -direction @ slope @ direction
            bend = (direction @ sums.traces @ direction) ** 2 / sums.count
            if fall > 0 and fall**2 / (2 * bend) > NOT_ENOUGH:
                step = fall / bend * np.outer(direction, direction)
                factors[number] = factor_of(factors[number] @ factors[number].T + step)
                worth = True
    if not worth:
        return None
    found = objective.at(pack(objective.levels.blocks, tuple(factors)))
    return found if found.value < point.value - NOT_ENOUGH else None


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
    """Polish by Newton steps, with the Hessian where they end."""
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


def _off_the_saddle(objective: Objective, point: Point, hessian: np.ndarray) -> Point | None:
    """Go down where a Newton step or a bend still leads down; None at a minimum."""
    values, vectors = np.linalg.eigh(profiled_hessian(hessian))
    if newton_step(hessian, point.gradient)[1] > NOT_ENOUGH:
        return point
    if values[0] >= BENDS_DOWN * max(values[-1], 1.0):
        return None
    best = point
    for length in (0.3, 0.1, 0.03, 0.01):
        for sign in (-1.0, 1.0):
            found = objective.at(point.theta + sign * length * vectors[:, 0])
            best = found if found.value < best.value - NOT_ENOUGH else best
    return None if best is point else best
