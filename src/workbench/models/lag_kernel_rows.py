"""Rows of a kernel in time: what is handed in, and what can be fitted of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.language import say
from workbench.models.lag_kernel_doses import (
    counts_between,
    counts_since_row_before,
    lagged_doses,
)
from workbench.models.lag_kernel_products import Products, products_of, within_units
from workbench.models.lag_kernel_surprise import surprise_counts, surprise_doses

INSTRUMENTS = np.array([0.75, 2.5, 8.0, 24.0])
"""Half-lives whose surprise doses serve as instruments for every half-life between."""
FEWEST_ROWS = 4
"""Rows a unit must have to tell more than its own level and line."""
FEWEST_UNITS = 20


@dataclass(frozen=True)
class LagRows:
    """Rows of units, and the events before them; times in one unit of time, such as months.

    Attributes
    ----------
    units, times, outcome
        Shape (n,): code of the unit from 0, time, value. In any order.
    covariates
        Shape (n, p), without missing values; p may be 0.
    used
        Shape (n,), boolean: rows that are fitted. The others only tell what came before.
    event_units, event_times
        Shape (m,).
    groups
        Shape (n,): code of the group of units, such as a place, from 0.
    renews
        Whether only the latest event counts.
    """

    units: np.ndarray
    times: np.ndarray
    outcome: np.ndarray
    covariates: np.ndarray
    used: np.ndarray
    event_units: np.ndarray
    event_times: np.ndarray
    groups: np.ndarray
    renews: bool = False


class PreparedRows:
    """Rows in order, their instruments, and which of them can be fitted."""

    def __init__(self, rows: LagRows, order: np.ndarray, edges: tuple[float, ...]) -> None:
        self.rows, self.order = rows, order
        self.all_units = rows.units[order].astype(int)
        groups = rows.groups[order].astype(int)
        self.all_times, self.all_values = rows.times[order], rows.outcome[order]
        used = rows.used[order]
        counts = np.bincount(self.all_units, used, minlength=1)
        self.fitted = used & (counts[self.all_units] >= FEWEST_ROWS)
        codes, self.units = np.unique(self.all_units[self.fitted], return_inverse=True)
        self.times = self.all_times[self.fitted]
        self.reason = ""
        if len(codes) < FEWEST_UNITS:
            self.reason = say(
                "{units} of {fewest} units have {rows} rows or more.",
                units=len(codes),
                fewest=FEWEST_UNITS,
                rows=FEWEST_ROWS,
            )
            return
        surprise = surprise_doses(
            self.all_units,
            self.all_times,
            self.all_values,
            self._every_dose(INSTRUMENTS),
            INSTRUMENTS,
            groups,
            rows.renews,
        )
        self.instruments = surprise[self.fitted]
        self.covariates = _varying(rows.covariates[order][self.fitted])
        events = rows.event_units, rows.event_times
        row = self.all_units, self.all_times
        ages = np.array(edges)
        counted = counts_between(*row, *events, ages)
        self.bins = counted[self.fitted]
        with_new = np.column_stack([counted, counts_since_row_before(*row, *events)])
        surprise = surprise_counts(*row, self.all_values, with_new, ages, groups)
        self.bin_instruments = surprise[self.fitted]
        within = within_units(self.units, self.times, self.instruments)
        if within.std(axis=0).max() < 1e-8:
            self.reason = say("No unit's dose moves in time.")

    def _every_dose(self, half_lives: np.ndarray) -> np.ndarray:
        return lagged_doses(
            self.all_units,
            self.all_times,
            self.rows.event_units,
            self.rows.event_times,
            half_lives,
            self.rows.renews,
        )

    def doses(self, half_lives: np.ndarray) -> np.ndarray:
        """Doses of the rows fitted."""
        return self._every_dose(half_lives)[self.fitted]

    def products(self, instruments: np.ndarray, doses: np.ndarray) -> Products:
        """Cross products of instruments and doses, unit means and lines taken out."""
        values = self.all_values[self.fitted]
        table = np.column_stack([instruments, self.covariates, doses, values])
        table = within_units(self.units, self.times, table)
        k, p = instruments.shape[1], self.covariates.shape[1]
        parts = np.split(table, [k, k + p, k + p + doses.shape[1]], axis=1)
        return products_of(self.units, parts[0], parts[1], parts[2], parts[3][:, 0])


def _varying(columns: np.ndarray) -> np.ndarray:
    return columns[:, columns.std(axis=0) > 0] if columns.size else columns
