"""One writer at a time: a lock of the operating system, which ends with its process."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.running.durable import write_durably
from workbench.settings import Study

LOCK = ".lock"
HOLDER = ".running.json"
"""Who holds the lock, for messages only: a file that is left behind locks nothing."""


class StudyBusy(WorkbenchError):
    """Another process is writing into the study's reports."""


@contextmanager
def one_writer(study: Study) -> Iterator[None]:
    """Hold the study's lock.

    Raises
    ------
    StudyBusy
        If another process holds it; says which, since when and what to do.
    """
    from filelock import FileLock, Timeout

    study.reports.mkdir(parents=True, exist_ok=True)
    holder = study.reports / HOLDER
    lock = FileLock(study.reports / LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise StudyBusy(_who(holder)) from None
    try:
        write_durably(holder, json.dumps(_myself()))
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _myself() -> dict[str, str | int]:
    return {
        "since": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "process": os.getpid(),
        "host": socket.gethostname(),
        "user": getpass.getuser(),
    }


def _who(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {}
    who = (
        f"process {told['process']} of {told['user']} on {told['host']}, since {told['since']}"
        if {"process", "user", "host", "since"} <= set(told)
        else "another process"
    )
    return (
        f"A run of this study is going on ({who}). Wait until it ends, or end that process; the "
        "lock ends with it."
    )
