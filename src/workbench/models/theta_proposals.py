"""Proposals for drawing variance parameters: multivariate t's that count their mirror images.

The criterion of a mixed model is even in every column of a factor, so that columns are turned to a
positive diagonal, and a proposal's density is that of a point and all its mirror images.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln, ndtri
from scipy.stats import chi2

from workbench.models.design import RandomBlock
from workbench.models.variance_parameters import free_entries

FREEDOM = 5.0  # of the t proposals: heavier tails than the posterior's
WIDEST = 1.0  # relative standard deviation of a flat direction in the first proposal
TO_ADAPT = 30.0  # effective draws that a proposal is fitted to; weights are tempered until then


@dataclass(frozen=True, eq=False)
class Proposal:
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


def columns_in_theta(blocks: tuple[RandomBlock, ...]) -> list[np.ndarray]:
    """Places in theta of each column of each factor, its diagonal entry first."""
    found, start = [], 0
    for block in blocks:
        rows, columns = free_entries(block)
        for column in range(block.width):
            places = np.flatnonzero(columns == column)
            found.append(start + places[np.argsort(rows[places])])
        start += len(rows)
    return found


def mirrors_of(columns: list[np.ndarray], t: int) -> np.ndarray:
    """Signs of theta under every way to turn columns, shape (2^q, t)."""
    signs = np.ones((2 ** len(columns), t))
    for row, turned in enumerate(itertools.product((1.0, -1.0), repeat=len(columns))):
        for places, sign in zip(columns, turned, strict=True):
            signs[row, places] = sign
    return signs


def folded(points: np.ndarray, columns: list[np.ndarray]) -> np.ndarray:
    """Points with every column turned to a positive diagonal."""
    turned = points.copy()
    for places in columns:
        negative = turned[:, places[0]] < 0
        turned[np.ix_(negative, places)] *= -1
    return turned


def weights_of(logs: np.ndarray, power: float = 1.0) -> np.ndarray:
    """Weights that sum to one, from their logarithms, tempered by a power."""
    weights = np.exp(power * (logs - logs.max()))
    return weights / weights.sum()


def next_proposal(points: np.ndarray, logs: np.ndarray) -> Proposal:
    """Give a t the weighted mean and covariance of the draws so far."""
    for power in np.linspace(1, 0.05, 20):
        weights = weights_of(logs, power)
        if 1 / (weights**2).sum() >= TO_ADAPT:
            break
    centre = weights @ points
    away = points - centre
    covariance = away.T @ (away * weights[:, None]) + 1e-8 * np.eye(len(centre))
    return Proposal(centre, np.linalg.cholesky(covariance))
