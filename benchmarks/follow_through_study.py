"""Is follow-through recovered: how much is done by when, in which stretch, by whom, since when?

    python benchmarks/follow_through_study.py [--networks 300] [--kinds NAME ...] [--write FILE]

Each network has 12 sites, about 135 practitioners and 380 plans over two years, with effects of
practitioners and plans on the odds that an open action is done in a stretch of 15 days, and effects
of its owner. Plans close at times of their own. The share done within 30, 60 and 90 days that the
estimates are held against is that of the planted odds, averaged over the planted effects and over
the closings of all networks of the kind. The report is of the last quarter but one, so that what
happened in the 90 days after it is known to the study and not to the analysis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.analysis.follow_through_hazard import hazard_of, hazard_rows, trends
from workbench.analysis.follow_through_rows import (
    STRETCH,
    STRETCHES,
    column_of,
    rows_that_tell,
)
from workbench.analysis.follow_through_shares import DAYS, QUARTERS, scopes, share_done
from workbench.data.plan_panels import actions_up_to, plans_up_to
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.data.synthetic_plan_parameters import ROLES, PlanParameters, planted_plans
from workbench.data.synthetic_plans import SimulatedPlans, simulate_plans
from workbench.quarters import Quarter

FIRST_SEED = 120_000
NODES = 30
KINDS = {
    "steady": ("the same throughout", {}),
    "fading": ("odds lower by 0.10 a quarter", {"hazard_trend": -0.10}),
    "slow": ("a third as many are done", {"hazards": (0.10, 0.08, 0.06, 0.05, 0.04, 0.03)}),
    "uneven": (
        "practitioners and plans twice as different",
        {"hazard_practitioner_sd": 0.6, "hazard_plan_sd": 0.8},
    ),
}


@dataclass(frozen=True)
class Planted:
    """Truth of one network: log odds by term, and each action's share done by each day."""

    terms: dict[str, float]
    done: np.ndarray


def parameters_of(name: str) -> NetworkParameters:
    """Parameters of the networks of one kind."""
    plans = replace(planted_plans("none"), **KINDS[name][1])
    return NetworkParameters(planted_sites=(), plans=plans)


def planted(
    simulated: SimulatedPlans, recent: pd.DataFrame, shares: pd.Series, truth: PlanParameters,
    trend_from: float,
) -> Planted:  # fmt: skip
    """Work out what the estimates of one network are held against."""
    hazards = np.array(truth.hazards)[:STRETCHES]
    base = np.log(hazards / (1 - hazards))
    mix = float(sum(shares.get(role, 0.0) * truth.owner_effects[role] for role in ROLES))
    terms: dict[str, float] = {
        f"s{place + 1}": float(odds + mix + truth.hazard_trend * trend_from)
        for place, odds in enumerate(base)
    }
    terms |= {column_of(role): truth.owner_effects[role] for role in ROLES[1:]}
    terms["quarters"] = truth.hazard_trend
    spread = np.hypot(truth.hazard_practitioner_sd, truth.hazard_plan_sd)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    closes = recent["plan_id"].map(simulated.plans.set_index("plan_id")["closed_on"])
    until = (closes - recent["agreed_on"]).dt.days.fillna(np.inf).to_numpy()
    steady = recent["owner"].map(dict(truth.owner_effects)).to_numpy(float)
    steady = steady + truth.hazard_trend * recent["since_middle"].to_numpy()
    done = np.zeros((len(recent), len(DAYS)))
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        left = np.ones(len(recent))
        for stretch in range(STRETCHES):
            hazard = 1 / (1 + np.exp(-(base[stretch] + steady + spread * node)))
            for place, day in enumerate(DAYS):
                # The day in the stretch is any of its days alike; the plan may close before.
                there = np.clip(np.minimum(until, day) - STRETCH * stretch, 0, STRETCH) / STRETCH
                done[:, place] += weight * left * hazard * there
            left = left * (1 - hazard)
    return Planted(terms, done)


