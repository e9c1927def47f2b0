"""The record of what was deleted: when, by whom, and which files, never whose.

Each line holds the hash of the line before it, so that a line can't be taken out unseen. Whom a
line is about is kept as a code that takes a receipt to check: the receipt is given once to whoever
asked, and kept nowhere. Short codes of staff could otherwise be found again by trying all of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench import __version__
from workbench.errors import SettingsError

RECORD = "forgotten.jsonl"


@dataclass(frozen=True)
class Change:
    """A file that was deleted, or that lost rows or cells.

    Attributes
    ----------
    file
        Path from the study's folder.
    sha256_before, sha256_after
        What it was and is; after is empty if it is gone.
    rows, cells
        How many were taken out.
    """

    file: str
    sha256_before: str
    sha256_after: str = ""
    rows: int = 0
    cells: int = 0


def append_record(
    reports: Path,
    what: str,
    identifier: str,
    by: str,
    changes: Sequence[Change],
    left: Sequence[str],
) -> str:
    """Add a line to the record, and give the receipt that ties it to the identifier.

    Parameters
    ----------
    reports
        Folder of the record.
    what
        ``practitioner``, ``plan``, or which quarters.
    identifier
        Of the person; empty if the line is about quarters. It is not written.
    by
        Who deleted.
    changes
        What was deleted.
    left
        Files in which the search afterwards still found the identifier.
    """
    receipt = secrets.token_hex(16) if identifier else ""
    path = reports / RECORD
    content = {
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "by": by,
        "what": what,
        "whom": _code(receipt, identifier) if identifier else "",
        "workbench": __version__,
        "files": [asdict(change) for change in changes],
        "found_after": list(left),
        "is_gone": not left,
        "line_before": _last_hash(path),
    }
    reports.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return receipt


def is_about(line: dict, receipt: str, identifier: str) -> bool:
    """Whether a line of the record is about an identifier, as its receipt shows."""
    return hmac.compare_digest(str(line["whom"]), _code(receipt, identifier))


def read_record(reports: Path) -> list[dict]:
    """Lines of the record, in order.

    Raises
    ------
    SettingsError
        If a line was changed or taken out.
    """
    path = reports / RECORD
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found, before = [], ""
    for number, text in enumerate(lines, 1):
        line = json.loads(text)
        if line["line_before"] != before:
            raise SettingsError(f"{path}, line {number}: the line before it was changed.")
        before = hashlib.sha256(text.encode()).hexdigest()
        found.append(line)
    return found


def _code(receipt: str, identifier: str) -> str:
    return hmac.new(receipt.encode(), identifier.encode(), "sha256").hexdigest()


def _last_hash(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return hashlib.sha256(lines[-1].encode()).hexdigest() if lines else ""
