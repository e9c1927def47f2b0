"""Release of the times from reaching the cut-off to the first observation below it.

A step of such a curve is the day on which a person was seen below the cut-off, and at a small site
every step is one or two people. So a site has no curve: it has the shares at three days, and each
of them only where none or enough people lapsed since the one before. The network's curve is read
at the end of each month, and months with few lapses are joined to the next, so that no stretch of
the line is about few people. It stops where too few are still followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.findings import suppress
from workbench.reporting.disclosure import ReleasedFindings, reason_for_too_few
from workbench.reporting.disclosure_cells import hide_with_complements
from workbench.reporting.disclosure_plans import blank_columns, few, place_of, sums_of_sites
from workbench.reporting.evidence import NETWORK, require
from workbench.settings import Privacy

FINDING = "lapse.time"
LATEST = "latest"
WITHIN_DAYS = (90, 180, 365)
OF_DAYS = ("above", "low", "high", "at_risk", "lapsed")
COUNTS = ("observed", "entered", "not_followed", "n_practitioners", "lapsed", "censored")
OF_DAY = {
    f"lapsed_{days}": [f"{name}_{days}" for name in OF_DAYS] for days in WITHIN_DAYS
}  # fmt: skip
"""Columns that go with the count of those who lapsed by each day told."""
MEDIAN = ("median_days", "median_low", "median_high", "half_lapsed", "usual_gap_days")
SUMMARY_COLUMNS = (
    "scope", "site_id", *COUNTS, *MEDIAN, *(name for names in OF_DAY.values() for name in names),
    "told_at", "reason",
)  # fmt: skip
CURVE_COLUMNS = (
    "scope", "which", "days", "survival", "conf_low", "conf_high", "at_risk", "lapsed",
    "n_practitioners",
)  # fmt: skip
DAYS_IN_A_YEAR, DAYS_IN_A_MONTH, LAST_MONTH = 365, 30, 11
"""A year of the grid is eleven months of 30 days and one of 35, to meet ``WITHIN_DAYS``."""


def release_lapse(lapse_summary: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank what tells of few people: rows, counts with their rests, and shares at single days.

    Parameters
    ----------
    lapse_summary
        Evidence table.
    privacy
        The study's privacy settings.
    """
    if lapse_summary.empty:
        return lapse_summary
    frame = require(lapse_summary, "lapse_summary", SUMMARY_COLUMNS).reset_index(drop=True)
    k, sums = privacy.fewest_practitioners, sums_of_sites(frame)
    count = {name: frame[name].astype("float64") for name in (*COUNTS, *OF_DAY)}

    def with_others(*parts: pd.Series, hidden: pd.Series) -> pd.Series:
        """Rows in which a part is few, and the next smallest site where one would be alone."""
        small = hidden.copy()
        for part in parts:
            small |= few(part, k)
        least = pd.concat([part.where(part > 0) for part in parts], axis=1).min(axis=1)
        # The attacker judges all tables and versions together, later.
        return hide_with_complements(least, small, sums, k, audited=False)

    rows = with_others(count["n_practitioners"], hidden=pd.Series(False, index=frame.index))
    never = count["observed"] - count["entered"]
    no_entry = with_others(count["not_followed"], never, hidden=rows)
    no_lapsed = with_others(count["lapsed"], count["censored"], hidden=rows)
    parts = [(rows, None), (no_entry, ["entered", "not_followed"])]
    parts.append((no_lapsed, ["lapsed", "censored"]))
    following = count["lapsed"]
    for name in reversed(OF_DAY):
        # What lapsed from one day told to the next is a count as well; the last day goes first.
        off = few(following - count[name], k) | frame[name.replace("lapsed", "at_risk")].lt(k)
        off = with_others(count[name], hidden=off | rows)
        following = following.mask(~off, count[name])
        parts.append((off, OF_DAY[name]))
    return blank_columns(frame, *parts)


