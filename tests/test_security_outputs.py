"""Forty hostile texts go through every text field into every output, and none comes alive."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from payloads import (
    NUL,
    PAYLOADS,
    TERMINAL_ORDER,
    live_cells,
    live_csv_cells,
    live_nodes,
    live_outputs,
    make_hostile_study,
)
from rich.markup import escape
from rich.table import Table

from workbench.cli.terminal import SafeConsole
from workbench.data.inspection_draft import name_of_source
from workbench.data.pseudonymising import pseudonymise, write_pseudonymised
from workbench.data.pseudonyms import Pseudonyms
from workbench.data.schemas import load_schemas
from workbench.data.source_files import Source, load_source
from workbench.errors import ParameterError, SettingsError
from workbench.quarters import Quarter
from workbench.reporting.display_table import DisplayTable
from workbench.running.parameters import check_parameters
from workbench.settings import open_study

ROOT = Path(__file__).parents[1]
ALL = (*PAYLOADS, NUL)
SITES = 3
# Refuses every connection but those within the machine, then checks a study and writes its pages.
PROGRAM = """
import socket, sys

class Refusing(socket.socket):
    def connect(self, address):
        if self.family != getattr(socket, "AF_UNIX", None):
            raise OSError(f"a connection to {address} was tried")
        return super().connect(address)

    connect_ex = connect

def refuse(*about, **more):
    raise OSError(f"{about} was looked up")

socket.socket, socket.getaddrinfo, socket.create_connection = Refusing, refuse, refuse
"""
STEPS = """
import pandas as pd
from workbench.data.follow_up import write_follow_up
from workbench.data.intake import receive
from workbench.data.quality_coverage_findings import quality_over_time
from workbench.reporting.assembly import quarterly_report, write_page
from workbench.reporting.sections import released_evidence, report_sections
from workbench.results import Results
from workbench.settings import open_study

study = open_study(sys.argv[1])
received = receive(study, "2026-09-30")
results = Results(study.reports / "x", study)
results.write_tables(received.tables())
write_follow_up(received, results, "latest")
quarter = received.quarter("latest", study)
over_time = quality_over_time(received.quality, received.schemas, quarter)
results.write_tables(over_time.tables())
results.start(received.about(study, "latest", "2026-09-30"))
results.write_accepted(received.accepted())
sites = results.table("sites")["site_id"]
reported = pd.DataFrame({"site_id": sites, "status": ["reported", "missing", "reported"],
                         "why": ["", "<script>alert(1)</script>", ""]})
