"""Departures of each period from what the periods before it predict.

Values are sums of levels that stay where they are (of groups that may be nested or crossed) and of
independent error. Each period is predicted from all earlier ones, and then counted in. What the
mean of a unit departs from its prediction, over the standard deviation of that prediction, is
standard normal and independent from period to period, for every unit, as long as no level moves and
the variances are right. These are the innovations of a Kalman filter without movement of the state
(Durbin and Koopman 2012, Time Series Analysis by State Space Methods, section 4.3); for a single
group they are recursive residuals (Brown, Durbin and Evans 1975, JRSS B 37, 149-192).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

UNKNOWN = 1e4
"""Variance of a level of which nothing is known beforehand: a spread of 100 percent."""
NUMBERS = ["period", "value", "expected", "std_error", "departure", "n"]


def recursive_departures(
    values: np.ndarray,
    periods: np.ndarray,
    groups: pd.DataFrame,
    variances: Mapping[str, float],
    residual_variance: float,
    units: Sequence[str],
) -> pd.DataFrame:
    """Standardised departures of units' period means from their predictions.

    Parameters
    ----------
    values
        Shape (n,), without missing values.
    periods
        Shape (n,): number of the period of each value, in the order of time.
    groups
        One row a value, one column a kind of group: which group it belongs to.
    variances
        Variance of the levels of each kind of group that is used; `UNKNOWN` for groups whose level
        is to be learned from their own values alone.
    residual_variance
        Variance of a value about the sum of its levels, above 0.
    units
        Kinds of groups whose period means are wanted, among the columns of `groups`.

    Returns
    -------
    DataFrame
        One row a unit and period: ``kind, unit, period, value`` (its mean), ``expected``,
        ``std_error`` (of the mean about what is expected), ``departure`` (standardised), ``n``.
    """
    centre = float(np.mean(values)) if len(values) else 0.0
    codes, prior = _states(groups, variances)
    members = {kind: pd.factorize(groups[kind]) for kind in units}
    parts: dict[str, list[np.ndarray]] = {kind: [] for kind in units}
    for states, rows, local in _linked(codes, len(prior)):
        belief = _Belief(prior[states], residual_variance)
        for period in np.unique(periods[rows]):
            now = periods[rows] == period
            values_now = values[rows[now]] - centre
            surprise, covariance = belief.predict_and_learn(values_now, local[now])
            for kind in units:
                member = members[kind][0][rows[now]]
                found = _unit_means(member, values_now, surprise, covariance)
                parts[kind].append(np.insert(found, 1, period, axis=1))
    tables = [_table(kind, members[kind][1], parts[kind], centre) for kind in units]
    return pd.concat(tables, ignore_index=True)


def _states(groups: pd.DataFrame, variances: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Give each value the numbers of its levels, (n, kinds), and each level a prior variance."""
    columns: list[np.ndarray] = []
    prior: list[float] = []
    for kind, variance in variances.items():
        found, names = pd.factorize(groups[kind])
        columns.append(found + len(prior))
        prior += [variance] * len(names)
    return np.column_stack(columns), np.array(prior)


def _linked(codes: np.ndarray, levels: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Levels, rows and the rows' local numbers of levels, for each set of rows that share levels.

    Sets that share none, directly or through others, say nothing about one another, and small
    covariances are quick.
    """
    first = np.repeat(codes[:, 0], codes.shape[1])
    links = sparse.coo_matrix((np.ones(codes.size), (first, codes.ravel())), (levels, levels))
    _, part = connected_components(links, directed=False)
    of_row = part[codes[:, 0]]
    for one in np.unique(of_row):
        rows = np.flatnonzero(of_row == one)
        states, local = np.unique(codes[rows], return_inverse=True)
        yield states, rows, local.reshape(len(rows), codes.shape[1])


class _Belief:
    """What is known of the levels so far: their means and covariance."""

    def __init__(self, prior: np.ndarray, residual_variance: float) -> None:
        self.mean = np.zeros(len(prior))
        self.covariance = np.diag(prior)
        self.residual_variance = residual_variance

    def predict_and_learn(
        self, values: np.ndarray, codes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Departures of a period's values, and their covariance, before they are counted in."""
        with_levels = self.covariance[:, codes].sum(axis=2)
        among = with_levels[codes].sum(axis=1)
        among[np.diag_indices(len(values))] += self.residual_variance
        surprise = values - self.mean[codes].sum(axis=1)
        gain = np.linalg.solve(among, with_levels.T).T
        self.mean = self.mean + gain @ surprise
        self.covariance = self.covariance - gain @ with_levels.T
        self.covariance = (self.covariance + self.covariance.T) / 2
        return surprise, among


def _unit_means(
    member: np.ndarray, values: np.ndarray, surprise: np.ndarray, covariance: np.ndarray
) -> np.ndarray:
    """One row a unit: its number, mean, what was expected, its error, the departure, the count."""
    units, place, counts = np.unique(member, return_inverse=True, return_counts=True)
    averaging = np.zeros((len(units), len(values)))
    averaging[place, np.arange(len(values))] = 1 / counts[place]
    std_error = np.sqrt(((averaging @ covariance) * averaging).sum(axis=1))
    mean, departed = averaging @ values, averaging @ surprise
    columns = (units, mean, mean - departed, std_error, departed / std_error, counts)
    return np.column_stack(columns)


def _table(kind: str, names: pd.Index, parts: list[np.ndarray], centre: float) -> pd.DataFrame:
    numbers = np.concatenate(parts) if parts else np.empty((0, 1 + len(NUMBERS)))
    table = pd.DataFrame(numbers[:, 1:], columns=NUMBERS)
    table = table.astype({"period": "int64", "n": "int64"})
    table[["value", "expected"]] += centre
    table.insert(0, "kind", kind)
    table.insert(1, "unit", names.take(numbers[:, 0].astype(int)))
    return table.sort_values(["unit", "period"], ignore_index=True)
