"""Tables of the example network as they are handed in: their columns, and every cell as text."""

from __future__ import annotations

import pandas as pd

COLUMNS = {
    "sites": ["site_id", "site_name", "region_id", "opened_on", "stage", "stage_since"],
    "practitioners": [
        "practitioner_id",
        "site_id",
        "supervisor_id",
        "role",
        "hired_on",
        "trained_on",
        "trainer_id",
        "certified_on",
        "left_on",
    ],
    "fidelity_responses": [
        "observation_id",
        "item_id",
        "instrument_id",
        "instrument_version",
        "practitioner_id",
        "site_id",
        "observed_on",
        "rated_on",
        "rater_id",
        "rater_role",
        "response",
    ],
    "driver_responses": [
        "assessment_id",
        "item_id",
        "respondent_id",
        "respondent_role",
        "site_id",
        "assessed_on",
        "instrument_id",
        "instrument_version",
        "response",
    ],
    "supports": [
        "support_id",
        "occurred_on",
        "kind",
        "practitioner_id",
        "site_id",
        "minutes",
        "focus",
        "provided_by",
        "triggered_by_observation_id",
    ],
    "adaptations": [
        "adaptation_id",
        "noted_on",
        "practitioner_id",
        "site_id",
        "component",
        "planned",
        "fidelity_consistent",
        "reason",
    ],
    "implementation_teams": [
        "team_id",
        "level",
        "site_id",
        "parent_team_id",
        "formed_on",
        "closed_on",
        "members",
        "protected_hours",
        "has_support_practitioner",
        "champions",
    ],
    "team_meetings": ["team_id", "held_on", "attended", "members"],
    "feedback_items": [
        "feedback_item_id",
        "raised_on",
        "raised_by_level",
        "raised_to_level",
        "topic",
        "decided_on",
        "decision",
        "answered_on",
    ],
    "work_conditions": [
        "practitioner_id",
        "site_id",
        "period_start",
        "caseload",
        "supervisor_span",
        "documentation_hours",
        "vacancy_rate",
        "turnover_rate",
        "productivity_percent",
        "crises",
    ],
    "recognition": [
        "practitioner_id",
        "period_start",
        "rating",
        "productivity_percent",
        "documentation_compliance",
        "attendance",
    ],
    "plans": ["plan_id", "site_id", "practitioner_id", "opened_on", "closed_on", "closed_as"],
    "plan_meetings": ["plan_id", "held_on", "present_person", "attended"],
    "plan_actions": [
        "plan_action_id",
        "plan_id",
        "goal_id",
        "agreed_on",
        "owner",
        "due_on",
        "done_on",
        "reminders",
        "adjusted_on",
        "adjusted_how",
    ],
    "ownership_responses": [
        "plan_id",
        "rated_on",
        "respondent_role",
        "item_id",
        "instrument_id",
        "instrument_version",
        "response",
    ],
    "external_support": [
        "plan_id",
        "period_start",
        "professional_hours",
        "contacts",
        "reminders",
        "crises",
    ],
    "outcomes": ["subject", "subject_id", "period_start", "measure", "value"],
}


def tables_as_text(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables as an export has them: the declared columns, missing where a cell is empty."""
    return {name: _as_text(tables[name][columns]) for name, columns in COLUMNS.items()}


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell as text: dates as year-month-day, yes or no."""
    text = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            column = column.dt.strftime("%Y-%m-%d")
        elif pd.api.types.is_bool_dtype(column):
            column = column.map({True: "yes", False: "no"})
        text[name] = column.astype("str")
    return pd.DataFrame(text).reset_index(drop=True)
