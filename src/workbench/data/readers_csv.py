"""Reading delimited text: nothing is inferred, nothing is shifted, row numbers are kept."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from workbench.data.csv_blocks import body_of_blocks
from workbench.data.file_kind import require_text
from workbench.data.table_bodies import body_of_rows, numbered, text_table
from workbench.data.table_headers import FIRST_ROWS, ask_for_delimiter, find_header
from workbench.data.text_bytes import utf8_bytes
from workbench.data.text_tables import Body, Layout, TextTable, refused
from workbench.language import say

LONGEST_CELL = 10_000_000
_TOP = 4_000_000
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_QUOTED = re.compile(r'"[^"]*"')


def read_csv(
    path: Path,
    name: str,
    delimiter: str = ",",
    encoding: str = "utf-8",
    header_row: int = 1,
    layout: Layout | None = None,
    mojibake: str = "",
) -> TextTable:
    """Read delimited text.

    Parameters
    ----------
    path, name
        The file, and how messages name it.
    delimiter, encoding
        As the source file declares them; neither is guessed.
    header_row
        Row of the header, if there is no ``layout``.
    layout
        Where the rows stand, and what may be missing.
    mojibake
        ``as_written`` lets text pass that looks as if it had been encoded twice.

    Raises
    ------
    DataProblems
        If it is no text, the bytes are not of the encoding or of two, hold NUL, a quote stays open,
        the header repeats a name or looks like a title, there is nothing under the header, every
        row is wider than the header, or the header is one cell that holds another delimiter.
    """
    require_text(path, name)
    layout = layout or Layout(header_row=header_row, ask=header_row == 1)
    return table_of_text(path.read_bytes(), name, delimiter, encoding, layout, mojibake)


def table_of_text(
    content: bytes,
    name: str,
    delimiter: str,
    encoding: str,
    layout: Layout,
    mojibake: str = "",
) -> TextTable:
    """Table of the bytes of a delimited text; see ``read_csv``."""
    digest = hashlib.sha256(content).hexdigest()
    data, notes = utf8_bytes(content, name, encoding, delimiter, mojibake)
    del content
    notes += _notes_on_lines(data, name)
    top = _top(data, delimiter, name)
    ask_for_delimiter(top, name, layout.header_row, delimiter)
    header = find_header(top, name, layout)
    body = body_of_blocks(data, len(header), delimiter, layout.last_header_row)
    if body is None:
        body = _body_of_lines(data, len(header), delimiter, layout.last_header_row, name)
    return text_table(header, body, name, layout, digest, notes)


def _notes_on_lines(data: bytes, name: str) -> list[str]:
    notes = []
    returns, pairs, lines = data.count(b"\r"), data.count(b"\r\n"), data.count(b"\n")
    if len([one for one in (returns - pairs, lines - pairs, pairs) if one]) > 1:
        outside = _QUOTED.sub("", data.decode("utf-8"))
        kinds = set(_LINE_ENDS.findall(outside))
        if len(kinds) > 1:
            ways = say(
                "{file}: its lines end in {n} different ways; all were read.",
                file=name,
                n=len(kinds),
            )
            notes.append(ways)
    if data and not data.endswith((b"\n", b"\r")):
        broken_off = say(
            "{file}: the last line doesn't end, as if a download had broken off. Declare "
            "'rows_expected:' or 'sha256:' in a source file to be sure.",
            file=name,
        )
        notes.append(broken_off)
    return notes


def _top(data: bytes, delimiter: str, name: str) -> dict[int, list[str]]:
    """Read the first rows that hold text."""
    text = data[:_TOP].decode("utf-8", "ignore")
    lines = _strict(text, delimiter, name, whole=len(data) <= _TOP)
    filled = (
        (number, cells) for number, cells in enumerate(lines, 1) if any(map(str.strip, cells))
    )
    return dict(islice(filled, FIRST_ROWS))


def _body_of_lines(data: bytes, width: int, delimiter: str, after: int, name: str) -> Body:
    lines = _strict(data.decode("utf-8"), delimiter, name)
    return body_of_rows(numbered(lines, after), width)


def _strict(text: str, delimiter: str, name: str, whole: bool = True) -> Iterator[list[str]]:
    """Rows of a text, a quotation mark that stays open refused with its row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row, first, line = 0, [""], 0
    while True:
        try:
            with _longer_cells():
                cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if not whole:
                return
            raise refused(
                "unbalanced_quote",
                name,
                "A cell opens with a quotation mark and doesn't end with one.",
                "Open the file in a spreadsheet, mend the cell, and save it as CSV again.",
                (row + 1,),
                _column_of_quote(text, line, delimiter, first),
            ) from None
        row += 1
        line = reader.line_num
        first = first if row > 1 else cells
        yield cells


def _column_of_quote(text: str, line: int, delimiter: str, header: list[str]) -> str:
    """Name of the first column, in a line, whose cell has a quotation mark that does not end it."""
    broken = next(islice(io.StringIO(text, newline=""), line, None), "").rstrip("\r\n")
    for place, cell in enumerate(broken.split(delimiter)):
        if cell.startswith('"') and (len(cell) < 2 or not cell.endswith('"')):
            return header[place].strip() if place < len(header) else ""
    return ""


@contextmanager
def _longer_cells() -> Iterator[None]:
    """Let a cell be as long as a long text is."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)
