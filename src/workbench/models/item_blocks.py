"""The curvature of the random effects, factorised group by group.

The matrix H = I + M'WM (M = Z T, one column an effect) couples the levels of different groups that
share rows. Groups are eliminated one after the other, the one with most levels first: its part is
one small block a level. A group in which all eliminated groups are nested keeps that shape, and is
eliminated too (observation in practitioner in site). What is left (items, raters: crossed groups)
is one dense matrix. The work grows with the number of rows and levels, and with the cube of the
number of effects in the dense part only. This is the order of elimination that sparse Cholesky
with a fill-reducing permutation finds (Bates, Mächler, Bolker and Walker 2015, section 5).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from workbench.models.item_layout import Effects, Sums

ROWS_AT_ONCE = 8192


class Elimination:
    """H = I + M'WM, factorised.

    Parameters
    ----------
    sums
        The layout's sums.
    U
        For each group, what multiplies its effects in each row, shape (n, width).
    weight
        W's diagonal, shape (n,).
    """

    def __init__(self, sums: Sums, U: Effects, weight: np.ndarray) -> None:
        self.sums, self.layout, self.U = sums, sums.layout, U
        self.M_dense = sums.dense_columns(U)
        self._assemble(weight)
        self._eliminate()

    def _assemble(self, weight: np.ndarray) -> None:
        layout, n = self.layout, len(weight)
        self.D: Effects = []
        self.C: dict[tuple[int, int], np.ndarray] = {}
        self.E: Effects = []
        for e in layout.eliminated:
            levels, width = layout.sizes[e]
            left, J = weight[:, None] * self.U[e], self.sums.by_level[e]
            for f in range(e, layout.n_eliminated):
                products = (left[:, :, None] * self.U[f][:, None, :]).reshape(n, -1)
                self.C[e, f] = (J @ products).reshape(levels, width, -1)
            self.D.append(self.C.pop((e, e)) + np.eye(width))
            coupling = [
                (J.multiply(left[:, a]).tocsr() @ self.M_dense).toarray() for a in range(width)
            ]
            self.E.append(np.stack(coupling, axis=1))
        weighted = self.M_dense.multiply(weight[:, None]).tocsr()
        self.S = (self.M_dense.T @ weighted).toarray() + np.eye(layout.n_dense)

    def _eliminate(self) -> None:
        layout, k = self.layout, self.layout.n_dense
        self.log_det = 0.0
        self.inverse: Effects = []
        self.F: dict[tuple[int, int], np.ndarray] = {}
        self.G: Effects = []
        for e in layout.eliminated:
            lower = np.linalg.cholesky(self.D[e])
            self.log_det += 2 * float(np.log(np.diagonal(lower, axis1=1, axis2=2)).sum())
            self.inverse.append(np.linalg.inv(self.D[e]))
            self.G.append(self.inverse[e] @ self.E[e])
            outer = range(e + 1, layout.n_eliminated)
            for f in outer:
                self.F[e, f] = self.inverse[e] @ self.C[e, f]
            for f in outer:
                across = self.C[e, f].swapaxes(1, 2)
                self.D[f] -= self._add_up(e, f, across @ self.F[e, f])
                self.E[f] -= self._add_up(e, f, across @ self.G[e])
                for g in range(f + 1, layout.n_eliminated):
                    self.C[f, g] -= self._add_up(e, f, across @ self.F[e, g])
            self.S -= np.tensordot(self.E[e], self.G[e], axes=((0, 1), (0, 1)))
        if k:
            self.S_factor = cho_factor(self.S, lower=True)
            self.log_det += 2 * float(np.log(np.diag(self.S_factor[0])).sum())
            self.S_inverse = cho_solve(self.S_factor, np.eye(k))

    def _add_up(self, e: int, f: int, values: np.ndarray) -> np.ndarray:
        """Sum blocks of group e's levels over the levels of group f that hold them."""
        total = self.sums.by_parent[e, f] @ values.reshape(
            len(values), int(np.prod(values.shape[1:]))
        )
        return total.reshape(len(total), *values.shape[1:])

    def solve(self, right: Effects) -> Effects:
        """H^-1 times a vector of effects."""
        layout, k = self.layout, self.layout.n_dense
        c = [part.copy() for part in right]
        dense = np.concatenate([c[d].ravel() for d in layout.dense] or [np.zeros(0)])
        for e in layout.eliminated:
            for f in range(e + 1, layout.n_eliminated):
                c[f] -= self.sums.by_parent[e, f] @ np.einsum("lab,la->lb", self.F[e, f], c[e])
            dense -= np.tensordot(c[e], self.G[e], axes=((0, 1), (0, 1)))
        dense = cho_solve(self.S_factor, dense) if k else dense
        for e in reversed(layout.eliminated):
            x = np.einsum("lab,lb->la", self.inverse[e], c[e]) - self.G[e] @ dense
            for f in range(e + 1, layout.n_eliminated):
                x -= np.einsum("lab,lb->la", self.F[e, f], c[f][self.sums.parents[e, f]])
            c[e] = x
        start = 0
        for d in layout.dense:
            end = start + right[d].size
            c[d] = dense[start:end].reshape(right[d].shape)
            start = end
        return c

    def solve_rows(self) -> tuple[np.ndarray, Effects]:
        """Find m'H^-1 m for each row m of M, and H^-1 m at the row's own levels.

        Returns
        -------
        tuple
            Conditional variance of each row's linear predictor, shape (n,); for each group the
            solution at the row's own level, shape (n, width).
        """
        n = len(self.layout.codes[0])
        solutions = [np.empty_like(own) for own in self.U]
        for begin in range(0, n, ROWS_AT_ONCE):
            here = slice(begin, min(begin + ROWS_AT_ONCE, n))
            codes = [own[here] for own in self.layout.codes]
            found = self._solve_own(
                codes, [own[here] for own in self.U], self.M_dense[here].toarray()
            )
            for whole, part in zip(solutions, found, strict=True):
                whole[here] = part
        spread = np.zeros(n)
        for own, solution in zip(self.U, solutions, strict=True):
            spread += (own * solution).sum(axis=1)
        return spread, solutions

    def _solve_own(self, codes: list[np.ndarray], own: Effects, dense: np.ndarray) -> Effects:
        """H^-1 m at the own levels, for rows m with one level in each eliminated group."""
        layout = self.layout
        r = [part.copy() for part in own]
        for e in layout.eliminated:
            for f in range(e + 1, layout.n_eliminated):
                r[f] -= np.einsum("nab,na->nb", self.F[e, f][codes[e]], r[e])
            if layout.n_dense:
                for a in range(r[e].shape[1]):
                    dense -= self.G[e][codes[e], a] * r[e][:, a, None]
        dense = dense @ self.S_inverse if layout.n_dense else dense
        for e in reversed(layout.eliminated):
            y = np.einsum("nab,nb->na", self.inverse[e][codes[e]], r[e])
            if layout.n_dense:
                for a in range(y.shape[1]):
                    y[:, a] -= (self.G[e][codes[e], a] * dense).sum(axis=1)
            for f in range(e + 1, layout.n_eliminated):
                y -= np.einsum("nab,nb->na", self.F[e, f][codes[e]], r[f])
            r[e] = y
        start = 0
        for d in layout.dense:
            levels, width = layout.sizes[d]
            columns = start + codes[d][:, None] * width + np.arange(width)
            r[d] = np.take_along_axis(dense, columns, axis=1)
            start += levels * width
        return r

    def level_covariances(self, group: int) -> np.ndarray:
        """Diagonal blocks of H^-1 for the levels of a group, shape (levels, width, width)."""
        layout = self.layout
        levels, width = layout.sizes[group]
        if group not in layout.eliminated:
            start = sum(n * q for n, q in layout.sizes[layout.n_eliminated : group])
            index = start + np.arange(levels)[:, None] * width + np.arange(width)
            return self.S_inverse[index[:, :, None], index[:, None, :]]
        codes = [np.zeros(levels, dtype=np.int64) for _ in layout.names]
        codes[group] = np.arange(levels)
        for f in range(group + 1, layout.n_eliminated):
            codes[f] = self.sums.parents[group, f]
        blocks = np.empty((levels, width, width))
        for a in range(width):
            unit = [np.zeros((levels, q)) for _, q in layout.sizes]
            unit[group][:, a] = 1.0
            found = self._solve_own(codes, unit, np.zeros((levels, layout.n_dense)))
            blocks[:, a, :] = found[group]
        return blocks
