"""The variance parameters of a mixed model, in lme4's parametrisation.

Each random term has a lower-triangular relative factor T, with Var(effects of one level) =
sigma^2 T T'; theta is the free entries of all T, column by column. An uncorrelated term (``||``)
has a diagonal T.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.models.design import Design, RandomBlock

Factors = tuple[np.ndarray, ...]


def free_entries(block: RandomBlock) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the free entries of a block's T, in lme4's order."""
    if not block.term.correlated:
        diagonal = np.arange(block.width)
        return diagonal, diagonal
    columns, rows = np.triu_indices(block.width)
    return rows, columns


def pack(blocks: tuple[RandomBlock, ...], factors: Factors) -> np.ndarray:
    """Theta from the factors."""
    parts = [T[free_entries(block)] for block, T in zip(blocks, factors, strict=True)]
    return np.concatenate(parts)


def unpack(blocks: tuple[RandomBlock, ...], theta: np.ndarray) -> Factors:
    """Factors from theta."""
    factors, start = [], 0
    for block in blocks:
        rows, columns = free_entries(block)
        T = np.zeros((block.width, block.width))
        T[rows, columns] = theta[start : start + len(rows)]
        start += len(rows)
        factors.append(T)
    return tuple(factors)


def with_positive_diagonal(factors: Factors) -> Factors:
    """Turn T's columns so that no diagonal entry is negative; the covariances stay the same."""
    return tuple(T * np.where(np.diag(T) < 0, -1.0, 1.0) for T in factors)


def triangles(squares: Factors) -> Factors:
    """Lower triangles with the same T T' as any square T, no diagonal entry negative."""
    return with_positive_diagonal(tuple(np.asarray(np.linalg.qr(T.T, "r")).T for T in squares))


def factor_of(covariance: np.ndarray) -> np.ndarray:
    """Lower-triangular T with ``T T' = covariance``, also when the covariance is singular."""
    q = len(covariance)
    T = np.zeros((q, q))
    for j in range(q):
        pivot = covariance[j, j] - T[j, :j] @ T[j, :j]
        T[j, j] = np.sqrt(max(pivot, 0.0))
        if T[j, j] > 1e-12 * np.sqrt(max(covariance[j, j], 1e-300)):
            T[j + 1 :, j] = (covariance[j + 1 :, j] - T[j + 1 :, :j] @ T[j, :j]) / T[j, j]
        else:
            T[j, j] = 0.0
    return T


def variance_table(design: Design, factors: Factors, sigma: float) -> pd.DataFrame:
    """Variances and covariances, one row each, the residual last.

    Returns
    -------
    pandas.DataFrame
        ``group, term, term_2, variance, sd, correlation``. A variance row has no ``term_2`` and no
        ``correlation``; a covariance row has the covariance in ``variance`` and no ``sd``.
    """
    rows: list[tuple[str, str, str | None, float, float, float]] = []
    for block, T in zip(design.blocks, factors, strict=True):
        covariance = sigma**2 * T @ T.T
        sds = np.sqrt(np.diag(covariance))
        rows += [
            (block.term.group, name, None, sd**2, sd, np.nan)
            for name, sd in zip(block.names, sds, strict=True)
        ]
        for j in range(block.width if block.term.correlated else 0):
            for i in range(j + 1, block.width):
                product = sds[i] * sds[j]
                correlation = covariance[i, j] / product if product > 0 else np.nan
                rows.append(
                    (
                        block.term.group,
                        block.names[j],
                        block.names[i],
                        covariance[i, j],
                        np.nan,
                        correlation,
                    )
                )
    rows.append(("Residual", "", None, sigma**2, sigma, np.nan))
    names = ["group", "term", "term_2", "variance", "sd", "correlation"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({"group": "str", "term": "str", "term_2": "str"})
