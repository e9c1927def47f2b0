"""Early warning against an annual audit: how many months sooner, and at what rate of false alarms?

    python benchmarks/early_warning.py [--networks 12] [--write docs/methods/early_warning_study.md]

A network has 12 sites of 12 practitioners, followed for 32 quarters. Practitioners' levels are
75 points on average (SD between sites 3, within sites 4, so 5 in all), raters differ by an SD of 1,
and one observation differs from the next by an SD of 5. Everyone is seen once or twice a quarter.
All hold for 5 to 9 quarters; then, in networks with drift, all practitioners of 3 sites and a
quarter of those elsewhere fall by 1, 2 or 3 points a quarter. The charts know only what had been
seen by then: the usual variation is estimated at the end of every fourth quarter, from the first
quarter to that one, and serves for the next four. An audit looks at every fourth quarter, at a
random phase, and sees a practitioner or a site whose mean of that quarter lies below a cut-off: 65,
or the one at which the audit has the same false alarms a year as the charts. Both are counted from
the quarter in which the drift begins, and whatever they say by chance counts as seeing it.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from study_tables import asked_for, markdown

from workbench.analysis.early_warning import early_warning
from workbench.analysis.early_warning_limits import (
    CUSUM_REFERENCE,
    EWMA_WEIGHT,
    IN_CONTROL_RUN_LENGTH,
    limits_of,
)
from workbench.analysis.early_warning_signals import DOWN, FEWEST_POINTS, signals_by_point
from workbench.analysis.growth_design import growth_design
from workbench.models.cusum import cusum
from workbench.models.ewma import ewma, ewma_limit
from workbench.models.mixed import fit_mixed_model
from workbench.models.recursive_departures import UNKNOWN, recursive_departures
from workbench.models.run_lengths import (
    cusum_distance,
    cusum_run_length,
    ewma_distance,
    ewma_run_length,
    simulated_run_length,
)
from workbench.quarters import Quarter

SITES, PEOPLE, QUARTERS = 12, 12, 32
LEVEL, SITE_SD, PERSON_SD, RATER_SD, RESIDUAL_SD = 75.0, 3.0, 4.0, 1.0, 5.0
DRIFTING_SITES, DRIFTING_SHARE = 3, 0.25
FIRST_DRIFT, LAST_DRIFT = 5, 9  # quarters, from 0, in which a drift may begin
YEAR, MONTHS = 4, 3
CUT_OFF = 65.0
DRIFTS = (1.0, 2.0, 3.0)
NEVER = QUARTERS  # one quarter past the last: what was never seen is counted as seen then
FRESH_SEED = 777  # not the seed by which the limits were found
LABELS = [str(Quarter(2020, 1).plus(number)) for number in range(QUARTERS)]


def network(seed: int, drift: float) -> tuple[pd.DataFrame, pd.Series]:
    """Observations of a network, and the quarter in which each unit begins to drift."""
    random = np.random.default_rng([seed, round(drift)])
    site = np.repeat(np.arange(SITES), PEOPLE)
    begins = random.integers(FIRST_DRIFT, LAST_DRIFT + 1, len(site))
    own = (site >= DRIFTING_SITES) & (random.random(len(site)) >= DRIFTING_SHARE)
    site_begins = random.integers(FIRST_DRIFT, LAST_DRIFT + 1, SITES)
    begins = np.where(site < DRIFTING_SITES, site_begins[site], np.where(own, NEVER, begins))
    level = LEVEL + SITE_SD * random.standard_normal(SITES)[site]
    level = level + PERSON_SD * random.standard_normal(len(site))
    person = np.repeat(np.arange(len(site)), 2 * QUARTERS)
    quarter = np.tile(np.repeat(np.arange(QUARTERS), 2), len(site))
    kept = np.tile([True, False], len(site) * QUARTERS) | (random.random(len(person)) < 0.5)
    person, quarter = person[kept], quarter[kept]
    rater = 2 * site[person] + random.integers(0, 2, len(person))
    fallen = drift * np.maximum(0, quarter - begins[person] + 1)
    fidelity = level[person] - fallen + RATER_SD * random.standard_normal(2 * SITES)[rater]
    fidelity += RESIDUAL_SD * random.standard_normal(len(person))
    people = np.array([f"P{number:03d}" for number in range(len(site))])
    sites = np.array([f"S{number:02d}" for number in range(SITES)])
    frame = pd.DataFrame(
        {
            "practitioner_id": people[person],
            "site_id": sites[site[person]],
            "rater_id": [f"R{number:02d}" for number in rater],
            "rater_role": "independent",
            "quarter": np.array(LABELS)[quarter],
            "quarters": quarter + random.random(len(person)),
            "fidelity": np.clip(fidelity, 0, 100),
        }
    )
    starts = pd.Series(begins, index=people)
    whole = pd.Series(site_begins[:DRIFTING_SITES], index=sites[:DRIFTING_SITES])
    return frame, pd.concat([starts[starts < NEVER], whole])


def warned_by_quarter(frame: pd.DataFrame) -> pd.DataFrame:
    """Say of every unit and quarter whether a warning of a fall stood, as known by then."""
    parts = []
    for known in range(YEAR, QUARTERS, YEAR):
        past = frame[frame["quarter"] < LABELS[known]]
        fit = fit_mixed_model(growth_design(past).formula, past)
        last = min(known + YEAR, QUARTERS) - 1
        points = early_warning(frame, fit, LABELS[last]).chart_points
        signals = signals_by_point(points)
        parts.append(signals[signals["quarter"] >= LABELS[known]])
    signals = pd.concat(parts, ignore_index=True)
    falls = (signals["direction"] == DOWN) & (signals["n_points"] >= FEWEST_POINTS)
    unit = signals["practitioner_id"].where(signals["scope"] == "practitioner", signals["site_id"])
    table = signals.assign(warned=falls, unit=unit)
    table["number"] = table["quarter"].map({label: n for n, label in enumerate(LABELS)})
    keys = ["scope", "unit", "number"]
    found = table.groupby(keys).agg(warned=("warned", "any"), fidelity=("fidelity", "first"))
    return found.reset_index()


def yearly_false_alarms(holding: pd.DataFrame) -> pd.DataFrame:
    """New warnings a unit and year in networks without drift, and the audits to go with them."""
    holding = holding.sort_values(["network", "unit", "number"])
    before = holding.groupby(["network", "unit"])["warned"].shift(fill_value=False)
    holding = holding.assign(new=holding["warned"] & ~before.astype(bool))
    rows = []
    for scope, part in holding.groupby("scope", sort=False):
        rate = YEAR * part["new"].mean()
        rows.append(
            {
                "scope": scope,
                "units": part.groupby(["network", "unit"]).ngroups,
                "years": len(part) / YEAR,
                "rate": rate,
                "audit": (part["fidelity"] < CUT_OFF).mean(),
                "cut_off": part["fidelity"].quantile(rate),
            }
        )
    return pd.DataFrame(rows).set_index("scope")


def detections(found: pd.DataFrame, starts: pd.Series, cut_offs: pd.Series, seed: int):
    """First quarter in which each drifting unit was seen by the charts and by each audit."""
    random = np.random.default_rng(seed)
    rows = []
    for unit, begins in starts.items():
        mine = found[(found["unit"] == unit) & (found["number"] >= begins)]
        scope = mine["scope"].iloc[0]
        audited = mine[mine["number"] % YEAR == random.integers(YEAR)]
        first = {"warning": mine.loc[mine["warned"], "number"].min()}
        for name, cut_off in (("audit", CUT_OFF), ("calibrated", cut_offs[scope])):
            first[name] = audited.loc[audited["fidelity"] < cut_off, "number"].min()
        seen = {name: NEVER if np.isnan(number) else number for name, number in first.items()}
        rows.append({"scope": scope, "begins": begins, **seen})
    return pd.DataFrame(rows)


def months(quarters: pd.Series) -> str:
    """Median in months with quartiles."""
    low, middle, high = MONTHS * quarters.quantile([0.25, 0.5, 0.75])
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def detection_table(found: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of unit and size of drift."""
    rows = []
    for (scope, drift), part in found.groupby(["scope", "drift"]):
        row = {"who": f"{scope}s", "drift, points a quarter": drift, "drifting": len(part)}
        row["months to the warning"] = months(part["warning"] + 1 - part["begins"])
        row["never warned"] = f"{(part['warning'] == NEVER).mean():.1%}"
        for name, title in (("audit", "audit at 65"), ("calibrated", "audit, same false alarms")):
            row[f"months of warning before the {title}"] = months(part[name] - part["warning"])
            row[f"warned before the {title}"] = f"{(part['warning'] < part[name]).mean():.0%}"
            row[f"never seen by the {title}"] = f"{(part[name] == NEVER).mean():.1%}"
        rows.append(row)
    return pd.DataFrame(rows)


