"""What a study was handed in: one extract a table and file, as text, with its fingerprint."""

from __future__ import annotations

from pathlib import Path

from workbench.data.extract import Extract
from workbench.data.identifiers import across_tables
from workbench.data.near_names import near_name_problems
from workbench.data.readers import TextTable, read_csv
from workbench.data.schemas import TableSchema
from workbench.data.shifted_cells import shifted_problems
from workbench.data.source_files import Source, TableMap, load_source
from workbench.data.sources import map_table, read_source
from workbench.errors import DataProblems, Problem, SettingsError
from workbench.settings import Study

__all__ = ["Extract", "read_extracts"]


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
        Every file that can't be read or whose cells stand under other names, and every code that
        differs between tables by zeros only, all at once.
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
    shifted = shifted_problems(extracts, schemas)
    problems.extend(problem for _, problem in shifted)
    # What stands under a wrong name is no answer and no question.
    in_place = [one for one in extracts if not any(one is each for each, _ in shifted)]
    problems.extend(across_tables(in_place, schemas))
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
        for table in source.tables:
            try:
                extracts.append(_mapped(text, source, schemas[table]))
            except DataProblems as error:
                problems.extend(error.problems)
    return extracts


def _mapped(text: TextTable, source: Source, schema: TableSchema) -> Extract:
    table = schema.table
    mapping = source.map_of(table, {name: one.type for name, one in schema.columns.items()})
    frame, notes = map_table(text, table, mapping)
    return Extract(
        table,
        frame,
        text.source,
        text.fingerprint,
        text.uneven,
        (*text.notes, *source.notes, *notes),
        source.source,
        mapping,
        source.total_rows,
        source.no_rows,
        _places(text, mapping),
    )


def _places(text: TextTable, mapping: TableMap) -> dict[str, int]:
    """Place in the file of each column that is one of the file's own."""
    own = {name: place for place, name in enumerate(text.frame.columns)}
    columns = {name: one.column for name, one in mapping.columns.items() if one.column}
    return {name: own[column] for name, column in columns.items()}
