"""Receiving a quarter: read, type and check everything that a study was handed in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.data.conform import empty_table
from workbench.data.delivery_rows import with_deliveries
from workbench.data.extracts import Extract, read_extracts
from workbench.data.facts import Instruments
from workbench.data.instruments import load_instruments
from workbench.data.mending import Mending, check_with_corrections
from workbench.data.panels import latest_quarter
from workbench.data.quality import QualityReport, check
from workbench.data.scale_questions import ask_about_scales
from workbench.data.schemas import TableSchema, load_schemas
from workbench.data.site_deliveries import (
    delivery_table,
    require_known_sites,
    set_sites_aside,
    share_set_aside,
)
from workbench.data.waivers import load_waivers
from workbench.errors import DataProblems, ParameterError, Problem, SettingsError
from workbench.quarters import Quarter
from workbench.settings import Study
from workbench.shown import Shown
from workbench.versions import versions

MOST = 0.99
"""Share of a table's rows beyond which nothing is left to go on with."""
CORE_TABLES = ("sites", "practitioners", "fidelity_responses")
"""Tables without which nothing can be said."""


@dataclass(frozen=True)
class Intake(Shown):
    """What was received for a quarter, checked.

    Attributes
    ----------
    extracts
        What was read, by table and file.
    quality
        What may be used, what was set aside and why.
    schemas, instruments
        What the tables and instruments are.
    mending
        What corrected rows that came back changed.
    """

    extracts: list[Extract]
    quality: QualityReport
    schemas: dict[str, TableSchema]
    instruments: Instruments
    mending: Mending = field(default_factory=Mending)

    def in_short(self) -> dict[str, Any]:
        """Give what a notebook shows of it: counts, and names of tables."""
        rows = self.quality.accounting[["received", "accepted", "set_aside"]].sum()
        told = {f"rows {str(name).replace('_', ' ')}": int(count) for name, count in rows.items()}
        return {
            "files": len({extract.source for extract in self.extracts}),
            "tables": list(self.quality.accepted),
            "not handed in": list(self.missing_tables()["table"]),
            **told,
            "rules that forbid going on": len(self.quality.critical),
        }

    @property
    def inputs(self) -> list[dict[str, object]]:
        """Table, file, rows and SHA-256 of everything read."""
        return [
            {
                "table": extract.table,
                "source": extract.source,
                "rows": extract.received,
                "sha256": extract.fingerprint,
            }
            for extract in self.extracts
        ]

    def accepted(self) -> dict[str, pd.DataFrame]:
        """Rows that may be used, by table; a table that was not handed in has none."""
        return {
            name: self.quality.accepted.get(name, empty_table(schema))
            for name, schema in self.schemas.items()
        }

    def missing_tables(self) -> pd.DataFrame:
        """Tables that were not handed in, and what each would add."""
        rows = [
            {"table": name, "would_add": schema.adds}
            for name, schema in self.schemas.items()
            if name not in self.quality.accepted
        ]
        return pd.DataFrame(rows, columns=["table", "would_add"])

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables: sites with their slugs, row accounting, rules, rows by reason."""
        reasons = self.quality.reasons.merge(
            self.quality.rules[["table", "rule_id", "title"]], on=["table", "rule_id"], how="left"
        )
        reasons["title"] = reasons["title"].fillna(reasons["reason"])
        by_reason = (
            reasons.drop_duplicates(["table", "position", "rule_id"])
            .groupby(["table", "rule_id", "title", "column", "what_to_do"])
            .size()
            .rename("rows")
            .reset_index()
        )
        return {
            "sites": with_slugs(self.quality.accepted["sites"]),
            "row_accounting": self.quality.accounting.assign(
                returned=self.quality.accounting["table"].map(self.mending.count_returned)
            ),
            "corrections": self.mending.corrections,
            "quarantine": self.mending.quarantine,
            "set_aside_by_reason": by_reason,
            "quality_rules": self.quality.rules,
            "missing_tables": self.missing_tables(),
            "inputs": pd.DataFrame(self.inputs),
            "site_deliveries": delivery_table(self.extracts),
        }

    def about(self, study: Study, quarter: str, as_of: str) -> dict[str, object]:
        """Tell what a run of this quarter is about, as results and manifest keep it."""
        return {
            "network": study.settings.network,
            "note": study.settings.note,
            "quarter": str(self.quarter(quarter, study)),
            "as_of": as_of or dt.date.today().isoformat(),
            "inputs": self.inputs,
            "notes": list(self.quality.notes),
            "versions": versions(),
            "waivers": [waiver.model_dump(mode="json") for waiver in self.quality.waivers],
        }

    def label(self, quarter: str, study: Study) -> str:
        """Label of the quarter that a run is about; empty where it is not known."""
        try:
            return str(self.quarter(quarter, study))
        except SettingsError:
            return ""

    def quarter(self, label: str, study: Study) -> Quarter:
        """Find the quarter that a label names; ``latest`` is that of the last observation.

        Raises
        ------
        SettingsError
            If it is no quarter, or nothing was observed up to its end.
        """
        responses = self.quality.accepted["fidelity_responses"]
        if responses.empty:
            raise SettingsError("No fidelity response was accepted, so there is no quarter.")
        if label == "latest":
            return latest_quarter(responses, study.settings.fiscal_year_starts)
        quarter = study.quarter(label)
        first = responses["observed_on"].min()
        if first > pd.Timestamp(quarter.last_day):
            raise SettingsError(
                f"Nothing was observed up to the end of {label}. The first observation is in "
                f"{study.quarter_of(first.date())}: name that quarter or a later one."
            )
        return quarter


def receive(study: Study, as_of: str = "", folder: str = "") -> Intake:
    """Read and check everything that a study was handed in.

    Parameters
    ----------
    study
        The opened study.
    as_of
        Day of the run as year-month-day; today if empty. Later dates lie in the future.
    folder
        Folder of the files; the study's ``data/raw`` if empty.

    Returns
    -------
    Intake
        ``accepted()`` gives the checked tables by name, typed; ``quality.quarantine`` the rows set
        aside and ``quality.accounting`` what became of every row; ``missing_tables()`` what was
        not handed in, and what each would add.

    Raises
    ------
    ParameterError
        If ``as_of`` is not a day.
    DataProblems
        If a file can't be read or lacks a required column; every problem at once. Rules that fail
        are in ``quality`` instead, and so is what is wrong in the files of a few sites only.

    Examples
    --------
    >>> import tempfile, workbench as wb
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "workbench.yml").write_text("network: Two Rivers")
    >>> (folder / "data" / "raw").mkdir(parents=True)
    >>> for name, table in wb.simulated_tables(sites=2, quarters=2).items():
    ...     if name in ("sites", "practitioners", "fidelity_responses"):
    ...         table.to_csv(folder / "data" / "raw" / f"{name}.csv", index=False)
    >>> received = wb.receive(wb.open_study(folder), as_of="2024-03-31")
    >>> received.quality.accounting["set_aside"].sum()
    np.int64(0)
    >>> sorted(received.quality.accepted)
    ['fidelity_responses', 'practitioners', 'sites']
    """
    schemas = load_schemas(study.folder)
    instruments = load_instruments(study.folder)
    extracts = read_extracts(study, schemas, Path(folder) if folder else None)
    day, waivers = _day(as_of), load_waivers(study)
    thresholds = study.settings.thresholds

    def checked(rows: list[Extract]) -> QualityReport:
        used = [one for one in rows if not one.problems]
        # Rows of the network's own tables about people of a failed site are about nobody now.
        share = min(thresholds.largest_share_set_aside + share_set_aside(rows), MOST)
        return with_deliveries(check(used, schemas, instruments, day, waivers, share), rows)

    while True:
        try:
            asked = _asked(extracts, instruments)
            quality, mending = check_with_corrections(asked, schemas, study.folder, checked)
            break
        except DataProblems as error:
            # What is wrong in the files of a site costs that site; each turn sets more aside.
            share = thresholds.largest_share_of_sites_set_aside
            extracts = set_sites_aside(extracts, error.problems, share)
    require_known_sites(asked, quality.accepted["sites"]["site_id"])
    return Intake(asked, quality, schemas, instruments, mending)


def _asked(extracts: list[Extract], instruments: Instruments) -> list[Extract]:
    """Ask what is to be asked of all that is used; what is set aside stays as it is."""
    used = ask_about_scales([one for one in extracts if not one.problems], instruments)
    _require_core_tables(used)
    return [*used, *(one for one in extracts if one.problems)]


def with_slugs(sites: pd.DataFrame) -> pd.DataFrame:
    """Sites with the slug under which each one's report is kept; an identifier is never a path."""
    ordered = sites.sort_values("site_id").reset_index(drop=True)
    numbers = range(1, len(ordered) + 1)
    names = ordered["site_name"] if "site_name" in ordered.columns else ordered["site_id"]
    return ordered.assign(
        site_name=names.fillna(ordered["site_id"]),
        slug=[f"site-{number:03d}" for number in numbers],
    )


def _day(as_of: str) -> dt.date:
    try:
        return dt.date.fromisoformat(as_of) if as_of else dt.date.today()
    except ValueError:
        raise ParameterError(
            f"'{as_of}' is not a day. Write year-month-day, as in 2026-03-31."
        ) from None


def _require_core_tables(extracts: list[Extract]) -> None:
    there = {extract.table for extract in extracts if len(extract.frame) or extract.uneven}
    empty = {extract.table: extract.source for extract in extracts}
    missing = [table for table in CORE_TABLES if table not in there]
    if missing:
        raise DataProblems(
            Problem(
                "missing_table",
                table,
                f"The table '{table}' has no rows, and without it nothing can be said."
                if table in empty
                else f"The table '{table}' was not handed in.",
                "Export it again with its rows."
                if table in empty
                else f"Put {table}.csv into data/raw, or map an export to it in a source file.",
                empty.get(table, f"{table}.csv"),
            )
            for table in missing
        )
