"""Answers of a mixed model averaged over what its variances may be.

For given variance parameters an answer is t distributed about its best prediction. Over draws of
those parameters (`workbench.models.variance_draws`) it is a mixture of such distributions, from
which intervals and probabilities are read off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import ndtr, stdtr

from workbench.models.mixed_fit import MixedModelFit
from workbench.models.profiled_curvature import ProfiledCurvature
from workbench.models.profiled_equations import ProfiledEquations
from workbench.models.variance_draws import VarianceDraws, draw_variances
from workbench.terms import CONFIDENCE

DRAWS = 64  # that answers are averaged over, of the several hundred that are weighed
FEWEST_EFFECTIVE = 10.0  # weighed draws below which the variances are taken at their estimates
MANY_GROUPS = 100  # levels of every group from which on the variances are as good as known
LIKE_NORMAL = 200  # degrees of freedom from which on t is taken as normal
HALVINGS = 40


@dataclass(frozen=True, eq=False)
class IntegratedAnswers:
    """A mixture of t distributions for each of m answers.

    Attributes
    ----------
    means, errors
        Centre and scale by draw and answer, shape (n, m).
    weights
        Of the draws, summing to one, shape (n,).
    df
        Degrees of freedom by answer, shape (m,).
    """

    means: np.ndarray
    errors: np.ndarray
    weights: np.ndarray
    df: np.ndarray

    def below(self, value: float | np.ndarray) -> np.ndarray:
        """Probability that each answer lies below a value, shape (m,)."""
        z = (value - self.means) / self.errors
        normal = self.df >= LIKE_NORMAL
        chance = np.where(normal, ndtr(z), stdtr(self.df, z)) if not normal.all() else ndtr(z)
        return np.asarray(self.weights @ chance)

    def quantile(self, share: float) -> np.ndarray:
        """Value below which a share of each answer's distribution lies, shape (m,)."""
        low = (self.means - 12 * self.errors).min(axis=0)
        high = (self.means + 12 * self.errors).max(axis=0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return (low + high) / 2

    def table(self) -> pd.DataFrame:
        """List ``estimate, std_error, df, conf_low, conf_high``, one row an answer."""
        estimate = self.weights @ self.means
        spread = self.weights @ (self.errors**2 + (self.means - estimate) ** 2)
        tail = (1 - CONFIDENCE) / 2
        return pd.DataFrame(
            {
                "estimate": estimate,
                "std_error": np.sqrt(spread),
                "df": self.df,
                "conf_low": self.quantile(tail),
                "conf_high": self.quantile(1 - tail),
            }
        )

    def shifted(self, by: float, std_error: float) -> IntegratedAnswers:
        """Answers less a quantity known with a normal error of its own.

        Parameters
        ----------
        by, std_error
            The quantity and its error.
        """
        errors = np.sqrt(self.errors**2 + std_error**2)
        return IntegratedAnswers(self.means - by, errors, self.weights, self.df)

    def part(self, rows: slice | np.ndarray) -> IntegratedAnswers:
        """Keep some of the answers."""
        return IntegratedAnswers(
            self.means[:, rows], self.errors[:, rows], self.weights, self.df[rows]
        )


def draws_of(fit: MixedModelFit) -> VarianceDraws | None:
    """Draw what the variances of a fit may be, to average answers over.

    Returns
    -------
    VarianceDraws or None
        None where the variances are best taken at their estimates: every group has
        ``MANY_GROUPS`` levels or more, the fit is not a REML fit of the profiled engine, or too few
        draws had any weight.
    """
    curvature = fit.curvature
    few = min(len(block.levels) for block in fit.design.blocks) < MANY_GROUPS
    if not (few and fit.reml and isinstance(curvature, ProfiledCurvature)):
        return None
    draws = draw_variances(curvature)
    return draws.thinned(DRAWS) if draws.effective >= FEWEST_EFFECTIVE else None


def integrated_answers(
    fit: MixedModelFit,
    fixed: np.ndarray,
    random: sparse.csr_matrix,
    draws: VarianceDraws | None,
) -> IntegratedAnswers:
    """Answer combinations of fixed and random effects, averaged over the variances.

    Parameters
    ----------
    fit
        A fit that can be used.
    fixed, random
        Weights of m answers, shapes (m, p) and (m, k), as
        `workbench.models.combinations.combination_weights` gives them.
    draws
        From :func:`draws_of`. None to take the variances at their estimates, with Satterthwaite's
        degrees of freedom.
    """
    if draws is None:
        return _at_the_estimates(fit, fixed, random)
    assert isinstance(fit.curvature, ProfiledCurvature)
    means, errors = np.empty((2, len(draws.theta), len(fixed)))
    for number, theta in enumerate(draws.theta):
        equations: ProfiledEquations = fit.curvature.equations(theta)
        means[number] = fixed @ equations.fixed_effects + random @ equations.modes
        variances = equations.combination_variances(fixed, random)
        errors[number] = equations.best_sigma(True) * np.sqrt(variances)
    freedom = fit.design.n_obs - len(fit.design.fixed_names)
    return IntegratedAnswers(means, errors, draws.weights, np.full(len(fixed), float(freedom)))


def _at_the_estimates(
    fit: MixedModelFit, fixed: np.ndarray, random: sparse.csr_matrix
) -> IntegratedAnswers:
    equations = fit.equations
    means = fixed @ equations.fixed_effects + random @ equations.modes
    errors = fit.sigma * np.sqrt(equations.combination_variances(fixed, random))
    df = fit.curvature.degrees_of_freedom(fixed, random)
    return IntegratedAnswers(means[None], errors[None], np.ones(1), df)
