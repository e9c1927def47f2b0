"""Retention and deletion: what the workbench keeps of a person, or of quarters long past, goes.

What an agency received or wrote itself is never touched: files with the person in them are listed
with their rows. What the workbench made of them is ours to delete. Pages and manifests stay: a page
holds no person, and a manifest says what a page was made from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench.errors import ParameterError
from workbench.results import RUN_FILE
from workbench.running.forgotten_record import RECORD, Change, append_record
from workbench.running.manifest import MANIFEST
from workbench.running.mentions import (
    PLAN_COLUMNS,
    STAFF_COLUMNS,
    Mention,
    NotSearched,
    Person,
    cells_naming,
    names_person,
    rows_about,
    rows_that_name,
)
from workbench.running.staged_run import hash_of
from workbench.settings import Study

KEPT_ENDINGS = (".html", ".htm", ".pdf", ".css", ".jsonl")
KEPT_NAMES = (MANIFEST, RUN_FILE, RECORD)
KEPT_FOLDER = "findings"
OWN_FOLDERS = ("data", "notebooks", "expectations")
"""Folders of a study that belong to the agency."""
WRITTEN_BY_PEOPLE = ("templates", "words")
"""Folders under ``reports/`` that no run makes."""
NO_QUARTER = "~"
"""Stands after every quarter."""
WORKING_FOLDERS = ("accepted", "quality", "notebooks")
"""Parts of a quarter's results that name persons row by row."""


@dataclass(frozen=True)
class Forgotten:
    """What was deleted, or would be.

    Attributes
    ----------
    changes
        Files of ours that were deleted or lost rows.
    left
        Files of ours in which the identifier still stands.
    yours
        Files of the agency in which it stands.
    receipt
        With it, and only with it, the record can be tied to the identifier; empty if there is
        none.
    """

    changes: tuple[Change, ...]
    left: tuple[str, ...] = ()
    yours: tuple[Mention, ...] = ()
    receipt: str = ""


def forget_person(study: Study, person: Person, by: str, dry_run: bool = False) -> Forgotten:
    """Delete everything under ``reports/`` that names a person, and look whether it is gone.

    Tables lose the rows about the person; where the person has another part in a row, as its rater,
    the cell is emptied. Workbooks, executed notebooks and other files that name the person are
    deleted whole.

    Parameters
    ----------
    study
        The opened study.
    person
        Who, from ``mentions.practitioner`` or ``mentions.plan``.
    by
        Who deletes, for the record.
    dry_run
        Only tell what would be done.

    Raises
    ------
    ParameterError
        If the identifier is empty.
    """
    if not person.identifier.strip():
        raise ParameterError("Name the identifier of the person.")
    changes = [
        change
        for path in _our_files(study)
        if not _stays(path, study)
        for change in _take_out(path, study, person, dry_run)
    ]
    left = [] if dry_run else [_shown(p, study) for p in _our_files(study) if _names(p, person)]
    yours = tuple(
        mention
        for path in _files_of_the_agency(study)
        for mention in rows_that_name(path, _shown(path, study), person)
    )
    found = Forgotten(tuple(changes), tuple(left), yours)
    if dry_run:
        return found
    _remove_empty_folders(study)
    receipt = append_record(study.reports, person.subject, person.identifier, by, changes, left)
    return replace(found, receipt=receipt)


def forget_before(study: Study, label: str, by: str, dry_run: bool = False) -> Forgotten:
    """Delete working files of earlier quarters: rows, workbooks, notebooks, tables of people.

    Pages, findings, tables of sites and the network, and manifests stay, so that later quarters can
    be set beside them.

    Parameters
    ----------
    study
        The opened study.
    label
        First quarter to keep, such as ``2022Q1``.
    by
        Who deletes, for the record.
    dry_run
        Only tell what would be done.

    Raises
    ------
    ParameterError
        If the last published quarter would lose its rows too.
    """
    first = str(study.quarter(label))
    labels = {_quarter_of(path, study) for path in _our_files(study)} - {NO_QUARTER}
    last = max(labels, default=NO_QUARTER)
    if last < first:
        raise ParameterError(
            f"{last} is the last quarter published, and the next one is set beside it. Keep it: "
            f"name {last} or an earlier one."
        )
    changes = [
        _delete(path, study, dry_run)
        for path in _our_files(study)
        if _quarter_of(path, study) < first and _is_working_file(path, study)
    ]
    if dry_run:
        return Forgotten(tuple(changes))
    _remove_empty_folders(study)
    append_record(study.reports, f"quarters before {first}", "", by, changes, [])
    return Forgotten(tuple(changes))


