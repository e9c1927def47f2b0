"""The header of a table: the row it stands in, rows that are joined, and titles above it.

What looks like a title or like a header of two rows is asked about; nothing is skipped by guessing.
"""

from __future__ import annotations

import re
from collections import Counter

from workbench.data.text_tables import SPACES, Layout, refused

FIRST_ROWS = 60
"""Rows at the top of a file by which its layout is judged."""
_NUMBER_OR_DATE = re.compile(r"[+-]?\d[\d.,/:\- ]*%?")
FEWEST_ROWS_TO_JUDGE = 3


def find_header(top: dict[int, list[str]], name: str, layout: Layout) -> list[str]:
    """Names of the columns.

    Parameters
    ----------
    top
        The first rows with text, by their number.
    name
        File as messages name it.
    layout
        Which rows the header has, and whether to ask.

    Raises
    ------
    DataProblems
        If the row is empty, looks like a title, or seems to be followed by a second header row.
    """
    row = layout.header_row
    if row not in top:
        raise refused(
            "no_header",
            name,
            f"Row {row}, where the header should be, is empty." if top else "It is empty.",
            "Export the table again, or name the header's row in the source file: 'header_row: 2'.",
        )
    lines = [top.get(number, []) for number in range(row, layout.last_header_row + 1)]
    header = _joined(lines) if len(lines) > 1 else [cell.strip(SPACES) for cell in lines[0]]
    if layout.ask:
        below = {number: cells for number, cells in top.items() if number > layout.last_header_row}
        _ask_about_title(header, below, name, row)
        _ask_about_second_row(header, below, name, row)
    return header


def _joined(lines: list[list[str]]) -> list[str]:
    """Names of several rows joined; an upper name holds until the next one to the right."""
    width = max(map(len, lines))
    whole = []
    for depth, line in enumerate(lines):
        cells = [cell.strip(SPACES) for cell in line] + [""] * (width - len(line))
        if depth < len(lines) - 1:
            for place in range(1, width):
                cells[place] = cells[place] or cells[place - 1]
        whole.append(cells)
    for place in range(width):
        # An upper name that only reaches over empty cells does not name a column.
        own = lines[0][place].strip(SPACES) if place < len(lines[0]) else ""
        if not own and not any(cells[place] for cells in whole[1:]):
            whole[0][place] = ""
    return [" / ".join(filter(None, parts)) for parts in zip(*whole, strict=True)]


def _filled(cells: list[str]) -> int:
    return sum(bool(cell.strip(SPACES)) for cell in cells)


def _ask_about_title(header: list[str], below: dict[int, list[str]], name: str, row: int) -> None:
    if not below:
        return
    filled = _filled(header)
    common = Counter(map(_filled, below.values())).most_common(1)[0][0]
    full = max(common, int(0.75 * max(map(_filled, below.values()))))
    if 2 * filled >= full:
        return
    better = next(
        (number for number, cells in below.items() if _filled(cells) >= full and _names(cells)),
        None,
    )
    if better is None:
        return
    remedy = f"If the header is row {better}, write 'header_row: {better}' in its source file"
    upper_groups = filled > 1 and better == row + 1
    if upper_groups:
        remedy += f"; if rows {row} and {better} are one header, write 'header_rows: 2'"
    cells_filled = "1 filled cell" if filled == 1 else f"{filled} filled cells"
    raise refused(
        "title_above_header",
        name,
        f"Row {row} has {cells_filled} where most rows have {common}; it looks like a title.",
        f"{remedy}. If it is the header, write 'header_row: {row}'.",
        (row,),
    )


def _names(cells: list[str]) -> bool:
    texts = [cell.strip(SPACES) for cell in cells if cell.strip(SPACES)]
    return len(set(texts)) >= 0.5 * len(texts) and not any(map(_NUMBER_OR_DATE.fullmatch, texts))


def _ask_about_second_row(
    header: list[str], below: dict[int, list[str]], name: str, row: int
) -> None:
    """Ask where the first row is text in every column that is numbers or dates elsewhere."""
    if len(below) <= FEWEST_ROWS_TO_JUDGE:
        return
    first, *others = below.values()
    if len(first) != len(header):
        return
    places = []
    for place in range(len(header)):
        cells = [cells[place].strip(SPACES) for cells in others if len(cells) == len(header)]
        texts = [cell for cell in cells if cell]
        if len(texts) >= FEWEST_ROWS_TO_JUDGE and all(map(_NUMBER_OR_DATE.fullmatch, texts)):
            places.append(first[place].strip(SPACES))
    if len(places) >= 2 and all(text and not re.search(r"\d", text) for text in places):
        second = next(iter(below))
        raise refused(
            "second_header_row",
            name,
            f"Row {second} is text in {len(places)} columns that hold numbers or dates in all "
            "rows after it; it looks like a second row of the header.",
            "If so, write 'header_rows: 2' in its source file; if it is data, 'header_rows: 1'.",
            (second,),
        )


def ask_for_delimiter(top: dict[int, list[str]], name: str, row: int, delimiter: str) -> None:
    """Refuse a file whose columns seem to be parted by another sign; it is never guessed."""
    marks = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
    lines = list(top.values())
    single = [cells[0] for cells in lines if len(cells) == 1]
    header = top.get(row, [])
    for mark, noun in marks.items():
        in_header = len(header) == 1 and mark in header[0]
        in_most = len(single) == len(lines) and 2 * sum(mark in one for one in single) > len(lines)
        if mark == delimiter or not (in_header or in_most):
            continue
        written = "\\t" if mark == "\t" else mark
        raise refused(
            "other_delimiter",
            name,
            f"{'The header is' if in_header else 'Most rows are'} a single cell with {noun} in it.",
            f"If they part the columns, write 'delimiter: \"{written}\"' in a source file, or save "
            "the file as CSV with commas.",
            (row,),
        )
