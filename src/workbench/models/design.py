"""From a formula and a frame to the numbers of a mixed model.

`build_design` makes the response, the fixed-effects matrix and one `RandomBlock` for each random
term. Rows with a missing value in any column used are dropped, counted and named by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused, ParameterError
from workbench.models.formulas import MixedFormula, RandomTerm

SMALLEST_RELATIVE_PIVOT = 1e-9  # a fixed column this close to the others' span is one of them


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
    codes
        Level of each row, shape (n,).
    columns
        Values that multiply the effects, shape (n, q).
    spec
        Formulaic's record of how the columns were made, to make them again for new rows.
    """

    term: RandomTerm
    names: tuple[str, ...]
    levels: pd.Index
    codes: np.ndarray
    columns: np.ndarray
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
    """A mixed model's numbers, rows complete.

    Attributes
    ----------
    formula
        The parsed formula.
    y
        Response, shape (n,).
    X
        Fixed-effects matrix, shape (n, p), of full column rank.
    fixed_names
        Names of the p fixed effects.
    blocks
        One for each random term, in the formula's order.
    rows_dropped
        Number of rows left out because a value was missing.
    dropped_by_column
        For each column with missing values: in how many of all rows.
    fixed_spec
        Formulaic's record of the fixed part.
    """

    formula: MixedFormula
    y: np.ndarray
    X: np.ndarray
    fixed_names: tuple[str, ...]
    blocks: tuple[RandomBlock, ...]
    rows_dropped: int
    dropped_by_column: dict[str, int]
    fixed_spec: Any

    @property
    def n_obs(self) -> int:
        """Rows used."""
        return len(self.y)


def build_design(formula: MixedFormula, data: pd.DataFrame) -> Design:
    """Make the matrices of a mixed model from a frame.

    Parameters
    ----------
    formula
        Parsed formula.
    data
        One row an observation.

    Raises
    ------
    ParameterError
        When a column is missing or the response is not a number.
    ModelRefused
        When no row is complete, a fixed term repeats others, or a group has too few levels.
    """
    columns = _columns_used(formula, data)
    missing = data[columns].isna()
    keep = ~missing.any(axis=1)
    if not keep.any():
        raise ModelRefused(f"No row has a value in every column of '{formula}'.")
    frame = _without_unused_categories(data.loc[keep, columns].reset_index(drop=True))
    y = _response(formula, frame)
    fixed = _matrix(formula.fixed, frame)
    X = fixed.to_numpy(dtype=float)
    names = tuple(map(str, fixed.columns))
    _refuse_unsound_columns(X, names)
    blocks = tuple(_block(term, frame) for term in formula.random)
    counts = {str(name): int(count) for name, count in missing.sum().items() if count}
    return Design(formula, y, X, names, blocks, int((~keep).sum()), counts, fixed.model_spec)


def _columns_used(formula: MixedFormula, data: pd.DataFrame) -> list[str]:
    """Columns the formula needs, all of them present."""
    texts = [formula.response, formula.fixed, *(" + ".join(t.terms) for t in formula.random)]
    needed: dict[str, None] = {}
    for text in texts:
        needed.update(dict.fromkeys(sorted(_variables(text))))
    for term in formula.random:
        needed.update(dict.fromkeys(term.group_columns))
    absent = [name for name in needed if name not in data.columns]
    if absent:
        raise ParameterError(
            f"The data have no column {', '.join(map(repr, absent))}. "
            f"Columns there: {', '.join(map(str, data.columns))}."
        )
    return list(needed)


def _variables(text: str) -> set[str]:
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        return {str(name) for name in Formula(text).required_variables}
    except (FormulaicError, SyntaxError, NotImplementedError) as error:
        raise ParameterError(f"'{text}' can't be read as part of a formula: {error}") from error


def _matrix(text: str, frame: pd.DataFrame) -> pd.DataFrame:
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        return Formula(text).get_model_matrix(frame, na_action="raise")
    except (FormulaicError, ValueError, TypeError, NameError) as error:
        raise ParameterError(f"'{text}' can't be computed from these data: {error}") from error


def _without_unused_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop categories with no row left, which would make columns of zeros."""
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].cat.remove_unused_categories()
    return frame


def _response(formula: MixedFormula, frame: pd.DataFrame) -> np.ndarray:
    matrix = _matrix(f"0 + {formula.response}", frame)
    if matrix.shape[1] != 1:
        raise ParameterError(
            f"The response '{formula.response}' must be one column of numbers; it is text or a set "
            "of categories. Items rated in categories need the item models."
        )
    y = matrix.to_numpy(dtype=float)[:, 0]
    if not np.isfinite(y).all():
        raise ModelRefused(f"The response '{formula.response}' has values that are not finite.")
    if np.ptp(y) == 0:
        raise ModelRefused(f"Every value of '{formula.response}' is the same: nothing to model.")
    return y


def _refuse_unsound_columns(X: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse fixed columns that are not finite, too many, or repeat one another."""
    if not np.isfinite(X).all():
        bad = [
            name for name, fine in zip(names, np.isfinite(X).all(axis=0), strict=True) if not fine
        ]
        raise ModelRefused(f"The fixed term {', '.join(bad)} has values that are not finite.")
    if X.shape[1] == 0:
        raise ModelRefused("The fixed part is empty: keep at least the intercept.")
    if len(X) <= X.shape[1]:
        raise ModelRefused(f"{len(X)} complete rows can't estimate {X.shape[1]} fixed effects.")
    scaled = X / np.where((norms := np.linalg.norm(X, axis=0)) > 0, norms, 1)
    pivots = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    repeated = [
        name for name, pivot in zip(names, pivots, strict=True) if pivot < SMALLEST_RELATIVE_PIVOT
    ]
    if repeated:
        raise ModelRefused(
            f"The fixed term {', '.join(repeated)} is a combination of the other terms in these "
            "data (for instance a category with no rows, or one value throughout). Leave it out."
        )


def _block(term: RandomTerm, frame: pd.DataFrame) -> RandomBlock:
    intercept = "1" if term.terms[0] == "1" else "0"
    slopes = [name for name in term.terms if name != "1"]
    matrix = _matrix(" + ".join([intercept, *slopes]), frame)
    columns = matrix.to_numpy(dtype=float)
    if not np.isfinite(columns).all():
        raise ModelRefused(f"A value in {term} is not finite.")
    codes, levels = group_levels(term, frame)
    _refuse_too_few_levels(term, len(levels), columns.shape)
    return RandomBlock(
        term, tuple(map(str, matrix.columns)), levels, codes, columns, matrix.model_spec
    )


def group_levels(term: RandomTerm, frame: pd.DataFrame) -> tuple[np.ndarray, pd.Index]:
    """Level of each row and the sorted labels, as text, of a term's group."""
    labels = frame[term.group_columns[0]].astype("str")
    for column in term.group_columns[1:]:
        labels = labels + ":" + frame[column].astype("str")
    codes, levels = pd.factorize(labels, sort=True)
    return codes, pd.Index(levels)


def _refuse_too_few_levels(term: RandomTerm, n_levels: int, shape: tuple[int, int]) -> None:
    n_rows, width = shape
    if n_levels < 2:
        raise ModelRefused(
            f"'{term.group}' has {n_levels} level, so differences between its levels can't be "
            f"estimated. Leave {term} out."
        )
    if n_levels * width >= n_rows:
        raise ModelRefused(
            f"{term} asks for {n_levels * width} effects from {n_rows} rows, so they can't be told "
            "from the residual. Use fewer effects, or more observations of each level."
        )
