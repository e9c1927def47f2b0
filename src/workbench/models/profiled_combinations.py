"""Errors of combinations of fixed and random effects, by the three eliminations.

The variance of ``x'(beta-hat) + z'(u-hat - u)`` follows from the same steps as the criterion: each
step adds its own share and passes what is left on to the columns that remain. A practitioner's
weights z add z'Mz and pass -C'Mz on; what reaches the site adds z'Kz and passes on; raters add
z'Jz; what reaches the fixed effects as l adds l'S^-1 l. See docs/methods/mixed_models.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular

from workbench.models.level_map import LevelMap
from workbench.models.profiled import Evaluation

ANSWERS_AT_ONCE = 2000  # combinations in one pass; bounds the memory


@dataclass(frozen=True, eq=False)
class _Weights:
    """Weights of one level's effects, one row for each combination and group it names."""

    row: np.ndarray
    group: np.ndarray
    z: np.ndarray


def combination_variances(
    evaluation: Evaluation, levels: LevelMap, fixed: np.ndarray, random: sparse.csr_matrix
) -> np.ndarray:
    """Variance of ``x'(beta-hat) + z'(u-hat - u)`` over sigma squared, shape (m,).

    Parameters
    ----------
    evaluation
        The criterion's ingredients at the factors asked about.
    levels
        Where each random term sits.
    fixed, random
        Weights of the fixed effects (m, p) and of the random effects in the design's order (m, k).
    """
    random = sparse.csr_matrix(random)
    answer = np.empty(len(fixed))
    order = _by_batch(evaluation, levels, random)
    for start in range(0, len(fixed), ANSWERS_AT_ONCE):
        here = order[start : start + ANSWERS_AT_ONCE]
        answer[here] = _Pass(evaluation, levels, fixed[here], random[here]).variances()
    return answer


def _by_batch(evaluation: Evaluation, levels: LevelMap, random: sparse.csr_matrix) -> np.ndarray:
    """Order of the combinations that brings those of one batch together."""
    homes = evaluation.problem.homes
    of_column = []
    for block, level in zip(levels.blocks, levels.level_of, strict=True):
        number = np.zeros(len(block.levels), dtype=int)
        if level != "crossed":
            table = homes.inner if level == "inner" else homes.outer
            number = table[: len(block.levels), 0]
        of_column.append(np.repeat(number, block.width))
    batch = np.zeros(random.shape[0], dtype=int)
    filled = np.diff(random.indptr) > 0
    batch[filled] = np.concatenate(of_column)[random.indices[random.indptr[:-1][filled]]]
    return np.argsort(batch, kind="stable")


