"""Variance parameters from statsmodels' MixedLM, where it can express the model truly.

MixedLM has one grouping factor whose effects may correlate, and independent variance components
inside its groups. So it is exact for one factor, and for factors nested in it whose effects are
independent (``||`` or a single effect). Correlated slopes on two levels and factors that cross
the outer groups are refused: MixedLM would fit something else without saying so.

What is taken from statsmodels is only the variance parameters and its likelihood. Fixed effects,
modes and errors follow from Henderson's equations, whose likelihood must agree with statsmodels'.

Known traps that this module avoids: ``lbfgs`` can return an intercept of exactly 0.0 as converged
(statsmodels issue 10239), so the method is always powell; ``converged`` is not trusted either way,
the optimum is checked on its own; ``params`` holds variances over the residual variance, so
``cov_re``, ``vcomp`` and ``scale`` are read instead.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.design import Design, RandomBlock
from workbench.models.roles import is_nested
from workbench.models.rows import Rows
from workbench.models.variance_parameters import Factors, factor_of

METHOD = "powell"
TOLERANCES = {"xtol": 1e-8, "ftol": 1e-13, "maxiter": 5000, "maxfun": 50000}


@dataclass(frozen=True)
class EngineResult:
    """What an engine hands back.

    Attributes
    ----------
    factors
        Relative factors T, one for each block of the design.
    criterion
        The engine's own -2 log likelihood, to be compared with ours.
    converged
        Whether the engine itself says so.
    fixed_effects
        Fixed effects as the engine reports them, for the guards.
    """

    factors: Factors
    criterion: float
    converged: bool
    fixed_effects: np.ndarray


def refuse_what_is_not_exact(design: Design, rows: Rows) -> str:
    """Name the outer group, or refuse a model that MixedLM can't express.

    Raises
    ------
    ModelRefused
        With the reason and what to do instead.
    """
    correlated = [b for b in design.blocks if b.term.correlated and b.width > 1]
    several = len({b.term.group for b in correlated}) > 1
    if several or (correlated and _has_outer(design, rows, correlated[0])):
        named = " and ".join(str(block.term) for block in correlated)
        raise ModelRefused(
            say(
                "statsmodels can't keep the correlation of effects inside another group "
                "({named}). Write the inner group with || (uncorrelated effects), or use the "
                "profiled engine.",
                named=named,
            )
        )
    outer = correlated[0] if correlated else _outermost(design, rows)
    for block in design.blocks:
        if outer is None or not _is_nested(rows, block, outer):
            raise ModelRefused(
                say(
                    "The levels of '{group}' are not nested in another group, so {term} is "
                    "crossed with it, which statsmodels can't fit truly. Leave the term out, or "
                    "use the profiled engine.",
                    group=block.term.group,
                    term=block.term,
                )
            )
    assert outer is not None
    return outer.term.group


def _has_outer(design: Design, rows: Rows, block: RandomBlock) -> bool:
    return any(not _is_nested(rows, other, block) for other in design.blocks)


def _outermost(design: Design, rows: Rows) -> RandomBlock | None:
    """Find the block whose groups hold all others whole, if there is one."""
    for block in sorted(design.blocks, key=lambda b: len(b.levels)):
        if all(_is_nested(rows, other, block) for other in design.blocks):
            return block
    return None


def _is_nested(rows: Rows, inner: RandomBlock, outer: RandomBlock) -> bool:
    return is_nested(rows.codes[inner.term.group], rows.codes[outer.term.group])


def fit_with_statsmodels(
    design: Design, rows: Rows, reml: bool, start: Factors | None = None
) -> EngineResult:
    """Find the variance parameters with MixedLM.

    Parameters
    ----------
    design, rows
        The model and its columns.
    reml
        Restricted likelihood, or plain.
    start
        Relative factors to start from; None for statsmodels' own start.

    Raises
    ------
    ModelRefused
        When MixedLM can't express the model, or stops with an error.
    """
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    outer = refuse_what_is_not_exact(design, rows)
    is_free = [b.term.group == outer and b.term.correlated for b in design.blocks]
    pairs = list(zip(design.blocks, rows.columns, strict=True))
    free = [own for (_, own), is_own in zip(pairs, is_free, strict=True) if is_own]
    components = [
        (rows.codes[block.term.group], own)
        for (block, own), is_own in zip(pairs, is_free, strict=True)
        if not is_own
    ]
    groups = rows.codes[outer]
    order = np.argsort(groups, kind="stable")
    names, columns, matrices = _components(components, groups, order)
    Z = np.hstack(free)[order] if free else None
    specification = VCSpec(names, columns, matrices) if names else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what statsmodels would warn of is checked afterwards
        model = MixedLM(
            rows.y[order], rows.X[order], groups[order], exog_re=Z, exog_vc=specification
        )
        try:
            begin = None if start is None else _start(design, is_free, start)
            fit = model.fit(reml=reml, method=METHOD, start_params=begin, **TOLERANCES)
        except (np.linalg.LinAlgError, ValueError) as error:
            raise ModelRefused(
                say(
                    "statsmodels could not fit '{formula}': {error}. Simplify the random effects.",
                    formula=design.formula,
                    error=error,
                )
            ) from error
    return EngineResult(
        _factors(design, is_free, fit),
        float(-2 * fit.llf),
        bool(fit.converged),
        np.asarray(fit.fe_params, dtype=float),
    )


def _components(
    terms: list[tuple[np.ndarray, np.ndarray]], groups: np.ndarray, order: np.ndarray
) -> tuple[list[str], list[list[list[str]]], list[list[np.ndarray]]]:
    """Names, column names and matrices of the independent variance components, by outer group."""
    ends = np.flatnonzero(np.diff(groups[order])) + 1
    rows_of_groups = np.split(order, ends)
    names, columns, matrices = [], [], []
    for number, (codes, own) in enumerate(terms):
        for effect in range(own.shape[1]):
            names.append(f"{number:03d}_{effect:03d}")
            made = [_component(codes[rows], own[rows, effect]) for rows in rows_of_groups]
            columns.append([[str(j) for j in range(Z.shape[1])] for Z in made])
            matrices.append(made)
    return names, columns, matrices


def _component(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """One effect's columns for the levels seen in these rows."""
    seen, number = np.unique(codes, return_inverse=True)
    Z = np.zeros((len(codes), len(seen)))
    Z[np.arange(len(codes)), number] = values
    return Z