def release_lapse_curve(
    lapse_curve: pd.DataFrame, released: pd.DataFrame, privacy: Privacy
) -> pd.DataFrame:
    """Read the network's curve at ends of months between which none or enough have lapsed.

    Parameters
    ----------
    lapse_curve
        Evidence table.
    released
        ``lapse_summary`` as it is released: where the network's counts are hidden there is no
        curve, and what lapsed between the curve and the days told counts too.
    privacy
        The study's privacy settings.

    Returns
    -------
    pandas.DataFrame
        ``CURVE_COLUMNS``: ``at_risk`` is those followed up to that day, ``lapsed`` is left out.
    """
    columns = [name for name in CURVE_COLUMNS if name != "lapsed"]
    steps = require(lapse_curve, "lapse_curve", CURVE_COLUMNS)
    steps = steps[steps["scope"] == NETWORK]
    place = released[released["scope"] == NETWORK] if len(released) else released
    if steps.empty or place.empty or place[["n_practitioners", "lapsed"]].isna().any(axis=None):
        return pd.DataFrame(columns=columns)
    told = [days for days in WITHIN_DAYS if place[f"above_{days}"].notna().all()]
    k = privacy.fewest_practitioners
    read = [
        _on_grid(mine, told if which == LATEST else [], k)
        for which, mine in steps.groupby("which", sort=False)
    ]
    curves = pd.concat(read, ignore_index=True)[columns]
    # The line ends where that of the latest dates does, with which the counts at risk stand.
    return curves[curves["days"] <= curves.loc[curves["which"] == LATEST, "days"].max()]


def months(last: float) -> list[int]:
    """Give the ends of months up to a day, from 0; a year is 365 days.

    >>> months(400)[-3:]
    [330, 365, 395]
    """
    ends = (
        DAYS_IN_A_YEAR * year + DAYS_IN_A_MONTH * month
        for year in range(int(last // DAYS_IN_A_YEAR) + 1)
        for month in range(LAST_MONTH + 1)
    )
    return [end for end in ends if end <= last]


def _on_grid(steps: pd.DataFrame, told: Iterable[int], k: int) -> pd.DataFrame:
    steps = steps.sort_values("days", kind="stable")
    days = steps["days"].to_numpy(float)
    ends = np.array(months(days[-1]), dtype=int)
    at = np.searchsorted(days, ends, side="right") - 1
    upto = np.searchsorted(days, ends, side="left")
    risk = np.where(ends == 0, steps["n_practitioners"].iloc[0], steps["at_risk"].to_numpy()[upto])
    read = steps.iloc[at].assign(days=ends, at_risk=risk)
    read = read[read["at_risk"] >= k]
    chosen = _apart(read["days"].tolist(), read["lapsed"].tolist(), told,
                    int(steps["lapsed"].iloc[-1]), k)  # fmt: skip
    return read[read["days"].isin(chosen)]


def _apart(
    ends: list[int], lapsed: list[int], told: Iterable[int], in_all: int, k: int
) -> list[int]:
    """Choose ends of months so that none or enough lapsed from each to the next, and after.

    The day told next, and the end of follow-up, are among the days between which one can subtract.
    """
    by_then = dict(zip(ends, lapsed, strict=True))
    fixed = [day for day in told if day in by_then]
    chosen = [day for day in ends[:1] if day == 0]
    for end in ends[1:]:
        following = next((by_then[day] for day in fixed if day > end), in_all)
        since, until = by_then[end] - by_then[chosen[-1]], following - by_then[end]
        if not 0 < since < k and not 0 < until < k:
            chosen.append(end)
    flat = [
        day
        for before, day, after in zip(chosen, chosen[1:], chosen[2:], strict=False)
        if by_then[before] == by_then[after]
    ]
    return [day for day in chosen if day not in flat]


def release_lapse_findings(findings: ReleasedFindings, released: pd.DataFrame) -> ReleasedFindings:
    """Suppress each finding that tells a number which the released table hides.

    Parameters
    ----------
    findings
        Released findings.
    released
        ``lapse_summary`` as it is released.
    """
    if released.empty:
        return findings
    shown = {place for place, row in zip(place_of(released), released.to_dict("records"),
                                         strict=True) if _is_told(row)}  # fmt: skip
    why = reason_for_too_few(findings.privacy.fewest_practitioners)
    kept = tuple(
        suppress(one, why)
        if one.id == FINDING and one.status == terms.REPORTED and one.site_id not in shown
        else one
        for one in findings
    )
    return ReleasedFindings(kept, findings.privacy)


def _is_told(row: Mapping[Any, Any]) -> bool:
    """Whether the counts and the share that a statement names are shown."""
    if pd.isna(row["told_at"]):
        return False
    named = ("n_practitioners", "lapsed", f"above_{int(row['told_at'])}")
    return not any(pd.isna(row[name]) for name in named)
