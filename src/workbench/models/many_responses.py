"""One mixed model for many responses of the same rows at once: what a simulated design needs.

The engine's criterion (`workbench.models.profiled`) depends on the variance parameters theta and on
the response. With the rows held, all that depends on theta alone is worked out once for all
responses: with ``V = I + Z D Z'``, ``D = T T'`` and ``L`` the Cholesky factor of ``I + T'Z'Z T``,

    a' V^-1 b = a'b - (L^-1 T'Z'a)' (L^-1 T'Z'b)

for any columns a and b, so that every response costs one column of a product of matrices. Levels
that never meet in a row stand in components of their own, which keeps L small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from workbench.errors import ParameterError
from workbench.models.design import Design, design_of, refuse_repeated_columns
from workbench.models.formulas import parse_formula
from workbench.models.rows import Rows, learn_columns, rows_of
from workbench.models.variance_parameters import Factors, unpack


@dataclass(frozen=True, eq=False)
class Responses:
    """What K responses say at one theta.

    Attributes
    ----------
    log_posterior
        Logarithm of the posterior of theta under a flat prior, up to a constant, shape (K,).
    means, errors
        Answers to a questions and their standard errors, shape (a, K).
    """

    log_posterior: np.ndarray
    means: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True, eq=False)
class ManyResponses:
    """Sums of products of a model's columns and K responses.

    Made by `of`. With C components of up to m effects each:

    Attributes
    ----------
    design
        The model.
    scales
        For each random term the matrix that leads from the engine's effects to the formula's.
    slots
        For each random term, levels in a component at most.
    column
        For each random term, where each level's first effect stands among all C * m.
    grams
        Z'Z by component, shape (C, m, m).
    to_fixed, to_responses
        Z'X and Z'Y, shapes (C, m, p) and (C, m, K).
    fixed
        X'X, shape (p, p).
    squares
        Residual sums of squares of ordinary least squares, shape (K,).
    beta
        Ordinary least squares, shape (p, K); responses are held less this part.
    """

    design: Design
    scales: Factors
    slots: tuple[int, ...]
    column: tuple[np.ndarray, ...]
    grams: np.ndarray
    to_fixed: np.ndarray
    to_responses: np.ndarray
    fixed: np.ndarray
    squares: np.ndarray
    beta: np.ndarray

    @staticmethod
    def of(formula: str, data: pd.DataFrame, responses: np.ndarray) -> ManyResponses:
        """Sum up rows and their responses.

        Parameters
        ----------
        formula
            As lme4 writes it, without an offset; its response is taken from ``responses``.
        data
            One row an observation, without missing values.
        responses
            One column a response, shape (n, K).

        Raises
        ------
        ParameterError
            When rows and responses don't match, or a row has a missing value.
        ModelRefused
            When the model can't be estimated from such rows.
        """
        if len(data) != len(responses):
            raise ParameterError(f"There are {len(data)} rows, and {len(responses)} a response.")
        parsed = parse_formula(formula)
        data = data.assign(**{parsed.response: responses[:, 0]})
        columns = learn_columns(parsed, data)
        rows = rows_of(columns, data)
        if rows.dropped:
            raise ParameterError(f"{rows.dropped} rows have a missing value: leave them out.")
        design = design_of(columns, rows)
        refuse_repeated_columns(rows.X, design.fixed_names)
        scales = tuple(
            _scale(own, block.term.correlated)
            for own, block in zip(rows.columns, design.blocks, strict=True)
        )
        Z, slots, column, shape = _random_columns(rows, design, scales)
        beta = np.linalg.lstsq(rows.X, responses, rcond=None)[0]
        left = responses - rows.X @ beta
        products = (Z.T @ Z).tocoo()
        grams = np.zeros((*shape, shape[1]))
        place = np.divmod(products.row, shape[1])
        grams[place[0], place[1], products.col % shape[1]] = products.data
        return ManyResponses(
            design,
            scales,
            slots,
            column,
            grams,
            (Z.T @ rows.X).reshape(*shape, -1),
            (Z.T @ left).reshape(*shape, -1),
            rows.X.T @ rows.X,
            (left**2).sum(axis=0),
            beta,
        )

    @property
    def freedom(self) -> int:
        """Rows less fixed effects."""
        return self.design.n_obs - len(self.fixed)

    def theta_of(self, covariances: Factors, sigma: float) -> np.ndarray:
        """Theta, in the engine's columns, of given covariances of the formula's effects.

        Parameters
        ----------
        covariances
            One matrix a random term, shape (q, q).
        sigma
            Residual standard deviation.
        """
        from workbench.models.variance_parameters import factor_of, pack

        turned = [np.linalg.inv(back) for back in self.scales]
        factors = [
            factor_of(inverse @ one @ inverse.T) / sigma
            for inverse, one in zip(turned, covariances, strict=True)
        ]
        return pack(self.design.blocks, tuple(factors))

    def first(self, count: int) -> ManyResponses:
        """Keep the first responses."""
        return replace(
            self,
            to_responses=np.ascontiguousarray(self.to_responses[:, :, :count]),
            squares=self.squares[:count],
            beta=self.beta[:, :count],
        )

    def weights(self, random: sparse.csr_matrix) -> np.ndarray:
        """Weights of the engine's effects, shape (a, C * m), from those of the formula's (a, k)."""
        found = np.zeros((random.shape[0], self.grams.shape[0] * self.grams.shape[1]))
        dense, start = random.toarray(), 0
        for block, back, column in zip(self.design.blocks, self.scales, self.column, strict=True):
            own = dense[:, start : start + block.size].reshape(-1, len(column), block.width) @ back
            found[:, column[:, None] + np.arange(block.width)] = own
            start += block.size
        return found

    def log_posterior(self, theta: np.ndarray) -> np.ndarray:
        """Logarithm of every response's posterior at a theta, up to a constant, shape (K,)."""
        nothing = np.zeros((0, len(self.fixed))), np.zeros((0, self.grams[..., 0].size))
        return self.at(theta, *nothing).log_posterior

    def _relative_factor(self, theta: np.ndarray) -> np.ndarray:
        """Relative factor of a component's effects, shape (m, m)."""
        factors = unpack(self.design.blocks, theta)
        T, start = np.zeros(self.grams.shape[1:]), 0
        for slots, factor in zip(self.slots, factors, strict=True):
            width = len(factor)
            first = start + width * np.arange(slots)
            for i in range(width):
                for j in range(i + 1):
                    T[first + i, first + j] = factor[i, j]
            start += slots * width
        return T

    def at(self, theta: np.ndarray, fixed: np.ndarray, random: np.ndarray) -> Responses:
        """Answer questions about every response, the variance parameters taken as known.

        Parameters
        ----------
        theta
            In the engine's columns, shape (t,).
        fixed, random
            Weights of the fixed effects, shape (a, p), and of the engine's, from `weights`.
        """
        T = self._relative_factor(theta)
        L = np.linalg.cholesky(np.eye(len(T)) + T.T @ self.grams @ T)
        W = np.linalg.inv(L) @ T.T
        half_fixed = (W @ self.to_fixed).reshape(-1, len(self.fixed))
        half = (W @ self.to_responses).reshape(len(half_fixed), -1)
        cross = self.fixed - half_fixed.T @ half_fixed
        covariance = np.linalg.inv(cross)
        to_responses = -(half_fixed.T @ half)
        gamma = covariance @ to_responses
        left = self.squares - np.einsum("ik,ik->k", half, half) - (to_responses * gamma).sum(axis=0)
        log_det = 2 * np.log(np.diagonal(L, axis1=1, axis2=2)).sum()
        log_det += np.linalg.slogdet(cross)[1]
        C, m = self.grams.shape[:2]
        own = np.einsum("acm,cjm->acj", random.reshape(-1, C, m), W).reshape(len(random), C * m)
        beside = fixed - own @ half_fixed
        variances = (own**2).sum(axis=1) + ((beside @ covariance) * beside).sum(axis=1)
        means = fixed @ self.beta + beside @ gamma + own @ half
        errors = np.sqrt(np.outer(variances, left / self.freedom))
        return Responses(-0.5 * (log_det + self.freedom * np.log(left)), means, errors)


