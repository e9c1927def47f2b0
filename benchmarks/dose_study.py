"""Are dose and half-life of support recovered, and none claimed where there is none?

    python benchmarks/dose_study.py [--networks 300] [--kinds NAME ...] [--write FILE]

Each network has 12 sites over 12 quarters, with courses of sites and practitioners of their own.
Everyone gets about 0.9 acts of coaching a month at random. Planted is one point an act, which
halves in 3 months (8 in some). With indication, practitioners who stand lower get more coaching,
and so does anyone for whom the last observation was low. A certification renews 8 points, which
halve in 6 months; everyone is certified again after 6 to 18 months. At sites, the acts a month
(0.5 points for one) and the share of staff covered (0.6 points for 10%) go with fidelity in the
quarter, and the total so far does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.analysis.dose import KERNEL, RESET, dose
from workbench.analysis.dose_sites import TERMS, with_site_quarters
from workbench.analysis.dose_tables import EFFECT, HALF_LIFE
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

FIRST_SEED = 90_000
MONTH = 30.4375
BY_LEVEL, BY_LAST = 0.3, 0.4
AT_SITES = {"frequency": 0.5, "coverage": 0.6, "total so far": 0.0}


@dataclass(frozen=True)
class Kind:
    """What is planted in a network."""

    title: str
    effect: float = 0.0
    half_life: float = 3.0
    indication: bool = False
    certified: bool = False
    at_sites: bool = False


KINDS = {
    "none": Kind("nothing planted"),
    "none-indication": Kind("nothing planted, with indication", indication=True),
    "planted": Kind("one point an act, 3 months", 1.0),
    "planted-long": Kind("one point an act, 8 months", 1.0, 8.0),
    "planted-indication": Kind("one point an act, 3 months, with indication", 1.0, indication=True),
    "none-certified": Kind("certification without effect", 0.0, 6.0, certified=True),
    "certified": Kind("certification renews 8 points, 6 months", 8.0, 6.0, certified=True),
    "at-sites": Kind("frequency and coverage at sites", at_sites=True),
}


def simulate(seed: int, kind: Kind) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Observations, support given and practitioners of one network."""
    parameters = NetworkParameters(planted_sites=())
    _, people, seen, effects = simulate_growth(parameters, seed)
    seen = seen[seen["rater_role"].isin(["independent", "supervisor"])]
    seen = seen.sort_values(["practitioner_id", "observed_on"], kind="stable")
    seen = seen.reset_index(drop=True).assign(weight=1.0)
    random = np.random.default_rng(seed + 1_000_000)
    start = pd.Timestamp(parameters.first_day)
    months = ((seen["observed_on"] - start).dt.days / MONTH).to_numpy()
    people = people.assign(trained_on=pd.to_datetime(people["trained_on"]))
    trained = people.set_index("practitioner_id")["trained_on"]
    levels = effects.by_practitioner.set_index("practitioner_id")["level"]
    rate_of_site = {site: random.gamma(4, 0.225) for site in people["site_id"].unique()}
    score = seen["fidelity"].to_numpy(copy=True)
    acts = []
    for person, rows in seen.groupby("practitioner_id", sort=True).indices.items():
        first = max((trained[person] - start).days / MONTH, 0.0)
        if kind.certified:
            days = _certified(months[rows], first, random)
            every = np.array([(trained[person] - start).days / MONTH, *days])
            since = months[rows][:, None] - every
            since = np.where(since > 0, since, np.inf).min(axis=1)
            score[rows] += kind.effect * 2.0 ** (-since / kind.half_life)
        else:
            rate = rate_of_site[seen["site_id"][rows[0]]] if kind.at_sites else 0.9
            days = _coached(months[rows], first, score, rows, rate, levels[person], kind, random)
        acts.append(pd.DataFrame({"practitioner_id": person, "month": days}))
    given = pd.concat(acts, ignore_index=True)
    given["occurred_on"] = start + pd.to_timedelta(np.floor(given["month"] * MONTH), unit="D")
    given = given[given["occurred_on"] <= pd.Timestamp(parameters.last_day)]
    given = given.assign(
        kind="recertification" if kind.certified else "coaching",
        quarter=quarter_labels(given["occurred_on"]),
        site_id=given["practitioner_id"].map(people.set_index("practitioner_id")["site_id"]),
        support_id=[f"S{number:05d}" for number in range(len(given))],
    ).reset_index(drop=True)
    seen = seen.assign(fidelity=score)
    return (_at_sites(seen, given, people) if kind.at_sites else seen), given, people


def _certified(months: np.ndarray, first: float, random: np.random.Generator) -> list[float]:
    days, at = [], first + random.uniform(0, 12)
    while at < months[-1]:
        days.append(at)
        at += random.uniform(6, 18)
    return days


