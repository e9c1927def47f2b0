"""A REDCap export seen for the first time: which of its rows would be read, and what is asked.

The columns tell that it is one. Which form is meant, and which events, is assumed from where its
cells are filled; whether dates were shifted stands in no file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.data.inspection_fields import OpenQuestion
from workbench.data.inspection_matching import BARE, name_score
from workbench.data.readers_csv import read_csv
from workbench.data.readers_redcap import rows_of_project
from workbench.data.reading_fields import RedcapChoices
from workbench.data.redcap_dictionary import (
    EVENT,
    INSTANCE,
    INSTRUMENT,
    Dictionary,
    Field,
    date_columns,
    dictionary_of,
    is_header_of_dictionary,
    labelled_export,
)
from workbench.data.text_tables import TextTable, refused
from workbench.errors import DataProblems

COMPLETE, TICK = "_complete", "___"
_STATES, _STATE_LABELS = {"0", "1", "2"}, {"Incomplete", "Unverified", "Complete"}
_LABELS_OF_OWN = {"Complete?", "Repeat Instrument", "Repeat Instance"}
_BELONGS_TO_RECORD = ("practitioner_id", "site_id", "site_name", "supervisor_id", "plan_id",
                      "team_id")  # fmt: skip
_SHARE_OF_FIELDS = 0.5


@dataclass(frozen=True)
class Project:
    """The rows of a project that a draft would read.

    Attributes
    ----------
    text
        These rows, without REDCap's own columns that tell nothing of them.
    block
        Entries of ``redcap:`` in the source file.
    assumed
        Entry, as ``redcap.form``, to why it was taken.
    asked
        What only a person can say of the project.
    labels
        Column to the labels of its codes.
    """

    text: TextTable
    block: dict[str, Any]
    assumed: dict[str, str]
    asked: tuple[OpenQuestion, ...]
    labels: dict[str, dict[str, str]] = field(default_factory=dict)


def refuse_labels(path: Path, delimiter: str) -> None:
    """Refuse an export of labels and a data dictionary, which are seen by their header.

    Raises
    ------
    DataProblems
        Saying what to export instead.
    """
    header = _header(path, delimiter)
    if is_header_of_dictionary(header):
        raise refused(
            "dictionary",
            path.name,
            "This is the data dictionary of a REDCap project, and holds no data.",
            "Inspect the raw export of the project, and keep this file beside it.",
        )
    if found := next((one for one in header if one in _LABELS_OF_OWN or "(choice=" in one), ""):
        raise labelled_export(path.name, f"The header has '{found}'.", "", 1)


def project_of(text: TextTable, path: Path, form: str = "") -> Project | None:
    """Rows of a REDCap project, or None if the file is no export of one.

    Parameters
    ----------
    text
        The whole file.
    path
        Where it lies; its data dictionary is looked for beside it.
    form
        Form to read; the one with most rows if empty.

    Raises
    ------
    DataProblems
        If it is an export of labels, or the project has no such form.
    """
    found = _dictionary_beside(path, text.frame)
    if not found and not _is_project(text):
        return None
    dictionary, beside = found or (_dictionary_of_columns(text.frame), "")
    block: dict[str, Any] = {"dictionary": beside} if beside else {}
    assumed: dict[str, str] = {}
    main = _choose_form(text.frame, dictionary, form, block, assumed)
    rows = _rows(text, dictionary, block)
    _choose_events(rows.frame, main, block, assumed)
    rows = _rows(text, dictionary, block)
    if carried := _once_a_record(text.frame, rows.frame, dictionary.record):
        block["carry"] = carried
        assumed["redcap.carry"] = "they stand once a record, and belong to each of its rows"
        rows = _rows(text, dictionary, block)
    if ticks := sorted({str(one).split(TICK)[0] for one in rows.frame if TICK in str(one)}):
        assumed["redcap"] = (
            f"the checkboxes of {', '.join(ticks)} stay columns of 1 and 0; for a row for each "
            f"tick add 'checkboxes: {{{ticks[0]}: long}}'"
        )
    labels = {name: one.choices for name, one in dictionary.fields.items()
              if one.choices and one.type != "checkbox"}  # fmt: skip
    shown = rows.frame.drop(columns=list(_told_nothing(rows.frame, dictionary, main)))
    cut = TextTable(shown, text.source, text.fingerprint, text.uneven, rows.notes)
    return Project(cut, block, assumed, _asked(beside, dictionary, text.frame), labels)


def _header(path: Path, delimiter: str = ",") -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            return next(csv.reader(stream, delimiter=delimiter), [])
    except csv.Error:
        return []


def _dictionary_beside(path: Path, frame: pd.DataFrame) -> tuple[Dictionary, str] | None:
    """Find the data dictionary that has most fields of the export, if one has half of them."""
    best: tuple[float, Dictionary, str] | None = None
    for each in sorted(path.resolve().parent.glob("*.csv")):
        if each.name == path.name or not is_header_of_dictionary(_header(each)):
            continue
        try:
            dictionary = dictionary_of(read_csv(each, each.name))
        except DataProblems:
            continue
        names = {*dictionary.fields, *dictionary.choices_of_columns()} & set(frame.columns)
        share = len(names) / max(len(frame.columns), 1)
        if dictionary.record in frame and share > (best[0] if best else _SHARE_OF_FIELDS):
            best = share, dictionary, each.name
    return best[1:] if best else None


def _is_project(text: TextTable) -> bool:
    """Whether the columns are REDCap's; an export of labels under their names is refused."""
    frame = text.frame
    if {EVENT, INSTRUMENT, INSTANCE} & set(frame.columns):
        return True
    states = [name for name in map(str, frame.columns) if name.endswith(COMPLETE)]
    found = {str(one) for name in states for one in frame[name].dropna().unique()}
    if found and found <= _STATE_LABELS:
        rows = frame[states[0]].dropna()
        told = f"'{states[0]}' holds '{rows.iloc[0]}'."
        raise labelled_export(text.source, told, states[0], int(rows.index[0]))
    ticks = any(TICK in str(name) for name in frame)
    return bool(found) and found <= _STATES and (ticks or "2" in found)


