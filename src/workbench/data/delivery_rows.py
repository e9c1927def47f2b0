"""Rows of deliveries that are set aside, accounted for like every other row that was received."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.data.conform import CELLS, PROVENANCE
from workbench.data.extract import Extract
from workbench.data.quality_report import QualityReport
from workbench.language import mark, say

DELIVERY_RULE = "DELIVERY"
WHY = mark("A file of the site's delivery can't be used, so none of it is")
WHAT_TO_DO = "Nothing in this row: mend the file that the notes on the files name."
RULES = ["rule_ids", "columns", "reasons", "what_to_do"]


def with_deliveries(quality: QualityReport, extracts: Iterable[Extract]) -> QualityReport:
    """Count the rows of deliveries that are set aside, so that none is lost.

    Parameters
    ----------
    quality
        What was found in all the others.
    extracts
        What was received; those whose delivery is in order change nothing.
    """
    failed = [one for one in extracts if one.problems]
    if not failed:
        return quality
    set_aside, reasons = dict(quality.set_aside), [quality.reasons]
    accounting = quality.accounting.set_index("table")
    for table in dict.fromkeys(one.table for one in failed):
        rows = pd.concat([_rows(one) for one in failed if one.table == table], ignore_index=True)
        before = accounting.reindex([table], fill_value=0).iloc[0]
        reasons.append(_reasons(rows, table, int(before.loc["received"])))
        there = set_aside.get(table)
        set_aside[table] = rows if there is None else pd.concat([there, rows], ignore_index=True)
        accounting.loc[table] = before + np.array([len(rows), 0, len(rows)])
    return replace(
        quality,
        set_aside=set_aside,
        reasons=pd.concat(reasons, ignore_index=True)[list(quality.reasons.columns)],
        accounting=accounting.reset_index(),
        notes=(*quality.notes, *_notes(failed)),
    )


def _rows(extract: Extract) -> pd.DataFrame:
    """Rows as received, with those that did not fit under the header."""
    even = extract.frame.assign(source_row=extract.frame.index.astype("int64"))
    cells = {row: " | ".join(texts) for row, texts in extract.uneven.items()}
    uneven = pd.DataFrame({"source_row": list(cells), CELLS: list(cells.values())})
    rows = pd.concat([even, uneven], ignore_index=True) if cells else even
    told = dict(zip(RULES, (DELIVERY_RULE, "", WHY, WHAT_TO_DO), strict=True))
    return rows.assign(source_file=extract.source, **told).reset_index(drop=True)


def _reasons(rows: pd.DataFrame, table: str, received: int) -> pd.DataFrame:
    return rows[PROVENANCE].assign(
        table=table,
        position=range(received, received + len(rows)),
        rule_id=DELIVERY_RULE,
        column="",
        reason=WHY,
        what_to_do=WHAT_TO_DO,
    )


def _notes(failed: list[Extract]) -> list[str]:
    """Sentences that name each file and what is wrong in it, once."""
    by_problem = {problem: one.site_id for one in failed for problem in one.problems}
    return [
        f"{problem} {say('All that site {site} delivered is set aside.', site=site)}"
        for problem, site in by_problem.items()
    ]
