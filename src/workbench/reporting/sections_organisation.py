"""The sections about the organisation: is it built to hold, who says so, what comes first.

One idea a section. A part whose evidence is missing is told in a sentence of the lead.
"""

from __future__ import annotations

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import figures, printed, tables
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.pictures import Picture
from workbench.reporting.report import Section
from workbench.reporting.sections_evidence import Evidence
from workbench.reporting.tables_chain import teams_above
from workbench.reporting.tables_priorities import CARRIED_OVER, DONE, NEW, cards_of
from workbench.reporting.tables_words import NOT_ASSESSED

HOLDS = mark("Is the organisation built to hold?")
NO_GATE = mark("Drivers and the first day of delivery could not be set beside one another.")
NOT_BEFORE = {
    "": mark("No site was assessed before it began to deliver, so this can’t be said."),
    "site": mark("This site was not assessed before it began to deliver, so this can’t be said."),
}
NO_STAGE = mark("The stages of implementation were not handed in.")
NO_TEAMS = mark("No table of implementation teams was handed in.")
NO_MEETINGS = mark("Attendance at their meetings can’t be shown.")
NO_LOOPS = mark("No table of what practice raises was handed in.")
NO_ROLES = mark("Too few of each role answered here to show the roles apart.")
NO_GAP = mark("No two roles have enough answers to be set beside one another.")
NO_AGREEMENT = mark("Whether those who answered agree could not be tested.")
NO_SHARE = mark("Who took part could not be counted.")
NO_TIES = mark("Whether drivers go with fidelity could not be looked at.")
NO_CARDS = mark("No card can be shown.")


