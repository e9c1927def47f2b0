"""Checks of a fitted item model, each with a verdict in plain words."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
from workbench.models.design import RandomBlock
from workbench.models.item_families import Binomial
from workbench.models.item_rows import ItemRows
from workbench.models.variance_parameters import Factors

SMALLEST_SD = 1e-3  # on the logit scale, of a row's linear predictor; below it a variance is zero
LARGEST_SD = 8.0  # on the logit scale; above it the levels are all yes or all no
FEW_ANSWERS = 10  # a level and effect, below which Laplace leans towards small variances
SUSPECT_REACH = 10.0  # logits between two rows' fixed parts
SUSPECT_ERROR = 3.0  # standard error of a fixed effect times its column's standard deviation
SHARE_OF_DIRECTION = 1e-6
RARE = 10  # answers in a category
FEW_LEVELS = mark("leave that variance out, or say so next to it.")


def singular_terms(items: ItemRows, factors: Factors) -> list[str]:
    """Name, in words, every random term with a direction of no variation."""
    found = []
    for block, T, own in zip(items.design.blocks, factors, items.rows.columns, strict=True):
        scaled = np.sqrt(np.mean(own**2, axis=0))[:, None] * T
        if np.linalg.svd(scaled, compute_uv=False).min() >= SMALLEST_SD:
            continue
        sds = np.sqrt((scaled**2).sum(axis=1))
        found.append(singularity(block, sds, SMALLEST_SD))
    return found


def check_items(
    items: ItemRows,
    factors: Factors,
    fixed: np.ndarray,
    covariance: np.ndarray | None,
    is_optimum: bool,
    quadrature: int,
) -> tuple[Check, ...]:
    """Make every check.

    Parameters
    ----------
    items
        The rows.
    factors
        T of each random term.
    fixed
        Thresholds, then fixed effects.
    covariance
        Of `fixed`, or None where it has none.
    is_optimum
        Whether the search ended at a minimum.
    quadrature
        Number of nodes.

    Returns
    -------
    tuple of Check
        In the order in which they should be read.
    """
    return (
        _optimum(is_optimum and covariance is not None),
        _separation(items, fixed, covariance),
        _categories(items),
        singular_check(singular_terms(items, factors)),
        *(
            _variance(block, T, own)
            for block, T, own in zip(items.design.blocks, factors, items.rows.columns, strict=True)
        ),
        *(levels_check(block, say(FEW_LEVELS)) for block in items.design.blocks),
        *_within_variation(items),
        *_approximation(items, quadrature),
    )


def _optimum(is_optimum: bool) -> Check:
    if is_optimum:
        return Check(mark("optimum"), FINE, say("The likelihood has its maximum here."))
    return Check(
        mark("optimum"),
        DO_NOT_USE,
        say(
            "The search did not end at the best fit, or the likelihood is flat there. "
            "Simplify the model."
        ),
    )


def _separation(items: ItemRows, fixed: np.ndarray, covariance: np.ndarray | None) -> Check:
    name = mark("separation")
    fine = Check(name, FINE, say("No fixed effect runs away."))
    if not _is_suspect(items, fixed, covariance):
        return fine
    running = separated_terms(items)
    if not running:
        return fine
    return Check(
        name,
        DO_NOT_USE,
        say(
            "{terms}: the data separate the answers there (for instance everyone in a "
            "category met, or nobody did), so the best estimate is without bound and the "
            "number shown is only where the search stopped. Join categories, or leave "
            "the term out.",
            terms=", ".join(running),
        ),
    )


def _is_suspect(items: ItemRows, fixed: np.ndarray, covariance: np.ndarray | None) -> bool:
    """Whether it is worth asking the slower, exact question."""
    if covariance is None:
        return True
    X, cuts = items.fixed_columns, len(items.threshold_names)
    errors = np.sqrt(np.diag(covariance))
    spreads = np.concatenate([np.ones(cuts), X.std(axis=0)])
    reach = np.ptp(X @ fixed[cuts:]) if X.shape[1] else 0.0
    return bool(reach > SUSPECT_REACH or (errors * spreads).max(initial=0.0) > SUSPECT_ERROR)


def separated_terms(items: ItemRows) -> list[str]:
    """Name fixed terms whose estimates are without bound, by linear programming.

    A direction in which no row's likelihood falls and some row's grows is one in which the
    estimates run away, whatever the random effects. Source of the method: Konis (2007), Linear
    programming algorithms for detecting separated data in binary logistic regression models,
    University of Oxford.

    Returns
    -------
    list of str
        Names of thresholds and columns with a part in that direction; empty without separation.
    """
    from scipy.optimize import linprog

    rows = np.unique(_growth_rows(items), axis=0)
    size = np.abs(rows).max(axis=0)
    rows = rows / np.where(size > 0, size, 1.0)
    bounds = [(-1.0, 1.0)] * rows.shape[1]
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=bounds)
    if found.x is None or -found.fun < SHARE_OF_DIRECTION * len(rows):
        return []
    names = (*items.threshold_names, *items.column_names)
    reach = np.abs(found.x) > SHARE_OF_DIRECTION
    chosen = [name for name, runs in zip(names, reach, strict=True) if runs]
    effects = [name for name in chosen if name in items.column_names and name != "Intercept"]
    return effects or chosen


def _growth_rows(items: ItemRows) -> np.ndarray:
    """Rows g with g'd >= 0 where moving the fixed parameters along d lets no likelihood fall."""
    X, family = items.fixed_columns, items.family
    if isinstance(family, Binomial):
        return np.concatenate([X[family.met > 0], -X[family.met < family.trials]])
    parts = []
    for cut in range(family.n_cuts):
        unit = np.zeros(family.n_cuts)
        unit[cut] = 1.0
        below, above = family.category == cut, family.category == cut + 1
        for rows, sign in ((below, 1.0), (above, -1.0)):
            own = X[rows]
            parts.append(sign * np.hstack([np.tile(unit, (len(own), 1)), -own]))
    return np.concatenate(parts)


