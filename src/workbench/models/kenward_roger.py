"""Kenward and Roger's small-sample covariance of the fixed effects, and degrees of freedom.

In small samples the usual covariance of the fixed effects is too small, because it takes the
variances as known. Kenward and Roger (1997, Biometrics 53, 983-997) add the missing part and match
degrees of freedom to it; the formulas here follow Halekoh and Højsgaard (2014), Journal of
Statistical Software 59(9), whose R package pbkrtest gives the reference numbers.

The covariance of y is linear in the variances and covariances: V = sum of s_r dV_r, with dV_r =
Z E_r Z' for an entry of a random term's covariance and the identity for the residual. All that is
needed of V^-1 reduces to dense matrices of the size of Z'Z, so this is for models with up to
`MOST_EFFECTS` random effects; above, Satterthwaite's degrees of freedom give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.errors import ModelRefused
from workbench.models.design import RandomBlock
from workbench.models.henderson import CrossProducts, relative_factor
from workbench.models.variance_parameters import Factors, free_entries

MOST_EFFECTS = 3000
SMALLEST_EIGENVALUE = 1e-10  # of the information; below, its generalised inverse is taken


@dataclass(frozen=True, eq=False)
class _Piece:
    """One derivative dV = Z E Z': index arrays into the random effects, none for the residual."""

    pairs: tuple[tuple[np.ndarray, np.ndarray], ...]

    @property
    def is_residual(self) -> bool:
        return not self.pairs


