"""The chain from a finding to the files received, and the command that prints it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench.cli import app
from workbench.findings import Finding, not_estimable
from workbench.reporting.provenance import (
    inputs_of_place,
    read_provenance,
    row_ranges,
    site_rows,
    where_from_tables,
)
from workbench.results import Results
from workbench.running.provenance import keep_provenance, tables_named
from workbench.running.studies import make_study
from workbench.settings import MANIFEST, open_study

PEOPLE = ["Ana-Staff-01", "Ben-Staff-02", "Cem-Staff-03"]
FOUNDATIONS = {"settings": "5e" * 32, "code": "c0" * 32, "notebooks": "ab" * 32}


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def version(tmp_path: Path) -> Results:
    """A published version of two sites, whose second practitioner was set aside."""
    study = make_study(tmp_path / "study", with_settings_of="new")
    opened = open_study(study)
    results = Results(opened.reports / "2026Q3" / "v1", opened)
    results.start({"as_of": "2026-09-30", "quarter": "2026Q3"})
    results.write_accepted({
        "practitioners": pd.DataFrame({
            "practitioner_id": PEOPLE, "site_id": ["1", "1", "2"],
            "source_file": "people.csv", "source_row": [2, 4, 5],
        }),
        "fidelity_responses": pd.DataFrame({
            "practitioner_id": [PEOPLE[0], PEOPLE[2], PEOPLE[2]],
            "source_file": ["sites/1/r.csv", "sites/2/r.csv", "sites/2/r.csv"],
            "source_row": [2, 2, 3],
        }),
        "plans": pd.DataFrame(),
    })  # fmt: skip
    results.write_tables({
        "inputs": pd.DataFrame({
            "table": ["practitioners", "fidelity_responses", "fidelity_responses"],
            "source": ["people.csv", "sites/1/r.csv", "sites/2/r.csv"],
            "sha256": ["aa", "b1", "b2"],
        }),
        "trajectories": pd.DataFrame({"slope": [-1.0]}),
        "growth_terms": pd.DataFrame({"estimate": [70.0]}),
        "growth_glance": pd.DataFrame({
            "n_obs": [1863], "n_groups": ["practitioner_id: 150; site_id: 12; rater_id: 48"],
        }),
        "fidelity_by_quarter": pd.DataFrame({"quarter": ["2026Q3", "2026Q2", "2026Q3"]}),
    })  # fmt: skip
    evidence = "tables/trajectories.parquet"
    results.write_findings("02_fidelity", [
        Finding(id="fidelity.direction", question="Which way?", statement="Down: Ana-Staff-01.",
                site_id="2", estimate=-1.25, evidence=evidence),
        not_estimable("fidelity.direction", "Which way?", "too little was seen"),
    ])  # fmt: skip
    results.write_findings("01_revisions", [
        Finding(id="quality.revisions", question="Stable?", statement="Yes.", evidence=evidence),
    ])  # fmt: skip
    notebooks = {
        "01_data_quality": _notebook(tmp_path, 'assert received["plans"]'),
        "02_fidelity": _notebook(tmp_path, 'r = results.accepted("fidelity_responses")'),
    }
    keep_provenance(results, notebooks, FOUNDATIONS)
    (results.folder / MANIFEST).write_text("{}")
    return results


def _notebook(folder: Path, code: str) -> Path:
    path = folder / f"{abs(hash(code))}.ipynb"
    prose = {"cell_type": "markdown", "source": ['It says "plans".']}
    path.write_text(json.dumps({"cells": [prose, {"cell_type": "code", "source": [code]}]}))
    return path


def test_every_finding_leads_to_evidence_tables_files_and_rows(version: Results) -> None:
    chain = read_provenance(version.folder)
    assert chain is not None
    assert {(one.finding_id, one.site_id) for one in chain.links} == {
        ("fidelity.direction", "2"), ("fidelity.direction", ""), ("quality.revisions", ""),
    }  # fmt: skip
    (link,) = chain.of_place("2")
    assert link.evidence_sha256 == hash_of(version.folder / "tables" / "trajectories.parquet")
    assert (link.notebook, link.rests_on) == ("02_fidelity", ("fidelity_responses",))
    revisions = next(one for one in chain.links if one.finding_id == "quality.revisions")
    assert revisions.notebook == "01_data_quality"
    assert revisions.rests_on == ("fidelity_responses", "practitioners")  # all with rows
    table = chain.accepted["fidelity_responses"]
    assert table["sha256"] == hash_of(version.folder / "accepted" / "fidelity_responses.parquet")
    assert table["made_from"] == [
        {"file": "sites/1/r.csv", "sha256": "b1", "rows": "2"},
        {"file": "sites/2/r.csv", "sha256": "b2", "rows": "2-3"},
    ]
    assert chain.foundations["settings"] == FOUNDATIONS["settings"]
    assert re.fullmatch("[0-9a-f]{64}", chain.foundations["lock"])
    again = (version.folder / "provenance.json").read_bytes()
    chain.write(version.folder)
    assert (version.folder / "provenance.json").read_bytes() == again


def test_the_cohort_of_the_fit_is_told(version: Results) -> None:
    chain = read_provenance(version.folder)
    assert chain is not None
    assert chain.cohort == {
        "sites": 12, "practitioners": 150, "raters": 48, "observations": 1863, "quarters": 2,
        "first_quarter": "2026Q2", "last_quarter": "2026Q3", "as_of": "2026-09-30",
        "fit_sha256": hash_of(version.folder / "tables" / "growth_terms.parquet"),
    }  # fmt: skip
    cohort, findings, tables, _ = where_from_tables(version.folder, "2")
    told = dict(zip(cohort.frame["What"], cohort.frame["How many"], strict=True))
    assert (told["Sites"], told["Observations"], told["Quarters"]) == ("12", "1,863", "2")
    assert findings.frame["Finding"].tolist() == ["fidelity.direction"]
    assert tables.frame["Table"].tolist() == ["fidelity responses"]
    assert where_from_tables(version.folder / "nowhere") == ()


def test_trace_prints_the_chain_and_no_person(version: Results) -> None:
    study = str(version.study.folder)
    told = CliRunner().invoke(app, ["trace", "fidelity.direction", "--study", study, "--site", "2"])
    assert told.exit_code == 0, told.output
    wanted = (
        "tables/trajectories.parquet",
        hash_of(version.folder / "tables/trajectories.parquet"),
        "sites/2/r.csv  sha256 b2",
        "of them the site's: 2-3",
        FOUNDATIONS["settings"],
    )
    assert [text for text in wanted if text not in told.output] == []
    everything = told.output + (version.folder / "provenance.json").read_text()
    assert [person for person in PEOPLE if person in everything] == []
    assert "1.25" not in everything  # a number may be too small to be shown
    assert "NOT AS IT WAS" in told.output  # the executed notebook is not there
    version.write_tables({"trajectories": pd.DataFrame({"slope": [9.0]})})
    changed = CliRunner().invoke(app, ["trace", "quality.revisions", "--study", study])
    assert re.search(r"evidence: tables/trajectories\S+  sha256 \w+ - NOT AS IT", changed.output)


def test_trace_refuses_what_it_does_not_know(version: Results) -> None:
    study = str(version.study.folder)
    for asked in (["fidelity.direct"], ["fidelity.direction", "--quarter", "2020Q1"]):
        told = CliRunner().invoke(app, ["trace", *asked, "--study", study])
        assert type(told.exception).__name__ == "ParameterError"
    assert "fidelity.direction" in str(
        CliRunner().invoke(app, ["trace", "x", "--study", study]).exception
    )


def test_parts_of_the_chain(version: Results, tmp_path: Path) -> None:
    assert row_ranges([9, 2, 3, 3, 4]) == "2-4, 9"
    assert row_ranges([]) == ""
    assert site_rows(version.folder, "practitioners", "people.csv", "1") == "2, 4"
    both = _notebook(tmp_path, "for name in ('plans', \"supports\"): results.accepted(name)")
    assert tables_named(both, {"plans", "supports", "sites"}) == ("plans", "supports")
    deliveries = pd.DataFrame({"site_id": ["1", "2"], "file": ["sites/1/r.csv", "sites/2/r.csv"]})
    inputs = version.table("inputs")
    assert list(inputs_of_place(inputs, deliveries, "2")["sha256"]) == ["aa", "b2"]
    assert len(inputs_of_place(inputs, deliveries)) == len(inputs)
