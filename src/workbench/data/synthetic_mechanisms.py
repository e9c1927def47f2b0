"""Networks with one kind of drift planted in them, and networks with none."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.errors import ParameterError
from workbench.terms import (
    BOOSTER_RECOVERY,
    COMPONENT_EROSION,
    GENERATION_EFFECT,
    INDIVIDUAL_DRIFT,
    LEAVERS_DIFFER,
    NEW_NORMAL,
    RATER_DRIFT,
)

NONE = "none"
SIZES: dict[str, dict[str, Any]] = {
    "small": {"sites": 8, "fewest_practitioners": 6, "most_practitioners": 9, "quarters": 8},
    "medium": {"sites": 12, "fewest_practitioners": 9, "most_practitioners": 16, "quarters": 12},
    "large": {"sites": 40, "fewest_practitioners": 9, "most_practitioners": 16, "quarters": 12},
}
# Nothing moves but by chance, and every question can be asked: there are double codes, chains of
# trainers, boosters and people who leave.
COMMON: dict[str, Any] = {
    "slope": 0.0,
    "site_slope_sd": 0.15,
    "practitioner_slope_sd": 0.15,
    "planted_sites": (),
    "component_slopes": MappingProxyType({}),
    "share_double_coded": 0.15,
    "share_trained_inside": 0.5,
    "share_of_sites_boosted": 1.0,
    "share_who_leave": 0.25,
}
PLANTED: dict[str, dict[str, Any]] = {
    NONE: {},
    RATER_DRIFT: {"rater_drift": -0.8},
    INDIVIDUAL_DRIFT: {"share_drifting": 0.2, "own_drift": -2.5},
    NEW_NORMAL: {
        "slope": -1.2,
        "supervisor_drift": 0.5,
        "residual_trend": -0.05,
        "cohort_step": -2.5,
    },
    GENERATION_EFFECT: {"generation_loss": -4.0},
    BOOSTER_RECOVERY: {"slope": -0.6, "booster_jump": 5.0, "booster_slope_change": 0.5},
    COMPONENT_EROSION: {
        "component_slopes": MappingProxyType(
            {
                "preparation": -1.2,
                "engagement": 0.7,
                "reflection": 0.6,
                "plan_use": 0.7,
                "follow_up": -0.8,
            }
        )
    },
    LEAVERS_DIFFER: {"leaver_level": -6.0, "leaver_slope": -0.8},
}


def planted(mechanism: str, size: str = "medium", anchors: bool = True) -> NetworkParameters:
    """Parameters of a network with one kind of drift, of a size that a good design should see.

    Parameters
    ----------
    mechanism
        One of :data:`workbench.terms.MECHANISMS`, or "none".
    size
        "small" (8 sites, 8 quarters), "medium" (12 sites, 12 quarters) or "large" (40 sites, 12
        quarters).
    anchors
        Whether masters score some sessions again. Without them nobody's ruler is known to stand
        still.

    Raises
    ------
    ParameterError
        If there is no such mechanism or size.

    Examples
    --------
    >>> planted("rater drift", "small").rater_drift
    -0.8
    """
    _require("kind of drift", mechanism, PLANTED)
    _require("size", size, SIZES)
    chosen = {**SIZES[size], **COMMON, **PLANTED[mechanism]}
    if not anchors:
        chosen["share_double_coded"] = 0.0
    return NetworkParameters(**chosen)


def _require(what: str, name: str, known: dict[str, dict[str, Any]]) -> None:
    if name not in known:
        raise ParameterError(f"'{name}' is no {what}. Available: {', '.join(known)}.")
