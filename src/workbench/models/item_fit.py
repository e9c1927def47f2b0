"""The result of an item model: frozen, and asked through tidy frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from workbench.models.checks import DO_NOT_USE, Check
from workbench.models.combinations import combination_weights
from workbench.models.design import Design
from workbench.models.fit_tables import checks_table, groups_text, modes_table
from workbench.models.item_checks import singular_terms
from workbench.models.item_families import CUMULATIVE
from workbench.models.item_rows import ItemRows
from workbench.models.variance_parameters import Factors, variance_table
from workbench.terms import CONFIDENCE


@dataclass(frozen=True, eq=False)
class ItemModelFit:
    """A fitted model of answered items.

    Ask `usable` first: a fit that is not usable has a reason in `why_not`, and its numbers are
    for looking into the trouble, not for reporting. Every number is on the logit scale and for
    given levels of the groups: a fixed effect is the log odds ratio within one practitioner, site
    or item, and is larger than one averaged over them.

    Attributes
    ----------
    items
        The rows, the names and the family.
    factors
        For each random term T, with Var(effects of one level) = T T'; see `var_corr`.
    fixed
        Thresholds, then fixed effects, shape (f,).
    covariance
        Their covariance, with the uncertainty of the variances counted, shape (f, f); missing
        values where the likelihood has no proper peak.
    modes, mode_sds
        For each random term, conditional modes and their standard deviations given the
        parameters, shape (levels, width).
    criterion
        -2 log likelihood, every constant included: for counts the binomial coefficients too. This
        is -2 logLik of lme4 (Laplace) and of ordinal. For quadrature lme4 leaves out the log
        likelihood of the saturated model; this one does not.
    quadrature
        Number of nodes; 1 is Laplace's approximation.
    converged
        Whether the likelihood has its maximum here.
    evaluations
        Evaluations of the criterion and its gradient.
    checks
        Every check made of the fit; `diagnostics` is the table of them.
    """

    items: ItemRows
    factors: Factors
    fixed: np.ndarray
    covariance: np.ndarray
    modes: tuple[np.ndarray, ...]
    mode_sds: tuple[np.ndarray, ...]
    criterion: float
    quadrature: int
    converged: bool
    evaluations: int
    checks: tuple[Check, ...]

    @property
    def design(self) -> Design:
        """The formula, names, levels, and the counts of rows used and dropped."""
        return self.items.design

    @property
    def singular(self) -> bool:
        """Whether a variance is zero or a correlation is one in size."""
        return bool(singular_terms(self.items, self.factors))

    @property
    def usable(self) -> bool:
        """Whether the numbers may be reported."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why the numbers may not be reported, as sentences; empty when they may."""
        return " ".join(check.detail for check in self.checks if check.verdict == DO_NOT_USE)

    def tidy(self) -> pd.DataFrame:
        """List thresholds (``0|1``) and fixed effects, one row each.

        Returns
        -------
        pandas.DataFrame
            ``term, estimate, std_error, df, statistic, p_value, conf_low, conf_high``. Tests and
            intervals are Wald's, from the normal distribution, so ``df`` is infinite. With few
            levels in a group they are too sure of themselves.
        """
        error = np.sqrt(np.diag(self.covariance))
        statistic = self.fixed / error
        reach = norm.ppf(0.5 + CONFIDENCE / 2) * error
        names = (*self.items.threshold_names, *self.items.column_names)
        return pd.DataFrame(
            {
                "term": pd.Series(names, dtype="str"),
                "estimate": self.fixed,
                "std_error": error,
                "df": np.inf,
                "statistic": statistic,
                "p_value": 2 * norm.sf(np.abs(statistic)),
                "conf_low": self.fixed - reach,
                "conf_high": self.fixed + reach,
            }
        )

    def var_corr(self) -> pd.DataFrame:
        """Variances and covariances between levels, one row each; there is no residual.

        Returns
        -------
        pandas.DataFrame
            ``group, term, term_2, variance, sd, correlation``. A variance row has no ``term_2``
            and no ``correlation``; a covariance row has its covariance in ``variance``, no ``sd``.
        """
        return variance_table(self.design, self.factors, 1.0).iloc[:-1].reset_index(drop=True)

    def glance(self) -> pd.DataFrame:
        """Tell the fit in one row.

        Returns
        -------
        pandas.DataFrame
            ``criterion, n_obs, n_dropped, n_groups, family, quadrature, singular, converged``.
            ``criterion`` is -2 log likelihood with every constant; ``n_obs`` counts rows.
        """
        row = {
            "criterion": self.criterion,
            "n_obs": self.design.n_obs,
            "n_dropped": self.design.rows_dropped,
            "n_groups": groups_text(self.design),
            "family": self.items.family_name,
            "quadrature": self.quadrature,
            "singular": self.singular,
            "converged": self.converged,
        }
        return pd.DataFrame([row])

    def ranef(self) -> pd.DataFrame:
        """Conditional modes of the random effects, one row a level and term.

        Returns
        -------
        pandas.DataFrame
            ``group, level, term, mode, sd``. ``sd`` is conditional on the fixed effects and the
            variances, as lme4's condVar.
        """
        return modes_table(self.design.blocks, self.modes, self.mode_sds)

    def diagnostics(self) -> pd.DataFrame:
        """Every check of the fit.

        Returns
        -------
        pandas.DataFrame
            ``check, verdict, detail``; the verdict is ``fine``, ``mind`` or ``do not use``.
        """
        return checks_table(self.checks)

    def predict(self, at: pd.DataFrame) -> pd.DataFrame:
        """Probabilities of the answers at chosen values, for levels in the middle of their groups.

        Parameters
        ----------
        at
            One row a question: every column that the fixed part uses.

        Returns
        -------
        pandas.DataFrame
            The columns of `at`, then ``probability, conf_low, conf_high``; with ordered
            categories, one row a question and ``category``. Random effects are zero, so these are
            not averages over practitioners or items. Intervals are Wald's on the logit scale.

        Raises
        ------
        ParameterError
            When a column is missing or empty.
        """
        X = combination_weights(self.design, at)[0]
        frame = at.reset_index(drop=True)
        if self.items.family_name != CUMULATIVE:
            eta = X @ self.fixed
            return pd.concat([frame, self._probabilities(expit(eta), _f(eta)[:, None] * X)], axis=1)
        X = np.delete(X, self.design.fixed_names.index("Intercept"), axis=1)
        count, cuts = len(self.items.categories), len(self.items.threshold_names)
        weights = [np.hstack([np.tile(np.eye(cuts)[k], (len(X), 1)), -X]) for k in range(cuts)]
        below = [np.zeros(len(X)), *(expit(w @ self.fixed) for w in weights), np.ones(len(X))]
        none = np.zeros((len(X), len(self.fixed)))
        slopes = [none, *(_f(w @ self.fixed)[:, None] * w for w in weights), none]
        parts = [
            pd.concat(
                [
                    frame.assign(category=label),
                    self._probabilities(below[k + 1] - below[k], slopes[k + 1] - slopes[k]),
                ],
                axis=1,
            )
            for k, label in enumerate(self.items.categories)
        ]
        table = pd.concat(parts, ignore_index=True).astype({"category": "str"})
        order = np.arange(count * len(X)).reshape(count, -1).T.ravel()
        return table.iloc[order].reset_index(drop=True)

    def _probabilities(self, p: np.ndarray, slopes: np.ndarray) -> pd.DataFrame:
        """Intervals by the delta method on the logit scale, which keeps them between 0 and 1."""
        error = np.sqrt(np.einsum("ij,jk,ik->i", slopes, self.covariance, slopes))
        reach = norm.ppf(0.5 + CONFIDENCE / 2) * error / (p * (1 - p))
        logit = np.log(p) - np.log1p(-p)
        return pd.DataFrame(
            {
                "probability": p,
                "conf_low": expit(logit - reach),
                "conf_high": expit(logit + reach),
            }
        )


def _f(eta: np.ndarray) -> np.ndarray:
    """Density of the logistic distribution."""
    return expit(eta) * expit(-eta)
