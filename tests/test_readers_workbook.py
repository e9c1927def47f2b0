"""Workbooks are looked into before they are opened, and what they hide or merge is told."""

import datetime as dt
import zipfile

import pandas as pd
import pytest
import xlsxwriter

from workbench.data.readers import Layout, read_xlsx
from workbench.errors import DataProblems


@pytest.fixture
def workbook_of(tmp_path):
    """Write sheets of rows and give the file's path."""

    def write(**sheets):
        path = tmp_path / "people.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for row, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        style = [day] if isinstance(cell, dt.datetime) else []
                        sheet.write(row, column, cell, *style)
        return path

    return write


def only_problem(refused):
    assert len(refused.value.problems) == 1
    problem = refused.value.problems[0]
    assert len(str(problem).split()) <= 60
    return problem


def problem_of(path, **how):
    with pytest.raises(DataProblems) as refused:
        read_xlsx(path, path.name, **how)
    return only_problem(refused)


def changed(path, part, change):
    """Write a workbook again with one part changed, or added if there is none."""
    other = path.with_name(f"changed_{path.name}")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(other, "w", 8) as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, change(content) if name == part else content)
        if part not in before.namelist():
            after.writestr(part, change(b""))
    return other


def test_cells_of_a_workbook_become_plain_text(workbook_of):
    path = workbook_of(
        Sheet1=[
            ["id", "score", "day", "moment", "yes", "text", "gap"],
            [7, 3.5, dt.datetime(2026, 3, 31), dt.datetime(2026, 3, 31, 14, 30), True, "007", None],
            [8.0, 1e5, dt.datetime(1999, 1, 1), None, False, "NA", "x"],
        ]
    )
    table = read_xlsx(path, "people.xlsx")
    assert table.source == "people.xlsx, sheet Sheet1"
    first, second = table.frame.loc[2], table.frame.loc[3]
    assert first.tolist()[:6] == ["7", "3.5", "2026-03-31", "2026-03-31 14:30:00", "yes", "007"]
    assert pd.isna(first["gap"])
    assert second.dropna().tolist() == ["8", "100000", "1999-01-01", "no", "NA", "x"]


def test_rows_of_a_workbook_keep_their_numbers(workbook_of):
    path = workbook_of(Data=[["Report of May"], [], ["", ""], ["id", "n"], ["1", "a"], [" ", " "],
                             ["2", "b"]])  # fmt: skip
    table = read_xlsx(path, "people.xlsx", sheet="Data", header_row=4)
    assert table.frame.index.tolist() == [5, 7]
    assert table.frame.columns.tolist() == ["id", "n"]


def test_an_error_in_a_workbook_is_no_empty_cell(tmp_path):
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Cover")
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["id", "score", "share"])
        sheet.write_row(1, 0, ["1", "", "b"])
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 0, "=NA()", None, "#N/A")
        sheet.write_formula(2, 2, "=1+1", None, 2)
    frame = read_xlsx(path, "people.xlsx", "Data").frame
    assert frame.loc[2].tolist() == ["1", "#DIV/0!", "b"]
    assert frame.loc[3, ["id", "share"]].tolist() == ["#N/A", "2"]
    assert pd.isna(frame.loc[3, "score"])


def test_a_formula_that_was_never_computed_is_no_empty_cell(workbook_of, tmp_path):
    whole = workbook_of(Data=[["id", "score"], ["1", "=1+1"]])
    never_opened = tmp_path / "never_opened.xlsx"
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(never_opened, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b"<v>0</v></c></row>", b"</c></row>"))
    assert read_xlsx(whole, "people.xlsx").frame.loc[2, "score"] == "0"
    assert read_xlsx(never_opened, "people.xlsx").frame.loc[2, "score"] == "#NOT COMPUTED"


def test_a_sheet_must_be_named_where_there_are_several(workbook_of):
    path = workbook_of(May=[["id"], ["1"]], June=[["id"], ["2"]])
    for sheet in ("", "July"):
        with pytest.raises(DataProblems, match="sheets May, June") as refused:
            read_xlsx(path, "people.xlsx", sheet)
        assert only_problem(refused).reason == "sheet_not_named"
    assert read_xlsx(path, "people.xlsx", "June").frame["id"].tolist() == ["2"]


