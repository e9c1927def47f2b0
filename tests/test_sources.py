"""Source files: every way in which a column of a table comes out of an export."""

import datetime as dt

import pandas as pd
import pytest

from workbench.data.extracts import read_extracts
from workbench.data.readers import TextTable
from workbench.data.schemas import load_schemas
from workbench.data.source_files import ColumnMap, Source, TableMap, load_source
from workbench.data.sources import map_table, read_source
from workbench.errors import DataProblems, SettingsError
from workbench.settings import SETTINGS_FILE, open_study


def export(**columns):
    """An export of text columns whose rows are numbered as in a file."""
    rows = len(next(iter(columns.values())))
    frame = pd.DataFrame(columns, index=range(2, 2 + rows), dtype="str")
    return TextTable(frame, "export.csv", "", {})


def mapped(text, way, **about):
    """The cells of one column that is mapped in one way; missing ones as None."""
    mapping = TableMap.model_validate({"columns": {"out": way}, **about})
    frame, _ = map_table(text, "table", mapping)
    assert frame["out"].dtype == "str"
    return [None if pd.isna(cell) else cell for cell in frame["out"]]


@pytest.mark.parametrize(
    ("way", "cells"),
    [
        ({"from": "code"}, ["007", None, "1E5"]),
        ({"constant": "007"}, ["007", "007", "007"]),
        ({"join": ["site", "code"]}, ["A/007", None, "B/1E5"]),
        ({"join": ["site", "code"], "separator": "-"}, ["A-007", None, "B-1E5"]),
        ({"from": "site", "values": {"A": "Alder"}}, ["Alder", "A1", "B"]),
        ({"from": "site", "pattern": r"([A-Z])\d"}, ["A", "A", "B"]),
        ({"from": "code", "pattern": r"(\d)(\d+)"}, ["0", None, "1E5"]),
    ],
)
def test_text_is_taken_joined_or_changed_as_declared(way, cells):
    assert mapped(export(code=["007", None, "1E5"], site=["A", "A1", "B"]), way) == cells


def test_text_that_a_pattern_does_not_fit_stays():
    text = export(visit=["T1", "T2", "baseline"])
    assert mapped(text, {"from": "visit", "pattern": r"T(\d)"}) == ["1", "2", "baseline"]


@pytest.mark.parametrize(
    ("date_format", "written", "read"),
    [
        ("%d/%m/%Y", "1/2/2025", "2025-02-01"),
        ("%d/%m/%Y", "30/02/2025", "30/02/2025"),
        ("%d/%m/%Y", "2025-02-01", "2025-02-01"),
        ("%d%m%Y", "01122025", "2025-12-01"),
        ("%d%m%Y", "1122025", "1122025"),  # 1 December or 11 February: it is not guessed
        ("%m/%d/%Y", "02/01/2025", "2025-02-01"),
    ],
)
def test_a_date_is_read_by_its_format_or_left_to_be_set_aside(date_format, written, read):
    assert mapped(export(day=[written]), {"from": "day", "date_format": date_format}) == [read]


def test_date_parts_become_a_date():
    text = export(d=["1", "31", None], m=["2", "12", "1"], y=["2025", "2024", "2025"])
    way = {"date_parts": {"day": "d", "month": "m", "year": "y"}}
    assert mapped(text, way) == ["2025-02-01", "2024-12-31", None]


@pytest.mark.parametrize(
    ("months", "starts_on", "number", "day"),
    [
        (3, "2025-07-01", "1", "2025-07-01"),
        (3, "2025-07-01", "4", "2026-04-01"),
        (3, "2025-07-01", "0", "2025-04-01"),
        (1, "2025-01-31", "2", "2025-02-28"),
        (12, "2024-02-29", "2", "2025-02-28"),
        (3, "2025-07-01", "first", "first"),
        (3, "2025-07-01", "99999999", "99999999"),
        (3, "2025-07-01", None, None),
    ],
)
def test_a_period_is_placed_on_the_declared_calendar(months, starts_on, number, day):
    about = {"column": "wave", "first": 1, "starts_on": starts_on, "months": months}
    assert mapped(export(wave=[number]), {"periods": about}) == [day]


@pytest.mark.parametrize(
    ("add", "written", "read"),
    [
        (1, "0", "1"),
        (-1, "3", "2"),
        (-1, "1", "0"),
        (0.5, "1", "1.5"),
        (0.1, "0.2", "0.3"),
        (1, "1234567.25", "1234568.25"),
        (10, "90", "100"),
        (1, "na", "na"),
        (1, "inf", "inf"),
        (1, "1_0", "1_0"),
        (1, None, None),
    ],
)
def test_a_number_is_shifted_exactly_and_nothing_else_is(add, written, read):
    assert mapped(export(score=[written]), {"from": "score", "add": add}) == [read]


