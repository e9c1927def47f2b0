"""How far a site's mean may lie from the middle by chance: the limits of a funnel.

They are worked out from the very numbers that a page shows, so that they give nothing else away.
Source: Spiegelhalter 2005, Funnel plots for comparing institutional performance, Statistics in
Medicine 24, 1185 to 1202; its multiplicative adjustment for sites that differ a little all over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

INNER, OUTER = 0.95, 0.998
"""Parts of the sites that lie within each pair of limits, if none differs from the others."""
TAIL = 0.1
"""Part of the sites at each end whose departure is drawn in, so that they don't set the limits."""
FEWEST_SITES = 5
"""Fewer say too little of how far sites usually lie apart."""


@dataclass(frozen=True)
class Funnel:
    """Limits around the middle of a funnel.

    Attributes
    ----------
    middle
        Mean that the sites are set beside, in points.
    deviation
        Standard deviation of one observation within a site, in points, above 0.
    dispersion
        How many times as wide, squared, sites lie apart as chance alone would have them; at least
        1.

    Examples
    --------
    >>> [round(end, 1) for end in Funnel(70.0, 10.0, 1.0).limits(25, 0.95)]
    [66.1, 73.9]
    """

    middle: float
    deviation: float
    dispersion: float = 1.0

    def half_width(self, observations: ArrayLike, within: float) -> NDArray[np.float64]:
        """Half of the distance between the limits for so many observations, in points."""
        reach = NormalDist().inv_cdf((1 + within) / 2)
        scale = reach * self.deviation * math.sqrt(self.dispersion)
        return scale / np.sqrt(np.asarray(observations, dtype="float64"))

    def limits(self, observations: float, within: float) -> tuple[float, float]:
        """Both limits for a site with so many observations."""
        half = float(self.half_width(observations, within))
        return self.middle - half, self.middle + half

    @property
    def by_chance_alone(self) -> Funnel:
        """The same funnel for sites that differ by chance only."""
        return Funnel(self.middle, self.deviation)


def fitted_funnel(
    means: ArrayLike, observations: ArrayLike, middle: float, deviation: float
) -> Funnel:
    """Make the funnel of some sites.

    Parameters
    ----------
    means
        Mean of each site, in points.
    observations
        How many stand behind each, 1 or more.
    middle, deviation
        As in `Funnel`.

    Returns
    -------
    Funnel
        With a dispersion of 1 where there are fewer than ``FEWEST_SITES`` sites.
    """
    counts = np.asarray(observations, dtype="float64")
    departures = (np.asarray(means, dtype="float64") - middle) / (deviation / np.sqrt(counts))
    enough = len(departures) >= FEWEST_SITES
    return Funnel(middle, deviation, dispersion(departures) if enough else 1.0)


def dispersion(departures: ArrayLike) -> float:
    """Mean square of standardised departures whose tails are drawn in; at least 1.

    Parameters
    ----------
    departures
        Each site's distance from the middle in standard errors.

    Examples
    --------
    >>> dispersion([-4.0, -2.0, 0.0, 2.0, 4.0]), dispersion([0.1, -0.1])
    (5.696, 1.0)
    """
    found = np.asarray(departures, dtype="float64")
    low, high = np.quantile(found, [TAIL, 1 - TAIL])
    return max(1.0, round(float(np.mean(np.clip(found, low, high) ** 2)), 12))
