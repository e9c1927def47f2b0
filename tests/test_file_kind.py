"""A file is what its bytes say, in one encoding, whatever its name ends in."""

import zipfile

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.file_kind import kind_of
from workbench.data.readers import Layout, read_csv, read_xlsx
from workbench.data.readers_csv import table_of_text
from workbench.errors import DataProblems

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def problem_of(read, *args, **how):
    with pytest.raises(DataProblems) as refused:
        read(*args, **how)
    (problem,) = refused.value.problems
    assert problem.action.endswith(".")
    assert len(str(problem).split()) <= 60
    return problem


@pytest.fixture
def file_of(tmp_path):
    def write(content, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


def read(path, **how):
    return read_csv(path, path.name, **how)


def a_workbook(path):
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Data").write_row(0, 0, ["id", "n"])
    return path


def test_kinds_are_told_by_content(tmp_path, file_of):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    assert kind_of(tmp_path / "a.parquet") == "parquet"
    assert kind_of(a_workbook(tmp_path / "a.csv")) == "xlsx"
    assert kind_of(file_of(b"")) == "empty"
    assert kind_of(file_of("id,n\n<b>,2\n")) == "text"
    assert kind_of(file_of(OLE + "Workbook".encode("utf-16-le"))) == "xls"
    assert kind_of(file_of(b"\xef\xbb\xbf\r\n <HTML><body>")) == "html"
    assert kind_of(file_of("<html>".encode("utf-16"))) == "html"
    assert kind_of(file_of(b"%PDF-1.7")) == "pdf"


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (b"<html><table><tr><td>id</td></tr></table></html>", "another_kind", "web page"),
        (b"<?xml version='1.0'?><Workbook/>", "another_kind", "XML"),
        (b"id,n\n1,2\n", "text_not_workbook", "text"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password", "password"),
        (OLE + "WordDocument".encode("utf-16-le"), "another_kind", "no workbook"),
        (b"", "empty_file", "empty"),
        (b"PK\x03\x04 cut off", "another_kind", "ZIP"),
    ],
)
def test_what_only_has_the_name_of_a_workbook_is_refused(file_of, content, reason, said):
    for name in ("people.xls", "people.xlsx"):
        problem = problem_of(read_xlsx, file_of(content, name), name)
        assert problem.reason == reason
        assert said in problem.message
        assert problem.source == name


def test_a_protected_ods_is_told_from_others(tmp_path):
    path = tmp_path / "people.ods"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("content.xml", "scrambled")
        parts.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    assert problem_of(read_xlsx, path, "people.ods").reason == "password"


def test_a_workbook_under_the_name_of_a_csv_is_refused(tmp_path):
    problem = problem_of(read, a_workbook(tmp_path / "people.csv"))
    assert problem.reason == "workbook_not_text"
    assert "reader: xlsx" in problem.action


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_wide_text_with_a_mark_is_read_and_told(file_of, encoding):
    text = "id,name\n1,Peña\n" if encoding in ("utf-16", "utf-32") else "\ufeffid,name\n1,Peña\n"
    table = read(file_of(text.encode(encoding)))
    assert table.frame.to_dict("list") == {"id": ["1"], "name": ["Peña"]}
    assert "UTF-" in table.notes[0]


def test_wide_text_without_a_mark_is_read_only_where_declared(file_of):
    path = file_of("id,name\n1,Peña\n".encode("utf-16-le"))
    problem = problem_of(read, path)
    assert problem.reason == "nul_bytes"
    assert "encoding: utf-16" in problem.action
    assert read(path, encoding="utf-16-le").frame["name"].tolist() == ["Peña"]


def test_wide_text_that_is_cut_off_is_refused(file_of):
    problem = problem_of(read, file_of("id,name\n1,Peña\n".encode("utf-16")[:-1]))
    assert problem.reason == "wrong_encoding"


def test_another_encoding_is_asked_for_with_row_and_column(file_of):
    path = file_of("id,name\n1,Ana\n2,Peña\n".encode("cp1252"))
    problem = problem_of(read, path)
    assert (problem.reason, problem.rows, problem.column) == ("wrong_encoding", (3,), "name")
    assert "encoding: cp1252" in problem.action
    table = read(path, encoding="cp1252")
    assert table.frame["name"].tolist() == ["Ana", "Peña"]
    assert table.notes == ("people.csv: the text was read as CP1252, as declared.",)


TWO = b"id,name\n1,Ana\n2," + "Peña\n".encode("cp1252") + "3,Núñez\n".encode()


