"""A study opens in JupyterLab at its start page; boxes, reprs and progress tell what they do."""

from __future__ import annotations

import ast
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import lab_browser
import pandas as pd
import pytest
from payloads import PAYLOADS, TERMINAL_ORDER, live_nodes
from published_study import QUARTER, published_study

from workbench import progress, shown
from workbench.analysis import follow_through_hazard
from workbench.analysis.ownership_states import states_by_quarter
from workbench.by_hand.answers import Answer
from workbench.by_hand.tables import simulated_tables
from workbench.data.extract import Extract
from workbench.data.intake import CORE_TABLES, Intake, receive
from workbench.data.mending import Mending
from workbench.data.quality_report import QualityReport
from workbench.data.revised_rows import REVISION_COLUMNS
from workbench.data.revisions import PUBLICATION_COLUMNS, Revisions
from workbench.data.schemas import load_schemas
from workbench.errors import ParameterError, RunFault, SettingsError
from workbench.finding_list import FindingList
from workbench.findings import Finding, not_estimable
from workbench.quarters import Quarter
from workbench.reporting import boxes, report, start_page
from workbench.reporting.disclosure import ReleasedFindings, release
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.sections import released_evidence
from workbench.results import Results, open_results, published_results
from workbench.running import lab
from workbench.running.studies import make_study
from workbench.settings import PlanRules, Privacy, Study, Thresholds, open_study

