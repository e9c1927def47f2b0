"""A study's tables for someone else: persons and families under pseudonyms, no name, no free text.

Which columns are identifiers is read from the schemas, and every one of them is replaced unless it
names no person: so a column that a study adds to a schema is replaced too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.data.pseudonyms import KeyRefused, Pseudonyms
from workbench.data.safe_csv import write_csv
from workbench.data.schemas import TableSchema
from workbench.errors import SettingsError

STAFF, FAMILY, PLACE = "staff", "family", "place"
KINDS = {
    "practitioner_id": STAFF,
    "supervisor_id": STAFF,
    "trainer_id": STAFF,
    "rater_id": STAFF,
    "provided_by": STAFF,
    "respondent_id": STAFF,
    "plan_id": FAMILY,
    "site_id": PLACE,
    "region_id": PLACE,
    "team_id": PLACE,
    "parent_team_id": PLACE,
}
"""What the columns of identifiers name. One person has one code in every role, as a self rating
carries the practitioner's own."""
SUBJECTS = {"practitioner": STAFF, "plan": FAMILY, "site": PLACE}
NOBODY = frozenset({"item_id", "instrument_id", "instrument_version"})
"""Identifiers of parts of an instrument."""
NEVER_KEPT = frozenset({"sites.site_name"})


@dataclass(frozen=True)
class Pseudonymised:
    """Tables with pseudonyms, and what was done to make them.

    Attributes
    ----------
    tables
        Each under its name.
    replaced
        Columns of identifiers that were replaced, as ``table.column``, with their kind.
    dropped
        Columns of names and free text that were left out.
    in_clear
        Columns of identifiers that stand as they were.
    """

    tables: dict[str, pd.DataFrame]
    replaced: dict[str, str]
    dropped: tuple[str, ...]
    in_clear: tuple[str, ...]


def pseudonymise(
    tables: Mapping[str, pd.DataFrame],
    schemas: Mapping[str, TableSchema],
    codes: Pseudonyms,
    hide_places: bool = False,
    keep: tuple[str, ...] = (),
) -> Pseudonymised:
    """Replace identifiers in every table, each person by one pseudonym throughout.

    Parameters
    ----------
    tables
        Typed tables, as they were accepted.
    schemas
        Their schemas. Columns that they don't name are left out.
    codes
        Makes the pseudonyms.
    hide_places
        Replace sites, regions and teams as well.
    keep
        Columns of text to keep, as ``table.column``, such as ``outcomes.measure``.

    Raises
    ------
    SettingsError
        If a column to keep is a name, or no column of text.
    """
    text = {
        f"{table}.{name}"
        for table, schema in schemas.items()
        for name, column in schema.columns.items()
        if column.type == "text"
    }
    wrong = sorted((set(keep) - text) | (set(keep) & NEVER_KEPT))
    if wrong:
        raise SettingsError(
            f"{', '.join(wrong)} can't be kept: it is a name, or no column of free text."
        )
    clear = NOBODY if hide_places else NOBODY | {n for n, kind in KINDS.items() if kind == PLACE}
    done, replaced, in_clear = {}, {}, []
    for table, frame in tables.items():
        kept: dict[str, pd.Series] = {}
        for name, column in schemas[table].columns.items():
            place = f"{table}.{name}"
            if name not in frame.columns or (place in text and place not in keep):
                continue
            if column.type != "identifier":
                kept[name] = frame[name]
            elif name in clear:
                kept[name] = frame[name]
                in_clear.append(place)
            else:
                kinds = _kinds(frame, name)
                replaced[place] = ", ".join(sorted(set(kinds)))
                kept[name] = _replaced(frame[name], kinds, codes, hide_places)
        # Rows in the order of pseudonyms: the order received can be that of names.
        made = pd.DataFrame(kept)
        done[table] = made.sort_values(list(made.columns), kind="stable", ignore_index=True)
    dropped = tuple(
        place
        for place in sorted(text - set(keep))
        if (parts := place.split("."))[0] in tables and parts[1] in tables[parts[0]].columns
    )
    return Pseudonymised(done, replaced, dropped, tuple(in_clear))


def write_pseudonymised(made: Pseudonymised, codes: Pseudonyms, folder: Path) -> None:
    """Write the tables as CSV into a new folder, with ``README.txt`` that says what was done.

    Raises
    ------
    KeyRefused
        If the folder holds files.
    """
    if folder.exists() and any(folder.iterdir()):
        raise KeyRefused(f"{folder} holds files. Choose a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for table, frame in made.tables.items():
        write_csv(frame, folder / f"{table}.csv")
    replaced = [f"{place} ({kind})" for place, kind in made.replaced.items()]
    lines = [
        f"Pseudonymised for: {codes.purpose}",
        f"Key: {codes.key_id} (its name, not the key)",
        f"Replaced: {', '.join(replaced) or 'nothing'}",
        f"Left out, as names or free text: {', '.join(made.dropped) or 'nothing'}",
        f"As they were: {', '.join(made.in_clear) or 'nothing'}",
        "Dates, roles, scores and counts are as received. Whoever knows some of them of a person",
        "can find that person here: these are still personal data. Don't publish them, don't join",
        "them to other files, and delete them when the purpose is done.",
        "A text cell that begins with =, +, -, @ or a tab has an apostrophe in front of it.",
    ]
    (folder / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _kinds(frame: pd.DataFrame, name: str) -> pd.Series:
    """Kind of thing that each cell of a column of identifiers names."""
    if name == "subject_id" and "subject" in frame.columns:
        return frame["subject"].astype("str").map(SUBJECTS).fillna(name)
    return pd.Series(KINDS.get(name, _of_record(name)), index=frame.index, dtype="str")


def _of_record(name: str) -> str:
    """Kind of a code of a record: the same for the column that refers to it."""
    return name.removeprefix("triggered_by_")


def _replaced(
    cells: pd.Series, kinds: pd.Series, codes: Pseudonyms, hide_places: bool
) -> pd.Series:
    def one(value: object, kind: str) -> object:
        if not isinstance(value, str) or (kind == PLACE and not hide_places):
            return value
        return codes.of(kind, value)

    made = [one(value, kind) for value, kind in zip(cells, kinds, strict=True)]
    return pd.Series(made, index=cells.index, dtype="str")
