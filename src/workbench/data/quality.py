"""Quality: which rows can be used, which are set aside and why, and whether a run may go on.

Tables are checked parents first, so that a practitioner who was set aside is not there for the
responses that name him. Nothing is lost: accepted + set aside = received, for every table.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from workbench.data.conform import PROVENANCE, TypedTable, conform_rows
from workbench.data.extracts import Extract
from workbench.data.facts import Instruments, add_facts
from workbench.data.quality_report import QualityReport
from workbench.data.quality_rules import (
    DECLARED_EMPTY,
    DUPLICATE_RULE,
    NOT_HANDED_IN,
    RULE_COLUMNS,
    TYPE_RULE,
    not_applicable_rows,
    own_rules,
    rule_row,
)
from workbench.data.schemas import TableSchema
from workbench.data.suites import SETS_ASIDE, STOPS, RuleResult, SuiteRunner, read_suite
from workbench.data.waivers import Waiver, find_waiver
from workbench.errors import DataProblems, Problem
from workbench.language import mark
from workbench.progress import followed
from workbench.resources import resource_file

__all__ = ["DUPLICATE_RULE", "TYPE_RULE", "check"]

REPEATS = mark("The row says the same as an earlier row, word for word")
FAILS = "Fails: "
"""Begins the reason of a row that broke a rule of the suite."""
REASON_COLUMNS = ["table", *PROVENANCE, "position", "rule_id", "column", "reason", "what_to_do"]


def check(
    extracts: list[Extract],
    schemas: dict[str, TableSchema],
    instruments: Instruments,
    as_of: dt.date,
    waivers: tuple[Waiver, ...] = (),
    largest_share_set_aside: float = 0.10,
) -> QualityReport:
    """Check everything received, table by table.

    Parameters
    ----------
    extracts
        What was received.
    schemas
        Tables, parents first.
    instruments
        Instruments by identifier and version.
    as_of
        Day of the run.
    waivers
        Waivers of the study.
    largest_share_set_aside
        Share of a table's rows, 0 to 1, beyond which the run is refused.

    Raises
    ------
    DataProblems
        Where a file lacks a required column; every such problem of every file at once.
    """
    typed = _type_tables(extracts, schemas)
    runner = SuiteRunner()
    accepted: dict[str, pd.DataFrame] = {}
    set_aside: dict[str, pd.DataFrame] = {}
    reasons, rules = [], []
    for name, schema in followed(list(schemas.items()), "Tables checked"):
        suite = read_suite(resource_file(f"expectations/{name}.json"))
        if name not in typed:
            rules += not_applicable_rows(name, suite, NOT_HANDED_IN)
            continue
        table = typed[name]
        frame, why = _without_duplicates(table, schema)
        frame = add_facts(frame, schema, accepted, instruments, as_of)
        in_order = not table.received and _is_declared_empty(extracts, name)
        results = [] if in_order else runner.run(frame, suite)
        why = pd.concat([table.reasons, why, *_reasons(frame, results)]).assign(table=name)
        columns = [column for column in table.frame.columns if column in frame.columns]
        bad = frame["position"].isin(why["position"])
        accepted[name] = frame.loc[~bad, columns].reset_index(drop=True)
        set_aside[name] = _rows_set_aside(table, why)
        reasons.append(why)
        if in_order:
            rules += not_applicable_rows(name, suite, DECLARED_EMPTY)
        results += own_rules(table, why, largest_share_set_aside)
        rules += [rule_row(name, result, waivers, as_of) for result in results]
    rule_table = pd.DataFrame(rules, columns=RULE_COLUMNS)
    used = [
        find_waiver(waivers, str(rule["rule_id"]), str(rule["table"]), as_of)
        for rule in rules
        if rule["waived_by"]
    ]
    return QualityReport(
        accepted,
        set_aside,
        pd.concat(reasons, ignore_index=True)[REASON_COLUMNS],
        rule_table,
        _accounting(typed, accepted, set_aside),
        tuple(dict.fromkeys(note for table in typed.values() for note in table.notes)),
        tuple(waiver for waiver in used if waiver),
        _sources(extracts),
    )


def _type_tables(extracts: list[Extract], schemas: dict[str, TableSchema]) -> dict[str, TypedTable]:
    typed: dict[str, TypedTable] = {}
    problems: list[Problem] = []
    for name, schema in schemas.items():
        mine = [extract for extract in extracts if extract.table == name]
        try:
            if mine:
                typed[name] = conform_rows(mine, schema)
        except DataProblems as error:
            problems.extend(error.problems)
    if problems:
        raise DataProblems(problems)
    return typed


def _is_declared_empty(extracts: list[Extract], table: str) -> bool:
    return all(extract.may_be_empty for extract in extracts if extract.table == table)


def _sources(extracts: list[Extract]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for extract in extracts:
        found[extract.table] = (*found.get(extract.table, ()), extract.source)
    return found


def _without_duplicates(
    table: TypedTable, schema: TableSchema
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows without those that repeat an earlier one word for word, and why those are set aside."""
    columns = [name for name in table.frame.columns if name in schema.columns]
    frame = table.frame.assign(position=table.frame.index)
    repeated = table.frame.duplicated(columns)
    why = frame.loc[repeated, [*PROVENANCE, "position"]].assign(
        rule_id=DUPLICATE_RULE,
        column="",
        reason=REPEATS,
        what_to_do="Nothing: the first one is used. Find out why the export repeats it.",
    )
    return frame[~repeated].reset_index(drop=True), why


def _reasons(frame: pd.DataFrame, results: list[RuleResult]) -> list[pd.DataFrame]:
    """Why rows are set aside by rules of the suite."""
    found = []
    for result in results:
        if result.severity not in (SETS_ASIDE, STOPS) or not result.positions:
            continue
        rows = frame.loc[list(result.positions), [*PROVENANCE, "position"]]
        found.append(
            rows.assign(
                rule_id=result.rule_id,
                column=result.column,
                reason=f"{FAILS}{result.title}",
                what_to_do=result.guidance,
            )
        )
    return found


def _rows_set_aside(table: TypedTable, why: pd.DataFrame) -> pd.DataFrame:
    """Rows as received, each with all its reasons."""
    by_row = why.drop_duplicates(["position", "rule_id", "column"]).groupby("position", sort=True)
    joined = by_row.agg(
        rule_ids=("rule_id", "; ".join),
        columns=("column", lambda names: "; ".join(name for name in names if name)),
        reasons=("reason", "; ".join),
        what_to_do=("what_to_do", lambda texts: " ".join(dict.fromkeys(texts))),
    )
    return table.as_received.loc[joined.index].join(joined).reset_index(drop=True)


def _accounting(
    typed: dict[str, TypedTable],
    accepted: dict[str, pd.DataFrame],
    set_aside: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    rows = [
        {
            "table": name,
            "received": table.received,
            "accepted": len(accepted[name]),
            "set_aside": len(set_aside[name]),
        }
        for name, table in typed.items()
    ]
    accounting = pd.DataFrame(rows)
    lost = accounting["received"] - accounting["accepted"] - accounting["set_aside"]
    if lost.any():
        raise AssertionError(f"Rows were lost in checking:\n{accounting}")
    return accounting
