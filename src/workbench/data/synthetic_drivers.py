"""Driver assessments of the example network, tied to how fidelity moves at each site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from workbench.data.instruments import Instrument
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.quarters import Quarter, quarter_labels

LEVEL_OF_OTHER_DRIVERS = 65.0
SUPERVISORS_WHO_ANSWER = (1, 2)
SHARE_NOT_APPLICABLE = 0.02
NOTHING: Mapping[str, float] = MappingProxyType({})
POINTS_OF_A_DRIVER = 10.0
QUARTERS_AFTER = 2


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
    by_assessment
        ``site_id, assessed_quarter, name, score``: a driver's level at each assessment.
    """

    responses: pd.DataFrame
    levels: pd.DataFrame
    items: pd.DataFrame
    by_assessment: pd.DataFrame


def assess_drivers(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    instrument: Instrument,
    parameters: NetworkParameters,
    random: np.random.Generator,
    swings: Mapping[str, float] = NOTHING,
) -> DriverAssessments:
    """Assess every site in every second quarter, from the second on, and some before the first.

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
    swings
        Driver to the spread, in points, by which a site's level of it moves from one assessment
        to the next; none moves by default.
    """
    items = instrument.item_table()
    levels = _levels(by_site, list(dict.fromkeys(items["component"])), parameters, random)
    difficulty = parameters.driver_item_sd * random.standard_normal(len(items))
    asked = _respondents(practitioners, by_site, parameters, random)
    drivers = levels.pivot_table(index="site_id", columns="driver", values="level")
    names = list(dict.fromkeys(items["component"]))
    by_driver = drivers.loc[asked["site_id"], names].to_numpy()
    by_driver = by_driver + _swings(asked, names, swings, random)
    site_level = by_driver[:, pd.Index(names).get_indexer(items["component"])]
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
        _by_assessment(asked, names, by_driver),
    )


def with_driver_effect(
    observations: pd.DataFrame,
    scores: pd.DataFrame,
    driver_effect: Mapping[str, float] = NOTHING,
    quarters_after: int = QUARTERS_AFTER,
) -> pd.DataFrame:
    """Plant in the fidelity of observations what a driver goes with in the quarters after it.

    Parameters
    ----------
    observations
        As :func:`synthetic_growth.observe` gives them.
    scores
        ``site_id, assessed_quarter, name`` (of the driver), ``score`` (percent): as assessed, or
        as it truly was.
    driver_effect
        Driver to the points of fidelity for 10 points of it above the site's own mean; none by
        default.
    quarters_after
        How many quarters an assessment reaches, unless a newer one comes first.

    Returns
    -------
    DataFrame
        The observations with ``fidelity``, kept within 0 to 100, and ``limited`` made new.
    """
    added = np.zeros(len(observations))
    for driver, points in driver_effect.items():
        mine = scores[scores["name"] == driver]
        own = mine.groupby("site_id")["score"].transform("mean")
        above = (mine["score"] - own) / POINTS_OF_A_DRIVER
        at = dict(zip(zip(mine["site_id"], _number(mine["assessed_quarter"]), strict=True),
                      above, strict=True))  # fmt: skip
        seen = zip(observations["site_id"], _number(observations["quarter"]), strict=True)
        added += points * np.array([_latest(at, site, when, quarters_after) for site, when in seen])
    fidelity = observations["fidelity"] + added
    kept = fidelity.clip(0.0, 100.0)
    limited = observations["limited"] | (kept != fidelity)
    return observations.assign(fidelity=kept, limited=limited)


def _latest(above: dict[tuple[str, int], float], site: str, when: int, reach: int) -> float:
    return next(
        (above[site, when - ago] for ago in range(1, reach + 1) if (site, when - ago) in above), 0.0
    )


def _number(quarters: pd.Series) -> pd.Series:
    """Count of quarters up to each label."""
    return quarters.str[:4].astype(int) * 4 + quarters.str[-1].astype(int)


def _swings(
    asked: pd.DataFrame,
    drivers: list[str],
    swings: Mapping[str, float],
    random: np.random.Generator,
) -> np.ndarray:
    """Points by which each driver of a respondent's site stands beside its usual level."""
    if not swings:
        return np.zeros((1, 1))
    # A stream of its own, so that everything else is drawn as it is without swings.
    own = random.spawn(1)[0]
    codes, names = pd.factorize(asked["assessment_id"])
    moved = {driver: spread * own.standard_normal(len(names)) for driver, spread in swings.items()}
    still = np.zeros(len(names))
    return np.column_stack([moved.get(driver, still)[codes] for driver in drivers])


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


def _by_assessment(asked: pd.DataFrame, names: list[str], by_driver: np.ndarray) -> pd.DataFrame:
    quarters = quarter_labels(asked["assessed_on"])
    wide = pd.DataFrame(by_driver, columns=names)
    keys = {"site_id": asked["site_id"], "assessed_quarter": quarters}
    once = wide.assign(**keys).drop_duplicates(list(keys))
    return once.melt(list(keys), var_name="name", value_name="score")


def _respondents(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """One row a respondent and assessment, with the day of the assessment."""
    sites = by_site["site_id"].to_list()
    shares = dict(
        zip(sites, random.uniform(parameters.share_who_answer, 1.0, len(sites)), strict=True)
    )
    rows: list[dict[str, object]] = []
    for quarter, site in _assessments(sites, parameters, random):
        day = pd.Timestamp(quarter.first_day) + pd.Timedelta(days=int(random.integers(10, 80)))
        people = _in_post(practitioners, site, day)
        heads = sorted(
            practitioners.loc[practitioners["site_id"] == site, "supervisor_id"].unique()
        )
        wanted = round(shares[site] * len(people))
        asked = [("practitioner", one) for one in _some(people, wanted, random)]
        heads_asked = int(random.integers(*SUPERVISORS_WHO_ANSWER, endpoint=True))
        asked += [("supervisor", one) for one in _some(heads, heads_asked, random)]
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


def _assessments(
    sites: list[str], parameters: NetworkParameters, random: np.random.Generator
) -> list[tuple[Quarter, str]]:
    """Quarter and site of every assessment, those before the first quarter included."""
    first = Quarter.from_label(parameters.first_quarter)
    count = round(parameters.share_assessed_before * len(sites))
    early = [sites[place] for place in sorted(random.permutation(len(sites))[:count])]
    start = min(1, parameters.quarters - 1)
    later = range(start, parameters.quarters, parameters.quarters_between_assessments)
    return [(first.plus(-1), site) for site in early] + [
        (first.plus(number), site) for number in later for site in sites
    ]


def _in_post(practitioners: pd.DataFrame, site: str, day: pd.Timestamp) -> list[str]:
    there = (practitioners["site_id"] == site) & (practitioners["trained_on"] <= day)
    there &= ~(practitioners["left_on"] < day)
    return sorted(practitioners.loc[there, "practitioner_id"])


def _some(people: list[str], wanted: int, random: np.random.Generator) -> list[str]:
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
