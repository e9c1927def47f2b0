"""The page of a place by hand: what a run would print, from results kept by hand or by a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from workbench.reporting import assembly
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.pages import render_network_page, render_site_page
from workbench.reporting.sections import released_evidence, report_sections
from workbench.results import Results


@dataclass(frozen=True)
class ReportPage:
    """A report's page, not yet written anywhere.

    Attributes
    ----------
    name
        Place that the page is about.
    html
        The page, which needs nothing but itself.
    findings
        What it says, released: what is about few people is hidden.
    """

    name: str
    html: str = field(repr=False)
    findings: ReleasedFindings = field(repr=False)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file of your choice; the file's path is returned."""
        target = Path(path)
        target.write_text(self.html, encoding="utf-8")
        return target

    def summary(self) -> str:
        """Say in plain sentences what the page reports: safe to paste."""
        return "\n".join([self.name, *(f"- {each.statement}" for each in self.findings.reported)])


def quarterly_report(results: Results, site_id: str = "") -> ReportPage:
    """Make the report's page of the network or of a site; nothing is refitted or overwritten.

    Parameters
    ----------
    results
        Results of the notebooks run by hand or of a published version, from
        :func:`workbench.open_results`. Parts whose analysis was not kept there are left out.
    site_id
        Site that the page is about; empty for the network.

    Returns
    -------
    ReportPage
        ``html``, ``save(path)`` and ``summary()``. What is about few people is hidden in all.

    Raises
    ------
    SettingsError
        If no checked data were kept in these results.

    Examples
    --------
    The tables of a network, checked, analysed and put on a page by hand:

    >>> import tempfile, workbench as wb
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "workbench.yml").write_text("network: By hand")
    >>> (folder / "data" / "raw").mkdir(parents=True)
    >>> for name, table in wb.simulated_tables(sites=2, quarters=2).items():
    ...     if name in ("sites", "practitioners", "fidelity_responses"):
    ...         table.to_csv(folder / "data" / "raw" / f"{name}.csv", index=False)
    >>> study = wb.open_study(folder)
    >>> received = wb.receive(study, as_of="2024-03-31")
    >>> results = wb.open_results(study)
    >>> results.start(received.about(study, "latest", "2024-03-31"))
    >>> results.write_accepted(received.accepted())
    >>> results.write_tables(received.tables())
    >>> growth = wb.fidelity_growth(wb.observation_panel(received.accepted()), study)
    >>> growth.keep(results, "02_fidelity_over_time")
    >>> page = wb.quarterly_report(results)
    >>> page.save(folder / "page.html").name
    'page.html'
    """
    evidence = released_evidence(results, site_id)
    report = assembly.quarterly_report(results, evidence, report_sections(evidence))
    render = render_site_page if site_id else render_network_page
    return ReportPage(evidence.name, render(report, results.study.folder), evidence.findings)
