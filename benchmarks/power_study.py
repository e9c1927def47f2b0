"""Does the planner's power agree with brute force: networks simulated and analysed one by one?

    python benchmarks/power_study.py [--networks 4000] [--kinds NAME ...] [--write FILE]

Six plans of measurement. The planner's power is that of as many draws. Brute force simulates whole
networks with the example network's spreads, date by date and rater by rater, analyses each as
notebook 02 does, and counts how often the drift is named. In three plans the whole network drifts;
in three it stands still and one site drifts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench import terms
from workbench.analysis.fidelity import fidelity_over_time
from workbench.analysis.study_design import NETWORK, SITE, power_to_see
from workbench.analysis.study_design_rows import NetworkDesign
from workbench.analysis.study_design_spreads import Spreads
from workbench.data.synthetic import NetworkParameters, PlantedSite, simulate_growth
from workbench.models.proportions import wilson_interval
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

FIRST_SEED = 140_000
BASE = NetworkParameters(
    planted_sites=(),
    slope=0.0,
    share_missing=0.0,
    share_double_coded=0.0,
    share_hired_before=1.0,
    share_who_leave=0.0,
)
SPREADS = Spreads(
    BASE.site_level_sd,
    BASE.site_slope_sd,
    BASE.practitioner_level_sd,
    BASE.practitioner_slope_sd,
    BASE.rater_sd,
    BASE.residual_sd,
    site_correlation=BASE.site_correlation,
    session_share=BASE.session_sd**2 / BASE.residual_sd**2,
)


@dataclass(frozen=True)
class Kind:
    """A plan, what drifts in it, and by how much."""

    design: NetworkDesign
    scope: str
    drift: float


KINDS = {
    "network-sparse": Kind(NetworkDesign(12, 10, 0.5, 6, share_by_supervisor=0.4), NETWORK, 1.5),
    "network-small": Kind(NetworkDesign(8, 6, 1, 6), NETWORK, 1.6),
    "network-short": Kind(NetworkDesign(12, 8, 2, 4, share_by_supervisor=0.4), NETWORK, 1.5),
    "site-usual": Kind(NetworkDesign(12, 12, 1, 8, share_by_supervisor=0.4), SITE, 1.8),
    "site-dense": Kind(NetworkDesign(10, 8, 2, 8, raters_a_site=3), SITE, 1.8),
    "site-long": Kind(NetworkDesign(12, 8, 0.5, 12, share_by_supervisor=0.4), SITE, 1.8),
}


def simulate(seed: int, kind: Kind) -> pd.DataFrame:
    """Observations of one network, measured by the plan."""
    plan = kind.design
    parameters = replace(
        BASE,
        sites=plan.sites,
        quarters=plan.quarters,
        fewest_practitioners=plan.practitioners_a_site,
        most_practitioners=plan.practitioners_a_site,
        raters_a_site=plan.raters_a_site,
        supervisors_a_site=plan.supervisors_a_site,
        share_by_supervisor=plan.share_by_supervisor,
        share_seen_twice=max(plan.observations_a_quarter - 1, 0.0),
    )
    if kind.scope == NETWORK:
        parameters = replace(parameters, slope=-kind.drift)
    else:
        parameters = replace(parameters, planted_sites=(PlantedSite(0, 0.0, -kind.drift),))
    seen = simulate_growth(parameters, seed)[2]
    seen = seen[seen["rater_role"].isin(["independent", "supervisor"])]
    seen = seen.assign(weight=1.0, cut_off=np.nan, meets_cut_off=np.nan)
    if plan.observations_a_quarter < 1:  # every second quarter, half of the people in each
        turn = seen["practitioner_id"].astype(int) + np.floor(seen["quarters"])
        seen = seen[turn % round(1 / plan.observations_a_quarter) == 0]
    return seen.assign(quarter=quarter_labels(seen["observed_on"])).reset_index(drop=True)


def is_named(seed: int, kind: Kind) -> bool:
    """Whether the whole analysis names the drift of one network, or of its first site."""
    frame = simulate(seed, kind)
    found = fidelity_over_time(
        frame, pd.DataFrame(), "9999Q4", float(kind.design.quarters), Thresholds()
    ).trajectories
    if kind.scope == SITE:
        row = found[found["site_id"] == "001"].iloc[0]
    else:
        row = found[found["scope"] == NETWORK].iloc[0]
    return bool(row["state"] == terms.DRIFTING and row["slope_high"] < 0)


def study_one(name: str, networks: int) -> dict[str, object]:
    """Power of one plan, both ways."""
    kind, plan = KINDS[name], KINDS[name].design
    planned = power_to_see(plan, SPREADS, kind.drift, draws=networks, seed=FIRST_SEED)
    row = planned[planned["scope"] == kind.scope].iloc[0]
    seeds = range(FIRST_SEED, FIRST_SEED + networks)
    named = sum(is_named(seed, kind) for seed in seeds)
    low, high = wilson_interval(named, networks)
    difference = 100 * (row["power"] - named / networks)
    return {
        "plan": f"{plan.sites} sites of {plan.practitioners_a_site}, "
        f"{plan.observations_a_quarter:g} a quarter over {plan.quarters}, "
        f"{plan.raters_a_site} raters, {plan.share_by_supervisor:.0%} by supervisors",
        "what drifts": f"{kind.scope}, {kind.drift:g} points a quarter",
        "networks": networks,
        "planner": f"{row['power']:.1%} ({row['power_low']:.1%} to {row['power_high']:.1%})",
        "brute force": f"{named / networks:.1%} ({float(low):.1%} to {float(high):.1%})",
        "difference, points": f"{difference:+.1f}",
    }


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 4000, list(KINDS))
    table = pd.DataFrame([study_one(name, asked.networks) for name in asked.kinds])
    title = "Power by the planner, and by brute force"
    tell(table, title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
