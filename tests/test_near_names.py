"""A column that is almost a table's own is named, and never taken for it."""

import pytest

from workbench.data.extracts import read_extracts
from workbench.data.near_names import near_name_problems, nearest
from workbench.data.schemas import load_schemas
from workbench.data.source_files import TableMap
from workbench.data.sources import map_table
from workbench.data.text_tables import TextTable
from workbench.errors import DataProblems
from workbench.settings import SETTINGS_FILE, open_study

COLUMNS = ["site_id", "site_name", "hired_on", "note"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Site_ID", "site_id"),
        ("site\u00a0id", "site_id"),
        ("sitе_id", "site_id"),  # the fifth letter is Cyrillic
        ("site\u200b_name", "site_name"),
        ("ｈired_on", "hired_on"),
        ("hiredon", "hired_on"),
        ("hird_on", "hired_on"),
        ("zzz", ""),
    ],
)
def test_the_nearest_name_is_found(written, meant):
    assert nearest(written, COLUMNS) == meant


@pytest.mark.parametrize("written", ["Hired_On", "hired on", "hіred_on", "HIRED_ON"])
def test_a_near_name_is_refused_with_the_line_to_add(tmp_path, written):
    (tmp_path / SETTINGS_FILE).write_text("network: A\n")
    study = open_study(tmp_path)
    study.raw.mkdir(parents=True)
    (study.raw / "practitioners.csv").write_text(
        f"practitioner_id,site_id,{written}\n1,2,2025-01-01\n", encoding="utf-8"
    )
    with pytest.raises(DataProblems) as refused:
        read_extracts(study, load_schemas())
    (problem,) = refused.value.problems
    assert (problem.reason, problem.column, problem.rows) == ("near_name", "hired_on", (1,))
    assert f'hired_on: {{from: "{written}"}}' in problem.action
    assert len(str(problem).split()) <= 60
    if not written.isascii():
        assert "cyrillic" in problem.message


def test_a_name_beside_the_tables_own_is_another_column():
    schema = load_schemas()["sites"]
    assert near_name_problems(["site_id", "Site ID", "extra"], schema, "f") == []


def test_a_declared_name_is_taken_and_a_missing_one_gets_a_suggestion():
    import pandas as pd

    frame = pd.DataFrame({"Site\u00a0ID": ["007"]}, index=[2], dtype="str")
    text = TextTable(frame, "visits.csv", "", {})
    mapping = TableMap.model_validate({"columns": {"site_id": {"from": "Site\u00a0ID"}}})
    assert map_table(text, "sites", mapping)[0]["site_id"].tolist() == ["007"]
    mapping = TableMap.model_validate({"columns": {"site_id": {"from": "Site ID"}}})
    with pytest.raises(DataProblems, match="Is it 'Site\u00a0ID'"):
        map_table(text, "sites", mapping)