def alarm_table(rates: pd.DataFrame) -> pd.DataFrame:
    """One row a kind of unit: false alarms a year where nothing moves."""
    error = np.sqrt(rates["rate"] * (1 - rates["rate"]) / rates["years"])
    return pd.DataFrame(
        {
            "who": [f"{scope}s" for scope in rates.index],
            "units": rates["units"].to_numpy(),
            "years watched": [f"{years:,.0f}" for years in rates["years"]],
            "false alarms a year, charts": [
                f"{rate:.1%} (standard error {one:.1%})"
                for rate, one in zip(rates["rate"], error, strict=True)
            ],
            "of the audit at 65": [f"{rate:.1%}" for rate in rates["audit"]],
            "cut-off of the audit with the charts' rate": [f"{at:.1f}" for at in rates["cut_off"]],
        }
    )


def run_length_table() -> pd.DataFrame:
    """Run lengths at the limits in use, from seeds other than the one that found them."""
    limits = limits_of()
    factor = limits.ewma / ewma_limit(1.0, EWMA_WEIGHT)
    charts = (
        ("EWMA, weight 0.2", limits.ewma, ewma_distance(EWMA_WEIGHT),
         ewma_run_length(EWMA_WEIGHT, factor)),
        ("CUSUM, reference 0.5", limits.cusum, cusum_distance(CUSUM_REFERENCE),
         cusum_run_length(CUSUM_REFERENCE, limits.cusum)),
    )  # fmt: skip
    rows = []
    for name, limit, distance, exact in charts:
        again = simulated_run_length(distance, limit, seed=FRESH_SEED)
        rows.append(
            {
                "chart": name,
                "limit, by simulation": f"{limit:.3f}",
                "target, points": f"{IN_CONTROL_RUN_LENGTH:.0f}",
                "run length, simulated anew": f"{again:.1f}",
                "run length, integral equation": f"{exact:.1f}",
                "beside the target": f"{exact / IN_CONTROL_RUN_LENGTH - 1:+.1%}",
            }
        )
    return pd.DataFrame(rows)


