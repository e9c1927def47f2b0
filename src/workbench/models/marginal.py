"""Marginal means, trends and their differences, in the sense of Searle, Speed and Milliken (1980).

A marginal mean is the model's average at chosen values: categories that are not asked about count
equally, numeric covariates sit at their mean unless said otherwise. R's emmeans gives the
reference numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import studentized_range
from scipy.stats import t as t_distribution

from workbench.errors import ParameterError
from workbench.models.combinations import combination_weights
from workbench.models.inference import combine_fixed
from workbench.models.mixed_fit import MixedModelFit
from workbench.terms import CONFIDENCE

KENWARD_ROGER = "kenward-roger"


def marginal_means(
    fit: MixedModelFit,
    by: Sequence[str],
    at: Mapping[str, Any] | None = None,
    method: str = KENWARD_ROGER,
) -> pd.DataFrame:
    """Estimate the modelled mean for each combination of categories.

    Parameters
    ----------
    fit
        A fit.
    by
        Covariates whose values are asked about.
    at
        Values of covariates, one or several: ``{"quarters": [0, 8]}``.
    method
        ``"kenward-roger"`` or ``"satterthwaite"``.

    Returns
    -------
    pandas.DataFrame
        The columns of `by`, then ``estimate, std_error, df, conf_low, conf_high``.
    """
    keys, fixed = _averages(fit, by, dict(at or {}), None)
    return pd.concat([keys, combine_fixed(fit, fixed, method)], axis=1)


def marginal_trends(
    fit: MixedModelFit,
    variable: str,
    by: Sequence[str] = (),
    at: Mapping[str, Any] | None = None,
    method: str = KENWARD_ROGER,
) -> pd.DataFrame:
    """Estimate the change of the mean with one unit more of a covariate.

    Parameters and result are as for `marginal_means`; the trend is that at the value of `variable`
    in `at`, or at its mean.
    """
    keys, fixed = _averages(fit, by, dict(at or {}), variable)
    return pd.concat([keys, combine_fixed(fit, fixed, method)], axis=1)


def marginal_differences(
    fit: MixedModelFit,
    by: Sequence[str],
    at: Mapping[str, Any] | None = None,
    variable: str | None = None,
    method: str = KENWARD_ROGER,
) -> pd.DataFrame:
    """Estimate all differences between marginal means, or trends, with Tukey's adjustment.

    Parameters
    ----------
    fit, by, at, method
        As for `marginal_means`.
    variable
        Covariate whose trends are compared; None to compare means.

    Returns
    -------
    pandas.DataFrame
        ``first, second, estimate, std_error, df, statistic, p_value, p_adjusted, conf_low,
        conf_high``: first less second; intervals are not adjusted.
    """
    keys, fixed = _averages(fit, by, dict(at or {}), variable)
    labels = keys.astype("str").agg(", ".join, axis=1)
    pairs = list(combinations(range(len(keys)), 2))
    if not pairs:
        raise ParameterError("A difference needs at least two values to compare.")
    table = combine_fixed(fit, np.array([fixed[i] - fixed[j] for i, j in pairs]), method)
    statistic = table["estimate"] / table["std_error"]
    size = np.abs(statistic)
    adjusted = studentized_range.sf(size * np.sqrt(2), len(keys), table["df"])
    reach = t_distribution.ppf(0.5 + CONFIDENCE / 2, table["df"]) * table["std_error"]
    return pd.DataFrame(
        {
            "first": [labels[i] for i, _ in pairs],
            "second": [labels[j] for _, j in pairs],
            "estimate": table["estimate"],
            "std_error": table["std_error"],
            "df": table["df"],
            "statistic": statistic,
            "p_value": 2 * t_distribution.sf(size, table["df"]),
            "p_adjusted": np.clip(adjusted, 0.0, 1.0),
            "conf_low": table["estimate"] - reach,
            "conf_high": table["estimate"] + reach,
        }
    )


def _averages(
    fit: MixedModelFit, by: Sequence[str], at: dict[str, Any], variable: str | None
) -> tuple[pd.DataFrame, np.ndarray]:
    """One row of fixed weights for each combination asked about."""
    values = _grid_values(fit, by, at)
    grid = pd.DataFrame(list(product(*values.values())), columns=list(values))
    fixed, _ = combination_weights(fit.design, grid, slope_of=variable)
    if not by:
        return pd.DataFrame(index=[0]), fixed.mean(axis=0, keepdims=True)
    numbers = grid.groupby(list(by), sort=False, observed=True).ngroup().to_numpy()
    keys = grid.loc[~pd.Series(numbers).duplicated(), list(by)].reset_index(drop=True)
    return keys, np.array([fixed[numbers == k].mean(axis=0) for k in range(len(keys))])


def _grid_values(fit: MixedModelFit, by: Sequence[str], at: dict[str, Any]) -> dict[str, list]:
    """Values of every covariate on the grid."""
    template = fit.design.template
    needed = [name for name in template.columns if name in fit.design.fixed_spec.required_variables]
    unknown = [name for name in (*by, *at) if name not in needed]
    if unknown:
        raise ParameterError(
            f"The fixed part has no covariate {', '.join(map(repr, unknown))}. "
            f"Covariates: {', '.join(needed)}."
        )
    values: dict[str, list] = {}
    for name in needed:
        column = template[name]
        if name in at:
            given = at[name]
            values[name] = list(given) if isinstance(given, list | tuple | np.ndarray) else [given]
        elif isinstance(column.dtype, pd.CategoricalDtype):
            values[name] = list(column.cat.categories)
        elif not pd.api.types.is_numeric_dtype(column) or column.dtype == bool:
            values[name] = sorted(column.unique())
        else:
            values[name] = [_mean_of(fit, name)]
    return values


def _mean_of(fit: MixedModelFit, name: str) -> float:
    if name not in fit.design.fixed_names:
        raise ParameterError(
            f"Say at which value of '{name}' the mean is asked: at={{'{name}': ...}}."
        )
    return float(fit.summary.fixed_means[fit.design.fixed_names.index(name)])
