"""Typing a table by its schema: every cell becomes what the schema says, or its row is set aside.

Nothing is coerced. A cell that isn't written as its type asks is a problem with a row number.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import pandas as pd

from workbench.data.extracts import Extract
from workbench.data.schemas import Column, TableSchema
from workbench.errors import DataProblems, Problem

PROVENANCE = ["source_file", "source_row"]
CELLS = "cells_as_received"
"""Column that keeps the cells of a row that does not fit under the header."""
EARLIEST, LATEST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")

# Plain digits: \d would let in those of other scripts, which no number can be read from.
_WHOLE_NUMBER = r"[+-]?[0-9]+"
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_HOW_TO_WRITE = {
    "integer": "Write a whole number, such as 12.",
    "number": "Write a number with a point for decimals, such as 12.5.",
    "date": "Write the date as year-month-day, such as 2026-03-31.",
    "yes_no": "Write yes or no.",
}


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
        Where a required column is missing; no row could be used then.
    """
    problems = [problem for each in extracts for problem in _missing_columns(each, schema)]
    if problems:
        raise DataProblems(problems)
    received = _received(extracts, schema)
    typed, reasons = {}, [_uneven_reasons(received, schema)]
    readable = ~received["uneven"]
    for name, column in schema.columns.items():
        if name not in received.columns:
            continue
        typed[name], bad = _typed(received[name].where(readable), column)
        reasons.append(_reasons(received, bad & readable, schema.table, name, _said(column)))
        if column.required and not column.empty_allowed:
            empty = received[name].isna() & readable
            reasons.append(
                _reasons(
                    received,
                    empty,
                    schema.table,
                    name,
                    ("The cell is empty", "Fill it in, or take the row out if it isn't known."),
                )
            )
    for group in schema.one_of_required:
        there = [name for name in group if name in received.columns]
        none = received[there].isna().all(axis=1) & readable
        said = (f"None of {', '.join(group)} is filled in", "Fill in one of them.")
        reasons.append(_reasons(received, none, schema.table, "", said))
    why = pd.concat(reasons, ignore_index=True)
    bad_rows = received.index.isin(why["position"])
    frame = pd.DataFrame(typed).assign(**{name: received[name] for name in PROVENANCE})
    notes = [note for each in extracts for note in (*each.notes, *_unread_columns(each, schema))]
    return TypedTable(
        frame[~bad_rows], received.drop(columns="uneven"), why, tuple(dict.fromkeys(notes))
    )


def empty_table(schema: TableSchema) -> pd.DataFrame:
    """Make the table of a schema, typed, without rows."""
    return pd.DataFrame(
        {name: _typed(pd.Series(dtype="str"), column)[0] for name, column in schema.columns.items()}
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
    return [f"{extract.source}: columns that {schema.table} doesn't have are not read: {shown}."]


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


def _uneven_reasons(received: pd.DataFrame, schema: TableSchema) -> pd.DataFrame:
    said = (
        "The row has more or fewer cells than the header",
        "Look for a comma inside a cell without quotation marks, or a cell too many.",
    )
    return _reasons(received, received["uneven"], schema.table, "", said)


def _reasons(
    received: pd.DataFrame, bad: pd.Series, table: str, column: str, said: tuple[str, str]
) -> pd.DataFrame:
    rows = received.loc[bad, PROVENANCE]
    return rows.assign(
        position=rows.index,
        rule_id=f"T-{table}-{column or 'row'}",
        column=column,
        reason=said[0],
        what_to_do=said[1],
    )


def _said(column: Column) -> tuple[str, str]:
    if column.type == "category":
        return "The cell is none of the legal values", f"Write one of: {', '.join(column.values)}."
    article = "an integer" if column.type == "integer" else f"a {column.type.replace('_', ' or ')}"
    return f"The cell is not {article}", _HOW_TO_WRITE.get(column.type, "")


def _typed(text: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    """Typed values, and which filled cells are not of the type."""
    if column.type in ("identifier", "text", "response"):
        return text, pd.Series(False, index=text.index)
    if column.type == "category":
        fits = text.isin(column.values)
        return text.where(fits), text.notna() & ~fits
    values: pd.Series
    if column.type == "yes_no":
        values = text.str.lower().map({"yes": True, "no": False}).astype("boolean")
    elif column.type == "date":
        plain = text.str.replace(r"[T ]00:00(:00)?$", "", regex=True)
        written = plain.where(plain.str.fullmatch(r"\d{4}-\d{2}-\d{2}", na=False))
        values = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
        values = values.where(values.between(EARLIEST, LATEST, inclusive="left"))
    else:
        shape = _WHOLE_NUMBER if column.type == "integer" else _NUMBER
        written = text.where(text.str.fullmatch(shape, na=False))
        values = pd.to_numeric(written).astype("float64")
        values = values.where(values.abs() < 1e15)
        if column.type == "integer":
            values = values.astype("Int64")
    return values, text.notna() & values.isna()