def _dictionary_of_columns(frame: pd.DataFrame) -> Dictionary:
    """Stand-in for a dictionary that is not at hand: a form's fields stand before its state."""
    fields: dict[str, Field] = {}
    waiting: list[str] = []
    for name in map(str, frame.columns):
        if name.startswith("redcap_"):
            continue
        if not name.endswith(COMPLETE):
            waiting.append(name)
            continue
        form = name.removesuffix(COMPLETE)
        fields |= {one: Field(one, form, "text", "") for one in waiting or [f"{form} "]}
        waiting = []
    fields |= {one: Field(one, "", "text", "") for one in waiting}
    if INSTRUMENT in frame:
        known = {one.form for one in fields.values()}
        others = set(map(str, frame[INSTRUMENT].dropna().unique())) - known
        fields |= {f"{one} ": Field(f"{one} ", one, "text", "") for one in sorted(others)}
    return Dictionary(fields)


def _rows(text: TextTable, dictionary: Dictionary, block: dict[str, Any]) -> TextTable:
    """Rows by the choices made so far; of events, all until they are chosen."""
    names = text.frame[EVENT].dropna().unique() if EVENT in text.frame else ()
    every = {"event": list(map(str, names))} if len(names) else {}
    choices = RedcapChoices.model_validate({**every, **block, "dates_shifted": False})
    return rows_of_project(text, dictionary, choices)


def _choose_form(
    frame: pd.DataFrame, dictionary: Dictionary, wanted: str, block: dict[str, Any],
    assumed: dict[str, str],
) -> str:  # fmt: skip
    """Form whose rows are read; it is declared where rows of several are mixed."""
    counts = frame[INSTRUMENT].value_counts() if INSTRUMENT in frame else pd.Series(dtype="int")
    mixed = len(counts) > 1 or 0 < int(counts.sum()) < len(frame)
    filled = {one: int(frame[f"{one}{COMPLETE}"].notna().sum()) for one in dictionary.forms
              if f"{one}{COMPLETE}" in frame}  # fmt: skip
    if wanted:
        block["form"] = wanted
        return wanted
    if not mixed:
        # Of forms in equally many rows the last one: the first tells of the record.
        return max(reversed(filled), key=lambda one: filled[one], default="")
    form = block["form"] = str(counts.index[0])
    others = ", ".join(f"'{one}'" for one in dictionary.forms if one not in (form, ""))
    told = f"; others are {others} (see --sheet)" if others else ""
    assumed["redcap.form"] = f"most rows are of it{told}"
    return form


def _choose_events(
    frame: pd.DataFrame, form: str, block: dict[str, Any], assumed: dict[str, str]
) -> None:
    """Events in which the form is filled in; they are declared where rows of several are mixed."""
    if EVENT not in frame or frame[EVENT].nunique() < 2:
        return
    state = f"{form}{COMPLETE}"
    there = frame[frame[state].notna()] if state in frame else frame
    block["event"] = sorted(map(str, there[EVENT].dropna().unique()))
    left = sorted(set(map(str, frame[EVENT].dropna().unique())) - set(block["event"]))
    assumed["redcap.event"] = (
        f"'{form}' is filled in there, and not in {', '.join(left)}" if left
        else "rows of all events are read"
    )  # fmt: skip


def _once_a_record(whole: pd.DataFrame, rows: pd.DataFrame, record: str) -> list[str]:
    """Columns that say who or where, once a record, and are empty in some of its rows."""
    found = []
    for name in map(str, whole.columns):
        if name == record or name.startswith("redcap_") or name.endswith(COMPLETE) or TICK in name:
            continue
        known = whole.loc[whole[name].notna(), [record, name]].drop_duplicates()
        if known.empty or known[record].duplicated().any() or rows[name].notna().all():
            continue
        if any(name_score(column, name) >= BARE for column in _BELONGS_TO_RECORD):
            found.append(name)
    return found


def _told_nothing(frame: pd.DataFrame, dictionary: Dictionary, form: str) -> Iterator[str]:
    """Name REDCap's own columns that are no use in a table, and empty ones of other forms."""
    for name in map(str, frame.columns):
        one = dictionary.fields.get(name)
        other = one is None or one.form != form
        own = name in (INSTRUMENT, "redcap_survey_identifier") or name.endswith(COMPLETE)
        alone = name == EVENT and frame[EVENT].nunique() < 2
        if own or alone or (other and name != dictionary.record and frame[name].isna().all()):
            yield name


def _asked(beside: str, dictionary: Dictionary, frame: pd.DataFrame) -> tuple[OpenQuestion, ...]:
    asked = []
    if not beside:
        asked.append(OpenQuestion(
            "", "dictionary", "Which file is the project's data dictionary? Download it in REDCap "
            "under 'Data Dictionary', put it beside the export, and inspect again: codes then get "
            "their labels.", ("NAME.csv",),
        ))  # fmt: skip
    if not beside or date_columns(dictionary, frame):
        asked.append(OpenQuestion(
            "", "dates_shifted", "Was 'Shift all dates' left unticked when this was exported? If "
            "it was ticked, export again.", (False,),
        ))  # fmt: skip
    return tuple(asked)
