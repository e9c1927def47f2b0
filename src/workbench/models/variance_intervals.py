"""Intervals for standard deviations and correlations of random effects.

*Profile*: the values at which the plain likelihood, maximised over all else, is not worse than a
chi-square allows. *Bootstrap*: the middle of refits to responses simulated from the model; the
refits work on simulated sufficient statistics, so thousands are cheap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize
from scipy.stats import chi2

from workbench.errors import ModelRefused
from workbench.models.level_map import LevelMap
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.objective import Objective
from workbench.models.optimise import minimise
from workbench.models.reduced import engine_scales, reduce_statistics
from workbench.models.simulated_statistics import Simulator
from workbench.models.variance_parameters import unpack
from workbench.terms import CONFIDENCE

NEARLY_ZERO = 1e-4  # of the residual sd; a profile that is still low here reaches zero
FURTHEST = 60  # doublings of the distance in search of an upper end
LARGEST_CORRELATION = 1 - 1e-7


@dataclass(frozen=True)
class _Quantity:
    """A standard deviation or correlation: its names and its place in the factors."""

    group: str
    term: str
    term_2: str
    block: int
    rows: tuple[int, ...]

    def value(self, factors: tuple[np.ndarray, ...], sigma: float) -> float:
        """Compute the quantity at given factors."""
        if self.block < 0:
            return sigma
        rows = [factors[self.block][row] for row in self.rows]
        lengths = [float(np.linalg.norm(row)) for row in rows]
        if len(rows) == 1:
            return sigma * lengths[0]
        return float(rows[0] @ rows[1]) / max(lengths[0] * lengths[1], 1e-300)


def _quantities(fit: MixedModelFit) -> list[_Quantity]:
    found = []
    for number, block in enumerate(fit.design.blocks):
        names, group = block.names, block.term.group
        found += [_Quantity(group, name, "", number, (k,)) for k, name in enumerate(names)]
        if block.term.correlated:
            found += [
                _Quantity(group, names[j], names[i], number, (j, i))
                for j in range(len(names))
                for i in range(j + 1, len(names))
            ]
    return [*found, _Quantity("Residual", "", "", -1, ())]


def profile_intervals(fit: MixedModelFit) -> pd.DataFrame:
    """Find profile-likelihood intervals of standard deviations and correlations.

    Parameters
    ----------
    fit
        A fit of the profiled engine. The profile is of the plain likelihood, as lme4's.

    Returns
    -------
    pandas.DataFrame
        ``group, term, term_2, estimate, conf_low, conf_high``; rows with ``term_2`` are
        correlations, the others standard deviations; ``estimate`` is the fit's own.
    """
    profile = _Profile.of(fit)
    rows = []
    for quantity in _quantities(fit):
        low, high = profile.interval(quantity)
        estimate = quantity.value(fit.factors, fit.sigma)
        rows.append((quantity.group, quantity.term, quantity.term_2, estimate, low, high))
    return _table(rows)


class _Profile:
    """The plain likelihood profiled over everything but one quantity."""

    def __init__(self, objective: Objective, theta: np.ndarray, sigma: float) -> None:
        self.objective = objective
        self.start = np.append(theta, np.log(sigma))
        self.lowest = objective.at(theta, sigma).value

    @staticmethod
    def of(fit: MixedModelFit) -> _Profile:
        if fit.statistics is None:
            raise ModelRefused("Intervals of variances need a fit of the profiled engine.")
        levels = LevelMap.of(fit.design.blocks, fit.statistics.roles, engine_scales(fit.statistics))
        objective = Objective(reduce_statistics(fit.statistics), levels, reml=False)
        best = minimise(objective, fit.curvature.theta)
        return _Profile(objective, best.point.theta, best.sigma)

    def _criterion(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        theta, sigma = parameters[:-1], float(np.exp(parameters[-1]))
        point = self.objective.at(theta, sigma)
        freedom = point.evaluation.freedom(reml=False)
        by_sigma = 2 * freedom - 2 * point.evaluation.residual_sum / sigma**2
        return point.value - self.lowest, np.append(point.gradient, by_sigma)

    def _value(self, quantity: _Quantity, parameters: np.ndarray) -> float:
        levels = self.objective.levels
        factors = levels.formula_factors(unpack(levels.blocks, parameters[:-1]))
        return quantity.value(factors, float(np.exp(parameters[-1])))

    def rise(
        self, quantity: _Quantity, value: float, start: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Rise of the criterion when a quantity is held at a value, and where that is best."""
        scale = max(abs(value), 1e-3)

        def held(parameters: np.ndarray) -> float:
            return (self._value(quantity, parameters) - value) / scale

        found = minimize(
            self._criterion,
            start,
            jac=True,
            method="SLSQP",
            constraints={"type": "eq", "fun": held},
            options={"maxiter": 300, "ftol": 1e-10},
        )
        return float(found.fun), found.x

    def interval(self, quantity: _Quantity) -> tuple[float, float]:
        """Find the ends at which the criterion has risen by what a chi-square allows."""
        allowed = float(chi2.ppf(CONFIDENCE, 1))
        best = self._value(quantity, self.start)
        is_correlation = len(quantity.rows) == 2
        sigma = float(np.exp(self.start[-1]))
        floor = -LARGEST_CORRELATION if is_correlation else NEARLY_ZERO * sigma
        ceiling = LARGEST_CORRELATION if is_correlation else np.inf
        ends = []
        for direction, limit in ((-1.0, floor), (1.0, ceiling)):
            near, far = best, self._beyond(quantity, best, direction, limit, allowed)
            if far is None:
                ends.append(limit if is_correlation else 0.0)
            else:
                ends.append(self._crossing(quantity, near, far, allowed))
        return ends[0], ends[1]

    def _beyond(
        self, quantity: _Quantity, best: float, direction: float, limit: float, allowed: float
    ) -> float | None:
        """Find a value on this side where the criterion has risen enough; None when none has."""
        step = 0.1 * max(abs(best), 0.1)
        for _ in range(FURTHEST):
            value = best + direction * step
            at_limit = (value - limit) * direction >= 0
            value = limit if at_limit else value
            if self.rise(quantity, value, self.start)[0] > allowed:
                return value
            if at_limit:
                return None
            step *= 2
        return None

    def _crossing(self, quantity: _Quantity, near: float, far: float, allowed: float) -> float:
        def excess(value: float) -> float:
            risen = self.rise(quantity, value, self.start)[0]
            return float(np.sqrt(max(risen, 0.0)) - np.sqrt(allowed))

        if near == far:
            return near
        return float(brentq(excess, near, far, xtol=1e-7 * max(abs(far), 1e-3), rtol=1e-10))


