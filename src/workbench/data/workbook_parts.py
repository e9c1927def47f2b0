"""What a workbook's sheet holds besides cells: hidden rows, merged cells, links, macros.

It is read out of the archive's XML by searching its bytes; a large sheet is not parsed for it.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from workbench.data.archive_check import MOST_CELLS
from workbench.data.text_tables import refused
from workbench.errors import DataProblems
from workbench.language import say

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_HIDDEN = rb'\bhidden\s*=\s*["\'](?:1|true)["\']'
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*" + _HIDDEN)
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*" + _HIDDEN + rb"[^>]*>")
_SPAN = re.compile(rb'\b(min|max)\s*=\s*["\'](\d+)["\']')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref\s*=\s*["\']([A-Z]+\d+:[A-Z]+\d+)["\']')
_LAST_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\br\s*=\s*["\'](\d+)["\']')
_FAR_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br\s*=\s*["\']([A-Z]{2,3})\d')
_ODS_TABLE = rb'<table:table\b[^>]*\btable:name="%s"'
_ODS_HIDDEN_ROW = re.compile(rb"<table:table-row\b[^>]*visibility=\"(?:collapse|filter)\"[^>]*>")
_ODS_HIDDEN_COLUMN = re.compile(
    rb"<table:table-column\b[^>]*visibility=\"(?:collapse|filter)\"[^>]*>"
)
_ODS_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')
_ODS_MERGED = re.compile(rb'number-(?:rows|columns)-spanned="(?!1")\d+"')
_ODS_ERROR = re.compile(rb'value-type="error"')
_ODS_WIDE_VALUE = re.compile(
    rb'<table:table-cell\b(?=[^>]*value-type=)[^>]*number-columns-repeated="(\d{4,})"'
)


@dataclass(frozen=True)
class SheetParts:
    """What a sheet holds besides cells.

    Attributes
    ----------
    hidden_rows, hidden_columns
        How many rows and columns are hidden.
    merged
        Merged ranges as first row, first column, last row, last column, from 1.
    merged_somewhere
        Whether cells are merged at places that are not known.
    errors_somewhere
        How many cells hold an error at places that are not known.
    """

    hidden_rows: int = 0
    hidden_columns: int = 0
    merged: tuple[tuple[int, int, int, int], ...] = ()
    merged_somewhere: bool = False
    errors_somewhere: int = 0


def sheet_content(parts: zipfile.ZipFile, sheet: str) -> bytes:
    """XML of a sheet of an .xlsx file."""
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
    links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    key = next(
        one.get(_RELATION) for one in book.iterfind(".//{*}sheet") if one.get("name") == sheet
    )
    target = next(one.get("Target", "") for one in links if one.get("Id") == key)
    return parts.read(target[1:] if target.startswith("/") else f"xl/{target}")


def sheet_parts(path: Path, sheet: str, kind: str, name: str) -> SheetParts:
    """Look at a sheet before its cells are read.

    Raises
    ------
    DataProblems
        If its cells would reach over more than 20 million places.
    """
    if kind in ("xlsx", "xlsm"):
        with zipfile.ZipFile(path) as parts:
            content = sheet_content(parts, sheet)
        _check_extent(content, name)
        columns = 0
        for one in _HIDDEN_COLUMN.findall(content):
            span = {key: int(number) for key, number in _SPAN.findall(one)}
            columns += span.get(b"max", 1) - span.get(b"min", 1) + 1
        ranges = (text.decode().split(":") for text in _MERGED.findall(content))
        return SheetParts(
            hidden_rows=len(_HIDDEN_ROW.findall(content)),
            hidden_columns=columns,
            merged=tuple((*position(first), *position(last)) for first, last in ranges),
        )
    return _ods_parts(path, sheet, name) if kind == "ods" else SheetParts()


def _check_extent(content: bytes, name: str) -> None:
    rows = max(map(int, _LAST_ROW.findall(content[-2_000_000:])), default=0)
    columns = max((position(f"{one.decode()}1")[1] for one in set(_FAR_CELL.findall(content))),
                  default=26)  # fmt: skip
    if rows * columns > MOST_CELLS:
        raise _too_wide(name)


def _too_wide(name: str) -> DataProblems:
    return refused(
        "too_many_cells",
        name,
        f"Its cells reach over more than {MOST_CELLS // 1_000_000} million places.",
        "Delete what stands far below or far to the right of the table, or save the sheet as CSV.",
    )


def _ods_parts(path: Path, sheet: str, name: str) -> SheetParts:
    with zipfile.ZipFile(path) as parts:
        content = parts.read("content.xml")
    escaped = sheet.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    start = re.search(_ODS_TABLE % re.escape(escaped.encode()), content)
    content = content[start.start() : content.find(b"</table:table>", start.start())] if start \
        else content  # fmt: skip
    if _ODS_WIDE_VALUE.search(content):
        raise _too_wide(name)
    return SheetParts(
        hidden_rows=sum(map(_repeated, _ODS_HIDDEN_ROW.findall(content))),
        hidden_columns=sum(map(_repeated, _ODS_HIDDEN_COLUMN.findall(content))),
        merged_somewhere=bool(_ODS_MERGED.search(content)),
        errors_somewhere=len(_ODS_ERROR.findall(content)),
    )


def _repeated(tag: bytes) -> int:
    found = _ODS_REPEATED.search(tag)
    return int(found[1]) if found else 1


def notes_on_archive(path: Path, kind: str, name: str) -> list[str]:
    """Say what the workbook could do if a spreadsheet opened it; nothing of it is done here."""
    if kind == "xls":
        return [
            say(
                "{file}: in the older .xls form, cells with an error and hidden rows can't be told "
                "from others. Save it as .xlsx to be sure.",
                file=name,
            )
        ]
    with zipfile.ZipFile(path) as parts:
        names = parts.namelist()
    notes = []
    if any(one.lower().endswith("vbaproject.bin") for one in names):
        notes.append(
            say("{file}: it holds macros. They were not run; values are as last saved.", file=name)
        )
    if any(one.startswith("xl/externalLinks/") for one in names):
        notes.append(
            say(
                "{file}: it links to other workbooks. Values are as last saved; nothing was "
                "fetched.",
                file=name,
            )
        )
    return notes


def position(reference: str) -> tuple[int, int]:
    """Row and column of a reference, from 1.

    >>> position("AB12")
    (12, 28)
    """
    match = re.fullmatch(r"([A-Z]+)([0-9]+)", reference)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column
