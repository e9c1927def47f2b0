"""One case: a fault at a step of a run, what it left, and whether the run went on."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from stand_in import deliver, make_study
from trip import ARMED, FAULTS

from workbench.errors import WorkbenchError
from workbench.running.ledger import note, read_ledger
from workbench.running.lock import one_writer
from workbench.settings import MANIFEST, open_study

STEPS = (
    "lock", "hash inputs", "parse", "validate", "canonical table", "pooled fit", "site notebook",
    "export", "disclosure audit", "rename", "ledger",
)  # fmt: skip
HERE = Path(__file__).parent
LABEL = "2026Q3"
ORPHAN_SECONDS = 10
PATIENCE = 200
OPERATOR = 40
"""Seconds after which an operator ends a run whose own process hangs."""
DISK = "24m"
STOPPED = 3
"""Exit code of a run that was stopped."""


@dataclass
class Outcome:
    """What came of a case.

    Attributes
    ----------
    exit_code
        Of the run that met the fault.
    published
        Whether that run published all the same.
    wrong
        What was not as it must be; empty if all was.
    """

    exit_code: int
    published: bool
    wrong: list[str]


class Bench:
    """A small disk with a study that has one published version and a second delivery waiting.

    Parameters
    ----------
    folder
        Where; the disk is mounted under it, which needs the rights of an administrator.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.disk, self.kept = folder, folder / "disk", folder / "kept"
        self.study = self.disk / "study"

    def __enter__(self) -> "Bench":
        self.disk.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.disk)]
        subprocess.run(mount, check=True, capture_output=True)
        try:
            self._prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", str(self.disk)], check=False)

    def _prepare(self) -> None:
        deliver(make_study(self.study), 50)
        self._run("run")
        deliver(self.study, 60)
        shutil.copytree(self.study, self.kept, symlinks=True)
        self._run("run")
        self.before = _tree(self.study / "reports" / LABEL / "v1")
        undisturbed = self.study / "reports" / LABEL / "v2" / MANIFEST
        self.after = _hash(undisturbed)
        shutil.copy(undisturbed, self.folder / "undisturbed_manifest.json")

    def try_fault(self, step: str, fault: str) -> Outcome:
        """Put a fault at a step of the run that makes the second version."""
        self._restore()
        fault_file = self.folder / "fault.json"
        about = {"step": step, "fault": fault, "study": str(self.study), "disk": str(self.disk),
                 "said": str(self.folder / "said.json")}  # fmt: skip
        process = self._start("run", fault_file)
        fault_file.write_text(json.dumps({**about, "runner": process.pid}))
        self._wait(process)
        wrong = [] if (self.folder / "tripped").exists() else ["the fault never happened"]
        if fault == "second run":
            wrong += self._second_run()
        if fault == "Ctrl-C" and process.returncode != STOPPED:
            wrong.append("the run did not stop")
        return self._judge(process.returncode, wrong)

    def kill_after(self, seconds: float) -> Outcome:
        """Kill the run after some seconds, wherever it is."""
        self._restore()
        process = self._start("run", self.folder / "fault.json")
        (self.folder / "fault.json").write_text('{"step": ""}')
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return self._judge(process.returncode, [])

    def seconds_of_a_run(self) -> float:
        """How long an undisturbed run takes here."""
        self._restore()
        began = time.monotonic()
        self._run("run")
        return time.monotonic() - began

    def _judge(self, exit_code: int, wrong: list[str]) -> Outcome:
        if _left_behind(self.folder):
            wrong.append(f"a process was left after {ORPHAN_SECONDS} seconds")
        self._mend_disk()
        published = bool(open_study(self.study).versions_of(LABEL)[1:])
        wrong += self._published_is_whole()
        if not published or (self.study / "reports" / ".staging").glob("*/plan.json"):
            went_on = self._run("resume", check=False)
            if went_on == 2 and not open_study(self.study).versions_of(LABEL)[1:]:
                self._run("run", check=False)
        wrong += self._published_is_whole()
        wrong += self._ended_well()
        return Outcome(exit_code, published, wrong)

    def _restore(self) -> None:
        self._mend_disk()
        shutil.rmtree(self.study)
        shutil.copytree(self.kept, self.study, symlinks=True)
        for name in ("fault.json", "said.json", "tripped"):
            (self.folder / name).unlink(missing_ok=True)

    def _mend_disk(self) -> None:
        find = ["find", str(self.study), "-type", "d", "-exec", "chattr", "-i", "{}", "+"]
        subprocess.run(find, check=True)
        (self.disk / "filler").unlink(missing_ok=True)

    def _start(self, command: str, fault_file: Path) -> subprocess.Popen:
        options = ["--workers", "2", *(["--require-all"] if command == "run" else [])]
        environment = {**os.environ, ARMED: str(fault_file), "OMP_NUM_THREADS": "1"}
        with (self.folder / "said.txt").open("w") as said:
            return subprocess.Popen(
                [sys.executable, str(HERE / "injected_run.py"), command, str(self.study), *options],
                env=environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def _run(self, command: str, check: bool = True) -> int:
        process = self._start(command, self.folder / "no fault")
        code = process.wait(PATIENCE)
        if check and code:
            raise RuntimeError((self.folder / "said.txt").read_text())
        return code

    def _wait(self, process: subprocess.Popen) -> None:
        """Wait for the run; one that hangs long after its fault is ended, as an operator would."""
        began = tripped = time.monotonic()
        while process.poll() is None:
            time.sleep(0.1)
            now = time.monotonic()
            if not (self.folder / "tripped").exists():
                tripped = now
            if now - tripped > OPERATOR and now - began < PATIENCE:
                process.send_signal(signal.SIGTERM)
                tripped = now
            if now - began > PATIENCE:
                process.kill()

    def _second_run(self) -> list[str]:
        said = self.folder / "said.json"
        if not said.is_file():
            return ["the second run said nothing"]
        told = json.loads(said.read_text())
        kind = told["exit"] == 2 and "is going on (process" in told["said"].replace("\n", " ")
        return [] if kind else [f"the second run was not refused: {told}"]

    def _published_is_whole(self) -> list[str]:
        versions = open_study(self.study).versions_of(LABEL)
        names = [path.name for path in versions]
        if names not in (["v1"], ["v1", "v2"]):
            return [f"versions are {names}"]
        wrong = [] if _tree(versions[0]) == self.before else ["the first version was changed"]
        if len(versions) == 2 and _hash(versions[1] / MANIFEST) != self.after:
            wrong.append("the second version is another than an undisturbed run's")
            shutil.copy(versions[1] / MANIFEST, self.folder / "other_manifest.json")
        if len(versions) == 2 and not _is_as_its_manifest_says(versions[1]):
            wrong.append("the second version is not what its manifest says")
        return wrong

    def _ended_well(self) -> list[str]:
        study, wrong = open_study(self.study), []
        if len(study.versions_of(LABEL)) != 2:
            wrong.append("the run did not go on: " + (self.folder / "said.txt").read_text()[-300:])
        page = study.reports / LABEL / "index.html"
        if "v2/network.html" not in page.read_text():
            wrong.append("the list of versions lacks the second")
        left = [path.name for path in (study.reports / ".staging").glob("*")]
        if left:
            wrong.append(f"staging holds {left}")
        try:
            with one_writer(study):
                note(study, "harness", "looked")
            events = [(line["event"], line.get("version")) for line in read_ledger(study)]
            if events.count(("published", "v2")) != 1:
                wrong.append("the ledger does not say once that the second version was published")
        except WorkbenchError as error:
            wrong.append(f"lock or ledger: {error}")
        return wrong


def matrix() -> list[tuple[str, str]]:
    """Every fault at every step."""
    return [(step, fault) for step in STEPS for fault in FAULTS]


def kill_times(count: int, seconds: float, seed: int = 9) -> list[float]:
    """Moments of random kills, over the whole of a run and a little beyond."""
    draw = random.Random(seed)
    return [draw.uniform(0.05, 1.1 * seconds) for _ in range(count)]


def _left_behind(folder: Path) -> list[int]:
    """Processes of the case that still live after the seconds they are given."""
    until = time.monotonic() + ORPHAN_SECONDS
    while (found := _processes(folder)) and time.monotonic() < until:
        time.sleep(0.2)
    return found


def _processes(folder: Path) -> list[int]:
    mark, found = f"{ARMED}={folder}/".encode(), []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes() and "Z" not in _state(path.parent):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _state(process: Path) -> str:
    return (process / "stat").read_text().rsplit(")", 1)[1].split()[0]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tree(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _hash(path) for path in files}


def _is_as_its_manifest_says(folder: Path) -> bool:
    told = json.loads((folder / MANIFEST).read_text())["outputs"]
    found = _tree(folder)
    del found[MANIFEST]
    return found == told
