"""The record of what was deleted: when, by whom, and which files, never whose.

Whom a line is about is kept as a code that takes a receipt to check: the receipt is given once to
whoever asked, and kept nowhere. Short codes of staff could otherwise be found again by trying all
of them.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench import __version__
from workbench.running.chained_lines import add_line, read_lines

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
    content = {
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "by": by,
        "what": what,
        "whom": _code(receipt, identifier) if identifier else "",
        "workbench": __version__,
        "files": [asdict(change) for change in changes],
        "found_after": list(left),
        "is_gone": not left,
    }
    add_line(reports / RECORD, content)
    return receipt


def is_about(line: dict, receipt: str, identifier: str) -> bool:
    """Whether a line of the record is about an identifier, as its receipt shows."""
    return hmac.compare_digest(str(line["whom"]), _code(receipt, identifier))


def read_record(reports: Path) -> list[dict]:
    """Lines of the record, in order.

    Raises
    ------
    RunFault
        If a line was changed or taken out.
    """
    return read_lines(reports / RECORD)


def _code(receipt: str, identifier: str) -> str:
    return hmac.new(receipt.encode(), identifier.encode(), "sha256").hexdigest()
