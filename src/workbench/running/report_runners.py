"""Who runs the notebooks of sites' reports: this machine, or a cluster if one was named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from workbench.running.runs import NotebookRunner, RunTimes


class ReportRunner(Protocol):
    """Runs notebooks from as many threads as it has workers.

    Attributes
    ----------
    workers
        How many notebooks may be asked for at a time.
    """

    workers: int

    def run(self, notebook: Path, output: Path, parameters: dict[str, Any]) -> RunTimes:
        """Run a notebook and keep the executed copy; see `NotebookRunner.run`."""


@contextmanager
def runner_of_sites(
    own: NotebookRunner, dask: str, folder: Path, workers: int | None
) -> Iterator[ReportRunner]:
    """Give whoever runs the sites' notebooks.

    Parameters
    ----------
    own
        Runner of this machine.
    dask
        Address of a Dask scheduler; this machine if empty.
    folder
        Folder of the run, which every worker must see.
    workers
        Reports asked for at a time; None for as many as the cluster takes.

    Raises
    ------
    RunFault
        If there is no such cluster, or a worker of it can't make this run's reports.
    """
    if not dask:
        yield own
        return
    from workbench.running.dask_cluster import ClusterRunner

    with ClusterRunner(dask, folder, workers) as cluster:
        yield cluster
