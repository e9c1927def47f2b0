"""Sufficient statistics of simulated responses, without simulating a single row.

A response drawn from a fitted model enters the sums only through products with the model's
columns. In one cell, those of the residuals e with the columns G = [columns | raters] are normal
with covariance sigma^2 G'G, which the statistics hold; and e'e is the squared length of e's part in
the span of G plus sigma^2 times a chi-square for the rest. So new sums are drawn exactly, at a
cost that does not depend on the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.models.basis import columns_of
from workbench.models.level_map import LevelMap
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.sufficient_statistics import SufficientStatistics

NO_DIRECTION = 1e-10  # eigenvalue over the largest, below which a direction of a cell is empty


@dataclass(frozen=True, eq=False)
class Simulator:
    """Draws new sufficient statistics from a fit.

    Attributes
    ----------
    statistics
        Those of the data.
    beta, sigma
        Fixed effects and residual standard deviation to draw from.
    maps
        For the fixed part and for each level, the weights of the summed columns.
    roots
        For each level its relative factor times sigma.
    cell_roots
        For each cell a root of G'G, shape (N, m, m).
    ranks
        Rank of each cell's G, shape (N,).
    slot
        Slot of each pair within its cell, shape (M,).
    """

    statistics: SufficientStatistics
    beta: np.ndarray
    sigma: float
    maps: dict[str, np.ndarray]
    roots: dict[str, np.ndarray]
    cell_roots: np.ndarray
    ranks: np.ndarray
    slot: np.ndarray

    @staticmethod
    def of(fit: MixedModelFit) -> Simulator:
        """Prepare to draw from a fit of the profiled engine."""
        s = fit.statistics
        assert s is not None, "only the profiled engine keeps its statistics"
        levels = LevelMap.of(fit.design.blocks, s.roles, ())
        factors = levels.level_factors(fit.factors)
        groups = {"inner": s.roles.inner, "outer": s.roles.outer}
        maps = {
            level: columns_of(
                s, [name for b in s.columns.blocks if b.term.group == group for name in b.names]
            )
            for level, group in groups.items()
        }
        maps["fixed"] = columns_of(s, s.columns.fixed_names)
        roots = {
            "inner": fit.sigma * factors.inner,
            "outer": fit.sigma * factors.outer,
            "crossed": np.array([[fit.sigma * factors.crossed]]),
        }
        slot = _slots(s)
        cell_roots, ranks = _roots_of_cells(s, slot)
        beta = fit.equations.fixed_effects
        return Simulator(s, beta, fit.sigma, maps, roots, cell_roots, ranks, slot)

    def draw(self, random: np.random.Generator) -> SufficientStatistics:
        """Draw the statistics of one simulated response."""
        s = self.statistics
        coefficients = self._coefficients(random)
        crossed = np.zeros(0)
        if s.roles.crossed:
            drawn = random.standard_normal(len(s.levels[s.roles.crossed]))
            crossed = self.roots["crossed"][0, 0] * drawn
        normal = random.standard_normal(self.cell_roots.shape[:2])
        normal[np.arange(normal.shape[1]) < (normal.shape[1] - self.ranks)[:, None]] = 0.0
        noise = self.sigma * (self.cell_roots @ normal[:, :, None])[..., 0]
        rest = random.chisquare(np.maximum(s.cell_rows - self.ranks, 1e-300))
        rest = np.where(s.cell_rows > self.ranks, rest, 0.0)
        length = self.sigma**2 * ((normal**2).sum(axis=1) + rest)
        return self._with_response(coefficients, crossed, noise, length)

    def _coefficients(self, random: np.random.Generator) -> np.ndarray:
        """Weights of the summed columns in each cell's mean, shape (N, w - 1)."""
        s = self.statistics
        mean = self.maps["fixed"] @ self.beta
        mean[0] -= s.shift[-1]
        weights = np.tile(mean, (len(s.cell_inner), 1))
        for level, codes in (("inner", s.cell_inner), ("outer", s.cell_outer)):
            root = self.roots[level]
            if len(root):
                n_levels = int(codes.max()) + 1
                effects = random.standard_normal((n_levels, len(root))) @ root.T
                weights += (effects @ self.maps[level].T)[codes]
        return weights[:, :-1]

    def _with_response(
        self, coefficients: np.ndarray, crossed: np.ndarray, noise: np.ndarray, length: np.ndarray
    ) -> SufficientStatistics:
        """Put the new response's sums in the place of the old."""
        s = self.statistics
        v = len(s.names) - 1
        sums = (s.products[:, :v, :v] @ coefficients[:, :, None])[..., 0]
        squares = (coefficients * sums).sum(axis=1) + length
        squares += 2 * (coefficients * noise[:, :v]).sum(axis=1)
        sums = sums + noise[:, :v]
        pair_sums = s.pair_sums.copy()
        if len(crossed):
            cell, own = s.pair_cell, crossed[s.pair_crossed]
            own_noise = noise[cell, v + self.slot]
            mean = (s.pair_sums[:, :v] * coefficients[cell]).sum(axis=1)
            weight = s.pair_sums[:, 0]
            np.add.at(sums, cell, own[:, None] * s.pair_sums[:, :v])
            np.add.at(squares, cell, 2 * own * (mean + own_noise) + weight * own**2)
            pair_sums[:, v] = mean + weight * own + own_noise
        products = s.products.copy()
        products[:, :v, v] = products[:, v, :v] = sums
        products[:, v, v] = squares
        return replace(s, products=products, pair_sums=pair_sums)


def _slots(s: SufficientStatistics) -> np.ndarray:
    """Give each pair its place within its cell."""
    if not len(s.pair_cell):
        return np.zeros(0, dtype=int)
    order = np.argsort(s.pair_cell, kind="stable")
    counts = np.bincount(s.pair_cell)
    starts = np.cumsum(counts) - counts
    slot = np.empty(len(order), dtype=int)
    slot[order] = np.arange(len(order)) - starts[s.pair_cell[order]]
    return slot


def _roots_of_cells(s: SufficientStatistics, slot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Root of every cell's G'G by its eigenvectors, the empty directions first, and its rank."""
    v = len(s.names) - 1
    r = int(slot.max()) + 1 if len(slot) else 0
    gram = np.zeros((len(s.products), v + r, v + r))
    gram[:, :v, :v] = s.products[:, :v, :v]
    if r:
        gram[s.pair_cell, :v, v + slot] = s.pair_sums[:, :v]
        gram[s.pair_cell, v + slot, :v] = s.pair_sums[:, :v]
        gram[s.pair_cell, v + slot, v + slot] = s.pair_sums[:, 0]
    scale = np.sqrt(np.maximum(np.diagonal(gram, axis1=1, axis2=2), 1e-300))
    values, vectors = np.linalg.eigh(gram / (scale[:, :, None] * scale[:, None, :]))
    solid = values > NO_DIRECTION * values[:, -1:]
    roots = scale[:, :, None] * vectors * np.sqrt(np.where(solid, values, 0.0))[:, None, :]
    return roots, solid.sum(axis=1)
