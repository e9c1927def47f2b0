"""A quarter's run as its user sees it: published whole, or refused with a reason."""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from page_words import ids_in, pages_of, persons_of, text_of, words_against_the_house
from payloads import live_nodes
from recipe_cells import run_cells

from workbench.data.synthetic import NetworkParameters, write_example
from workbench.errors import RunFault
from workbench.reporting.report import Section
from workbench.running.ledger import read_ledger
from workbench.running.quarter_steps import REPORT
from workbench.running.runs import NotebookError, run_notebook
from workbench.running.studies import make_study
from workbench.settings import open_study

AS_OF = "2026-09-30"
SMALL = NetworkParameters(
    sites=6,
    fewest_practitioners=6,
    most_practitioners=8,
    first_quarter="2025Q2",
    quarters=6,
    planted_sites=(),
)


def workbench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "100"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def make_small_study(folder: Path) -> Path:
    make_study(folder, with_settings_of="new")
    write_example(folder, SMALL, messy=False)
    return folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A small study whose third site fails, run once; the study and what was said."""
    study = make_small_study(tmp_path_factory.mktemp("study"))
    report = study / "notebooks" / f"{REPORT}.ipynb"
    book = nbformat.read(report, as_version=4)
    book.cells.append(
        nbformat.v4.new_code_cell(
            'assert site_id != "003" or (study.folder / "put_out").exists(), "it is on fire"'
        )
    )
    nbformat.write(book, report)
    outcome = workbench("run", "--study", study, "--as-of", AS_OF)
    assert outcome.returncode == 1, outcome.stderr
    yield study, outcome.stdout + outcome.stderr


def test_a_failing_site_costs_one_report_and_is_named(published: tuple[Path, str]) -> None:
    study, said = published
    quarter = study / "reports" / "2026Q3" / "v1"
    assert (quarter / "sites" / "site-001.html").is_file()
    assert "No report for site 003" in said
    assert "it is on fire" in said
    page = (quarter / "network.html").read_text(encoding="utf-8")
    sites = pd.read_csv(study / "data/raw/sites.csv", dtype="str").set_index("site_id")
    assert f"Without a report this quarter: {sites.loc['003', 'site_name']}" in html.unescape(page)
    links = re.findall(r'href="(sites/[^"]+)"', page)
    others = [f"00{number}" for number in (1, 2, 4, 5, 6)]
    assert sorted(links) == [f"sites/site-{site}.html" for site in others]
    card = html.unescape((quarter / "sites" / "site-003.html").read_text(encoding="utf-8"))
    assert "it is on fire" in card
    assert "run 'workbench resume'" in card.replace("’", "'").replace("‘", "'")
    manifest = json.loads((quarter / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["sites_missing"]) == {"003"}
    assert manifest["reports"] == {site: f"sites/site-{site}.html" for site in others}


def test_the_manifest_tells_where_everything_comes_from(published: tuple[Path, str]) -> None:
    study, _ = published
    quarter = study / "reports" / "2026Q3" / "v1"
    manifest = json.loads((quarter / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["inputs"]:
        content = (study / "data" / "raw" / entry["source"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    files = {path for path in quarter.rglob("*") if path.is_file()} - {quarter / "manifest.json"}
    assert set(manifest["outputs"]) == {path.relative_to(quarter).as_posix() for path in files}
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((quarter / name).read_bytes()).hexdigest() == digest
    for row in manifest["row_accounting"]:
        assert row["received"] == row["accepted"] + row["set_aside"]
    assert manifest["parameters"]["as_of"] == AS_OF
    assert manifest["versions"]["workbench"] and manifest["environment"]["pandas"]


def test_staging_is_gone_and_tables_are_readable(published: tuple[Path, str]) -> None:
    study, _ = published
    for notebook in (study / "reports" / "2026Q3" / "v1" / "notebooks").glob("*.ipynb"):
        assert ".staging" not in notebook.read_text(encoding="utf-8")
    assert list((study / "reports" / ".staging").iterdir()) == []
    trajectories = pd.read_parquet(study / "reports/2026Q3/v1/tables/trajectories.parquet")
    assert sorted(trajectories["site_id"]) == ["", *[f"00{number}" for number in range(1, 7)]]


def test_pages_need_nothing_but_themselves(published: tuple[Path, str]) -> None:
    study, _ = published
    quarter = study / "reports" / "2026Q3" / "v1"
    for page in [quarter / "network.html", *(quarter / "sites").glob("*.html")]:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []
        assert "<script" not in text
        practitioners = pd.read_csv(study / "data/raw/practitioners.csv", dtype="str")
        identifiers = set(practitioners["practitioner_id"])
        words = set(re.findall(r">([^<>]*)<", text))
        assert not identifiers & words


BY_HAND = ("start", *(f"explore/{name}" for name in (
    "why_did_this_site_fall", "compare_two_instruments", "recut_by_cohort",
)))  # fmt: skip


@pytest.mark.parametrize("notebook", BY_HAND)
def test_start_page_and_recipes_run_on_what_is_published_and_write_nothing(
    published: tuple[Path, str], notebook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _ = published
    monkeypatch.chdir(study / "notebooks")
    before = {path: path.stat().st_mtime_ns for path in study.rglob("*")}
    *shown, _ = run_cells(notebook, open_study(study))
    codes = set(pd.read_csv(study / "data/raw/practitioners.csv", dtype="str")["practitioner_id"])
    for thing in shown:
        whole = isinstance(thing, Section)
        for part in (*thing.pictures, *thing.tables) if whole else [thing]:
            page = part._repr_html_() if hasattr(part, "_repr_html_") else ""
            links = re.findall(r'href="\.\./(reports/2026Q3/v1/[^"]+)"', page)
            assert len(live_nodes(page)) == len([one for one in links if (study / one).is_file()])
            assert not codes & set(re.split(r"[<>\s]+", repr(part) + page))
    assert len(shown) > 2
    assert {path: path.stat().st_mtime_ns for path in study.rglob("*")} == before


def test_the_same_run_twice_gives_the_same_bytes(published: tuple[Path, str]) -> None:
    study, _ = published
    reports, aside = study / "reports", study / "reports-aside"
    reports.rename(aside)
    try:
        outcome = workbench("run", "--study", study, "--as-of", AS_OF, "--workers", "1")
        assert outcome.returncode == 1, outcome.stderr
        once, again = (
            json.loads((folder / "2026Q3/v1/manifest.json").read_text())
            for folder in (aside, reports)
        )
        differing = {
            name
            for name in {*once["outputs"], *again["outputs"]}
            if once["outputs"].get(name) != again["outputs"].get(name)
        }
        assert differing == set()
        assert once == again
        kinds = {Path(name).suffix for name in once["outputs"]}
        assert {".html", ".xlsx", ".parquet", ".json", ".ipynb", ".txt"} <= kinds
    finally:
        shutil.rmtree(reports)
        aside.rename(reports)


def test_resume_adds_what_is_missing_in_a_new_version_and_touches_nothing_else(
    published: tuple[Path, str],
) -> None:
    study, _ = published
    first = study / "reports" / "2026Q3" / "v1"
    before = json.loads((first / "manifest.json").read_text(encoding="utf-8"))["outputs"]
    (study / "put_out").touch()
    outcome = workbench("resume", "--study", study)
    assert outcome.returncode == 0, outcome.stderr
    second = json.loads((first.with_name("v2") / "manifest.json").read_text(encoding="utf-8"))
    assert second["reason"] == "1 report of sites added that v1 lacked."
    assert second["sites_missing"] == {}
    moved = {name for name in before if second["outputs"].get(name) != before[name]}
    moved = {name for name in moved if not name.startswith("notebooks/")}
    assert {"network.html", "sites/site-003.html"} <= moved
    about = {"publication", "reported_sites", "revised_numbers", "revisions"}
    assert moved <= {
        "network.html", "network.xlsx", "summary.txt",
        "sites/site-003.html", "sites/site-003.xlsx",
        *(f"tables/{name}.parquet" for name in about),
    }  # fmt: skip
    for name, digest in before.items():
        assert hashlib.sha256((first / name).read_bytes()).hexdigest() == digest
    again = workbench("resume", "--study", study)
    assert again.returncode == 2
    assert "There is no run to go on with" in again.stderr
    assert [line["event"] for line in read_ledger(open_study(study))][-2:] == [
        "resumed",
        "published",
    ]


def test_the_same_again_is_not_published_again(published: tuple[Path, str]) -> None:
    study, _ = published
    outcome = workbench("run", "--study", study, "--as-of", "2026-10-15")
    assert outcome.returncode == 0, outcome.stderr
    assert "nothing has changed since v2 was published" in outcome.stdout
    assert [path.name for path in open_study(study).versions_of("2026Q3")] == ["v1", "v2"]


def test_an_unknown_site_or_quarter_is_refused(published: tuple[Path, str]) -> None:
    study, _ = published
    before = (study / "reports" / "2026Q3" / "v1" / "manifest.json").read_bytes()
    unknown = workbench("run", "--study", study, "--as-of", AS_OF, "--site", "999")
    assert unknown.returncode == 2
    assert "No such site: 999. The sites are 001, 002" in unknown.stderr
    ill_named = workbench("run", "--study", study, "--as-of", AS_OF, "--quarter", "2026-3")
    assert ill_named.returncode == 2
    assert "'2026-3' is not a quarter" in ill_named.stderr
    assert (study / "reports" / "2026Q3" / "v1" / "manifest.json").read_bytes() == before


def test_shifted_columns_are_refused_and_nothing_is_published(tmp_path: Path) -> None:
    study = make_small_study(tmp_path / "study")
    path = study / "data" / "raw" / "fidelity_responses.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *(f"{row},x" for row in rows)]) + "\n", encoding="utf-8")
    outcome = workbench("check", "--study", study, "--as-of", AS_OF)
    assert outcome.returncode == 2
    assert "fidelity_responses.csv" in outcome.stderr
    assert "Every row has 12 cells where the header names 11 columns" in outcome.stderr
    assert "Traceback" not in outcome.stderr + outcome.stdout
    assert not (study / "reports" / "2026Q3").exists()


def test_columns_under_the_wrong_name_are_refused_with_an_example(tmp_path: Path) -> None:
    study = make_small_study(tmp_path / "study")
    path = study / "data" / "raw" / "fidelity_responses.csv"
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    names = {"observed_on": "rater_role", "rater_role": "observed_on"}
    frame.rename(columns=names)[list(frame.columns)].to_csv(path, index=False)
    outcome = workbench("run", "--study", study, "--as-of", AS_OF)
    assert outcome.returncode == 2
    assert "rows are set aside, more than 10%" in " ".join(outcome.stderr.split())
    assert re.search(r"fidelity_responses\.csv, column '\w+', rows 2, 3", outcome.stderr)
    assert (study / "reports" / "refused" / "quality" / "rows_set_aside.xlsx").is_file()
    assert not (study / "reports" / "2026Q3").exists()


def notebook_of(path: Path, source: str) -> Path:
    """A notebook with a parameters cell and one more cell."""
    cells = [
        nbformat.v4.new_code_cell('study_folder: str = ""', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(source),
    ]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(book, path)
    return path


def test_a_killed_kernel_is_a_fault_whatever_the_notebook_says(tmp_path: Path) -> None:
    killing = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    path = notebook_of(tmp_path / "killed.ipynb", killing)
    with pytest.raises(RunFault, match=r"killed\.ipynb could not be finished"):
        run_notebook(path, tmp_path / "out" / "killed.ipynb", {})
    assert not (tmp_path / "out" / "killed.ipynb").exists()


def test_a_cell_that_raises_is_told_by_name(tmp_path: Path) -> None:
    path = notebook_of(tmp_path / "raises.ipynb", "raise ValueError('too few')")
    with pytest.raises(NotebookError, match="too few") as raised:
        run_notebook(path, tmp_path / "out.ipynb", {})
    assert raised.value.error == "ValueError"


def test_its_pages_claim_no_cause_rank_nobody_and_name_no_person(
    published: tuple[Path, str],
) -> None:
    version = published[0] / "reports" / "2026Q3" / "v1"
    ids = persons_of(version / "accepted")
    assert ids
    said = {page.name: text_of(page) for page in pages_of(version)}
    assert {"network.html", "site-001.html", "site-003.html"} <= set(said)
    wrong = {name: words_against_the_house(text) + ids_in(text, ids) for name, text in said.items()}
    assert {name: found for name, found in wrong.items() if found} == {}