def bootstrap_intervals(
    fit: MixedModelFit,
    repetitions: int = 1000,
    seed: int = 1,
    report: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Find percentile intervals by refitting simulated responses.

    Parameters
    ----------
    fit
        A fit of the profiled engine.
    repetitions
        Number of simulated responses.
    seed
        Of the random numbers.
    report
        Called with the number done after each refit, for a progress bar.

    Returns
    -------
    pandas.DataFrame
        As for `profile_intervals`, with ``repetitions`` and ``singular`` (share of refits whose
        variance or correlation is at its limit).
    """
    if fit.statistics is None:
        raise ModelRefused("Intervals of variances need a fit of the profiled engine.")
    simulator, random = Simulator.of(fit), np.random.default_rng(seed)
    quantities = _quantities(fit)
    levels = LevelMap.of(fit.design.blocks, fit.statistics.roles, engine_scales(fit.statistics))
    values = np.empty((repetitions, len(quantities)))
    for number in range(repetitions):
        objective = Objective(reduce_statistics(simulator.draw(random)), levels, fit.reml)
        best = minimise(objective, fit.curvature.theta, polish=False)
        factors = levels.formula_factors(best.point.factors)
        values[number] = [q.value(factors, best.sigma) for q in quantities]
        if report is not None:
            report(number + 1)
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    ends = np.quantile(values, tails, axis=0)
    rows = [
        (q.group, q.term, q.term_2, q.value(fit.factors, fit.sigma), ends[0, k], ends[1, k])
        for k, q in enumerate(quantities)
    ]
    limits = [1.0 if len(q.rows) == 2 else 0.0 for q in quantities]
    at_limit = np.abs(np.abs(values) - limits) < 1e-3 * np.maximum(np.array(limits), fit.sigma)
    return _table(rows).assign(repetitions=repetitions, singular=at_limit.mean(axis=0))


def _table(rows: list[tuple[str, str, str, float, float, float]]) -> pd.DataFrame:
    names = ["group", "term", "term_2", "estimate", "conf_low", "conf_high"]
    return pd.DataFrame(rows, columns=names).astype(
        {"group": "str", "term": "str", "term_2": "str"}
    )
