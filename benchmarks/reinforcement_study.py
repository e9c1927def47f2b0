"""How well what practitioners are up against, and what is rewarded, is told from data.

    python benchmarks/reinforcement_study.py [--networks 300] [--kinds ...] [--write PATH]

Each network has 12 sites with about 150 practitioners, observed once or twice a quarter for 12
quarters, with courses of their own. *Pressures*: a practitioner's caseload moves with the site's
and by itself; the site's vacancies move from quarter to quarter. Planted are 0.8 points of fidelity
less for 5 more families and 0.6 less for 10 points more of vacancies, above what is usual there.
With shocks, everyone at a site moves together in a quarter, with a spread of 1.5 points, for
reasons that no pressure knows of. *Rewards*: ratings are made every quarter or half-year from
practice as observed, productivity, documentation and attendance, with weights that are planted,
something of the practitioner that nothing recorded tells, and chance. The planted shares are those
of the weights in the predictors as they vary over many such networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.analysis.pressures import pressures
from workbench.analysis.two_models import two_models
from workbench.analysis.two_models_rows import OTHERS, PRACTICE, recognised_rows
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.data.synthetic_components import simulate_components
from workbench.models.relative_importance_subsets import lmg_shares
from workbench.quarters import Quarter

FIRST_SEED = 60_000
TRUTH_SEEDS = range(59_000, 59_040)
LAST = Quarter(2026, 3)
COMPONENTS = ("preparation", "engagement", "reflection", "plan_use", "follow_up")
REWARDS = {
    "preparation": 0.05,
    "engagement": 0.10,
    "reflection": 0.0,
    "plan_use": 0.10,
    "follow_up": 0.15,
    "productivity_percent": 0.35,
    "documentation_compliance": 0.25,
    "attendance": 0.10,
}
"""Change of a rating, in standard deviations of one practitioner's chance, for one standard
deviation of a predictor among practitioners of a site."""
NOTHING = dict.fromkeys(REWARDS, 0.0)


@dataclass(frozen=True)
class Rewards:
    """What ratings are made of."""

    title: str
    weights: dict[str, float]
    quarters: int = 1
    person: float = 0.5
    collide: float = 0.0


@dataclass(frozen=True)
class Pressed:
    """What moves practice."""

    title: str
    effects: dict[str, float] = field(default_factory=dict)
    shock: float = 0.0


PLANTED = {"caseload": -0.8, "vacancy_rate": -0.6}
REWARDED = {
    "rewards": Rewards("shares of rewards, a rating a quarter", REWARDS),
    "rewards-half": Rewards("shares of rewards, a rating a half-year", REWARDS, quarters=2),
    "rewards-person": Rewards("shares of rewards, much of the person", REWARDS, person=1.0),
    "rewards-collide": Rewards("shares of rewards, two that move together", REWARDS, collide=0.9),
    "rewards-none": Rewards("nothing recorded is rewarded", NOTHING),
}
PRESSED = {
    "pressures": Pressed("pressures planted", PLANTED),
    "pressures-shocks": Pressed("pressures planted, with shocks", PLANTED, shock=1.5),
    "pressures-none": Pressed("no pressure counts, with shocks", shock=1.5),
}
TANGLED = {"caseload", "documentation_hours", "vacancy_rate"}
KINDS = [*REWARDED, *PRESSED]


# --- rewards ---


def network(seed: int, **parameters: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Practitioners, and what independent raters and supervisors saw of them."""
    chosen = NetworkParameters(planted_sites=(), **parameters)  # type: ignore[arg-type]
    _, people, everything, _ = simulate_growth(chosen, seed)
    seen = everything[everything["rater_role"].isin(["independent", "supervisor"])]
    return people, seen.assign(weight=1.0).reset_index(drop=True)


