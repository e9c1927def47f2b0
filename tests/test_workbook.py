"""The workbook beside a page: what it holds, how it reads for everybody, that it runs nothing."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from payloads import NUL, PAYLOADS
from python_calamine import CalamineWorkbook

from workbench.findings import Finding, not_estimable
from workbench.reporting import figures_style
from workbench.reporting.disclosure import release
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.pages import render_site_page
from workbench.reporting.pictures import Picture
from workbench.reporting.report import QuarterlyReport, Section
from workbench.reporting.workbook import write_workbook
from workbench.reporting.workbook_columns import MARKS, columns_of
from workbench.reporting.workbook_tables import tables_of_page
from workbench.settings import Privacy

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BEFORE_TABLES = ["Cover", "Contents", "Notes"]
LINES_ABOVE = 3
LONGEST_SHEET_NAME = 31
ILLEGAL_IN_SHEET_NAME = set("[]:*?/\\'")
PRIVACY = Privacy()
PNG = figures_style.picture_without_data("Figure", "none").png
FIDELITY = {
    "Quarter": ["2026Q1", "2026Q2", "2026Q3", "2026Q4"],
    "Fidelity": ["61% (53% to 69%)", "[c]", "not estimable", "1%"],
    "95% interval": ["53% to 69%", "[c]", "not estimable", "−1% to 1%"],
    "Change": ["–", "[c]", "+3.5", "−1,204.25"],
    "Sites that agree": ["8 of 12", "[c]", "0 of 12", "12 of 12"],
    "Overdue": ["313 (7%)", "[c]", "0 (0%)", "1,877 (42%)"],
    "What is seen": ["holding", "", "-2 points, no less", "=1+1"],
}


def table(caption: str, columns: dict[str, list[str]], note: str = "") -> DisplayTable:
    return DisplayTable(caption, pd.DataFrame(columns, dtype="str"), note)


def picture(
    columns: dict[str, list[str]], text: str = "Elm: fidelity by quarter. It fell."
) -> Picture:
    return Picture(PNG, text, "Each dot is a mean.", pd.DataFrame(columns, dtype="str"))


def a_report(text: str = "Elm", **changes: object) -> QuarterlyReport:
    told = {"n": 60, "n_practitioners": 9, "unit": "points a quarter", "action_prompt": text}
    findings = [
        Finding("fidelity.direction", text, text, "S1", -1.4, -2.1, -0.7, **told),
        not_estimable("plans.late", text, text, site_id="S1"),
    ]
    repeated = table("Fidelity by quarter", FIDELITY, "One note.")
    other = table(text, {text or "x": [text], "n": ["3"]}, text)
    about = {
        "network": text, "quarter_label": "2026Q3", "quarter_dates": text,
        "findings": release(findings, PRIVACY), "row_accounting": table("Rows", {"Table": []}),
        "site_id": "S1", "site_name": text, "note": text,
        "sections": (
            Section("Drifting?", "", (picture(FIDELITY), picture({})), (repeated, other)),
            Section("Twice?", "", (picture({"Of": ["1"]}, text),), (other,)),
        ),
        "quality": (table(text, {text or "x": [text]}),),
        "provenance": (table("Versions", {"Software": ["a", "b"], "Version": ["3.1", "3.13.1"]}),),
        "steps_before": table("Steps before", {"Step": [text]}),
    }  # fmt: skip
    return QuarterlyReport(**{**about, **changes})


class Book:
    """A workbook read back by another program, and its parts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = CalamineWorkbook.from_path(str(path))
        self.sheets = {
            name: self.read.get_sheet_by_name(name).to_python() for name in self.read.sheet_names
        }
        with zipfile.ZipFile(path) as parts:
            self.parts = {name: parts.read(name) for name in parts.namelist()}

    def xml(self, name: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.parts[name])

    def sheet_xml(self, number: int) -> ElementTree.Element:
        return self.xml(f"xl/worksheets/sheet{number}.xml")

    @property
    def tables(self) -> list[ElementTree.Element]:
        names = sorted(name for name in self.parts if name.startswith("xl/tables/"))
        return [self.xml(name) for name in names]

    def table_on(self, name: str) -> list[list[object]]:
        above = LINES_ABOVE if name.startswith("Table") else 2
        return self.sheets[name][above:] if name != "Cover" else []

    def sheet_of(self, words: str) -> str:
        (found,) = [name for name, rows in self.sheets.items() if words in str(rows[0][0])]
        return found


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(write_workbook(a_report(), tmp_path_factory.mktemp("book") / "x.xlsx", "x.html"))


