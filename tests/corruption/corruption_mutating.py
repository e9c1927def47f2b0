"""Random changes to valid files: of bytes, cells, rows and columns; and what must hold then."""

from __future__ import annotations

import csv
import functools
import io
from pathlib import Path

from corruption_study import Hand, clean_folder
from hypothesis import strategies as some

from workbench.data.conform import conform_rows
from workbench.data.extract import Extract
from workbench.data.readers import read_csv
from workbench.data.schemas import load_schemas
from workbench.errors import DataProblems

ROWS = 16
BASES = ("fidelity_responses", "practitioners", "supports", "recognition")
ODD_TEXTS = (
    "", " ", "\u00a0", "NA", "nan", "inf", "1e400", "1E5", "007", "7", "-9", "1,5", "1.234,5",
    "85 %", "0.85", "2026-02-30", "03/04/2026", "45000", "2026-03-31T23:30:00Z", "=1+1", '"',
    '""', '"a', "Total", "#DIV/0!", "\u200b1", "P\u0430", "é", "e\u0301", "\u202e", "x" * 3000,
    "\n", "\r", "\0", ";", "\t", "\ufeff", "<b>", "٣",
)  # fmt: skip

Change = tuple[str, int, int, str]
_BYTES = ("byte", "insert", "delete", "cut", "swap ends")
_TABLE = (
    "cell", "drop row", "repeat row", "move row", "drop column", "repeat column", "move column",
    "rename column", "fill column", "prefix column", "sign", "widen row",
)  # fmt: skip
_places = some.integers(0, 100_000)
changes = some.lists(
    some.tuples(
        some.sampled_from((*_BYTES, *_TABLE, "cell", "cell", "byte")),
        _places,
        _places,
        some.one_of(some.sampled_from(ODD_TEXTS), some.text(max_size=8)),
    ),
    min_size=1,
    max_size=4,
)
"""Changes to be made to a file, one after another."""


@functools.cache
def base(table: str) -> str:
    """Return the valid file of a table, cut to a few rows."""
    lines = Hand(clean_folder()).lines(table)
    return "\n".join(lines[: ROWS + 1]) + "\n"


@functools.cache
def schemas():
    """Return the schemas of all tables."""
    return load_schemas()


def mutated(table: str, made: list[Change]) -> bytes:
    """Bytes of a valid file after some changes; those of the table come first."""
    rows = list(csv.reader(io.StringIO(base(table))))
    for change in made:
        if change[0] in _TABLE:
            _change_table(rows, change)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    content = bytearray(out.getvalue().encode("utf-8", "surrogatepass"))
    for change in made:
        if change[0] in _BYTES:
            content = _change_bytes(content, change)
    return bytes(content)


def _change_table(rows: list[list[str]], change: Change) -> None:
    way, first, second, text = change
    if not rows:
        return
    row = first % len(rows)
    width = max(1, min(map(len, rows)))
    column, other = second % width, first % width
    if way == "cell" and rows[row]:
        rows[row][column % len(rows[row])] = text
    elif way == "drop row":
        del rows[row]
    elif way == "repeat row":
        rows.insert(second % len(rows), list(rows[row]))
    elif way == "move row":
        rows.insert(second % len(rows), rows.pop(row))
    elif way == "widen row":
        rows[row].append(text)
    elif way == "sign":
        for cells in rows:
            cells[:] = [(text[:1] or ";").join(cells)]
    elif way in ("fill column", "prefix column"):
        for cells in rows[1:]:
            if cells:
                cells[column] = text + (cells[column] if way == "prefix column" else "")
    elif way == "rename column" and rows[0]:
        rows[0][column % len(rows[0])] = text
    else:
        for cells in rows:
            if len(cells) <= max(column, other):
                continue
            if way == "drop column":
                del cells[column]
            elif way == "repeat column":
                cells.append(cells[column])
            elif way == "move column":
                cells.insert(other, cells.pop(column))


def _change_bytes(content: bytearray, change: Change) -> bytearray:
    way, first, second, _ = change
    if not content:
        return content
    place = first % len(content)
    if way == "byte":
        content[place] = second % 256
    elif way == "insert":
        content.insert(place, second % 256)
    elif way == "delete":
        del content[place : place + 1 + second % 40]
    elif way == "cut":
        del content[place:]
    else:
        content = content.replace(b"\n", (b"\r\n", b"\r", b"\n\n", b"\n\r")[second % 4])
    return content


def received(table: str, content: bytes, folder: Path) -> str:
    """Read and type a file, and say what became of it.

    Raises
    ------
    AssertionError
        If rows were lost. Any other exception is a fault as well.
    """
    path = folder / f"{table}.csv"
    path.write_bytes(content)
    try:
        text = read_csv(path, path.name)
        extract = Extract(table, text.frame, text.source, text.fingerprint, text.uneven, text.notes)
        typed = conform_rows([extract], schemas()[table])
    except DataProblems as error:
        assert error.problems
        assert all(one.message and one.action for one in error.problems)
        return "refused"
    aside = set(typed.reasons["position"])
    assert typed.received == len(text.frame) + len(text.uneven)
    assert typed.received == len(typed.frame) + len(aside)
    assert aside.isdisjoint(typed.frame.index)
    counted = _rows_counted(content)
    assert counted is None or counted == typed.received, (counted, typed.received)
    return "some rows set aside" if aside else "accepted"


def _rows_counted(content: bytes) -> int | None:
    """Rows with text under the first such row, by Python's own reader; None if it can't read it."""
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    return sum(any(map(str.strip, cells)) for cells in lines[1:])
