"""The sections about plans: whether they hold, whose they are, and who carries them.

A plan is a family, so no part of them is about one. What is missing, be it a table that was not
handed in or a number that is hidden, is told in one sentence of the lead.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import figures, tables
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.pictures import Picture
from workbench.reporting.report import Section
from workbench.reporting.sections_evidence import Evidence
from workbench.reporting.sections_reinforcement import first_sentence

NOT_HANDED_IN = {
    "plans": mark("No table of plans was handed in."),
    "plan_actions": mark("No table of the actions of plans was handed in."),
    "plan_meetings": mark("No table of the meetings of plans was handed in."),
    "ownership_responses": mark("No table of ownership was handed in."),
    "external_support": mark("No table of external support was handed in."),
    "outcomes": mark("No table of outcomes was handed in."),
}
FEW = mark("too few plans stand behind it.")
NO_THROUGH = mark("How soon actions are done can’t be said")
NO_STATES = mark("What has become of the actions can’t be said")
NO_ADJUSTED = mark("How often actions were changed can’t be said")
NO_FADED = mark("Whether goals have faded can’t be said")
NO_OWNERSHIP = mark("Whose plan it is can’t be said")
NO_COMPLIANCE = mark("Whether plans in order are owned can’t be said")
NO_DEPENDENCE = mark("Whether plans move only while they are carried can’t be said")
NO_REMINDERS = mark("Whether reminders rise while less is done can’t be said")
NO_REDUCED = mark("What happened when support was reduced can’t be said")
NO_LINKS = mark("What follow-through and ownership go with can’t be said")
NO_OUTCOMES = mark("What outcomes go with fidelity can’t be said")


class _Page:
    """A section as it fills: its lead, pictures and tables."""

    def __init__(self, evidence: Evidence, title: str, needed: tuple[str, ...]) -> None:
        self.evidence = evidence
        self.title = title
        self.leads: list[str] = []
        self.pictures: list[Picture] = []
        self.tables: list[DisplayTable] = []
        self.lacking = next((name for name in needed if name in evidence.missing), "")

    def picture(self, is_told: bool, draw: Callable[[], Picture]) -> None:
        if is_told:
            self.pictures.append(draw())

    def table(self, is_told: bool, make: Callable[[], DisplayTable]) -> None:
        if is_told:
            self.tables.append(make())

    def told(
        self, frame: pd.DataFrame, column: str, otherwise: str, finding: str, *needed: str
    ) -> bool:
        """Whether a table has a number for this place; a sentence of the lead says why not."""
        rows = self._of_place(frame)
        if len(rows) and rows[column].notna().any():
            return True
        self.leads.append(self._why(rows, otherwise, finding, needed))
        return False

    def has(self, frame: pd.DataFrame, column: str) -> bool:
        """Whether a table has a number for this place."""
        rows = self._of_place(frame)
        return bool(len(rows) and rows[column].notna().any())

    def done(self) -> Section:
        """Make the section."""
        if self.lacking:
            return Section(self.title, self._missing(self.lacking))
        lead = " ".join(one for one in self.leads if one)
        return Section(self.title, lead, tuple(self.pictures), tuple(self.tables))

    def _of_place(self, frame: pd.DataFrame) -> pd.DataFrame:
        if frame.empty or "site_id" not in frame.columns:
            return frame
        return frame[frame["site_id"].fillna("") == self.evidence.site_id]

    def _why(
        self, rows: pd.DataFrame, otherwise: str, finding: str, needed: tuple[str, ...]
    ) -> str:
        lacking = next((name for name in needed if name in self.evidence.missing), "")
        if lacking:
            return self._missing(lacking)
        if len(rows) and hidden_rows(rows).any():
            return f"{say(otherwise)}: {say(FEW)}"
        mine = self.evidence.findings.of_place(self.evidence.site_id).withheld
        reason = next((one.reason for one in mine if one.id == finding), "")
        return f"{say(otherwise)}: {reason}" if reason else f"{say(otherwise)}."

    def _missing(self, table: str) -> str:
        would_add = self.evidence.missing[table]
        return f"{say(NOT_HANDED_IN[table])} {would_add}".strip()

    def answer(self, *findings: str) -> None:
        """Begin the lead with the first sentences of findings about this place."""
        mine = self.evidence.findings.of_place(self.evidence.site_id).reported
        for name in findings:
            self.leads += [first_sentence(one.statement) for one in mine if one.id == name]


def traction_section(evidence: Evidence) -> Section:
    """Whether plans hold after the meeting: follow-through, states, changes, faded goals."""
    found, site, sites = evidence.plans, evidence.site_id, evidence.sites
    page = _Page(evidence, say("Does the plan hold after the meeting?"), ("plans", "plan_actions"))
    page.answer("plans.follow_through", "plans.direction")
    place = {"site_id": site, "name": evidence.name}
    page.picture(
        page.told(found.follow_through_curve, "share", NO_THROUGH, "plans.follow_through"),
        lambda: figures.plan_follow_through(
            found.follow_through_curve,
            found.follow_through,
            found.follow_through_by_quarter,
            **place,
        ),
    )
    page.picture(
        page.told(found.actions_state, "share", NO_STATES, "plans.overdue"),
        lambda: figures.plan_actions(found.actions_state, sites, site_id=site),
    )
    page.table(
        page.told(found.actions_adjusted, "share", NO_ADJUSTED, "plans.adjusted"),
        lambda: tables.actions_adjusted_table(found.actions_adjusted, sites, site),
    )
    page.table(
        page.told(found.faded_goals, "share", NO_FADED, "plans.faded"),
        lambda: tables.faded_goals_table(found.faded_goals, sites, site),
    )
    return page.done()


def ownership_section(evidence: Evidence) -> Section:
    """Whose plan it is: ownership by respondent, the gap, and plans in order that nobody owns."""
    found, site = evidence.plans, evidence.site_id
    page = _Page(evidence, say("Whose plan is it?"), ("plans",))
    page.answer("plans.ownership", "plans.not_owned")
    place = {"site_id": site, "name": evidence.name}
    owned = ("ownership_responses",)
    drawn = page.has(found.ownership_by_quarter, "ownership") or (
        not site and page.has(found.ownership_course, "ownership")
    )
    if not drawn:
        page.told(found.ownership_by_quarter, "ownership", NO_OWNERSHIP, "plans.ownership", *owned)
    course = found.ownership_course.iloc[:0] if site else found.ownership_course
    page.picture(drawn, lambda: figures.plan_ownership(course, found.ownership_by_quarter, **place))
    page.table(
        page.has(found.ownership_trends, "level"),
        lambda: tables.ownership_table(found.ownership_trends, site),
    )
    # Without ratings of ownership, one sentence says so for both.
    if "ownership_responses" in evidence.missing and not page.has(found.compliance, "share"):
        return page.done()
    in_order = page.told(
        found.compliance, "share", NO_COMPLIANCE, "plans.not_owned", "plan_meetings", *owned
    )
    page.picture(in_order, lambda: figures.plan_compliance(found.compliance, **place))
    page.table(
        in_order,
        lambda: tables.compliance_places_table(
            found.compliance, found.compliance_since, evidence.sites, site
        ),
    )
    return page.done()


def dependence_section(evidence: Evidence) -> Section:
    """Who carries the plan: dependence on support, reminders, and what came of less support."""
    found, site, sites = evidence.plans, evidence.site_id, evidence.sites
    page = _Page(evidence, say("Who carries it?"), ("plans", "plan_actions", "external_support"))
    page.answer("plans.dependence", "plans.reminders")
    page.picture(
        page.told(found.dependence, "index", NO_DEPENDENCE, "plans.dependence"),
        lambda: figures.plan_dependence(
            found.dependence, found.dependence_curve, sites, site_id=site
        ),
    )
    if not site:
        page.table(
            page.has(found.dependence_terms, "within"),
            lambda: tables.dependence_terms_table(found.dependence_terms),
        )
    page.picture(
        page.told(found.reminders_by_quarter, "reminders", NO_REMINDERS, "plans.reminders"),
        lambda: figures.plan_reminders(
            found.reminders_by_quarter, site_id=site, name=evidence.name
        ),
    )
    page.table(
        page.has(found.reminders_trend, "reminders_change"),
        lambda: tables.reminders_trend_table(found.reminders_trend, sites, site),
    )
    if not site:
        page.table(
            page.told(found.support_reduced, "change", NO_REDUCED, "plans.reduced"),
            lambda: tables.support_reduced_table(found.support_reduced),
        )
    return page.done()


def links_section(evidence: Evidence) -> Section:
    """Set follow-through, ownership and outcomes beside fidelity; for the network's page."""
    found = evidence.plans
    page = _Page(evidence, say("What goes with fidelity?"), ())
    page.answer("plans.fidelity", "outcomes.fidelity")
    page.picture(
        page.told(found.links, "within", NO_LINKS, "plans.fidelity", "plans", "plan_actions"),
        lambda: figures.plan_links(found.links),
    )
    page.table(
        page.told(found.outcome_links, "within", NO_OUTCOMES, "outcomes.fidelity", "outcomes"),
        lambda: tables.outcome_links_table(found.outcome_links),
    )
    return page.done()
