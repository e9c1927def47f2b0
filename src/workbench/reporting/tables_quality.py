"""Display tables about the data: rows received and used, rules, and where all came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench import terms, wording
from workbench.errors import RunFault
from workbench.kept_sentences import say_kept
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require

ROW_COUNTS = ("received", "accepted", "set_aside", "used", "not_used")
PASSED, FAILED, NOT_APPLICABLE = mark("passed"), mark("failed"), mark("not applicable")
ERROR = "error"
COUNTED = {
    PASSED: mark("{n} passed"),
    FAILED: mark("{n} failed"),
    ERROR: mark("{n} could not be checked"),
    NOT_APPLICABLE: mark("{n} did not apply"),
}


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
            mark("Table"): lambda row: say(terms.plain(row.table)),
            mark("Received"): lambda row: printed.number(row.received),
            mark("Used"): lambda row: printed.number(row.used),
            mark("Set aside"): lambda row: printed.number(row.set_aside),
            mark("Not used"): lambda row: printed.number(row.not_used),
            mark("Why not used"): lambda row: _text_or(row.why_not_used, "–"),
        },
    )
    note = say(
        "Received = used + set aside + not used, for every table. Set aside: the row broke a rule. "
        "Not used: the row is sound, and no analysis of this report needed it."
    )
    return DisplayTable(say("What became of every row received"), frame, note)


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
            mark("Rule"): lambda row: say_kept(row.title),
            mark("Table"): lambda row: say(terms.plain(row.table)),
            mark("Rows set aside"): lambda row: printed.number(row.rows),
            mark("Rule number"): lambda row: row.rule_id,
        },
    )
    note = say("A row that broke two rules counts under both.")
    return DisplayTable(say("Rows set aside, by rule"), frame, note)


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
            mark("Rule"): lambda row: say_kept(row.title),
            mark("Table"): lambda row: say(terms.plain(row.table)),
            mark("Outcome"): lambda row: (
                say("could not be checked") if row.status == ERROR else say(row.status)
            ),
            mark("Weight"): lambda row: say(row.severity),
            mark("Rows that failed"): _failed_of_checked,
            mark("What to do"): lambda row: (
                "–" if row.status == PASSED else say(_text_or(row.guidance, "–"))
            ),
            mark("Rule number"): lambda row: row.rule_id,
        },
    )
    caption = say("Rules that did not pass") if only_open else say("All quality rules")
    return DisplayTable(caption, frame)


def _failed_of_checked(row: Any) -> str:
    if not printed.is_number(row.rows_checked):
        return "–"
    failed, checked = printed.number(row.rows_failed), printed.number(row.rows_checked)
    return say(printed.PART_OF, part=failed, whole=checked)


def _count_or_dash(value: object) -> str:
    return printed.number(value) if printed.is_number(value) else "–"


def quality_sentences(quality_rules: pd.DataFrame) -> str:
    """How the rules came out, in a sentence; an unchecked rule is never counted as passed."""
    quality_rules = require(quality_rules, "quality_rules", ["status"])
    counts = quality_rules["status"].value_counts()
    parts = [say(words, n=counts[status]) for status, words in COUNTED.items() if status in counts]
    if not parts:
        return say("No rule was checked.")
    total = printed.counted(len(quality_rules), "rules")
    return say("Of {rules}, {outcomes}.", rules=total, outcomes=wording.one_of(parts))


def missing_table(missing_tables: pd.DataFrame) -> DisplayTable:
    """Tables that were not handed in, and what each would add."""
    rows = require(missing_tables, "missing_tables", ["table", "would_add"])
    frame = written(
        rows,
        {
            mark("Table"): lambda row: say(terms.plain(row.table)),
            mark("What it would add"): lambda row: say(row.would_add),
        },
    )
    return DisplayTable(say("Tables not handed in"), frame)


def facts_table(
    caption: str,
    facts: Mapping[str, object],
    names: tuple[str, str] = (mark("What"), mark("Value")),
) -> DisplayTable:
    """Named facts, one a row: versions, parameters, settings."""
    rows = [(say(str(name)), str(value)) for name, value in facts.items()]
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
            mark("Table"): lambda row: say(terms.plain(row.table)),
            mark("File"): lambda row: row.source,
            mark("Rows"): lambda row: _count_or_dash(row.rows),
            mark("Fingerprint (SHA-256)"): lambda row: row.sha256,
        },
    )
    return DisplayTable(say("Files received"), frame)


def provenance_tables(
    inputs: pd.DataFrame, versions: Mapping[str, object], parameters: Mapping[str, object]
) -> tuple[DisplayTable, ...]:
    """Where a report comes from: inputs, parameters and versions."""
    return (
        inputs_table(inputs),
        facts_table(
            say("Parameters of this report"), parameters, (mark("Parameter"), mark("Value"))
        ),
        facts_table(say("Versions"), versions, (mark("Software"), mark("Version"))),
    )
