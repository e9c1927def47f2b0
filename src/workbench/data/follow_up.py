"""What follows from the checks: workbooks to mend, the history of it, and quarters revised."""

from __future__ import annotations

import pandas as pd

from workbench.data.intake import Intake
from workbench.data.quarantine import ANY_RULE
from workbench.data.quarantine_history import quarantine_history
from workbench.data.revisions import find_revisions, revision_findings
from workbench.data.rows_to_mend import write_rows_to_mend
from workbench.data.set_aside import write_set_aside
from workbench.results import Results

COUNTS = ["set_aside", "returned", "left_out", "still_open"]


def write_follow_up(received: Intake, results: Results, quarter: str) -> pd.DataFrame:
    """Write the rows set aside as workbooks, and what changed since quarters were published.

    Parameters
    ----------
    received
        What was received, checked.
    results
        Where it goes: ``quality/rows_set_aside.xlsx``, ``quality/rows_to_mend/<slug>.xlsx``, the
        tables ``quarantine_history``, ``revisions`` and ``publication``, and their findings.
    quarter
        Label of the run's quarter, or ``latest``; one that can't be found out is left open, so
        that the workbooks are there even where a run is refused.

    Returns
    -------
    DataFrame
        Rows ``set_aside``, ``returned``, ``left_out`` and ``still_open``, one row a quarter.
    """
    label = received.label(quarter, results.study)
    write_set_aside(received.quality, results.quality_folder / "rows_set_aside.xlsx")
    write_rows_to_mend(received, results.quality_folder / "rows_to_mend")
    revised = find_revisions(results.study, received, label)
    history = quarantine_history(results.study, received, label)
    results.write_tables({**revised.tables(), "quarantine_history": history})
    results.write_findings("01_revisions", revision_findings(revised))
    whole = history[history["rule_id"] == ANY_RULE]
    return whole.groupby("quarter")[COUNTS].sum().astype("int64").reset_index()
