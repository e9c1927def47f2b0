"""Raters: whether they agree, whether some score higher, and whether the ruler itself moves.

Where practice and ratings move together, nothing in the ratings alone tells which of them moved. An
anchor does: a second rating of the same session by a rater who is held steady. Without one the
answer is that it can't be said, and how many double-coded sessions would settle it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.direction import RulerMovement
from workbench.analysis.growth_design import growth_design, one_site_each
from workbench.analysis.mechanism_test import MechanismTest
from workbench.analysis.raters_agreement import rater_agreement
from workbench.analysis.raters_movement import (
    FEWEST_SESSIONS,
    INDEPENDENT_CODES,
    MASTER_CODES,
    RATING_ORDER,
    WEEKS_IN_A_QUARTER,
    Movement,
    movement_against_anchors,
    movement_in_rating_order,
)
from workbench.analysis.raters_needed import LEVEL, double_codes_needed
from workbench.analysis.raters_pairs import (
    INDEPENDENT,
    MASTER,
    by_session_and_rater,
    rating_times,
    with_anchors,
)
from workbench.analysis.raters_severity import BY_QUARTER, BY_ROLE, severity
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.mixed import fit_mixed_model
from workbench.settings import Thresholds
from workbench.shown import Shown

MOVES = "the ruler moves"
STEADY = "the ruler is steady"
NOT_IDENTIFIABLE = "not identifiable"
DRAWS = 500
SEED = 20260930
FEWEST_PAIRS = 10
"""Pairs below which the variance of their differences is not used for planning."""
NO_ANCHOR = mark(
    "no session was also scored by a master rater, so a movement that practitioners and raters "
    "share can't be told apart."
)
SHARED = mark(
    "supervisors keep pace with the independent raters, and a movement that practitioners and all "
    "raters share can't be told apart without master codes."
)
FROM_PAIRS = mark("the differences seen between ratings and their anchors")
FROM_GROWTH = mark("twice the residual variance of ratings, which is an upper bound")


@dataclass(frozen=True)
class CommonDrift:
    """Movement that raters share, against master codes, in points a quarter.

    Taken off a slope of fidelity it leaves the slope of practice, for ratings by these ``roles``;
    the variances of the two add up.
    """

    estimate: float
    std_error: float
    df: float
    roles: tuple[str, ...]


@dataclass(frozen=True)
class RaterDrift(Shown):
    """What double-coded sessions and rating dates say of the raters.

    Attributes
    ----------
    paired
        One row a rating and its anchor: ``difference`` in points, ``rated_at`` in quarters.
    movement
        Movement of the ruler over rating dates.
    verdict
        ``MOVES``, ``STEADY``, ``terms.NOT_ENOUGH_EVIDENCE`` or ``NOT_IDENTIFIABLE``.
    severity_by_quarter, severity_by_role
        Mean difference from the anchor, with intervals.
    agreement
        Agreement of double codes, with intervals.
    needed
        Double-coded sessions that would settle it; no rows where it is settled.
    common_drift
        What to take off slopes of fidelity; None without master codes.
    test
        The evidence for rater drift, beside the other kinds of drift.
    roles
        Roles of the raters among the observations.
    """

    paired: pd.DataFrame
    movement: Movement
    verdict: str
    severity_by_quarter: pd.DataFrame
    severity_by_role: pd.DataFrame
    agreement: pd.DataFrame
    needed: pd.DataFrame
    common_drift: CommonDrift | None
    test: MechanismTest
    roles: tuple[str, ...]

    @property
    def ruler(self) -> RulerMovement | None:
        """The raters' movement, to be taken off slopes; None unless master codes show one.

        A movement is shown when its test leaves chance out at the level of an interval.
        """
        drift = self.common_drift
        if drift is None or not self.test.p_value < 1 - terms.CONFIDENCE:
            return None
        return RulerMovement(drift.estimate, drift.std_error, drift.df)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        movement = {**asdict(self.movement), "roles": ", ".join(self.movement.roles)}
        return {
            "rater_agreement": self.agreement,
            "rater_severity": self.severity_by_quarter,
            "rater_severity_by_role": self.severity_by_role,
            "rater_movement": pd.DataFrame([{"verdict": self.verdict, **movement}]),
            "double_codes_needed": self.needed,
        }


def rater_drift(
    by_observation: pd.DataFrame,
    masters: pd.DataFrame,
    thresholds: Thresholds,
    components: pd.DataFrame | None = None,
    master_components: pd.DataFrame | None = None,
    item_values: pd.DataFrame | None = None,
    now: float | None = None,
    residual_variance: float | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> RaterDrift:
    """Look at the raters: agreement, severity and movement.

    Parameters
    ----------
    by_observation
        One row an observation by an independent rater or supervisor.
    masters
        Master codes with ``observation_id, practitioner_id, observed_on, rater_id, rater_role,
        fidelity``; may be empty.
    thresholds
        What counts as a change, and how sure one must be.
    components, master_components
        One row an observation and component with ``observation_id, component, component_title,
        component_order, fidelity``; for the agreement of each component.
    item_values
        One row an observation and item with ``observation_id, item_id, value``, master codes among
        them; for the agreement of items.
    now
        End of the report's quarter on the scale of ``quarters``; the last rating if None.
    residual_variance
        Of the growth model, in points squared; fitted here when it is needed and None.
    draws
        Bootstrap draws for the intervals of agreement; 0 for none.
    seed
        Of the bootstrap.
    """
    double_coded = by_session_and_rater(by_observation, masters)
    paired = with_anchors(double_coded)
    movement = _movement(by_observation, paired)
    verdict = _verdict(movement, thresholds)
    frames = [frame for frame in (components, master_components) if frame is not None]
    return RaterDrift(
        paired=paired,
        movement=movement,
        verdict=verdict,
        severity_by_quarter=severity(paired, BY_QUARTER[:3]),
        severity_by_role=severity(paired, BY_ROLE[:2]),
        agreement=rater_agreement(
            by_observation, masters, double_coded, frames, item_values, draws, seed
        ),
        needed=_needed(
            by_observation, paired, movement, verdict, thresholds, now, residual_variance
        ),
        common_drift=_common_drift(movement),
        test=_test(movement, verdict),
        roles=tuple(sorted(by_observation["rater_role"].unique())) if len(by_observation) else (),
    )


def _movement(by_observation: pd.DataFrame, paired: pd.DataFrame) -> Movement:
    """Movement by the best anchor there is."""
    by_master = paired[paired["anchor_role"] == MASTER]
    found = movement_against_anchors(by_master, MASTER_CODES) if len(by_master) else Movement()
    if found.basis and not found.reason:
        return found
    in_order = movement_in_rating_order(by_observation)
    if in_order.basis and not in_order.reason:
        return in_order
    if found.basis:
        return found
    by_independent = paired[paired["anchor_role"] == INDEPENDENT]
    if len(by_independent):
        found = movement_against_anchors(by_independent, INDEPENDENT_CODES)
    return found if found.basis and not found.reason else Movement(reason=say(NO_ANCHOR))


def limit_of(movement: Movement, smallest_change: float) -> float:
    """Write the smallest change that matters, in points a quarter, in the movement's own unit."""
    return smallest_change / (WEEKS_IN_A_QUARTER if movement.unit.endswith("week") else 1.0)


