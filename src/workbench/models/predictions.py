"""Predictions, residuals, and what the residuals say of a fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import skew
from scipy.stats import t as t_distribution

from workbench.language import mark, say
from workbench.models.checks import FINE, MIND, Check
from workbench.models.henderson import random_matrix
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.rows import learn_columns, rows_of
from workbench.terms import CONFIDENCE

MOST_BEYOND_THREE = 0.01  # share of residuals beyond three standard deviations; normal: 0.003
LARGEST_SKEW = 1.0
LARGEST_SPREAD_RATIO = 1.5  # of residuals, between high and low fitted values
FURTHEST = 5.0  # standard deviations


def predict(fit: MixedModelFit, at: pd.DataFrame, groups: Sequence[str] = ()) -> pd.DataFrame:
    """Predict one new observation at each row, with an interval that it falls in.

    For the modelled mean and its interval ask `MixedModelFit.linear_combinations`. A new
    observation has a residual of its own, and for every group not named in `groups` it comes from a
    level not seen before, which counts in the interval.

    Parameters
    ----------
    fit
        A fit.
    at
        One row a prediction: the model's covariates and the columns of `groups`.
    groups
        Groups whose level is known and was fitted.

    Returns
    -------
    pandas.DataFrame
        The columns of `at`, then ``estimate, std_error, conf_low, conf_high``.
    """
    table = fit.linear_combinations(at, groups)
    spread = table["std_error"] ** 2 + fit.sigma**2
    unknown = [block for block in fit.design.blocks if block.term.group not in groups]
    for block, T in zip(fit.design.blocks, fit.factors, strict=True):
        if block in unknown:
            frame = at.reset_index(drop=True)
            columns = np.asarray(block.spec.get_model_matrix(frame), dtype=float)
            spread = spread + fit.sigma**2 * ((columns.reshape(len(frame), -1) @ T) ** 2).sum(
                axis=1
            )
    error = np.sqrt(spread)
    freedom = fit.design.n_obs - len(fit.design.fixed_names)
    reach = t_distribution.ppf(0.5 + CONFIDENCE / 2, freedom) * error
    return at.reset_index(drop=True).assign(
        estimate=table["estimate"],
        std_error=error,
        conf_low=table["estimate"] - reach,
        conf_high=table["estimate"] + reach,
    )


def residuals(fit: MixedModelFit, data: pd.DataFrame, weights: str | None = None) -> pd.DataFrame:
    """Give the fitted value and the residual of every complete row.

    Parameters
    ----------
    fit
        A fit.
    data
        The rows it was made from.
    weights
        The column of weights it was made with.

    Returns
    -------
    pandas.DataFrame
        ``fitted`` (fixed effects and modes), ``residual``, ``standardised`` (over sigma), one row
        for each complete row of the data, in their order.
    """
    columns = learn_columns(fit.design.formula, data, weights or "")
    rows = rows_of(columns, data)
    Z = random_matrix(rows, fit.design.formula.random)
    fitted = rows.X @ fit.equations.fixed_effects + Z @ fit.equations.modes
    residual = rows.y - fitted
    root = 1.0 if rows.weights is None else np.sqrt(rows.weights)
    return pd.DataFrame(
        {"fitted": fitted, "residual": residual, "standardised": residual * root / fit.sigma}
    )


def check_residuals(table: pd.DataFrame) -> pd.DataFrame:
    """Say in words what the residuals tell.

    Parameters
    ----------
    table
        From `residuals`.

    Returns
    -------
    pandas.DataFrame
        ``check, verdict, detail``.
    """
    z = table["standardised"].to_numpy()
    checks = [_tails(z), _skew(z), _spread(table), _extremes(z)]
    rows = [(check.check, check.verdict, check.detail) for check in checks]
    return pd.DataFrame(rows, columns=["check", "verdict", "detail"], dtype="str")


def _tails(z: np.ndarray) -> Check:
    share = float(np.mean(np.abs(z) > 3))
    if share <= MOST_BEYOND_THREE:
        return Check(mark("tails of the residuals"), FINE, say("Few residuals lie far out."))
    words = say(
        "{share:.1%} of the residuals lie beyond three standard deviations, where 0.3% is "
        "expected. Intervals may be too narrow.",
        share=share,
    )
    return Check(mark("tails of the residuals"), MIND, words)


def _skew(z: np.ndarray) -> Check:
    if abs(skew(z)) <= LARGEST_SKEW:
        return Check(
            mark("skew of the residuals"), FINE, say("The residuals lie evenly on both sides.")
        )
    low, high = (
        mark("The residuals have a long tail on the low side."),
        mark("The residuals have a long tail on the high side."),
    )
    return Check(mark("skew of the residuals"), MIND, say(low if skew(z) < 0 else high))


def _spread(table: pd.DataFrame) -> Check:
    order = np.argsort(table["fitted"].to_numpy(), kind="stable")
    third = max(len(order) // 3, 1)
    z = table["standardised"].to_numpy()
    low, high = np.std(z[order[:third]]), np.std(z[order[-third:]])
    ratio = max(low, high) / max(min(low, high), 1e-12)
    if ratio <= LARGEST_SPREAD_RATIO:
        return Check(
            mark("spread of the residuals"), FINE, say("Residuals spread alike at all levels.")
        )
    at_low, at_high = (
        mark("Residuals spread {ratio:.1f} times as wide where the modelled level is low."),
        mark("Residuals spread {ratio:.1f} times as wide where the modelled level is high."),
    )
    words = say(at_low if low > high else at_high, ratio=ratio)
    return Check(mark("spread of the residuals"), MIND, words)


def _extremes(z: np.ndarray) -> Check:
    furthest = float(np.abs(z).max())
    if furthest <= FURTHEST:
        return Check(
            mark("single rows"), FINE, say("No single row lies far from its modelled value.")
        )
    words = say(
        "One row lies {furthest:.1f} standard deviations from its modelled value; look at it.",
        furthest=furthest,
    )
    return Check(mark("single rows"), MIND, words)