def hostile_books(folder: Path) -> list[Book]:
    return [
        Book(write_workbook(a_report(text), folder / f"{number}.xlsx", "x.html"))
        for number, text in enumerate((*PAYLOADS, NUL))
    ]


# --- what it holds ---


def test_cover_contents_and_notes_come_first_and_then_one_sheet_a_table(book: Book) -> None:
    tables = tables_of_page(a_report())
    numbered = [f"Table {number}" for number in range(1, len(tables) + 1)]
    assert list(book.sheets) == [*BEFORE_TABLES, *numbered]
    for one, name in zip(tables, numbered, strict=True):
        assert str(book.sheets[name][0][0]).startswith(f"{name}: {one.title}")
        assert book.sheets[name][1][0] == f"Part of the page: {one.part}"
    heading, *rows = book.table_on("Contents")
    assert heading == ["Sheet", "What it holds", "Part of the page", "Rows"]
    assert [row[0] for row in rows] == numbered
    assert [row[1] for row in rows] == [one.title for one in tables]


def test_every_table_of_the_page_is_there_once_and_nothing_more() -> None:
    report = a_report()
    page = render_site_page(report)
    printed = re.findall(r"<caption>(.*?)</caption>", page)
    # The numbers of the first figure stand in a table of the same question.
    printed.remove("The numbers of figure 1: Elm: fidelity by quarter")
    tables = tables_of_page(report)
    assert [one.title.split(" (")[0] for one in tables] == printed
    cells = {cell for one in tables for row in one.table.rows for cell in row}
    assert all(cell in page for cell in cells if cell.isalnum())


def test_what_disclosure_hid_stays_hidden(tmp_path: Path) -> None:
    few = Finding("few", "How many?", "They do 1234.", "S1", 1234.0, n_practitioners=2)
    report = a_report(findings=release([few], PRIVACY))
    parts = Book(write_workbook(report, tmp_path / "x.xlsx", "x.html")).parts
    assert not any(b"1234" in text for text in parts.values())


def test_tables_of_one_title_are_told_apart() -> None:
    titles = [one.title for one in tables_of_page(a_report())]
    assert len(titles) == len(set(titles))
    assert {"Elm", "Elm (2)", "Elm (3)"} <= set(titles)


# --- how it reads ---


def test_each_table_is_marked_with_one_heading_row_at_the_left_edge(book: Book) -> None:
    assert len(book.tables) == len(book.sheets) - 1  # all but the cover
    names = {one.get("displayName") for one in book.tables}
    assert len(names) == len(book.tables)
    for one in book.tables:
        assert one.get("ref", "").startswith("A")
        assert one.get("headerRowCount") in (None, "1")
        assert one.get("totalsRowShown") == "0"
        assert one.find(f"{MAIN}autoFilter") is None
        assert b"altText" in ElementTree.tostring(one)
        headings = [column.get("name", "") for column in one.iter(f"{MAIN}tableColumn")]
        assert all(headings)
        assert len({heading.casefold() for heading in headings}) == len(headings)


def test_no_cell_of_a_table_is_empty_merged_or_hidden(book: Book) -> None:
    for number, name in enumerate(book.sheets, 1):
        rows = book.table_on(name)
        assert all(str(cell).strip() for row in rows for cell in row), name
        sheet = book.sheet_xml(number)
        assert sheet.find(f"{MAIN}mergeCells") is None
        assert not [one for one in sheet.iter() if one.get("hidden")]
    assert b"state=" not in book.parts["xl/workbook.xml"]


