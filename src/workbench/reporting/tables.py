"""Evidence tables as people read them: human column names, rounded text with units, no blanks.

Each function takes an evidence table of a run and gives a :class:`DisplayTable`, whose ``frame``
is a plain DataFrame of text. No statistic is computed here; hidden numbers are ``[c]``, and what
the data can't give is ``not estimable``.
"""

from __future__ import annotations

import pandas as pd

from workbench import terms
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.finding_words import base_words, estimate_words, interval_words
from workbench.reporting.tables_action import action_next_table, action_table
from workbench.reporting.tables_agreement import (
    agreement_table,
    participation_table,
    site_agreement_table,
)
from workbench.reporting.tables_chain import (
    chain_table,
    levels_table,
    meetings_table,
    posts_table,
    site_chain_table,
    teams_above,
)
from workbench.reporting.tables_components import adaptations_table, component_movement_table
from workbench.reporting.tables_dose import (
    booster_timing_table,
    dose_at_sites_table,
    dose_curve_table,
    dose_table,
)
from workbench.reporting.tables_drift import (
    drift_kinds_table,
    rater_agreement_table,
    rater_severity_table,
    role_gap_table,
    spread_table,
)
from workbench.reporting.tables_drivers import drivers_table
from workbench.reporting.tables_fidelity import (
    checks_table,
    components_table,
    directions_table,
    fidelity_table,
    variation_table,
)
from workbench.reporting.tables_gate import gate_table, site_gate_table, stages_table
from workbench.reporting.tables_lapse import lapse_curve_table, lapse_table
from workbench.reporting.tables_loops import decisions_table, loop_flow_table, loops_table
from workbench.reporting.tables_people import (
    boosters_table,
    cohorts_table,
    generations_table,
    leavers_table,
    practitioner_states_table,
    teams_table,
)
from workbench.reporting.tables_plans import (
    actions_adjusted_table,
    actions_state_table,
    faded_goals_table,
    follow_through_course_table,
    follow_through_table,
    hazard_table,
)
from workbench.reporting.tables_plans_links import links_table, outcome_links_table
from workbench.reporting.tables_plans_ownership import (
    compliance_places_table,
    compliance_table,
    ownership_course_table,
    ownership_quarters_table,
    ownership_table,
)
from workbench.reporting.tables_plans_support import (
    dependence_curve_table,
    dependence_table,
    dependence_terms_table,
    reminders_table,
    reminders_trend_table,
    support_reduced_table,
)
from workbench.reporting.tables_pressures import pressures_table
from workbench.reporting.tables_priorities import (
    cards_table,
    driver_ties_table,
    priorities_table,
)
from workbench.reporting.tables_roles import driver_role_gap_table, role_scores_table
from workbench.reporting.tables_support import planned_table, support_course_table, support_table
from workbench.reporting.tables_two_models import alignment_table, two_models_table
from workbench.reporting.tables_warning import chart_table, warnings_table

__all__ = [
    "action_next_table",
    "action_table",
    "actions_adjusted_table",
    "actions_state_table",
    "adaptations_table",
    "agreement_table",
    "alignment_table",
    "booster_timing_table",
    "boosters_table",
    "cards_table",
    "chain_table",
    "chart_table",
    "checks_table",
    "cohorts_table",
    "compliance_places_table",
    "compliance_table",
    "component_movement_table",
    "components_table",
    "decisions_table",
    "dependence_curve_table",
    "dependence_table",
    "dependence_terms_table",
    "directions_table",
    "dose_at_sites_table",
    "dose_curve_table",
    "dose_table",
    "drift_kinds_table",
    "driver_role_gap_table",
    "driver_ties_table",
    "drivers_table",
    "faded_goals_table",
    "fidelity_table",
    "follow_through_course_table",
    "follow_through_table",
    "gate_table",
    "generations_table",
    "hazard_table",
    "headline_table",
    "lapse_curve_table",
    "lapse_table",
    "leavers_table",
    "levels_table",
    "links_table",
    "loop_flow_table",
    "loops_table",
    "meetings_table",
    "outcome_links_table",
    "ownership_course_table",
    "ownership_quarters_table",
    "ownership_table",
    "participation_table",
    "planned_table",
    "posts_table",
    "practitioner_states_table",
    "pressures_table",
    "priorities_table",
    "rater_agreement_table",
    "rater_severity_table",
    "reminders_table",
    "reminders_trend_table",
    "role_gap_table",
    "role_scores_table",
    "site_agreement_table",
    "site_chain_table",
    "site_gate_table",
    "spread_table",
    "stages_table",
    "support_course_table",
    "support_reduced_table",
    "support_table",
    "teams_above",
    "teams_table",
    "two_models_table",
    "variation_table",
    "warnings_table",
]


def headline_table(released: ReleasedFindings) -> DisplayTable:
    """Every finding with its number, interval, base and status."""

    def kept(finding: Finding, text: str) -> str:
        return printed.HIDDEN if finding.status == terms.SUPPRESSED else text or "–"

    rows = [
        {
            mark("Question"): finding.question,
            mark("Answer"): finding.statement,
            mark("Estimate"): kept(finding, estimate_words(finding)),
            mark("95% interval"): kept(finding, interval_words(finding)),
            mark("Based on"): kept(finding, base_words(finding)),
            mark("Status"): say(finding.status),
        }
        for finding in released
    ]
    columns = ["Question", "Answer", "Estimate", "95% interval", "Based on", "Status"]
    return DisplayTable(
        say("Each question, its answer, and what it rests on"),
        pd.DataFrame(rows, columns=columns, dtype="str"),
    )
