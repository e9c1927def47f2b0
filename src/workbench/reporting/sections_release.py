"""The release of a run: what its pages may show, for all places, made once and kept beside it.

What may be shown of one site hangs on what is shown of the others, so the release of all places is
one. A kept release counts only for the very tables, findings, privacy settings and rules that it
was made from. After any change it is as if there were none, and the release is made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.findings import Finding, read_findings, write_findings
from workbench.kept_frames import kept, read_feather
from workbench.reporting.disclosure import ReleasedFindings, release, release_table
from workbench.reporting.disclosure_compliance import release_plan_findings
from workbench.reporting.disclosure_coverage import (
    release_by_site,
    release_coverage,
    release_coverage_findings,
)
from workbench.reporting.disclosure_drift import release_kinds, release_states
from workbench.reporting.disclosure_held import HeldBack, hold_back, hold_back_findings
from workbench.reporting.disclosure_kept import earlier_releases, keep_counts
from workbench.reporting.disclosure_lapse import (
    release_lapse,
    release_lapse_curve,
    release_lapse_findings,
)
from workbench.reporting.disclosure_reinforcement import release_support_findings
from workbench.reporting.evidence import SITE
from workbench.reporting.sections_organisation_evidence import (
    released_organisation_tables,
    with_role_gap,
)
from workbench.reporting.sections_plans_evidence import released_plan_tables
from workbench.reporting.sections_reinforcement_evidence import released_reinforcement_tables
from workbench.results import Results

FOLDER, FINDINGS, MADE_FROM = "released", "findings", "made_from.json"
ALL = "all.json"
RULES = ("disclosure*.py", "sections*evidence.py", "sections_release.py")
"""Modules in which it is written what may be shown."""

OF_PEOPLE = (
    "fidelity_by_quarter",
    "components_by_quarter",
    "trajectories",
    "modelled_course",
    "team_trajectories",
    "spread_within",
    "cohorts",
    "generations",
    "leavers",
    "boosters",
    "rater_severity",
    "rater_agreement",
    "role_gap",
    "component_movement",
    "adaptations_by_component",
)
OF_SITES = ("warnings", "chart_points")
"""Tables of which the rows about one practitioner are for the coach alone."""


@dataclass(frozen=True)
class RunRelease:
    """What the pages of a run may show.

    Attributes
    ----------
    findings
        Released findings of all places.
    table
        Gives a released table by its name, of all places; one without rows if there is none.
    """

    findings: ReleasedFindings
    table: Callable[[str], pd.DataFrame]


@dataclass(frozen=True)
class _NotedResults(Results):
    """Results that note which tables were read."""

    read: set[str] = field(default_factory=set)

    def table(self, name: str) -> pd.DataFrame:
        self.read.add(name)
        return super().table(name)


def release_run(results: Results) -> RunRelease:
    """Make the release of a run."""
    findings, held = _release(results)
    return RunRelease(findings, held.tables.__getitem__)


def keep_release(results: Results) -> None:
    """Make the release of a run and keep it beside its tables, for the reports of its places.

    All its counts are kept too, for the releases that come after.

    Raises
    ------
    ReleaseRefused
        If it would let counts of few people be worked out, together with earlier versions.
    """
    noted = _NotedResults(results.folder, results.study)
    findings, held = _release(noted)
    tables = held.tables
    folder = results.folder / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, frame in tables.items():
        frame.to_feather(_file(folder, name), compression="uncompressed")
    write_findings(findings, folder / FINDINGS / ALL)
    made_from = json.dumps(_made_from(results, sorted(noted.read)), indent=2, sort_keys=True)
    (folder / MADE_FROM).write_text(made_from + "\n", encoding="utf-8")
    keep_counts(held.blocks, held.fewest, results.folder)


def kept_release(results: Results) -> RunRelease | None:
    """Give the release that was kept; None if there is none, or not of what is there now."""
    folder = results.folder / FOLDER
    if not (folder / MADE_FROM).is_file():
        return None
    made_from = json.loads((folder / MADE_FROM).read_text(encoding="utf-8"))
    if made_from != _made_from(results, list(made_from["tables"])):
        return None
    findings = _kept_findings(folder / FINDINGS / ALL)
    return RunRelease(
        ReleasedFindings(findings, results.study.settings.privacy),
        lambda name: _kept_table(_file(folder, name)),
    )


def _kept_table(path: Path) -> pd.DataFrame:
    """Read a kept table; it is small, and its texts are quicker as Python's own than as Arrow's."""
    return _read_table(path).copy(deep=False)


@kept
def _read_table(path: Path) -> pd.DataFrame:
    with pd.option_context("mode.string_storage", "python"):
        return read_feather(path)


@kept
def _kept_findings(path: Path) -> tuple[Finding, ...]:
    return tuple(read_findings(path.parent))


def _release(results: Results) -> tuple[ReleasedFindings, HeldBack]:
    """Give the findings and tables that may be shown, for all places."""
    privacy = results.study.settings.privacy

    def released(name: str, people: str = "n_practitioners") -> pd.DataFrame:
        frame = results.table(name)
        return release_table(frame, privacy, people) if len(frame) else frame

    tables = {
        **{name: released(name) for name in OF_PEOPLE},
        **{name: _of_sites(released(name)) for name in OF_SITES},
        "driver_scores": released("driver_scores", "n_respondents"),
        "practitioner_states": release_states(results.table("practitioner_states"), privacy),
        "drift_kinds": release_kinds(results.table("drift_kinds"), privacy),
        "quality_coverage": release_coverage(results.table("quality_coverage"), privacy),
        "quality_timeliness": _timeliness(results),
        "lapse_summary": release_lapse(results.table("lapse_summary"), privacy),
        **released_organisation_tables(results),
        **released_reinforcement_tables(results),
        **released_plan_tables(results),
    }
    held = hold_back(results, tables, earlier_releases(results.study, results.folder))
    tables = with_role_gap(results, held.tables)
    # Read last: the curve must not tell what the summary hides.
    tables["lapse_curve"] = release_lapse_curve(
        results.table("lapse_curve"), tables["lapse_summary"], privacy
    )
    findings = release(results.findings(), privacy)
    findings = release_support_findings(findings, tables["support_ledger"])
    findings = release_coverage_findings(findings, tables["quality_coverage"])
    findings = release_plan_findings(findings, tables)
    findings = release_lapse_findings(findings, tables["lapse_summary"])
    findings = hold_back_findings(findings, tables)
    tables = {name: frame.reset_index(drop=True) for name, frame in tables.items()}
    return findings, replace(held, tables=tables)


def _timeliness(results: Results) -> pd.DataFrame:
    rated = results.table("quality_timeliness")
    if rated.empty:
        return rated
    return release_by_site(rated, "quality_timeliness", results.study.settings.privacy)


def _of_sites(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["scope"] == SITE] if len(frame) else frame


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.feather"


def _made_from(results: Results, tables: list[str]) -> dict[str, Any]:
    """Digests of all that a release hangs on; empty for a table that was not made."""
    rules = [path for pattern in RULES for path in Path(__file__).parent.glob(pattern)]
    found = (results.folder / "findings").glob("*.json")
    return {
        "privacy": results.study.settings.privacy.model_dump(mode="json"),
        "rules": {path.name: _digest(path) for path in sorted(rules)},
        "findings": {path.name: _digest(path) for path in sorted(found)},
        "tables": {name: _digest(results.folder / "tables" / f"{name}.parquet") for name in tables},
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
