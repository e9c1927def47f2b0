"""Is what goes with fidelity recovered in plans and outcomes, and nothing claimed where nothing is?

    python benchmarks/links_study.py [--networks 300] [--kinds NAME ...] [--write FILE]

Each network has 12 sites over 12 quarters, with courses of sites and practitioners of their own,
and practice that also moves by chance from quarter to quarter (standard deviation 3 points).
Everyone opens a plan about every second quarter, which lasts 3 to 6 quarters, with an action a
quarter and a rating by the person. Follow-through and ownership differ between plans,
practitioners and sites, and have courses of their own; so have three outcomes, of practitioners,
sites and plans. Planted is what goes with 10 points of fidelity of the quarter before: 0.5 in the
logarithm of the odds of an action being done within 30 days, 4 points of ownership, 4 units of an
outcome. It goes with fidelity as it was measured, or with practice as it was; then the mean of
few observations dilutes it. In some networks it differs between practitioners (standard deviation
a half of it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from study_tables import asked_for, tell

from workbench.analysis.lagged_fidelity import STEP, by_practitioner, by_site, quarter_number
from workbench.analysis.links_to_fidelity import links_to_fidelity
from workbench.analysis.outcome_links import outcome_links
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.quarters import Quarter, quarter_labels

FIRST_SEED = 120_000
LAST = "9999Q4"
WAVE = 3.0
SHOCK = 0.3
"""What all rows of a practitioner and quarter share, in standard deviations of plans."""
COMPONENTS = ("preparation", "engagement", "reflection", "plan_use", "follow_up")
PLANTED = {"done": 0.5, "ownership": 4.0, "practitioner": 4.0, "site": 4.0, "plan": 4.0}
SPREADS = {"done": 0.6, "ownership": 8.0, "practitioner": 6.0, "site": 4.0, "plan": 8.0}
"""Of subjects' levels; those of sites are a half and of courses a tenth a quarter."""
NOISE = {"ownership": 8.0, "practitioner": 6.0, "site": 3.0, "plan": 8.0}


@dataclass(frozen=True)
class Kind:
    """What is planted in a network."""

    title: str
    within: float = 0.0
    between: float = 0.0
    true: bool = False
    differs: float = 0.0


KINDS = {
    "none": Kind("nothing planted"),
    "within": Kind("within", within=1.0),
    "within-differs": Kind("within, not the same for everyone", within=1.0, differs=0.5),
    "both-true": Kind("both, with practice itself", within=1.0, between=1.0, true=True),
    "between": Kind("between", between=1.0),
}


@dataclass(frozen=True)
class Network:
    """Frames as the analyses take them."""

    by_action: pd.DataFrame
    rated: pd.DataFrame
    by_observation: pd.DataFrame
    components: pd.DataFrame
    outcomes: pd.DataFrame
    by_plan: pd.DataFrame


def simulate(seed: int, kind: Kind) -> Network:
    """One network with its plans and outcomes."""
    parameters = NetworkParameters(planted_sites=())
    _, people, seen, _ = simulate_growth(parameters, seed)
    random = np.random.default_rng(seed + 1_000_000)
    seen, truth = _waves(seen, random)
    labels = sorted(seen["quarter"].unique())
    people = people[people["practitioner_id"].isin(seen["practitioner_id"])]
    rows = _plan_quarters(people, labels, seen, random)
    before = _before(seen, truth, kind)
    site_of = people.set_index("practitioner_id")["site_id"]
    own = {name: _outcome(rows, before, name, kind, random) for name in ("done", "ownership")}
    by_plan = rows.drop_duplicates("plan_id")[["plan_id", "practitioner_id", "site_id"]]
    return Network(
        _actions(rows, own["done"], random),
        _ratings(rows, own["ownership"], random),
        seen,
        _components(seen, random),
        _outcomes(rows, before, site_of, kind, random),
        by_plan.reset_index(drop=True),
    )


