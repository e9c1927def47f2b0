"""Extracts in which mended rows stand in the place of those received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.corrected_rows import Decision
from workbench.data.extracts import Extract
from workbench.data.row_marks import DIGITS, Mark, digest
from workbench.data.schemas import TableSchema


def mended_extracts(
    extracts: list[Extract],
    decisions: Iterable[Decision],
    places: Mapping[Mark, tuple[str, int]],
    schemas: Mapping[str, TableSchema],
) -> tuple[list[Extract], dict[Mark, Mark]]:
    """Put each mended row in the place of the row that was set aside, and nothing else.

    Parameters
    ----------
    extracts
        What was received; it stays as it is.
    decisions
        Corrections to apply, at most one a row.
    places
        File and row of each row set aside, by its mark as received.
    schemas
        Tables of the study.

    Returns
    -------
    list of Extract
        With the same number of rows each.
    dict
        From the mark that a mended row has by its new cells to its mark as received.
    """
    by_extract: dict[tuple[str, str, str], list[Decision]] = {}
    received_as: dict[Mark, Mark] = {}
    for each in decisions:
        mark = each.correction.mark.received
        source, _ = places[mark]
        by_extract.setdefault((mark.table, source, mark.fingerprint), []).append(each)
        now = digest(each.cells or {})
        received_as[Mark(mark.table, mark.fingerprint, mark.row, now, now)] = mark
    mended = []
    for extract in extracts:
        key = (extract.table, extract.source, extract.fingerprint[:DIGITS] or "0")
        mine = by_extract.get(key, [])
        mended.append(_mended(extract, mine, schemas[extract.table]) if mine else extract)
    return mended, received_as


def _mended(extract: Extract, decisions: list[Decision], schema: TableSchema) -> Extract:
    numbers = extract.frame.index.to_numpy()
    frame, uneven = extract.frame.copy(), dict(extract.uneven)
    own = [name for name in frame.columns if name in schema.columns]
    added: dict[int, Mapping[str, str]] = {}
    for name in {name for each in decisions for name in each.cells or {}} - set(frame.columns):
        frame[name] = pd.Series(None, index=frame.index, dtype="str")
    for each in decisions:
        mark, cells = each.correction.mark.received, each.cells or {}
        place = _place(frame[own], numbers, mark)
        if place < 0:
            if uneven.pop(mark.row, None):
                added[mark.row] = cells
            continue
        for name in each.columns:
            frame.iloc[place, list(frame.columns).index(name)] = cells.get(name)
    if added:
        more = pd.DataFrame(
            [{name: cells.get(name) for name in frame.columns} for cells in added.values()],
            index=list(added), columns=frame.columns,
        ).astype("str")  # fmt: skip
        frame = pd.concat([frame, more]).sort_index(kind="stable")
    return replace(extract, frame=frame, uneven=uneven)


def _place(frame: pd.DataFrame, numbers: np.ndarray[Any, Any], mark: Mark) -> int:
    """Place of the row of a mark; one row of a file may have become several of a table.

    Gives -1 for a row that did not fit under the header, which is not in the frame.
    """
    places = np.flatnonzero(numbers == mark.row)
    if len(places) == 1:
        return int(places[0])
    for place in places:
        if digest(dict(zip(frame.columns, frame.iloc[place], strict=True))) == mark.cells:
            return int(place)
    return -1
