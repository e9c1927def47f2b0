"""The steps of a quarter's run, in their order; each is done once, whoever broke the run off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from workbench.errors import ParameterError, RunFault, WorkbenchError
from workbench.reporting.sections_release import keep_release
from workbench.resources import resource_files
from workbench.results import Results
from workbench.running.failed_deliveries import failed_deliveries
from workbench.running.parameters import NotebookParameters, code_of, declared_parameters
from workbench.running.provenance import keep_provenance
from workbench.running.report_runners import ReportRunner
from workbench.running.revised_numbers import revision_tables
from workbench.running.runs import NotebookError, NotebookRunner
from workbench.running.site_reports import SiteReport, make_site_reports
from workbench.running.staged_run import StagedRun
from workbench.settings import Study
from workbench.wording import english_count

NOTEBOOKS_FOLDER = "notebooks"
QUALITY = "01_data_quality"
REPORT = "06_quarterly_report"
NUMBERS, RELEASE, NETWORK = "revised_numbers", "release", f"{REPORT}_network"
CHAIN = "provenance"
MANY = 12
"""Reports of sites from which on it pays to go through one before the first is made."""
REFUSALS = ("DataProblems", "ParameterError", "SettingsError")
"""Errors of the first notebook that are about the data or the command, not the machine."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and how many there are."""


class DataRefused(WorkbenchError):
    """The data can't carry a report; what was found is in the results."""


