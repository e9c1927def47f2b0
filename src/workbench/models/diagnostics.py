"""Checks of a fitted mixed model, each with a verdict in plain words.

``fine``: nothing to say. ``mind``: read the detail next to the numbers. ``do not use``: the
numbers are not given to findings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.models.design import Design, RandomBlock
from workbench.models.row_summary import RowSummary
from workbench.models.variance_parameters import Factors

FINE, MIND, DO_NOT_USE = "fine", "mind", "do not use"

SMALLEST_RELATIVE_SD = 1e-4  # of the residual sd; below it a direction of variation is zero (lme4)
LARGEST_DISAGREEMENT = 1e-4  # between the engine's criterion and ours
LARGEST_INTERCEPT_SHIFT = 5.0  # standard errors between the intercept and ordinary least squares
FEWEST_LEVELS = 5  # of a group, for a variance that means something
FEWEST_LEVELS_FOR_SLOPE = 8
SMALLEST_SHARE_THAT_VARIES = 0.5  # of levels, in which a slope's covariate must vary
LARGEST_SCALE_RATIO = 1e5  # between the spreads of two covariates
SMALLEST_RESIDUAL = 1e-4  # of the response's sd; below it nothing is left to the residual
SHARE_AT_END = 0.15  # of rows at the highest or lowest value


@dataclass(frozen=True)
class Check:
    """One check: its name, its verdict and what it means."""

    check: str
    verdict: str
    detail: str


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
        _singular(design, summary, factors),
        *(_levels(block) for block in design.blocks),
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
            found.append(_name_singularity(block, scaled))
    return found


def _name_singularity(block: RandomBlock, scaled: np.ndarray) -> str:
    sds = np.sqrt((scaled**2).sum(axis=1))
    zero = [name for name, sd in zip(block.names, sds, strict=True) if sd < SMALLEST_RELATIVE_SD]
    if zero:
        return f"the variance of {' and '.join(zero)} by {block.term.group} is zero"
    return f"the effects {', '.join(block.names)} by {block.term.group} move as one (correlation 1)"


def _optimum(is_optimum: bool) -> Check:
    if is_optimum:
        return Check("optimum", FINE, "The criterion has its minimum here.")
    return Check(
        "optimum",
        DO_NOT_USE,
        "The search did not end at the best fit: a better one is "
        "near. Simplify the random effects, or use another engine.",
    )


def _agreement(ours: float, engine: float) -> Check:
    if abs(ours - engine) <= LARGEST_DISAGREEMENT * max(1.0, abs(ours) * 1e-4):
        return Check(
            "two computations agree", FINE, "The engine's likelihood and our own computation agree."
        )
    return Check(
        "two computations agree",
        DO_NOT_USE,
        "The engine's likelihood differs from our own computation of it, so one of them is wrong.",
    )


def _zero_effects(design: Design, effects: np.ndarray) -> Check:
    zero = [n for n, value in zip(design.fixed_names, effects, strict=True) if value == 0.0]
    if not zero:
        return Check("no effect is exactly zero", FINE, "No fixed effect is exactly zero.")
    return Check(
        "no effect is exactly zero",
        DO_NOT_USE,
        f"The fixed effect {', '.join(zero)} is "
        "exactly zero, which is a known fault of the engine and not an estimate.",
    )


def _intercept(
    design: Design, effects: np.ndarray, ordinary: np.ndarray, errors: np.ndarray
) -> Check:
    name = "intercept near ordinary least squares"
    if "Intercept" not in design.fixed_names:
        return Check(name, FINE, "The model has no intercept to compare.")
    j = design.fixed_names.index("Intercept")
    shift = abs(effects[j] - ordinary[j]) / errors[j]
    if shift <= LARGEST_INTERCEPT_SHIFT:
        return Check(name, FINE, "The intercept lies near that of an ordinary regression.")
    return Check(
        name,
        DO_NOT_USE,
        f"The intercept lies {shift:.1f} standard errors from that of an ordinary regression, "
        "which is a known fault of the engine and not an estimate.",
    )


def _singular(design: Design, summary: RowSummary, factors: Factors) -> Check:
    found = singular_terms(design, summary, factors)
    if not found:
        return Check("singular", FINE, "Every variance is above zero and no correlation is one.")
    return Check(
        "singular",
        MIND,
        f"The fit is singular: {'; '.join(found)}. The data hold no "
        "sign of that variation; it may be there and too small to see. Fixed effects can "
        "be read; a simpler random part gives the same fit.",
    )


def _levels(block: RandomBlock) -> Check:
    count, group = len(block.levels), block.term.group
    name = f"levels of {group} for {', '.join(block.names)}"
    fewest = FEWEST_LEVELS if block.names == ("Intercept",) else FEWEST_LEVELS_FOR_SLOPE
    if count >= fewest:
        return Check(name, FINE, f"{group} has {count} levels.")
    what = "differences" if block.names == ("Intercept",) else "slopes"
    return Check(
        name,
        MIND,
        f"{group} has only {count} levels, so how much its {what} vary is "
        "hardly known; give that variance with its interval, or leave it out.",
    )


def _within_variation(design: Design, summary: RowSummary) -> list[Check]:
    """Whether each slope's covariate varies inside the levels of its group."""
    return [
        variation_check(name, block.term.group, float(share))
        for block, shares in zip(design.blocks, summary.varying_shares, strict=True)
        for name, share in zip(block.names, shares, strict=True)
        if not np.isnan(share)
    ]


def variation_check(name: str, group: str, share: float) -> Check:
    """Judge whether a covariate varies enough within a group for slopes by that group."""
    check = f"{name} varies within {group}"
    if share >= SMALLEST_SHARE_THAT_VARIES:
        return Check(check, FINE, f"{name} takes several values in {share:.0%} of the levels.")
    if share > 0:
        return Check(
            check,
            MIND,
            f"{name} takes several values in only {share:.0%} of the levels "
            f"of {group}, so the spread of its slopes rests on few of them.",
        )
    return Check(
        check,
        DO_NOT_USE,
        f"{name} never changes within a level of {group}, so a slope "
        f"by {group} has no meaning. Keep {name} as a fixed effect only.",
    )


def _scales(spreads: np.ndarray) -> Check:
    spreads = spreads[spreads > 0]
    if len(spreads) < 2 or spreads.max() / spreads.min() < LARGEST_SCALE_RATIO:
        return Check("scales of the covariates", FINE, "The covariates have similar scales.")
    return Check(
        "scales of the covariates",
        MIND,
        "The covariates have very different scales. "
        "Change the units of the largest or smallest, so that digits are not lost.",
    )


def _ends(summary: RowSummary) -> Check:
    at_top, at_bottom = summary.share_at_highest, summary.share_at_lowest
    if max(at_top, at_bottom) < SHARE_AT_END:
        return Check("ceiling and floor", FINE, "Few rows are at the highest or lowest value.")
    end, share = ("highest", at_top) if at_top >= at_bottom else ("lowest", at_bottom)
    return Check(
        "ceiling and floor",
        MIND,
        f"{share:.0%} of the rows are at the {end} value, "
        "where change can't be seen. Intervals may be too narrow; a model of the items "
        "is safer.",
    )


def _residual_spread(sigma: float, response_sd: float) -> Check:
    if sigma > SMALLEST_RESIDUAL * response_sd:
        return Check("residual variance", FINE, "Some variation is left to the residual.")
    return Check(
        "residual variance",
        DO_NOT_USE,
        "The model fits the data perfectly, so no "
        "uncertainty can be estimated. The response may be computed from the covariates.",
    )
