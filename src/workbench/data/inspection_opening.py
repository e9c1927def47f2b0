"""Opening a file only to show it: where a reader would ask, an answer is tried and told."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from workbench.data.file_kind import WORKBOOKS, kind_of, require_text
from workbench.data.inspection_fields import OpenQuestion
from workbench.data.inspection_redcap import project_of, refuse_labels
from workbench.data.readers_csv import read_csv
from workbench.data.readers_parquet import read_parquet
from workbench.data.readers_workbook import read_xlsx
from workbench.data.text_bytes import BYTE_ORDER_MARKS
from workbench.data.text_tables import Layout, TextTable, refused
from workbench.errors import DataProblems, Problem, SettingsError

MOST_ANSWERS = 8
_SAMPLE = 200_000
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_KIND_NAMES = {"csv": "delimited text", "xlsx": "a workbook", "parquet": "a Parquet file"}


@dataclass(frozen=True)
class Opened:
    """A file opened to be shown.

    Attributes
    ----------
    text
        What stands in it.
    what
        What it is, in words.
    reading
        Lines of the source file about reading, by entry.
    assumed
        Entry to a sentence that says why it was taken; each is to be confirmed. An entry under
        another is written as ``redcap.form``.
    asked
        Questions about reading it.
    labels
        Column to the labels of its codes, where the file's own dictionary tells them.
    """

    text: TextTable
    what: str
    reading: dict[str, Any]
    assumed: dict[str, str] = field(default_factory=dict)
    asked: tuple[OpenQuestion, ...] = ()
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    def taken(self, entry: str) -> str:
        """Write an assumed entry as the source file would have it."""
        block, _, inner = entry.partition(".")
        value = self.reading[block][inner] if inner else self.reading[block]
        if isinstance(value, dict):
            return f"{entry}:"
        return f"{entry}: {value!r}" if entry == "delimiter" else f"{entry}: {value}"


def open_export(path: Path, sheet: str = "") -> Opened:
    """Open a file by its content.

    Parameters
    ----------
    path
        The file.
    sheet
        Sheet of a workbook, or form of a REDCap export; the one with most rows if empty.

    Raises
    ------
    SettingsError
        If there is no such file.
    DataProblems
        If it can't be read, whatever is answered.
    """
    if not path.is_file():
        raise SettingsError(f"There is no file {path}.")
    kind = kind_of(path)
    if kind == "sqlite":
        raise refused(
            "database",
            path.name,
            "This is a database, and not one table.",
            "Name it in a source file with 'reader: sql'; see docs/your_own_data.md, 'Where data "
            "can come from'.",
        )
    reading: dict[str, Any] = {"file": path.name}
    assumed: dict[str, str] = {}
    if kind in WORKBOOKS:
        reading["reader"] = "xlsx"
        if sheet:
            reading["sheet"] = sheet
    elif kind == "parquet":
        reading["reader"] = "parquet"
    else:
        require_text(path, path.name)
        reading["reader"] = "csv"
        _sniff(path, reading, assumed)
        refuse_labels(path, reading.get("delimiter", ","))
    opened = _tried(path, reading, assumed, kind)
    return _as_project(opened, path, sheet) if reading["reader"] == "csv" else opened


def _as_project(opened: Opened, path: Path, form: str) -> Opened:
    """Take the file as REDCap's reader does, if it is the export of a project."""
    project = project_of(opened.text, path, form)
    if project is None:
        return opened
    return replace(
        opened,
        text=project.text,
        what="a raw export of a REDCap project",
        reading={**opened.reading, "reader": "redcap", "redcap": project.block},
        assumed=opened.assumed | project.assumed,
        asked=project.asked,
        labels=project.labels,
    )


def _tried(path: Path, reading: dict[str, Any], assumed: dict[str, str], kind: str) -> Opened:
    for _ in range(MOST_ANSWERS):
        try:
            text = _read(path, reading)
        except DataProblems as error:
            answer = _answer(error.problems[0], path, reading)
            if answer is None:
                raise
            entry, value, why = answer
            reading[entry], assumed[entry] = value, why
        else:
            what = _KIND_NAMES[reading["reader"]]
            if reading["reader"] == "xlsx":
                what += f" (.{kind}), sheet '{reading['sheet']}'" if "sheet" in reading else \
                    f" (.{kind})"  # fmt: skip
            return Opened(text, what, reading, assumed)
    raise refused("not_readable", path.name, "No way to read it was found.", "Save it as CSV.")


