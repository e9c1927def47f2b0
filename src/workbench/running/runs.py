"""Running notebooks through Papermill, one or some at a time; nothing else imports it.

What a notebook wrote is only trusted if the run came back without an error: Papermill marks the
cells of a killed kernel as completed, so the output notebook's state proves nothing.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import signal
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from workbench.running.executed_copies import reproducible, write_copy
from workbench.running.kernels import (
    KernelOrder,
    KernelStartError,
    folder_for_sockets,
    manager_class_for,
)
from workbench.running.limits import Limits
from workbench.running.parameters import check_parameters
from workbench.running.warm_kernels import Template, can_be_warm

ENGINE = "workbench"
STARTS = 2
"""How often a kernel is started before the run gives up."""


class NotebookError(Exception):
    """A cell of a notebook raised.

    Parameters
    ----------
    notebook
        Name of the notebook.
    error
        Name of the exception's class.
    message
        What it said.
    """

    def __init__(self, notebook: str, error: str, message: str) -> None:
        self.error = error
        self.message = message
        super().__init__(f"{notebook} stopped: {message}")


@dataclass(frozen=True)
class RunTimes:
    """What the run of one notebook took.

    Attributes
    ----------
    seconds
        In all.
    cell_seconds
        In its own cells.
    peak_memory
        Bytes that its kernel held at most; None where the system doesn't tell.
    """

    seconds: float
    cell_seconds: float
    peak_memory: int | None

    @property
    def overhead(self) -> float:
        """Seconds beyond its own cells: the kernel's start and end, and what Papermill does."""
        return self.seconds - self.cell_seconds


class NotebookRunner:
    """Runs notebooks, each in a fresh process, from as many threads as there are workers.

    Papermill's own work is a small part of a report's, so threads that wait for their kernels are
    enough; the kernels are the processes. Use it as a context: kernels end with it.

    Parameters
    ----------
    workers
        How many notebooks may run at a time; the machine's cores if None.
    warm
        Fork kernels from a process that has the imports done, where the system can.
    limits
        What one notebook may take.

    Attributes
    ----------
    warm
        Whether kernels are really forked.
    workers
        How many notebooks may run at a time.
    """

    def __init__(
        self, workers: int | None = None, warm: bool = True, limits: Limits | None = None
    ) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.warm = warm and can_be_warm()
        self.limits = limits or Limits()
        self._free = threading.BoundedSemaphore(self.workers)
        self._folder: Path | None = None
        self._template: Template | None = None

    def __enter__(self) -> NotebookRunner:
        self._folder = folder_for_sockets()
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.simplefilter("ignore", DeprecationWarning)
        if self.warm:
            self._template = Template(self._folder)
            self._template.start()
        _prepare_papermill()
        return self

    def __exit__(self, *error: object) -> None:
        if self._template is not None:
            self._template.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._warnings.__exit__(None, None, None)

    @property
    def template_pid(self) -> int | None:
        """Process from which kernels are forked; None if there is none."""
        return self._template.pid if self._template else None

    def rehearse(self, study: Path, results: Path, site_id: str) -> None:
        """Let the process that forks kernels go through a site's report before the first is made.

        It costs as much as one report, and saves about a sixth of each that follows.
        """
        if self._template is not None:
            about = {"study_folder": study, "results_folder": results, "site_id": site_id}
            told = {name: str(value) for name, value in about.items()}
            self._template.rehearse(told, self.limits.start_seconds)

    def run(self, notebook: Path, output: Path, parameters: dict[str, Any]) -> RunTimes:
        """Run a notebook and keep the executed copy; any thread may call it.

        Parameters
        ----------
        notebook
            Notebook to run.
        output
            Where the executed copy goes. What a failed run left stands beside it, under a name
            that says so.
        parameters
            Values for its parameters cell.

        Raises
        ------
        ParameterError
            If a parameter is unknown or of another type.
        NotebookError
            If a cell raised.
        RunFault
            If the kernel died or could not start, or the notebook took too much time or memory.
        """
        checked = check_parameters(notebook, parameters)
        source = nbformat.read(notebook, as_version=4)
        with self._free:
            began = time.monotonic()
            executed, order = self._execute(notebook.name, source, checked, _unfinished(output))
        cells = [cell.metadata.get("papermill", {}).get("duration") for cell in executed.cells]
        write_copy(reproducible(executed, source), output)
        _unfinished(output).unlink(missing_ok=True)
        return RunTimes(
            seconds=time.monotonic() - began,
            cell_seconds=sum(seconds or 0.0 for seconds in cells),
            peak_memory=order.peak_memory,
        )

    def _execute(
        self, name: str, source: Any, parameters: dict[str, Any], unfinished: Path
    ) -> tuple[Any, KernelOrder]:
        """Run it; a kernel that doesn't start is started once more."""
        if self._folder is None:
            raise RuntimeError("Use the runner in a with-statement.")
        for _ in range(STARTS):
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            order = KernelOrder(folder, self.limits, self._template)
            try:
                executed = _execute_once(name, source, parameters, unfinished, order, self.limits)
                return executed, order
            except KernelStartError:
                continue
            finally:
                order.stop_clock()
                shutil.rmtree(folder, ignore_errors=True)
                _close_loop()
        raise self.limits.start_fault(name)


