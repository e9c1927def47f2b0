"""Henderson's cross products from sufficient statistics, without rows."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from workbench.models.basis import columns_of, orthonormal_basis
from workbench.models.design import Design
from workbench.models.henderson import CrossProducts
from workbench.models.sufficient_statistics import SufficientStatistics


def products_of_statistics(statistics: SufficientStatistics, design: Design) -> CrossProducts:
    """Give the cross products that `workbench.models.henderson.cross_products` takes from rows.

    Parameters
    ----------
    statistics
        The sums.
    design
        Their design.
    """
    s = statistics
    basis = orthonormal_basis(s)
    local = np.column_stack([basis.columns, basis.residual])
    parts = [_CellPart.of(s, block.term.group, block.names) for block in design.blocks]
    rows = [
        sparse.hstack([_between(s, one, other) for other in parts], format="csr") for one in parts
    ]
    sums = np.concatenate([_against_columns(s, part, local) for part in parts])
    return CrossProducts(
        ZtZ=sparse.vstack(rows).tocsc(),
        ZtQ=sums[:, :-1],
        Zty=sums[:, -1],
        yty=basis.total,
        R=basis.R,
        beta_ols=basis.beta_ols,
        n_obs=s.n_obs,
        sizes=tuple((len(block.levels), block.width) for block in design.blocks),
        log_weights=s.log_weights,
    )


class _CellPart:
    """One random term: its columns, and the level of each cell or that it is crossed."""

    def __init__(self, map_: np.ndarray, codes: np.ndarray | None, n_levels: int) -> None:
        self.map, self.codes, self.n_levels = map_, codes, n_levels

    @property
    def width(self) -> int:
        return self.map.shape[1]

    @staticmethod
    def of(s: SufficientStatistics, group: str, names: tuple[str, ...]) -> _CellPart:
        codes = {s.roles.inner: s.cell_inner, s.roles.outer: s.cell_outer}
        return _CellPart(columns_of(s, names), codes.get(group), len(s.levels[group]))


def _between(s: SufficientStatistics, one: _CellPart, other: _CellPart) -> sparse.csr_matrix:
    """Z'Z between two random terms."""
    if one.codes is None and other.codes is None:
        weights = np.bincount(s.pair_crossed, s.pair_sums[:, 0], one.n_levels)
        return sparse.diags(weights, format="csr")
    if one.codes is None:
        return _between(s, other, one).T.tocsr()
    if other.codes is None:
        values = (s.pair_sums @ one.map)[:, :, None]
        return _placed(values, one, one.codes[s.pair_cell], other, s.pair_crossed)
    return _placed(one.map.T @ s.products @ other.map, one, one.codes, other, other.codes)


def _placed(
    values: np.ndarray,
    one: _CellPart,
    one_codes: np.ndarray,
    other: _CellPart,
    other_codes: np.ndarray,
) -> sparse.csr_matrix:
    """Small blocks at the places of their levels, added up where they meet."""
    rows = one_codes[:, None, None] * one.width + np.arange(one.width)[None, :, None]
    columns = other_codes[:, None, None] * other.width + np.arange(other.width)[None, None, :]
    shape = (one.n_levels * one.width, other.n_levels * other.width)
    places = (np.broadcast_to(rows, values.shape), np.broadcast_to(columns, values.shape))
    entries = (values.ravel(), (places[0].ravel(), places[1].ravel()))
    return sparse.csr_matrix(entries, shape=shape)


def _against_columns(s: SufficientStatistics, part: _CellPart, local: np.ndarray) -> np.ndarray:
    """Z'[Q | y] of one random term, shape (levels * width, p + 1)."""
    if part.codes is None:
        sums, codes = (s.pair_sums @ local)[:, None, :], s.pair_crossed
    else:
        sums, codes = part.map.T @ s.products @ local, part.codes
    answer = np.zeros((part.n_levels, part.width, local.shape[1]))
    np.add.at(answer, codes, sums)
    return answer.reshape(-1, local.shape[1])
