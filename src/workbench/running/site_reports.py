"""Reports of sites, some at a time; one that fails costs one report and no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import RunFault
from workbench.running.runs import NotebookError
from workbench.running.staged_run import StagedRun


@dataclass(frozen=True)
class SiteReport:
    """One report to be made.

    Attributes
    ----------
    site_id
        Its site.
    step
        Name of the step, and of the executed notebook.
    page
        Page that it writes.
    """

    site_id: str
    step: str
    page: Path


def make_site_reports(
    reports: Sequence[SiteReport],
    staged: StagedRun,
    workers: int,
    execute: Callable[[SiteReport], Path],
    progress: Callable[[int], None],
) -> dict[str, str]:
    """Make the reports that are not made yet.

    Parameters
    ----------
    reports
        All that are wanted.
    staged
        The run.
    workers
        How many at a time.
    execute
        Runs the notebook of one and gives its executed copy.
    progress
        Told how many are done.

    Returns
    -------
    dict
        Why a report could not be made, by site.
    """
    missing: dict[str, str] = {}
    waiting = [one for one in reports if not staged.is_done(one.step)]
    progress(len(reports) - len(waiting))
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        going = {pool.submit(_make, one, staged, execute): one for one in waiting}
        for done, future in enumerate(as_completed(going), len(reports) - len(waiting) + 1):
            try:
                future.result()
            except (NotebookError, RunFault) as error:
                missing[going[future].site_id] = str(error)
            progress(done)
    finally:
        # Without this a run that is stopped would wait for every report that is still to come.
        pool.shutdown(wait=False, cancel_futures=True)
    return dict(sorted(missing.items()))


def _make(one: SiteReport, staged: StagedRun, execute: Callable[[SiteReport], Path]) -> None:
    def work() -> None:
        copy = execute(one)
        if not one.page.is_file():
            raise RunFault(f"{copy.name} ended and wrote no page.")

    copy = staged.results / "notebooks" / f"{one.step}.ipynb"
    staged.do(one.step, work, made=(copy, one.page, one.page.with_suffix(".xlsx")))
