"""A file to which lines are only ever added; a line changed or taken out later shows.

Each line is a JSON object that holds, as ``before``, the hash of the line it follows.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from workbench.errors import RunFault

FIRST = "0" * 64
"""What the first line holds as the hash of the line before it."""


def add_line(path: Path, content: dict[str, Any]) -> None:
    """Add a line and bring it to the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = _whole_lines(path)
    _take_off_cut_line(path, kept)
    line = {**content, "before": _hash(kept[-1]) if kept else FIRST}
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Lines of the file, oldest first; none where there is no file.

    Raises
    ------
    RunFault
        If a line was changed or taken out after it was written.
    """
    before, found = FIRST, []
    for number, text in enumerate(_whole_lines(path), 1):
        line = json.loads(text)
        if line["before"] != before:
            raise RunFault(
                f"{path}, line {number} does not follow from the line before it: the file was "
                "changed by hand. Keep it as it is and look into a backup."
            )
        found.append(line)
        before = _hash(text)
    return found


def _whole_lines(path: Path) -> list[str]:
    """Lines of the file; one that a crash cut off is none."""
    if not path.is_file():
        return []
    *whole, _ = path.read_text(encoding="utf-8").split("\n")
    return whole


def _take_off_cut_line(path: Path, whole: list[str]) -> None:
    """Take off what a crash left of a line, so that the next one stands alone."""
    length = sum(len(line.encode()) + 1 for line in whole)
    if path.is_file() and path.stat().st_size != length:
        os.truncate(path, length)


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
