"""A quarter's run: check, analyse once for the network, report for each site, publish.

Everything is written to a staging folder beside the published quarters and published by rename, so
that a reader sees the old quarter or the new one and never a mixture.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench.errors import ParameterError, RunFault, WorkbenchError
from workbench.resources import resource_files
from workbench.results import Results
from workbench.running.manifest import write_manifest
from workbench.running.parameters import NotebookParameters, code_of, declared_parameters
from workbench.running.publication import (
    REFUSED,
    STAGING,
    name_published_folder,
    publish,
    reported_before,
)
from workbench.running.revised_numbers import revision_tables
from workbench.running.runs import NotebookError, run_notebook
from workbench.settings import SETTINGS_FILE, Study

NOTEBOOKS_FOLDER = "notebooks"
QUALITY = "01_data_quality"
REPORT = "06_quarterly_report"
REFUSALS = ("DataProblems", "ParameterError", "SettingsError")
"""Errors of the first notebook that are about the data or the command, not the machine."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and how many there are."""


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
    """A published quarter.

    Attributes
    ----------
    folder
        Where it is.
    quarter
        Its label.
    sites
        Sites with a report.
    missing
        Sites whose report could not be made, and why.
    too_small
        Sites that get no report, because too few practise there.
    replaced
        Sites that the quarter published before had a report of, and this one has not.
    own_notebooks
        Notebooks that differ from those that came with the workbench.
    """

    folder: Path
    quarter: str
    sites: tuple[str, ...]
    missing: dict[str, str]
    too_small: tuple[str, ...]
    replaced: tuple[str, ...]
    own_notebooks: tuple[str, ...]


def run_quarter(
    study: Study,
    quarter: str = "latest",
    sites: tuple[str, ...] = (),
    as_of: str = "",
    data_folder: str = "",
    progress: Progress = lambda what, done, of: None,
) -> Published:
    """Run a quarter and publish it.

    Parameters
    ----------
    study
        The opened study.
    quarter
        Label such as ``2026Q3``, or ``latest``.
    sites
        Sites that get a report; all if empty.
    as_of
        Day of the run; today if empty.
    data_folder
        Folder of what was received; the study's ``data/raw`` if empty.
    progress
        Told of every step.

    Raises
    ------
    RunRefused
        If the data can't carry a report. Nothing is published; what was found is kept.
    RunFault
        If a notebook of the whole network could not be finished. Nothing is published.
    """
    staging = study.reports / STAGING / uuid.uuid4().hex
    parameters = replace(_parameters(study, staging, as_of, data_folder), quarter=quarter)
    try:
        return _run(study, parameters, sites, progress)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _run(
    study: Study, parameters: NotebookParameters, sites: tuple[str, ...], progress: Progress
) -> Published:
    staging = Path(parameters.results_folder)
    notebooks = _notebooks(study)
    results = Results(staging, study)
    progress(QUALITY, 0, len(notebooks))
    _check_data(study, notebooks[QUALITY], parameters)
    chosen = _chosen_sites(results, sites)
    small = _too_small(results)
    chosen = chosen[~chosen["site_id"].isin(small)]
    analyses = [name for name in notebooks if name not in (QUALITY, REPORT)]
    steps = len(analyses) + len(chosen) + 2
    for done, name in enumerate(analyses, 1):
        progress(name, done, steps)
        _run_for_network(notebooks[name], parameters, name)
    results.write_tables(revision_tables(results))
    missing: dict[str, str] = {}
    for done, site in enumerate(chosen.to_dict("records"), 1 + len(analyses)):
        progress(f"Report of site {site['site_id']}", done, steps)
        try:
            mine = replace(parameters, site_id=site["site_id"])
            _execute(notebooks[REPORT], mine, f"{REPORT}_{site['slug']}")
        except (NotebookError, RunFault) as error:
            missing[site["site_id"]] = str(error)
    progress("Report of the network", steps - 1, steps)
    reported = [site for site in chosen["site_id"] if site not in missing]
    results.write_tables({"reported_sites": _reported(results, reported, missing, small)})
    _run_for_network(notebooks[REPORT], parameters, f"{REPORT}_network")
    label = str(results.quarter)
    name_published_folder(staging, study.reports / label)
    replaced = reported_before(study, label) - set(reported)
    published = Published(
        study.reports / label,
        label,
        tuple(reported),
        missing,
        tuple(small),
        tuple(sorted(replaced)),
        own_notebooks(study),
    )
    _write_manifest(study, results, parameters, chosen, published)
    publish(study, staging, label)
    progress("Published", steps, steps)
    return published


