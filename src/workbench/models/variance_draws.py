"""What the variance parameters may be: weighted draws from their posterior distribution.

Intervals of groups' own effects that take the variances at their estimates are too narrow where
groups are few: the estimate may lie at zero while the truth does not. So the variance parameters
are drawn from their posterior distribution, and answers are averaged over the draws.

The likelihood is the restricted one, with sigma integrated out, and the prior is flat in theta: on
a single standard deviation it is flat over the positive numbers, as Gelman (2006, Bayesian Analysis
1, 515-534) recommends. The criterion is smooth in theta and even in every column of T, so columns
are turned to a positive diagonal and the proposal counts its mirror images.

Draws are made by adaptive importance sampling (Cornuet and others 2012, Scandinavian Journal of
Statistics 39, 798-812): rounds of multivariate t proposals, each fitted to the rounds before, all
weighted against their mixture. Points are quasi-random with a fixed seed: the same data give the
same answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from workbench.models.newton import profiled_hessian
from workbench.models.objective import Objective
from workbench.models.profiled_curvature import ProfiledCurvature
from workbench.models.theta_proposals import (
    WIDEST,
    Proposal,
    columns_in_theta,
    folded,
    mirrors_of,
    next_proposal,
    weights_of,
)

POINTS = 128  # of a round; a power of two keeps the points balanced
FEWEST_ROUNDS, MOST_ROUNDS = 3, 6
ENOUGH = 40.0  # effective draws after which no further round is made
SEED = 1


@dataclass(frozen=True, eq=False)
class VarianceDraws:
    """Weighted draws of the variance parameters.

    Attributes
    ----------
    theta
        Draws in the engine's columns, shape (n, t).
    weights
        Their weights, summing to one, shape (n,).
    """

    theta: np.ndarray
    weights: np.ndarray

    @property
    def effective(self) -> float:
        """Number of equally weighted draws that say as much (Kong's)."""
        return float(1 / (self.weights**2).sum())

    def thinned(self, count: int) -> VarianceDraws:
        """Resample to ``count`` equally spaced draws; those drawn twice are joined."""
        places = (np.arange(count) + 0.5) / count
        chosen = np.searchsorted(np.cumsum(self.weights), places)
        kept, times = np.unique(np.minimum(chosen, len(self.weights) - 1), return_counts=True)
        return VarianceDraws(self.theta[kept], times / count)


def draw_variances(curvature: ProfiledCurvature) -> VarianceDraws:
    """Draw the variance parameters of a REML fit of the profiled engine.

    Parameters
    ----------
    curvature
        The fit's curvature, with the criterion as a function of theta.
    """
    objective, t = curvature.objective, len(curvature.theta)
    columns = columns_in_theta(objective.levels.blocks)
    mirrors = mirrors_of(columns, t)
    proposal = _first_proposal(curvature, columns)
    random = np.random.default_rng(SEED)
    points, logs = np.empty((0, t)), np.empty(0)
    proposals: list[Proposal] = []
    for number in range(MOST_ROUNDS):
        proposals.append(proposal)
        uniform = qmc.Sobol(t + 1, rng=random).random(POINTS)
        new = folded(proposal.draw(np.clip(uniform, 1e-9, 1 - 1e-9)), columns)
        points = np.concatenate([points, new])
        logs = np.concatenate([logs, [_log_posterior(objective, theta) for theta in new]])
        mixture = np.logaddexp.reduce([one.log_density(points, mirrors) for one in proposals])
        draws = VarianceDraws(points, weights_of(logs - mixture))
        if number + 1 >= FEWEST_ROUNDS and draws.effective >= ENOUGH:
            break
        proposal = next_proposal(points, logs - mixture)
    return draws


def _log_posterior(objective: Objective, theta: np.ndarray) -> float:
    """Half the criterion, sigma integrated out: at its best sigma, up to a constant."""
    return -0.5 * objective.evaluate(theta).criterion(True, None)


def _first_proposal(curvature: ProfiledCurvature, columns: list[np.ndarray]) -> Proposal:
    """Take the normal approximation at the estimate; flat directions get a set width."""
    values, vectors = np.linalg.eigh(profiled_hessian(curvature.hessian))
    spread = np.minimum(np.sqrt(2 / np.maximum(values, 1e-12)), WIDEST)
    signs = np.ones(len(curvature.theta))
    for places in columns:
        signs[places] = np.where(curvature.theta[places[0]] < 0, -1.0, 1.0)
    covariance = (vectors * spread**2) @ vectors.T * np.outer(signs, signs)
    centre = signs * curvature.theta
    return Proposal(centre, np.linalg.cholesky(covariance))
