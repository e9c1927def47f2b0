"""The data dictionary of a REDCap project: fields, forms, and the codes of their choices.

It tells a raw export, which is read, from a labelled one, which is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from workbench.data.text_tables import TextTable, refused
from workbench.errors import DataProblems

# The dictionary that REDCap's pages give, and the one of its API.
_COLUMNS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "type": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "checks": (
        "Text Validation Type OR Show Slider Number",
        "text_validation_type_or_show_slider_number",
    ),
}
_YES_NO = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
EVENT, INSTRUMENT, INSTANCE = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
)
_OWN = {
    EVENT: "Event Name",
    INSTRUMENT: "Repeat Instrument",
    INSTANCE: "Repeat Instance",
    "redcap_data_access_group": "Data Access Group",
    "redcap_survey_identifier": "Survey Identifier",
}
_TICK = {"1": "Checked", "0": "Unchecked"}
_COMPLETE = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}


@dataclass(frozen=True)
class Field:
    """A field of a project; ``choices`` are code to label."""

    name: str
    form: str
    type: str
    label: str
    choices: dict[str, str] = field(default_factory=dict)
    is_date: bool = False


@dataclass(frozen=True)
class Dictionary:
    """The fields of a project, by name."""

    fields: dict[str, Field]

    @property
    def record(self) -> str:
        """Name of the field that identifies a record: the first one."""
        return next(iter(self.fields))

    @property
    def forms(self) -> list[str]:
        """Names of the forms."""
        return list(dict.fromkeys(one.form for one in self.fields.values()))

    def ticks(self, name: str) -> dict[str, str]:
        """Column of each option of a checkbox field: column to code."""
        codes = self.fields[name].choices if name in self.fields else {}
        return {f"{name}___{_as_column(code)}": code for code in codes}

    def choices_of_columns(self) -> dict[str, dict[str, str]]:
        """Code to label of every column of a raw export that has such."""
        found = {f"{form}_complete": _COMPLETE for form in self.forms}
        for name, one in self.fields.items():
            if one.type == "checkbox":
                found |= dict.fromkeys(self.ticks(name), _TICK)
            elif one.choices:
                found[name] = one.choices
        return found


def _as_column(code: str) -> str:
    """Write a code as the name of a column does: -1 as _1, capital letters small."""
    return code.lower().replace("-", "_").replace(".", "_")


def is_header_of_dictionary(header: Iterable[str]) -> bool:
    """Whether a file with this header is a data dictionary."""
    names = set(header)
    return all(names & set(theirs) for theirs in _COLUMNS.values())


def dictionary_of(table: TextTable) -> Dictionary:
    """Make a dictionary of a table of fields.

    Raises
    ------
    DataProblems
        If it is no data dictionary.
    """
    names = {}
    for ours, theirs in _COLUMNS.items():
        there = [name for name in theirs if name in table.frame.columns]
        if not there:
            raise refused(
                "not_a_dictionary",
                table.source,
                f"This is no data dictionary of REDCap: it has no column '{theirs[0]}'.",
                "Download it in REDCap under 'Data Dictionary' and name it in the source file: "
                "'redcap: {dictionary: ...}'.",
            )
        names[there[0]] = ours
    frame = table.frame[list(names)].rename(columns=names).fillna("")
    names_of_cells = [str(name) for name in frame.columns]
    rows = [dict(zip(names_of_cells, cells, strict=True)) for cells in frame.to_numpy().tolist()]
    fields = {row["name"]: _field(row) for row in rows if row["name"]}
    return Dictionary(fields)


def _field(row: dict[str, str]) -> Field:
    choices = dict(_YES_NO.get(row["type"], {}))
    if row["type"] in ("radio", "dropdown", "checkbox"):
        pairs = [one.partition(",") for one in row["choices"].split("|") if one.strip()]
        choices = {code.strip(): label.strip() for code, _, label in pairs}
    is_date = row["checks"].startswith(("date_", "datetime_"))
    return Field(row["name"], row["form"], row["type"], row["label"], choices, is_date)


def require_raw(text: TextTable, dictionary: Dictionary) -> None:
    """Refuse an export of labels: two codes may share a label, and labels are edited.

    Raises
    ------
    DataProblems
        Naming the column and row by which it is seen.
    """
    columns = list(text.frame.columns)
    labels = {one.label for one in dictionary.fields.values()} | set(_OWN.values())
    names = {*dictionary.fields, *dictionary.choices_of_columns(), *_OWN}
    if found := [name for name in columns if name in labels and name not in names]:
        what = f"The header has the label '{found[0]}', not a field's name."
        raise labelled_export(text.source, what, "", 1)
    if dictionary.record not in columns:
        raise refused(
            "missing_column",
            text.source,
            f"The record's own field '{dictionary.record}' is not in the export.",
            "Export all fields, or name the dictionary of this project.",
            column=dictionary.record,
        )
    for column, choices in dictionary.choices_of_columns().items():
        if column not in columns:
            continue
        cells = text.frame[column].dropna()
        shown = cells[~cells.isin(list(choices)) & cells.isin(list(choices.values()))]
        if len(shown):
            what = f"{len(shown)} cells hold labels where the project has codes."
            raise labelled_export(text.source, what, column, int(shown.index[0]))
    if INSTRUMENT in columns:
        cells = text.frame[INSTRUMENT].dropna()
        odd = cells[~cells.isin(dictionary.forms)]
        if len(odd):
            what = "Cells hold what is no form of the data dictionary, such as a form's title."
            raise labelled_export(text.source, what, INSTRUMENT, int(odd.index[0]))


def labelled_export(source: str, message: str, column: str, row: int) -> DataProblems:
    """Problem of an export of labels, with what to export instead."""
    return refused(
        "labelled_export",
        source,
        f"This is an export of labels, not of raw data. {message}",
        "In REDCap choose 'Data Exports', 'Export Data', 'CSV / Microsoft Excel (raw data)'.",
        (row,),
        column,
    )


def date_columns(dictionary: Dictionary, frame: pd.DataFrame) -> list[str]:
    """Columns of an export that hold dates by the dictionary."""
    return [name for name, one in dictionary.fields.items() if one.is_date and name in frame]
