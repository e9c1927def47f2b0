"""What stands behind practice, by hand: support, drivers, and whether plans hold."""

from __future__ import annotations

import pandas as pd

from workbench.analysis import driver_ties as ties
from workbench.analysis import follow_through as plans
from workbench.analysis import readiness, readiness_agreement, readiness_participation
from workbench.analysis import support_ledger as ledger
from workbench.analysis.follow_through_findings import follow_through_findings
from workbench.analysis.support_ledger_findings import support_ledger_findings
from workbench.by_hand.answers import Answer
from workbench.by_hand.fidelity import observation_panel
from workbench.by_hand.tables import Tables, instruments_of, quarter_of, settings_of, table_of
from workbench.data import instruments, panels, plan_panels, scoring
from workbench.data.instruments import Instrument
from workbench.settings import Study


def support_ledger(tables: Tables, quarter: str = "latest", study: Study | None = None) -> Answer:
    """Keep the ledger of support: how often practice is reinforced, for whom, on what.

    Parameters
    ----------
    tables
        Checked tables by name; ``supports`` and ``practitioners`` are read.
    quarter
        Label such as ``2026Q3``; ``latest`` is the quarter of the last observation.
    study
        Study whose plan of support (``supports: planned``) and privacy hold; no plan if None.

    Returns
    -------
    Answer
        ``table`` is ``support_ledger``: one row a place, quarter and kind of support, with acts,
        minutes, how many it reached of those in post, and the share about skill.

    Examples
    --------
    >>> import workbench as wb
    >>> ledger = wb.support_ledger(wb.simulated_tables(sites=2, quarters=4))
    >>> "coaching" in set(ledger.table["kind"])
    True
    """
    settings, now = settings_of(study), quarter_of(tables, quarter, study)
    people = table_of(tables, "practitioners")
    supports = panels.events_up_to(table_of(tables, "supports"), "occurred_on", now)
    given = panels.supports_by_practitioner(supports, people, now)
    planned: dict[str, int] = dict(settings.supports.planned.items())
    result = ledger.support_ledger(given, supports, people, now, planned)
    found = tuple(support_ledger_findings(result))
    return Answer(
        "What are we reinforcing?",
        result.tables(),
        "support_ledger",
        found,
        result,
        settings.privacy,
    )


def driver_readiness(tables: Tables, quarter: str = "latest", study: Study | None = None) -> Answer:
    """Score the drivers: which are in place, as those who answered see it.

    A site's mean is withheld where its respondents don't agree, and a reserve is stated where too
    few of its staff answered.

    Parameters
    ----------
    tables
        Checked tables by name; ``driver_responses`` and ``practitioners`` are read.
    quarter
        Label such as ``2026Q3``; ``latest`` is the quarter of the last observation.
    study
        Study whose instruments and privacy hold; the workbench's own if None.

    Returns
    -------
    Answer
        ``table`` is ``driver_scores``: one row a place and best practice, driver or composite,
        with ``score`` in percent, its 95% interval and the change since the assessment before.

    Examples
    --------
    >>> import workbench as wb
    >>> ready = wb.driver_readiness(wb.simulated_tables(sites=2, quarters=4))
    >>> list(ready.table["level"].unique())
    ['composite', 'driver', 'best_practice']
    """
    settings, now = settings_of(study), quarter_of(tables, quarter, study)
    instrument, panel = _assessments(tables, quarter, study)
    agreed = readiness_agreement.aggregation_evidence(panel)
    took_part = readiness_participation.participation(panel, table_of(tables, "practitioners"), now)
    ready = readiness.driver_readiness(
        panel,
        instrument.prompts(),
        instrument.levels(),
        agreement=agreed.driver_agreement,
        participation=took_part.participation,
    )
    analyses = (ready, agreed, took_part)
    kept = {name: table for each in analyses for name, table in each.tables().items()}
    found = tuple(finding for each in analyses for finding in each.findings())
    return Answer(
        "Is the organisation ready?", kept, "driver_scores", found, ready, settings.privacy
    )


def driver_ties(tables: Tables, quarter: str = "latest", study: Study | None = None) -> Answer:
    """Seek ties: which drivers go with the fidelity observed in the two quarters after.

    A driver's score is split into how far it stands above the site's own mean (within) and that
    mean (between). Only the first is called a tie, and only beyond chance over all drivers (Holm).

    Parameters
    ----------
    tables
        Checked tables by name; ``driver_responses``, ``fidelity_responses`` and
        ``practitioners`` are read.
    quarter
        Label such as ``2026Q3``; ``latest`` is the quarter of the last observation.
    study
        Study whose instruments, fiscal year and privacy hold; the workbench's own if None.

    Returns
    -------
    Answer
        ``table`` is ``driver_ties``: one row a driver with ``within`` and ``between`` (points of
        fidelity for ten points more of the driver), 95% intervals, ``p_adjusted``, ``tied``, and
        ``reason`` where a number can't be said.

    Examples
    --------
    >>> import workbench as wb
    >>> ties = wb.driver_ties(wb.simulated_tables(sites=2, quarters=4))
    >>> ties.table["within"].isna().all()  # two sites are too few, and that is said
    np.True_
    """
    seen = observation_panel(tables, quarter, study).by_observation
    panel = _assessments(tables, quarter, study)[1]
    result = ties.driver_ties(readiness.scores_by_assessment(panel), seen)
    privacy = settings_of(study).privacy
    return Answer(
        "Which drivers go with the fidelity that follows?",
        result.tables(),
        "driver_ties",
        tuple(result.findings()),
        result,
        privacy,
    )


def follow_through(tables: Tables, quarter: str = "latest", study: Study | None = None) -> Answer:
    """Tell what happens after the meeting: which actions are done, changed or left open.

    Parameters
    ----------
    tables
        Checked tables by name; ``plans`` and ``plan_actions`` are read.
    quarter
        Label such as ``2026Q3``; ``latest`` is the quarter of the last observation.
    study
        Study whose rules of plans and privacy hold; the defaults if None.

    Returns
    -------
    Answer
        ``table`` is ``follow_through``: the share of agreed actions done within 30, 60 and 90 days
        by place and owner, with 95% intervals. Actions that are open count as followed up to the
        end of the quarter, and never as failed.

    Examples
    --------
    >>> import workbench as wb
    >>> done = wb.follow_through(wb.simulated_tables(sites=2, quarters=4))
    >>> sorted(done.table["days"].unique().tolist())
    [30, 60, 90]
    """
    settings, now = settings_of(study), quarter_of(tables, quarter, study)
    by_plan = plan_panels.plans_up_to(table_of(tables, "plans"), now)
    actions = plan_panels.actions_up_to(table_of(tables, "plan_actions"), by_plan, now)
    result = plans.follow_through(actions, by_plan, now, settings.plans)
    found = tuple(follow_through_findings(result))
    return Answer(
        "Does the plan hold after the meeting?",
        result.tables(),
        "follow_through",
        found,
        result,
        settings.privacy,
    )


def _assessments(
    tables: Tables, quarter: str, study: Study | None
) -> tuple[Instrument, pd.DataFrame]:
    """Instrument of the driver assessments, and one row a best practice rated by a respondent."""
    definitions, responses = instruments_of(study), table_of(tables, "driver_responses")
    instrument = instruments.used_in(responses, definitions, "drivers")
    valued = scoring.value_responses(responses, definitions)
    mine = panels.of_instrument(valued, instrument.instrument)
    return instrument, panels.assessment_panel(mine, quarter_of(tables, quarter, study))
