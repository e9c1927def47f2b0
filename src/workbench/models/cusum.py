"""CUSUM charts: what has piled up beyond a reference, on either side.

Method: Page (1954), Biometrika 41, 100-115; two one-sided sums as in Lucas and Crosier (1982),
Technometrics 24, 199-205, without a head start.
"""

from __future__ import annotations

import numpy as np


def cusum(departures: np.ndarray, reference: float) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative sums of departures beyond a reference, from a start of 0.

    Parameters
    ----------
    departures
        Shape (n,) or (n, series): standardised departures in the order of time. A missing point
        leaves the sums where they were.
    reference
        Half the shift, in standard deviations, that the chart is tuned to; 0 or more.

    Returns
    -------
    tuple of ndarray
        The sum downwards and the sum upwards after each point; both are 0 or more.

    Examples
    --------
    >>> down, up = cusum(np.array([-1.5, -1.0, 2.0]), 0.5)
    >>> down, up
    (array([1. , 1.5, 0. ]), array([0. , 0. , 1.5]))
    """
    return _one_side(-departures, reference), _one_side(departures, reference)


def _one_side(departures: np.ndarray, reference: float) -> np.ndarray:
    sums = np.empty_like(departures)
    total = np.zeros_like(departures[0]) if len(departures) else None
    for point, departure in enumerate(departures):
        moved = np.maximum(0.0, total + departure - reference)
        total = np.where(np.isnan(departure), total, moved)
        sums[point] = total
    return sums
