"""What a source file says about reading: where the export is, and how its rows stand in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE_READERS = ("csv", "xlsx", "parquet", "redcap")


class RedcapChoices(BaseModel):
    """Which part of a REDCap project is read, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dictionary: str = ""
    """Data dictionary of the project, a csv file beside the export; the API gives its own."""
    form: str = ""
    """Form to read. Rows of repeating instruments other than it are left out and counted."""
    event: tuple[str, ...] | dict[str, str] | str = ()
    """Events to read, or event to the text that is to stand for it; others are left out."""
    carry: tuple[str, ...] = ()
    """Columns whose value stands once for a record and belongs to each of its rows."""
    checkboxes: dict[str, Literal["long", "yes_no"]] = Field(default_factory=dict)
    """Checkbox fields made one row for each ticked option, or yes and no in their columns."""
    dates_shifted: bool | None = None
    """Whether dates were shifted when the export was made."""

    @property
    def events(self) -> dict[str, str]:
        """Event to the text that stands for it."""
        if isinstance(self.event, dict):
            return dict(self.event)
        named = (self.event,) if isinstance(self.event, str) else self.event
        return {event: event for event in named if event}

    @model_validator(mode="after")
    def _one_field_made_long(self) -> RedcapChoices:
        if list(self.checkboxes.values()).count("long") > 1:
            raise ValueError("only one checkbox field can be made long")
        if Path(self.dictionary).name != self.dictionary:
            raise ValueError("'dictionary' should be a file's name without folders")
        return self


class ReadingFields(BaseModel):
    """Entries of a source file about reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    file: str = ""
    files: str = ""
    """In place of ``file``, one file a site: a path from the folder of what was received, with
    ``*`` for the folder named by the site's identifier, such as ``sites/*/observations.csv``."""
    reader: Literal["csv", "xlsx", "parquet", "sql", "redcap", "redcap_api"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    mojibake: Literal["", "as_written"] = ""
    """``as_written`` lets text pass that looks as if it had been encoded twice."""
    header_row: int = Field(default=1, ge=1)
    header_rows: int = Field(default=1, ge=1, le=5)
    """Rows of the header; several are joined with ' / '."""
    sheet: str = ""
    fill_down: tuple[str, ...] = ()
    """Columns whose merged or empty cells take the one above."""
    rows_expected: int | None = Field(default=None, ge=0)
    sha256: str = Field(default="", pattern="^([0-9a-fA-F]{64})?$")
    no_rows: bool = False
    """Whether the export may have no rows, as when no event took place."""
    query: str = ""
    table: str = ""
    """Table or view of a database, with its schema if it needs one."""
    order_by: tuple[str, ...] = ()
    """Columns that order the rows of a database, so that a row keeps its number."""
    url_from: str = ""
    """Name of the environment variable that holds the database's URL; never the URL."""
    api_from: str = ""
    token_from: str = ""
    """Names of the environment variables that hold the address and the token of REDCap's API."""
    redcap: RedcapChoices | None = None

    @property
    def asks_about_header(self) -> bool:
        """Whether nothing is said yet about the rows of the header."""
        return not {"header_row", "header_rows"} & self.model_fields_set

    @model_validator(mode="after")
    def _can_be_read(self) -> ReadingFields:
        if Path(self.file).name != self.file:
            raise ValueError(f"'{self.file}' should be a file's name without folders")
        try:
            b"ab".decode(self.encoding)
        except UnicodeError:
            pass
        except LookupError:
            raise ValueError(f"there is no encoding '{self.encoding}'") from None
        self._check_files()
        for entry in ("url_from", "api_from", "token_from"):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*|", getattr(self, entry)):
                raise ValueError(
                    f"{entry} is the name of an environment variable, and never what it holds"
                )
        self._check_database()
        self._check_redcap()
        return self

    def _check_files(self) -> None:
        if (self.reader in FILE_READERS) != bool(self.file or self.files):
            does = "needs" if self.reader in FILE_READERS else "has no"
            raise ValueError(f"reader '{self.reader}' {does} 'file'")
        if not self.files:
            return
        if self.file or self.sha256 or self.rows_expected is not None:
            raise ValueError("file, sha256 and rows_expected don't go with 'files'")
        *folders, name = self.files.split("/")
        plain = [part for part in (*folders, name) if re.fullmatch(r"\w[\w. -]*", part)]
        if folders.count("*") != 1 or len(plain) != len(folders):
            raise ValueError(
                f"'{self.files}' should be a path with one '*' for the site's folder, such as "
                "sites/*/observations.csv"
            )

    def _check_database(self) -> None:
        of_database = (self.query, self.table, self.url_from, self.order_by)
        if self.reader != "sql":
            if any(of_database):
                raise ValueError("query, table, url_from and order_by go with reader 'sql'")
            return
        if not self.url_from or bool(self.query) == bool(self.table):
            raise ValueError("reader 'sql' needs 'url_from', and either 'table' or 'query'")

    def _check_redcap(self) -> None:
        if bool(self.api_from and self.token_from) != (self.reader == "redcap_api"):
            raise ValueError("'api_from' and 'token_from' go with reader 'redcap_api', which "
                             "needs both")  # fmt: skip
        if self.redcap and not self.reader.startswith("redcap"):
            raise ValueError("'redcap' goes with the readers 'redcap' and 'redcap_api'")
