"""Whether single practitioners move away from the course of their site.

Two things must come together: courses of practitioners differ by more than chance (a
likelihood-ratio test of the variance of their slopes), and at least one practitioner falls behind
their site by more than the smallest change that matters, with the probability that the study asks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.growth_design import one_site_each
from workbench.analysis.mechanism_test import MechanismTest
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.inference import compare_fits
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit
from workbench.settings import Thresholds

OWN_SLOPES = "(1 + quarters | practitioner_id)"
OWN_LEVELS = "(1 | practitioner_id)"


def individual_drift(
    by_observation: pd.DataFrame, fit: MixedModelFit | None, why_not: str, thresholds: Thresholds
) -> MechanismTest:
    """Test whether practitioners drift away from the course of their site.

    Parameters
    ----------
    by_observation
        One row an observation.
    fit
        The growth model's fit, or None.
    why_not
        Why there is no fit that can be used.
    thresholds
        What counts as a change, and how sure one must be.

    Returns
    -------
    MechanismTest
        ``estimate`` counts the practitioners who fall behind; it has no interval.
    """
    about: dict[str, Any] = {
        "mechanism": terms.INDIVIDUAL_DRIFT,
        "unit": mark("practitioners who fall behind their site"),
        "n": int(by_observation["practitioner_id"].nunique()),
        "n_of": mark("practitioners"),
        "n_practitioners": int(by_observation["practitioner_id"].nunique()),
    }
    if fit is None or why_not:
        return MechanismTest(**about, reason=why_not or say("there is no model of the course."))
    if OWN_SLOPES not in str(fit.design.formula):
        reason = say("practitioners were not seen often enough to have courses of their own.")
        return MechanismTest(**about, reason=reason)
    try:
        p_value = _test_of_own_slopes(by_observation, fit)
    except ModelRefused as error:
        return MechanismTest(**about, reason=str(error))
    behind = falling_behind(fit, thresholds)
    return MechanismTest(
        **about,
        estimate=float(len(behind)),
        p_value=p_value,
        in_its_direction=len(behind) > 0,
    )


def falling_behind(fit: MixedModelFit, thresholds: Thresholds) -> pd.Index:
    """Practitioners whose slope lies below their site's by more than the smallest change.

    Each with at least the probability that a state asks, given the model's variances.
    """
    from scipy.stats import norm

    modes = fit.ranef()
    own = modes[(modes["group"] == "practitioner_id") & (modes["term"] == "quarters")]
    change = thresholds.smallest_change_that_matters
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = norm.cdf((-change - own["mode"]) / own["sd"])
    return pd.Index(own["level"][chance >= thresholds.state_probability])


def _test_of_own_slopes(by_observation: pd.DataFrame, fit: MixedModelFit) -> float:
    """P-value of the variance of practitioners' slopes; zero is the edge of what it can be."""
    formula = str(fit.design.formula).replace(OWN_SLOPES, OWN_LEVELS)
    smaller = fit_mixed_model(formula, one_site_each(by_observation))
    return float(compare_fits(smaller, fit)["p_value"].iloc[0])
