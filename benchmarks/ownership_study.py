"""Is ownership of plans recovered, and is no plan called not owned without cause?

    python benchmarks/ownership_study.py [--networks 300] [--kinds NAME ...] [--write FILE]

Each network has 12 sites and about 150 practitioners, with some 370 plans over 8 quarters, of
which some 110 are open at the end. Persons rate their plan when it opens and every quarter after
it, nine times in ten. With decay, the person's rating falls by 2 points a month at every site, or
at two sites, and that of professionals rises by 0.3. Plans differ in level (SD 11) and slope (SD
0.4). A plan is truly falling if the person's own line falls by more than 1 point a month, and
truly weak if it lies below 50 now.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.analysis.compliance import compliance
from workbench.analysis.compliance_findings import more_than_chance
from workbench.analysis.ownership import ownership
from workbench.analysis.ownership_gap import GAP, PERSON
from workbench.analysis.ownership_states import SMALLEST_FALL
from workbench.data import plan_panels
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.data.synthetic_plan_parameters import planted_plans
from workbench.data.synthetic_plans import SimulatedPlans, simulate_plans
from workbench.quarters import Quarter
from workbench.settings import PlanRules, Thresholds

FIRST_SEED = 120_000
MONTH = 30.4375
RULES, THRESHOLDS = PlanRules(), Thresholds()
FEWEST_NEITHER = 0.1
"""Share of plans that must be neither weak nor falling for wrong naming to be told."""
KINDS = {
    "none": "no decay, level 62",
    "owned": "no decay, level 72 and rising",
    "decay": "decay at every site",
    "two-sites": "decay at two of 12 sites",
}
PLANTED = {"none": "none", "owned": "owned", "decay": "dependent", "two-sites": "carried sites"}


def simulate(seed: int, kind: str) -> tuple[SimulatedPlans, NetworkParameters, Quarter]:
    """Plans of one network; what is special to a respondent is part of the plan's own level."""
    plans = planted_plans(PLANTED[kind])
    spread = float(np.hypot(plans.ownership_plan_sd, plans.ownership_role_sd))
    plans = replace(plans, ownership_plan_sd=spread, ownership_role_sd=0.0)
    parameters = NetworkParameters(planted_sites=(), plans=plans)
    _, people, seen, effects = simulate_growth(parameters, seed)
    made = simulate_plans(people, effects.by_site, seen, parameters, seed)
    return made, parameters, Quarter.containing(parameters.last_day)


def study_one(seed: int, kind: str) -> dict[str, object]:
    """Simulate one network, and look at ownership as notebook 05 does."""
    made, parameters, quarter = simulate(seed, kind)
    by_plan = plan_panels.plans_up_to(made.plans, quarter)
    rated = plan_panels.ownership_up_to(made.ownership_scores, by_plan, quarter)
    meetings = plan_panels.meetings_up_to(made.plan_meetings, by_plan, quarter)
    actions = plan_panels.actions_up_to(made.plan_actions, by_plan, quarter)
    owned = ownership(rated, by_plan, quarter, RULES, THRESHOLDS, quarters=1)
    kept = compliance(by_plan, meetings, actions, owned.of_plans, quarter, RULES)
    truth = _truth(made, by_plan, quarter)
    states = owned.now.merge(truth, on="plan_id")
    neither = ~(states["truly_weak"] | states["truly_falling"])
    ordered = kept.of_plans[(kept.of_plans["quarter"] == str(quarter)) & kept.of_plans["in_order"]]
    ordered = ordered.merge(truth, on="plan_id")
    truly = ordered["truly_weak"] | ordered["truly_falling"]
    count, of = int(ordered["not_owned"].sum()), len(ordered)
    return {
        "kind": kind,
        **_trends(owned.trends, made, parameters),
        "plans": len(states),
        "truly weak": int(states["truly_weak"].sum()),
        "named weak": int(states["weak"].sum()),
        "found weak": int((states["weak"] & states["truly_weak"]).sum()),
        "truly falling": int(states["truly_falling"].sum()),
        "named falling": int(states["falling"].sum()),
        "found falling": int((states["falling"] & states["truly_falling"]).sum()),
        "neither": int(neither.sum()),
        "wrongly named": int(((states["weak"] | states["falling"]) & neither).sum()),
        "in order": of,
        "not owned": int(truly.sum()),
        "named not owned": count,
        "raised": more_than_chance(count, of, THRESHOLDS.state_probability),
        "found": int((truly & ordered["not_owned"]).sum()),
    }


