"""The ledger: what was run, when, by whom and how it ended. Lines are only ever added.

Each line holds the hash of the one before it, so that a line that was changed or taken out later
shows.
"""

from __future__ import annotations

import datetime as dt
import getpass
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from workbench.errors import RunFault
from workbench.settings import Study

LEDGER = "ledger.jsonl"
FIRST = "0" * 64


def ledger_of(study: Study) -> Path:
    """File of the study's ledger."""
    return study.reports / LEDGER


def note(study: Study, run: str, event: str, **facts: Any) -> None:
    """Add a line and bring it to the disk.

    Parameters
    ----------
    study
        The study.
    run
        Which run.
    event
        What happened, such as ``started`` or ``published``.
    facts
        More about it; never a name or an identifier of a person.
    """
    path = ledger_of(study)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = _lines(path)
    _mend_cut_line(path, kept)
    when = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    line = {"when": when, "run": run, "event": event, "by": getpass.getuser(), **facts}
    line["before"] = _hash(kept[-1]) if kept else FIRST
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_ledger(study: Study) -> list[dict[str, Any]]:
    """Lines of the ledger, oldest first.

    Raises
    ------
    RunFault
        If a line was changed or taken out after it was written.
    """
    before, found = FIRST, []
    for number, text in enumerate(_lines(ledger_of(study)), 1):
        line = json.loads(text)
        if line["before"] != before:
            raise RunFault(
                f"{ledger_of(study)}, line {number} does not follow from the line before it: the "
                "ledger was changed by hand. Keep the file as it is and look into a backup."
            )
        found.append(line)
        before = _hash(text)
    return found


def _lines(path: Path) -> list[str]:
    """Whole lines; one that a crash cut off is none."""
    if not path.is_file():
        return []
    *whole, _ = path.read_text(encoding="utf-8").split("\n")
    return whole


def _mend_cut_line(path: Path, whole: list[str]) -> None:
    """Take off what a crash left of a line, so that the next one stands alone."""
    length = sum(len(line.encode()) + 1 for line in whole)
    if path.is_file() and path.stat().st_size != length:
        os.truncate(path, length)


def _hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()