def _coached(
    months: np.ndarray,
    first: float,
    score: np.ndarray,
    rows: np.ndarray,
    rate: float,
    level: float,
    kind: Kind,
    random: np.random.Generator,
) -> list[float]:
    """Acts of one practitioner, month by month; what they go with is added to the scores."""
    days: list[float] = []
    last, place = 0.0, 0
    usual = 74.0 + kind.effect * 0.9 * kind.half_life / np.log(2)
    swing = np.exp(random.normal(0, 0.5, 13)) if kind.at_sites else np.ones(13)
    for month in np.arange(np.floor(first), months[-1] + 0.01):
        push = -BY_LEVEL * level / 5 - BY_LAST * last / 6 if kind.indication else 0.0
        busy = rate * swing[min(int(month // 3), 12)] * np.exp(push)
        days += list(month + np.sort(random.random(random.poisson(busy))))
        while place < len(months) and months[place] < month + 1:
            # An act counts from the day after it, as dates without hours are read.
            here = np.floor(np.array(days) * MONTH) / MONTH
            since = months[place] - here[here < months[place] - 1e-9]
            score[rows[place]] += kind.effect * float((2.0 ** (-since / kind.half_life)).sum())
            last = score[rows[place]] - usual
            place += 1
    return days


def _at_sites(seen: pd.DataFrame, given: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    frame = with_site_quarters(seen, given, people)
    added = sum(AT_SITES[name] * frame[column] for name, column in TERMS.items())
    return frame.assign(fidelity=frame["fidelity"] + added).drop(columns=list(TERMS.values()))


def study_one(seed: int, name: str) -> dict[str, object]:
    """Simulate one network, and look for doses as notebook 03 does."""
    kind = KINDS[name]
    seen, given, people = simulate(seed, kind)
    result = dose(seen, given, people, "9999Q4", Thresholds(), seed=seed)
    found: dict[str, object] = {"kind": name}
    if kind.at_sites:
        sites = result.dose_at_sites.set_index("term")
        for term, planted in AT_SITES.items():
            row = sites.loc[term]
            found[f"{term} estimate"] = row["estimate"]
            found[f"{term} covered"] = row["conf_low"] <= planted <= row["conf_high"]
            found[f"{term} shown"] = bool(row["shown"])
        return found
    table = result.dose[result.dose["model"] == (RESET if kind.certified else KERNEL)]
    effect, half_life = (table[table["term"] == term].iloc[0] for term in (EFFECT, HALF_LIFE))
    return {
        **found,
        "estimate": effect["estimate"],
        "covered": effect["conf_low"] <= kind.effect <= effect["conf_high"],
        "shown": bool(pd.notna(half_life["estimate"])),
        "half-life": half_life["estimate"],
        "half-life covered": half_life["conf_low"] <= kind.half_life <= half_life["conf_high"],
        "naive": effect["naive"],
        "naive covered": effect["naive_low"] <= kind.effect <= effect["naive_high"],
    }


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of network, or a number of sites."""
    rows = []
    for name, part in found.groupby("kind", sort=False):
        kind = KINDS[str(name)]
        if kind.at_sites:
            rows += [_site_row(part, term, planted) for term, planted in AT_SITES.items()]
            continue
        shown = part[part["shown"]]
        planted = bool(kind.effect)
        rows.append(
            {
                "networks": kind.title,
                "number": len(part),
                "planted": f"{kind.effect:.1f}",
                "mean estimate": f"{part['estimate'].mean():.2f}",
                "95% interval covers": f"{part['covered'].astype(float).mean():.1%}",
                "shown": f"{part['shown'].mean():.1%}",
                "median half-life": f"{shown['half-life'].median():.1f}" if planted else "",
                "its interval covers": f"{shown['half-life covered'].astype(float).mean():.1%}"
                if planted
                else "",
                "mean naive estimate": f"{part['naive'].mean():.2f}",
                "its interval covers planted": f"{part['naive covered'].astype(float).mean():.1%}",
            }
        )
    return pd.DataFrame(rows)


def _site_row(part: pd.DataFrame, term: str, planted: float) -> dict[str, object]:
    return {
        "networks": f"at sites: {term}",
        "number": len(part),
        "planted": f"{planted:.1f}",
        "mean estimate": f"{part[f'{term} estimate'].mean():.2f}",
        "95% interval covers": f"{part[f'{term} covered'].astype(float).mean():.1%}",
        "shown": f"{part[f'{term} shown'].astype(float).mean():.1%}",
        "median half-life": "",
        "its interval covers": "",
        "mean naive estimate": "",
        "its interval covers planted": "",
    }


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 300, list(KINDS))
    seeds = range(FIRST_SEED, FIRST_SEED + asked.networks)
    found = pd.DataFrame([study_one(seed, name) for name in asked.kinds for seed in seeds])
    table = summarise(found)
    title = "Dose and half-life of support: recovered, and not claimed where there is none"
    tell(table, title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
