"""A table as it is printed: text in every cell, a caption, and what its shorthand means."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pandas as pd

from workbench.language import say
from workbench.reporting import printed
from workbench.reporting.evidence import hidden_rows
from workbench.shown import escaped

_NUMBER = r"[+\u2212]?\d[\d,]*(?:\.\d+)?%?"


@dataclass(frozen=True, eq=False)
class DisplayTable:
    """A table as it is printed.

    Attributes
    ----------
    caption
        What the table holds.
    frame
        Text in every cell; the first column names the row. Columns are named in English, and said
        where the table is printed.
    note
        What a reader must know to read it; empty if nothing.
    """

    caption: str
    frame: pd.DataFrame
    note: str = ""

    @cached_property
    def rows(self) -> list[tuple[str, ...]]:
        """Text of every row, in the order of the columns."""
        return list(
            zip(*(map(str, _values(column)) for _, column in self.frame.items()), strict=True)
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """The table's note, and what its shorthand means."""
        hidden = any(printed.HIDDEN in row for row in self.rows)
        shorthand = say(
            "{mark}: not shown, because too few people stand behind it.", mark=printed.HIDDEN
        )
        return tuple(note for note in (self.note, shorthand if hidden else "") if note)

    @cached_property
    def number_columns(self) -> frozenset[str]:
        """Columns, after the first, that hold numbers only."""
        number_like = _number_like(*map(say, (printed.FROM_TO, printed.PART_OF, printed.NO_NUMBER)))
        return frozenset(
            name
            for name, texts in zip(self.frame.columns[1:], self._columns()[1:], strict=True)
            if all(number_like.fullmatch(text) for text in texts)
            and any(sign.isdigit() for text in texts for sign in text)
        )

    def _columns(self) -> list[tuple[str, ...]]:
        return list(zip(*self.rows, strict=True)) or [()] * len(self.frame.columns)

    def _repr_html_(self) -> str:
        """Show the table in a notebook, every name escaped."""
        names = list(self.frame.columns)
        head = "".join(self._cell("th", "col", name, say(name)) for name in names)
        body = "".join(
            f"<tr>{self._cell('th', 'row', names[0], first)}"
            + "".join(
                self._cell("td", "", name, text) for name, text in zip(names[1:], rest, strict=True)
            )
            + "</tr>"
            for first, *rest in self.rows
        )
        notes = "".join(f"<p>{_markup(note)}</p>" for note in self.notes)
        caption = f'<caption style="text-align: left">{_markup(self.caption)}</caption>'
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def _cell(self, tag: str, scope: str, column: str, text: str) -> str:
        side = "right" if column in self.number_columns else "left"
        about = f' scope="{scope}"' if scope else ""
        return f'<{tag}{about} style="text-align: {side}">{_markup(text)}</{tag}>'

    def __repr__(self) -> str:
        plain = self.frame.rename(columns=lambda name: printed.clean(say(str(name))))
        body = plain.map(lambda cell: printed.clean(str(cell))).to_string(index=False)
        return "\n".join([printed.clean(self.caption), body, *map(printed.clean, self.notes)])


@cache
def _number_like(from_to: str, part_of: str, no_number: str) -> re.Pattern[str]:
    """Pattern of a cell that stands to the right of its column, in the words of a language."""
    between = printed.pattern_of(from_to, low=_NUMBER, high=_NUMBER)
    of = printed.pattern_of(part_of, part=_NUMBER, whole=_NUMBER)
    spans = rf"(?:{between}|{of})"
    hidden, nothing = re.escape(printed.HIDDEN), re.escape(no_number)
    return re.compile(rf"{spans}|{_NUMBER}(?: \({spans}\))?|{hidden}|{nothing}|–|")


def _markup(text: str) -> str:
    """Escape a text for a notebook, which would also typeset what stands between dollar signs."""
    return escaped(printed.clean(text))


def records(frame: pd.DataFrame) -> list[Any]:
    """Give the rows of a table as named tuples, to be written or drawn one by one."""
    row = _row_of(tuple(map(str, frame.columns)))
    return list(map(row._make, zip(*(_values(column) for _, column in frame.items()), strict=True)))


@cache
def _row_of(names: tuple[str, ...]) -> Any:
    """Make the kind of a row; it takes longer than filling many."""
    return namedtuple("Row", names, rename=True)


def _values(column: pd.Series) -> list[Any]:
    """Values of a column; texts are taken out of their store at once, not one by one."""
    if isinstance(column.dtype, pd.StringDtype):
        return column.to_numpy(dtype=object).tolist()
    return list(column)


def written(frame: pd.DataFrame, columns: dict[str, Callable[[Any], str]]) -> pd.DataFrame:
    """Write each row of an evidence table as text.

    Parameters
    ----------
    frame
        Evidence table; rows blanked by disclosure show ``[c]`` where they have no value.
    columns
        For each printed column, in English, how it is written from a row (a named tuple).
    """
    hidden = hidden_rows(frame).tolist()
    rows = records(frame)
    no_number = say(printed.NO_NUMBER)

    def cell(write: Callable[[Any], str], row: Any, is_hidden: bool) -> str:
        text = write(row)
        return printed.HIDDEN if is_hidden and no_number in text else text

    return pd.DataFrame(
        {
            name: [cell(write, row, off) for row, off in zip(rows, hidden, strict=True)]
            for name, write in columns.items()
        },
        dtype="str",
    )
