"""EWMA charts: a weighted mean of all departures so far, the latest counting most.

Method: Roberts (1959), Technometrics 1, 239-250; limits that don't widen with time, as in Lucas and
Saccucci (1990), Technometrics 32, 1-12.
"""

from __future__ import annotations

import numpy as np


def ewma(departures: np.ndarray, weight: float) -> np.ndarray:
    """Exponentially weighted moving average, from a start of 0.

    Parameters
    ----------
    departures
        Shape (n,) or (n, series): standardised departures in the order of time. A missing point
        leaves the average where it was.
    weight
        Weight of the latest departure, above 0 and at most 1.

    Returns
    -------
    ndarray
        The average after each point, of the same shape.

    Examples
    --------
    >>> ewma(np.array([1.0, 1.0, -2.0]), 0.5)
    array([ 0.5  ,  0.75 , -0.625])
    """
    averages = np.empty_like(departures)
    average = np.zeros_like(departures[0]) if len(departures) else None
    for point, departure in enumerate(departures):
        step = weight * (departure - average)
        average = average + np.where(np.isnan(departure), 0.0, step)
        averages[point] = average
    return averages


def ewma_limit(factor: float, weight: float) -> float:
    """Limit on the scale of the average, for a factor in its long-run standard deviations."""
    return factor * float(np.sqrt(weight / (2 - weight)))
