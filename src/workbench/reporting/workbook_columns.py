"""Printed cells as a workbook holds them: numbers as numbers, units in the headings.

A printed cell such as ``71% (66% to 76%)`` becomes three: the value and the two ends of its
interval. No number is more exact than it was printed, and none is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable

NOTHING, NOT_KNOWN = "[z]", "[x]"
MARKS = {
    printed.HIDDEN: "Not shown, because too few people stand behind it.",
    NOT_KNOWN: "Not estimable: these data can't give the number.",
    NOTHING: "Not applicable: there is nothing to give here.",
}
"""Shorthand of a cell, and what it means."""
LONGEST_CELL, LONGEST_HEADING = 32_767, 255

_MARK_OF = {printed.HIDDEN: printed.HIDDEN, printed.NO_NUMBER: NOT_KNOWN, "–": NOTHING, "": NOTHING}
# A number that begins with a needless 0 is a code, and stays text.
_N = r"[+\u2212]?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?"
_UNIT = r"(?: (?P<unit>[^\d()\[\]]*[^\d()\[\]\s]))?"
_FORMS = (
    rf"(?P<value>{_N})(?P<percent>%?){_UNIT}(?: \((?P<low>{_N})%? to (?P<high>{_N})%?\))?",
    rf"(?P<low>{_N})(?P<percent>%?) to (?P<high>{_N})%?{_UNIT}",
    rf"(?P<value>{_N}) of (?P<whole>{_N})",
    rf"(?P<value>{_N}) \((?P<share>{_N})%\)",
)
"""Ways in which the numbers of a column are printed, each with its parts by name."""
_PARTS = ("value", "whole", "share", "low", "high")
_HEADINGS = {
    "value": "{name}",
    "whole": "{name}, out of",
    "share": "{name}, percent",
    "low": "{name}, lower end",
    "high": "{name}, upper end",
}


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    Attributes
    ----------
    heading
        With its unit.
    cells
        Numbers, and text where there is none.
    shown_as
        How a spreadsheet shows the numbers, such as ``0.0``; empty for text.
    """

    heading: str
    cells: tuple[str | float, ...]
    shown_as: str = ""


def columns_of(table: DisplayTable) -> list[Column]:
    """Columns of a printed table; one with nothing in it has a single row that says so."""
    names = [_clean(str(name)) for name in table.frame.columns]
    rows = table.rows or [("No rows.", *[""] * (len(names) - 1))]
    found: list[Column] = []
    for name, texts in zip(names, zip(*rows, strict=True), strict=True):
        found += _columns(name, [_clean(text) for text in texts])
    return list(_with_own_headings(found))


def _clean(text: str) -> str:
    return printed.clean(printed.typeset(text)).strip()[:LONGEST_CELL]


def _columns(name: str, texts: Sequence[str]) -> list[Column]:
    """Write one printed column as one of text or as some of numbers."""
    for form in _FORMS:
        matches = [None if text in _MARK_OF else re.fullmatch(form, text) for text in texts]
        if _is_of_numbers(texts, matches):
            return _of_numbers(name, texts, matches)
    return [Column(name, tuple(_MARK_OF.get(text, text) for text in texts))]


def _is_of_numbers(texts: Sequence[str], matches: Sequence[re.Match[str] | None]) -> bool:
    """Whether a column holds numbers of one unit, and at most as many words beside them.

    A text that begins with a digit and is no number, such as ``1.24.1``, makes it one of text.
    """
    found = [match for match in matches if match]
    words = [
        text
        for text, match in zip(texts, matches, strict=True)
        if not match and text not in _MARK_OF
    ]
    return (
        bool(found)
        and len(words) <= len(found)
        and all(text[0].isalpha() for text in words)
        and len({_unit(match) for match in found}) == 1
    )


def _unit(match: re.Match[str]) -> str:
    parts = match.groupdict()
    percent = "percent" if parts.get("percent") else ""
    return " ".join(word for word in (percent, parts.get("unit") or "") if word)


def _of_numbers(
    name: str, texts: Sequence[str], matches: Sequence[re.Match[str] | None]
) -> list[Column]:
    """Split a column into its numbers, each part in a column of its own."""
    found = [match for match in matches if match]
    unit = _unit(found[0])
    parts = [part for part in _PARTS if any(match.groupdict().get(part) for match in found)]
    columns = []
    for place, part in enumerate(parts):
        numbers = [match.groupdict().get(part) or "" if match else "" for match in matches]
        cells = tuple(
            _value(number) if number else _beside(text, is_first=place == 0)
            for number, text in zip(numbers, texts, strict=True)
        )
        columns.append(Column(_heading(name, part, unit), cells, _shown_as(numbers)))
    return columns


def _beside(text: str, is_first: bool) -> str:
    """Write the cell of a row without a number; words stand in the first of its columns."""
    if text in _MARK_OF:
        return _MARK_OF[text]
    return text if is_first else NOTHING


def _value(text: str) -> float:
    return float(text.replace(",", "").replace(printed.MINUS, "-"))


def _heading(name: str, part: str, unit: str) -> str:
    plain = name.removesuffix("(95% interval)").strip()
    told = _HEADINGS[part].format(name=plain)
    is_told = not unit or unit in plain.casefold() or part in ("whole", "share")
    return told if is_told else f"{told} ({unit})"


def _shown_as(numbers: Iterable[str]) -> str:
    """Show numbers as they were printed: with the most digits, and the plus sign where it was."""
    texts = [text for text in numbers if text]
    digits = max(len(text.partition(".")[2]) for text in texts)
    whole = "#,##0" if any("," in text for text in texts) else "0"
    plain = f"{whole}.{'0' * digits}" if digits else whole
    return f"+{plain};-{plain};{plain}" if any(text[0] == "+" for text in texts) else plain


def _with_own_headings(columns: Iterable[Column]) -> Iterator[Column]:
    """Give each column a heading that no other has, whatever the case of its letters."""
    taken: set[str] = set()
    for column in columns:
        short = column.heading[: LONGEST_HEADING - 5] or "Column"
        heading, again = short, 1
        while heading.casefold() in taken:
            again += 1
            heading = f"{short} ({again})"
        taken.add(heading.casefold())
        yield Column(heading, column.cells, column.shown_as)
