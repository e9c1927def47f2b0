"""How much of a group's predicted effect is its own: the reliability of a prediction.

A predicted effect is drawn towards nothing as far as its rows are few. Its reliability is one less
the ratio of the variance of its error of prediction to the variance between groups: 0 where the
rows told nothing, near 1 where they told all (McCulloch, Searle and Neuhaus 2008, Generalized,
linear, and mixed models, chapter 13). It is the squared correlation of prediction and truth.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from workbench.models.combinations import combination_weights
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.profiled_curvature import ProfiledCurvature
from workbench.models.variance_draws import VarianceDraws
from workbench.models.variance_parameters import Factors

NO_SPREAD = 1e-10  # variance between groups over sigma squared that is taken as none


def own_share(
    fit: MixedModelFit,
    at: pd.DataFrame,
    group: str,
    draws: VarianceDraws | None,
    slope_of: str | None = None,
) -> np.ndarray:
    """Reliability of the effect of a group's level, or of its slope, at chosen rows.

    It is averaged over what the variances may be: taken at their estimates, a correlation that
    comes out at one would make a slope look as well known as its level.

    Parameters
    ----------
    fit
        A fit that can be used.
    at
        One row an answer, with the columns of the model.
    group
        Column of the group.
    draws
        From `workbench.models.integrated.draws_of`; None to take the variances at their estimates.
    slope_of
        Column whose slope is asked for; None for the level.

    Returns
    -------
    ndarray
        Between 0 and 1, shape (m,); 0 where groups don't differ.
    """
    fixed, random = combination_weights(fit.design, at, (group,), slope_of)
    nothing, curvature = np.zeros_like(fixed), fit.curvature
    if draws is None:
        error = fit.equations.combination_variances(nothing, random)
        return _share(error, _spread(fit, random, fit.factors))
    assert isinstance(curvature, ProfiledCurvature)
    shares = [
        _share(
            curvature.equations(theta).combination_variances(nothing, random),
            _spread(fit, random, curvature.factors(theta)),
        )
        for theta in draws.theta
    ]
    return np.asarray(draws.weights @ np.array(shares))


def _share(error: np.ndarray, spread: np.ndarray) -> np.ndarray:
    known = spread > NO_SPREAD
    ratio = np.divide(error, spread, out=np.ones_like(spread), where=known)
    return np.clip(1 - ratio, 0.0, 1.0)


def _spread(fit: MixedModelFit, random: sparse.csr_matrix, factors: Factors) -> np.ndarray:
    """Variance over sigma squared, before any row was seen, of what the weights ask for."""
    spread, start = np.zeros(random.shape[0]), 0
    for block, factor in zip(fit.design.blocks, factors, strict=True):
        part = random[:, start : start + block.size]
        root = sparse.kron(sparse.eye_array(len(block.levels)), factor, format="csr")
        spread += np.asarray((part @ root).power(2).sum(axis=1)).ravel()
        start += block.size
    return spread
