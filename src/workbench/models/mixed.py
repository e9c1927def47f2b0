"""Mixed-effects models: one function to fit, one result to ask.

>>> import pandas as pd
>>> rows = [(s, t, 70 + 3 * (s % 4) - t * (1 + 0.2 * (s % 3)) + (s * t) % 5 / 2)
...         for s in range(8) for t in range(6)]
>>> data = pd.DataFrame(rows, columns=["site", "quarters", "fidelity"])
>>> fit = fit_mixed_model("fidelity ~ quarters + (1 | site)", data)
>>> list(fit.tidy()["term"])
['Intercept', 'quarters']
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused, ParameterError
from workbench.models.curvature import Curvature
from workbench.models.design import Design, design_of, refuse_repeated_columns
from workbench.models.diagnostics import check_engine, check_fit
from workbench.models.formulas import parse_formula
from workbench.models.henderson import MixedModelEquations, cross_products
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.profiled_engine import fit_statistics
from workbench.models.roles import Roles, find_roles
from workbench.models.row_summary import summarise_rows
from workbench.models.row_sums import sum_rows
from workbench.models.rows import Rows, learn_columns, rows_of
from workbench.models.statsmodels_engine import fit_with_statsmodels
from workbench.models.sufficient_statistics import SufficientStatistics
from workbench.models.variance_parameters import Factors, pack, with_positive_diagonal

__all__ = ["MixedModelFit", "fit_mixed_model"]

PROFILED, STATSMODELS = "profiled", "statsmodels"
ENGINES = (PROFILED, STATSMODELS)
RESTARTS = 2  # further tries, from a larger variance, when a fit is not at an optimum
PUSH = 0.3  # added to the relative factors' diagonal at a restart


def fit_mixed_model(
    formula: str,
    data: pd.DataFrame | SufficientStatistics,
    reml: bool = True,
    weights: str | None = None,
    engine: str | None = None,
) -> MixedModelFit:
    """Fit a linear mixed model.

    Parameters
    ----------
    formula
        As lme4 writes it; see `workbench.models.formulas`.
    data
        One row an observation; rows with a missing value are dropped and counted. Or the
        sufficient statistics of this formula, which hold all that the profiled engine needs.
    reml
        Restricted likelihood (for variances and intervals), or plain (to compare fixed parts).
    weights
        Column of prior weights: the residual variance of a row is sigma squared over its weight.
        Refused by statsmodels.
    engine
        ``"profiled"``, ``"statsmodels"``, or None: profiled where the groups fit its design,
        else statsmodels where it is exact.

    Returns
    -------
    MixedModelFit
        Also when the fit is not usable: ask `MixedModelFit.usable`.

    Raises
    ------
    ParameterError
        When the formula, the engine or a column can't be read.
    ModelRefused
        When the model can't be fitted truly; the message says why and what to do.
    """
    if engine is not None and engine not in ENGINES:
        raise ParameterError(f"No engine '{engine}'. Engines: {', '.join(ENGINES)}.")
    parsed = parse_formula(formula)
    if isinstance(data, SufficientStatistics):
        if data.columns.formula != parsed or engine == STATSMODELS:
            raise ParameterError(
                "Sufficient statistics serve the profiled engine and the formula they were made "
                f"for: '{data.columns.formula}'."
            )
        return fit_statistics(data, reml)
    columns = learn_columns(parsed, data, weights or "")
    rows = rows_of(columns, data)
    design = design_of(columns, rows)
    roles = None if engine == STATSMODELS else _roles(design, rows, engine)
    if roles is not None:
        return fit_statistics(sum_rows(columns, rows, roles), reml)
    if weights is not None:
        raise ModelRefused(
            "statsmodels' mixed models take no weights. Leave the weights out, or simplify the "
            "groups so that the profiled engine can be used."
        )
    return _fit_statsmodels(design, rows, reml)


def _roles(design: Design, rows: Rows, engine: str | None) -> Roles | None:
    """Roles of the groups; None where another engine may serve."""
    try:
        return find_roles(design.formula, rows.codes)
    except ModelRefused:
        if engine == PROFILED:
            raise
        return None


def _fit_statsmodels(design: Design, rows: Rows, reml: bool) -> MixedModelFit:
    """Fit by statsmodels, again from elsewhere while the end is not an optimum."""
    refuse_repeated_columns(rows.X, design.fixed_names)
    terms = design.formula.random
    products = cross_products(rows, terms)
    summary = summarise_rows(rows, terms)
    start: Factors | None = None
    for _ in range(1 + RESTARTS):
        found = fit_with_statsmodels(design, rows, reml, start)
        factors = with_positive_diagonal(found.factors)
        equations = MixedModelEquations(products, factors)
        sigma = equations.best_sigma(reml)
        curvature = Curvature(products, design.blocks, pack(design.blocks, factors), sigma, reml)
        if curvature.is_optimum:
            break
        start = tuple(T + PUSH * np.eye(len(T)) for T in found.factors)
    checks = check_fit(design, summary, factors, sigma, curvature.is_optimum)
    checks += check_engine(
        design,
        (equations.criterion(reml), found.criterion),
        found.fixed_effects,
        (equations.beta_ols, sigma * equations.ols_errors),
    )
    return MixedModelFit(
        design, summary, factors, sigma, reml, STATSMODELS, equations, curvature, checks
    )
