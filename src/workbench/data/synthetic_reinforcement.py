"""Truth of what the example network reinforces: supports given, pressures at work, and rewards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from workbench.errors import ParameterError

CASELOAD = "caseload"


@dataclass(frozen=True)
class SupportParameters:
    """Truth of the supports: how often, for whom, and what a low observation sets off.

    A practitioner is coached at a rate a month: that of the network, times what is special to the
    site, the practitioner and the quarter. After a low observation the rate is higher for a while:
    confounding by indication, since coaching then goes to those who struggle.

    Raises
    ------
    ParameterError
        If a share is not from 0 to 1, or a number that can't be negative is.
    """

    coaching_a_month: float = 0.9
    """Acts a month that a practitioner in service gets, at a site and quarter like any other."""
    coaching_site_sd: float = 0.20
    coaching_site_quarter_sd: float = 0.10
    coaching_practitioner_sd: float = 0.15
    """Spreads of the logarithm of that rate."""
    coaching_trend: float = 0.0
    """Change of its logarithm a quarter in the whole network, about the middle of the series."""
    coaching_follows_course: float = 0.08
    """More of that change for each point a quarter by which the site's slope stands above the
    network's: sites that fall are coached less and less."""
    share_coached_lowest: float = 0.75
    """Share of the practitioners of a site who may be coached in a quarter: drawn for each site
    and quarter from here to 1. Those share what the whole site gets."""
    coaching_follows_low: float = 1.0
    """Part by which the rate is higher for each 10 points that the latest observation lies below
    the network's mean; 0 for coaching that follows nothing."""
    days_after_low: int = 60
    """Days for which it is, or until the next observation."""
    share_coaching_on_skill: float = 0.75
    """The rest has a mixed focus."""
    supervision_a_month: float = 1.0
    administrative_sites: tuple[int, ...] = (6, 9)
    """Places, from 0, of the sites whose supervision is mostly administrative."""
    share_administrative: float = 0.30
    share_administrative_there: float = 0.85
    """Share of supervision about administration: anywhere else, and there. Half of the rest is
    mixed."""
    trainings_a_year: float = 0.3
    """Days of training for a whole site."""
    share_recertified: float = 0.25
    """Share of practitioners who are certified again each year after the first certification."""

    def __post_init__(self) -> None:
        numbers = ("coaching_a_month", "coaching_follows_low", "days_after_low",
                   "supervision_a_month", "trainings_a_year")  # fmt: skip
        _refuse(_impossible(vars(self), numbers))


@dataclass(frozen=True)
class Pressure:
    """Truth of one pressure at work, in its own unit.

    Attributes
    ----------
    usual
        Mean.
    sites, practitioners, quarters
        Spreads: of sites, of practitioners of a site, and from quarter to quarter.
    shared
        Whether it is the same for everyone at a site; ``practitioners`` is not used then.
    follows_course
        Units a quarter for each point a quarter by which the site's slope stands below the
        network's, about the middle of the series.
    highest
        Most that can be; the least is 0.
    decimals
        Decimals with which it is written down.
    """

    usual: float
    sites: float
    practitioners: float
    quarters: float
    shared: bool = False
    follows_course: float = 0.0
    highest: float = float("inf")
    decimals: int = 1


@dataclass(frozen=True)
class ConditionParameters:
    """Truth of the working conditions of practitioners in each quarter.

    Raises
    ------
    ParameterError
        If a spread is negative, a share is not from 0 to 1, or the correlation is not from 0 to
        below 1.
    """

    pressures: Mapping[str, Pressure] = field(
        default_factory=lambda: MappingProxyType(
            {
                CASELOAD: Pressure(14, 1.5, 2.0, 1.8, follows_course=0.5, decimals=0),
                "supervisor_span": Pressure(7, 1.2, 0, 0.8, shared=True, follows_course=0.15),
                "documentation_hours": Pressure(9, 1.2, 1.5, 1.2, highest=40),
                "vacancy_rate": Pressure(12, 3, 0, 2.5, shared=True, highest=100),
                "turnover_rate": Pressure(24, 6, 0, 6, shared=True, highest=400),
                "productivity_percent": Pressure(96, 4, 6, 6, highest=300),
                "crises": Pressure(3, 0.6, 0.6, 1.2, decimals=0),
            }
        )
    )
    correlation: float = 0.25
    """Correlation of any two pressures: of their sites, practitioners and quarters alike."""
    share_of_sites_as_whole: float = 0.15
    """Share of sites that hand in a row a site and quarter, with means over practitioners."""

    def __post_init__(self) -> None:
        wrong = _impossible(vars(self), ())
        if not 0 <= self.correlation < 1:
            wrong.append("correlation")
        for name, one in self.pressures.items():
            if min(one.sites, one.practitioners, one.quarters) < 0 or one.usual < 0:
                wrong.append(f"pressures: {name}")
        _refuse(wrong)


@dataclass(frozen=True)
class RecognitionParameters:
    """Truth of what the organisation rewards: the second of the two models.

    A rating is ``usual`` plus, for each thing that is rewarded, its weight times its standard
    score among the ratings of the network, plus noise. With things that do not go together, the
    share of each in what can be told of the rating is its weight squared over the sum of them.

    Raises
    ------
    ParameterError
        If a spread is negative or a period has no quarter.
    """

    weights: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                "productivity_percent": 6.0,
                "documentation_compliance": 3.5,
                "attendance": 1.5,
                "preparation": 1.5,
                "engagement": 1.0,
                "plan_use": 2.0,
                "follow_up": 1.2,
                "reflection": -1.5,
            }
        )
    )
    """Points of rating for one standard deviation; a component of practice by its id. Components
    go together, so that each has a share in the rating; what is below 0 makes that share small."""
    usual: float = 60.0
    noise_sd: float = 4.0
    quarters_a_period: int = 2
    productivity_percent: tuple[float, float, float] = (96.0, 7.0, 6.0)
    documentation_compliance: tuple[float, float, float] = (82.0, 5.0, 5.0)
    attendance: tuple[float, float, float] = (92.0, 2.0, 2.0)
    """Mean, spread of practitioners, and spread from period to period, in percent. Productivity is
    that of the working conditions where those are known."""

    def __post_init__(self) -> None:
        wrong = _impossible(
            vars(self), ("productivity_percent", "documentation_compliance", "attendance")
        )
        if self.quarters_a_period < 1:
            wrong.append("quarters_a_period")
        _refuse(wrong)

    @property
    def shares(self) -> dict[str, float]:
        """Planted share of each thing in what can be told of the rating, were none to go together.

        >>> RecognitionParameters(weights={"attendance": 3.0, "reflection": 1.0}).shares
        {'attendance': 0.9, 'reflection': 0.1}
        """
        total = sum(weight**2 for weight in self.weights.values())
        return {name: weight**2 / total for name, weight in self.weights.items() if total}


def _impossible(values: Mapping[str, object], numbers: tuple[str, ...]) -> list[str]:
    """Names of shares outside 0 to 1, and of spreads and listed numbers below 0."""
    wrong = []
    for name, value in values.items():
        single = value if isinstance(value, tuple) else (value,)
        given = [one for one in single if isinstance(one, int | float)]
        if name.startswith("share_") and not all(0 <= one <= 1 for one in given):
            wrong.append(name)
        if (name.endswith("_sd") or name in numbers) and any(one < 0 for one in given):
            wrong.append(name)
    return wrong


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise ParameterError(
            f"These parameters of the example network are not possible: {', '.join(wrong)}. "
            "Shares run from 0 to 1, spreads and counts from 0, a correlation from 0 to below 1."
        )
