"""The published version that a command reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.settings import Study


def published_version(study: Study, quarter: str) -> Path:
    """Folder of the newest version of a quarter; of the newest quarter if empty.

    Raises
    ------
    ParameterError
        If it is not published; what is published is told.
    """
    from workbench.errors import ParameterError

    quarters = study.published_quarters()
    label = str(study.quarter(quarter)) if quarter else next(reversed(quarters), "")
    version = study.published(label)
    if version is None:
        published = ", ".join(quarters) or "none so far"
        raise ParameterError(f"There is no such published quarter. Published: {published}.")
    return version
