"""What the time from reaching the cut-off to the first observation below it says, as findings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.analysis.lapse import NETWORK, Lapse
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.quarters import DAYS_IN_A_QUARTER
from workbench.wording import count_of, interval, number

QUESTION = mark("How long does practice stay above the cut-off?")
EVIDENCE = "tables/lapse_summary.parquet"
UNITS = {
    90: mark("percent not yet seen below after 90 days"),
    180: mark("percent not yet seen below after 180 days"),
    365: mark("percent not yet seen below after 365 days"),
}
DAYS_IN_A_MONTH = DAYS_IN_A_QUARTER / 3
HALF = mark("Half were seen below it within {months} (95% interval {between} months).")
HALF_AT_LEAST = mark("Half were seen below it within {months} (95% interval {low} months or more).")
NOT_HALF = mark("Fewer than half were seen below it in the time they were followed.")
NOT_TOLD = mark("When half were seen below it can't be told.")
ONE_SCORE = mark("One score below the cut-off is not yet a person's level.")


def lapse_findings(result: Lapse) -> list[Finding]:
    """Make the finding about the network, and one about each site observed."""
    if result.summary.empty:
        return [not_estimable("lapse.time", say(QUESTION), result.why_not, evidence=EVIDENCE)]
    return [_finding(result, row) for row in result.summary.to_dict("records")]


def _finding(result: Lapse, row: Mapping[Any, Any]) -> Finding:
    followed = int(row["n_practitioners"])
    about: dict[str, Any] = {
        "site_id": row["site_id"],
        "evidence": EVIDENCE,
        "n": followed,
        "n_of": mark("practitioners"),
        "n_practitioners": followed,
    }
    if row["reason"]:
        why = result.why_not or row["reason"]
        return not_estimable("lapse.time", say(QUESTION), why, **about)
    days = int(row["told_at"])
    share, low, high = (100 * row[f"{name}_{days}"] for name in ("above", "low", "high"))
    parts = [
        say(
            "{people} were observed again after they reached the cut-off, and {lapsed} of them "
            "were later seen below it.",
            people=count_of(followed, "practitioner"),
            lapsed=int(row["lapsed"]),
        ),
        _half(row) if row["scope"] == NETWORK else "",
        say(
            "After {days} days {share}% had not been seen below it (95% interval {between}).",
            days=days,
            share=number(share),
            between=interval(low, high),
        ),
        say(ONE_SCORE),
    ]
    return Finding(
        id="lapse.time",
        question=say(QUESTION),
        statement=" ".join(part for part in parts if part),
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=UNITS[days],
        **about,
    )


def _half(row: Mapping[Any, Any]) -> str:
    """Say the median in whole months: to the day it would be the day of one person."""
    if not row["half_lapsed"]:
        return say(NOT_HALF)
    months, low, high = (
        math.ceil(row[name] / DAYS_IN_A_MONTH) if np.isfinite(row[name]) else None
        for name in ("median_days", "median_low", "median_high")
    )
    if months is None or low is None:
        return say(NOT_TOLD)
    within = count_of(months, "month")
    if high is None:
        return say(HALF_AT_LEAST, months=within, low=low)
    return say(HALF, months=within, between=interval(low, high))
