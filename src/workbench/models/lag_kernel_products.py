"""Within-unit cross products, and the kernel that fits them best.

Everything that a fit needs adds up over units, so a bootstrap over units is a weighted sum of
their cross products and a few small batched solves; no row is touched again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 1e-10
"""Relative, on the diagonal: a period without rows in a draw must not stop it."""


def within_units(
    units: np.ndarray, times: np.ndarray, columns: np.ndarray, own_trends: bool = True
) -> np.ndarray:
    """Take out each unit's mean and, if asked, its own straight line in time.

    Parameters
    ----------
    units, times
        Shape (n,); units are codes from 0.
    columns
        Shape (n, k).
    own_trends
        Whether the line is taken out too.
    """
    table = np.column_stack([times, columns])
    counts = np.maximum(np.bincount(units), 1).astype(float)
    sums = np.column_stack([np.bincount(units, column) for column in table.T])
    means = np.divide(sums, counts[:, None])
    table = table - means[units]
    time, rest = table[:, 0], table[:, 1:]
    if not own_trends:
        return rest
    spread = np.bincount(units, time**2)
    slopes = np.column_stack([np.bincount(units, time * column) for column in rest.T])
    slopes = np.divide(slopes, np.where(spread > 0, spread, 1.0)[:, None])
    return np.asarray(rest - slopes[units] * time[:, None])


@dataclass(frozen=True)
class Products:
    """Cross products by unit, of rows whose unit means are out.

    Attributes
    ----------
    by_unit
        Shape (units, k + p, k + p + g + 1): instruments and covariates, times instruments,
        covariates, doses and the value.
    k, p
        Number of instruments and of covariates.
    """

    by_unit: np.ndarray
    k: int
    p: int

    def reduced(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Products of instruments with one another, the doses and the value, covariates out.

        Parameters
        ----------
        counts
            How often each unit counts in each draw, shape (draws, units).

        Returns
        -------
        tuple
            Shapes (draws, k, k), (draws, k, g) and (draws, k).
        """
        k, size = self.k, self.by_unit.shape[1]
        summed = (counts @ self.by_unit.reshape(len(self.by_unit), -1)).reshape(
            len(counts), size, -1
        )
        if self.p:
            other = _steadied(summed[:, k:, k:size])
            rest = np.concatenate([summed[:, k:, :k], summed[:, k:, size:]], axis=2)
            kept = np.concatenate([summed[:, :k, :k], summed[:, :k, size:]], axis=2)
            summed = kept - summed[:, :k, k:size] @ np.linalg.solve(other, rest)
        return _steadied(summed[:, :, :k]), summed[:, :, k:-1], summed[:, :, -1]

    def scores(self) -> np.ndarray:
        """Instruments times the value by unit, as without any effect: shape (units, k)."""
        k, size = self.k, self.by_unit.shape[1]
        if not self.p:
            return self.by_unit[:, :, -1]
        summed = self.by_unit.sum(axis=0)
        other = _steadied(summed[None, k:, k:size])[0]
        of_value = np.linalg.solve(other, summed[k:, -1])
        of_instruments = np.linalg.solve(other, summed[k:, :k])
        left = self.by_unit[:, :, -1] - self.by_unit[:, :, k:size] @ of_value
        return np.asarray(left[:, :k] - left[:, k:] @ of_instruments)


def products_of(
    units: np.ndarray,
    instruments: np.ndarray,
    covariates: np.ndarray,
    doses: np.ndarray,
    values: np.ndarray,
) -> Products:
    """Sum the cross products of each unit; rows are in order of unit."""
    left = np.column_stack([instruments, covariates])
    right = np.column_stack([left, doses, values])
    starts = np.flatnonzero(np.r_[True, units[1:] != units[:-1]])
    ends = np.r_[starts[1:], len(units)]
    pairs = zip(starts, ends, strict=True)
    by_unit = np.stack([left[a:b].T @ right[a:b] for a, b in pairs])
    return Products(by_unit, instruments.shape[1], covariates.shape[1])


@dataclass(frozen=True)
class Profile:
    """The fit at every half-life, for each draw.

    Attributes
    ----------
    effects, gains
        Effect, and fall of the criterion that it brings, shape (draws, g).
    """

    effects: np.ndarray
    gains: np.ndarray

    def best(self, half_lives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Half-life and effect at the top of a parabola through the three best points."""
        top = self.gains.argmax(axis=1)
        inner = np.clip(top, 1, len(half_lives) - 2)
        rows = np.arange(len(top))
        low, mid, high = (self.gains[rows, inner + step] for step in (-1, 0, 1))
        bend = low - 2 * mid + high
        shift = np.where(bend < 0, 0.5 * (low - high) / np.where(bend < 0, bend, -1.0), 0.0)
        shift = np.clip(np.where(top == inner, shift, top - inner), -1.0, 1.0)
        step = np.log(half_lives[1] / half_lives[0])
        before, here, after = (self.effects[rows, inner + step] for step in (-1, 0, 1))
        effect = here + shift * (after - before) / 2 + shift**2 * (after - 2 * here + before) / 2
        return half_lives[inner] * np.exp(shift * step), effect


def profile_of(instruments: np.ndarray, with_doses: np.ndarray, with_value: np.ndarray) -> Profile:
    """Two-stage least squares of the value on each dose, by `Products.reduced`."""
    solved = np.linalg.solve(instruments, with_doses)
    shared = np.einsum("dkg,dk->dg", solved, with_value)
    size = np.einsum("dkg,dkg->dg", solved, with_doses)
    size = np.where(size > 0, size, np.inf)
    return Profile(shared / size, shared**2 / size)


def _steadied(matrices: np.ndarray) -> np.ndarray:
    size = matrices.shape[-1]
    diagonal = np.einsum("dii->di", matrices)
    floor = np.where(diagonal > 0, diagonal, 1.0) * RIDGE
    return np.asarray(matrices + floor[:, :, None] * np.eye(size))
