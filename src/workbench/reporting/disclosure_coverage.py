"""What may be shown of who was observed: no site's few practitioners, also not by subtraction."""

from __future__ import annotations

import pandas as pd

from workbench import terms
from workbench.findings import suppress
from workbench.reporting.disclosure import (
    ReleasedFindings,
    blank_rows,
    reason_for_too_few,
    rows_with_too_few,
)
from workbench.reporting.disclosure_cells import SumOfRows, hide_with_complements
from workbench.reporting.evidence import NETWORK, require
from workbench.settings import Privacy

FINDING = "quality.coverage"
COLUMNS = ("scope", "site_id", "quarter", "eligible", "observed", "missing", "share", "conf_low",
           "conf_high", "n_practitioners")  # fmt: skip


def release_coverage(quality_coverage: pd.DataFrame, privacy: Privacy) -> pd.DataFrame:
    """Coverage with rows about few practitioners blanked, and those that would tell of them."""
    rows = require(quality_coverage, "quality_coverage", COLUMNS)
    return release_by_site(rows, "quality_coverage", privacy)


def release_by_site(frame: pd.DataFrame, table: str, privacy: Privacy) -> pd.DataFrame:
    """Copy of a table in which, in each quarter, no site's few people can be worked out.

    Parameters
    ----------
    frame
        Evidence table: in each quarter the sites add up to the network.
    table
        Its name.
    privacy
        The study's privacy settings.
    """
    needed = ("scope", "site_id", "quarter", "n_practitioners")
    rows = require(frame, table, (*needed, *frame.columns)).reset_index(drop=True)
    if rows.empty:
        return rows.assign(suppressed=pd.Series(dtype="bool"))
    hidden = rows_with_too_few(rows, privacy, "n_practitioners")
    for _, mine in rows.groupby("quarter"):
        network = mine.index[mine["scope"] == NETWORK]
        sites = tuple(mine.index[mine["scope"] != NETWORK])
        total = network[0] if len(network) else None
        hidden[mine.index] = hide_with_complements(
            rows.loc[mine.index, "n_practitioners"],
            hidden[mine.index],
            [SumOfRows(sites, total)],
            privacy.fewest_practitioners,
        )
    return blank_rows(rows, hidden)


def release_coverage_findings(
    findings: ReleasedFindings, released: pd.DataFrame
) -> ReleasedFindings:
    """Suppress the coverage of every site that the released table of the last quarter hides.

    Parameters
    ----------
    findings
        Released findings.
    released
        Coverage as :func:`release_coverage` gives it.
    """
    if released.empty:
        return findings
    last = released[released["quarter"] == released["quarter"].max()]
    hidden = set(last.loc[last["suppressed"], "site_id"])
    why = reason_for_too_few(findings.privacy.fewest_practitioners)
    told = tuple(
        suppress(one, why)
        if one.id == FINDING and one.site_id in hidden and one.status == terms.REPORTED
        else one
        for one in findings
    )
    return ReleasedFindings(told, findings.privacy)