def _scale(columns: np.ndarray, correlated: bool) -> np.ndarray:
    """Matrix that makes a term's columns orthonormal over the rows, as the engine has them."""
    columns = columns / np.sqrt(len(columns))
    if not correlated:
        return np.diag(1 / np.linalg.norm(columns, axis=0))
    R = np.asarray(np.linalg.qr(columns, "r"))
    return np.linalg.inv(R * np.sign(np.diag(R))[:, None])


def _random_columns(
    rows: Rows, design: Design, scales: Factors
) -> tuple[sparse.csr_matrix, tuple[int, ...], tuple[np.ndarray, ...], tuple[int, int]]:
    """Z by component, padded to one width; slots a term; the levels' columns; (C, m)."""
    homes = _components(rows, design)
    count = 1 + max(int(home.max()) for home in homes.values())
    slots, within = [], []
    for block in design.blocks:
        home = homes[block.term.group]
        sizes = np.bincount(home, minlength=count)
        order = np.argsort(home, kind="stable")
        slot = np.empty(len(home), dtype=int)
        slot[order] = np.arange(len(home)) - (np.cumsum(sizes) - sizes)[home[order]]
        slots.append(int(sizes.max()))
        within.append(slot)
    widths = [n * block.width for n, block in zip(slots, design.blocks, strict=True)]
    starts, m = np.cumsum([0, *widths[:-1]]), sum(widths)
    column = tuple(
        homes[block.term.group] * m + start + slot * block.width
        for block, slot, start in zip(design.blocks, within, starts, strict=True)
    )
    n, parts = len(rows.y), []
    for block, own, back, first in zip(design.blocks, rows.columns, scales, column, strict=True):
        places = first[rows.codes[block.term.group]][:, None] + np.arange(block.width)
        at = (np.repeat(np.arange(n), block.width), places.ravel())
        parts.append(sparse.csr_matrix(((own @ back).ravel(), at), shape=(n, count * m)))
    return sum(parts[1:], parts[0]).tocsr(), tuple(slots), column, (count, m)


def _components(rows: Rows, design: Design) -> dict[str, np.ndarray]:
    """For each group, the component in which each level stands."""
    groups = list(dict.fromkeys(block.term.group for block in design.blocks))
    sizes = [len(rows.levels[group]) for group in groups]
    starts = np.cumsum([0, *sizes])
    nodes = [start + rows.codes[group] for start, group in zip(starts, groups, strict=False)]
    ends = [np.concatenate([nodes[0]] * len(nodes)), np.concatenate(nodes)]
    graph = sparse.coo_matrix((np.ones(len(ends[0])), tuple(ends)), shape=(starts[-1],) * 2)
    labels = connected_components(graph, directed=False)[1]
    return {
        group: labels[start : start + size]
        for group, start, size in zip(groups, starts, sizes, strict=False)
    }
