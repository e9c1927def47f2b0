"""Likelihoods of answered items, and their derivatives in the linear predictor.

Both families are logistic, so every derivative is a product of F = logit^-1 and 1 - F. The
cumulative one looks harder than it is, because for a < b the logistic F satisfies

    log(F(b) - F(a)) = log F(b) + log(1 - F(a)) + log(1 - exp(-(b - a)))

and the last term does not depend on the linear predictor: an answer in a middle category acts like
two yes/no answers, "not above" and "not below". So the log likelihood is concave in the linear
predictor, and Newton's method for the random effects can't be lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from scipy.special import expit, gammaln

BINOMIAL, CUMULATIVE = "binomial", "cumulative"
FAMILIES = (BINOMIAL, CUMULATIVE)


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives of the rows' log likelihoods l in the linear predictor eta, each shape (n,).

    Attributes
    ----------
    score
        dl / d eta.
    weight
        -d2 l / d eta2, never below zero.
    bend
        d weight / d eta.
    """

    score: np.ndarray
    weight: np.ndarray
    bend: np.ndarray


class Family(Protocol):
    """A likelihood of the rows given the linear predictor and the cut points."""

    @property
    def n_cuts(self) -> int:
        """Number of cut points on the linear predictor's scale."""
        ...

    def start(self) -> np.ndarray:
        """Cut points, or the intercept, that give the overall shares of answers."""
        ...

    def log_likelihood(self, eta: np.ndarray, cuts: np.ndarray) -> np.ndarray:
        """Log likelihood of each row, shape (n,), every constant included."""
        ...

    def slopes(self, eta: np.ndarray, cuts: np.ndarray) -> Slopes:
        """Give the derivatives in the linear predictor."""
        ...

    def cut_gradient(
        self,
        eta: np.ndarray,
        cuts: np.ndarray,
        pull: np.ndarray,
        spread: np.ndarray,
        shift: np.ndarray,
    ) -> np.ndarray:
        """Add up derivatives in each cut point over the rows, shape (n_cuts,).

        Parameters
        ----------
        eta, cuts
            Where.
        pull, spread, shift
            What multiplies each row's dl / d cut, d weight / d cut and d2l / d eta d cut.
        """
        ...


@dataclass(frozen=True, eq=False)
class Binomial:
    """Met out of applicable, with logit link.

    Attributes
    ----------
    met, trials
        Counts, shape (n,).
    """

    met: np.ndarray
    trials: np.ndarray
    n_cuts: int = 0
    constant: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rest = gammaln(self.met + 1) + gammaln(self.trials - self.met + 1)
        object.__setattr__(self, "constant", gammaln(self.trials + 1) - rest)

    def start(self) -> np.ndarray:
        """Logit of the overall share met, shape (1,)."""
        share = (self.met.sum() + 0.5) / (self.trials.sum() + 1.0)
        return np.array([np.log(share / (1 - share))])

    def log_likelihood(self, eta: np.ndarray, cuts: np.ndarray) -> np.ndarray:
        """Log likelihood of each row, with the binomial coefficient."""
        return self.constant + self.met * eta - self.trials * np.logaddexp(0.0, eta)

    def slopes(self, eta: np.ndarray, cuts: np.ndarray) -> Slopes:
        """Give the derivatives in the linear predictor."""
        p = expit(eta)
        weight = self.trials * p * (1 - p)
        return Slopes(self.met - self.trials * p, weight, weight * (1 - 2 * p))

    def cut_gradient(
        self,
        eta: np.ndarray,
        cuts: np.ndarray,
        pull: np.ndarray,
        spread: np.ndarray,
        shift: np.ndarray,
    ) -> np.ndarray:
        """Nothing: this family has no cut points."""
        return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Cumulative:
    """Ordered categories with proportional odds: P(Y <= k) = logit^-1(threshold_k - eta).

    Attributes
    ----------
    category
        Number of each row's category, 0 to n_categories - 1, shape (n,).
    n_categories
        Number of categories in use.
    """

    category: np.ndarray
    n_categories: int

    @property
    def n_cuts(self) -> int:
        """Number of thresholds."""
        return self.n_categories - 1

    def start(self) -> np.ndarray:
        """Logits of the overall cumulative shares, shape (n_cuts,)."""
        counts = np.bincount(self.category, minlength=self.n_categories) + 0.5
        share = np.cumsum(counts)[:-1] / counts.sum()
        return np.log(share / (1 - share))

    def _ends(self, eta: np.ndarray, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distance of each row's eta from the thresholds below and above its category."""
        padded = np.concatenate([[-np.inf], cuts, [np.inf]])
        return padded[self.category] - eta, padded[self.category + 1] - eta

    def _gaps(self, cuts: np.ndarray) -> np.ndarray:
        """Width of each category; infinite at the ends."""
        return np.concatenate([[np.inf], np.diff(cuts), [np.inf]])

    def log_likelihood(self, eta: np.ndarray, cuts: np.ndarray) -> np.ndarray:
        """Log likelihood of each row."""
        below, above = self._ends(eta, cuts)
        width = np.log(-np.expm1(-self._gaps(cuts)))[self.category]
        return width - np.logaddexp(0.0, below) - np.logaddexp(0.0, -above)

    def slopes(self, eta: np.ndarray, cuts: np.ndarray) -> Slopes:
        """Give the derivatives in the linear predictor."""
        low, high = (expit(end) for end in self._ends(eta, cuts))
        low_weight, high_weight = low * (1 - low), high * (1 - high)
        bend = -low_weight * (1 - 2 * low) - high_weight * (1 - 2 * high)
        return Slopes(low + high - 1, low_weight + high_weight, bend)

    def cut_gradient(
        self,
        eta: np.ndarray,
        cuts: np.ndarray,
        pull: np.ndarray,
        spread: np.ndarray,
        shift: np.ndarray,
    ) -> np.ndarray:
        """Sum each row's share over the threshold above and the one below its category."""
        low, high = (expit(end) for end in self._ends(eta, cuts))
        edge = (1 / np.expm1(self._gaps(cuts)))[self.category]
        total = np.zeros(self.n_categories + 1)
        for p, slope, index in (
            (high, edge + 1 - high, self.category + 1),
            (low, -edge - low, self.category),
        ):
            f = p * (1 - p)
            rows = pull * slope + spread * f * (1 - 2 * p) + shift * f
            total += np.bincount(index, rows, minlength=self.n_categories + 1)
        return total[1:-1]
