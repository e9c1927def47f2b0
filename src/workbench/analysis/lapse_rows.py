"""How long each practitioner was followed after reaching the cut-off: one row a practitioner.

A lapse is known only to lie between two observations, the last at or above the cut-off and the
first below it. So each row holds both ends, and nothing is put in the middle.
"""

from __future__ import annotations

import pandas as pd

ROW_COLUMNS = [
    "practitioner_id", "site_id", "entered", "followed", "lapsed", "latest", "earliest", "gap",
]  # fmt: skip
DIGITS = 9
"""Digits after the point with which a mean is set beside its cut-off, as single scores are."""
ONE_DAY = 1.0


def followed_rows(by_observation: pd.DataFrame) -> pd.DataFrame:
    """Follow each practitioner from the first day at or above the cut-off.

    Parameters
    ----------
    by_observation
        One row an observation that is used: ``practitioner_id, site_id, observed_on, fidelity,
        cut_off, meets_cut_off``, and ``weight`` where it is known. Where it is not known whether
        the cut-off is met, the observation is left out.

    Returns
    -------
    pandas.DataFrame
        One row a practitioner: ``entered`` (was seen at or above it), ``followed`` (and seen again
        on a later day), ``lapsed`` (and seen below it then). ``latest`` and ``earliest`` are days
        from entry: to the first day below, and to the day after the last day at or above; for
        those never seen below both are days to the last observation. ``gap`` is days between the
        two observations. ``site_id`` is that of the last observation.
    """
    days = days_of(by_observation)
    if days.empty:
        return pd.DataFrame(columns=ROW_COLUMNS)
    entry = days[days["above"]].groupby("practitioner_id")["day"].min()
    days["entry"] = entry.reindex(days["practitioner_id"]).to_numpy()
    days["before"] = days.groupby("practitioner_id")["day"].shift()
    after = days[days["day"] > days["entry"]]
    first_below = after[~after["above"]].groupby("practitioner_id")[["day", "before"]].first()
    rows = days.groupby("practitioner_id").agg(
        site_id=("site_id", "last"), entry=("entry", "first"), last=("day", "last")
    )
    rows = rows.join(first_below)
    rows["entered"] = rows["entry"].notna()
    rows["followed"] = rows["entered"] & (rows["last"] > rows["entry"])
    rows["lapsed"] = rows["day"].notna()
    open_for = (rows["last"] - rows["entry"]).dt.days.astype("float64")
    to_below = (rows["day"] - rows["entry"]).dt.days.astype("float64")
    rows["latest"] = to_below.where(rows["lapsed"], open_for)
    # Those who were last seen on the day of the last score above have left by the day after it,
    # and are not among those who might have lapsed then.
    to_above = (rows["before"] - rows["entry"]).dt.days.astype("float64") + ONE_DAY
    rows["earliest"] = to_above.where(rows["lapsed"], open_for)
    rows["gap"] = (rows["day"] - rows["before"]).dt.days
    return rows.reset_index()[ROW_COLUMNS]


def days_of(by_observation: pd.DataFrame) -> pd.DataFrame:
    """Put the ratings of a practitioner's day together: ``day``, and whether it was ``above``.

    Where ratings of a day disagree, their mean fidelity decides, weighted as the quarterly means
    are. Rows are in the order of practitioners and days.
    """
    frame = by_observation[by_observation["meets_cut_off"].notna()]
    weight = frame["weight"] if "weight" in frame.columns else 1.0
    frame = frame.assign(
        day=pd.to_datetime(frame["observed_on"]).dt.normalize(),
        meets=frame["meets_cut_off"].astype(bool),
        weight=weight,
        points=frame["fidelity"] * weight,
        asked=frame["cut_off"] * weight,
    )
    keys = ["practitioner_id", "day"]
    days = frame.groupby(keys, as_index=False).agg(
        site_id=("site_id", "last"),
        every=("meets", "all"),
        some=("meets", "any"),
        weight=("weight", "sum"),
        points=("points", "sum"),
        asked=("asked", "sum"),
    )
    mean, cut_off = ((days[name] / days["weight"]).round(DIGITS) for name in ("points", "asked"))
    days["above"] = days["every"] | (days["some"] & (mean >= cut_off))
    return days[[*keys, "site_id", "above"]].sort_values(keys, ignore_index=True)
