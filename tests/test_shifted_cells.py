"""Cells under their neighbours' names are refused as that, before any other question."""

import pandas as pd
import pytest

from workbench.data.extract import Extract
from workbench.data.extracts import read_extracts
from workbench.data.schemas import load_schemas
from workbench.data.shifted_cells import shifted_problems
from workbench.data.synthetic import NetworkParameters, write_example
from workbench.errors import DataProblems
from workbench.settings import SETTINGS_FILE, open_study

SCHEMAS = load_schemas()
SMALL = NetworkParameters(sites=2, quarters=2, planted_sites=())
MOST_WORDS = 60
SHIFTED = ("sites", "practitioners", "fidelity_responses", "supports", "plans", "recognition")


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    write_example(folder, SMALL, messy=False)
    paths = sorted((folder / "data" / "raw").iterdir())
    return {path.stem: path.read_text(encoding="utf-8").splitlines() for path in paths}


def frames(clean, **changed):
    lines = {**clean, **changed}
    found = []
    for table, (head, *rows) in lines.items():
        cells = [row.split(",") for row in rows if '"' not in row]
        names = head.split(",")
        frame = pd.DataFrame([row for row in cells if len(row) == len(names)], columns=names)
        frame = frame.mask(frame == "").astype("str")
        frame.index = range(2, 2 + len(frame))
        found.append(Extract(table, frame, f"{table}.csv", ""))
    return found


def numbered_in_front(lines):
    head, *rows = lines
    return [f"{head},remark", *(f"{number},{row}" for number, row in enumerate(rows, 1))]


def first_field_lost(lines):
    head, *rows = lines
    return [head, *(row.split(",", 1)[1] + "," for row in rows)]


def two_in_front(lines):
    head, *rows = lines
    return [f"{head},a,b", *(f"x,{number},{row}" for number, row in enumerate(rows, 1))]


@pytest.mark.parametrize("table", SHIFTED)
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (numbered_in_front, "one place to the right"),
        (first_field_lost, "one place to the left"),
        (two_in_front, "two places to the right"),
    ],
)
def test_shifted_cells_are_told_by_file_rows_and_side(clean, table, damage, said):
    found = shifted_problems(frames(clean, **{table: damage(clean[table])}), SCHEMAS)
    ((extract, problem),) = found
    assert extract.table == table
    assert problem.reason == "shifted_columns"
    assert problem.source == f"{table}.csv"
    assert problem.rows == (2, 3, 4)[: len(problem.rows)]
    assert said in problem.message
    assert len(str(problem).split()) <= MOST_WORDS


def test_a_clean_study_has_none(clean):
    assert shifted_problems(frames(clean), SCHEMAS) == []


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%d.%m.%y", "%d %B %Y", "%Y-%m-%dT%H:%M:%SZ"])
def test_dates_in_another_writing_are_dates_still(clean, form):
    found = frames(clean)
    for extract in found:
        for name, column in SCHEMAS[extract.table].columns.items():
            if column.type == "date" and name in extract.frame.columns:
                days = pd.to_datetime(extract.frame[name])
                extract.frame[name] = days.dt.strftime(form).astype("str")
    assert shifted_problems(found, SCHEMAS) == []


def test_two_names_exchanged_are_no_shift(clean):
    head, *rows = clean["fidelity_responses"]
    names = {"observed_on": "rater_role", "rater_role": "observed_on"}
    other = ",".join(names.get(one, one) for one in head.split(","))
    found = shifted_problems(frames(clean, fidelity_responses=[other, *rows]), SCHEMAS)
    assert found == []


def test_codes_that_lost_their_zeros_are_no_shift(clean):
    found = frames(clean)
    for extract in found:
        if extract.table == "fidelity_responses":
            codes = extract.frame["practitioner_id"].str.lstrip("0")
            extract.frame["practitioner_id"] = codes
    assert shifted_problems(found, SCHEMAS) == []


def test_places_are_those_of_the_file_where_a_source_file_maps_it(clean):
    table = "supports"
    shifted = frames(clean, supports=numbered_in_front(clean[table]))
    (mine,) = (one for one in shifted if one.table == table)
    names = list(mine.frame.columns)
    turned = Extract(
        table, mine.frame[names[::-1]], mine.source, "", places={n: i for i, n in enumerate(names)}
    )
    others = [one for one in shifted if one is not mine]
    ((_, problem),) = shifted_problems([turned, *others], SCHEMAS)
    assert "one place to the right" in problem.message


def study_of(clean, folder, **changed):
    (folder / SETTINGS_FILE).write_text("network: A\n")
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    for table, lines in {**clean, **changed}.items():
        (raw / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return open_study(folder)


@pytest.mark.parametrize("table", ["recognition", "work_conditions"])
def test_the_refusal_comes_before_a_question_about_identifiers(clean, tmp_path, table):
    """Numbers in front look like codes that lost their zeros."""
    study = study_of(clean, tmp_path, **{table: numbered_in_front(clean[table])})
    with pytest.raises(DataProblems) as refused:
        read_extracts(study, SCHEMAS)
    assert [one.reason for one in refused.value.problems] == ["shifted_columns"]


def test_a_further_field_on_most_rows_is_refused_by_their_number(clean, tmp_path):
    head, *rows = clean["supports"]
    wider = [head, *(f"{row},x" if number % 3 else row for number, row in enumerate(rows))]
    study = study_of(clean, tmp_path, supports=wider)
    with pytest.raises(DataProblems) as refused:
        read_extracts(study, SCHEMAS)
    (problem,) = refused.value.problems
    assert problem.reason == "shifted_columns"
    assert f"of {len(rows)} rows have" in problem.message
    assert len(problem.rows) == len(rows) - len(range(0, len(rows), 3))
