"""The folder of a run's results: tables, findings, quality and pages, by their fixed names.

Notebooks hand their results over here and nowhere else, so that every figure of a report has a
file behind it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import SettingsError
from workbench.finding_list import FindingList
from workbench.findings import Finding, read_findings, write_findings
from workbench.kept_frames import read_parquet
from workbench.language import say
from workbench.quarters import Quarter
from workbench.settings import Study
from workbench.shown import Shown

WORKING = "working"
"""Results folder of notebooks that are run by hand, under the study's reports."""
RUN_FILE = "run.json"


@dataclass(frozen=True)
class Results(Shown):
    """Results of one run of one quarter.

    Attributes
    ----------
    folder
        Folder that holds ``accepted/``, ``tables/``, ``findings/`` and ``quality/``.
    study
        The study they belong to.
    """

    folder: Path
    study: Study

    def in_short(self) -> dict[str, Any]:
        """Give what a notebook shows of them."""
        about = self.about if (self.folder / RUN_FILE).is_file() else {}
        held = {name: _names(self.folder / name, "*") for name in ("accepted", "tables")}
        found = read_findings(self.folder / "findings")
        inside = self.folder.is_relative_to(self.study.folder)
        folder = self.folder.relative_to(self.study.folder) if inside else self.folder.name
        return {"folder": folder, "quarter": about.get("quarter"), **held, "findings": found}

    def start(self, about: Mapping[str, Any]) -> None:
        """Note what the run is about; ``quarter`` is among it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dict(about), indent=2, ensure_ascii=False, sort_keys=True)
        (self.folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")

    @property
    def about(self) -> dict[str, Any]:
        """What the run is about.

        Raises
        ------
        SettingsError
            If the data-quality notebook has not been run.
        """
        path = self.folder / RUN_FILE
        if not path.is_file():
            raise SettingsError(
                f"There are no checked data in {self.folder}. Run 01_data_quality first."
            )
        return dict(json.loads(path.read_text(encoding="utf-8")))

    @property
    def quarter(self) -> Quarter:
        """Quarter of the report."""
        return self.study.quarter(self.about["quarter"])

    def write_accepted(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Keep the rows that may be used."""
        for name, frame in tables.items():
            self._write(frame, self.folder / "accepted" / f"{name}.parquet")

    def accepted(self, name: str) -> pd.DataFrame:
        """Read the accepted rows of a table; an empty frame if it was not handed in."""
        path = self.folder / "accepted" / f"{name}.parquet"
        return pd.read_parquet(path) if path.is_file() else pd.DataFrame()

    def write_tables(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Keep evidence tables by name."""
        for name, frame in tables.items():
            self._write(frame, self.folder / "tables" / f"{name}.parquet")

    def table(self, name: str) -> pd.DataFrame:
        """Evidence table of a name; a frame without rows or columns if there is none."""
        path = self.folder / "tables" / f"{name}.parquet"
        return read_parquet(path) if path.is_file() else pd.DataFrame()

    def table_before(self, name: str) -> pd.DataFrame:
        """Evidence table of the last quarter published before this one; without rows if none."""
        before = self.published_before()
        return pd.DataFrame() if before is None else before.table(name)

    def published_before(self) -> Results | None:
        """Results of the last quarter published before this one; None if there is none."""
        earlier = self.study.published_before(self.quarter)
        return published_results(self.study, earlier[-1]) if earlier else None

    def write_row_use(self, use: pd.DataFrame) -> None:
        """Keep what became of a table's accepted rows: ``table, used, not_used, why_not_used``."""
        for table, rows in use.groupby("table"):
            self._write(rows, self.folder / "tables" / f"row_use_{table}.parquet")

    def row_accounting(self) -> pd.DataFrame:
        """Tell what became of every row received, table by table.

        Rows of ``sites`` and ``practitioners`` are looked up by every analysis. A table that no
        analysis has used says so.
        """
        accounting = self.table("row_accounting")
        rows = []
        for row in accounting.to_dict("records"):
            use = self.table(f"row_use_{row['table']}")
            if len(use):
                rows.append({**row, **use.iloc[0].to_dict()})
            elif row["table"] in ("sites", "practitioners"):
                rows.append({**row, "used": row["accepted"], "not_used": 0, "why_not_used": ""})
            else:
                why = say("no analysis of this report uses the table")
                rows.append({**row, "used": 0, "not_used": row["accepted"], "why_not_used": why})
        return pd.DataFrame(rows)

    def write_findings(self, notebook: str, findings: Iterable[Finding]) -> None:
        """Keep the findings of a notebook, such as ``02_fidelity_over_time``."""
        write_findings(findings, self.folder / "findings" / f"{notebook}.json")

    def findings(self, site_id: str | None = None) -> list[Finding]:
        """Read the findings of one site, of the network (empty text), or all (None)."""
        found = read_findings(self.folder / "findings")
        return FindingList(one for one in found if site_id is None or one.site_id == site_id)

    @property
    def quality_folder(self) -> Path:
        """Folder of the quality files."""
        folder = self.folder / "quality"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _write(self, frame: pd.DataFrame, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path, index=False)


def _names(folder: Path, pattern: str) -> list[str]:
    """Names of the files of a folder, without their ends."""
    return sorted(path.stem for path in folder.glob(pattern))


def published_results(study: Study, label: str) -> Results | None:
    """Results of the newest published version of a quarter; None if there is none."""
    folder = study.published(label)
    return Results(folder, study) if folder else None


def open_results(study: Study, folder: str = "") -> Results:
    """Open the results of a run: tables, findings and accepted rows by their names.

    Parameters
    ----------
    study
        The opened study.
    folder
        Folder of the results, from the study's folder, such as ``reports/2026Q3/v1`` for a
        published version. Empty: the working folder, where notebooks run by hand keep theirs.

    Returns
    -------
    Results
        ``table(name)`` and ``accepted(name)`` give frames (without rows or columns where there is
        none), ``findings(site_id)`` what was found. Nothing is read before it is asked for.

    Examples
    --------
    >>> import tempfile, workbench as wb
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "workbench.yml").write_text("network: Two Rivers")
    >>> results = wb.open_results(wb.open_study(folder))
    >>> results.folder.name, len(results.table("trajectories")), len(results.findings())
    ('working', 0, 0)
    """
    return Results(study.folder / folder if folder else study.reports / WORKING, study)
