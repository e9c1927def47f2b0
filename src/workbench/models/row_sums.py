"""One pass over rows: the sums of products of `SufficientStatistics`."""

from __future__ import annotations

import numpy as np

from workbench.models.roles import Roles
from workbench.models.rows import ModelColumns, Rows
from workbench.models.sufficient_statistics import SufficientStatistics


def summed_columns(columns: ModelColumns) -> tuple[str, ...]:
    """Names of the summed columns: the constant, the distinct columns, the response."""
    names = [*columns.fixed_names, *(name for block in columns.blocks for name in block.names)]
    others = [name for name in dict.fromkeys(names) if name != "Intercept"]
    return ("Intercept", *others, columns.formula.response)


def sum_rows(
    columns: ModelColumns, rows: Rows, roles: Roles, shift: np.ndarray | None = None
) -> SufficientStatistics:
    """Sum the products of computed rows.

    Parameters
    ----------
    columns, rows
        The model's columns and their values.
    roles
        Which group is inner, outer and crossed.
    shift
        What to take from each column; None for their means.
    """
    names = summed_columns(columns)
    W = _stacked(columns, rows, names)
    lowest, highest = W.min(axis=1), W.max(axis=1)
    at_lowest, at_highest = (int((W[-1] == end).sum()) for end in (lowest[-1], highest[-1]))
    if shift is None:
        shift = W.mean(axis=1)
        shift[0] = 0.0
    W -= shift[:, None]
    log_weights = 0.0
    if rows.weights is not None:
        W *= np.sqrt(rows.weights)
        log_weights = float(np.log(rows.weights).sum())
    order, starts, cell_inner, cell_outer = _cells(rows, roles)
    if order is not None:
        W = np.ascontiguousarray(W[:, order])
    pair_cell, pair_crossed, pair_sums = _pairs(rows, roles, W, order, starts)
    ends = np.append(starts[1:], W.shape[1])
    return SufficientStatistics(
        columns=columns,
        roles=roles,
        names=names,
        shift=shift,
        levels=rows.levels,
        cell_inner=cell_inner,
        cell_outer=cell_outer,
        products=_products(W, starts),
        pair_cell=pair_cell,
        pair_crossed=pair_crossed,
        pair_sums=pair_sums,
        cell_rows=ends - starts,
        log_weights=log_weights,
        lowest=lowest,
        highest=highest,
        at_lowest=at_lowest,
        at_highest=at_highest,
        dropped=rows.dropped,
        dropped_by_column=rows.dropped_by_column,
    )


def _stacked(columns: ModelColumns, rows: Rows, names: tuple[str, ...]) -> np.ndarray:
    """Stack the summed columns, one a row, shape (w, n)."""
    values = {"Intercept": np.ones(len(rows.y))}
    values |= dict(zip(columns.fixed_names, rows.X.T, strict=True))
    for block, own in zip(columns.blocks, rows.columns, strict=True):
        values |= dict(zip(block.names, own.T, strict=True))
    return np.stack([*(values[name] for name in names[:-1]), rows.y])


def _cells(
    rows: Rows, roles: Roles
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray, np.ndarray]:
    """Order of the rows that brings cells together (None if they are), their starts and levels."""
    inner = rows.codes[roles.inner]
    outer = rows.codes[roles.outer] if roles.outer else np.zeros_like(inner)
    key = inner if not roles.outer else outer * len(rows.levels[roles.inner]) + inner
    order = None
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    if len(np.unique(key[starts])) < len(starts):
        order = np.argsort(key, kind="stable")
        key, inner, outer = key[order], inner[order], outer[order]
        starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    return order, starts, inner[starts], outer[starts]


def _products(W: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Sum the products in each run of columns of W, shape (N, w, w)."""
    w = len(W)
    products = np.empty((len(starts), w, w))
    for a in range(w):
        for b in range(a + 1):
            sums = np.add.reduceat(W[a] * W[b], starts)
            products[:, a, b] = products[:, b, a] = sums
    return products


def _pairs(
    rows: Rows, roles: Roles, W: np.ndarray, order: np.ndarray | None, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cell, crossed level and sums of each pair of a cell and a crossed level."""
    if not roles.crossed:
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, len(W)))
    crossed = rows.codes[roles.crossed]
    crossed = crossed if order is None else crossed[order]
    n_crossed = len(rows.levels[roles.crossed])
    lengths = np.diff(np.append(starts, W.shape[1]))
    key = np.repeat(np.arange(len(starts)), lengths) * n_crossed + crossed
    pairs, number = np.unique(key, return_inverse=True)
    root = W[0]  # the constant, times the root of the weight
    sums = np.stack([np.bincount(number, root * column, len(pairs)) for column in W], axis=1)
    return pairs // n_crossed, pairs % n_crossed, sums
