"""What a fit is made of, whichever engine made it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy import sparse

from workbench.models.variance_parameters import Factors


class Equations(Protocol):
    """Estimates and their errors at given variance parameters."""

    @property
    def fixed_effects(self) -> np.ndarray:
        """Estimates of beta, shape (p,)."""
        ...

    @property
    def fixed_covariance(self) -> np.ndarray:
        """Covariance of beta-hat over sigma squared, shape (p, p)."""
        ...

    @property
    def beta_ols(self) -> np.ndarray:
        """Ordinary least squares, shape (p,)."""
        ...

    @property
    def modes(self) -> np.ndarray:
        """Conditional modes of the random effects, shape (k,), in the design's order."""
        ...

    def criterion(self, reml: bool, sigma: float | None = None) -> float:
        """-2 log likelihood, restricted or plain."""
        ...

    def conditional_sds(self) -> np.ndarray:
        """Conditional sd of each effect given the variances and beta, over sigma, shape (k,)."""
        ...

    def combination_variances(self, fixed: np.ndarray, random: sparse.csr_matrix) -> np.ndarray:
        """Variance of combinations of beta-hat and of u-hat - u over sigma squared, shape (m,)."""
        ...


class Curvature(Protocol):
    """How the criterion bends at the estimates."""

    @property
    def theta(self) -> np.ndarray:
        """The variance parameters as the engine has them, shape (t,)."""
        ...

    @property
    def gradient(self) -> np.ndarray:
        """First derivatives of the criterion in theta, shape (t,)."""
        ...

    @property
    def hessian(self) -> np.ndarray:
        """Second derivatives in theta and log sigma, shape (t + 1, t + 1)."""
        ...

    @property
    def predicted_drop(self) -> float:
        """Fall of the criterion that a Newton step promises."""
        ...

    @property
    def lowest_bend(self) -> float:
        """Smallest second derivative over the largest."""
        ...

    @property
    def is_optimum(self) -> bool:
        """Whether the criterion has its minimum here."""
        ...

    def factors(self, theta: np.ndarray) -> Factors:
        """Relative factors of the formula's effects at another theta."""
        ...

    def degrees_of_freedom(self, fixed: np.ndarray, random: sparse.csr_matrix) -> np.ndarray:
        """Satterthwaite degrees of freedom of combinations, shape (m,)."""
        ...
