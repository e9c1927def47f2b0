"""Whether a lower level of practice becomes what everybody here takes for normal.

Three things can show it beside a common decline: practitioners' scores draw together about their
own courses, supervisors' ratings leave those of independent raters behind, and people trained later
start lower. Whether the decline is in practice and not in the ruler is told by master codes; with
none, ratings can't tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.growth_design import growth_design, one_site_each
from workbench.analysis.mechanism_test import MechanismTest
from workbench.analysis.new_normal_anchor import RatersMovement, raters_movement
from workbench.analysis.new_normal_cohorts import (
    COHORT_COLUMNS,
    YEAR_TERM,
    cohort_fit,
    cohort_levels,
    why_not_cohorts,
    with_cohorts,
)
from workbench.analysis.new_normal_signs import (
    FEWEST_QUARTERS,
    GAP_COLUMNS,
    ROLE_SLOPE_TERM,
    SPREAD_COLUMNS,
    Sign,
    quarter_middles,
    role_gap_sign,
    sign_of,
    spread_sign,
    two_roles,
)
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.inference import combine_fixed
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit
from workbench.settings import Thresholds
from workbench.shown import Shown

__all__ = ["NewNormal", "Sign", "new_normal"]


@dataclass(frozen=True)
class NewNormal(Shown):
    """The evidence for a new normal.

    Attributes
    ----------
    as_rated
        Slope of fidelity as rated, in points a quarter.
    raters
        Movement of the raters' ruler against master codes.
    practice
        Slope of practice: as rated, less the raters' movement, in points a quarter.
    spread
        Change of the residual spread within practitioners, in percent a quarter.
    role_gap
        Slope of supervisors' ratings against those of independent raters, in points a quarter.
    cohorts
        Difference that goes with training a year later, at the same time, in points.
    spread_within, role_gaps
        Evidence tables.
    dated
        Observations of practitioners with a date of training, with their cohort.
    formula
        The growth model.
    test
        The decline and the signs put together.
    smallest_change
        Points a quarter that matter.
    """

    as_rated: Sign
    raters: RatersMovement
    practice: Sign
    spread: Sign
    role_gap: Sign
    cohorts: Sign
    spread_within: pd.DataFrame
    role_gaps: pd.DataFrame
    dated: pd.DataFrame
    formula: str
    test: MechanismTest
    smallest_change: float

    @cached_property
    def cohort_levels(self) -> pd.DataFrame:
        """Each cohort's level beside the earliest one's; it takes a fit of its own."""
        if not self.cohorts.told:
            return pd.DataFrame(columns=COHORT_COLUMNS)
        return cohort_levels(self.dated, self.formula)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "spread_within": self.spread_within,
            "role_gap": self.role_gaps,
            "cohorts": self.cohort_levels,
        }


def new_normal(
    by_observation: pd.DataFrame,
    masters: pd.DataFrame,
    practitioners: pd.DataFrame,
    now: float,
    thresholds: Thresholds,
    formula: str | None = None,
    generation: pd.Series | None = None,
) -> NewNormal:
    """Look for a new normal.

    Parameters
    ----------
    by_observation
        One row an observation by an independent rater or supervisor.
    masters
        Master codes in the same columns; may be empty.
    practitioners
        With ``practitioner_id`` and, where known, ``trained_on``.
    now
        End of the report's quarter on the scale of ``quarters``.
    thresholds
        What counts as a change.
    formula
        The growth model; None for the fullest that the observations can carry.
    generation
        Step in the chain of trainers by ``practitioner_id``, taken out of the comparison of
        cohorts; None where it isn't known.
    """
    formula = formula or growth_design(by_observation).formula
    by_role = f"{formula} + quarters:rater_role" if two_roles(by_observation) else formula
    frame = one_site_each(by_observation)
    fit, why_not = _fit(frame, by_role)
    raters = raters_movement(by_observation, masters)
    as_rated = practice = spread = role_gap = cohorts = Sign(reason=why_not)
    spread_within = pd.DataFrame(columns=SPREAD_COLUMNS)
    role_gaps = pd.DataFrame(columns=GAP_COLUMNS)
    dated = one_site_each(with_cohorts(by_observation, practitioners, generation))
    if fit is not None and not why_not:
        middles = quarter_middles(frame, now)
        as_rated, practice = _movement(frame, fit, raters)
        spread, spread_within = spread_sign(frame, by_role, middles)
        role_gap, role_gaps = role_gap_sign(frame, fit, middles)
        cohorts = _cohorts(dated, formula)
    return NewNormal(
        as_rated=as_rated,
        raters=raters,
        practice=practice,
        spread=spread,
        role_gap=role_gap,
        cohorts=cohorts,
        spread_within=spread_within,
        role_gaps=role_gaps,
        dated=dated,
        formula=formula,
        test=_test(practice, (spread, role_gap, cohorts), raters),
        smallest_change=thresholds.smallest_change_that_matters,
    )


def _fit(frame: pd.DataFrame, formula: str) -> tuple[MixedModelFit | None, str]:
    quarters = frame["quarter"].nunique()
    if quarters < FEWEST_QUARTERS:
        return None, say(
            "there are observations in {quarters} quarters, and a course needs three.",
            quarters=quarters,
        )
    if "|" not in formula:
        return None, say(
            "there are too few practitioners, sites or raters to model their differences."
        )
    try:
        fit = fit_mixed_model(formula, frame)
    except ModelRefused as error:
        return None, say(
            "the model that these observations need can't be fitted. {error}", error=error
        )
    return fit, fit.why_not


def _movement(frame: pd.DataFrame, fit: MixedModelFit, raters: RatersMovement) -> tuple[Sign, Sign]:
    """Slope as the raters with master codes rate, and the same less their own movement."""
    rated_by_supervisors = ROLE_SLOPE_TERM if raters.role == "supervisor" else ""
    slope = [float(name in ("quarters", rated_by_supervisors)) for name in fit.design.fixed_names]
    row = combine_fixed(fit, np.array([slope]), "satterthwaite").iloc[0]
    as_rated = sign_of(row["estimate"], row["std_error"], row["df"], frame)
    if raters.reason:
        return as_rated, Sign(
            n=as_rated.n, n_practitioners=as_rated.n_practitioners, reason=raters.reason
        )
    # The two estimates share scores, so that their difference is a little surer than told here.
    # Its degrees of freedom are Satterthwaite's for a sum of two variances.
    variances = np.array([row["std_error"], raters.std_error]) ** 2
    df = variances.sum() ** 2 / (variances**2 / np.array([row["df"], raters.df])).sum()
    error = float(np.sqrt(variances.sum()))
    return as_rated, sign_of(row["estimate"] - raters.estimate, error, float(df), frame)


def _cohorts(dated: pd.DataFrame, formula: str) -> Sign:
    """Difference that goes with training a year later, at the same calendar time."""
    if reason := why_not_cohorts(dated):
        return Sign(reason=reason)
    fit = cohort_fit(dated, formula, YEAR_TERM)
    if fit is None:
        return Sign(reason=say("the growth model with a term for cohorts can't be fitted."))
    at = np.array([[float(name == YEAR_TERM) for name in fit.design.fixed_names]])
    row = combine_fixed(fit, at, "satterthwaite").iloc[0]
    return sign_of(row["estimate"], row["std_error"], row["df"], dated)


def _test(practice: Sign, signs: tuple[Sign, ...], raters: RatersMovement) -> MechanismTest:
    """Put the decline and the signs together.

    There must be a decline and one sign or more, so the p-value is the larger of two (an
    intersection-union test: Berger 1982, Technometrics 24, 295-300): the decline's, and that of
    the clearest sign, for the several looks times their number (Bonferroni). Both are one-sided.
    """
    told = [sign.p_value for sign in signs if sign.told]
    about: dict[str, Any] = {
        "mechanism": terms.NEW_NORMAL,
        "n_practitioners": practice.n_practitioners,
    }
    if not practice.told:
        no_anchor = raters.n_sessions == 0 and practice.reason == raters.reason
        return MechanismTest(
            **about, n=practice.n, reason=practice.reason, identifiable=not no_anchor
        )
    if not told:
        reason = say("none of the signs of a new normal can be told from these data.")
        return MechanismTest(**about, n=practice.n, reason=reason)
    return MechanismTest(
        **about,
        estimate=practice.estimate,
        conf_low=practice.conf_low,
        conf_high=practice.conf_high,
        unit=mark("points a quarter"),
        p_value=max(practice.p_value, min(1.0, len(told) * min(told))),
        in_its_direction=practice.estimate < 0,
        n=practice.n,
    )
