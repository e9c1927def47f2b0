"""A kept release says what a fresh one says, and stands for nothing but what it was made from."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.findings import Finding
from workbench.reporting.sections_release import FOLDER, keep_release, kept_release, release_run
from workbench.results import Results
from workbench.settings import Privacy, Settings, Study

PRIVACY = Privacy(fewest_practitioners=5, fewest_plans=11)
NAMES = ("trajectories", "warnings", "actions_state", "priorities", "quality_coverage")


def results_with(folder, privacy=PRIVACY, slope=-2.0):
    results = Results(folder / "run", Study(folder, Settings(network="Net", privacy=privacy)))
    place = {"level": 70.0, "state": "drifting", "site_id": "S1"}
    results.write_tables(
        {
            "trajectories": pd.DataFrame(
                [
                    {"scope": "site", "slope": slope, "n_practitioners": 9, **place},
                    {"scope": "site", "slope": -3.0, "n_practitioners": 4, **place},
                ]
            ),
            "warnings": pd.DataFrame(
                [
                    {"scope": "site", "practitioner_id": "", "n_practitioners": 9, **place},
                    {"scope": "practitioner", "practitioner_id": "P1", "n_practitioners": 1},
                ]
            ),
        }
    )
    told = Finding(
        "fidelity.direction", "?", "It falls.", estimate=-2.0, unit="points", n=30,
        n_practitioners=9, status="reported",
    )  # fmt: skip
    results.write_findings("02", [told])
    return results


def test_a_kept_release_says_what_a_fresh_one_says(tmp_path):
    results = results_with(tmp_path)
    keep_release(results)
    kept, fresh = kept_release(results), release_run(results)
    assert kept is not None
    assert kept.findings == fresh.findings
    for name in NAMES:
        # The one kind of text is Python's, the other Arrow's.
        pd.testing.assert_frame_equal(
            kept.table(name), fresh.table(name), check_dtype=False, check_column_type=False
        )
    assert kept.table("trajectories")["slope"].isna().to_list() == [False, True]


def test_no_row_about_a_practitioner_is_kept(tmp_path):
    results = results_with(tmp_path)
    keep_release(results)
    assert release_run(results).table("warnings")["practitioner_id"].to_list() == [""]
    assert all(b"P1" not in path.read_bytes() for path in (results.folder / FOLDER).glob("*.f*"))


def test_equal_evidence_gives_equal_bytes(tmp_path):
    kept = []
    for name in ("one", "two"):
        results = results_with(tmp_path / name)
        keep_release(results)
        files = sorted((results.folder / FOLDER).rglob("*.*"))
        kept.append({path.name: path.read_bytes() for path in files})
    assert kept[0] == kept[1]


def test_without_a_kept_release_there_is_none(tmp_path):
    assert kept_release(results_with(tmp_path)) is None


@pytest.mark.parametrize("changed", ["table", "new table", "findings", "privacy"])
def test_after_any_change_the_kept_release_is_none(tmp_path, changed):
    results = results_with(tmp_path)
    keep_release(results)
    if changed == "table":
        results = results_with(tmp_path, slope=-1.0)
    elif changed == "new table":
        results.write_tables({"leavers": pd.DataFrame({"n_practitioners": [9]})})
    elif changed == "findings":
        results.write_findings("03", [])
    else:
        results = Results(
            results.folder,
            Study(tmp_path, Settings(network="Net", privacy=Privacy(fewest_practitioners=8))),
        )
    assert kept_release(results) is None


def test_a_table_of_no_one_s_changes_nothing(tmp_path):
    results = results_with(tmp_path)
    keep_release(results)
    results.write_tables({"reported_sites": pd.DataFrame({"site_id": ["S1"]})})
    assert kept_release(results) is not None
