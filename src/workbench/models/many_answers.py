"""Answers about many responses, each averaged over what its own variances may be.

As `workbench.models.integrated` does for one response: every response has a posterior of its own
over the variance parameters. Here all share one set of points, drawn from a proposal that covers
the responses' posteriors together, and each weighs them by its own likelihood. Nothing has to be
searched for, so that thousands of simulated responses cost little more than one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import ndtr, stdtr
from scipy.stats import qmc

from workbench.models.integrated import LIKE_NORMAL
from workbench.models.many_responses import ManyResponses
from workbench.models.theta_proposals import (
    WIDEST,
    Proposal,
    columns_in_theta,
    folded,
    mirrors_of,
    next_proposal,
)

LOOKS, LOOK_POINTS = 4, 128  # rounds by which the proposal is fitted, and points of each
POINTS = 512  # that answers are averaged over; powers of two keep the points balanced
TO_LOOK = 48  # responses that the proposal is fitted to
STEP = 0.02  # of the differences for the first proposal's curvature, relative
SEED = 1


@dataclass(frozen=True, eq=False)
class Chances:
    """Chances that answers lie below given values.

    Attributes
    ----------
    below
        By value, answer and response, shape (v, a, K).
    means
        Estimates, shape (a, K).
    errors
        Their standard errors, the variances' uncertainty included, shape (a, K).
    effective
        Number of equally weighted points that say as much, for each response, shape (K,).
    """

    below: np.ndarray
    means: np.ndarray
    errors: np.ndarray
    effective: np.ndarray


def chances_below(
    many: ManyResponses,
    fixed: np.ndarray,
    random: sparse.csr_matrix,
    values: np.ndarray,
    start: np.ndarray,
) -> Chances:
    """Chance that each answer about each response lies below each value.

    Parameters
    ----------
    many
        The responses.
    fixed, random
        Weights of a answers, shapes (a, p) and (a, k), as
        `workbench.models.combinations.combination_weights` gives them.
    values
        Shape (v,).
    start
        Theta about which the responses were simulated, from `ManyResponses.theta_of`.
    """
    uniform = qmc.Sobol(len(start) + 1, rng=np.random.default_rng(SEED))
    columns = columns_in_theta(many.design.blocks)
    mirrors = mirrors_of(columns, len(start))
    proposal = _fitted_proposal(many.first(TO_LOOK), start, uniform)
    points = _drawn(proposal, uniform, POINTS, columns)
    found = [many.at(theta, fixed, many.weights(random)) for theta in points]
    logs = np.array([one.log_posterior for one in found])
    shares = _shares(logs - proposal.log_density(points, mirrors)[:, None])
    means, errors = (np.array([getattr(one, of) for one in found]) for of in ("means", "errors"))
    return _mixed(shares, means, errors, values, many.freedom)


def _drawn(
    proposal: Proposal, uniform: qmc.Sobol, count: int, columns: list[np.ndarray]
) -> np.ndarray:
    drawn = proposal.draw(np.clip(uniform.random(count), 1e-9, 1 - 1e-9))
    return folded(drawn, columns)


def _fitted_proposal(few: ManyResponses, start: np.ndarray, uniform: qmc.Sobol) -> Proposal:
    """Fit a proposal, round by round, to the posteriors of a few responses together."""
    columns = columns_in_theta(few.design.blocks)
    mirrors = mirrors_of(columns, len(start))
    proposals = [_first_proposal(few, start)]
    points, logs = np.empty((0, len(start))), np.empty((0, len(few.squares)))
    for _ in range(LOOKS):
        new = _drawn(proposals[-1], uniform, LOOK_POINTS, columns)
        points = np.concatenate([points, new])
        logs = np.concatenate([logs, [few.log_posterior(theta) for theta in new]])
        mixture = np.logaddexp.reduce([one.log_density(points, mirrors) for one in proposals])
        shares = _shares(logs - mixture[:, None]).mean(axis=1)
        proposals.append(next_proposal(points, np.log(shares + 1e-300)))
    return proposals[-1]


def _shares(logs: np.ndarray) -> np.ndarray:
    """Weight of each point for each response, shape (J, K); a response's sum to one."""
    shares = np.exp(logs - logs.max(axis=0))
    return shares / shares.sum(axis=0)


def _mixed(
    shares: np.ndarray, means: np.ndarray, errors: np.ndarray, values: np.ndarray, freedom: int
) -> Chances:
    below = np.empty((len(values), *means.shape[1:]))
    for number, value in enumerate(values):
        z = (value - means) / errors
        chance = ndtr(z) if freedom >= LIKE_NORMAL else stdtr(freedom, z)
        below[number] = np.einsum("jk,jak->ak", shares, chance)
    middle = np.einsum("jk,jak->ak", shares, means)
    spread = np.einsum("jk,jak->ak", shares, errors**2 + (means - middle) ** 2)
    return Chances(below, middle, np.sqrt(spread), 1 / (shares**2).sum(axis=0))


def _first_proposal(few: ManyResponses, start: np.ndarray) -> Proposal:
    """Twice the normal approximation at the start: the posterior's spread and the estimate's."""
    t = len(start)
    steps = np.diag(STEP * np.maximum(np.abs(start), 0.1))

    def value(theta: np.ndarray) -> float:
        return float(few.log_posterior(theta).mean())

    bend = np.empty((t, t))
    for i in range(t):
        for j in range(i + 1):
            ends = [
                value(start + a * steps[i] + b * steps[j]) * a * b for a in (1, -1) for b in (1, -1)
            ]
            bend[i, j] = bend[j, i] = -sum(ends) / (4 * steps[i, i] * steps[j, j])
    found, vectors = np.linalg.eigh(bend)
    spread = np.minimum(np.sqrt(2 / np.maximum(found, 1e-12)), WIDEST)
    return Proposal(start, np.linalg.cholesky((vectors * spread**2) @ vectors.T))
