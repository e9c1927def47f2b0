"""What stands in a file, as text: rows under a header, with the row numbers of a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pandas as pd

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


@dataclass(frozen=True)
class Layout:
    """Where the rows of a table stand in a file, as a source file declares it.

    Attributes
    ----------
    header_row
        Row of the header, or the first of its rows.
    header_rows
        How many rows the header has; several are joined.
    ask
        Whether a header that looks like a title is asked about; False once that was answered.
    fill_down
        Columns whose empty cells take the one above.
    no_rows
        Whether there may be nothing under the header.
    rows_expected
        Rows that the export should have, if that is known.
    is_read
        Whether a column of the file is read at all.
    """

    header_row: int = 1
    header_rows: int = 1
    ask: bool = True
    fill_down: tuple[str, ...] = ()
    no_rows: bool = False
    rows_expected: int | None = None
    is_read: Callable[[str], bool] = field(default=lambda _name: True)

    @property
    def last_header_row(self) -> int:
        """Row under which the table's rows begin."""
        return self.header_row + self.header_rows - 1


@dataclass(frozen=True)
class Body:
    """Cells under a header.

    Attributes
    ----------
    frame
        A column of text for each cell of the header, named by its place; an empty cell is ''.
    uneven
        Rows of another width.
    spaces
        Whether a cell may have spaces around its text.
    """

    frame: pd.DataFrame
    uneven: dict[int, list[str]] = field(default_factory=dict)
    spaces: bool = True


def refused(
    reason: str,
    name: str,
    message: str,
    action: str,
    rows: Iterable[int] = (),
    column: str = "",
) -> DataProblems:
    """One problem of a whole file, to be raised."""
    return DataProblems(
        [Problem(reason, "", message, action, source=name, column=column, rows=tuple(rows))]
    )
