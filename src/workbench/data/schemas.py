"""What each table must look like, read from data/schemas/tables/<table>.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.errors import SettingsError
from workbench.resources import resource_file, resource_files
from workbench.yaml_files import read_model

TABLES_FOLDER = "data/schemas/tables"

ColumnType = Literal[
    "identifier", "text", "category", "yes_no", "integer", "number", "date", "response"
]


class Column(BaseModel):
    """One column of a table.

    ``required`` columns must be in the file with every cell filled, unless ``empty_allowed``.
    Other columns may be absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: ColumnType
    description: str
    required: bool = False
    empty_allowed: bool = False
    values: tuple[str, ...] = ()
    """Legal values of a category."""
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None
    may_be_future: bool = True
    """Whether a date may lie after the day of the run, as a due date may."""

    @model_validator(mode="after")
    def _values_belong_to_categories(self) -> Column:
        if (self.type == "category") != bool(self.values):
            raise ValueError("a category needs 'values', and only a category has them")
        return self


class TableSchema(BaseModel):
    """A table of the study: its columns, its key, and what it refers to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    one_row_is: str
    adds: str
    """What can be said once this table is handed in."""
    key: tuple[str, ...]
    columns: dict[str, Column]
    references: dict[str, str] = Field(default_factory=dict)
    """Column to ``table.column`` of the table that lists its values."""
    one_of_required: tuple[tuple[str, ...], ...] = ()
    order_of_dates: tuple[tuple[str, str], ...] = ()
    checked_after: tuple[str, ...] = ()
    """Tables to which rows may refer although no one column does."""

    @model_validator(mode="after")
    def _names_are_columns(self) -> TableSchema:
        named = {*self.key, *self.references}
        named.update(name for group in self.one_of_required for name in group)
        named.update(name for pair in self.order_of_dates for name in pair)
        unknown = sorted(named - set(self.columns))
        if unknown:
            raise ValueError(f"{', '.join(unknown)} are not columns of {self.table}")
        return self

    @property
    def required_columns(self) -> list[str]:
        """Columns that a file must have."""
        return [name for name, column in self.columns.items() if column.required]


def load_schema(table: str, study_folder: Path | None = None) -> TableSchema:
    """Load the schema of one table.

    Raises
    ------
    SettingsError
        If there is no such table, or its file is not a schema.
    """
    schema = read_model(resource_file(f"{TABLES_FOLDER}/{table}.yml", study_folder), TableSchema)
    if schema.table != table:
        raise SettingsError(f"The schema file {table}.yml is about '{schema.table}'.")
    return schema


def load_schemas(study_folder: Path | None = None) -> dict[str, TableSchema]:
    """Schemas of all tables, parents before the tables that refer to them."""
    names = [path.stem for path in resource_files(TABLES_FOLDER, "*.yml", study_folder)]
    schemas = {name: load_schema(name, study_folder) for name in names}
    ordered: dict[str, TableSchema] = {}
    while schemas:
        ready = [
            name
            for name, schema in schemas.items()
            if not (_parents(schema) - {name}) & set(schemas)
        ]
        if not ready:
            raise SettingsError(f"These tables refer to one another in a ring: {sorted(schemas)}.")
        for name in ready:
            ordered[name] = schemas.pop(name)
    return ordered


def _parents(schema: TableSchema) -> set[str]:
    return {target.split(".")[0] for target in schema.references.values()} | {*schema.checked_after}
