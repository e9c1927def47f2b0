"""Mixed models of answered items: met or not met, met of applicable, or 0/1/2.

The code is our own on numpy and scipy, since it reaches the reference numbers of lme4 and ordinal
with an exact gradient, and the packaged candidate (mixedlm) is young, has one maintainer and no
ordered responses.

>>> import pandas as pd
>>> rows = [(s, t, int((7 * s + 3 * t + s * t) % 5 > 1 + (s % 3 == 0))) for s in range(12)
...         for t in range(8)]
>>> data = pd.DataFrame(rows, columns=["site", "quarters", "met"])
>>> fit = fit_item_model("met ~ quarters + (1 | site)", data, "binomial")
>>> list(fit.tidy()["term"])
['Intercept', 'quarters']
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from workbench.models.item_checks import check_items
from workbench.models.item_fit import ItemModelFit
from workbench.models.item_laplace import ItemModel
from workbench.models.item_quadrature import Quadrature, require_one_intercept
from workbench.models.item_rows import read_item_rows
from workbench.models.item_search import Found, covariance, minimise
from workbench.models.variance_parameters import with_positive_diagonal

__all__ = ["ItemModelFit", "fit_item_model"]


def fit_item_model(
    formula: str,
    data: pd.DataFrame,
    family: Literal["binomial", "cumulative"],
    denominator: str | None = None,
    quadrature: int = 1,
) -> ItemModelFit:
    """Fit a generalised linear mixed model of items, with logit link.

    Parameters
    ----------
    formula
        As lme4 writes it; see `workbench.models.formulas`. Groups may be nested and crossed.
    data
        One row an answer, or one row a count. Rows with a missing value, or with nothing
        applicable, are dropped and counted.
    family
        ``binomial``: the response is 0/1, or a count with a denominator. ``cumulative``: the
        response is ordered (numbers such as 0, 1, 2, or an ordered category), with proportional
        odds and thresholds: P(Y <= k) = logit^-1(threshold_k - x'beta - z'u), so a positive effect
        means higher answers.
    denominator
        Column with the number of answers that each count is out of.
    quadrature
        Number of nodes: 1 is Laplace's approximation; more is adaptive Gauss-Hermite quadrature,
        for one random intercept.

    Returns
    -------
    ItemModelFit
        Also when the fit is not usable: ask `ItemModelFit.usable`.

    Raises
    ------
    ParameterError
        When the formula, the family or a column can't be read.
    ModelRefused
        When the model can't be fitted truly as asked; the message says why and what to do.
    """
    items = read_item_rows(formula, data, family, denominator)
    model = ItemModel(items)
    require_one_intercept(model, quadrature)
    found = minimise(model.value_and_gradient, model.start(), model.sizes())
    if quadrature > 1:
        found = _by_quadrature(model, quadrature, found)
    return _result(model, found, quadrature)


def _by_quadrature(model: ItemModel, nodes: int, laplace: Found) -> Found:
    """Search again from Laplace's optimum."""
    criterion = Quadrature(model, nodes)
    return minimise(criterion.value_and_gradient, laplace.parameters, model.sizes())


def _result(model: ItemModel, found: Found, quadrature: int) -> ItemModelFit:
    """Turn the inner parameters into the data's units, and make the checks."""
    at = model.modes(model.parts(found.parameters))
    raw = model.natural_factors(found.parameters)
    modes, sds = [], []
    for number, T in enumerate(raw):
        group, here = model.place_of(number)
        modes.append(at.v[group][:, here] @ T.T)
        within = at.elimination.level_covariances(group)[:, here, here]
        sds.append(np.sqrt(np.einsum("ra,lab,rb->lr", T, within, T)))
    factors = with_positive_diagonal(raw)
    fixed, jacobian = model.natural_fixed(found.parameters)
    inner = covariance(found.hessian, model.n_theta)
    outer = None if inner is None else jacobian @ inner @ jacobian.T
    checks = check_items(model.items, factors, fixed, outer, found.is_optimum, quadrature)
    return ItemModelFit(
        items=model.items,
        factors=factors,
        fixed=fixed,
        covariance=np.full_like(jacobian, np.nan) if outer is None else outer,
        modes=tuple(modes),
        mode_sds=tuple(sds),
        criterion=found.value,
        quadrature=quadrature,
        converged=found.is_optimum and outer is not None,
        evaluations=found.evaluations,
        checks=checks,
    )
