"""The profiled criterion as a function of theta, for the search."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from workbench.models.level_map import LevelMap
from workbench.models.profiled import Evaluation, LevelSums
from workbench.models.reduced import ReducedProblem
from workbench.models.variance_parameters import Factors, unpack


@dataclass(eq=False)
class Point:
    """The criterion at one theta.

    Attributes
    ----------
    theta, factors
        Where.
    evaluation
        Everything computed there.
    value
        -2 log likelihood with sigma profiled out.
    gradient
        Its derivative in theta (at the best sigma, which is the same as with sigma profiled out).
    sums
        The sums of each random term that the gradient is made of.
    """

    theta: np.ndarray
    factors: Factors
    evaluation: Evaluation
    value: float
    gradient: np.ndarray
    sums: list[LevelSums]


@dataclass(eq=False)
class Objective:
    """The criterion of one problem; counts its evaluations."""

    problem: ReducedProblem
    levels: LevelMap
    reml: bool
    evaluations: int = field(default=0)

    def evaluate(self, theta: np.ndarray) -> Evaluation:
        """Evaluate without gradient."""
        self.evaluations += 1
        factors = unpack(self.levels.blocks, theta)
        return Evaluation(self.problem, self.levels.level_factors(factors))

    def at(self, theta: np.ndarray, sigma: float | None = None) -> Point:
        """Evaluate value and gradient, at sigma or at the best sigma."""
        theta = np.array(theta, dtype=float)
        evaluation = self.evaluate(theta)
        factors = unpack(self.levels.blocks, theta)
        sums = self.levels.term_sums(evaluation.level_sums(self.reml, sigma))
        gradient = self.levels.pull(
            lambda _, k: 2 * (sums[k].traces - sums[k].squares) @ factors[k]
        )
        value = evaluation.criterion(self.reml, sigma)
        return Point(theta, factors, evaluation, value, gradient, sums)

    def residual_sum_gradient(self, point: Point, sigma: float) -> np.ndarray:
        """Differentiate the residual sum in theta, at a point evaluated with this sigma."""
        return self.levels.pull(
            lambda _, k: -2 * sigma**2 * point.sums[k].squares @ point.factors[k]
        )
