"""Numbers, dates and identifiers that can be read in two ways are asked about, never guessed."""

import pandas as pd
import pytest

from workbench.data.conform import conform_rows
from workbench.data.extract import Extract
from workbench.data.identifiers import across_tables, clean, folded
from workbench.data.instruments import load_instruments
from workbench.data.scale_questions import ask_about_scales
from workbench.data.schemas import TableSchema, load_schemas
from workbench.data.source_files import ColumnMap, Source, TableMap
from workbench.data.sources import map_table
from workbench.data.text_tables import TextTable
from workbench.errors import DataProblems

MOST_WORDS = 60
SCHEMA = TableSchema.model_validate(
    {
        "table": "visits",
        "one_row_is": "a visit",
        "adds": "It would show visits.",
        "key": ["visit_id"],
        "columns": {
            "visit_id": {"type": "identifier", "required": True, "description": "Code."},
            "person_id": {"type": "identifier", "description": "Who."},
            "surname": {"type": "text", "description": "Name."},
            "minutes": {"type": "number", "lowest": 0, "highest": 600, "description": "Time."},
            "kept": {"type": "number", "unit": "percent of visits", "lowest": 0, "highest": 100,
                     "description": "Share."},
            "day": {"type": "date", "description": "When."},
        },
    }
)  # fmt: skip
ROWS = 8


def extract(source_name="", total_rows="", ids_as_written=False, **columns):
    """Rows of the table; columns that are not named are in order."""
    rows = max([ROWS, *(len(cells) for cells in columns.values())])
    good = {"visit_id": [f"V{n}" for n in range(rows)]}
    for name, cells in columns.items():
        good[name] = [*cells, *[None] * (rows - len(cells))]
    frame = pd.DataFrame(good, index=range(2, rows + 2), dtype="str")
    mapped = {name: {"from": name} for name in frame.columns}
    mapping = TableMap.model_validate({"columns": mapped, "ids_as_written": ids_as_written})
    return Extract("visits", frame, "visits.csv", "", source_name=source_name,
                   mapping=mapping if source_name else None, total_rows=total_rows)  # fmt: skip


def question(**columns):
    """The only problem of a table."""
    with pytest.raises(DataProblems) as refused:
        conform_rows([extract(**columns)], SCHEMA)
    (problem,) = refused.value.problems
    assert problem.source == "visits.csv"
    assert problem.column in columns
    assert problem.rows
    assert len(str(problem).split()) <= MOST_WORDS
    return problem


def accepted(**columns):
    typed = conform_rows([extract(**columns)], SCHEMA)
    return typed, typed.reasons["source_row"].tolist()


def mapped(text, kind="number", **way):
    """Cells of a column that a source file declares, as the table gets them."""
    frame = pd.DataFrame({"cell": text}, index=range(2, 2 + len(text)), dtype="str")
    source = Source.model_validate({
        "source": "visits", "title": "Visits", "file": "visits.csv",
        "tables": {"visits": {"columns": {"out": {"from": "cell", **way}}}},
    })  # fmt: skip
    mapping = source.map_of("visits", {"out": kind})
    made, notes = map_table(TextTable(frame, "visits.csv", "", {}), "visits", mapping)
    return [None if pd.isna(cell) else cell for cell in made["out"]], notes


# --- numbers ---


@pytest.mark.parametrize(
    ("cells", "reason", "line"),
    [
        (["12,5", "7,25", "3,0"], "decimal", "'decimal: \",\"'"),
        (["1,234", "2,500", "3,100"], "comma", "'decimal: \",\"' or 'thousands: \",\"'"),
        (["1,234.5", "2,500", "3,100.0"], "thousands", "'thousands: \",\"'"),
        (
            ["1.234,5", "12.500,0", "3.100,0"],
            "thousands",
            "'thousands: \".\"' and 'decimal: \",\"'",
        ),
        (["1.234", "2.500", "3.100"], "thousands", "'decimal: \".\"'"),
        (["1 234", "2 500", "3 100"], "thousands", "'thousands: \" \"'"),
        (["1'234", "2'500", "3'100"], "thousands", 'thousands: "\'"'),
    ],
)
def test_numbers_in_another_form_are_asked_about_with_the_line(cells, reason, line):
    problem = question(minutes=cells)
    assert problem.reason == reason
    assert line in problem.action
    assert "workbench inspect" in problem.action
    assert "in visits.yml" in question_of_source(minutes=cells).action