def false_alarms_by_level(seeds: int = 12, people: int = 400, quarters: int = 20) -> pd.DataFrame:
    """Warnings a person and year while nothing moves, by level, for two ways to expect a level."""
    limits, rows = limits_of(), []
    ways = {
        "own observations alone": {"person": UNKNOWN},
        "site's level first": {"site": UNKNOWN, "person": PERSON_SD**2},
    }
    for way, levels in ways.items():
        counts = []
        for seed in range(seeds):
            random = np.random.default_rng(seed)
            level = PERSON_SD * random.standard_normal(people)
            person, quarter = np.repeat(np.arange(people), quarters), np.arange(quarters)
            period = np.tile(quarter, people)
            values = level[person] + RESIDUAL_SD * random.standard_normal(len(person))
            groups = pd.DataFrame({"site": person // 10, "person": person})
            found = recursive_departures(values, period, groups, levels, RESIDUAL_SD**2, ["person"])
            departures = found["departure"].to_numpy().reshape(people, quarters).T[1:]
            down, _ = cusum(departures, CUSUM_REFERENCE)
            warned = (ewma(departures, EWMA_WEIGHT) < -limits.ewma) | (down > limits.cusum)
            new = warned[0] + (warned[1:] & ~warned[:-1]).sum(axis=0)
            counts.append(pd.DataFrame({"level": level / PERSON_SD, "new": new}))
        people_of = pd.concat(counts)
        rate = people_of["new"] * YEAR / (quarters - 1)
        low, high = people_of["level"] < -1.3, people_of["level"] > 1.3
        rows.append(
            {
                "what is expected rests on": way,
                "all": f"{rate.mean():.1%}",
                "lowest tenth by true level": f"{rate[low].mean():.1%}",
                "highest tenth": f"{rate[high].mean():.1%}",
                "people": len(people_of),
            }
        )
    return pd.DataFrame(rows)


def study(networks: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Detections in networks with drift, and false alarms in as many without."""
    holding = [warned_by_quarter(network(seed, 0.0)[0]) for seed in range(networks)]
    numbered = [found.assign(network=seed) for seed, found in enumerate(holding)]
    rates = yearly_false_alarms(pd.concat(numbered, ignore_index=True))
    parts = []
    for drift in DRIFTS:
        for seed in range(networks):
            frame, starts = network(seed, drift)
            found = warned_by_quarter(frame)
            seen = detections(found, starts, rates["cut_off"], seed)
            parts.append(seen.assign(drift=drift))
    return pd.concat(parts, ignore_index=True), rates


def main() -> None:
    """Run the study and print or write its tables."""
    asked = asked_for(str(__doc__), 12)
    found, rates = study(asked.networks)
    text = "\n\n".join(
        [
            "## How much sooner\n\nMedians with quartiles. What was never seen counts as seen in "
            "the quarter after the last.",
            markdown(detection_table(found)),
            "## False alarms where nothing moves",
            markdown(alarm_table(rates)),
            "## False alarms a year by the level that a person holds\n\nOne observation a quarter, "
            "20 quarters, known variances. Starting from the site's level was tried and not taken.",
            markdown(false_alarms_by_level()),
            "## Run lengths of the charts",
            markdown(run_length_table()),
        ]
    )
    print(text)
    if asked.write:
        body = __doc__.split("\n\n")[2].replace("\n", " ").strip()
        head = "# Early warning against an annual audit"
        made = f"Made by `make studies` on {dt.date.today():%d %B %Y}, {asked.networks} networks"
        made += " of each kind."
        asked.write.write_text(f"{head}\n\n{made} {body}\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
