"""Rules as the table of rules tells them, and the three that hold for every table.

A row of the table of rules is one table and rule, with its status, threshold and guidance.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from workbench.data.conform import TypedTable
from workbench.data.quality_report import SHARE_RULE
from workbench.data.suites import (
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    SETS_ASIDE,
    STOPS,
    RuleResult,
)
from workbench.data.total_rows import TOTAL
from workbench.data.waivers import Waiver, find_waiver
from workbench.kept_sentences import SHARE_SET_ASIDE
from workbench.language import mark

DUPLICATE_RULE = "ALL02"
TYPE_RULE = "ALL03"
NOT_HANDED_IN = "The table was not handed in."
DECLARED_EMPTY = "The table has no rows, as its source file allows."
RULE_COLUMNS = [
    "table",
    "rule_id",
    "title",
    "severity",
    "category",
    "threshold",
    "status",
    "rows_checked",
    "rows_failed",
    "guidance",
    "detail",
    "waived_by",
]


def own_rules(table: TypedTable, why: pd.DataFrame, largest_share: float) -> list[RuleResult]:
    """Rules on a table as a whole that hold for every table; none applies where it has no rows."""
    totals = why.loc[why["reason"] == TOTAL, "position"].nunique()
    count = why["position"].nunique() - totals
    share = count / max(table.received - totals, 1)
    repeats = int((why["rule_id"] == DUPLICATE_RULE).sum())
    untyped = int(table.reasons["position"].nunique())

    def own(
        rule: str,
        title: str,
        severity: str,
        category: str,
        guidance: str,
        failed: int,
        fails: bool,
        threshold: float = 0.0,
    ) -> RuleResult:
        status = FAILED if fails else PASSED if table.received else NOT_APPLICABLE
        return RuleResult(
            rule,
            title,
            "",
            severity,
            category,
            guidance,
            status,
            table.received,
            tuple(range(failed)),
            "" if table.received else "There are no rows.",
            threshold,
        )

    return [
        own(
            SHARE_RULE,
            SHARE_SET_ASIDE.format(share=f"{largest_share:.0%}"),
            STOPS,
            "completeness",
            mark(
                "So many rows can't be used that the file itself is probably damaged or mapped "
                "wrongly."
            ),
            count,
            share > largest_share,
            largest_share,
        ),
        own(
            DUPLICATE_RULE,
            mark("No row repeats another word for word"),
            SETS_ASIDE,
            "plausibility",
            mark("The first of the rows is used."),
            repeats,
            repeats > 0,
        ),
        own(
            TYPE_RULE,
            mark("Every cell is written as its column asks"),
            SETS_ASIDE,
            "conformance",
            mark("Mend the cells named in the workbook of rows set aside."),
            untyped,
            untyped > 0,
        ),
    ]


def rule_row(
    table: str, result: RuleResult, waivers: tuple[Waiver, ...], as_of: dt.date
) -> dict[str, object]:
    """Row of the table of rules for a rule that was run."""
    waiver = None
    if result.severity == STOPS and result.status == FAILED:
        waiver = find_waiver(waivers, result.rule_id, table, as_of)
    return {
        "table": table,
        "rule_id": result.rule_id,
        "title": result.title,
        "severity": result.severity,
        "category": result.category,
        "threshold": result.threshold,
        "status": result.status,
        "rows_checked": result.rows_checked,
        "rows_failed": len(result.positions),
        "guidance": result.guidance,
        "detail": result.detail,
        "waived_by": f"{waiver.rule}, {waiver.owner}" if waiver else "",
    }


def not_applicable_rows(table: str, suite: dict, why: str) -> list[dict[str, object]]:
    """Rows of the table of rules for a table without a row, and why that is in order."""
    return [_not_applicable(table, rule, why) for rule in suite["expectations"]]


def _not_applicable(table: str, rule: dict, why: str) -> dict[str, object]:
    meta = rule["meta"]
    return {
        "table": table,
        "rule_id": meta["id"],
        "title": meta["title"],
        "severity": rule["severity"],
        "category": meta["category"],
        "threshold": float(meta.get("threshold", 0.0)),
        "status": NOT_APPLICABLE,
        "rows_checked": 0,
        "rows_failed": 0,
        "guidance": meta["guidance"],
        "detail": why,
        "waived_by": "",
    }
