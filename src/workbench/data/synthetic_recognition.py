"""What the example's organisation rewards: ratings with known weights on practice and on the rest.

The rating rests on practice as it was truly observed and scored in the period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_service import USUAL_RATERS, service_by_quarter

KEPT = ("productivity_percent", "documentation_compliance", "attendance")
"""What the table itself holds beside the rating."""
HIGHEST = {"productivity_percent": 300.0, "documentation_compliance": 100.0, "attendance": 100.0}
COLUMNS = ["practitioner_id", "period_start", "rating", *KEPT]


@dataclass(frozen=True)
class SimulatedRecognition:
    """Ratings as the table hands them in, and the truth behind them.

    Attributes
    ----------
    table
        The ``recognition`` table: one row a practitioner and period of service.
    truth
        One row a row of the table: ``practitioner_id, period_start, seen`` (whether practice was
        observed in the period); the standard score of each thing that has a weight and is known
        (0 for practice that was not seen); ``told`` (points of rating that these make), ``noise``.
    """

    table: pd.DataFrame
    truth: pd.DataFrame


def simulate_recognition(
    practitioners: pd.DataFrame,
    components: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
    conditions: pd.DataFrame | None = None,
) -> SimulatedRecognition:
    """Ratings of every practitioner in every period of service, in order of period and code.

    Parameters
    ----------
    practitioners
        ``practitioner_id, site_id, supervisor_id, trained_on, left_on``.
    components
        One row an observation and component: ``practitioner_id, quarter, component, fidelity``
        (percent), as :func:`synthetic_components.simulate_components` gives them. Of
        ``rater_role``, where there is one, only independent raters and supervisors count.
    parameters
        Dates of the series and, in ``recognition``, the truth.
    random
        Source of random numbers.
    conditions
        ``practitioner_id, quarter, productivity_percent``, whose mean over the period is the
        productivity; drawn by default.

    Notes
    -----
    Standard scores have mean 0 and spread 1 over the rows of the table that know the thing.
    """
    truth = parameters.recognition
    service = service_by_quarter(practitioners, parameters)
    service["period"] = service["number"] // truth.quarters_a_period
    starts = service.groupby("period")["period_start"].min()
    periods = service.drop_duplicates("quarter").set_index("quarter")["period"]
    rows = service[["practitioner_id", "period"]].drop_duplicates().reset_index(drop=True)
    for name in KEPT:
        rows[name] = _drawn(rows, getattr(truth, name), HIGHEST[name], random)
    if conditions is not None and KEPT[0] in conditions.columns:
        known = _means(conditions, periods, KEPT[0])
        rows[KEPT[0]] = _at(known, rows).fillna(rows[KEPT[0]]).round(1)
    practice = _practice(components, periods, rows)
    every = pd.concat([rows[list(KEPT)], practice], axis=1)
    scores = pd.DataFrame(
        {name: _standard(every[name]) for name in truth.weights if name in every.columns},
        index=rows.index,
    )
    told = (scores * pd.Series(truth.weights, dtype=float).reindex(scores.columns)).sum(axis=1)
    noise = truth.noise_sd * random.standard_normal(len(rows))
    start = rows["period"].map(starts)
    rating = (truth.usual + told + noise).round(2)
    table = rows.assign(period_start=start, rating=rating)[COLUMNS]
    behind = pd.DataFrame(
        {
            "practitioner_id": rows["practitioner_id"],
            "period_start": start,
            "seen": practice.notna().any(axis=1),
        }
    )
    return SimulatedRecognition(table, behind.join(scores).assign(told=told, noise=noise))


def _drawn(
    rows: pd.DataFrame,
    spread: tuple[float, float, float],
    highest: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Percent about a practitioner's own usual one, in each period."""
    mean, between, within = spread
    codes, people = pd.factorize(rows["practitioner_id"])
    own = between * random.standard_normal(len(people))
    value = mean + own[codes] + within * random.standard_normal(len(rows))
    return np.round(np.clip(value, 0.0, highest), 1)


def _practice(components: pd.DataFrame, periods: pd.Series, rows: pd.DataFrame) -> pd.DataFrame:
    """Mean of each component over the observations in a period; missing where there was none."""
    used = components
    if "rater_role" in components.columns:
        used = components[components["rater_role"].isin(USUAL_RATERS)]
    wide = {}
    for name, mine in used.groupby("component", sort=False):
        wide[str(name)] = _at(_means(mine, periods, "fidelity"), rows)
    return pd.DataFrame(wide, index=rows.index)


def _means(frame: pd.DataFrame, periods: pd.Series, column: str) -> pd.Series:
    """Mean of a column by practitioner and period."""
    period = frame["quarter"].map(periods).rename("period")
    return frame[column].groupby([frame["practitioner_id"], period]).mean()


def _at(means: pd.Series, rows: pd.DataFrame) -> pd.Series:
    wanted = pd.MultiIndex.from_frame(rows[["practitioner_id", "period"]])
    return pd.Series(means.reindex(wanted).to_numpy(), index=rows.index)


def _standard(column: pd.Series) -> pd.Series:
    """Give standard scores; 0 where the thing is not known or does not differ."""
    spread = column.std(ddof=0)
    return ((column - column.mean()) / (spread if spread > 0 else 1.0)).fillna(0.0)
