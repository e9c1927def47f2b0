"""How much the answer rests on one site or one practitioner.

The sums of the level that is left out are taken away and the model is fitted again from where it
was, so no rows are needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused, ParameterError
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.profiled_engine import fit_statistics


def leave_out(fit: MixedModelFit, group: str, levels: Sequence[str] | None = None) -> pd.DataFrame:
    """Refit without each level of a nested group in turn.

    Parameters
    ----------
    fit
        A fit of the profiled engine.
    group
        The inner or outer group of the formula.
    levels
        Levels to leave out; None for all.

    Returns
    -------
    pandas.DataFrame
        ``group, level, term, estimate, change, change_in_errors``: each fixed effect without the
        level, its difference from the full fit, and that over the full fit's standard error. A
        level without which the model can't be fitted has missing values.

    Raises
    ------
    ModelRefused
        When another engine made the fit.
    """
    statistics = fit.statistics
    if statistics is None:
        raise ModelRefused("Leaving levels out needs a fit of the profiled engine.")
    codes = {
        statistics.roles.inner: statistics.cell_inner,
        statistics.roles.outer: statistics.cell_outer,
    }
    if not group or group not in codes:
        known = ", ".join(name for name in codes if name)
        raise ParameterError(f"'{group}' is not a nested group of the model. Groups: {known}.")
    labels = statistics.levels[group]
    asked = list(labels) if levels is None else [str(level) for level in levels]
    absent = sorted(set(asked) - set(labels))
    if absent:
        raise ParameterError(f"{len(absent)} of the levels asked for had no row in the fit.")
    full = fit.equations.fixed_effects
    errors = fit.sigma * np.sqrt(np.diag(fit.equations.fixed_covariance))
    parts = []
    for level in asked:
        keep = codes[group] != labels.get_loc(level)
        try:
            without = fit_statistics(
                statistics.only_cells(keep), fit.reml, fit.curvature.theta
            ).equations.fixed_effects
        except ModelRefused:
            without = np.full(len(full), np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "group": group,
                    "level": level,
                    "term": list(fit.design.fixed_names),
                    "estimate": without,
                    "change": without - full,
                    "change_in_errors": (without - full) / errors,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table.astype({"group": "str", "level": "str", "term": "str"})
