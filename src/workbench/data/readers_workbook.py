"""Reading one sheet of a workbook (xlsx, xlsm, xls, ods); numbers and dates become plain text.

The archive is looked into before it is opened, nothing in it is run, and what a spreadsheet would
hide or merge is told or asked about.
"""

from __future__ import annotations

import hashlib
import io
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.data.archive_check import MOST_BYTES, check_archive
from workbench.data.file_kind import require_workbook
from workbench.data.plain_text import plain_text
from workbench.data.table_bodies import body_of_rows, text_table
from workbench.data.table_headers import FIRST_ROWS, find_header
from workbench.data.text_tables import Layout, TextTable, refused
from workbench.data.workbook_errors import error_cells
from workbench.data.workbook_parts import SheetParts, notes_on_archive, sheet_parts
from workbench.errors import DataProblems
from workbench.language import mark, say
from workbench.wording import english_count

HIDDEN_ROWS = (
    mark("{file}, sheet {sheet}: {n} hidden row was read like the others."),
    mark("{file}, sheet {sheet}: {n} hidden rows were read like the others."),
)
HIDDEN_COLUMNS = (
    mark("{file}, sheet {sheet}: {n} hidden column was read like the others."),
    mark("{file}, sheet {sheet}: {n} hidden columns were read like the others."),
)