def study_one(seed: int, name: str) -> dict[str, Any]:
    """Simulate one network, and follow its actions with the parts of notebook 05's analysis."""
    parameters = parameters_of(name)
    _, people, seen, effects = simulate_growth(parameters, seed)
    simulated = simulate_plans(people, effects.by_site, seen, parameters, seed)
    last = Quarter.from_label(parameters.first_quarter).plus(parameters.quarters - 1)
    quarter = last.plus(-1)
    by_plan = plans_up_to(simulated.plans, quarter)
    by_action = actions_up_to(simulated.plan_actions, by_plan, quarter)
    rows = hazard_rows(by_action, by_plan)
    hazard = hazard_of(rows)

    first = last.plus(1 - parameters.plans.quarters_recorded)
    middle = (parameters.plans.quarters_recorded - 1) / 2
    places = {str(first.plus(n)): n - middle for n in range(parameters.plans.quarters_recorded)}
    by_action = by_action.assign(since_middle=by_action["quarter"].map(places).astype(float))
    since = pd.Timestamp(quarter.plus(1 - QUARTERS).first_day)
    recent = by_action[by_action["agreed_on"] >= since]
    design = rows_that_tell(rows)[0]
    truth = planted(
        simulated,
        recent,
        design["owner"].value_counts(normalize=True),
        parameters.plans,
        float(design["quarter"].map(places).mean()),
    )
    found: dict[str, Any] = {"kind": name}
    for row in hazard.found.to_dict("records"):
        found |= _against(row["term"], row, ["estimate", "conf_low", "conf_high"],
                          truth.terms[row["term"]])  # fmt: skip
    sites = trends(by_action, rows, hazard).query("scope == 'site'")
    log = np.log(sites[["slope", "slope_low", "slope_high"]].to_numpy(float))
    known = np.isfinite(log).all(axis=1)
    inside = (log[:, 1] <= truth.terms["quarters"]) & (truth.terms["quarters"] <= log[:, 2])
    found |= {"sites told": known.mean(), "sites covered": inside[known].sum(),
              "sites number": known.sum(), "sites mean": log[known, 0].mean()}  # fmt: skip
    shares = pd.concat([share_done(part, DAYS).assign(**about) for about, part in scopes(recent)])
    for place, day in enumerate(DAYS):
        rows = shares[shares["days"] == day].set_index("site_id")
        found[f"day {day}"] = rows[["share", "share_low", "share_high"]]
        own = truth.done[:, place]
        found[f"planted {day}"] = pd.Series(own, index=recent["site_id"].to_numpy())
    return found


def _against(term: str, row: Any, names: list[str], planted: float) -> dict[str, Any]:
    estimate, low, high = (row[name] for name in names)
    return {f"{term} planted": planted, f"{term} estimate": estimate,
            f"{term} covered": low <= planted <= high}  # fmt: skip


def summarise(found: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a kind of network and what was to be recovered."""
    rows = []
    for name in dict.fromkeys(one["kind"] for one in found):
        mine = [one for one in found if one["kind"] == name]
        for day in DAYS:
            rows += _share_rows(name, mine, day)
        terms = [f"s{stretch}" for stretch in range(1, STRETCHES + 1)]
        for term in [*terms, *(column_of(role) for role in ROLES[1:]), "quarters"]:
            told = pd.DataFrame([one for one in mine if f"{term} covered" in one])
            if len(told):
                planted, estimate, covered = (
                    told[f"{term} {part}"].astype(float).mean()
                    for part in ("planted", "estimate", "covered")
                )
                rows.append(_row(name, _words(term), len(told), planted, estimate, covered))
        sites = pd.DataFrame(mine)[["sites number", "sites covered", "sites mean"]].sum()
        rows.append(
            _row(
                name,
                "each quarter later, single sites (log odds)",
                int(sites["sites number"]),
                mine[0]["quarters planted"],
                sites["sites mean"] / len(mine),
                sites["sites covered"] / sites["sites number"],
            )
        )
    return pd.DataFrame(rows)


def _share_rows(name: str, mine: list[dict[str, Any]], day: int) -> list[dict[str, object]]:
    planted = pd.concat([one[f"planted {day}"] for one in mine])
    truth = float(planted.mean())
    found = pd.concat([one[f"day {day}"] for one in mine])
    rows = []
    for title, part in (
        (f"done within {day} days (%)", found[found.index == ""]),
        (f"done within {day} days, single sites (%)", found[found.index != ""].dropna()),
    ):
        covered = ((part["share_low"] <= truth) & (truth <= part["share_high"])).mean()
        mean = part["share"].mean()
        rows.append(_row(name, title, len(part), 100 * truth, 100 * mean, covered))
    return rows


def _words(term: str) -> str:
    if term == "quarters":
        return "each quarter later (log odds)"
    if term.startswith("owner_"):
        return f"{term.removeprefix('owner_').replace('_', ' ')} beside person (log odds)"
    first = STRETCH * (int(term[1:]) - 1) + 1
    return f"days {first} to {first + STRETCH - 1} (log odds)"


def _row(
    name: str, what: str, number: int, planted: float, estimate: float, covered: float
) -> dict[str, object]:
    digits = 1 if "%" in what else 3
    return {
        "networks": KINDS[name][0],
        "what": what,
        "number": number,
        "planted": f"{planted:.{digits}f}",
        "mean estimate": f"{estimate:.{digits}f}",
        "95% interval covers": f"{covered:.1%}",
    }


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 300, list(KINDS))
    # Seeds of their own, so that chance is not the same in every kind.
    starts = {name: FIRST_SEED + 10_000 * place for place, name in enumerate(KINDS)}
    found = [
        study_one(starts[name] + number, name)
        for name in asked.kinds
        for number in range(asked.networks)
    ]
    title = "Follow-through: how much is done by when, and by whom, recovered"
    tell(summarise(found), title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
