"""The command line before a run: making studies, and kind refusals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from workbench.running.studies import EXAMPLE_SETTINGS


def workbench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_demo_makes_a_study_and_makes_it_again(tmp_path: Path) -> None:
    for _ in range(2):
        outcome = workbench("demo", tmp_path / "example")
        assert outcome.returncode == 0, outcome.stderr
    names = sorted(path.name for path in (tmp_path / "example" / "data" / "raw").iterdir())
    assert names == [
        "adaptations.csv",
        "driver_responses.csv",
        "external_support.csv",
        "feedback_items.csv",
        "fidelity_responses.csv",
        "implementation_teams.csv",
        "outcomes.csv",
        "ownership_responses.csv",
        "plan_actions.csv",
        "plan_meetings.csv",
        "plans.csv",
        "practitioners.csv",
        "recognition.csv",
        "sites.csv",
        "supports.csv",
        "team_meetings.csv",
        "work_conditions.csv",
    ]
    assert (tmp_path / "example" / "notebooks" / "02_fidelity_over_time.ipynb").is_file()
    assert (tmp_path / "example" / "expectations" / "waivers.yml").is_file()


def test_demo_leaves_a_study_of_ones_own_alone(tmp_path: Path) -> None:
    workbench("new", tmp_path / "mine")
    settings = (tmp_path / "mine" / "workbench.yml").read_bytes()
    outcome = workbench("demo", tmp_path / "mine")
    assert outcome.returncode == 2
    assert "already holds a study" in outcome.stderr
    assert (tmp_path / "mine" / "workbench.yml").read_bytes() == settings


def test_demo_leaves_files_that_were_received_alone(tmp_path: Path) -> None:
    workbench("demo", tmp_path / "example")
    received = tmp_path / "example" / "data" / "raw" / "sites.csv"
    received.write_text("site_id\n1\n", encoding="utf-8")
    outcome = workbench("demo", tmp_path / "example")
    assert outcome.returncode == 2
    assert "sites.csv" in outcome.stderr
    assert received.read_text(encoding="utf-8") == "site_id\n1\n"


def test_a_clone_is_a_study_with_the_settings_of_the_example() -> None:
    root = Path(__file__).parents[1]
    assert (root / "workbench.yml").read_text(encoding="utf-8") == EXAMPLE_SETTINGS


def test_new_keeps_what_is_there(tmp_path: Path) -> None:
    workbench("new", tmp_path / "mine")
    settings = tmp_path / "mine" / "workbench.yml"
    settings.write_text("network: Ours\n", encoding="utf-8")
    assert workbench("new", tmp_path / "mine").returncode == 2
    assert settings.read_text(encoding="utf-8") == "network: Ours\n"


def test_a_folder_that_is_no_study_is_refused_in_a_sentence(tmp_path: Path) -> None:
    outcome = workbench("run", "--study", tmp_path)
    assert outcome.returncode == 2
    assert "No study was found at" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_empty_study_is_told_what_to_put_where(tmp_path: Path) -> None:
    workbench("new", tmp_path / "mine")
    outcome = workbench("check", "--study", tmp_path / "mine")
    assert outcome.returncode == 2
    assert "There is no data in" in outcome.stderr
    assert "workbench demo" in outcome.stderr


def test_inspect_says_what_a_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "site_id,site name,opened on\n007,A,03.04.2026\n008,B,05.06.2026\n", encoding="utf-8"
    )
    outcome = workbench("inspect", path)
    assert outcome.returncode == 0, outcome.stderr
    assert "codes of digits, such as '007'" in outcome.stdout
    assert "dates as DD.MM.YYYY" in outcome.stdout
    assert "Nothing was written." in outcome.stdout
    assert workbench("inspect", tmp_path / "none.csv").returncode == 2


def test_inspect_writes_a_draft_that_check_accepts(tmp_path: Path) -> None:
    workbench("new", tmp_path / "mine")
    raw = tmp_path / "mine/data/raw"
    (raw / "people.csv").write_text(
        "Worker;Office;Office name;Hire date\nW1;01;North;31.12.2020\nW2;02;South;01.02.2021\n",
        encoding="utf-8",
    )
    outcome = workbench("inspect", raw / "people.csv", "--table", "practitioners", "--write")
    assert outcome.returncode == 0, outcome.stderr
    draft = tmp_path / "mine/data/schemas/sources/people.yml"
    assert 'delimiter: ";"   # assumed:' in draft.read_text(encoding="utf-8")
    assert "Next: Name it in workbench.yml as 'sources: [people]'" in outcome.stdout
    again = workbench("inspect", raw / "people.csv", "--write")
    assert again.returncode == 2
    assert "is not written over" in again.stderr
