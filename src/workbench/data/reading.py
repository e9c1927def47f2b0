"""Reading the export of a source, with the reader that its source file names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from workbench.data.readers_csv import read_csv
from workbench.data.readers_parquet import read_parquet
from workbench.data.readers_workbook import read_xlsx
from workbench.data.source_files import Source
from workbench.data.text_tables import Layout, TextTable, refused


def read_source(source: Source, folder: Path) -> TextTable:
    """Read the export of a source, declared missing texts made empty.

    Parameters
    ----------
    source
        The source file.
    folder
        Folder of the files; databases and REDCap's API need none.

    Raises
    ------
    DataProblems
        If the file is not there, is not the declared one, or can't be read.
    """
    layout = layout_of(source)
    if source.reader == "sql":
        from workbench.data.readers_sql import read_sql

        text = read_sql(source, layout)
    elif source.reader == "redcap_api":
        from workbench.data.redcap_api import read_redcap_api

        text = read_redcap_api(source, layout)
    else:
        text = _read_file(source, _file(folder, source.file, source), layout, folder)
    frame = text.frame.mask(text.frame.isin(source.missing))
    return replace(text, frame=frame)


def layout_of(source: Source) -> Layout:
    """Where the rows stand, as a source file declares it."""
    return Layout(
        header_row=source.header_row,
        header_rows=source.header_rows,
        ask=source.asks_about_header,
        fill_down=source.fill_down,
        no_rows=source.no_rows,
        rows_expected=source.rows_expected,
        is_read=_reads(source),
    )


def _reads(source: Source) -> Callable[[str], bool]:
    names: set[str] = set()
    patterns: list[str] = []
    for mapping in source.tables.values():
        for each in mapping.columns.values():
            names.update(filter(None, (each.column, *each.join)))
            if each.date_parts:
                names.update((each.date_parts.day, each.date_parts.month, each.date_parts.year))
            if each.periods:
                names.add(each.periods.column)
        if mapping.wide_to_long:
            patterns.append(mapping.wide_to_long.columns)
    return lambda name: name in names or any(re.fullmatch(one, name) for one in patterns)


def _read_file(source: Source, path: Path, layout: Layout, folder: Path) -> TextTable:
    if source.reader == "xlsx":
        return read_xlsx(path, source.file, source.sheet, layout=layout)
    if source.reader == "parquet":
        return read_parquet(path, source.file, layout)
    if source.reader == "redcap":
        from workbench.data.readers_redcap import read_redcap

        dictionary = source.redcap.dictionary if source.redcap else ""
        beside = _file(folder, dictionary, source) if dictionary else None
        return read_redcap(path, source, layout, beside)
    return read_csv(
        path,
        source.file,
        source.delimiter,
        source.encoding,
        layout=layout,
        mojibake=source.mojibake,
    )


def _file(folder: Path, name: str, source: Source) -> Path:
    path = folder / name
    if not path.is_file():
        entry = "file:" if name == source.file else "dictionary:"
        raise refused(
            "missing_file",
            name,
            f"There is no file {name} in {folder}.",
            f"Put the export there, or mend '{entry}' in {source.source}.yml.",
        )
    if name == source.file and source.sha256:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != source.sha256.lower():
            raise refused(
                "not_the_declared_file",
                name,
                "The file's SHA-256 is not the one that was declared: it is another file, or the "
                "download broke off.",
                f"Download it again, or mend 'sha256:' in {source.source}.yml.",
            )
    return path
