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
from workbench.models.design import Design, build_design
from workbench.models.diagnostics import check_fit
from workbench.models.formulas import parse_formula
from workbench.models.henderson import CrossProducts, MixedModelEquations, cross_products
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.statsmodels_engine import EngineResult, fit_with_statsmodels
from workbench.models.variance_parameters import Factors, pack, with_positive_diagonal

__all__ = ["MixedModelFit", "fit_mixed_model"]

ENGINES = ("statsmodels",)
RESTARTS = 2  # further tries, from a larger variance, when a fit is not at an optimum
PUSH = 0.3  # added to the relative factors' diagonal at a restart


def fit_mixed_model(
    formula: str,
    data: pd.DataFrame,
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
        One row an observation. Rows with a missing value are dropped and counted.
    reml
        Restricted likelihood (for variances and intervals), or plain (to compare fixed parts).
    weights
        Column of weights. Refused by statsmodels.
    engine
        ``"statsmodels"``, or None to choose.

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
    if weights is not None:
        raise ModelRefused(
            "statsmodels' mixed models take no weights. Leave the weights out, or "
            "model the counts behind the percentages."
        )
    design = build_design(parse_formula(formula), data)
    products = cross_products(design)
    start: Factors | None = None
    for _ in range(1 + RESTARTS):
        found = fit_with_statsmodels(design, reml, start)
        fit = _assemble(design, products, found, reml)
        if fit.converged:
            break
        start = tuple(T + PUSH * np.eye(len(T)) for T in found.factors)
    return fit


def _assemble(
    design: Design, products: CrossProducts, found: EngineResult, reml: bool
) -> MixedModelFit:
    """Make a result with its checks from an engine's variance parameters."""
    factors = with_positive_diagonal(found.factors)
    equations = MixedModelEquations(products, factors)
    sigma = equations.best_sigma(reml)
    curvature = Curvature(products, design.blocks, pack(design.blocks, factors), sigma, reml)
    checks = check_fit(design, factors, sigma, equations, curvature, reml, found)
    return MixedModelFit(design, factors, sigma, reml, "statsmodels", equations, curvature, checks)
