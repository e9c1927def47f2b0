"""Source files: how an export becomes tables, one file a source under data/schemas/sources.

A source names its file and, for each table it feeds, where every column comes from: a column, a
constant, several columns joined, date parts, part of a text, or wide columns made long.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from workbench.data.reading_fields import ReadingFields
from workbench.data.value_fields import DateFields, Declared, NumberFields, with_defaults
from workbench.errors import SettingsError
from workbench.resources import resource_file
from workbench.yaml_files import read_model

SOURCES_FOLDER = "data/schemas/sources"


class DateParts(Declared):
    """Columns that hold day, month and year."""

    day: str
    month: str
    year: str


class Periods(Declared):
    """A column of period numbers, placed on a calendar that the source file states."""

    column: str
    first: int
    """Number of the period that starts on ``starts_on``."""
    starts_on: dt.date
    months: int = Field(default=3, ge=1)
    """Length of a period."""


class ColumnMap(NumberFields, DateFields):
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
    """With ``from``: how a date is written, such as ``%d%m%Y``; ``date_formats`` are several."""
    digits: int = Field(default=0, ge=0, le=30)
    """With ``from``: codes of digits get zeros at the left up to this many, where a spreadsheet
    dropped them."""
    values: dict[str, str] = Field(default_factory=dict)
    """With ``from``: text to text, such as Yes to 1; other texts stay."""

    @model_validator(mode="after")
    def _one_way(self) -> ColumnMap:
        ways = [self.column, self.constant, self.join, self.date_parts, self.periods]
        if sum(bool(way) for way in ways) != 1:
            raise ValueError("name one of from, constant, join, date_parts or periods")
        steps = set(type(self).model_fields) - {"column", "constant", "join", "separator",
                                                "date_parts", "periods"}  # fmt: skip
        if not self.column and steps & self.model_fields_set:
            raise ValueError("pattern, values, date_format, add and the like go with from")
        if self.pattern and not _compiled(self.pattern).groups:
            raise ValueError(f"the pattern '{self.pattern}' has no group in brackets to take")
        return self

    @property
    def formats(self) -> tuple[str, ...]:
        """Every way in which a date may be written."""
        return tuple(filter(None, (self.date_format, *self.date_formats)))


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression of a source file, or say what is wrong with it."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from None


class WideToLong(NumberFields):
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


class TableMap(Declared):
    """How one table is made from the source."""

    columns: dict[str, ColumnMap]
    wide_to_long: WideToLong | None = None
    one_row_each: bool = False
    """Whether rows that say the same are one row, as sites in an export of observations."""
    ids_as_written: bool = False
    """Whether 007 and 7 are two identifiers, as ``Source.ids_as_written`` says of all tables."""


class Source(ReadingFields):
    """One export and the tables it feeds; what it says about reading is in ``ReadingFields``.

    What it says here about numbers and dates holds for every column that says nothing of its own.
    """

    source: str
    title: str
    missing: tuple[str, ...] = ()
    """Texts that mean an empty cell, besides the empty cell."""
    decimal: Literal["", ".", ","] = ""
    thousands: str = Field(default="", max_length=1)
    date_formats: tuple[str, ...] = ()
    excel_dates: bool = False
    time_zone: str = ""
    ids_as_written: bool = False
    """Whether identifiers that differ only by zeros, case or signs that can't be seen are two."""
    total_rows: str = ""
    """Text in a key that marks a row of totals, such as Total."""
    notes: tuple[str, ...] = ()
    """What a reader must know of this export; reports print it."""
    tables: dict[str, TableMap]

    def map_of(self, table: str, types: dict[str, str]) -> TableMap:
        """How a table is made, with what the source says of all columns of a type.

        Parameters
        ----------
        table
            Table that the source feeds.
        types
            Type of each of its columns.
        """
        mapping = self.tables[table]
        columns = {
            name: with_defaults(one, self, types.get(name, "")) if one.column else one
            for name, one in mapping.columns.items()
        }
        wide = mapping.wide_to_long
        if wide:
            wide = with_defaults(wide, self, types.get(wide.value_to, ""))
        return mapping.model_copy(update={
            "columns": columns, "wide_to_long": wide,
            "ids_as_written": mapping.ids_as_written or self.ids_as_written,
        })  # fmt: skip

    @model_validator(mode="after")
    def _values_can_be_read(self) -> Source:
        NumberFields(decimal=self.decimal, thousands=self.thousands)
        DateFields(date_formats=self.date_formats, time_zone=self.time_zone)
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
