"""Supports of the example network: who is coached, supervised, trained and certified again, when.

Whom coaching goes to can follow what was observed. Nothing here changes an observation by itself:
:func:`simulate_coached_observations` is for proving methods, and the example does not use it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.synthetic_effects import Effects
from workbench.data.synthetic_indication import CoachedInTurn, in_turn
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_service import DAYS_IN_A_MONTH, service_by_quarter
from workbench.data.synthetic_support_details import KIND, MINUTES, described

DAYS_IN_A_YEAR = 365.25
MOST_DAYS_OFF_THE_ANNIVERSARY = 20
COLUMNS = [
    "support_id",
    "occurred_on",
    "kind",
    "practitioner_id",
    "site_id",
    "minutes",
    "focus",
    "provided_by",
    "triggered_by_observation_id",
]


@dataclass(frozen=True)
class SimulatedSupports:
    """Acts of support, and the rates of coaching behind them.

    Attributes
    ----------
    acts
        ``support_id, occurred_on, kind, practitioner_id`` or ``site_id`` (the other is missing),
        ``minutes, focus, provided_by, triggered_by_observation_id``, in order of date.
    rates
        One row a practitioner and quarter of service: ``practitioner_id, site_id, number,
        quarter, begins, days, usual_rate`` (acts of coaching a month before it is drawn who may
        be coached in the quarter), ``rate`` (0 for those who may not), both without what a low
        observation adds.
    """

    acts: pd.DataFrame
    rates: pd.DataFrame


def simulate_supports(effects: Effects) -> pd.DataFrame:
    """One row a booster, in order of date: everyone at the site was trained and certified again.

    Returns
    -------
    DataFrame
        ``support_id, occurred_on, kind, site_id, minutes, focus``; no row without a booster.
    """
    boosted = effects.by_site[effects.by_site["boosted_on"].notna()]
    boosted = boosted.sort_values(["boosted_on", "site_id"], ignore_index=True)
    return pd.DataFrame(
        {
            "support_id": [f"B{number:04d}" for number in range(1, len(boosted) + 1)],
            "occurred_on": boosted["boosted_on"],
            "kind": KIND,
            "site_id": boosted["site_id"],
            "minutes": MINUTES,
            "focus": "skill",
        }
    )


def with_boosters(acts: pd.DataFrame, effects: Effects) -> pd.DataFrame:
    """All supports of a network in order of date: the planted boosters and everything else."""
    boosters = simulate_supports(effects).reindex(columns=COLUMNS)
    parts = [part for part in (boosters, acts) if len(part)] or [boosters]
    frame = pd.concat([part.astype({"minutes": "Int64"}) for part in parts])
    return frame.sort_values("occurred_on", kind="stable", ignore_index=True)


def simulate_coaching(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
    observations: pd.DataFrame | None = None,
) -> SimulatedSupports:
    """Acts of coaching, supervision, training and recertification over the series.

    Parameters
    ----------
    practitioners
        ``practitioner_id, site_id, supervisor_id, trained_on, certified_on, left_on``.
    by_site
        ``site_id`` and ``slope``, the points a quarter beside the network's slope.
    parameters
        Dates of the series and, in ``supports``, the truth.
    random
        Source of random numbers; each kind draws from a child of its own.
    observations
        Whose low fidelity sets off coaching, as :func:`synthetic_growth.observe` gives them; none
        by default. They stay as they are.
    """
    found = _simulate(practitioners, by_site, parameters, random, observations, 0.0, 1.0)
    return found[1]


def simulate_coached_observations(
    practitioners: pd.DataFrame,
    observations: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
    effect: float,
    half_life_months: float,
) -> tuple[pd.DataFrame, SimulatedSupports]:
    """Plant what coaching goes with, while coaching itself follows what was observed.

    The observations of a practitioner are taken in the order of their dates. Each gets what the
    acts before it go with; if it is low then, more acts may follow it, and those count from the
    next one on. Coaching thus goes to those who struggle, and those who struggle are also the ones
    who get better: people who are coached more stand lower, though each act adds.

    Parameters
    ----------
    practitioners, by_site, parameters, random
        As in :func:`simulate_coaching`.
    observations
        As :func:`synthetic_growth.observe` gives them.
    effect
        Points of fidelity on the day of an act, above 0 where coaching helps.
    half_life_months
        Months in which half of it is gone.

    Returns
    -------
    tuple
        Observations with ``dose`` (sum over earlier acts of coaching of 2 to the power of minus
        months over half-life), ``fidelity``, less what the network's usual rate would add in the
        long run and kept within 0 to 100, and ``limited`` made new; and the supports.
    """
    return _simulate(
        practitioners, by_site, parameters, random, observations, effect, half_life_months
    )


def _simulate(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
    observations: pd.DataFrame | None,
    effect: float,
    half_life_months: float,
) -> tuple[pd.DataFrame, SimulatedSupports]:
    rating, acting, following, others, describing = random.spawn(5)
    rates = coaching_rates(practitioners, by_site, parameters, rating)
    coached = _acts_at(rates, rates["rate"].to_numpy(), "coaching", acting)
    coached["triggered_by_observation_id"] = None
    seen = pd.DataFrame()
    if observations is not None:
        turn = CoachedInTurn(parameters, effect, half_life_months)
        seen, followed = in_turn(turn, practitioners, observations, coached, rates, following)
        coached = pd.concat([coached, followed], ignore_index=True) if len(followed) else coached
    talks = _acts_at(
        rates,
        np.full(len(rates), parameters.supports.supervision_a_month),
        "supervision",
        others,
    )
    parts = [
        coached,
        talks,
        _trainings(by_site, parameters, others),
        _recertifications(practitioners, parameters, others),
    ]
    frame = pd.concat([part for part in parts if len(part)] or [coached], ignore_index=True)
    acts = described(frame.reindex(columns=COLUMNS), practitioners, by_site, parameters,
                      describing)  # fmt: skip
    return seen, SimulatedSupports(acts, rates)


def coaching_rates(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Rate of coaching of each practitioner in each quarter, before anything is observed.

    Returns
    -------
    DataFrame
        As in :class:`SimulatedSupports`.
    """
    truth = parameters.supports
    service = service_by_quarter(practitioners, parameters)
    sites, people, count = len(by_site), len(practitioners), parameters.quarters
    number = service["number"].to_numpy()
    site = pd.Index(by_site["site_id"]).get_indexer(service["site_id"])
    person = pd.Index(practitioners["practitioner_id"]).get_indexer(service["practitioner_id"])
    own = truth.coaching_site_sd * random.standard_normal(sites)
    moving = truth.coaching_site_quarter_sd * random.standard_normal((sites, count))
    each = truth.coaching_practitioner_sd * random.standard_normal(people)
    trend = truth.coaching_trend + truth.coaching_follows_course * by_site["slope"].to_numpy()
    share = random.uniform(truth.share_coached_lowest, 1.0, (sites, count))[site, number]
    chosen = random.random((people, count))[person, number] < share
    part = own[site] + moving[site, number] + each[person]
    part = part + trend[site] * (number - (count - 1) / 2)
    rate = truth.coaching_a_month * np.exp(part)
    # A site may have nobody to coach in a quarter: then the share is 0 and nobody is chosen.
    spread = np.divide(rate, share, out=np.zeros_like(rate), where=share > 0)
    columns = ["practitioner_id", "site_id", "number", "quarter", "begins", "days"]
    return service[columns].assign(usual_rate=rate, rate=np.where(chosen, spread, 0.0))


