"""Where an identifier stands in the files of a study: tables, workbooks, pages, notebooks, text.

An identifier counts as found where no letter or digit touches it: P12 is not in P123. Of tables we
know the columns, so there a practitioner 12 is not the item 12; elsewhere only the signs are seen.
"""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

STAFF_COLUMNS = (
    "practitioner_id", "supervisor_id", "trainer_id", "rater_id", "provided_by", "respondent_id",
)  # fmt: skip
PLAN_COLUMNS = ("plan_id",)
_PICTURE = re.compile(r"(?:[A-Za-z0-9+/=]|\\n){200,}")
"""A picture written as text, in which any short code stands by chance."""
_XML_TEXT = re.compile(r"<(?:\w+:)?t(?: [^>]*)?>([^<]*)</(?:\w+:)?t>|<(?:\w+:)?v>([^<]*)<")
_SHEET_ROW = re.compile(r"<(?:\w+:)?row [^>]*?\br=\"(\d+)\"[^>]*>(.*?)</(?:\w+:)?row>", re.S)
_SHEET_CELL = re.compile(r"<(?:\w+:)?c ([^>]*)>(.*?)</(?:\w+:)?c>", re.S)
_SHARED = re.compile(r"<(?:\w+:)?si>(.*?)</(?:\w+:)?si>", re.S)
MOST_BYTES = 200_000_000
"""Size up to which a file, or a part of a workbook, is searched."""


class NotSearched(Exception):
    """A file that can't be looked into."""


@dataclass(frozen=True)
class Person:
    """Who is looked for.

    Attributes
    ----------
    identifier
        The code, as the data have it.
    subject
        ``practitioner`` or ``plan``: the kind under which the table ``outcomes`` has it.
    about
        Columns that say whom a row is about; a row is theirs if one of them holds the code.
    columns
        All columns of codes of that kind.
    """

    identifier: str
    subject: str
    about: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def pattern(self) -> re.Pattern[str]:
        """The code, where no letter or digit touches it."""
        return re.compile(rf"(?<![^\W_]){re.escape(self.identifier)}(?![^\W_])")

    @property
    def is_distinct(self) -> bool:
        """Whether the code is long enough to be known again inside another text."""
        plain = self.identifier
        return len(plain) >= 5 or (len(plain) >= 3 and not plain.isdigit())


def practitioner(identifier: str) -> Person:
    """Look for a member of staff, whatever their part: observed, rater, trainer, respondent."""
    return Person(identifier, "practitioner", ("practitioner_id", "respondent_id"), STAFF_COLUMNS)


def plan(identifier: str) -> Person:
    """Look for the plan of a person or family."""
    return Person(identifier, "plan", PLAN_COLUMNS, PLAN_COLUMNS)


@dataclass(frozen=True)
class Mention:
    """Rows of a file in which an identifier stands.

    Attributes
    ----------
    file
        Path from the study's folder.
    sheet
        Sheet of a workbook.
    rows
        As a spreadsheet shows them, the header being row 1; none where a file has no rows.
    searched
        Whether the file could be looked into; if not, somebody has to.
    """

    file: str
    sheet: str = ""
    rows: tuple[int, ...] = ()
    searched: bool = True


def rows_about(frame: pd.DataFrame, person: Person) -> pd.Series:
    """Whether each row of a table is about the person; the row of a plan is the family's."""
    found = pd.Series(False, index=frame.index)
    for name in person.about:
        if name in frame.columns and not (person.subject != "plan" and "plan_id" in frame.columns):
            found |= _equal(frame[name], person.identifier)
    return found | _as_subject(frame, person)


def cells_naming(frame: pd.DataFrame, person: Person) -> dict[str, pd.Series]:
    """Cells of a table that name the person, by column: in its own columns, or inside a text."""
    found = {}
    for name in frame.columns:
        if name in person.columns:
            here = _equal(frame[name], person.identifier)
        elif name == "subject_id":
            here = _as_subject(frame, person)
        elif person.is_distinct and not pd.api.types.is_numeric_dtype(frame[name]):
            text = frame[name].map(lambda cell: cell if isinstance(cell, str) else "")
            here = text.str.contains(person.pattern) & (text != person.identifier)
        else:
            continue
        if here.any():
            found[str(name)] = here
    return found


