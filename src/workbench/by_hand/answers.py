"""What an analysis by hand gives back: tidy frames, findings, and a text that can be pasted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import pandas as pd

from workbench import terms
from workbench.findings import Finding
from workbench.reporting.disclosure import release
from workbench.results import Results
from workbench.settings import Privacy
from workbench.shown import clean

COLUMNS = [each.name for each in fields(Finding)]
SHOWN_AT_MOST = 4
"""Findings that a representation prints; the summary has them all."""


@dataclass(frozen=True)
class Answer:
    """The answer to one question, as :mod:`workbench` gives it to those who work by hand.

    Frames are as computed: they may hold figures about few people, and are yours to look at.
    ``summary`` prints what may be passed on.

    Attributes
    ----------
    question
        The question, in plain words.
    tables
        Tidy evidence tables by name, the same that a run keeps. Columns are fixed and in
        snake_case; the data dictionary of a table is the docstring of what computed it.
    main
        Name of the table to look at first.
    findings
        What the analysis says, with number, interval, unit and n; not released.
    details
        The full result of the analysis, such as the fit of the growth model.
    privacy
        The rules by which ``summary`` hides what is about few people.
    """

    question: str
    tables: Mapping[str, pd.DataFrame]
    main: str
    findings: tuple[Finding, ...]
    details: Any = field(repr=False)
    privacy: Privacy

    @property
    def table(self) -> pd.DataFrame:
        """The table to look at first."""
        return self.tables[self.main]

    def summary(self, site_id: str = "") -> str:
        """Say in plain sentences what was found: safe to paste.

        Parameters
        ----------
        site_id
            Site that is meant; empty for the network.

        Returns
        -------
        str
            The question, then one finding a line. Findings about too few people are replaced by
            the reason, as on a report's page.
        """
        released = release(self.findings, self.privacy).of_place(site_id)
        said = [
            f"- {each.statement}"
            if each.status == terms.REPORTED
            else f"- {each.question} {each.statement}"
            for each in released
        ]
        return "\n".join([self.question, *(said or ["- Nothing is said about this place."])])

    def keep(self, results: Results, name: str) -> None:
        """Write tables and findings into a run's results, where a report's page is made from.

        Parameters
        ----------
        results
            Results of work by hand, from ``open_results``.
        name
            Name of the findings file, such as ``02_fidelity_over_time``; one that is there is
            replaced.
        """
        results.write_tables(self.tables)
        results.write_findings(name, self.findings)

    def __repr__(self) -> str:
        *shown, rest = [*self.summary().splitlines()[: SHOWN_AT_MOST + 1], ""]
        return "\n".join(map(clean, [*shown, rest or f"(tables: {', '.join(self.tables)})"]))


def findings_table(
    source: Results | Answer | Iterable[Finding], site_id: str | None = None
) -> pd.DataFrame:
    """Put findings into a tidy frame: one row a statement, with its number, interval, unit and n.

    Parameters
    ----------
    source
        Results of a run, the answer of an analysis, or findings.
    site_id
        Findings of one site, of the network (empty text), or all (None).

    Returns
    -------
    DataFrame
        ``id, question, statement, site_id, estimate, conf_low, conf_high, unit, n, n_of,
        n_practitioners, n_plans, status, reason, evidence, action_prompt, best_practice``. Not
        released: a row may be about few people, see ``n_practitioners`` and ``n_plans``.

    Examples
    --------
    >>> import workbench as wb
    >>> ledger = wb.support_ledger(wb.simulated_tables(sites=2, quarters=4))
    >>> found = wb.findings_table(ledger, site_id="")
    >>> list(found["status"].unique())
    ['reported', 'not estimable']
    """
    if isinstance(source, Results):
        found: Iterable[Finding] = source.findings()
    else:
        found = source.findings if isinstance(source, Answer) else source
    rows = [asdict(each) for each in found if site_id is None or each.site_id == site_id]
    return pd.DataFrame(rows, columns=COLUMNS)
