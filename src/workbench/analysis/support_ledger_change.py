"""How support moved since a year ago: coverage, frequency, and the share on skill."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.support_ledger_cells import ALL
from workbench.models.clustered import Estimate, clustered_difference
from workbench.quarters import Quarter

QUARTERS_BACK = 4
FEWEST_SITES = 5
"""Sites from which on a change in the network is set against how sites differ."""
HERE_ONLY = "practitioner_id"


def change_of(
    entries: pd.DataFrame, rows: pd.DataFrame, quarter: Quarter
) -> dict[str, Estimate] | None:
    """Change since four quarters ago, in parts of one and in acts a month.

    Parameters
    ----------
    entries, rows
        Entries of the ledger, and acts received, of the network or of one site.
    quarter
        Quarter of the report.

    Returns
    -------
    dict or None
        ``coverage``, ``frequency`` and ``skill``, each later minus earlier. Those who were in post
        in both quarters count in both; intervals are robust over practitioners, and over sites
        where there are at least five. None if nobody was in post a year ago, or nothing was
        recorded then.
    """
    labels = [str(quarter.plus(-QUARTERS_BACK)), str(quarter)]
    whole = entries[(entries["kind"] == ALL) & entries["quarter"].isin(labels)]
    later = whole["quarter"] == labels[1]
    if later.all() or not later.any():
        return None
    by = "site_id" if whole["site_id"].nunique() >= FEWEST_SITES else HERE_ONLY
    heard = rows[rows["quarter"].isin(labels) & rows["skill"].notna() & (rows["weight"] > 0)]
    return {
        "coverage": clustered_difference((whole["acts"] > 0).astype(float), later, whole[by]),
        "frequency": clustered_difference(
            whole["acts"] / whole["months"], later, whole[by], whole["months"]
        ),
        "skill": clustered_difference(
            heard["skill"], heard["quarter"] == labels[1], heard[by], heard["weight"]
        ),
    }
