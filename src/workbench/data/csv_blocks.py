"""Reading large delimited text in blocks: quick where every quotation mark stands as it should.

The quick way is taken only for text of which it is proven that Python's own strict reader would
read the same: quotation marks stand at the edges of cells, lines end in one way. ``None`` sends the
caller to that reader, which is slower and says what is wrong.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np
import pandas as pd

from workbench.data.text_tables import Body

BLOCK = 8_000_000
_LINE, _RETURN, _QUOTE = 10, 13, 34
_ODD_SPACES = (b"\xc2\xa0", b"\xe2\x80\x87", b"\xe2\x80\xaf")


def body_of_blocks(data: bytes, width: int, delimiter: str, after: int) -> Body | None:
    """Rows of UTF-8 text under a header; None if the quick way can't be taken.

    Parameters
    ----------
    data
        Text without a byte order mark and without NUL.
    width
        Cells that a row should have.
    delimiter
        Sign between cells.
    after
        Last row of the header.
    """
    returns = data.count(b"\r")
    if width < 2 or ord(delimiter) > 127 or (returns and returns != data.count(b"\r\n")):
        return None
    parts, uneven, row = [], {}, 0
    spaces = not data.isascii() and any(odd in data for odd in _ODD_SPACES)
    for block in _blocks(data):
        if block is None or block.startswith(b"\xef\xbb\xbf"):
            return None
        ends_and_counts = _lines(block, ord(delimiter))
        if ends_and_counts is None:
            return None
        ends, counts = ends_and_counts
        even = counts == width - 1
        frame = _frame(block, ends, even, width, delimiter)
        if frame is None:
            return None
        parts.append(frame.set_axis(pd.Index(np.flatnonzero(even) + row + 1), axis=0))
        for line in np.flatnonzero(~even):
            cells = _cells(block[ends[line - 1] if line else 0 : ends[line]], delimiter)
            if any(map(str.strip, cells)):
                uneven[row + int(line) + 1] = cells
        spaces = spaces or _has_edge_spaces(block, ord(delimiter))
        row += len(ends)
    frame = pd.concat(parts) if parts else None
    if frame is None:
        return None
    frame = _without_blank_rows(frame.iloc[frame.index.searchsorted(after, side="right") :])
    return Body(frame, {number: one for number, one in uneven.items() if number > after}, spaces)


def _blocks(data: bytes) -> Iterator[bytes | None]:
    """Pieces that end with a line; None where a quotation mark stays open too long."""
    start = 0
    while start < len(data):
        end = start + BLOCK
        if end >= len(data):
            yield data[start:]
            return
        stop = data.rfind(b"\n", start, end) + 1
        # A line end inside of quotation marks is part of a cell: step back to one outside.
        for _ in range(100):
            if stop <= start or data.count(b'"', start, stop) % 2 == 0:
                break
            stop = data.rfind(b"\n", start, stop - 1) + 1
        else:
            yield None
            return
        if stop <= start:
            yield None
            return
        yield data[start:stop]
        start = stop


def _lines(block: bytes, mark: int) -> tuple[np.ndarray, np.ndarray] | None:
    """End of every row, and the delimiters in it; None if a quotation mark stands oddly."""
    signs = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(signs == _LINE)
    marks = np.flatnonzero(signs == mark)
    quotes = np.flatnonzero(signs == _QUOTE)
    if quotes.size:
        if quotes.size % 2:
            return None
        first, last = quotes[::2], quotes[1::2]
        before = np.where(first > 0, signs[np.maximum(first - 1, 0)], _LINE)
        after = np.where(last + 1 < signs.size, signs[np.minimum(last + 1, signs.size - 1)], _LINE)
        if not np.isin(before, (_LINE, mark, _QUOTE)).all():
            return None
        if not np.isin(after, (_LINE, _RETURN, mark, _QUOTE)).all():
            return None
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
        if b"\r" in block and _return_inside(signs, quotes):
            return None
    if not len(ends) or ends[-1] != signs.size - 1:
        ends = np.append(ends, signs.size - 1)
    ends = ends + 1
    counts = np.diff(np.searchsorted(marks, ends), prepend=0)
    return ends, counts


def _return_inside(signs: np.ndarray, quotes: np.ndarray) -> bool:
    returns = np.flatnonzero(signs == _RETURN)
    return bool((np.searchsorted(quotes, returns) % 2 == 1).any())


def _frame(
    block: bytes, ends: np.ndarray, even: np.ndarray, width: int, delimiter: str
) -> pd.DataFrame | None:
    """Columns of the rows of the right width."""
    rows = int(even.sum())
    if not rows:
        return pd.DataFrame({place: [] for place in range(width)}, dtype="str")
    if rows < len(even):
        starts = np.concatenate(([0], ends[:-1]))
        turns = np.flatnonzero(np.diff(np.concatenate(([False], even, [False]))))
        runs = zip(turns[::2], turns[1::2] - 1, strict=True)
        block = b"".join(block[starts[first] : ends[last]] for first, last in runs)
    frame = pd.read_csv(
        io.BytesIO(block),
        sep=delimiter,
        header=None,
        names=list(range(width)),
        index_col=False,
        dtype="str",
        na_filter=False,
        skip_blank_lines=False,
        encoding="utf-8",
        engine="c",
    )
    return frame if len(frame) == rows else None


def _cells(line: bytes, delimiter: str) -> list[str]:
    text = io.StringIO(line.decode("utf-8"), newline="")
    return next(csv.reader(text, delimiter=delimiter, strict=True), [])


def _has_edge_spaces(block: bytes, mark: int) -> bool:
    """Whether a space or tab stands at the edge of a cell."""
    signs = np.frombuffer(block, dtype=np.uint8)
    edges = (_LINE, _RETURN, _QUOTE, mark)
    for space in (32, 9):
        places = np.flatnonzero(signs == space) if space != mark else np.array([], dtype=int)
        if not places.size:
            continue
        before = signs[np.maximum(places - 1, 0)]
        after = signs[np.minimum(places + 1, signs.size - 1)]
        first_or_last = places[0] == 0 or places[-1] == signs.size - 1
        if first_or_last or np.isin(before, edges).any() or np.isin(after, edges).any():
            return True
    return False


def _without_blank_rows(frame: pd.DataFrame) -> pd.DataFrame:
    blank = frame[0].str.strip() == ""
    if not blank.any():
        return frame
    among = frame[blank]
    filled = among.apply(lambda cells: cells.str.strip() != "").any(axis=1)
    return frame.drop(index=among.index[~filled.to_numpy(dtype=bool)])
