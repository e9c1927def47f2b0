"""Is dependence on support told where it is planted, and not where it is not?

    python benchmarks/dependence_study.py [--networks 300] [--kinds NAME ...] [--write FILE]

Each network has 12 sites with about 150 practitioners, 350 plans and 10 actions a plan, followed by
the month over three years. Support swings about the usual of each plan and falls over its life.
Whether an action is done in half a month has plan and practitioner effects, falls over the plan's
life and goes with a crisis. Dependence is planted as 1.2 logits of getting done per doubling of
support, 0.3 from practitioner to practitioner; it is planted nowhere, everywhere or at two sites of
12. With indication support rises in the month after one with little progress. Truth is the
share by which progress in a month is lower at half the usual support, for a plan in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.analysis.dependence import dependence
from workbench.quarters import Quarter

FIRST_SEED = 70_000
LAST = Quarter(2026, 4)
START = pd.Timestamp("2024-01-01")
MONTHS = 36
SITES, PER_SITE = 12, 12.5
DEPENDENCE, SPREAD = 1.2, 0.3
CARRIED = ("S01", "S02")
BASE, PLAN_SD, PRACTITIONER_SD, SITE_SD = -1.7, 0.5, 0.4, 0.3
AGE, CRISIS = -0.03, -0.4
SWING, KEPT, TAPER = 0.7, 0.4, -0.04


@dataclass(frozen=True)
class Kind:
    """What is planted in a network."""

    title: str
    everywhere: bool = False
    carried: bool = False
    indication: float = 0.0
    spread: float = SPREAD


KINDS = {
    "none": Kind("none", spread=0.0),
    "none-indication": Kind("none, with indication", indication=1.0, spread=0.0),
    "dependent": Kind("every site", everywhere=True),
    "dependent-indication": Kind("every site, with indication", everywhere=True, indication=1.0),
    "carried": Kind("two sites of 12", carried=True),
}


def simulate(seed: int, kind: Kind) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, object]]:
    """Periods and plans of one network, and the true slopes by scope."""
    random = np.random.default_rng(seed)
    counts = np.maximum(random.poisson(PER_SITE, SITES), 3)
    sites = [f"S{number + 1:02d}" for number in range(SITES)]
    slopes: dict[str, float] = {}
    rows, plans = [], []
    for site, count in zip(sites, counts, strict=True):
        planted = DEPENDENCE if kind.everywhere or (kind.carried and site in CARRIED) else 0.0
        at_site = random.normal(0, SITE_SD)
        for number in range(count):
            person = f"{site}P{number:02d}"
            spread = kind.spread if planted else 0.0
            slopes[person] = planted + random.normal(0, 1) * spread
            level = at_site + random.normal(0, PRACTITIONER_SD)
            for place in range(1 + random.poisson(1.35)):
                plan = f"{person}-{place}"
                found = _plan(slopes[person], level, kind.indication, random)
                plans.append((plan, site, person, START + pd.DateOffset(months=int(found[0][0]))))
                rows += [(plan, site, person, *row) for row in found]
    names = [
        "plan_id", "site_id", "practitioner_id", "month", "months", "professional_hours",
        "contacts", "reminders", "crises", "open_actions", "open_days", "done",
    ]  # fmt: skip
    periods = pd.DataFrame(rows, columns=names)
    firsts = np.array([START + pd.DateOffset(months=number) for number in range(MONTHS + 1)])
    month = periods.pop("month").astype(int)
    periods["period_start"] = pd.to_datetime(firsts[month])
    periods["period_end"] = pd.to_datetime(firsts[month + 1]) - pd.Timedelta(days=1)
    periods["days"] = (periods["period_end"] - periods["period_start"]).dt.days + 1
    periods["months"] = periods["months"].astype(float)
    by_plan = pd.DataFrame(plans, columns=["plan_id", "site_id", "practitioner_id", "opened_on"])
    return periods, by_plan, {"slopes": slopes}


def _plan(
    slope: float, level: float, indication: float, random: np.random.Generator
) -> list[tuple[float, ...]]:
    """Months of one plan: its month, age, support and what was done."""
    first = int(random.integers(0, MONTHS - 4))
    last = min(first + int(random.integers(6, 19)), MONTHS)
    usual = 6.0 * np.exp(random.normal(0, 0.4) - 0.2 * level)
    own = level + random.normal(0, PLAN_SD)
    swing, push, still, rows = random.normal(0, SWING), 0.0, 0, []
    for month in range(first, last):
        age = month - first
        relative = swing + push + TAPER * (age - 6)
        hours = np.round(2 * usual * 2.0**relative) / 2
        relative = float(np.log2(max(hours, 0.5) / usual))
        crises = random.poisson(0.15)
        eta = BASE + own + slope * relative + AGE * age + CRISIS * crises
        chance = 1 / (1 + np.exp(-eta))
        at_risk = done = days = 0
        for half in range(2):
            if age % 3 != 2 or half:
                new = random.poisson(4.0) if age == 0 and half == 0 else random.poisson(0.35)
            else:
                new = random.poisson(1.2)
            still, at_risk = still + new, at_risk + new + (still if half == 0 else 0)
            ended = random.binomial(still, chance)
            days += 15 * (still - ended) + int(random.integers(1, 16, ended).sum())
            still, done = still - ended, done + ended
        expected = at_risk * 0.3
        low = (expected - done) / np.sqrt(max(expected, 1.0)) if at_risk else 0.0
        push = indication * 0.5 * float(np.clip(low, -2, 2))
        swing = KEPT * swing + np.sqrt(1 - KEPT**2) * random.normal(0, SWING)
        contacts, asked = random.poisson(1.5 * max(hours, 0.2)), random.poisson(0.5 * at_risk)
        rows.append((month, age, hours, contacts, asked, crises, at_risk, days, done))
    return rows


def true_index(slope: float) -> float:
    """Share by which progress in a month of two halves is lower at half the usual support."""
    left = [1 / (1 + np.exp(BASE + 6 * AGE - step)) for step in (slope, 0.0)]
    half, whole = (1 - one**2 for one in left)
    return float(1 - half / whole)


def study_one(seed: int, name: str) -> dict[str, float | str]:
    """Simulate one network, and look for dependence as notebook 05 does."""
    kind = KINDS[name]
    periods, by_plan, truth = simulate(seed, kind)
    result = dependence(periods, by_plan, LAST)
    table, terms = result.index, result.terms.set_index("measure")
    cut = result.reduced.set_index("group").loc["difference"]
    slopes = pd.Series(truth["slopes"])
    sites = table[table["scope"] == "site"]
    people = table[(table["scope"] == "practitioner") & table["index"].notna()]
    by_site = slopes.groupby(slopes.index.str[:3]).mean()
    plans = by_plan.groupby("site_id").size()
    network = table[table["scope"] == "network"].iloc[0]
    overall = float((by_site * plans).sum() / plans.sum())
    planted = sites["site_id"].isin(CARRIED if kind.carried else by_site.index)
    planted &= kind.everywhere or kind.carried
    return {
        "kind": name,
        "any flag": bool(table["flagged"].any()),
        "network flagged": bool(network["flagged"]),
        "network index": float(network["index"]),
        "network truth": true_index(overall),
        "planted sites flagged": float(sites.loc[planted, "flagged"].mean()),
        "other sites flagged": float(sites.loc[~planted, "flagged"].any()),
        "reminders shown": bool(terms.loc["reminders", "shown"]),
        "reduced": float(cut["change"]),
        "reduced shown": not cut["change_low"] <= 0 <= cut["change_high"],
        "network covered": _covers(network, true_index(overall)),
        "sites covered": _share_covered(sites, sites["site_id"].map(by_site)),
        "practitioners covered": _share_covered(people, people["practitioner_id"].map(slopes)),
    }


def _covers(row: pd.Series, truth: float) -> float:
    return float(row["index_low"] <= truth <= row["index_high"])


def _share_covered(rows: pd.DataFrame, slopes: pd.Series) -> float:
    truth = slopes.map(true_index)
    known = rows["index"].notna()
    inside = (rows["index_low"] <= truth) & (truth <= rows["index_high"])
    return float(inside[known].mean())


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of network."""
    rows = []
    for name, part in found.groupby("kind", sort=False):
        kind = KINDS[str(name)]
        planted = kind.everywhere or kind.carried
        rows.append(
            {
                "dependence planted": kind.title,
                "number": len(part),
                "any flag": f"{part['any flag'].mean():.1%}",
                "network flagged": f"{part['network flagged'].mean():.1%}",
                "planted sites flagged": f"{part['planted sites flagged'].mean():.1%}"
                if planted
                else "",
                "any other site flagged": f"{part['other sites flagged'].mean():.1%}"
                if not kind.everywhere
                else "",
                "reminders shown": f"{part['reminders shown'].mean():.1%}",
                "mean change where support was reduced, points": f"{part['reduced'].mean():.1f}",
                "its interval leaves out 0": f"{part['reduced shown'].mean():.1%}",
                "mean index": f"{part['network index'].mean():.3f}",
                "mean true index": f"{part['network truth'].mean():.3f}",
                "network's interval covers": f"{part['network covered'].mean():.1%}",
                "sites' intervals cover": f"{part['sites covered'].mean():.1%}",
                "practitioners' intervals cover": f"{part['practitioners covered'].mean():.1%}",
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 300, list(KINDS))
    seeds = range(FIRST_SEED, FIRST_SEED + asked.networks)
    found = pd.DataFrame([study_one(seed, name) for name in asked.kinds for seed in seeds])
    title = "Dependence on support: told where it is planted, and not where it is not"
    tell(summarise(found), title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
