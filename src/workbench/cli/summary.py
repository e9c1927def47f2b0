"""The command that prints a published version in a page of plain text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from workbench.cli.consoles import out
from workbench.cli.options import StudyOption


def summary(
    study: StudyOption = Path(),
    quarter: Annotated[
        str, typer.Option("--quarter", help="Such as 2026Q3; the newest published if left out.")
    ] = "",
) -> None:
    """Print what was published, in a page of plain text that an e-mail can carry."""
    from workbench.errors import ParameterError
    from workbench.reporting.mail_summary import SUMMARY
    from workbench.settings import open_study

    opened = open_study(study)
    quarters = opened.published_quarters()
    label = str(opened.quarter(quarter)) if quarter else next(reversed(quarters), "")
    folder = opened.published(label)
    if folder is None:
        published = ", ".join(quarters) or "none so far"
        raise ParameterError(f"There is no such published quarter. Published: {published}.")
    out.print(escape((folder / SUMMARY).read_text(encoding="utf-8")), end="")
