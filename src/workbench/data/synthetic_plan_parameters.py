"""Truth of the example network's plans: what is agreed, what is done, and who carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from workbench.errors import ParameterError

ROLES = ("person", "family", "natural support", "professional")
PRACTICE, RATINGS = "practice", "ratings"
COUNTS = ("quarters_recorded", "days_to_first_plan", "plans_a_practitioner", "fewest_goals")
NUMBERS = (
    "months_a_plan", "days_between_meetings", "actions_a_meeting", "hours_a_month",
    "contacts_an_hour", "reminders_a_month", "crises_a_month",
)  # fmt: skip


def _by_role(*values: float) -> Any:
    return field(default_factory=lambda: MappingProxyType(dict(zip(ROLES, values, strict=True))))


@dataclass(frozen=True)
class PlanParameters:
    """Truth of plans, their actions, ownership and outside support, and of outcomes.

    In each stretch of 15 days an action that is still open is done with a probability whose log
    odds are the sum of the stretch, its owner, the practitioner, the plan, the quarter of the
    agreement, the practitioner's fidelity in the quarter before that, and ``dependence`` times the
    base-2 logarithm of that month's professional hours over the plan's usual. Some sites are
    carried: meetings and papers are in order there while professionals hold the plans together.

    Raises
    ------
    ParameterError
        If a share is not from 0 to 1, a spread or count is negative, a hazard is not between 0
        and 1, or a role is not one of the four.
    """

    quarters_recorded: int = 8
    """Quarters before the end of the series in which plans and outcomes are on record; 0 switches
    both off."""
    plans_a_practitioner: float = 1.5
    """Plans that somebody in post carries at a time; 0 switches plans off and leaves outcomes."""
    days_to_first_plan: int = 150
    """First plans are opened within so many days of the start of the record, or of training."""
    months_a_plan: float = 9.0
    months_sd: float = 0.40
    """Mean length of a plan, and the spread of its logarithm."""
    share_closed_early: float = 0.12
    """Plans that end after 15% to 60% of their time, since people move away or leave."""

    days_between_meetings: float = 30.0
    meetings_sd: float = 5.0
    """Days between meetings that are planned: mean and spread, at least 7."""
    share_meetings_missed: float = 0.05
    share_missed_where_carried: float = 0.0
    share_person_present: float = 0.85

    fewest_goals: int = 2
    most_goals: int = 4
    actions_a_meeting: float = 1.2
    owners: Mapping[str, float] = _by_role(0.35, 0.25, 0.10, 0.30)
    """Share of actions by who takes them on."""
    share_with_due_date: float = 0.95
    share_with_due_date_where_carried: float = 0.98
    share_adjusted: float = 0.15
    share_adjusted_by_agreement: float = 0.60
    """Actions that are changed while open, and of these the share agreed by the team."""
    share_goals_fading: float = 0.10
    """Goals whose actions are never done from a day on, 1 to 5 months after the opening."""

    hazards: tuple[float, ...] = (0.30, 0.25, 0.18, 0.12, 0.08, 0.06)
    """Probability of being done in each stretch of 15 days, for an action of the person in a
    typical plan; the last holds for all stretches after it."""
    owner_effects: Mapping[str, float] = _by_role(0.0, 0.1, -0.1, 0.5)
    """Log odds by owner."""
    hazard_practitioner_sd: float = 0.30
    hazard_plan_sd: float = 0.40
    hazard_trend: float = -0.02
    """Log odds for each quarter by which it was agreed later; none in the middle of the record."""
    hazard_fidelity_link: float = 0.15
    """Log odds for each 10 points of the practitioner's fidelity above the network's mean."""
    link_rests_on: str = PRACTICE
    """Fidelity that counts: ``practice`` as it was (a line), or the mean of its ``ratings``."""

    carried_sites: tuple[int, ...] = (6, 9)
    """Places, from 0, of the carried sites."""
    all_carried: bool = False
    """Whether every site is carried."""
    dependence: float = 0.0
    dependence_where_carried: float = 1.2
    """Log odds for each doubling of the professional hours of that month."""

    hours_a_month: float = 10.0
    hours_plan_sd: float = 0.40
    hours_month_sd: float = 0.50
    """Usual hours of a plan; spreads of their logarithm from plan to plan and month to month."""
    share_tapered: float = 0.20
    """Plans whose hours are halved from a day on, 2 to 6 months after the opening."""
    contacts_an_hour: float = 0.8
    reminders_a_month: float = 0.6
    """Reminders for each open action and month, at the start of the record."""
    reminders_plan_sd: float = 0.30
    reminders_growth: float = 0.0
    reminders_growth_where_carried: float = 0.15
    """Change a quarter of the logarithm of that rate."""
    crises_a_month: float = 0.15

    ownership_level: float = 62.0
    """Percent that the person says at the opening."""
    ownership_offsets: Mapping[str, float] = _by_role(0.0, 2.0, 1.0, 4.0)
    ownership_slopes: Mapping[str, float] = _by_role(0.2, 0.2, 0.2, 0.2)
    ownership_slopes_where_carried: Mapping[str, float] = _by_role(-2.0, -1.5, -1.5, 0.3)
    """Points a month, by who answers."""
    ownership_plan_sd: float = 10.0
    ownership_practitioner_sd: float = 4.0
    ownership_role_sd: float = 3.0
    """What a respondent of one plan says beside the others, always."""
    ownership_slope_sd: float = 0.4
    """Spread of plans' own slopes, points a month."""
    ownership_rating_sd: float = 6.0
    ownership_fidelity_link: float = 0.0
    """Points for each 10 points of the practitioner's fidelity in the quarter before the rating."""
    asked: Mapping[str, float] = _by_role(0.90, 0.125, 0.125, 0.90)
    """Share of the rounds (at the opening, then every quarter) in which each role answers; family
    and natural support together answer in a quarter of them."""

    outcome_base: float = 70.0
    outcome_within: float = 0.5
    outcome_between: float = 0.3
    """Percent for each point of a practitioner's fidelity in the quarter before: above their own
    mean, and of that mean above the network's."""
    outcome_practitioner_sd: float = 4.0
    outcome_sd: float = 5.0
    site_outcome_base: float = 85.0
    site_outcome_link: float = 0.0
    """Percent for each point of the site's mean fidelity in the quarter before."""
    site_outcome_site_sd: float = 3.0
    site_outcome_sd: float = 3.0

    def __post_init__(self) -> None:
        values = vars(self)
        wrong = [name for name in values if name.startswith("share_")
                 and not 0 <= values[name] <= 1]  # fmt: skip
        wrong += [name for name in values if name.endswith("_sd") and values[name] < 0]
        wrong += [name for name in (*COUNTS, *NUMBERS) if values[name] < 0]
        if self.most_goals < max(self.fewest_goals, 1):
            wrong.append("most_goals")
        if not self.hazards or not all(0 < one < 1 for one in self.hazards):
            wrong.append("hazards")
        mappings = [name for name in values if isinstance(values[name], Mapping)]
        wrong += [name for name in mappings if set(values[name]) != set(ROLES)]
        if abs(sum(self.owners.values()) - 1) > 1e-9:
            wrong.append("owners")
        if any(not 0 <= one <= 1 for one in self.asked.values()):
            wrong.append("asked")
        if self.link_rests_on not in (PRACTICE, RATINGS):
            wrong.append("link_rests_on")
        if wrong:
            raise ParameterError(
                f"These parameters of plans are not possible: {', '.join(wrong)}. Shares run from "
                "0 to 1 and those of owners sum to 1, spreads and counts run from 0, hazards lie "
                f"between 0 and 1, and roles are {', '.join(ROLES)}."
            )


