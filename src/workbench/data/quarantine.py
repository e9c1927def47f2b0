"""Counts of rows set aside: as received, returned by corrections, left out, and still open."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.data.quality_report import QualityReport
from workbench.data.row_marks import Mark

QUARANTINE_COLUMNS = [
    "table", "rule_id", "set_aside", "returned", "left_out", "still_open",
]  # fmt: skip
ANY_RULE = "any"
"""Stands for a table's rows whatever the rule; a row that broke two counts once."""


def quarantine_counts(
    first: QualityReport,
    found: Mapping[str, list[Mark]],
    back: Mapping[str, list[bool]],
    left_out: frozenset[Mark],
) -> pd.DataFrame:
    """Count, for each table and rule, rows set aside as received and what became of them.

    Parameters
    ----------
    first
        What was found before any correction.
    found, back
        Mark of each row set aside, and whether it is used now; empty if nothing came back.
    left_out
        Marks of the rows left out in writing.
    """
    parts = []
    for table, rows in first.set_aside.items():
        if rows.empty:
            continue
        is_back = pd.Series(back.get(table, [False] * len(rows)), index=rows.index)
        out = pd.Series([mark in left_out for mark in found.get(table, [])], dtype="bool")
        out = out if len(out) else pd.Series(False, index=rows.index)
        frame = pd.DataFrame(
            {"rule_id": rows["rule_ids"].str.split("; "), "returned": is_back,
             "left_out": out & ~is_back}
        ).assign(table=table, set_aside=1)  # fmt: skip
        parts += [frame.explode("rule_id"), frame.assign(rule_id=ANY_RULE)]
    if not parts:
        return pd.DataFrame(columns=QUARANTINE_COLUMNS)
    counted = ["set_aside", "returned", "left_out"]
    by_rule = pd.concat(parts).astype(dict.fromkeys(counted, "int64")).groupby(["table", "rule_id"])
    summed = by_rule[counted].sum().reset_index()
    summed["still_open"] = summed["set_aside"] - summed["returned"] - summed["left_out"]
    return summed[QUARANTINE_COLUMNS]
