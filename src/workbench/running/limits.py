"""What one notebook may take, and what a person is told when it takes more."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import RunFault
from workbench.settings import Study

GIBIBYTE = 2**30


@dataclass(frozen=True)
class Limits:
    """What one notebook may take.

    Attributes
    ----------
    seconds
        Wall-clock time of the whole notebook, however many cells it has.
    memory
        Bytes of data that its kernel may hold, where the system can limit them (Linux).
    start_seconds
        Time until its kernel answers. A kernel that doesn't is started once more.
    """

    seconds: float = 1800.0
    memory: int = 4 * GIBIBYTE
    start_seconds: float = 60.0

    def time_fault(self, notebook: str) -> RunFault:
        """Tell that a notebook took too long."""
        return RunFault(
            f"{notebook} could not be finished: it took longer than {_span(self.seconds)} and was "
            "stopped. Run it by hand in JupyterLab to see which cell is slow. If the machine was "
            "busy, run again, or give it more minutes in workbench.yml, under runs."
        )

    def memory_fault(self, notebook: str) -> RunFault:
        """Tell that a notebook wanted more memory than there is for it."""
        return RunFault(
            f"{notebook} could not be finished: it needed more memory than the "
            f"{_size(self.memory)} that one notebook may hold. Run it by hand in JupyterLab to see "
            "which cell needs so much, or run on a machine with more memory."
        )

    def start_fault(self, notebook: str) -> RunFault:
        """Tell that no kernel would start."""
        return RunFault(
            f"{notebook} could not be started: twice its kernel gave no answer within "
            f"{_span(self.start_seconds)}. Close other programs and run again; if it happens "
            "again, restart the machine."
        )

    def death_fault(self, notebook: str, signal_name: str = "") -> RunFault:
        """Tell that a kernel ended in the middle of a notebook."""
        how = f" ({signal_name})" if signal_name else ""
        return RunFault(
            f"{notebook} could not be finished: its kernel was killed{how} before the last cell. "
            "Most often the machine was short of memory. Close other programs and run again; if it "
            "happens again, run the notebook by hand in JupyterLab to see at which cell."
        )


def limits_of(study: Study) -> Limits:
    """Give the limits that a study's settings set."""
    runs = study.settings.runs
    return Limits(seconds=60 * runs.notebook_minutes, memory=int(runs.memory_gib * GIBIBYTE))


def _span(seconds: float) -> str:
    """Write a time: ``30 minutes`` or ``45 seconds``."""
    minutes = seconds / 60
    return f"{minutes:g} minutes" if minutes >= 2 else f"{seconds:g} seconds"


def _size(size: int) -> str:
    return f"{size / GIBIBYTE:.3g} GB"
