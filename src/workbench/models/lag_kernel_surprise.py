"""The part of a dose that no earlier value of the unit foretold.

Where events follow low values, a dose late in a unit's record carries the luck of its earlier
values. Once unit means are taken out, that luck is in every row, and the effect comes out wrong
even where the dose does nothing (Nickell 1981, Econometrica 49, 1417-1426). What comes between two
rows is therefore split into what the unit's own last two values foretell and the rest. Doses made
of the rest owe nothing to earlier luck, and serve as instruments (the idea of g-estimation, Robins
1992, Biometrika 79, 321-334).
"""

from __future__ import annotations

import numpy as np

from workbench.models.lag_kernel_doses import positions

SHORTEST_GAP = 1e-6
"""Time between two rows below which nothing can have come between them."""


def surprise_doses(
    units: np.ndarray,
    times: np.ndarray,
    values: np.ndarray,
    doses: np.ndarray,
    half_lives: np.ndarray,
    groups: np.ndarray,
    renews: bool,
) -> np.ndarray:
    """Take out of doses what the unit's last two values foretold.

    Parameters
    ----------
    units, times, values
        Shape (n,), in order of unit and time.
    doses
        What is left of earlier events at each row and half-life, shape (n, g).
    half_lives
        Shape (g,).
    groups
        Shape (n,): code of the group of units, such as a place, whose common line in time is no
        answer to anybody's values.
    renews
        Whether only the latest event counts. An event then adds the less, the more is left of the
        one before, so that what is left foretells what comes.

    Returns
    -------
    numpy.ndarray
        Shape (n, g).
    """
    place = positions(units)
    later = place > 0
    gap = np.where(later, np.diff(times, prepend=times[:1]), 0.0)[:, None]
    last = np.where(later, np.roll(values, 1), 0.0)
    # Where there is no value before the last, the last stands for it.
    before = np.where(place > 1, np.roll(values, 2), last)
    left = np.where(later[:, None], np.roll(doses, 1, axis=0), 0.0)
    fading = 2.0 ** (-gap / half_lives)
    new = doses - left * fading
    # The dose that one event a unit of time would have given between the two rows.
    steady = half_lives / np.log(2) * (1 - fading)
    middle = values.mean() if len(values) else 0.0
    known = np.column_stack([last, before]) - middle
    able = later & (gap[:, 0] > SHORTEST_GAP)
    surprise = new.copy()
    for column in range(doses.shape[1]):
        weight = steady[able, column]
        told = np.column_stack([known, left[:, column]]) if renews else known
        rate = new[able, column] / weight
        rates = _rates(units[able], rate, told[able], weight, groups[able], times[able])
        surprise[:, column] -= np.where(able, steady[:, column] * (told @ rates), 0.0)
    return _accumulated(units, place, surprise, fading)


def _rates(
    units: np.ndarray,
    rate: np.ndarray,
    told: np.ndarray,
    weight: np.ndarray,
    groups: np.ndarray,
    times: np.ndarray,
) -> np.ndarray:
    """Weighted regression of a rate on what foretells it, within units and beside groups' lines.

    Where events get fewer and values fall in one place together, neither answers to the other, so
    each group's line in time is taken out. Units' own lines are left in: taking lines out of a few
    values that earlier events have made would bias the rates.
    """
    table = np.column_stack([times, rate, told])
    total, sums = _totals(units, table, weight)
    table = table - (sums / np.where(total > 0, total, 1.0)[:, None])[units]
    _, along = _totals(groups, table * table[:, :1], weight)
    slopes = along / np.where(along[:, :1] > 0, along[:, :1], 1.0)
    table = (table - table[:, :1] * slopes[groups])[:, 1:] * np.sqrt(weight)[:, None]
    return np.asarray(np.linalg.lstsq(table[:, 1:], table[:, 0], rcond=None)[0])


def _totals(
    codes: np.ndarray, table: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and weighted sums of each code."""
    count = int(codes.max()) + 1 if len(codes) else 0
    sums = [np.bincount(codes, weight * column, count) for column in table.T]
    return np.bincount(codes, weight, count), np.column_stack(sums)


def _accumulated(
    units: np.ndarray, place: np.ndarray, new: np.ndarray, fading: np.ndarray
) -> np.ndarray:
    """Add up what is new, fading from row to row, one place of all units at a time."""
    out = np.empty_like(new)
    level = np.zeros((int(units.max()) + 1 if len(units) else 0, new.shape[1]))
    for step in range(int(place.max(initial=-1)) + 1):
        here = np.flatnonzero(place == step)
        level[units[here]] = level[units[here]] * fading[here] + new[here]
        out[here] = level[units[here]]
    return out


def surprise_counts(
    units: np.ndarray,
    times: np.ndarray,
    values: np.ndarray,
    counts: np.ndarray,
    edges: np.ndarray,
    groups: np.ndarray,
) -> np.ndarray:
    """Take out of counts of events by age what the unit's last two values foretold.

    Parameters
    ----------
    units, times, values
        Shape (n,), in order of unit and time.
    counts
        Shape (n, k + 1): events by age, and last those since the row before.
    edges
        Ages that bound the first k, shape (k + 1,).
    groups
        As for ``surprise_doses``.

    Returns
    -------
    numpy.ndarray
        Shape (n, k).
    """
    place = positions(units)
    gap = np.where(place > 0, np.diff(times, prepend=times[:1]), 0.0)
    last = np.where(place > 0, np.roll(values, 1), 0.0)
    before = np.where(place > 1, np.roll(values, 2), last)
    known = np.column_stack([last, before]) - values.mean()
    able = gap > SHORTEST_GAP
    rate = counts[able, -1] / gap[able]
    rates = _rates(units[able], rate, known[able], gap[able], groups[able], times[able])
    foretold = np.cumsum(np.where(able, gap * (known @ rates), 0.0))
    # Units are set far apart on one line; before its first row nothing of a unit is foretold.
    apart = 2 * (np.ptp(times) + np.abs(edges).max() + 1.0)
    line = units * apart + times
    first = line[np.flatnonzero(place == 0)][np.cumsum(place == 0) - 1]
    at = [np.interp(np.maximum(line - edge, first), line, foretold) for edge in edges]
    return counts[:, :-1] - np.column_stack([at[k] - at[k + 1] for k in range(len(edges) - 1)])
