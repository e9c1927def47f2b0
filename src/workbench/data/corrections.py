"""Corrections that came back: the rows of workbooks in ``data/corrections`` that say something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.data.readers import Layout, TextTable, read_csv, read_xlsx
from workbench.data.row_marks import Mark, read_mark
from workbench.data.schemas import TableSchema
from workbench.errors import DataProblems, Problem

FOLDER = "data/corrections"
MARK = "Mark (leave as it is)"
TO_MEND = "Column to mend"
VALUE = "Correct value"
LEAVE_OUT = "Leave out, because"
SHEET_NAME = 31
"""Letters that the name of a sheet may have."""


@dataclass(frozen=True)
class Correction:
    """One row of a workbook that was sent back.

    Attributes
    ----------
    file, row
        Where it stands.
    mark
        The row that it is about.
    cells
        The row as it stands there, under the table's columns; empty cells are left out.
    to_mend
        Columns that may differ from what was shown.
    value
        What stands under *Correct value*; empty if nothing.
    leave_out
        Why the row is to be left out; empty if it isn't.
    """

    file: str
    row: int
    mark: Mark
    cells: Mapping[str, str]
    to_mend: tuple[str, ...]
    value: str = ""
    leave_out: str = ""


def read_corrections(folder: Path, schemas: Mapping[str, TableSchema]) -> list[Correction]:
    """Read every workbook and csv of a folder of corrections, in the order of their names.

    Parameters
    ----------
    folder
        Folder of the corrections; there need not be one.
    schemas
        Tables of the study.

    Raises
    ------
    DataProblems
        Every file that is no workbook of rows to mend, and every row without its mark; at once.
    """
    files = sorted(path for path in folder.glob("*") if _may_be_read(path))
    problems: list[Problem] = []
    found: list[Correction] = []
    for path in files:
        try:
            texts = _tables(path, schemas)
        except DataProblems as error:
            problems.extend(_told(path, error))
            continue
        if not texts:
            problems.append(_no_workbook(path.name))
        for text in texts:
            found.extend(_rows(text, schemas, problems))
    if problems:
        raise DataProblems(problems)
    return found


def _may_be_read(path: Path) -> bool:
    """Whether a file is meant; not hidden ones, nor those that a spreadsheet keeps while open."""
    return path.is_file() and not path.name.startswith((".", "~$")) and path.name != "README.md"


def _tables(path: Path, schemas: Mapping[str, TableSchema]) -> list[TextTable]:
    """Sheets of a workbook that are named after a table, or the one table of a csv."""
    name = f"{FOLDER}/{path.name}"
    layout = Layout(ask=False, no_rows=True)
    if path.suffix.lower() == ".csv":
        return [read_csv(path, name, layout=layout)]
    found = []
    for table in schemas:
        try:
            found.append(read_xlsx(path, name, table[:SHEET_NAME], layout=layout))
        except DataProblems as error:
            if any(one.reason != "sheet_not_named" for one in error.problems):
                raise
    return found


def _told(path: Path, error: DataProblems) -> Iterable[Problem]:
    for one in error.problems:
        yield Problem(
            "correction_not_readable",
            one.table,
            f"This file of corrections can't be read: {one.message}",
            "Save the workbook that you were sent as .xlsx and put it here; or take the file away.",
            source=one.source or f"{FOLDER}/{path.name}",
            column=one.column,
            rows=one.rows,
        )


def _no_workbook(name: str) -> Problem:
    return Problem(
        "not_rows_to_mend",
        "",
        f"This is no workbook of rows to mend: no sheet has the name of a table and the column "
        f"'{MARK}'.",
        "Send back one from quality/rows_to_mend, or take the file away.",
        source=f"{FOLDER}/{name}",
    )


def _rows(
    text: TextTable, schemas: Mapping[str, TableSchema], problems: list[Problem]
) -> list[Correction]:
    missing = [name for name in (MARK, TO_MEND, VALUE, LEAVE_OUT) if name not in text.frame.columns]
    if missing:
        problems.append(
            Problem(
                "not_rows_to_mend",
                "",
                f"The column '{missing[0]}' of the workbook of rows to mend is not there.",
                "Send back a workbook from quality/rows_to_mend with all its columns.",
                source=text.source,
                column=missing[0],
            )
        )
        return []
    found, unmarked = [], list(text.uneven)
    for number, row in zip(text.frame.index, text.frame.to_dict("records"), strict=True):
        mark = read_mark(row[MARK])
        if mark is None or mark.table not in schemas:
            unmarked.append(int(number))
            continue
        found.append(_correction(text.source, int(number), mark, row, schemas[mark.table]))
    if unmarked:
        problems.append(
            Problem(
                "mark_missing",
                "",
                "The mark that tells which row is meant is not there any more, or was changed.",
                "Copy it from the workbook that you were sent, or take the row out.",
                source=text.source,
                column=MARK,
                rows=tuple(unmarked),
            )
        )
    return found


def _correction(
    source: str, number: int, mark: Mark, row: Mapping[Any, Any], schema: TableSchema
) -> Correction:
    def filled(name: str) -> str:
        return row[name] if isinstance(row[name], str) else ""

    named = re.findall(r"[A-Za-z_0-9]+", re.sub(r"\([^)]*\)", " ", filled(TO_MEND)))
    cells = {name: row[name] for name in schema.columns if isinstance(row.get(name), str)}
    return Correction(
        source,
        number,
        mark,
        cells,
        tuple(name for name in dict.fromkeys(named) if name in schema.columns),
        filled(VALUE),
        filled(LEAVE_OUT),
    )
