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
    """The criterion by quadrature, with its exact gradient.

    With node x of mode v and curvature H of a level, at v + x / sqrt(H), the derivative is that of
    the nodes' log likelihoods, weighted by their shares of the integral, and that of moving the
    nodes with v and H. In the notation of ``item_laplace`` only the weights of the parts change.

    Parameters
    ----------
    model
        The item model, with one random intercept.
    nodes
        Number of nodes.
    """

    def __init__(self, model: ItemModel, nodes: int) -> None:
        self.model = model
        points, weights = np.polynomial.hermite.hermgauss(nodes)
        self.points = np.sqrt(2) * points
        self.log_weights = np.log(weights) + points**2 - 0.5 * np.log(np.pi)

    def value_and_gradient(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Evaluate the criterion and its derivatives in the parameter vector."""
        model, family = self.model, self.model.family
        parts = model.parts(parameters)
        at = model.modes(parts)
        codes, own, J = model.layout.codes[0], at.U[0][:, 0], model.sums.by_level[0]
        mode, variance = at.v[0][:, 0], at.elimination.inverse[0][:, 0, 0]
        base = at.eta - own * mode[codes]
        nodes = mode + np.sqrt(variance) * self.points[:, None]
        value, shares = self._integrate(base, own, nodes, parts.cuts)
        value -= float(np.log(variance).sum())

        kappa, theta = np.zeros(len(own)), np.zeros(len(own))
        cuts, none = np.zeros(family.n_cuts), np.zeros(len(own))
        lean, reach = np.zeros(len(mode)), np.zeros(len(mode))
        for point, v, share in zip(self.points, nodes, shares, strict=True):
            eta, part = base + own * v[codes], -2 * share[codes]
            score = family.slopes(eta, parts.cuts).score
            kappa += part * score
            theta += part * score * v[codes]
            cuts += family.cut_gradient(eta, parts.cuts, part, none, none)
            drive = share * (J @ (own * score) - v)  # how the integrand leans at the node
            lean += drive
            reach += drive * point
        stretch = 1 + reach * np.sqrt(variance)

        spread = stretch[codes] * own**2 * variance[codes]
        s = variance * (J @ (own * spread * at.slopes.bend) - 2 * lean)
        shift = own * s[codes]
        still = spread * at.slopes.bend - at.slopes.weight * shift
        y = own * variance[codes]
        theta += still * mode[codes] + at.slopes.score * s[codes]
        theta += 2 * stretch[codes] * at.slopes.weight * y
        cuts += family.cut_gradient(at.eta, parts.cuts, none, spread, shift)
        return value, model.collect(parts, [theta[:, None]], cuts, kappa + still)

    def _integrate(
        self, base: np.ndarray, own: np.ndarray, nodes: np.ndarray, cuts: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Sum over levels of -2 log of the nodes' sum, and each node's share of it, (nodes, L)."""
        model, codes = self.model, self.model.layout.codes[0]
        logs = np.empty_like(nodes)
        for k, v in enumerate(nodes):
            rows = model.family.log_likelihood(base + own * v[codes], cuts)
            logs[k] = model.sums.by_level[0] @ rows - 0.5 * v**2 + self.log_weights[k]
        highest = logs.max(axis=0)
        parts = np.exp(logs - highest)
        total = parts.sum(axis=0)
        return -2 * float((highest + np.log(total)).sum()), parts / total
