"""A study with a published version made of a simulated network, without running notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from workbench.analysis.fidelity import fidelity_over_time
from workbench.data import instruments, panels, scoring
from workbench.data.synthetic import NetworkParameters, simulate_network
from workbench.results import Results
from workbench.settings import MANIFEST, Study, open_study

QUARTER = "2026Q3"
PARAMETERS = NetworkParameters(
    sites=6, fewest_practitioners=6, most_practitioners=8, first_quarter="2025Q2", quarters=6,
    planted_sites=(),
)  # fmt: skip
WANTED = ("sites", "practitioners", "fidelity_responses")


def published_study(folder: Path, individual_view: bool = True) -> Study:
    """Write the study; its tables of trajectories are those of the notebook on fidelity."""
    allowed = f"privacy:\n  individual_view: {str(individual_view).lower()}\n"
    (folder / "workbench.yml").write_text(f"network: Our network\n{allowed}", encoding="utf-8")
    study = open_study(folder)
    results = Results(study.reports / QUARTER / "v1", study)
    results.start({"quarter": QUARTER, "network": "Our network", "note": ""})
    tables = simulate_network(PARAMETERS, seed=1).tables
    results.write_accepted({name: _typed(tables[name]) for name in WANTED})
    seen, parts, now = panel_of(results)
    limits = study.settings.thresholds
    results.write_tables(fidelity_over_time(seen, parts, QUARTER, now, limits).tables())
    manifest = {"reports": {}, "sites_missing": {}}
    (results.folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return study


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Days as days; the simulated export has text in every cell."""
    days = [name for name in table.columns if name.endswith("_on")]
    return table.assign(**{name: pd.to_datetime(table[name]) for name in days})


def panel_of(results: Results):
    """Observations, components and the end of the quarter."""
    definitions = instruments.load_instruments()
    valued = scoring.value_responses(results.accepted("fidelity_responses"), definitions)
    scored, people = (
        scoring.score_observations(valued, definitions),
        results.accepted("practitioners"),
    )
    panel = panels.observation_panel(scored, people, results.quarter)
    parts = panels.component_panel(scoring.score_components(valued, definitions), panel)
    return panel.by_observation, parts, panel.now
