"""How far the levels of a group stand apart, at chosen values of the covariates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.models.curvature import satterthwaite
from workbench.models.design import RandomBlock
from workbench.models.mixed_fit import MixedModelFit
from workbench.terms import CONFIDENCE

STEP = 1e-5  # of theta, for the gradient of a variance
SMALLEST_SHARE = 1e-6  # of the residual variance, below which a spread counts as zero


def spread_at(fit: MixedModelFit, group: str, at: pd.DataFrame) -> pd.DataFrame:
    """Tell the standard deviation between the levels of a group, with an interval.

    With a random intercept and slope the spread depends on where one looks:
    ``c(t)' S c(t)`` with ``c(t) = (1, t)``.

    Parameters
    ----------
    fit
        A fit.
    group
        A grouping factor of its formula.
    at
        One row an answer, with the columns of the group's random terms.

    Returns
    -------
    pandas.DataFrame
        The columns of `at`, then ``spread, spread_low, spread_high, df``. The interval takes the
        variance as chi-square distributed with Satterthwaite's degrees of freedom (Satterthwaite
        1946); it is empty where the spread is next to zero.

    Raises
    ------
    ParameterError
        When the model has no such group.
    """
    from scipy.stats import chi2

    blocks = [block for block in fit.design.blocks if block.term.group == group]
    if not blocks:
        groups = ", ".join(fit.design.formula.groups)
        raise ParameterError(f"The model has no group '{group}'. Its groups: {groups}.")
    frame = at.reset_index(drop=True)
    relative, gradient = _variances(fit, group, frame)
    df = satterthwaite(relative, gradient, fit.curvature.hessian)
    variance = fit.sigma**2 * relative
    tail = (1 - CONFIDENCE) / 2
    known = (relative > SMALLEST_SHARE) & np.isfinite(df) & (df > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.sqrt(variance * df / chi2.ppf(1 - tail, df))
        high = np.sqrt(variance * df / chi2.ppf(tail, df))
    return frame.assign(
        spread=np.sqrt(variance),
        spread_low=np.where(known, low, np.nan),
        spread_high=np.where(known, high, np.nan),
        df=np.where(known, df, np.nan),
    )


def spread_ratio(
    fit: MixedModelFit, group: str, first: pd.DataFrame, last: pd.DataFrame
) -> dict[str, float]:
    """Give the ratio of a group's spread at one place to that at another, with interval and test.

    Parameters
    ----------
    fit, group
        As for `spread_at`.
    first, last
        One row each. The ratio is that of ``last`` to ``first``.

    Returns
    -------
    dict
        ``ratio, conf_low, conf_high, p_value``; by the delta method on the logarithm, NaN where a
        spread is next to zero.
    """
    from scipy.stats import norm

    both = pd.concat([first, last], ignore_index=True)
    relative, gradient = _variances(fit, group, both)
    bends, vectors = np.linalg.eigh(fit.curvature.hessian)
    known = bends > SMALLEST_SHARE * bends.max()
    if (relative <= SMALLEST_SHARE).any() or not known.all():
        return dict.fromkeys(("ratio", "conf_low", "conf_high", "p_value"), np.nan)
    of_log = gradient[:, 1] / relative[1] - gradient[:, 0] / relative[0]
    error = 0.5 * np.sqrt(2 * ((vectors.T @ of_log) ** 2 / bends).sum())
    log_ratio = 0.5 * np.log(relative[1] / relative[0])
    reach = norm.ppf(0.5 + CONFIDENCE / 2) * error
    return {
        "ratio": float(np.exp(log_ratio)),
        "conf_low": float(np.exp(log_ratio - reach)),
        "conf_high": float(np.exp(log_ratio + reach)),
        "p_value": float(2 * norm.sf(abs(log_ratio) / error)),
    }


def _variances(
    fit: MixedModelFit, group: str, frame: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Variances over sigma squared, (m,), and their gradient in theta and log sigma, (t + 1, m)."""
    blocks = fit.design.blocks
    columns = [_columns(block, frame) if block.term.group == group else None for block in blocks]

    def relative(theta: np.ndarray) -> np.ndarray:
        total = np.zeros(len(frame))
        for c, T in zip(columns, fit.curvature.factors(theta), strict=True):
            if c is not None:
                total += ((c @ T) ** 2).sum(axis=1)
        return total

    theta = fit.curvature.theta
    centre = relative(theta)
    gradient = np.empty((len(theta) + 1, len(frame)))
    for k in range(len(theta)):
        step = np.zeros(len(theta))
        step[k] = STEP * max(abs(theta[k]), 0.1)
        gradient[k] = (relative(theta + step) - relative(theta - step)) / (2 * step[k])
    gradient[-1] = 2 * centre
    return centre, gradient


def _columns(block: RandomBlock, frame: pd.DataFrame) -> np.ndarray:
    return np.asarray(block.spec.get_model_matrix(frame), dtype=float).reshape(len(frame), -1)
