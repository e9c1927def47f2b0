"""Mending: corrected rows take the place of those set aside, and everything is checked again.

Nothing in ``data/raw`` is touched. The corrected rows are checked by the same rules as all others,
and every row received is still accounted for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.data.corrected_rows import (
    LEFT_OUT,
    REFUSED,
    REPLACED,
    RETURNED,
    STALE,
    STILL,
    Decision,
    decide,
)
from workbench.data.corrections import FOLDER, Correction, read_corrections
from workbench.data.extracts import Extract
from workbench.data.mended_extracts import mended_extracts
from workbench.data.quality_report import QualityReport
from workbench.data.quarantine import ANY_RULE, QUARANTINE_COLUMNS, quarantine_counts
from workbench.data.row_marks import Mark, cells_of, fingerprints, marks
from workbench.data.schemas import TableSchema
from workbench.language import mark, say
from workbench.shown import Shown
from workbench.wording import count_of

CORRECTION_COLUMNS = [
    "table", "source_file", "source_row", "columns", "status", "reason", "file", "row",
]  # fmt: skip
BECAME = {
    RETURNED: mark("{n} mended and used"),
    STILL: mark("{n} mended and still set aside"),
    LEFT_OUT: mark("{n} left out in writing"),
    REPLACED: mark("{n} replaced by a later correction"),
    STALE: mark("{n} about another version of the file or row, and not applied"),
    REFUSED: mark("{n} not clear, and not applied"),
}
"""What is said of corrections by their status."""


@dataclass(frozen=True)
class Mending(Shown):
    """What corrections changed.

    Attributes
    ----------
    corrections
        One row a correction: the row that it is about, the columns that it changes, its ``status``
        and ``reason``, and where it stands. No cell is quoted.
    quarantine
        One row a table and rule: rows ``set_aside`` as received, ``returned`` by corrections,
        ``left_out`` in writing, and ``still_open``.
    returned
        For each table, file and row of the rows that were set aside as received and are used now.
    received_as
        For rows that are set aside after a correction changed them, the mark as received.
    left_out
        Marks of the rows left out in writing.
    """

    corrections: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=CORRECTION_COLUMNS)
    )
    quarantine: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=QUARANTINE_COLUMNS)
    )
    returned: Mapping[str, set[tuple[str, int]]] = field(default_factory=dict)
    received_as: Mapping[Mark, Mark] = field(default_factory=dict)
    left_out: frozenset[Mark] = frozenset()

    def count_returned(self, table: str) -> int:
        """Rows of a table that came back into use."""
        mine = self.quarantine
        chosen = mine[(mine["table"] == table) & (mine["rule_id"] == ANY_RULE)]
        return int(chosen["returned"].sum())

    def notes(self) -> tuple[str, ...]:
        """Sentences on what the corrections did; none if there are none."""
        if self.corrections.empty:
            return ()
        counts = self.corrections["status"].value_counts()
        parts = [say(words, n=counts[name]) for name, words in BECAME.items() if name in counts]
        told = say(
            "{rows} came back in {folder}: {outcomes}.",
            rows=count_of(len(self.corrections), "corrected row"),
            folder=FOLDER,
            outcomes="; ".join(parts),
        )
        returned = self.quarantine.loc[self.quarantine["rule_id"] == ANY_RULE, "returned"].sum()
        more = int(returned) - int(counts.get(RETURNED, 0))
        if more <= 0:
            return (told,)
        along = say(
            "{rows} came back along with them: what they refer to is there now.",
            rows=count_of(more, "further row"),
        )
        return (f"{told} {along}",)


def check_with_corrections(
    extracts: list[Extract],
    schemas: Mapping[str, TableSchema],
    folder: Path,
    check: Callable[[list[Extract]], QualityReport],
) -> tuple[QualityReport, Mending]:
    """Check what was received; where corrections came back, check again with the mended rows.

    Parameters
    ----------
    extracts
        What was received.
    schemas
        Tables of the study.
    folder
        The study's folder.
    check
        Checks extracts by all the rules.

    Raises
    ------
    DataProblems
        If a file of corrections can't be read.
    """
    first = check(extracts)
    corrections = read_corrections(folder / FOLDER, schemas)
    if not corrections:
        return first, Mending(quarantine=quarantine_counts(first, {}, {}, frozenset()))
    files = fingerprints(extracts)
    found = _marked(first, schemas, files)
    decisions = _decided(corrections, first, schemas, found, files)
    applied = [each for each in decisions if each.cells is not None]
    received_as: dict[Mark, Mark] = {}
    second = first
    if applied:
        mended, received_as = mended_extracts(
            extracts, applied, _rows_by_mark(first, found), schemas
        )
        second = check(mended)
    left_over = {
        table: Counter(received_as.get(mark, mark) for mark in each)
        for table, each in _marked(second, schemas, files).items()
    }
    mending = _told(decisions, first, found, left_over, received_as)
    notes = (*second.notes, *mending.notes())
    _check_nothing_lost(first, second)
    return replace(second, notes=notes), mending


def _marked(
    quality: QualityReport,
    schemas: Mapping[str, TableSchema],
    files: Mapping[tuple[str, str], str],
) -> dict[str, list[Mark]]:
    return {
        table: marks(table, rows, schemas[table].columns, files)
        for table, rows in quality.set_aside.items()
    }


def _decided(
    corrections: list[Correction],
    quality: QualityReport,
    schemas: Mapping[str, TableSchema],
    found: Mapping[str, list[Mark]],
    files: Mapping[tuple[str, str], str],
) -> list[Decision]:
    rows = {
        mark: cells
        for table, of_table in found.items()
        for mark, cells in zip(
            of_table, cells_of(quality.set_aside[table], schemas[table].columns), strict=True
        )
    }
    return decide(corrections, rows, set(files.values()))


def _rows_by_mark(
    quality: QualityReport, found: Mapping[str, list[Mark]]
) -> dict[Mark, tuple[str, int]]:
    """File and row of each row set aside."""
    return {
        mark: (str(source), int(number))
        for table, of_table in found.items()
        for mark, source, number in zip(
            of_table,
            quality.set_aside[table]["source_file"],
            quality.set_aside[table]["source_row"],
            strict=True,
        )
    }


def _told(
    decisions: list[Decision],
    first: QualityReport,
    found: Mapping[str, list[Mark]],
    left_over: Mapping[str, Counter[Mark]],
    received_as: Mapping[Mark, Mark],
) -> Mending:
    """Say what became of every correction and every row that had been set aside."""
    back: dict[str, list[bool]] = {}
    returned: dict[str, set[tuple[str, int]]] = {}
    for table, of_table in found.items():
        still = left_over[table].copy()
        back[table] = []
        for each in of_table:
            back[table].append(still[each] <= 0)
            still[each] -= 1
        rows = first.set_aside[table]
        pairs = zip(rows["source_file"], rows["source_row"], back[table], strict=True)
        returned[table] = {(str(file), int(row)) for file, row, is_back in pairs if is_back}
    left_out = frozenset(
        each.correction.mark.received for each in decisions if each.status == LEFT_OUT
    )
    places = _rows_by_mark(first, found)
    rows_told = [_correction_row(each, places, left_over) for each in decisions]
    return Mending(
        pd.DataFrame(rows_told, columns=CORRECTION_COLUMNS),
        quarantine_counts(first, found, back, left_out),
        returned,
        received_as,
        left_out,
    )


def _correction_row(
    decision: Decision,
    places: Mapping[Mark, tuple[str, int]],
    left_over: Mapping[str, Counter[Mark]],
) -> dict[str, Any]:
    one = decision.correction
    source, _ = places.get(one.mark.received, ("", 0))
    status = decision.status
    if decision.cells is not None and not left_over[one.mark.table][one.mark.received]:
        status = RETURNED
    return {
        "table": one.mark.table,
        "source_file": source,
        "source_row": one.mark.row,
        "columns": "; ".join(decision.columns),
        "status": status,
        "reason": decision.reason,
        "file": one.file,
        "row": one.row,
    }


def _check_nothing_lost(first: QualityReport, second: QualityReport) -> None:
    before, after = (each.accounting.set_index("table")["received"] for each in (first, second))
    if not before.equals(after):
        raise AssertionError(f"Rows were lost in mending:\n{before}\n{after}")
