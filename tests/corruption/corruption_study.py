"""The small valid study whose files are damaged: 12 practitioners at 3 sites, three quarters."""

from __future__ import annotations

import atexit
import functools
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
import yaml

from workbench.data.synthetic import NetworkParameters, write_example

AS_OF = "2026-10-15"
TABLES = (
    "sites", "practitioners", "fidelity_responses", "supports", "work_conditions", "recognition",
    "plans", "plan_actions",
)  # fmt: skip
PARAMETERS = NetworkParameters(
    sites=3,
    regions=1,
    fewest_practitioners=4,
    most_practitioners=4,
    quarters=3,
    first_quarter="2026Q1",
    planted_sites=(),
    component_slopes={},
)

LARGER = replace(
    PARAMETERS,
    quarters=4,
    first_quarter="2025Q4",
    fewest_practitioners=14,
    most_practitioners=14,
)
"""About 200 observations, so that what items have in common can be seen."""


@functools.cache
def clean_folder() -> Path:
    """Make the study once in a process."""
    folder = Path(tempfile.mkdtemp(prefix="clean_study_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_example(folder, PARAMETERS, messy=False)
    (folder / "workbench.yml").write_text("network: Small network\n", encoding="utf-8")
    for path in (folder / "data" / "raw").iterdir():
        if path.stem not in TABLES:
            path.unlink()
    hand = Hand(folder)
    sites = hand.frame("sites").assign(site_name=["Peña House", "Übersee", "Alder Bridge"])
    hand.save("sites", sites)
    people = hand.frame("practitioners")
    hand.save("practitioners", people.assign(role=["Facilitator, señior", *people["role"][1:]]))
    return folder


class Hand:
    """What damages the files of a study.

    Parameters
    ----------
    folder
        The study's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw = folder / "data" / "raw"
        self._sources: dict[str, dict[str, Any]] = {}

    @classmethod
    def in_folder(cls, folder: Path) -> Hand:
        """Copy the clean study into an empty folder."""
        shutil.copytree(clean_folder(), folder, dirs_exist_ok=True)
        return cls(folder)

    # files

    def path(self, table: str) -> Path:
        """File of a table."""
        return self.raw / f"{table}.csv"

    def data(self, table: str) -> bytes:
        """Bytes of a table's file."""
        return self.path(table).read_bytes()

    def text(self, table: str) -> str:
        """Text of a table's file."""
        return self.data(table).decode("utf-8")

    def write(self, table: str, content: bytes | str, encoding: str = "utf-8") -> None:
        """Write a table's file."""
        self.path(table).write_bytes(
            content if isinstance(content, bytes) else content.encode(encoding)
        )

    def frame(self, table: str) -> pd.DataFrame:
        """Cells of a table's file as text; an empty cell is ''."""
        return pd.read_csv(io.StringIO(self.text(table)), dtype="str", na_filter=False)

    def save(self, table: str, frame: pd.DataFrame, sep: str = ",") -> None:
        """Write a table's file from cells."""
        self.write(table, csv_of(frame, sep))

    def lines(self, table: str) -> list[str]:
        """Lines of a table's file; the header is the first."""
        return self.text(table).splitlines()

    def write_lines(self, table: str, lines: Iterable[str]) -> None:
        """Write a table's file from lines."""
        self.write(table, "\n".join(lines) + "\n")

    def edit(
        self,
        table: str,
        column: str,
        change: Callable[[str], str] | str,
        rows: Iterable[int] | None = None,
    ) -> None:
        """Change filled cells of a column, in all rows or in those at some places from 0."""
        frame = self.frame(table)
        cells = frame[column].tolist()
        for row in range(len(frame)) if rows is None else rows:
            if isinstance(change, str):
                cells[row] = change
            elif cells[row]:
                cells[row] = change(cells[row])
        self.save(table, frame.assign(**{column: cells}))

    def append(self, table: str, *rows: dict[str, str]) -> None:
        """Add rows at the end; cells that are not named are empty."""
        frame = self.frame(table)
        more = pd.DataFrame(list(rows), columns=frame.columns).fillna("")
        self.save(table, pd.concat([frame, more], ignore_index=True))

    # source files

    def declare(
        self,
        table: str,
        columns: dict[str, dict[str, Any]] | None = None,
        drop: tuple[str, ...] = (),
        wide: dict[str, Any] | None = None,
        **top: Any,
    ) -> None:
        """Write a source file for a table, and plain ones for all others.

        Parameters
        ----------
        table
            The table.
        columns
            Further entries of its columns.
        drop
            Columns that are not mapped.
        wide
            The block ``wide_to_long``.
        top
            Entries at the top.
        """
        names = [one for one in clean_columns(table) if one not in drop]
        columns = columns or {}
        mapped = {one: {"from": one, **columns.get(one, {})} for one in names}
        for name, one in columns.items():
            if {"constant", "join", "date_parts", "periods"} & set(one):
                mapped[name] = one
        about: dict[str, Any] = {"columns": mapped}
        if wide:
            about["wide_to_long"] = wide
        entries = {"source": table, "title": table, "file": f"{table}.csv", **top}
        self._sources[table] = {**entries, "tables": {table: about}}
        self._write_sources()

    def _write_sources(self) -> None:
        folder = self.folder / "data" / "schemas" / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        there = [one for one in TABLES if self.path(one).is_file() or one in self._sources]
        for table in there:
            plain = {
                "source": table,
                "title": table,
                "file": f"{table}.csv",
                "tables": {
                    table: {"columns": {one: {"from": one} for one in clean_columns(table)}}
                },
            }
            source = self._sources.get(table, plain)
            text = yaml.safe_dump(source, sort_keys=False, allow_unicode=True)
            (folder / f"{table}.yml").write_text(text, encoding="utf-8")
        settings = self.folder / "workbench.yml"
        lines = [one for one in settings.read_text().splitlines() if not one.startswith("sources:")]
        settings.write_text("\n".join([*lines, f"sources: [{', '.join(there)}]"]) + "\n")

    def to_workbook(
        self,
        table: str,
        draw: Callable[[Any, Any, pd.DataFrame], None] | None = None,
        name: str = "",
        options: dict[str, Any] | None = None,
        **top: Any,
    ) -> Path:
        """Replace a table's csv by a workbook, and declare it."""
        path = self.raw / (name or f"{table}.xlsx")
        frame = self.frame(table)
        with xlsxwriter.Workbook(str(path), options or {}) as book:
            sheet = book.add_worksheet("Data")
            (draw or draw_cells)(book, sheet, frame)
        self.path(table).unlink()
        self.declare(table, reader="xlsx", file=path.name, **top)
        return path


@functools.cache
def _larger_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="larger_study_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_example(folder, LARGER, messy=False)
    return folder


def larger_study(hand: Hand) -> None:
    """Put a study of four quarters and more practitioners in the place of the small one."""
    for table in TABLES:
        shutil.copy(Hand(_larger_folder()).path(table), hand.path(table))


def csv_of(frame: pd.DataFrame, sep: str = ",") -> str:
    """Cells as csv."""
    return frame.to_csv(index=False, lineterminator="\n", sep=sep)


def draw_cells(_book: Any, sheet: Any, frame: pd.DataFrame, top: int = 0) -> None:
    """Write cells as text, the header first."""
    for column, name in enumerate(frame.columns):
        sheet.write_string(top, column, name)
        for row, text in enumerate(frame[name], top + 1):
            if text:
                sheet.write_string(row, column, text)


@functools.cache
def clean_columns(table: str) -> tuple[str, ...]:
    """Columns of a table's clean file."""
    return tuple(Hand(clean_folder()).frame(table).columns)
