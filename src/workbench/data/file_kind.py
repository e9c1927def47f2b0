"""What a file is by its first bytes, whatever its name ends in."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from workbench.data.text_tables import refused
from workbench.errors import DataProblems

WORKBOOKS = ("xlsx", "xlsm", "xls", "ods", "xlsb")
_FIRST = 65_536
_SIGNS = (
    (b"PAR1", "parquet"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3\0", "sqlite"),
    (b"$FL2", "spss"),
    (b"$FL3", "spss"),
    (b"{\\rtf", "rtf"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMES = {
    "html": "a web page (HTML)",
    "xml": "an XML file",
    "zip": "a ZIP archive",
    "parquet": "a Parquet file",
    "pdf": "a PDF",
    "gzip": "a compressed (gzip) file",
    "sqlite": "an SQLite database",
    "spss": "an SPSS file",
    "rtf": "a text document (RTF)",
    "ole": "an older Office file, but no workbook",
}


def kind_of(path: Path) -> str:
    """Kind of a file by its content.

    Returns
    -------
    str
        ``text``, ``empty``, a workbook (``xlsx``, ``xlsm``, ``xlsb``, ``xls``, ``ods``),
        ``protected`` for one behind a password, or another kind such as ``html`` or ``parquet``.
    """
    with path.open("rb") as stream:
        first = stream.read(_FIRST)
    if not first:
        return "empty"
    for sign, kind in _SIGNS:
        if first.startswith(sign):
            return kind
    if first.startswith(_OLE):
        return _kind_of_ole(path)
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(path)
    start = first.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if re.match(rb"<(!doctype html|html|head|body|table|meta|style|script|div)\b", start):
        return "html"
    if start.startswith((b"<?xml", b"<workbook")):
        return "html" if b"<html" in start else "xml"
    return "text"


def _kind_of_ole(path: Path) -> str:
    content = path.read_bytes()
    # Names of the streams of such a container are UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "protected"
    names = ("Workbook", "Book")
    return "xls" if any(name.encode("utf-16-le") in content for name in names) else "ole"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as parts:
            names = set(parts.namelist())
            if "xl/workbook.bin" in names:
                return "xlsb"
            if "xl/workbook.xml" in names:
                return "xlsm" if "xl/vbaProject.bin" in names else "xlsx"
            if "content.xml" not in names:
                return "zip"
            if "META-INF/manifest.xml" in names:
                with parts.open("META-INF/manifest.xml") as stream:
                    manifest = stream.read(1_000_000)
                if b"encryption-data" in manifest:
                    return "protected"
            return "ods"
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return "zip"


def require_text(path: Path, name: str) -> None:
    """Refuse what is no text.

    Raises
    ------
    DataProblems
        Saying what the file is, and what to do.
    """
    kind = kind_of(path)
    if kind in ("text", "empty"):
        return
    if kind in WORKBOOKS:
        raise refused(
            "workbook_not_text",
            name,
            f"This is a workbook ({kind}), not text, whatever its name says.",
            "Write 'reader: xlsx' in its source file, or save it as CSV UTF-8.",
        )
    raise _another(kind, name)


def require_workbook(path: Path, name: str) -> str:
    """Kind of a workbook that can be opened.

    Raises
    ------
    DataProblems
        If the file is none, or needs a password.
    """
    kind = kind_of(path)
    if kind in WORKBOOKS:
        return kind
    if kind == "empty":
        raise refused("empty_file", name, "The file is empty.", "Export the table again.")
    if kind == "text":
        raise refused(
            "text_not_workbook",
            name,
            "This is text, such as CSV, under the name of a workbook.",
            "Write 'reader: csv' in its source file, or open it in a spreadsheet and save it as "
            ".xlsx.",
        )
    raise _another(kind, name)


def _another(kind: str, name: str) -> DataProblems:
    if kind == "protected":
        return refused(
            "password",
            name,
            "The workbook is protected by a password.",
            "Open it, take the password off, and save it as .xlsx; or save it as CSV UTF-8.",
        )
    if kind == "parquet":
        return refused(
            "another_kind",
            name,
            "This is a Parquet file.",
            "Write 'reader: parquet' in its source file.",
        )
    return refused(
        "another_kind",
        name,
        f"This is {_NAMES.get(kind, kind)}, whatever its name says.",
        "Open it in a spreadsheet and re-save it as .xlsx or as CSV UTF-8, or export it again.",
    )
