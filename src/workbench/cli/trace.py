"""The command that follows one finding back to the files that were received."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from workbench.cli.consoles import out
from workbench.cli.options import PublishedOption, StudyOption
from workbench.cli.published import published_version

if TYPE_CHECKING:
    from workbench.reporting.provenance import Link, Provenance

MOST_FILES = 6
MOST_SIGNS = 60
"""Signs of a list of rows that are printed; the whole list is in provenance.json."""


def trace(
    finding: Annotated[str, typer.Argument(help="Such as fidelity.direction.")],
    study: StudyOption = Path(),
    site: Annotated[str, typer.Option("--site", help="Site of the finding; the network's.")] = "",
    quarter: PublishedOption = "",
) -> None:
    """Print where a finding comes from: evidence, tables, files, rows, settings, code and lock."""
    from workbench.errors import ParameterError
    from workbench.reporting.provenance import read_provenance
    from workbench.settings import open_study

    opened = open_study(study)
    folder = published_version(opened, quarter)
    label = folder.parent.name
    chain = read_provenance(folder)
    if chain is None:
        told = ", ".join(opened.published_quarters())
        raise ParameterError(f"There is no published quarter with its chain. Published: {told}.")
    links = chain.of_place(site)
    link = next((one for one in links if one.finding_id == finding), None)
    if link is None:
        known = ", ".join(sorted({one.finding_id for one in links})) or "none"
        raise ParameterError(f"There is no such finding there. Findings: {known}.")
    place = f"site {site}" if site else "the network"
    out.print(f"[bold]{escape(link.finding_id)}[/bold] of {escape(place)}, {label}, {folder.name}")
    out.print(escape(link.question))
    _tell_files(folder, link)
    _tell_tables(folder, chain, link)
    _tell_foundations(chain)


def _tell_files(folder: Path, link: Link) -> None:
    out.print("\nFinding and evidence")
    _tell_file(folder, "finding", link.file)
    if link.evidence:
        _tell_file(folder, "evidence", link.evidence, link.evidence_sha256)
    _tell_file(folder, "made by", f"notebooks/{link.notebook}.ipynb")


def _tell_tables(folder: Path, chain: Provenance, link: Link) -> None:
    from workbench.reporting.provenance import site_rows

    out.print("\nAccepted tables that the notebook read, and the files and rows behind them")
    for name in link.rests_on:
        table = chain.accepted[name]
        _tell_file(folder, f"{table['rows']:,} rows", table["file"], table["sha256"])
        for one in table["made_from"][:MOST_FILES]:
            _tell("from", one["file"], one["sha256"], indent=4)
            _tell("rows", _cut(one["rows"]), indent=6)
            if link.site_id and (own := site_rows(folder, name, one["file"], link.site_id)):
                _tell("of them the site's", _cut(own), indent=6)
        if (more := len(table["made_from"]) - MOST_FILES) > 0:
            _tell("from", f"{more:,} more files: see provenance.json", indent=4)


def _cut(rows: str) -> str:
    """Cut a long list of rows at a comma."""
    return rows if len(rows) <= MOST_SIGNS else f"{rows[:MOST_SIGNS].rsplit(',', 1)[0]}, ..."


def _tell_foundations(chain: Provenance) -> None:
    from workbench.reporting.provenance import FOUNDATIONS

    out.print("\nThe run rests on")
    _tell("workbench", chain.foundations.get("workbench", ""))
    for name, words in FOUNDATIONS.items():
        if chain.foundations.get(name):
            _tell(name, words, chain.foundations[name])


def _tell_file(folder: Path, what: str, name: str, sha256: str = "") -> None:
    """Print a file of the version with its hash of now, and whether it is as it was."""
    from workbench.running.staged_run import hash_of

    path = folder / name
    now = hash_of(path) if path.is_file() else ""
    verdict = "" if now and sha256 in ("", now) else " - NOT AS IT WAS PUBLISHED"
    _tell(what, name, f"{sha256 or now}{verdict}")


def _tell(what: str, told: str, sha256: str = "", indent: int = 2) -> None:
    digest = f"  sha256 {sha256}" if sha256 else ""
    out.print(escape(f"{'':{indent}}{what}: {told}{digest}"), soft_wrap=True, highlight=False)
