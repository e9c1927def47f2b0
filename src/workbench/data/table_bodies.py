"""Putting cells under a header: what all readers repair, refuse and count in the same way.

Every reader hands its cells to ``text_table``, whether they come from a file, a database or a
REDCap project.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
import pandas as pd

from workbench.data.text_tables import SPACES, Body, Layout, TextTable, refused
from workbench.language import say
from workbench.wording import count_of

ROWS_AT_ONCE = 50_000


def body_of_rows(rows: Iterable[tuple[int, list[str]]], width: int) -> Body:
    """Make columns of rows; those without a cell are left out, those of another width kept apart.

    Parameters
    ----------
    rows
        Row number and cells.
    width
        Cells that a row should have.
    """
    remaining = iter(rows)
    parts, uneven = [], {}
    while chunk := list(islice(remaining, ROWS_AT_ONCE)):
        numbers, even = [], []
        for number, cells in chunk:
            if not any(map(str.strip, cells)):
                continue
            if len(cells) == width:
                numbers.append(number)
                even.append(cells)
            else:
                uneven[number] = cells
        parts.append(_frame(numbers, even, width))
    return Body(pd.concat(parts) if parts else _frame([], [], width), uneven)


def _frame(numbers: list[int], rows: list[list[str]], width: int) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    index = pd.Index(numbers, dtype="int64")
    return pd.DataFrame({place: list(cells) for place, cells in enumerate(columns)},
                        index=index, dtype="str")  # fmt: skip


def text_table(
    header: list[str],
    body: Body,
    name: str,
    layout: Layout,
    fingerprint: str,
    notes: Iterable[str] = (),
) -> TextTable:
    """Put a body under its header: what is empty or blank at the edges is taken off.

    Raises
    ------
    DataProblems
        If a name stands twice, no row has the header's width, there are no rows, or fewer or more
        than were declared.
    """
    found = list(notes)
    header, body = _fitted(header, body, name, found)
    _check_names(header, name, layout.header_row)
    received = len(body.frame) + len(body.uneven)
    if layout.rows_expected is not None and received != layout.rows_expected:
        raise refused(
            "rows_expected",
            name,
            f"It has {received:,} rows where {layout.rows_expected:,} were declared, so the "
            "download may have broken off.",
            "Download it again, or mend 'rows_expected:' in the source file.",
        )
    if not received and not layout.no_rows:
        raise refused(
            "no_rows",
            name,
            "There is nothing under the header.",
            "Export the table again; if there is nothing to report, take the file away or write "
            "'no_rows: true' in its source file.",
        )
    if not received:
        found.append(say("{file}: it has no rows, as its source file allows.", file=name))
    frame = body.frame.set_axis(pd.Index(header, dtype="str"), axis=1)
    if body.spaces:
        frame = _trimmed(frame, name, found)
    frame = frame.mask(frame == "")
    if layout.fill_down:
        frame = _filled_down(frame, layout.fill_down, name, found)
    return TextTable(frame, name, fingerprint, body.uneven, tuple(found))


def _fitted(header: list[str], body: Body, name: str, notes: list[str]) -> tuple[list[str], Body]:
    """Take off columns at the right that have neither a name nor a cell."""
    frame, uneven, width = body.frame, dict(body.uneven), len(header)
    full = width
    while width and not header[width - 1] and not _any_text(frame[width - 1]):
        width -= 1
    fitting = {
        number: cells[:width]
        for number, cells in uneven.items()
        if width <= len(cells) <= full and not any(map(str.strip, cells[width:]))
    }
    at_right = full - width
    if not len(frame) and uneven and not fitting:
        fitting = _all_too_wide_by_empty_cells(uneven, width)
        at_right = max(map(len, uneven.values())) - width if fitting else 0
    frame = frame[list(range(width))]
    if fitting:
        joined = pd.concat([frame, _frame(list(fitting), list(fitting.values()), width)])
        frame = joined.sort_index(kind="stable")
    if at_right:
        notes.append(
            say(
                "{file}: {columns} at the right were left out.",
                file=name,
                columns=count_of(at_right, "empty column"),
            )
        )
    uneven = {number: cells for number, cells in uneven.items() if number not in fitting}
    if len(uneven) > len(frame):
        cells, received = len(next(iter(uneven.values()))), len(uneven) + len(frame)
        rows = f"{len(uneven):,} of {received:,} rows have" if len(frame) else "Every row has"
        raise refused(
            "shifted_columns",
            name,
            f"{rows} {cells} cells where the header names {width} columns, so the cells don't "
            "stand under their names.",
            "Export the file again with one name for each column.",
            uneven,
        )
    return header[:width], Body(frame, uneven, body.spaces)


def _all_too_wide_by_empty_cells(uneven: dict[int, list[str]], width: int) -> dict[int, list[str]]:
    """Rows cut to the header's width, if all of them end in the same number of empty cells."""
    widths = {len(cells) for cells in uneven.values()}
    if len(widths) != 1 or min(widths) < width:
        return {}
    if any(any(map(str.strip, cells[width:])) for cells in uneven.values()):
        return {}
    return {number: cells[:width] for number, cells in uneven.items()}


def _any_text(cells: pd.Series) -> bool:
    return bool(len(cells)) and bool((cells.str.strip() != "").any())


def _check_names(header: list[str], name: str, row: int) -> None:
    if header.count("") > 1:
        raise refused(
            "unnamed_columns",
            name,
            f"{header.count('')} columns with cells have no name in the header.",
            "Give every column a name; if the header stands in another row, write 'header_row: 2' "
            "or the like in the source file.",
            (row,),
        )
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        shown = ", ".join(f"'{column}'" for column in repeated)
        raise refused(
            "repeated_column",
            name,
            f"The header names {shown} more than once.",
            "Give every column a name of its own.",
            (row,),
        )


def _trimmed(frame: pd.DataFrame, name: str, notes: list[str]) -> pd.DataFrame:
    trimmed = frame.apply(lambda cells: cells.str.strip(SPACES)) if len(frame.columns) else frame
    changed = int((trimmed != frame).to_numpy(dtype=bool).sum())
    if changed:
        notes.append(
            say("{file}: spaces around the text of {n} cells were taken off.", file=name, n=changed)
        )
    return trimmed


def _filled_down(
    frame: pd.DataFrame, columns: tuple[str, ...], name: str, notes: list[str]
) -> pd.DataFrame:
    if missing := [column for column in columns if column not in frame.columns]:
        raise refused(
            "missing_column",
            name,
            "'fill_down' names a column that the file does not have.",
            "Mend 'fill_down:' in the source file.",
            column=missing[0],
        )
    filled = frame.assign(**{column: frame[column].ffill() for column in columns})
    cells = int(np.sum(filled.notna().to_numpy()) - np.sum(frame.notna().to_numpy()))
    notes.append(
        say("{file}: {n} empty cells took the cell above them, as declared.", file=name, n=cells)
    )
    return filled


def numbered(lines: Iterable[list[str]], after: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers, those up to a row left out."""
    return ((number, cells) for number, cells in enumerate(lines, 1) if number > after)
