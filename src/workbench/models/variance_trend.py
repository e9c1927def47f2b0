"""Whether what a mixed model leaves over grows or shrinks with time.

The residual standard deviation is taken to be ``sigma * exp(d * time)``: with d below zero values
draw together about their own courses, with d above zero they scatter. Lang, Bliese and de Voogt
(2018, Modeling consensus emergence in groups using longitudinal multilevel methods, Personnel
Psychology 71, 255-281) read a negative d as growing consensus. It is the model of nlme's
``varExp(form = ~ time)``.

For one d the model is an ordinary one with prior weights ``exp(-2 d time)``, so that the engine
fits it; the criterion holds the weights' logarithms and can be compared from one d to the next.
What is left is a search along one line, for the minimum and for the two ends of the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from workbench import terms
from workbench.errors import ModelRefused, ParameterError
from workbench.language import say
from workbench.models.formulas import parse_formula
from workbench.models.level_map import LevelMap
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.objective import Objective
from workbench.models.optimise import minimise
from workbench.models.profiled_engine import fit_statistics
from workbench.models.reduced import engine_scales, reduce_statistics
from workbench.models.roles import find_roles
from workbench.models.row_sums import sum_rows
from workbench.models.rows import ModelColumns, Rows, learn_columns, rows_of
from workbench.models.sufficient_statistics import SufficientStatistics

FIRST_STEP = 0.1  # of log sigma, over one standard deviation of time
FURTHEST = 2.0  # likewise: beyond it one end of the series has next to no residual
CLOSE_ENOUGH = 1e-2  # standard errors by which the next step would move the minimum
AT_THE_END = 2e-2  # of the root of the deviance, from where a last secant reaches the end
MOST_STEPS = 12
_WEIGHT = "growth of the residual"


@dataclass(frozen=True, eq=False)
class VarianceTrend:
    """How the residual standard deviation moves with time.

    Attributes
    ----------
    time
        Name of the column of time.
    estimate, conf_low, conf_high
        Growth of the logarithm of the residual standard deviation for one unit of time, with its
        profile interval; below zero it shrinks.
    statistic, p_value
        Likelihood-ratio statistic against a constant spread, and its p-value by chi-square with
        one degree of freedom, two-sided.
    fit
        The mixed model at the estimate; its sigma is the spread at `centre`.
    centre
        Mean time of the rows.
    std_error
        Error of the estimate by the curvature of the profile, for what is derived from it.
    lean
        Change of log sigma at the centre with the estimate, along the profile.
    """

    time: str
    estimate: float
    conf_low: float
    conf_high: float
    statistic: float
    p_value: float
    fit: MixedModelFit
    centre: float
    std_error: float
    lean: float

    @property
    def n(self) -> int:
        """Rows used."""
        return self.fit.design.n_obs

    def std_devs(self, at: Sequence[float]) -> pd.DataFrame:
        """Modelled residual standard deviation at some times.

        Returns
        -------
        DataFrame
            One row a time: the time, ``std_dev, conf_low, conf_high``; the interval is Wald's on
            the logarithm, with the errors of sigma and of the estimate together.
        """
        since = np.asarray(at, dtype=float) - self.centre
        middle = np.log(self.fit.sigma) + self.estimate * since
        # -2 log likelihood curves twice as much as the log likelihood does.
        sigma_variance = 2 * np.linalg.pinv(self.fit.curvature.hessian)[-1, -1]
        variance = sigma_variance + (self.std_error * (self.lean + since)) ** 2
        reach = norm.ppf(0.5 + terms.CONFIDENCE / 2) * np.sqrt(variance)
        return pd.DataFrame(
            {
                self.time: np.asarray(at, dtype=float),
                "std_dev": np.exp(middle),
                "conf_low": np.exp(middle - reach),
                "conf_high": np.exp(middle + reach),
            }
        )


def variance_trend(formula: str, data: pd.DataFrame, time: str, reml: bool = True) -> VarianceTrend:
    """Fit a mixed model whose residual spread grows or shrinks with time, and test that it does.

    Parameters
    ----------
    formula
        As lme4 writes it, within what the profiled engine takes.
    data
        One row an observation.
    time
        Numeric column over which the residual spread may change.
    reml
        Restricted likelihood, or plain.

    Raises
    ------
    ParameterError
        When the formula or a column can't be read.
    ModelRefused
        When time does not vary, the model can't be fitted, or the spread vanishes at one end.

    Examples
    --------
    >>> import numpy as np
    >>> draw = np.random.default_rng(1)
    >>> team, week = np.divmod(np.arange(180), 6)
    >>> rows = pd.DataFrame({"team": team, "week": week})
    >>> rows["mood"] = np.exp(-0.2 * rows["week"]) * draw.standard_normal(180)
    >>> found = variance_trend("mood ~ week + (1 | team)", rows, "week")
    >>> bool(found.conf_low < -0.2 < found.conf_high), bool(found.p_value < 0.001)
    (True, True)
    """
    if time not in data.columns or not pd.api.types.is_numeric_dtype(data[time]):
        raise ParameterError(f"The data have no column of numbers '{time}' to follow the spread.")
    centre, width = float(data[time].mean()), float(data[time].std())
    if not width > 0:
        raise ModelRefused(
            say("'{time}' has one value only, so that no spread can be followed.", time=time)
        )
    profile = _Profile.of(formula, data, time, centre, width, reml)
    best, error = _minimum(profile)
    low, high = (_end(profile, best, error, side) for side in (-1, 1))
    statistic = max(profile.at(0.0) - profile.at(best), 0.0)
    return VarianceTrend(
        time=time,
        estimate=best / width,
        conf_low=low / width,
        conf_high=high / width,
        statistic=statistic,
        p_value=float(chi2.sf(statistic, 1)),
        fit=profile.fit(best),
        centre=centre,
        std_error=error / width,
        lean=width * profile.lean(best - error, best + error),
    )


@dataclass(eq=False)
class _Profile:
    """The criterion along the growth of log sigma over one standard deviation of time."""

    columns: ModelColumns
    rows: Rows
    since: np.ndarray  # time from its mean in standard deviations, of the complete rows
    reml: bool
    seen: dict[float, tuple[float, float]] = field(default_factory=dict)
    theta: np.ndarray | None = None

    @classmethod
    def of(
        cls, formula: str, data: pd.DataFrame, time: str, centre: float, width: float, reml: bool
    ) -> _Profile:
        # As a weight the time is checked, and rows without it are dropped, as everything else.
        weighted = data.assign(**{_WEIGHT: np.exp((data[time] - centre) / width)})
        columns = learn_columns(parse_formula(formula), weighted, _WEIGHT)
        rows = rows_of(columns, weighted)
        assert rows.weights is not None
        return cls(columns, rows, np.log(rows.weights), reml)

    def at(self, growth: float) -> float:
        """-2 log likelihood, within about 1e-6; each search starts where the last one ended."""
        if growth not in self.seen:
            statistics = self._statistics(growth)
            design = statistics.design()
            levels = LevelMap.of(design.blocks, statistics.roles, engine_scales(statistics))
            objective = Objective(reduce_statistics(statistics), levels, self.reml)
            try:
                optimum = minimise(objective, self.theta, polish=False)
            except np.linalg.LinAlgError as error:
                raise ModelRefused(
                    say(
                        "'{formula}' leaves next to nothing to the residual.",
                        formula=self.columns.formula,
                    )
                ) from error
            self.theta = optimum.point.theta
            self.seen[growth] = (optimum.point.value, float(np.log(optimum.sigma)))
        return self.seen[growth][0]

    def lean(self, low: float, high: float) -> float:
        """Change of log sigma with the growth, between the asked places next to two others."""
        below, above = (min(self.seen, key=lambda one: abs(one - end)) for end in (low, high))
        return (self.seen[above][1] - self.seen[below][1]) / (above - below)

    def fit(self, growth: float) -> MixedModelFit:
        """Fit in full."""
        return fit_statistics(self._statistics(growth), self.reml, self.theta)

    def _statistics(self, growth: float) -> SufficientStatistics:
        rows = replace(self.rows, weights=np.exp(-2 * growth * self.since))
        return sum_rows(self.columns, rows, find_roles(self.columns.formula, rows.codes))


def _minimum(profile: _Profile) -> tuple[float, float]:
    """Place of the minimum and its standard error, by parabolas through the three best points.

    The logarithm of a spread has a likelihood close to a parabola, so that few are needed.
    """
    points = [-FIRST_STEP, 0.0, FIRST_STEP]
    for _ in range(MOST_STEPS):
        values = [profile.at(point) for point in points]
        best = points[int(np.argmin(values))]
        bend, tilt, _ = np.polyfit(points, values, 2)
        # A parabola is not to be trusted far from its points, and one that opens downwards only
        # tells the side.
        reach = 2 * (max(points) - min(points))
        target = best - reach * float(np.sign(2 * bend * best + tilt))
        if bend > 0:
            target = float(np.clip(-tilt / (2 * bend), min(points) - reach, max(points) + reach))
        if abs(target) > FURTHEST:
            break
        if bend > 0 and abs(target - best) < CLOSE_ENOUGH / np.sqrt(bend):
            return min((best, target), key=profile.at), float(1 / np.sqrt(bend))
        points = sorted([*points, target], key=lambda one: abs(one - target))[:3]
    raise ModelRefused(_no_course(profile))


def _end(profile: _Profile, best: float, error: float, side: int) -> float:
    """Where the deviance reaches its 95% point; its root is nearly a line, so by secants."""
    target = float(np.sqrt(chi2.ppf(terms.CONFIDENCE, 1)))
    lowest = profile.at(best)
    before, at_before = best, 0.0
    place = best + side * target * error
    for _ in range(MOST_STEPS):
        if abs(place) > 2 * FURTHEST:
            break
        root = float(np.sqrt(max(profile.at(place) - lowest, 0.0)))
        slope = (root - at_before) / (place - before)
        step = (target - root) / slope if slope * side > 0 else side * error
        if abs(target - root) < AT_THE_END:
            return place + step
        before, at_before = place, root
        place = place + float(np.clip(step, -2 * error, 2 * error))
    raise ModelRefused(_no_course(profile))


def _no_course(profile: _Profile) -> str:
    return say(
        "The residual spread of '{formula}' has no clear course over time: it vanishes at one end "
        "of the series, or the rows are too few. Check for values that repeat.",
        formula=profile.columns.formula,
    )
