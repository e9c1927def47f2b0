"""Adaptive Gauss-Hermite quadrature for one random intercept.

The integral of each level is taken at nodes placed around its mode and scaled by its curvature
there; with one node this is Laplace's approximation. Source: Pinheiro and Bates (1995),
Approximations to the log-likelihood function in the nonlinear mixed-effects model, Journal of
Computational and Graphical Statistics 4, 12-35.
"""

from __future__ import annotations

import numpy as np

from workbench.errors import ModelRefused, ParameterError
from workbench.models.item_laplace import ItemModel

MOST_NODES = 100
STEP = 1e-2  # in the metric; the differences are of fourth order, so the error is near its power


def require_one_intercept(model: ItemModel, nodes: int) -> None:
    """Refuse quadrature where it has more than one dimension.

    Raises
    ------
    ParameterError
        When the number of nodes is not a whole number from 1 to 100.
    ModelRefused
        When the model has more than one random effect a level, or more than one group.
    """
    if not isinstance(nodes, int) or isinstance(nodes, bool) or not 1 <= nodes <= MOST_NODES:
        raise ParameterError(f"'quadrature' must be a whole number from 1 to {MOST_NODES}.")
    if nodes > 1 and (len(model.blocks) > 1 or model.blocks[0].width > 1):
        effects = " + ".join(str(block.term) for block in model.blocks)
        raise ModelRefused(
            f"Quadrature needs one random intercept, and this model has {effects}: with more, the "
            "number of nodes multiplies. Use quadrature=1 (Laplace), or fit one intercept alone to "
            "see how much the approximation matters."
        )


class Quadrature:
    """The criterion by quadrature, with differences for its gradient.

    Parameters
    ----------
    model
        The item model, with one random intercept.
    nodes
        Number of nodes.
    sizes
        Standard errors of the parameters, roughly: the steps of the differences are in them.
    """

    def __init__(self, model: ItemModel, nodes: int, sizes: np.ndarray) -> None:
        self.model, self.sizes = model, sizes
        points, weights = np.polynomial.hermite.hermgauss(nodes)
        self.points = np.sqrt(2) * points
        self.log_weights = np.log(weights) + points**2 - 0.5 * np.log(np.pi)

    def value(self, parameters: np.ndarray) -> float:
        """-2 log likelihood."""
        model = self.model
        parts = model.parts(parameters)
        at = model.modes(parts)
        codes, own = model.layout.codes[0], at.U[0][:, 0]
        mode = at.v[0][:, 0]
        sd = np.sqrt(at.elimination.inverse[0][:, 0, 0])
        base = at.eta - own * mode[codes]
        logs = np.empty((len(self.points), len(mode)))
        for k, point in enumerate(self.points):
            v = mode + sd * point
            rows = model.family.log_likelihood(base + own * v[codes], parts.cuts)
            level = model.sums.by_level[0] @ rows
            logs[k] = level - 0.5 * v**2 + self.log_weights[k]
        highest = logs.max(axis=0)
        integrals = highest + np.log(np.exp(logs - highest).sum(axis=0)) + np.log(sd)
        return -2 * float(integrals.sum())

    def value_and_gradient(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate the criterion and its derivatives in the parameter vector."""
        gradient = np.empty(len(parameters))
        for k, size in enumerate(self.sizes):
            step = np.zeros(len(parameters))
            step[k] = STEP * size
            near = self.value(parameters + step) - self.value(parameters - step)
            far = self.value(parameters + 2 * step) - self.value(parameters - 2 * step)
            gradient[k] = (8 * near - far) / (12 * step[k])
        return self.value(parameters), gradient
