"""Printed cells as a workbook holds them: numbers as numbers, units in the headings.

A printed cell such as ``71% (66% to 76%)`` becomes three: the value and the two ends of its
interval. No number is more exact than it was printed, and none is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable

NOTHING, NOT_KNOWN = "[z]", "[x]"
MARKS = {
    printed.HIDDEN: mark("Not shown, because too few people stand behind it."),
    NOT_KNOWN: mark("Not estimable: these data can't give the number."),
    NOTHING: mark("Not applicable: there is nothing to give here."),
}
"""Shorthand of a cell, and what it means."""
LONGEST_CELL, LONGEST_HEADING = 32_767, 255

# A number that begins with a needless 0 is a code, and stays text.
_N = r"[+\u2212]?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(?:\.\d+)?"
_UNIT = r"(?: (?P<unit>[^\d()\[\]]*[^\d()\[\]\s]))?"
_PARTS = ("value", "whole", "share", "low", "high")
_HEADINGS = {
    "whole": mark("{name}, out of"),
    "share": mark("{name}, percent"),
    "low": mark("{name}, lower end"),
    "high": mark("{name}, upper end"),
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
    names = [_clean(say(str(name))) for name in table.frame.columns]
    rows = table.rows or [(say("No rows."), *[""] * (len(names) - 1))]
    found: list[Column] = []
    for name, texts in zip(names, zip(*rows, strict=True), strict=True):
        found += _columns(name, [_clean(text) for text in texts])
    return list(_with_own_headings(found))


def _clean(text: str) -> str:
    return printed.clean(printed.typeset(text)).strip()[:LONGEST_CELL]


def _columns(name: str, texts: Sequence[str]) -> list[Column]:
    """Write one printed column as one of text or as some of numbers."""
    texts = [_shorthand(text) for text in texts]
    for form in _forms(say(printed.FROM_TO), say(printed.PART_OF)):
        matches = [None if text in MARKS else form.fullmatch(text) for text in texts]
        if _is_of_numbers(texts, matches):
            return _of_numbers(name, texts, matches)
    return [Column(name, tuple(texts))]


@cache
def _forms(from_to: str, part_of: str) -> tuple[re.Pattern[str], ...]:
    """Ways in which the numbers of a column are printed, each with its parts by name."""
    low, high = rf"(?P<low>{_N})", rf"(?P<high>{_N})%?"
    inside = printed.pattern_of(from_to, low=f"{low}%?", high=high)
    between = printed.pattern_of(from_to, low=f"{low}(?P<percent>%?)", high=high)
    of = printed.pattern_of(part_of, part=rf"(?P<value>{_N})", whole=rf"(?P<whole>{_N})")
    forms = (
        rf"(?P<value>{_N})(?P<percent>%?){_UNIT}(?: \({inside}\))?",
        rf"{between}{_UNIT}",
        of,
        rf"(?P<value>{_N}) \((?P<share>{_N})%\)",
    )
    return tuple(map(re.compile, forms))


def _shorthand(text: str) -> str:
    """Give the mark of a cell that holds no number; any other text as it is."""
    if text in ("", "–"):
        return NOTHING
    return NOT_KNOWN if text == say(printed.NO_NUMBER) else text


def _is_of_numbers(texts: Sequence[str], matches: Sequence[re.Match[str] | None]) -> bool:
    """Whether a column holds numbers of one unit, and at most as many words beside them.

    A text that begins with a digit and is no number, such as ``1.24.1``, makes it one of text.
    """
    found = [match for match in matches if match]
    words = [
        text for text, match in zip(texts, matches, strict=True) if not match and text not in MARKS
    ]
    return (
        bool(found)
        and len(words) <= len(found)
        and all(text[0].isalpha() for text in words)
        and len({_unit(match) for match in found}) == 1
    )


def _unit(match: re.Match[str]) -> str:
    parts = match.groupdict()
    percent = say(printed.PERCENT) if parts.get("percent") else ""
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
    return text if is_first or text in MARKS else NOTHING


def _value(text: str) -> float:
    return float(text.replace(",", "").replace(printed.MINUS, "-"))


def _heading(name: str, part: str, unit: str) -> str:
    plain = name.removesuffix(say("(95% interval)")).strip()
    told = say(_HEADINGS[part], name=plain) if part in _HEADINGS else plain
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
        short = column.heading[: LONGEST_HEADING - 5] or say("Column")
        heading, again = short, 1
        while heading.casefold() in taken:
            again += 1
            heading = f"{short} ({again})"
        taken.add(heading.casefold())
        yield Column(heading, column.cells, column.shown_as)