def _acts_at(
    service: pd.DataFrame, rate: np.ndarray, kind: str, random: np.random.Generator
) -> pd.DataFrame:
    """Acts of a Poisson process with a rate a month for each row of service."""
    many = random.poisson(rate * service["days"].to_numpy() / DAYS_IN_A_MONTH)
    rows = service.loc[service.index.repeat(many)].reset_index(drop=True)
    day = np.floor(random.random(len(rows)) * rows["days"].to_numpy())
    return pd.DataFrame(
        {
            "occurred_on": rows["begins"] + pd.to_timedelta(day, unit="D"),
            "kind": kind,
            "practitioner_id": rows["practitioner_id"],
        }
    )


def _trainings(
    by_site: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    """Days of training for everyone in post at a site."""
    mean = parameters.supports.trainings_a_year * parameters.quarters / 4
    sites = np.repeat(by_site["site_id"].to_numpy(), random.poisson(mean, len(by_site)))
    length = (parameters.last_day - parameters.first_day).days + 1
    day = pd.to_timedelta(np.floor(random.random(len(sites)) * length), unit="D")
    on = pd.Timestamp(parameters.first_day) + day
    return pd.DataFrame({"occurred_on": on, "kind": "training", "site_id": sites})


def _recertifications(
    practitioners: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    """Certify some practitioners again about each anniversary of their first certification."""
    start, end = pd.Timestamp(parameters.first_day), pd.Timestamp(parameters.last_day)
    chosen = random.random(len(practitioners)) < parameters.supports.share_recertified
    people = practitioners[chosen & practitioners["certified_on"].notna()]
    earliest = people["certified_on"].min()
    years = 0 if pd.isna(earliest) else int((end - earliest).days / DAYS_IN_A_YEAR) + 1
    parts = [pd.DataFrame(columns=["occurred_on", "kind", "practitioner_id"])]
    for year in range(1, years + 1):
        off = random.integers(-MOST_DAYS_OFF_THE_ANNIVERSARY, MOST_DAYS_OFF_THE_ANNIVERSARY + 1,
                              len(people))  # fmt: skip
        days = np.rint(year * DAYS_IN_A_YEAR) + off
        on = people["certified_on"] + pd.to_timedelta(days, unit="D")
        there = (on >= start) & (on <= end) & ~(on > people["left_on"])
        rows = {"occurred_on": on, "kind": KIND, "practitioner_id": people["practitioner_id"]}
        parts.append(pd.DataFrame(rows)[there])
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)
