"""The page that a first look prints: what a file is, what it holds, what to say, ten rows, a draft.

On a terminal it has colours and lines; elsewhere it is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markup import escape
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from workbench.data.inspection import Inspection
from workbench.data.inspection_fields import ASK, Field
from workbench.data.inspection_preview import Preview
from workbench.data.inspection_tables import TableDraft
from workbench.wording import english_count
from workbench.yaml_text import flow

MOST_COLUMNS_SHOWN = 40
WIDEST_CELL = 22
_SURE = {"certain": "certain by name", "likely": "likely by content", "ask": "please say"}
_STYLE = {"certain": "green", "likely": "yellow", "ask": "bold red"}


class InspectionPage:
    """A first look at an export, as a terminal shows it."""

    def __init__(self, found: Inspection) -> None:
        self.found = found

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Parts of the page, from top to bottom."""
        found = self.found
        yield from _file(found)
        yield _heading("What the columns hold", console)
        yield _columns(found)
        if found.draft is None:
            yield ""
            yield "No table was found that this could be. If you know it, name it with --table."
            return
        for each in found.draft.tables:
            yield _heading(f"What it could be: {each.table}", console)
            yield _fields(each)
        if unread := found.not_read:
            yield ""
            shown = ", ".join(_in_families(unread))
            yield Text(f"Not read by the draft: {shown}", style="dim")
        if found.draft.questions:
            yield _heading("Please say", console)
            yield from _questions(found)
        for one in found.previews:
            yield _heading(f"First rows of {one.table}, as they would be read", console)
            yield from _preview(one, options.max_width, console)
        if found.is_table:
            return
        yield _heading("A draft of the source file", console)
        yield _yaml(found.draft.text(), console)
        if found.instrument_text:
            yield _heading(f"A draft of the instrument '{found.instrument}'", console)
            yield _yaml(_shortened(found.instrument_text), console)


def _heading(text: str, console: Console) -> RenderableType:
    if console.is_terminal:
        return Group("", Rule(f"[bold]{escape(text)}", align="left", style="dim"))
    return Text(f"\n{text}\n{'-' * len(text)}")


def _file(found: Inspection) -> Iterator[RenderableType]:
    text, opened = found.opened.text, found.opened
    rows = len(text.frame) + len(text.uneven)
    yield Text(
        f"{opened.reading['file']}: {opened.what}, {english_count(rows, 'row')}, "
        f"{english_count(len(text.frame.columns), 'column')}",
        style="bold",
    )
    for entry, why in opened.assumed.items():
        line = Text(f"  assumed   {opened.taken(entry)}", style="yellow")
        yield line.append(f"  ({why})", style="dim")
    if text.uneven:
        yield f"  {english_count(len(text.uneven), 'row')} of another width than the header"
    for note in text.notes:
        yield Text(f"  note      {note}", style="dim")


def _columns(found: Inspection) -> Table:
    grid = _grid("column", "filled", "different", "holds")
    wide = set(found.wide.names) if found.wide else set()
    lines = [each for name, each in found.profiles.items() if name not in wide]
    total = len(found.opened.text.frame)
    if found.wide:
        names, answers = found.wide.names, found.wide.answers
        segments = f", in segments {found.wide.segments[0]} to {found.wide.segments[-1]}" \
            if found.wide.segments else ""  # fmt: skip
        grid.add_row(
            escape(f"{names[0]} … {names[-1]}"), "", "",
            escape(f"{len(names)} columns of {len(found.wide.items)} items{segments}; answers "
                   f"{', '.join(answers)}"),
        )  # fmt: skip
    kinds = {each.name: each for each in lines}
    for family in list(_in_families(list(kinds)))[:MOST_COLUMNS_SHOWN]:
        if family not in kinds:
            first = family.partition(" … ")[0]
            grid.add_row(escape(family), "", "", escape(f"as in {first}: {kinds[first].said}"))
            continue
        each = kinds[family]
        share = "all" if each.filled == total else f"{each.filled:,}"
        codes = f" (and {', '.join(each.missing)} for missing)" if each.missing else ""
        grid.add_row(escape(each.name), share, f"{each.distinct:,}", escape(each.said + codes))
    families = len(list(_in_families(list(kinds))))
    if families > MOST_COLUMNS_SHOWN:
        grid.add_row(f"and {families - MOST_COLUMNS_SHOWN} more", "", "", "")
    return grid


def _in_families(names: list[str]) -> Iterator[str]:
    """Names, with those that differ only by the number at their end put together."""
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(re.sub(r"\d+$", "", name), []).append(name)
    for members in families.values():
        yield members[0] if len(members) == 1 else f"{members[0]} … {members[-1]}"


