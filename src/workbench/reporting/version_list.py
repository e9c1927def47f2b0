"""The page of a quarter's versions, which leads to the newest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.language import say
from workbench.reporting.pages import environment_of


@dataclass(frozen=True)
class PublishedVersion:
    """One published version of a quarter.

    Attributes
    ----------
    folder
        Name of its folder, such as ``v2``.
    as_of
        Day of its run.
    reason
        Why it was published.
    reports
        Site reports in it.
    missing
        Sites whose report could not be made.
    """

    folder: str
    as_of: str
    reason: str
    reports: int
    missing: int


def render_version_list(
    network: str,
    quarter: str,
    versions: tuple[PublishedVersion, ...],
    study_folder: Path | None = None,
) -> str:
    """Write the page; versions are given newest first, at least one."""
    template = environment_of(study_folder).get_template("versions.html.j2")
    return template.render(
        title=f"{network}, {quarter}",
        kind=say("Quarterly reports"),
        quarter=quarter,
        versions=versions,
    )
