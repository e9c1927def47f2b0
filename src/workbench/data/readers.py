"""Reading files as text: nothing is inferred, nothing is shifted, row numbers are kept.

Every reader gives a frame of text whose index is the row number that a spreadsheet shows (the
header is row 1) and whose empty cells are missing.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.data.workbook_errors import error_cells
from workbench.errors import DataProblems, Problem

SPACES = " \t\u00a0\u2007\u202f"


@dataclass(frozen=True)
class TextTable:
    """What stands in a file, as text.

    Attributes
    ----------
    frame
        Text columns; the index is the row number in the file.
    source
        File as messages name it.
    fingerprint
        SHA-256 of the file.
    uneven
        Rows with more or fewer cells than the header: row number to cells.
    notes
        What was repaired without loss, as sentences.
    """

    frame: pd.DataFrame
    source: str
    fingerprint: str
    uneven: dict[int, list[str]]
    notes: tuple[str, ...] = ()


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_csv(
    path: Path, name: str, delimiter: str = ",", encoding: str = "utf-8", header_row: int = 1
) -> TextTable:
    """Read delimited text.

    Raises
    ------
    DataProblems
        If the bytes are not of the encoding, hold NUL, a quote stays open, the header repeats a
        name, there is nothing under the header, every row is wider than the header, or the header
        is one cell that holds another delimiter.
    """
    content = path.read_bytes()
    text = _decode(content, name, encoding, delimiter)
    lines: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            lines.append(cells)
    except csv.Error:
        raise _refused(
            "unbalanced_quote",
            name,
            "A cell opens with a quotation mark and doesn't end with one.",
            "Open the file in a spreadsheet, mend the cell, and save it as CSV again.",
            (len(lines) + 1,),
        ) from None
    rows = {number: cells for number, cells in enumerate(lines, 1) if any(map(str.strip, cells))}
    _ask_for_delimiter(rows.get(header_row, []), name, header_row)
    return _text_table(rows, name, header_row, hashlib.sha256(content).hexdigest())


def read_xlsx(path: Path, name: str, sheet: str = "", header_row: int = 1) -> TextTable:
    """Read one sheet of a workbook (xlsx, xls, ods); numbers and dates become plain text."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError):
        raise _refused(
            "not_a_workbook",
            name,
            "This is not a workbook that can be opened.",
            "Save it again as .xlsx without a password, or as CSV UTF-8.",
        ) from None
    names = workbook.sheet_names
    if sheet not in names and (sheet or len(names) != 1):
        raise _refused(
            "sheet_not_named",
            name,
            f"The workbook has the sheets {', '.join(names)}.",
            "Name the one to read in the source file: 'sheet: ...'.",
        )
    cells = workbook.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    lines = [[_plain_text(cell) for cell in line] for line in cells]
    for (row, column), error in error_cells(path, sheet or names[0]).items():
        if 0 < row <= len(lines) and column <= len(lines[row - 1]):
            lines[row - 1][column - 1] = error
    rows = {number: line for number, line in enumerate(lines, 1) if any(map(str.strip, line))}
    return _text_table(rows, f"{name}, sheet {sheet or names[0]}", header_row, fingerprint(path))


def read_parquet(path: Path, name: str) -> TextTable:
    """Read a Parquet file; values become plain text."""
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except pyarrow.ArrowInvalid:
        raise _refused(
            "not_parquet", name, "This is not a Parquet file.", "Export the table again."
        ) from None
    columns = [[_plain_text(value) for value in column.to_pylist()] for column in table.columns]
    rows = {1: table.column_names}
    rows.update({number: list(cells) for number, cells in enumerate(zip(*columns, strict=True), 2)})
    return _text_table(rows, name, 1, fingerprint(path))


