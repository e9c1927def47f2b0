"""The command that makes tagged PDFs of published pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workbench.cli.consoles import out, progress
from workbench.cli.options import PublishedOption, StudyOption
from workbench.cli.published import published_version

FOLDER = "pdf"


def pdf(
    study: StudyOption = Path(),
    quarter: PublishedOption = "",
    site: Annotated[
        list[str] | None, typer.Option("--site", help="This site; may be given again.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="The network and every site with a report.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder of the PDFs, if not build/pdf.")
    ] = None,
) -> None:
    """Make tagged PDFs of published pages: the network's, or those of sites."""
    from workbench.reporting.pdf import pdf_maker, write_pdf
    from workbench.settings import open_study

    opened = open_study(study)
    version = published_version(opened, quarter)
    pages = _pages(version, tuple(site or ()), every)
    pdf_maker()  # what is missing is told before anything is made
    place = (folder or opened.folder / "build" / FOLDER) / version.parent.name / version.name
    with progress() as tell:
        for done, page in enumerate(pages):
            tell(page, done, len(pages))
            target = (place / page).with_suffix(".pdf")
            write_pdf(version / page, target, opened.folder)
        tell("PDFs", len(pages), len(pages))
    made = "1 PDF is" if len(pages) == 1 else f"{len(pages)} PDFs are"
    out.print(f"{made} in {escape(str(place))}")
    out.print("The web page stays the form that everybody can read; give it along where you can.")


def _pages(version: Path, sites: tuple[str, ...], every: bool) -> list[str]:
    """Pages that are asked for, by their path in the version; the network's if nothing is."""
    from workbench.errors import ParameterError
    from workbench.reporting.report import NETWORK_PAGE
    from workbench.running.manifest import read_manifest

    if every and sites:
        raise ParameterError("Say either --all or --site, not both.")
    reports = read_manifest(version)["reports"]
    if unknown := [name for name in sites if name not in reports]:
        known = ", ".join(list(reports)[:20]) or "none"
        raise ParameterError(
            f"No report of {', '.join(unknown)} is in {version.parent.name}, {version.name}. "
            f"Sites with one: {known}."
        )
    if every:
        return [NETWORK_PAGE, *reports.values()]
    return [reports[name] for name in sites] or [NETWORK_PAGE]
