"""Truth of the example network's organisation: its teams, and what becomes of what is raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from workbench.errors import ParameterError

ABSENT = "absent"
CLOSED = "closed"
NOT_LINKED = "not linked"
SELDOM_MEETS = "seldom meets"
FEW_COME = "few come"
WAYS_TO_BREAK = (ABSENT, CLOSED, NOT_LINKED, SELDOM_MEETS, FEW_COME)


@dataclass(frozen=True)
class BrokenTeam:
    """A place where the chain of teams is broken by hand.

    Attributes
    ----------
    level
        ``practice``, ``site``, ``region`` or ``network``. At the practice level it is every
        practice team of the site.
    position
        Place, from 0, of the site (practice and site level) or of the region; 0 for the network.
        A network without that place goes without the break.
    how
        ``absent`` (no such team), ``closed`` (part of the way through the series), ``not linked``
        (no team above is named), ``seldom meets`` (once in four quarters, and not in the last) or
        ``few come``.
    """

    level: str
    position: int
    how: str


@dataclass(frozen=True)
class TeamParameters:
    """Truth of the teams: how often they meet, who comes, and where the chain is broken.

    Raises
    ------
    ParameterError
        If a share is not from 0 to 1, a number is negative, or a break is of no known kind.
    """

    meetings_planned: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {"practice": 3, "site": 3, "region": 2, "network": 2}
        )
    )
    """Meetings a quarter that a team of each level plans."""
    share_of_meetings_held: float = 0.95
    attendance: float = 0.78
    """Mean share of the members who come."""
    attendance_sd: float = 0.06
    """Spread of teams' own shares."""
    attendance_likeness: float = 0.05
    """Correlation of two members' coming to one meeting: they share the day."""
    attendance_where_few_come: float = 0.30
    hours_a_member: float = 3.0
    """Protected hours a month that are agreed for each member, on average."""
    share_with_support_practitioner: float = 0.75
    """Share of site teams; no other team has one."""
    share_champions: float = 0.15
    """Share of practitioners who act as champions."""
    broken: tuple[BrokenTeam, ...] = (
        BrokenTeam("site", 2, CLOSED),
        BrokenTeam("practice", 4, FEW_COME),
        BrokenTeam("site", 6, NOT_LINKED),
        BrokenTeam("site", 9, SELDOM_MEETS),
    )

    def __post_init__(self) -> None:
        shares = (
            "share_of_meetings_held",
            "attendance",
            "attendance_where_few_come",
            "share_with_support_practitioner",
            "share_champions",
        )
        wrong = [name for name in shares if not 0 <= getattr(self, name) <= 1]
        wrong += [name for name in ("attendance_sd", "hours_a_member") if getattr(self, name) < 0]
        if not 0 <= self.attendance_likeness < 1:
            wrong.append("attendance_likeness")
        if any(one.how not in WAYS_TO_BREAK for one in self.broken):
            wrong.append("broken")
        _refuse(wrong)


@dataclass(frozen=True)
class LoopParameters:
    """Truth of the loops: what is raised, and how long until it is decided and answered.

    The time to a decision is exponential. Its median is that of the level asked, divided by the
    pace of the topic. The answer follows the decision by another exponential time; for a share of
    what is decided it never comes.

    Raises
    ------
    ParameterError
        If a share is not from 0 to 1, or a number is negative.
    """

    items_a_quarter: float = 20.0
    """Mean number of items raised in the network."""
    raised_by: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"practice": 0.70, "site": 0.22, "region": 0.08})
    )
    share_raised_higher: float = 0.30
    """Share raised to a level above the next one, where there is one."""
    median_days_to_decision: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({"site": 18.0, "region": 45.0, "network": 130.0})
    )
    topics: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                "documentation": 1.0,
                "workload": 0.6,
                "training": 1.5,
                "equipment": 1.0,
                "partner agencies": 0.8,
            }
        )
    )
    """Topics, equally often raised, with the pace of decisions: 2 is twice as fast."""
    median_days_to_answer: float = 14.0
    """From the decision to the answer, where one comes."""
    share_never_answered: float = 0.15
    kinds_of_decision: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {"policy": 0.20, "resources": 0.25, "other": 0.45, "no": 0.10}
        )
    )

    def __post_init__(self) -> None:
        shares = ("share_raised_higher", "share_never_answered")
        wrong = [name for name in shares if not 0 <= getattr(self, name) <= 1]
        for name in ("raised_by", "kinds_of_decision"):
            given = getattr(self, name).values()
            if any(share < 0 for share in given) or not sum(given) > 0:
                wrong.append(name)
        for name in ("median_days_to_decision", "topics"):
            if any(value <= 0 for value in getattr(self, name).values()):
                wrong.append(name)
        if self.items_a_quarter < 0:
            wrong.append("items_a_quarter")
        if self.median_days_to_answer <= 0:
            wrong.append("median_days_to_answer")
        _refuse(wrong)


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise ParameterError(
            f"These parameters of the example network are not possible: {', '.join(wrong)}. "
            "Shares run from 0 to 1, times are above 0, and each break has one of its kinds."
        )
