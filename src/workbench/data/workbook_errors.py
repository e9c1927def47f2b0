"""Cells of a workbook that hold an error, such as #DIV/0!, and not a value.

The reader of workbooks gives such a cell as if it were empty, and an error is not an empty cell.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from workbench.data.workbook_parts import position, sheet_content

NOT_COMPUTED = "#NOT COMPUTED"
"""Text of a formula that was written by a program and never computed by a spreadsheet."""

_HAS_ERROR = re.compile(rb'<(?:\w+:)?c\b[^>]*\bt\s*=\s*["\']e["\']')
_HAS_NO_VALUE = re.compile(rb"<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*</(?:\w+:)?c>")


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Text of each error in a sheet, by row and column from 1.

    Only .xlsx files tell; the older .xls and .ods give none.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as parts:
        if "xl/workbook.xml" not in parts.namelist():
            return {}
        content = sheet_content(parts, sheet)
    if not _HAS_ERROR.search(content) and not _HAS_NO_VALUE.search(content):
        return {}
    return _found(content)


def _found(content: bytes) -> dict[tuple[int, int], str]:
    """Go through the cells one by one, keeping none; a cell need not say where it stands."""
    found, row, column = {}, 0, 0
    for event, one in ElementTree.iterparse(io.BytesIO(content), events=("start", "end")):
        tag = one.tag.rpartition("}")[2]
        if event == "start":
            if tag == "row":
                row, column = int(one.get("r", row + 1)), 0
            elif tag == "c":
                named = position(one.get("r", ""))[1]
                column = named or column + 1
            continue
        if tag == "c":
            text = _error(one)
            if text:
                found[row, column] = text
            one.clear()
        elif tag == "row":
            one.clear()
    return found


def _error(cell: ElementTree.Element) -> str:
    value = cell.find("{*}v")
    if cell.get("t") == "e":
        return (value.text if value is not None else "") or "#ERROR"
    never_computed = value is None and cell.find("{*}f") is not None
    return NOT_COMPUTED if never_computed else ""
