"""A mixed model without its rows: names, levels and counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.formulas import MixedFormula, RandomTerm
from workbench.models.rows import ModelColumns, Rows

SMALLEST_PIVOT = 1e-7  # a fixed column this close to the others' span is one of them


@dataclass(frozen=True, eq=False)
class RandomBlock:
    """Effects of one random term: the same few columns for every level of a group.

    Attributes
    ----------
    term
        The random term this block comes from.
    names
        Names of its q effects, such as ``("Intercept", "quarters")``.
    levels
        Labels of the group's levels, sorted.
    spec
        Formulaic's record of how the columns were made, to make them again for new rows.
    """

    term: RandomTerm
    names: tuple[str, ...]
    levels: pd.Index
    spec: Any

    @property
    def width(self) -> int:
        """Number of effects of one level."""
        return len(self.names)

    @property
    def size(self) -> int:
        """Number of effects of all levels."""
        return self.width * len(self.levels)


@dataclass(frozen=True, eq=False)
class Design:
    """A mixed model without its rows.

    Attributes
    ----------
    formula
        The parsed formula.
    fixed_names, fixed_spec
        Names of the fixed effects, and formulaic's record of them.
    template
        A few rows of the covariates that hold every category.
    blocks
        One for each random term, in the formula's order.
    n_obs
        Rows used.
    rows_dropped
        Number of rows left out because a value was missing.
    dropped_by_column
        For each column with missing values, in how many rows.
    """

    formula: MixedFormula
    fixed_names: tuple[str, ...]
    fixed_spec: Any
    template: pd.DataFrame
    blocks: tuple[RandomBlock, ...]
    n_obs: int
    rows_dropped: int
    dropped_by_column: dict[str, int]


def design_of(columns: ModelColumns, rows: Rows) -> Design:
    """Describe a mixed model fitted to these rows, and refuse what can't be estimated.

    Raises
    ------
    ModelRefused
        When the response never changes, or a group has too few or too many levels.
    """
    if np.ptp(rows.y) == 0:
        raise ModelRefused(
            say(
                "Every value of '{response}' is the same: nothing to model.",
                response=columns.formula.response,
            )
        )
    return describe(columns, rows.levels, len(rows.y), rows.dropped, rows.dropped_by_column)


def describe(
    columns: ModelColumns,
    levels: dict[str, pd.Index],
    n_obs: int,
    dropped: int,
    dropped_by_column: dict[str, int],
) -> Design:
    """Describe a mixed model from its columns, levels and counts."""
    if n_obs <= len(columns.fixed_names):
        raise ModelRefused(
            say(
                "{n_obs} complete rows can't estimate {effects} fixed effects.",
                n_obs=n_obs,
                effects=len(columns.fixed_names),
            )
        )
    blocks = []
    for block in columns.blocks:
        own = levels[block.term.group]
        _refuse_too_few_levels(block.term, len(own), len(block.names), n_obs)
        blocks.append(RandomBlock(block.term, block.names, own, block.spec))
    return Design(
        columns.formula,
        columns.fixed_names,
        columns.fixed_spec,
        columns.template,
        tuple(blocks),
        n_obs,
        dropped,
        dropped_by_column,
    )


def _refuse_too_few_levels(term: RandomTerm, n_levels: int, width: int, n_rows: int) -> None:
    if n_levels < 2:
        raise ModelRefused(
            say(
                "'{group}' has {n_levels} level, so differences between its levels can't be "
                "estimated. Leave {term} out.",
                group=term.group,
                n_levels=n_levels,
                term=term,
            )
        )
    if n_levels * width >= n_rows:
        raise ModelRefused(
            say(
                "{term} asks for {size} effects from {n_rows} rows, so they can't be "
                "told from the residual. Use fewer effects, or more observations of each "
                "level.",
                term=term,
                size=n_levels * width,
                n_rows=n_rows,
            )
        )


def refuse_repeated_columns(X: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse fixed columns that are combinations of others.

    Parameters
    ----------
    X
        The columns, or any matrix with the same products, shape (rows, p).
    names
        Their names.

    Raises
    ------
    ModelRefused
        Naming the columns.
    """
    R = np.linalg.qr(X, mode="r")
    lengths = np.linalg.norm(X, axis=0)
    pivots = np.abs(np.diag(R)) / np.where(lengths > 0, lengths, 1.0)
    spread = _shares_outside_constant(X, names, pivots)
    repeated = [n for n, pivot in zip(names, spread, strict=True) if pivot < SMALLEST_PIVOT]
    if repeated:
        raise ModelRefused(
            say(
                "The term {terms} is a combination of the other terms in these data (for "
                "instance a category with no rows, or one value throughout). Leave it out.",
                terms=", ".join(repeated),
            )
        )


def _shares_outside_constant(
    X: np.ndarray, names: tuple[str, ...], pivots: np.ndarray
) -> np.ndarray:
    """Pivots relative to a column's spread, so that a calendar year is not taken for constant."""
    if "Intercept" not in names:
        return pivots
    one = X[:, names.index("Intercept")]
    one = one / np.linalg.norm(one)
    lengths = np.linalg.norm(X, axis=0)
    spread = np.linalg.norm(X - np.outer(one, one @ X), axis=0)
    seen = spread > 1e-10 * lengths
    return np.where(seen, pivots * lengths / np.where(seen, spread, 1.0), pivots)
