"""Sites and people of the example network."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters

# Three names hold an apostrophe, an ampersand or an accent: reports must print them as they are.
SITE_NAMES = (
    "Alder Bridge",
    "Birch Hollow",
    "Cedar Point",
    "Elm & Oak",
    "Fern Valley",
    "Heron's Rest",
    "Juniper Hill",
    "Larch Green",
    "Maple Crossing",
    "Peña Blanca",
    "Rowan Street",
    "Willow Bend",
)
PROGRAMME_TRAINERS = ("T01", "T02", "T03")
DAYS_SITE_OPEN = (1500, 2600)
DAYS_TO_FULL_IMPLEMENTATION = 1800
DAYS_BEFORE = (60, 1500)
DAYS_TO_TRAINING = (10, 40)
DAYS_TO_CERTIFICATION = (120, 270)
LAST_QUARTERS_WITHOUT_HIRING = 3
SHORTEST_STAY = 200


def make_sites(parameters: NetworkParameters, random: np.random.Generator) -> pd.DataFrame:
    """One row a site: ``site_id`` (001, 002, ...), name, region, dates and stage."""
    count = parameters.sites
    days_open = random.integers(*DAYS_SITE_OPEN, count)
    opened = [parameters.first_day - dt.timedelta(days=int(days)) for days in days_open]
    return pd.DataFrame(
        {
            "site_id": [f"{number:03d}" for number in range(1, count + 1)],
            "site_name": [
                SITE_NAMES[number] if number < len(SITE_NAMES) else f"Site {number + 1}"
                for number in range(count)
            ],
            "region_id": [f"{number % parameters.regions + 1:02d}" for number in range(count)],
            "opened_on": opened,
            "stage": [
                "full implementation"
                if days > DAYS_TO_FULL_IMPLEMENTATION
                else "initial implementation"
                for days in days_open
            ],
            "stage_since": [day + dt.timedelta(days=400) for day in opened],
        }
    )


def make_practitioners(
    sites: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    """One row a practitioner: site, supervisor, and days of hiring, training and leaving.

    Most are hired before the first quarter, the others one after another later on; some leave.
    """
    sizes = random.integers(
        parameters.fewest_practitioners, parameters.most_practitioners + 1, len(sites)
    )
    site = np.repeat(np.arange(len(sites)), sizes)
    count = len(site)
    frame = pd.DataFrame(
        {
            "practitioner_id": [f"{number:04d}" for number in range(1, count + 1)],
            "site_id": sites["site_id"].to_numpy()[site],
            "supervisor_id": _supervisors(site, parameters),
            "role": "facilitator",
            "hired_on": _hiring(count, parameters, random),
        }
    )
    frame["trained_on"] = _later(frame["hired_on"], DAYS_TO_TRAINING, random)
    frame["trainer_id"] = np.array(PROGRAMME_TRAINERS)[
        random.integers(0, len(PROGRAMME_TRAINERS), count)
    ]
    frame["left_on"] = _leaving(frame["trained_on"], parameters, random)
    certified = _later(frame["trained_on"], DAYS_TO_CERTIFICATION, random)
    last = frame["left_on"].fillna(pd.Timestamp(parameters.last_day))
    frame["certified_on"] = certified.where(certified <= last)
    return frame


def _supervisors(site: np.ndarray, parameters: NetworkParameters) -> list[str]:
    within = np.arange(len(site)) - np.searchsorted(site, site)
    number = site * parameters.supervisors_a_site + within % parameters.supervisors_a_site
    return [f"S{one + 1:02d}" for one in number]


def _hiring(
    count: int, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DatetimeIndex:
    before = random.random(count) < parameters.share_hired_before
    early = -random.integers(*DAYS_BEFORE, count)
    span = max(parameters.quarters - LAST_QUARTERS_WITHOUT_HIRING, 1) * 91
    late = random.integers(0, span, count)
    return pd.Timestamp(parameters.first_day) + pd.to_timedelta(
        np.where(before, early, late), unit="D"
    )


def _later(dates: pd.Series, days: tuple[int, int], random: np.random.Generator) -> pd.Series:
    return dates + pd.to_timedelta(random.integers(*days, len(dates)), unit="D")


def _leaving(
    trained: pd.Series, parameters: NetworkParameters, random: np.random.Generator
) -> pd.Series:
    """Day of leaving: never before the first quarter, never within the shortest stay."""
    start = pd.Timestamp(parameters.first_day)
    earliest = trained.where(trained > start, start) + pd.Timedelta(days=SHORTEST_STAY)
    left = pd.Timestamp(parameters.last_day) - earliest
    leaves = (random.random(len(trained)) < parameters.share_who_leave) & (left.dt.days > 0)
    days = np.floor(random.random(len(trained)) * left.dt.days.clip(lower=0))
    return (earliest + pd.to_timedelta(days, unit="D")).where(leaves)