results.write_tables({"reported_sites": reported})
for site in ("", *sites):
    evidence = released_evidence(results, site)
    report = quarterly_report(results, evidence, report_sections(evidence))
    print(write_page(results, report).name)
    shown = [report.row_accounting, *report.quality, *report.provenance]
    for section in report.sections:
        shown += [*section.tables, *(picture.table for picture in section.pictures)]
    with (results.folder / "outputs.txt").open("a", encoding="utf-8") as file:
        file.writelines(table._repr_html_() for table in shown)
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hostile study, checked and written without a network."""
    folder = tmp_path_factory.mktemp("outer") / "study"
    assert make_hostile_study(folder, SITES, quarters=2) > 100
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM + STEPS, str(folder)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert len(ran.stdout.split()) == 1 + SITES
    return folder


def test_no_page_has_a_live_node(hostile: Path) -> None:
    pages = sorted((hostile / "reports" / "x").rglob("*.html"))
    assert len(pages) == 1 + SITES
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert live_nodes(text) == []
        assert not TERMINAL_ORDER.search(text)
    # They are printed all the same, as text.
    assert "&lt;img src=x onerror=alert(1)&gt;" in pages[0].read_text(encoding="utf-8")


def test_no_table_in_a_notebook_has_a_live_node(hostile: Path) -> None:
    text = (hostile / "reports" / "x" / "outputs.txt").read_text(encoding="utf-8")
    assert live_nodes(text) == []
    assert "HYPERLINK" in text


def test_no_workbook_has_a_live_cell(hostile: Path) -> None:
    books = sorted((hostile / "reports" / "x" / "quality").rglob("*.xlsx"))
    assert len(books) > 1
    assert [found for book in books for found in live_cells(book)] == []
    from python_calamine import load_workbook

    sheet = load_workbook(str(books[0])).get_sheet_by_name("work_conditions")
    cells = {cell for row in sheet.to_python() for cell in row}
    assert '=HYPERLINK("https://example.org","x")' in cells


def test_no_name_becomes_a_path(hostile: Path) -> None:
    made = [path for path in hostile.parent.rglob("*") if path.is_file()]
    assert all(path.resolve().is_relative_to(hostile.resolve()) for path in made)
    ours = [path for path in made if path.is_relative_to(hostile / "reports")]
    assert len(ours) > 20
    for path in ours:
        assert path.relative_to(hostile).as_posix().isascii()
        assert not set(path.name) & set("<>:\"'\\|?*= $%")
    sites = {path.stem for path in (hostile / "reports/x/sites").iterdir()}
    assert sites == {f"site-{n:03d}" for n in range(1, SITES + 1)}


@pytest.mark.parametrize("payload", ALL, ids=range(len(ALL)))
def test_a_table_of_a_notebook_is_closed_to_each(payload: str) -> None:
    table = DisplayTable(payload, pd.DataFrame({payload: [payload], "n": ["1"]}), payload)
    page = table._repr_html_()
    assert live_nodes(page) == []
    assert not TERMINAL_ORDER.search(page + repr(table))
    # Nothing between dollar signs or behind a backslash is left for a notebook to typeset.
    assert page.count("$") == page.count("<span>$</span>")
    assert page.count("\\") == page.count("<span>\\</span>")


@pytest.mark.parametrize("payload", ALL, ids=range(len(ALL)))
def test_a_terminal_takes_no_order(payload: str, tmp_path: Path) -> None:
    for is_terminal in (True, False):
        with (tmp_path / "said").open("w", encoding="utf-8", newline="") as file:
            console = SafeConsole(
                file=file, force_terminal=is_terminal, color_system=None, highlight=False, width=90
            )
            console.print(escape(payload))
            grid = Table(payload)
            grid.add_row(escape(payload))
            console.print(grid)
        said = (tmp_path / "said").read_text(encoding="utf-8")
        assert not TERMINAL_ORDER.search(said)


@pytest.mark.parametrize("payload", ALL, ids=range(len(ALL)))
def test_no_name_of_anything_becomes_a_path_or_a_parameter(payload: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        load_source(payload, tmp_path)
    with pytest.raises(SettingsError):
        Quarter.from_label(payload)
    assert set(name_of_source(payload)) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
    if "/" in payload:
        with pytest.raises(ValueError, match="without folders"):
            Source.model_validate({"source": "x", "title": "x", "file": payload, "tables": {}})
    notebook = ROOT / "notebooks" / "06_quarterly_report.ipynb"
    with pytest.raises(ParameterError):
        check_parameters(notebook, {payload: "x"})
    assert check_parameters(notebook, {"site_id": payload}) == {"site_id": payload}


def test_exported_csv_files_hold_no_formula(tmp_path: Path) -> None:
    tables = {
        "outcomes": pd.DataFrame(
            {
                "subject": "site",
                "subject_id": list(ALL),
                "measure": list(ALL),
                "value": [-1.5] * len(ALL),
            }
        )
    }
    codes = Pseudonyms(bytes(range(32)), "x")
    done = pseudonymise(tables, load_schemas(), codes, keep=("outcomes.measure",))
    write_pseudonymised(done, codes, tmp_path / "out")
    with (tmp_path / "out" / "outcomes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 1 + len(ALL)
    assert live_csv_cells(rows) == []
    assert rows[1][-1] == "-1.5"


def test_what_looks_for_live_things_finds_them(tmp_path: Path) -> None:
    assert live_nodes("<p onclick=x>a</p><script>1</script><a href='javascript:x'>y</a>")
    assert live_nodes("<meta http-equiv=refresh content=0><!-- x -->")
    assert live_csv_cells([["=1", "-1.5", "a"]]) == ["=1"]
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "x.xlsx")) as book:
        book.add_worksheet().write_formula(0, 0, "=1+1")
    assert live_cells(tmp_path / "x.xlsx")
    book = {"cells": [{"outputs": [{"data": {"text/html": ["<script>"], "text/latex": "x"}}]}]}
    (tmp_path / "x.ipynb").write_text(json.dumps(book))
    assert live_outputs(tmp_path / "x.ipynb") == ["<script>", "text/latex"]


def test_a_hostile_study_is_opened_as_it_stands(hostile: Path) -> None:
    assert open_study(hostile).settings.network.startswith("<script>")


@pytest.mark.parametrize("name", ["_hidden", "Cost $x^$"])
def test_no_name_drops_out_of_a_key(name: str) -> None:
    from workbench.reporting import figures_style, figures_support

    figure = figures_style.new_figure(3)
    with figures_style.drawing():
        figures_support._draw_key(figure, name)
        figures_style.png_of(figure)
    (key,) = figure.legends
    assert [text.get_text() for text in key.get_texts()] == [name, "The network"]
