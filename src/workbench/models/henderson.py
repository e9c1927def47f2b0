"""Henderson's mixed model equations, for any design.

With the relative covariance factor Lambda (block diagonal, one lower-triangular T a level, as in
lme4: Var(u) = sigma^2 Lambda Lambda') and u = Lambda b, the equations are

    [ L'Z'Z L + I   L'Z'X ] [ b    ]   [ L'Z'y ]
    [ X'Z L         X'X   ] [ beta ] = [ X'y   ]

They stay solvable when T is singular, because b keeps its identity block. From one sparse
factorisation come the restricted or plain likelihood, the fixed effects and their covariance, the
conditional modes, and the covariance of ``beta-hat`` and ``u-hat - u`` together, which is what the
error of a site's own slope is made of. Sources: Henderson (1975), Biometrics 31, 423-447; Bates,
Mächler, Bolker and Walker (2015), Journal of Statistical Software 67(1), sections 2.3 and 3.

Inside, X is replaced by an orthonormal basis Q of its columns (X = QR) and y by its residual from
ordinary least squares. That changes no result and keeps the digits when a covariate is far from
zero, such as a calendar year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.linalg import solve_triangular
from scipy.sparse.linalg import splu

from workbench.models.formulas import RandomTerm
from workbench.models.rows import Rows

Factors = tuple[np.ndarray, ...]
SOLVE_AT_ONCE = 256  # right-hand sides in one sparse solve; bounds the memory


@dataclass(frozen=True)
class CrossProducts:
    """Sums of products of a design's columns: all that the equations need of the rows.

    ``ZtZ`` (k, k) sparse, ``ZtQ`` (k, p), ``Zty`` (k,), ``yty``; ``R`` (p, p) and ``beta_ols`` (p,)
    bring results back to the columns of X.
    """

    ZtZ: sparse.csc_matrix
    ZtQ: np.ndarray
    Zty: np.ndarray
    yty: float
    R: np.ndarray
    beta_ols: np.ndarray
    n_obs: int
    sizes: tuple[tuple[int, int], ...]
    log_weights: float = 0.0

    @property
    def log_det_basis(self) -> float:
        """Logarithm of |det R|."""
        return float(np.log(np.abs(np.diag(self.R))).sum())


def cross_products(rows: Rows, terms: tuple[RandomTerm, ...]) -> CrossProducts:
    """Sum the products of the columns.

    Parameters
    ----------
    rows
        The model's columns.
    terms
        The random terms they belong to.
    """
    Q, R = np.linalg.qr(rows.X)
    projected = Q.T @ rows.y
    residual = rows.y - Q @ projected
    residual -= Q @ (Q.T @ residual)
    Z = random_matrix(rows, terms)
    columns = zip(terms, rows.columns, strict=True)
    sizes = tuple((len(rows.levels[term.group]), own.shape[1]) for term, own in columns)
    return CrossProducts(
        ZtZ=(Z.T @ Z).tocsc(),
        ZtQ=Z.T @ Q,
        Zty=Z.T @ residual,
        yty=float(residual @ residual),
        R=R,
        beta_ols=solve_triangular(R, projected),
        n_obs=len(rows.y),
        sizes=sizes,
    )


def random_matrix(rows: Rows, terms: tuple[RandomTerm, ...]) -> sparse.csr_matrix:
    """Z, shape (n, k): terms side by side, in each the effects of one level side by side."""
    n = len(rows.y)
    parts = []
    for term, own in zip(terms, rows.columns, strict=True):
        width, codes = own.shape[1], rows.codes[term.group]
        number = np.repeat(np.arange(n), width)
        columns = (codes[:, None] * width + np.arange(width)).ravel()
        shape = (n, width * len(rows.levels[term.group]))
        parts.append(sparse.csr_matrix((own.ravel(), (number, columns)), shape=shape))
    return sparse.hstack(parts, format="csr")


def relative_factor(sizes: tuple[tuple[int, int], ...], factors: Factors) -> sparse.csc_matrix:
    """Lambda, shape (k, k), from one lower-triangular T a block."""
    pairs = zip(sizes, factors, strict=True)
    parts = [sparse.kron(sparse.identity(levels), T, format="csc") for (levels, _), T in pairs]
    return sparse.block_diag(parts, format="csc")


class MixedModelEquations:
    """The equations at given relative factors, factorised once.

    Parameters
    ----------
    products
        Cross products of the design.
    factors
        One lower-triangular T of shape (q, q) for each block.
    """

    def __init__(self, products: CrossProducts, factors: Factors) -> None:
        self.products = products
        self.Lambda = relative_factor(products.sizes, factors)
        A = (self.Lambda.T @ products.ZtZ @ self.Lambda).tocsc()
        A = A + sparse.identity(A.shape[0], format="csc")
        # A is positive definite, so no pivoting is needed and U's diagonal holds the determinant.
        self._lu = splu(
            A, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
        self.log_det = float(np.log(self._lu.U.diagonal()).sum())
        self._LtZtQ = self.Lambda.T @ products.ZtQ
        self._LtZty = self.Lambda.T @ products.Zty
        self._AinvQ = self._lu.solve(self._LtZtQ)
        self._Ainvy = self._lu.solve(self._LtZty)
        p = len(products.R)
        self._chol = np.linalg.cholesky(np.eye(p) - self._LtZtQ.T @ self._AinvQ)
        half = solve_triangular(self._chol, -self._LtZtQ.T @ self._Ainvy, lower=True)
        self._gamma = solve_triangular(self._chol.T, half, lower=False)
        self.residual_sum = products.yty - float(self._LtZty @ self._Ainvy) - float(half @ half)

    def criterion(self, reml: bool, sigma: float | None = None) -> float:
        """-2 log likelihood, restricted or plain, at sigma or at the best sigma."""
        products = self.products
        freedom = products.n_obs - len(products.R) if reml else products.n_obs
        variance = self.residual_sum / freedom if sigma is None else sigma**2
        value = self.log_det + freedom * np.log(2 * np.pi * variance)
        value += self.residual_sum / variance - products.log_weights
        if reml:
            value += 2 * (np.log(np.diag(self._chol)).sum() + products.log_det_basis)
        return float(value)

    def best_sigma(self, reml: bool) -> float:
        """Residual standard deviation that maximises the likelihood at these factors."""
        freedom = self.products.n_obs - (len(self.products.R) if reml else 0)
        return float(np.sqrt(self.residual_sum / freedom))

    @property
    def beta_ols(self) -> np.ndarray:
        """Ordinary least squares, shape (p,)."""
        return self.products.beta_ols

    @property
    def fixed_effects(self) -> np.ndarray:
        """Estimates of beta, shape (p,)."""
        return self.products.beta_ols + solve_triangular(self.products.R, self._gamma)

    @property
    def ols_errors(self) -> np.ndarray:
        """Standard errors of ordinary least squares under this model, over sigma, shape (p,)."""
        spread = np.eye(len(self._gamma)) + self._LtZtQ.T @ self._LtZtQ
        back = solve_triangular(self.products.R, np.eye(len(spread)))
        return np.sqrt(np.einsum("pa,ab,pb->p", back, spread, back))

    @property
    def fixed_covariance(self) -> np.ndarray:
        """Covariance of beta-hat over sigma squared, shape (p, p)."""
        inverse = solve_triangular(self.products.R.T, np.eye(len(self._gamma)), lower=True)
        root = solve_triangular(self._chol, inverse, lower=True)
        return root.T @ root

    @property
    def modes(self) -> np.ndarray:
        """Conditional modes of the random effects, shape (k,)."""
        return self.Lambda @ (self._Ainvy - self._AinvQ @ self._gamma)

    def conditional_sds(self) -> np.ndarray:
        """Conditional sd of each effect given the factors and beta, over sigma, shape (k,).

        This is what lme4 gives as the condVar of its modes.
        """
        k = self.Lambda.shape[0]
        variances = np.empty(k)
        rows = self.Lambda.tocsr()
        for start in range(0, k, SOLVE_AT_ONCE):
            part = rows[start : start + SOLVE_AT_ONCE].toarray()
            solved = self._lu.solve(np.ascontiguousarray(part.T))
            variances[start : start + SOLVE_AT_ONCE] = np.einsum("mk,km->m", part, solved)
        return np.sqrt(variances)

    def combination_variances(self, fixed: np.ndarray, random: sparse.csr_matrix) -> np.ndarray:
        """Variance of ``x'(beta-hat) + z'(u-hat - u)`` over sigma squared.

        Parameters
        ----------
        fixed
            Weights of the fixed effects, shape (m, p).
        random
            Weights of the random effects, shape (m, k).

        Returns
        -------
        numpy.ndarray
            Shape (m,).
        """
        weights = (random @ self.Lambda).tocsr()
        basis = solve_triangular(self.products.R.T, fixed.T, lower=True).T
        answer = np.empty(len(fixed))
        for start in range(0, len(fixed), SOLVE_AT_ONCE):
            part = weights[start : start + SOLVE_AT_ONCE].toarray()
            solved = self._lu.solve(np.ascontiguousarray(part.T))
            left = basis[start : start + SOLVE_AT_ONCE] - (self._LtZtQ.T @ solved).T
            half = solve_triangular(self._chol, left.T, lower=True)
            own = np.einsum("mk,km->m", part, solved)
            answer[start : start + SOLVE_AT_ONCE] = own + (half**2).sum(axis=0)
        return answer
