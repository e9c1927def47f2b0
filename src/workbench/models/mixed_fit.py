"""The result of a mixed model: frozen, and asked through tidy frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import t as t_distribution

from workbench.errors import ParameterError
from workbench.models.checks import DO_NOT_USE, Check
from workbench.models.combinations import averaged_weights, combination_weights
from workbench.models.design import Design
from workbench.models.diagnostics import singular_terms
from workbench.models.fit_parts import Curvature, Equations
from workbench.models.fit_tables import checks_table, estimates_table, groups_text, modes_table
from workbench.models.row_summary import RowSummary
from workbench.models.sufficient_statistics import SufficientStatistics
from workbench.models.variance_parameters import Factors, variance_table
from workbench.shown import Shown


@dataclass(frozen=True, eq=False)
class MixedModelFit(Shown):
    """A fitted linear mixed model.

    Ask `usable` first: a fit that is not usable has a reason in `why_not`, and its numbers are
    for looking into the trouble, not for reporting.

    Attributes
    ----------
    design
        The formula, names, levels, and the counts of rows used and dropped.
    summary
        The rows in a few numbers.
    factors
        Relative covariance factors T, one for each random term; see `var_corr` for plain words.
    sigma
        Residual standard deviation.
    reml
        Whether the restricted likelihood was used.
    engine
        What found the variance parameters.
    equations
        Estimates, modes and their errors.
    curvature
        Derivatives of the criterion at the estimates.
    checks
        Every check made of the fit; `diagnostics` is the table of them.
    statistics
        The sufficient statistics, where the profiled engine made the fit.
    """

    design: Design
    summary: RowSummary
    factors: Factors
    sigma: float
    reml: bool
    engine: str
    equations: Equations
    curvature: Curvature
    checks: tuple[Check, ...]
    statistics: SufficientStatistics | None = None

    @property
    def criterion(self) -> float:
        """-2 log likelihood, restricted under REML, as lme4 prints it."""
        return self.equations.criterion(self.reml)

    @property
    def converged(self) -> bool:
        """Whether the criterion has its minimum here, checked apart from the engine."""
        return self.curvature.is_optimum

    @property
    def singular(self) -> bool:
        """Whether a variance is zero or a correlation is one in size."""
        return bool(singular_terms(self.design, self.summary, self.factors))

    @property
    def usable(self) -> bool:
        """Whether the numbers may be reported."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why the numbers may not be reported, as sentences; empty when they may."""
        return " ".join(check.detail for check in self.checks if check.verdict == DO_NOT_USE)

    def tidy(self) -> pd.DataFrame:
        """List the fixed effects, one row each.

        Returns
        -------
        pandas.DataFrame
            ``term, estimate, std_error, df, statistic, p_value, conf_low, conf_high``; degrees of
            freedom by Satterthwaite, intervals at the confidence of `workbench.terms`.
        """
        names = self.design.fixed_names
        table = self._estimates(np.eye(len(names)), self.no_random(len(names)))
        statistic = table["estimate"] / table["std_error"]
        table.insert(3, "statistic", statistic)
        table.insert(4, "p_value", 2 * t_distribution.sf(np.abs(statistic), table["df"]))
        table.insert(0, "term", pd.Series(names, dtype="str"))
        return table

    def glance(self) -> pd.DataFrame:
        """Tell the fit in one row.

        Returns
        -------
        pandas.DataFrame
            ``criterion, n_obs, n_dropped, n_groups, reml, singular, converged, engine``.
        """
        row = {
            "criterion": self.criterion,
            "n_obs": self.design.n_obs,
            "n_dropped": self.design.rows_dropped,
            "n_groups": groups_text(self.design),
            "reml": self.reml,
            "singular": self.singular,
            "converged": self.converged,
            "engine": self.engine,
        }
        return pd.DataFrame([row])

    def var_corr(self) -> pd.DataFrame:
        """Variances and covariances, one row each, the residual last.

        Returns
        -------
        pandas.DataFrame
            ``group, term, term_2, variance, sd, correlation``. A variance row has no ``term_2``
            and no ``correlation``; a covariance row has its covariance in ``variance``, no ``sd``.
        """
        return variance_table(self.design, self.factors, self.sigma)

    def ranef(self) -> pd.DataFrame:
        """Conditional modes of the random effects, one row a level and term.

        Returns
        -------
        pandas.DataFrame
            ``group, level, term, mode, sd``. ``sd`` is conditional on the fixed effects and the
            variances, as lme4's condVar; for an honest interval use `coef` or
            `linear_combinations`.
        """
        ends = np.cumsum([block.size for block in self.design.blocks])[:-1]
        modes = np.split(self.equations.modes, ends)
        sds = np.split(self.sigma * self.equations.conditional_sds(), ends)
        return modes_table(self.design.blocks, modes, sds)

    def coef(self, group: str) -> pd.DataFrame:
        """Each level's own coefficients: fixed effect plus conditional mode.

        Parameters
        ----------
        group
            A grouping factor of the formula. For a group inside another, the outer group's
            effects are not added: use `linear_combinations` for those.

        Returns
        -------
        pandas.DataFrame
            ``group, level, term, estimate, std_error, df, conf_low, conf_high``; the error counts
            the uncertainty of the fixed effect and of the mode together.
        """
        if group not in self.design.formula.groups:
            raise ParameterError(
                f"The model has no group '{group}'. Its groups: "
                f"{', '.join(self.design.formula.groups)}."
            )
        labels, fixed, columns, start = [], [], [], 0
        for block in self.design.blocks:
            if block.term.group == group:
                for number, level in enumerate(block.levels):
                    for effect, name in enumerate(block.names):
                        labels.append((group, level, name))
                        fixed.append([float(name == other) for other in self.design.fixed_names])
                        columns.append(start + number * block.width + effect)
            start += block.size
        shape = (len(labels), start)
        ones = (np.ones(len(labels)), (np.arange(len(labels)), columns))
        table = self._estimates(np.array(fixed), sparse.csr_matrix(ones, shape=shape))
        keys = pd.DataFrame(labels, columns=["group", "level", "term"], dtype="str")
        return pd.concat([keys, table], axis=1)

    def linear_combinations(
        self,
        at: pd.DataFrame,
        groups: Sequence[str] = (),
        slope_of: str | None = None,
        step: float = 1.0,
    ) -> pd.DataFrame:
        """Modelled levels or slopes at chosen values, for the average or for named levels.

        Parameters
        ----------
        at
            One row an answer: every column that the fixed part uses, and the columns of `groups`.
        groups
            Groups whose modes are added. Empty: the average over all groups. For the slope of
            practitioners within their site: ``("site_id", "practitioner_id")``.
        slope_of
            None for the modelled level. A numeric column for the change of the modelled level
            from ``at`` to ``at`` with `step` more in that column, divided by `step`.
        step
            Length of the step, in the column's units.

        Returns
        -------
        pandas.DataFrame
            The columns of `at`, then ``estimate, std_error, df, conf_low, conf_high``. The error
            is that of fixed effects and modes together, without the residual.

        Raises
        ------
        ParameterError
            When a column is missing, or a level was not among those fitted.

        Examples
        --------
        ``fit.linear_combinations(DataFrame({"site_id": ["s1"], "quarters": [8.0], "rater_role":
        ["independent"]}), groups=["site_id"])`` is the modelled fidelity of site s1 at quarter 8.
        """
        fixed, random = combination_weights(self.design, at, tuple(groups), slope_of, step)
        table = self._estimates(fixed, random)
        return pd.concat([at.reset_index(drop=True), table], axis=1)

    def mean_combinations(
        self,
        at: pd.DataFrame,
        by: str,
        groups: Sequence[str] = (),
        slope_of: str | None = None,
    ) -> pd.DataFrame:
        """Mean of the modelled levels or slopes over the rows of `at` that share a value of `by`.

        The error is that of the mean itself: what its members share does not average out.

        Parameters
        ----------
        at, groups, slope_of
            As for `linear_combinations`.
        by
            Column of `at`, without empty cells.

        Returns
        -------
        pandas.DataFrame
            ``by`` (sorted), then ``estimate, std_error, df, conf_low, conf_high``.
        """
        fixed, random = combination_weights(self.design, at, tuple(groups), slope_of)
        fixed, random, names = averaged_weights(fixed, random, at[by])
        return pd.concat([pd.DataFrame({by: names}), self._estimates(fixed, random)], axis=1)

    def icc(self) -> pd.DataFrame:
        """Share of each group in the variance that the fixed part leaves.

        Returns
        -------
        pandas.DataFrame
            ``group, variance, share``, the residual last. With slopes, a group's variance depends
            on the covariate; it is averaged over the rows (Johnson 2014, Methods in Ecology and
            Evolution 5, 944-946).
        """
        totals: dict[str, float] = {}
        for block, T, products in zip(
            self.design.blocks, self.factors, self.summary.mean_products, strict=True
        ):
            spread = self.sigma**2 * np.sum((T.T @ products) * T.T)
            totals[block.term.group] = totals.get(block.term.group, 0.0) + float(spread)
        totals["Residual"] = self.sigma**2
        table = pd.DataFrame(
            {"group": pd.Series(list(totals), dtype="str"), "variance": list(totals.values())}
        )
        return table.assign(share=table["variance"] / table["variance"].sum())

    def diagnostics(self) -> pd.DataFrame:
        """Every check of the fit.

        Returns
        -------
        pandas.DataFrame
            ``check, verdict, detail``; the verdict is ``fine``, ``mind`` or ``do not use``.
        """
        return checks_table(self.checks)

    def no_random(self, rows: int) -> sparse.csr_matrix:
        """Weights of no random effect for so many combinations."""
        return sparse.csr_matrix((rows, sum(block.size for block in self.design.blocks)))

    def _estimates(self, fixed: np.ndarray, random: sparse.csr_matrix) -> pd.DataFrame:
        """Estimate, error, degrees of freedom and interval of combinations."""
        estimate = fixed @ self.equations.fixed_effects + random @ self.equations.modes
        error = self.sigma * np.sqrt(self.equations.combination_variances(fixed, random))
        df = self.curvature.degrees_of_freedom(fixed, random)
        return estimates_table(estimate, error, df)