def _our_files(study: Study) -> Iterator[Path]:
    """Everything under ``reports/`` but what people wrote; links are not followed."""
    for folder, folders, files in os.walk(study.reports):
        here = Path(folder)
        ours = [one for one in folders if here != study.reports or one not in WRITTEN_BY_PEOPLE]
        folders[:] = sorted(ours)
        yield from (here / name for name in sorted(files) if not (here / name).is_symlink())


def _files_of_the_agency(study: Study) -> Iterator[Path]:
    for name in OWN_FOLDERS:
        for folder, folders, files in os.walk(study.folder / name):
            folders[:] = sorted(one for one in folders if one != "schemas")
            yield from (Path(folder) / one for one in sorted(files))


def _stays(path: Path, study: Study) -> bool:
    """Whether a file is kept whatever stands in it: by design it names nobody, and others need it.

    What lies in ``reports/`` itself are ledgers and locks of the runs. Pages about one person are
    the exception among pages.
    """
    if path.parent == study.private:
        return False
    return (
        path.parent == study.reports
        or path.parent.name == KEPT_FOLDER
        or path.name in KEPT_NAMES
        or path.suffix in KEPT_ENDINGS
        or (path.suffix == ".xlsx" and path.with_suffix(".html").is_file())
    )


def _take_out(path: Path, study: Study, person: Person, dry_run: bool) -> Iterator[Change]:
    if path.suffix == ".parquet":
        yield from _without_person(path, study, person, dry_run)
    elif _names(path, person):
        yield _delete(path, study, dry_run)


def _names(path: Path, person: Person) -> bool:
    """Whether a file names the person; one that can't be read counts, so that nothing is missed."""
    try:
        return names_person(path, person)
    except NotSearched:
        return True


def _without_person(path: Path, study: Study, person: Person, dry_run: bool) -> Iterator[Change]:
    frame = pd.read_parquet(path)
    gone = rows_about(frame, person)
    kept = frame[~gone].copy()
    cells = cells_naming(kept, person)
    if not gone.any() and not cells:
        return
    for name, here in cells.items():
        kept[name] = kept[name].astype("object").mask(here, None).astype(frame[name].dtype)

    def rewrite() -> None:
        staged = path.with_name(f".{path.name}.new")
        kept.to_parquet(staged, index=False)
        _replace(staged, path)

    rows, emptied = int(gone.sum()), sum(int(here.sum()) for here in cells.values())
    yield _change(path, study, dry_run, rewrite, rows, emptied)


def _delete(path: Path, study: Study, dry_run: bool) -> Change:
    return _change(path, study, dry_run, path.unlink)


def _change(
    path: Path,
    study: Study,
    dry_run: bool,
    act: Callable[[], object],
    rows: int = 0,
    cells: int = 0,
) -> Change:
    before = hash_of(path)
    if not dry_run:
        act()
    after = hash_of(path) if path.is_file() else ""
    return Change(_shown(path, study), before, "" if dry_run else after, rows, cells)


def _replace(staged: Path, path: Path) -> None:
    with staged.open("rb") as file:
        os.fsync(file.fileno())
    staged.replace(path)


def _shown(path: Path, study: Study) -> str:
    return path.relative_to(study.folder).as_posix()


def _quarter_of(path: Path, study: Study) -> str:
    """Label of the published quarter that a file belongs to, or ``NO_QUARTER``."""
    top = path.relative_to(study.reports).parts[0]
    is_quarter = len(top) == 6 and top[4] == "Q" and (top[:4] + top[5]).isdigit()
    return top if is_quarter else NO_QUARTER


def _is_working_file(path: Path, study: Study) -> bool:
    parts = path.relative_to(study.reports).parts[1:-1]
    if any(part in WORKING_FOLDERS for part in parts):
        return True
    return path.suffix == ".parquet" and bool(
        set(_columns(path)) & {*STAFF_COLUMNS, *PLAN_COLUMNS, "subject_id"}
    )


def _columns(path: Path) -> list[str]:
    return [str(name) for name in pd.read_parquet(path).columns]


def _remove_empty_folders(study: Study) -> None:
    for folder, _, _ in os.walk(study.reports, topdown=False):
        here = Path(folder)
        if here != study.reports and not any(here.iterdir()):
            here.rmdir()
