"""Limits of the early warning, and what they give by chance: all by simulation, once a process.

The sum: with four points a year and a false alarm every 80 points a chart would be wrong about once
in twenty years. Two charts look at each unit, so each is given a run length of 100.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from workbench.models.cusum import cusum
from workbench.models.ewma import ewma
from workbench.models.run_lengths import cusum_distance, ewma_distance, limit_for_run_length

POINTS_A_YEAR = 4
MOST_FALSE_ALARMS_A_YEAR = 0.05
IN_CONTROL_RUN_LENGTH = 100.0
"""Points to a false signal, up or down, of each of the two charts."""
EWMA_WEIGHT = 0.2
CUSUM_REFERENCE = 0.5
"""Both suit a slow movement of about one standard deviation."""

SIMULATED_SERIES = 20_000
SIMULATED_POINTS = 60
SETTLED = 30
"""Points after which the charts no longer know where they started."""


@dataclass(frozen=True)
class Limits:
    """What the charts must exceed to signal."""

    ewma: float
    cusum: float


@dataclass(frozen=True)
class Chance:
    """What the two charts show together where nothing moves.

    Attributes
    ----------
    standing
        Probability that a warning of a fall stands at the n-th point; shape (points + 1,).
    new_a_year
        New warnings of a fall that a unit gets in a year, once the charts have run for long.
    """

    standing: np.ndarray
    new_a_year: float

    def expected(self, points: np.ndarray) -> float:
        """Warnings standing by chance among units with so many points each."""
        return float(self.standing[np.minimum(points, len(self.standing) - 1)].sum())


@cache
def limits_of(run_length: float = IN_CONTROL_RUN_LENGTH) -> Limits:
    """Limits at which each chart runs so many points, on average, while nothing moves."""
    return Limits(
        limit_for_run_length(ewma_distance(EWMA_WEIGHT), run_length),
        limit_for_run_length(cusum_distance(CUSUM_REFERENCE), run_length),
    )


@cache
def by_chance(run_length: float = IN_CONTROL_RUN_LENGTH, seed: int = 1) -> Chance:
    """Warnings of a fall where nothing moves, by simulation."""
    limits = limits_of(run_length)
    random = np.random.default_rng(seed)
    departures = random.standard_normal((SIMULATED_POINTS, SIMULATED_SERIES))
    down, _ = cusum(departures, CUSUM_REFERENCE)
    warned = (ewma(departures, EWMA_WEIGHT) < -limits.ewma) | (down > limits.cusum)
    new = warned[SETTLED:] & ~warned[SETTLED - 1 : -1]
    standing = np.append(0.0, warned.mean(axis=1))
    return Chance(standing, float(POINTS_A_YEAR * new.mean()))
