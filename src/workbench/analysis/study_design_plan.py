"""A table of plans: power by observations and quarters, and the fewest that are enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.analysis.study_design import (
    DRAWS,
    POWER_COLUMNS,
    power_to_see,
)
from workbench.analysis.study_design_rows import NetworkDesign
from workbench.analysis.study_design_spreads import Spreads
from workbench.language import say
from workbench.progress import followed
from workbench.settings import Thresholds
from workbench.shown import Shown

POWER = 0.80
OBSERVATIONS = (0.5, 1.0, 2.0, 3.0, 4.0)
QUARTERS = (4, 6, 8, 12)
DOUBLE_CODED = (0.0, 0.2, 0.5)
NEEDED_COLUMNS = [
    "scope",
    "quarters",
    "raters_a_site",
    "drift",
    "power",
    "observations",
    "observations_low",
    "observations_high",
    "n_draws",
    "reason",
]


@dataclass(frozen=True)
class MeasurementPlan(Shown):
    """What it takes to see a drift.

    Attributes
    ----------
    present
        How the network is measured now.
    spreads
        What the plan rests on.
    powers
        See ``study_design.POWER_COLUMNS``, with ``present`` (whether the row is the plan in use):
        two rows a plan.
    needed
        See ``NEEDED_COLUMNS``: the fewest observations a quarter that reach the power.
    double_coding
        As ``powers``: the present plan with other shares of double-coded sessions.
    drift, power
        The drift to be seen, points a quarter, and how surely.
    """

    present: NetworkDesign
    spreads: Spreads
    powers: pd.DataFrame
    needed: pd.DataFrame
    double_coding: pd.DataFrame
    drift: float
    power: float

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by name."""
        return {
            "measurement_powers": self.powers,
            "observations_needed": self.needed,
            "double_coding_and_power": self.double_coding,
            "measurement_spreads": self.spreads.table(),
        }


def measurement_plan(
    present: NetworkDesign | None,
    spreads: Spreads,
    drift: float,
    power: float = POWER,
    observations: Sequence[float] = OBSERVATIONS,
    quarters: Sequence[int] = QUARTERS,
    raters: Sequence[int] = (),
    double_coded: Sequence[float] = DOUBLE_CODED,
    draws: int = DRAWS,
    seed: int = 1,
    thresholds: Thresholds | None = None,
) -> MeasurementPlan | None:
    """Work out the power of a table of plans.

    Parameters
    ----------
    present
        How the network is measured now; all but what is varied is kept. None where nothing was
        observed: then there is no plan.
    spreads, drift, draws, seed, thresholds
        As for `study_design.power_to_see`.
    power
        How surely the drift is to be seen, between 0 and 1.
    observations, quarters, raters
        What is varied; raters a site as they are if none are given.
    double_coded
        Shares of double-coded sessions for the present plan; needs two raters a site.
    """
    if present is None:
        return None
    asked = {"draws": draws, "seed": seed, "thresholds": thresholds}
    plans = [
        replace(present, observations_a_quarter=each, quarters=length, raters_a_site=own)
        for own in raters or (present.raters_a_site,)
        for length in quarters
        for each in observations
    ]
    plans = [*plans, *([] if present in plans else [present])]
    rows = [
        power_to_see(plan, spreads, drift, **asked)  # type: ignore[arg-type]
        for plan in followed(plans, "Plans worked out")
    ]
    powers = pd.concat(
        [own.assign(present=plan == present) for own, plan in zip(rows, plans, strict=True)],
        ignore_index=True,
    )
    varied = powers[powers["quarters"].isin(quarters)]
    keys = ["scope", "raters_a_site", "quarters"]
    needed = [_needed(own, power, drift) for _, own in varied.groupby(keys, sort=True)]
    codings = [
        power_to_see(replace(present, share_double_coded=share), spreads, drift, **asked)  # type: ignore[arg-type]
        for share in (double_coded if present.raters_a_site > 1 else ())
    ]
    return MeasurementPlan(
        present,
        spreads,
        powers,
        pd.DataFrame(needed, columns=NEEDED_COLUMNS),
        pd.concat(codings, ignore_index=True) if codings else pd.DataFrame(columns=POWER_COLUMNS),
        drift,
        power,
    )


def _needed(rows: pd.DataFrame, power: float, drift: float) -> dict[str, object]:
    """Where the line of powers, and those of its interval's ends, reach the power."""
    first = rows.iloc[0]
    about = {name: first[name] for name in ("scope", "quarters", "raters_a_site")}
    about |= {"drift": drift, "power": power, "n_draws": int(rows["n_draws"].max())}
    known = rows[rows["power"].notna()].sort_values("observations_a_quarter")
    if known.empty:
        return {**about, "reason": first["reason"]}
    each = known["observations_a_quarter"].to_numpy(float)
    ends = {
        "observations": "power",
        "observations_low": "power_high",
        "observations_high": "power_low",
    }
    found = {name: _crossing(each, known[of].to_numpy(float), power) for name, of in ends.items()}
    more = say(
        "{most:g} observations a quarter don't reach it. Where the line is flat, more of them "
        "won't: it is then the number of sites or quarters that limits.",
        most=each[-1],
    )
    return {**about, **found, "reason": "" if np.isfinite(found["observations"]) else more}


def _crossing(each: np.ndarray, powers: np.ndarray, wanted: float) -> float:
    """Fewest observations at which the power is reached, between two plans by a straight line.

    Powers are first made to rise with the observations, as they do but for chance.
    """
    powers = np.maximum.accumulate(powers)
    if powers[-1] < wanted:
        return np.nan
    place = int(np.searchsorted(powers, wanted))
    if place == 0:
        return float(each[0])
    low, high = powers[place - 1], powers[place]
    share = (wanted - low) / (high - low)
    return float(each[place - 1] + share * (each[place] - each[place - 1]))
