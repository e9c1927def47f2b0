"""Rows of one table as they were accepted then and as they are accepted now, set side by side."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench.data.schemas import TableSchema
from workbench.quarters import quarter_labels

CHANGES = ("late", "edited", "removed", "set_aside", "returned")
REVISION_COLUMNS = ["table", "quarter", *CHANGES, "moved_on"]
_BETWEEN = "\x1f"


def revised_rows(
    schema: TableSchema,
    then: pd.DataFrame,
    now: pd.DataFrame | None,
    set_aside: pd.DataFrame | None,
    returned: Iterable[tuple[str, int]],
    last_day: pd.Timestamp,
    fiscal_year_starts: int = 1,
) -> pd.DataFrame:
    """Count the rows of past quarters that came late, were edited, or are gone.

    Parameters
    ----------
    schema
        The table's schema. Rows are the same if their keys are; the quarter is that of the first
        date that every row must have. Rows of a table without one have none and can't be late.
    then, now
        Accepted rows; ``now`` is None if the table was not handed in.
    set_aside
        Rows set aside now.
    returned
        File and row of those that a correction brought back.
    last_day
        Last day of the quarter published then; later rows are news, not revisions.
    fiscal_year_starts
        Month in which the fiscal year starts.

    Returns
    -------
    DataFrame
        ``REVISION_COLUMNS``, one row a quarter with any change. A row to which something happened
        after ``last_day`` (it was closed, or a stage began) has moved on and was not edited.
    """
    dated = _date_column(schema)
    past = then[then[dated] <= last_day] if dated else then
    before = past.set_index(_keys(past, schema))
    after = (now if now is not None else then.head(0)).copy()
    after.index = _keys(after, schema)
    new = after[~after.index.isin(before.index)]
    if dated:
        new = new[new[dated] <= last_day]
        came_back = _pairs(new).isin(set(returned))
        late, back = new[~came_back], new[came_back]
    else:
        late, back = new.head(0), new[_pairs(new).isin(set(returned))]
    gone = before[~before.index.isin(after.index)]
    aside = set_aside if set_aside is not None else then.head(0)
    is_aside = gone.index.isin(_keys(aside, schema))
    edited, moved_on = _edited(before, after, schema, last_day, dated)
    kinds = {
        "late": late,
        "edited": edited,
        "removed": gone[~is_aside],
        "set_aside": gone[is_aside],
        "returned": back,
        "moved_on": moved_on,
    }
    counts = {kind: _by_quarter(rows, dated, fiscal_year_starts) for kind, rows in kinds.items()}
    table = pd.DataFrame(counts).fillna(0).astype("int64").rename_axis("quarter").reset_index()
    return table.assign(table=schema.table)[REVISION_COLUMNS]


def _date_column(schema: TableSchema) -> str:
    """Column of the day that a row is about; empty if it is about none."""
    dates = [name for name, one in schema.columns.items() if one.type == "date" and one.required]
    return dates[0] if dates else ""


def _keys(rows: pd.DataFrame, schema: TableSchema) -> pd.Index:
    """Key of each row as one text, whether its cells are typed or as received."""
    first, *others = (
        _text(rows[name]) if name in rows.columns else pd.Series("", index=rows.index, dtype="str")
        for name in schema.key
    )
    for part in others:
        first = first + _BETWEEN + part
    return pd.Index(first, dtype="str")


def _text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").fillna("").astype("str")
    return values.astype("string").fillna("").astype("str")


def _pairs(rows: pd.DataFrame) -> pd.Series:
    if "source_file" not in rows.columns:
        return pd.Series(None, index=rows.index, dtype="object")
    pairs = zip(rows["source_file"], rows["source_row"], strict=True)
    return pd.Series([(str(file), int(row)) for file, row in pairs], rows.index, dtype="object")


def _edited(
    before: pd.DataFrame,
    after: pd.DataFrame,
    schema: TableSchema,
    last_day: pd.Timestamp,
    dated: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows as they were whose content is other now, and those to which something new happened."""
    shared = before.index.intersection(after.index)
    then, now = before.loc[shared], after.loc[shared]
    names = [one for one in schema.columns if one in then.columns and one in now.columns]
    changed = pd.Series(False, index=shared)
    news = pd.Series(False, index=shared)
    for name in names:
        differs = _text(then[name]) != _text(now[name])
        changed |= differs
        if schema.columns[name].type == "date" and name != dated:
            news |= differs & (pd.to_datetime(now[name]) > last_day)
    return then[changed & ~news], then[changed & news]


def _by_quarter(rows: pd.DataFrame, dated: str, fiscal_year_starts: int) -> pd.Series:
    if not dated:
        return pd.Series({"": len(rows)} if len(rows) else {}, dtype="int64")
    return quarter_labels(rows[dated].reset_index(drop=True), fiscal_year_starts).value_counts()
