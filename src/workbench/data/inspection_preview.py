"""Rows as they would be read by a draft, and how many of them would be set aside by their cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from workbench.data.conform import conform_rows
from workbench.data.extract import Extract
from workbench.data.inspection_draft import SourceDraft
from workbench.data.schemas import TableSchema
from workbench.data.sources import map_table
from workbench.data.text_tables import TextTable
from workbench.data.value_questions import value_problems
from workbench.errors import DataProblems, Problem, WorkbenchError

ROWS_SHOWN = 10


@dataclass(frozen=True)
class Preview:
    """A table as a draft would read it.

    Attributes
    ----------
    table
        The table.
    rows
        Its first rows, columns that are still open left out.
    read
        How many rows it would have; those of another width than the header count too.
    set_aside
        How many of them could not be typed, or None while a column that the table needs is open.
    reasons
        Why: a sentence to the number of rows.
    problem
        Why nothing can be shown, if so.
    """

    table: str
    rows: pd.DataFrame
    read: int = 0
    set_aside: int | None = None
    reasons: tuple[tuple[str, int], ...] = ()
    problem: str = ""


def preview_tables(
    text: TextTable, draft: SourceDraft, schemas: dict[str, TableSchema]
) -> list[Preview]:
    """Read all tables of a draft, without writing anything."""
    return [
        _preview(each, schemas) if isinstance(each, Extract) else each
        for each in _extracts(text, draft, schemas)
    ]


def questions_of_values(
    text: TextTable, draft: SourceDraft, schemas: dict[str, TableSchema]
) -> list[Problem]:
    """Questions that the values of a drafted table would raise when it is checked."""
    return [
        problem
        for each in _extracts(text, draft, schemas)
        if isinstance(each, Extract)
        for problem in value_problems(each, schemas[each.table])
    ]


def _extracts(
    text: TextTable, draft: SourceDraft, schemas: dict[str, TableSchema]
) -> Iterator[Extract | Preview]:
    source = draft.source()
    frame = text.frame.mask(text.frame.isin(source.missing))
    cleaned = TextTable(frame, text.source, text.fingerprint, text.uneven, text.notes)
    for table in source.tables:
        types: dict[str, str] = {name: one.type for name, one in schemas[table].columns.items()}
        mapping = source.map_of(table, types)
        if not mapping.columns:
            yield Preview(table, pd.DataFrame(), problem="Every column is still open.")
            continue
        try:
            rows, notes = map_table(cleaned, table, mapping)
        except WorkbenchError as error:
            yield Preview(table, pd.DataFrame(), problem=str(error))
            continue
        yield Extract(
            table, rows, text.source, "", text.uneven, tuple(notes), source.source, mapping
        )


def _preview(extract: Extract, schemas: dict[str, TableSchema]) -> Preview:
    schema = schemas[extract.table]
    columns = [name for name in schema.columns if name in extract.frame.columns]
    shown = extract.frame[columns].head(ROWS_SHOWN)
    read = len(extract.frame) + len(extract.uneven)
    return Preview(extract.table, shown, read, *_typed(extract, schema))


def _typed(extract: Extract, schema: TableSchema) -> tuple[int | None, tuple[tuple[str, int], ...]]:
    try:
        typed = conform_rows([extract], schema)
    except DataProblems:
        return None, ()
    counted = typed.reasons.groupby(["column", "reason"], sort=False).size().reset_index(name="n")
    said = [
        (f"{one['column']}: {one['reason']}" if one["column"] else str(one["reason"]), one["n"])
        for one in counted.to_dict("records")
    ]
    return typed.received - len(typed.frame), tuple(sorted(said, key=lambda each: -each[1])[:5])
