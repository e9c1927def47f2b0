"""What `workbench resume` goes on with: a run that was broken off, or reports that are missing."""

from __future__ import annotations

import shutil
from dataclasses import replace

from workbench.errors import ParameterError
from workbench.results import Results
from workbench.running.failed_deliveries import failed_deliveries, is_mended
from workbench.running.foundations import foundations, what_differs
from workbench.running.manifest import read_manifest
from workbench.running.publication import finish_publication, rename_in_notebooks
from workbench.running.quarter_steps import REPORT, notebooks_of
from workbench.running.staged_run import Plan, StagedRun, staged_runs
from workbench.settings import MANIFEST, Study
from workbench.wording import english_count

NOTHING = (
    "There is no run to go on with: the last one ended, and no site lacks its report. Start a new "
    "one with 'workbench run'."
)
NOT_MENDED = "The reports that are missing need files that are not mended yet. {told}"


def unfinished_run(study: Study) -> StagedRun | None:
    """Give the last run that was broken off, ready to go on; None if there is none.

    A run that was broken off after its publication is finished on the way.

    Raises
    ------
    ParameterError
        If what it rests on has changed since.
    """
    open_runs = [StagedRun.open(folder) for folder in staged_runs(study)]
    left = [staged for staged in open_runs if not finish_publication(study, staged)]
    if not left:
        return None
    staged = left[-1]
    _refuse_changes(study, staged.plan, f"The run {staged.name}")
    staged.forget_damaged()
    return staged


def from_published(study: Study) -> StagedRun:
    """Begin a run from the newest version that lacks reports: all is done but those.

    The network's fit is not made again, so that no number of the other sites moves. Where files of
    a site's delivery were mended, all is: what the network's numbers rest on is more than it was.

    Raises
    ------
    ParameterError
        If no report is missing, a delivery is not mended yet, or anything else that the version
        rests on has changed since.
    """
    label = (study.published_quarters() or [""])[-1]
    folder = study.published(label)
    manifest = read_manifest(folder) if folder else {}
    if folder is None or not manifest["sites_missing"]:
        raise ParameterError(NOTHING)
    told = manifest["parameters"]
    failed = failed_deliveries(Results(folder, study))
    missing = [site for site in manifest["sites_missing"] if site not in failed]
    reason = f"{english_count(len(missing), 'report')} of sites added that {folder.name} lacked."
    plan = Plan(
        label,
        told["as_of"],
        told["data_folder"],
        (),
        told["require_all"],
        reason,
        manifest["foundations"],
    )
    now = foundations(study, plan.data_folder)
    if is_mended(study, folder, now):
        reason = f"Files of sites were mended whose rows {folder.name} lacked."
        return StagedRun.begin(study, replace(plan, reason=reason, foundations=now)).make_ready()
    _refuse_changes(study, plan, f"{label}, {folder.name},")
    if not missing:
        raise ParameterError(NOT_MENDED.format(told="; ".join(map(str, failed.values()))))
    staged = StagedRun.begin(study, plan)
    shutil.copytree(folder, staged.results, dirs_exist_ok=True)
    (staged.results / MANIFEST).unlink()
    rename_in_notebooks(staged.results, folder, staged.results)
    _mark_what_is_done(study, staged, missing)
    return staged.make_ready()


def _mark_what_is_done(study: Study, staged: StagedRun, missing: list[str]) -> None:
    """Mark every step but the reports that are missing and what tells of them."""
    results = Results(staged.results, study)
    publication = results.table("publication")
    version = int(publication["version"].iloc[0])
    results.write_tables(
        {
            "publication": publication.assign(
                version=version + 1, compared_with=publication["quarter"], compared_version=version
            ),
            "revisions": results.table("revisions").head(0),
        }
    )
    for name in notebooks_of(study):
        if name != REPORT:
            staged.do(name, lambda: None)
    sites = results.table("sites")
    for site in sites[~sites["site_id"].isin(missing)].to_dict("records"):
        staged.do(f"{REPORT}_{site['slug']}", lambda: None)


def _refuse_changes(study: Study, plan: Plan, what: str) -> None:
    changed = what_differs(plan.foundations, foundations(study, plan.data_folder))
    if changed:
        raise ParameterError(
            f"{what} can't go on: {' and '.join(changed)} changed since. Start a new run with "
            "'workbench run'."
        )
