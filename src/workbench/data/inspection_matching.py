"""Columns of an export matched to the columns of one table, by name first and then by content."""

from __future__ import annotations

import pandas as pd

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_fields import (
    CERTAIN,
    LIKELY,
    Field,
    field_of,
    fits,
    likeness_to_categories,
)
from workbench.data.inspection_words import GENERIC_DATE, SYNONYMS, without_noise, words
from workbench.data.near_names import folded
from workbench.data.schemas import TableSchema

OWN, SAME_WORDS, SYNONYM, BARE, GENERIC, PARTLY = 6.0, 5.0, 4.0, 3.5, 2.0, 1.0


def name_score(column: str, name: str, main_date: bool = False) -> float:
    """How surely a name means a column of a table; 0 if it does not.

    >>> name_score("site_id", "site_id") > name_score("site_id", "Office code") > 0
    True
    """
    if name == column:
        return OWN
    if folded(name) == folded(column):
        return SAME_WORDS
    said, own = words(name), words(column)
    phrases = SYNONYMS.get(column, frozenset())
    bare = without_noise(said)
    if said in phrases or said == own:
        return SYNONYM
    if bare in phrases or bare == without_noise(own):
        return BARE
    if main_date and bare in GENERIC_DATE:
        return GENERIC
    there = set(said.split())
    for phrase in phrases:
        inside = set(phrase.split())
        if inside <= there and (len(inside) > 1 or len(phrase) > 4):
            return PARTLY + len(inside) / (len(there) + 1)
    return 0.0


def match_columns(
    schema: TableSchema, profiles: dict[str, Profile], frame: pd.DataFrame
) -> tuple[dict[str, Field], float]:
    """Fields of a table found in an export, and how much speaks for the table.

    Parameters
    ----------
    schema
        The table.
    profiles
        Columns of the export that may be used.
    frame
        The export.

    Returns
    -------
    tuple
        Column of the table to field, and the sum of the names' scores.
    """
    main = next((name for name in schema.required_columns if schema.columns[name].type == "date"),
                "")  # fmt: skip
    pairs = []
    for place, (column, asked) in enumerate(schema.columns.items()):
        for name, profile in profiles.items():
            score = name_score(column, name, column == main)
            if score >= SAME_WORDS or (score and fits(asked, profile)):
                if PARTLY <= score < GENERIC and not _speaks_for(column, profile, schema):
                    continue
                pairs.append((-score, -_specific(profile), place, column, name))
    fields: dict[str, Field] = {}
    used: set[str] = set()
    total = 0.0
    for negative, _, _, column, name in sorted(pairs):
        if column in fields or name in used:
            continue
        if _not_one_site_each(column, name, fields, frame):
            continue
        score = -negative
        sure = CERTAIN if score >= BARE else LIKELY
        why = "its name" if score >= SAME_WORDS else f"the name '{name}'"
        rivals = [
            other
            for points, _, _, asked, other in pairs
            if asked == column and other != name and -points >= BARE and score < SAME_WORDS
        ]
        if rivals:
            sure, why = LIKELY, f"{why}; or is it {' or '.join(map(repr, rivals))}?"
        fields[column] = field_of(column, schema.columns[column], profiles[name], sure, why)
        used.add(name)
        total += score
    return fields, total + _by_content(schema, profiles, fields, used)


def _specific(profile: Profile) -> float:
    """Length of the codes: of two columns of the same codes the longer one says more."""
    texts = profile.counts.index[:200]
    return sum(map(len, map(str, texts))) / max(len(texts), 1)


def _speaks_for(column: str, profile: Profile, schema: TableSchema) -> bool:
    """Whether the content supports a name that fits only in part."""
    kind = schema.columns[column].type
    if kind in ("date", "yes_no"):
        return True
    if kind == "category":
        return likeness_to_categories(schema.columns[column], profile)
    if kind == "identifier":
        return profile.kind in ("text", "few") and profile.distinct > 1
    return False


def _not_one_site_each(
    column: str, name: str, fields: dict[str, Field], frame: pd.DataFrame
) -> bool:
    """Whether codes of practitioners repeat across sites, so that they aren't one person's."""
    site = fields["site_id"].mapping.get("from") if "site_id" in fields else None
    if column != "practitioner_id" or not site or site == name or name == column:
        return False
    sites = frame.groupby(name)[site].nunique()
    return len(sites) > 0 and float((sites > 1).mean()) > 0.5


def _by_content(
    schema: TableSchema, profiles: dict[str, Profile], fields: dict[str, Field], used: set[str]
) -> float:
    """Fill columns that are still open by what the others hold."""
    added = 0.0
    for column, asked in schema.columns.items():
        if column in fields:
            continue
        free = [each for name, each in profiles.items() if name not in used]
        if asked.type == "category":
            found = [each for each in free if likeness_to_categories(asked, each)]
            why = "its values are legal ones"
        elif asked.type == "date" and asked.required:
            found = [each for each in free if each.dates]
            why = "the only dates left"
        elif (column,) == schema.key and asked.type == "identifier":
            found = [each for each in free if each.unique and each.kind in ("text", "whole")]
            found = found[:1]
            why = "each row has its own"
        else:
            continue
        if len(found) == 1:
            fields[column] = field_of(column, asked, found[0], LIKELY, why)
            used.add(found[0].name)
            added += 0.5
    return added
