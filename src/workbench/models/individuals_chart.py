"""XmR charts: single values with limits from how far one point lies from the next.

The rules are those of the NHS programme Making Data Count: a point outside the limits; seven in a
row on one side of the mean; seven in a row that rise or fall; two of three, all on one side, beyond
two thirds of the way to a limit. Limits are the mean plus and minus 2.66 mean moving ranges, with
ranges beyond 3.267 times their mean left out once (Wheeler 1993, Understanding Variation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.language import mark

REACH = 2.66
LARGEST_RANGE = 3.267
IN_A_ROW = 7
NEAR = 2 / 3


@dataclass(frozen=True)
class IndividualsLimits:
    """Centre and limits of an XmR chart, of one number or one a series."""

    centre: np.ndarray
    low: np.ndarray
    high: np.ndarray


def individuals_limits(values: np.ndarray, screened: bool = True) -> IndividualsLimits:
    """Mean and natural process limits.

    Parameters
    ----------
    values
        Shape (n,) or (n, series), at least two points, none missing.
    screened
        Whether unusually large moving ranges are left out, once.

    Examples
    --------
    >>> limits = individuals_limits(np.array([1.0, 2.0, 1.0, 2.0]))
    >>> round(float(limits.low), 2), round(float(limits.high), 2)
    (-1.16, 4.16)
    """
    ranges = np.abs(np.diff(values, axis=0))
    mean_range = ranges.mean(axis=0)
    if screened:
        kept = ranges <= LARGEST_RANGE * mean_range
        mean_range = (ranges * kept).sum(axis=0) / kept.sum(axis=0)
    centre = values.mean(axis=0)
    return IndividualsLimits(centre, centre - REACH * mean_range, centre + REACH * mean_range)


def individuals_signals(values: np.ndarray) -> dict[str, np.ndarray]:
    """Points of an XmR chart that are part of a signal, by rule.

    Parameters
    ----------
    values
        Shape (n,) or (n, series), at least two points, none missing.

    Returns
    -------
    dict
        From the rule, in words, to which points belong to its signals, of the shape of `values`.
    """
    limits = individuals_limits(values)
    outside = (values > limits.high) | (values < limits.low)
    side = np.sign(values - limits.centre)
    near = np.abs(values - limits.centre) > NEAR * (limits.high - limits.centre)
    return {
        mark("outside the limits"): outside,
        mark("seven on one side of the mean"): seven_on_one_side(side),
        mark("seven in a row that rise or fall"): seven_in_a_row(values),
        mark("two of three near a limit"): two_of_three(near & ~outside, side),
    }


def seven_on_one_side(side: np.ndarray) -> np.ndarray:
    """Points in a run of seven or more on one side; ``side`` is -1, 0 or 1."""
    above, below = (_runs(side == way, IN_A_ROW) for way in (1, -1))
    return above | below


def seven_in_a_row(values: np.ndarray) -> np.ndarray:
    """Points in a run of seven or more that all rise, or all fall."""
    steps = np.diff(values, axis=0)
    found = np.zeros(values.shape, dtype=bool)
    for moved in (steps > 0, steps < 0):
        run = _runs(moved, IN_A_ROW - 1)
        found[1:] |= run
        found[:-1] |= run
    return found


def two_of_three(near: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Points near a limit among three in a row on one side, of which two or more are near."""
    found = np.zeros(near.shape, dtype=bool)
    for first in range(len(near) - 2):
        three = slice(first, first + 3)
        together = np.abs(side[three].sum(axis=0)) == 3
        found[three] |= together & (near[three].sum(axis=0) >= 2)
    return found & near


def _runs(held: np.ndarray, length: int) -> np.ndarray:
    """Points in a run of at least ``length`` in which ``held`` is true."""
    found = np.zeros(held.shape, dtype=bool)
    for first in range(len(held) - length + 1):
        window = slice(first, first + length)
        found[window] |= held[window].all(axis=0)
    return found
