"""Reading the raw export of a REDCap project: its forms, events and checkboxes taken apart.

One export mixes rows of several kinds: of the record itself, of repeating instruments, of events.
The source file says which are read; the others are left out and counted.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from workbench.data.readers_csv import read_csv
from workbench.data.reading_fields import RedcapChoices
from workbench.data.redcap_dictionary import (
    EVENT,
    INSTRUMENT,
    Dictionary,
    date_columns,
    dictionary_of,
    require_raw,
)
from workbench.data.source_files import Source
from workbench.data.text_tables import Layout, TextTable, refused
from workbench.language import say


def read_redcap(path: Path, source: Source, layout: Layout, dictionary: Path | None) -> TextTable:
    """Read a raw export.

    Parameters
    ----------
    path
        The csv file that REDCap gave.
    source
        Its block ``redcap`` says which rows are read.
    layout
        What may be missing.
    dictionary
        The project's data dictionary.

    Raises
    ------
    DataProblems
        If it is an export of labels or with shifted dates, no dictionary is named, or it mixes
        rows of several forms or events and the source file does not say which to read.
    """
    if dictionary is None:
        raise refused(
            "no_dictionary",
            source.file,
            "Without the project's data dictionary a raw export can't be told from one of labels.",
            "Download it in REDCap under 'Data Dictionary', put it beside the export, and write "
            "'redcap: {dictionary: NAME.csv}' in its source file.",
        )
    fields = dictionary_of(read_csv(dictionary, dictionary.name))
    plain = replace(layout, fill_down=(), ask=False)
    text = read_csv(
        path, source.file, source.delimiter, source.encoding, layout=plain, mojibake=source.mojibake
    )
    return rows_of_project(text, fields, source.redcap or RedcapChoices())


def rows_of_project(
    text: TextTable, dictionary: Dictionary, choices: RedcapChoices, from_api: bool = False
) -> TextTable:
    """Rows of a project that the source file asks for, from a raw export.

    Raises
    ------
    DataProblems
        See ``read_redcap``.
    """
    require_raw(text, dictionary)
    _ask_about_shifted_dates(text, dictionary, choices, from_api)
    frame, notes = text.frame, list(text.notes)
    whole = frame
    frame = _of_form(frame, text.source, dictionary, choices, notes)
    frame = _of_events(frame, text.source, choices, notes)
    frame = _carried(frame, whole, text.source, dictionary, choices)
    frame = _boxes(frame, text.source, dictionary, choices, notes)
    return replace(text, frame=frame, notes=tuple(notes))


def _ask_about_shifted_dates(
    text: TextTable, dictionary: Dictionary, choices: RedcapChoices, from_api: bool
) -> None:
    dates = date_columns(dictionary, text.frame)
    if choices.dates_shifted:
        raise refused(
            "dates_shifted",
            text.source,
            "Its dates were shifted, as the source file says, so no quarter would be right.",
            "Export it again without 'Shift all dates'.",
            column=dates[0] if dates else "",
        )
    if choices.dates_shifted is None and dates and not from_api:
        raise refused(
            "dates_shifted",
            text.source,
            "It holds dates, and a file does not tell whether REDCap shifted them.",
            "If 'Shift all dates' was not ticked, write 'dates_shifted: false' under 'redcap:' in "
            "its source file; otherwise export it again.",
            column=dates[0],
        )


def _of_form(
    frame: pd.DataFrame,
    source: str,
    dictionary: Dictionary,
    choices: RedcapChoices,
    notes: list[str],
) -> pd.DataFrame:
    """Rows of one form: of its repeats if it repeats, and otherwise of the record itself."""
    form = choices.form
    if form and form not in dictionary.forms:
        raise refused(
            "no_such_form",
            source,
            f"The project has no form '{form}'. Forms: {', '.join(dictionary.forms)}.",
            "Mend 'form:' under 'redcap:' in its source file.",
        )
    if INSTRUMENT not in frame.columns:
        return frame
    instruments = frame[INSTRUMENT]
    counts = instruments.fillna("").value_counts()
    if not form and len(counts) > 1:
        shown = ", ".join(f"{one or 'not repeated'} ({rows})" for one, rows in counts.items())
        first = next(one for one in counts.index if one)
        raise refused(
            "several_forms",
            source,
            f"It mixes rows of several forms: {shown}.",
            f"Name the one to read: 'redcap: {{form: {first}}}', or a form that doesn't repeat; "
            "use a second source file for another.",
            column=INSTRUMENT,
        )
    if not form:
        return frame
    is_repeated = bool((instruments == form).any())
    kept = frame[instruments == form if is_repeated else instruments.isna()]
    left = len(frame) - len(kept)
    if left:
        others = say(
            "{file}: {n} rows of other forms than '{form}' were left out.",
            file=source,
            n=left,
            form=form,
        )
        notes.append(others)
    return kept


def _of_events(
    frame: pd.DataFrame, source: str, choices: RedcapChoices, notes: list[str]
) -> pd.DataFrame:
    if EVENT not in frame.columns:
        return frame
    names = frame[EVENT].fillna("")
    wanted = choices.events
    if not wanted:
        there = sorted(set(names))
        if len(there) > 1:
            raise refused(
                "several_events",
                source,
                f"It mixes rows of several events: {', '.join(there)}.",
                "Name those to read: 'redcap: {event: [" + ", ".join(there[:2]) + "]}', or each "
                "with the text that is to stand for it.",
                column=EVENT,
            )
        return frame
    if unknown := sorted(set(wanted) - set(names)) if len(frame) else []:
        raise refused(
            "no_such_event",
            source,
            f"No row is of the event {', '.join(unknown)}. "
            f"Events: {', '.join(sorted(set(names)))}.",
            "Mend 'event:' under 'redcap:' in its source file.",
            column=EVENT,
        )
    kept = frame[names.isin(list(wanted))]
    left = len(frame) - len(kept)
    if left:
        notes.append(say("{file}: {n} rows of other events were left out.", file=source, n=left))
    return kept.assign(**{EVENT: kept[EVENT].replace(wanted)})


def _carried(
    frame: pd.DataFrame,
    whole: pd.DataFrame,
    source: str,
    dictionary: Dictionary,
    choices: RedcapChoices,
) -> pd.DataFrame:
    """Columns that a record has once, written into each of its rows where they are empty."""
    for column in choices.carry:
        if column not in whole.columns:
            raise refused("missing_column", source, "'carry' names a column that is not there.",
                          "Mend 'carry:' under 'redcap:' in its source file.",
                          column=column)  # fmt: skip
        known = whole.loc[whole[column].notna(), [dictionary.record, column]]
        pairs = known.drop_duplicates()
        twice = pairs[dictionary.record].duplicated(keep=False)
        if twice.any():
            raise refused(
                "carried_value_differs",
                source,
                "Records have more than one value of a column that 'carry' takes as theirs.",
                "Mend them in REDCap, or take the column out of 'carry:'.",
                map(int, pairs.index[twice]),
                column,
            )
        of_record = pairs.set_index(dictionary.record)[column]
        values = frame[column].fillna(frame[dictionary.record].map(of_record))
        frame = frame.assign(**{column: values.astype("str")})
    return frame


def _boxes(
    frame: pd.DataFrame,
    source: str,
    dictionary: Dictionary,
    choices: RedcapChoices,
    notes: list[str],
) -> pd.DataFrame:
    """Checkbox fields as declared: yes and no in their columns, or one row for each tick."""
    for name, way in choices.checkboxes.items():
        columns = {one: code for one, code in dictionary.ticks(name).items() if one in frame}
        if not columns or dictionary.fields[name].type != "checkbox":
            raise refused(
                "no_checkbox",
                source,
                f"'{name}' is no checkbox field of this export.",
                "Mend 'checkboxes:' under 'redcap:' in its source file.",
            )
        if way == "yes_no":
            words = {"1": "yes", "0": "no"}
            frame = frame.assign(**{one: frame[one].replace(words) for one in columns})
            continue
        parts = [frame[frame[one] == "1"].assign(**{name: code}) for one, code in columns.items()]
        without = frame[(frame[list(columns)] != "1").all(axis=1)].assign(**{name: None})
        rows = len(frame)
        frame = pd.concat([*parts, without]).sort_index(kind="stable").astype({name: "str"})
        frame = frame.drop(columns=list(columns))
        ticks = say(
            "{file}: {before} rows became {after}, one for each tick of '{field}'; {without} have "
            "none.",
            file=source,
            before=rows,
            after=len(frame),
            field=name,
            without=len(without),
        )
        notes.append(ticks)
    return frame
