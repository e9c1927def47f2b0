"""What a row of responses is about: keys of observations; files that know no persons."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_fields import LIKELY, Field
from workbench.data.inspection_keys import joined_key, key_of_project
from workbench.data.schemas import TableSchema

MOST_REPEATS = 0.01
_KEYS = {"fidelity_responses": "observation_id", "driver_responses": "assessment_id"}


def people_of_counts(fields: dict[str, Field]) -> None:
    """Let the site stand for its staff where a file of counts knows no persons."""
    site = fields.get("site_id")
    if site is None or not site.mapping:
        return
    if "practitioner_id" not in fields:
        fields["practitioner_id"] = Field(
            "practitioner_id", site.mapping, LIKELY,
            "the file knows no persons; the site's code stands for all its staff",
        )  # fmt: skip
    if "rater_id" not in fields:
        fields["rater_id"] = Field(
            "rater_id", {"constant": "the counts of the file"}, LIKELY,
            "the file names no rater; its counts stand as one",
        )  # fmt: skip


def key_of(
    name: str,
    fields: dict[str, Field],
    frame: pd.DataFrame,
    profiles: dict[str, Profile],
    one_row_each: bool,
) -> None:
    """Fill in the key of observations or assessments, from one column or several joined."""
    column = _KEYS.get(name)
    if column is None:
        return
    order = ("rater_id", "practitioner_id", "respondent_id", "site_id", "observed_on",
             "assessed_on", "rated_on")  # fmt: skip
    parts = [_column(fields.get(one)) for one in order]
    if name == "driver_responses":
        parts = [_column(fields.get("site_id")), _column(fields.get("assessed_on"))]
    else:
        parts += [
            one
            for one, each in profiles.items()
            if each.unique and each.kind in ("text", "whole") and not each.missing
        ]
        parts += [str(each.choices[0]["periods"]["column"]) for each in fields.values()
                  if each.choices and "periods" in each.choices[0]]  # fmt: skip
    item = _column(fields.get("item_id"))
    if not one_row_each and not item:
        return
    if name == "driver_responses":
        if column not in fields and all(parts):
            fields[column] = Field(column, {"join": parts, "separator": "/"}, LIKELY,
                                   "one assessment is one site on one day")  # fmt: skip
        return
    found = _key_field(column, fields.get(column), frame, parts, "" if one_row_each else item)
    if found:
        fields[column] = found


def key_by_project(schema: TableSchema, fields: dict[str, Field], frame: pd.DataFrame) -> None:
    """Fill in the key of a table with the record, event and instance of a REDCap project."""
    column = _KEYS.get(schema.table, schema.key[0])
    key = key_of_project(frame)
    if not key or schema.columns[column].type != "identifier":
        return
    if column not in _KEYS.values() and len(schema.key) > 1:
        return
    if column in fields and fields[column].mapping.get("from", key[0]) != key[0]:
        return
    said = " and ".join(f"'{name}'" for name in key)
    fields[column] = Field(column, {"join": list(key), "separator": "/"}, LIKELY,
                           f"{said} tell the rows of the project apart")  # fmt: skip


def _column(field: Field | None) -> str:
    """Column of the export behind a field, also where its mapping is still open."""
    if field is None:
        return ""
    for mapping in (field.mapping, *field.choices):
        if "from" in mapping and "pattern" not in mapping:
            return str(mapping["from"])
        if "periods" in mapping:
            return str(mapping["periods"]["column"])
    return ""


def _key_field(
    column: str, found: Field | None, frame: pd.DataFrame, parts: list[str], and_by: str
) -> Field | None:
    """Key of observations or assessments: its own column, or several joined.

    Parameters
    ----------
    column
        The key's column in the table.
    found
        What was matched by name.
    frame
        The export.
    parts
        Columns that may be joined to it, the likeliest first.
    and_by
        Column that tells rows of one observation apart, such as the item's.
    """
    own = found.mapping.get("from", "") if found else ""
    if found and found.why == "its name":
        return found
    if own and frame.duplicated([own, *([and_by] if and_by else [])]).mean() <= MOST_REPEATS:
        return found
    chosen = joined_key(frame, filter(None, parts), and_by, own)
    if found and not chosen:
        return replace(found, sure=LIKELY, why=f"{found.why}; it repeats, so look whether it fits")
    if not chosen:
        return None
    said = " and ".join(f"'{name}'" for name in chosen)
    if len(chosen) == 1:
        return Field(column, {"from": chosen[0]}, LIKELY, f"each row has its own {said}")
    why = f"{said} together tell the rows apart" + (f"; '{own}' alone repeats" if own else "")
    return Field(column, {"join": list(chosen), "separator": "/"}, LIKELY, why)
