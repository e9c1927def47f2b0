"""The sections about reinforcement: what is given, what it goes with, and what is rewarded.

The first begins with the answer to *what are we reinforcing?* in a few sentences. A part whose
evidence is missing is told in a sentence of the lead, and nothing is shown for it.
"""

from __future__ import annotations

import re

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import figures, tables
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.pictures import Picture
from workbench.reporting.report import Section
from workbench.reporting.sections_evidence import Evidence
from workbench.reporting.tables_support import ledger_rows, planned_rows

ANSWERS = (
    "reinforcement.support",
    "reinforcement.two_models",
    "reinforcement.action",
)
"""Findings whose first sentences, in this order, answer what is being reinforced."""
NOT_HANDED_IN = {
    "supports": mark("No table of supports was handed in."),
    "work_conditions": mark("No table of working conditions was handed in."),
    "recognition": mark("No table of recognition was handed in."),
}
NO_SUPPORT = mark("What support was given can’t be shown: too few people stand behind it.")
NO_PLAN = mark("No plan of support is declared, so what was given can’t be set beside one.")
NO_PLAN_SHOWN = mark(
    "What of the plan was delivered can’t be shown: too few people stand behind it."
)
NO_CURVE = mark("How fidelity moves in the months after support could not be told.")
NO_WAYS = mark("Frequency, coverage and total could not be set beside one another.")
NO_TIMING = mark("When the next certification goes with most could not be told.")
NO_PRESSURE = mark("No pressure could be set beside fidelity.")
NO_SHARES = mark("What the ratings go with could not be told.")
NO_LOW = mark("Whether coaching follows low observations can’t be said.")
NO_NEXT = mark("The next score of those coached could not be set beside that of others.")


def support_section(evidence: Evidence) -> Section:
    """Answer what is being reinforced in a few sentences; then the ledger, and the plan."""
    found, site = evidence.reinforcement, evidence.site_id
    title = say("What are we reinforcing?")
    lead = _lead(*(_answer(evidence, name) for name in ANSWERS))
    mine = ledger_rows(found.ledger, site)
    shown: list[DisplayTable] = []
    pictures: list[Picture] = []
    if mine[["acts_a_month", "coverage", "at_least", "under"]].notna().any(axis=None):
        place = {"site_id": site, "name": evidence.name}
        pictures.append(figures.support_ledger(found.ledger, **place))
        shown.append(tables.support_table(found.ledger, site))
    else:
        few = say(NO_SUPPORT) if len(mine) else ""
        lead = _lead(lead, few or _why(evidence, ANSWERS[0], say(NO_SUPPORT), "supports"))
    plan = planned_rows(found.planned, site)
    if _has(plan, "share"):
        shown.append(tables.planned_table(found.planned, site))
    elif "supports" not in evidence.missing:
        few = say(NO_PLAN_SHOWN) if len(plan) and hidden_rows(plan).any() else ""
        lead = _lead(lead, few or _why(evidence, "reinforcement.planned", say(NO_PLAN)))
    return Section(title, lead, tuple(pictures), tuple(shown))


def dose_section(evidence: Evidence) -> Section:
    """For how long support holds, how it is spread, and when a certification goes with most."""
    found = evidence.reinforcement
    title = say("For how long does support hold?")
    lead = say(
        "Practitioners are set beside themselves, with support and without, since those who get "
        "more of it may be those who need it most."
    )
    pictures: list[Picture] = []
    shown: list[DisplayTable] = []
    if "supports" in evidence.missing:
        return Section(title, _missing(evidence, "supports"))
    if _has(found.dose_curve, "expected"):
        pictures.append(figures.support_decay(found.dose_curve, found.dose))
    else:
        lead = _lead(lead, _why(evidence, "reinforcement.half_life", say(NO_CURVE)))
    if _has(found.dose, "estimate"):
        shown.append(tables.dose_table(found.dose))
    if _has(found.dose_at_sites, "estimate"):
        shown.append(tables.dose_at_sites_table(found.dose_at_sites))
    else:
        lead = _lead(lead, _why(evidence, "reinforcement.frequency", say(NO_WAYS)))
    if _has(found.booster_timing, "gain"):
        pictures.append(figures.booster_timing(found.booster_timing))
    else:
        lead = _lead(lead, _why(evidence, "reinforcement.booster", say(NO_TIMING)))
    return Section(title, lead, tuple(pictures), tuple(shown))


