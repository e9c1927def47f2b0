"""Facts about rows that tell of a period, and numbers beside the others of their column."""

from __future__ import annotations

import pandas as pd

from workbench.data.facts_context import Facts, Known, where_filled
from workbench.data.facts_relations import LONGEST_PERIOD, while_open

LONGER_THAN_USUAL = 1.05
"""Times the usual length that a period may last, as half years have 181 to 184 days."""
A_YEAR = 366
"""Days of a period where nothing tells how long periods are."""
SHORTER_THAN_USUAL = 0.75
"""Share of the usual length below which a period reaches into the next."""
FAR_OFF = 8.0
"""Robust standard deviations beyond which a number is unlike the others of its kind."""
FEWEST_TO_COMPARE = 30
LARGEST_JUMP = 5.0
"""Times by which a caseload may change from one period to the next."""
MOST_HOURS_FOR_RECORDS = 40


def period_does_not_overlap(known: Known, subject: list[str]) -> Facts:
    """Whether each period begins no sooner after the one before than periods usually do."""
    pairs, gaps = _gaps(known, subject)
    if gaps.notna().sum() == 0:
        return {}
    short = gaps < SHORTER_THAN_USUAL * gaps.median()
    doubtful = pd.MultiIndex.from_frame(pairs[short])
    rows = pd.MultiIndex.from_frame(known.frame[pairs.columns])
    return {"period_does_not_overlap": pd.Series(~rows.isin(doubtful), index=known.frame.index)}


def _gaps(known: Known, subject: list[str]) -> tuple[pd.DataFrame, pd.Series]:
    """Periods of each subject in their order, and days since the one before."""
    there = [name for name in subject if known.has(name)]
    pairs = known.frame[[*there, "period_start"]].drop_duplicates()
    pairs = pairs.sort_values([*there, "period_start"], kind="stable")
    return pairs, pairs.groupby(there, dropna=False)["period_start"].diff().dt.days


def longest_period(known: Known, subject: list[str]) -> int:
    """Days that a period may last: a quarter, or longer where the rows of a subject lie farther.

    A table does not say when its periods end, and appraisals by half years are as good as months.
    """
    _, gaps = _gaps(known, subject)
    if gaps.notna().sum() == 0:
        return A_YEAR
    return max(LONGEST_PERIOD, int(LONGER_THAN_USUAL * gaps.median()))


def written_in_percent(known: Known, columns: list[str]) -> Facts:
    """Whether the numbers of a column are percents, and not shares from 0 to 1."""
    facts: Facts = {}
    for name in columns:
        if not known.has(name):
            continue
        values = known.frame[name].astype("float64")
        as_shares = bool((values > 0).any() and values.max() <= 1)
        fact = pd.Series(not as_shares, index=values.index)
        facts[f"{name}_is_written_in_percent"] = where_filled(fact, values)
    return facts


def near_the_others(values: pd.Series, groups: pd.Series | None = None) -> pd.Series:
    """Whether each number lies near the others of its group, by median and median distance.

    Groups of fewer than 30, and those of which half are one number, are not judged.
    """
    by = groups if groups is not None else pd.Series("", index=values.index)
    numbers = values.astype("float64")
    middle = numbers.groupby(by).transform("median")
    off = (numbers - middle).abs()
    spread = 1.4826 * off.groupby(by).transform("median")
    judged = (numbers.groupby(by).transform("count") >= FEWEST_TO_COMPARE) & (spread > 0)
    return (off <= FAR_OFF * spread).astype("boolean").where(judged & numbers.notna())


def condition_facts(known: Known) -> Facts:
    """Facts about working conditions."""
    frame = known.frame
    facts = period_does_not_overlap(known, ["practitioner_id", "site_id"])
    facts |= written_in_percent(known, ["vacancy_rate", "turnover_rate", "productivity_percent"])
    if known.has("practitioner_id"):
        facts |= _in_post_in_the_period(known)
    if known.has("documentation_hours"):
        hours = frame["documentation_hours"]
        facts["records_leave_time_for_practice"] = where_filled(
            hours <= MOST_HOURS_FOR_RECORDS, hours
        )
    if known.has("caseload"):
        subject = [name for name in ("practitioner_id", "site_id") if known.has(name)]
        ordered = frame.sort_values("period_start", kind="stable")
        before = ordered.groupby(subject, dropna=False)["caseload"].shift().reindex(frame.index)
        times = frame["caseload"] / before.where(before > 0)
        steady = times.between(1 / LARGEST_JUMP, LARGEST_JUMP)
        facts["caseload_does_not_jump"] = where_filled(steady, times)
    return facts


def recognition_facts(known: Known) -> Facts:
    """Facts about what the organisation rewarded."""
    facts = period_does_not_overlap(known, ["practitioner_id"])
    facts |= written_in_percent(
        known, ["productivity_percent", "documentation_compliance", "attendance"]
    )
    facts |= _in_post_in_the_period(known)
    facts["rating_is_near_the_others"] = near_the_others(known.frame["rating"])
    return facts


def external_support_facts(known: Known) -> Facts:
    """Facts about outside support."""
    facts = period_does_not_overlap(known, ["plan_id"])
    return facts | while_open(
        known,
        "period_start",
        "period_reaches_into_the_plan",
        slack=longest_period(known, ["plan_id"]),
    )


def measure_facts(known: Known) -> Facts:
    """Facts about the numbers of outcomes."""
    frame = known.frame
    return {
        "value_is_near_the_others": near_the_others(frame["value"], frame["measure"]),
        **period_does_not_overlap(known, ["subject", "subject_id", "measure"]),
    }


def _in_post_in_the_period(known: Known) -> Facts:
    """Whether the practitioner was in post; a period may begin before the first day of work."""
    hired = known.look_up("practitioner_id", "hired_on")
    left = known.look_up("practitioner_id", "left_on")
    if hired is None and left is None:
        return {}
    days = longest_period(known, ["practitioner_id", "site_id"])
    shifted = known.frame["period_start"] + pd.Timedelta(days=days)
    late = known.frame["period_start"] > left if left is not None else False
    early = shifted < hired if hired is not None else False
    told = [one for one in (hired, left) if one is not None]
    known_person = pd.concat(told, axis=1).notna().any(axis=1)
    either = pd.Series(late, index=shifted.index) | pd.Series(early, index=shifted.index)
    return {"in_post_in_the_period": (~either).astype("boolean").where(known_person)}
