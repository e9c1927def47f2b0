"""One factor behind a set of items, by maximum likelihood.

The correlations R are those of ``loadings loadings' + diag(unique)``. For given unique variances
the best loadings follow from the largest eigenvalue of ``diag(unique)^-1/2 R diag(unique)^-1/2``,
so the likelihood is a function of the unique variances alone (Joreskog 1967, Psychometrika 32,
443-482; Lawley and Maxwell 1971, Factor analysis as a statistical method, chapter 4).
"""

from __future__ import annotations

import numpy as np

from workbench.language import mark, say

LEAST_UNIQUE = 0.005  # of an item of unit variance; R's factanal and psych stop there too
AT_BOUND = 1.001
LEAST_EIGENVALUE = 1e-8  # of correlations that can still be inverted
LARGEST_GRADIENT = 1e-5

TWO_ITEMS = mark("One factor needs three items; {items} differ between respondents.")
SINGULAR = mark(
    "The items can't be told apart in these answers: too few respondents, or an "
    "item that is made up of others."
)
IMPROPER = mark(
    "One factor would leave an item less than no variance of its own, so it does "
    "not describe these items."
)
NOT_FOUND = mark("The search for the factor did not settle.")


def unique_variances(correlation: np.ndarray, n: int) -> tuple[np.ndarray | None, str]:
    """Estimate the share of each item's variance that the factor does not explain.

    The search starts, as R's factanal does, from what the other items leave unexplained.

    Parameters
    ----------
    correlation
        Correlations of the items, shape (items, items).
    n
        Number of respondents behind them.

    Returns
    -------
    unique : numpy.ndarray or None
        Shape (items,), between 0 and 1; None where there is no proper solution.
    reason : str
        Why there is none; empty if there is.

    Examples
    --------
    >>> loadings = np.array([0.9, 0.8, 0.7, 0.6])
    >>> correlation = np.outer(loadings, loadings)
    >>> np.fill_diagonal(correlation, 1)
    >>> unique_variances(correlation, 100)[0].round(4)
    array([0.19, 0.36, 0.51, 0.64])
    """
    from scipy.optimize import minimize

    items = len(correlation)
    if items < 3:
        return None, say(TWO_ITEMS, items=items)
    if n <= items or np.linalg.eigvalsh(correlation)[0] < LEAST_EIGENVALUE:
        return None, say(SINGULAR)
    start = np.clip(1 / np.diag(np.linalg.inv(correlation)), 2 * LEAST_UNIQUE, 0.95)
    found = minimize(
        _discrepancy,
        np.log(start),
        args=(correlation,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(np.log(LEAST_UNIQUE), 0.0)] * items,
        options={"ftol": 1e-16, "gtol": 1e-10, "maxiter": 2000, "maxcor": items + 5},
    )
    unique = np.exp(found.x)
    if (unique <= AT_BOUND * LEAST_UNIQUE).any():
        return None, say(IMPROPER)
    inside = unique < 1
    if np.abs(found.jac[inside]).max(initial=0.0) > LARGEST_GRADIENT:
        return None, say(NOT_FOUND)
    return unique, ""


def _discrepancy(log_unique: np.ndarray, correlation: np.ndarray) -> tuple[float, np.ndarray]:
    """Twice the negative log likelihood over n, up to a constant, and its gradient.

    With eigenvalues ``e`` of the scaled correlations, largest first, it is the sum of
    ``e - log e - 1`` over all but the first.
    """
    scale = np.exp(-log_unique / 2)
    values, vectors = np.linalg.eigh(correlation * np.outer(scale, scale))
    rest = values[:-1]
    loadings = vectors[:, -1] ** 2 * max(values[-1] - 1, 0.0)
    if values[-1] <= 1:  # no common variance left: the first root explains nothing either
        rest = values
    # The fitted variance of each item over its unique one, less the observed one over it.
    gradient = loadings + 1 - scale**2
    return float((rest - np.log(rest) - 1).sum()), gradient