LEVEL = dict.fromkeys(ROLES, 0.0)
RISING = dict.fromkeys(ROLES, 0.5)
NOT_LINKED: dict[str, Any] = {
    "hazard_fidelity_link": 0.0,
    "hazard_trend": 0.0,
    "outcome_within": 0.0,
    "outcome_between": 0.0,
}
ONE_THING: dict[str, Any] = {"share_goals_fading": 0.0, "carried_sites": ()}
PLANTED_PLANS: dict[str, dict[str, Any]] = {
    "none": {**ONE_THING, **NOT_LINKED, "ownership_slopes": LEVEL},
    "dependent": {**ONE_THING, **NOT_LINKED, "all_carried": True},
    "carried sites": {},
    "owned": {**ONE_THING, **NOT_LINKED, "ownership_level": 72.0, "ownership_slopes": RISING},
}


def planted_plans(kind: str) -> PlanParameters:
    """Parameters of plans with one thing planted in them, or with none.

    Parameters
    ----------
    kind
        "none" (no dependence, no decay of ownership, no link with fidelity, no trend, no goal that
        fades), "dependent" (every site is carried), "carried sites" (the example: two are, and
        every link is there) or "owned" (ownership is high and rises, and nothing depends on
        outside support).

    Raises
    ------
    ParameterError
        If there is no such kind.

    Examples
    --------
    >>> planted_plans("dependent").all_carried
    True
    """
    if kind not in PLANTED_PLANS:
        known = ", ".join(PLANTED_PLANS)
        raise ParameterError(f"'{kind}' is no kind of plans. Available: {known}.")
    return PlanParameters(**PLANTED_PLANS[kind])