def read_xlsx(
    path: Path,
    name: str,
    sheet: str = "",
    header_row: int = 1,
    layout: Layout | None = None,
) -> TextTable:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path, name
        The file, and how messages name it.
    sheet
        The sheet to read; may be left out where there is only one.
    header_row
        Row of the header, if there is no ``layout``.
    layout
        Where the rows stand, and what may be missing.

    Raises
    ------
    DataProblems
        If it is no workbook, needs a password, would grow too large or declares entities, the sheet
        is not named among several, columns that are read hold merged cells, or the table in it
        can't be read.
    """
    layout = layout or Layout(header_row=header_row, ask=header_row == 1)
    kind = require_workbook(path, name)
    if kind == "xls":
        if path.stat().st_size > MOST_BYTES:
            raise refused("too_large_when_open", name, "The workbook is larger than 200 MB.",
                          "Export only the sheet that is needed, as CSV UTF-8.")  # fmt: skip
    else:
        check_archive(path, name)
    try:
        return _read(path, name, sheet, layout, kind)
    except (DataProblems, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # The reader of workbooks stops with a panic, which is no Exception, on some damage.
        if "PanicException" not in type(error).__name__ and not isinstance(error, Exception):
            raise
        raise _not_opened(error, name) from None


def _not_opened(error: BaseException, name: str) -> DataProblems:
    if "password" in f"{type(error).__name__} {error}".lower():
        return refused(
            "password",
            name,
            "The workbook is protected by a password.",
            "Open it, take the password off, and save it as .xlsx; or save it as CSV UTF-8.",
        )
    return refused(
        "not_a_workbook",
        name,
        "This is not a workbook that can be opened: it is damaged or cut off.",
        "Save it again as .xlsx without a password, or as CSV UTF-8.",
    )


def _opened(path: Path, kind: str) -> Any:
    """Open a workbook by its content, also under the name of another kind of workbook."""
    from python_calamine import CalamineWorkbook

    if path.suffix.lower() == f".{kind}":
        return CalamineWorkbook.from_path(str(path))
    return CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))


def _read(path: Path, name: str, sheet: str, layout: Layout, kind: str) -> TextTable:
    book = _opened(path, kind)
    names = book.sheet_names
    if sheet not in names and (sheet or len(names) != 1):
        raise refused(
            "sheet_not_named",
            name,
            f"The workbook has the sheets {', '.join(names)}.",
            "Name the one to read in the source file: 'sheet: ...'.",
        )
    sheet = sheet or names[0]
    source = f"{name}, sheet {sheet}"
    parts = sheet_parts(path, sheet, kind, source)
    cells = book.get_sheet_by_name(sheet)
    if kind == "xls":
        parts = SheetParts(merged=_merged_ranges(cells))
    lines = [list(map(plain_text, line)) for line in cells.to_python(skip_empty_area=False)]
    if parts.errors_somewhere:
        raise refused(
            "cells_with_errors",
            source,
            f"{parts.errors_somewhere} cells hold an error, such as #DIV/0!, and an .ods file "
            "does not tell which.",
            "Mend them in the spreadsheet, or save the file as .xlsx.",
        )
    for (row, column), error in error_cells(path, sheet).items():
        if 0 < row <= len(lines) and column <= len(lines[row - 1]):
            lines[row - 1][column - 1] = error
    notes = [*notes_on_archive(path, kind, name), *_notes_on_sheets(book, sheet, parts, name)]
    return _table(
        lines, source, layout, hashlib.sha256(path.read_bytes()).hexdigest(), parts, notes
    )


def _table(
    lines: list[list[str]],
    source: str,
    layout: Layout,
    digest: str,
    parts: SheetParts,
    notes: list[str],
) -> TextTable:
    filled = ((row, line) for row, line in enumerate(lines, 1) if any(map(str.strip, line)))
    header = find_header(dict(islice(filled, FIRST_ROWS)), source, layout)
    _ask_about_merged(header, parts, source, layout)
    after = layout.last_header_row
    width = len(header)
    rows = ((row, line) for row, line in enumerate(lines[after:], after + 1))
    return text_table(header, body_of_rows(rows, width), source, layout, digest, notes)


def _merged_ranges(sheet: Any) -> tuple[tuple[int, int, int, int], ...]:
    ranges = getattr(sheet, "merged_cell_ranges", None) or ()
    return tuple((first[0] + 1, first[1] + 1, last[0] + 1, last[1] + 1) for first, last in ranges)


def _ask_about_merged(header: list[str], parts: SheetParts, source: str, layout: Layout) -> None:
    """Ask about merged cells under the header, in columns that are read."""
    if parts.merged_somewhere and not layout.fill_down:
        raise refused(
            "merged_cells",
            source,
            "The sheet has merged cells, and an .ods file does not tell where.",
            "Unmerge them and fill every cell; or write 'fill_down: [column]' in its source file, "
            "for columns whose empty cells take the one above.",
        )
    below: dict[str, list[int]] = {}
    across: list[int] = []
    for first_row, first_column, last_row, last_column in parts.merged:
        columns = [name for name in header[first_column - 1 : last_column] if name]
        if last_row <= layout.last_header_row or not any(map(layout.is_read, columns)):
            continue
        if first_column != last_column:
            across.append(first_row)
        elif columns[0] not in layout.fill_down:
            below.setdefault(columns[0], []).append(first_row)
    if across:
        raise refused(
            "merged_cells",
            source,
            "Cells are merged across columns, so it can't be said which column they belong to.",
            "Unmerge them in the spreadsheet and fill every cell.",
            across,
        )
    if below:
        column, rows = next(iter(below.items()))
        shown = ", ".join([*layout.fill_down, *below])
        raise refused(
            "merged_cells",
            source,
            "The column has merged cells: only the first row of each holds the value.",
            f"If it holds for all rows of the merged cell, write 'fill_down: [{shown}]' in its "
            "source file; otherwise unmerge and fill them.",
            rows,
            column,
        )


def _notes_on_sheets(book: Any, sheet: str, parts: SheetParts, name: str) -> list[str]:
    notes = []
    if parts.hidden_rows:
        notes.append(_read_too(parts.hidden_rows, HIDDEN_ROWS, name, sheet))
    if parts.hidden_columns:
        notes.append(_read_too(parts.hidden_columns, HIDDEN_COLUMNS, name, sheet))
    hidden = {one.name for one in book.sheets_metadata if not str(one.visible).endswith("Visible")}
    others = [one for one in book.sheet_names if one != sheet]
    if others:
        also = len(hidden & set(others))
        more = english_count(len(others), "further sheet")
        if also:
            more = say("{sheets}, {n} of them hidden", sheets=more, n=also)
        notes.append(say("{file}: {sheets}, not read.", file=name, sheets=more))
    if sheet in hidden:
        is_hidden = say(
            "{file}, sheet {sheet}: the sheet is hidden, and was read.", file=name, sheet=sheet
        )
        notes.append(is_hidden)
    return notes


def _read_too(count: int, said: tuple[str, str], name: str, sheet: str) -> str:
    """Note of so many hidden rows or columns."""
    one, several = said
    return say(one if count == 1 else several, file=name, sheet=sheet, n=count)