# --- before it is opened ---


def test_a_workbook_that_would_grow_too_large_is_not_opened(workbook_of):
    path = workbook_of(Data=[["id"], ["1"]])
    bomb = changed(path, "xl/media/big.bin", lambda _: b"\0" * 30_000_000)
    assert problem_of(bomb).reason == "too_large_when_open"
    many = path.with_name("many.xlsx")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(many, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name))
        for number in range(1_000):
            after.writestr(f"xl/media/{number}.bin", b"")
    assert "1,0" in problem_of(many).message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_workbook_that_declares_entities_is_not_opened(workbook_of, encoding):
    path = workbook_of(Data=[["id"], ["1"]])
    evil = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'.encode(encoding)
    assert problem_of(changed(path, "xl/worksheets/sheet1.xml", lambda _: evil)).reason == (
        "xml_declares"
    )


def test_a_cell_far_away_does_not_fill_the_memory(workbook_of):
    path = workbook_of(Data=[["id", "n"], ["1", "a"]])
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = changed(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", far))
    problem = problem_of(path)
    assert problem.reason == "too_many_cells"
    assert problem.source.endswith("sheet Data")


def test_a_damaged_workbook_is_refused(workbook_of):
    whole = workbook_of(Data=[["id"], ["1"]]).read_bytes()
    for broken in (whole[:-30], whole[: len(whole) // 2], whole.replace(b"sheet1", b"sheet9")):
        path = workbook_of(Data=[["id"], ["1"]]).with_name("broken.xlsx")
        path.write_bytes(broken)
        assert problem_of(path).reason in ("another_kind", "damaged_workbook", "not_a_workbook")


def test_macros_and_links_are_told_and_never_followed(workbook_of):
    path = workbook_of(Data=[["id", "n"], ["1", "a"]])
    path = changed(path, "xl/vbaProject.bin", lambda _: b"Sub Auto_Open()")
    path = changed(path, "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>")
    table = read_xlsx(path, "people.xlsm")
    assert table.frame["n"].tolist() == ["a"]
    assert "macros" in table.notes[0]
    assert "links to other workbooks" in table.notes[1]


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_are_the_same_whichever_year_the_workbook_counts_from(tmp_path, since_1904):
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": since_1904}) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["id", "day"])
        sheet.write(1, 0, "1")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(1, 1, dt.datetime(2026, 3, 31), day)
    assert read_xlsx(path, "people.xlsx").frame["day"].tolist() == ["2026-03-31"]


# --- what a sheet hides and merges ---


@pytest.fixture
def merged(tmp_path):
    def write(*ranges):
        path = tmp_path / "people.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("Data")
            for row, cells in enumerate([["site", "who", "n"], ["A", "p", 1], ["", "q", 2],
                                         ["B", "r", 3]]):  # fmt: skip
                sheet.write_row(row, 0, cells)
            for one in ranges:
                sheet.merge_range(one, "A")
        return path

    return write


def test_merged_cells_are_asked_about_and_filled_where_declared(merged):
    path = merged("A2:A3")
    problem = problem_of(path)
    assert (problem.reason, problem.column, problem.rows) == ("merged_cells", "site", (2,))
    assert "fill_down: [site]" in problem.action
    table = read_xlsx(path, "people.xlsx", layout=Layout(fill_down=("site",)))
    assert table.frame["site"].tolist() == ["A", "A", "B"]
    assert "1 empty cells took the cell above" in table.notes[-1]


def test_merged_cells_that_are_not_read_do_not_matter(merged):
    layout = Layout(is_read=lambda name: name == "n")
    assert read_xlsx(merged("A2:A3"), "f", layout=layout).frame["n"].tolist() == ["1", "2", "3"]


def test_cells_merged_across_columns_are_refused_whatever_is_declared(merged):
    with pytest.raises(DataProblems, match="across columns"):
        read_xlsx(merged("A2:B3"), "f", layout=Layout(fill_down=("site", "who")))


def test_hidden_rows_columns_and_sheets_are_counted(tmp_path):
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Data")
        for row, cells in enumerate([["id", "n", "m"], [1, 2, 3], [4, 5, 6], [7, 8, 9]]):
            sheet.write_row(row, 0, cells)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 2, None, None, {"hidden": True})
        book.add_worksheet("Old").hide()
        book.add_worksheet("Notes")
    table = read_xlsx(path, "people.xlsx", "Data")
    assert table.frame["id"].tolist() == ["1", "4", "7"]
    assert table.notes == (
        "people.xlsx, sheet Data: 1 hidden row was read like the others.",
        "people.xlsx, sheet Data: 2 hidden columns were read like the others.",
        "people.xlsx: 2 further sheets, 1 of them hidden, not read.",
    )


# --- the header ---


def test_a_title_above_the_header_is_asked_about(workbook_of):
    rows = [["Report of May"], [], ["id", "n", "m"], ["1", "a", "b"], ["2", "c", "d"]]
    problem = problem_of(workbook_of(Data=rows))
    assert (problem.reason, problem.rows) == ("title_above_header", (1,))
    assert "header_row: 3" in problem.action
    table = read_xlsx(workbook_of(Data=rows), "f", header_row=3)
    assert table.frame["n"].tolist() == ["a", "c"]


def test_a_header_of_two_rows_is_asked_about_and_joined_where_declared(workbook_of):
    rows = [["Site", "Score", "", "", "Day"], ["", "a", "b", "c", ""], ["1", 2, 3, 4, "x"],
            ["2", 5, 6, 7, "y"]]  # fmt: skip
    path = workbook_of(Data=rows)
    with pytest.raises(DataProblems):
        read_xlsx(path, "f")
    table = read_xlsx(path, "f", layout=Layout(header_rows=2, ask=False))
    assert table.frame.columns.tolist() == ["Site", "Score / a", "Score / b", "Score / c", "Day"]
    assert table.frame.index.tolist() == [3, 4]


def test_a_second_row_of_labels_is_asked_about(workbook_of):
    rows = [["id", "q1", "q2"], ["Person", "How often", "How well"], ["a", 1, 2], ["b", 3, 4],
            ["c", 5, 1], ["d", 2, 2]]  # fmt: skip
    problem = problem_of(workbook_of(Data=rows))
    assert (problem.reason, problem.rows) == ("second_header_row", (2,))
    as_data = read_xlsx(workbook_of(Data=rows), "f", layout=Layout(ask=False))
    assert as_data.frame["q1"].tolist() == ["How often", "1", "3", "5", "2"]


# --- ods ---


def an_ods(path, body):
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
        parts.writestr(
            "content.xml",
            '<?xml version="1.0"?><office:document-content '
            'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="Data">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def cell(text, about=""):
    return (
        f'<table:table-cell office:value-type="string" {about}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def test_an_ods_is_read_and_its_merged_cells_and_errors_are_not_passed_over(tmp_path):
    path = tmp_path / "people.ods"
    row = "<table:table-row{}>{}</table:table-row>"
    head = row.format("", cell("id") + cell("n"))
    hidden = row.format(' table:visibility="collapse"', cell("1") + cell("a"))
    table = read_xlsx(an_ods(path, head + hidden), "people.ods")
    assert table.frame.loc[2].tolist() == ["1", "a"]
    assert "1 hidden row" in table.notes[0]
    spanned = row.format("", cell("1", 'table:number-rows-spanned="2"') + cell("a"))
    assert problem_of(an_ods(path, head + spanned)).reason == "merged_cells"
    error = row.format("", cell("1") + cell("#DIV/0!", 'calcext:value-type="error"'))
    assert problem_of(an_ods(path, head + error)).reason == "cells_with_errors"


def test_cells_that_do_not_say_where_they_stand_are_counted(workbook_of):
    path = workbook_of(Data=[["id", "n"], ["1", "=1/0"]])
    import re

    def without_places(xml):
        return re.sub(rb'<c r="[A-Z]+\d+"', b"<c", xml).replace(
            b"<v>0</v></c></row>", b"</c></row>"
        )

    path = changed(path, "xl/worksheets/sheet1.xml", without_places)
    assert read_xlsx(path, "f").frame.loc[2, "n"] == "#NOT COMPUTED"
