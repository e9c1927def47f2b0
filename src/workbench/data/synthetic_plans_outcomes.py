"""Practice of the example network's practitioners by quarter, and outcomes that rest on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_plan_parameters import RATINGS, PlanParameters
from workbench.data.synthetic_plans_openings import Calendar
from workbench.data.synthetic_service import USUAL_RATERS, service_by_quarter
from workbench.quarters import Quarter

STAYED = "families who stay to the end (percent)"
KEPT = "placements kept (percent)"
FEWEST_DAYS_IN_SERVICE = 60
OUTCOMES = ["subject", "subject_id", "period_start", "measure", "value"]


def practice_by_quarter(
    practitioners: pd.DataFrame, observations: pd.DataFrame, parameters: NetworkParameters
) -> np.ndarray:
    """Fidelity of each practitioner in each quarter of the series: (practitioners, quarters).

    It is the mean of what was to be expected on the days of observation or, if
    ``link_rests_on`` says so, of the ratings. Quarters without an observation are filled in from
    those around them; somebody never observed has the network's mean.
    """
    column, seen = "expected", observations
    if parameters.plans.link_rests_on == RATINGS:
        column, seen = "fidelity", observations[observations["rater_role"].isin(USUAL_RATERS)]
    first = Quarter.from_label(parameters.first_quarter)
    labels = [str(first.plus(number)) for number in range(parameters.quarters)]
    person = pd.Index(practitioners["practitioner_id"]).get_indexer(
        pd.Index(seen["practitioner_id"])
    )
    quarter = pd.Index(labels).get_indexer(pd.Index(seen["quarter"]))
    known = (person >= 0) & (quarter >= 0)
    shape = (len(practitioners), len(labels))
    sums, counts = np.zeros(shape), np.zeros(shape)
    place = (person[known], quarter[known])
    np.add.at(sums, place, seen[column].to_numpy()[known])
    np.add.at(counts, place, 1)
    network = sums.sum() / counts.sum() if counts.sum() else parameters.level
    levels = np.full(shape, network)
    numbers = np.arange(len(labels))
    for one in np.flatnonzero(counts.any(axis=1)):
        there = np.flatnonzero(counts[one])
        levels[one] = np.interp(numbers, there, sums[one, there] / counts[one, there])
    return levels


def in_quarter_before(levels: np.ndarray, calendar: Calendar) -> np.ndarray:
    """Levels in the quarter before each quarter of the record; the first has none before it."""
    count = len(calendar.quarter_starts) - 1
    return levels[:, np.maximum(np.arange(calendar.before, calendar.before + count) - 1, 0)]


def simulate_outcomes(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    levels: np.ndarray,
    parameters: NetworkParameters,
    calendar: Calendar,
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the ``outcomes`` table, and one row a practitioner of what lies behind it.

    Parameters
    ----------
    practitioners, by_site
        Of the network.
    levels
        From :func:`practice_by_quarter`.
    parameters, calendar, random
        Parameters, days of the record, and source of random numbers.

    Returns
    -------
    tuple
        ``subject, subject_id, period_start, measure, value``; and ``practitioner_id, mean`` (of
        fidelity over the series), ``outcome_effect``.
    """
    truth = parameters.plans
    own = truth.outcome_practitioner_sd * random.standard_normal(len(practitioners))
    before = in_quarter_before(levels, calendar)
    mean = levels.mean(axis=1)
    value = (
        truth.outcome_base
        + truth.outcome_within * (before - mean[:, None])
        + truth.outcome_between * (mean - mean.mean())[:, None]
        + own[:, None]
        + truth.outcome_sd * random.standard_normal(before.shape)
    )
    person, quarter = np.nonzero(_in_service(practitioners, parameters, calendar))
    names = practitioners["practitioner_id"].to_numpy()
    starts = calendar.quarter_starts[:-1]
    by_practitioner = _rows("practitioner", names[person], STAYED, value[person, quarter])
    by_practitioner["period_start"] = calendar.dates(starts[quarter])
    of_sites = _of_sites(practitioners, by_site, before, truth, random)
    site, number = np.nonzero(np.isfinite(of_sites))
    kept = _rows("site", by_site["site_id"].to_numpy()[site], KEPT, of_sites[site, number])
    kept["period_start"] = calendar.dates(starts[number])
    parts = [part for part in (by_practitioner, kept) if len(part)] or [by_practitioner]
    behind = {"practitioner_id": names, "mean": mean, "outcome_effect": own}
    return pd.concat(parts, ignore_index=True)[OUTCOMES], pd.DataFrame(behind)


def _in_service(
    practitioners: pd.DataFrame, parameters: NetworkParameters, calendar: Calendar
) -> np.ndarray:
    """Whether each practitioner served most of each quarter of the record."""
    there = np.zeros((len(practitioners), len(calendar.quarter_starts) - 1), bool)
    service = service_by_quarter(practitioners, parameters)
    enough = (service["days"] >= FEWEST_DAYS_IN_SERVICE) & (service["number"] >= calendar.before)
    chosen = service[enough]
    person = pd.Index(practitioners["practitioner_id"]).get_indexer(
        pd.Index(chosen["practitioner_id"])
    )
    there[person, chosen["number"].to_numpy() - calendar.before] = True
    return there


def _of_sites(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    before: np.ndarray,
    truth: PlanParameters,
    random: np.random.Generator,
) -> np.ndarray:
    """Value of each site and quarter: (sites, quarters)."""
    member = by_site["site_id"].to_numpy()[:, None] == practitioners["site_id"].to_numpy()
    means = member @ before / np.maximum(member.sum(axis=1, keepdims=True), 1)
    centre = before.mean() if before.size else 0.0
    own = truth.site_outcome_site_sd * random.standard_normal((len(by_site), 1))
    noise = truth.site_outcome_sd * random.standard_normal(means.shape)
    return truth.site_outcome_base + truth.site_outcome_link * (means - centre) + own + noise


def _rows(subject: str, names: np.ndarray, measure: str, value: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subject": subject,
            "subject_id": names,
            "measure": measure,
            "value": np.round(np.clip(value, 0.0, 100.0), 1),
        }
    )
