"""The part of a page on the quality of the data over time: released, for one place."""

from __future__ import annotations

from workbench.reporting.display_table import DisplayTable
from workbench.reporting.sections import Evidence
from workbench.reporting.tables_coverage import coverage_table, timeliness_table, trends_table
from workbench.results import Results


def over_time_tables(results: Results, evidence: Evidence) -> tuple[DisplayTable, ...]:
    """Who was observed and how soon work was rated; for the network, its tables' trends too.

    Parameters
    ----------
    results
        Results of the run.
    evidence
        Released evidence of the place; the network's table of coverage has every site.
    """
    quarter, found = str(results.quarter), []
    seen = evidence.coverage
    if evidence.site_id:
        seen = seen[seen["site_id"] == evidence.site_id]
    if len(seen):
        found.append(coverage_table(seen, evidence.sites, quarter))
    if len(evidence.timeliness):
        found.append(timeliness_table(evidence.timeliness, evidence.site_id))
    trends = results.table("quality_trends")
    if len(trends) and not evidence.site_id:
        found.append(trends_table(trends, quarter))
    return tuple(found)