def own_notebooks(study: Study) -> tuple[str, ...]:
    """Numbered notebooks of a study that came with the workbench and are no longer the same.

    A run uses the study's own. One that was copied before an upgrade may not fit any more.
    """
    shipped = {path.name: path for path in resource_files(NOTEBOOKS_FOLDER, "0*.ipynb")}
    return tuple(
        path.name
        for path in _notebooks(study).values()
        if path.name in shipped and code_of(path) != code_of(shipped[path.name])
    )


def check_data(study: Study, as_of: str = "", data_folder: str = "") -> Path:
    """Check what was received without running anything else; gives the folder of what was found.

    Raises
    ------
    RunRefused
        If a critical rule failed or a file can't be read.
    """
    folder = study.reports / "checked"
    shutil.rmtree(folder, ignore_errors=True)
    parameters = _parameters(study, folder, as_of, data_folder)
    _check_data(study, _notebooks(study)[QUALITY], parameters)
    return folder


def _parameters(study: Study, folder: Path, as_of: str, data_folder: str) -> NotebookParameters:
    """Gather what every notebook of a run is told."""
    return NotebookParameters(
        study_folder=str(study.folder),
        results_folder=str(folder),
        as_of=as_of or dt.date.today().isoformat(),
        data_folder=data_folder,
    )


def _notebooks(study: Study) -> dict[str, Path]:
    """Numbered notebooks of a study by name, in their order."""
    files = resource_files(NOTEBOOKS_FOLDER, "0*.ipynb", study.folder)
    return {path.stem: path for path in files}


def _check_data(study: Study, notebook: Path, parameters: NotebookParameters) -> None:
    """Run the data-quality notebook; a refusal keeps what was found under ``reports/refused``."""
    staging = Path(parameters.results_folder)
    try:
        _execute(notebook, parameters, notebook.stem)
    except NotebookError as error:
        if error.error not in REFUSALS:
            raise RunFault(str(error)) from None
        kept = study.reports / REFUSED
        shutil.rmtree(kept, ignore_errors=True)
        if staging.is_dir():
            staging.replace(kept)
        raise RunRefused(error.message, kept) from None


def _run_for_network(notebook: Path, parameters: NotebookParameters, name: str) -> None:
    """Run a notebook without which there is no quarter to publish."""
    try:
        _execute(notebook, parameters, name)
    except NotebookError as error:
        raise RunFault(str(error)) from None


def _execute(notebook: Path, parameters: NotebookParameters, name: str) -> None:
    output = Path(parameters.results_folder) / "notebooks" / f"{name}.ipynb"
    run_notebook(notebook, output, parameters.for_notebook(declared_parameters(notebook)))


def _chosen_sites(results: Results, sites: tuple[str, ...]) -> pd.DataFrame:
    """Sites that get a report, by site_id and slug; an unknown one is refused."""
    listed = results.table("sites")
    unknown = [site for site in sites if site not in set(listed["site_id"])]
    if unknown:
        known = ", ".join(listed["site_id"].head(20))
        raise ParameterError(f"No such site: {', '.join(unknown)}. The sites are {known}.")
    return listed[listed["site_id"].isin(sites)] if sites else listed


def _too_small(results: Results) -> list[str]:
    """Sites whose page would be about individuals, because too few practise there."""
    sites = results.table("sites")["site_id"]
    people = results.accepted("practitioners")["site_id"].value_counts()
    fewest = results.study.settings.privacy.fewest_practitioners
    return [site for site in sites if people.get(site, 0) < fewest]


def _reported(
    results: Results, reported: list[str], missing: dict[str, str], small: list[str]
) -> pd.DataFrame:
    """Which sites have a page in this run: one row a site, with ``status``."""
    status = dict.fromkeys(results.table("sites")["site_id"], "not asked for")
    status.update(dict.fromkeys(small, "too few practitioners"))
    status.update(dict.fromkeys(reported, "reported"))
    status.update(dict.fromkeys(missing, "missing"))
    return pd.DataFrame({"site_id": list(status), "status": list(status.values())})


def _write_manifest(
    study: Study,
    results: Results,
    parameters: NotebookParameters,
    chosen: pd.DataFrame,
    published: Published,
) -> None:
    settings = (study.folder / SETTINGS_FILE).read_bytes()
    write_manifest(
        results.folder,
        {
            **results.about,
            "own_notebooks": list(published.own_notebooks),
            "parameters": {"quarter": parameters.quarter, "as_of": parameters.as_of},
            "settings_sha256": hashlib.sha256(settings).hexdigest(),
            "cohort": {"sites": list(results.table("sites")["site_id"])},
            "row_accounting": results.table("row_accounting").to_dict("records"),
            "reports": {
                site["site_id"]: f"sites/{site['slug']}.html"
                for site in chosen.to_dict("records")
                if site["site_id"] in published.sites
            },
            "sites_missing": published.missing,
            "sites_too_small": list(published.too_small),
        },
    )
