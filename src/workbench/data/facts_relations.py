"""Facts about rows beside other tables: in post, at the own site, while a plan was open."""

from __future__ import annotations

import pandas as pd

from workbench.data.facts_context import Facts, Known, where_filled, within

PARENTS = {
    "practitioner": ("practitioners", "practitioner_id"),
    "site": ("sites", "site_id"),
    "plan": ("plans", "plan_id"),
}
"""Table and column that list what an outcome may be about."""
LEVELS = {"practice": 0, "site": 1, "region": 2, "network": 3}
LONGEST_PERIOD = 92
"""Days by which a period may begin before the plan opens, and still reach into it."""
LONGEST_ACTION = 730
"""Days that an action agreed at a meeting may be given."""


def in_post(known: Known, day: str, name: str) -> Facts:
    """Whether something about a practitioner falls between hiring and leaving."""
    hired = known.look_up("practitioner_id", "hired_on")
    left = known.look_up("practitioner_id", "left_on")
    dated = [one for one in (hired, left) if one is not None]
    if not dated:
        return {}
    # Who is not listed, or has no dates, can't be judged.
    told = pd.concat(dated, axis=1).notna().any(axis=1)
    fact = within(known.frame[day], hired, left)
    return {name: where_filled(fact, known.frame[day]).where(told)}


def own_site(known: Known) -> Facts:
    """Whether the site is that of the practitioner."""
    home = known.look_up("practitioner_id", "site_id")
    if home is None or not known.has("site_id"):
        return {}
    site = known.frame["site_id"]
    return {"site_is_that_of_the_practitioner": where_filled(site == home, site, home)}


def while_open(known: Known, day: str, name: str, slack: int = 0) -> Facts:
    """Whether something about a plan falls between its opening and its closing.

    Parameters
    ----------
    known
        Table with ``plan_id``.
    day
        Column of the day.
    name
        Name of the fact.
    slack
        Days by which it may come before the opening.
    """
    opened = known.look_up("plan_id", "opened_on")
    if opened is None or not known.has(day):
        return {}
    start = opened - pd.Timedelta(days=slack)
    fact = within(known.frame[day], start, known.look_up("plan_id", "closed_on"))
    return {name: where_filled(fact, known.frame[day], opened)}


def practitioner_facts(known: Known) -> Facts:
    """Facts about practitioners beside one another."""
    frame, facts = known.frame, {}
    if known.has("supervisor_id"):
        supervisor = frame["supervisor_id"]
        facts["supervisor_is_somebody_else"] = where_filled(
            supervisor != frame["practitioner_id"], supervisor
        )
        pairs = frame[["supervisor_id", "site_id"]].drop_duplicates()
        several = pairs.loc[pairs["supervisor_id"].duplicated(), "supervisor_id"]
        facts["supervisor_is_at_one_site"] = where_filled(~supervisor.isin(several), supervisor)
    if known.has("trainer_id"):
        trainer = frame["trainer_id"]
        facts["trainer_is_somebody_else"] = where_filled(
            trainer != frame["practitioner_id"], trainer
        )
    return facts


def site_facts(known: Known) -> Facts:
    """Facts about sites beside one another."""
    return {"site_name_is_its_own": ~known.frame["site_name"].duplicated(keep=False)}


def support_facts(known: Known) -> Facts:
    """Facts about acts of support."""
    facts = in_post(known, "occurred_on", "given_while_in_post") | own_site(known)
    link = "triggered_by_observation_id"
    seen = known.look_up(link, "observed_on")
    if seen is not None:
        facts["given_after_the_observation"] = where_filled(
            known.frame["occurred_on"] >= seen, seen
        )
        whose = known.look_up(link, "practitioner_id")
        if whose is not None and known.has("practitioner_id"):
            supported = known.frame["practitioner_id"]
            facts["given_to_whom_was_observed"] = where_filled(supported == whose, supported, whose)
    if known.has("minutes"):
        minutes = known.frame["minutes"]
        facts["minutes_are_more_than_none"] = where_filled(minutes > 0, minutes)
    return facts


