"""Reports of sites on a Dask cluster; the only module that imports Dask.

A worker is told which notebook to run and where its output goes; it works in the run's folder,
which all machines must share. The run stays where it was started: only its process marks a report
as made, after the worker's answer and once it sees the file itself.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import RunFault
from workbench.running import dask_worker
from workbench.running.dask_worker import WORD, Answer, Job, Place
from workbench.running.parameters import check_parameters
from workbench.running.runs import NotebookError, RunTimes
from workbench.running.staged_run import hash_of

if TYPE_CHECKING:
    from distributed import Client, Future

EXTRA = "pip install 'implementation-workbench[dask]'"
MOST_ASKED_FOR = 256
"""Reports asked for at a time: more than most clusters do at once, so that no worker waits."""
CONNECTING = 15.0
"""Seconds until a cluster must answer, and have a worker."""
WITHOUT_WORKERS = 60.0
"""Seconds that a cluster may be without any worker before the run is stopped."""
UNTIL_SEEN = 60.0
"""Seconds that a shared file system may take to show here what a worker wrote."""
LOOK_AGAIN = 5.0


class ClusterLost(ConnectionError):
    """The cluster can't go on with the run; what is made stays, and the run can be resumed."""


class ClusterRunner:
    """Runs notebooks on the workers of a cluster; use it as a context.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    folder
        Folder of the run, which every worker must see under the same path.
    workers
        How many notebooks may be asked for at a time; None for as many as the cluster takes.

    Raises
    ------
    RunFault
        On entering, if there is no such cluster or one of its workers is not fit for the run.
    """

    def __init__(self, address: str, folder: Path, workers: int | None = None) -> None:
        self.address, self.folder = address, folder
        self.workers = workers or MOST_ASKED_FOR
        self.run_name = secrets.token_hex(8)
        self._asked: set[Future[Answer]] = set()
        self._lock = threading.Lock()
        self._workers_seen = time.monotonic()

    def __enter__(self) -> ClusterRunner:
        self._client = _connect(self.address)
        try:
            self._place = self._look_at_workers()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            asked = list(self._asked)
        # A cluster that is gone can't be told, and ends its workers' kernels by itself.
        with suppress(Exception):
            if asked:
                self._client.cancel(asked, force=True)
            if self._client.status == "running":
                self._client.run(dask_worker.end_reports, self.run_name, on_error="ignore")
        self._leave()

    def run(self, notebook: Path, output: Path, parameters: dict[str, Any]) -> RunTimes:
        """Run a notebook on some worker and wait for it; any thread may call it.

        Parameters
        ----------
        notebook, output, parameters
            As in `NotebookRunner.run`; the workers must see the output's folder.

        Raises
        ------
        ParameterError
            If a parameter is unknown or of another type.
        NotebookError
            If a cell raised.
        RunFault
            If this report could not be made.
        ClusterLost
            If the cluster can make no report any more.
        """
        job = Job(
            run=self.run_name,
            folder=str(self.folder),
            place=self._place,
            name=notebook.name,
            text=notebook.read_text(encoding="utf-8"),
            output=str(output),
            parameters=check_parameters(notebook, parameters),
        )
        answer = self._ask(job)
        if answer.unfit:
            raise ClusterLost(
                f"A worker joined the cluster during the run, and {answer.unfit}. Take it out of "
                "the cluster, then 'workbench resume' goes on from here."
            )
        if answer.cell_error:
            raise NotebookError(*answer.cell_error)
        if answer.times is None:
            raise RunFault(answer.fault)
        _wait_until_seen(output, answer.digest)
        return answer.times

    def _ask(self, job: Job) -> Answer:
        """Send a job to the cluster and wait; Dask gives it to another worker if one dies."""
        key = (f"reports-{self.run_name}", Path(job.output).stem)
        future = self._client.submit(dask_worker.make_report, job, key=key, pure=False)
        with self._lock:
            self._asked.add(future)
        try:
            return self._answer_to(future, job)
        finally:
            with self._lock:
                self._asked.discard(future)
            future.release()

    def _answer_to(self, future: Future[Answer], job: Job) -> Answer:
        while True:
            try:
                return future.result(timeout=LOOK_AGAIN)
            except Exception as error:
                if future.cancelled() or future.status == "lost":
                    raise ClusterLost(
                        f"The connection to the cluster at {self.address} was lost. 'workbench "
                        "resume' goes on from here."
                    ) from error
                if future.done():
                    raise RunFault(_in_words(error, job)) from error
            self._expect_workers()

    def _expect_workers(self) -> None:
        """Stop the run if nobody has been there for a while who could make its reports."""
        try:
            if self._client.nthreads():
                self._workers_seen = time.monotonic()
        except OSError:
            pass  # The scheduler is away for the moment; Dask tells if it stays away.
        if time.monotonic() - self._workers_seen > WITHOUT_WORKERS:
            raise ClusterLost(
                f"The cluster at {self.address} has had no worker for {WITHOUT_WORKERS:g} seconds. "
                "Start workers, then 'workbench resume --dask' goes on from here."
            )

    def _look_at_workers(self) -> Place:
        """See whether each worker can make the reports; gives how it looks here."""
        (self.folder / WORD).write_text(self.run_name, encoding="utf-8")
        here = dask_worker.look_around(str(self.folder))
        places = self._client.run(dask_worker.look_around, str(self.folder), on_error="return")
        amiss = {worker: self._amiss(place, here) for worker, place in places.items()}
        if wrong := [f"Worker {worker}: {what}." for worker, what in amiss.items() if what]:
            raise RunFault(
                f"The cluster at {self.address} can't make the reports. {' '.join(wrong)} Every "
                "worker must see the study's folder under the same path and have the same versions "
                "installed, best from the same requirements.lock."
            )
        return here

    def _leave(self) -> None:
        self._client.close()
        for sign in self.folder.glob(f"{WORD}*"):
            sign.unlink(missing_ok=True)

    def _amiss(self, place: Place | Exception, here: Place) -> str:
        if isinstance(place, Exception):
            return f"it can't load the workbench ({place})"
        amiss = dask_worker.what_is_amiss(place, here, str(self.folder))
        if not amiss and not (self.folder / place.writes).is_file():
            return f"what it writes to the folder {self.folder} is not seen here"
        return amiss


