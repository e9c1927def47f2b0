"""What support goes with, planted in observations whose acts are known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_service import DAYS_IN_A_MONTH, service_by_quarter

MONTHS_IN_A_QUARTER = 3


def dose_of(observations: pd.DataFrame, acts: pd.DataFrame, half_life_months: float) -> np.ndarray:
    """Dose at each observation: sum over earlier acts of 2 to the power of -months / half-life.

    Acts that name no practitioner don't count, nor do acts of the same day.
    """
    seen = observations[["practitioner_id", "observed_on"]].reset_index(drop=True)
    given = acts.loc[acts["practitioner_id"].notna(), ["practitioner_id", "occurred_on"]]
    pairs = seen.rename_axis("row").reset_index().merge(given, on="practitioner_id")
    pairs = pairs[pairs["occurred_on"] < pairs["observed_on"]]
    months = (pairs["observed_on"] - pairs["occurred_on"]).dt.days / DAYS_IN_A_MONTH
    left = np.exp2(-months.to_numpy(dtype=float) / half_life_months)
    return np.bincount(pairs["row"].to_numpy(dtype=int), weights=left, minlength=len(seen))


def with_support_effect(
    observations: pd.DataFrame,
    acts: pd.DataFrame,
    effect: float,
    half_life_months: float,
    kind: str = "coaching",
) -> pd.DataFrame:
    """Plant in fidelity what earlier acts of support go with, which fades by half-lives.

    Each practitioner's own mean of it is taken off, so that levels stay: people who get more don't
    stand higher. :func:`synthetic_supports.simulate_coached_observations` keeps that difference.

    Parameters
    ----------
    observations
        As :func:`synthetic_growth.observe` gives them.
    acts
        ``occurred_on, kind, practitioner_id``.
    effect
        Points of fidelity on the day of an act.
    half_life_months
        Months of 30.4 days in which half of it is gone.
    kind
        Kind of support that counts.

    Returns
    -------
    DataFrame
        The observations with ``fidelity``, kept within 0 to 100, and ``limited`` made new.
    """
    dose = dose_of(observations, acts[acts["kind"] == kind], half_life_months)
    own = pd.Series(dose).groupby(observations["practitioner_id"].to_numpy()).transform("mean")
    return with_points(observations, effect * (dose - own.to_numpy()))


def with_certification_decay(
    observations: pd.DataFrame,
    dates: pd.DataFrame,
    jump: float,
    half_life_months: float,
) -> pd.DataFrame:
    """Plant in fidelity what the latest certification goes with, which starts anew at the next.

    Parameters
    ----------
    observations
        As :func:`synthetic_growth.observe` gives them.
    dates
        ``practitioner_id, occurred_on``: a row a certification; before the first nothing is added.
    jump
        Points of fidelity on the day of a certification.
    half_life_months
        Months in which half of it is gone.

    Returns
    -------
    DataFrame
        The observations with ``fidelity``, kept within 0 to 100, and ``limited`` made new.
    """
    seen = observations[["practitioner_id", "observed_on"]].reset_index(drop=True)
    given = dates[["practitioner_id", "occurred_on"]].dropna()
    pairs = seen.rename_axis("row").reset_index().merge(given, on="practitioner_id")
    pairs = pairs[pairs["occurred_on"] <= pairs["observed_on"]]
    days = (pairs["observed_on"] - pairs["occurred_on"]).dt.days
    latest = days.groupby(pairs["row"].to_numpy()).min().reindex(seen.index)
    left = np.exp2(-latest.to_numpy(dtype=float) / DAYS_IN_A_MONTH / half_life_months)
    return with_points(observations, jump * np.nan_to_num(left))


def site_support(
    acts: pd.DataFrame,
    practitioners: pd.DataFrame,
    parameters: NetworkParameters,
    kind: str = "coaching",
) -> pd.DataFrame:
    """Support of a kind at each site in each quarter: how often, for how many, and in total so far.

    Returns
    -------
    DataFrame
        One row a site and quarter with anybody in service: ``site_id, quarter, frequency`` (acts a
        month for each practitioner in service), ``visits`` (days a month with any act at the
        site), ``coverage`` (share, 0 to 1, of those in service with any act), ``total`` (acts from
        the start of the series to the end of the quarter), ``practitioners``.
    """
    service = service_by_quarter(practitioners, parameters)
    own = acts[(acts["kind"] == kind) & acts["practitioner_id"].notna()]
    rows = service.merge(own[["practitioner_id", "occurred_on"]], on="practitioner_id")
    length = pd.to_timedelta(rows["days"], unit="D")
    rows = rows[rows["occurred_on"].between(rows["begins"], rows["begins"] + length, "left")]
    keys = ["site_id", "number", "quarter"]
    found = service.groupby(keys).agg(
        practitioners=("practitioner_id", "nunique"), days=("days", "sum")
    )
    held = rows.groupby(keys).agg(
        acts=("occurred_on", "size"),
        dates=("occurred_on", "nunique"),
        covered=("practitioner_id", "nunique"),
    )
    found = found.join(held).fillna(0).reset_index()
    return pd.DataFrame(
        {
            "site_id": found["site_id"],
            "quarter": found["quarter"],
            "frequency": found["acts"] / found["days"] * DAYS_IN_A_MONTH,
            "visits": found["dates"] / MONTHS_IN_A_QUARTER,
            "coverage": found["covered"] / found["practitioners"],
            "total": found.groupby("site_id")["acts"].cumsum(),
            "practitioners": found["practitioners"],
        }
    )


def with_site_frequency_effect(
    observations: pd.DataFrame, by_site_quarter: pd.DataFrame, effect: Mapping[str, float]
) -> pd.DataFrame:
    """Plant in fidelity what a site's support in the same quarter goes with.

    With points for ``frequency`` and ``coverage`` and none for ``total`` this is the pattern that
    was published for the BetterBirth programme: how often and for how many, not how much in all.

    Parameters
    ----------
    observations
        As :func:`synthetic_growth.observe` gives them.
    by_site_quarter
        ``site_id, quarter`` and a column for each name in ``effect``, as :func:`site_support`
        gives them.
    effect
        Column to the points of fidelity for one unit of it above the mean of all rows.

    Returns
    -------
    DataFrame
        The observations with ``fidelity``, kept within 0 to 100, and ``limited`` made new.
    """
    names = list(effect)
    above = by_site_quarter[names] - by_site_quarter[names].mean()
    points = (above * pd.Series(effect, dtype=float)).sum(axis=1)
    known = points.set_axis(pd.MultiIndex.from_frame(by_site_quarter[["site_id", "quarter"]]))
    wanted = pd.MultiIndex.from_frame(observations[["site_id", "quarter"]])
    return with_points(observations, known.reindex(wanted).fillna(0.0).to_numpy())


def with_points(observations: pd.DataFrame, added: np.ndarray) -> pd.DataFrame:
    """Observations with points added to fidelity, kept within 0 to 100, and ``limited`` made new.

    Points are given in the order of the rows.
    """
    fidelity = observations["fidelity"] + added
    kept = fidelity.clip(0.0, 100.0)
    return observations.assign(fidelity=kept, limited=observations["limited"] | (kept != fidelity))
