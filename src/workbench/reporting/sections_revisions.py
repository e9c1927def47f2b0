"""The section that tells whether numbers already published have held, and its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import tables_revisions as tables
from workbench.reporting.disclosure import blank_rows, release_table
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.report import Section
from workbench.results import Results
from workbench.settings import Privacy
from workbench.shown import Shown

TITLE = mark("Was last quarter's number stable?")
ROUNDING = 0.05
"""Half of the last digit of a number shown, in points."""
TELLING = 5.0
"""Points within which few newcomers' mean could be worked out from two shown numbers."""


@dataclass(frozen=True)
class RevisionEvidence(Shown):
    """Released evidence of revisions, for one place; tables without rows where there are none.

    Attributes
    ----------
    publication, revisions, numbers
        Evidence tables ``publication``, ``revisions`` and ``revised_numbers``.
    """

    publication: pd.DataFrame = field(default_factory=pd.DataFrame)
    revisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)


def released_revisions(results: Results) -> RevisionEvidence:
    """Evidence of revisions that may be shown."""
    numbers = results.table("revised_numbers")
    return RevisionEvidence(
        results.table("publication"),
        results.table("revisions"),
        release_numbers(numbers, results.study.settings.privacy) if len(numbers) else numbers,
    )


def release_numbers(numbers: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Blank the numbers from which the fidelity of few people could be worked out.

    Two means side by side tell the mean of those who joined between them. Where these are too few,
    both are hidden, unless rounding leaves their mean unknown by several points.
    """
    hide = ["then", "now", "change", "n_then", "n_now", "changed_rows"]
    released = release_table(numbers, privacy, hide=hide)
    joined = (numbers["n_now"] - numbers["n_then"]).abs()
    unsure = ROUNDING * (numbers["n_now"] + numbers["n_then"]) / joined.where(joined > 0)
    few = (joined > 0) & (joined < privacy.fewest_practitioners) & (unsure < TELLING)
    return blank_rows(released, few, hide)


def revisions_section(evidence: RevisionEvidence, site_id: str = "") -> Section:
    """Which rows of past quarters changed, and what it did to the numbers published."""
    lead = tables.revision_sentences(
        evidence.publication, evidence.revisions, evidence.numbers, site_id
    )
    shown = []
    moved = tables.moved_numbers(evidence.numbers, site_id)
    if len(moved) and not hidden_rows(moved).all():
        shown.append(tables.revised_numbers_table(evidence.numbers, site_id))
    if not site_id and len(evidence.revisions):
        table = tables.revisions_table(evidence.revisions)
        if len(table.frame):
            shown.append(table)
    return Section(say(TITLE), lead, (), tuple(shown))
