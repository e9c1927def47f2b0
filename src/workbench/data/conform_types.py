"""Typing one column of text: a cell is written as its type asks, or it is bad; none is coerced."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.schemas import Column
from workbench.language import mark

EARLIEST, LATEST = pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")

# Plain digits: \d would let in those of other scripts, which no number can be read from.
_WHOLE_NUMBER = r"[+-]?[0-9]+"
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_NOT_OF_TYPE = {
    "integer": mark("The cell is not an integer"),
    "number": mark("The cell is not a number"),
    "date": mark("The cell is not a date"),
    "yes_no": mark("The cell is not a yes or no"),
}
_HOW_TO_WRITE = {
    "integer": "Write a whole number, such as 12.",
    "number": "Write a number with a point for decimals, such as 12.5.",
    "date": "Write the date as year-month-day, such as 2026-03-31.",
    "yes_no": "Write yes or no.",
}


def said_of(column: Column) -> tuple[str, str]:
    """Reason for a cell that is not of its type, and what to do."""
    if column.type == "category":
        legal = f"Write one of: {', '.join(column.values)}."
        return mark("The cell is none of the legal values"), legal
    return _NOT_OF_TYPE.get(column.type, ""), _HOW_TO_WRITE.get(column.type, "")


def typed_column(text: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    """Typed values, and which filled cells are not of the type; each different text once."""
    if column.type in ("identifier", "text", "response"):
        return text, pd.Series(False, index=text.index)
    codes, different = pd.factorize(text)
    once, bad = _typed(pd.Series(different, dtype="str"), column)
    values = pd.Series(once.array.take(codes, allow_fill=True), index=text.index, name=text.name)
    is_bad = np.append(bad.to_numpy(dtype=bool), False)[codes]
    return values, pd.Series(is_bad, index=text.index)


def _typed(text: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    """Typed values of different texts, and which are not of the type."""
    if column.type == "category":
        fits = text.isin(column.values)
        return text.where(fits), text.notna() & ~fits
    values: pd.Series
    if column.type == "yes_no":
        values = text.str.lower().map({"yes": True, "no": False}).astype("boolean")
    elif column.type == "date":
        plain = text.str.replace(r"[T ]00:00(:00)?$", "", regex=True)
        written = plain.where(plain.str.fullmatch(r"\d{4}-\d{2}-\d{2}", na=False))
        values = pd.to_datetime(written, format="%Y-%m-%d", errors="coerce")
        values = values.where(values.between(EARLIEST, LATEST, inclusive="left"))
    else:
        shape = _WHOLE_NUMBER if column.type == "integer" else _NUMBER
        written = text.where(text.str.fullmatch(shape, na=False))
        values = pd.to_numeric(written).astype("float64")
        values = values.where(values.abs() < 1e15)
        if column.type == "integer":
            values = values.astype("Int64")
    return values, text.notna() & values.isna()