def adaptation_facts(known: Known) -> Facts:
    """Facts about adaptations."""
    facts = in_post(known, "noted_on", "noted_while_in_post") | own_site(known)
    parts = {
        name
        for instrument in known.instruments.values()
        if instrument.kind == "fidelity"
        for name in instrument.components
    }
    component = known.frame["component"]
    return facts | {"component_is_of_an_instrument": where_filled(component.isin(parts), component)}


def team_facts(known: Known) -> Facts:
    """Facts about implementation teams."""
    frame, facts = known.frame, {}
    level = frame["level"].map(LEVELS)
    if known.has("parent_team_id"):
        above = frame["parent_team_id"].map(
            frame.drop_duplicates("team_id").set_index("team_id")["level"].map(LEVELS)
        )
        facts["reports_to_a_higher_level"] = where_filled(above > level, above)
    if known.has("champions"):
        champions = frame["champions"]
        facts["champions_are_not_more_than_members"] = where_filled(
            champions <= frame["members"], champions, frame["members"]
        )
    if known.has("site_id"):
        facts["site_is_named_where_it_has_one"] = frame["site_id"].notna() | (level > 1)
    return facts


def meeting_facts(known: Known) -> Facts:
    """Facts about meetings of implementation teams."""
    formed = known.look_up("team_id", "formed_on")
    if formed is None:
        return {}
    fact = within(known.frame["held_on"], formed, known.look_up("team_id", "closed_on"))
    return {"held_while_the_team_worked": where_filled(fact, formed)}


def feedback_facts(known: Known) -> Facts:
    """Facts about what was raised from practice."""
    frame, facts = known.frame, {}
    from_level, to_level = (
        frame[name].map(LEVELS) for name in ("raised_by_level", "raised_to_level")
    )
    facts["raised_to_another_level"] = from_level != to_level
    if known.has("decided_on", "answered_on"):
        facts["decided_before_answered"] = where_filled(
            frame["decided_on"] <= frame["answered_on"], frame["decided_on"], frame["answered_on"]
        )
    if known.has("decided_on", "decision"):
        facts["decision_is_told_where_made"] = where_filled(
            frame["decision"].notna(), frame["decided_on"]
        )
    return facts


def plan_facts(known: Known) -> Facts:
    """Facts about plans."""
    frame = known.frame
    facts = in_post(known, "opened_on", "opened_while_in_post") | own_site(known)
    if known.has("closed_on"):
        same = ["practitioner_id", "opened_on", "closed_on"]
        twice = frame.duplicated(same, keep=False) & ~frame.duplicated(["plan_id"], keep=False)
        facts["plan_is_not_another_code_of_one"] = where_filled(~twice, frame["closed_on"])
        if known.has("closed_as"):
            facts["ending_is_told_where_closed"] = where_filled(
                frame["closed_as"].notna(), frame["closed_on"]
            )
    return facts


def plan_meeting_facts(known: Known) -> Facts:
    """Facts about meetings on plans."""
    facts = while_open(known, "held_on", "held_while_the_plan_was_open")
    if known.has("attended"):
        there = known.frame["present_person"].astype("boolean") & (known.frame["attended"] < 1)
        facts["somebody_came_where_the_person_did"] = where_filled(~there, known.frame["attended"])
    return facts


def plan_action_facts(known: Known) -> Facts:
    """Facts about actions of plans."""
    frame = known.frame
    facts = while_open(known, "agreed_on", "agreed_while_the_plan_was_open")
    facts |= while_open(known, "done_on", "done_while_the_plan_was_open")
    if known.has("due_on"):
        given = (frame["due_on"] - frame["agreed_on"]).dt.days
        facts["due_within_two_years"] = where_filled(given <= LONGEST_ACTION, given)
    if known.has("adjusted_on", "adjusted_how"):
        facts["way_of_change_is_told"] = where_filled(
            frame["adjusted_how"].notna(), frame["adjusted_on"]
        )
    return facts


def outcome_facts(known: Known) -> Facts:
    """Facts about outcomes."""
    frame = known.frame
    listed = pd.Series(pd.NA, index=frame.index, dtype="boolean")
    for subject, (table, column) in PARENTS.items():
        rows = frame["subject"] == subject
        if table in known.accepted and rows.any():
            listed[rows] = frame.loc[rows, "subject_id"].isin(known.accepted[table][column])
    return {"subject_is_listed": listed}