@pytest.mark.parametrize(
    ("content", "encoding", "row"),
    [
        (TWO, "utf-8", 3),
        (TWO, "cp1252", 4),
        (b"id,name\n1,Jos\xc3\xa9\n2,Pe\xf1a\n", "utf-8", 3),
        (b"id,name\n1,Jos\xc3\xa9\n2,Pe\xf1a\n", "cp1252", 2),
        (b"id,name\n1,\xc3\xa9\n2,Pe\xf1a\n", "latin-1", 2),
    ],
)
def test_two_encodings_in_one_file_are_refused_at_the_first_bad_row(
    file_of, content, encoding, row
):
    problem = problem_of(read, file_of(content), encoding=encoding)
    assert (problem.reason, problem.rows, problem.column) == ("two_encodings", (row,), "name")


def test_utf8_declared_as_windows_text_is_refused(file_of):
    problem = problem_of(read, file_of("id,name\n1,Ana\n2,Peña\n"), encoding="cp1252")
    assert (problem.reason, problem.rows) == ("wrong_encoding", (3,))
    assert "UTF-8" in problem.message


def test_text_that_was_encoded_twice_is_asked_about(file_of):
    twice = "id,name\n1,Peña\n".encode().decode("cp1252")
    path = file_of(twice)
    problem = problem_of(read, path)
    assert (problem.reason, problem.rows, problem.column) == ("mojibake", (2,), "name")
    assert "Ã" not in str(problem)
    assert read(path, mojibake="as_written").frame["name"].tolist() == ["PeÃ±a"]


@pytest.mark.parametrize(
    "name", ["São Paulo", "Ângela", "Åse", "SÃO JOÃO", "Ärger", "naïve", "“Ana”", "Łódź", "Пётр"]
)
def test_true_accents_are_not_asked_about(file_of, name):
    assert read(file_of(f"id,name\n1,{name}\n")).frame["name"].tolist() == [name]


def test_mixed_line_ends_are_read_and_told(file_of):
    table = read(file_of(b"id,n\r\n1,a\n2,b\r3,c\r\n"))
    assert table.frame["id"].tolist() == ["1", "2", "3"]
    assert table.frame.index.tolist() == [2, 3, 4]
    assert "3 different ways" in table.notes[0]
    inside = read(file_of(b'id,n\r\n1,"a\nb"\r\n2,c\r\n'))
    assert inside.notes == ()
    assert inside.frame.loc[2, "n"] == "a\nb"


def test_a_last_line_that_does_not_end_is_told(file_of):
    (note,) = read(file_of(b"id,n\n1,a\n2,b")).notes
    assert "broken off" in note


def test_rows_that_were_declared_must_be_there(file_of):
    path = file_of(b"id,n\n1,a\n2,b\n3\n")
    assert len(read(path, layout=Layout(rows_expected=3)).frame) == 2
    problem = problem_of(read, path, layout=Layout(rows_expected=4))
    assert problem.reason == "rows_expected"
    assert "3 rows where 4" in problem.message


def test_no_rows_are_allowed_only_where_that_is_declared(file_of):
    path = file_of(b"id,n\n")
    assert problem_of(read, path).reason == "no_rows"
    table = read(path, layout=Layout(no_rows=True))
    assert table.frame.empty
    assert table.frame.columns.tolist() == ["id", "n"]
    assert "no rows" in table.notes[0]


CELLS = st.text(st.sampled_from(list('ab ",\n\r\tñ1')), max_size=5)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_the_quick_way_reads_what_the_strict_reader_reads(rows, quoted, end):
    import csv
    import io

    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, quoting=quoting, lineterminator=end).writerows([["x", "y"], *rows])
    text = out.getvalue()
    try:
        table = table_of_text(text.encode(), "f", ",", "utf-8", Layout(ask=False, no_rows=True))
    except DataProblems as error:
        assert {one.reason for one in error.problems} <= {"shifted_columns"}
        return
    strict = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    filled = {n: r for n, r in enumerate(strict, 1) if n > 1 and any(map(str.strip, r))}
    assert set(table.frame.index) | set(table.uneven) == set(filled)
    spaces = " \t\u00a0"
    for number, cells in filled.items():
        if number in table.uneven:
            assert table.uneven[number] == cells
        else:
            read_back = ["" if pd.isna(one) else one for one in table.frame.loc[number]]
            assert read_back == [cell.strip(spaces) for cell in cells[:2]]
