"""How much must be observed to see a drift: power of a plan of measurement.

A plan is simulated with the network's own spreads, and every simulated network is judged as a real
one is: the growth model that its observations can carry, its slope averaged over what the variances
may be, and a drift named only when it is probable enough and its interval lies below zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.direction import add_direction
from workbench.analysis.growth_design import SITES, SITES_SLOPES, GrowthDesign, growth_design
from workbench.analysis.study_design_rows import (
    PLANTED_SITE,
    NetworkDesign,
    planned_rows,
    planned_site,
    simulated_ratings,
)
from workbench.analysis.study_design_spreads import Spreads
from workbench.errors import ModelRefused, ParameterError
from workbench.language import say
from workbench.models.combinations import combination_weights
from workbench.models.design import RandomBlock
from workbench.models.many_answers import chances_below
from workbench.models.many_responses import ManyResponses
from workbench.models.proportions import wilson_interval
from workbench.settings import Thresholds

DRAWS = 400
AT_ONCE = 400
"""Simulations that share the days and raters that were drawn for them."""
FEWEST_QUARTERS = 3
NETWORK, SITE = "network", "site"
SITE_SLOPES = "(1 + quarters | site_id)"
PLAN = (
    "sites",
    "practitioners_a_site",
    "observations_a_quarter",
    "quarters",
    "raters_a_site",
    "share_by_supervisor",
    "share_double_coded",
)
POWER_COLUMNS = [
    "scope", *PLAN, "drift", "power", "power_low", "power_high", "covered", "slope_error",
    "n_ratings", "n_practitioners", "n_draws", "reason",
]  # fmt: skip


def power_to_see(
    design: NetworkDesign,
    spreads: Spreads,
    drift: float,
    draws: int = DRAWS,
    seed: int = 1,
    thresholds: Thresholds | None = None,
) -> pd.DataFrame:
    """Power to name a drift of the network, and of one site while the network stands still.

    Parameters
    ----------
    design
        The plan.
    spreads
        What it has to be seen through.
    drift
        Points of fidelity lost a quarter, above 0.
    draws
        Simulated networks for each of the two.
    seed
        The same seed gives the same answer.
    thresholds
        The house's smallest change that matters, and how probable a drift must be.

    Returns
    -------
    DataFrame
        One row the network and one a site, with ``POWER_COLUMNS``. ``power`` is the share of
        simulations where the drift is named, with Wilson's interval for the number of draws;
        ``covered``, of the network, the share whose 95% interval holds the drift (one site's is
        drawn to the others', so that its interval is not about a site that was set to drift);
        ``slope_error`` the mean standard error. ``reason`` says why a power can't be given.

    Raises
    ------
    ParameterError
        If drift or draws are not above 0.

    Examples
    --------
    >>> spreads = Spreads(4.0, 0.4, 5.0, 0.5, 1.5, 5.0)
    >>> found = power_to_see(NetworkDesign(10, 8, 2, 8), spreads, drift=3.0, draws=50)
    >>> list(found["scope"]), float(found["power"][0])
    (['network', 'site'], 1.0)
    """
    if drift <= 0 or draws < 1:
        raise ParameterError("A drift to be seen and the number of draws are above 0.")
    thresholds = thresholds or Thresholds()
    random = np.random.default_rng(seed)
    parts = []
    for begin in range(0, draws, AT_ONCE):
        many = min(AT_ONCE, draws - begin)
        parts.append(_judged_networks(design, spreads, drift, many, random, thresholds))
    judged = pd.concat(parts, ignore_index=True)
    rows = [_power_row(scope, judged[judged["scope"] == scope]) for scope in (NETWORK, SITE)]
    people = design.sites * design.practitioners_a_site
    about = {name: getattr(design, name) for name in PLAN}
    return pd.DataFrame(
        [{**about, **row, "drift": drift, "n_practitioners": people} for row in rows],
        columns=POWER_COLUMNS,
    )


def _power_row(scope: str, judged: pd.DataFrame) -> dict[str, object]:
    row: dict[str, object] = {"scope": scope, "n_ratings": round(float(judged["ratings"].mean()))}
    reasons = judged.loc[judged["reason"] != "", "reason"]
    answered = judged[judged["reason"] == ""]
    if answered.empty:
        return {**row, "n_draws": 0, "reason": reasons.iloc[0]}
    named = int(judged["named"].sum())
    low, high = wilson_interval(named, len(judged))
    return {
        **row,
        "power": named / len(judged),
        "power_low": float(low),
        "power_high": float(high),
        "covered": float(answered["covered"].mean()) if scope == NETWORK else np.nan,
        "slope_error": float(answered["slope_error"].mean()),
        "n_draws": len(judged),
        "reason": "",
    }


def _judged_networks(
    design: NetworkDesign,
    spreads: Spreads,
    drift: float,
    draws: int,
    random: np.random.Generator,
    thresholds: Thresholds,
) -> pd.DataFrame:
    """Simulate networks on the same days, and judge each: two rows a draw."""
    rows = planned_rows(design, random)
    chosen = growth_design(rows)
    parts = []
    for scope in (NETWORK, SITE):
        ratings = simulated_ratings(rows, spreads, drift, draws, random, scope == SITE)
        why = _why_not(rows, chosen, scope)
        if not why:
            try:
                many = ManyResponses.of(chosen.formula, rows, ratings)
            except ModelRefused as error:
                why = str(error)
        found = _no_answer(draws, why) if why else _judged(many, scope, spreads, drift, thresholds)
        parts.append(found.assign(scope=scope, ratings=len(rows)))
    return pd.concat(parts, ignore_index=True)


def _why_not(rows: pd.DataFrame, chosen: GrowthDesign, scope: str) -> str:
    quarters = rows["quarter"].nunique()
    if quarters < FEWEST_QUARTERS:
        return say(
            "there are observations in {quarters} quarters, and a course needs three.",
            quarters=quarters,
        )
    if "|" not in chosen.formula:
        return say("there are too few practitioners, sites or raters to model their differences.")
    if scope == NETWORK or SITE_SLOPES in chosen.formula:
        return ""
    left_out = chosen.left_out
    return left_out.get(SITES_SLOPES) or left_out[SITES]


def _no_answer(draws: int, why: str) -> pd.DataFrame:
    blank = pd.DataFrame({"named": np.zeros(draws, dtype=bool)})
    return blank.assign(covered=np.nan, slope_error=np.nan, reason=why)


def _judged(
    many: ManyResponses, scope: str, spreads: Spreads, drift: float, thresholds: Thresholds
) -> pd.DataFrame:
    """Judge slopes as the analysis of fidelity does: by their state, and by their interval."""
    names = {"site_id": [planned_site(PLANTED_SITE)], "rater_role": ["independent"]}
    at, groups = pd.DataFrame({**names, "quarters": [0.0]}), ("site_id",) if scope == SITE else ()
    fixed, random = combination_weights(many.design, at, groups, "quarters")
    covariances = tuple(_covariance(block, spreads) for block in many.design.blocks)
    start = many.theta_of(covariances, spreads.residual)
    change, tail = thresholds.smallest_change_that_matters, (1 - terms.CONFIDENCE) / 2
    values = np.array([-change, change, 0.0, -drift])
    chances = chances_below(many, fixed, random, values, start)
    below, not_above, negative, truth = chances.below[:, 0]
    found = pd.DataFrame({"slope_error": chances.errors[0]})
    found = add_direction(found, below, 1 - not_above, thresholds.state_probability)
    named = (found["state"] == terms.DRIFTING) & (negative >= 1 - tail)
    covered = ((truth >= tail) & (truth <= 1 - tail)).astype(float)
    return found[["slope_error"]].assign(named=named, covered=covered, reason="")


def _covariance(block: RandomBlock, spreads: Spreads) -> np.ndarray:
    """Covariance of a random term's effects by the spreads."""
    if block.term.group == "rater_id":
        return np.array([[spreads.rater**2]])
    of = block.term.group.removesuffix("_id")
    return spreads.covariance(of)[: block.width, : block.width]