def _connect(address: str) -> Client:
    """Connect to a scheduler that has workers."""
    try:
        from distributed import Client
    except ImportError as error:
        raise RunFault(
            f"--dask needs a package that is not installed. Install the extra: {EXTRA}."
        ) from error
    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RunFault(
            f"No Dask scheduler answers at {address}. Look whether it runs and the address is as "
            "it says, such as tcp://10.0.0.5:8786."
        ) from error
    try:
        client.wait_for_workers(1, timeout=CONNECTING)
    except TimeoutError as error:
        client.close()
        raise RunFault(f"The cluster at {address} has no workers. Start some first.") from error
    return client


def _wait_until_seen(path: Path, digest: str) -> None:
    """Wait until a file that a worker wrote is here as it was written there."""
    until = time.monotonic() + UNTIL_SEEN
    while True:
        # To list a folder makes a network file system look afresh.
        for folder in path.parents[1].iterdir():
            if folder.is_dir():
                list(folder.iterdir())
        if path.is_file() and hash_of(path) == digest:
            return
        if time.monotonic() > until:
            raise RunFault(
                f"A worker wrote {path.name}, and after {UNTIL_SEEN:g} seconds it still is not "
                "seen here. Look whether all machines share the study's folder."
            )
        time.sleep(0.2)


def _in_words(error: Exception, job: Job) -> str:
    from distributed.scheduler import KilledWorker

    name = Path(job.output).stem
    if isinstance(error, KilledWorker):
        return (
            f"{name} could not be finished: every worker that was given it was killed. Most often "
            "a machine was short of memory; start fewer workers on each, then run again."
        )
    return f"{name} could not be finished on the cluster ({type(error).__name__}: {error})."
