"""A list of findings that a notebook shows as a table: each question with its answer."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.findings import Finding
from workbench.shown import clean, html_table
from workbench.wording import english_count

HEAD = ("Question", "Answer", "About", "Rests on", "Status")


class FindingList(list[Finding]):
    """Findings in their order; a list in every other way."""

    def __repr__(self) -> str:
        lines = (f"  {clean(one.question)} {clean(one.statement)}" for one in self)
        return "\n".join([english_count(len(self), "finding"), *lines])

    def _repr_html_(self) -> str:
        return findings_table(self)


def findings_table(findings: Iterable[Finding]) -> str:
    """Write findings as a table for a notebook, every text escaped."""
    rows = [(one.question, one.statement, one.place, one.base, one.status) for one in findings]
    return html_table(english_count(len(rows), "finding"), HEAD, rows)
