"""Checks of a fitted mixed model, each with a verdict in plain words.

``fine``: nothing to say. ``mind``: read the detail next to the numbers. ``do not use``: the
numbers are not given to findings.
"""

from __future__ import annotations

import numpy as np

from workbench.language import mark, say
from workbench.models.checks import (
    DO_NOT_USE,
    FINE,
    MIND,
    Check,
    levels_check,
    singular_check,
    singularity,
    variation_check,
)  # fmt: skip
from workbench.models.design import Design
from workbench.models.row_summary import RowSummary
from workbench.models.variance_parameters import Factors

SMALLEST_RELATIVE_SD = 1e-4  # of the residual sd; below it a direction of variation is zero (lme4)
LARGEST_DISAGREEMENT = 1e-4  # between the engine's criterion and ours
LARGEST_INTERCEPT_SHIFT = 5.0  # standard errors between the intercept and ordinary least squares
LARGEST_SCALE_RATIO = 1e5  # between the spreads of two covariates
SMALLEST_RESIDUAL = 1e-4  # of the response's sd; below it nothing is left to the residual
SHARE_AT_END = 0.15  # of rows at the highest or lowest value
FEW_LEVELS = mark("give that variance with its interval, or leave it out.")
AT_HIGHEST = mark(
    "{share:.0%} of the rows are at the highest value, where change can't be seen. Intervals may "
    "be too narrow; a model of the items is safer."
)
AT_LOWEST = mark(
    "{share:.0%} of the rows are at the lowest value, where change can't be seen. Intervals may "
    "be too narrow; a model of the items is safer."
)


def check_fit(
    design: Design,
    summary: RowSummary,
    factors: Factors,
    sigma: float,
    is_optimum: bool,
) -> tuple[Check, ...]:
    """Make every check that any engine's fit must pass.

    Returns
    -------
    tuple of Check
        In the order in which they should be read.
    """
    return (
        _optimum(is_optimum),
        singular_check(singular_terms(design, summary, factors)),
        *(levels_check(block, say(FEW_LEVELS)) for block in design.blocks),
        *_within_variation(design, summary),
        _scales(summary.spreads),
        _ends(summary),
        _residual_spread(sigma, summary.response_sd),
    )


def check_engine(
    design: Design,
    criteria: tuple[float, float],
    fixed_effects: np.ndarray,
    ordinary: tuple[np.ndarray, np.ndarray],
) -> tuple[Check, ...]:
    """Make the checks of an engine that is not our own.

    Parameters
    ----------
    design
        The model.
    criteria
        The criterion by our computation and by the engine's.
    fixed_effects
        As the engine reports them.
    ordinary
        Ordinary least squares, and their standard errors under the fitted model.
    """
    return (
        _agreement(*criteria),
        _zero_effects(design, fixed_effects),
        _intercept(design, fixed_effects, *ordinary),
    )


def singular_terms(design: Design, summary: RowSummary, factors: Factors) -> list[str]:
    """Name, in words, every random term with a direction of no variation."""
    found = []
    for block, T, products in zip(design.blocks, factors, summary.mean_products, strict=True):
        scale = np.sqrt(np.diag(products))
        scaled = scale[:, None] * T  # effects in units of the response, so that units don't matter
        if np.linalg.svd(scaled, compute_uv=False).min() < SMALLEST_RELATIVE_SD:
            sds = np.sqrt((scaled**2).sum(axis=1))
            found.append(singularity(block, sds, SMALLEST_RELATIVE_SD))
    return found


def _optimum(is_optimum: bool) -> Check:
    if is_optimum:
        return Check(mark("optimum"), FINE, say("The criterion has its minimum here."))
    return Check(
        mark("optimum"),
        DO_NOT_USE,
        say(
            "The search did not end at the best fit: a better one is near. Simplify the "
            "random effects, or use another engine."
        ),
    )


def _agreement(ours: float, engine: float) -> Check:
    if abs(ours - engine) <= LARGEST_DISAGREEMENT * max(1.0, abs(ours) * 1e-4):
        return Check(
            mark("two computations agree"),
            FINE,
            say("The engine's likelihood and our own computation agree."),
        )
    return Check(
        mark("two computations agree"),
        DO_NOT_USE,
        say(
            "The engine's likelihood differs from our own computation of it, so one of "
            "them is wrong."
        ),
    )


def _zero_effects(design: Design, effects: np.ndarray) -> Check:
    zero = [n for n, value in zip(design.fixed_names, effects, strict=True) if value == 0.0]
    if not zero:
        return Check(
            mark("no effect is exactly zero"), FINE, say("No fixed effect is exactly zero.")
        )
    return Check(
        mark("no effect is exactly zero"),
        DO_NOT_USE,
        say(
            "The fixed effect {effects} is exactly zero, which is a known fault of the "
            "engine and not an estimate.",
            effects=", ".join(zero),
        ),
    )


def _intercept(
    design: Design, effects: np.ndarray, ordinary: np.ndarray, errors: np.ndarray
) -> Check:
    name = mark("intercept near ordinary least squares")
    if "Intercept" not in design.fixed_names:
        return Check(name, FINE, say("The model has no intercept to compare."))
    j = design.fixed_names.index("Intercept")
    shift = abs(effects[j] - ordinary[j]) / errors[j]
    if shift <= LARGEST_INTERCEPT_SHIFT:
        return Check(name, FINE, say("The intercept lies near that of an ordinary regression."))
    return Check(
        name,
        DO_NOT_USE,
        say(
            "The intercept lies {shift:.1f} standard errors from that of an ordinary "
            "regression, which is a known fault of the engine and not an estimate.",
            shift=shift,
        ),
    )


def _within_variation(design: Design, summary: RowSummary) -> list[Check]:
    """Whether each slope's covariate varies inside the levels of its group."""
    return [
        variation_check(name, block.term.group, float(share))
        for block, shares in zip(design.blocks, summary.varying_shares, strict=True)
        for name, share in zip(block.names, shares, strict=True)
        if not np.isnan(share)
    ]


def _scales(spreads: np.ndarray) -> Check:
    spreads = spreads[spreads > 0]
    if len(spreads) < 2 or spreads.max() / spreads.min() < LARGEST_SCALE_RATIO:
        return Check(
            mark("scales of the covariates"), FINE, say("The covariates have similar scales.")
        )
    return Check(
        mark("scales of the covariates"),
        MIND,
        say(
            "The covariates have very different scales. Change the units of the largest "
            "or smallest, so that digits are not lost."
        ),
    )


def _ends(summary: RowSummary) -> Check:
    at_top, at_bottom = summary.share_at_highest, summary.share_at_lowest
    if max(at_top, at_bottom) < SHARE_AT_END:
        return Check(
            mark("ceiling and floor"), FINE, say("Few rows are at the highest or lowest value.")
        )
    text, share = (AT_HIGHEST, at_top) if at_top >= at_bottom else (AT_LOWEST, at_bottom)
    return Check(mark("ceiling and floor"), MIND, say(text, share=share))


def _residual_spread(sigma: float, response_sd: float) -> Check:
    if sigma > SMALLEST_RESIDUAL * response_sd:
        return Check(
            mark("residual variance"), FINE, say("Some variation is left to the residual.")
        )
    return Check(
        mark("residual variance"),
        DO_NOT_USE,
        say(
            "The model fits the data perfectly, so no uncertainty can be estimated. The "
            "response may be computed from the covariates."
        ),
    )
