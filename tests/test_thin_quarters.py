"""Quarters in which little can be said: pages are written all the same, and say why."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.conform import conform, empty_table
from workbench.data.extract import Extract
from workbench.data.intake import with_slugs
from workbench.data.quality_rules import RULE_COLUMNS
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import NetworkParameters, simulate_network
from workbench.resources import resource_file
from workbench.results import Results
from workbench.running.studies import make_study
from workbench.settings import open_study
from workbench.versions import versions

SMALL = NetworkParameters(
    sites=4,
    fewest_practitioners=6,
    most_practitioners=8,
    first_quarter="2025Q2",
    quarters=6,
    planted_sites=(),
)
TABLES = ("sites", "practitioners", "fidelity_responses")
ABOUT = {
    "network": "Thin",
    "note": "",
    "quarter": "2026Q3",
    "as_of": "2026-09-30",
    "inputs": [],
    "notes": [],
    "versions": versions(),
    "waivers": [],
}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    schemas, made = load_schemas(), simulate_network(SMALL).tables
    return {
        name: conform(Extract(name, made[name], f"{name}.csv", ""), schemas[name])
        for name in TABLES
    }


def pages_of(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Words of each page that notebooks 02 and 06 make of some accepted tables."""
    study = open_study(make_study(tmp_path / "study", with_settings_of="new"))
    results = Results(tmp_path / "results", study)
    results.start(ABOUT)
    nothing = {name: empty_table(schema) for name, schema in load_schemas().items()}
    results.write_accepted({**nothing, **tables})
    counts = {name: len(frame) for name, frame in tables.items()}
    results.write_tables(
        {
            "sites": with_slugs(tables["sites"]),
            "quality_rules": pd.DataFrame(columns=RULE_COLUMNS),
            "missing_tables": pd.DataFrame(columns=["table", "would_add"]),
            "inputs": pd.DataFrame(columns=["table", "source", "rows", "sha256"]),
            "row_accounting": pd.DataFrame(
                [(name, count, count, 0, 0) for name, count in counts.items()],
                columns=["table", "received", "accepted", "set_aside", "returned"],
            ),
        }
    )
    given = {"study_folder": str(study.folder), "results_folder": str(results.folder)}
    run("02_fidelity_over_time", {**given, "quarter": "2026Q3"})
    found = {}
    for site in ("002", ""):
        page = run("06_quarterly_report", {**given, "site_id": site})["page"]
        text = re.sub(r"<style.*?</style>|<[^>]+>", " ", page.read_text(), flags=re.DOTALL)
        found[site] = re.sub(r"\s+", " ", html.unescape(text)).replace("’", "'")
    return found


def run(notebook: str, parameters: dict[str, str]) -> dict[str, object]:
    """Run the code of a notebook here; gives its names."""
    path = resource_file(f"notebooks/{notebook}.ipynb")
    names: dict[str, object] = {"display": lambda *_: None}
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", ()):
                names.update(parameters)
    return names


def test_a_site_without_a_row_has_a_page_that_says_so(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    people = tables["practitioners"]
    there = set(people.loc[people["site_id"] == "002", "practitioner_id"])
    responses = tables["fidelity_responses"]
    thin = {**tables, "fidelity_responses": responses[~responses["practitioner_id"].isin(there)]}
    pages = pages_of(tmp_path, thin)
    for answer in (
        "There is no finding that can be reported this quarter. The next part says why.",
        "What does practice look like this quarter? Nobody was observed in 2026Q3.",
        "Is practice strengthening or drifting? No observation of practice could be used.",
    ):
        assert answer in pages["002"]
    assert "Birch Hollow" in pages[""]


def test_a_network_of_one_rating_has_pages_that_say_why_no_slope_is_told(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    same = tables["fidelity_responses"].assign(response=2.0)
    pages = pages_of(tmp_path, {**tables, "fidelity_responses": same})
    reason = "Every value of 'fidelity' is the same: nothing to model."
    for page in pages.values():
        said, open_questions = page.split("What we can't say, and why", 1)
        assert "Fidelity was 50% in 2026Q3" in said
        asked, _, why = open_questions.partition("Is practice strengthening or drifting? ")
        assert not asked.strip()
        assert why.startswith(f"The model that these observations need can't be fitted. {reason}")
