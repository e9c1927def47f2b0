"""The command that prints a published version in a page of plain text."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from workbench.cli.consoles import out
from workbench.cli.options import PublishedOption, StudyOption
from workbench.cli.published import published_version


def summary(
    study: StudyOption = Path(),
    quarter: PublishedOption = "",
) -> None:
    """Print what was published, in a page of plain text that an e-mail can carry."""
    from workbench.reporting.mail_summary import SUMMARY
    from workbench.settings import open_study

    folder = published_version(open_study(study), quarter)
    out.print(escape((folder / SUMMARY).read_text(encoding="utf-8")), end="")
