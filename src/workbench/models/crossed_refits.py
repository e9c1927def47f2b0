"""Many refits at once of the model of subjects and raters, to clusters drawn again.

The model is ``rating ~ 1 + (1 | subject) + (1 | rater)`` by restricted likelihood. A draw takes
each cluster some number of times; a subject that comes twice is two subjects, a rater stays the
same one. Everything the criterion needs adds up over clusters, so a draw is a product of matrices
and all draws are searched side by side.

With W = [raters | 1 | rating], and for a subject with n ratings s = W'1, ``W'V^-1 W`` before the
raters' variance is ``W'W - g / (1 + n g) s s'``, g the subjects' variance over the residual one.
One Cholesky factor of that matrix, with the raters' part scaled and one added, holds both
determinants and the sum of squares (Bates and others 2015, Journal of Statistical Software 67(1),
section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NUMBERS_AT_ONCE = 4_000_000  # of draws times matrix entries, so that memory stays small
STEP = 0.01  # of the differences, in units of ratios above one
LONGEST_STEP = 0.5
SHORTER = (1.0, 0.25, 0.05)  # shares of a step that are tried in turn
MOST_STEPS = 40
FINE = 1e-4  # length of a step at which a search ends
LEAST_BEND = 1e-2  # second derivative that a step is divided by at least
LARGEST = 1e3  # ratio: where raters never differ in a draw, the best one has no end
NO_VARIANCE = 1e-10  # of a draw's ratings, over that of all
SMALLEST_START = 0.1  # from zero no gradient leads away


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """What the criterion needs of each cluster.

    With C clusters, K different numbers of ratings a subject, and m columns of W:

    Attributes
    ----------
    products
        W'W of each cluster, shape (C, m, m).
    sizes
        The numbers of ratings a subject, shape (K,).
    outer
        Sum of s s' over the cluster's subjects of each size, shape (K, C, m, m).
    subjects
        Number of them, shape (K, C).
    ratings
        Number of ratings of each cluster, shape (C,).
    """

    products: np.ndarray
    sizes: np.ndarray
    outer: np.ndarray
    subjects: np.ndarray
    ratings: np.ndarray

    @staticmethod
    def of(
        rating: np.ndarray, subject: np.ndarray, rater: np.ndarray, cluster: np.ndarray
    ) -> ClusterSums:
        """Sum up ratings; the codes count from 0 without a gap, each of shape (n,)."""
        n_raters, n_clusters = int(rater.max()) + 1, int(cluster.max()) + 1
        W = np.zeros((len(rating), n_raters + 2))
        W[np.arange(len(rating)), rater] = 1.0
        W[:, -2] = 1.0
        W[:, -1] = (rating - rating.mean()) / rating.std()
        sums = np.zeros((int(subject.max()) + 1, W.shape[1]))
        np.add.at(sums, subject, W)
        home = np.zeros(len(sums), dtype=int)
        home[subject] = cluster
        sizes = np.unique(sums[:, -2])
        of_size = [sums[:, -2] == size for size in sizes]
        return ClusterSums(
            _products(W, cluster, n_clusters),
            sizes,
            np.stack([_products(sums[own], home[own], n_clusters) for own in of_size]),
            np.stack([np.bincount(home[own], minlength=n_clusters) for own in of_size]),
            np.bincount(cluster, minlength=n_clusters),
        )


def _products(W: np.ndarray, cluster: np.ndarray, n_clusters: int) -> np.ndarray:
    """W'W of each cluster, shape (C, m, m)."""
    rows = W[np.argsort(cluster, kind="stable")]
    ends = np.cumsum(np.bincount(cluster, minlength=n_clusters))[:-1]
    return np.stack([part.T @ part for part in np.split(rows, ends)])


