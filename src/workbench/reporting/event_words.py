"""What happened on the time axis of fidelity, in words: when training was given."""

from __future__ import annotations

import pandas as pd

from workbench import wording
from workbench.language import say
from workbench.reporting import printed
from workbench.reporting.evidence import hidden_rows, rows_of_place

KIND = "training"
MOST_QUARTERS = 6
"""Training given more often than this is no event any more."""


def event_words(support_ledger: pd.DataFrame, site_id: str = "") -> str:
    """Name the quarters in which training was given to a place; empty if there are none to name.

    Parameters
    ----------
    support_ledger
        Released evidence table: ``acts`` by ``quarter`` and ``kind``.
    site_id
        Site, or empty for the network.
    """
    rows = rows_of_place(support_ledger, "support_ledger", site_id, ("quarter", "kind", "acts"))
    rows = rows[(rows["kind"] == KIND) & ~hidden_rows(rows)]
    given = rows[rows["acts"].fillna(0) > 0].sort_values("quarter")
    if given.empty or len(given) > MOST_QUARTERS:
        return ""
    times = [f"{row.quarter} ({printed.counted(row.acts, 'acts')})" for row in given.itertuples()]
    return say("Training was given in {quarters}.", quarters=wording.one_of(times))
