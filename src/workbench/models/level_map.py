"""Between the formula's random terms and the engine's levels.

A group may have several random terms, such as ``(1 | site) + (0 + quarters | site)``. The engine
works by level (inner, outer, crossed) with one factor T each, block diagonal over the terms.

Inside the engine the columns of a term are replaced by orthonormal combinations of themselves (by
rescaled ones where the effects don't correlate), so that neither a calendar year nor a unit makes
the search harder. Effects in the formula's columns are ``back`` times those in the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from workbench.models.design import RandomBlock
from workbench.models.profiled import LevelFactors, LevelSums
from workbench.models.roles import Roles
from workbench.models.variance_parameters import Factors, free_entries, triangles

LEVELS = ("inner", "outer", "crossed")


@dataclass(frozen=True, eq=False)
class LevelMap:
    """Where each random term sits in the engine's levels.

    Attributes
    ----------
    blocks
        The design's random terms.
    level_of
        Level of each term: ``inner``, ``outer`` or ``crossed``.
    offset_of
        First effect of each term within its level.
    back
        For each term the matrix that leads from the engine's effects to the formula's, (q, q).
    """

    blocks: tuple[RandomBlock, ...]
    level_of: tuple[str, ...]
    offset_of: tuple[int, ...]
    back: tuple[np.ndarray, ...]

    @staticmethod
    def of(blocks: tuple[RandomBlock, ...], roles: Roles, back: tuple[np.ndarray, ...]) -> LevelMap:
        """Map the terms of a design by the roles of their groups."""
        part = {roles.inner: "inner", roles.outer: "outer", roles.crossed: "crossed"}
        used = dict.fromkeys(LEVELS, 0)
        levels, offsets = [], []
        for block in blocks:
            level = part[block.term.group]
            levels.append(level)
            offsets.append(used[level])
            used[level] += block.width
        return LevelMap(blocks, tuple(levels), tuple(offsets), back)

    def formula_factors(self, factors: Factors) -> Factors:
        """Lower-triangular factors of the formula's effects, from those of the engine's."""
        return triangles(tuple(B @ T for B, T in zip(self.back, factors, strict=True)))

    def back_of(self, level: str) -> np.ndarray:
        """Join the matrices that lead back, for all effects of a level."""
        parts = [B for B, own in zip(self.back, self.level_of, strict=True) if own == level]
        return block_diag(*parts) if parts else np.zeros((0, 0))

    def level_factors(self, factors: Factors) -> LevelFactors:
        """One factor a level, from one a term."""
        by_level = {
            level: [T for T, own in zip(factors, self.level_of, strict=True) if own == level]
            for level in LEVELS
        }
        outer = block_diag(*by_level["outer"]) if by_level["outer"] else np.zeros((0, 0))
        crossed = float(by_level["crossed"][0][0, 0]) if by_level["crossed"] else 0.0
        return LevelFactors(block_diag(*by_level["inner"]), outer, crossed)

    def term_sums(self, sums: dict[str, LevelSums]) -> list[LevelSums]:
        """Cut the sums of each term out of its level's."""
        parts = []
        for block, level, offset in zip(self.blocks, self.level_of, self.offset_of, strict=True):
            here = slice(offset, offset + block.width)
            own = sums[level]
            parts.append(LevelSums(own.traces[here, here], own.squares[here, here], own.count))
        return parts

    def pull(self, by_term: Callable[[RandomBlock, int], np.ndarray]) -> np.ndarray:
        """Theta-like vector from one matrix a term, free entries only."""
        parts = [by_term(b, number)[free_entries(b)] for number, b in enumerate(self.blocks)]
        return np.concatenate(parts)