def question_of_source(**columns):
    with pytest.raises(DataProblems) as refused:
        conform_rows([extract("visits", **columns)], SCHEMA)
    return refused.value.problems[0]


@pytest.mark.parametrize("cell", ["12,5", "1,234", "1.234,5", "1 234", "NaN", "inf", "1e400", "-"])
def test_a_few_such_cells_set_their_rows_aside(cell):
    _, aside = accepted(minutes=["10", "12.5", "11", "9", cell])
    assert aside == [6]


@pytest.mark.parametrize(
    "cells", [["1.234", "2.500", "0.5"], ["0.123", "0.456", "0.789"], ["12.5"]]
)
def test_decimals_that_are_seen_to_be_such_are_read(cells):
    typed, aside = accepted(minutes=cells)
    assert aside == []
    assert typed.frame["minutes"].dropna().tolist() == [float(cell) for cell in cells]


@pytest.mark.parametrize(
    ("way", "written", "read"),
    [
        ({"decimal": ","}, "12,5", "12.5"),
        ({"decimal": ","}, "-0,5", "-0.5"),
        ({"decimal": ","}, "12", "12"),
        ({"decimal": ","}, "1,5e2", "1.5e2"),
        ({"decimal": ","}, "1.5", "1.5 (not as declared)"),
        ({"decimal": ",", "thousands": "."}, "1.234.567,5", "1234567.5"),
        ({"decimal": ",", "thousands": "."}, "1.234", "1234"),
        ({"decimal": ",", "thousands": "."}, "12.5", "12.5 (not as declared)"),
        ({"thousands": ","}, "1,234", "1234"),
        ({"thousands": ","}, "12,5", "12,5"),
        ({"thousands": " "}, "1\u202f234.5", "1234.5"),
        ({"thousands": "'"}, "1\u2019234", "1234"),
        ({"percent": "share"}, "0.85", "85"),
        ({"percent": "share", "decimal": ","}, "0,851", "85.1"),
        ({"percent": "share"}, "85 %", "85 % (not as declared)"),
        ({"percent": "whole"}, "85 %", "85"),
        ({"percent": "whole"}, "85", "85"),
        ({"decimal": ",", "add": 1}, "2,5", "3.5"),
        ({"decimal": ","}, "na", "na"),
        ({"decimal": ","}, None, None),
    ],
)
def test_declared_numbers_are_read_and_no_others(way, written, read):
    assert mapped([written], **way)[0] == [read]


def test_what_is_not_as_declared_is_noted_and_set_aside():
    cells, notes = mapped(["1,5", "1.5"], decimal=",")
    assert cells == ["1.5", "1.5 (not as declared)"]
    (note,) = notes
    assert note.startswith("visits.csv: 1 cells of 'out' are not written as the source file decl")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["85 %", "85", "90"], "percent_mixed"),
        (["0.85", "85", "90", "77"], "percent_mixed"),
        (["0.85", "0.9", "0.77"], "percent"),
        (["1", "1", "1"], "percent"),
        (["85 %", "90 %", "77%"], "percent"),
    ],
)
def test_percents_in_doubt_are_asked_about(cells, reason):
    problem = question(kept=cells)
    assert problem.reason == reason
    assert "'percent: " in problem.action


@pytest.mark.parametrize(
    "cells", [["0.8", "2.5", "12"], ["0", "0", "0"], ["0.5", "85"], ["0", "100"]]
)
def test_small_percents_are_no_shares(cells):
    assert accepted(kept=cells)[1] == []


def test_a_number_off_the_limits_that_recurs_is_suggested_as_a_missing_code():
    typed, _ = accepted(minutes=["-9", "-9", "12", "-9", "-9", "-9", "700"])
    (note,) = typed.notes
    assert "-9 stands in 5 cells" in note
    assert "'missing: [\"-9\"]'" in note
    assert accepted(minutes=["-9", "-9", "12"])[0].notes == ()


