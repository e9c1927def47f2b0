"""Tests and intervals of fixed effects beyond `MixedModelFit.tidy`.

Kenward and Roger's method for small samples, tests of several effects together, comparison of two
fits by their likelihoods, and how much of the variance the fixed part describes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from workbench.errors import ModelRefused, ParameterError
from workbench.models.fit_tables import estimates_table
from workbench.models.henderson import MixedModelEquations
from workbench.models.kenward_roger import KenwardRoger
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.statistics_products import products_of_statistics


def kenward_roger(fit: MixedModelFit) -> KenwardRoger:
    """Adjust a REML fit for small samples.

    Raises
    ------
    ModelRefused
        When the fit is not by REML, or has too many random effects for a small-sample method.
    """
    if not fit.reml:
        raise ModelRefused("Kenward and Roger's adjustment is for REML fits; fit with reml=True.")
    if fit.statistics is not None:
        products = products_of_statistics(fit.statistics, fit.design)
    else:
        assert isinstance(fit.equations, MixedModelEquations)
        products = fit.equations.products
    return KenwardRoger(products, fit.design.blocks, fit.factors, fit.sigma)


def tidy_kenward_roger(fit: MixedModelFit) -> pd.DataFrame:
    """List the fixed effects with Kenward and Roger's errors and degrees of freedom.

    Returns
    -------
    pandas.DataFrame
        ``term, estimate, std_error, df, statistic, p_value, conf_low, conf_high``.
    """
    table = combine_fixed(fit, np.eye(len(fit.design.fixed_names)), "kenward-roger")
    statistic = table["estimate"] / table["std_error"]
    table.insert(0, "term", pd.Series(fit.design.fixed_names, dtype="str"))
    table.insert(4, "statistic", statistic)
    table.insert(5, "p_value", 2 * t_distribution.sf(np.abs(statistic), table["df"]))
    return table


def combine_fixed(fit: MixedModelFit, fixed: np.ndarray, method: str) -> pd.DataFrame:
    """Estimate combinations of the fixed effects.

    Parameters
    ----------
    fit
        A fit.
    fixed
        Weights, one combination a row, shape (m, p).
    method
        ``"satterthwaite"`` or ``"kenward-roger"``.

    Returns
    -------
    pandas.DataFrame
        ``estimate, std_error, df, conf_low, conf_high``.
    """
    estimate = fixed @ fit.equations.fixed_effects
    if method == "kenward-roger":
        adjusted = kenward_roger(fit)
        covariance = adjusted.covariance
        df = np.array([adjusted.degrees_of_freedom(row) for row in fixed])
    elif method == "satterthwaite":
        covariance = fit.sigma**2 * fit.equations.fixed_covariance
        df = fit.curvature.degrees_of_freedom(fixed, fit.no_random(len(fixed)))
    else:
        raise ParameterError(f"No method '{method}'. Methods: satterthwaite, kenward-roger.")
    error = np.sqrt(np.einsum("mp,pq,mq->m", fixed, covariance, fixed))
    return estimates_table(estimate, error, df)


def test_together(fit: MixedModelFit, terms: Sequence[str]) -> pd.DataFrame:
    """Test that several fixed effects are all zero, by Kenward and Roger's scaled F.

    Parameters
    ----------
    fit
        A REML fit.
    terms
        Names of fixed effects, as `MixedModelFit.tidy` lists them.

    Returns
    -------
    pandas.DataFrame
        One row: ``terms, statistic, df, df_denominator, p_value``.
    """
    unknown = [term for term in terms if term not in fit.design.fixed_names]
    if unknown or not terms:
        raise ParameterError(
            f"No fixed effect {', '.join(unknown)}. Fixed effects: "
            f"{', '.join(fit.design.fixed_names)}."
        )
    L = np.eye(len(fit.design.fixed_names))[[fit.design.fixed_names.index(t) for t in terms]]
    adjusted = kenward_roger(fit)
    df, scaling = adjusted.scaled_f(L)
    effects = L @ fit.equations.fixed_effects
    wald = effects @ np.linalg.solve(L @ adjusted.covariance @ L.T, effects) / len(L)
    row = {
        "terms": ", ".join(terms),
        "statistic": scaling * wald,
        "df": len(L),
        "df_denominator": df,
        "p_value": f_distribution.sf(scaling * wald, len(L), df),
    }
    return pd.DataFrame([row])


test_together.__test__ = False  # type: ignore[attr-defined]  # not a test for pytest to collect


def compare_fits(smaller: MixedModelFit, larger: MixedModelFit) -> pd.DataFrame:
    """Compare two nested fits by their likelihoods.

    Where the smaller model sets a variance to zero, the statistic does not follow one chi-square:
    zero is the edge of what a variance can be. For one effect fewer in one group, correlated with
    the c others that stay, half the time the statistic follows c and half the time c + 1 degrees
    of freedom (Stram and Lee 1994, Biometrics 50, 1171-1177).

    Parameters
    ----------
    smaller, larger
        Fits to the same rows. With other fixed parts both by plain likelihood; else both by the
        same likelihood.

    Returns
    -------
    pandas.DataFrame
        One row: ``statistic, df, p_value, reference``; ``reference`` names the distribution.

    Raises
    ------
    ModelRefused
        When the two can't be compared this way.
    """
    _refuse_what_can_t_be_compared(smaller, larger)
    statistic = max(smaller.criterion - larger.criterion, 0.0)
    fewer = len(larger.design.fixed_names) - len(smaller.design.fixed_names)
    variances, covariances = _parameters_added(smaller, larger)
    if variances == 0:
        df = fewer + covariances
        p_value = float(chi2.sf(statistic, df))
        reference = f"chi-square with {df} degrees of freedom"
    elif variances == 1 and fewer == 0:
        low, high = (chi2.sf(statistic, covariances), chi2.sf(statistic, covariances + 1))
        low = float(low) if covariances else float(statistic <= 0)
        p_value = 0.5 * low + 0.5 * float(high)
        df = covariances + 1
        reference = f"half chi-square {covariances}, half chi-square {covariances + 1}"
    else:
        raise ModelRefused(
            "The two fits differ by several variances, or by a variance and a fixed effect, for "
            "which no simple reference is exact. Compare one step at a time, or simulate."
        )
    row = {"statistic": statistic, "df": df, "p_value": p_value, "reference": reference}
    return pd.DataFrame([row])


def _refuse_what_can_t_be_compared(smaller: MixedModelFit, larger: MixedModelFit) -> None:
    if smaller.design.n_obs != larger.design.n_obs:
        raise ModelRefused("The two fits use different rows, so they can't be compared.")
    if smaller.reml != larger.reml:
        raise ModelRefused("One fit is by REML and one is not; use the same likelihood for both.")
    same_fixed = set(smaller.design.fixed_names) == set(larger.design.fixed_names)
    if smaller.reml and not same_fixed:
        raise ModelRefused(
            "REML likelihoods of different fixed parts can't be compared; fit both with reml=False."
        )
    if not set(smaller.design.fixed_names) <= set(larger.design.fixed_names):
        raise ModelRefused("The smaller fit has a fixed effect that the larger one has not.")


def _parameters_added(smaller: MixedModelFit, larger: MixedModelFit) -> tuple[int, int]:
    """Variances and covariances that the larger fit has and the smaller has not."""
    counts = []
    for fit in (smaller, larger):
        table = fit.var_corr()
        is_variance = table["term_2"].isna()
        names = set(map(tuple, table.loc[is_variance, ["group", "term"]].to_numpy()))
        pairs = set(map(tuple, table.loc[~is_variance, ["group", "term", "term_2"]].to_numpy()))
        counts.append((names, pairs))
    (few, few_pairs), (many, many_pairs) = counts
    if not (few <= many and few_pairs <= many_pairs):
        raise ModelRefused("The smaller fit has a random effect that the larger one has not.")
    return len(many - few), len(many_pairs - few_pairs)


def r_squared(fit: MixedModelFit) -> pd.DataFrame:
    """Share of the variance that the fixed part, and the whole model, describe.

    Nakagawa and Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142, with Johnson's
    (2014) mean variance for random slopes.

    Returns
    -------
    pandas.DataFrame
        One row: ``marginal`` (fixed part), ``conditional`` (fixed and random parts).
    """
    beta = fit.equations.fixed_effects
    fixed = float(beta @ fit.summary.fixed_covariance @ beta)
    shares = fit.icc().set_index("group")["variance"]
    random, total = shares.drop("Residual").sum(), fixed + shares.sum()
    return pd.DataFrame([{"marginal": fixed / total, "conditional": (fixed + random) / total}])
