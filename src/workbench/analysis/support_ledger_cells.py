"""The ledger's entries: who was in post for how long, and what each of them was given.

Shares and rates at any level are sums over these entries, so that a site and its teams always add
up to the network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.quarters import Quarter

DAYS_IN_A_MONTH = 365.25 / 12
ALL = "all"
"""Name of all kinds together."""
ON_SKILL = {"skill": 1.0, "mixed": 0.5, "administrative": 0.0}
PEOPLE = ["practitioner_id", "site_id", "supervisor_id"]
PART = [*PEOPLE, "quarter"]
ENTRY_COLUMNS = [*PART, "kind", "months", "acts", "minutes", "weighed", "on_skill"]


def spans(practitioners: pd.DataFrame) -> pd.DataFrame:
    """First day in post and first day out of it of each practitioner; missing where not known.

    The first day is that of being hired, or of the first training where that is not known.
    """
    dated = practitioners.reindex(columns=[*PEOPLE, "hired_on", "trained_on", "left_on"])
    dated = dated[dated["practitioner_id"].notna()]
    hired, trained = pd.to_datetime(dated["hired_on"]), pd.to_datetime(dated["trained_on"])
    out = pd.to_datetime(dated["left_on"]) + pd.Timedelta(days=1)  # the last day is worked
    return dated[PEOPLE].assign(start=hired.fillna(trained), left=out)


def posts(practitioners: pd.DataFrame, quarters: Sequence[Quarter]) -> pd.DataFrame:
    """One row a practitioner and quarter with a day in post: ``days`` and ``months`` in post.

    The day of leaving is the last in post. Months are days over 30.4375, so that a quarter of 92
    days holds more of them than one of 90.
    """
    people = spans(practitioners)
    parts = []
    for quarter in quarters:
        first, end = pd.Timestamp(quarter.first_day), pd.Timestamp(quarter.plus(1).first_day)
        start, left = people["start"], people["left"]
        since, until = start.where(start > first, first), left.where(left < end, end)
        days = (until - since).dt.days
        part = people[PEOPLE].assign(quarter=str(quarter), days=days, of_days=(end - first).days)
        parts.append(part[days > 0])
    columns = [*PART, "days", "of_days"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return frame.assign(months=frame["days"] / DAYS_IN_A_MONTH)


def received(given: pd.DataFrame, practitioners: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``given`` on a day on which the practitioner was in post, with their weights.

    Returns
    -------
    DataFrame
        With ``minutes`` (an act whose minutes are not recorded has the mean of its kind; missing
        where the kind has none), ``skill`` (1, 0.5 or 0; missing where the focus is not recorded)
        and ``weight`` (minutes, or those of all kinds, or 1 where none are recorded at all).
    """
    columns = ["support_id", "practitioner_id", "occurred_on", "quarter", "kind"]
    rows = given.reindex(columns=[*columns, "minutes", "focus"])
    rows = rows.merge(spans(practitioners), on="practitioner_id") if len(rows) else rows
    if rows.empty:
        none = pd.DataFrame(columns=[*columns, *PEOPLE[1:], "minutes", "skill", "weight"])
        return none.astype({"minutes": float, "skill": float, "weight": float})
    day = rows["occurred_on"]
    rows = rows[~(rows["start"] > day) & ~(rows["left"] <= day)].reset_index(drop=True)
    known = pd.to_numeric(rows["minutes"]).astype(float)
    minutes = known.fillna(known.groupby(rows["kind"]).transform("mean"))
    usual = known.mean() if known.notna().any() else 1.0
    skill = rows["focus"].map(ON_SKILL).astype(float)
    return rows.assign(minutes=minutes, skill=skill, weight=minutes.fillna(usual))


def entries(in_post: pd.DataFrame, rows: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """One row a practitioner in post, quarter and kind (and all kinds), also where there was none.

    Returns
    -------
    DataFrame
        ``ENTRY_COLUMNS``: ``acts`` received, their ``minutes`` (missing if not known), and of the
        acts with a known focus the weight ``weighed`` and the part of it ``on_skill``.
    """
    told = rows["skill"].notna()
    rows = rows.assign(
        weighed=rows["weight"].where(told, 0.0),
        on_skill=(rows["weight"] * rows["skill"]).where(told, 0.0),
        unknown=rows["minutes"].isna(),
    )
    both = pd.concat([rows, rows.assign(kind=ALL)])
    sums = both.groupby(["practitioner_id", "quarter", "kind"], as_index=False).agg(
        acts=("support_id", "nunique"),
        minutes=("minutes", "sum"),
        weighed=("weighed", "sum"),
        on_skill=("on_skill", "sum"),
        unknown=("unknown", "any"),
    )
    grid = in_post.merge(pd.DataFrame({"kind": [ALL, *kinds]}), how="cross")
    full = grid.merge(sums, on=["practitioner_id", "quarter", "kind"], how="left")
    unknown = full.pop("unknown").eq(True)
    numbers = ["acts", "minutes", "weighed", "on_skill"]
    full[numbers] = full[numbers].astype(float).fillna(0.0)
    full["minutes"] = full["minutes"].where(~unknown, np.nan)
    return full.astype({"acts": int})[ENTRY_COLUMNS]
