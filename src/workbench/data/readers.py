"""Reading files as text: nothing is inferred, nothing is shifted, row numbers are kept.

Every reader gives a frame of text whose index is the row number that a spreadsheet shows (the
header is row 1) and whose empty cells are missing. Each kind of file has a module of its own; this
one gathers them under their names.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from workbench.data.readers_csv import read_csv
from workbench.data.readers_parquet import read_parquet
from workbench.data.readers_workbook import read_xlsx
from workbench.data.text_tables import SPACES, Layout, TextTable

__all__ = [
    "SPACES", "Layout", "TextTable", "fingerprint", "read_csv", "read_parquet", "read_xlsx",
]  # fmt: skip


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
