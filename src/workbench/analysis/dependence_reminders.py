"""Reminders given and actions done over the quarters: whether more effort goes with more done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.dependence_index import DAYS_IN_A_MONTH
from workbench.certainty import HIGHER, certainty
from workbench.language import mark, say
from workbench.models.clustered import FEWEST_CLUSTERS, Estimate
from workbench.models.clustered_rates import clustered_rate, clustered_rate_trend
from workbench.quarters import Quarter, quarter_labels
from workbench.terms import NOT_ENOUGH_EVIDENCE
from workbench.wording import count_of

BY_QUARTER_COLUMNS = [
    "scope", "site_id", "quarter", "reminders", "reminders_low", "reminders_high", "done",
    "done_low", "done_high", "n_periods", "n_plans", "n_practitioners",
]  # fmt: skip
TREND_COLUMNS = [
    "scope", "site_id", "reminders_change", "reminders_low", "reminders_high", "done_change",
    "done_low", "done_high", "pattern", "n_periods", "n_plans", "n_practitioners", "reason",
]  # fmt: skip
UP_FLAT = mark("reminders up, completion not")
UP_UP = mark("reminders up, completion up")
NO_RISE = mark("no rise in reminders")
FEWEST_QUARTERS, FEWEST_PERIODS, FEWEST_REMINDERS = 3, 30, 20
SMALLEST_RISE = 1.05
"""Ratio a quarter: a rise that is surely less than this is none."""


def reminders_by_quarter(periods: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Tell reminders per open action and month, and the share done in a month, by quarter."""
    frame = _rows(periods, quarter)
    found = []
    for scope, site, mine in _scopes(frame, ()):
        for label, part in mine.groupby("quarter"):
            given, done = _rates(part)
            row = {"scope": scope, "site_id": site, "quarter": label, **_counts(part)}
            ends = _ends(given), tuple(_share(value) for value in _ends(done))
            names = BY_QUARTER_COLUMNS[3:6], BY_QUARTER_COLUMNS[6:9]
            for columns, values in zip(names, ends, strict=True):
                row |= dict(zip(columns, values, strict=True))
            found.append(row)
    return pd.DataFrame(found, columns=BY_QUARTER_COLUMNS)


def reminders_trend(periods: pd.DataFrame, quarter: Quarter, sites: list[str]) -> pd.DataFrame:
    """Change of both a quarter, and the pattern they make: the network and each site."""
    frame = _rows(periods, quarter)
    found = []
    for scope, site, mine in _scopes(frame, sites):
        row: dict[str, object] = {
            **dict.fromkeys(TREND_COLUMNS, np.nan), "scope": scope, "site_id": site,
            "pattern": NOT_ENOUGH_EVIDENCE, **_counts(mine), "reason": _lacking(mine),
        }  # fmt: skip
        found.append(row if row["reason"] else {**row, **_trend(mine)})
    return pd.DataFrame(found, columns=TREND_COLUMNS)


def pattern_of(given: tuple[float, float, float], done: tuple[float, float, float]) -> str:
    """Name what reminders and completion do together; each is a change with its interval.

    Reminders go up where their interval lies above 1. Completion then goes up where its own does;
    it is flat where its interval lies below the change of reminders, or below 5% a quarter.
    Reminders do not rise where they surely rise by less than 5%. All else is not enough evidence.
    """
    if certainty(100 * (given[1] - 1), 100 * (given[2] - 1)).way == HIGHER:
        if certainty(done[1], done[2], no_change=1).way == HIGHER:
            return UP_UP
        return UP_FLAT if done[2] < max(SMALLEST_RISE, given[0]) else NOT_ENOUGH_EVIDENCE
    return NO_RISE if given[2] < SMALLEST_RISE else NOT_ENOUGH_EVIDENCE


def _rows(periods: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    frame = periods[periods["reminders"].notna() & (periods["open_days"] > 0)]
    starts = quarter.fiscal_year_starts
    labels = quarter_labels(frame["period_start"], starts)
    numbers = labels.str[:4].astype(float) * 4 + labels.str[-1].astype(float)
    return frame.assign(
        quarter=labels, number=numbers, exposure=frame["open_days"] / DAYS_IN_A_MONTH
    )


def _scopes(
    frame: pd.DataFrame, sites: list[str] | tuple[()]
) -> list[tuple[str, str, pd.DataFrame]]:
    ids = frame["site_id"].astype("str")
    named = sorted({*sites, *ids})
    return [("network", "", frame), *(("site", one, frame[ids == one]) for one in named)]


def _counts(part: pd.DataFrame) -> dict[str, int]:
    people, plans = part["practitioner_id"].nunique(), part["plan_id"].nunique()
    return {"n_periods": len(part), "n_plans": int(plans), "n_practitioners": int(people)}


def _rates(part: pd.DataFrame) -> tuple[Estimate, Estimate]:
    who = part["practitioner_id"].astype("str")
    return (
        clustered_rate(part["reminders"], part["exposure"], who),
        clustered_rate(part["done"], part["exposure"], who),
    )


def _ends(found: Estimate) -> tuple[float, float, float]:
    return found.estimate, found.conf_low, found.conf_high


def _share(rate: float) -> float:
    """Share of open actions done in a month, of a rate a month."""
    return float(-np.expm1(-rate))


def _lacking(mine: pd.DataFrame) -> str:
    if mine.empty:
        return say("no reminders are on record for periods with open actions.")
    if mine["quarter"].nunique() < FEWEST_QUARTERS:
        return say(
            "reminders are on record in fewer than {fewest} quarters.", fewest=FEWEST_QUARTERS
        )
    if mine["practitioner_id"].nunique() < FEWEST_CLUSTERS:
        return say(
            "reminders are on record for fewer than {fewest} practitioners.",
            fewest=FEWEST_CLUSTERS,
        )
    if len(mine) < FEWEST_PERIODS:
        return say(
            "reminders are on record for only {periods} of plans; {needed} are needed.",
            periods=count_of(len(mine), "period"),
            needed=FEWEST_PERIODS,
        )
    if mine["reminders"].sum() < FEWEST_REMINDERS or mine["done"].sum() < FEWEST_REMINDERS:
        return say(
            "fewer than {fewest} reminders, or actions done, are on record.",
            fewest=FEWEST_REMINDERS,
        )
    return ""


def _trend(mine: pd.DataFrame) -> dict[str, object]:
    who = mine["practitioner_id"].astype("str")
    given = clustered_rate_trend(mine["reminders"], mine["exposure"], mine["number"], who)
    done = clustered_rate_trend(mine["done"], mine["exposure"], mine["number"], who)
    if not np.isfinite([given.conf_high, done.conf_high]).all():
        return {"reason": say("the change over the quarters can't be told.")}
    usual = float(mine["done"].sum() / mine["exposure"].sum())
    # An odds ratio of being done within a month, where the rate is what it is on average.
    odds = [float(np.expm1(usual * ratio) / np.expm1(usual)) for ratio in _ends(done)]
    values = (*_ends(given), *odds, pattern_of(_ends(given), (odds[0], odds[1], odds[2])))
    return dict(zip(TREND_COLUMNS[2:9], values, strict=True))
