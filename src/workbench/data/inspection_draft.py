"""The draft of a source file: what it would do as an object, and its text with open questions."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Any

from workbench.data.inspection_fields import CERTAIN, OpenQuestion
from workbench.data.inspection_tables import TableDraft
from workbench.data.source_files import Source
from workbench.yaml_text import MOST_WIDE, flow, scalar, wrapped_flow


@dataclass(frozen=True)
class SourceDraft:
    """Draft of a source file.

    Attributes
    ----------
    name
        Name of the source.
    reading
        Entries about reading the file.
    assumed
        Entry to why it was taken.
    missing
        Texts that are read as empty cells.
    doubtful
        Text to the column in which it may mean an empty cell.
    tables
        Tables that it feeds.
    asked
        Questions about reading the file.
    """

    name: str
    reading: dict[str, Any]
    assumed: dict[str, str]
    missing: tuple[str, ...]
    doubtful: dict[str, str]
    tables: tuple[TableDraft, ...]
    asked: tuple[OpenQuestion, ...] = ()

    @property
    def questions(self) -> list[OpenQuestion]:
        """Everything that is left to say, in the order of the file; its place is its number."""
        found = list(self.asked)
        if self.doubtful:
            shown = ", ".join(f"{code} in '{name}'" for code, name in self.doubtful.items())
            choice = [*self.missing, *self.doubtful]
            found.append(
                OpenQuestion("", "missing", f"Does it mean an empty cell: {shown}?", (choice,))
            )
        for each in self.tables:
            found += [
                OpenQuestion(each.table, one.column, one.question, one.choices)
                for one in each.questions
            ]
        return found

    def source(self) -> Source:
        """Give the source file as it stands while questions are open."""
        return Source.model_validate(self.entries())

    def entries(self) -> dict[str, Any]:
        """Entries of the source file that are not open."""
        tables: dict[str, Any] = {}
        for each in self.tables:
            columns = {name: one.mapping for name, one in each.fields.items() if one.mapping}
            tables[each.table] = {"columns": columns}
            if each.one_row_each:
                tables[each.table]["one_row_each"] = True
            if each.wide:
                tables[each.table]["wide_to_long"] = each.wide
        head: dict[str, Any] = {"source": self.name, "title": self.title, **self.reading}
        if self.missing:
            head["missing"] = list(self.missing)
        return {**head, "tables": tables}

    @property
    def title(self) -> str:
        """A title to be replaced by a better one."""
        return f"Export {self.reading['file']}"

    def text(self) -> str:
        """Text of the source file, open questions as commented lines with their choices."""
        numbers = {(one.table, one.entry): place for place, one in enumerate(self.questions, 1)}
        lines = [
            "# Draft by workbench inspect. 'likely' wants a look, 'assumed' wants a yes, and each",
            "# numbered question wants an answer: take the # away from one line and complete it.",
            f"source: {self.name}",
            f"title: {scalar(self.title)}   # say what this export is",
        ]
        for entry, value in self.reading.items():
            why = self.assumed.get(entry, "")
            if isinstance(value, dict):
                lines += self._block(entry, value, numbers)
                continue
            written = '"\\t"' if value == "\t" else f'"{value}"' if entry == "delimiter" else \
                flow(value)  # fmt: skip
            lines += _with_comment([f"{entry}: {written}"], f"assumed: {why}" if why else "")
        if self.missing:
            lines.append(f"missing: {flow(list(self.missing))}")
        for one in self.questions:
            if not one.table and one not in self.asked:
                lines += _open_lines("", one, numbers[("", one.entry)])
        lines.append("tables:")
        for each in self.tables:
            lines += self._table(each, numbers)
        return "\n".join(lines) + "\n"

    def _block(
        self, name: str, entries: dict[str, Any], numbers: dict[tuple[str, str], int]
    ) -> list[str]:
        """Entries about reading that stand under one name, with what is asked of them."""
        why = self.assumed.get(name, "")
        lines = _with_comment([f"{name}:"], f"assumed: {why}" if why else "")
        for entry, value in entries.items():
            why = self.assumed.get(f"{name}.{entry}", "")
            lines += _with_comment([f"  {entry}: {flow(value)}"], f"assumed: {why}" if why else "")
        for one in self.asked:
            lines += _open_lines("  ", one, numbers[("", one.entry)])
        return lines

    def _table(self, draft: TableDraft, numbers: dict[tuple[str, str], int]) -> list[str]:
        lines = [f"  {draft.table}:"]
        if draft.one_row_each:
            lines.append("    one_row_each: true")
        active = any(one.mapping for one in draft.fields.values())
        lines.append("    columns:" if active else "    columns: {}")
        for name, one in draft.fields.items():
            if one.mapping:
                written = wrapped_flow(f"      {name}: ", one.mapping)
                why = f"{one.sure}: {one.why}" if one.sure != CERTAIN and one.why else ""
                lines += _with_comment(written, why)
            if one.question:
                about = OpenQuestion(draft.table, name, one.question, one.choices)
                lines += _open_lines("      ", about, numbers[(draft.table, name)])
        if draft.wide:
            lines.append("    wide_to_long:")
            for key, value in draft.wide.items():
                lines.append(f"      {key}: {flow(value)}")
        if left := draft.of_answers:
            about = OpenQuestion(draft.table, left.column, left.question, left.choices)
            lines += _open_lines("      ", about, numbers[(draft.table, left.column)])
        return lines


def _with_comment(lines: list[str], comment: str) -> list[str]:
    if not comment:
        return lines
    beside = f"{lines[0]}   # {comment}"
    if len(lines) == 1 and len(beside) <= MOST_WIDE:
        return [beside]
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return [*_comment(comment, indent), *lines]


def _comment(text: str, indent: str, first: str = "# ", rest: str = "#   ") -> list[str]:
    return textwrap.wrap(
        text, MOST_WIDE, initial_indent=indent + first, subsequent_indent=indent + rest,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _open_lines(indent: str, one: OpenQuestion, number: int) -> list[str]:
    lines = _comment(one.question, indent, f"# {number}) ", "#    ")
    lines += [f"{indent}# {one.entry}: {flow(choice)}" for choice in one.choices]
    return lines


def name_of_source(stem: str) -> str:
    """Name for a source: small letters, digits and underscores.

    >>> name_of_source("Visits 2026 (final)")
    'visits_2026_final'
    """
    return re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_") or "export"
