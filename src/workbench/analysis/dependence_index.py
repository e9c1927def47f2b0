"""Progress in a month, and by how much it is lower at half the usual support.

All comes from two numbers of a logistic model of stretches of 15 days: ``level``, the logit of an
open action being done in one at the usual support, and ``slope``, what a doubling of support adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.terms import CONFIDENCE

DAYS_IN_A_MONTH = 30.4375
STRETCH = 15
"""Days of one trial, as in the hazard of follow-through."""
TRIALS = DAYS_IN_A_MONTH / STRETCH


@dataclass(frozen=True)
class Line:
    """Level and slope of a typical plan with their covariance.

    Attributes
    ----------
    level, slope
        On the logit scale of one stretch; slope per doubling of support.
    covariance
        Of the two, shape (2, 2).
    """

    level: float
    slope: float
    covariance: np.ndarray

    @property
    def slope_error(self) -> float:
        """Standard error of the slope."""
        return float(np.sqrt(self.covariance[1, 1]))


def progress(level: float | np.ndarray) -> np.ndarray:
    """Share of open actions that are done within a month, at this logit of a stretch.

    >>> round(float(progress(np.log(0.15 / 0.85))), 3)
    0.281
    """
    each = 1 / (1 + np.exp(-np.asarray(level, dtype=float)))
    return np.asarray(-np.expm1(TRIALS * np.log1p(-each)))


def index_of(line: Line) -> tuple[float, float, float]:
    """Share by which progress is lower at half the usual support, with its 95% interval.

    It is 1 - progress(level - slope) / progress(level). The interval is the delta method's for the
    logarithm of the ratio, so that no end is above 1.
    """
    half, whole = line.level - line.slope, line.level
    ratio = np.log(progress(half) / progress(whole))
    steep_half, steep_whole = _steepness(half), _steepness(whole)
    gradient = np.array([steep_half - steep_whole, -steep_half])
    reach = _reach() * np.sqrt(gradient @ line.covariance @ gradient)
    return tuple(float(-np.expm1(end)) for end in (ratio, ratio + reach, ratio - reach))  # type: ignore[return-value]


def odds_ratio_of(line: Line) -> tuple[float, float, float]:
    """Odds ratio, per doubling of support, of an open action being done within a month.

    The ends are those of the slope, since the odds ratio rises with it at a given level.
    """
    reach = _reach() * line.slope_error
    ends = (line.slope, line.slope - reach, line.slope + reach)
    return tuple(float(_odds(line.level + end) / _odds(line.level)) for end in ends)  # type: ignore[return-value]


def curve_of(line: Line, relative: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Progress in a month at multiples of the usual support, with 95% intervals; shapes (k,)."""
    steps = np.column_stack([np.ones(len(relative)), np.log2(relative)])
    eta = steps @ np.array([line.level, line.slope])
    reach = _reach() * np.sqrt(np.einsum("ij,jk,ik->i", steps, line.covariance, steps))
    return progress(eta), progress(eta - reach), progress(eta + reach)


def _steepness(level: float) -> float:
    """Slope of the logarithm of progress in the level."""
    each = 1 / (1 + np.exp(-level))
    share = float(progress(level))
    return float(TRIALS * each * (1 - share) / share)


def _odds(level: float) -> float:
    share = float(progress(level))
    return share / (1 - share)


def _reach() -> float:
    from scipy.stats import norm

    return float(norm.ppf(0.5 + CONFIDENCE / 2))
