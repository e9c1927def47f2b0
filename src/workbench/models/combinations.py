"""Weights of the fixed and random effects that answer a question about chosen values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from workbench.errors import ParameterError
from workbench.models.design import Design, RandomBlock


def combination_weights(
    design: Design,
    at: pd.DataFrame,
    groups: tuple[str, ...] = (),
    slope_of: str | None = None,
    step: float = 1.0,
) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Weights ``x`` and ``z`` so that ``x'beta + z'u`` is the modelled level, or its slope.

    Parameters
    ----------
    design
        The fitted design.
    at
        One row an answer, with the columns that the model's fixed part and `groups` need.
    groups
        Groups whose effects are counted.
    slope_of, step
        Column whose slope is asked for, and the step over which it is taken.

    Returns
    -------
    tuple
        Fixed weights (m, p) and random weights (m, k), sparse.

    Raises
    ------
    ParameterError
        When a group or column is not there, or a level was not fitted.
    """
    unknown = [group for group in groups if group not in design.formula.groups]
    if unknown:
        raise ParameterError(
            f"The model has no group {', '.join(map(repr, unknown))}. "
            f"Its groups: {', '.join(design.formula.groups)}."
        )
    _require_columns(design, at, groups, slope_of)
    if slope_of is None:
        return _level_weights(design, at, groups)
    if not pd.api.types.is_numeric_dtype(at[slope_of]) or not step:
        raise ParameterError(
            f"A slope needs a column of numbers and a step; got '{slope_of}' and {step}."
        )
    fixed, random = _level_weights(design, at, groups)
    ahead = at.assign(**{slope_of: at[slope_of] + step})
    fixed_ahead, random_ahead = _level_weights(design, ahead, groups)
    return (fixed_ahead - fixed) / step, ((random_ahead - random) / step).tocsr()


def averaged_weights(
    fixed: np.ndarray, random: sparse.csr_matrix, keys: pd.Series
) -> tuple[np.ndarray, sparse.csr_matrix, pd.Index]:
    """Weights of the mean answer over the rows that share a key, in the keys' sorted order.

    Parameters
    ----------
    fixed, random
        Weights of m answers, shapes (m, p) and (m, k).
    keys
        What answers are gathered by, shape (m,), none missing.

    Returns
    -------
    tuple
        Fixed weights, random weights and the sorted keys.
    """
    codes, names = pd.factorize(keys, sort=True)
    share = 1 / np.bincount(codes)[codes]
    mean = sparse.csr_matrix((share, (codes, np.arange(len(codes)))))
    return np.asarray(mean @ fixed), sparse.csr_matrix(mean @ random), pd.Index(names)


def _require_columns(
    design: Design, at: pd.DataFrame, groups: tuple[str, ...], slope_of: str | None
) -> None:
    blocks = [block for block in design.blocks if block.term.group in groups]
    needed = {str(name) for name in design.fixed_spec.required_variables}
    for block in blocks:
        needed |= {str(name) for name in block.spec.required_variables}
        needed |= set(block.term.group_columns)
    absent = sorted((needed | ({slope_of} if slope_of else set())) - set(at.columns))
    if absent:
        raise ParameterError(
            f"Say at which value of {', '.join(map(repr, absent))} the model is "
            "asked: the column is not there."
        )
    empty = sorted(name for name in needed if at[name].isna().any())
    if empty:
        raise ParameterError(f"The column {', '.join(map(repr, empty))} has empty cells.")


def _level_weights(
    design: Design, at: pd.DataFrame, groups: tuple[str, ...]
) -> tuple[np.ndarray, sparse.csr_matrix]:
    frame = at.reset_index(drop=True)
    fixed = _columns(design.fixed_spec, frame)
    parts = []
    for block in design.blocks:
        if block.term.group in groups:
            parts.append(_block_weights(block, frame))
        else:
            parts.append(sparse.csr_matrix((len(frame), block.size)))
    return fixed, sparse.hstack(parts, format="csr")


def _columns(spec: object, frame: pd.DataFrame) -> np.ndarray:
    from formulaic.errors import FormulaicError

    try:
        matrix = spec.get_model_matrix(frame)  # type: ignore[attr-defined]
    except (FormulaicError, ValueError, TypeError) as error:
        raise ParameterError(f"The model can't be computed at these values: {error}") from error
    return np.asarray(matrix, dtype=float).reshape(len(frame), -1)


def _block_weights(block: RandomBlock, frame: pd.DataFrame) -> sparse.csr_matrix:
    labels = frame[block.term.group_columns[0]].astype("str")
    for column in block.term.group_columns[1:]:
        labels = labels + ":" + frame[column].astype("str")
    codes = block.levels.get_indexer(pd.Index(labels))
    if (codes < 0).any():
        count = len(set(labels[codes < 0]))
        raise ParameterError(
            f"{count} level{'s' if count > 1 else ''} of '{block.term.group}' had no row in the "
            f"fit, so the model knows nothing of {'them' if count > 1 else 'it'} apart from the "
            "average. Leave the group out, or ask for a level that was fitted."
        )
    rows = np.repeat(np.arange(len(frame)), block.width)
    columns = (codes[:, None] * block.width + np.arange(block.width)).ravel()
    values = _columns(block.spec, frame).ravel()
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(frame), block.size))