def _categories(items: ItemRows) -> Check:
    name = mark("categories")
    if items.unused:
        return Check(
            name,
            MIND,
            say(
                "The category {categories} is never used, so nothing can be said of its threshold; "
                "the model is of the categories that are used.",
                categories=", ".join(items.unused),
            ),
        )
    if isinstance(items.family, Binomial):
        return Check(name, FINE, say("Both answers occur."))
    counts = np.bincount(items.family.category)
    rare = [label for label, count in zip(items.categories, counts, strict=True) if count < RARE]
    if rare:
        return Check(
            name,
            MIND,
            say(
                "The category {categories} has fewer than {fewest} answers.",
                categories=", ".join(rare),
                fewest=RARE,
            ),
        )
    return Check(name, FINE, say("Every category is used."))


def _variance(block: RandomBlock, T: np.ndarray, own: np.ndarray) -> Check:
    name = say("size of {term}", term=block.term)
    sds = np.sqrt(np.mean(own**2, axis=0) * (T**2).sum(axis=1))
    if sds.max() <= LARGEST_SD:
        return Check(name, FINE, say("The spread between levels is of a usual size."))
    return Check(
        name,
        DO_NOT_USE,
        say(
            "The spread between levels of {group} runs away (sd {spread:.0f} logits): "
            "nearly every level has the same answer throughout, so it can't be measured.",
            group=block.term.group,
            spread=sds.max(),
        ),
    )


def _within_variation(items: ItemRows) -> list[Check]:
    """Whether each slope's covariate varies inside the levels of its group."""
    found = []
    for block, own in zip(items.design.blocks, items.rows.columns, strict=True):
        codes, group = items.rows.codes[block.term.group], block.term.group
        for name, column in zip(block.names, own.T, strict=True):
            if name == "Intercept":
                continue
            by_level = pd.Series(column).groupby(codes)
            share = float((by_level.max() > by_level.min()).mean())
            found.append(variation_check(name, group, share))
    return found


def _approximation(items: ItemRows, quadrature: int) -> list[Check]:
    if quadrature > 1:
        return [
            Check(
                mark("approximation"),
                FINE,
                say("Quadrature with {quadrature} nodes.", quadrature=quadrature),
            )
        ]
    few = [
        block.term.group
        for block in items.design.blocks
        if _answers_per_effect(items, block) < FEW_ANSWERS
    ]
    if not few:
        return [
            Check(
                mark("approximation"), FINE, say("Laplace: every group has many answers a level.")
            )
        ]
    return [
        Check(
            mark("approximation"),
            MIND,
            say(
                "Half of the levels of {groups} have fewer than {fewest} answers for each "
                "effect. Laplace's approximation then tends to give a variance that is too "
                "small; with one random intercept, compare quadrature=15.",
                groups=say(" and ").join(dict.fromkeys(few)),
                fewest=FEW_ANSWERS,
            ),
        )
    ]


def _answers_per_effect(items: ItemRows, block: RandomBlock) -> float:
    codes = items.rows.codes[block.term.group]
    answers = np.bincount(codes, items.information, minlength=len(block.levels))
    width = sum(b.width for b in items.design.blocks if b.term.group == block.term.group)
    return float(np.median(answers)) / width
