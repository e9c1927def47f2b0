"""A table is typed by its schema: nothing is coerced or lost, and everything is told at once."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.data.conform import conform, conform_rows, empty_table
from workbench.data.extracts import Extract
from workbench.data.schemas import TableSchema
from workbench.errors import DataProblems

SCHEMA = TableSchema.model_validate(
    {
        "table": "visits",
        "one_row_is": "a visit",
        "adds": "It would show visits.",
        "key": ["visit_id"],
        "columns": {
            "visit_id": {"type": "identifier", "required": True, "description": "Code."},
            "person_id": {"type": "identifier", "description": "Who."},
            "site_id": {"type": "identifier", "description": "Where."},
            "kind": {"type": "category", "values": ["home", "NO"], "description": "Kind."},
            "kept": {"type": "yes_no", "description": "Whether it took place."},
            "people": {"type": "integer", "description": "How many."},
            "minutes": {"type": "number", "required": True, "description": "How long."},
            "day": {"type": "date", "required": True, "description": "When."},
            "answer": {
                "type": "response",
                "required": True,
                "empty_allowed": True,
                "description": "What was answered.",
            },
        },
        "one_of_required": [["person_id", "site_id"]],
    }
)
GOOD = {
    "visit_id": "007",
    "person_id": "1E5",
    "site_id": "NA",
    "kind": "NO",
    "kept": "Yes",
    "people": "3",
    "minutes": "12.5",
    "day": "2026-03-31",
    "answer": "na",
}


def extract(rows, uneven=None, source="visits.csv"):
    frame = pd.DataFrame(rows, index=range(2, 2 + len(rows)), dtype="str")
    return Extract("visits", frame, source, "", uneven or {})


def typed(column, *texts):
    """Values of one column, and reasons by row number."""
    result = conform_rows([extract([{**GOOD, column: text} for text in texts])], SCHEMA)
    return result.frame[column].tolist(), dict(
        zip(result.reasons["source_row"], result.reasons["rule_id"], strict=True)
    )


def test_a_good_row_gets_the_types_of_its_schema():
    frame = conform(extract([GOOD]), SCHEMA)
    row = frame.iloc[0]
    assert [row["visit_id"], row["person_id"], row["site_id"]] == ["007", "1E5", "NA"]
    assert row["kind"] == "NO"
    assert bool(row["kept"])
    assert row["people"] == 3
    assert row["minutes"] == 12.5
    assert row["day"] == pd.Timestamp("2026-03-31")
    assert row["answer"] == "na"
    assert [row["source_file"], row["source_row"]] == ["visits.csv", 2]
    assert str(frame["people"].dtype) == "Int64"
    assert str(frame["kept"].dtype) == "boolean"


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("day", "2025-02-30"),
        ("day", "0226-01-01"),
        ("day", "2262-01-01"),
        ("day", "2100-01-01"),
        ("day", "1899-12-31"),
        ("day", "31/03/2026"),
        ("day", "2026-3-31"),
        ("day", "45000"),
        ("day", "2026-03-31 14:30"),
        ("day", "٢٠٢٦-٠٣-٣١"),
        ("minutes", "1,5"),
        ("minutes", "1,500.0"),
        ("minutes", "inf"),
        ("minutes", "nan"),
        ("minutes", "1e400"),
        ("minutes", "12 min"),
        ("minutes", "1_0"),
        ("minutes", "１２"),
        ("minutes", "#DIV/0!"),
        ("people", "3.5"),
        ("people", "3.0"),
        ("people", "1e2"),
        ("people", "３"),
        ("kind", "Home"),
        ("kind", "office"),
        ("kept", "y"),
        ("kept", "1"),
        ("kept", "TRUE"),
    ],
)
def test_a_cell_that_is_not_of_its_type_sets_its_row_aside(column, text):
    result = conform_rows([extract([GOOD, {**GOOD, column: text}])], SCHEMA)
    assert result.frame["source_row"].tolist() == [2]
    reason = result.reasons.iloc[0]
    assert len(result.reasons) == 1
    assert reason["rule_id"] == f"T-visits-{column}"
    assert reason["source_row"] == 3
    assert reason["what_to_do"].startswith("Write ")
    assert text == "y" or text not in reason["reason"]  # what stands in a cell is never quoted


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("day", "2026-03-31T00:00:00", pd.Timestamp("2026-03-31")),
        ("day", "2026-03-31 00:00", pd.Timestamp("2026-03-31")),
        ("day", "2024-02-29", pd.Timestamp("2024-02-29")),
        ("day", "1900-01-01", pd.Timestamp("1900-01-01")),
        ("day", "2099-12-31", pd.Timestamp("2099-12-31")),
        ("minutes", "-0.5", -0.5),
        ("minutes", "1e2", 100.0),
        ("minutes", ".5", 0.5),
        ("people", "+3", 3),
        ("people", "003", 3),
    ],
)
def test_other_ways_to_write_the_same_are_read(column, text, value):
    values, reasons = typed(column, text)
    assert values == [value]
    assert reasons == {}


def test_an_empty_cell_is_a_problem_only_where_it_must_be_filled():
    values, reasons = typed("minutes", None, "5")
    assert values == [5]
    assert reasons == {2: "T-visits-minutes"}
    for column in ("answer", "people", "kind", "kept"):
        values, reasons = typed(column, None)
        assert pd.isna(values[0])
        assert reasons == {}


def test_one_of_several_columns_must_be_filled():
    rows = [{**GOOD, "person_id": None}, {**GOOD, "person_id": None, "site_id": None}]
    result = conform_rows([extract(rows)], SCHEMA)
    assert result.frame["source_row"].tolist() == [2]
    assert result.reasons["reason"].tolist() == ["None of person_id, site_id is filled in"]


def test_all_problems_are_told_in_one_error():
    rows = [
        GOOD,
        {**GOOD, "day": "2025-02-30", "minutes": "1,5"},
        {**GOOD, "day": "soon"},
        {**GOOD, "visit_id": None, "kind": "office"},
    ]
    with pytest.raises(DataProblems) as refused:
        conform(extract(rows, uneven={6: ["1", "2"]}), SCHEMA)
    found = {(one.reason, one.column): one.rows for one in refused.value.problems}
    assert found == {
        ("cell_not_of_type", "visit_id"): (5,),
        ("cell_not_of_type", "kind"): (5,),
        ("cell_not_of_type", "minutes"): (3,),
        ("cell_not_of_type", "day"): (3, 4),
        ("row_not_readable", ""): (6,),
    }
    message = str(refused.value)
    assert message.startswith("5 problems to mend")
    assert "visits.csv, column 'day', rows 3, 4" in message
    assert "year-month-day" in message


def test_missing_columns_are_all_named_with_the_nearest_name():
    renamed = {"Visit_ID": "1", "day": "2026-03-31"}
    with pytest.raises(DataProblems) as refused:
        conform(extract([renamed]), SCHEMA)
    problems = {one.column: one for one in refused.value.problems}
    assert set(problems) == {"visit_id", "minutes", "answer"}
    assert "Is it 'Visit_ID'?" in problems["visit_id"].action
    assert {one.reason for one in problems.values()} == {"missing_column"}


def test_columns_that_are_not_in_the_schema_are_not_read_and_told():
    result = conform_rows([extract([{**GOOD, "surname": "Smith"}])], SCHEMA)
    assert "surname" not in result.frame.columns
    assert "surname" not in result.as_received.columns
    assert any("'surname'" in note for note in result.notes)


def test_files_of_one_table_are_put_together_and_told_apart():
    short = {name: cell for name, cell in GOOD.items() if name != "people"}
    result = conform_rows(
        [extract([GOOD], source="may.csv"), extract([short], source="june.csv")], SCHEMA
    )
    assert result.received == 2
    assert result.frame["source_file"].tolist() == ["may.csv", "june.csv"]
    assert result.frame["people"].isna().tolist() == [False, True]


def test_uneven_rows_count_as_received():
    result = conform_rows([extract([GOOD], uneven={3: ["x"], 9: ["y"] * 12})], SCHEMA)
    assert result.received == 3
    assert len(result.frame) == 1
    assert result.reasons["source_row"].tolist() == [3, 9]
    assert set(result.reasons["rule_id"]) == {"T-visits-row"}
    cells = result.as_received["cells_as_received"]
    assert cells.dropna().tolist() == ["x", " | ".join(["y"] * 12)]


def test_a_table_without_rows_has_the_same_types():
    full = conform(extract([GOOD]), SCHEMA)
    empty = empty_table(SCHEMA)
    assert len(empty) == 0
    for name in SCHEMA.columns:
        kinds = {str(empty[name].dtype), str(full[name].dtype)}
        same_kind = len(kinds) == 1 or all(kind.startswith("datetime64") for kind in kinds)
        assert same_kind, (name, kinds)


damage = some.one_of(
    some.none(),
    some.text(max_size=12),
    some.sampled_from(["2025-02-30", "inf", "1,5", "NA", "=1+1", "0", "２", "1e400", "-", "\n"]),
    some.floats().map(str),
    some.dates().map(str),
)
rows = some.lists(
    some.dictionaries(some.sampled_from(list(GOOD)), damage, max_size=4), min_size=1, max_size=8
)
uneven_rows = some.dictionaries(
    some.integers(100, 120), some.lists(some.text(max_size=3), max_size=3), max_size=3
)


@settings(max_examples=40)
@given(rows, uneven_rows)
def test_whatever_is_damaged_every_row_is_typed_or_has_a_reason(damaged, uneven):
    try:
        result = conform_rows([extract([{**GOOD, **row} for row in damaged], uneven)], SCHEMA)
    except DataProblems:
        return  # what could be read in two ways is asked about
    with_reason = set(result.reasons["position"])
    assert result.received == len(damaged) + len(uneven)
    assert len(result.frame) + len(with_reason) == result.received
    assert with_reason.isdisjoint(result.frame.index)
    assert set(result.reasons["source_row"]) >= set(uneven)
    # Nothing is coerced: a filled cell of an accepted row is there after typing.
    for number, row in result.frame.set_index("source_row").iterrows():
        for name, text in damaged[number - 2].items():
            assert pd.notna(row[name]) == (text is not None), name


@settings(max_examples=5)
@given(rows)
def test_a_row_is_judged_alike_in_any_company(damaged):
    """A row's fate depends on the row alone, not on those beside it."""
    try:
        whole = conform_rows([extract([{**GOOD, **row} for row in damaged])], SCHEMA)
    except DataProblems:
        return  # what could be read in two ways is asked about
    accepted_alone = [
        number
        for number, row in enumerate(damaged, 2)
        if len(conform_rows([extract([{**GOOD, **row}])], SCHEMA).frame)
    ]
    assert whole.frame["source_row"].tolist() == accepted_alone
