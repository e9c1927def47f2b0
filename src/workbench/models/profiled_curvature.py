"""How the profiled criterion bends at a fit: the check of the optimum, and degrees of freedom.

As `workbench.models.curvature`, with derivatives from the analytic gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from workbench.models.curvature import LARGEST_DROP, LOWEST_BEND, satterthwaite
from workbench.models.newton import newton_step, profiled_hessian
from workbench.models.objective import Objective
from workbench.models.optimise import Optimum
from workbench.models.profiled_equations import ProfiledEquations
from workbench.models.variance_parameters import Factors, unpack

DIFFERENCE = 1e-4  # of theta, on either side, for the gradient of a variance


@dataclass(frozen=True, eq=False)
class ProfiledCurvature:
    """Derivatives of the profiled criterion at the end of a search."""

    objective: Objective
    optimum: Optimum

    @property
    def theta(self) -> np.ndarray:
        """Where."""
        return self.optimum.point.theta

    @property
    def gradient(self) -> np.ndarray:
        """First derivatives in theta, shape (t,)."""
        return self.optimum.point.gradient

    @property
    def hessian(self) -> np.ndarray:
        """Second derivatives in theta and s = log sigma, shape (t + 1, t + 1)."""
        return self.optimum.hessian

    @cached_property
    def predicted_drop(self) -> float:
        """Fall of the criterion that a Newton step promises."""
        return newton_step(self.hessian, self.gradient)[1]

    @cached_property
    def lowest_bend(self) -> float:
        """Smallest second derivative in theta, sigma profiled out, over the largest."""
        values = np.linalg.eigvalsh(profiled_hessian(self.hessian))
        return float(values.min() / max(values.max(), 1.0))

    @property
    def is_optimum(self) -> bool:
        """Whether the fit is a minimum of the criterion, on the boundary or inside."""
        return self.predicted_drop < LARGEST_DROP and self.lowest_bend > LOWEST_BEND

    def factors(self, theta: np.ndarray) -> Factors:
        """Relative factors of the formula's effects at another theta; not made triangular."""
        levels = self.objective.levels
        return tuple(B @ T for B, T in zip(levels.back, unpack(levels.blocks, theta), strict=True))

    def equations(self, theta: np.ndarray) -> ProfiledEquations:
        """Estimates and errors at another theta."""
        evaluation = self.objective.evaluate(theta)
        return ProfiledEquations(evaluation, self.objective.levels)

    @cached_property
    def _centre(self) -> ProfiledEquations:
        return ProfiledEquations(self.optimum.point.evaluation, self.objective.levels)

    @cached_property
    def _neighbours(self) -> list[tuple[float, ProfiledEquations, ProfiledEquations]]:
        """Step and equations on either side along each entry of theta."""
        found = []
        for k, value in enumerate(self.theta):
            step = np.zeros(len(self.theta))
            step[k] = DIFFERENCE * max(abs(value), 0.1)
            found.append(
                (step[k], self.equations(self.theta - step), self.equations(self.theta + step))
            )
        return found

    def degrees_of_freedom(self, fixed: np.ndarray, random: sparse.csr_matrix) -> np.ndarray:
        """Satterthwaite degrees of freedom of combinations, shape (m,)."""
        centre = self._centre.combination_variances(fixed, random)
        gradient = np.empty((len(self.theta) + 1, len(fixed)))
        for k, (step, below, above) in enumerate(self._neighbours):
            difference = above.combination_variances(fixed, random)
            difference = difference - below.combination_variances(fixed, random)
            gradient[k] = difference / (2 * step)
        gradient[-1] = 2 * centre
        return satterthwaite(centre, gradient, self.hessian)
