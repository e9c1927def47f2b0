"""Parameters of the example network: every number that the truth rests on, in one place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from workbench.data.synthetic_organisation import LoopParameters, TeamParameters
from workbench.data.synthetic_plan_parameters import PlanParameters
from workbench.data.synthetic_reinforcement import (
    ConditionParameters,
    RecognitionParameters,
    SupportParameters,
)
from workbench.errors import ParameterError
from workbench.quarters import Quarter


@dataclass(frozen=True)
class PlantedSite:
    """A site whose movement is set by hand, so that the example has a story that can be read.

    Attributes
    ----------
    position
        Place of the site in the network, from 0. A network with fewer sites goes without it.
    level
        Points above or below the network at the start.
    slope
        Points a quarter, the network's own slope included.
    """

    position: int
    level: float
    slope: float


@dataclass(frozen=True)
class NetworkParameters:
    """Truth of a simulated network. Fidelity is in percent, time in quarters of 91.3125 days.

    Fidelity seen by an independent rater or a supervisor is ``level + slope x quarters``, plus
    ``supervisor_effect`` for supervisors, plus a level and a slope of the site, a level and a
    slope of the practitioner, a level of the rater, what is special to the session, and what is
    special to the scoring. Quarters count from the first day of ``first_quarter``. Each kind of
    drift adds its own term; :func:`synthetic_mechanisms.planted` gives networks with one of them.

    Raises
    ------
    ParameterError
        If a share is not from 0 to 1, a spread is negative, or a count is too small.
    """

    sites: int = 12
    regions: int = 3
    fewest_practitioners: int = 9
    most_practitioners: int = 16
    """Practitioners who ever work at a site: from the fewest to the most, all equally likely."""
    supervisors_a_site: int = 2
    raters_a_site: int = 2
    """Independent raters; each serves one site only."""
    master_raters: int = 2
    first_quarter: str = "2023Q4"
    quarters: int = 12

    level: float = 74.0
    slope: float = -0.40
    supervisor_effect: float = 2.5
    site_level_sd: float = 4.0
    site_slope_sd: float = 0.45
    site_correlation: float = 0.2
    practitioner_level_sd: float = 5.0
    practitioner_slope_sd: float = 0.55
    rater_sd: float = 1.5
    session_sd: float = 4.0
    scoring_sd: float = 3.0
    """With ``session_sd`` it makes the residual: the root of 16 + 9 is 5."""
    planted_sites: tuple[PlantedSite, ...] = (
        PlantedSite(position=6, level=2.0, slope=-1.5),
        PlantedSite(position=9, level=1.0, slope=-1.3),
        PlantedSite(position=3, level=-6.0, slope=1.3),
    )

    share_by_supervisor: float = 0.40
    share_missing: float = 0.12
    share_seen_twice: float = 0.50
    """Share of quarters in which two observations of a practitioner are planned, not one."""
    share_double_coded: float = 0.08
    share_hired_before: float = 0.62
    share_who_leave: float = 0.15
    share_trained_inside: float = 0.50
    """Share of those hired after the start whose trainer is an earlier practitioner of the site."""
    self_leniency: float = 8.0
    self_sd: float = 5.0
    master_sd: float = 0.5
    master_scoring_sd: float = 2.0

    share_drifting: float = 0.0
    own_drift: float = 0.0
    """Points a quarter added to the slope of the share of practitioners who drift on their own."""
    rater_drift: float = 0.0
    """Points a quarter of rating date by which independent raters and supervisors move."""
    rater_slope_sd: float = 0.0
    """Spread of what each of these raters moves beside the others, points a quarter."""
    supervisor_drift: float = 0.0
    """Points a quarter by which supervisors move beside independent raters."""
    residual_trend: float = 0.0
    """Change a quarter of the logarithm of ``session_sd`` and ``scoring_sd``."""
    cohort_step: float = 0.0
    """Points of level for each year from the start to the day of training; 0 if trained before."""
    generation_loss: float = 0.0
    """Points of level for each step from the programme's own trainers; negative is a loss."""
    leaver_level: float = 0.0
    leaver_slope: float = 0.0
    """Points, and points a quarter, by which those who leave differ from those who stay."""
    share_of_sites_boosted: float = 0.0
    """Share of sites where everyone is trained again once, halfway through the series."""
    booster_jump: float = 0.0
    booster_slope_change: float = 0.0
    """Points at once, and points a quarter from then on."""

    adaptations_a_practitioner: float = 0.6
    """Mean number of adaptations noted over the series; in proportion to time in service."""
    adaptations_follow_loss: float = 4.0
    """A component that loses a point a quarter draws this many times an adaptation more than one
    that loses nothing."""
    share_adaptations_by_site: float = 0.15
    share_adaptations_planned: float = 0.35
    share_adaptations_unsure: float = 0.15
    share_planned_consistent: float = 0.75
    share_unplanned_consistent: float = 0.30
    """Of the adaptations that are not unsure, those that leave the core whole."""

    component_slopes: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                "preparation": -0.5,
                "engagement": 0.4,
                "reflection": 0.2,
                "plan_use": 0.3,
                "follow_up": -0.4,
            }
        )
    )
    """Points a quarter by which a component moves beside the total; they sum to 0."""
    component_sd: float = 4.0
    item_difficulty_sd: float = 0.4
    item_sd: float = 0.8
    """Spread of items and of an item's responses, in steps of the scale."""
    share_not_applicable: float = 0.03
    share_empty: float = 0.01

    driver_levels: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                "selection": 72.0,
                "training": 75.0,
                "coaching": 62.0,
                "fidelity_assessment": 66.0,
                "facilitative_administration": 64.0,
                "systems_intervention": 58.0,
                "decision_support_data_system": 60.0,
                "leadership": 68.0,
            }
        )
    )
    """Percent of full points that practitioners give on average; 65 for any other driver."""
    driver_role_effects: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {"practitioner": 0.0, "supervisor": 3.0, "manager": 7.0, "leader": 12.0}
        )
    )
    linked_drivers: tuple[str, ...] = ("coaching", "facilitative_administration")
    driver_link: float = 18.0
    """Points of a linked driver for each point a quarter that the site's slope stands above the
    network's: sites whose fidelity falls have less of these drivers in place."""
    driver_site_sd: float = 5.0
    driver_site_by_driver_sd: float = 6.0
    driver_item_sd: float = 5.0
    driver_respondent_sd: float = 4.0
    driver_response_sd: float = 0.22
    """Spread of single answers, on the scale from 0 to 2."""
    quarters_between_assessments: int = 2
    share_assessed_before: float = 0.75
    """Share of sites that were assessed in the quarter before the series begins."""
    share_who_answer: float = 0.70
    """Lowest share of its practitioners whom a site asks; each site's own lies between it and 1."""

    teams: TeamParameters = field(default_factory=TeamParameters)
    loops: LoopParameters = field(default_factory=LoopParameters)
    supports: SupportParameters = field(default_factory=SupportParameters)
    conditions: ConditionParameters = field(default_factory=ConditionParameters)
    recognition: RecognitionParameters = field(default_factory=RecognitionParameters)
    plans: PlanParameters = field(default_factory=PlanParameters)

    def __post_init__(self) -> None:
        shares = {name: value for name, value in vars(self).items() if name.startswith("share_")}
        spreads = {name: value for name, value in vars(self).items() if name.endswith("_sd")}
        wrong = [name for name, value in shares.items() if not 0 <= value <= 1]
        wrong += [name for name, value in spreads.items() if value < 0]
        numbers = ("adaptations_a_practitioner", "adaptations_follow_loss")
        wrong += [name for name in numbers if getattr(self, name) < 0]
        counts = (
            "sites",
            "regions",
            "supervisors_a_site",
            "raters_a_site",
            "master_raters",
            "quarters",
            "fewest_practitioners",
            "quarters_between_assessments",
        )
        wrong += [name for name in counts if getattr(self, name) < 1]
        if self.most_practitioners < self.fewest_practitioners:
            wrong.append("most_practitioners")
        if not -1 <= self.site_correlation <= 1:
            wrong.append("site_correlation")
        if wrong:
            raise ParameterError(
                f"These parameters of the example network are not possible: {', '.join(wrong)}. "
                "Shares run from 0 to 1, spreads from 0, counts from 1."
            )

    @property
    def residual_sd(self) -> float:
        """Spread of what neither people, sites nor raters share."""
        return float((self.session_sd**2 + self.scoring_sd**2) ** 0.5)

    @property
    def first_day(self) -> dt.date:
        """Day from which time counts."""
        return Quarter.from_label(self.first_quarter).first_day

    @property
    def last_day(self) -> dt.date:
        """Last day on which anything is observed or rated."""
        return Quarter.from_label(self.first_quarter).plus(self.quarters - 1).last_day
