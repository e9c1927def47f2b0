"""CSV files that a spreadsheet opens without running anything in them.

A cell that begins with =, +, - or @ is a formula to a spreadsheet (CWE-1236). Text cells get an
apostrophe in front of these; numbers and dates are left alone, since -1.5 is no formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""Signs with which a formula can begin, also in full width, or that hide what follows them."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def formula_safe(text: str) -> str:
    """Write a text so that a spreadsheet shows it and does nothing else.

    Line ends and other control characters become spaces: a lone carriage return would begin a new
    row, with whatever formula follows it.

    >>> formula_safe("=1+1"), formula_safe("A-1")
    ("'=1+1", 'A-1')
    """
    shown = _CONTROL.sub(" ", text)
    runs = text.startswith(RUNS) or shown.lstrip().startswith(RUNS)
    return f"'{shown}" if runs else shown


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 CSV; text cells and headings are made safe, dates are ISO days."""
    shown = frame.rename(columns=lambda name: formula_safe(str(name)))
    for name in shown.columns:
        if pd.api.types.is_datetime64_any_dtype(shown[name]):
            shown[name] = shown[name].dt.strftime("%Y-%m-%d")
        elif not pd.api.types.is_numeric_dtype(shown[name]):
            shown[name] = shown[name].map(formula_safe_cell)
    shown.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def formula_safe_cell(value: object) -> object:
    """Make a cell safe if it is text; anything else stays."""
    return formula_safe(value) if isinstance(value, str) else value


def csv_text(header: list[str], rows: Sequence[tuple[str, ...]]) -> str:
    """Write rows of text as CSV, every cell made safe."""
    text = io.StringIO(newline="")
    safe = [[formula_safe(cell) for cell in row] for row in (tuple(header), *rows)]
    csv.writer(text, lineterminator="\n").writerows(safe)
    return text.getvalue()
