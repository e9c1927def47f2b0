"""Slopes of several scores of the same observations, and the change that they come to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.analysis.growth_design import SLOPE, growth_design, one_site_each
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.formulas import parse_formula
from workbench.models.inference import combine_fixed
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.profiled_engine import fit_statistics
from workbench.models.roles import Roles, find_roles
from workbench.models.row_sums import sum_rows
from workbench.models.rows import ModelColumns, Rows, learn_columns, rows_of

FEWEST_QUARTERS = 3
SITE_SLOPES = f"({SLOPE} | site_id)"
PRACTITIONER_SLOPES = f"({SLOPE} | practitioner_id)"
TOO_FEW = mark("there are too few practitioners, sites or raters to model their differences.")
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high"]


@dataclass(frozen=True, eq=False)
class Slope:
    """A slope in points a quarter, or the reason why there is none.

    Attributes
    ----------
    estimate, std_error, df, conf_low, conf_high
        By the mixed model, with Satterthwaite's degrees of freedom; NaN where there is a reason.
    chance_below
        One-sided p-value against a slope of zero or more; NaN where there is a reason.
    formula
        The model; empty where none was tried.
    fit
        Its fit, or None.
    reason
        Why there is no slope; empty if there is.
    """

    estimate: float = np.nan
    std_error: float = np.nan
    df: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan
    chance_below: float = np.nan
    formula: str = field(default="", kw_only=True)
    fit: MixedModelFit | None = field(default=None, kw_only=True)
    reason: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Span:
    """The time that a score's observations cover, and how many they are.

    Attributes
    ----------
    since
        Label of their first quarter; empty without observations.
    quarters
        From the first day of that quarter to the end of the report quarter; NaN without any.
    n_observations, n_practitioners
        How many.
    """

    since: str
    quarters: float
    n_observations: int
    n_practitioners: int

    @classmethod
    def of(cls, rows: pd.DataFrame, now: float) -> Span:
        """Span of some observations up to ``now``, the end of the report quarter."""
        if rows.empty:
            return cls("", np.nan, 0, 0)
        first = rows.iloc[int(rows["quarters"].to_numpy().argmin())]
        length = now - float(np.floor(first["quarters"]))
        people = int(rows["practitioner_id"].nunique())
        return cls(str(first["quarter"]), length, len(rows), people)


def departure_columns(slope: Slope, span: Span) -> dict[str, object]:
    """Modelled change over a span, in points with its interval, and what it rests on."""
    return {
        "departure": slope.estimate * span.quarters,
        "departure_low": slope.conf_low * span.quarters,
        "departure_high": slope.conf_high * span.quarters,
        "since": span.since,
        "n_observations": span.n_observations,
        "n_practitioners": span.n_practitioners,
    }


class GrowthModels:
    """Growth models of several scores of the same observations.

    Each is the fullest that the observations can carry, without slopes of practitioners where sites
    have slopes: the slope of a site then holds the mean of its practitioners' own, so that the
    network's interval allows for both, in two thirds of the time. What a model needs of the
    observations is computed once for all scores that are missing in the same places.

    Parameters
    ----------
    observations
        One row an observation, as `components_whole.ComponentScores.observations`.
    """

    def __init__(self, observations: pd.DataFrame) -> None:
        self._observations = observations
        self._columns: dict[str, ModelColumns] = {}
        self._prepared: dict[bytes, _Prepared] = {}

    def slopes(self, scores: pd.DataFrame) -> dict[str, Slope]:
        """Slope of each column of scores over time.

        Each search begins where the last one ended, since scores of one kind vary in much the same
        way.

        Parameters
        ----------
        scores
            One column a score, rows as in the observations; missing where there is none.
        """
        starts: dict[tuple[str, Roles], np.ndarray] = {}
        found: dict[str, Slope] = {}
        for name in scores.columns:
            seen = scores[name].notna().to_numpy()
            prepared = self._prepare(seen)
            if prepared.rows is None:
                found[name] = Slope(formula=prepared.formula, reason=prepared.reason)
            else:
                found[name] = self._fit(prepared, scores.loc[seen, name].to_numpy(float), starts)
        return found

    def _prepare(self, seen: np.ndarray) -> _Prepared:
        """Model and rows of the observations where a score is there."""
        key = seen.tobytes()
        if key not in self._prepared:
            self._prepared[key] = self._prepare_anew(self._observations[seen])
        return self._prepared[key]

    def _prepare_anew(self, observations: pd.DataFrame) -> _Prepared:
        if observations["quarter"].nunique() < FEWEST_QUARTERS:
            reason = say(
                "it was scored in fewer than {quarters} quarters.", quarters=FEWEST_QUARTERS
            )
            return _Prepared(reason=reason)
        formula = _formula(observations)
        if "|" not in formula:
            return _Prepared(formula, reason=say(TOO_FEW))
        data = one_site_each(observations).assign(fidelity=0.0)
        if formula not in self._columns:
            self._columns[formula] = learn_columns(parse_formula(formula), data)
        return _Prepared(formula, rows_of(self._columns[formula], data))

    def _fit(
        self, prepared: _Prepared, scores: np.ndarray, starts: dict[tuple[str, Roles], np.ndarray]
    ) -> Slope:
        assert prepared.rows is not None
        formula, columns = prepared.formula, self._columns[prepared.formula]
        rows = replace(prepared.rows, y=scores)
        try:
            roles = find_roles(columns.formula, rows.codes)
            statistics = sum_rows(columns, rows, roles)
            fit = fit_statistics(statistics, start=starts.get((formula, roles)))
        except ModelRefused as error:
            reason = say("its model can't be fitted. {error}", error=error)
            return Slope(formula=formula, reason=reason)
        if not fit.usable:
            return Slope(formula=formula, fit=fit, reason=fit.why_not)
        starts[formula, roles] = fit.curvature.theta
        return _answer(fit, formula)


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A model and its rows, or the reason why there is none."""

    formula: str = ""
    rows: Rows | None = None
    reason: str = ""


def _formula(observations: pd.DataFrame) -> str:
    formula = growth_design(observations).formula
    if SITE_SLOPES in formula:
        return formula.replace(PRACTITIONER_SLOPES, "(1 | practitioner_id)")
    return formula


def _answer(fit: MixedModelFit, formula: str) -> Slope:
    from scipy import stats

    asked = np.array([[float(name == "quarters") for name in fit.design.fixed_names]])
    row = combine_fixed(fit, asked, "satterthwaite").iloc[0]
    below = float(stats.t.cdf(row["estimate"] / row["std_error"], row["df"]))
    numbers = [*(float(row[name]) for name in NUMBERS), below]
    return Slope(*numbers, formula=formula, fit=fit)
