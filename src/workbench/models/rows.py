"""From a formula and a frame to columns of numbers.

`ModelColumns` knows how to compute the columns of a formula and `Rows` holds them for the rows of
a frame. Rows with a missing value in any column used are dropped, counted and named by column.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused, ParameterError
from workbench.language import say
from workbench.models.formulas import MixedFormula, RandomTerm
from workbench.models.used_columns import columns_used, variables_in

TEMPLATE_ROWS = 12  # rows spread over the values of each numeric covariate


@dataclass(frozen=True, eq=False)
class BlockColumns:
    """How the columns of one random term are computed: its names and formulaic's record."""

    term: RandomTerm
    names: tuple[str, ...]
    spec: Any


@dataclass(frozen=True, eq=False)
class ModelColumns:
    """How every column of a formula is computed, learnt from a frame.

    Attributes
    ----------
    formula
        The parsed formula.
    weights
        Column of weights, or empty.
    needed
        Columns of the data that are used.
    fixed_names, fixed_spec
        Names of the fixed effects, and formulaic's record of how to make them.
    blocks
        One for each random term.
    template
        A few rows of the covariates that hold every category, from which the same columns can be
        learnt again.
    """

    formula: MixedFormula
    weights: str
    needed: tuple[str, ...]
    fixed_names: tuple[str, ...]
    fixed_spec: Any
    blocks: tuple[BlockColumns, ...]
    template: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Rows:
    """The numbers of the complete rows.

    Attributes
    ----------
    y
        Response less its offset, shape (n,).
    X
        Fixed-effects matrix, shape (n, p).
    columns
        For each random term, the values that multiply its q effects, shape (n, q).
    codes, levels
        For each group, the level of each row, shape (n,), and the sorted labels of the levels.
    weights
        Prior weights, shape (n,), or None.
    dropped
        Number of rows left out because a value was missing.
    dropped_by_column
        For each column with missing values, in how many rows.
    """

    y: np.ndarray
    X: np.ndarray
    columns: tuple[np.ndarray, ...]
    codes: dict[str, np.ndarray]
    levels: dict[str, pd.Index]
    weights: np.ndarray | None
    dropped: int
    dropped_by_column: dict[str, int]


def learn_columns(formula: MixedFormula, data: pd.DataFrame, weights: str = "") -> ModelColumns:
    """Learn from a frame how each column of a formula is computed.

    Raises
    ------
    ParameterError
        When a column is missing or can't be computed.
    ModelRefused
        When no row is complete.
    """
    needed = columns_used(formula, data, weights)
    frame = _complete(data, needed)[0]
    if frame.empty:
        raise ModelRefused(
            say("No row has a value in every column of '{formula}'.", formula=formula)
        )
    return _learn(formula, weights, tuple(needed), _without_unused_categories(frame))


def learn_from_template(
    formula: MixedFormula,
    weights: str,
    needed: tuple[str, ...],
    template: pd.DataFrame,
    states: list[dict[str, Any]],
) -> ModelColumns:
    """Learn columns again from the template of `ModelColumns`.

    Parameters
    ----------
    formula, weights, needed, template
        As in `ModelColumns`.
    states
        What formulaic's transforms remember (knots, centres), for the fixed part and for each
        random term.
    """
    learnt = _learn(formula, weights, needed, template)
    fixed = learnt.fixed_spec.update(transform_state=states[0])
    blocks = tuple(
        replace(block, spec=block.spec.update(transform_state=state))
        for block, state in zip(learnt.blocks, states[1:], strict=True)
    )
    return replace(learnt, fixed_spec=fixed, blocks=blocks)


def _learn(
    formula: MixedFormula, weights: str, needed: tuple[str, ...], frame: pd.DataFrame
) -> ModelColumns:
    fixed = _matrix(formula.fixed, frame)
    blocks = []
    for term in formula.random:
        matrix = _matrix(_effects_text(term), frame)
        blocks.append(BlockColumns(term, tuple(map(str, matrix.columns)), matrix.model_spec))
    return ModelColumns(
        formula,
        weights,
        needed,
        tuple(map(str, fixed.columns)),
        fixed.model_spec,
        tuple(blocks),
        _template(formula, frame),
    )


def rows_of(columns: ModelColumns, data: pd.DataFrame) -> Rows:
    """Compute the columns for the complete rows of a frame.

    Raises
    ------
    ParameterError
        When a column is missing or the response is not a number.
    ModelRefused
        When a value is not finite or a weight is not above zero.
    """
    absent = [name for name in columns.needed if name not in data.columns]
    if absent:
        raise ParameterError(f"The data have no column {', '.join(map(repr, absent))}.")
    frame, dropped, by_column = _complete(data, columns.needed)
    codes, levels = {}, {}
    for term in columns.formula.random:
        if term.group not in codes:
            codes[term.group], levels[term.group] = group_levels(term, frame)
    return Rows(
        y=_response(columns.formula, frame),
        X=_values(columns.fixed_spec, frame, columns.fixed_names),
        columns=tuple(_values(block.spec, frame, block.names) for block in columns.blocks),
        codes=codes,
        levels=levels,
        weights=_weights(columns.weights, frame),
        dropped=dropped,
        dropped_by_column=by_column,
    )


