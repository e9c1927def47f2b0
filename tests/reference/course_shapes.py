"""The made-up network of course_shapes.R, by the same arithmetic, as the analyses get it."""

import datetime as dt

import numpy as np
import pandas as pd

from workbench.quarters import DAYS_IN_A_QUARTER, quarter_labels

SITES, PEOPLE, QUARTERS = 12, 7, 8
FIRST_DAY = dt.datetime(2024, 1, 1)
NOW = float(QUARTERS)
GENERATIONS = np.array([1, 1, 1, 2, 2, 3, 3])


def uniforms(count: int, seed: int) -> np.ndarray:
    """Numbers from 0 to 1 by the generator of Park and Miller."""
    state, drawn = seed, np.empty(count)
    for i in range(count):
        state = (16807 * state) % 2147483647
        drawn[i] = state / 2147483647
    return drawn


def normals(count: int, seed: int) -> np.ndarray:
    """Nearly normal numbers: sums of twelve uniforms."""
    return uniforms(12 * count, seed).reshape(count, 12).sum(axis=1) - 6


def day(number: np.ndarray) -> pd.Series:
    """Dates of days since the first; missing where the number is not finite."""
    finite = np.where(np.isfinite(number), number, 0)
    dates = pd.Series(pd.Timestamp(FIRST_DAY) + pd.to_timedelta(finite, unit="D"))
    return dates.where(np.isfinite(number))


def name(kind: str, number: np.ndarray) -> pd.Series:
    return pd.Series([f"{kind}{one:03d}" for one in number], dtype="str")


def network() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Observations, practitioners and supports."""
    person = np.arange(SITES * PEOPLE)
    site, member = person // PEOPLE, person % PEOPLE
    generation = GENERATIONS[member]
    trained = np.where(member < 4, -100, 20 * member + 5 * site)
    left = np.where(member == 3, 400.0 + 10 * site, np.inf)
    booster = np.where(np.arange(SITES) < 6, 250.0 + 40 * np.arange(SITES), np.inf)

    who = np.repeat(person, QUARTERS * 2)
    place, count = site[who], len(who)
    number = np.tile(np.repeat(np.arange(QUARTERS), 2), len(person)) * 91
    number = number + np.floor(90 * uniforms(count, 11))
    supervisor = uniforms(count, 12) < 0.4
    time = number / DAYS_IN_A_QUARTER
    since = np.clip(number - booster[place], 0, None) / DAYS_IN_A_QUARTER
    fidelity = (
        70
        - 0.5 * time
        - 0.4 * (time - 4) ** 2
        + 2.5 * supervisor
        + 3 * (since > 0)
        + 0.5 * since
        + np.where(np.isfinite(left[who]), -4 - 0.3 * time, 0)
        - 2 * (generation[who] - 1)
        + 4 * normals(SITES, 21)[place]
        + normals(SITES, 22)[place] * time
        + 5 * normals(len(person), 23)[who]
        + 0.6 * normals(len(person), 24)[who] * time
        + 1.5 * normals(SITES * 2, 25)[place * 2 + supervisor]
        + 5 * normals(count, 26)
    )
    observations = pd.DataFrame(
        {
            "practitioner_id": name("P", who),
            "site_id": name("S", place),
            "rater_id": name("R", place * 2 + supervisor),
            "rater_role": np.where(supervisor, "supervisor", "independent"),
            "observed_on": day(number),
            "quarters": time,
            "fidelity": fidelity,
        }
    )
    seen = observations[(number > trained[who]) & (number < left[who])].reset_index(drop=True)
    # Generation 2 learnt from the site's first practitioner, generation 3 from its fourth.
    teacher = np.where(generation == 2, site * PEOPLE, site * PEOPLE + 3)
    practitioners = pd.DataFrame(
        {
            "practitioner_id": name("P", person),
            "site_id": name("S", site),
            "trained_on": day(trained.astype(float)),
            "trainer_id": name("P", teacher).where(pd.Series(generation > 1), "T001"),
            "left_on": day(left),
        }
    )
    supports = pd.DataFrame(
        {
            "occurred_on": day(booster[:6]),
            "kind": "training",
            "site_id": name("S", np.arange(6)),
        }
    )
    return seen.assign(quarter=quarter_labels(seen["observed_on"])), practitioners, supports
