"""The sections about the kind of drift: kinds, raters, components, and the early warning.

A part whose evidence is missing is told in a sentence of the lead, and nothing is shown for it.
"""

from __future__ import annotations

from workbench.language import mark, say
from workbench.reporting import figures, tables
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.pictures import Picture
from workbench.reporting.report import Section
from workbench.reporting.sections_evidence import Evidence

NO_KINDS = mark("The kinds of drift were not set side by side in this run.")
NO_SPREAD = mark("How far apart practice stands over time could not be modelled.")
NO_GROUPS = mark(
    "Groups by training, trainer, leaving or booster could not be set beside one another: too few "
    "people, or no dates, stand behind them."
)
NO_ANCHOR = mark(
    "Raters can’t be set beside an anchor: too few sessions were scored by a second rater such as "
    "a master coder."
)
NO_GAP = mark("Supervisors and independent raters could not be set beside one another over time.")
NO_AGREEMENT = mark("Too few sessions were scored twice to say how well raters agree.")
NO_COMPONENTS = mark("No component of practice was scored in a way that can be shown.")
NO_MOVEMENT = mark("The movement of the components could not be modelled.")
NO_LOG = mark("No log of adaptations was handed in.")
NO_WARNING = mark(
    "There is no early warning to show: too few quarters, or too few people, stand behind each "
    "site’s chart."
)
NO_CHART = mark(
    "There is no chart to show for this site: too few quarters, or too few people, stand behind it."
)


def _lead(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def kinds_section(evidence: Evidence) -> Section:
    """Which kinds of drift were looked for, and which were seen."""
    title = say("What kind of drift is it?")
    lead = say("Practice can drift in several ways, and each asks for another answer.")
    if evidence.kinds.empty:
        return Section(title, _lead(lead, say(NO_KINDS)))
    lead += say(" The table says which kinds were looked for, and which can be seen in these data.")
    return Section(title, lead, (), (tables.drift_kinds_table(evidence.kinds),))


def groups_section(evidence: Evidence) -> Section:
    """Whether everyone drifts alike: spread, cohorts, generations, leavers, and boosters."""
    title = say("Does everyone drift alike?")
    lead = say(
        "When a level falls and people and sites grow alike, the lower level may become what all "
        "take for normal. When some groups stand apart, start with what they share."
    )
    pictures: list[Picture] = []
    if _has(evidence.spread_between, "spread") or _has(evidence.spread_within, "spread"):
        pictures.append(figures.spread(evidence.spread_between, evidence.spread_within))
    else:
        lead = _lead(lead, say(NO_SPREAD))
    groups = (
        (evidence.cohorts, tables.cohorts_table),
        (evidence.generations, tables.generations_table),
        (evidence.leavers, tables.leavers_table),
        (evidence.boosters, tables.boosters_table),
    )
    shown: list[DisplayTable] = [table(frame) for frame, table in groups if len(frame)]
    if not shown:
        lead = _lead(lead, say(NO_GROUPS))
    return Section(title, lead, tuple(pictures), tuple(shown))


def _has(frame: object, column: str) -> bool:
    """Whether a released table has a number of this kind left to show."""
    return bool(len(frame) and frame[column].notna().any())  # type: ignore[arg-type, index]


def raters_section(evidence: Evidence) -> Section:
    """Whether the ruler itself moves: raters beside their anchor, and beside one another."""
    lead = say(
        "A change of scores can come from the raters as well as from practice. So sessions that "
        "were scored twice are looked at first."
    )
    pictures, shown = [], []
    if _has(evidence.severity, "difference"):
        pictures.append(figures.rater_severity(evidence.severity))
    else:
        lead = _lead(lead, say(NO_ANCHOR))
    if _has(evidence.role_gap, "gap"):
        pictures.append(figures.role_gap(evidence.role_gap))
    else:
        lead = _lead(lead, say(NO_GAP))
    if len(evidence.agreement):
        shown.append(tables.rater_agreement_table(evidence.agreement))
    else:
        lead = _lead(lead, say(NO_AGREEMENT))
    return Section(say("Do the raters still score alike?"), lead, tuple(pictures), tuple(shown))


def components_section(evidence: Evidence) -> Section:
    """Which part of practice goes first, and which parts were adapted."""
    lead = say(
        "The parts of practice stand on one scale. A part that falls beside the whole goes before "
        "the others; small changes of several parts can add up."
    )
    pictures, shown = [], []
    if _has(evidence.components, "fidelity"):
        pictures.append(
            figures.components_over_time(evidence.components, cut_offs=evidence.cut_offs)
        )
    else:
        lead = _lead(lead, say(NO_COMPONENTS))
    if _has(evidence.movement, "own_slope") or _has(evidence.movement, "slope"):
        change = evidence.smallest_change
        pictures.append(figures.component_movement(evidence.movement, smallest_change=change))
    else:
        lead = _lead(lead, say(NO_MOVEMENT))
    if len(evidence.adaptations):
        shown.append(tables.adaptations_table(evidence.adaptations))
    else:
        lead = _lead(lead, say(NO_LOG))
    return Section(say("Which part of practice goes first?"), lead, tuple(pictures), tuple(shown))


def warning_section(evidence: Evidence) -> Section:
    """Which sites have left their own course; on a site's page, its chart."""
    title = say("Is there an early warning?")
    lead = say(
        "Each quarter is set against what the site’s own past would suggest, so that a slow fall "
        "shows before a single quarter does. A signal is a reason to ask what changed."
    )
    if evidence.site_id:
        place = {"site_id": evidence.site_id, "name": evidence.name}
        mine = evidence.chart_points
        mine = mine[mine["site_id"] == evidence.site_id] if len(mine) else mine
        if not _has(mine, "ewma"):
            return Section(title, _lead(lead, say(NO_CHART)))
        lead = _lead(lead, _statement(evidence, "warning.site"))
        return Section(title, lead, (figures.control_chart(evidence.chart_points, **place),))
    if not _has(evidence.warnings, "latest"):
        return Section(title, _lead(lead, say(NO_WARNING)))
    lead = _lead(lead, _statement(evidence, "warning.sites"))
    return Section(title, lead, (), (tables.warnings_table(evidence.warnings, evidence.sites),))


def _statement(evidence: Evidence, finding_id: str) -> str:
    """Statement of a finding of this place, which tells what chance alone would give."""
    mine = evidence.findings.of_place(evidence.site_id).reported
    return next((each.statement for each in mine if each.id == finding_id), "")
