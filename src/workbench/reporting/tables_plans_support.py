"""Display tables of dependence: whether plans move only while professionals carry them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say, say_in
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_plans import (
    BRACKETS,
    odds_with_interval,
    rows_at,
    rows_by_place,
    said_or_why,
)
from workbench.reporting.tables_words import is_yes, points_with_interval, share_with_interval

DEPENDENCE_COLUMNS = (
    "scope",
    "site_id",
    "index",
    "index_low",
    "index_high",
    "flagged",
    "n_periods",
    "n_plans",
    "n_practitioners",
    "reason",
)
TERM_COLUMNS = (
    "measure",
    "title",
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "shown",
    "n_periods",
    "n_plans",
    "reason",
)
CURVE_COLUMNS = ("relative", "progress", "low", "high", "n_periods", "n_plans", "n_practitioners")
REMINDER_COLUMNS = (
    "scope",
    "site_id",
    "quarter",
    "reminders",
    "reminders_low",
    "reminders_high",
    "done",
    "done_low",
    "done_high",
    "n_periods",
    "n_plans",
    "n_practitioners",
)
PATTERN_COLUMNS = (
    "scope",
    "site_id",
    "reminders_change",
    "reminders_low",
    "reminders_high",
    "done_change",
    "done_low",
    "done_high",
    "pattern",
    "n_plans",
    "reason",
)
REDUCED_COLUMNS = ("group", "change", "change_low", "change_high", "n_plans", "reason")
FLAGGED, NOT_FLAGGED = mark("moves while carried"), mark("none shown")
GROUPS = {
    "reduced": mark("Support was reduced"),
    "not reduced": mark("Not reduced"),
    "difference": mark("Difference"),
}
MULTIPLES = (0.25, 0.5, 1.0, 1.5, 2.0)
"""Multiples of a plan's usual support at which the curve is told."""


def index_words(row: Any) -> str:
    """Write by how much progress is lower with half the usual support."""
    return said_or_why(share_with_interval(row.index, row.index_low, row.index_high), row)


def dependence_verdict(row: Any) -> str:
    """Say whether plans of a place are told to move while they are carried."""
    if not printed.is_number(row.index):
        return say(printed.NO_NUMBER)
    return say(FLAGGED if is_yes(row.flagged) else NOT_FLAGGED)


