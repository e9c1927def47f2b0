"""The workbook of rows set aside, which an evaluator opens, mends and sends back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from workbench.data.quality import QualityReport

FIXED_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Creation date in the file's properties, so that the same rows give the same bytes."""
HEADINGS = {
    "reasons": "Why it was set aside",
    "columns": "Column to mend",
    "what_to_do": "What to do",
    "source_file": "File",
    "source_row": "Row in the file",
    "rule_ids": "Rule",
}


def write_set_aside(quality: QualityReport, path: Path) -> None:
    """Write every row set aside, one sheet a table: reason first, then the row as received.

    Cells are written as text, so that none can become a formula.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": "Rows set aside", "created": FIXED_DATE})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        _write_sheet(book, "Overview", _overview(quality), bold, wrap)
        for table, rows in quality.set_aside.items():
            if len(rows):
                others = [name for name in rows.columns if name not in HEADINGS]
                shown = rows[[*HEADINGS, *others]].rename(columns=HEADINGS)
                _write_sheet(book, table[:31], shown, bold, wrap)


def _overview(quality: QualityReport) -> pd.DataFrame:
    names = {
        "table": "Table",
        "received": "Rows received",
        "accepted": "Rows accepted",
        "set_aside": "Rows set aside",
    }
    return quality.accounting.rename(columns=names)


def _write_sheet(
    book: object, name: str, frame: pd.DataFrame, heading: object, body: object
) -> None:
    sheet = book.add_worksheet(name)  # type: ignore[attr-defined]
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(frame.columns):
        values = frame[title].astype("object").where(frame[title].notna(), "").map(str)
        sheet.write_string(0, column, str(title), heading)
        for row, text in enumerate(values, 1):
            sheet.write_string(row, column, text, body)
        longest = max([len(str(title)), *values.str.len().head(200)])
        sheet.set_column(column, column, min(60, max(10, longest + 2)))
