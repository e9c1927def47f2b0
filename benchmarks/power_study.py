"""Does the planner's power agree with brute force: networks simulated and analysed one by one?

    python benchmarks/power_study.py [--networks 500] [--kinds NAME ...] [--write FILE]

Six plans of measurement. The planner's power is that of 4,000 draws. Brute force simulates whole
networks with the example network's spreads, date by date and rater by rater, fits each the growth
model that notebook 02 would, and counts how often the drift is named. In three plans the whole
network drifts; in three it stands still and one site drifts. Each simulated network is also judged
by a rule that knows the spreads, whose power is known exactly from the normal distribution; what
chance did to that rule is taken off the count (a control variate), which is worth as many networks
again or more. The first ten of each plan are also analysed whole, to see that nothing else differs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm
from study_tables import asked_for, tell

from workbench import terms
from workbench.analysis.fidelity import fidelity_over_time
from workbench.analysis.growth_fit import fit_growth
from workbench.analysis.study_design import NETWORK, SITE, power_to_see
from workbench.analysis.study_design_rows import NetworkDesign
from workbench.analysis.study_design_spreads import Spreads
from workbench.data.synthetic import NetworkParameters, PlantedSite, simulate_growth
from workbench.models.combinations import combination_weights
from workbench.models.integrated import draws_of, integrated_answers
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

FIRST_SEED = 140_000
PLANNED = 4000
WHOLE = 10
"""Networks of each plan that are analysed whole."""
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


def whole_analysis(frame: pd.DataFrame, kind: Kind) -> bool:
    """Whether the whole analysis names the drift of one network, or of its first site."""
    found = fidelity_over_time(
        frame, pd.DataFrame(), "9999Q4", float(kind.design.quarters), Thresholds()
    ).trajectories
    row = found[found["site_id"] == ("001" if kind.scope == SITE else "")].iloc[0]
    return bool(row["state"] == terms.DRIFTING and row["slope_high"] < 0)


def is_named(frame: pd.DataFrame, kind: Kind) -> bool:
    """Judge as the whole analysis does, of the one slope that is asked for."""
    fit, _ = fit_growth(frame)
    if fit is None:
        return False
    has_sites = any(block.term.group == "site_id" for block in fit.design.blocks)
    groups = ("site_id",) if kind.scope == SITE and has_sites else ()
    at = pd.DataFrame(
        {
            "quarters": [float(kind.design.quarters)],
            "rater_role": ["independent"],
            "site_id": ["001"],
        }
    )
    fixed, random = combination_weights(fit.design, at, groups, "quarters")
    answer = integrated_answers(fit, fixed, random, draws_of(fit))
    rule = Thresholds()
    probable = answer.below(-rule.smallest_change_that_matters)[0] >= rule.state_probability
    return bool(probable and answer.table()["conf_high"].iloc[0] < 0)


def by_known_spreads(frame: pd.DataFrame, kind: Kind) -> tuple[bool, float]:
    """Judge by the best linear prediction under the true spreads, and give this rule's power."""
    quarters = frame["quarters"].to_numpy(float)
    X = np.column_stack([np.ones(len(frame)), quarters])
    by_supervisor = (frame["rater_role"] == "supervisor").to_numpy(float)
    if by_supervisor.any():
        X = np.column_stack([X, by_supervisor])
    site_covariance = np.array(
        [
            [
                BASE.site_level_sd**2,
                BASE.site_correlation * BASE.site_level_sd * BASE.site_slope_sd,
            ],
            [
                BASE.site_correlation * BASE.site_level_sd * BASE.site_slope_sd,
                BASE.site_slope_sd**2,
            ],
        ]
    )
    person_covariance = np.diag([BASE.practitioner_level_sd**2, BASE.practitioner_slope_sd**2])
    line = X[:, :2]

    def shared(group: str, covariance: np.ndarray) -> np.ndarray:
        same = frame[group].to_numpy()[:, None] == frame[group].to_numpy()[None, :]
        return same * (line @ covariance @ line.T)

    by_site = shared("site_id", site_covariance)
    V = by_site + shared("practitioner_id", person_covariance)
    V += (frame["rater_id"].to_numpy()[:, None] == frame["rater_id"].to_numpy()) * BASE.rater_sd**2
    V += np.eye(len(V)) * BASE.residual_sd**2
    solved = np.linalg.solve(V, X)
    bread = np.linalg.inv(X.T @ solved)
    estimate = bread @ solved.T  # weights of the fixed effects, by generalised least squares
    weights, error = estimate[1], bread[1, 1]
    truth = V
    drifting = np.ones(len(frame))
    if kind.scope == SITE:
        first = (frame["site_id"] == "001").to_numpy()
        own = first * (line @ site_covariance[:, 1])  # covariance of the site's slope with the rows
        gain = np.linalg.solve(V, own)
        left = np.array([0.0, 1.0, 0.0][: X.shape[1]]) - X.T @ gain
        weights = estimate.T @ left + gain
        error = site_covariance[1, 1] - own @ gain + left @ bread @ left
        truth = V - by_site * first[:, None] * first[None, :]  # its line is set, not drawn
        drifting = first.astype(float)
    deviation, reach = np.sqrt(error), norm.ppf(Thresholds().state_probability)
    limit = min(
        -Thresholds().smallest_change_that_matters - reach * deviation, -norm.ppf(0.975) * deviation
    )
    means = BASE.level - kind.drift * quarters * drifting + BASE.supervisor_effect * by_supervisor
    power = norm.cdf((limit - weights @ means) / np.sqrt(weights @ truth @ weights))
    return bool(weights @ frame["fidelity"].to_numpy(float) <= limit), float(power)