def test_a_table_begins_right_under_the_lines_that_tell_of_it(book: Book) -> None:
    for name, rows in book.sheets.items():
        assert all(str(row[0]).strip() for row in rows), name


def test_the_cursor_stands_at_the_first_cell_of_the_first_sheet(book: Book) -> None:
    for number in range(1, len(book.sheets) + 1):
        views = list(book.sheet_xml(number).iter(f"{MAIN}sheetView"))
        assert [view.get("tabSelected") for view in views] == (["1"] if number == 1 else [None])
        for cursor in book.sheet_xml(number).iter(f"{MAIN}selection"):
            assert cursor.get("activeCell") == "A1"
        assert not list(book.sheet_xml(number).iter(f"{MAIN}pane"))
    (view,) = book.xml("xl/workbook.xml").iter(f"{MAIN}workbookView")
    assert view.get("activeTab") in (None, "0")


def test_nothing_is_told_by_colour(book: Book) -> None:
    styles = book.xml("xl/styles.xml")
    fills = {fill.get("patternType") for fill in styles.iter(f"{MAIN}patternFill")}
    assert fills <= {"none", "gray125"}
    assert not any(name.startswith("xl/media") for name in book.parts)
    assert not any(b"conditionalFormatting" in text for text in book.parts.values())


def test_every_mark_is_explained_on_the_sheet_of_notes(book: Book) -> None:
    heading, *rows = book.table_on("Notes")
    assert heading == ["Mark", "What it means"]
    told = {row[0]: row[1] for row in rows}
    assert {**told, **MARKS} == told
    every = " ".join(str(cell) for sheet in book.sheets.values() for row in sheet for cell in row)
    used = set(re.findall(r"\[(?:note \d+|[a-z])\]", every))
    assert used == set(told)
    assert "Fidelity by quarter [note 1]" in book.sheets[book.sheet_of("Fidelity by quarter")][0][0]
    assert told["[note 1]"] == "One note."


def test_numbers_are_numbers_with_their_unit_in_the_heading(book: Book) -> None:
    heading, *rows = book.table_on(book.sheet_of("Fidelity by quarter"))
    columns = dict(zip(heading, zip(*rows, strict=True), strict=True))
    assert columns == {
        "Quarter": ("2026Q1", "2026Q2", "2026Q3", "2026Q4"),
        "Fidelity (percent)": (61.0, "[c]", "[x]", 1.0),
        "Fidelity, lower end (percent)": (53.0, "[c]", "[x]", "[z]"),
        "Fidelity, upper end (percent)": (69.0, "[c]", "[x]", "[z]"),
        "95% interval, lower end (percent)": (53.0, "[c]", "[x]", -1.0),
        "95% interval, upper end (percent)": (69.0, "[c]", "[x]", 1.0),
        "Change": ("[z]", "[c]", 3.5, -1204.25),
        "Sites that agree": (8.0, "[c]", 0.0, 12.0),
        "Sites that agree, out of": (12.0, "[c]", 12.0, 12.0),
        "Overdue": (313.0, "[c]", 0.0, 1877.0),
        "Overdue, percent": (7.0, "[c]", 0.0, 42.0),
        "What is seen": ("holding", "[z]", "−2 points, no less", "=1+1"),
    }


@pytest.mark.parametrize(
    ("texts", "headings", "shown_as"),
    [
        (["001", "002"], ["x"], [""]),  # codes
        (["1.24.1", "70.0"], ["x"], [""]),  # versions
        (["71%", "3"], ["x"], [""]),  # two units
        (["19 Oct 2023"], ["x"], [""]),  # a day
        (["12 or more", "5"], ["x"], [""]),
        (["over 58%", "61%"], ["x (percent)"], ["0"]),
        (["over 58%", "few", "61%"], ["x"], [""]),  # more words than numbers
        (["+0.2 points (0.0 to +0.3)", "–"],
         ["x (points)", "x, lower end (points)", "x, upper end (points)"],
         ["+0.0;-0.0;0.0", "0.0", "+0.0;-0.0;0.0"]),
        (["1,204", "3"], ["x"], ["#,##0"]),
        (["[c]", "–"], ["x"], [""]),
        (["98% (93% to 99%)", "[c]"],
         ["x (percent)", "x, lower end (percent)", "x, upper end (percent)"], ["0", "0", "0"]),
    ],
)  # fmt: skip
def test_a_column_becomes_numbers_only_if_it_is_one_of_numbers(texts, headings, shown_as) -> None:
    columns = columns_of(table("t", {"x": texts}))
    assert [column.heading for column in columns] == headings
    assert [column.shown_as for column in columns] == shown_as


