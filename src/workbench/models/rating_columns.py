"""Columns of a frame of ratings, checked and made into numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import ParameterError


def need_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a frame that lacks a column.

    Raises
    ------
    ParameterError
        With the columns that are missing and those that there are.
    """
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise ParameterError(
            f"There is no column {', '.join(missing)}. Columns: "
            f"{', '.join(map(str, frame.columns))}."
        )


def rating_numbers(column: pd.Series, name: str) -> np.ndarray:
    """Give ratings as numbers; those of an ordered categorical are its positions 0, 1, 2 ...

    Parameters
    ----------
    column
        Numbers, truth values or an ordered categorical, shape (n,); values may be missing.
    name
        How an error calls the column.

    Returns
    -------
    numpy.ndarray
        Shape (n,), with NaN where a value is missing.

    Raises
    ------
    ParameterError
        When the values have no order, or one of them is infinite.

    Examples
    --------
    >>> rating_numbers(pd.Series([2, None, 0]), "rating")
    array([ 2., nan,  0.])
    """
    if isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered:
        positions = column.cat.codes.to_numpy(float)
        return np.where(positions < 0, np.nan, positions)
    is_categorical = isinstance(column.dtype, pd.CategoricalDtype)
    if is_categorical or not pd.api.types.is_numeric_dtype(column.dtype):
        raise ParameterError(
            f"Ratings must be numbers or an ordered categorical; '{name}' is {column.dtype}."
        )
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(numbers).any():
        raise ParameterError(f"'{name}' holds an infinite rating. Leave it out or mend it.")
    return numbers


def cluster_codes(subjects: pd.Series, clusters: pd.Series | None) -> np.ndarray:
    """Give the number of each row's cluster: its subject's own where no clusters are given.

    Parameters
    ----------
    subjects, clusters
        Of each row, shape (n,), without missing values.

    Returns
    -------
    numpy.ndarray
        Numbers from 0, shape (n,).

    Raises
    ------
    ParameterError
        When a row has no cluster, or a subject lies in two.
    """
    if clusters is None:
        return pd.factorize(subjects)[0]
    codes = pd.factorize(clusters)[0]
    if (codes < 0).any():
        raise ParameterError("Some rows have no cluster. Leave them out or name their cluster.")
    homes = pd.Series(codes).groupby(subjects.to_numpy()).nunique()
    if (homes > 1).any():
        raise ParameterError(
            f"{int((homes > 1).sum())} subjects lie in more than one cluster. Give each subject "
            "a name of its own within its cluster."
        )
    return codes
