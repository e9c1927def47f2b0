"""The command line: ``workbench demo | new | check | run | inspect``.

Exit codes: 0 done, 1 done with sites missing, 2 refused (the data or the command need attention),
3 fault of the machine or of the workbench.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from workbench.errors import WorkbenchError
from workbench.wording import count_of

DONE, SITES_MISSING, REFUSED, FAULT = 0, 1, 2, 3

app = typer.Typer(
    help="Is practice strengthening or drifting, what is reinforced, and what next?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

StudyOption = Annotated[Path, typer.Option("--study", help="Folder of the study.")]
DataOption = Annotated[
    str, typer.Option("--data", help="Folder of the files received, if not data/raw.")
]
AsOfOption = Annotated[
    str, typer.Option("--as-of", help="Day of the run as 2026-09-30; today if left out.")
]


@app.command()
def demo(folder: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Make a study folder with the example network, which is synthetic."""
    from workbench.data.synthetic import write_example
    from workbench.running.studies import make_study, refuse_other_files

    refuse_other_files(folder, lambda study: write_example(study).files)
    study = make_study(folder, with_settings_of="example")
    example = write_example(study)
    out.print(
        f"The example network is in {escape(str(folder))}: {len(example.files)} files in data/raw."
    )
    out.print(f"Next: workbench run --study {escape(str(folder))}")


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Make an empty study folder: settings, notebooks, and a place for your files."""
    from workbench.running.studies import make_study

    study = make_study(folder, with_settings_of="new")
    out.print(f"A new study is in {escape(str(study))}.")
    out.print("Next: put your tables into data/raw as CSV files, name your network in")
    out.print(f"workbench.yml, and run: workbench check --study {escape(str(folder))}")


@app.command()
def check(study: StudyOption = Path(), data: DataOption = "", as_of: AsOfOption = "") -> None:
    """Check what was received, and say what was set aside and why. Publishes nothing."""
    from workbench.results import Results
    from workbench.running.quarterly import check_data
    from workbench.settings import open_study

    opened = open_study(study)
    with _progress() as progress:
        progress("Checking what was received", 0, 1)
        folder = check_data(opened, as_of, _absolute(data))
    found = Results(folder, opened)
    _tell_rows(found.table("row_accounting").to_dict("records"))
    _tell_reasons(found.table("set_aside_by_reason").to_dict("records"))
    _tell_corrections(found.table("corrections").to_dict("records"))
    workbook = folder / "quality" / "rows_set_aside.xlsx"
    out.print(f"\nThe rows themselves, with their row numbers: {escape(str(workbook))}")
    if (work := folder / "quality" / "rows_to_mend").is_dir():
        out.print(f"To be mended and sent back, a workbook a site: {escape(str(work))}")


@app.command()
def run(
    study: StudyOption = Path(),
    quarter: Annotated[
        str, typer.Option("--quarter", help="Such as 2026Q3, or latest.")
    ] = "latest",
    site: Annotated[
        list[str] | None, typer.Option("--site", help="Only this site; may be given again.")
    ] = None,
    data: DataOption = "",
    as_of: AsOfOption = "",
) -> None:
    """Run a quarter: check, analyse, and publish a report for the network and each site."""
    from workbench.running.manifest import read_manifest
    from workbench.running.quarterly import run_quarter
    from workbench.settings import open_study

    opened = open_study(study)
    with _progress() as progress:
        published = run_quarter(
            opened, quarter, tuple(site or ()), as_of, _absolute(data), progress
        )
    _tell_rows(read_manifest(published.folder)["row_accounting"])
    pages = count_of(len(published.sites), "site report")
    out.print(
        f"[bold]{published.quarter}[/bold]: {pages} and the network's are published in "
        f"{escape(str(published.folder))}."
    )
    out.print(f"Open {escape(str(published.folder / 'network.html'))}")
    if published.replaced:
        out.print(
            f"The quarter was published before with {count_of(len(published.replaced), 'site')} "
            "more. Run it without --site to make all of them again."
        )
    if published.too_small:
        fewest = opened.settings.privacy.fewest_practitioners
        out.print(
            f"{count_of(len(published.too_small), 'site')} with fewer than {fewest} practitioners "
            "get no page of their own: it would be about individuals."
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
        raise typer.Exit(SITES_MISSING)


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="An export: csv, a workbook or parquet.")],
    sheet: Annotated[str, typer.Option("--sheet", help="Sheet of a workbook.")] = "",
    table: Annotated[str, typer.Option("--table", help="Table it feeds, if you know.")] = "",
    write: Annotated[
        bool, typer.Option("--write", help="Write the draft of the source file into the study.")
    ] = False,
    study: Annotated[Path | None, typer.Option("--study", help="Folder of the study.")] = None,
) -> None:
    """Look at a new export: what it holds, which tables it feeds, and a draft of how."""
    from workbench.data.inspection import inspect_file
    from workbench.data.inspection_page import InspectionPage
    from workbench.data.inspection_writing import given_tables, study_of, write_drafts
    from workbench.errors import SettingsError

    folder = study_of(file, study)
    given = given_tables(file, folder)
    found = inspect_file(file, sheet, table, folder, given.by_sources | given.as_files)
    Console(highlight=False).print(InspectionPage(found))
    if write:
        if folder is None:
            raise SettingsError("There is no study to write the draft into: name it with --study.")
        written = write_drafts(found, folder)
        out.print("\nWritten: " + escape(", ".join(str(path) for path in written)))
    for line in found.next_steps(write, sorted(given.as_files)):
        out.print(escape(line))


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on a terminal, a line a step elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    if not err.is_terminal:
        yield lambda what, done, of: err.print(f"{done}/{of} {escape(what)}")
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("Starting", total=None)
        yield lambda what, done, of: bar.update(
            task, description=escape(what), completed=done, total=of
        )


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
                f"({count_of(row['rows'], 'row')}, rule {row['rule_id']}). {row['what_to_do']}"
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


def _absolute(folder: str) -> str:
    return str(Path(folder).resolve()) if folder else ""


def main() -> None:
    """Run the command line; an error is a sentence and an exit code, never a traceback."""
    from workbench.errors import RunFault

    try:
        app()
    except RunFault as error:
        err.print(f"[bold]Fault:[/bold] {escape(str(error))}")
        sys.exit(FAULT)
    except WorkbenchError as error:
        err.print(f"[bold]Refused.[/bold] {escape(str(error))}")
        if (folder := getattr(error, "folder", None)) is not None and (folder / "quality").is_dir():
            err.print(f"The rows set aside are in {escape(str(folder / 'quality'))}")
        sys.exit(REFUSED)
    except OSError as error:
        err.print(f"[bold]Fault:[/bold] {escape(str(error))}")
        sys.exit(FAULT)
