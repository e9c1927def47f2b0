"""A run in the making: its plan, the steps that are done, and the results so far.

All of it stands in one folder beside the published quarters, on the same file system, so that
publishing is a rename. A step is done when its mark is there, with the hash of every file that it
made; never because an output looks complete.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.running.durable import write_durably
from workbench.settings import Study

STAGING = ".staging"
PLAN, STEPS, RESULTS = "plan.json", "steps", "results"


@dataclass(frozen=True)
class Plan:
    """What a run was asked to do.

    Attributes
    ----------
    quarter
        Label as it was asked for, such as ``latest``.
    as_of
        Day of the run, year-month-day.
    data_folder
        Folder of what was received; the study's ``data/raw`` if empty.
    sites
        Sites of a preview; empty for a run that publishes all.
    require_all
        Whether one missing report keeps the quarter from being published.
    reason
        Why the quarter is published again, in the user's words.
    foundations
        Hashes of what the run rests on.
    """

    quarter: str
    as_of: str
    data_folder: str
    sites: tuple[str, ...]
    require_all: bool
    reason: str
    foundations: dict[str, str]


class StagedRun:
    """A run in the making.

    Parameters
    ----------
    folder
        Its folder.
    plan
        What it was asked to do.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan

    @classmethod
    def begin(cls, study: Study, plan: Plan) -> StagedRun:
        """Make the folder of a run. Until `make_ready` it is none that anyone would go on with."""
        now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
        folder = study.reports / STAGING / f"{now}-{secrets.token_hex(3)}"
        (folder / STEPS).mkdir(parents=True)
        (folder / RESULTS).mkdir()
        return cls(folder, plan)

    @classmethod
    def open(cls, folder: Path) -> StagedRun:
        """Open the folder of a run that did not end."""
        told = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        return cls(folder, Plan(**{**told, "sites": tuple(told["sites"])}))

    def make_ready(self) -> StagedRun:
        """Write the plan down, so that the run goes on if it is broken off; gives the run."""
        write_durably(self.folder / PLAN, json.dumps(asdict(self.plan), indent=2, sort_keys=True))
        return self

    @property
    def name(self) -> str:
        """Name of the run, as the ledger has it."""
        return self.folder.name

    @property
    def results(self) -> Path:
        """Folder that will be the published version."""
        return self.folder / RESULTS

    def do(self, step: str, work: Callable[[], object], made: Iterable[Path] = ()) -> None:
        """Do a step unless it is done, and mark it.

        Parameters
        ----------
        step
            Its name.
        work
            What is to be done; a step whose work raises is not done.
        made
            Files that it may make, where others may be at work beside it; else whatever changes.
        """
        if self.is_done(step):
            return
        mine = tuple(made)
        before = {} if mine else self._state()
        work()
        files = [path for path in mine if path.is_file()] or [
            path for path, was in self._state().items() if before.get(path) != was
        ]
        hashes = {path.relative_to(self.results).as_posix(): hash_of(path) for path in files}
        write_durably(self._mark(step), json.dumps(hashes, indent=2, sort_keys=True))

    def is_done(self, step: str) -> bool:
        """Whether a step has its mark."""
        return self._mark(step).is_file()

    def forget(self, step: str) -> None:
        """Take a step's mark away, so that it is done again."""
        self._mark(step).unlink(missing_ok=True)

    def forget_damaged(self) -> list[str]:
        """Take away the marks of steps whose files are not as they were made, by name.

        A file that a later step wrote again has its later hash.
        """
        marks = sorted(
            (self.folder / STEPS).glob("*.json"), key=lambda path: path.stat().st_mtime_ns
        )
        made = {mark.stem: json.loads(mark.read_text(encoding="utf-8")) for mark in marks}
        last = {name: digest for files in made.values() for name, digest in files.items()}
        wrong = {name for name, digest in last.items() if not self._is_as_made(name, digest)}
        damaged = [step for step, files in made.items() if wrong & set(files)]
        for step in damaged:
            self.forget(step)
        return damaged

    def remove(self) -> None:
        """Take the run's folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _mark(self, step: str) -> Path:
        return self.folder / STEPS / f"{step}.json"

    def _is_as_made(self, name: str, digest: str) -> bool:
        path = self.results / name
        return path.is_file() and hash_of(path) == digest

    def _state(self) -> dict[Path, tuple[int, int, int]]:
        """Every file of the results, and what tells whether it was written again."""
        found = {}
        for path in self.results.rglob("*"):
            if path.is_file():
                told = path.stat()
                found[path] = (told.st_mtime_ns, told.st_size, told.st_ino)
        return found


def staged_runs(study: Study) -> list[Path]:
    """Folders of runs that did not end, oldest first; one without a plan never began."""
    folders = (study.reports / STAGING).glob("*")
    return sorted(folder for folder in folders if (folder / PLAN).is_file())


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
