"""Display tables of ownership: whose plan it is, and plans in order that nobody carries."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, records, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_plans import (
    BRACKETS,
    OWNERS,
    in_order,
    interval_of_share,
    owner_words,
    rows_at,
    rows_by_place,
    said_or_why,
)
from workbench.reporting.tables_words import points_with_interval

TREND_COLUMNS = (
    "scope",
    "site_id",
    "what",
    "level",
    "level_low",
    "level_high",
    "slope",
    "slope_low",
    "slope_high",
    "n_ratings",
    "n_plans",
    "n_practitioners",
    "reason",
)
COURSE_COLUMNS = ("what", "months", "ownership", "low", "high", "n_plans", "n_practitioners")
QUARTER_COLUMNS = (
    "scope",
    "site_id",
    "respondent_role",
    "quarter",
    "ownership",
    "ownership_low",
    "ownership_high",
    "n_ratings",
    "n_plans",
    "n_practitioners",
)
COMPLIANCE_COLUMNS = (
    "scope",
    "site_id",
    "quarter",
    "open_plans",
    "judged",
    "in_order",
    "weak",
    "falling",
    "not_owned",
    "share",
    "share_low",
    "share_high",
    "n_plans",
    "n_practitioners",
)
SINCE_COLUMNS = ("scope", "site_id", "since", "median_months", "n_plans", "reason")
GAP = "gap"
PERSON, PROFESSIONAL = "person", "professional"
WHO = {**{name: words for name, words in OWNERS.items() if name != "all"}, GAP: GAP}
GAP_WORDS = mark("Gap: professionals less the person")
MONTHS_TOLD = (0, 3, 6, 9, 12)


def who_words(what: Any) -> str:
    """Write who rated, or that it is the gap."""
    return say(GAP_WORDS) if what == GAP else owner_words(what)


def level_words(row: Any, value: Any, low: Any, high: Any) -> str:
    """Write a level in percent, or a gap in points, with its interval."""
    if row.what == GAP:
        return points_with_interval(value, low, high)
    return printed.with_interval(value, low, high)


def ownership_table(ownership_trends: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Write ownership at six months of a plan, and its slope within plans, by who rated."""
    rows = rows_at(require(ownership_trends, "ownership_trends", TREND_COLUMNS), site_id)
    frame = written(
        in_order(rows, "what", WHO),
        {
            mark("As seen by"): lambda row: who_words(row.what),
            mark("At six months"): lambda row: said_or_why(
                level_words(row, row.level, row.level_low, row.level_high), row
            ),
            mark("Points a month"): lambda row: points_with_interval(
                row.slope, row.slope_low, row.slope_high, 1
            ),
            mark("Ratings"): lambda row: printed.number(row.n_ratings),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    note = say(
        "Percent of full ownership, with 95% intervals. Points a month: within the same plan. The "
        "gap is of ratings of the same plan at about the same time."
    )
    return DisplayTable(say("Ownership, by who rated it"), frame, note)


def course_rows(ownership_course: pd.DataFrame) -> pd.DataFrame:
    """Rows of ownership by the month of the plan, in order."""
    rows = require(ownership_course, "ownership_course", COURSE_COLUMNS)
    return in_order(rows.sort_values("months", kind="stable"), "what", WHO)


def ownership_course_table(ownership_course: pd.DataFrame) -> DisplayTable:
    """Write ownership by the month of the plan, at a few months."""
    rows = course_rows(ownership_course)
    rows = rows[rows["months"].isin(MONTHS_TOLD)]
    frame = written(
        rows,
        {
            mark("As seen by"): lambda row: who_words(row.what),
            mark("Months since the plan opened"): lambda row: printed.number(row.months),
            mark("Ownership"): lambda row: level_words(row, row.ownership, row.low, row.high),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    return DisplayTable(say("Ownership by the month of the plan"), frame, say(BRACKETS))


def role_rows(ownership_by_quarter: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of ownership by quarter at a place, by who rated."""
    frame = require(ownership_by_quarter, "ownership_by_quarter", QUARTER_COLUMNS)
    rows = rows_at(frame, site_id).sort_values("quarter", kind="stable")
    return in_order(rows, "respondent_role", WHO)


def ownership_quarters_table(ownership_by_quarter: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Write mean ownership by quarter and who rated."""
    frame = written(
        role_rows(ownership_by_quarter, site_id),
        {
            mark("As seen by"): lambda row: who_words(row.respondent_role),
            mark("Quarter"): lambda row: str(row.quarter),
            mark("Ownership"): lambda row: printed.with_interval(
                row.ownership, row.ownership_low, row.ownership_high
            ),
            mark("Ratings"): lambda row: printed.number(row.n_ratings),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    return DisplayTable(say("Ownership by quarter"), frame, say(BRACKETS))


def compliance_rows(compliance: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of plans in order at a place, in the order of time."""
    frame = require(compliance, "compliance", COMPLIANCE_COLUMNS)
    return rows_at(frame, site_id).sort_values("quarter", ignore_index=True)


def compliance_table(compliance: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Write how many plans in order are not owned, by quarter."""
    frame = written(
        compliance_rows(compliance, site_id),
        {
            mark("Quarter"): lambda row: str(row.quarter),
            mark("Open plans"): lambda row: printed.number(row.open_plans),
            mark("Could be judged"): lambda row: printed.number(row.judged),
            mark("In order"): lambda row: printed.number(row.in_order),
            mark("Of these weak"): lambda row: printed.number(row.weak),
            mark("Falling"): lambda row: printed.number(row.falling),
            mark("Weak or falling"): lambda row: printed.number(row.not_owned),
            mark("Share of those in order"): interval_of_share,
        },
    )
    note = say(
        "In order: meetings were held and papers are as they should be. Weak or falling: ownership "
        "as the person sees it. A plan can be both. In brackets: 95% intervals."
    )
    return DisplayTable(say("Plans that are in order and not owned"), frame, note)


def compliance_places_table(
    compliance: pd.DataFrame,
    compliance_since: pd.DataFrame,
    sites: pd.DataFrame,
    site_id: str = "",
) -> DisplayTable:
    """Write where plans in order are not owned, and since when; in the last quarter."""
    frame = require(compliance, "compliance", COMPLIANCE_COLUMNS)
    last = frame[frame["quarter"] == frame["quarter"].max()] if len(frame) else frame
    since = require(compliance_since, "compliance_since", SINCE_COLUMNS)
    known = {str(row.site_id or ""): row for row in records(since)}

    def began(row: Any) -> str:
        mine = known.get(str(row.site_id or ""))
        return str(mine.since) if mine and printed.is_number(mine.since) and mine.since else "–"

    def months(row: Any) -> str:
        mine = known.get(str(row.site_id or ""))
        length = mine.median_months if mine else None
        return printed.number(length, 1) if printed.is_number(length) else "–"

    shown = written(
        rows_by_place(last, sites, site_id),
        {
            mark("Place"): lambda row: row.place,
            mark("In order"): lambda row: printed.number(row.in_order),
            mark("Not owned"): lambda row: printed.number(row.not_owned),
            mark("Share"): interval_of_share,
            mark("Higher than at first since"): began,
            mark("Months not owned"): months,
        },
    )
    note = say(
        "Months not owned: of half the plans so many or more. In brackets: 95% intervals. Sites "
        "stand in the order of their names."
    )
    caption = say("In order and not owned: where, and since when")
    caption += f", {last['quarter'].iloc[0]}" if len(last) else ""
    return DisplayTable(caption, shown, note)
