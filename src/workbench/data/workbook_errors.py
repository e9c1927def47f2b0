"""Cells of a workbook that hold an error, such as #DIV/0!, and not a value.

The reader of workbooks gives such a cell as if it were empty, and an error is not an empty cell.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

NOT_COMPUTED = "#NOT COMPUTED"
"""Text of a formula that was written by a program and never computed by a spreadsheet."""
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Text of each error in a sheet, by row and column from 1.

    Only .xlsx files tell; the older .xls and .ods give none.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as parts:
        if "xl/workbook.xml" not in parts.namelist():
            return {}
        content = parts.read(_part_of(parts, sheet))
    if b't="e"' not in content and b"<f" not in content:
        return {}
    found = {}
    for cell in ElementTree.fromstring(content).iterfind(".//{*}c"):
        text = _error(cell)
        if text:
            found[_position(cell.get("r", ""))] = text
    return found


def _part_of(parts: zipfile.ZipFile, sheet: str) -> str:
    """Name of the part of the file that holds a sheet."""
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))
    links = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    key = next(
        one.get(_RELATION) for one in book.iterfind(".//{*}sheet") if one.get("name") == sheet
    )
    target = next(one.get("Target", "") for one in links if one.get("Id") == key)
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _error(cell: ElementTree.Element) -> str:
    value = cell.find("{*}v")
    if cell.get("t") == "e":
        return (value.text if value is not None else "") or "#ERROR"
    never_computed = value is None and cell.find("{*}f") is not None
    return NOT_COMPUTED if never_computed else ""


def _position(reference: str) -> tuple[int, int]:
    """Row and column of a reference, from 1.

    >>> _position("AB12")
    (12, 28)
    """
    match = re.fullmatch(r"([A-Z]+)([0-9]+)", reference)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column
