"""The command that shows one person's practice to that person and their coach."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from workbench.cli.consoles import out
from workbench.cli.options import StudyOption

if TYPE_CHECKING:
    from workbench.analysis.individual_view import IndividualView
    from workbench.results import Results
    from workbench.running.individual_access import ViewAsked
    from workbench.settings import Study


def individual(
    practitioner: Annotated[str, typer.Option("--practitioner", help="Code of the person.")],
    purpose: Annotated[
        str, typer.Option("--purpose", help="What the page is for, in words; it is kept.")
    ] = "",
    study: StudyOption = Path(),
    coach: Annotated[str, typer.Option("--coach", help="Code of the person's coach.")] = "",
    for_self: Annotated[bool, typer.Option("--self", help="The person asks.")] = False,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder of the page, if not reports/private.")
    ] = None,
) -> None:
    """Write a private page about one person, for that person or their coach, and record it."""
    from workbench.errors import ParameterError, WorkbenchError
    from workbench.running import individual_access as access
    from workbench.running.lock import one_writer
    from workbench.settings import open_study

    if bool(coach.strip()) == for_self:
        raise ParameterError("Say who asks: --coach CODE, or --self for the person.")
    opened, asked = open_study(study), access.ViewAsked(practitioner, coach, purpose)
    with one_writer(opened):
        try:
            path, text, about = _page(opened, asked, folder)
        except WorkbenchError as error:
            rule = getattr(error, "rule", type(error).__name__)
            access.note_view(opened, asked, access.REFUSED, rule=rule)
            raise
        # First the record, so that no page is there of which it doesn't know.
        access.note_view(opened, asked, access.SHOWN, **about)
        access.write_privately(path, text)
    out.print(f"Written, for your eyes only: {escape(str(path))}")
    out.print("For support in coaching, not for discipline, pay or dismissal. The view is on")
    out.print("record ('workbench log'). Delete the page when the talk is over.")


def _page(study: Study, asked: ViewAsked, folder: Path | None) -> tuple[Path, str, dict[str, str]]:
    """Where the page goes, the page, and what the record keeps of the results behind it."""
    from workbench.errors import ParameterError
    from workbench.reporting.individual_page import IndividualPage, render_individual_page
    from workbench.results import Results
    from workbench.running import individual_access as access

    access.require_asked_well(study, asked)
    quarters = study.published_quarters()
    version = study.published(quarters[-1]) if quarters else None
    if version is None:
        raise ParameterError("No quarter is published yet. Run 'workbench run' first.")
    results = Results(version, study)
    access.require_coach(asked, results.accepted("practitioners"))
    label = str(results.quarter)
    path = access.private_page(study, label, asked, folder)
    view = _view(results, asked.practitioner)
    if view.why_not:
        raise access.ViewRefused("too little is known", f"No page is made: {view.why_not}")
    page = IndividualPage(
        network=results.about["network"],
        quarter=label,
        version=version.name,
        person=asked.practitioner,
        seen_by=asked.for_whom,
        purpose=asked.purpose,
        day=dt.date.today(),
        observations=view.observations,
        estimates=view.estimates,
        n_raters=view.n_raters,
        smallest_change=study.settings.thresholds.smallest_change_that_matters,
    )
    return path, render_individual_page(page, study.folder), {"quarter": label, "of": version.name}


def _view(results: Results, practitioner: str) -> IndividualView:
    """Judge what may be said of the person, from the accepted rows and the published tables."""
    from workbench.analysis.individual_view import individual_view
    from workbench.data import instruments, panels, scoring

    definitions = instruments.load_instruments(results.study.folder)
    valued = scoring.value_responses(results.accepted("fidelity_responses"), definitions)
    people, scored = results.accepted("practitioners"), scoring.score_observations
    panel = panels.observation_panel(scored(valued, definitions), people, results.quarter)
    return individual_view(
        panel.by_observation,
        panels.component_panel(scoring.score_components(valued, definitions), panel),
        results.table("practitioner_trajectories"),
        results.table("trajectories"),
        practitioner,
        panel.now,
    )
