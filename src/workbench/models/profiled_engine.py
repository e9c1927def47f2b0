"""The profiled engine: from sufficient statistics to a fit."""

from __future__ import annotations

import numpy as np

from workbench.models.diagnostics import check_fit
from workbench.models.level_map import LevelMap
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.objective import Objective
from workbench.models.optimise import minimise
from workbench.models.profiled_curvature import ProfiledCurvature
from workbench.models.profiled_equations import ProfiledEquations
from workbench.models.reduced import reduce_statistics
from workbench.models.row_summary import summarise_statistics
from workbench.models.sufficient_statistics import SufficientStatistics
from workbench.models.variance_parameters import unpack


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
        Theta of a fit to nearly the same data, to start from.

    Returns
    -------
    MixedModelFit

    Raises
    ------
    ModelRefused
        When the model can't be estimated from these data.
    """
    design = statistics.design()
    levels = LevelMap.of(design.blocks, statistics.roles)
    objective = Objective(reduce_statistics(statistics), levels, reml)
    optimum = minimise(objective, start)
    equations = ProfiledEquations(optimum.point.evaluation, levels, statistics)
    curvature = ProfiledCurvature(objective, optimum, statistics)
    factors = unpack(design.blocks, optimum.point.theta)
    summary = summarise_statistics(statistics)
    checks = check_fit(design, summary, factors, optimum.sigma, equations, curvature.is_optimum)
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
