"""Where a report's numbers come from: finding, evidence, accepted tables, files received.

The chain is kept in ``provenance.json`` of a version. It names files, hashes and row numbers, and
never a person, a number that was found, or a cell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import terms
from workbench.kept_frames import kept
from workbench.language import mark, say
from workbench.reporting.display_table import DisplayTable

PROVENANCE_FILE = "provenance.json"
SHOWN = 12
"""Digits of a hash that are enough to know a file again; the whole one is in the file."""
MOST_FILES = 3
FOUNDATIONS = {
    "settings": mark("Settings, rules, instruments and sources"),
    "notebooks": mark("Notebooks"),
    "code": mark("The workbench's code"),
    "packages": mark("Versions of the packages it rests on"),
    "lock": mark("List of locked packages"),
}


COHORT = {
    "sites": mark("Sites"),
    "practitioners": mark("Practitioners"),
    "raters": mark("Raters"),
    "observations": mark("Observations"),
    "quarters": mark("Quarters"),
    "first_quarter": mark("First quarter"),
    "last_quarter": mark("Last quarter"),
    "as_of": mark("Made from the data of the day"),
    "fit_sha256": mark("Fingerprint of the fit (SHA-256)"),
}


@dataclass(frozen=True)
class Link:
    """Where one finding comes from.

    Attributes
    ----------
    finding_id, site_id, question
        The finding; its site is empty for the network's.
    file
        File of the version that holds it.
    notebook
        Notebook that found it.
    evidence, evidence_sha256
        Table behind it; empty if it names none.
    rests_on
        Accepted tables that the notebook read.
    """

    finding_id: str
    site_id: str
    question: str
    file: str
    notebook: str
    evidence: str
    evidence_sha256: str
    rests_on: tuple[str, ...]


@dataclass(frozen=True)
class Provenance:
    """The chain of a version.

    Attributes
    ----------
    links
        One a finding.
    accepted
        For each accepted table its ``file``, ``sha256``, ``rows``, and under ``made_from`` each
        file received with its ``file``, ``sha256`` and the numbers of its ``rows`` that are used.
    foundations
        Hashes of settings, notebooks, code, packages and lock, and the workbench's version.
    cohort
        What the one fit of the network was made from, by the names of ``COHORT``; empty if there
        is no fit.
    """

    links: tuple[Link, ...]
    accepted: dict[str, dict[str, Any]]
    foundations: dict[str, str]
    cohort: dict[str, Any]

    def of_place(self, site_id: str = "") -> tuple[Link, ...]:
        """Links of the findings about a site; the network's if empty."""
        return tuple(link for link in self.links if link.site_id == site_id)

    def write(self, folder: Path) -> None:
        """Write ``provenance.json``."""
        content = {
            "findings": [vars(link) for link in self.links],
            "accepted": self.accepted,
            "foundations": self.foundations,
            "cohort": self.cohort,
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
        (folder / PROVENANCE_FILE).write_text(text + "\n", encoding="utf-8")


def read_provenance(folder: Path) -> Provenance | None:
    """Chain of a version's folder; None where there is none, as when a notebook is run by hand."""
    path = folder / PROVENANCE_FILE
    return _read(path) if path.is_file() else None


@kept
def _read(path: Path) -> Provenance:
    told = json.loads(path.read_text(encoding="utf-8"))
    links = (Link(**{**one, "rests_on": tuple(one["rests_on"])}) for one in told["findings"])
    return Provenance(tuple(links), told["accepted"], told["foundations"], told["cohort"])


def where_from_tables(folder: Path, site_id: str = "") -> tuple[DisplayTable, ...]:
    """Tables for the part "Where these numbers come from" of a page; none without a chain.

    Parameters
    ----------
    folder
        Folder of the results.
    site_id
        Site of the page; empty for the network's.
    """
    chain = read_provenance(folder)
    if chain is None:
        return ()
    links = chain.of_place(site_id)
    used = {table for link in links for table in link.rests_on}
    accepted = {name: one for name, one in chain.accepted.items() if name in used}
    found = (
        DisplayTable(say("The one fit of the network that every page reads"), _cohort_frame(chain)),
        DisplayTable(say("What each finding rests on"), _links_frame(links)),
        DisplayTable(
            say("Tables that these rest on, and the files received"), _tables_frame(accepted)
        ),
        DisplayTable(say("What the run rests on"), _foundations_frame(chain.foundations)),
    )
    return tuple(table for table in found if len(table.frame))


def site_rows(folder: Path, table: str, file: str, site_id: str) -> str:
    """Numbers of the rows of a file that are about a site; empty where a table names no site.

    Parameters
    ----------
    folder
        Folder of the version.
    table
        Accepted table.
    file
        File received.
    site_id
        The site.
    """
    rows = pd.read_parquet(folder / "accepted" / f"{table}.parquet")
    rows = rows[rows["source_file"] == file]
    sites = pd.Series(pd.NA, index=rows.index, dtype="object")
    if "site_id" in rows.columns:
        sites = rows["site_id"].astype("object")
    if "practitioner_id" in rows.columns:
        people = pd.read_parquet(folder / "accepted" / "practitioners.parquet")
        site_of = people.drop_duplicates("practitioner_id").set_index("practitioner_id")["site_id"]
        sites = sites.where(sites.notna(), rows["practitioner_id"].map(site_of))
    return row_ranges(rows.loc[[site == site_id for site in sites], "source_row"])


def row_ranges(rows: Iterable[int]) -> str:
    """Write row numbers shortly.

    >>> row_ranges([2, 3, 4, 7, 9, 10])
    '2-4, 7, 9-10'
    """
    parts: list[list[int]] = []
    for row in sorted(set(map(int, rows))):
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in parts)


