"""Commands that make a study, and that look at a new export for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workbench.cli.consoles import out
from workbench.cli.terminal import SafeConsole


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


def new(folder: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Make an empty study folder: settings, notebooks, and a place for your files."""
    from workbench.running.studies import make_study

    study = make_study(folder, with_settings_of="new")
    out.print(f"A new study is in {escape(str(study))}.")
    out.print("Next: put your tables into data/raw as CSV files, name your network in")
    out.print(f"workbench.yml, and run: workbench check --study {escape(str(folder))}")


def inspect(
    file: Annotated[Path, typer.Argument(help="An export: csv, a workbook or parquet.")],
    sheet: Annotated[
        str, typer.Option("--sheet", help="Sheet of a workbook, or form of a REDCap export.")
    ] = "",
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
    SafeConsole(highlight=False).print(InspectionPage(found))
    if write:
        if folder is None:
            raise SettingsError("There is no study to write the draft into: name it with --study.")
        written = write_drafts(found, folder)
        out.print("\nWritten: " + escape(", ".join(str(path) for path in written)))
    for line in found.next_steps(write, sorted(given.as_files)):
        out.print(escape(line))
