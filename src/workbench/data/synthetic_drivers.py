"""Driver assessments of the example network, tied to how fidelity moves at each site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.instruments import Instrument
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.quarters import Quarter

LEVEL_OF_OTHER_DRIVERS = 65.0
PRACTITIONERS_WHO_ANSWER = (3, 6)
SUPERVISORS_WHO_ANSWER = (1, 2)
SHARE_NOT_APPLICABLE = 0.02


@dataclass(frozen=True)
class DriverAssessments:
    """What was answered, and the truth behind it.

    Attributes
    ----------
    responses
        The ``driver_responses`` table without the instrument's name.
    levels
        ``site_id, driver, level``: percent of full points as practitioners would give it.
    items
        ``item_id, difficulty``: points by which a best practice stands above its driver.
    """

    responses: pd.DataFrame
    levels: pd.DataFrame
    items: pd.DataFrame


def assess_drivers(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    instrument: Instrument,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> DriverAssessments:
    """Assess every site in every second quarter, from the second quarter on.

    Parameters
    ----------
    practitioners
        The network's practitioners, with dates.
    by_site
        ``site_id`` and ``slope``, the points a quarter beside the network's slope.
    instrument
        Best practices on a scale of whole numbers from 0.
    parameters
        Driver levels, role effects and spreads.
    random
        Source of random numbers.
    """
    items = instrument.item_table()
    levels = _levels(by_site, list(dict.fromkeys(items["component"])), parameters, random)
    difficulty = parameters.driver_item_sd * random.standard_normal(len(items))
    asked = _respondents(practitioners, by_site, parameters, random)
    drivers = levels.pivot_table(index="site_id", columns="driver", values="level")
    site_level = drivers.loc[asked["site_id"], items["component"]].to_numpy()
    person = asked["respondent_role"].map(dict(parameters.driver_role_effects)).to_numpy()
    person = person + parameters.driver_respondent_sd * random.standard_normal(len(asked))
    percent = np.clip(site_level + difficulty + person[:, None], 0, 100)
    full = instrument.scale.highest
    noise = parameters.driver_response_sd * random.standard_normal(percent.shape)
    points = np.clip(np.rint(percent / 100 * full + noise), 0, full).astype(int)
    return DriverAssessments(
        _long(asked, items, points, instrument, parameters, random),
        levels,
        pd.DataFrame({"item_id": items["item_id"], "difficulty": difficulty}),
    )


def _levels(
    by_site: pd.DataFrame,
    drivers: list[str],
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    count = len(by_site)
    site = parameters.driver_site_sd * random.standard_normal(count)
    own = parameters.driver_site_by_driver_sd * random.standard_normal((count, len(drivers)))
    rows = []
    for number, driver in enumerate(drivers):
        link = parameters.driver_link if driver in parameters.linked_drivers else 0.0
        usual = parameters.driver_levels.get(driver, LEVEL_OF_OTHER_DRIVERS)
        level = usual + site + own[:, number] + link * by_site["slope"].to_numpy()
        rows.append(
            pd.DataFrame(
                {
                    "site_id": by_site["site_id"],
                    "driver": driver,
                    "level": np.clip(level, 5.0, 95.0),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _respondents(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """One row a respondent and assessment, with the day of the assessment."""
    first = Quarter.from_label(parameters.first_quarter)
    step = parameters.quarters_between_assessments
    rows = []
    for number in range(min(1, parameters.quarters - 1), parameters.quarters, step):
        quarter = first.plus(number)
        for site in by_site["site_id"]:
            day = pd.Timestamp(quarter.first_day) + pd.Timedelta(days=int(random.integers(10, 80)))
            people = _in_post(practitioners, site, day)
            heads = sorted(
                practitioners.loc[practitioners["site_id"] == site, "supervisor_id"].unique()
            )
            asked = [
                ("practitioner", one) for one in _some(people, PRACTITIONERS_WHO_ANSWER, random)
            ]
            asked += [("supervisor", one) for one in _some(heads, SUPERVISORS_WHO_ANSWER, random)]
            asked += [("manager", f"MG{site}"), ("leader", f"LD{site}")]
            rows += [
                {
                    "assessment_id": f"D{site}-{quarter}",
                    "respondent_id": person,
                    "respondent_role": role,
                    "site_id": site,
                    "assessed_on": day,
                }
                for role, person in asked
            ]
    return pd.DataFrame(rows)


def _in_post(practitioners: pd.DataFrame, site: str, day: pd.Timestamp) -> list[str]:
    there = (practitioners["site_id"] == site) & (practitioners["trained_on"] <= day)
    there &= ~(practitioners["left_on"] < day)
    return sorted(practitioners.loc[there, "practitioner_id"])


def _some(people: list[str], limits: tuple[int, int], random: np.random.Generator) -> list[str]:
    wanted = min(int(random.integers(limits[0], limits[1] + 1)), len(people))
    chosen = random.permutation(len(people))[:wanted]
    return [people[number] for number in sorted(chosen)]


def _long(
    asked: pd.DataFrame,
    items: pd.DataFrame,
    points: np.ndarray,
    instrument: Instrument,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    text = np.array([str(number) for number in range(points.max() + 1)], dtype=object)[points]
    luck = random.random(points.shape)
    if instrument.scale.not_applicable:
        text[luck < SHARE_NOT_APPLICABLE] = instrument.scale.not_applicable[0]
    text[luck > 1 - parameters.share_empty] = None
    count, width = points.shape
    long = asked.loc[asked.index.repeat(width)].reset_index(drop=True)
    return long.assign(
        item_id=np.tile(items["item_id"].to_numpy(), count),
        response=pd.Series(text.reshape(-1), dtype="str"),
    )