def test_no_number_is_more_exact_than_it_was_printed() -> None:
    (column,) = columns_of(table("t", {"x": ["0.50", "1.2"]}))
    assert column.cells == (0.5, 1.2)
    assert column.shown_as == "0.00"


def test_a_table_without_rows_says_so() -> None:
    columns = columns_of(table("t", {"Table": [], "Received": []}))
    assert [column.cells for column in columns] == [("No rows.",), ("[z]",)]


def test_headings_are_told_apart_whatever_their_case() -> None:
    frame = pd.DataFrame([["a", "b", "c"]], columns=["Site", "SITE", "w" * 400], dtype="str")
    headings = [column.heading for column in columns_of(DisplayTable("t", frame))]
    assert headings[:2] == ["Site", "SITE (2)"]
    assert len(headings[2]) <= 255


def test_it_has_title_subject_language_and_no_day_of_its_own(book: Book) -> None:
    told = {one.tag.split("}")[1]: one.text for one in book.xml("docProps/core.xml")}
    assert told["title"] == "Elm: quarterly report 2026Q3"
    assert told["subject"]
    assert told["language"] == "en"
    days = {dt.datetime.fromisoformat(told[name]).year for name in ("created", "modified")}
    assert days == {2000}


def test_the_same_report_gives_the_same_bytes(tmp_path: Path, book: Book) -> None:
    again = write_workbook(a_report(), tmp_path / "another name.unfinished", "x.html")
    assert again.read_bytes() == book.path.read_bytes()


# --- what it runs: nothing ---


def test_no_payload_becomes_a_formula_a_link_or_a_name(tmp_path: Path) -> None:
    whole = hostile_books(tmp_path)
    assert len(whole) == 41
    for book in whole:
        for name in book.sheets:
            assert len(name) <= LONGEST_SHEET_NAME
            assert not set(name) & ILLEGAL_IN_SHEET_NAME
        for number, name in enumerate(book.sheets, 1):
            sheet = book.sheet_xml(number)
            assert not list(sheet.iter(f"{MAIN}f"))
            assert {cell.get("t") for cell in sheet.iter(f"{MAIN}c")} <= {"s", "n", None}
            links = list(sheet.iter(f"{MAIN}hyperlink"))
            assert not links or name == "Contents"
            for link in links:
                assert re.fullmatch(r"'Table \d+'!A1", link.get("location", ""))
                assert not [about for about in link.attrib if about.endswith("}id")]
        assert not list(book.xml("xl/workbook.xml").iter(f"{MAIN}definedName"))
        others = "external|vba|embed|activeX|connection|drawing|comment|media"
        assert not [name for name in book.parts if re.search(others, name, re.IGNORECASE)]
        assert not any(b"TargetMode" in text for text in book.parts.values())
        assert not any(b"calculatedColumnFormula" in text for text in book.parts.values())


def test_a_payload_is_there_as_text(tmp_path: Path) -> None:
    attack = "=cmd|' /C calc'!A0"
    book = Book(write_workbook(a_report(attack), tmp_path / "x.xlsx", "x.html"))
    assert attack in {cell for row in book.sheets["Table 3"] for cell in row}
    # Whoever edits the cell later doesn't make a formula of it.
    styles = book.xml("xl/styles.xml").find(f"{MAIN}cellXfs")
    quoted = {str(n) for n, one in enumerate(styles or []) if one.get("quotePrefix")}
    used = {cell.get("s") for cell in book.sheet_xml(6).iter(f"{MAIN}c")}
    assert quoted & used
