"""The command that opens a study in JupyterLab."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workbench.cli.consoles import out
from workbench.cli.options import StudyOption
from workbench.wording import english_count


def lab(
    study: StudyOption = Path(),
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where to listen; a free one if 0.")
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address and open no browser.")
    ] = False,
) -> None:
    """Open the study in JupyterLab, at its start page. Only this machine can reach it."""
    from workbench.running.lab import START_PAGE, copy_missing_notebooks, run_lab
    from workbench.settings import open_study

    opened = open_study(study)
    copies = copy_missing_notebooks(opened)
    if copies:
        lacked = english_count(len(copies), "notebook")
        out.print(f"{lacked} that the study lacked put beside its own.")
    out.print(f"JupyterLab opens {escape(str(opened.folder / START_PAGE))}.")
    out.print("Choose Run, then Run All Cells. To end it, press Ctrl-C here.")
    run_lab(opened, port, browser=not no_browser)
