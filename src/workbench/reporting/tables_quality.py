"""Display tables about the data: rows received and used, rules, and where all came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench import terms, wording
from workbench.errors import RunFault
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require

ROW_COUNTS = ("received", "accepted", "set_aside", "used", "not_used")
PASSED, FAILED, ERROR, NOT_APPLICABLE = "passed", "failed", "error", "not applicable"


def row_accounting_table(row_accounting: pd.DataFrame) -> DisplayTable:
    """Tell what became of every row received.

    Raises
    ------
    RunFault
        If a table's rows don't add up: received = accepted + set aside, accepted = used + not
        used. A report with rows lost is worse than no report.
    """
    row_accounting = require(
        row_accounting, "row_accounting", ["table", *ROW_COUNTS, "why_not_used"]
    )
    _check_that_rows_add_up(row_accounting)
    frame = written(
        row_accounting,
        {
            "Table": lambda row: terms.plain(row.table),
            "Received": lambda row: printed.number(row.received),
            "Used": lambda row: printed.number(row.used),
            "Set aside": lambda row: printed.number(row.set_aside),
            "Not used": lambda row: printed.number(row.not_used),
            "Why not used": lambda row: _text_or(row.why_not_used, "–"),
        },
    )
    note = (
        "Received = used + set aside + not used, for every table. Set aside: the row broke a rule. "
        "Not used: the row is sound, and no analysis of this report needed it."
    )
    return DisplayTable("What became of every row received", frame, note)


def _check_that_rows_add_up(row_accounting: pd.DataFrame) -> None:
    counts = row_accounting
    lost = (counts["received"] != counts["accepted"] + counts["set_aside"]) | (
        counts["accepted"] != counts["used"] + counts["not_used"]
    )
    if lost.any():
        tables = wording.one_of([str(table) for table in counts.loc[lost, "table"]])
        raise RunFault(f"The rows of {tables} don't add up: received, used and set aside differ.")


def _text_or(value: object, otherwise: str) -> str:
    text = str(value) if printed.is_number(value) else ""
    return text.strip() or otherwise


def set_aside_table(set_aside_by_reason: pd.DataFrame) -> DisplayTable:
    """Rows set aside, by the rule that they broke."""
    set_aside_by_reason = require(
        set_aside_by_reason, "set_aside_by_reason", ["table", "rule_id", "title", "rows"]
    )
    frame = written(
        set_aside_by_reason,
        {
            "Rule": lambda row: row.title,
            "Table": lambda row: terms.plain(row.table),
            "Rows set aside": lambda row: printed.number(row.rows),
            "Rule number": lambda row: row.rule_id,
        },
    )
    note = "A row that broke two rules counts under both."
    return DisplayTable("Rows set aside, by rule", frame, note)


def quality_table(quality_rules: pd.DataFrame, only_open: bool = False) -> DisplayTable:
    """Quality rules and how they came out.

    Parameters
    ----------
    quality_rules
        Evidence table.
    only_open
        Leave out the rules that passed.
    """
    quality_rules = require(
        quality_rules, "quality_rules", ["rule_id", "status", "rows_checked", "rows_failed"]
    )
    rows = quality_rules[quality_rules["status"] != PASSED] if only_open else quality_rules
    frame = written(
        rows,
        {
            "Rule": lambda row: row.title,
            "Table": lambda row: terms.plain(row.table),
            "Outcome": lambda row: "could not be checked" if row.status == ERROR else row.status,
            "Weight": lambda row: row.severity,
            "Rows that failed": _failed_of_checked,
            "What to do": lambda row: "–" if row.status == PASSED else _text_or(row.guidance, "–"),
            "Rule number": lambda row: row.rule_id,
        },
    )
    caption = "Rules that did not pass" if only_open else "All quality rules"
    return DisplayTable(caption, frame)


def _failed_of_checked(row: Any) -> str:
    if not printed.is_number(row.rows_checked):
        return "–"
    return f"{printed.number(row.rows_failed)} of {printed.number(row.rows_checked)}"


def _count_or_dash(value: object) -> str:
    return printed.number(value) if printed.is_number(value) else "–"


def quality_sentences(quality_rules: pd.DataFrame) -> str:
    """How the rules came out, in a sentence; an unchecked rule is never counted as passed."""
    quality_rules = require(quality_rules, "quality_rules", ["status"])
    counts = quality_rules["status"].value_counts()
    said = {
        PASSED: "passed",
        FAILED: "failed",
        ERROR: "could not be checked",
        NOT_APPLICABLE: "did not apply",
    }
    parts = [f"{counts[status]} {words}" for status, words in said.items() if status in counts]
    total = printed.counted(len(quality_rules), "rules")
    return f"Of {total}, {wording.one_of(parts)}." if parts else "No rule was checked."


def missing_table(missing_tables: pd.DataFrame) -> DisplayTable:
    """Tables that were not handed in, and what each would add."""
    rows = require(missing_tables, "missing_tables", ["table", "would_add"])
    frame = written(
        rows,
        {
            "Table": lambda row: terms.plain(row.table),
            "What it would add": lambda row: row.would_add,
        },
    )
    return DisplayTable("Tables not handed in", frame)


def facts_table(
    caption: str, facts: Mapping[str, object], names: tuple[str, str] = ("What", "Value")
) -> DisplayTable:
    """Named facts, one a row: versions, parameters, settings."""
    rows = [(str(name), str(value)) for name, value in facts.items()]
    return DisplayTable(caption, pd.DataFrame(rows, columns=list(names), dtype="str"))


def inputs_table(inputs: pd.DataFrame) -> DisplayTable:
    """Files received, with the fingerprint by which the very same file can be told.

    Parameters
    ----------
    inputs
        Columns ``table``, ``source``, ``rows`` and ``sha256``.
    """
    inputs = require(inputs, "inputs", ["table", "source", "rows", "sha256"])
    frame = written(
        inputs,
        {
            "Table": lambda row: terms.plain(row.table),
            "File": lambda row: row.source,
            "Rows": lambda row: _count_or_dash(row.rows),
            "Fingerprint (SHA-256)": lambda row: row.sha256,
        },
    )
    return DisplayTable("Files received", frame)


def provenance_tables(
    inputs: pd.DataFrame, versions: Mapping[str, object], parameters: Mapping[str, object]
) -> tuple[DisplayTable, ...]:
    """Where a report comes from: inputs, parameters and versions."""
    return (
        inputs_table(inputs),
        facts_table("Parameters of this report", parameters, ("Parameter", "Value")),
        facts_table("Versions", versions, ("Software", "Version")),
    )
