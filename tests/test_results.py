"""Results of a run stand under fixed names, and every row received is accounted for."""

import pandas as pd
import pytest

from workbench.errors import SettingsError
from workbench.findings import Finding
from workbench.results import WORKING, Results, open_results
from workbench.settings import MANIFEST, SETTINGS_FILE, open_study


@pytest.fixture
def results(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("network: A\nfiscal_year_starts: 7\n")
    return open_results(open_study(tmp_path), "reports/2026Q3")


def test_results_of_notebooks_run_by_hand_have_a_folder_of_their_own(results):
    by_hand = open_results(results.study)
    assert by_hand.folder == results.study.reports / WORKING
    assert results.folder == results.study.reports / "2026Q3"


def test_what_a_run_is_about_is_kept(results):
    with pytest.raises(SettingsError, match="Run 01_data_quality first"):
        assert results.about
    results.start({"quarter": "2026Q3", "network": "Peña"})
    assert results.about == {"quarter": "2026Q3", "network": "Peña"}
    assert results.quarter.fiscal_year_starts == 7


def test_tables_come_back_as_they_were_and_absent_ones_are_empty(results):
    frame = pd.DataFrame({"site_id": ["007", None], "n": [1, 2]}).astype({"site_id": "str"})
    results.write_accepted({"sites": frame})
    results.write_tables({"scores": frame})
    pd.testing.assert_frame_equal(results.accepted("sites"), frame)
    pd.testing.assert_frame_equal(results.table("scores"), frame)
    assert results.accepted("plans").empty
    assert results.table("plans").empty


def test_every_accepted_row_is_used_or_says_why_not(results):
    tables = ["sites", "practitioners", "fidelity_responses", "plans"]
    accounting = pd.DataFrame(
        {"table": tables, "received": [3, 9, 100, 5], "accepted": [3, 8, 90, 5],
         "set_aside": [0, 1, 10, 0]}
    )  # fmt: skip
    results.write_tables({"row_accounting": accounting})
    use = {"table": "fidelity_responses", "used": 70, "not_used": 20, "why_not_used": "self"}
    results.write_row_use(pd.DataFrame([use]))
    rows = results.row_accounting().set_index("table")
    assert (rows["used"] + rows["not_used"] == rows["accepted"]).all()
    assert (rows["accepted"] + rows["set_aside"] == rows["received"]).all()
    assert rows.loc["fidelity_responses", "why_not_used"] == "self"
    assert rows.loc["practitioners", "used"] == 8
    assert rows.loc["plans", "used"] == 0
    assert "no analysis" in rows.loc["plans", "why_not_used"]


def test_findings_are_read_by_site(results):
    network, site = Finding("a", "b", "c"), Finding("a", "b", "c", site_id="007")
    results.write_findings("02_fidelity_over_time", [network, site])
    results.write_findings("01_data_quality", [Finding("d", "e", "f")])
    assert [one.id for one in results.findings()] == ["d", "a", "a"]
    assert results.findings("") == [Finding("d", "e", "f"), network]
    assert results.findings("007") == [site]


def test_the_quality_folder_is_there(results):
    assert results.quality_folder.is_dir()


def test_a_table_of_the_last_published_quarter_is_found(results):
    results.start({"quarter": "2026Q3"})
    assert results.table_before("cards").empty
    for label in ("2025Q4", "2026Q1", "2026Q4"):
        for version in ("v1", "v2"):
            folder = results.study.reports / label / version
            made = pd.DataFrame({"made_in": [f"{label} {version}"]})
            Results(folder, results.study).write_tables({"cards": made})
            (folder / MANIFEST).touch()
    Results(results.study.reports / "2026Q2" / "v1", results.study).write_tables({})
    assert results.study.published_before(results.quarter) == ["2025Q4", "2026Q1"]
    assert list(results.table_before("cards")["made_in"]) == ["2026Q1 v2"]