def steady_probability(movement: Movement, smallest_change: float) -> float:
    """Probability that the ruler moves by less than the smallest change that matters."""
    from scipy import stats

    limit = limit_of(movement, smallest_change)
    about = (movement.df, movement.estimate, movement.std_error)
    return float(stats.t.cdf(limit, *about) - stats.t.cdf(-limit, *about))


def _verdict(movement: Movement, thresholds: Thresholds) -> str:
    if not movement.basis:
        return NOT_IDENTIFIABLE
    if movement.p_value < LEVEL:
        return MOVES
    if movement.basis == INDEPENDENT_CODES:
        return NOT_IDENTIFIABLE
    if movement.reason:
        return terms.NOT_ENOUGH_EVIDENCE
    within = steady_probability(movement, thresholds.smallest_change_that_matters)
    return STEADY if within >= thresholds.state_probability else terms.NOT_ENOUGH_EVIDENCE


def _needed(
    by_observation: pd.DataFrame,
    paired: pd.DataFrame,
    movement: Movement,
    verdict: str,
    thresholds: Thresholds,
    now: float | None,
    residual_variance: float | None,
) -> pd.DataFrame:
    """Double-coded sessions that would settle the question."""
    change = thresholds.smallest_change_that_matters
    settled = verdict in (MOVES, STEADY)
    if settled or by_observation.empty or movement.basis == RATING_ORDER:
        return double_codes_needed(np.nan, "", change, quarters_ahead=())
    anchored = paired[paired["anchor_role"] == MASTER]
    variance, source = movement.variance, FROM_PAIRS
    if len(paired) < FEWEST_PAIRS or not np.isfinite(variance):
        known = residual_variance
        variance = 2 * (_residual_variance(by_observation) if known is None else known)
        source = FROM_GROWTH
    end = float(rating_times(by_observation).max()) if now is None else now
    seen = np.minimum(anchored["rated_at"].to_numpy(float) - end, 0.0)
    raters = anchored["rater_id"].nunique() or by_observation["rater_id"].nunique()
    fewest = FEWEST_SESSIONS - anchored["session"].nunique()
    return double_codes_needed(variance, say(source), change, raters, seen, fewest)


def _residual_variance(frame: pd.DataFrame) -> float:
    """Residual variance of the growth model; NaN where it can't be fitted."""
    design = growth_design(frame)
    if "|" not in design.formula:
        return np.nan
    try:
        fit = fit_mixed_model(design.formula, one_site_each(frame))
    except ModelRefused:
        return np.nan
    return fit.sigma**2 if fit.usable else np.nan


def _common_drift(movement: Movement) -> CommonDrift | None:
    if movement.basis != MASTER_CODES or movement.reason:
        return None
    return CommonDrift(movement.estimate, movement.std_error, movement.df, movement.roles)


def _test(movement: Movement, verdict: str) -> MechanismTest:
    counts: dict[str, Any] = {
        "n": movement.n_sessions,
        "n_of": mark("double-coded sessions"),
        "n_practitioners": movement.n_practitioners,
    }
    if movement.basis == RATING_ORDER:
        counts |= {"n": movement.n_ratings, "n_of": mark("ratings")}
    reason = movement.reason or (say(SHARED) if verdict == NOT_IDENTIFIABLE else "")
    if reason:
        known = verdict != NOT_IDENTIFIABLE
        return MechanismTest(terms.RATER_DRIFT, reason=reason, identifiable=known, **counts)
    return MechanismTest(
        terms.RATER_DRIFT,
        movement.estimate,
        movement.conf_low,
        movement.conf_high,
        movement.unit,
        movement.p_value,
        in_its_direction=True,  # a ruler may move either way
        **counts,
    )
