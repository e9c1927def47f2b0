"""What a worker of a Dask cluster does for a run: look around, and make reports of sites.

These functions are called by name from the run's process, see `workbench.running.dask_cluster`.
They travel with paths, parameters and a notebook's text; no row of data does.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import re
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.errors import RunFault
from workbench.running.foundations import code_hash
from workbench.running.runs import NotebookError, NotebookRunner, RunTimes
from workbench.running.staged_run import hash_of

PROJECT = "implementation-workbench"
WORD = ".cluster"
"""File in the run's folder by which a worker knows that it sees the same folder."""
IDLE = 60.0
"""Seconds after which a worker lets its warm kernels go, should the run have vanished."""


@dataclass(frozen=True)
class Place:
    """What decides whether a process can make the reports of a run.

    Attributes
    ----------
    packages
        Versions of Python and of what the workbench needs.
    code
        Hash of the workbench itself.
    word
        What the run's folder says at this place; empty if it isn't seen.
    writes
        Name of the file that was put there as a sign; empty if it couldn't be.
    """

    packages: dict[str, str]
    code: str
    word: str
    writes: str


@dataclass(frozen=True)
class Job:
    """One report to be made.

    Attributes
    ----------
    run
        Name of the run, the same for all its jobs.
    folder
        Folder of the run.
    place
        How it looks where the run's process is.
    name, text
        The notebook's file name, and its text.
    output
        Where the executed copy goes.
    parameters
        Values for its parameters cell.
    """

    run: str
    folder: str
    place: Place
    name: str
    text: str
    output: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What became of a report.

    Attributes
    ----------
    times
        What its run took; None if it failed.
    digest
        SHA-256 of the executed copy.
    cell_error
        Notebook, class and message of what a cell raised.
    fault
        Why it failed without a cell's doing.
    unfit
        Why this worker can't make any report of the run.
    """

    times: RunTimes | None = None
    digest: str = ""
    cell_error: tuple[str, str, str] | None = None
    fault: str = ""
    unfit: str = ""


def look_around(folder: str) -> Place:
    """Tell what is installed here and whether the run's folder can be read and written."""
    word, writes = "", f"{WORD}-{uuid.uuid4().hex}"
    try:
        word = (Path(folder) / WORD).read_text(encoding="utf-8")
        (Path(folder) / writes).write_text(word, encoding="utf-8")
    except OSError:
        writes = ""
    return Place(_packages(), code_hash(), word, writes)


def what_is_amiss(there: Place, here: Place, folder: str) -> str:
    """Say why a worker can't make the reports of a run; empty if it can.

    Parameters
    ----------
    there, here
        How it looks where the worker is, and where the run's process is.
    folder
        Folder of the run.
    """
    names = sorted({*there.packages, *here.packages})
    other = [
        f"{name} {there.packages.get(name, 'not there')} (here {here.packages.get(name, 'none')})"
        for name in names
        if there.packages.get(name) != here.packages.get(name)
    ]
    if other:
        return f"it has other versions: {', '.join(other)}"
    if there.code != here.code:
        return "its workbench is not the same as here, though it has the same version"
    if there.word != here.word:
        return f"it doesn't see the run's folder {folder}"
    if not there.writes:
        return f"it can't write to the run's folder {folder}"
    return ""


def make_report(job: Job) -> Answer:
    """Run the notebook of one site in a fresh process; tells what went wrong, never raises it."""
    try:
        with _kept(job.run).lent(job) as runner, tempfile.TemporaryDirectory() as private:
            notebook, output = Path(private) / job.name, Path(job.output)
            notebook.write_text(job.text, encoding="utf-8")
            return Answer(runner.run(notebook, output, job.parameters), hash_of(output))
    except _Unfit as error:
        return Answer(unfit=str(error))
    except NotebookError as error:
        return Answer(cell_error=(job.name, error.error, error.message))
    except RunFault as error:
        return Answer(fault=str(error))
    except OSError as error:
        return Answer(fault=f"{job.name} could not be finished on {platform.node()}: {error}")


async def end_reports(run: str) -> None:
    """Kill what a run still does on this worker, and let its warm kernels go."""
    with _lock:
        _over.add(run)
        kept = _runners.pop(run, None)
    if kept is not None:
        await asyncio.to_thread(kept.close)


class _Unfit(Exception):
    """A worker can't make reports of the run."""


class _KeptRunner:
    """A runner that is kept warm between reports, for as long as there are some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runner: NotebookRunner | None = None
        self._borrowers = 0
        self._alarm: threading.Timer | None = None
        self._is_fit = False

    @contextmanager
    def lent(self, job: Job) -> Iterator[NotebookRunner]:
        """Lend the runner; a worker that joined late is looked at first."""
        runner = self._borrow(job)
        try:
            yield runner
        finally:
            with self._lock:
                self._borrowers -= 1
                self._alarm = threading.Timer(IDLE, self._close_if_idle)
                self._alarm.daemon = True
                self._alarm.start()

    def close(self) -> None:
        """End the runner, and with it every kernel that it forked."""
        with self._lock:
            self._close()

    def _borrow(self, job: Job) -> NotebookRunner:
        with self._lock:
            if not self._is_fit:
                amiss = what_is_amiss(look_around(job.folder), job.place, job.folder)
                if amiss:
                    raise _Unfit(amiss)
                self._is_fit = True
            if self._alarm is not None:
                self._alarm.cancel()
            if self._runner is None:
                # Dask says how many at a time: one for each thread of the worker.
                self._runner = NotebookRunner().__enter__()
            self._borrowers += 1
            return self._runner

    def _close_if_idle(self) -> None:
        with self._lock:
            if not self._borrowers:
                self._close()

    def _close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if self._runner is not None:
            self._runner.__exit__(None, None, None)
            self._runner = None


_lock = threading.Lock()
_runners: dict[str, _KeptRunner] = {}
_over: set[str] = set()


def _kept(run: str) -> _KeptRunner:
    """Give a run's runner in this process; a run that is over gets none."""
    with _lock:
        if run in _over:
            raise RunFault("The run is over.")
        return _runners.setdefault(run, _KeptRunner())


@cache
def _packages() -> dict[str, str]:
    """Versions of Python, the workbench and what it needs directly."""
    needed = importlib.metadata.requires(PROJECT) or []
    names = [re.split(r"[^A-Za-z0-9_.-]", one)[0] for one in needed if "extra ==" not in one]
    found = {name: importlib.metadata.version(name) for name in (PROJECT, *names)}
    return {"python": platform.python_version(), **found}
