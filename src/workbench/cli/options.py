"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyOption = Annotated[Path, typer.Option("--study", help="Folder of the study.")]
PublishedOption = Annotated[
    str, typer.Option("--quarter", help="Such as 2026Q3; the newest published if left out.")
]
DataOption = Annotated[
    str, typer.Option("--data", help="Folder of the files received, if not data/raw.")
]
AsOfOption = Annotated[
    str, typer.Option("--as-of", help="Day of the run as 2026-09-30; today if left out.")
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="Reports made at a time; the machine's cores if left out."
    ),
]
DaskOption = Annotated[
    str,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Make the sites' reports on this Dask cluster, such as tcp://10.0.0.5:8786.",
    ),
]


def absolute(folder: str) -> str:
    """Path of a folder from anywhere; empty stays empty."""
    return str(Path(folder).resolve()) if folder else ""
