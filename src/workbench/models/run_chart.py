"""Run charts: a median, and whether the values stay on one side of it too long.

The rules are Anhoej's: an unusually long run, or unusually few crossings of the median. They assume
nothing about the shape of the values (Anhoej and Olesen 2014, PLoS ONE 9, e113825).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST_POINTS = 10
"""Points off the median below which the rules say nothing."""


@dataclass(frozen=True)
class RunChart:
    """What a run chart shows; each is one number, or one a series.

    Attributes
    ----------
    median
        Of the values.
    points
        Values that are not on the median.
    longest_run, longest_by_chance
        Longest run on one side, and what it must exceed to be a signal.
    crossings, fewest_by_chance
        Crossings of the median, and what they must fall below to be a signal.
    signal
        Whether either rule is broken.
    """

    median: np.ndarray
    points: np.ndarray
    longest_run: np.ndarray
    longest_by_chance: np.ndarray
    crossings: np.ndarray
    fewest_by_chance: np.ndarray
    signal: np.ndarray


def run_chart(values: np.ndarray) -> RunChart:
    """Test values, in the order of time, by Anhoej's rules.

    Parameters
    ----------
    values
        Shape (n,) or (n, series), none missing. Values on the median neither make nor break a run.

    Examples
    --------
    >>> chart = run_chart(np.array([5.0] * 6 + [3.0] * 6))
    >>> int(chart.longest_run), int(chart.crossings), bool(chart.signal)
    (6, 1, True)
    """
    median = np.median(values, axis=0)
    points, longest, crossings = _count(np.sign(values - median))
    most, fewest = anhoej_limits(points)
    signal = (points >= FEWEST_POINTS) & ((longest > most) | (crossings < fewest))
    return RunChart(median, points, longest, most, crossings, fewest, signal)


def anhoej_limits(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longest run and fewest crossings that chance would make likely, for so many points."""
    from scipy.stats import binom

    # Without a point there is no logarithm; the rules are not asked there.
    counted = np.maximum(points, 2)
    return np.round(np.log2(counted) + 3), binom.ppf(0.05, counted - 1, 0.5)


def _count(side: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points off the median, longest run and crossings of each series."""
    last = np.zeros(side.shape[1:])
    run, longest, crossings = last.copy(), last.copy(), last.copy()
    for now in side:
        off = now != 0
        crossed = off & (last != 0) & (now != last)
        run = np.where(off, np.where(now == last, run + 1, 1), run)
        longest, crossings = np.maximum(longest, run), crossings + crossed
        last = np.where(off, now, last)
    return (side != 0).sum(axis=0), longest, crossings
