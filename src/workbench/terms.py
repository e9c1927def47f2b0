"""The field's words, in one place: fixed names used by tables, analyses and reports."""

from __future__ import annotations

from workbench.language import mark

RATER_ROLES = (mark("independent"), mark("supervisor"), mark("self"), mark("master"))

COMPETENCY_DRIVERS = (
    mark("selection"),
    mark("training"),
    mark("coaching"),
    "fidelity_assessment",
)
ORGANISATION_DRIVERS = (
    "facilitative_administration",
    "systems_intervention",
    "decision_support_data_system",
)
LEADERSHIP_DRIVERS = (mark("leadership"),)
COMPOSITES = {
    mark("competency"): COMPETENCY_DRIVERS,
    mark("organisation"): ORGANISATION_DRIVERS,
    "leadership": LEADERSHIP_DRIVERS,
}

DRIFTING = mark("drifting")
HOLDING = mark("holding")
STRENGTHENING = mark("strengthening")
NOT_ENOUGH_EVIDENCE = mark("not enough evidence")
STATES = (DRIFTING, HOLDING, STRENGTHENING, NOT_ENOUGH_EVIDENCE)

RATER_DRIFT = mark("rater drift")
INDIVIDUAL_DRIFT = mark("individual drift")
NEW_NORMAL = mark("new normal")
GENERATION_EFFECT = mark("generation effect")
BOOSTER_RECOVERY = mark("recovery after a booster")
COMPONENT_EROSION = mark("component erosion")
LEAVERS_DIFFER = mark("leavers who differ")
MECHANISMS = (
    RATER_DRIFT,
    INDIVIDUAL_DRIFT,
    NEW_NORMAL,
    GENERATION_EFFECT,
    BOOSTER_RECOVERY,
    COMPONENT_EROSION,
    LEAVERS_DIFFER,
)

IN_PLACE = mark("in place")
PARTLY_IN_PLACE = mark("partly in place")
NOT_IN_PLACE = mark("not in place")

REPORTED = mark("reported")
SUPPRESSED = mark("suppressed")
NOT_ESTIMABLE = mark("not estimable")

IN_WORDS = (
    mark("fidelity assessment"),
    mark("facilitative administration"),
    mark("systems intervention"),
    mark("decision support data system"),
)
"""Names of drivers as ``plain`` writes them, where that differs from the key."""

SUPPORT_KINDS = (
    mark("training"),
    mark("coaching"),
    mark("observation with feedback"),
    mark("supervision"),
    mark("case consultation"),
    mark("community of practice"),
    mark("certification"),
    mark("recertification"),
    mark("leadership development"),
)
"""Kinds of support, as the settings have them."""

CONFIDENCE = 0.95


def plain(name: str) -> str:
    """Write a snake_case name as words.

    >>> plain("fidelity_assessment")
    'fidelity assessment'
    """
    return name.replace("_", " ")