# --- dates ---


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        (["03/04/2026", "05/04/2026", "13/04/2026"], ["'%d/%m/%Y'", "'%m/%d/%Y'"]),
        (["3.4.26", "5.4.26", "1.2.26"], ["'%d.%m.%y'", "'%m.%d.%y'"]),
        (["03-04-2026 10:30", "03-05-2026 10:30", "03-06-2026 10:30"], ["'%d-%m-%Y %H:%M'"]),
        (["2026/04/03", "2026/04/05", "2026/04/06"], ["'%Y/%m/%d'"]),
        (["3 April 2026", "5 June 2026", "13 July 2026"], ["'%d %B %Y'"]),
        (["46112", "46113", "46114"], ["'excel_dates: true'"]),
        (["2026-04-03T23:30:00Z"] * 3, ["'time_zone: Europe/Vienna'"]),
        (["2026-04-03 23:30"] * 3, ["'time_zone: "]),
    ],
)
def test_dates_in_another_form_are_asked_about_with_the_lines(cells, lines):
    problem = question(day=cells)
    for line in lines:
        assert line in problem.action


def test_the_share_that_can_be_read_both_ways_is_told():
    problem = question(day=["03/04/2026", "05/04/2026", "13/04/2026", "04/04/2026"])
    assert "50% could be read both ways, 1 only day first, 0 month first" in problem.message


@pytest.mark.parametrize("cell", ["03/04/2026", "46112", "2026-04-03T23:30:00Z", "3 April 2026"])
def test_a_few_such_dates_set_their_rows_aside(cell):
    assert accepted(day=["2026-01-01", "2026-01-02", cell])[1] == [4]


@pytest.mark.parametrize(
    ("way", "written", "read"),
    [
        ({"date_formats": ["%d/%m/%Y", "%d.%m.%Y"]}, "3.4.2026", "2026-04-03"),
        ({"date_formats": ["%d/%m/%Y", "%m/%d/%Y"]}, "3/4/2026", "3/4/2026 (not as declared)"),
        ({"date_formats": ["%d/%m/%Y", "%m/%d/%Y"]}, "13/4/2026", "2026-04-13"),
        ({"date_formats": ["%Y-%d-%m"]}, "2026-04-13", "2026-04-13 (not as declared)"),
        ({"date_formats": ["%d/%m/%Y"]}, "2026-04-13", "2026-04-13"),
        ({"date_formats": ["%d/%m/%Y"]}, "13/4/26", "13/4/26"),
        ({"excel_dates": True}, "46112", "2026-03-31"),
        ({"excel_dates": True}, "46112.75", "2026-03-31"),
        ({"excel_dates": True}, "60", "60"),
        ({"excel_dates": True}, "2026-03-31", "2026-03-31"),
        ({"time_zone": "Europe/Vienna"}, "2026-03-31T23:30:00Z", "2026-04-01"),
        ({"time_zone": "Europe/Vienna"}, "2026-12-31 23:30:00+02:00", "2026-12-31"),
        ({"time_zone": "America/New_York"}, "2026-04-01T02:00:00Z", "2026-03-31"),
        ({"time_zone": "Europe/Vienna"}, "2026-03-31 23:30", "2026-03-31"),
        ({"time_zone": "Europe/Vienna"}, "2026-02-30T23:30:00Z", "2026-02-30T23:30:00Z"),
        ({"time_zone": "Europe/Vienna"}, "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ({"time_zone": "Europe/Vienna", "date_formats": ["%d/%m/%Y %H:%M %z"]},
         "31/03/2026 23:30 +0000", "2026-04-01"),
    ],
)  # fmt: skip
def test_declared_dates_are_read_and_no_others(way, written, read):
    assert mapped([written], "date", **way)[0] == [read]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"time_zone": "Vienna"}, "no time zone 'Vienna'"),
        ({"date_formats": ["day"]}, "no way to write a date"),
        ({"date_formats": ["%d/%m/%Y %z"]}, "'time_zone' is needed"),
        ({"decimal": ",", "thousands": ","}, "other than"),
        ({"decimal": ";"}, "decimal"),
        ({"percent": "half"}, "percent"),
    ],
)
def test_what_can_not_be_carried_out_is_refused(entries, said):
    with pytest.raises(ValueError, match=said):
        ColumnMap.model_validate({"from": "a", **entries})


