"""Spreads that a plan of measurement rests on: read from a network's growth fit, or given by hand.

What the network can't tell is never taken as nothing: it gets a value with its reason, and is named
as an assumption wherever the plan is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from workbench.analysis.growth_design import (
    PRACTITIONERS,
    PRACTITIONERS_SLOPES,
    RATERS,
    SITES,
    SITES_SLOPES,
)  # fmt: skip
from workbench.errors import ParameterError
from workbench.language import mark, say
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.profiled_curvature import ProfiledCurvature
from workbench.models.variance_draws import draw_variances
from workbench.shown import Shown
from workbench.terms import CONFIDENCE

USUAL_RESIDUAL = 5.0
USUAL = {
    "site_level": 0.8,
    "site_slope": 0.1,
    "practitioner_level": 1.0,
    "practitioner_slope": 0.1,
    "rater": 0.3,
}
"""Spreads, as shares of the residual one, that stand in for what a network can't tell."""
USUAL_SESSION_SHARE = 0.6
"""Share of the residual variance that belongs to the session and not to the scoring."""
NEARLY_ZERO = 1e-3
"""Share of the residual spread below which a spread counts as not found."""
TITLES = {
    "site_level": mark("Between sites: level at the start"),
    "site_slope": mark("Between sites: slope"),
    "practitioner_level": mark("Between practitioners of a site: level at the start"),
    "practitioner_slope": mark("Between practitioners of a site: slope"),
    "rater": mark("Between raters"),
    "residual": mark("From one observation to the next"),
    "session": mark("Of which from one session to the next"),
}
SPREAD_COLUMNS = ["spread", "title", "value", "low", "high", "unit", "assumed", "why"]
_PLACES = {
    ("site_id", "Intercept"): "site_level",
    ("site_id", "quarters"): "site_slope",
    ("practitioner_id", "Intercept"): "practitioner_level",
    ("practitioner_id", "quarters"): "practitioner_slope",
    ("rater_id", "Intercept"): "rater",
    ("Residual", ""): "residual",
}


@dataclass(frozen=True)
class Spreads(Shown):
    """Standard deviations that measurement has to see a drift through.

    Levels are in points of fidelity, slopes in points a quarter.

    Attributes
    ----------
    site_level, site_slope, practitioner_level, practitioner_slope, rater, residual
        Spread of each, 0 or more; the residual above 0.
    site_correlation, practitioner_correlation
        Of level and slope, from -1 to 1.
    session_share
        Share of the residual variance that two ratings of one session have in common, 0 to 1.
    assumed
        What the network could not tell, to why.
    intervals
        What the network's own spreads may be, by name.

    Raises
    ------
    ParameterError
        If a spread is negative or missing, or a share or correlation is beyond its limits.
    """

    site_level: float
    site_slope: float
    practitioner_level: float
    practitioner_slope: float
    rater: float
    residual: float
    site_correlation: float = 0.0
    practitioner_correlation: float = 0.0
    session_share: float = USUAL_SESSION_SHARE
    assumed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    intervals: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def __post_init__(self) -> None:
        wrong = [name for name in USUAL if not 0 <= getattr(self, name) < np.inf]
        wrong += [] if 0 < self.residual < np.inf else ["residual"]
        correlations = ("site_correlation", "practitioner_correlation")
        wrong += [name for name in correlations if not -1 <= getattr(self, name) <= 1]
        wrong += [] if 0 <= self.session_share <= 1 else ["session_share"]
        if wrong:
            raise ParameterError(
                f"These spreads are not possible: {', '.join(wrong)}. Spreads run from 0, shares "
                "from 0 to 1, correlations from -1 to 1."
            )

    @property
    def session(self) -> float:
        """Spread of what two ratings of one session have in common, in points."""
        return self.residual * float(np.sqrt(self.session_share))

    @property
    def scoring(self) -> float:
        """Spread of what belongs to one scoring alone, in points."""
        return self.residual * float(np.sqrt(1 - self.session_share))

    def covariance(self, of: str) -> np.ndarray:
        """Covariance of level and slope of ``site`` or ``practitioner``, shape (2, 2)."""
        sds = np.array([getattr(self, f"{of}_level"), getattr(self, f"{of}_slope")])
        correlation = getattr(self, f"{of}_correlation")
        return np.outer(sds, sds) * np.array([[1.0, correlation], [correlation, 1.0]])

    def with_scoring(self, variance_of_differences: float) -> Spreads:
        """Split the residual by double-coded sessions: half the variance of paired differences.

        Parameters
        ----------
        variance_of_differences
            Between two ratings of one session within a pair of raters, in points squared. Nothing
            changes where it is missing.
        """
        if not np.isfinite(variance_of_differences):
            return self
        share = 1 - variance_of_differences / 2 / self.residual**2
        told = {name: why for name, why in self.assumed.items() if name != "session"}
        return replace(self, session_share=float(np.clip(share, 0, 1)), assumed=told)

    def table(self) -> pd.DataFrame:
        """Each spread with its interval, and whether it is an assumption: see `SPREAD_COLUMNS`."""
        rows = []
        for name, title in TITLES.items():
            low, high = self.intervals.get(name, (np.nan, np.nan))
            unit = mark("points a quarter") if name.endswith("slope") else mark("points")
            why = self.assumed.get(name, "")
            rows.append((name, title, getattr(self, name), low, high, unit, bool(why), why))
        return pd.DataFrame(rows, columns=SPREAD_COLUMNS)


