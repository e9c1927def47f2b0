"""Writing the drafts of a first look into a study: never over a file, and never data."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from workbench.data.inspection import Inspection
from workbench.data.instruments import INSTRUMENTS_FOLDER
from workbench.data.schemas import load_schemas
from workbench.data.source_files import SOURCES_FOLDER, load_source
from workbench.errors import SettingsError
from workbench.settings import find_study_folder


@dataclass(frozen=True)
class Given:
    """Tables that a study has from elsewhere than the file in hand.

    Attributes
    ----------
    by_sources
        Tables that its source files feed.
    as_files
        Tables that stand beside the file under their own names.
    """

    by_sources: frozenset[str] = frozenset()
    as_files: frozenset[str] = frozenset()


def study_of(path: Path, study: Path | None = None) -> Path | None:
    """Folder of the study that a file belongs to: the one named, or the one it lies in.

    Raises
    ------
    SettingsError
        If a study was named and there is none.
    """
    if study is not None:
        return find_study_folder(study.resolve())
    for start in (path.resolve().parent, Path.cwd()):
        with contextlib.suppress(SettingsError):
            return find_study_folder(start)
    return None


def given_tables(path: Path, study_folder: Path | None) -> Given:
    """Tables that come from elsewhere, so that they are not drawn out of a file as well."""
    if study_folder is None:
        return Given()
    fed: set[str] = set()
    for one in sorted((study_folder / SOURCES_FOLDER).glob("*.yml")):
        with contextlib.suppress(SettingsError):
            source = load_source(one.stem, study_folder)
            if source.file != path.name:
                fed |= set(source.tables)
    schemas = load_schemas(study_folder)
    beside = {one.stem for one in path.resolve().parent.glob("*.csv") if one.stem in schemas}
    return Given(frozenset(fed), frozenset(beside - {path.stem}))


def write_drafts(found: Inspection, study_folder: Path) -> list[Path]:
    """Write the source file, and the instrument if it is new, into a study.

    Raises
    ------
    SettingsError
        If there is nothing to write, or one of the files is there.
    """
    if found.draft is None:
        raise SettingsError("No table was found, so there is nothing to write. Name it with "
                            "--table.")  # fmt: skip
    files = {study_folder / SOURCES_FOLDER / f"{found.draft.name}.yml": found.draft.text()}
    if found.instrument_text:
        name = f"{found.instrument}_v1.yml"
        files[study_folder / INSTRUMENTS_FOLDER / name] = found.instrument_text
    there = [path for path in files if path.exists()]
    if there:
        shown = ", ".join(str(path.relative_to(study_folder)) for path in there)
        raise SettingsError(
            f"{shown} is there already, and is not written over. Move it away to draft it again."
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    return list(files)
