"""What a fact is computed from, and small helpers that all facts share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.data.instruments import Instrument
from workbench.data.schemas import TableSchema

Instruments = dict[tuple[str, str], Instrument]
Facts = dict[str, pd.Series]
"""Facts by name, each a series of True, False or missing with the index of the table."""


@dataclass(frozen=True)
class Known:
    """A table and what is known beside it.

    Attributes
    ----------
    frame
        Typed table, one row an index.
    schema
        Its schema.
    accepted
        Tables already accepted, to which this one may refer.
    instruments
        Instruments by identifier and version.
    as_of
        Day of the run.
    """

    frame: pd.DataFrame
    schema: TableSchema
    accepted: dict[str, pd.DataFrame]
    instruments: Instruments
    as_of: dt.date

    def has(self, *columns: str) -> bool:
        """Whether the table has all of these columns."""
        return all(name in self.frame.columns for name in columns)

    def look_up(self, column: str, wanted: str, target: str = "") -> pd.Series | None:
        """Value of another table's column for each row.

        Parameters
        ----------
        column
            Column of this table that refers.
        wanted
            Column wanted of the table referred to.
        target
            ``table.column`` referred to; as the schema says if empty.

        Returns
        -------
        Series or None
            Missing where the reference is empty or leads nowhere; None where the table, or one
            of the columns, was not handed in.
        """
        table, key = (target or self.schema.references[column]).split(".")
        other = self.accepted.get(table, pd.DataFrame())
        if column not in self.frame.columns or not {key, wanted} <= set(other.columns):
            return None
        values = other.drop_duplicates(key).set_index(key)[wanted]
        if values.empty:  # mapped to nothing at all, dates would lose their type and raise
            return pd.Series(index=self.frame.index, dtype=values.dtype)
        return self.frame[column].map(values)


def where_filled(fact: pd.Series, *values: pd.Series) -> pd.Series:
    """Fact where all the values are filled; missing elsewhere."""
    filled = pd.Series(True, index=fact.index)
    for one in values:
        filled &= one.notna()
    return fact.astype("boolean").where(filled)


def is_consistent(frame: pd.DataFrame, group: str, columns: Sequence[str]) -> pd.Series:
    """Whether every row of a group says the same in these columns."""
    codes, _ = pd.factorize(frame[group])
    first = pd.Series(range(len(frame))).groupby(codes).first().reindex(codes).to_numpy()
    differs = pd.Series(False, index=range(len(frame)))
    for name in columns:
        # Numbers for the texts are far quicker to compare than the texts; missing is one too.
        values = pd.factorize(frame[name], use_na_sentinel=False)[0]
        differs |= values != values[first]
    doubtful = differs.groupby(codes).any().reindex(codes)
    return pd.Series(~doubtful.to_numpy(), index=frame.index)


def within(days: pd.Series, start: pd.Series | None, end: pd.Series | None) -> pd.Series:
    """Whether a day lies from start to end; an end that isn't known is open."""
    fact = pd.Series(True, index=days.index)
    if start is not None:
        fact &= start.isna() | (days >= start)
    if end is not None:
        fact &= end.isna() | (days <= end)
    return fact