def _lead(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _has(frame: pd.DataFrame, column: str) -> bool:
    """Whether a released table has anything of this kind left to show."""
    return bool(len(frame) and frame[column].notna().any())


def _statement(evidence: Evidence, finding_id: str) -> str:
    """Statement of a finding of this place; empty where it is not reported."""
    mine = evidence.findings.of_place(evidence.site_id).reported
    return next((each.statement for each in mine if each.id == finding_id), "")


def gate_section(evidence: Evidence) -> Section:
    """Whether the drivers were in place before delivery, and which stage was reached."""
    gate, stages = evidence.organisation.gate, evidence.organisation.stages
    site = evidence.site_id
    pictures: list[Picture] = []
    shown: list[DisplayTable] = []
    lead = say("Drivers are meant to carry practice from its first day, not to be added later.")
    if not _has(gate, "status_before"):
        lead = _lead(lead, say(NO_GATE))
    elif (gate["status_before"].dropna() == NOT_ASSESSED).all():
        lead = _lead(lead, say(NOT_BEFORE["site" if site else ""]))
    elif site:
        shown.append(tables.site_gate_table(gate, site))
    else:
        pictures.append(figures.drivers_gate(gate, evidence.sites))
    if _has(stages, "stage"):
        shown.append(tables.stages_table(stages, evidence.sites, site))
    else:
        lead = _lead(lead, say(NO_STAGE))
    return Section(
        f"{say(HOLDS)} {say('The drivers before the first day')}",
        lead,
        tuple(pictures),
        tuple(shown),
    )


def teams_section(evidence: Evidence) -> Section:
    """Whether a working, linked team stands at each level, how teams meet, and who is in post."""
    found = evidence.organisation
    title = f"{say(HOLDS)} {say('The chain of teams')}"
    lead = say(
        "What practice needs is decided on several levels. Where a level has no working team, or "
        "no link to the next, what is raised below has nowhere to go."
    )
    if found.chain.empty:
        why = evidence.missing.get("implementation_teams", "")
        return Section(title, _lead(lead, say(NO_TEAMS), why))
    site = evidence.site_id
    names = teams_above(found.chain, site)
    pictures = [
        figures.site_chain(found.chain, site_id=site, name=evidence.name)
        if site
        else figures.team_chain(found.chain, evidence.sites)
    ]
    meetings = found.meetings
    mine = meetings[meetings["team_id"].isin(names)] if len(meetings) else meetings
    shown: list[DisplayTable] = []
    if _has(mine, "attendance"):
        pictures.append(figures.team_meetings(meetings, names, name=evidence.name))
    else:
        lead = _lead(lead, say(NO_MEETINGS))
    if site and len(found.posts):
        shown.append(tables.posts_table(found.posts, names))
    elif not site and len(meetings):
        shown.append(tables.levels_table(meetings))
    return Section(title, lead, tuple(pictures), tuple(shown))


def loops_section(evidence: Evidence) -> Section:
    """Whether what practice raises is decided and comes back; of the network alone."""
    found = evidence.organisation
    title = f"{say(HOLDS)} {say('What practice raises')}"
    lead = say(
        "A loop is closed when those who raised something hear what became of it. A decision that "
        "nobody hears of closes no loop."
    )
    if found.loops.empty:
        return Section(
            title, _lead(lead, say(NO_LOOPS), evidence.missing.get("feedback_items", ""))
        )
    shown = [tables.loops_table(found.loops)]
    if _has(found.loops_policy, "share"):
        shown.append(tables.decisions_table(found.loops_policy))
    return Section(title, lead, (figures.loop_flow(found.loops, found.loops_curve),), tuple(shown))


def who_section(evidence: Evidence) -> Section:
    """Who says what is in place: roles, whether they agree, and how many took part."""
    found, site = evidence.organisation, evidence.site_id
    title = say("Who says so?")
    if all(
        frame.empty for frame in (found.role_scores, found.driver_agreement, found.participation)
    ):
        return Section(
            title, say("The drivers were not rated by people whose answers can be compared.")
        )
    lead = say(
        "A score of the drivers is what people said. It speaks for a site if enough took part and "
        "if they broadly agree; where they don’t, the roles say more than the mean."
    )
    pictures: list[Picture] = []
    shown: list[DisplayTable] = []
    if _has(found.role_scores, "score"):
        place = {"site_id": site, "name": evidence.name}
        pictures.append(figures.driver_roles(found.role_scores, **place))
    else:
        lead = _lead(lead, say(NO_ROLES))
    if _has(found.driver_role_gap, "difference"):
        shown.append(tables.driver_role_gap_table(found.driver_role_gap, site))
    elif pictures:
        lead = _lead(lead, say(NO_GAP))
    if _has(found.driver_agreement, "enough"):
        shown.append(
            tables.site_agreement_table(found.driver_agreement, site)
            if site
            else tables.agreement_table(found.driver_agreement, found.driver_consistency)
        )
    else:
        lead = _lead(lead, say(NO_AGREEMENT))
    if _has(found.participation, "eligible"):
        shown.append(tables.participation_table(found.participation, evidence.sites, site))
    else:
        lead = _lead(lead, say(NO_SHARE))
    return Section(title, lead, tuple(pictures), tuple(shown))


def priorities_section(evidence: Evidence) -> Section:
    """Cards of a site; for the network the ties, and what came of last quarter's cards."""
    found, site = evidence.organisation, evidence.site_id
    title = say("What to work on first")
    cards = cards_of(found.priorities, site)
    if site:
        lead = say(
            "Drivers that are low here come first, and of those the ones that go with fidelity. "
            "Try the step small, see what happens, and say so next quarter."
        )
        if cards.empty:
            # The finding says whether nothing is low, or nothing can be said.
            return Section(
                title, _lead(_statement(evidence, "readiness.priorities") or say(NO_CARDS))
            )
        return Section(title, lead, (), (tables.priorities_table(found.priorities, site),))
    lead = say(
        "Each site takes up three drivers at most. The figure asks which drivers go with fidelity "
        "in the quarters after; going together is no proof of what brings about what."
    )
    pictures: list[Picture] = []
    shown: list[DisplayTable] = []
    if _has(found.ties, "within"):
        pictures.append(figures.driver_ties(found.ties))
    else:
        lead = _lead(lead, say(NO_TIES))
        if len(found.ties):
            shown.append(tables.driver_ties_table(found.ties))
    if len(cards):
        lead = _lead(lead, _what_happened(cards["status"]))
        shown.append(tables.cards_table(found.priorities))
    else:
        hidden = bool(len(found.priorities) and hidden_rows(found.priorities).any())
        few = (
            say("Too few people answered at each site to show its cards.")
            if hidden
            else say(NO_CARDS)
        )
        lead = _lead(lead, few)
    return Section(title, lead, tuple(pictures), tuple(shown))


def _what_happened(status: pd.Series) -> str:
    """Say in counts what came of last quarter's cards, and how many are new."""
    counts = {key: int((status == key).sum()) for key in (NEW, CARRIED_OVER, DONE)}
    before, done = counts[CARRIED_OVER] + counts[DONE], counts[DONE]
    new = _are_new(counts[NEW])
    if not before:
        return say("No card was open from last quarter; {are_new}.", are_new=new)
    values = {
        "cards": printed.counted(before, "cards"),
        "done": done or say("none"),
        "carried": counts[CARRIED_OVER] or say("none"),
        "are_new": new,
    }
    if done == 1:
        return say(
            "Of {cards} of the report before, {done} is done and {carried} carried over; "
            "{are_new}.",
            **values,
        )
    return say(
        "Of {cards} of the report before, {done} are done and {carried} carried over; {are_new}.",
        **values,
    )


def _are_new(count: int) -> str:
    if not count:
        return say("none is new")
    cards = printed.counted(count, "cards")
    return say("{cards} is new", cards=cards) if count == 1 else say("{cards} are new", cards=cards)
