"""Running one notebook through Papermill; nothing else imports it.

What a notebook wrote is only trusted if the run came back without an error: Papermill marks the
cells of a killed kernel as completed, so the output notebook's state proves nothing.
"""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import RunFault
from workbench.running.kernels import kernel_manager_class
from workbench.running.parameters import check_parameters

CELL_TIME_LIMIT = 900
"""Seconds that one cell may take."""
KERNEL_START_LIMIT = 60
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""Our matrices are small: threads that wait for one another take longer than one alone."""


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


def run_notebook(notebook: Path, output: Path, parameters: dict[str, Any]) -> None:
    """Run a notebook from its own folder's study and keep the executed copy.

    Parameters
    ----------
    notebook
        Notebook to run.
    output
        Where the executed copy goes; a partial copy of a failed run stays beside it, under a name
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
        If the kernel died, could not start, or a cell took too long.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    checked = check_parameters(notebook, parameters)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f"{output.stem}.unfinished.ipynb")
    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="wb-ipython-") as ipython,
            _environment(IPYTHONDIR=ipython, **ONE_THREAD),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", DeprecationWarning)
            papermill.execute_notebook(
                str(notebook),
                str(partial),
                parameters=checked,
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                start_timeout=KERNEL_START_LIMIT,
                execution_timeout=CELL_TIME_LIMIT,
                shutdown_kernel="immediate",
                kernel_manager_class=kernel_manager_class(),
            )
    except PapermillExecutionError as error:
        raise NotebookError(notebook.name, error.ename, error.evalue) from None
    except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise RunFault(f"{notebook.name} could not be finished: {first_line}") from error
    partial.replace(output)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Set what a kernel inherits, and put back what was there."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
