"""What a source file says about values: how numbers and dates are written in an export.

Nothing of this is guessed: where a file can be read in two ways, the source file says which.
"""

from __future__ import annotations

import re
import zoneinfo
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

NUMBER_TYPES = ("integer", "number", "response")


class Declared(BaseModel):
    """Base of what a source file declares."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class NumberFields(Declared):
    """How numbers are written."""

    decimal: Literal["", ".", ","] = ""
    """Sign before decimals; a point if nothing is said."""
    thousands: str = Field(default="", max_length=1)
    """Sign between thousands, such as a comma."""
    percent: Literal["", "whole", "share"] = ""
    """Whether 85 % stands as 85 (with or without the sign) or as 0.85."""
    add: float = 0.0
    """Number added, where the export's scale starts elsewhere; 0 says that it does not."""

    @model_validator(mode="after")
    def _signs_differ(self) -> NumberFields:
        if self.thousands and (self.thousands == (self.decimal or ".") or self.thousands.isalnum()):
            raise ValueError("'thousands' is a sign other than the one before decimals")
        return self

    @property
    def writes_numbers(self) -> bool:
        """Whether anything is said of how a number is written."""
        return bool(self.decimal or self.thousands or self.percent)


class DateFields(Declared):
    """How dates are written."""

    date_formats: tuple[str, ...] = ()
    """Ways in which dates are written, such as ``%d/%m/%Y``; year-month-day is always read."""
    excel_dates: bool = False
    """Whether a number such as 46112 is a day as spreadsheets count them."""
    time_zone: str = ""
    """Zone, such as Europe/Vienna, in whose days times are counted."""

    @model_validator(mode="after")
    def _zone_is_known(self) -> DateFields:
        if self.time_zone:
            try:
                zoneinfo.ZoneInfo(self.time_zone)
            except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
                raise ValueError(
                    f"there is no time zone '{self.time_zone}'; write one such as Europe/Vienna"
                ) from None
        for one in self.date_formats:
            if re.search("%z", one) and not self.time_zone:
                raise ValueError(f"the format '{one}' has a zone, so 'time_zone' is needed")
            if not re.search(r"%[A-Za-z]", one):
                raise ValueError(f"'{one}' is no way to write a date; write one such as %d/%m/%Y")
        return self


Fields = TypeVar("Fields", bound=Declared)


def with_defaults(fields: Fields, of_source: Any, kind: str) -> Fields:
    """Fields of a column, with what its source says of all columns of that type.

    Parameters
    ----------
    fields
        What is said of the column itself, which counts more.
    of_source
        The source.
    kind
        Type of the column.
    """
    names: tuple[str, ...] = ()
    if kind in NUMBER_TYPES:
        names = ("decimal", "thousands")
    elif kind == "date":
        names = ("date_formats", "excel_dates", "time_zone")
    said = {
        name: getattr(of_source, name)
        for name in names
        if name in type(fields).model_fields and getattr(of_source, name) and not _own(fields, name)
    }
    return fields.model_copy(update=said)


def _own(fields: Declared, name: str) -> bool:
    own = {name, "date_format"} if name == "date_formats" else {name}
    return bool(own & fields.model_fields_set)