def inputs_of_place(
    inputs: pd.DataFrame, deliveries: pd.DataFrame, site_id: str = ""
) -> pd.DataFrame:
    """Files received that a page lists: the network's own, and for a site's page that site's.

    Parameters
    ----------
    inputs
        Files received, with ``source``.
    deliveries
        What became of files that came by site; without rows if none did.
    site_id
        Site of the page; the network's page lists all.
    """
    if not site_id or deliveries.empty:
        return inputs
    others = deliveries.loc[deliveries["site_id"] != site_id, "file"]
    return inputs[~inputs["source"].isin(others)]


def _cohort_frame(chain: Provenance) -> pd.DataFrame:
    rows = [
        {mark("What"): say(words), mark("How many"): _written(chain.cohort[name])}
        for name, words in COHORT.items()
        if name in chain.cohort
    ]
    return pd.DataFrame(rows)


def _written(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _links_frame(links: Iterable[Link]) -> pd.DataFrame:
    rows = [
        {
            mark("Finding"): link.finding_id,
            mark("Question"): link.question,
            mark("Evidence"): link.evidence,
            mark("Fingerprint"): link.evidence_sha256[:SHOWN],
            mark("Notebook"): link.notebook,
            mark("Rests on"): ", ".join(say(terms.plain(table)) for table in link.rests_on),
        }
        for link in links
    ]
    return pd.DataFrame(rows)


def _tables_frame(accepted: dict[str, dict[str, Any]]) -> pd.DataFrame:
    rows = []
    for name, one in sorted(accepted.items()):
        files = one["made_from"]
        told = [f"{each['file']} ({each['sha256'][:SHOWN]})" for each in files[:MOST_FILES]]
        named, more = ", ".join(told), len(files) - MOST_FILES
        rows.append(
            {
                mark("Table"): say(terms.plain(name)),
                mark("Rows"): f"{one['rows']:,}",
                mark("Fingerprint"): one["sha256"][:SHOWN],
                mark("Files received"): named
                if more <= 0
                else say("{files} and {more} more", files=named, more=f"{more:,}"),
            }
        )
    return pd.DataFrame(rows)


def _foundations_frame(foundations: dict[str, str]) -> pd.DataFrame:
    rows = [
        {mark("What"): say(words), mark("Fingerprint (SHA-256)"): foundations[name]}
        for name, words in FOUNDATIONS.items()
        if foundations.get(name)
    ]
    return pd.DataFrame(rows)
