"""How a result tells of itself in a notebook or at a prompt: what it holds, in a few lines.

A result holds whole frames. Printed as Python would, one of them fills pages; here each part is
told in a line, and every text in a page is escaped.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import Any

from workbench.wording import english_count

MOST_LETTERS = 160
MOST_NAMES = 5
LEFT = ' style="text-align: left"'


class Shown:
    """Base of results that are shown by their parts: tables with their rows, and short values.

    The parts are what ``in_short()`` gives, where a result has it; else the fields of the
    dataclass, and the tables that ``tables()`` gives. What is empty is left out.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class SupportLedger(Shown):
    ...     quarter: str
    ...     kinds: tuple[str, ...]
    >>> SupportLedger("2026Q3", ("training", "coaching"))
    Support ledger
      quarter: 2026Q3
      kinds: 2 (training, coaching)
    """

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "__repr__" not in cls.__dict__:
            # A dataclass would write one of its own, with every frame in it.
            cls.__repr__ = Shown.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        return told_in_lines(in_words(type(self).__name__), parts_of(self))

    def _repr_html_(self) -> str:
        return html_table(in_words(type(self).__name__), (), parts_of(self))


def parts_of(result: Any) -> list[tuple[str, str]]:
    """Give the name of each part of a result, and what it is, in words."""
    if callable(told := getattr(result, "in_short", None)):
        return [(name, text) for name, value in told().items() if (text := value_in_words(value))]
    tables = result.tables() if callable(getattr(result, "tables", None)) else {}
    values = [(field.name, getattr(result, field.name)) for field in _fields(result)]
    parts = [(name, value) for name, value in values if not (tables and _is_frame(value))]
    lines = (
        (clean(name.replace("_", " ")), value_in_words(value))
        for name, value in [*parts, *tables.items()]
    )
    return [(name, text) for name, text in lines if text not in ("", name)]


def value_in_words(value: Any) -> str:
    """Write a part in a line; empty where there is nothing in it."""
    if _is_frame(value):
        return f"{english_count(len(value), 'row')}: {_listed(map(str, value.columns))}"
    if value is None or (isinstance(value, Collection) and len(value) == 0):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if value != value else f"{value:,.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str | PurePath):
        return short(str(value))
    if isinstance(value, Collection):
        return _of_many(value)
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        return in_words(type(value).__name__).lower()
    return short(str(value)) if type(value).__str__ is not object.__str__ else ""


def in_words(name: str) -> str:
    """Write the name of a class as words.

    >>> in_words("FidelityOverTime")
    'Fidelity over time'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lstrip("_").capitalize()


def told_in_lines(head: str, parts: Iterable[tuple[str, str]]) -> str:
    """Write each part in a line of its own under a head, without what can't be seen."""
    return "\n".join([clean(head), *(f"  {name}: {clean(told)}" for name, told in parts)])


def html_table(
    caption: str, head: Iterable[str], rows: Iterable[Iterable[str]], notes: Iterable[str] = ()
) -> str:
    """Write a table for a notebook, every text escaped; the first cell of a row names it."""
    names = "".join(f'<th scope="col"{LEFT}>{markup(name)}</th>' for name in head)
    top = f"<thead><tr>{names}</tr></thead>" if names else ""
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    below = "".join(f"<p>{markup(note)}</p>" for note in notes)
    title = f"<caption{LEFT}>{markup(caption)}</caption>"
    return f"<table>{title}{top}<tbody>{body}</tbody></table>{below}"


def _cells(row: Iterable[str]) -> str:
    first, *rest = row
    cells = "".join(f"<td{LEFT}>{markup(text)}</td>" for text in rest)
    return f'<th scope="row"{LEFT}>{markup(first)}</th>{cells}'


def markup(text: str) -> str:
    """Escape a text for a notebook, which would also typeset what stands between dollar signs."""
    return escaped(clean(text))


def escaped(text: str) -> str:
    """Escape a clean text for a notebook; what stands between dollar signs is not typeset."""
    return re.sub(r"[$\\]", r"<span>\g<0></span>", html.escape(text))


def clean(text: str) -> str:
    """Drop characters that can't be seen or that turn the direction of writing."""
    return visible(re.sub(r"\s+", " ", text))


def visible(text: str) -> str:
    """Drop characters that can't be seen, but for those by which some scripts join letters."""
    return "".join(
        sign for sign in text if sign in "\u200c\u200d" or unicodedata.category(sign)[0] != "C"
    )


def short(text: str, most: int = MOST_LETTERS) -> str:
    """Make a text fit a line, cut with an ellipsis where it is longer."""
    line = clean(text).strip()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _fields(result: Any) -> tuple[Any, ...]:
    return fields(result) if is_dataclass(result) else ()


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "itertuples")


def _of_many(value: Collection[Any]) -> str:
    """Count what a collection holds, and name its first entries where they are short."""
    if hasattr(value, "shape"):
        return f"{len(value):,} values"
    entries = value.keys() if isinstance(value, Mapping) else value
    if not all(isinstance(entry, str | int | float) for entry in entries):
        return f"{len(value):,}"
    return f"{len(value):,} ({_listed(map(str, entries))})"


def _listed(names: Iterable[str]) -> str:
    """List names, cutting a long list."""
    known = [short(name, 40) for name in names]
    left = len(known) - MOST_NAMES
    return ", ".join(known[:MOST_NAMES]) + (f" and {left} more" if left > 0 else "")
