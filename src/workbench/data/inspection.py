"""A first look at a new export: what it holds, which tables it feeds, and a draft of how.

Nothing is decided or written here. What was found is marked by how sure it is, and what only a
person can say is a question.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data.inspection_columns import MISSING_TEXTS, Profile, profile_columns
from workbench.data.inspection_draft import SourceDraft, name_of_source
from workbench.data.inspection_more import measures_beside, tables_beside
from workbench.data.inspection_opening import Opened, open_export
from workbench.data.inspection_preview import Preview, preview_tables, questions_of_values
from workbench.data.inspection_responses import with_instrument
from workbench.data.inspection_tables import RESPONSES, TableDraft, main_table, sure_by_name
from workbench.data.inspection_wide import WideColumns
from workbench.data.inspection_words import words
from workbench.data.instruments import Instrument, load_instruments
from workbench.data.reading import layout_of
from workbench.data.schemas import load_schemas
from workbench.errors import Problem, SettingsError
from workbench.settings import open_study
from workbench.wording import english_count
from workbench.yaml_text import flow


@dataclass(frozen=True)
class Inspection:
    """What a first look at an export found.

    Attributes
    ----------
    opened
        The file, and what was assumed to open it.
    profiles
        What each column holds.
    draft
        Draft of a source file; None if no table was found.
    previews
        Each table's first rows as the draft would read them.
    instrument
        Name of the instrument, drafted or known; empty if none is needed.
    instrument_text
        Draft of an instrument file; empty if the instrument is known.
    wide
        Wide columns of items, if there are some.
    is_table
        Name of the table that the file already is, under its own column names.
    """

    opened: Opened
    profiles: dict[str, Profile]
    draft: SourceDraft | None
    previews: tuple[Preview, ...] = ()
    instrument: str = ""
    instrument_text: str = ""
    wide: WideColumns | None = None
    is_table: str = ""

    @property
    def not_read(self) -> list[str]:
        """Columns of the export that the draft does not read, nor offers in a question."""
        if self.draft is None:
            return []
        offered = " ".join(flow(choice) for one in self.draft.questions for choice in one.choices)
        source = self.draft.source()
        wide = [one.wide_to_long for one in source.tables.values() if one.wide_to_long]
        flags = {one.missing_flag.format(column=name) for one in wide for name in self.profiles}
        reads = layout_of(source).is_read
        return [name for name in self.profiles
                if not reads(name) and name not in offered and name not in flags]  # fmt: skip

    @property
    def _files(self) -> str:
        project = self.opened.reading["reader"] == "redcap"
        return "the file and its data dictionary" if project else "the file"

    def next_steps(self, written: bool, beside: list[str]) -> list[str]:
        """Say what to do next, in sentences.

        Parameters
        ----------
        written
            Whether the draft was written into the study.
        beside
            Tables that stand beside the file as csv files.
        """
        if self.draft is None:
            return []
        if self.is_table and not written:
            return [
                f"\nThis file is the table '{self.is_table}' as it stands: put it into data/raw as "
                f"{self.is_table}.csv and run 'workbench check'. It needs no source file.",
            ]
        if not written:
            return [
                "\nNothing was written. Next: the same command with --write puts the draft into "
                "data/schemas/sources of your study."
            ]
        left = len(self.draft.questions)
        told = f"Answer {english_count(left, 'question')} in the draft, name" if left else "Name"
        steps = [
            f"Next: {told} it in workbench.yml as 'sources: [{self.draft.name}]' (beside those "
            f"that stand there), put {self._files} into data/raw, and run 'workbench check'."
        ]
        if beside:
            steps.append(
                "Once 'sources:' is filled, tables come from source files only: inspect with "
                f"--write {', '.join(f'{one}.csv' for one in beside)} too."
            )
        return steps


def inspect_file(
    path: Path,
    sheet: str = "",
    table: str = "",
    study_folder: Path | None = None,
    given: frozenset[str] = frozenset(),
) -> Inspection:
    """Look at an export and draft a source file for it.

    Parameters
    ----------
    path
        The file; its content says what kind it is.
    sheet
        Sheet of a workbook, or form of a REDCap export; the fullest if empty.
    table
        Table that it feeds; found by what speaks most for it if empty.
    study_folder
        Study whose instruments are known too.
    given
        Tables that come from elsewhere, so that they are not drawn out of this export as well.

    Raises
    ------
    SettingsError
        If there is no such file or table.
    DataProblems
        If the file can't be read, whatever is tried.
    """
    schemas = load_schemas(study_folder)
    if table and table not in schemas:
        raise SettingsError(f"There is no table '{table}'. Tables: {', '.join(schemas)}.")
    opened = open_export(path, sheet)
    frame = opened.text.frame
    profiles = profile_columns(frame, opened.labels, _year_starts(study_folder))
    name = name_of_source(path.stem)
    feed = main_table(frame, profiles, schemas, words(path.stem), table)
    if feed is None:
        return Inspection(opened, profiles, None)
    instruments = load_instruments(study_folder)
    main, instrument, instrument_text = with_instrument(feed, profiles, name, instruments)
    tables = [main]
    own = sure_by_name(main, schemas[main.table]) and not opened.assumed and not feed.wide
    if not table and not own:
        tables = [*tables_beside(main, schemas, given, profiles, frame), main]
        if feed.counts:
            tables += measures_beside(main, feed.counts, frame, profiles, instrument)
    draft = _draft(name, opened, tables, profiles, feed.wide)
    draft = _without_missing_answers(draft, main, instruments)
    draft = _with_value_questions(draft, questions_of_values(opened.text, draft, schemas))
    previews = tuple(preview_tables(opened.text, draft, schemas))
    plain = own and opened.reading["reader"] == "csv" and not draft.questions and not draft.missing
    as_named = all(one.mapping == {"from": name} for name, one in main.fields.items())
    is_table = main.table if plain and as_named else ""
    return Inspection(
        opened, profiles, draft, previews, instrument, instrument_text, feed.wide, is_table
    )


def _year_starts(study_folder: Path | None) -> int:
    """Month in which the study's fiscal year starts; January where there is no study yet."""
    if study_folder is None:
        return 1
    with contextlib.suppress(SettingsError):
        return open_study(study_folder).settings.fiscal_year_starts
    return 1


