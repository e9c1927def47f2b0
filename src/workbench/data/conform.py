"""Typing a table by its schema: every cell becomes what the schema says, or its row is set aside.

Nothing is coerced. A cell that isn't written as its type asks is a problem with a row number.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import pandas as pd

from workbench.data.conform_types import said_of, typed_column
from workbench.data.extract import Extract
from workbench.data.identifiers import identifier_columns, mixed_alphabets, repaired
from workbench.data.missing_codes import suggested_codes
from workbench.data.schemas import TableSchema
from workbench.data.total_rows import TOTAL, total_rows
from workbench.data.value_questions import value_problems
from workbench.errors import DataProblems, Problem
from workbench.kept_sentences import NONE_FILLED_IN
from workbench.language import mark, say

PROVENANCE = ["source_file", "source_row"]
CELLS = "cells_as_received"
"""Column that keeps the cells of a row that does not fit under the header."""
_REASON_COLUMNS = [*PROVENANCE, "position", "rule_id", "column", "reason", "what_to_do"]
_NO_REASONS = pd.DataFrame(
    {name: pd.Series(dtype="int64" if name in ("position", "source_row") else "str")
     for name in _REASON_COLUMNS}
)  # fmt: skip
_EMPTY = (mark("The cell is empty"), "Fill it in, or take the row out if it isn't known.")
_TOTAL = (
    TOTAL,
    "Nothing: totals are not read. If it is no total, mend 'total_rows' in the source file.",
)
_TWO_ALPHABETS = (
    mark("The identifier mixes letters of two alphabets that look alike"),
    "Type it again in one alphabet; if it is right, write 'ids_as_written: true' in the source "
    "file.",
)


@dataclass(frozen=True)
class TypedTable:
    """A table typed by its schema.

    Attributes
    ----------
    frame
        Rows whose every cell could be typed: the schema's columns that were handed in, then
        ``source_file`` and ``source_row``. The index is the row's position among those received.
    as_received
        All rows received, as text, with ``source_file`` and ``source_row``.
    reasons
        Why rows are not in ``frame``: one row a row and problem, with ``source_file``,
        ``source_row``, ``position``, ``rule_id``, ``column``, ``reason`` and ``what_to_do``.
    notes
        Sentences on what was repaired or not read.
    """

    frame: pd.DataFrame
    as_received: pd.DataFrame
    reasons: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def received(self) -> int:
        """Number of rows received."""
        return len(self.as_received)


def conform(extract: Extract, schema: TableSchema) -> pd.DataFrame:
    """Typed table of an extract in which everything is in order.

    Raises
    ------
    DataProblems
        Every problem of the extract at once: columns that are missing, and for each column the
        rows whose cells are empty or not of the type.
    """
    typed = conform_rows([extract], schema)
    if len(typed.reasons):
        problems = [
            Problem(
                "cell_not_of_type" if column else "row_not_readable",
                extract.table,
                f"{reason}.",
                str(what_to_do),
                extract.source,
                str(column),
                tuple(rows["source_row"]),
            )
            for (column, reason, what_to_do), rows in typed.reasons.groupby(
                ["column", "reason", "what_to_do"], sort=False
            )
        ]
        raise DataProblems(problems)
    return typed.frame.reset_index(drop=True)


def conform_rows(extracts: list[Extract], schema: TableSchema) -> TypedTable:
    """Type all rows received for a table, setting aside those with a cell that can't be typed.

    Raises
    ------
    DataProblems
        Where a required column is missing, so that no row could be used; and where identifiers,
        numbers or dates can be read in two ways and no source file says in which.
    """
    problems = [problem for each in extracts for problem in _missing_columns(each, schema)]
    problems += [problem for each in extracts for problem in value_problems(each, schema)]
    if problems:
        raise DataProblems(problems)
    extracts = [repaired(each, schema) for each in extracts]
    received = _received(extracts, schema)
    totals = _totals(extracts, schema)
    typed, reasons = {}, [_NO_REASONS, *_uneven_reasons(received, schema)]
    reasons += _reasons(received, totals, schema.table, "", _TOTAL)
    readable = ~received["uneven"] & ~totals
    for name, column in schema.columns.items():
        if name not in received.columns:
            continue
        typed[name], bad = typed_column(received[name].where(readable), column)
        reasons += _reasons(received, bad & readable, schema.table, name, said_of(column))
        if column.required and not column.empty_allowed:
            empty = received[name].isna() & readable
            reasons += _reasons(received, empty, schema.table, name, _EMPTY)
    for each in _mixed(extracts, schema):
        in_two = mixed_alphabets(received[each]) & readable
        reasons += _reasons(received, in_two, schema.table, each, _TWO_ALPHABETS)
    for group in schema.one_of_required:
        there = [name for name in group if name in received.columns]
        none = received[there].isna().all(axis=1) & readable
        said = (NONE_FILLED_IN.format(columns=", ".join(group)), "Fill in one of them.")
        reasons += _reasons(received, none, schema.table, "", said)
    why = pd.concat(reasons, ignore_index=True)
    bad_rows = received.index.isin(why["position"])
    frame = pd.DataFrame(typed).assign(**{name: received[name] for name in PROVENANCE})
    notes = [
        note
        for each in extracts
        for note in (*each.notes, *_unread_columns(each, schema), *suggested_codes(each, schema))
    ]
    return TypedTable(
        frame[~bad_rows], received.drop(columns="uneven"), why, tuple(dict.fromkeys(notes))
    )


def empty_table(schema: TableSchema) -> pd.DataFrame:
    """Make the table of a schema, typed, without rows."""
    return pd.DataFrame(
        {
            name: typed_column(pd.Series(dtype="str"), column)[0]
            for name, column in schema.columns.items()
        }
    )


def _missing_columns(extract: Extract, schema: TableSchema) -> list[Problem]:
    there = list(extract.frame.columns)
    problems = []
    for name in schema.required_columns:
        if name in there:
            continue
        near = difflib.get_close_matches(name, there, n=1, cutoff=0.6)
        hint = f"Is it '{near[0]}'? Rename it" if near else "Add it"
        problems.append(
            Problem(
                "missing_column",
                schema.table,
                f"The column '{name}' is missing.",
                f"{hint}, or map it in a source file.",
                extract.source,
                name,
            )
        )
    return problems


def _unread_columns(extract: Extract, schema: TableSchema) -> list[str]:
    extra = [name for name in extract.frame.columns if name not in schema.columns]
    if not extra:
        return []
    shown = ", ".join(f"'{name}'" for name in extra[:8])
    return [
        say(
            "{file}: columns that {table} doesn't have are not read: {columns}.",
            file=extract.source,
            table=schema.table,
            columns=shown,
        )
    ]


def _received(extracts: list[Extract], schema: TableSchema) -> pd.DataFrame:
    """All rows received as text, uneven rows included, one after another."""
    parts = []
    for each in extracts:
        columns = [name for name in each.frame.columns if name in schema.columns]
        even = each.frame[columns].assign(
            source_file=each.source, source_row=each.frame.index, uneven=False
        )
        parts.append(even)
        if each.uneven:
            cells = {row: " | ".join(texts) for row, texts in each.uneven.items()}
            uneven = pd.DataFrame({"source_row": list(cells), CELLS: list(cells.values())}).assign(
                source_file=each.source, uneven=True
            )
            parts.append(uneven)
    received = pd.concat(parts, ignore_index=True)
    text = [name for name in received.columns if name in schema.columns]
    return received.astype(dict.fromkeys(text, "str"))


def _totals(extracts: list[Extract], schema: TableSchema) -> pd.Series:
    """Which of the rows received are totals, in their order."""
    parts: list[pd.Series] = []
    for each in extracts:
        parts += [total_rows(each, schema), pd.Series(False, index=list(each.uneven))]
    return pd.concat(parts, ignore_index=True).astype(bool)


def _mixed(extracts: list[Extract], schema: TableSchema) -> list[str]:
    """Columns of identifiers that nothing is declared of."""
    names = [
        name
        for each in extracts
        if not each.ids_as_written
        for name in identifier_columns(each, schema)
    ]
    return list(dict.fromkeys(names))


def _uneven_reasons(received: pd.DataFrame, schema: TableSchema) -> list[pd.DataFrame]:
    said = (
        mark("The row has more or fewer cells than the header"),
        "Look for a comma inside a cell without quotation marks, or a cell too many.",
    )
    return _reasons(received, received["uneven"], schema.table, "", said)


def _reasons(
    received: pd.DataFrame, bad: pd.Series, table: str, column: str, said: tuple[str, str]
) -> list[pd.DataFrame]:
    """Why rows are set aside; nothing if none is."""
    if not bad.any():
        return []
    rows = received.loc[bad, PROVENANCE]
    found = rows.assign(
        position=rows.index,
        rule_id=f"T-{table}-{column or 'row'}",
        column=column,
        reason=said[0],
        what_to_do=said[1],
    )
    return [found]
