"""Observations with the support that came before each, ready for a kernel in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.models.lag_kernel import LagRows
from workbench.models.lag_kernel_doses import lagged_doses
from workbench.quarters import DAYS_IN_A_QUARTER

DAYS_IN_A_MONTH = DAYS_IN_A_QUARTER / 3
COACHING = ("coaching", "observation with feedback")
RENEWING = ("training", "certification", "recertification")
BURN_IN = 6.0
"""Months after the first recorded act that tell only of what came before, for who was there."""
OBSERVED = ["practitioner_id", "site_id", "observed_on", "quarter", "rater_role", "fidelity"]
LONG = 1e4


@dataclass(frozen=True)
class Rows:
    """Rows of a kernel, and whose they are.

    Attributes
    ----------
    rows
        What the model takes.
    practitioners
        Practitioner of each code of a unit.
    """

    rows: LagRows
    practitioners: pd.Index

    def since_last(self) -> np.ndarray:
        """Months from the latest act to each observation; missing where there was none."""
        made = self.rows
        left = lagged_doses(
            made.units,
            made.times,
            made.event_units,
            made.event_times,
            np.array([LONG]),
            renews=True,
        )[:, 0]
        return np.where(left > 0, -LONG * np.log2(np.where(left > 0, left, 1.0)), np.nan)


def coaching_rows(
    by_observation: pd.DataFrame, given: pd.DataFrame, practitioners: pd.DataFrame
) -> Rows:
    """Observations and the coaching before them; each act adds.

    Whoever was in post when the record of support begins may have had support that is not on
    record. Their observations before the burn-in is over are not fitted.
    """
    acts = _acts(given, COACHING)
    frame, people = _observed(by_observation)
    acts = acts[acts["practitioner_id"].isin(people)]
    start = frame["observed_on"].min()
    begins = acts["on"].min() if len(acts) else pd.NaT
    known = practitioners.reindex(columns=["practitioner_id", "hired_on", "trained_on"])
    first = _days(known["hired_on"]).fillna(_days(known["trained_on"]))
    mine = _earliest(frame, first, known["practitioner_id"])
    came_later = (mine >= begins).to_numpy(bool)
    over = begins + pd.Timedelta(days=BURN_IN * DAYS_IN_A_MONTH)
    past = (frame["observed_on"] > over).to_numpy(bool)
    return _rows(frame, people, acts, start, past | came_later, renews=False)


def certification_rows(
    by_observation: pd.DataFrame, given: pd.DataFrame, practitioners: pd.DataFrame
) -> Rows:
    """Observations and the latest training or certification before each."""
    frame, people = _observed(by_observation)
    parts = [_acts(given, RENEWING)]
    for column in ("trained_on", "certified_on"):
        if column in practitioners.columns:
            named = practitioners[["practitioner_id", column]].rename(columns={column: "on"})
            parts.append(named.assign(on=_days(named["on"])))
    acts = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    acts = acts[acts["on"].notna() & acts["practitioner_id"].isin(people)].drop_duplicates()
    mine = _earliest(frame, acts["on"], acts["practitioner_id"])
    used = (mine < frame["observed_on"]).to_numpy(bool)
    return _rows(frame, people, acts, frame["observed_on"].min(), used, renews=True)


def _earliest(frame: pd.DataFrame, days: pd.Series, whose: pd.Series) -> pd.Series:
    """Earliest day of the practitioner of each observation; missing where there is none."""
    if days.isna().all():
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    first = days.groupby(whose.astype("str")).min()
    return _days(frame["practitioner_id"].astype("str").map(first))


def _observed(by_observation: pd.DataFrame) -> tuple[pd.DataFrame, pd.Index]:
    frame = by_observation.reindex(columns=OBSERVED)
    frame = frame.assign(observed_on=_days(frame["observed_on"]))
    frame = frame[frame["observed_on"].notna() & frame["fidelity"].notna()]
    frame = frame.sort_values(["practitioner_id", "observed_on"], kind="stable")
    return frame.reset_index(drop=True), pd.Index(frame["practitioner_id"].unique())


def _acts(given: pd.DataFrame, kinds: tuple[str, ...]) -> pd.DataFrame:
    full = given.reindex(columns=["practitioner_id", "occurred_on", "kind"])
    kept = full[full["kind"].isin(kinds) & full["practitioner_id"].notna()]
    kept = kept.assign(on=_days(kept["occurred_on"]))
    return kept.loc[kept["on"].notna(), ["practitioner_id", "on"]]


def _rows(
    frame: pd.DataFrame,
    people: pd.Index,
    acts: pd.DataFrame,
    start: pd.Timestamp,
    used: np.ndarray,
    renews: bool,
) -> Rows:
    columns = [frame["rater_role"].astype("str"), frame["quarter"].astype("str")]
    dummies = [pd.get_dummies(column, drop_first=True, dtype=float) for column in columns]
    rows = LagRows(
        units=people.get_indexer(pd.Index(frame["practitioner_id"])),
        times=_months(frame["observed_on"], start),
        outcome=frame["fidelity"].to_numpy(float),
        covariates=np.column_stack([part.to_numpy(float) for part in dummies]),
        used=used,
        event_units=people.get_indexer(pd.Index(acts["practitioner_id"])),
        event_times=_months(acts["on"], start),
        groups=pd.factorize(frame["site_id"].astype("str"))[0],
        renews=renews,
    )
    return Rows(rows, people)


def _months(days: pd.Series, start: pd.Timestamp) -> np.ndarray:
    return np.asarray((days - start).dt.days / DAYS_IN_A_MONTH, dtype=float)


def _days(dates: pd.Series) -> pd.Series:
    """Dates in one unit of time, so that tables of different origin can be compared."""
    return pd.to_datetime(dates).dt.as_unit("ns")
