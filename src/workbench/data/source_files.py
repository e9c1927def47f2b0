"""Source files: how an export becomes tables, one file a source under data/schemas/sources.

A source names its file and, for each table it feeds, where every column comes from: a column, a
constant, several columns joined, date parts, part of a text, or wide columns made long.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.data.reading_fields import ReadingFields
from workbench.errors import SettingsError
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


class Source(ReadingFields):
    """One export and the tables it feeds; what it says about reading is in ``ReadingFields``."""

    source: str
    title: str
    missing: tuple[str, ...] = ()
    """Texts that mean an empty cell, besides the empty cell."""
    notes: tuple[str, ...] = ()
    """What a reader must know of this export; reports print it."""
    tables: dict[str, TableMap]


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
