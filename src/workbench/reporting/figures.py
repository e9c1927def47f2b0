"""Every figure of the workbench, from evidence table to picture. Nothing is computed here."""

from workbench.reporting.figures_chain import site_chain, team_chain
from workbench.reporting.figures_components import components_over_time
from workbench.reporting.figures_control import control_chart
from workbench.reporting.figures_decay import booster_timing, support_decay
from workbench.reporting.figures_directions import site_directions
from workbench.reporting.figures_drivers import driver_profile
from workbench.reporting.figures_fidelity import fidelity_over_time
from workbench.reporting.figures_gate import drivers_gate
from workbench.reporting.figures_lapse import lapse_course
from workbench.reporting.figures_loops import loop_flow
from workbench.reporting.figures_meetings import team_meetings
from workbench.reporting.figures_movement import component_movement
from workbench.reporting.figures_plans import plan_follow_through
from workbench.reporting.figures_plans_actions import plan_actions
from workbench.reporting.figures_plans_links import plan_links
from workbench.reporting.figures_plans_ownership import plan_compliance, plan_ownership
from workbench.reporting.figures_plans_support import plan_dependence, plan_reminders
from workbench.reporting.figures_pressures import pressures
from workbench.reporting.figures_raters import rater_severity, role_gap
from workbench.reporting.figures_roles import driver_roles
from workbench.reporting.figures_spread import spread
from workbench.reporting.figures_states import practitioner_states
from workbench.reporting.figures_support import support_ledger
from workbench.reporting.figures_ties import driver_ties
from workbench.reporting.figures_two_models import two_models
from workbench.reporting.figures_variation import variance_split

__all__ = [
    "booster_timing",
    "component_movement",
    "components_over_time",
    "control_chart",
    "driver_profile",
    "driver_roles",
    "driver_ties",
    "drivers_gate",
    "fidelity_over_time",
    "lapse_course",
    "loop_flow",
    "plan_actions",
    "plan_compliance",
    "plan_dependence",
    "plan_follow_through",
    "plan_links",
    "plan_ownership",
    "plan_reminders",
    "practitioner_states",
    "pressures",
    "rater_severity",
    "role_gap",
    "site_chain",
    "site_directions",
    "spread",
    "support_decay",
    "support_ledger",
    "team_chain",
    "team_meetings",
    "two_models",
    "variance_split",
]