def _template(formula: MixedFormula, frame: pd.DataFrame) -> pd.DataFrame:
    """Pick rows of the covariates that hold every category and the spread of every number."""
    texts = [formula.fixed, *(" + ".join(term.terms) for term in formula.random)]
    names = sorted({name for text in texts for name in variables_in(text)})
    chosen: set[int] = set(range(min(2, len(frame))))
    for name in names:
        if pd.api.types.is_numeric_dtype(frame[name]) and frame[name].dtype != bool:
            ranks = np.argsort(frame[name].to_numpy(), kind="stable")
            places = np.linspace(0, len(ranks) - 1, TEMPLATE_ROWS).astype(int)
            chosen.update(int(row) for row in ranks[places])
        else:
            chosen.update(int(row) for row in np.flatnonzero(~frame[name].duplicated()))
    return frame.loc[sorted(chosen), names].reset_index(drop=True)


def group_levels(term: RandomTerm, frame: pd.DataFrame) -> tuple[np.ndarray, pd.Index]:
    """Level of each row and the sorted labels, as text, of a term's group."""
    codes, labels = _text_levels(frame[term.group_columns[0]])
    for column in term.group_columns[1:]:
        more, more_labels = _text_levels(frame[column])
        pairs, codes = np.unique(codes * len(more_labels) + more, return_inverse=True)
        first, second = np.divmod(pairs, max(len(more_labels), 1))
        labels = labels[first] + ":" + more_labels[second]
    return codes, labels


def _text_levels(values: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """Codes and sorted text labels; only the distinct values are turned into text."""
    codes, found = pd.factorize(values)
    order, labels = pd.factorize(pd.Index(found).astype("str"), sort=True)
    return order[codes] if len(codes) else codes, pd.Index(labels)


def _complete(
    data: pd.DataFrame, needed: Sequence[str]
) -> tuple[pd.DataFrame, int, dict[str, int]]:
    """Rows with no missing value, how many were dropped, and by which columns."""
    frame = data[list(needed)]
    missing = {name: frame[name].isna().to_numpy() for name in needed}
    counts = {name: int(gone.sum()) for name, gone in missing.items() if gone.any()}
    if not counts:
        return frame.reset_index(drop=True), 0, {}
    drop = np.logical_or.reduce([missing[name] for name in counts])
    return frame.loc[~drop].reset_index(drop=True), int(drop.sum()), counts


def _matrix(text: str, frame: pd.DataFrame) -> pd.DataFrame:
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        return Formula(text).get_model_matrix(frame, na_action="raise")
    except (FormulaicError, ValueError, TypeError, NameError) as error:
        raise ParameterError(f"'{text}' can't be computed from these data: {error}") from error


def _values(spec: Any, frame: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    """Columns of a learnt part as numbers, shape (n, number of names)."""
    from formulaic.errors import DataMismatchWarning, FormulaicError

    if names == ("Intercept",):
        return np.ones((len(frame), 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DataMismatchWarning)
            values = np.asarray(spec.get_model_matrix(frame), dtype=float)
    except (FormulaicError, DataMismatchWarning, ValueError, TypeError) as error:
        raise ParameterError(f"The model can't be computed from these data: {error}") from error
    values = values.reshape(len(frame), len(names))
    unsound = [
        name for name, column in zip(names, values.T, strict=True) if not np.isfinite(column).all()
    ]
    if unsound:
        raise ModelRefused(
            say("The term {terms} has values that are not finite.", terms=", ".join(unsound))
        )
    return values


def _effects_text(term: RandomTerm) -> str:
    """Write the left side of a random term for formulaic."""
    intercept = "1" if term.terms[0] == "1" else "0"
    return " + ".join([intercept, *(name for name in term.terms if name != "1")])


def _without_unused_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop categories with no row left, which would make columns of zeros."""
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].cat.remove_unused_categories()
    return frame


def _response(formula: MixedFormula, frame: pd.DataFrame) -> np.ndarray:
    y = _single_column(formula.response, frame, "response")
    for term in formula.offset:
        y = y - _single_column(f"I({term})", frame, "offset")
    if not np.isfinite(y).all():
        raise ModelRefused(
            say(
                "The response '{response}' has values that are not finite.",
                response=formula.response,
            )
        )
    return y


def _single_column(text: str, frame: pd.DataFrame, role: str) -> np.ndarray:
    if text in frame.columns and pd.api.types.is_numeric_dtype(frame[text]):
        return frame[text].to_numpy(dtype=float)
    matrix = _matrix(f"0 + {text}", frame)
    if matrix.shape[1] != 1:
        raise ParameterError(
            f"The {role} '{text}' must be one column of numbers; it is text or a set of "
            "categories. Items rated in categories need the item models."
        )
    return matrix.to_numpy(dtype=float)[:, 0]


def _weights(name: str, frame: pd.DataFrame) -> np.ndarray | None:
    if not name:
        return None
    weights = _single_column(name, frame, "weight")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        raise ModelRefused(f"Every weight in '{name}' must be a finite number above zero.")
    return weights