def _read(path: Path, reading: dict[str, Any]) -> TextTable:
    layout = Layout(
        header_row=reading.get("header_row", 1),
        header_rows=reading.get("header_rows", 1),
        ask=not {"header_row", "header_rows"} & reading.keys(),
        fill_down=tuple(reading.get("fill_down", ())),
    )
    if reading["reader"] == "xlsx":
        return read_xlsx(path, path.name, reading.get("sheet", ""), layout=layout)
    if reading["reader"] == "parquet":
        return read_parquet(path, path.name, layout)
    return read_csv(
        path,
        path.name,
        reading.get("delimiter", ","),
        reading.get("encoding", "utf-8"),
        layout=layout,
        mojibake=reading.get("mojibake", ""),
    )


def _sniff(path: Path, reading: dict[str, Any], assumed: dict[str, str]) -> None:
    """Find the sign between cells, by which most rows are equally wide."""
    with path.open("rb") as stream:
        content = stream.read(_SAMPLE)
    marked = next((kind for mark, kind in BYTE_ORDER_MARKS if content.startswith(mark)), "")
    sample = content.decode(marked or "utf-8", "replace").removeprefix("\ufeff")
    fits = {mark: _evenness(sample, mark) for mark in _MARKS}
    best = max(fits, key=lambda mark: fits[mark])
    if best != "," and fits[best] > fits[","]:
        reading["delimiter"] = best
        assumed["delimiter"] = f"its cells are parted by {_MARKS[best]}"


def _evenness(sample: str, mark: str) -> tuple[float, int]:
    """Share of rows that have the width of most rows, and that width."""
    try:
        rows: Iterable[list[str]] = csv.reader(io.StringIO(sample, newline=""), delimiter=mark)
        widths = Counter(len(cells) for cells in list(rows)[:200] if any(cells))
    except csv.Error:
        return 0.0, 1
    width, count = max(widths.items(), key=lambda each: each[1], default=(1, 0))
    return (round(count / widths.total(), 2), width) if width > 1 else (0.0, 1)


def _answer(problem: Problem, path: Path, reading: dict[str, Any]) -> tuple[str, Any, str] | None:
    """Take the line that a reader's message offers: entry, value and why."""
    found: tuple[str, Any, str] | None = None
    offered = problem.action
    if problem.reason == "wrong_encoding" and "encoding" not in reading:
        found = "encoding", "cp1252", "its letters are not UTF-8; Windows text fits"
    elif problem.reason == "nul_bytes" and "encoding" not in reading:
        found = "encoding", "utf-16", "it holds the NUL bytes of UTF-16"
    elif problem.reason == "mojibake":
        found = (
            "mojibake",
            "as_written",
            "some letters look as if they had been saved in the wrong encoding twice; better "
            "export it again",
        )
    elif problem.reason == "title_above_header":
        two = "header_rows: 2" in offered
        if two:
            found = "header_rows", 2, "its first row names groups of columns"
        elif match := re.search(r"header_row: (\d+)", offered):
            found = "header_row", int(match[1]), "what stands above looks like a title"
    elif problem.reason == "second_header_row":
        found = "header_rows", 2, "the row under the first is text where all others are numbers"
    elif problem.reason == "sheet_not_named" and "sheet" not in reading:
        found = _fullest_sheet(problem, path, reading)
    elif problem.reason == "merged_cells":
        match = re.search(r"fill_down: \[(.+)\]'", offered)
        if match and match[1] != "column":
            columns = match[1].split(", ")
            found = "fill_down", columns, "cells are merged; their value is taken for all rows"
    return found if found and found[1] != reading.get(found[0]) else None


def _fullest_sheet(
    problem: Problem, path: Path, reading: dict[str, Any]
) -> tuple[str, Any, str] | None:
    names = problem.message.partition("has the sheets ")[2].rstrip(".").split(", ")
    cells: dict[str, int] = {}
    for name in names:
        try:
            opened = _tried(path, {**reading, "sheet": name}, {}, "")
        except DataProblems:
            continue
        cells[name] = int(opened.text.frame.notna().to_numpy().sum())
    if not cells:
        return None
    best = max(cells, key=lambda name: cells[name])
    others = ", ".join(f"'{name}'" for name in names if name != best)
    return "sheet", best, f"it holds the most; the others are {others} (see --sheet)"
