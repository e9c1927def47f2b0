"""The older .xls form is read from a real file of it, and is told from other old Office files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from workbench.data.file_kind import kind_of
from workbench.data.inspection import inspect_file
from workbench.data.readers import read_xlsx
from workbench.errors import DataProblems

sys.path.insert(0, str(Path(__file__).parent))

from xls_writer import write_xls

SITES = [["site_id", "site_name", "opened_on", "staff"],
         ["007", "Peña House", "2024-03-01", 3.0], ["12", "Übersee", "", 4.5]]  # fmt: skip


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "sites.xls"
    write_xls(path, {"Sites": SITES, "Notes": [["note"], ["none"]]})
    return path


def test_the_file_is_what_it_claims(path):
    assert kind_of(path) == "xls"
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["Sites", "Notes"]
    assert book.get_sheet_by_name("Sites").to_python() == SITES


def test_cells_are_text_and_rows_keep_their_numbers(path):
    table = read_xlsx(path, "sites.xls", "Sites")
    assert table.frame.index.tolist() == [2, 3]
    assert table.frame["site_id"].tolist() == ["007", "12"]
    assert table.frame["site_name"].tolist() == ["Peña House", "Übersee"]
    assert table.frame["opened_on"].isna().tolist() == [False, True]
    assert table.frame["staff"].tolist() == ["3", "4.5"]
    assert any("older .xls form" in note for note in table.notes)


def test_its_sheet_is_asked_for(path):
    with pytest.raises(DataProblems) as refused:
        read_xlsx(path, "sites.xls")
    assert "Sites, Notes" in refused.value.problems[0].message


def test_it_is_inspected_whatever_its_name(path):
    other = path.rename(path.with_suffix(".xlsx"))
    found = inspect_file(other)
    assert found.opened.reading == {"file": "sites.xlsx", "reader": "xlsx", "sheet": "Sites"}
    assert found.draft.tables[-1].table == "sites"


def test_a_file_that_breaks_off_is_refused_kindly(path):
    content = path.read_bytes()
    for length in (600, 1_100, 2_000):
        path.write_bytes(content[:length])
        with pytest.raises(DataProblems):
            read_xlsx(path, "sites.xls", "Sites")
