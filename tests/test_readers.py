"""Files are read as text: nothing inferred, nothing shifted, row numbers as a spreadsheet's."""

import hashlib

import pandas as pd
import pytest

from workbench.data.readers import read_csv, read_parquet
from workbench.errors import DataProblems


@pytest.fixture
def csv_of(tmp_path):
    """Write bytes or text and read them as people.csv."""

    def read(content, **how):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_csv(path, "people.csv", **how)

    return read


def only_problem(refused):
    assert len(refused.value.problems) == 1
    return refused.value.problems[0]


@pytest.mark.parametrize(
    "value",
    ["007", "1E5", "NA", "null", "TRUE", "12345678901234567", "1,5", "=1+1", "3.10", "2025-02-30"],
)
def test_text_stays_text(csv_of, value):
    table = csv_of(f'id,surname\n"{value}",b\n')
    assert table.frame.loc[2, "id"] == value
    assert table.frame["id"].dtype == "str"
    assert table.notes == ()


def test_empty_cells_are_missing_and_nothing_else_is(csv_of):
    frame = csv_of("id,note\n1,\n2,NaN\n").frame
    assert frame["note"].isna().tolist() == [True, False]


def test_row_numbers_are_those_of_a_spreadsheet(csv_of):
    frame = csv_of('id,note\n1,"two\nlines"\n\n3,c\n , \n5,d\n').frame
    assert frame.index.tolist() == [2, 4, 6]
    assert frame.loc[2, "note"] == "two\nlines"


def test_a_byte_order_mark_is_no_part_of_the_first_name(csv_of):
    assert csv_of(b"\xef\xbb\xbfid,n\n1,2\n").frame.columns.tolist() == ["id", "n"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_way_to_end_a_line_is_read(csv_of, end):
    table = csv_of(end.join(["id,n", "1,a", "2,b"]) + end)
    assert table.frame.to_dict("list") == {"id": ["1", "2"], "n": ["a", "b"]}
    assert table.frame.index.tolist() == [2, 3]


@pytest.mark.parametrize(("mark", "written"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_another_delimiter_is_asked_for_and_never_guessed(csv_of, mark, written):
    content = f"site_id{mark}score\n007{mark}1,5\n008{mark}2,5\n".encode()
    with pytest.raises(DataProblems) as raised:
        csv_of(content)
    (problem,) = raised.value.problems
    assert problem.reason == "other_delimiter"
    assert f'delimiter: "{written}"' in problem.action
    assert list(csv_of(content, delimiter=mark).frame["score"]) == ["1,5", "2,5"]


def test_other_delimiters_encodings_and_header_rows_are_as_declared(csv_of):
    content = "Report of May\n\nid;name\n1;Peña\n".encode("cp1252")
    table = csv_of(content, delimiter=";", encoding="cp1252", header_row=3)
    assert table.frame.to_dict("index") == {4: {"id": "1", "name": "Peña"}}


def test_the_fingerprint_is_that_of_the_bytes(csv_of):
    content = b"id,n\n1,2\n"
    assert csv_of(content).fingerprint == hashlib.sha256(content).hexdigest()


def test_spaces_around_text_are_taken_off_and_told(csv_of):
    table = csv_of("id , n\n\u00a0007\u00a0, a b\n8,\u202fc\n")
    assert table.frame.columns.tolist() == ["id", "n"]
    assert table.frame.loc[2].tolist() == ["007", "a b"]
    assert table.notes == ("people.csv: spaces around the text of 3 cells were taken off.",)


def test_empty_columns_at_the_right_are_taken_off(csv_of):
    table = csv_of("id,n,,\n1,a,,\n2,b,,\n")
    assert table.frame.columns.tolist() == ["id", "n"]
    assert table.uneven == {}


def test_a_filled_column_without_a_name_is_not_taken_off(csv_of):
    assert csv_of("id,\n1,a\n").frame.columns.tolist() == ["id", ""]


def test_a_wider_or_shorter_row_is_kept_apart_with_its_cells(csv_of):
    table = csv_of("id,n\n1,a\n2,b,c\n3\n4,d\n")
    assert table.frame.index.tolist() == [2, 5]
    assert table.uneven == {3: ["2", "b", "c"], 4: ["3"]}


def test_every_row_wider_than_the_header_is_refused(csv_of):
    with pytest.raises(DataProblems) as refused:
        csv_of("id,n\n1,a,x\n2,b,y\n")
    problem = only_problem(refused)
    assert problem.reason == "shifted_columns"
    assert problem.rows == (2, 3)
    assert "3 cells" in problem.message
    assert "2 columns" in problem.message


@pytest.mark.parametrize(
    ("content", "reason", "rows"),
    [
        (b"", "no_header", ()),
        (b"id,n\n", "no_rows", ()),
        (b"id,n\n , \n,\n", "no_rows", ()),
        (b"id,n,id\n1,2,3\n", "repeated_column", (1,)),
        (b"id, n,n\n1,2,3\n", "repeated_column", (1,)),
        (b'id,n\n1,a\n2,"b\n3,c\n', "unbalanced_quote", (3,)),
        (b'id,n\n1,"a" b\n', "unbalanced_quote", (2,)),
        (b"id,n\n1,a\0\n", "nul_bytes", (2,)),
        ("id,n\n1,a\n".encode("utf-16-le"), "nul_bytes", (1,)),
        (b"id,n\n1,a\n2,Pe\xf1a\n", "wrong_encoding", (3,)),
        (b'id,n\r1,"a\rb"\r2,Pe\xf1a\r', "wrong_encoding", (3,)),
        (b"\xef\xbb\xbfid,n\n\xf1,a\n", "wrong_encoding", (2,)),
    ],
)
def test_a_damaged_file_is_refused_with_reason_and_row(csv_of, content, reason, rows):
    with pytest.raises(DataProblems) as refused:
        csv_of(content)
    problem = only_problem(refused)
    assert (problem.reason, problem.rows, problem.source) == (reason, rows, "people.csv")
    assert problem.action.endswith(".")


def test_a_header_row_that_is_empty_is_named(csv_of):
    with pytest.raises(DataProblems, match="Row 2, where the header should be, is empty"):
        csv_of("title\n\nid,n\n1,a\n", header_row=2)


def test_values_of_a_parquet_file_become_plain_text(tmp_path):
    frame = pd.DataFrame(
        {
            "id": ["007", "NA"],
            "score": [3.0, None],
            "day": pd.to_datetime(["2026-03-31", None]),
            "yes": [True, False],
        }
    )
    frame.to_parquet(tmp_path / "people.parquet")
    table = read_parquet(tmp_path / "people.parquet", "people.parquet")
    assert table.frame.loc[2].tolist() == ["007", "3", "2026-03-31", "yes"]
    assert table.frame.loc[3].dropna().tolist() == ["NA", "no"]


def test_what_is_no_parquet_file_is_refused(tmp_path):
    (tmp_path / "people.parquet").write_bytes(b"id,n\n1,2\n")
    with pytest.raises(DataProblems) as refused:
        read_parquet(tmp_path / "people.parquet", "people.parquet")
    assert only_problem(refused).reason == "not_parquet"