def dependence_rows(
    dependence: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> pd.DataFrame:
    """Rows of places: sites in the order of their names, and the network last."""
    return rows_by_place(require(dependence, "dependence", DEPENDENCE_COLUMNS), sites, site_id)


def dependence_table(
    dependence: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write the dependence of the plans of each place."""
    frame = written(
        dependence_rows(dependence, sites, site_id),
        {
            mark("Place"): lambda row: row.place,
            mark("Less progress with half the support"): index_words,
            mark("Verdict"): dependence_verdict,
            mark("Periods"): lambda row: printed.number(row.n_periods),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    note = say(
        "0%: a plan moves as well with half of its usual professional support. 100%: it stops. "
        "Under 0%: it moves more. In brackets: 95% intervals. A verdict allows for all places "
        "looked at. It is an association: support may be raised when a plan is stuck."
    )
    return DisplayTable(say("Dependence on professional support"), frame, note)


def dependence_terms_table(dependence_terms: pd.DataFrame) -> DisplayTable:
    """Write what more hours, contacts and reminders go with."""
    frame = written(
        require(dependence_terms, "dependence_terms", TERM_COLUMNS),
        {
            mark("Twice as much of"): lambda row: printed.clean(str(row.title)),
            mark("Within plans"): lambda row: said_or_why(
                odds_with_interval(row.within, row.within_low, row.within_high), row
            ),
            mark("Between plans"): lambda row: odds_with_interval(
                row.between, row.between_low, row.between_high
            ),
            mark("Verdict"): _term_verdict,
            mark("Periods"): lambda row: printed.number(row.n_periods),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    note = say(
        "Odds ratios of an open action being done, with 95% intervals; 1 is no difference. Within: "
        "the same plan at times with twice as much. Between: plans with more beside others."
    )
    return DisplayTable(say("Progress and professional support"), frame, note)


def _term_verdict(row: Any) -> str:
    if not printed.is_number(row.within):
        return say(printed.NO_NUMBER)
    if not is_yes(row.shown):
        return say(NOT_FLAGGED)
    return say("goes with more progress") if row.within > 1 else say("goes with less progress")


def curve_rows(dependence_curve: pd.DataFrame) -> pd.DataFrame:
    """Rows of progress by support, from little to much."""
    rows = require(dependence_curve, "dependence_curve", CURVE_COLUMNS)
    return rows.sort_values("relative", ignore_index=True)


def dependence_curve_table(dependence_curve: pd.DataFrame) -> DisplayTable:
    """Write progress at a few multiples of the usual support."""
    rows = told_multiples(curve_rows(dependence_curve))
    frame = written(
        rows,
        {
            mark("Support beside the plan’s usual"): lambda row: times_words(row.relative),
            mark("Open actions done in a month"): lambda row: share_with_interval(
                row.progress, row.low, row.high
            ),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    return DisplayTable(say("Progress by support"), frame, say(BRACKETS))


def told_multiples(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows nearest to the multiples that are told, each once."""
    if rows.empty:
        return rows
    off = [(rows["relative"].astype("float64") - one).abs() for one in MULTIPLES]
    places = [one.idxmin() for one in off if one.min() < 0.13]
    return rows.loc[rows.index.isin(places)]


def times_words(relative: Any) -> str:
    """Write a multiple of the usual support.

    >>> times_words(0.5), times_words(1), times_words(1.5)
    ('half', 'as usual', '1.5 times')
    """
    value = round(float(relative), 2)
    words = {
        0.25: say_in("of the usual support", "a quarter"),
        0.5: say_in("of the usual support", "half"),
        1.0: say_in("of the usual support", "as usual"),
        2.0: say_in("of the usual support", "twice"),
    }
    return words.get(value) or say_in("of the usual support", "{count} times", count=f"{value:g}")


def reminder_rows(reminders_by_quarter: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of reminders and completion at a place, in the order of time."""
    frame = require(reminders_by_quarter, "reminders_by_quarter", REMINDER_COLUMNS)
    return rows_at(frame, site_id).sort_values("quarter", ignore_index=True)


def reminders_table(reminders_by_quarter: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Write reminders and completion by quarter."""
    frame = written(
        reminder_rows(reminders_by_quarter, site_id),
        {
            mark("Quarter"): lambda row: str(row.quarter),
            mark("Reminders for an open action, a month"): lambda row: rate_with_interval(
                row.reminders, row.reminders_low, row.reminders_high
            ),
            mark("Open actions done in a month"): lambda row: share_with_interval(
                row.done, row.done_low, row.done_high
            ),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    return DisplayTable(say("Reminders and completion"), frame, say(BRACKETS))


def rate_with_interval(value: Any, low: Any, high: Any) -> str:
    """Write a number of reminders with its interval.

    >>> rate_with_interval(0.84, 0.7, 1.0)
    '0.8 (0.7 to 1.0)'
    """
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
    known = printed.is_number(low) and printed.is_number(high)
    return printed.number(value, 1) + (f" ({printed.interval(low, high, 1)})" if known else "")


def reminders_trend_table(
    reminders_trend: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write whether reminders rise while completion doesn't, place by place."""
    frame = require(reminders_trend, "reminders_trend", PATTERN_COLUMNS)
    shown = written(
        rows_by_place(frame, sites, site_id),
        {
            mark("Place"): lambda row: row.place,
            mark("What is seen"): lambda row: said_or_why(printed.verdict(row.pattern), row),
            mark("Reminders, times a quarter"): lambda row: odds_with_interval(
                row.reminders_change, row.reminders_low, row.reminders_high
            ),
            mark("Completion, odds ratio a quarter"): lambda row: odds_with_interval(
                row.done_change, row.done_low, row.done_high
            ),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    note = say("1 is no change from quarter to quarter. In brackets: 95% intervals.")
    return DisplayTable(say("Do reminders rise while completion does not?"), shown, note)


def _group(row: Any) -> str:
    known = GROUPS.get(str(row.group))
    return say(known) if known else str(row.group)


def support_reduced_table(support_reduced: pd.DataFrame) -> DisplayTable:
    """Write how progress changed where support was reduced, beside where it was not."""
    frame = written(
        require(support_reduced, "support_reduced", REDUCED_COLUMNS),
        {
            mark("Plans in which"): _group,
            mark("Change in progress, points"): lambda row: said_or_why(
                points_with_interval(row.change, row.change_low, row.change_high, 1), row
            ),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    note = say(
        "Share of open actions done in a month, after less before, with 95% intervals. Plans are "
        "set beside others with the same support and progress before. Support may be reduced for "
        "a reason that no table holds, so read it with care."
    )
    return DisplayTable(say("What happened when support was reduced"), frame, note)