def refit_shares(sums: ClusterSums, drawn: np.ndarray, start: tuple[float, float]) -> np.ndarray:
    """Refit the model to each draw.

    Parameters
    ----------
    sums
        Of the clusters.
    drawn
        How often each cluster was drawn, shape (draws, C).
    start
        Standard deviations of subjects and raters over the residual one, to start from.

    Returns
    -------
    numpy.ndarray
        Shares of subjects, raters and the residual in the variance, shape (draws, 3); NaN where
        all ratings of a draw are the same, or no optimum was found.
    """
    at_once = max(NUMBERS_AT_ONCE // (sums.products[0].size * (len(sums.sizes) + 2)), 1)
    parts = [
        _search(_Draws.of(sums, drawn[begin : begin + at_once]), start)
        for begin in range(0, len(drawn), at_once)
    ]
    ratios = np.concatenate([*parts, np.zeros((0, 2))]) ** 2
    variances = np.column_stack([ratios, np.ones(len(ratios))])
    return variances / variances.sum(axis=1, keepdims=True)


@dataclass(frozen=True, eq=False)
class _Draws:
    """Sums of some draws, side by side."""

    products: np.ndarray
    sizes: np.ndarray
    outer: np.ndarray
    subjects: np.ndarray
    ratings: np.ndarray

    @staticmethod
    def of(sums: ClusterSums, drawn: np.ndarray) -> _Draws:
        return _Draws(
            np.tensordot(drawn, sums.products, 1),
            sums.sizes,
            np.stack([np.tensordot(drawn, one, 1) for one in sums.outer]),
            np.stack([drawn @ one for one in sums.subjects]),
            drawn @ sums.ratings,
        )

    def only(self, keep: np.ndarray) -> _Draws:
        """Keep some of the draws."""
        return _Draws(
            self.products[keep],
            self.sizes,
            self.outer[:, keep],
            self.subjects[:, keep],
            self.ratings[keep],
        )

    def varies(self) -> np.ndarray:
        """Tell in which draws the ratings are not all the same, shape (draws,)."""
        means = self.products[:, -1, -2] / self.ratings
        return self.products[:, -1, -1] / self.ratings - means**2 > NO_VARIANCE

    def criterion(self, ratios: np.ndarray) -> np.ndarray:
        """-2 log restricted likelihood but for a constant, at ratios of shape (draws, 2)."""
        squared = ratios[:, 0] ** 2
        products, value = self.products.copy(), np.zeros(len(ratios))
        for size, outer, subjects in zip(self.sizes, self.outer, self.subjects, strict=True):
            products -= (squared / (1 + size * squared))[:, None, None] * outer
            value += subjects * np.log1p(size * squared)
        n_raters = products.shape[1] - 2
        products[:, :n_raters] *= ratios[:, 1, None, None]
        products[:, :, :n_raters] *= ratios[:, 1, None, None]
        diagonal = np.arange(n_raters)
        products[:, diagonal, diagonal] += 1.0
        roots = np.diagonal(np.linalg.cholesky(products), axis1=1, axis2=2)
        value += 2 * np.log(roots[:, :-1]).sum(axis=1)
        return value + 2 * (self.ratings - 1) * np.log(roots[:, -1])


def _search(draws: _Draws, start: tuple[float, float]) -> np.ndarray:
    """Newton steps on differences, all draws at once; shape (draws, 2)."""
    here = np.tile(np.maximum(start, SMALLEST_START), (len(draws.ratings), 1))
    found = np.full(here.shape, np.nan)
    left = np.flatnonzero(draws.varies())
    draws, here = draws.only(left), here[left]
    for _ in range(MOST_STEPS):
        if not len(left):
            break
        step = _newton_step(draws, here)
        here, moved = _go(draws, here, step)
        done = moved < FINE
        found[left[done]] = here[done]
        draws, here, left = draws.only(~done), here[~done], left[~done]
    return found


def _newton_step(draws: _Draws, here: np.ndarray) -> np.ndarray:
    """Step downhill in each draw, shape (draws, 2); lengths in units of ratios above one."""
    unit = np.maximum(np.abs(here), 1.0)
    first, second = (STEP * unit * one for one in np.eye(2))
    middle = draws.criterion(here)
    up = np.stack([draws.criterion(here + one) for one in (first, second)], axis=1)
    down = np.stack([draws.criterion(here - one) for one in (first, second)], axis=1)
    corner = draws.criterion(here + first + second)
    gradient = (up - down) / (2 * STEP)
    hessian = np.empty((len(here), 2, 2))
    hessian[:, [0, 1], [0, 1]] = (up - 2 * middle[:, None] + down) / STEP**2
    # The corner's difference less the two sides' leaves the mixed derivative.
    mixed = (corner - up[:, 0] - up[:, 1] + middle) / STEP**2
    hessian[:, 0, 1] = hessian[:, 1, 0] = mixed
    values, vectors = np.linalg.eigh(hessian)
    turned = np.einsum("dij,di->dj", vectors, gradient) / np.maximum(np.abs(values), LEAST_BEND)
    step = -np.einsum("dij,dj->di", vectors, turned)
    length = np.linalg.norm(step, axis=1, keepdims=True)
    return unit * step * np.minimum(1.0, LONGEST_STEP / np.maximum(length, 1e-300))


def _go(draws: _Draws, here: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take as much of each step as goes down; the new places and the lengths gone."""
    before = draws.criterion(here)
    there, open_still = here.copy(), np.ones(len(here), dtype=bool)
    for share in SHORTER:
        goal = np.clip(here[open_still] + share * step[open_still], -LARGEST, LARGEST)
        down = draws.only(open_still).criterion(goal) <= before[open_still]
        chosen = np.flatnonzero(open_still)[down]
        there[chosen] = goal[down]
        open_still[chosen] = False
        if not open_still.any():
            break
    return there, np.linalg.norm(there - here, axis=1)