def _decode(content: bytes, name: str, encoding: str, delimiter: str) -> str:
    if b"\0" in content:
        raise _refused(
            "nul_bytes",
            name,
            "The file holds NUL bytes: it is damaged, or it is UTF-16.",
            "Save it as CSV UTF-8.",
        )
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        # Rows and not lines are counted: a cell may hold line breaks.
        before = error.object[: error.start].decode(encoding)
        rows = csv.reader(io.StringIO(before + "?", newline=""), delimiter=delimiter)
        raise _refused(
            "wrong_encoding",
            name,
            f"The text is not {encoding.upper()}.",
            "Save it as CSV UTF-8, or write 'encoding: cp1252' in the source file if that is "
            "what your system exports.",
            (len(list(rows)),),
        ) from None


def _text_table(
    rows: dict[int, list[str]], name: str, header_row: int, fingerprint: str
) -> TextTable:
    if header_row not in rows:
        raise _refused(
            "no_header",
            name,
            f"Row {header_row}, where the header should be, is empty." if rows else "It is empty.",
            "Export the table again, or name the header's row in the source file.",
        )
    header = [cell.strip(SPACES) for cell in rows[header_row]]
    body = {number: cells for number, cells in rows.items() if number > header_row}
    header, body = _without_empty_last_columns(header, body)
    _check_header(header, name, header_row)
    if not body:
        raise _refused(
            "no_rows",
            name,
            "There is nothing under the header.",
            "Export the table again, or take the file away if there is nothing to report.",
        )
    uneven = {number: cells for number, cells in body.items() if len(cells) != len(header)}
    if len(uneven) == len(body):
        raise _refused(
            "shifted_columns",
            name,
            f"Every row has {len(next(iter(uneven.values())))} cells where the header names "
            f"{len(header)} columns, so the cells don't stand under their names.",
            "Export the file again with one name for each column.",
            tuple(uneven),
        )
    even = [number for number in body if number not in uneven]
    columns = list(zip(*(body[number] for number in even), strict=True))
    trimmed = [[cell.strip(SPACES) for cell in column] for column in columns]
    frame = pd.DataFrame(dict(zip(header, trimmed, strict=True)), index=even, dtype="str")
    cells_trimmed = sum(
        before != after
        for column, cleaned in zip(columns, trimmed, strict=True)
        for before, after in zip(column, cleaned, strict=True)
    )
    notes = (f"{name}: spaces around the text of {cells_trimmed} cells were taken off.",)
    return TextTable(
        frame.mask(frame == ""), name, fingerprint, uneven, notes if cells_trimmed else ()
    )


def _without_empty_last_columns(
    header: list[str], body: dict[int, list[str]]
) -> tuple[list[str], dict[int, list[str]]]:
    """Take off columns at the right that have neither a name nor a cell."""
    width = len(header)
    while (
        width and not header[width - 1] and not any(any(row[width - 1 :]) for row in body.values())
    ):
        width -= 1
    if width == len(header):
        return header, body
    return header[:width], {number: row[:width] for number, row in body.items()}


def _ask_for_delimiter(header: list[str], name: str, row: int) -> None:
    """Refuse a file whose columns seem to be parted by another sign; it is never guessed."""
    marks = {";": "semicolons", "\t": "tabs", "|": "bars"}
    found = [mark for mark in marks if len(header) == 1 and mark in header[0]]
    if found:
        written = "\\t" if found[0] == "\t" else found[0]
        raise _refused(
            "other_delimiter",
            name,
            f"The header is a single cell with {marks[found[0]]} in it.",
            f"If they part the columns, write 'delimiter: \"{written}\"' in a source file, or save "
            "the file as CSV with commas.",
            (row,),
        )


def _check_header(header: list[str], name: str, row: int) -> None:
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        shown = ", ".join(f"'{column}'" for column in repeated)
        raise _refused(
            "repeated_column",
            name,
            f"The header names {shown} more than once.",
            "Give every column a name of its own.",
            (row,),
        )


def _refused(
    reason: str, name: str, message: str, action: str, rows: tuple[int, ...] = ()
) -> DataProblems:
    return DataProblems([Problem(reason, "", message, action, source=name, rows=rows)])


def _plain_text(value: object) -> str:
    """Write a spreadsheet's or Parquet's value as people do: 3.0 is 3, dates are ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)