def pressures_section(evidence: Evidence) -> Section:
    """Which pressures at work go with lower fidelity."""
    frame = evidence.reinforcement.pressures
    title = say("Which pressures go with practice that moves away?")
    lead = say(
        "Practice bends to the work around it. The figure sets practitioners beside themselves at "
        "times with more of each pressure."
    )
    if _has(frame, "within"):
        return Section(title, lead, (figures.pressures(frame),))
    finding = "reinforcement.pressures"
    return Section(title, _why(evidence, finding, say(NO_PRESSURE), "work_conditions"))


def two_models_section(evidence: Evidence) -> Section:
    """Set what was trained beside what is rewarded."""
    found = evidence.reinforcement
    title = say("Which model is rewarded?")
    lead = say(
        "Every organisation carries out two models: the one it trained, and the one it rewards. "
        "The figure shows what ratings go with."
    )
    if not _has(found.two_models, "share"):
        finding = "reinforcement.two_models"
        return Section(title, _why(evidence, finding, say(NO_SHARES), "recognition"))
    pictures = (figures.two_models(found.two_models, found.alignment),)
    told = _has(found.alignment, "alignment")
    shown = (tables.alignment_table(found.alignment),) if told else ()
    return Section(title, lead, pictures, shown)


def action_section(evidence: Evidence) -> Section:
    """Whether what is seen is acted on: coaching after a low observation, and the next score."""
    found, site = evidence.reinforcement, evidence.site_id
    title = say("Is what is seen acted on?")
    lead = say("Measuring tells where practice stands today. It does not strengthen it by itself.")
    shown: list[DisplayTable] = []
    if "supports" in evidence.missing:
        return Section(title, _missing(evidence, "supports"))
    low = found.action_low
    mine = low[low["site_id"].fillna("") == site] if len(low) else low
    if _has(mine, "share"):
        shown.append(tables.action_table(low, evidence.sites, site))
    else:
        lead = _lead(lead, _why(evidence, "reinforcement.action", say(NO_LOW)))
    if _has(found.action_next, "next_change"):
        shown.append(tables.action_next_table(found.action_next))
    elif not site:
        lead = _lead(lead, _why(evidence, "reinforcement.next_score", say(NO_NEXT)))
    return Section(title, lead, (), tuple(shown))


def first_sentence(text: str) -> str:
    """Take the first sentence of a statement; a point within a number ends none.

    >>> first_sentence("It is 3.1 months (95% interval 2.2 to 4.6). More is known. So it is.")
    'It is 3.1 months (95% interval 2.2 to 4.6).'
    """
    return re.split(r"(?<=[.!?])\s+(?=[A-Z0-9‘“])", text.strip(), maxsplit=1)[0]


def _answer(evidence: Evidence, finding_id: str) -> str:
    """First sentence of a finding of this place; empty where it is not reported."""
    mine = evidence.findings.of_place(evidence.site_id).reported
    return next((first_sentence(each.statement) for each in mine if each.id == finding_id), "")


def _why(evidence: Evidence, finding_id: str, otherwise: str, table: str = "") -> str:
    """Say what is lacking: a table not handed in, or the reason of the finding."""
    if table in evidence.missing:
        return _missing(evidence, table)
    mine = evidence.findings.of_place(evidence.site_id).withheld
    reason = next((each.reason for each in mine if each.id == finding_id), "")
    return _lead(otherwise.rstrip(".") + f": {reason}") if reason else otherwise


def _missing(evidence: Evidence, table: str) -> str:
    return _lead(say(NOT_HANDED_IN[table]), evidence.missing[table])


def _lead(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _has(frame: pd.DataFrame, column: str) -> bool:
    """Whether a released table has a number of this kind left to show."""
    return bool(len(frame) and frame[column].notna().any())