def run_notebook(notebook: Path, output: Path, parameters: dict[str, Any]) -> RunTimes:
    """Run one notebook by itself, in an ordinary kernel; see :meth:`NotebookRunner.run`."""
    with NotebookRunner(workers=1, warm=False) as runner:
        return runner.run(notebook, output, parameters)


def _execute_once(
    name: str,
    source: Any,
    parameters: dict[str, Any],
    unfinished: Path,
    order: KernelOrder,
    limits: Limits,
) -> Any:
    """Give the executed notebook; whatever went wrong is raised in words."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    seen: list[Any] = []
    try:
        return papermill.execute_notebook(
            source,
            None,
            parameters=parameters,
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            start_timeout=math.ceil(limits.start_seconds),
            shutdown_kernel="immediate",
            # What a cell prints comes in pieces by the clock; the copy holds it as one.
            coalesce_streams=True,
            kernel_manager_class=manager_class_for(order),
            seen=seen,
        )
    except KernelStartError:
        raise
    except PapermillExecutionError as error:
        _keep(seen, source, unfinished)
        if error.ename.endswith("MemoryError"):
            raise limits.memory_fault(name) from None
        raise NotebookError(name, error.ename, error.evalue) from None
    except RuntimeError as error:  # Of a dead kernel, or of one that no longer talks.
        _keep(seen, source, unfinished)
        if order.out_of_time:
            raise limits.time_fault(name) from error
        raise limits.death_fault(name, _signal_name(order.exit_code)) from error


def _prepare_papermill() -> None:
    """Teach Papermill our engine: its own, and it shows the notebook that it works on."""
    from papermill.engines import NBClientEngine, papermill_engines

    class WorkbenchEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, seen: list[Any], **options: Any
        ) -> Any:
            seen.append(nb_man.nb)
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register(ENGINE, WorkbenchEngine)
    logging.getLogger("papermill").setLevel(logging.CRITICAL)


def _unfinished(output: Path) -> Path:
    return output.with_name(f"{output.stem}.unfinished.ipynb")


def _keep(seen: list[Any], source: Any, unfinished: Path) -> None:
    """Keep what a failed run left, for whoever looks for the reason."""
    if seen:
        write_copy(reproducible(seen[-1], source), unfinished)


def _signal_name(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return ""
    return signal.Signals(-exit_code).name


def _close_loop() -> None:
    """Close the loop that Jupyter made for this thread; the main one's may be others' too."""
    from jupyter_core.utils import ensure_event_loop

    if threading.current_thread() is not threading.main_thread():
        loop = ensure_event_loop()
        if not loop.is_running():
            loop.close()
