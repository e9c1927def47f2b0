"""Display tables of a plan of measurement: power, what is needed, and what the plan rests on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_words import is_yes

POWER_COLUMNS = (
    "scope",
    "sites",
    "practitioners_a_site",
    "observations_a_quarter",
    "quarters",
    "raters_a_site",
    "share_double_coded",
    "drift",
    "power",
    "power_low",
    "power_high",
    "covered",
    "n_ratings",
    "n_draws",
    "reason",
)
NEEDED_COLUMNS = (
    "scope",
    "quarters",
    "raters_a_site",
    "drift",
    "power",
    "observations",
    "observations_low",
    "observations_high",
    "n_draws",
    "reason",
)
SPREAD_COLUMNS = ("title", "value", "low", "high", "unit", "assumed", "why")
SCOPES = {"network": mark("The network"), "site": mark("One site")}


def power_words(row: Any) -> str:
    """Write a power with its interval, or why there is none."""
    if not printed.is_number(row.power):
        return say("can’t be said: {reason}", reason=printed.clean(str(row.reason)))
    between = printed.interval(100 * row.power_low, 100 * row.power_high, unit="percent")
    return f"{printed.number(100 * row.power, unit='percent')} ({between})"


def each_words(value: Any) -> str:
    """Write a number of observations a quarter, with as many digits as it needs."""
    return f"{value:g}" if printed.is_number(value) else say(printed.NO_NUMBER)


def powers_table(powers: pd.DataFrame) -> DisplayTable:
    """Write the power of each plan, for the network and for one site."""
    rows = require(powers, "measurement_powers", POWER_COLUMNS)
    frame = written(
        rows,
        {
            mark("What drifts"): lambda row: say(SCOPES[row.scope]),
            mark("Quarters"): lambda row: printed.number(row.quarters),
            mark("Observations a quarter"): lambda row: each_words(row.observations_a_quarter),
            mark("Raters a site"): lambda row: printed.number(row.raters_a_site),
            mark("Power"): power_words,
            mark("Ratings in all"): lambda row: printed.number(row.n_ratings),
            mark("Simulated networks"): lambda row: printed.number(row.n_draws),
            mark("Plan in use"): lambda row: (
                say("yes") if is_yes(getattr(row, "present", False)) else ""
            ),
        },
    )
    note = say(
        "Power: how often the drift is named by the rule of this workbench. In brackets: 95% "
        "intervals for the number of simulated networks. Observations are of each practitioner."
    )
    return DisplayTable(say("How surely a drift would be seen"), frame, note)


def needed_table(needed: pd.DataFrame) -> DisplayTable:
    """Write the fewest observations that reach the power, by quarters."""
    rows = require(needed, "observations_needed", NEEDED_COLUMNS)
    frame = written(
        rows,
        {
            mark("What drifts"): lambda row: say(SCOPES[row.scope]),
            mark("Quarters"): lambda row: printed.number(row.quarters),
            mark("Raters a site"): lambda row: printed.number(row.raters_a_site),
            mark("Drift, points a quarter"): lambda row: printed.number(row.drift, 1),
            mark("Power asked for"): lambda row: printed.share(row.power),
            mark("Observations a quarter"): _observations,
            mark("Simulated networks"): lambda row: printed.number(row.n_draws),
        },
    )
    note = say(
        "Of each practitioner; between two plans that were tried, by a straight line. In "
        "brackets: what the number of simulated networks leaves open. The smallest number that "
        "was tried stands for itself and all below it."
    )
    return DisplayTable(say("Observations needed"), frame, note)


def _observations(row: Any) -> str:
    if not printed.is_number(row.observations):
        return say("can’t be said: {reason}", reason=printed.clean(str(row.reason)))
    low = printed.number(row.observations_low, 1)
    known = printed.is_number(row.observations_high)
    high = printed.number(row.observations_high, 1) if known else say("more than were tried")
    between = say("{low} to {high}", low=low, high=high)
    return f"{printed.number(row.observations, 1)} ({between})"


def spreads_table(spreads: pd.DataFrame) -> DisplayTable:
    """Write what the plan rests on, and which of it is assumed."""
    rows = require(spreads, "measurement_spreads", SPREAD_COLUMNS)
    frame = written(
        rows,
        {
            mark("Spread"): lambda row: say(printed.clean(str(row.title))),
            mark("Standard deviation"): lambda row: printed.number(row.value, 2, row.unit),
            mark("95% interval"): lambda row: (
                printed.interval(row.low, row.high, 2) if printed.is_number(row.low) else "–"
            ),
            mark("Assumed"): lambda row: (
                say(printed.clean(str(row.why))) if is_yes(row.assumed) else ""
            ),
        },
    )
    return DisplayTable(say("What the plan rests on"), frame)


def double_coding_table(double_coding: pd.DataFrame) -> DisplayTable:
    """Write what double-coded sessions add to power, and what they take from the interval."""
    rows = require(double_coding, "double_coding_and_power", POWER_COLUMNS)
    frame = written(
        rows,
        {
            mark("What drifts"): lambda row: say(SCOPES[row.scope]),
            mark("Sessions double-coded"): lambda row: printed.share(row.share_double_coded),
            mark("Power"): power_words,
            mark("Intervals that hold the drift"): lambda row: (
                printed.share(row.covered) if printed.is_number(row.covered) else "–"
            ),
            mark("Ratings in all"): lambda row: printed.number(row.n_ratings),
            mark("Simulated networks"): lambda row: printed.number(row.n_draws),
        },
    )
    note = say(
        "Two ratings of one session share what is special to it, so they tell little more about "
        "the slope than one. Double-coding is for telling the raters’ own movement from practice."
    )
    return DisplayTable(say("What double-coding adds to the slope"), frame, note)
