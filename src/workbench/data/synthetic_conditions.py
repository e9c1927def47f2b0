"""Working conditions of the example network: pressures with known spreads, and what they go with.

In the example the conditions go with how sites move, but add nothing to the fidelity drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_reinforcement import Pressure
from workbench.data.synthetic_service import USUAL_RATERS, service_by_quarter
from workbench.data.synthetic_support_effects import with_points

NOTHING: Mapping[str, float] = MappingProxyType({})
KEYS = ["practitioner_id", "site_id", "period_start"]
PRESSURES = (
    "caseload",
    "supervisor_span",
    "documentation_hours",
    "vacancy_rate",
    "turnover_rate",
    "productivity_percent",
    "crises",
)
QUARTERS_A_ROW_HOLDS = 2


@dataclass(frozen=True)
class SimulatedConditions:
    """Working conditions as the table hands them in, and the truth behind them.

    Attributes
    ----------
    table
        The ``work_conditions`` table: a row a practitioner and quarter of service; for the sites
        that hand in whole sites, a row a site and quarter with the means over practitioners.
    by_practitioner
        ``practitioner_id, site_id, number, quarter, period_start`` and every pressure, for all.
    """

    table: pd.DataFrame
    by_practitioner: pd.DataFrame


def simulate_conditions(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> SimulatedConditions:
    """Pressures on each practitioner in each quarter of service.

    Parameters
    ----------
    practitioners
        ``practitioner_id, site_id, supervisor_id, trained_on, left_on``.
    by_site
        ``site_id`` and ``slope``, the points a quarter beside the network's slope.
    parameters
        Dates of the series and, in ``conditions``, the truth.
    random
        Source of random numbers.
    """
    truth = parameters.conditions
    service = service_by_quarter(practitioners, parameters)
    columns = ["practitioner_id", "site_id", "number", "quarter", "period_start"]
    frame = service[columns].copy()
    site = pd.Index(by_site["site_id"]).get_indexer(frame["site_id"])
    person = pd.Index(practitioners["practitioner_id"]).get_indexer(frame["practitioner_id"])
    number = frame["number"].to_numpy()
    names = list(truth.pressures)
    sites, people, count = len(by_site), len(practitioners), parameters.quarters
    of_site = _alike((sites,), names, truth.correlation, random)[site]
    of_person = _alike((people,), names, truth.correlation, random)[person]
    at_site = _alike((sites, count), names, truth.correlation, random)[site, number]
    at_person = _alike((people, count), names, truth.correlation, random)[person, number]
    fall = -by_site["slope"].to_numpy()[site] * (number - (count - 1) / 2)
    for place, (name, one) in enumerate(truth.pressures.items()):
        own = 0.0 if one.shared else one.practitioners * of_person[:, place]
        now = (at_site if one.shared else at_person)[:, place]
        value = one.usual + one.sites * of_site[:, place] + own + one.quarters * now
        frame[name] = _written(value + one.follows_course * fall, one)
    whole = round(truth.share_of_sites_as_whole * sites)
    chosen = by_site["site_id"].iloc[np.sort(random.permutation(sites)[:whole])]
    return SimulatedConditions(_table(frame, set(chosen), truth.pressures), frame)


def with_pressure_effect(
    observations: pd.DataFrame,
    conditions: pd.DataFrame,
    effect: Mapping[str, float],
    between: Mapping[str, float] = NOTHING,
    on_slope: Mapping[str, float] = NOTHING,
) -> pd.DataFrame:
    """Plant in fidelity what pressures at work go with, within and between practitioners.

    Parameters
    ----------
    observations
        As :func:`synthetic_growth.observe` gives them.
    conditions
        The ``work_conditions`` table. An observation gets the latest row of its practitioner that
        began within two quarters, else of its site; without one nothing is planted in it.
    effect
        Pressure to the points for one unit above the practitioner's own mean.
    between
        Pressure to the points for one unit by which that mean lies above the mean of the
        practitioners; none by default.
    on_slope
        Pressure to the points a quarter for the same unit; none by default.

    Returns
    -------
    DataFrame
        The observations with ``fidelity``, kept within 0 to 100, and ``limited`` made new. Means
        are over the observations of a practitioner by independent raters and supervisors.
    """
    names = list(dict.fromkeys([*effect, *between, *on_slope]))
    under = conditions_at(observations, conditions, names)
    usual = observations["rater_role"].isin(USUAL_RATERS).to_numpy()
    people = observations["practitioner_id"].to_numpy()
    means = under[usual].groupby(people[usual]).mean()
    own = means.reindex(people).set_axis(under.index)
    within, beside = (under - own).fillna(0.0), (own - means.mean()).fillna(0.0)
    time = observations["quarters"].to_numpy()
    added = np.zeros(len(observations))
    for name in names:
        added += effect.get(name, 0.0) * within[name].to_numpy()
        added += between.get(name, 0.0) * beside[name].to_numpy()
        added += on_slope.get(name, 0.0) * beside[name].to_numpy() * time
    return with_points(observations, added)


def conditions_at(
    observations: pd.DataFrame, conditions: pd.DataFrame, names: list[str]
) -> pd.DataFrame:
    """Pressures that held at each observation: rows as in ``observations``, a column a name."""
    days = observations[["observed_on", "practitioner_id", "site_id"]].reset_index(drop=True)
    own = conditions[conditions["practitioner_id"].notna()]
    whole = conditions[conditions["practitioner_id"].isna()]
    found = _latest(days, own, "practitioner_id", names)
    none = found.isna().all(axis=1)
    found = found.where(~none, _latest(days, whole, "site_id", names))
    return found.set_axis(observations.index)


def _latest(days: pd.DataFrame, rows: pd.DataFrame, unit: str, names: list[str]) -> pd.DataFrame:
    """Latest row of a unit at each day that began in the same quarter or the one before."""
    if rows.empty:
        return pd.DataFrame(np.nan, index=days.index, columns=names)
    pairs = (
        days.rename_axis("row")
        .reset_index()[["row", "observed_on", unit]]
        .merge(rows[[unit, "period_start", *names]], on=unit)
    )
    over = pairs["period_start"] + pd.DateOffset(months=3 * QUARTERS_A_ROW_HOLDS)
    pairs = pairs[(pairs["period_start"] <= pairs["observed_on"]) & (pairs["observed_on"] < over)]
    last = pairs.sort_values("period_start", kind="stable").drop_duplicates("row", keep="last")
    return last.set_index("row")[names].reindex(days.index)


def _alike(
    shape: tuple[int, ...], names: list[str], correlation: float, random: np.random.Generator
) -> np.ndarray:
    """Draw standard normal numbers, the last axis by name, any two names correlated alike."""
    common = random.standard_normal((*shape, 1))
    own = random.standard_normal((*shape, len(names)))
    return np.asarray(np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own)


def _written(value: np.ndarray, one: Pressure) -> np.ndarray:
    return np.round(np.clip(value, 0.0, one.highest), one.decimals)


def _table(frame: pd.DataFrame, whole: set[str], pressures: Mapping[str, Pressure]) -> pd.DataFrame:
    at_whole = frame["site_id"].isin(whole)
    single = frame[~at_whole].assign(site_id=None)
    keys = ["site_id", "period_start"]
    means = frame[at_whole].groupby(keys, as_index=False)[list(pressures)].mean()
    for name, one in pressures.items():
        means[name] = np.round(means[name], one.decimals)
    means = means.assign(practitioner_id=None)
    parts = [part for part in (single, means) if len(part)] or [single]
    both = pd.concat([part.reindex(columns=[*KEYS, *PRESSURES]) for part in parts])
    table = both.sort_values(["period_start", "site_id", "practitioner_id"], kind="stable")
    for name in PRESSURES:
        known = pressures.get(name)
        if known is not None and known.decimals == 0:
            table[name] = table[name].astype("Int64")
    return table.reset_index(drop=True)