def test_steps_of_one_column_are_taken_in_order():
    way = {"from": "score", "pattern": r"(\w+) points", "values": {"no": "0"}, "add": 1}
    assert mapped(export(score=["no points", "3 points"]), way) == ["1", "4"]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ({}, "name one of"),
        ({"from": "a", "constant": "b"}, "name one of"),
        ({"constant": "b", "values": {"a": "b"}}, "go with from"),
        ({"join": ["a", "b"], "add": 1}, "go with from"),
        ({"from": "a", "pattern": r"T\d"}, "no group"),
        ({"from": "a", "pattern": "("}, "no regular expression"),
        ({"from": "a", "form": "b"}, "form"),
    ],
)
def test_a_way_that_cannot_be_meant_is_refused(way, said):
    with pytest.raises(ValueError, match=said):
        ColumnMap.model_validate(way)


def long(text, **about):
    mapping = {
        "columns": {"who": {"from": "who"}},
        "wide_to_long": {
            "columns": r"q\d",
            "name_to": "item",
            "value_to": "response",
            **about,
        },
    }
    frame, notes = map_table(text, "responses", TableMap.model_validate(mapping))
    cells = frame.astype("object").where(frame.notna(), None)
    return list(zip(cells.index, *cells.to_numpy().T, strict=True)), notes


def test_wide_columns_become_rows_that_keep_their_row_number():
    text = export(who=["a", "b"], q1=["1", "2"], q2=["3", None], other=["x", "y"])
    rows, notes = long(text)
    assert rows == [
        (2, "a", "q1", "1"),
        (2, "a", "q2", "3"),
        (3, "b", "q1", "2"),
        (3, "b", "q2", None),
    ]
    assert notes == []


def test_a_cell_that_was_not_asked_gives_no_row():
    rows, _ = long(export(who=["a", "b"], q1=["1", None], q2=[None, "4"]), skip_empty=True)
    assert rows == [(2, "a", "q1", "1"), (3, "b", "q2", "4")]


def test_values_of_wide_columns_are_changed_as_declared():
    rows, _ = long(export(who=["a"], q1=["often"]), values={"often": "3"})
    assert rows == [(2, "a", "q1", "3")]


def test_a_flag_makes_a_filled_value_missing_and_says_so():
    text = export(who=["a", "b"], q1=["9", "2"], MI_q1=["1", "0"], q2=[None, "4"])
    rows, notes = long(text, missing_flag="MI_{column}")
    assert rows[0] == (2, "a", "q1", None)
    assert rows[2] == (3, "b", "q1", "2")
    assert len(notes) == 1
    assert "'MI_q1' says that 1 values of 'q1' were missing" in notes[0]
    skipped, _ = long(text, missing_flag="MI_{column}", skip_empty=True)
    assert [row[:3] for row in skipped] == [(3, "b", "q1"), (3, "b", "q2")]


def test_rows_that_say_the_same_are_one_where_that_is_declared():
    text = export(site=["A", "A", "B"], note=["1", "2", "3"])
    assert mapped(text, {"from": "site"}, one_row_each=True) == ["A", "B"]
    assert mapped(text, {"from": "site"}) == ["A", "A", "B"]


def test_missing_columns_are_all_named_at_once():
    mapping = TableMap.model_validate(
        {
            "columns": {
                "a": {"from": "gone_1"},
                "b": {"join": ["here", "gone_2"]},
                "c": {"date_parts": {"day": "gone_3", "month": "here", "year": "gone_4"}},
                "d": {"periods": {"column": "gone_5", "first": 1, "starts_on": "2025-01-01"}},
            },
            "wide_to_long": {"columns": r"q\d", "name_to": "item", "value_to": "response"},
        }
    )
    with pytest.raises(DataProblems) as refused:
        map_table(export(here=["1"]), "table", mapping)
    problems = refused.value.problems
    assert [one.column for one in problems] == [*(f"gone_{n}" for n in range(1, 6)), ""]
    assert r"q\d" in problems[-1].message
    assert {one.source for one in problems} == {"export.csv"}


SOURCE = {
    "source": "visits",
    "title": "Visits",
    "file": "visits.csv",
    "delimiter": ";",
    "missing": ["-9", "n/a"],
    "tables": {"sites": {"columns": {"site_id": {"from": "Site"}}, "one_row_each": True}},
}