def _draft(
    name: str,
    opened: Opened,
    tables: list[TableDraft],
    profiles: dict[str, Profile],
    wide: WideColumns | None,
) -> SourceDraft:
    used = set(wide.names) if wide else set()
    numbers: set[str] = set(used)
    for table in tables:
        for one in table.fields.values():
            source = str(one.mapping.get("from", ""))
            used.add(source)
            if not one.column.endswith("_id"):
                numbers.add(source)
        if table.wide:
            columns = {one for one in profiles if re.fullmatch(table.wide["columns"], one)}
            used |= columns
            numbers |= columns
    missing = dict.fromkeys(text for one in profiles.values() if one.name in used
                            for text in one.missing)  # fmt: skip
    doubtful = {code: one.name for one in profiles.values() if one.name in numbers
                for code in one.doubtful}  # fmt: skip
    for each in (profiles[name] for name in (wide.names if wide else ())):
        doubtful |= {text: each.name for text in MISSING_TEXTS if text in each.counts.index}
    return SourceDraft(
        name, opened.reading, opened.assumed, tuple(missing), doubtful, tuple(tables), opened.asked
    )


def _with_value_questions(draft: SourceDraft, problems: list[Problem]) -> SourceDraft:
    """Put what a check would ask about values beside the columns that it would ask about."""
    tables = []
    for each in draft.tables:
        fields = dict(each.fields)
        for one in problems:
            found = fields.get(one.column)
            if one.table == each.table and found and found.mapping and not found.question:
                asked = f"{one.message} {one.action}"
                fields[one.column] = replace(found, question=asked, choices=())
        tables.append(replace(each, fields=fields))
    return replace(draft, tables=tuple(tables))


def _without_missing_answers(
    draft: SourceDraft, main: TableDraft, instruments: dict[tuple[str, str], Instrument]
) -> SourceDraft:
    """Keep an instrument's own codes, such as na, from being read as missing."""
    if main.table not in RESPONSES:
        return draft
    codes = {code for one in instruments.values() for code in one.scale.not_applicable}
    return replace(draft, missing=tuple(one for one in draft.missing if one not in codes))