class KenwardRoger:
    """Adjusted covariance and degrees of freedom of one REML fit.

    Parameters
    ----------
    products
        Cross products of the design.
    blocks
        Its random terms.
    factors, sigma
        The fit.

    Raises
    ------
    ModelRefused
        When there are more than `MOST_EFFECTS` random effects.
    """

    def __init__(
        self,
        products: CrossProducts,
        blocks: tuple[RandomBlock, ...],
        factors: Factors,
        sigma: float,
    ) -> None:
        k = products.ZtZ.shape[0]
        if k > MOST_EFFECTS:
            raise ModelRefused(
                f"Kenward and Roger's adjustment is for small samples; this model has {k} random "
                "effects. Use Satterthwaite's degrees of freedom, which agree at this size."
            )
        self.products, self.sigma = products, sigma
        self.pieces = _pieces(blocks)
        Lambda = relative_factor(products.sizes, factors).toarray()
        H, ZtQ = products.ZtZ.toarray(), products.ZtQ
        inverse = np.linalg.inv(np.eye(k) + Lambda.T @ H @ Lambda)
        N = Lambda @ inverse @ Lambda.T
        keep = np.eye(k) - H @ N
        NQ = N @ ZtQ
        QQ = np.eye(ZtQ.shape[1])
        cross = ZtQ.T @ NQ
        self._B = keep @ H  # Z'V0^-1 Z, with V0 = V / sigma^2
        self._C = keep @ ZtQ  # Z'V0^-1 Q
        self._B2 = keep @ H @ keep.T  # Z'V0^-2 Z
        self._C2 = keep @ self._C  # Z'V0^-2 Q
        self._XVX = QQ - cross
        self._XV2X = QQ - cross - cross.T + NQ.T @ H @ NQ
        CN = self._C.T @ NQ
        self._XV3X = self._XVX - CN - CN.T + NQ.T @ self._B @ NQ
        self._trace_V2 = products.n_obs - k + float((inverse * inverse.T).sum())

    @cached_property
    def _phi(self) -> np.ndarray:
        """Unadjusted covariance, in the orthonormal basis."""
        return self.sigma**2 * np.linalg.inv(self._XVX)

    def _first(self, r: _Piece) -> np.ndarray:
        """P_r = -X'V^-1 dV_r V^-1 X."""
        if r.is_residual:
            return -self._XV2X / self.sigma**4
        C = self._C
        return -sum(C[a].T @ C[b] for a, b in r.pairs) / self.sigma**4

    def _second(self, r: _Piece, s: _Piece) -> np.ndarray:
        """Q_rs = X'V^-1 dV_r V^-1 dV_s V^-1 X."""
        C, scale = self._C, self.sigma**6
        if r.is_residual and s.is_residual:
            return self._XV3X / scale
        if s.is_residual:
            return sum(C[a].T @ self._C2[b] for a, b in r.pairs) / scale
        if r.is_residual:
            return self._second(s, r).T
        total = np.zeros_like(self._XVX)
        for a, b in r.pairs:
            for c, d in s.pairs:
                total += C[a].T @ self._B[np.ix_(b, c)] @ C[d]
        return total / scale

    def _trace(self, r: _Piece, s: _Piece) -> float:
        """Trace of dV_r V^-1 dV_s V^-1."""
        scale = self.sigma**4
        if r.is_residual and s.is_residual:
            return self._trace_V2 / scale
        if s.is_residual:
            return float(sum(self._B2[a, b].sum() for a, b in r.pairs)) / scale
        if r.is_residual:
            return self._trace(s, r)
        total = 0.0
        for a, b in r.pairs:
            for c, d in s.pairs:
                total += float((self._B[np.ix_(b, c)] * self._B[np.ix_(a, d)]).sum())
        return total / scale

    @cached_property
    def _firsts(self) -> list[np.ndarray]:
        return [self._first(r) for r in self.pieces]

    @cached_property
    def _seconds(self) -> list[list[np.ndarray]]:
        return [[self._second(r, s) for s in self.pieces] for r in self.pieces]

    @cached_property
    def _spread(self) -> np.ndarray:
        """Covariance of the estimated variances: twice the inverse expected information."""
        phi, P, Q = self._phi, self._firsts, self._seconds
        size = len(self.pieces)
        information = np.empty((size, size))
        for r in range(size):
            for s in range(size):
                information[r, s] = (
                    self._trace(self.pieces[r], self.pieces[s])
                    - 2 * np.sum(phi * Q[r][s])
                    + np.sum((phi @ P[r]) * (phi @ P[s]).T)
                )
        scale = np.sqrt(np.maximum(np.diag(information), 1e-300))
        scaled = information / np.outer(scale, scale)
        inverse = np.linalg.pinv(scaled, rcond=SMALLEST_EIGENVALUE, hermitian=True)
        return 2 * inverse / np.outer(scale, scale)

    @cached_property
    def _adjusted(self) -> np.ndarray:
        phi, P, Q, W = self._phi, self._firsts, self._seconds, self._spread
        size = range(len(P))
        U = sum(W[r, s] * (Q[r][s] - P[r] @ phi @ P[s]) for r in size for s in size)
        return phi + 2 * phi @ U @ phi

    @property
    def covariance(self) -> np.ndarray:
        """Adjusted covariance of the fixed effects, shape (p, p)."""
        back = np.linalg.inv(self.products.R)
        covariance = back @ self._adjusted @ back.T
        return (covariance + covariance.T) / 2

    def degrees_of_freedom(self, fixed: np.ndarray) -> float:
        """Denominator degrees of freedom of the test that all of the given combinations are zero.

        Parameters
        ----------
        fixed
            Weights of the fixed effects, one combination a row, shape (q, p), of rank q.
        """
        return self.scaled_f(fixed)[0]

    def scaled_f(self, fixed: np.ndarray) -> tuple[float, float]:
        """Denominator degrees of freedom, and the factor that scales the F statistic.

        Parameters
        ----------
        fixed
            As for `degrees_of_freedom`.
        """
        L = np.atleast_2d(fixed) @ np.linalg.inv(self.products.R)
        phi, W, q = self._phi, self._spread, len(L)
        theta = L.T @ np.linalg.solve(L @ phi @ L.T, L)
        U = [theta @ phi @ P @ phi for P in self._firsts]
        traces = np.array([np.trace(u) for u in U])
        A1 = float(traces @ W @ traces)
        A2 = float(
            sum(W[r, s] * np.sum(U[r] * U[s].T) for r in range(len(U)) for s in range(len(U)))
        )
        df = _matched_freedom(A1, A2, q)
        mean = 1 / (1 - A2 / q) if abs(1 - A2 / q) > 1e-14 else 1.0
        return df, (df / (mean * (df - 2)) if abs(df - 2) > 1e-2 else 1.0)


def _matched_freedom(A1: float, A2: float, q: int) -> float:
    """Degrees of freedom whose F has the two moments found, as Kenward and Roger match them."""
    B = (A1 + 6 * A2) / (2 * q)
    g = ((q + 1) * A1 - (q + 4) * A2) / ((q + 2) * A2)
    divisor = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / divisor, (q - g) / divisor, (q + 2 - g) / divisor
    mean = 1 - A2 / q
    ratio = (mean / (1 - c2 * B)) ** 2 if abs(1 - c2 * B) > 1e-14 else 1.0
    rho = ratio * (1 + c1 * B) / (1 - c3 * B) / q
    return float(4 + (q + 2) / (q * rho - 1))


def _pieces(blocks: tuple[RandomBlock, ...]) -> list[_Piece]:
    """List the derivatives of V in every variance and covariance, the residual last."""
    pieces, start = [], 0
    for block in blocks:
        first = start + np.arange(len(block.levels)) * block.width
        for a, b in zip(*free_entries(block), strict=True):
            pairs = [(first + a, first + b)]
            if a != b:
                pairs.append((first + b, first + a))
            pieces.append(_Piece(tuple(pairs)))
        start += block.size
    return [*pieces, _Piece(())]
