"""The workbook of all rows set aside, which an evaluator opens to see what there is to mend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.data.quality import QualityReport

FIXED_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Creation date in the file's properties, so that the same rows give the same bytes."""
MOST_ROWS = 50_000
"""Rows that a sheet holds; a sheet of more than a million would lose the rest in silence."""
HEADINGS = {
    "reasons": "Why it was set aside",
    "columns": "Column to mend",
    "what_to_do": "What to do",
    "source_file": "File",
    "source_row": "Row in the file",
    "rule_ids": "Rule",
}


@dataclass(frozen=True)
class Book:
    """A workbook being written: cells are text, so that none can become a formula.

    Attributes
    ----------
    book
        The workbook.
    heading, body, to_mend
        How cells look.
    """

    book: Any
    heading: Any
    body: Any
    to_mend: Any

    def add_sheet(
        self, name: str, frame: pd.DataFrame, to_mend: Set[tuple[int, int]] = frozenset()
    ) -> None:
        """Write a table on a sheet of its own, its header frozen.

        Parameters
        ----------
        name
            Name of the sheet; cut to what a workbook allows.
        frame
            The table.
        to_mend
            Cells to be framed, by row and column from 0.
        """
        sheet = self.book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(frame.columns):
            values = frame[title].astype("object").where(frame[title].notna(), "").map(str)
            sheet.write_string(0, column, str(title), self.heading)
            for row, text in enumerate(values):
                style = self.to_mend if (row, column) in to_mend else self.body
                sheet.write_string(row + 1, column, text, style)
            longest = max([len(str(title)), *values.str.len().head(200)])
            # What is typed into the column later is text as well: 007 and 2026-03-31 stay so.
            sheet.set_column(column, column, min(60, max(10, longest + 2)), self.body)


@contextmanager
def new_book(path: Path, title: str) -> Iterator[Book]:
    """Make a workbook whose bytes depend on its rows alone."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": title, "created": FIXED_DATE})
        wrap = {"text_wrap": True, "valign": "top"}
        text = {"num_format": "@", **wrap}
        yield Book(
            book,
            heading=book.add_format({"bold": True, **wrap}),
            body=book.add_format(text),
            # The column to mend is told in words too; the frame is for the eye only.
            to_mend=book.add_format({"bold": True, "border": 2, **text}),
        )


def write_set_aside(quality: QualityReport, path: Path) -> None:
    """Write every row set aside, one sheet a table: reason first, then the row as received."""
    with new_book(path, "Rows set aside") as book:
        book.add_sheet("Overview", _overview(quality))
        for table, rows in quality.set_aside.items():
            if len(rows):
                others = [name for name in rows.columns if name not in HEADINGS]
                shown = rows[[*HEADINGS, *others]].rename(columns=HEADINGS)
                book.add_sheet(table, shown.head(MOST_ROWS))


def _overview(quality: QualityReport) -> pd.DataFrame:
    names = {
        "table": "Table",
        "received": "Rows received",
        "accepted": "Rows accepted",
        "set_aside": "Rows set aside",
    }
    overview = quality.accounting.rename(columns=names)[list(names.values())]
    cut = overview["Rows set aside"] > MOST_ROWS
    if cut.any():
        overview["In this workbook"] = [f"the first {MOST_ROWS:,}" if one else "all" for one in cut]
    return overview