def scored(seen: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Component scores with the day of observation."""
    parts = simulate_components(seen, COMPONENTS, NetworkParameters(), seed)
    return parts.merge(seen[["observation_id", "observed_on"]], on="observation_id")


def recognised(
    people: pd.DataFrame, components: pd.DataFrame, kind: Rewards, random: np.random.Generator
) -> pd.DataFrame:
    """Ratings of each period, by what was seen in it and what else is recorded."""
    months = 3 * kind.quarters
    day = components["observed_on"].dt
    month = (day.year * 12 + day.month - 1 - 9) // months * months + 9
    start = pd.to_datetime({"year": month // 12, "month": month % 12 + 1, "day": 1})
    frame = components.assign(period_start=start).pivot_table(
        index=["practitioner_id", "period_start"], columns="component", values="fidelity"
    )
    frame = frame.reset_index()
    who, codes = np.unique(frame["practitioner_id"], return_inverse=True)
    for name, spread in (
        ("productivity_percent", 12.0),
        ("documentation_compliance", 8.0),
        ("attendance", 4.0),
    ):
        own = 0.7 * random.standard_normal(len(who))[codes]
        frame[name] = 85.0 + spread * (own + 0.7 * random.standard_normal(len(frame)))
    if kind.collide:
        beside = (frame["productivity_percent"] - 85.0) / 12.0
        mixed = kind.collide * beside + (1 - kind.collide**2) ** 0.5 * random.standard_normal(
            len(frame)
        )
        frame["documentation_compliance"] = 85.0 + 8.0 * mixed
    site = frame["practitioner_id"].map(people.set_index("practitioner_id")["site_id"])
    rating = random.standard_normal(len(frame))
    rating += kind.person * random.standard_normal(len(who))[codes]
    for name, weight in kind.weights.items():
        rating += weight * (frame[name] - frame[name].mean()) / SPREADS[name]
    numbers = pd.factorize(site)[0]
    wide = random.uniform(0.5, 3.0, numbers.max() + 1)[numbers]
    kept = ["practitioner_id", "period_start", *OTHERS]
    return frame[kept].assign(rating=3.0 + wide * rating)


SPREADS = {**dict.fromkeys(COMPONENTS, 7.5), "productivity_percent": 12.0}
SPREADS |= {"documentation_compliance": 8.0, "attendance": 4.0}


def rewards_rows(seed: int, kind: Rewards) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    people, seen = network(seed)
    components = scored(seen, seed)
    given = recognised(people, components, kind, np.random.default_rng(seed))
    return components, given, people


@cache
def planted_shares(name: str) -> pd.Series:
    """Shares of the weights in predictors as they vary over many networks."""
    kind = REWARDED[name]
    names = list(kind.weights)
    total, count = np.zeros((len(names), len(names))), 0
    for seed in TRUTH_SEEDS:
        rows = recognised_rows(*rewards_rows(seed, kind), LAST).frame
        total += rows[names].to_numpy().T @ rows[names].to_numpy()
        count += len(rows)
    inner = total / count
    weights = np.array([kind.weights[one] / SPREADS[one] for one in names])
    outer = inner @ weights
    whole = np.block([[np.array([[weights @ outer]]), outer[None]], [outer[:, None], inner]])
    return pd.Series(lmg_shares(whole), names)


def study_rewards(seed: int, name: str) -> list[dict[str, object]]:
    found = two_models(*rewards_rows(seed, REWARDED[name]), LAST)
    if found.reason:
        return [{"kind": name, "what": "refused", "usable": False}]
    rows = []
    planted = planted_shares(name) if any(REWARDED[name].weights.values()) else pd.Series(NOTHING)
    shares = found.two_models.set_index("name")
    for one, true in planted.items():
        rows.append(_held(name, str(one), true, shares.loc[one]))
    groups = found.groups.set_index("group")
    true = planted[list(COMPONENTS)].sum()
    rows.append(_held(name, "practice as a whole", true, groups.loc[PRACTICE]))
    return rows


def _held(kind: str, what: str, true: float, row: pd.Series) -> dict[str, object]:
    return {
        "kind": kind,
        "what": what,
        "usable": True,
        "planted": 100 * true,
        "estimate": 100 * row["share"],
        "covered": row["share_low"] <= true + 1e-9 and true - 1e-9 <= row["share_high"],
    }


# --- pressures ---


def conditions(seen: pd.DataFrame, people: pd.DataFrame, random: np.random.Generator):
    """Caseload of each practitioner, and vacancies and crises of each site, by quarter."""
    starts = pd.Series([Quarter(2023, 4).plus(n).first_day for n in range(12)])
    starts = pd.to_datetime(starts)
    sites = np.unique(people["site_id"])
    vacancies = 12 + 4 * random.standard_normal((len(sites), 1))
    vacancies = np.clip(vacancies + 5 * random.standard_normal((len(sites), 12)), 0, 60)
    whole = pd.DataFrame(
        {
            "site_id": np.repeat(sites, 12),
            "period_start": np.tile(starts, len(sites)),
            "vacancy_rate": vacancies.ravel(),
            "crises": random.poisson(3, vacancies.size).astype(float),
        }
    )
    place = pd.Index(sites).get_indexer(people["site_id"])
    caseload = 18 + 3 * random.standard_normal((len(people), 1))
    caseload = caseload + 0.25 * (vacancies - 12)[place]
    caseload = np.clip(caseload + 3 * random.standard_normal((len(people), 12)), 1, None)
    hours = 8 + 1.5 * random.standard_normal((len(people), 1)) + 0.2 * (caseload - 18)
    hours = np.clip(hours + 1.2 * random.standard_normal(caseload.shape), 0, None)
    own = pd.DataFrame(
        {
            "practitioner_id": np.repeat(people["practitioner_id"].to_numpy(), 12),
            "period_start": np.tile(starts, len(people)),
            "caseload": caseload.ravel(),
            "documentation_hours": hours.ravel(),
        }
    )
    return own, whole


def study_pressures(seed: int, name: str) -> list[dict[str, object]]:
    kind = PRESSED[name]
    random = np.random.default_rng(seed)
    people, seen = network(seed)
    own, whole = conditions(seen, people, random)
    start = seen["observed_on"].dt.to_period("Q").dt.start_time.dt.as_unit("us")
    seen = seen.assign(period_start=start)
    for one, table, key, step in (
        ("caseload", own, "practitioner_id", 5.0),
        ("vacancy_rate", whole, "site_id", 10.0),
    ):
        here = seen.merge(
            table.astype({"period_start": seen["period_start"].dtype})[[key, "period_start", one]],
            on=[key, "period_start"],
            how="left",
        )[one]
        usual = here.groupby(seen[key]).transform("mean")
        seen["fidelity"] += kind.effects.get(one, 0.0) * (here - usual) / step
    period = pd.factorize(seen["site_id"] + seen["quarter"])[0]
    seen["fidelity"] += kind.shock * random.standard_normal(period.max() + 1)[period]
    table = pressures(seen, pd.concat([own, whole], ignore_index=True)).pressures
    rows = []
    for row in table[table["within"].notna()].to_dict("records"):
        true = kind.effects.get(row["name"], 0.0)
        # These move together: alone, each takes up what the others go with.
        for part, low, high in (
            ("within", "within_low", "within_high"),
            ("joint_within", "joint_low", "joint_high"),
            ("on_slope", "on_slope_low", "on_slope_high"),
        ):
            if part == "within" and kind.effects and row["name"] in TANGLED:
                continue
            aim = 0.0 if part == "on_slope" else true
            rows.append(
                {
                    "kind": name,
                    "what": f"{row['name']}: {part}",
                    "usable": pd.notna(row[part]),
                    "planted": aim,
                    "estimate": row[part],
                    "covered": row[low] <= aim <= row[high],
                    "shown": row["shown"],
                }
            )
    return rows


# --- the study ---


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of network and number told."""
    rows = []
    networks = found.groupby("kind", sort=False)["seed"].nunique()
    for (kind, what), part in found.groupby(["kind", "what"], sort=False):
        usable = part[part["usable"].astype(bool)]
        title = (REWARDED | PRESSED)[str(kind)].title
        row = {"networks": title, "number": networks[kind], "what": what, "told in": len(usable)}
        if len(usable):
            error = (usable["estimate"] - usable["planted"]).astype(float)
            row |= {
                "planted": f"{usable['planted'].mean():.1f}",
                "mean error": f"{error.mean():.2f}",
                "mean size of error": f"{error.abs().mean():.2f}",
                "95% interval covers": f"{usable['covered'].astype(bool).mean():.1%}",
            }
        else:
            row |= {"told in": f"refused in {len(part)}"}
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def studied(seeds: Iterable[int], kinds: Iterable[str]) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for kind in kinds:
        one = study_rewards if kind in REWARDED else study_pressures
        rows += [{**row, "seed": seed} for seed in seeds for row in one(seed, kind)]
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 300, list(KINDS))
    table = summarise(studied(range(FIRST_SEED, FIRST_SEED + asked.networks), asked.kinds))
    title = "Pressures and rewards: what is recovered of what was planted"
    tell(table, title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
