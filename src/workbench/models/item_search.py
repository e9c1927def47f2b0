"""The search for the best parameters of an item model, and the proof that it ended there.

L-BFGS with the exact gradient, then Newton steps on differences of it. There are no bounds: the
criterion is even in every column of T, so a variance of zero is an ordinary stationary point. If
the criterion bends down there in any direction, the search leaves in that direction and goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

ROUNDS = 6
NEWTON_STEPS = 8
STEP = 1e-3  # in the metric, between two gradients
ENOUGH = 1e-14  # predicted drop of the criterion at which Newton stops
STILL_AN_OPTIMUM = 1e-5  # predicted drop that is no more than rounding in a large criterion
BENDS_DOWN = -1e-4  # lowest second derivative over the largest
FLAT = 1e-6  # second derivative, relative to the largest, that says nothing
ESCAPES = (1.0, 4.0, 16.0, 0.25)

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Found:
    """Where the search ended.

    Attributes
    ----------
    parameters
        The parameter vector.
    value
        The criterion there.
    hessian
        Its second derivatives.
    predicted_drop
        Fall of the criterion that one more Newton step promises.
    lowest_bend
        Smallest second derivative over the largest, in the search's metric.
    evaluations
        Evaluations of criterion and gradient.
    """

    parameters: np.ndarray
    value: float
    hessian: np.ndarray
    predicted_drop: float
    lowest_bend: float
    evaluations: int

    @property
    def is_optimum(self) -> bool:
        """Whether the criterion has its minimum here."""
        return self.predicted_drop < STILL_AN_OPTIMUM and self.lowest_bend > BENDS_DOWN


class _Scaled:
    """The criterion in a metric, counted."""

    def __init__(self, objective: Objective, sizes: np.ndarray) -> None:
        self.objective, self.sizes, self.evaluations = objective, sizes, 0

    def __call__(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        self.evaluations += 1
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            value, gradient = self.objective(z * self.sizes)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return 1e300, np.zeros_like(z)
        return value, gradient * self.sizes


def minimise(objective: Objective, start: np.ndarray, sizes: np.ndarray) -> Found:
    """Find the minimum.

    Parameters
    ----------
    objective
        The criterion and its gradient.
    start
        Parameters to start from.
    sizes
        Rough standard errors of the parameters, the search's metric.

    Returns
    -------
    Found
    """
    scaled = _Scaled(objective, sizes)
    z = start / sizes
    for _ in range(ROUNDS):
        options = {"maxiter": 300, "maxcor": 30, "ftol": 1e-13, "gtol": 1e-4}
        z = minimize(scaled, z, jac=True, method="L-BFGS-B", options=options).x
        z, value, gradient, hessian = _newton(scaled, z)
        values, vectors = np.linalg.eigh(hessian)
        if values[0] > BENDS_DOWN * max(values[-1], 1.0):
            break
        z = _leave(scaled, z, value, vectors[:, 0])
    drop = _newton_step(hessian, gradient)[1]
    bend = float(values[0] / max(values[-1], 1e-300))
    natural = hessian / np.outer(sizes, sizes)
    return Found(z * sizes, value, natural, drop, bend, scaled.evaluations)


def _hessian(scaled: _Scaled, z: np.ndarray) -> np.ndarray:
    rows = []
    for k in range(len(z)):
        step = np.zeros(len(z))
        step[k] = STEP
        rows.append((scaled(z + step)[1] - scaled(z - step)[1]) / (2 * STEP))
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def _newton(scaled: _Scaled, z: np.ndarray) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Newton steps while they help; then value, gradient and Hessian at the end."""
    value, gradient = scaled(z)
    hessian = _hessian(scaled, z)
    for _ in range(NEWTON_STEPS):
        step, drop = _newton_step(hessian, gradient)
        if drop < ENOUGH:
            break
        moved, slope = scaled(z + step)
        if moved > value + 1e-9:
            break
        far = np.abs(step).max() > 1e-2
        z, value, gradient = z + step, moved, slope
        if far:
            hessian = _hessian(scaled, z)
    return z, value, gradient, hessian


def _newton_step(hessian: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, float]:
    """Newton step, leaving flat directions alone, and the drop it promises."""
    values, vectors = np.linalg.eigh(hessian)
    along = vectors.T @ gradient
    solid = values > FLAT * max(values[-1], 1e-300)
    step = -vectors[:, solid] @ (along[solid] / values[solid])
    return step, 0.5 * float((along[solid] ** 2 / values[solid]).sum())


def _leave(scaled: _Scaled, z: np.ndarray, value: float, direction: np.ndarray) -> np.ndarray:
    """Point lower down in a direction in which the criterion falls."""
    points = [z + sign * far * direction for far in ESCAPES for sign in (1.0, -1.0)]
    lowest = min(points, key=lambda point: scaled(point)[0])
    return lowest if scaled(lowest)[0] < value else z


def covariance(hessian: np.ndarray, n_theta: int) -> np.ndarray | None:
    """Covariance of the parameters after theta, with theta's uncertainty counted.

    Parameters
    ----------
    hessian
        Second derivatives of -2 log likelihood.
    n_theta
        Number of variance parameters, which come first. Their flat directions (zero variances)
        are left out.

    Returns
    -------
    numpy.ndarray or None
        None when the likelihood has no proper peak in these parameters.
    """
    inner, across = hessian[:n_theta, :n_theta], hessian[:n_theta, n_theta:]
    values, vectors = np.linalg.eigh(inner)
    solid = values > FLAT * max(values[-1], 1e-300)
    turned = vectors[:, solid].T @ across
    rest = hessian[n_theta:, n_theta:] - turned.T @ (turned / values[solid, None])
    size = np.sqrt(np.abs(np.diag(rest)))
    if not (size > 0).all():
        return None
    relative = rest / np.outer(size, size)
    if np.linalg.eigvalsh(relative)[0] <= 1e-12:
        return None
    return 2 * np.linalg.inv(relative) / np.outer(size, size)
