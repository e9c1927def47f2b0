"""The rows received for one table from one file, as text, and what was declared of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.data.source_files import ColumnMap, TableMap, WideToLong
from workbench.errors import Problem
from workbench.language import mark
from workbench.shown import Shown

IN_FILE = mark("in {name}.yml")
IN_NONE = mark("in a source file (drafted by 'workbench inspect FILE')")


@dataclass(frozen=True)
class Extract(Shown):
    """Rows received for one table from one file.

    Attributes
    ----------
    table
        Table of the study.
    frame
        Text columns under the table's own names; the index is the row number in the file.
    source
        File, as messages name it.
    fingerprint
        SHA-256 of the file.
    uneven
        Rows with more or fewer cells than the header, which can't be read into columns.
    notes
        What was repaired or left out, as sentences.
    source_name
        Name of the source file that declares this export, or ''.
    mapping
        What it declares of this table's columns.
    total_rows
        Text that marks a row of totals.
    may_be_empty
        Whether it is declared that there may be no rows.
    places
        Place of each column in the file, where a source file says which it is; else they stand in
        the order of ``frame``.
    site_id
        Site that delivered the file; '' if it is of the whole network.
    problems
        Why all that its site delivered is set aside; none where it is used.
    """

    table: str
    frame: pd.DataFrame
    source: str
    fingerprint: str
    uneven: dict[int, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    source_name: str = ""
    mapping: TableMap | None = None
    total_rows: str = ""
    may_be_empty: bool = False
    places: Mapping[str, int] = field(default_factory=dict)
    site_id: str = ""
    problems: tuple[Problem, ...] = ()

    def in_short(self) -> dict[str, Any]:
        """Give what a notebook shows of them; no cell is quoted."""
        return {
            "table": self.table,
            "file": self.source,
            "rows": self.received,
            "columns": list(map(str, self.frame.columns)),
            "of site": self.site_id,
            "notes": len(self.notes) or None,
            "set aside with its site": len(self.problems) or None,
        }

    @property
    def received(self) -> int:
        """How many rows were read."""
        return len(self.frame) + len(self.uneven)

    @property
    def ids_as_written(self) -> bool:
        """Whether identifiers that look alike are declared to be different."""
        return self.mapping is not None and self.mapping.ids_as_written

    @property
    def place_to_write(self) -> str:
        """Where a line that answers a question goes."""
        if self.source_name:
            return IN_FILE.format(name=self.source_name)
        return IN_NONE

    def declared(self, column: str) -> ColumnMap | WideToLong:
        """Tell what is declared of the values of a column; nothing if there is no source file."""
        nothing = ColumnMap.model_validate({"from": column})
        if self.mapping is None:
            return nothing
        wide = self.mapping.wide_to_long
        if wide and column == wide.value_to:
            return wide
        return self.mapping.columns.get(column, nothing)
