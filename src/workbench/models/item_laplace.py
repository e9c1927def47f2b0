"""The Laplace approximation of an item model's likelihood, with its exact gradient.

With eta = X b + M v, M = Z T and v standard normal, h(v) = v'v / 2 - sum of l(eta) has its minimum
at the modes v, found by Newton's method (penalised iteratively reweighted least squares). The
criterion, -2 log likelihood with the integral over v replaced by its Gaussian at the modes, is

    L = 2 h(v) + log |H|,    H = I + M' W M,    W = -d2 l / d eta2.

Moving a parameter moves the modes and W too. With q = diag(M H^-1 M'), w' = dW / d eta and
s = H^-1 M'(q w'), everything that depends on eta is in one number a row,

    kappa = -2 dl/d eta + q w' - W (M s),

and dL/db = X' kappa. For an entry of T, z multiplies kappa v + 2 W y + (dl/d eta) s, where y is
H^-1 m of the row, all at the row's own level. Sources: Bates and others (2015) and lme4's vignette
"Computational methods for mixed models" for h and H; the derivative by the implicit function
theorem, as in Skaug and Fournier (2006), Computational Statistics and Data Analysis 51, 699-709.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, solve_triangular

from workbench.models.item_blocks import Elimination
from workbench.models.item_families import CUMULATIVE, Slopes
from workbench.models.item_layout import Effects, Sums, make_layout
from workbench.models.item_rows import ItemRows
from workbench.models.variance_parameters import Factors, free_entries, pack, unpack

NEWTON_STEPS = 100
HALVINGS = 30
SETTLED = 1e-9  # Newton decrement after which one more step leaves no error to speak of
FIRST_FACTOR = 0.5  # of a standard normal effect, on the logit scale


@dataclass(frozen=True, eq=False)
class Parts:
    """Parameters in the model's inner scales.

    ``T`` one factor a group in the layout's order, ``cuts`` the thresholds, ``fixed`` the
    coefficients of the orthogonal basis.
    """

    T: Effects
    cuts: np.ndarray
    fixed: np.ndarray


@dataclass(frozen=True, eq=False)
class Modes:
    """Conditional modes at some parameters.

    ``v`` standardised effects by group, ``eta`` the linear predictor, ``h`` the penalised negative
    log likelihood, ``U`` the columns of M by group.
    """

    v: Effects
    eta: np.ndarray
    h: float
    U: Effects
    slopes: Slopes
    elimination: Elimination


class ItemModel:
    """An item model in inner scales: orthogonal fixed columns, slopes of unit size, ordered cuts.

    A parameter vector is theta (entries of T, lme4's order), then the lowest threshold and the
    logs of the thresholds' gaps, then the coefficients of the basis.

    Parameters
    ----------
    items
        The rows.
    """

    def __init__(self, items: ItemRows) -> None:
        self.items, self.family, self.blocks = items, items.family, items.design.blocks
        self._set_basis()
        self._set_groups()
        self.n_theta = len(pack(self.blocks, self._unit_factors()))
        self.n_cuts = self.family.n_cuts
        self.n_parameters = self.n_theta + self.n_cuts + self.basis.shape[1]
        self._warm: Effects = [np.zeros(size) for size in self.layout.sizes]

    def _set_basis(self) -> None:
        """Orthogonal columns of mean square one; about the means where thresholds are free."""
        X = self.items.fixed_columns
        cumulative = self.items.family_name == CUMULATIVE
        self.centre = X.mean(axis=0) if cumulative else np.zeros(X.shape[1])
        basis, R = np.linalg.qr(X - self.centre)
        self.basis = basis * np.sqrt(len(X))
        self.R = R / np.sqrt(len(X))

    def _set_groups(self) -> None:
        rows = self.items.rows
        members: dict[str, list[int]] = {}
        for number, block in enumerate(self.blocks):
            members.setdefault(block.term.group, []).append(number)
        self.scales = [np.sqrt(np.mean(own**2, axis=0)) for own in rows.columns]
        self.scales = [np.where(scale > 0, scale, 1.0) for scale in self.scales]
        names = list(members)
        widths = [sum(self.blocks[b].width for b in members[name]) for name in names]
        levels = [len(rows.levels[name]) for name in names]
        codes = [np.asarray(rows.codes[name], dtype=np.int64) for name in names]
        self.layout = make_layout(names, codes, levels, widths)
        self.sums = Sums(self.layout)
        self.members = [members[name] for name in self.layout.names]
        self.Z = [
            np.concatenate([rows.columns[b] / self.scales[b] for b in own], axis=1)
            for own in self.members
        ]

    def _unit_factors(self) -> Factors:
        return tuple(np.eye(block.width) for block in self.blocks)

    def start(self) -> np.ndarray:
        """Parameters to start from: the overall shares, and moderate variances."""
        theta = pack(self.blocks, tuple(FIRST_FACTOR * T for T in self._unit_factors()))
        fixed, cuts, first = np.zeros(self.basis.shape[1]), np.zeros(0), self.family.start()
        if self.n_cuts:
            cuts = np.concatenate([first[:1], np.log(np.diff(first))])
        else:
            fixed = self.basis.T @ np.full(len(self.basis), first[0]) / len(self.basis)
        return np.concatenate([theta, cuts, fixed])

    def sizes(self) -> np.ndarray:
        """Rough standard errors, one a parameter, for the search's first metric."""
        theta = [
            np.full(len(free_entries(block)[0]), np.sqrt(0.5 / len(block.levels)))
            for block in self.blocks
        ]
        parts = self.parts(self.start())
        eta = self.basis @ parts.fixed
        total = self.family.slopes(eta, parts.cuts).weight.sum()
        rest = self.n_parameters - self.n_theta
        return np.concatenate([*theta, np.full(rest, 1 / np.sqrt(total))])

    def parts(self, parameters: np.ndarray) -> Parts:
        """Factors, thresholds and coefficients of a parameter vector."""
        theta, cuts, fixed = np.split(parameters, [self.n_theta, self.n_theta + self.n_cuts])
        factors = unpack(self.blocks, theta)
        T = [block_diag(*(factors[b] for b in own)) for own in self.members]
        if len(cuts):
            cuts = np.cumsum(np.concatenate([cuts[:1], np.exp(cuts[1:])]))
        return Parts(T, cuts, fixed)

    def modes(self, parts: Parts) -> Modes:
        """Minimise h by Newton's method with halved steps; h is convex."""
        U = [Z @ T for Z, T in zip(self.Z, parts.T, strict=True)]
        base = self.basis @ parts.fixed
        v = [values.copy() for values in self._warm]
        eta, h = self._penalised(base, U, v, parts.cuts)
        zeros = [np.zeros_like(values) for values in v]
        other_eta, other_h = self._penalised(base, U, zeros, parts.cuts)
        if not h <= other_h:
            v, eta, h = zeros, other_eta, other_h
        for _ in range(NEWTON_STEPS):
            slopes = self.family.slopes(eta, parts.cuts)
            elimination = Elimination(self.sums, U, slopes.weight)
            pull = self.sums.to_effects(U, slopes.score)
            gradient = [values - force for values, force in zip(v, pull, strict=True)]
            step = elimination.solve(gradient)
            decrement = sum(float((a * b).sum()) for a, b in zip(gradient, step, strict=True))
            if decrement < SETTLED**2:
                break
            v, eta, h = self._step(base, U, v, step, parts.cuts, h)
            if decrement < SETTLED:
                slopes = self.family.slopes(eta, parts.cuts)
                elimination = Elimination(self.sums, U, slopes.weight)
                break
        self._warm = v
        return Modes(v, eta, h, U, slopes, elimination)

    def _penalised(
        self, base: np.ndarray, U: Effects, v: Effects, cuts: np.ndarray
    ) -> tuple[np.ndarray, float]:
        eta = base + self.sums.to_rows(U, v)
        penalty = 0.5 * sum(float((values**2).sum()) for values in v)
        return eta, penalty - float(self.family.log_likelihood(eta, cuts).sum())

    def _step(
        self, base: np.ndarray, U: Effects, v: Effects, step: Effects, cuts: np.ndarray, h: float
    ) -> tuple[Effects, np.ndarray, float]:
        length, slack = 1.0, 1e-12 * (1 + abs(h))
        for _ in range(HALVINGS):
            moved = [a - length * b for a, b in zip(v, step, strict=True)]
            eta, value = self._penalised(base, U, moved, cuts)
            if value <= h + slack:
                break
            length /= 2
        return moved, eta, value

    def value_and_gradient(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate the criterion and its derivatives in the parameter vector."""
        parts = self.parts(parameters)
        at = self.modes(parts)
        value = 2 * at.h + at.elimination.log_det
        spread, y = at.elimination.solve_rows()
        s = at.elimination.solve(self.sums.to_effects(at.U, spread * at.slopes.bend))
        shift = self.sums.to_rows(at.U, s)
        score, weight = at.slopes.score[:, None], at.slopes.weight[:, None]
        kappa = -2 * at.slopes.score + spread * at.slopes.bend - at.slopes.weight * shift
        theta = [
            kappa[:, None] * v[codes] + 2 * weight * own + score * moved[codes]
            for codes, v, own, moved in zip(self.layout.codes, at.v, y, s, strict=True)
        ]
        pull = np.full(len(kappa), -2.0)
        cuts = self.family.cut_gradient(at.eta, parts.cuts, pull, spread, shift)
        return value, self.collect(parts, theta, cuts, kappa)

    def collect(
        self, parts: Parts, theta: Effects, cuts: np.ndarray, kappa: np.ndarray
    ) -> np.ndarray:
        """Collect the gradient in the parameter vector from its parts.

        Parameters
        ----------
        parts
            Where.
        theta
            For each group, what Z multiplies in each row, shape (n, width).
        cuts
            Derivatives in the thresholds.
        kappa
            What the basis multiplies in each row.
        """
        entries: dict[int, np.ndarray] = {}
        for g, own in enumerate(self.members):
            full = self.Z[g].T @ theta[g]
            start = 0
            for b in own:
                here = slice(start, start + self.blocks[b].width)
                start = here.stop
                entries[b] = full[here, here][free_entries(self.blocks[b])]
        return np.concatenate(
            [
                *(entries[b] for b in range(len(self.blocks))),
                self._log_gap_gradient(parts.cuts, cuts),
                self.basis.T @ kappa,
            ]
        )

    @staticmethod
    def _log_gap_gradient(cuts: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        if not len(cuts):
            return gradient
        above = np.cumsum(gradient[::-1])[::-1]  # a gap moves every threshold above it
        return np.concatenate([above[:1], above[1:] * np.diff(cuts)])

    def natural_factors(self, parameters: np.ndarray) -> Factors:
        """T of each random term in the units of the data."""
        factors = unpack(self.blocks, parameters[: self.n_theta])
        return tuple(T / scale[:, None] for T, scale in zip(factors, self.scales, strict=True))

    def natural_fixed(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Thresholds and fixed effects in the units of the data, and their Jacobian.

        Returns
        -------
        tuple
            Estimates, shape (f,), thresholds first; derivatives in the inner parameters after
            theta, shape (f, f).
        """
        parts = self.parts(parameters)
        p, k = len(parts.fixed), self.n_cuts
        back = solve_triangular(self.R, np.eye(p)) if p else np.zeros((0, 0))
        beta = back @ parts.fixed
        jacobian = np.zeros((k + p, k + p))
        jacobian[k:, k:] = back
        if k:
            steps = np.concatenate([[1.0], np.diff(parts.cuts)])
            jacobian[:k, :k] = np.tril(np.ones((k, k))) * steps
            jacobian[:k, k:] = self.centre @ back
        return np.concatenate([parts.cuts + self.centre @ beta, beta]), jacobian

    def place_of(self, number: int) -> tuple[int, slice]:
        """Group of a random term in the layout, and its columns there."""
        group = self.layout.names.index(self.blocks[number].term.group)
        own = self.members[group]
        start = sum(self.blocks[b].width for b in own[: own.index(number)])
        return group, slice(start, start + self.blocks[number].width)
