"""The profiled engine: from sufficient statistics to a fit."""

from __future__ import annotations

import numpy as np

from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.diagnostics import check_fit
from workbench.models.level_map import LevelMap
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.objective import Objective
from workbench.models.optimise import minimise
from workbench.models.profiled_curvature import ProfiledCurvature
from workbench.models.profiled_equations import ProfiledEquations
from workbench.models.reduced import engine_scales, reduce_statistics
from workbench.models.row_summary import summarise_statistics
from workbench.models.sufficient_statistics import SufficientStatistics


def fit_statistics(
    statistics: SufficientStatistics, reml: bool = True, start: np.ndarray | None = None
) -> MixedModelFit:
    """Fit a linear mixed model from sufficient statistics; rows are not needed.

    Parameters
    ----------
    statistics
        Made by `SufficientStatistics.from_frame` or `from_chunks`.
    reml
        Restricted likelihood, or plain.
    start
        Theta, in the engine's columns, of a fit to nearly the same data, to start from.

    Returns
    -------
    MixedModelFit

    Raises
    ------
    ModelRefused
        When the model can't be estimated from these data.
    """
    design = statistics.design()
    levels = LevelMap.of(design.blocks, statistics.roles, engine_scales(statistics))
    objective = Objective(reduce_statistics(statistics), levels, reml)
    try:
        optimum = minimise(objective, start)
    except np.linalg.LinAlgError as error:
        raise ModelRefused(
            say(
                "'{formula}' leaves next to nothing to the residual in these data, so that "
                "no uncertainty can be estimated. Check that the response is not computed "
                "from the covariates, and that levels have more rows than effects.",
                formula=design.formula,
            )
        ) from error
    equations = ProfiledEquations(optimum.point.evaluation, levels)
    curvature = ProfiledCurvature(objective, optimum)
    factors = levels.formula_factors(optimum.point.factors)
    summary = summarise_statistics(statistics)
    checks = check_fit(design, summary, factors, optimum.sigma, curvature.is_optimum)
    return MixedModelFit(
        design,
        summary,
        factors,
        optimum.sigma,
        reml,
        "profiled",
        equations,
        curvature,
        checks,
        statistics,
    )
