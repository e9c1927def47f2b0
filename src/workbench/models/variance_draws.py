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

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln, ndtri
from scipy.stats import chi2, qmc

from workbench.models.design import RandomBlock
from workbench.models.newton import profiled_hessian
from workbench.models.objective import Objective
from workbench.models.profiled_curvature import ProfiledCurvature
from workbench.models.variance_parameters import free_entries

POINTS = 128  # of a round; a power of two keeps the points balanced
FEWEST_ROUNDS, MOST_ROUNDS = 3, 6
ENOUGH = 40.0  # effective draws after which no further round is made
TO_ADAPT = 30.0  # effective draws that a proposal is fitted to; weights are tempered until then
FREEDOM = 5.0  # of the t proposals: heavier tails than the posterior's
WIDEST = 1.0  # relative standard deviation of a flat direction in the first proposal
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


@dataclass(frozen=True, eq=False)
class _Proposal:
    """A multivariate t about a centre, counted with all its mirror images."""

    centre: np.ndarray
    root: np.ndarray

    def draw(self, uniform: np.ndarray) -> np.ndarray:
        """Points of the t, from uniform ones of one column more, shape (n, t)."""
        normal = ndtri(uniform[:, :-1])
        scale = np.sqrt(chi2.ppf(uniform[:, -1], FREEDOM) / FREEDOM)
        return self.centre + (normal / scale[:, None]) @ self.root.T

    def log_density(self, points: np.ndarray, mirrors: np.ndarray) -> np.ndarray:
        """Logarithm of the density of folded points, without a constant, shape (n,)."""
        t = len(self.centre)
        images = (points[None] * mirrors[:, None] - self.centre).reshape(-1, t)
        squares = (solve_triangular(self.root, images.T, lower=True) ** 2).sum(axis=0)
        logs = -0.5 * (FREEDOM + t) * np.log1p(squares / FREEDOM)
        size = np.log(np.abs(np.diag(self.root))).sum()
        constant = gammaln((FREEDOM + t) / 2) - gammaln(FREEDOM / 2) - size
        return constant + np.logaddexp.reduce(logs.reshape(len(mirrors), -1), axis=0)


def draw_variances(curvature: ProfiledCurvature) -> VarianceDraws:
    """Draw the variance parameters of a REML fit of the profiled engine.

    Parameters
    ----------
    curvature
        The fit's curvature, with the criterion as a function of theta.
    """
    objective, t = curvature.objective, len(curvature.theta)
    columns = _columns(objective.levels.blocks)
    mirrors = _mirrors(columns, t)
    proposal = _first_proposal(curvature, columns)
    random = np.random.default_rng(SEED)
    points, logs = np.empty((0, t)), np.empty(0)
    proposals: list[_Proposal] = []
    for number in range(MOST_ROUNDS):
        proposals.append(proposal)
        uniform = qmc.Sobol(t + 1, rng=random).random(POINTS)
        new = _folded(proposal.draw(np.clip(uniform, 1e-9, 1 - 1e-9)), columns)
        points = np.concatenate([points, new])
        logs = np.concatenate([logs, [_log_posterior(objective, theta) for theta in new]])
        mixture = np.logaddexp.reduce([one.log_density(points, mirrors) for one in proposals])
        draws = VarianceDraws(points, _weights(logs - mixture))
        if number + 1 >= FEWEST_ROUNDS and draws.effective >= ENOUGH:
            break
        proposal = _next_proposal(points, logs - mixture)
    return draws


def _columns(blocks: tuple[RandomBlock, ...]) -> list[np.ndarray]:
    """Places in theta of each column of each factor, its diagonal entry first."""
    found, start = [], 0
    for block in blocks:
        rows, columns = free_entries(block)
        for column in range(block.width):
            places = np.flatnonzero(columns == column)
            found.append(start + places[np.argsort(rows[places])])
        start += len(rows)
    return found


def _mirrors(columns: list[np.ndarray], t: int) -> np.ndarray:
    """Signs of theta under every way to turn columns, shape (2^q, t)."""
    signs = np.ones((2 ** len(columns), t))
    for row, turned in enumerate(itertools.product((1.0, -1.0), repeat=len(columns))):
        for places, sign in zip(columns, turned, strict=True):
            signs[row, places] = sign
    return signs


def _folded(points: np.ndarray, columns: list[np.ndarray]) -> np.ndarray:
    """Points with every column turned to a positive diagonal."""
    folded = points.copy()
    for places in columns:
        negative = folded[:, places[0]] < 0
        folded[np.ix_(negative, places)] *= -1
    return folded


def _log_posterior(objective: Objective, theta: np.ndarray) -> float:
    """Half the criterion, sigma integrated out: at its best sigma, up to a constant."""
    return -0.5 * objective.evaluate(theta).criterion(True, None)


def _weights(logs: np.ndarray, power: float = 1.0) -> np.ndarray:
    weights = np.exp(power * (logs - logs.max()))
    return weights / weights.sum()


def _first_proposal(curvature: ProfiledCurvature, columns: list[np.ndarray]) -> _Proposal:
    """Take the normal approximation at the estimate; flat directions get a set width."""
    values, vectors = np.linalg.eigh(profiled_hessian(curvature.hessian))
    spread = np.minimum(np.sqrt(2 / np.maximum(values, 1e-12)), WIDEST)
    signs = np.ones(len(curvature.theta))
    for places in columns:
        signs[places] = np.where(curvature.theta[places[0]] < 0, -1.0, 1.0)
    covariance = (vectors * spread**2) @ vectors.T * np.outer(signs, signs)
    centre = signs * curvature.theta
    return _Proposal(centre, np.linalg.cholesky(covariance))


def _next_proposal(points: np.ndarray, logs: np.ndarray) -> _Proposal:
    """Give a t the weighted mean and covariance of the draws so far."""
    for power in np.linspace(1, 0.05, 20):
        weights = _weights(logs, power)
        if 1 / (weights**2).sum() >= TO_ADAPT:
            break
    centre = weights @ points
    away = points - centre
    covariance = away.T @ (away * weights[:, None]) + 1e-8 * np.eye(len(centre))
    return _Proposal(centre, np.linalg.cholesky(covariance))
