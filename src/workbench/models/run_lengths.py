"""Run lengths of EWMA and CUSUM charts, by an integral equation and by simulation.

A run length is the number of points up to and with the first signal, from a start at the centre,
for independent normal departures. The integral equations are the exact reference: Crowder (1987),
Technometrics 29, 401-407 for the EWMA, Page (1954) for the CUSUM, solved by Gauss-Legendre nodes;
the two sides of a CUSUM join as in Kemp (1961), JRSS B 23, 149-153. Simulation finds the limits,
since it serves any chart.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.models.cusum import cusum
from workbench.models.ewma import ewma, ewma_limit

NODES = 60
RUNS = 8_000
"""Simulated series: the standard error of a mean run length is then about 1.1% of it."""
TIMES_THE_RUN_LENGTH = 6
"""Points a series, in target run lengths: some 2 in 1,000 runs would last longer."""

Distance = Callable[[np.ndarray], np.ndarray]
"""From departures of shape (n, series) to how far each chart stands from its centre."""


def ewma_distance(weight: float) -> Distance:
    """How far an EWMA stands from 0 on either side."""
    return lambda departures: np.abs(ewma(departures, weight))


def cusum_distance(reference: float) -> Distance:
    """How far the larger of the two sums of a CUSUM stands from 0."""
    return lambda departures: np.maximum(*cusum(departures, reference))


def ewma_run_length(weight: float, factor: float, shift: float = 0.0) -> float:
    """Mean run length of a two-sided EWMA with limits that stay the same.

    Parameters
    ----------
    weight
        Weight of the latest departure, above 0 and at most 1.
    factor
        Limit in long-run standard deviations of the average.
    shift
        Mean of the departures, in their standard deviations.

    Examples
    --------
    >>> round(ewma_run_length(0.2, 2.36), 1)
    100.1
    """
    from scipy.stats import norm

    limit = ewma_limit(factor, weight)
    nodes, weights = _legendre(-limit, limit)
    start = np.append(nodes, 0.0)
    needed = (nodes - (1 - weight) * start[:, None]) / weight - shift
    kernel = norm.pdf(needed) * weights / weight
    return _solve(kernel)


def cusum_run_length(reference: float, limit: float, shift: float = 0.0) -> float:
    """Mean run length of a two-sided CUSUM.

    Parameters
    ----------
    reference
        Half the shift that the chart is tuned to, above 0.
    limit
        What either sum must exceed.
    shift
        Mean of the departures, in their standard deviations.

    Examples
    --------
    >>> round(cusum_run_length(0.5, 3.5), 1)
    99.8
    """
    sides = [one_sided_cusum_run_length(reference, limit, sign * shift) for sign in (1, -1)]
    return 1 / sum(1 / side for side in sides)


def one_sided_cusum_run_length(reference: float, limit: float, shift: float = 0.0) -> float:
    """Mean run length of the upward sum alone; see `cusum_run_length`."""
    from scipy.stats import norm

    nodes, weights = _legendre(0.0, limit)
    nodes, weights = np.append(nodes, 0.0), np.append(weights, 0.0)
    kernel = norm.pdf(nodes - nodes[:, None] + reference - shift) * weights
    kernel[:, -1] = norm.cdf(reference - shift - nodes)  # the sum falls back to 0
    return _solve(kernel)


def _legendre(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = (high - low) / 2
    return low + half * (nodes + 1), half * weights


def _solve(kernel: np.ndarray) -> float:
    """Run length from the last start, with L = 1 + kernel L; the last row is that start."""
    count = kernel.shape[0]
    full = np.zeros((count, count))
    full[:, : kernel.shape[1]] = kernel
    return float(np.linalg.solve(np.eye(count) - full, np.ones(count))[-1])


def simulated_run_length(
    distance: Distance, limit: float, shift: float = 0.0, points: int = 800, seed: int = 1
) -> float:
    """Mean run length by simulation: points looked at over signals seen.

    Parameters
    ----------
    distance
        The chart.
    limit
        Distance beyond which it signals.
    shift
        Mean of the departures, in their standard deviations.
    points
        Points a series. Runs that go on beyond count for what they show, as in a rate.
    seed
        Of the simulation.
    """
    furthest = _furthest(distance, points, seed, shift)
    looked_at = RUNS + int((furthest[:-1] <= limit).sum())
    return looked_at / int((furthest[-1] > limit).sum())


def limit_for_run_length(distance: Distance, run_length: float, seed: int = 1) -> float:
    """Limit at which a chart runs so many points, on average, when nothing moves.

    The mean run length at a limit is one plus the number of points, over all simulated series,
    whose furthest distance so far is within it, divided by the number of series. So the limit is
    a quantile of those furthest distances, and no search is needed.

    Parameters
    ----------
    distance
        The chart.
    run_length
        Points, above 1.
    seed
        Of the simulation.

    Examples
    --------
    >>> round(limit_for_run_length(ewma_distance(0.2), 100.0), 2)
    0.79
    """
    furthest = _furthest(distance, round(TIMES_THE_RUN_LENGTH * run_length), seed).ravel()
    within = min(round((run_length - 1) * RUNS), len(furthest) - 1)
    return float(np.partition(furthest, within)[within])


def _furthest(distance: Distance, points: int, seed: int, shift: float = 0.0) -> np.ndarray:
    """Furthest distance up to each point, of shape (points, runs)."""
    # Single precision halves the time, and a distance needs no more than four digits.
    random = np.random.default_rng(seed)
    departures = random.standard_normal((points, RUNS), dtype=np.float32) + np.float32(shift)
    return np.maximum.accumulate(distance(departures), axis=0)