def _equal(cells: pd.Series, identifier: str) -> pd.Series:
    return cells.astype("object").map(lambda cell: cell == identifier).astype("bool")


def _as_subject(frame: pd.DataFrame, person: Person) -> pd.Series:
    if not {"subject", "subject_id"} <= set(frame.columns):
        return pd.Series(False, index=frame.index)
    kind = frame["subject"].astype("str") == person.subject
    return kind & _equal(frame["subject_id"], person.identifier)


def names_person(path: Path, person: Person) -> bool:
    """Whether a file of ours names the person.

    Raises
    ------
    NotSearched
        If it can't be looked into.
    """
    if path.suffix == ".parquet":
        return bool(cells_naming(pd.read_parquet(path), person))
    return any(person.pattern.search(text) for text in _texts(path))


def rows_that_name(path: Path, shown_as: str, person: Person) -> list[Mention]:
    """Rows of a file that was received in which the identifier stands, whatever the column."""
    try:
        found = list(_mentions(path, shown_as, person))
    except (NotSearched, OSError, ValueError, csv.Error):
        return [Mention(shown_as, searched=False)]
    return found


def _mentions(path: Path, shown_as: str, person: Person) -> Iterator[Mention]:
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        (text,) = _texts(path)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        sheets = {"": [(n, cells) for n, cells in enumerate(rows, 1)]}
    elif ending in (".xlsx", ".xlsm"):
        sheets = _sheets(path)
    elif ending == ".parquet":
        frame = pd.read_parquet(path)
        cells = frame.astype("str").itertuples(index=False, name=None)
        sheets = {"": [(n, list(one)) for n, one in enumerate(cells, 2)]}
    elif any(person.pattern.search(text) for text in _texts(path)):
        yield Mention(shown_as)
        return
    else:
        return
    for sheet, numbered in sheets.items():
        hit = [n for n, cells in numbered if any(person.pattern.search(cell) for cell in cells)]
        if hit:
            yield Mention(shown_as, sheet, tuple(hit))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t|", key=first.count)


def _texts(path: Path) -> Iterator[str]:
    """Text of a file, without its pictures; of a workbook or other archive, of each part.

    A file that is no text is read as if it were: a database keeps its texts as they are.
    """
    if path.stat().st_size > MOST_BYTES:
        raise NotSearched(path.name)
    content = path.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(content)):
        for name, text in _parts(path):
            yield text if name.endswith(".json") else _text_of(text, " ")
        return
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    plain = content.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")
    yield html.unescape(_PICTURE.sub(" ", plain))


def _parts(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with zipfile.ZipFile(path) as parts:
            for entry in parts.infolist():
                if entry.file_size > MOST_BYTES:
                    raise NotSearched(path.name)
                if entry.filename.endswith((".xml", ".rels", ".json")):
                    yield entry.filename, parts.read(entry).decode("utf-8", errors="replace")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        raise NotSearched(path.name) from None


def _sheets(path: Path) -> dict[str, list[tuple[int, list[str]]]]:
    """Cells of each sheet of a workbook by row; only text is wanted, so nothing is interpreted."""
    if not zipfile.is_zipfile(path):
        raise NotSearched(path.name)
    parts = dict(_parts(path))
    shared = [_text_of(one) for one in _SHARED.findall(parts.get("xl/sharedStrings.xml", ""))]
    named = re.findall(r"<(?:\w+:)?sheet [^>]*?name=\"([^\"]*)\"", parts.get("xl/workbook.xml", ""))
    files = sorted(
        (name for name in parts if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)),
        key=lambda name: int(re.findall(r"\d+", name)[0]),
    )
    found = {}
    for place, name in enumerate(files):
        title = html.unescape(named[place]) if place < len(named) else name
        rows = [(int(n), _cells(row, shared)) for n, row in _SHEET_ROW.findall(parts[name])]
        found[title] = rows
    return found


def _cells(row: str, shared: list[str]) -> list[str]:
    cells = []
    for about, inside in _SHEET_CELL.findall(row):
        text = _text_of(inside)
        if re.search(r"\bt=\"s\"", about) and text.isdigit() and int(text) < len(shared):
            text = shared[int(text)]
        cells.append(text)
    return cells


def _text_of(inside: str, between: str = "") -> str:
    return between.join(html.unescape(a or b) for a, b in _XML_TEXT.findall(inside))