class _Pass:
    """One pass over some combinations."""

    def __init__(
        self,
        evaluation: Evaluation,
        levels: LevelMap,
        fixed: np.ndarray,
        random: sparse.csr_matrix,
    ) -> None:
        problem = evaluation.problem
        p, R = problem.n_fixed, problem.n_crossed
        self.evaluation, self.levels = evaluation, levels
        self.starts = np.cumsum([0, *(block.size for block in levels.blocks)])
        self.inner, self.outer = (self._weights(random, level) for level in ("inner", "outer"))
        homes = problem.homes
        self.inner_at, self.outer_at = homes.inner[self.inner.group], homes.outer[self.outer.group]
        crossed = sparse.csr_matrix((len(fixed), R))
        for number, level in enumerate(levels.level_of):
            if level == "crossed":
                crossed = random[:, self.starts[number] : self.starts[number + 1]]
        self.touched = self._touched_levels(crossed)
        self.column_of = np.full(R + 1, p + len(self.touched))
        self.column_of[self.touched] = p + np.arange(len(self.touched))
        # weights passed on to the basis and the touched crossed levels; the last column is waste
        self.left = np.zeros((len(fixed), p + len(self.touched) + 1))
        self.left[:, :p] = solve_triangular(problem.R.T, fixed.T, lower=True).T
        self.left[:, p:-1] = crossed[:, self.touched].toarray()
        self.answer = np.zeros(len(fixed))

    def _touched_levels(self, crossed: sparse.csr_matrix) -> np.ndarray:
        """Crossed levels that these combinations name or pass weights to."""
        problem = self.evaluation.problem
        named = [np.unique(crossed.indices)]
        places = np.concatenate([self.inner_at[:, :2], self.outer_at])
        for number in np.unique(places[:, 0]):
            rows = np.unique(places[places[:, 0] == number, 1])
            named.append(problem.batches[number].crossed[rows].ravel())
        touched = np.unique(np.concatenate(named))
        return touched[touched < problem.n_crossed].astype(int)

    def variances(self) -> np.ndarray:
        """Take all steps."""
        e, p = self.evaluation, self.evaluation.problem.n_fixed
        for number in np.union1d(self.inner_at[:, 0], self.outer_at[:, 0]):
            self._take_batch(number)
        rest = self.left[:, :p]
        if len(self.touched):
            places = e.problem.crossed_blocks.places(self.touched[None, :])[0]
            J, weights = np.append(e.J, 0.0)[places], self.left[:, p:-1]
            self.answer += ((weights @ J) * weights).sum(axis=1)
            rest = rest - weights @ e.crossed_to_fixed[self.touched]
        half = solve_triangular(e.chol, rest.T, lower=True)
        return self.answer + (half**2).sum(axis=0)

    def _take_batch(self, number: int) -> None:
        """Take steps 1 and 2 for one batch."""
        inner_at, outer_at = self.inner_at, self.outer_at
        problem = self.evaluation.problem
        batch, part = problem.batches[number], self.evaluation.parts[number]
        p, v, H, S = problem.n_fixed, problem.n_basis, problem.H, len(batch.outer)
        mine, own = inner_at[:, 0] == number, outer_at[:, 0] == number
        z, row, (at_row, at_column) = self.inner.z[mine], self.inner.row[mine], inner_at[mine, 1:].T
        Mz = (part.M[at_row, at_column] @ z[:, :, None])[..., 0]
        np.add.at(self.answer, row, (z * Mz).sum(axis=1))
        by_inner = -(Mz[:, None, :] @ batch.C[at_row, at_column])[:, 0]
        rows = np.concatenate([row, self.outer.row[own]])
        members = np.concatenate([at_row, outer_at[own, 1]])
        keys, place = np.unique(rows * S + members, return_inverse=True)
        rows, members = keys // S, keys % S
        passed = np.zeros((len(keys), batch.C.shape[-1]))
        np.add.at(passed, place[: len(row)], by_inner)
        if problem.n_outer:
            z = passed[:, :v] @ H
            np.add.at(z, place[len(row) :], self.outer.z[own])
            Kz = (part.K[members] @ z[:, :, None])[..., 0]
            np.add.at(self.answer, rows, (z * Kz).sum(axis=1))
            passed -= (Kz[:, None, :] @ part.F_o[members])[:, 0]
        fixed = np.broadcast_to(np.arange(p), (len(rows), p))
        columns = np.concatenate([fixed, self.column_of[batch.crossed[members]]], axis=1)
        local = np.concatenate([passed[:, :p], passed[:, v + 1 :]], axis=1)
        np.add.at(self.left, (rows[:, None], columns), local)

    def _weights(self, random: sparse.csr_matrix, level: str) -> _Weights:
        """Weights of one level's effects, gathered by combination and group."""
        rows, groups, effects, values = [], [], [], []
        width, entries = 0, random.tocoo()
        for number, block in enumerate(self.levels.blocks):
            if self.levels.level_of[number] != level:
                continue
            offset = self.levels.offset_of[number]
            width = max(width, offset + block.width)
            here = (entries.col >= self.starts[number]) & (entries.col < self.starts[number + 1])
            column = entries.col[here] - self.starts[number]
            rows.append(entries.row[here])
            groups.append(column // block.width)
            effects.append(column % block.width + offset)
            values.append(entries.data[here])
        if not rows:
            return _Weights(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 0)))
        row, group = np.concatenate(rows).astype(np.int64), np.concatenate(groups).astype(np.int64)
        n_groups = int(group.max()) + 1 if len(group) else 1
        keys, place = np.unique(row * n_groups + group, return_inverse=True)
        flat = place * width + np.concatenate(effects)
        z = np.bincount(flat, np.concatenate(values), len(keys) * width).reshape(-1, width)
        return _Weights(keys // n_groups, keys % n_groups, z @ self.levels.back_of(level))
