"""What a study was handed in: one extract a table and file, as text, with its fingerprint."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from workbench.data.near_names import near_name_problems
from workbench.data.readers import TextTable, read_csv
from workbench.data.schemas import TableSchema
from workbench.data.source_files import load_source
from workbench.data.sources import map_table, read_source
from workbench.errors import DataProblems, Problem, SettingsError
from workbench.settings import Study


@dataclass(frozen=True)
class Extract:
    """Rows received for one table from one file.

    Attributes
    ----------
    table
        Table of the study.
    frame
        Text columns under the table's own names; the index is the row number in the file.
    source
        File, as messages name it.
    fingerprint
        SHA-256 of the file.
    uneven
        Rows with more or fewer cells than the header, which can't be read into columns.
    notes
        What was repaired or left out, as sentences.
    """

    table: str
    frame: pd.DataFrame
    source: str
    fingerprint: str
    uneven: dict[int, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_extracts(
    study: Study, schemas: dict[str, TableSchema], folder: Path | None = None
) -> list[Extract]:
    """Read everything that the study was handed in.

    Without source files in the settings, each table is ``<table>.csv`` under its own column names.

    Parameters
    ----------
    study
        The opened study.
    schemas
        Tables that may be handed in.
    folder
        Folder of the files; the study's ``data/raw`` if None.

    Raises
    ------
    DataProblems
        Every file that can't be read, all at once.
    SettingsError
        If a source file is missing, is not one, or feeds a table that there is none of.
    """
    folder = folder or study.raw
    problems: list[Problem] = []
    if study.settings.sources:
        extracts = _from_sources(study, schemas, folder, problems)
    else:
        extracts = _from_tables(schemas, folder, problems)
    if not extracts and not problems:
        problems.append(
            Problem(
                "nothing_received",
                "",
                f"There is no data in {folder}.",
                "Put the tables there as CSV files (sites, practitioners, fidelity_responses), or "
                "make the example with 'workbench demo FOLDER'.",
                source=str(folder),
            )
        )
    if problems:
        raise DataProblems(problems)
    return extracts


def _from_tables(
    schemas: dict[str, TableSchema], folder: Path, problems: list[Problem]
) -> list[Extract]:
    extracts = []
    for table in schemas:
        path = folder / f"{table}.csv"
        if not path.is_file():
            continue
        try:
            text = read_csv(path, path.name)
        except DataProblems as error:
            problems.extend(error.problems)
            continue
        problems.extend(near_name_problems(text.frame.columns, schemas[table], text.source))
        extracts.append(
            Extract(table, text.frame, text.source, text.fingerprint, text.uneven, text.notes)
        )
    return extracts


def _from_sources(
    study: Study, schemas: dict[str, TableSchema], folder: Path, problems: list[Problem]
) -> list[Extract]:
    extracts: list[Extract] = []
    for name in study.settings.sources:
        source = load_source(name, study.folder)
        if unknown := sorted(set(source.tables) - set(schemas)):
            raise SettingsError(
                f"{name}.yml feeds {', '.join(unknown)}, which is no table of the study. "
                f"Tables: {', '.join(schemas)}."
            )
        try:
            text = read_source(source, folder)
        except DataProblems as error:
            problems.extend(error.problems)
            continue
        for table, mapping in source.tables.items():
            try:
                frame, notes = map_table(text, table, mapping)
            except DataProblems as error:
                problems.extend(error.problems)
                continue
            extracts.append(_extract(table, frame, text, (*text.notes, *source.notes, *notes)))
    return extracts


def _extract(table: str, frame: pd.DataFrame, text: TextTable, notes: tuple[str, ...]) -> Extract:
    return Extract(table, frame, text.source, text.fingerprint, text.uneven, notes)