def _waves(seen: pd.DataFrame, random: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    """Let practice move from quarter to quarter; and what it was in each."""
    seen = seen[seen["rater_role"].isin(["independent", "supervisor"])]
    seen = seen.sort_values("observed_on", kind="stable").reset_index(drop=True)
    cell = [seen["practitioner_id"], quarter_number(seen["quarter"])]
    wave = pd.Series(WAVE * random.standard_normal(len(seen))).groupby(cell).transform("first")
    truth = (seen["expected"] + wave).groupby(cell).mean()
    return seen.assign(fidelity=seen["fidelity"] + wave, weight=1.0), truth


def _plan_quarters(
    people: pd.DataFrame, labels: list[str], seen: pd.DataFrame, random: np.random.Generator
) -> pd.DataFrame:
    """One row a plan and quarter in which it is open."""
    numbers = quarter_number(pd.Series(labels)).to_numpy()
    served = quarter_number(seen["quarter"]).groupby(seen["practitioner_id"]).agg(["min", "max"])
    rows = []
    count = 0
    for person, site in people[["practitioner_id", "site_id"]].itertuples(index=False):
        first, last = int(served["min"][person]), int(served["max"][person])
        for start in range(first - 3, last + 1):
            for _ in range(random.poisson(0.45)):
                count += 1
                length = int(random.integers(3, 7))
                rows += [
                    (f"L{count:05d}", person, site, number, number - start)
                    for number in range(max(start, first), min(start + length, last + 1))
                ]
    frame = pd.DataFrame(rows, columns=["plan_id", "practitioner_id", "site_id", "number", "age"])
    label_of = dict(zip(numbers, labels, strict=True))
    return frame.assign(quarter=frame["number"].map(label_of))


def _before(seen: pd.DataFrame, truth: pd.Series, kind: Kind) -> pd.Series:
    """Fidelity of the quarter before, by practitioner and number; missing where it is not known."""
    if kind.true:
        known = truth
    else:
        cells = by_practitioner(seen, LAST)
        known = cells.set_index(["practitioner_id", "number"])["fidelity"]
    known = known.copy()
    known.index = pd.MultiIndex.from_arrays(
        [known.index.get_level_values(0), known.index.get_level_values(1) + 1],
        names=["practitioner_id", "number"],
    )
    return known


def _effect(
    frame: pd.DataFrame, before: pd.Series, of: str, kind: Kind, random: np.random.Generator
) -> np.ndarray:
    """What goes with fidelity in each row, in units of what is planted."""
    keys = pd.MultiIndex.from_frame(frame[[of, "number"]])
    fidelity = pd.Series(before.reindex(keys).to_numpy(), frame.index)
    own = fidelity.groupby(frame[of]).transform("mean")
    codes, names = pd.factorize(frame[of])
    size = random.normal(kind.within, kind.differs, len(names))[codes]
    within = ((fidelity - own) / STEP).fillna(0.0)
    between = ((own - own.mean()) / STEP).fillna(0.0)
    return np.asarray(size * within + kind.between * between)


def _levels(
    frame: pd.DataFrame, groups: list[tuple[str, float]], random: np.random.Generator
) -> np.ndarray:
    """Levels and courses of groups."""
    total = np.zeros(len(frame))
    time = (frame["number"] - frame["number"].mean()).to_numpy()
    for group, spread in groups:
        codes, names = pd.factorize(frame[group])
        total += spread * random.standard_normal(len(names))[codes]
        total += spread / 10 * random.standard_normal(len(names))[codes] * time
    return total


def _outcome(
    rows: pd.DataFrame, before: pd.Series, name: str, kind: Kind, random: np.random.Generator
) -> np.ndarray:
    """What is expected of each plan in each quarter."""
    spread = SPREADS[name]
    groups = [("plan_id", spread), ("practitioner_id", 0.7 * spread), ("site_id", 0.5 * spread)]
    cell = rows["practitioner_id"] + rows["number"].astype("str")
    codes, names = pd.factorize(cell)
    shared = SHOCK * spread * random.standard_normal(len(names))[codes]
    return (
        _levels(rows, groups, random)
        + shared
        + PLANTED[name] * _effect(rows, before, "practitioner_id", kind, random)
    )


def _actions(rows: pd.DataFrame, expected: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    frame = rows.assign(_logit=expected - 0.2)
    frame = frame.loc[frame.index.repeat(random.poisson(1.0, len(frame)))].reset_index(drop=True)
    done = random.random(len(frame)) < 1 / (1 + np.exp(-frame["_logit"]))
    first = pd.to_datetime([Quarter.from_label(one).first_day for one in frame["quarter"]])
    agreed = pd.Series(first) + pd.to_timedelta(random.integers(0, 90, len(frame)), unit="D")
    end = pd.Timestamp(Quarter.from_label(max(frame["quarter"])).last_day)
    left = (end - agreed).dt.days.clip(lower=0).to_numpy()
    days = np.where(done, random.integers(1, 31, len(frame)), random.integers(31, 400, len(frame)))
    is_open = days > left
    return pd.DataFrame(
        {
            "plan_action_id": [f"A{number:06d}" for number in range(len(frame))],
            "plan_id": frame["plan_id"],
            "practitioner_id": frame["practitioner_id"],
            "site_id": frame["site_id"],
            "owner": "family",
            "agreed_on": agreed,
            "quarter": frame["quarter"],
            "days": np.where(is_open, left, days),
            "event": np.where(is_open, "open", "done"),
        }
    )


def _ratings(rows: pd.DataFrame, expected: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    noise = NOISE["ownership"] * random.standard_normal(len(rows))
    first = pd.to_datetime([Quarter.from_label(one).first_day for one in rows["quarter"]])
    return rows[["plan_id", "practitioner_id", "site_id", "quarter"]].assign(
        rated_on=first + pd.Timedelta(days=40),
        months=3.0 * rows["age"],
        respondent_role="person",
        ownership=60.0 + expected + noise,
    )


def _components(seen: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    parts = [
        seen[["observation_id", "practitioner_id", "site_id", "quarter", "quarters"]].assign(
            component=name,
            component_title=name.replace("_", " ").capitalize(),
            component_order=place,
            fidelity=seen["fidelity"] + 6 * random.standard_normal(len(seen)),
        )
        for place, name in enumerate(COMPONENTS)
    ]
    return pd.concat(parts, ignore_index=True)


def _outcomes(
    rows: pd.DataFrame,
    before: pd.Series,
    site_of: pd.Series,
    kind: Kind,
    random: np.random.Generator,
) -> pd.DataFrame:
    """One measure each of practitioners, sites and plans, once a quarter."""
    cells = rows.drop_duplicates(["practitioner_id", "number"]).reset_index(drop=True)
    sites = rows.drop_duplicates(["site_id", "number"]).reset_index(drop=True)
    of_site = before.reset_index(name="fidelity")
    of_site = of_site.assign(site_id=of_site["practitioner_id"].map(site_of))
    at_sites = by_site(of_site).set_index(["site_id", "number"])["fidelity"]
    spread = SPREADS
    expected = {
        "practitioner": (
            cells,
            _levels(
                cells,
                [
                    ("practitioner_id", spread["practitioner"]),
                    ("site_id", spread["practitioner"] / 2),
                ],
                random,
            )
            + PLANTED["practitioner"] * _effect(cells, before, "practitioner_id", kind, random),
        ),
        "site": (
            sites,
            _levels(sites, [("site_id", spread["site"])], random)
            + PLANTED["site"] * _effect(sites, at_sites, "site_id", kind, random),
        ),
        "plan": (rows, _outcome(rows, before, "plan", kind, random)),
    }
    parts = []
    for subject, (frame, mean) in expected.items():
        first = pd.to_datetime([Quarter.from_label(one).first_day for one in frame["quarter"]])
        parts.append(
            pd.DataFrame(
                {
                    "subject": subject,
                    "subject_id": frame[f"{subject}_id"],
                    "period_start": first,
                    "measure": f"measure of a {subject}",
                    "value": 50.0 + mean + NOISE[subject] * random.standard_normal(len(frame)),
                    "quarter": quarter_labels(pd.Series(first)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def study_one(seed: int, name: str) -> list[dict[str, object]]:
    """Simulate one network, and look for links as notebook 05 does."""
    kind = KINDS[name]
    made = simulate(seed, kind)
    # Components are many more looks: they count where false claims may come of them.
    components = pd.DataFrame() if kind.within or kind.between else made.components
    result = links_to_fidelity(made.by_action, made.rated, made.by_observation, components, LAST)
    links = result.links
    whole = {str(row["outcome"]): row for _, row in links[links["component"] == ""].iterrows()}
    found = [
        _told(name, "done", whole["done within 30 days"], np.log),
        _told(name, "ownership", whole["ownership"]),
    ]
    outcomes = outcome_links(made.outcomes, made.by_observation, made.by_plan, LAST)
    found += [_told(name, str(row["subject"]), row) for _, row in outcomes.outcome_links.iterrows()]
    for one in found:
        table = links if one["what"] in ("done", "ownership") else outcomes.outcome_links
        one["any shown"] = bool(table["shown"].any())
        one["reliability within"] = result.reliability.within
        one["reliability between"] = result.reliability.between
    return found


def _told(kind_name: str, what: str, row: pd.Series, scale=float) -> dict[str, object]:  # type: ignore[no-untyped-def]
    kind, planted = KINDS[kind_name], PLANTED[what]
    found: dict[str, object] = {"kind": kind_name, "what": what, "shown": bool(row["shown"])}
    for part, truth in (("within", kind.within * planted), ("between", kind.between * planted)):
        low, high = scale(row[f"{part}_low"]), scale(row[f"{part}_high"])
        found[part] = scale(row[part])
        found[f"{part} covered"] = low <= truth <= high
        found[f"{part} known"] = bool(np.isfinite(low))
    return found


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of network and outcome."""
    rows = []
    for (name, what), part in found.groupby(["kind", "what"], sort=False):
        kind, planted = KINDS[str(name)], PLANTED[str(what)]
        row: dict[str, object] = {
            "networks": kind.title,
            "number": len(part),
            "outcome": what,
        }
        for side, truth in (("within", kind.within), ("between", kind.between)):
            known = part[part[f"{side} known"]]
            row[f"{side}: planted"] = f"{truth * planted:.1f}"
            row[f"{side}: mean estimate"] = f"{known[side].mean():.2f}"
            row[f"{side}: 95% interval covers"] = f"{known[f'{side} covered'].mean():.1%}"
        row["shown"] = f"{part['shown'].mean():.1%}"
        row["any shown of its table"] = f"{part['any shown'].mean():.1%}"
        row["reliability within, between"] = (
            f"{part['reliability within'].mean():.2f}, {part['reliability between'].mean():.2f}"
        )
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and print or write its table."""
    asked = asked_for(str(__doc__), 300, list(KINDS))
    seeds = range(FIRST_SEED, FIRST_SEED + asked.networks)
    found = pd.DataFrame(
        [one for name in asked.kinds for seed in seeds for one in study_one(seed, name)]
    )
    title = "What goes with fidelity in plans and outcomes: recovered, and not claimed without"
    tell(summarise(found), title, str(__doc__), asked.write)


if __name__ == "__main__":
    main()