def test_what_a_source_says_holds_for_every_column_of_the_type_that_says_nothing_itself():
    source = Source.model_validate({
        "source": "visits", "title": "Visits", "file": "visits.csv", "decimal": ",",
        "date_formats": ["%d/%m/%Y"], "ids_as_written": True,
        "tables": {"visits": {"columns": {
            "minutes": {"from": "a"}, "kept": {"from": "a", "decimal": "."},
            "day": {"from": "b"}, "seen": {"from": "b", "date_format": "%d%m%Y"},
            "visit_id": {"from": "a"},
        }}},
    })  # fmt: skip
    kinds = {"minutes": "number", "kept": "number", "day": "date", "seen": "date",
             "visit_id": "identifier"}  # fmt: skip
    made = source.map_of("visits", kinds)
    assert [made.columns[name].decimal for name in ("minutes", "kept", "visit_id")] == [
        ",",
        ".",
        "",
    ]
    assert made.columns["day"].formats == ("%d/%m/%Y",)
    assert made.columns["seen"].formats == ("%d%m%Y",)
    assert made.ids_as_written


# --- identifiers ---


@pytest.mark.parametrize(
    "two",
    [("007", "7"), ("P1", "p1"), ("P1", "P 1"), ("P1", "\u04201"), ("7", "7.0"),
     ("é1", "e\u03011"), ("P\u200b1", "P1"), ("0", "000")],
)  # fmt: skip
def test_identifiers_that_may_be_one_are_asked_about(two):
    problem = question(person_id=[*two, "X1"])
    assert problem.reason == "ids_written_apart"
    assert problem.rows == (2, 3)
    assert "'ids_as_written: true'" in problem.action
    assert not any(f"'{one}'" in str(problem) for one in two)
    typed = conform_rows([extract("visits", ids_as_written=True, person_id=[*two])], SCHEMA)
    assert len(typed.frame) == ROWS


@pytest.mark.parametrize(
    "cells",
    [["1E5", "100000"], ["P-1", "P1"], ["A_1", "A1"], ["12345678901234567", "12345678901234568"],
     ["1.10", "1.1"], ["NA", "TRUE", "Null"], ["P07", "P7"]],
)  # fmt: skip
def test_other_identifiers_are_text_and_stay_so(cells):
    typed, aside = accepted(person_id=cells, surname=["NA", "Null", "None", "TRUE"])
    assert aside == []
    assert typed.notes == ()
    assert typed.frame["person_id"].dropna().tolist() == cells
    assert typed.frame["surname"].dropna().tolist() == ["NA", "Null", "None", "TRUE"]


def test_what_can_not_be_seen_is_taken_out_of_identifiers_and_noted():
    typed, _ = accepted(person_id=["P\u200b1", "e\u03012", "\u202eP3"], surname=["a\u200bb"])
    assert typed.frame["person_id"].dropna().tolist() == ["P1", "é2", "P3"]
    assert typed.frame["surname"].dropna().tolist() == ["a\u200bb"]
    assert len(typed.notes) == 1
    assert "in 3 cells of 'person_id'" in typed.notes[0]
    assert clean("\u200b") == "\u200b"


def test_an_identifier_of_two_alphabets_sets_its_row_aside():
    assert accepted(person_id=["P\u0430b", "\u0430\u0431", "Pab2"])[1] == [2]


def test_zeros_that_another_table_has_are_asked_about():
    schemas = load_schemas()
    sites = Extract("sites", pd.DataFrame({"site_id": ["007", "010"]}, index=[2, 3], dtype="str"),
                    "sites.csv", "")  # fmt: skip
    people = pd.DataFrame({"practitioner_id": ["a", "b", "c"], "site_id": ["7", "8", "010"]},
                          index=[2, 3, 4], dtype="str")  # fmt: skip
    (problem,) = across_tables([sites, Extract("practitioners", people, "people.csv", "")], schemas)
    assert (problem.column, problem.rows) == ("site_id", (2,))
    assert "'digits: 3' at 'site_id:'" in problem.action
    assert mapped(["7", "010", "P1", None], "identifier", digits=3)[0] == ["007", "010", "P1", None]


