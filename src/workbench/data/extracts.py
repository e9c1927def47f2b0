"""What a study was handed in: one extract a table and file, as text, with its fingerprint."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from workbench.data.extract import Extract
from workbench.data.identifiers import across_tables
from workbench.data.near_names import near_name_problems
from workbench.data.readers import Layout, TextTable, read_csv
from workbench.data.schemas import TableSchema
from workbench.data.shifted_cells import shifted_problems
from workbench.data.site_deliveries import (
    PLAIN,
    SiteFile,
    delivered,
    set_sites_aside,
    site_files,
)
from workbench.data.source_files import Source, TableMap, load_source
from workbench.data.sources import map_table, read_source
from workbench.errors import DataProblems, Problem, SettingsError
from workbench.language import say
from workbench.settings import Study

__all__ = ["Extract", "read_extracts"]


def read_extracts(
    study: Study, schemas: dict[str, TableSchema], folder: Path | None = None
) -> list[Extract]:
    """Read everything that the study was handed in.

    Without source files in the settings, each table is ``<table>.csv`` under its own column names,
    or ``sites/<site_id>/<table>.csv``, one file a site, or both.

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
        differs between tables by zeros only, all at once. What is wrong in files of a few sites
        only is in ``problems`` of their extracts instead.
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
    readable = [one for one in extracts if not one.problems]
    shifted = shifted_problems(readable, schemas)
    problems.extend(problem for _, problem in shifted)
    # What stands under a wrong name is no answer and no question.
    in_place = [one for one in readable if not any(one is each for each, _ in shifted)]
    problems.extend(across_tables(in_place, schemas))
    share = study.settings.thresholds.largest_share_of_sites_set_aside
    return set_sites_aside(extracts, problems, share)


def _from_tables(
    schemas: dict[str, TableSchema], folder: Path, problems: list[Problem]
) -> list[Extract]:
    extracts = []
    for table, schema in schemas.items():
        path = folder / f"{table}.csv"
        if path.is_file():
            try:
                extracts.append(_of_table(read_csv(path, path.name), schema))
            except DataProblems as error:
                problems.extend(error.problems)
        for part in site_files(folder, PLAIN.format(table=table)):
            extracts += delivered(part, [table], partial(_of_site, part, schema))
    return extracts


def _of_table(text: TextTable, schema: TableSchema) -> Extract:
    if problems := near_name_problems(text.frame.columns, schema, text.source):
        raise DataProblems(problems)
    return Extract(schema.table, text.frame, text.source, text.fingerprint, text.uneven, text.notes)


def _of_site(part: SiteFile, schema: TableSchema) -> list[Extract]:
    """Read a site's plain table. That nothing took place there is in order, and is noted."""
    one = _of_table(read_csv(part.path, part.name, layout=Layout(no_rows=True)), schema)
    if one.received:
        return [one]
    note = say("{file}: there are no rows under the header.", file=part.name)
    return [replace(one, notes=(*one.notes, note))]


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
        if source.files:
            parts = site_files(folder, source.files)
            problems += [] if parts else [_no_files(source, folder)]
            for part in parts:
                own = source.model_copy(update={"file": part.name, "files": ""})
                read = partial(_of_export, own, schemas, folder)
                extracts += delivered(part, source.tables, read)
            continue
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


def _of_export(source: Source, schemas: dict[str, TableSchema], folder: Path) -> list[Extract]:
    """Read a site's export, and make all its tables."""
    text = read_source(source, folder)
    return [_mapped(text, source, schemas[table]) for table in source.tables]


def _no_files(source: Source, folder: Path) -> Problem:
    return Problem(
        "missing_file",
        "",
        f"There is no such file of any site in {folder}.",
        f"Put the exports there, each in a folder named by its site's identifier, or mend 'files:' "
        f"in {source.source}.yml.",
        source=source.files,
    )


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
