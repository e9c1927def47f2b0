"""A look into a workbook's archive before it is opened: how large it would become, and its XML.

A workbook of 150 KB can hold what fills the memory, and XML can name files of the machine. Nothing
of that is read before this look.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from workbench.data.text_tables import refused

MOST_BYTES = 200_000_000
MOST_ENTRIES = 1_000
MOST_TIMES = 100
SMALL_PART = 1_000_000
"""Bytes up to which a part may be packed as tightly as it likes."""
MOST_CELLS = 20_000_000

_PIECE = 1 << 20
_DECLARED = re.compile(rb"<\s*!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_XML_ENDINGS = (".xml", ".rels", ".vml", ".rdf")


def check_archive(path: Path, name: str) -> None:
    """Refuse an archive that would grow too large, or whose XML declares types or entities.

    Raises
    ------
    DataProblems
        If it holds more than 1,000 parts, more than 200 MB, a part or a whole that is packed more
        than 100 times, a DOCTYPE or an entity, or parts that don't fit their check sums.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            entries = parts.infolist()
            _check_sizes(entries, name)
            for entry in entries:
                _check_part(parts, entry, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError,
            ValueError):  # fmt: skip
        raise refused(
            "damaged_workbook",
            name,
            "The workbook is damaged: a part of it can't be unpacked.",
            "Download or save it again.",
        ) from None


def _check_sizes(entries: list[zipfile.ZipInfo], name: str) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    too_tight = [
        entry
        for entry in entries
        if entry.file_size > SMALL_PART and entry.file_size > MOST_TIMES * entry.compress_size
    ]
    if len(entries) > MOST_ENTRIES:
        why = f"holds {len(entries):,} parts (at most {MOST_ENTRIES:,})"
    elif unpacked > MOST_BYTES:
        why = f"unpacks to {unpacked // 1_000_000:,} MB (at most {MOST_BYTES // 1_000_000} MB)"
    elif too_tight or (unpacked > SMALL_PART and unpacked > MOST_TIMES * packed):
        why = f"unpacks to more than {MOST_TIMES} times its size"
    else:
        return
    raise refused(
        "too_large_when_open",
        name,
        f"The workbook {why}, so it is not opened.",
        "Export only the sheet that is needed, as CSV UTF-8 or as a new .xlsx.",
    )


def _check_part(parts: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
    """Unpack a part to its end, so that its size and check sum are known to be as declared."""
    is_xml = entry.filename.lower().endswith(_XML_ENDINGS)
    with parts.open(entry) as stream:
        tail = b""
        while piece := stream.read(_PIECE):
            # XML may be UTF-16, where every other byte is NUL.
            text = tail + (piece.replace(b"\0", b"") if is_xml else b"")
            if is_xml and _DECLARED.search(text):
                raise refused(
                    "xml_declares",
                    name,
                    "The workbook's XML declares a document type or entities, as no spreadsheet "
                    "writes them.",
                    "Don't open it. Ask for a new export, as CSV UTF-8.",
                )
            tail = text[-64:]
