"""A column of quarters is told for what it is, and a date is asked for in its place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from workbench.data.inspection import inspect_file
from workbench.data.inspection_quarters import find_quarters
from workbench.data.inspection_writing import write_drafts
from workbench.data.reading import read_source
from workbench.data.schemas import load_schemas
from workbench.data.source_files import load_source
from workbench.data.sources import map_table
from workbench.running.studies import make_study


@pytest.mark.parametrize(
    ("text", "named", "fiscal"),
    [
        ("2026Q3", (2026, 3), False), ("2026-Q3", (2026, 3), False), ("2026 q3", (2026, 3), False),
        ("Q3 2026", (2026, 3), False), ("Q3/2026", (2026, 3), False), ("3Q2026", (2026, 3), False),
        ("Quarter 3, 2026", (2026, 3), False), ("3. Quartal 2026", (2026, 3), False),
        ("T3 2026", (2026, 3), False), ("FY26 Q1", (2026, 1), True), ("FY2026Q1", (2026, 1), True),
        ("Q1 FY26", (2026, 1), True), ("2025/26 Q1", (2026, 1), True),
        ("Q4 1999-00", (2000, 4), True),
    ],
)  # fmt: skip
def test_quarters_in_many_forms(text: str, named: tuple[int, int], fiscal: bool) -> None:
    found = find_quarters(pd.Series({text: 3}))
    assert found is not None
    assert (found.of_text, found.of_fiscal_year) == ({text: named}, fiscal)


@pytest.mark.parametrize(
    "text", ["2026", "Q3", "26Q3", "T1-12", "Q1_12", "2026Q5", "2026-03", "Q3 0226", "2024/26 Q1"]
)
def test_what_is_no_quarter(text: str) -> None:
    assert find_quarters(pd.Series({text: 3})) is None


def test_a_few_other_texts_do_not_hide_quarters_and_many_do() -> None:
    assert find_quarters(pd.Series({"2026Q1": 9, "later": 1})) is not None
    assert find_quarters(pd.Series({"2026Q1": 8, "later": 2})) is None


@pytest.mark.parametrize(
    ("label", "starts", "months", "days"),
    [
        ("2026Q3", 1, (1,), ("2026-07-01",)),
        ("2026Q3", 7, (1, 7), ("2026-07-01", "2026-01-01")),
        ("FY26 Q1", 7, (7,), ("2025-07-01",)),
        ("FY26 Q1", 1, (7, 10, 4, 1), ("2025-07-01", "2025-10-01", "2025-04-01", "2026-01-01")),
    ],
)
def test_first_days_by_the_month_in_which_the_year_starts(label, starts, months, days) -> None:
    found = find_quarters(pd.Series({label: 1}), starts)
    assert found.months == months
    assert tuple(found.starts(month)[label] for month in months) == days


def test_a_quarter_is_asked_about_and_the_answer_reads(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study", with_settings_of="new")
    settings = study / "workbench.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("fiscal_year_starts: 1 ", "fiscal_year_starts: 7 "))
    path = study / "data/raw/loads.csv"
    path.write_text("Worker,Quarter,Cases\nP1,FY26 Q1,14\nP2,FY26 Q1,19\nP1,FY26 Q2,15\n")
    found = inspect_file(path, study_folder=study)
    assert found.profiles["Quarter"].said == "quarters, 'FY26 Q1' to 'FY26 Q2'"
    assert found.draft.tables[-1].table == "work_conditions"
    (asked,) = [one for one in found.draft.questions if one.entry == "period_start"]
    assert "asks for a date, and 'Quarter' holds quarters" in asked.question
    assert "July" in asked.question
    assert "period_start" not in found.draft.source().tables["work_conditions"].columns
    (draft,) = write_drafts(found, study)
    mark = "      # period_start: "
    assert draft.read_text(encoding="utf-8").count(mark) == 1
    draft.write_text(draft.read_text(encoding="utf-8").replace(mark, "      period_start: "))
    source = load_source("loads", study)
    types = {name: one.type for name, one in load_schemas()["work_conditions"].columns.items()}
    mapping = source.map_of("work_conditions", types)
    rows, _ = map_table(read_source(source, study / "data/raw"), "work_conditions", mapping)
    assert rows["period_start"].tolist() == ["2025-07-01", "2025-07-01", "2025-10-01"]


def test_dates_are_taken_before_quarters(tmp_path: Path) -> None:
    path = tmp_path / "supports.csv"
    path.write_text(
        "support_id,Date given,Quarter,kind,site_id\nU1,2026-01-02,2026Q1,coaching,A\n"
        "U2,2026-04-03,2026Q2,training,A\n"
    )
    found = inspect_file(path)
    assert not found.draft.questions
    assert found.draft.tables[-1].column_of("occurred_on") == "Date given"