ROOT = Path(__file__).parents[1]
MOST_LINES = 12
LONGEST_LINE = 400
"""Letters of one line of a text repr: a raw frame has thousands."""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return open_study(make_study(tmp_path / "study", with_settings_of="new"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Study:
    opened = published_study(tmp_path_factory.mktemp("published"))
    results = published_results(opened, QUARTER)
    assert results is not None
    sites = results.accepted("sites").assign(slug=[f"site-{n:03d}" for n in range(1, 7)])
    results.write_tables({"sites": sites})
    folder = results.folder / "sites"
    folder.mkdir()
    (folder / "site-002.html").write_text("<p>Its page</p>")
    return opened


# --- opening ---


def test_only_missing_notebooks_are_copied_and_own_ones_stay(study: Study) -> None:
    assert lab.copy_missing_notebooks(study) == []
    own, gone = study.folder / "notebooks/01_data_quality.ipynb", study.folder / lab.START_PAGE
    own.write_text("my own")
    gone.unlink()
    assert lab.copy_missing_notebooks(study) == [Path(lab.START_PAGE)]
    assert own.read_text() == "my own"
    assert gone.read_bytes() == (ROOT / lab.START_PAGE).read_bytes()


def test_it_listens_to_this_machine_alone_and_asks_no_website(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings"
    start = lab.lab_start(study, settings, port=0, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in start.command
    assert "--ServerApp.open_browser=False" in start.command
    assert f"--ServerApp.root_dir={study.folder}" in start.command
    assert "--LabApp.default_url=/lab/tree/notebooks/start.ipynb" in start.command
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in start.command
    assert not [one for one in start.command if "token" in one or "password" in one]
    # What JupyterLab itself reads of it.
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", start.environment["JUPYTER_CONFIG_PATH"])
    config = importlib.import_module("jupyterlab_server.config")
    utils = importlib.import_module("jupyterlab_server.settings_utils")
    page = config.get_static_page_config(level="all", include_higher_levels=True)
    assert page["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"]
    quiet, error = utils._get_overrides(str(tmp_path))
    assert not error
    assert quiet["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_settings_that_are_written_are_ones_that_jupyterlab_has() -> None:
    schemas = Path(sys.prefix) / "share/jupyter/lab/schemas"
    for name, values in lab.QUIET_SETTINGS.items():
        package, plugin = name.split(":")
        schema = json.loads((schemas / package / f"{plugin}.json").read_text())
        assert set(values) <= set(schema["properties"])


def test_a_persons_own_config_folders_are_kept(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    start = lab.lab_start(study, tmp_path / "s", port=9999, browser=True)
    assert start.environment["JUPYTER_CONFIG_PATH"].split(os.pathsep)[1:] == ["mine"]
    assert "--ServerApp.port_retries=0" in start.command


def test_a_taken_port_is_told(study: Study) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ParameterError, match=f"Port {port} is taken"):
            lab.run_lab(study, port)


def test_jupyterlab_that_is_not_there_is_told(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RunFault, match="pip install jupyterlab"):
        lab.run_lab(study)


def test_an_end_with_an_error_is_told(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = lab.LabStart((sys.executable, "-c", "raise SystemExit(3)"), {})
    monkeypatch.setattr(lab, "lab_start", lambda *_: failing)
    with pytest.raises(RunFault, match="code 3"):
        lab.run_lab(study)


def test_no_study_is_told(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from workbench.cli import app

    outcome = CliRunner().invoke(app, ["lab", "--study", str(tmp_path)])
    assert isinstance(outcome.exception, SettingsError)
    assert "workbench new FOLDER" in str(outcome.exception)


@pytest.mark.parametrize("folder", ["notebooks", "notebooks/explore"])
def test_a_notebook_finds_the_study_that_it_lies_in(
    study: Study, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(study.folder / folder)
    assert open_study("").folder == study.folder


# --- the start page ---


def test_a_new_study_is_told_where_its_files_go(study: Study) -> None:
    assert start_page.published_reports(study).caption == "No quarter is published yet."
    assert start_page.next_steps(study).steps[0] == start_page.NO_DATA
    assert "no quarter is published" in str(start_page.last_found(study))
    (study.raw / "sites.csv").write_text("site_id\n1\n")
    assert start_page.next_steps(study).steps == (start_page.CHECK, start_page.RUN)


def test_a_published_study_leads_to_its_pages(
    published: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks = published.folder / "notebooks"
    notebooks.mkdir(exist_ok=True)
    monkeypatch.chdir(notebooks)
    (row,) = start_page.published_reports(published).rows
    assert [part.address for part in row[2]] == [f"../reports/{QUARTER}/v1/network.html", ""]
    ((cell,),) = start_page.site_pages(published).rows
    assert (notebooks / cell[0].address).read_text() == "<p>Its page</p>"
    assert start_page.next_steps(published).steps[-1] == start_page.AGAIN


# --- boxes ---


def test_a_box_says_what_it_changed_and_hides_nothing(published: Study) -> None:
    variables = {"site_id": "", "quarter": "latest"}
    box = boxes.offer(boxes.results_to_read(published), variables)
    codes = list(box.choices["site_id"])
    told = box.choose(site_id=codes[2])
    assert told == f'site_id is now "{codes[2]}"; it was "".'
    assert variables["site_id"] == codes[2]
    assert box.choose(site_id=codes[2]) == "Nothing was changed."
    lines = ast.parse(box.parameters_text()).body
    values = {line.target.id: ast.literal_eval(line.value) for line in lines}
    assert values == variables


def test_what_is_no_choice_is_refused_and_nothing_set(published: Study) -> None:
    variables = {"site_id": "", "quarter": "latest"}
    box = boxes.offer(boxes.results_to_read(published), variables, "quarter", "site_id")
    with pytest.raises(ParameterError, match="site_id can't be"):
        box.choose(quarter=QUARTER, site_id="nowhere")
    assert variables == {"site_id": "", "quarter": "latest"}
    with pytest.raises(ParameterError, match="no box for weather"):
        boxes.offer(boxes.results_to_read(published), variables, "weather")


def test_without_ipywidgets_the_choices_stand_as_text(
    published: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boxes, "in_open_notebook", lambda: True)
    monkeypatch.setattr(boxes, "_widgets", lambda: None)
    boxes.offer(boxes.results_to_read(published), {"component": ""})._ipython_display_()
    printed = capsys.readouterr().out
    assert "pip install" in printed
    assert 'component: str = ""' in printed


def test_a_dropdown_writes_the_variable_and_the_lines(published: Study) -> None:
    widgets = pytest.importorskip("ipywidgets", reason="the extra 'widgets' is not installed")
    variables = {"site_id": ""}
    box = boxes.offer(boxes.results_to_read(published), variables)
    dropdown, told, _, lines = boxes._drawn(box, widgets).children
    code = list(box.choices["site_id"])[1]
    dropdown.value = code
    assert variables == {"site_id": code}
    assert f'site_id is now "{code}"' in told.value
    assert lines.value == f'site_id: str = "{code}"'


def test_a_recipe_begins_with_the_first_site_that_drifts(published: Study) -> None:
    results = boxes.results_to_read(published)
    moves, sites = results.table("trajectories"), results.table("sites")
    moves.loc[moves["site_id"] == sites["site_id"].iloc[3], "state"] = "drifting"
    moves.loc[moves["site_id"] != sites["site_id"].iloc[3], "state"] = "holding"
    results.write_tables({"trajectories": moves})
    assert boxes.site_to_begin_with(results) == sites["site_id"].iloc[3]
    assert boxes.site_to_begin_with(open_results(published)) == ""


# --- how results are shown ---


@dataclass(frozen=True)
class Held(shown.Shown):
    """A result as an analysis gives it."""

    title: str
    names: tuple[str, ...]
    table: pd.DataFrame
    nothing: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        return {"by_quarter": self.table}


def test_a_result_is_told_by_its_parts() -> None:
    frame = pd.DataFrame({"quarter": ["2026Q1"] * 1234, "fidelity": 71.0})
    lines = repr(Held("Our network", ("a", "b"), frame)).splitlines()
    assert lines == [
        "Held", "  title: Our network", "  names: 2 (a, b)",
        "  by quarter: 1,234 rows: quarter, fidelity",
    ]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_repr_runs_what_a_text_says(payload: str, published: Study) -> None:
    frame = pd.DataFrame({payload: [payload]})
    finding = Finding(id="x", question=payload, statement=payload, site_id=payload, n=3)
    link = start_page.LinkTable(payload, (payload,), (((start_page.Link(payload),),),))
    box = boxes.Boxes({"site_id": payload}, {"site_id": {payload: payload}})
    things = (
        Held(payload, (payload,), frame), FindingList([finding]), link, box,
        start_page.Steps((payload,)), finding, *results_of(payload),
    )  # fmt: skip
    for thing in things:
        html = thing._repr_html_()
        assert live_nodes(html) == []
        assert "$" not in html.replace("<span>$</span>", "")
        text = repr(thing)
        assert not TERMINAL_ORDER.search(text)


def results_of(text: str, cell: str = "x") -> list[shown.Shown | ReleasedFindings]:
    """What is received, compared and reported, with a text wherever data may put one."""
    frame = pd.DataFrame({text: [cell]})
    counts = pd.DataFrame({"table": [text], "received": 2, "accepted": 1, "set_aside": 1})
    rules = pd.DataFrame({name: [text] for name in ("status", "severity", "waived_by")})
    quality = QualityReport({text: frame}, {text: frame}, frame, rules, counts, (text,), ())
    extract = Extract(text, frame, text, text, {3: [cell]}, (text,), text, site_id=text)
    schema = load_schemas()["sites"].model_copy(update={"adds": text})
    mending = Mending(frame, frame, {text: {(cell, 1)}})
    changed = pd.DataFrame({name: [1] for name in REVISION_COLUMNS})
    told = dict(zip(PUBLICATION_COLUMNS, (text, 2, text, 1), strict=True))
    released = release([Finding("x", text, text, n_practitioners=9)], Privacy())
    rows = DisplayTable(text, frame)
    links = (report.SiteLink(text, "site-001", text),)
    page = report.QuarterlyReport(
        text, text, text, released, rows, site_name=text, note=text,
        sections=(report.Section(text, text, tables=(rows,)),), site_links=links,
    )  # fmt: skip
    return [
        Intake([extract], quality, {text: schema, f"no {text}": schema}, {}, mending),
        Revisions(changed, pd.DataFrame([told])), extract, mending, quality, released, page,
    ]  # fmt: skip


def test_results_tell_counts_and_names_of_tables_and_no_cell() -> None:
    intake, revisions, extract, *_, released, page = results_of("recognition", cell="P-0417")
    for thing in results_of("recognition", cell="P-0417"):
        assert "P-0417" not in repr(thing) + thing._repr_html_()
        assert len(repr(thing).splitlines()) < MOST_LINES
    assert repr(intake).splitlines() == [
        "Intake", "  files: 1", "  tables: 1 (recognition)", "  not handed in: 1 (no recognition)",
        "  rows received: 2", "  rows accepted: 1", "  rows set aside: 1",
        "  rules that forbid going on: 0",
    ]  # fmt: skip
    assert "  compared with: recognition, version 1\n  rows late: 1" in repr(revisions)
    assert "  rows: 2\n" in repr(extract)
    assert repr(released) == "1 finding\n  recognition recognition"
    assert "  findings reported: 1\n" in repr(page)
    assert "  sections: 1 (recognition)\n" in repr(page)


def test_evidence_tells_its_tables_and_runs_nothing(published: Study) -> None:
    results = boxes.results_to_read(published)
    nothing = pd.DataFrame({"table": ["x"], "would_add": ["y"]})
    results.write_tables({"missing_tables": nothing})
    evidence = released_evidence(results)
    codes = set(results.accepted("practitioners")["practitioner_id"])
    for thing in (evidence, evidence.organisation, evidence.reinforcement, evidence.plans):
        assert max(map(len, repr(thing).splitlines())) < LONGEST_LINE
        assert not codes & set(repr(thing).split())
    assert len(repr(evidence).splitlines()) < MOST_LINES
    for payload in PAYLOADS:
        hostile = replace(evidence, name=payload, missing={payload: payload})
        assert live_nodes(hostile._repr_html_()) == []
        assert not TERMINAL_ORDER.search(repr(hostile))


def test_what_was_published_first_was_compared_with_nothing() -> None:
    told = dict(zip(PUBLICATION_COLUMNS, (QUARTER, 1, "", 0), strict=True))
    found = Revisions(pd.DataFrame(columns=REVISION_COLUMNS), pd.DataFrame([told]))
    assert repr(found).endswith("compared with: nothing published before")


def test_a_finding_is_shown_with_its_interval_and_never_cut() -> None:
    long = "Practice drifts. " * 40
    number = {"estimate": -1.234567, "conf_low": -2.0, "conf_high": -0.5}
    finding = Finding("x", "Does it?", long, "007", **number, unit="points a quarter", n=1234)
    assert repr(finding).splitlines() == [
        "Does it?", f"  answer: {long}", "  about: site 007",
        "  number: -1.235 points a quarter (95% interval -2 to -0.5)",
        "  rests on: 1,234 observations", "  status: reported", "  id: x",
    ]  # fmt: skip
    assert "number" not in repr(not_estimable("x", "Does it?", "There is no row."))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_answer_by_hand_gives_a_terminal_no_order(payload: str) -> None:
    finding = Finding("x", payload, payload)
    answer = Answer(payload, {payload: pd.DataFrame()}, payload, (finding,), None, Privacy())
    assert not TERMINAL_ORDER.search(repr(answer))


def test_an_address_is_made_by_us_and_escaped(tmp_path: Path) -> None:
    page = tmp_path / 'a"b' / "x y.html"
    link = start_page._link("<b>", page)
    assert '"' not in link.address
    assert " " not in link.address


def results_with_tables() -> list[type]:
    found = []
    for path in sorted((ROOT / "src/workbench/analysis").glob("*.py")):
        if "def tables(self" in path.read_text(encoding="utf-8"):
            module = importlib.import_module(f"workbench.analysis.{path.stem}")
            found += [
                one
                for one in vars(module).values()
                if isinstance(one, type) and "tables" in vars(one)
                if one.__module__ == module.__name__
            ]
    return found


@pytest.mark.parametrize("kind", results_with_tables(), ids=lambda kind: kind.__name__)
def test_every_result_of_an_analysis_is_shown(kind: type) -> None:
    assert issubclass(kind, shown.Shown)
    assert kind.__repr__ is shown.Shown.__repr__


def test_study_results_and_findings_are_shown_in_short(published: Study) -> None:
    results = boxes.results_to_read(published)
    found = results.findings()
    assert isinstance(found, list)
    for thing in (published, results, found):
        assert max(map(len, repr(thing).splitlines())) < LONGEST_LINE
        assert live_nodes(thing._repr_html_()) == []
    assert "Our network" in repr(published)
    assert str(published.folder) not in repr(published) + repr(results)


# --- progress ---


def test_automated_work_is_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(progress.OF_A_SESSION, raising=False)
    assert list(progress.followed([1, 2, 3], "Things")) == [1, 2, 3]
    monkeypatch.setenv(progress.OF_A_SESSION, "x.ipynb")
    monkeypatch.setenv(progress.AUTOMATED, "0")
    assert not progress.somebody_waits()
    assert list(progress.followed([1, 2, 3], "Things")) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


def test_kernels_of_a_run_count_as_automated() -> None:
    from workbench.running.kernel_process import MEMORY_VARIABLE

    assert MEMORY_VARIABLE == progress.AUTOMATED


def test_a_waiting_person_sees_how_far_it_is_and_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(progress, "_screen", lambda: lines.append)
    monkeypatch.setattr(progress, "SECONDS_BETWEEN", -1.0)
    assert list(progress.followed("abc", "Letters")) == ["a", "b", "c"]
    assert lines == ["Letters: 0 of 3", "Letters: 1 of 3", "Letters: 2 of 3", ""]


def check_small_tables(folder: Path) -> None:
    study = open_study(make_study(folder, with_settings_of="new"))
    for name, table in simulated_tables(sites=2, quarters=2).items():
        if name in CORE_TABLES:
            table.to_csv(study.raw / f"{name}.csv", index=False)
    receive(study, as_of="2024-03-31")


def fit_courses_of_two_sites(_: Path) -> None:
    sites = pd.DataFrame({"site_id": ["b", "a", "a"]})
    follow_through_hazard.trends(sites, sites.head(0), follow_through_hazard.Hazard())


def judge_two_quarters(_: Path) -> None:
    keys = {"plan_id": ["1", "1"], "site_id": "a", "practitioner_id": "p"}
    days = pd.to_datetime(["2026-02-01", "2026-05-01"])
    plans = pd.DataFrame({"plan_id": ["1"], "opened_on": days[:1], "closed_on": pd.NaT})
    ratings = pd.DataFrame({**keys, "rated_on": days, "months": [0.0, 3.0], "ownership": 70.0})
    states_by_quarter(ratings, plans, Quarter(2026, 2), PlanRules(), Thresholds())


@pytest.mark.parametrize(
    ("work", "line"),
    [
        (check_small_tables, f"Tables checked: 0 of {len(load_schemas())}"),
        (fit_courses_of_two_sites, "Courses of sites fitted: 0 of 2"),
        (judge_two_quarters, "Quarters judged: 0 of 2"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_long_work_tells_how_far_it_is(
    work: Callable[[Path], None], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(progress, "_screen", lambda: lines.append)
    work(tmp_path / "study")
    assert lines[0] == line
    assert lines[-1] == ""


# --- JupyterLab itself ---


def _hand_in(study: Study) -> None:
    """Put checked data of a small network where notebooks that are run by hand look for them."""
    from published_study import PARAMETERS, WANTED, _typed

    from workbench.data.conform import empty_table
    from workbench.data.intake import with_slugs
    from workbench.data.schemas import load_schemas
    from workbench.data.synthetic import simulate_network

    tables = simulate_network(PARAMETERS, seed=1).tables
    results = Results(study.reports / "working", study)
    results.start({"quarter": QUARTER, "network": "Our network", "note": "", "notes": []})
    # As notebook 1 does: a table that was not handed in has its columns and no row.
    empty = {name: empty_table(schema) for name, schema in load_schemas().items()}
    results.write_accepted(empty | {name: _typed(tables[name]) for name in WANTED})
    results.write_tables({"sites": with_slugs(tables["sites"])})


@pytest.mark.skipif(not lab_browser.CHROMIUM, reason="there is no Chromium on this machine")
def test_start_page_and_a_notebook_run_through_the_interface(study: Study) -> None:
    pytest.importorskip("playwright", reason="playwright is not installed")
    _hand_in(study)
    with lab_browser.open_lab(study.folder) as opened, lab_browser.open_browser(opened) as page:
        start = lab_browser.run_all(opened, page, lab.START_PAGE)
        assert lab_browser.what_is_wrong(start) == []
        cells = lab_browser.run_all(opened, page, "notebooks/02_fidelity_over_time.ipynb")
        assert lab_browser.what_is_wrong(cells) == []
        assert sum(len(cell["outputs"]) for cell in cells) > 10
        assert page.locator(".jp-RenderedImage img").count() > 0
        assert page.asked_elsewhere == []
        assert page.locator(".jp-Dialog").count() == 0
        assert page.locator(".Toastify__toast").count() == 0
