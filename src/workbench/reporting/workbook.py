"""The accessible workbook of a page: its tables, one a sheet, for people who work with numbers.

It follows what public statistics offices ask of a spreadsheet that everybody can read: a cover, a
list of contents and a sheet of notes; then one table a sheet, from the left edge, marked as a
table, with one row of headings and no merged, hidden or empty cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.report import QuarterlyReport
from workbench.reporting.workbook_columns import LONGEST_CELL, MARKS, Column, columns_of
from workbench.reporting.workbook_file import AccessibleBook, new_workbook
from workbench.reporting.workbook_tables import PageTable, tables_of_page
from workbench.wording import count_of

COVER, CONTENTS, NOTES = mark("Cover"), mark("Contents"), mark("Notes")
SUBJECT = mark("Tables of the quarterly report")
TABLE_STYLE = "Table Style Light 1"
NARROWEST, WIDEST, WIDEST_HEADING, COVER_WIDTH = 9, 60, 20, 100
NOTHING_MORE = mark(
    "This workbook holds the tables that the page prints, and nothing more. What the page does not "
    "show, because too few people stand behind it, is not here either."
)
HOW_TO_READ = mark(
    "One table a sheet, which begins in the first column. The sheet Contents lists the tables. The "
    "sheet Notes tells what a mark such as [note 1] or [c] means."
)
EXACT = mark("Numbers are as exact as the page prints them. Their units stand in the headings.")
PROMISE = mark(
    "Findings are for support, not for discipline: they say what people and teams need, and never "
    "rank anyone. What goes together in these data need not be cause and effect."
)


def write_workbook(report: QuarterlyReport, path: Path, page: str) -> Path:
    """Write the workbook of a page; the same report gives the same bytes.

    Parameters
    ----------
    report
        What the page prints.
    path
        File to write.
    page
        File name of the page.
    """
    tables = tables_of_page(report)
    notes = list(dict.fromkeys(_text(one.note) for one in tables if one.note))
    with new_workbook(path, _text(report.title), say(SUBJECT)) as book:
        _cover(book, report, page)
        _contents(book, tables)
        _notes(book, notes)
        for number, one in enumerate(tables, 1):
            _table_sheet(book, number, one, notes)
    return path


def _text(text: str) -> str:
    return printed.clean(printed.typeset(text)).strip()[:LONGEST_CELL]


def _cover(book: AccessibleBook, report: QuarterlyReport, page: str) -> None:
    sheet = book.book.add_worksheet(say(COVER))
    sheet.set_column(0, 0, COVER_WIDTH)
    book.write_text(sheet, 0, 0, _text(report.title), book.title)
    lines = (
        f"{report.network}, {report.quarter_label}: {report.quarter_dates}",
        say("Tables of the page {page}", page=page),
        report.note,
        *map(say, (NOTHING_MORE, HOW_TO_READ, EXACT, PROMISE)),
    )
    for row, line in enumerate((line for line in lines if line), 1):
        book.write_text(sheet, row, 0, _text(line))


def _contents(book: AccessibleBook, tables: Sequence[PageTable]) -> None:
    names = [_sheet_name(number) for number in range(1, len(tables) + 1)]
    columns = [
        Column(say("Sheet"), tuple(names)),
        Column(say("What it holds"), tuple(_text(one.title) for one in tables)),
        Column(say("Part of the page"), tuple(_text(one.part) for one in tables)),
        Column(say("Rows"), tuple(float(len(one.table.rows)) for one in tables), "0"),
    ]
    counted = say("{tables}, in the order of the page.", tables=count_of(len(tables), "table"))
    above = (say(CONTENTS), counted)
    sheet = _sheet_with(book, say(CONTENTS), above, columns, say("The tables of this workbook"))
    for row, name in enumerate(names, len(above) + 1):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)


def _notes(book: AccessibleBook, notes: Sequence[str]) -> None:
    numbered = {_note_mark(number): note for number, note in enumerate(notes, 1)}
    told = {**{sign: say(meaning) for sign, meaning in MARKS.items()}, **numbered}
    columns = [
        Column(say("Mark"), tuple(told)),
        Column(say("What it means"), tuple(told.values())),
    ]
    lead = say("One table: marks that stand in cells or in titles, and what they mean.")
    _sheet_with(book, say(NOTES), (say(NOTES), lead), columns, say("Marks and what they mean"))


def _note_mark(number: int) -> str:
    return say("[note {n}]", n=number)


def _table_sheet(book: AccessibleBook, number: int, one: PageTable, notes: Sequence[str]) -> None:
    name = _sheet_name(number)
    noted = f" {_note_mark(notes.index(_text(one.note)) + 1)}" if one.note else ""
    title = _text(f"{one.title}{noted}")
    above = (
        f"{name}: {title}",
        say("Part of the page: {part}", part=_text(one.part)),
        say("One table. What marks in square brackets mean is told on the sheet Notes."),
    )
    _sheet_with(book, name, above, columns_of(one.table), title)


def _sheet_name(number: int) -> str:
    """Name of a sheet, made by us and never by data, so that it is legal and its own."""
    return say("Table {n}", n=number)


def _sheet_with(
    book: AccessibleBook, name: str, above: Sequence[str], columns: Sequence[Column], title: str
) -> Any:
    """Write a sheet: lines of text, and right under them its table."""
    sheet = book.book.add_worksheet(name)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    # Lines above the table are not wrapped: they run over the empty cells beside them.
    for row, line in enumerate(above):
        book.write_text(sheet, row, 0, line, book.title if row == 0 else book.line)
    first = len(above)
    for place, column in enumerate(columns):
        _write_column(book, sheet, first + 1, place, column)
    sheet.add_table(
        first,
        0,
        first + len(columns[0].cells),
        len(columns) - 1,
        {
            "name": name.replace(" ", "_"),
            "title": title,
            "description": f"{above[0]}. {count_of(len(columns[0].cells), 'row')}.",
            "autofilter": False,
            "banded_rows": False,
            "first_column": True,
            "style": TABLE_STYLE,
            "columns": [
                {"header": column.heading, "header_format": book.heading} for column in columns
            ],
        },
    )
    return sheet


def _write_column(
    book: AccessibleBook, sheet: Any, first_row: int, place: int, column: Column
) -> None:
    look = book.number_format(column.shown_as) if column.shown_as else None
    for row, cell in enumerate(column.cells, first_row):
        if isinstance(cell, str):
            book.write_text(sheet, row, place, cell, look)
        else:
            sheet.write_number(row, place, cell, look)
    sheet.set_column(place, place, _width(column.heading, column.cells))


def _width(heading: str, cells: Iterable[str | float]) -> int:
    longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
    wanted = max(longest, min(len(heading), WIDEST_HEADING)) + 2
    return min(WIDEST, max(NARROWEST, wanted))