def test_declared_missing_texts_are_empty_cells(tmp_path):
    (tmp_path / "visits.csv").write_text("Site;Score\n007;-9\nn/a;0\nNA;9\n")
    frame = read_source(Source.model_validate(SOURCE), tmp_path).frame
    assert frame["Site"].isna().tolist() == [False, True, False]
    assert frame["Score"].isna().tolist() == [True, False, False]


def test_a_missing_file_is_named_with_what_to_do(tmp_path):
    with pytest.raises(DataProblems, match=r"no file visits\.csv.*visits\.yml"):
        read_source(Source.model_validate(SOURCE), tmp_path)


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [
        ("file", "../visits.csv", "without folders"),
        ("encoding", "utf-9", "no encoding 'utf-9'"),
        ("delimiter", "tab", "delimiter"),
        ("reader", "sas", "'csv', 'xlsx', 'parquet'"),
        ("header_row", 0, "header_row"),
        ("sheets", "May", "sheets"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(entry, value, said):
    with pytest.raises(ValueError, match=said):
        Source.model_validate({**SOURCE, entry: value})


STUDY_SOURCE = """
source: visits
title: Visits
file: visits.csv
tables:
  sites:
    one_row_each: true
    columns:
      site_id: {from: Site}
      site_name: {from: Site}
  practitioners:
    columns:
      practitioner_id: {from: Worker}
      site_id: {from: Site}
      hired_on: {from: Hired}
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("network: A\nsources: [visits]\n")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "schemas" / "sources").mkdir(parents=True)
    (tmp_path / "data" / "schemas" / "sources" / "visits.yml").write_text(STUDY_SOURCE)
    return open_study(tmp_path)


def test_one_export_feeds_several_tables(study):
    (study.raw / "visits.csv").write_text(
        "Site,Worker,Hired\n007,a,2025-01-01\n007,b,2025-02-30\n8,c\n"
    )
    sites, people = read_extracts(study, load_schemas())
    assert (sites.table, people.table) == ("sites", "practitioners")
    assert sites.frame["site_id"].tolist() == ["007"]
    assert people.frame["hired_on"].tolist() == ["2025-01-01", "2025-02-30"]
    assert people.uneven == {4: ["8", "c"]}
    assert sites.fingerprint == people.fingerprint


def test_missing_columns_of_every_table_are_named_at_once(study):
    (study.raw / "visits.csv").write_text("Place,Worker\n007,a\n")
    with pytest.raises(DataProblems) as refused:
        read_extracts(study, load_schemas())
    assert [(one.table, one.column) for one in refused.value.problems] == [
        ("sites", "Site"),
        ("practitioners", "Hired"),
        ("practitioners", "Site"),
    ]


def test_a_table_that_there_is_none_of_is_refused(study):
    path = study.folder / "data" / "schemas" / "sources" / "visits.yml"
    path.write_text(STUDY_SOURCE.replace("practitioners:", "practicioners:"))
    (study.raw / "visits.csv").write_text("Site,Worker,Hired\n007,a,2025-01-01\n")
    with pytest.raises(SettingsError, match=r"visits\.yml feeds practicioners"):
        read_extracts(study, load_schemas())


def test_files_that_cannot_be_read_are_named_at_once(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("network: A\n")
    study = open_study(tmp_path)
    study.raw.mkdir(parents=True)
    with pytest.raises(DataProblems, match="workbench demo"):
        read_extracts(study, load_schemas())
    (study.raw / "sites.csv").write_text("site_id\n")
    (study.raw / "plans.csv").write_bytes(b"plan_id\n\xf1\n")
    with pytest.raises(DataProblems) as refused:
        read_extracts(study, load_schemas())
    assert {one.source for one in refused.value.problems} == {"sites.csv", "plans.csv"}


@pytest.mark.parametrize("name", ["../visits", "Visits", "a b", ""])
def test_a_source_is_named_by_a_plain_name(name):
    with pytest.raises(SettingsError, match="no name for a source"):
        load_source(name)


def test_a_source_of_the_study_is_loaded_by_name(study):
    source = load_source("visits", study.folder)
    assert source.source == "visits"
    assert set(source.tables) == {"sites", "practitioners"}
    with pytest.raises(SettingsError, match=r"no data/schemas/sources/other\.yml"):
        load_source("other", study.folder)


def test_a_period_starts_on_a_day():
    with pytest.raises(ValueError, match="starts_on"):
        ColumnMap.model_validate({"periods": {"column": "a", "first": 1, "starts_on": "July"}})
    day = {"column": "a", "first": 1, "starts_on": "2025-07-01"}
    assert ColumnMap.model_validate({"periods": day}).periods.starts_on == dt.date(2025, 7, 1)
