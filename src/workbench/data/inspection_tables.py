"""Which tables an export feeds, and how each would be made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_completing import (
    ask_for,
    date_inside,
    main_date,
    parts_of_dates,
    period_field,
    quarter_field,
)
from workbench.data.inspection_fields import ASK, CERTAIN, LIKELY, Field
from workbench.data.inspection_keys import counts_of_two
from workbench.data.inspection_matching import OWN, match_columns
from workbench.data.inspection_observations import key_by_project, key_of, people_of_counts
from workbench.data.inspection_wide import WideColumns, find_wide
from workbench.data.inspection_words import words
from workbench.data.schemas import TableSchema

RESPONSES = ("fidelity_responses", "driver_responses", "ownership_responses")
FEWEST_POINTS = 5.0


@dataclass(frozen=True)
class TableDraft:
    """How one table would be made from an export.

    Attributes
    ----------
    table
        The table.
    fields
        Its columns, in its own order.
    wide
        Entries of ``wide_to_long``, if there are wide columns.
    one_row_each
        Whether rows that say the same are one.
    of_answers
        What is left to say of the answers in wide columns.
    """

    table: str
    fields: dict[str, Field]
    wide: dict[str, Any] = field(default_factory=dict)
    one_row_each: bool = False
    of_answers: Field | None = None

    @property
    def questions(self) -> list[Field]:
        """Columns with something left to say."""
        every = [*self.fields.values(), *([self.of_answers] if self.of_answers else [])]
        return [each for each in every if each.question]

    def column_of(self, name: str) -> str:
        """Column of the export that one of the table is taken from, or ''."""
        found = self.fields.get(name)
        return str(found.mapping.get("from", "")) if found else ""


@dataclass(frozen=True)
class Feed:
    """The table an export feeds, with what its items are.

    Attributes
    ----------
    draft
        The table.
    wide
        Its wide columns of items.
    counts
        Its two columns of counts, met and all.
    """

    draft: TableDraft
    wide: WideColumns | None = None
    counts: tuple[str, str] | None = None


def main_table(
    frame: pd.DataFrame,
    profiles: dict[str, Profile],
    schemas: dict[str, TableSchema],
    file_words: str,
    only: str = "",
) -> Feed | None:
    """Find the table that most speaks for, and map its columns.

    Parameters
    ----------
    frame, profiles
        The export and its columns.
    schemas
        Tables of the study.
    file_words
        Words of the file's name.
    only
        The table, if a person named it.
    """
    own = {name for schema in schemas.values() for name in schema.columns}
    wide = find_wide(frame, profiles, own & set(profiles))
    if wide and not wide.segments:
        wide = None
    best: tuple[float, Feed] | None = None
    for name, schema in schemas.items():
        if only and name != only:
            continue
        score, feed = _tried(name, schema, frame, profiles, wide)
        if set(words(name).split()) <= set(file_words.split()):
            score += OWN
        if best is None or score > best[0]:
            best = score, feed
    if best is None or (best[0] < FEWEST_POINTS and not only):
        return None
    return best[1]


def _tried(
    name: str,
    schema: TableSchema,
    frame: pd.DataFrame,
    profiles: dict[str, Profile],
    wide: WideColumns | None,
) -> tuple[float, Feed]:
    parts, of_parts = parts_of_dates(schema, frame)
    apart = set(of_parts) | set(wide.names if wide else ())
    free = {one: each for one, each in profiles.items() if one not in apart}
    fields, score = match_columns(schema, free, frame)
    fields = {**fields, **parts}
    score += 3.0 * len(parts)
    counts = None
    if name in RESPONSES and "item_id" not in fields:
        used = {str(each.mapping.get("from")) for each in fields.values()}
        left = {one: each for one, each in free.items() if one not in used}
        if wide is None and name == "fidelity_responses":
            counts = counts_of_two(free, frame)
        if wide is None and counts is None:
            wide = find_wide(frame, left, ())
        if wide or counts:
            score += 8.0 if name == "fidelity_responses" else 6.0
            taken = set(wide.names if wide else counts or ())
            fields = {one: each for one, each in fields.items()
                      if one not in ("response", "item_id")
                      and each.mapping.get("from") not in taken}  # fmt: skip
            apart |= taken
    else:
        wide = None
    free = {one: each for one, each in profiles.items() if one not in apart}
    fields = _completed(name, schema, fields, frame, free, wide, counts)
    lacks = [one for one in fields.values() if one.sure == ASK and not one.why]
    return score - 3.0 * len(lacks), Feed(TableDraft(name, fields), wide, counts)


def _completed(
    name: str,
    schema: TableSchema,
    fields: dict[str, Field],
    frame: pd.DataFrame,
    profiles: dict[str, Profile],
    wide: WideColumns | None,
    counts: tuple[str, str] | None,
) -> dict[str, Field]:
    """Fields of all columns that the table needs, and of those that were found."""
    fields = dict(fields)
    if not all(one in fields and fields[one].why == "its name" for one in schema.required_columns):
        date = main_date(schema)
        if date and (inside := date_inside(date, profiles, fields.get(date))):
            fields[date] = inside
        if date and date not in fields:
            period = period_field(date, profiles) or quarter_field(date, profiles)
            fields |= {date: period} if period else {}
        if counts:
            people_of_counts(fields)
        key_of(name, fields, frame, profiles, bool(wide or counts))
        if wide or counts or name not in RESPONSES:
            key_by_project(schema, fields, frame)
    used = {str(each.mapping.get("from", "")) for each in fields.values()}
    for one in schema.required_columns:
        if one in fields or (name in RESPONSES and one.startswith("instrument")):
            continue
        if (wide or counts) and one in ("item_id", "response"):
            continue
        fields[one] = ask_for(one, schema, profiles, used)
    for group in schema.one_of_required:
        if not any(one in fields for one in group):
            fields[group[0]] = ask_for(group[0], schema, profiles, used)
    if name == "sites" and not fields["site_name"].mapping and fields["site_id"].mapping:
        code = fields["site_id"].mapping
        fields["site_name"] = Field(
            "site_name", code, LIKELY, "no column of names; the code stands"
        )
    return {one: fields[one] for one in schema.columns if one in fields}


def sure_by_name(draft: TableDraft, schema: TableSchema) -> bool:
    """Whether all columns that the table needs stand in the export under their own names."""
    return all(
        one in draft.fields and draft.fields[one].sure == CERTAIN
        and draft.fields[one].why == "its name"
        for one in schema.required_columns
    )  # fmt: skip