def _fields(draft: TableDraft) -> Table:
    grid = _grid("column of the table", "how sure", "comes from", "why")
    if all(each.why == "its name" for each in draft.fields.values()) and not draft.wide:
        grid.columns[-1].header = ""
    for each in draft.fields.values():
        grid.add_row(
            each.column,
            f"[{_STYLE[_level(each)]}]{_SURE[_level(each)]}",
            escape(_from(each)),
            escape("" if each.why == "its name" else each.why),
        )
    if draft.wide:
        said = f"{draft.wide['name_to']}, {draft.wide['value_to']}"
        grid.add_row(said, f"[{_STYLE['likely']}]{_SURE['likely']}", "wide columns",
                     escape(draft.wide["columns"] if len(draft.wide["columns"]) < 60 else
                            f"{draft.wide['columns'].count('|') + 1} columns"))  # fmt: skip
    return grid


def _level(each: Field) -> str:
    return ASK if each.question and not each.mapping else each.sure


def _from(each: Field) -> str:
    mapping = each.mapping
    if not mapping:
        return "?"
    if "join" in mapping:
        return f" {mapping['separator']} ".join(mapping["join"])
    if "date_parts" in mapping:
        return ", ".join(mapping["date_parts"].values())
    if "constant" in mapping:
        return f"always '{mapping['constant']}'"
    return str(mapping["from"])


def _questions(found: Inspection) -> Iterator[RenderableType]:
    assert found.draft is not None
    for number, each in enumerate(found.draft.questions, 1):
        where = f"{each.table}.{each.entry}" if each.table else each.entry
        yield Padding(Text(f"{number}. {where}: {each.question}"), (0, 0, 0, 2))
        for choice in each.choices:
            yield Padding(Text(f"{each.entry}: {flow(choice)}", style="cyan"), (0, 0, 0, 6))


def _preview(one: Preview, width: int, console: Console) -> Iterator[RenderableType]:
    if one.problem:
        yield Text(one.problem)
        return
    rows = one.rows.fillna("")
    same = {str(name): str(rows[name].iloc[0]) for name in rows
            if len(rows) > 1 and len(set(rows[name])) == 1}  # fmt: skip
    shown = rows[[name for name in rows if name not in same]]
    for part in _side_by_side(shown, width):
        grid = _grid("row", *map(str, part.columns))
        for number, cells in part.iterrows():
            grid.add_row(str(number), *(escape(_cut(str(cell))) for cell in cells))
        yield grid
    told = [f"{name} {value}" for name, value in same.items() if value]
    if told:
        yield Text(f"The same in these rows: {'; '.join(told)}", style="dim")
    if empty := [name for name, value in same.items() if not value]:
        yield Text(f"Empty in these rows: {', '.join(empty)}", style="dim")
    yield Text(_counted(one), style="green" if not one.set_aside else "yellow")
    for reason, times in one.reasons:
        yield Text(f"  {reason} ({english_count(times, 'row')})")


def _counted(one: Preview) -> str:
    rows = english_count(one.read, "row")
    if one.set_aside is None:
        return f"{rows} in all; whether each can be used is seen once the questions are answered."
    if not one.set_aside:
        return f"{rows} in all; every cell can be read. Rules are checked by 'workbench check'."
    return f"{rows} in all; {one.set_aside:,} would be set aside, as a cell can't be read:"


def _side_by_side(rows: pd.DataFrame, width: int) -> Iterator[pd.DataFrame]:
    """Columns in as many groups as it takes for each to fit."""
    group: list[str] = []
    used = 6
    for name in rows.columns:
        widest = max([len(str(name)), *(len(_cut(str(cell))) for cell in rows[name])])
        if group and used + widest + 2 > width:
            yield rows[group]
            group, used = [], 6
        group.append(name)
        used += widest + 2
    if group:
        yield rows[group]


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…"


def _grid(*headers: str) -> Table:
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for place, name in enumerate(headers):
        numbers = name in ("filled", "different")
        grid.add_column(name, justify="right" if numbers else "left", no_wrap=place == 0 or numbers,
                        overflow="fold")  # fmt: skip
    return grid


def _shortened(text: str, most: int = 34) -> str:
    lines = text.splitlines()
    if len(lines) <= most:
        return text
    return "\n".join([*lines[:most], f"  # and {len(lines) - most} more lines"])


def _yaml(text: str, console: Console) -> RenderableType:
    if console.is_terminal:
        return Syntax(text.rstrip(), "yaml", theme="ansi_dark", background_color="default")
    return Text(text.rstrip(), no_wrap=True, overflow="ignore")
