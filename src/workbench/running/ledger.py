"""The ledger: what was run, when, by whom and how it ended. Lines are only ever added."""

from __future__ import annotations

import datetime as dt
import getpass
from pathlib import Path
from typing import Any

from workbench.running.chained_lines import add_line, read_lines
from workbench.settings import Study

LEDGER = "ledger.jsonl"


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
    when = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    line = {"when": when, "run": run, "event": event, "by": getpass.getuser(), **facts}
    add_line(ledger_of(study), line)


def read_ledger(study: Study) -> list[dict[str, Any]]:
    """Lines of the ledger, oldest first.

    Raises
    ------
    RunFault
        If a line was changed or taken out after it was written.
    """
    return read_lines(ledger_of(study))
