"""Second derivatives of the profiled criterion, and the Newton step that they give."""

from __future__ import annotations

import numpy as np

from workbench.models.objective import Objective, Point

DIFFERENCE = 1e-5  # of theta, between two gradients


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
    values, vectors = np.linalg.eigh(profiled_hessian(hessian))
    along = vectors.T @ gradient
    solid = values > 1e-6 * max(values.max(), 1.0)
    step = -vectors[:, solid] @ (along[solid] / values[solid])
    drop = 0.5 * float((along[solid] ** 2 / values[solid]).sum())
    return step, drop


def profiled_hessian(hessian: np.ndarray) -> np.ndarray:
    """Second derivatives in theta with sigma profiled out, shape (t, t)."""
    across = hessian[:-1, -1]
    return hessian[:-1, :-1] - np.outer(across, across) / hessian[-1, -1]
