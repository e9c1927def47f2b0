"""The mark of a row that was set aside: it tells the very row, in the very file, as it read then.

A mark is written beside each row of a workbook of rows to mend. It holds the table, the beginning
of the file's fingerprint, the row number and a digest of the row's cells as received; where the row
is shown as an earlier correction left it, a digest of that too. So a correction can't reach another
row, another version of the file, or a row that reads differently by now.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.data.conform import CELLS
from workbench.data.extracts import Extract

DIGITS = 16
_MARK = re.compile(r"([A-Za-z_0-9]+)\.([0-9a-f]+)\.([0-9]+)\.([0-9a-f]+)(?:\.([0-9a-f]+))?")


@dataclass(frozen=True)
class Mark:
    """Which row a correction is about.

    Attributes
    ----------
    table, fingerprint, row
        Table, first digits of the SHA-256 of the file, and row number in the file.
    cells
        Digest of the cells as received.
    shown
        Digest of the cells as the workbook showed them.
    """

    table: str
    fingerprint: str
    row: int
    cells: str
    shown: str

    @property
    def received(self) -> Mark:
        """Mark of the row as it was received."""
        return Mark(self.table, self.fingerprint, self.row, self.cells, self.cells)

    def __str__(self) -> str:
        base = f"{self.table}.{self.fingerprint}.{self.row}.{self.cells}"
        return base if self.shown == self.cells else f"{base}.{self.shown}"


def read_mark(text: object) -> Mark | None:
    """Mark of a text; None if it is none.

    >>> str(read_mark("sites.0a.3.ff"))
    'sites.0a.3.ff'
    >>> read_mark("sites, row 3") is None
    True
    """
    match = _MARK.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        return None
    table, fingerprint, row, cells, shown = match.groups()
    return Mark(table, fingerprint, int(row), cells, shown or cells)


def digest(cells: Mapping[str, Any]) -> str:
    """Digest of the filled cells of a row, in whatever order its columns stand."""
    filled = sorted((name, value) for name, value in cells.items() if isinstance(value, str))
    text = "\x1e".join(f"{name}\x1f{value}" for name, value in filled)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def cells_of(rows: pd.DataFrame, columns: Iterable[str]) -> list[dict[str, Any]]:
    """Cells of each row under a table's own columns, with those of a row that did not fit."""
    names = [name for name in (*columns, CELLS) if name in rows.columns]
    return [
        {str(name): value for name, value in row.items() if isinstance(value, str)}
        for row in rows[names].to_dict("records")
    ]


def fingerprints(extracts: Iterable[Extract]) -> dict[tuple[str, str], str]:
    """First digits of the fingerprint of each table's file."""
    return {(one.table, one.source): one.fingerprint[:DIGITS] or "0" for one in extracts}


def marks(
    table: str,
    rows: pd.DataFrame,
    columns: Iterable[str],
    files: Mapping[tuple[str, str], str],
) -> list[Mark]:
    """Mark of each row set aside, as received."""
    found = []
    for cells, source, number in zip(
        cells_of(rows, columns), rows["source_file"], rows["source_row"], strict=True
    ):
        of_row = digest(cells)
        found.append(Mark(table, files.get((table, source), "0"), int(number), of_row, of_row))
    return found
