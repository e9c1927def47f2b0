"""A run is a transaction: one writer, durable marks, a rename, and a ledger that shows changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import ParameterError, RunFault
from workbench.results import Results
from workbench.running.durable import write_durably
from workbench.running.foundations import TOLD, foundations, what_differs
from workbench.running.ledger import ledger_of, note, read_ledger
from workbench.running.lock import StudyBusy, one_writer
from workbench.running.manifest import describe, read_manifest, write_manifest
from workbench.running.publication import (
    GOING_OUT,
    finish_publication,
    next_version,
    publish,
    rename_in_notebooks,
)
from workbench.running.site_reports import SiteReport, make_site_reports
from workbench.running.staged_run import STAGING, Plan, StagedRun, staged_runs
from workbench.running.unfinished import from_published, unfinished_run
from workbench.settings import SETTINGS_FILE, Study, open_study

LABEL = "2026Q3"
PLAN = Plan(LABEL, "2026-09-30", "", (), False, "", {})


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / SETTINGS_FILE).write_text("network: A\n")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "sites.csv").write_text("site_id\n007\n")
    return open_study(tmp_path)


def begin(study: Study, plan: Plan = PLAN) -> StagedRun:
    return StagedRun.begin(study, plan).make_ready()


def finished(study: Study, missing: dict[str, str] | None = None, **changes: str) -> StagedRun:
    """A run whose results hold all that a manifest tells of, ready to be published."""
    staged = begin(study, replace(PLAN, foundations=foundations(study), **changes))
    results = Results(staged.results, study)
    results.start({"quarter": LABEL, "network": "A", "inputs": [], "versions": {}})
    (staged.results / "notebooks").mkdir()
    (staged.results / "notebooks" / "01.ipynb").write_text(json.dumps(str(staged.results)))
    rename_in_notebooks(staged.results, staged.results, next_version(study, LABEL))
    results.write_tables(
        {
            "sites": pd.DataFrame({"site_id": ["007", "008"], "slug": ["site-007", "site-008"]}),
            "row_accounting": pd.DataFrame({"table": ["sites"], "received": [2]}),
            "publication": pd.DataFrame(
                [[LABEL, 1, "", 0]],
                columns=["quarter", "version", "compared_with", "compared_version"],
            ),
            "revisions": pd.DataFrame({"late": [1]}),
        }
    )
    target = next_version(study, LABEL)
    about = describe(results, staged.plan, target, study.published(LABEL))
    about |= {"reports": {}, "sites_missing": missing or {}, "sites_too_small": []}
    write_manifest(staged.results, about)
    return staged


# --- one writer ---


HOLD = """
import sys, time
from workbench.running.lock import one_writer
from workbench.settings import open_study
with one_writer(open_study(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_writer_is_told_who_the_first_is_and_a_killed_one_locks_nothing(
    study: Study,
) -> None:
    command = [sys.executable, "-c", HOLD, str(study.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(StudyBusy, match=f"process {other.pid} of "), one_writer(study):
            pass
        other.kill()
    with one_writer(study):
        holder = json.loads((study.reports / ".running.json").read_text())
        assert holder["process"] == os.getpid()
    assert not (study.reports / ".running.json").exists()


# --- the ledger ---


def test_the_ledger_keeps_lines_in_order_and_shows_a_change(study: Study) -> None:
    for event in ("started", "resumed", "published"):
        note(study, "one", event, version="v1")
    assert [line["event"] for line in read_ledger(study)] == ["started", "resumed", "published"]
    path = ledger_of(study)
    path.write_text(path.read_text().replace("resumed", "refused"))
    with pytest.raises(RunFault, match="line 3 does not follow"):
        read_ledger(study)


def test_a_line_that_a_crash_cut_off_is_taken_off(study: Study) -> None:
    note(study, "one", "started")
    with ledger_of(study).open("a") as file:
        file.write('{"when": "2026-')
    note(study, "two", "started")
    assert [line["run"] for line in read_ledger(study)] == ["one", "two"]


# --- steps ---


def test_a_step_is_done_once_and_only_if_its_work_ended(study: Study) -> None:
    staged = begin(study)
    done = []

    def work(name: str, fails: bool = False) -> None:
        done.append(name)
        (staged.results / name).write_text(name)
        if fails:
            raise RunFault("no")

    staged.do("a", lambda: work("a"))
    with pytest.raises(RunFault):
        staged.do("b", lambda: work("b", fails=True))
    again = StagedRun.open(staged.folder)
    assert again.plan == PLAN
    for name in "ab":
        again.do(name, lambda name=name: work(name))
    assert done == ["a", "b", "b"]


def test_a_step_whose_file_was_damaged_is_done_again_but_not_for_what_a_later_step_wrote(
    study: Study,
) -> None:
    staged = begin(study)
    for step, names in {"a": "xy", "b": "y", "c": "z"}.items():
        staged.do(
            step,
            lambda step=step, names=names: [
                write_durably(staged.results / name, step) for name in names
            ],
        )
    assert staged.forget_damaged() == []
    (staged.results / "z").write_text("cut o")
    assert staged.forget_damaged() == ["c"]
    (staged.results / "y").unlink()
    assert staged.forget_damaged() == ["a", "b"]


def test_what_never_got_a_plan_is_no_run(study: Study) -> None:
    StagedRun.begin(study, PLAN)
    assert staged_runs(study) == []


# --- sites ---


def test_a_site_that_fails_costs_one_report_and_a_second_try_makes_no_other(study: Study) -> None:
    staged = begin(study)
    (staged.results / "notebooks").mkdir()
    reports = [SiteReport(str(n), f"r{n}", staged.results / f"{n}.html") for n in range(8)]
    made = []

    def execute(one: SiteReport, poisoned: str = "5") -> Path:
        made.append(one.site_id)
        copy = staged.results / "notebooks" / f"{one.step}.ipynb"
        copy.write_text("{}")
        if one.site_id == poisoned:
            raise RunFault("the kernel was killed")
        if one.site_id != "6" or made.count("6") > 1:
            one.page.write_text("page")
        return copy

    counts: list[int] = []
    missing = make_site_reports(reports, staged, 3, execute, counts.append)
    assert missing == {"5": "the kernel was killed", "6": "r6.ipynb ended and wrote no page."}
    assert counts == list(range(9))
    made[:] = ["6"]
    assert make_site_reports(reports, staged, 3, lambda one: execute(one, ""), counts.append) == {}
    assert sorted(made) == ["5", "6", "6"]


# --- publication ---


def test_versions_stand_side_by_side_and_a_rename_publishes(study: Study) -> None:
    assert study.published(LABEL) is None
    for number in (1, 2):
        staged = finished(study)
        publish(study, staged, LABEL, next_version(study, LABEL))
        assert study.published(LABEL) == study.reports / LABEL / f"v{number}"
        assert not staged.folder.exists()
    page = (study.reports / LABEL / "index.html").read_text()
    assert page.index("v2/network.html") < page.index("v1/network.html")
    assert "Changed since v1: nothing." in page
    assert [line["event"] for line in read_ledger(study)] == ["published", "published"]


def test_a_folder_without_a_manifest_is_no_version(study: Study) -> None:
    (study.reports / LABEL / "v1").mkdir(parents=True)
    assert study.versions_of(LABEL) == []
    assert study.published_quarters() == []


def test_a_crash_after_the_rename_is_finished_later_and_noted_once(study: Study) -> None:
    staged = finished(study)
    target = next_version(study, LABEL)
    manifest = read_manifest(staged.results)
    publish(study, staged, LABEL, target)
    # As it was when the rename was done and nothing after it.
    (study.reports / LABEL / "index.html").unlink()
    staged.folder.mkdir(parents=True)
    staged.make_ready()
    told = {"quarter": LABEL, "version": "v1", "manifest_sha256": "other"}
    (staged.folder / GOING_OUT).write_text(json.dumps(told))
    assert not finish_publication(study, staged)
    published = next(line for line in read_ledger(study) if line["event"] == "published")
    told["manifest_sha256"] = published["manifest_sha256"]
    (staged.folder / GOING_OUT).write_text(json.dumps(told))
    assert finish_publication(study, staged)
    assert (study.reports / LABEL / "index.html").is_file()
    assert [line["event"] for line in read_ledger(study)] == ["published"]
    assert read_manifest(target) == manifest


def test_notebooks_name_the_folder_where_they_will_be(tmp_path: Path) -> None:
    staging, published = tmp_path / "s", tmp_path / "v1"
    (staging / "notebooks").mkdir(parents=True)
    path = staging / "notebooks" / "a.ipynb"
    path.write_text(json.dumps({"results_folder": str(staging)}))
    rename_in_notebooks(staging, staging, published)
    assert json.loads(path.read_text()) == {"results_folder": str(published)}


# --- going on ---


def test_a_run_goes_on_only_if_what_it_rests_on_is_the_same(study: Study) -> None:
    assert unfinished_run(study) is None
    with pytest.raises(ParameterError, match="no run to go on with"):
        from_published(study)
    begin(study, replace(PLAN, foundations=foundations(study)))
    assert unfinished_run(study) is not None
    (study.raw / "sites.csv").write_text("site_id\n008\n")
    with pytest.raises(ParameterError, match="what was received changed since"):
        unfinished_run(study)


def test_every_part_that_a_run_rests_on_is_seen(study: Study) -> None:
    before = foundations(study)
    assert set(before) == set(TOLD)
    assert what_differs(before, foundations(study)) == []
    (study.raw / ".sites.csv.swp").write_text("an editor's")
    assert what_differs(before, foundations(study)) == []
    (study.folder / SETTINGS_FILE).write_text("network: B\n")
    (study.folder / "notebooks").mkdir()
    (study.folder / "notebooks" / "own.ipynb").write_text("{}")  # no run looks at it
    assert what_differs(before, foundations(study)) == [TOLD["settings"]]
    (study.folder / "notebooks" / "02_fidelity_over_time.ipynb").write_text("{}")
    assert what_differs(before, foundations(study)) == [TOLD["settings"], TOLD["notebooks"]]


def test_missing_reports_are_added_in_a_new_version_and_nothing_else_is_done(study: Study) -> None:
    publish(study, finished(study, {"008": "killed"}), LABEL, next_version(study, LABEL))
    published = study.published(LABEL)
    assert published is not None
    before = {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}
    staged = from_published(study)
    assert {path: path.read_bytes() for path in published.rglob("*") if path.is_file()} == before
    assert staged.is_done("02_fidelity_over_time")
    assert staged.is_done("06_quarterly_report_site-007")
    assert not staged.is_done("06_quarterly_report_site-008")
    assert not staged.is_done("06_quarterly_report_network")
    assert staged.plan.reason == "1 report of sites added that v1 lacked."
    told = Results(staged.results, study).table("publication").iloc[0]
    assert told.tolist() == [LABEL, 2, LABEL, 1]
    assert [path.parent.name for path in (study.reports / STAGING).glob("*/plan.json")] == [
        staged.name
    ]
