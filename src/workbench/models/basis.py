"""An orthonormal basis of the fixed-effects columns, from sums of products alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.models.design import refuse_repeated_columns
from workbench.models.sufficient_statistics import SufficientStatistics

OUTSIDE_SPAN = 1e-7  # relative length of an outer column's part that the basis does not hold


@dataclass(frozen=True, eq=False)
class Basis:
    """An orthonormal basis of the fixed-effects columns, in terms of the summed columns.

    Attributes
    ----------
    columns
        Weights of the summed columns that give the basis, shape (w, p).
    residual
        Weights that give the response's least-squares residual, shape (w,).
    R
        Upper triangle with X = Q R, shape (p, p).
    beta_ols
        Ordinary least squares, shape (p,).
    total
        Residual sum of squares.
    """

    columns: np.ndarray
    residual: np.ndarray
    R: np.ndarray
    beta_ols: np.ndarray
    total: float


def orthonormal_basis(s: SufficientStatistics) -> Basis:
    """Find an orthonormal basis of the fixed-effects columns.

    Raises
    ------
    ModelRefused
        When a fixed term is a combination of the others.
    """
    total = s.products.sum(axis=0)
    root = root_of(total)
    X = columns_of(s, s.columns.fixed_names)
    y = np.zeros(len(s.names))
    y[-1], y[0] = 1.0, s.shift[-1]
    refuse_repeated_columns(root @ X, s.columns.fixed_names)
    Q, R = np.linalg.qr(root @ X)
    projected = Q.T @ (root @ y)
    columns = np.linalg.solve(R.T, X.T).T
    residual = y - columns @ projected
    return Basis(
        columns,
        residual,
        R,
        np.linalg.solve(R, projected),
        float(residual @ total @ residual),
    )


def columns_of(s: SufficientStatistics, names: Sequence[str]) -> np.ndarray:
    """Weights of the summed columns that give the named columns unshifted, shape (w, len)."""
    weights = np.zeros((len(s.names), len(names)))
    for number, name in enumerate(names):
        position = s.names.index(name)
        weights[position, number] = 1.0
        weights[0, number] += s.shift[position]
    return weights


def root_of(total: np.ndarray) -> np.ndarray:
    """Find a matrix whose product with itself, transposed first, is the total."""
    scale = np.sqrt(np.maximum(np.diag(total), 1e-300))
    values, vectors = np.linalg.eigh(total / np.outer(scale, scale))
    return (np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T) * scale


def basis_with(
    outer: np.ndarray, basis: np.ndarray, total: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """V: the basis and what outer columns lie outside its span; and the outer columns in V."""
    V, H = basis, basis.T @ total @ outer
    for number in range(outer.shape[1]):
        rest = outer[:, number] - V @ (V.T @ total @ outer[:, number])
        length = np.sqrt(max(rest @ total @ rest, 0.0))
        if length > OUTSIDE_SPAN * np.sqrt(outer[:, number] @ total @ outer[:, number]):
            V = np.column_stack([V, rest / length])
    H = V.T @ total @ outer
    return V, H
