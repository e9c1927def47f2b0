"""Trip over a fault at a named step; the study's notebooks and the run's process both call it.

It stands alone, because a copy of it is put into the study where the notebooks find it.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ARMED = "WORKBENCH_FAULT"
"""Variable that names the file of the fault; it is taken away when the fault happens."""

POISONS = "WORKBENCH_POISONS"
"""Variable that names a file of poisoned sites."""


def trip(step: str) -> None:
    """Make the fault happen if it is this step's."""
    path = Path(os.environ.get(ARMED, "nowhere"))
    if not path.is_file():
        return
    told = json.loads(path.read_text())
    if told["step"] != step:
        return
    path.unlink()
    (path.parent / "tripped").touch()
    FAULTS[told["fault"]](told)


def poison(site: str) -> None:
    """Spoil the report of a site, if the file of poisons names it."""
    path = Path(os.environ.get(POISONS, "nowhere"))
    if not site or not path.is_file():
        return
    kind = json.loads(path.read_text()).get(site, "")
    if kind == "kernel kills itself":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "infinite loop":
        while True:
            pass


def _kill_runner(told: dict) -> None:
    os.kill(told["runner"], signal.SIGKILL)
    time.sleep(30)  # this process is to end by itself


def _kill_kernel(told: dict) -> None:
    if os.getpid() != told["runner"]:
        os.kill(os.getpid(), signal.SIGKILL)
    children = subprocess.run(
        ["pgrep", "-P", str(told["runner"])], capture_output=True, text=True, check=False
    )
    for child in children.stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGKILL)


def _fill_disk(told: dict) -> None:
    path = Path(told["disk"]) / "filler"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))


def _read_only(told: dict) -> None:
    reports = str(Path(told["study"]) / "reports")
    subprocess.run(["find", reports, "-type", "d", "-exec", "chattr", "+i", "{}", "+"], check=False)


def _hang(told: dict) -> None:
    while True:
        time.sleep(1)


def _use_memory(told: dict) -> None:
    if os.getpid() == told["runner"]:
        raise MemoryError("no memory is left")
    held = []
    while True:
        held.append(bytearray(1 << 26))


def _second_run(told: dict) -> None:
    command = [sys.executable, "-m", "workbench", "run", "--study", told["study"]]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.dumps({"exit": second.returncode, "said": second.stderr})
    Path(told["said"]).write_text(said)


def _interrupt(told: dict) -> None:
    os.kill(told["runner"], signal.SIGINT)
    time.sleep(2)


def _set_clock_back(told: dict) -> None:
    os.kill(told["runner"], signal.SIGUSR1)
    time.sleep(0.2)


FAULTS = {
    "runner killed": _kill_runner,
    "kernel killed": _kill_kernel,
    "disk full": _fill_disk,
    "folder read-only": _read_only,
    "hang": _hang,
    "memory limit": _use_memory,
    "second run": _second_run,
    "Ctrl-C": _interrupt,
    "clock set back": _set_clock_back,
}
