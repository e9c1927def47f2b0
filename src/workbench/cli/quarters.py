"""Commands that check what was received and run a quarter."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from workbench.cli.consoles import err, out, progress, stopped_kindly
from workbench.cli.exit_codes import SITES_MISSING
from workbench.cli.options import (
    AsOfOption,
    DaskOption,
    DataOption,
    StudyOption,
    WorkersOption,
    absolute,
)
from workbench.wording import english_count

if TYPE_CHECKING:
    from workbench.running.quarterly import Published
    from workbench.settings import Study

LEDGER_COLUMNS = ("when", "run", "event", "by", "before")


def check(study: StudyOption = Path(), data: DataOption = "", as_of: AsOfOption = "") -> None:
    """Check what was received, and say what was set aside and why. Publishes nothing."""
    from workbench.results import Results
    from workbench.running.quarterly import check_data
    from workbench.settings import open_study

    opened = open_study(study)
    with progress() as tell:
        tell("Checking what was received", 0, 1)
        folder = check_data(opened, as_of, absolute(data))
    found = Results(folder, opened)
    _tell_rows(found.table("row_accounting").to_dict("records"))
    _tell_reasons(found.table("set_aside_by_reason").to_dict("records"))
    _tell_corrections(found.table("corrections").to_dict("records"))
    workbook = folder / "quality" / "rows_set_aside.xlsx"
    out.print(f"\nThe rows themselves, with their row numbers: {escape(str(workbook))}")
    if (work := folder / "quality" / "rows_to_mend").is_dir():
        out.print(f"To be mended and sent back, a workbook a site: {escape(str(work))}")


def run(
    study: StudyOption = Path(),
    quarter: Annotated[
        str, typer.Option("--quarter", help="Such as 2026Q3, or latest.")
    ] = "latest",
    site: Annotated[
        list[str] | None,
        typer.Option("--site", help="A preview of this site only; may be given again."),
    ] = None,
    data: DataOption = "",
    as_of: AsOfOption = "",
    require_all: Annotated[
        bool,
        typer.Option(
            "--require-all/--allow-partial",
            help="Publish nothing if one site's report can't be made, or the others all the same.",
        ),
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", help="Why the quarter is published again; readers see it.")
    ] = "",
    workers: WorkersOption = None,
    dask: DaskOption = "",
) -> None:
    """Run a quarter: check, analyse, and publish a report for the network and each site."""
    from workbench.running.quarterly import run_quarter
    from workbench.settings import open_study

    opened = open_study(study)
    with progress() as tell, stopped_kindly():
        published = run_quarter(
            opened,
            quarter,
            tuple(site or ()),
            as_of,
            absolute(data),
            tell,
            require_all,
            reason,
            workers,
            dask,
        )
    _tell_outcome(opened, published)


def resume(
    study: StudyOption = Path(), workers: WorkersOption = None, dask: DaskOption = ""
) -> None:
    """Go on with a run that was broken off, or make the reports that the newest quarter lacks."""
    from workbench.running.quarterly import resume_quarter
    from workbench.settings import open_study

    opened = open_study(study)
    with progress() as tell, stopped_kindly():
        published = resume_quarter(opened, tell, workers, dask)
    _tell_outcome(opened, published)


def log(
    study: StudyOption = Path(),
    last: Annotated[int, typer.Option("--last", min=1, help="How many lines.")] = 30,
) -> None:
    """Print what was run, when, by whom and how it ended, and check that no line was changed."""
    from workbench.running.ledger import read_ledger
    from workbench.settings import open_study

    for line in read_ledger(open_study(study))[-last:]:
        facts = {name: told for name, told in line.items() if name not in LEDGER_COLUMNS}
        about = ", ".join(f"{name} {told}" for name, told in facts.items())
        parts = (line["when"], line["run"], line["event"], f"by {line['by']}", about)
        out.print(escape("  ".join(part for part in parts if part)))


def _tell_outcome(study: Study, published: Published) -> None:
    """Say what was published, what is missing, and what comes next."""
    from workbench.running.manifest import read_manifest

    folder, quarter = published.folder, f"[bold]{published.quarter}[/bold]"
    if published.unchanged:
        out.print(
            f"{quarter}: nothing has changed since {folder.name} was published, which stands. To "
            "publish it again, give a reason with --reason."
        )
        out.print(f"Open {escape(str(folder / 'network.html'))}")
        return
    _tell_rows(read_manifest(folder)["row_accounting"])
    pages = english_count(len(published.sites), "site report")
    if published.preview:
        out.print(f"{quarter}, a preview: {pages} and the network's are in {escape(str(folder))}.")
        out.print("Nothing was published. Run without --site to publish the quarter.")
    else:
        out.print(
            f"{quarter}, {folder.name}: {pages} and the network's are published in "
            f"{escape(str(folder))}."
        )
    out.print(f"Open {escape(str(folder / 'network.html'))}")
    if published.too_small:
        few = english_count(len(published.too_small), "site")
        fewest = study.settings.privacy.fewest_practitioners
        out.print(
            f"{few} with fewer than {fewest} practitioners get no page of their own: it would be "
            "about individuals."
        )
    if published.own_notebooks:
        names = ", ".join(published.own_notebooks)
        out.print(
            f"Run from this study's own version of {escape(names)}. Delete it to go back to the "
            "one that came with the workbench."
        )
    for name, why in published.missing.items():
        err.print(f"[bold]No report for site {escape(name)}:[/bold] {escape(why)}")
    if published.missing:
        if not published.preview:
            err.print("Mend the cause, then 'workbench resume' makes what is missing.")
        raise typer.Exit(SITES_MISSING)


def _tell_rows(accounting: list[dict[Hashable, Any]]) -> None:
    for row in accounting:
        out.print(
            f"{row['table']}: {row['received']:,} rows received = {row['accepted']:,} "
            f"accepted + {row['set_aside']:,} set aside"
        )


def _tell_reasons(reasons: list[dict[Hashable, Any]]) -> None:
    """Say why rows were set aside, and what to do about each kind."""
    if reasons:
        out.print("\nWhy rows were set aside:")
    for row in reasons:
        column = f", column '{row['column']}'" if row["column"] else ""
        out.print(
            escape(
                f"  {row['table']}{column}: {row['title']} "
                f"({english_count(row['rows'], 'row')}, rule {row['rule_id']}). {row['what_to_do']}"
            )
        )


def _tell_corrections(corrections: list[dict[Hashable, Any]]) -> None:
    """Say what became of every corrected row that came back, and why it was not used."""
    if corrections:
        out.print("\nCorrected rows that came back:")
    for row in corrections:
        why = f" {row['reason']}" if row["reason"] else ""
        place = f"{row['file']}, row {row['row']}: {row['table']}, row {row['source_row']}"
        out.print(escape(f"  {place}: {row['status']}.{why}"))
