"""How far fidelity is expected to vary where nothing moves: the yardstick of the early warning.

It is taken from the growth model, which lets every practitioner and site have a slope. A model
without slopes is right where nothing moves, and where practice drifts it counts the drift as noise:
in the example network it finds a residual variance of 34 where 25 was planted, and the growth model
24. The wider yardstick would hide the drift that the charts are there to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.growth_design import growth_design
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.recursive_departures import UNKNOWN

FEWEST_QUARTERS = 3


@dataclass(frozen=True)
class Yardstick:
    """Variances of levels and of single observations.

    Attributes
    ----------
    variances
        Variance between the levels of practitioners of a site and of raters, in squared points,
        where the model holds them.
    residual
        Variance from one observation to the next.
    roles
        Points by which each rater role differs from the first.
    why_not
        Why there is no yardstick; empty if there is.
    """

    variances: Mapping[str, float] = field(default_factory=dict)
    residual: float = np.nan
    roles: Mapping[str, float] = field(default_factory=dict)
    why_not: str = ""


def yardstick(frame: pd.DataFrame, fit: MixedModelFit | None) -> Yardstick:
    """Take the yardstick from a growth model's fit, or from one made here.

    Parameters
    ----------
    frame
        One row an observation, as the growth model gets them (`one_site_each`).
    fit
        The growth model's fit, or None.
    """
    quarters = frame["quarter"].nunique()
    if quarters < FEWEST_QUARTERS:
        why_not = say(
            "there are observations in {quarters} quarters, and three are needed to know what is "
            "usual.",
            quarters=quarters,
        )
        return Yardstick(why_not=why_not)
    if fit is None or not fit.usable:
        fit, why_not = _own_fit(frame)
        if fit is None:
            return Yardstick(why_not=why_not)
    table = fit.var_corr()
    groups = [name for name in ("practitioner_id", "rater_id") if name in set(table["group"])]
    variances = {name: _levels(table, name) for name in groups}
    residual = float(table.loc[table["group"] == "Residual", "variance"].iloc[0])
    return Yardstick(variances, residual, _roles(fit, frame))


def levels_of(kind: str, usual: Yardstick) -> dict[str, float]:
    """Variances of the levels that make up what is expected of a practitioner, or of a site.

    Everyone's own level is learned from their own observations alone. To start from the site's
    level would see no drift sooner, and give people at a low level, who hold it, about three times
    the false alarms of others (docs/methods/early_warning.md). A site's mean is made up of those
    who happen to be seen, and newcomers are expected at the site's level.
    """
    if kind == "site_id":
        return {"site_id": UNKNOWN, **usual.variances}
    known = {name: variance for name, variance in usual.variances.items() if name != kind}
    return {kind: UNKNOWN, **known} if kind in usual.variances else known


def _own_fit(frame: pd.DataFrame) -> tuple[MixedModelFit | None, str]:
    formula = growth_design(frame).formula
    if "|" not in formula:
        return None, say("there are too few practitioners, sites or raters to know what is usual.")
    try:
        fit = fit_mixed_model(formula, frame)
    except ModelRefused as error:
        return None, say("the model that tells what is usual can't be fitted. {error}", error=error)
    return (fit, "") if fit.usable else (None, fit.why_not)


def _levels(table: pd.DataFrame, group: str) -> float:
    """Variance between a group's levels at the start of the series, where the charts begin."""
    levels = (table["group"] == group) & (table["term"] == "Intercept") & table["term_2"].isna()
    return float(table.loc[levels, "variance"].iloc[0])


def _roles(fit: MixedModelFit, frame: pd.DataFrame) -> dict[str, float]:
    effects = dict(zip(fit.design.fixed_names, fit.equations.fixed_effects, strict=True))
    roles = frame["rater_role"].unique()
    return {role: float(effects.get(f"rater_role[T.{role}]", 0.0)) for role in roles}
