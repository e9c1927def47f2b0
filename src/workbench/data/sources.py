"""Carrying out a source file: an export is read as text and mapped to the tables it feeds."""

from __future__ import annotations

import calendar
import datetime as dt
import re

import pandas as pd

from workbench.data.near_names import nearest
from workbench.data.reading import read_source
from workbench.data.source_files import ColumnMap, Periods, TableMap, WideToLong
from workbench.data.text_tables import TextTable
from workbench.data.written_values import (
    NOT_AS_DECLARED,
    plain_dates,
    plain_numbers,
    with_zeros,
)
from workbench.errors import DataProblems, Problem
from workbench.language import say

__all__ = ["map_table", "read_source"]


def map_table(text: TextTable, table: str, mapping: TableMap) -> tuple[pd.DataFrame, list[str]]:
    """Make one table of text from an export, and sentences on what was left out.

    Raises
    ------
    DataProblems
        Naming every column of the export that the source file asks for and that is not there.
    """
    _check_columns(text, table, mapping)
    frame = text.frame
    columns = {name: _mapped(frame, each) for name, each in mapping.columns.items()}
    mapped = pd.DataFrame(columns, index=frame.index).astype("str")
    notes: list[str] = []
    if mapping.wide_to_long is not None:
        mapped, notes = _made_long(frame, mapped, mapping.wide_to_long)
    notes += _not_as_declared(mapped)
    if mapping.one_row_each:
        mapped = mapped.drop_duplicates()
    return mapped, [f"{text.source}: {note}" for note in notes]


def _check_columns(text: TextTable, table: str, mapping: TableMap) -> None:
    wanted: set[str] = set()
    for each in mapping.columns.values():
        wanted.update(filter(None, (each.column, *each.join)))
        if each.date_parts:
            wanted.update((each.date_parts.day, each.date_parts.month, each.date_parts.year))
        if each.periods:
            wanted.add(each.periods.column)
    problems = [
        Problem(
            "missing_column",
            table,
            f"The source file asks for a column '{column}', and the file's "
            f"{len(text.frame.columns)} columns have none of that name.{_is_it(column, text)}",
            "Mend the export, or the name after 'from:' in the source file.",
            source=text.source,
            column=column,
        )
        for column in sorted(wanted - set(text.frame.columns))
    ]
    wide = mapping.wide_to_long
    if wide and not [name for name in text.frame.columns if re.fullmatch(wide.columns, name)]:
        problems.append(
            Problem(
                "missing_column",
                table,
                f"No column's name matches '{wide.columns}'.",
                "Mend 'wide_to_long' in the source file.",
                source=text.source,
            )
        )
    if problems:
        raise DataProblems(problems)


def _not_as_declared(mapped: pd.DataFrame) -> list[str]:
    notes = []
    for name in mapped.columns:
        count = int(mapped[name].str.endswith(NOT_AS_DECLARED, na=False).sum())
        if count:
            notes.append(
                say(
                    "{n} cells of '{column}' are not written as the source file declares, and "
                    "their rows are set aside.",
                    n=count,
                    column=name,
                )
            )
    return notes


def _is_it(column: str, text: TextTable) -> str:
    near = nearest(column, map(str, text.frame.columns))
    return f" Is it '{near}'?" if near else ""


def _mapped(frame: pd.DataFrame, each: ColumnMap) -> pd.Series:
    if each.constant:
        return pd.Series(each.constant, index=frame.index, dtype="str")
    if each.join:
        parts = frame[list(each.join)]
        joined = parts.fillna("").agg(each.separator.join, axis=1)
        return joined.where(parts.notna().all(axis=1))
    if each.date_parts:
        date = each.date_parts
        year, month, day = frame[date.year], frame[date.month], frame[date.day]
        return year.str.zfill(4) + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)
    if each.periods:
        return frame[each.periods.column].map(lambda text: _period_start(text, each.periods))
    values = frame[each.column]
    if each.pattern:
        values = values.str.extract(each.pattern).iloc[:, 0].fillna(values)
    if each.values:  # noqa: PD011 (a field of ours)
        values = values.replace(each.values)
    if each.digits:
        values = with_zeros(values, each.digits)
    return plain_numbers(plain_dates(values, each), each)


def _period_start(text: object, periods: Periods | None) -> str | None:
    if periods is None or not isinstance(text, str) or not re.fullmatch(r"-?\d+", text):
        return text if isinstance(text, str) else None
    months = periods.starts_on.month - 1 + (int(text) - periods.first) * periods.months
    year, month = periods.starts_on.year + months // 12, months % 12 + 1
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return text
    day = min(periods.starts_on.day, calendar.monthrange(year, month)[1])
    return dt.date(year, month, day).isoformat()


def _made_long(
    frame: pd.DataFrame, fixed: pd.DataFrame, wide: WideToLong
) -> tuple[pd.DataFrame, list[str]]:
    parts, notes = [], []
    for name in [name for name in frame.columns if re.fullmatch(wide.columns, name)]:
        values = frame[name].replace(wide.values) if wide.values else frame[name]  # noqa: PD011
        flag = wide.missing_flag.format(column=name) if wide.missing_flag else ""
        if flag in frame.columns:
            flagged = frame[flag] == "1"
            filled = int((flagged & values.notna()).sum())
            if filled:
                notes.append(
                    say(
                        "'{flag}' says that {n} values of '{column}' were missing, though the file "
                        "holds numbers there. They are read as missing.",
                        flag=flag,
                        n=filled,
                        column=name,
                    )
                )
            values = values.mask(flagged)
        values = plain_numbers(values, wide)
        part = fixed.assign(**{wide.name_to: name, wide.value_to: values})
        parts.append(part[values.notna()] if wide.skip_empty else part)
    long = pd.concat(parts).sort_index(kind="stable")
    return long.astype({wide.name_to: "str", wide.value_to: "str"}), notes
