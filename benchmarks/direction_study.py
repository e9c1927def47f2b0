"""How often are intervals, states and "not enough evidence" right, at four levels?

    python benchmarks/direction_study.py [--networks 510] [--write docs/methods/direction_study.md]

Networks of three sizes are simulated with known slopes at every level: the network's slope is one
of -1.5, -0.5, 0, 0.5 points a quarter in turn, sites and practitioners differ around it, some
people leave and some are hired late. Each is analysed as notebook 02 does. A second table plants a
drift of twice the smallest change that matters in three practitioners of ten, over eight quarters,
with more and more observations a quarter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm
from study_tables import asked_for, markdown

from workbench import terms
from workbench.analysis import fidelity_trajectories
from workbench.analysis.fidelity_trajectories import Asked
from workbench.analysis.growth_design import growth_design
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.models.mixed import fit_mixed_model
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

SLOPES = (-1.5, -0.5, 0.0, 0.5)
BASE = NetworkParameters(planted_sites=(), share_double_coded=0.0)
SIZES = {
    "small: 8 sites, 8 quarters": replace(
        BASE, sites=8, quarters=8, fewest_practitioners=6, most_practitioners=9
    ),
    "medium: 12 sites, 12 quarters": BASE,
    "large: 40 sites, 12 quarters": replace(BASE, sites=40),
}
THRESHOLDS = Thresholds()
LEVELS = ("network", "site", "team", "practitioner")
OBSERVATIONS = (1, 2, 3, 4, 6)
PLANTED_DRIFT = -2 * THRESHOLDS.smallest_change_that_matters
SHARE_DRIFTING = 0.3


def direction_of(frame: pd.DataFrame, now: float) -> dict[str, pd.DataFrame]:
    """Trajectories at the four levels, as the analysis makes them; without rows if it refuses."""
    design = growth_design(frame)
    fit = fit_mixed_model(design.formula, frame)
    asked = Asked(fit, design, now, THRESHOLDS) if fit.usable else None
    found = fidelity_trajectories.trajectories(frame, asked, fit.why_not)
    both = found.network_and_sites
    return {
        "network": both[both["scope"] == "network"],
        "site": both[both["scope"] == "site"],
        "team": found.teams,
        "practitioner": found.practitioners,
    }


def judge(table: pd.DataFrame, truth: np.ndarray) -> pd.DataFrame:
    """Whether each interval covers the truth, and whether a named state is the true one."""
    change = THRESHOLDS.smallest_change_that_matters
    true_state = np.select(
        [truth < -change, truth > change], [terms.DRIFTING, terms.STRENGTHENING], terms.HOLDING
    )
    named = ~table["state"].isin([terms.NOT_ENOUGH_EVIDENCE, terms.NOT_ESTIMABLE])
    answered = table["slope"].notna()
    covers = (table["slope_low"] <= truth) & (truth <= table["slope_high"])
    return pd.DataFrame(
        {
            "covers": covers.where(answered),
            "named": named,
            "wrong": named & (table["state"].to_numpy() != true_state),
        }
    )


def study_one(size: str, seed: int) -> pd.DataFrame:
    """Analyse one network; one row an interval with its level."""
    parameters = replace(SIZES[size], slope=SLOPES[seed % len(SLOPES)])
    _, people, frame, effects = simulate_growth(parameters, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    frame = frame.assign(quarter=quarter_labels(frame["observed_on"]))
    found = direction_of(frame, float(parameters.quarters))
    site = effects.by_site.set_index("site_id")["total_slope"]
    own = effects.by_practitioner.set_index("practitioner_id")["slope"]
    person = people.set_index("practitioner_id")
    total = own + person["site_id"].map(site)
    seen = found["practitioner"]["practitioner_id"]
    members = person.loc[seen].assign(slope=total.loc[seen])
    by_team = members.groupby(["site_id", "supervisor_id"])["slope"].mean()
    truth = {
        "network": np.array([parameters.slope]),
        "site": site.loc[found["site"]["site_id"]].to_numpy(),
        "team": by_team.loc[
            list(found["team"][["site_id", "supervisor_id"]].itertuples(index=False, name=None))
        ].to_numpy(),
        "practitioner": total.loc[seen].to_numpy(),
    }
    return pd.concat(
        [judge(found[level], truth[level]).assign(level=level, size=size) for level in LEVELS]
    )


def summarise(judged: pd.DataFrame) -> pd.DataFrame:
    """One row a size and level."""
    rows = []
    for (size, level), part in judged.groupby(["size", "level"], sort=False):
        rows.append(
            {
                "networks": size,
                "level": level,
                "slopes": len(part),
                "95% interval covers": f"{part['covers'].dropna().astype(float).mean():.1%}",
                "state named": f"{part['named'].mean():.1%}",
                "named wrongly": f"{part['wrong'].mean():.2%}",
                "wrong of those named": f"{part['wrong'].sum() / max(part['named'].sum(), 1):.2%}",
            }
        )
    return pd.DataFrame(rows)


def planted_network(seed: int, each: int) -> tuple[pd.DataFrame, pd.Series]:
    """Ten sites of eight over eight quarters, three in ten drifting, so many seen a quarter."""
    random = np.random.default_rng(seed)
    people, quarters = 80, 8
    drifting = random.random(people) < SHARE_DRIFTING
    site = np.arange(people) // 8
    person = np.repeat(np.arange(people), quarters * each)
    quarter = np.tile(np.repeat(np.arange(quarters), each), people)
    time = quarter + random.random(len(person))
    level = 74 + 5 * random.normal(size=people) + 3 * random.normal(size=10)[site]
    rater = random.integers(0, 2, len(person)) + 2 * site[person]
    frame = pd.DataFrame(
        {
            "fidelity": level[person]
            + PLANTED_DRIFT * drifting[person] * time
            + 1.5 * random.normal(size=20)[rater]
            + 5 * random.normal(size=len(person)),
            "quarters": time,
            "quarter": [f"Q{number}" for number in quarter],
            "practitioner_id": [f"{number:03d}" for number in person],
            "site_id": [f"{number:02d}" for number in site[person]],
            "rater_id": [f"R{number:02d}" for number in rater],
            "rater_role": "independent",
        }
    )
    return frame, pd.Series(drifting, [f"{number:03d}" for number in range(people)])


def expected_power(each: int) -> tuple[float, float]:
    """Chance to name one practitioner's drift: from own observations alone, and drawn to the rest.

    With s the standard error of the own slope, the state is named when the estimate lies below the
    smallest change by z(0.90) s. The model draws it towards the mean slope m of the others, with
    B = t^2 / (t^2 + s^2) for a spread t of slopes: m + B (estimate - m), with error root(B) s.
    """
    change, quarters = THRESHOLDS.smallest_change_that_matters, 8
    error = 5 / (quarters / np.sqrt(12) * np.sqrt(quarters * each))
    sure = norm.ppf(THRESHOLDS.state_probability)
    alone = norm.cdf((-PLANTED_DRIFT - change) / error - sure)
    mean = SHARE_DRIFTING * PLANTED_DRIFT
    spread = PLANTED_DRIFT**2 * SHARE_DRIFTING * (1 - SHARE_DRIFTING)
    B = spread / (spread + error**2)
    furthest = mean + (-change - sure * np.sqrt(B) * error - mean) / B
    return float(alone), float(norm.cdf((furthest - PLANTED_DRIFT) / error))


def study_power(networks: int) -> pd.DataFrame:
    """One row a number of observations a quarter."""
    rows = []
    for each in OBSERVATIONS:
        parts = []
        for seed in range(networks):
            frame, drifting = planted_network(seed, each)
            table = direction_of(frame, 8.0)["practitioner"]
            parts.append(table.assign(planted=drifting.loc[table["practitioner_id"]].to_numpy()))
        table = pd.concat(parts)
        planted, rest = table[table["planted"]], table[~table["planted"]]

        def share(part: pd.DataFrame, *states: str) -> str:
            return f"{part['state'].isin(states).mean():.1%}"

        alone, drawn = expected_power(each)
        rows.append(
            {
                "observations a quarter": each,
                "power from own observations alone": f"{alone:.0%}",
                "power once drawn to the rest": f"{drawn:.0%}",
                "drifters": len(planted),
                "named drifting": share(planted, terms.DRIFTING),
                "not enough evidence": share(planted, terms.NOT_ENOUGH_EVIDENCE),
                "drifters named wrongly": share(planted, terms.HOLDING, terms.STRENGTHENING),
                "others named drifting": share(rest, terms.DRIFTING),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Run the study and print or write its tables."""
    asked = asked_for(str(__doc__), 510)
    each = asked.networks // len(SIZES)
    judged = pd.concat([study_one(size, seed) for size in SIZES for seed in range(each)])
    calibration = markdown(summarise(judged))
    power = markdown(study_power(max(2, asked.networks // 27)))
    print(calibration, power, sep="\n\n")
    if asked.write:
        about = __doc__.split("\n\n")[2].replace("\n", " ")
        asked.write.write_text(
            "# Direction of movement: do intervals cover, and are states named rightly?\n\n"
            f"Made by `make studies` on {dt.date.today():%d %B %Y}: {each} networks of each size. "
            f"{about}\n\n## Intervals and states\n\n{calibration}\n\n"
            "*Covers* should be 93 to 97%; *named wrongly* at most 5%.\n\n"
            "## Drift of twice the smallest change that matters\n\n"
            f"{power}\n\nWhere the design has the power, drift is to be named in 80% or more; "
            "where it has not, the answer is to be *not enough evidence*. Slopes are drawn towards "
            "those of the others, seven in ten of whom do not move here, which costs some power "
            "and keeps the others from being called drifting.\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
