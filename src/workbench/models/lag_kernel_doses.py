"""What is left at each moment of everything that came before it, by half-lives.

An event at time s weighs ``2 ** -((t - s) / half_life)`` at a later time t. Over the merged times
of a unit the sum over its events is a recursion: between two times the sum decays, and at an event
one is added (or, where an event renews, the sum is set to one). So all half-lives and all units go
step by step together, and no pair of a row and an event is ever formed.
"""

from __future__ import annotations

import numpy as np


def lagged_doses(
    units: np.ndarray,
    times: np.ndarray,
    event_units: np.ndarray,
    event_times: np.ndarray,
    half_lives: np.ndarray,
    renews: bool = False,
) -> np.ndarray:
    """Sum what is left of a unit's earlier events at each row.

    Parameters
    ----------
    units, times
        Unit (codes from 0) and time of each row, shape (n,).
    event_units, event_times
        Unit and time of each event, shape (m,). Only events before a row count for it.
    half_lives
        Shape (g,), positive, in the unit of ``times``.
    renews
        Whether an event sets the sum to one instead of adding one: only the latest counts.

    Returns
    -------
    numpy.ndarray
        Shape (n, g).

    Examples
    --------
    >>> at, every = np.array([3.0]), np.array([0.0, 3.0])
    >>> here = np.zeros(2, dtype=int)
    >>> lagged_doses(here[:1], at, here, every, np.array([3.0])).tolist()
    [[0.5]]
    """
    all_units = np.concatenate([units, event_units]).astype(int)
    all_times = np.concatenate([times, event_times]).astype(float)
    is_event = np.arange(len(all_units)) >= len(units)
    # Rows come before events of the same time, so that those don't count for them.
    order = np.lexsort((is_event, all_times, all_units))
    place = positions(all_units[order])
    shape = (int(all_units.max()) + 1 if len(all_units) else 0, int(place.max(initial=-1)) + 1)
    gap, event = np.zeros(shape), np.zeros(shape)
    steps = np.diff(all_times[order], prepend=0.0)
    gap[all_units[order], place] = np.where(place > 0, steps, 0.0)
    event[all_units[order], place] = is_event[order]
    level = np.zeros((shape[0], len(half_lives)))
    held = np.zeros((*shape, len(half_lives)))
    for step in range(shape[1]):
        level = level * 2.0 ** (-gap[:, step, None] / half_lives)
        held[:, step] = level
        here = event[:, step, None]
        level = np.where(here > 0, 1.0, level) if renews else level + here
    doses = np.empty((len(all_units), len(half_lives)))
    doses[order] = held[all_units[order], place]
    return doses[: len(units)]


def counts_between(
    units: np.ndarray,
    times: np.ndarray,
    event_units: np.ndarray,
    event_times: np.ndarray,
    edges: np.ndarray,
) -> np.ndarray:
    """Count a unit's events by how long ago they were.

    Parameters
    ----------
    units, times, event_units, event_times
        As for :func:`lagged_doses`.
    edges
        Ages in order, shape (k + 1,). A bin holds ages above its lower edge up to its upper one;
        an age below zero is an event to come.

    Returns
    -------
    numpy.ndarray
        Shape (n, k).
    """
    every = np.concatenate([times, event_times]).astype(float)
    if not len(every):
        return np.zeros((0, len(edges) - 1))
    # Units are set so far apart on one line of time that no age reaches into another unit.
    apart = float(np.ptp(every) + np.abs(edges).max() + 1.0) * 2
    line = np.sort(event_units * apart + event_times)
    rows = units * apart + times
    before = [np.searchsorted(line, rows - edge, side="left") for edge in edges]
    return np.column_stack([before[k] - before[k + 1] for k in range(len(edges) - 1)]).astype(float)


def counts_since_row_before(
    units: np.ndarray, times: np.ndarray, event_units: np.ndarray, event_times: np.ndarray
) -> np.ndarray:
    """Count a unit's events from its row before up to each row; 0 for its first. Rows in order."""
    far = np.array([0.0, 2 * (np.ptp(np.concatenate([times, event_times])) + 1.0)])
    ever = counts_between(units, times, event_units, event_times, far)[:, 0]
    return np.where(positions(units) > 0, np.diff(ever, prepend=ever[:1]), 0.0)


def positions(units: np.ndarray) -> np.ndarray:
    """Place of each row in its unit, from 0; rows of a unit stand together.

    >>> positions(np.array([0, 0, 2, 2, 2])).tolist()
    [0, 1, 0, 1, 2]
    """
    first = np.r_[True, units[1:] != units[:-1]] if len(units) else np.zeros(0, bool)
    starts = np.flatnonzero(first)
    return np.arange(len(units)) - np.repeat(starts, np.diff(np.r_[starts, len(units)]))