class QuarterSteps:
    """The steps of one run.

    Parameters
    ----------
    study
        The study.
    staged
        The run.
    runner
        Runs its notebooks.
    progress
        Told of every step.
    of_sites
        Runs the notebooks of sites' reports; the same runner if None.
    """

    def __init__(
        self,
        study: Study,
        staged: StagedRun,
        runner: NotebookRunner,
        progress: Progress,
        of_sites: ReportRunner | None = None,
    ) -> None:
        self.study, self.staged, self.runner, self.progress = study, staged, runner, progress
        self.of_sites: ReportRunner = of_sites or runner
        self.results = Results(staged.results, study)
        self.notebooks = notebooks_of(study)
        self.parameters = NotebookParameters(
            study_folder=str(study.folder),
            results_folder=str(staged.results),
            quarter=staged.plan.quarter,
            as_of=staged.plan.as_of,
            data_folder=staged.plan.data_folder,
        )

    def check(self) -> None:
        """Check what was received.

        Raises
        ------
        DataRefused
            If it can't carry a report.
        """
        self.progress(QUALITY, 0, len(self.notebooks))
        notebook = self.notebooks[QUALITY]

        def work() -> None:
            try:
                self._execute(notebook, QUALITY)
            except NotebookError as error:
                if error.error in REFUSALS:
                    raise DataRefused(error.message) from None
                raise RunFault(str(error)) from None

        self.staged.do(QUALITY, work)
        failed = failed_deliveries(self.results)
        if failed and self.staged.plan.require_all:
            told = "; ".join(f"{site}: {why}" for site, why in failed.items())
            sites = english_count(len(failed), "site")
            raise DataRefused(
                f"{sites} delivered what can't be used: {told} Mend the files, or run with "
                "--allow-partial."
            )

    def analyse(self) -> None:
        """Run the notebooks of the whole network, once; what they find is not changed after."""
        steps = self._count()
        analyses = [name for name in self.notebooks if name not in (QUALITY, REPORT)]
        for done, name in enumerate(analyses, 1):
            self.progress(name, done, steps)
            self._of_network(self.notebooks[name], name)
        self.staged.do(NUMBERS, lambda: self.results.write_tables(revision_tables(self.results)))

    def report(self) -> dict[str, str]:
        """Make the sites' reports and then the network's; gives why a site's could not be made."""
        rests_on = self.staged.plan.foundations
        self.staged.do(CHAIN, lambda: keep_provenance(self.results, self.notebooks, rests_on))
        self.staged.do(RELEASE, lambda: keep_release(self.results))
        steps, sites = self._count(), self.sites()
        before = steps - len(sites) - 1
        reports = [
            SiteReport(
                site_id=str(site["site_id"]),
                step=f"{REPORT}_{site['slug']}",
                page=self.staged.results / "sites" / f"{site['slug']}.html",
            )
            for site in sites.to_dict("records")
        ]
        if len(reports) >= MANY and self.of_sites is self.runner:
            self.runner.rehearse(self.study.folder, self.results.folder, reports[0].site_id)
        missing = make_site_reports(
            reports,
            self.staged,
            self.of_sites.workers,
            lambda one: self._execute(self.notebooks[REPORT], one.step, one.site_id, self.of_sites),
            lambda done: self.progress("Reports of sites", before + done, steps),
        )
        missing.update(self._not_delivered())
        self.progress("Report of the network", steps - 1, steps)
        self.results.write_tables({"reported_sites": self._reported(missing)})
        self._of_network(self.notebooks[REPORT], NETWORK)
        return missing

    def sites(self) -> pd.DataFrame:
        """Sites that get a report, by site_id and slug; an unknown one is refused."""
        listed, asked = self.results.table("sites"), self.staged.plan.sites
        unknown = [site for site in asked if site not in set(listed["site_id"])]
        if unknown:
            known = ", ".join(listed["site_id"].head(20))
            raise ParameterError(f"No such site: {', '.join(unknown)}. The sites are {known}.")
        chosen = listed[listed["site_id"].isin(asked)] if asked else listed
        without = [*self.too_small(), *failed_deliveries(self.results)]
        return chosen[~chosen["site_id"].isin(without)]

    def too_small(self) -> list[str]:
        """Sites whose page would be about individuals, because too few practise there."""
        sites = self.results.table("sites")["site_id"]
        people = self.results.accepted("practitioners")["site_id"].value_counts()
        fewest = self.study.settings.privacy.fewest_practitioners
        failed = failed_deliveries(self.results)  # how many practise there is not known
        return [site for site in sites if people.get(site, 0) < fewest and site not in failed]

    def _not_delivered(self) -> dict[str, str]:
        """Why sites asked for have no report though none was tried: their delivery is set aside."""
        asked, failed = self.staged.plan.sites, failed_deliveries(self.results)
        return {site: str(why) for site, why in failed.items() if not asked or site in asked}

    def _reported(self, missing: dict[str, str]) -> pd.DataFrame:
        """Which sites have a page in this run: one row a site, with ``status`` and ``why``."""
        status = dict.fromkeys(self.results.table("sites")["site_id"], "not asked for")
        status.update(dict.fromkeys(self.too_small(), "too few practitioners"))
        status.update(dict.fromkeys(self.sites()["site_id"], "reported"))
        status.update(dict.fromkeys(missing, "missing"))
        why = [missing.get(site, "") for site in status]
        return pd.DataFrame({"site_id": list(status), "status": list(status.values()), "why": why})

    def _count(self) -> int:
        return len(self.notebooks) + len(self.sites()) + 1

    def _of_network(self, notebook: Path, name: str) -> None:
        """Run a notebook without which there is no quarter to publish."""

        def work() -> None:
            try:
                self._execute(notebook, name)
            except NotebookError as error:
                raise RunFault(str(error)) from None

        self.staged.do(name, work)

    def _execute(
        self, notebook: Path, name: str, site_id: str = "", runner: ReportRunner | None = None
    ) -> Path:
        output = self.staged.results / "notebooks" / f"{name}.ipynb"
        parameters = replace(self.parameters, site_id=site_id)
        given = parameters.for_notebook(declared_parameters(notebook))
        (runner or self.runner).run(notebook, output, given)
        return output


def notebooks_of(study: Study) -> dict[str, Path]:
    """Numbered notebooks of a study by name, in their order."""
    files = resource_files(NOTEBOOKS_FOLDER, "0*.ipynb", study.folder)
    return {path.stem: path for path in files}


def own_notebooks(study: Study) -> tuple[str, ...]:
    """Numbered notebooks of a study that came with the workbench and are no longer the same.

    A run uses the study's own. One that was copied before an upgrade may not fit any more.
    """
    shipped = {path.name: path for path in resource_files(NOTEBOOKS_FOLDER, "0*.ipynb")}
    return tuple(
        path.name
        for path in notebooks_of(study).values()
        if path.name in shipped and code_of(path) != code_of(shipped[path.name])
    )
