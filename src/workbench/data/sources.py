"""Source files: how an export becomes tables, one file a source under data/schemas/sources.

A source names its file and, for each table it feeds, where every column comes from: a column, a
constant, several columns joined, date parts, part of a text, or wide columns made long.
"""

from __future__ import annotations

import calendar
import codecs
import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.data.readers import TextTable, read_csv, read_parquet, read_xlsx
from workbench.errors import DataProblems, Problem, SettingsError
from workbench.resources import resource_file
from workbench.yaml_files import read_model

SOURCES_FOLDER = "data/schemas/sources"


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class DateParts(_Declared):
    """Columns that hold day, month and year."""

    day: str
    month: str
    year: str


class Periods(_Declared):
    """A column of period numbers, placed on a calendar that the source file states."""

    column: str
    first: int
    """Number of the period that starts on ``starts_on``."""
    starts_on: dt.date
    months: int = Field(default=3, ge=1)
    """Length of a period."""


class ColumnMap(_Declared):
    """Where one column of a table comes from; exactly one way is named."""

    column: str = Field(default="", alias="from")
    constant: str = ""
    join: tuple[str, ...] = ()
    separator: str = "/"
    date_parts: DateParts | None = None
    periods: Periods | None = None
    pattern: str = ""
    """With ``from``: a regular expression; its first group is taken from the text. A text that
    doesn't fit it stays as it is."""
    date_format: str = ""
    """With ``from``: how a date is written, such as ``%d%m%Y``."""
    values: dict[str, str] = Field(default_factory=dict)
    """With ``from``: text to text, such as Yes to 1; other texts stay."""
    add: float = 0.0
    """With ``from``: number added, where the export's scale starts elsewhere."""

    @model_validator(mode="after")
    def _one_way(self) -> ColumnMap:
        ways = [self.column, self.constant, self.join, self.date_parts, self.periods]
        if sum(bool(way) for way in ways) != 1:
            raise ValueError("name one of from, constant, join, date_parts or periods")
        if not self.column and (self.pattern or self.values or self.date_format or self.add):
            raise ValueError("pattern, values, date_format and add go with from")
        if self.pattern and not _compiled(self.pattern).groups:
            raise ValueError(f"the pattern '{self.pattern}' has no group in brackets to take")
        return self


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression of a source file, or say what is wrong with it."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from None


class WideToLong(_Declared):
    """Columns that hold one measure each, made into one row each."""

    columns: str
    """Regular expression that the whole name of a wide column matches."""
    name_to: str
    value_to: str
    skip_empty: bool = False
    """Whether an empty cell means that the measure was not asked, so that it gives no row."""
    missing_flag: str = ""
    """Pattern of a column that is 1 where a value was missing, such as ``MI_{column}``."""
    values: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _columns_can_be_matched(self) -> WideToLong:
        _compiled(self.columns)
        return self


class TableMap(_Declared):
    """How one table is made from the source."""

    columns: dict[str, ColumnMap]
    wide_to_long: WideToLong | None = None
    one_row_each: bool = False
    """Whether rows that say the same are one row, as sites in an export of observations."""


class Source(_Declared):
    """One export and the tables it feeds."""

    source: str
    title: str
    file: str
    reader: Literal["csv", "xlsx", "parquet"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    header_row: int = Field(default=1, ge=1)
    sheet: str = ""
    missing: tuple[str, ...] = ()
    """Texts that mean an empty cell, besides the empty cell."""
    notes: tuple[str, ...] = ()
    """What a reader must know of this export; reports print it."""
    tables: dict[str, TableMap]

    @model_validator(mode="after")
    def _file_can_be_read(self) -> Source:
        if Path(self.file).name != self.file:
            raise ValueError(f"'{self.file}' should be a file's name without folders")
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"there is no encoding '{self.encoding}'") from None
        return self


def load_source(name: str, study_folder: Path | None = None) -> Source:
    """Source file of a name.

    Raises
    ------
    SettingsError
        If there is none, or it is not a source.
    """
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise SettingsError(f"'{name}' is no name for a source: use a-z, 0-9 and _.")
    return read_model(resource_file(f"{SOURCES_FOLDER}/{name}.yml", study_folder), Source)


def read_source(source: Source, folder: Path) -> TextTable:
    """Read the export of a source from a folder, declared missing texts made empty.

    Raises
    ------
    DataProblems
        If the file is not there, or can't be read.
    """
    path = folder / source.file
    if not path.is_file():
        raise DataProblems(
            [
                Problem(
                    "missing_file",
                    "",
                    f"There is no file {source.file} in {folder}.",
                    f"Put the export there, or mend 'file:' in {source.source}.yml.",
                    source=source.file,
                )
            ]
        )
    if source.reader == "csv":
        text = read_csv(path, source.file, source.delimiter, source.encoding, source.header_row)
    elif source.reader == "xlsx":
        text = read_xlsx(path, source.file, source.sheet, source.header_row)
    else:
        text = read_parquet(path, source.file)
    frame = text.frame.mask(text.frame.isin(source.missing))
    return TextTable(frame, text.source, text.fingerprint, text.uneven, text.notes)


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
            f"The source file asks for a column '{column}'.",
            f"The file has {len(text.frame.columns)} columns and none of that name: "
            "mend the export or the source file.",
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
    if each.date_format:
        values = values.map(lambda text: _iso_date(text, each.date_format), na_action="ignore")
    if each.add:
        values = values.map(lambda text: _shifted(text, each.add), na_action="ignore")
    return values


def _iso_date(text: str, date_format: str) -> str:
    """ISO form of a date; a text that is not of the format stays as it is, to be set aside."""
    try:
        date = dt.datetime.strptime(text, date_format)
    except ValueError:
        return text
    # Without anything between its parts, a text that lost a zero could be two dates.
    if re.search(r"%\w%", date_format) and date.strftime(date_format) != text:
        return text
    return date.date().isoformat()


def _shifted(text: str, add: float) -> str:
    """Text of a number with ``add`` added, exactly; a text that is no number stays as it is."""
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
        return text
    total = Decimal(text) + Decimal(str(add))
    return f"{total:f}".rstrip("0").rstrip(".") if total % 1 else str(int(total))


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
                    f"'{flag}' says that {filled} values of '{name}' were missing, though the file "
                    "holds numbers there. They are read as missing."
                )
            values = values.mask(flagged)
        part = fixed.assign(**{wide.name_to: name, wide.value_to: values})
        parts.append(part[values.notna()] if wide.skip_empty else part)
    long = pd.concat(parts).sort_index(kind="stable")
    return long.astype({wide.name_to: "str", wide.value_to: "str"}), notes