def study_one(name: str, networks: int) -> dict[str, object]:
    """Power of one plan, both ways."""
    kind, plan = KINDS[name], KINDS[name].design
    planned = power_to_see(plan, SPREADS, kind.drift, draws=PLANNED, seed=FIRST_SEED)
    row = planned[planned["scope"] == kind.scope].iloc[0]
    start = FIRST_SEED + 100_000 * list(KINDS).index(name)
    found = []
    for seed in range(start, start + networks):
        frame = simulate(seed, kind)
        named = is_named(frame, kind)
        if seed < start + WHOLE and named != whole_analysis(frame, kind):
            raise AssertionError(f"The whole analysis of {name}, seed {seed}, says otherwise.")
        found.append((named, *by_known_spreads(frame, kind)))
    named, known, power = np.array(found, dtype=float).T
    slope = np.cov(named, known)[0, 1] / max(known.var(ddof=1), 1e-9)
    adjusted = named - slope * (known - power)
    error = 100 * adjusted.std(ddof=1) / np.sqrt(networks)
    both = np.hypot(error, 100 * np.sqrt(row["power"] * (1 - row["power"]) / PLANNED))
    return {
        "plan": f"{plan.sites} sites of {plan.practitioners_a_site}, "
        f"{plan.observations_a_quarter:g} a quarter over {plan.quarters}, "
        f"{plan.raters_a_site} raters, {plan.share_by_supervisor:.0%} by supervisors",
        "what drifts": f"{kind.scope}, {kind.drift:g} points a quarter",
        "networks": networks,
        "planner": f"{row['power']:.1%} ({row['power_low']:.1%} to {row['power_high']:.1%})",
        "brute force, counted": f"{named.mean():.1%}",
        "brute force, adjusted": f"{adjusted.mean():.1%} (standard error {error:.1f} points)",
        "difference, points": f"{100 * (row['power'] - adjusted.mean()):+.1f}",
        "its standard error": f"{both:.1f}",
    }


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 500, list(KINDS))
    table = pd.DataFrame([study_one(name, asked.networks) for name in asked.kinds])
    title = "Power by the planner, and by brute force"
    tell(table, title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
