"""Rows of totals among those of a table, which a spreadsheet adds and no table has."""

from __future__ import annotations

import pandas as pd

from workbench.data.extract import Extract
from workbench.data.identifiers import different_texts
from workbench.data.schemas import TableSchema
from workbench.language import mark

TOTAL = mark("The row is a total and not one of the table's own")
"""Reason for which a row of totals is set aside."""
_ANYWHERE = ("total", "totals", "grand total", "subtotal", "sub-total")
_LAST_ROWS = (*_ANYWHERE, "sum", "sums", "all")
_AROUND = " :.*-"


def total_rows(extract: Extract, schema: TableSchema) -> pd.Series:
    """Whether each row of an extract is one of totals, by its index.

    A row is one if an identifier that it needs, or part of its key, holds the text that the source
    file declares. Undeclared, it is one where that cell says *Total* and nothing else, or where the
    last row says *Sum* or *All*.
    """
    frame = extract.frame
    found = pd.Series(False, index=frame.index)
    if frame.empty:
        return found
    declared = (extract.total_rows.strip(_AROUND).casefold(),) if extract.total_rows else ()
    longest = _longest(declared)
    last = pd.Series(frame.index == frame.index.max(), index=frame.index)
    for name, column in schema.columns.items():
        if name not in frame.columns or not (name in schema.key or column.type == "identifier"):
            continue
        text = frame[name]
        short = [one for one in different_texts(text) if len(one) <= longest]
        plain = {one: one.strip(_AROUND).casefold() for one in short}
        marked = [one for one in short if plain[one] in (declared or _ANYWHERE)]
        at_end = [one for one in short if plain[one] in _LAST_ROWS] if not declared else []
        if marked:
            found |= text.isin(marked)
        if at_end:
            found |= last & text.isin(at_end)
    return found


def _longest(declared: tuple[str, ...]) -> int:
    return max(map(len, (*declared, *_LAST_ROWS))) + 4
