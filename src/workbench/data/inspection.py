"""A first look at a new export: what its columns hold, and which tables it could feed.

Nothing is decided here. The text ends with a draft of a source file for the person to complete.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from workbench.data.readers import TextTable, read_csv, read_parquet, read_xlsx
from workbench.data.schemas import TableSchema, load_schemas
from workbench.errors import SettingsError

_KINDS = (
    ("dates written year-month-day", r"\d{4}-\d{2}-\d{2}"),
    ("dates with dots or slashes", r"\d{1,2}[./]\d{1,2}[./]\d{2,4}"),
    ("whole numbers", r"[+-]?\d+"),
    ("numbers", r"[+-]?\d*\.?\d+([eE][+-]?\d+)?"),
    ("numbers with a decimal comma", r"[+-]?\d+,\d+"),
)
SEGMENT = re.compile(r"(.+?)_?([A-Za-z]*\d+)")
MOST_COLUMNS_SHOWN = 40


def inspect_file(path: Path) -> str:
    """Text that says what an export holds, and drafts a source file for it.

    Parameters
    ----------
    path
        A csv, xlsx or parquet file.

    Raises
    ------
    SettingsError
        If the file is not there or of another kind.
    DataProblems
        If it can't be read.
    """
    text, reader = _read(path)
    schemas = load_schemas()
    parts = [
        f"{text.source}: {len(text.frame):,} rows, {len(text.frame.columns)} columns, read as "
        f"{reader}.",
        *text.notes,
        "",
        "What the columns hold:",
        *_columns(text.frame),
        "",
        "Tables that it could feed, by the names of the columns:",
        *_tables(text.frame, schemas),
        "",
        "A draft to complete, as data/schemas/sources/<name>.yml:",
        *_draft(path, reader, text.frame, schemas),
    ]
    return "\n".join(parts)


def _read(path: Path) -> tuple[TextTable, str]:
    if not path.is_file():
        raise SettingsError(f"There is no file {path}.")
    ending = path.suffix.lower()
    if ending == ".parquet":
        return read_parquet(path, path.name), "parquet"
    if ending in (".xlsx", ".xls", ".ods"):
        return read_xlsx(path, path.name), "xlsx"
    if ending in (".csv", ".txt", ".tsv"):
        return read_csv(path, path.name), "csv"
    raise SettingsError(f"{path.name} is not a csv, xlsx or parquet file.")


def _columns(frame: pd.DataFrame) -> list[str]:
    lines = []
    for name in list(frame.columns)[:MOST_COLUMNS_SHOWN]:
        filled = frame[name].dropna()
        distinct = filled.nunique()
        lines.append(f"  {name}: {len(filled):,} filled, {distinct:,} different, {_kind(filled)}")
    more = len(frame.columns) - MOST_COLUMNS_SHOWN
    return [*lines, f"  and {more} more columns"] if more > 0 else lines


def _kind(filled: pd.Series) -> str:
    if filled.empty:
        return "nothing"
    for name, pattern in _KINDS:
        if filled.str.fullmatch(pattern).all():
            return name
    few = sorted(filled.unique())
    return f"one of {', '.join(few)}" if len(few) <= 6 else "text"


def _tables(frame: pd.DataFrame, schemas: dict[str, TableSchema]) -> list[str]:
    lines = []
    for name, schema in schemas.items():
        there = [column for column in schema.columns if column in frame.columns]
        missing = [column for column in schema.required_columns if column not in there]
        if there:
            lacks = f"; still to map: {', '.join(missing)}" if missing else "; complete"
            lines.append(f"  {name}: {', '.join(there)}{lacks}")
    return lines or ["  none: no column carries a table's own name, so each has to be mapped."]


def _draft(
    path: Path, reader: str, frame: pd.DataFrame, schemas: dict[str, TableSchema]
) -> list[str]:
    wide = _wide_columns(frame)
    lines = [
        f"  source: {re.sub(r'[^a-z0-9]+', '_', path.stem.lower())}",
        "  title: What this export is",
        f"  file: {path.name}",
        f"  reader: {reader}",
        "  tables:",
        "    fidelity_responses:",
        "      columns:",
    ]
    for column in schemas["fidelity_responses"].required_columns:
        if wide and column in ("item_id", "response"):
            continue
        found = column if column in frame.columns else "?"
        lines.append(f"        {column}: {{from: {found}}}")
    if wide:
        lines += [
            "      wide_to_long:",
            f"        columns: '{wide}'",
            "        name_to: item_id",
            "        value_to: response",
        ]
    return lines


def _wide_columns(frame: pd.DataFrame) -> str:
    """Find a pattern for columns that repeat under numbered endings, if there are many."""
    endings: dict[str, int] = {}
    for name in frame.columns:
        if match := SEGMENT.fullmatch(str(name)):
            ending = re.sub(r"\d+", r"\\d+", match[2])
            endings[ending] = endings.get(ending, 0) + 1
    common = max(endings, key=lambda ending: endings[ending], default="")
    return f".+_?{common}" if endings.get(common, 0) >= 10 else ""