def spreads_of(fit: MixedModelFit | None, left_out: Mapping[str, str] | None = None) -> Spreads:
    """Read the spreads from a growth fit.

    A variance that was estimated at zero takes the middle of what the data allow; a term that the
    model had to leave out takes its usual share of the residual (`USUAL`). Both are assumptions.

    Parameters
    ----------
    fit
        Of the growth model; None where there is none that can be used: then all is assumed.
    left_out
        What the growth model could not hold, to why, as `growth_design` gives it.
    """
    found, correlations, residual = _estimates(fit)
    middles, intervals = _what_they_may_be(fit)
    reasons = {name: why for what, why in (left_out or {}).items() for name in _named(what)}
    values, assumed = {"residual": residual}, {}
    if fit is None:
        assumed["residual"] = say("there is no growth model that can be used; 5 points are taken.")
    for name, share in USUAL.items():
        values[name] = found.get(name, np.nan)
        if np.isnan(values[name]):
            values[name] = share * residual
            why = reasons.get(name) or say("these data hold no growth model with it.")
            usual = say("{share:g} of the residual spread is taken.", share=share)
            assumed[name] = f"{why[:1].upper()}{why[1:]} {usual}"
        elif values[name] < NEARLY_ZERO * residual:
            values[name] = middles.get(name, share * residual)
            assumed[name] = say(
                "It was estimated at zero; the middle of what the data allow is taken."
            )
    assumed["session"] = say("No double-coded sessions were given; 0.6 of the variance is taken.")
    for name in ("site", "practitioner"):
        if {f"{name}_level", f"{name}_slope"} & set(assumed):
            correlations[f"{name}_correlation"] = 0.0
    return Spreads(**values, **correlations, assumed=assumed, intervals=intervals)


def _named(what: str) -> list[str]:
    """Spreads that a part of the growth model is about, by the name of what was left out."""
    parts = {
        SITES: ["site_level", "site_slope"],
        SITES_SLOPES: ["site_slope"],
        PRACTITIONERS: ["practitioner_level", "practitioner_slope"],
        PRACTITIONERS_SLOPES: ["practitioner_slope"],
        RATERS: ["rater"],
    }
    return parts.get(what, [])


def _estimates(
    fit: MixedModelFit | None,
) -> tuple[dict[str, float], dict[str, float], float]:
    """Spreads and correlations of a fit, and the residual spread."""
    if fit is None:
        return {}, {}, USUAL_RESIDUAL
    table = fit.var_corr()
    variances = table[table["term_2"].isna()]
    keys = zip(variances["group"], variances["term"], strict=True)
    found = {
        _PLACES[key]: float(sd)
        for key, sd in zip(keys, variances["sd"], strict=True)
        if key in _PLACES
    }
    joint = table[table["correlation"].notna()]
    correlations = {
        f"{str(group).removesuffix('_id')}_correlation": float(np.clip(value, -1, 1))
        for group, value in zip(joint["group"], joint["correlation"], strict=True)
    }
    return found, correlations, found.pop("residual")


def _what_they_may_be(
    fit: MixedModelFit | None,
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Median and interval of each spread over draws of the model's variances."""
    if fit is None or not fit.reml or not isinstance(fit.curvature, ProfiledCurvature):
        return {}, {}
    draws = draw_variances(fit.curvature)
    freedom = fit.design.n_obs - len(fit.design.fixed_names)
    random = np.random.default_rng(1)
    values: dict[str, list[float]] = {name: [] for name in _PLACES.values()}
    for theta in draws.theta:
        sigma = fit.curvature.equations(theta).best_sigma(True)
        sigma *= float(np.sqrt(freedom / random.chisquare(freedom)))
        values["residual"].append(sigma)
        for block, T in zip(fit.design.blocks, fit.curvature.factors(theta), strict=True):
            sds = sigma * np.sqrt((T**2).sum(axis=1))
            for effect, sd in zip(block.names, sds, strict=True):
                values[_PLACES[block.term.group, effect]].append(float(sd))
    tail = (1 - CONFIDENCE) / 2
    told = {
        name: _quantiles(np.array(drawn), draws.weights, np.array([tail, 0.5, 1 - tail]))
        for name, drawn in values.items()
        if drawn
    }
    return (
        {name: float(ends[1]) for name, ends in told.items()},
        {name: (float(ends[0]), float(ends[2])) for name, ends in told.items()},
    )


def _quantiles(values: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) - weights[order] / 2
    return np.asarray(np.interp(shares, reached, values[order]))