def _truth(made: SimulatedPlans, by_plan: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    behind = made.truth["by_plan"][["plan_id", "ownership_level", "ownership_slope"]]
    behind = behind.merge(by_plan[["plan_id", "opened_on"]], on="plan_id")
    months = (pd.Timestamp(quarter.last_day) - behind["opened_on"]).dt.days / MONTH
    level = behind["ownership_level"] + behind["ownership_slope"] * months
    return pd.DataFrame(
        {
            "plan_id": behind["plan_id"],
            "truly_weak": level < RULES.ownership_weak_below,
            "truly_falling": behind["ownership_slope"] < -SMALLEST_FALL,
        }
    )


def _trends(
    trends: pd.DataFrame, made: SimulatedPlans, parameters: NetworkParameters
) -> dict[str, object]:
    """Whether the intervals of slopes hold what was planted."""
    plans = parameters.plans
    carried = made.truth["by_plan"].groupby("site_id")["carried"].first()
    table = trends[trends["what"].isin([PERSON, GAP])]
    there, usual = plans.ownership_slopes_where_carried, plans.ownership_slopes
    person = np.where(table["site_id"].map(carried).eq(True), there["person"], usual["person"])
    other = np.where(
        table["site_id"].map(carried).eq(True), there["professional"], usual["professional"]
    )
    if carried.all():
        person, other = np.full((2, len(table)), [[there["person"]], [there["professional"]]])
    planted = np.where(table["what"] == PERSON, person, other - person)
    covered = (table["slope_low"] <= planted) & (planted <= table["slope_high"])
    covered = covered.where(table["slope"].notna())
    found: dict[str, object] = {}
    for what in (PERSON, GAP):
        network = (table["scope"] == "network") & (table["what"] == what)
        sites = (table["scope"] == "site") & (table["what"] == what)
        same = bool(carried.all() or not carried.any())
        found[f"{what} slope"] = float(table.loc[network, "slope"].iloc[0])
        found[f"{what} covered"] = float(covered[network].iloc[0]) if same else np.nan
        found[f"{what} sites covered"] = float(covered[sites].mean())
        found[f"{what} sites"] = int(covered[sites].notna().sum())
    return found


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of network."""
    rows = []
    for kind, part in found.groupby("kind", sort=False):
        total = part.select_dtypes("number").sum()
        rows.append(
            {
                "networks": KINDS[str(kind)],
                "number": len(part),
                "person's slope": f"{part['person slope'].mean():.2f}",
                "interval covers": _percent(part["person covered"].mean()),
                "gap's slope": f"{part['gap slope'].mean():.2f}",
                "its interval covers": _percent(part["gap covered"].mean()),
                "sites' slopes covered": _percent(part["person sites covered"].mean()),
                "sites' gaps covered": _percent(part["gap sites covered"].mean()),
                "truly weak plans named": _share(total["found weak"], total["truly weak"]),
                "truly falling plans named": _share(total["found falling"], total["truly falling"]),
                "plans that are neither, named": _share(total["wrongly named"], total["neither"])
                if total["neither"] >= FEWEST_NEITHER * total["plans"]
                else "",
                "plans in order": f"{part['in order'].mean():.0f}",
                "truly not owned of them": _share(total["not owned"], total["in order"]),
                "finding raised": _percent(part["raised"].mean()),
            }
        )
    return pd.DataFrame(rows)


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{share:.1%}"


def _share(count: float, of: float) -> str:
    return f"{count / of:.1%}" if of else ""


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 300, list(KINDS))
    seeds = range(FIRST_SEED, FIRST_SEED + asked.networks)
    found = pd.DataFrame([study_one(seed, kind) for kind in asked.kinds for seed in seeds])
    title = "Ownership of plans: recovered, and no plan called not owned without cause"
    tell(summarise(found), title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
