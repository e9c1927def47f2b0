"""A quarter's run: check, analyse once for the network, report for each site, publish.

The run is a transaction. Everything is made in a staging folder beside the published quarters and
published by one rename, so that a reader sees the versions that were there or one more, never a
mixture. A run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ParameterError, RunFault, WorkbenchError
from workbench.results import Results
from workbench.running.cards import write_cards
from workbench.running.foundations import foundations, what_differs
from workbench.running.ledger import note
from workbench.running.limits import limits_of
from workbench.running.lock import one_writer
from workbench.running.manifest import describe, read_manifest, write_manifest
from workbench.running.publication import (
    finish_publication,
    next_version,
    publish,
    rename_in_notebooks,
)
from workbench.running.quarter_steps import DataRefused, Progress, QuarterSteps, own_notebooks
from workbench.running.report_runners import runner_of_sites
from workbench.running.runs import NotebookRunner
from workbench.running.staged_run import STAGING, Plan, StagedRun, staged_runs
from workbench.running.unfinished import from_published, unfinished_run
from workbench.settings import Study

NAMING = "published_folder"
REFUSED, CHECKED, PREVIEW = "refused", "checked", "preview"


class RunRefused(WorkbenchError):
    """The data can't carry a report; what was found is kept for the evaluator.

    Parameters
    ----------
    message
        What is wrong, and what to do.
    folder
        Where the quality files are.
    """

    def __init__(self, message: str, folder: Path) -> None:
        self.folder = folder
        super().__init__(message)


@dataclass(frozen=True)
class Published:
    """How a run ended.

    Attributes
    ----------
    folder
        Where the pages are.
    quarter
        Label of the quarter.
    sites
        Sites with a report.
    missing
        Sites whose report could not be made, and why.
    too_small
        Sites that get no report, because too few practise there.
    own_notebooks
        Notebooks that differ from those that came with the workbench.
    unchanged
        Whether the version that was published before stands, since nothing has changed.
    preview
        Whether this is a preview of some sites, and nothing was published.
    """

    folder: Path
    quarter: str
    sites: tuple[str, ...]
    missing: dict[str, str]
    too_small: tuple[str, ...]
    own_notebooks: tuple[str, ...]
    unchanged: bool = False
    preview: bool = False


def _say_nothing(what: str, done: int, of: int) -> None:
    """Show no progress."""


def run_quarter(
    study: Study,
    quarter: str = "latest",
    sites: tuple[str, ...] = (),
    as_of: str = "",
    data_folder: str = "",
    progress: Progress = _say_nothing,
    require_all: bool = False,
    reason: str = "",
    workers: int | None = None,
    dask: str = "",
) -> Published:
    """Run a quarter and publish it as a new version.

    Parameters
    ----------
    study
        The opened study.
    quarter
        Label such as ``2026Q3``, or ``latest``.
    sites
        Only these sites, as a preview that is not published; all, published, if empty.
    as_of
        Day of the run; today if empty.
    data_folder
        Folder of what was received; the study's ``data/raw`` if empty.
    progress
        Told of every step.
    require_all
        Publish nothing if the report of one site can't be made.
    reason
        Why the quarter is published again; with a reason it is, even if nothing has changed.
    workers
        Reports of sites made at a time; the machine's cores, or the cluster's workers, if None.
    dask
        Address of the Dask cluster that makes the sites' reports; this machine if empty.

    Raises
    ------
    RunRefused
        If the data can't carry a report. Nothing is published; what was found is kept.
    RunFault
        If the run could not be finished. Nothing is published; `resume_quarter` goes on with it.
    StudyBusy
        If another run of the study is going on.
    """
    with one_writer(study):
        _clear(study)
        plan = Plan(
            quarter,
            as_of or dt.date.today().isoformat(),
            data_folder,
            sites,
            require_all,
            reason,
            foundations(study, data_folder),
        )
        staged = StagedRun.begin(study, plan).make_ready()
        note(study, staged.name, "started", quarter=quarter, as_of=plan.as_of)
        return _complete(study, staged, progress, workers, dask)


def resume_quarter(
    study: Study,
    progress: Progress = _say_nothing,
    workers: int | None = None,
    dask: str = "",
) -> Published:
    """Go on with the run that was broken off; else make the reports that the newest quarter lacks.

    Parameters
    ----------
    study, progress, workers, dask
        As in `run_quarter`.

    Raises
    ------
    ParameterError
        If there is nothing to go on with, or what the run rests on has changed since.
    RunRefused, RunFault, StudyBusy
        As in `run_quarter`.
    """
    with one_writer(study):
        staged = unfinished_run(study) or from_published(study)
        note(study, staged.name, "resumed")
        return _complete(study, staged, progress, workers, dask)


def check_data(study: Study, as_of: str = "", data_folder: str = "") -> Path:
    """Check what was received without running anything else; gives the folder of what was found.

    Raises
    ------
    RunRefused
        If a critical rule failed or a file can't be read.
    """
    with one_writer(study):
        day = as_of or dt.date.today().isoformat()
        staged = StagedRun.begin(study, Plan("latest", day, data_folder, (), False, "", {}))
        try:
            with NotebookRunner(1, warm=False, limits=limits_of(study)) as runner:
                QuarterSteps(study, staged, runner, _say_nothing).check()
            return _keep(staged.results, study.reports / CHECKED)
        except DataRefused as error:
            folder = _keep(staged.results, study.reports / REFUSED)
            raise RunRefused(str(error), folder) from None
        finally:
            staged.remove()


def _complete(
    study: Study, staged: StagedRun, progress: Progress, workers: int | None, dask: str
) -> Published:
    """Do what is left of a run; one that fails stays for `resume_quarter`."""
    try:
        with (
            NotebookRunner(workers, limits=limits_of(study)) as runner,
            runner_of_sites(runner, dask, staged.folder, workers) as of_sites,
        ):
            steps = QuarterSteps(study, staged, runner, progress, of_sites)
            steps.check()
            if before := _standing(study, staged, steps.results):
                note(study, staged.name, "unchanged", version=before.folder.name)
                staged.remove()
                return before
            steps.sites()  # an unknown one is refused before hours of work
            steps.analyse()
            missing = steps.report()
        return _publish(study, staged, steps, missing)
    except (DataRefused, ParameterError) as error:
        note(study, staged.name, "refused")
        folder = _keep(staged.results, study.reports / REFUSED)
        staged.remove()
        if isinstance(error, ParameterError):
            raise
        raise RunRefused(str(error), folder) from None
    except BaseException as error:
        note(study, staged.name, "stopped", by_error=type(error).__name__)
        raise


def _publish(
    study: Study, staged: StagedRun, steps: QuarterSteps, missing: dict[str, str]
) -> Published:
    results, plan = steps.results, staged.plan
    label, too_small = str(results.quarter), tuple(steps.too_small())
    if missing and plan.require_all:
        raise RunFault(
            f"Not published: {len(missing)} of {len(steps.sites())} site reports could not be made "
            f"({'; '.join(f'{site}: {why}' for site, why in missing.items())}). Mend the cause and "
            "run 'workbench resume', or run with --allow-partial."
        )
    reported = tuple(site for site in steps.sites()["site_id"] if site not in missing)
    write_cards(results, missing)
    target = study.reports / PREVIEW / label if plan.sites else next_version(study, label)
    staged.do(NAMING, lambda: rename_in_notebooks(staged.results, staged.results, target))
    outcome = Published(
        target,
        label,
        reported,
        missing,
        too_small,
        own_notebooks(study),
        preview=bool(plan.sites),
    )
    about = describe(results, plan, target, study.published(label))
    pages = steps.sites().set_index("site_id")["slug"]
    about["reports"] = {site: f"sites/{pages[site]}.html" for site in reported}
    about["sites_missing"], about["sites_too_small"] = missing, list(too_small)
    about["own_notebooks"] = list(outcome.own_notebooks)
    write_manifest(results.folder, about)
    if outcome.preview:
        _keep(staged.results, target)
        note(study, staged.name, "preview", quarter=label)
        staged.remove()
    else:
        publish(study, staged, label, target)
    shutil.rmtree(study.reports / REFUSED, ignore_errors=True)
    steps.progress("Published", 1, 1)
    return outcome


def _standing(study: Study, staged: StagedRun, results: Results) -> Published | None:
    """Give the newest version of the quarter if this run could only make the same again."""
    label, plan = str(results.quarter), staged.plan
    folder = study.published(label)
    if folder is None or plan.sites or plan.reason:
        return None
    manifest = read_manifest(folder)
    same = not what_differs(manifest["foundations"], plan.foundations)
    if not same or manifest["inputs"] != results.about["inputs"] or manifest["sites_missing"]:
        return None
    return Published(
        folder,
        label,
        tuple(manifest["reports"]),
        {},
        tuple(manifest["sites_too_small"]),
        own_notebooks(study),
        unchanged=True,
    )


def _clear(study: Study) -> None:
    """End what a crash left: a publication is finished, a run that will not go on is taken away."""
    for folder in staged_runs(study):
        staged = StagedRun.open(folder)
        if not finish_publication(study, staged):
            note(study, staged.name, "given up")
            staged.remove()
    shutil.rmtree(study.reports / STAGING, ignore_errors=True)


def _keep(folder: Path, place: Path) -> Path:
    """Put a folder in a place where only the newest is kept."""
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    return folder.rename(place)
