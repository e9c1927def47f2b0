"""How the criterion bends at a fit: the check of the optimum, and degrees of freedom.

The criterion is a function of theta and of s = log sigma. Its derivatives in theta come from
central differences with Richardson's extrapolation, those in s are exact. Two uses:

* **Is it the optimum?** The drop that one Newton step predicts must be next to nothing and no
  direction may bend down. The criterion is even in every column of T, so this also finds a fit
  that is stuck at a zero variance which should not be zero.
* **Satterthwaite degrees of freedom**: 2 v^2 / (g' A g) for a combination with variance v, g its
  gradient and A = 2 H^-1 the covariance of the variance parameters. Sources: Satterthwaite (1946),
  Biometrics Bulletin 2, 110-114; Kuznetsova, Brockhoff and Christensen (2017), Journal of
  Statistical Software 82(13).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from workbench.models.design import RandomBlock
from workbench.models.henderson import CrossProducts, MixedModelEquations
from workbench.models.variance_parameters import Factors, unpack

STEP = 4e-3  # of theta; with extrapolation the error is of the order of its fourth power
LARGEST_DROP = 1e-6  # a Newton step that promises less is no step, in units of the criterion
LOWEST_BEND = -1e-3  # scaled second derivative below which a direction goes down
SMALLEST_EIGENVALUE = 1e-8  # of H; flatter directions carry no information (as lmerTest)


@dataclass(frozen=True)
class Curvature:
    """Derivatives of the criterion at a fit.

    Attributes
    ----------
    products, blocks
        The design's cross products and random terms.
    theta, sigma, reml
        Where, and of which criterion.
    """

    products: CrossProducts
    blocks: tuple[RandomBlock, ...]
    theta: np.ndarray
    sigma: float
    reml: bool

    @cached_property
    def _steps(self) -> np.ndarray:
        return STEP * np.maximum(np.abs(self.theta), 0.1)

    def factors(self, theta: np.ndarray) -> Factors:
        """Relative factors of the formula's effects at another theta."""
        return unpack(self.blocks, theta)

    def equations(self, theta: np.ndarray) -> MixedModelEquations:
        """Factorise the mixed model equations at another theta."""
        return MixedModelEquations(self.products, unpack(self.blocks, theta))

    @cached_property
    def _centre(self) -> MixedModelEquations:
        return self.equations(self.theta)

    @cached_property
    def _neighbours(self) -> list[dict[int, MixedModelEquations]]:
        """Equations one and two steps away along each entry of theta."""
        rows = np.diag(self._steps)
        return [{m: self.equations(self.theta + m * row) for m in (-2, -1, 1, 2)} for row in rows]

    def _value(self, equations: MixedModelEquations) -> float:
        return equations.criterion(self.reml, self.sigma)

    @cached_property
    def gradient(self) -> np.ndarray:
        """First derivatives in theta at sigma, shape (t,)."""
        differences = [
            _slope({m: self._value(e) for m, e in near.items()}) for near in self._neighbours
        ]
        return np.array(differences) / self._steps

    @cached_property
    def hessian(self) -> np.ndarray:
        """Second derivatives in theta and s = log sigma, shape (t + 1, t + 1)."""
        t = len(self.theta)
        H = np.zeros((t + 1, t + 1))
        f0 = self._value(self._centre)
        along = [{m: self._value(e) for m, e in near.items()} for near in self._neighbours]
        for i in range(t):
            H[i, i] = _bend(f0, along[i]) / self._steps[i] ** 2
            for j in range(i):
                H[i, j] = H[j, i] = self._mixed(i, j, f0, along)
            residual = _slope({m: e.residual_sum for m, e in self._neighbours[i].items()})
            H[i, t] = H[t, i] = -2 * residual / self._steps[i] / self.sigma**2
        H[t, t] = 4 * self._centre.residual_sum / self.sigma**2
        return H

    def _mixed(self, i: int, j: int, f0: float, along: list[dict[int, float]]) -> float:
        """Mixed second derivative, from the two corners of a square at two sizes."""
        corners = {}
        for size in (1, 2):
            step = np.zeros(len(self.theta))
            step[[i, j]] = size * self._steps[[i, j]]
            up = self._value(self.equations(self.theta + step))
            down = self._value(self.equations(self.theta - step))
            edges = sum(along[a][m] for a in (i, j) for m in (-size, size))
            corners[size] = (up + down - edges + 2 * f0) / (2 * size**2)
        return (4 * corners[1] - corners[2]) / 3 / (self._steps[i] * self._steps[j])

    @cached_property
    def _profiled(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues and vectors of the scaled Hessian in theta, sigma profiled out."""
        H = self.hessian
        profiled = H[:-1, :-1] - np.outer(H[:-1, -1], H[:-1, -1]) / H[-1, -1]
        values, vectors = np.linalg.eigh(profiled)
        return values, vectors

    @cached_property
    def predicted_drop(self) -> float:
        """Fall of the criterion that a Newton step promises."""
        values, vectors = self._profiled
        along = vectors.T @ self.gradient
        floor = 1e-6 * max(values.max(), 1.0)
        return float(0.5 * (along**2 / np.maximum(values, floor)).sum())

    @cached_property
    def lowest_bend(self) -> float:
        """Smallest second derivative over the largest."""
        values, _ = self._profiled
        return float(values.min() / max(values.max(), 1.0))

    @property
    def is_optimum(self) -> bool:
        """Whether the fit is a minimum of the criterion, on the boundary or inside."""
        return self.predicted_drop < LARGEST_DROP and self.lowest_bend > LOWEST_BEND

    def degrees_of_freedom(self, fixed: np.ndarray, random: sparse.csr_matrix) -> np.ndarray:
        """Satterthwaite degrees of freedom of combinations, shape (m,).

        Parameters
        ----------
        fixed, random
            Weights of the fixed and of the random effects, shapes (m, p) and (m, k).
        """
        centre = self._centre.combination_variances(fixed, random)
        gradient = np.empty((len(self.theta) + 1, len(fixed)))
        for i, near in enumerate(self._neighbours):
            values = {m: e.combination_variances(fixed, random) for m, e in near.items()}
            gradient[i] = _slope(values) / self._steps[i]
        gradient[-1] = 2 * centre
        return satterthwaite(centre, gradient, self.hessian)


def satterthwaite(variances: np.ndarray, gradient: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Satterthwaite degrees of freedom, shape (m,).

    Parameters
    ----------
    variances
        Variances of m combinations over sigma squared, shape (m,).
    gradient
        Their derivatives in the variance parameters, shape (t + 1, m).
    hessian
        Second derivatives of the criterion in the same parameters, shape (t + 1, t + 1).
    """
    bends, vectors = np.linalg.eigh(hessian)
    known = bends > SMALLEST_EIGENVALUE
    along = vectors[:, known].T @ gradient
    spread = 2 * (along**2 / bends[known][:, None]).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variances > 0, 2 * variances**2 / spread, np.nan)


def _slope(values: dict[int, Any]) -> Any:
    """First derivative in steps, from values one and two steps away."""
    near = (values[1] - values[-1]) / 2
    far = (values[2] - values[-2]) / 4
    return (4 * near - far) / 3


def _bend(centre: float, values: dict[int, float]) -> float:
    """Second derivative in steps, from values one and two steps away."""
    near = values[1] - 2 * centre + values[-1]
    far = (values[2] - 2 * centre + values[-2]) / 4
    return (4 * near - far) / 3