def _start(design: Design, is_free: list[bool], factors: Factors) -> Any:
    """Relative factors as a statsmodels start."""
    from scipy.linalg import block_diag
    from statsmodels.regression.mixed_linear_model import MixedLMParams

    free = [T @ T.T for T, own in zip(factors, is_free, strict=True) if own]
    variances = [np.diag(T) ** 2 for T, own in zip(factors, is_free, strict=True) if not own]
    return MixedLMParams.from_components(
        fe_params=np.zeros(len(design.fixed_names)),
        cov_re=block_diag(*free) if free else np.zeros((0, 0)),
        vcomp=np.concatenate(variances) if variances else np.zeros(0),
    )


def _factors(design: Design, is_free: list[bool], fit: Any) -> Factors:
    """Relative factors in the design's order, from statsmodels' covariances."""
    covariance = np.atleast_2d(np.asarray(fit.cov_re, dtype=float)) / fit.scale
    components = iter(np.asarray(fit.vcomp, dtype=float) / fit.scale)
    factors, start = [], 0
    for block, own in zip(design.blocks, is_free, strict=True):
        if own:
            part = covariance[start : start + block.width, start : start + block.width]
            factors.append(factor_of(part))
            start += block.width
        else:
            variances = np.array([next(components) for _ in range(block.width)])
            factors.append(np.diag(np.sqrt(np.maximum(variances, 0.0))))
    return tuple(factors)
