"""Numbers that recur where they can't be: perhaps a code for a missing value that nobody declared.

Their rows are set aside all the same; the note says how to declare them.
"""

from __future__ import annotations

import pandas as pd

from workbench.data.extract import IN_FILE, IN_NONE, Extract
from workbench.data.schemas import TableSchema
from workbench.data.value_counts import ValueCounts
from workbench.language import say

FEWEST_CELLS = 5


def suggested_codes(extract: Extract, schema: TableSchema) -> list[str]:
    """Note numbers beyond a column's limits that stand in five cells or more."""
    notes = []
    for name, column in schema.columns.items():
        limited = column.lowest is not None or column.highest is not None
        if name not in extract.frame.columns or not limited:
            continue
        counts = ValueCounts.of(extract, name)
        numbers = counts.numbers()
        lowest = float("-inf") if column.lowest is None else column.lowest
        highest = float("inf") if column.highest is None else column.highest
        notes += notes_on(counts, numbers[~numbers.between(lowest, highest)])
    return notes


def notes_on(counts: ValueCounts, illegal: pd.Series) -> list[str]:
    """Note those of some illegal numbers that stand in five cells or more."""
    extract = counts.extract
    found = []
    for place in illegal.index:
        cells = int(counts.times[place])
        if cells < FEWEST_CELLS:
            continue
        text = counts.texts[place]
        found.append(
            say(
                "{file}, column '{column}': {value} stands in {n} cells and is no legal value, so "
                "their rows are set aside. If it means that the value is missing, write "
                "'missing: [\"{value}\"]' {place}.",
                file=extract.source,
                column=counts.column,
                value=text,
                n=cells,
                place=say(IN_FILE, name=extract.source_name)
                if extract.source_name
                else say(IN_NONE),
            )
        )
    return found
