"""The field's words, in one place: fixed names used by tables, analyses and reports."""

from __future__ import annotations

RATER_ROLES = ("independent", "supervisor", "self", "master")

COMPETENCY_DRIVERS = ("selection", "training", "coaching", "fidelity_assessment")
ORGANISATION_DRIVERS = (
    "facilitative_administration",
    "systems_intervention",
    "decision_support_data_system",
)
LEADERSHIP_DRIVERS = ("leadership",)
COMPOSITES = {
    "competency": COMPETENCY_DRIVERS,
    "organisation": ORGANISATION_DRIVERS,
    "leadership": LEADERSHIP_DRIVERS,
}

DRIFTING = "drifting"
HOLDING = "holding"
STRENGTHENING = "strengthening"
NOT_ENOUGH_EVIDENCE = "not enough evidence"
STATES = (DRIFTING, HOLDING, STRENGTHENING, NOT_ENOUGH_EVIDENCE)

RATER_DRIFT = "rater drift"
INDIVIDUAL_DRIFT = "individual drift"
NEW_NORMAL = "new normal"
GENERATION_EFFECT = "generation effect"
BOOSTER_RECOVERY = "recovery after a booster"
COMPONENT_EROSION = "component erosion"
LEAVERS_DIFFER = "leavers who differ"
MECHANISMS = (
    RATER_DRIFT,
    INDIVIDUAL_DRIFT,
    NEW_NORMAL,
    GENERATION_EFFECT,
    BOOSTER_RECOVERY,
    COMPONENT_EROSION,
    LEAVERS_DIFFER,
)

IN_PLACE = "in place"
PARTLY_IN_PLACE = "partly in place"
NOT_IN_PLACE = "not in place"

REPORTED = "reported"
SUPPRESSED = "suppressed"
NOT_ESTIMABLE = "not estimable"

CONFIDENCE = 0.95


def plain(name: str) -> str:
    """Write a snake_case name as words.

    >>> plain("fidelity_assessment")
    'fidelity assessment'
    """
    return name.replace("_", " ")