@pytest.mark.parametrize(
    ("listed", "named", "line"),
    [("7", "007", "'digits: 3' at 'site_id:' in the source file of sites"), ("0007", "007", "")],
)
def test_zeros_may_be_lost_in_the_table_that_lists_or_in_none(listed, named, line):
    sites = Extract("sites", pd.DataFrame({"site_id": [listed]}, dtype="str"), "sites.csv", "")
    people = pd.DataFrame({"practitioner_id": ["a"], "site_id": [named]}, dtype="str")
    extracts = [sites, Extract("practitioners", people, "people.csv", "")]
    problems = across_tables(extracts, load_schemas())
    assert len(problems) == bool(line)
    assert all(line in one.action for one in problems)


def test_a_site_and_a_practitioner_may_bear_the_same_number():
    frame = pd.DataFrame(
        {"subject": ["site", "practitioner"], "subject_id": ["001", "1"],
         "period_start": ["2026-01-01"] * 2, "measure": ["m"] * 2, "value": ["1", "2"]},
        index=[2, 3], dtype="str",
    )  # fmt: skip
    schema = load_schemas()["outcomes"]
    assert len(conform_rows([Extract("outcomes", frame, "o.csv", "")], schema).frame) == 2
    same = frame.assign(subject="site")
    with pytest.raises(DataProblems, match="zeros at the left"):
        conform_rows([Extract("outcomes", same, "o.csv", "")], schema)


def test_folding_is_what_it_says():
    assert folded("P 1") == folded("p1") == folded("p\u00a01")
    assert folded("1.50") != folded("1.5")
    assert folded("") == ""


# --- totals and scales ---


@pytest.mark.parametrize(
    ("said", "declared", "aside"),
    [("Total", "", [9]), ("GRAND TOTAL:", "", [9]), ("Sum", "", [9]), ("Gesamt", "", []),
     ("Gesamt", "Gesamt", [9]), ("Total", "Gesamt", [])],
)  # fmt: skip
def test_a_row_of_totals_is_set_aside(said, declared, aside):
    ids = [*(f"V{n}" for n in range(7)), said]
    typed = conform_rows([extract("visits", declared, visit_id=ids)], SCHEMA)
    assert typed.reasons["source_row"].tolist() == aside
    assert not aside or "total" in typed.reasons["reason"].iloc[0]


def test_a_sum_that_is_not_last_is_a_code():
    ids = ["SUM", *(f"V{n}" for n in range(7))]
    assert accepted(visit_id=ids)[1] == []


def responses(cells, source_name="", **way):
    frame = pd.DataFrame(
        {"response": cells, "instrument_id": "practice_fidelity", "instrument_version": "1"},
        index=range(2, 2 + len(cells)), dtype="str",
    )  # fmt: skip
    mapping = TableMap.model_validate({"columns": {"response": {"from": "response", **way}}})
    return Extract("fidelity_responses", frame, "visits.csv", "", source_name=source_name,
                   mapping=mapping)  # fmt: skip


def test_a_scale_that_counts_from_one_is_asked_about():
    instruments = load_instruments()
    shifted = ["1", "2", "3", "4", "5", "5", "na"]
    with pytest.raises(DataProblems) as refused:
        ask_about_scales([responses(shifted, "visits")], instruments)
    (problem,) = refused.value.problems
    assert "'add: -1' at 'response:' in visits.yml" in problem.action
    assert problem.rows == (6, 7)
    for legal in (["0", "1", "4"], ["1", "2", "3"], ["0", "5", "2"]):
        ask_about_scales([responses(legal)], instruments)
    assert ask_about_scales([responses(shifted, add=0)], instruments)[0].notes == ()


def test_a_code_off_the_scale_that_recurs_is_suggested():
    (extract_,) = ask_about_scales([responses(["3"] * 9 + ["99"] * 5)], load_instruments())
    assert "99 stands in 5 cells" in extract_.notes[0]
