"""Tables of responses: the instrument that their items are of, and their wide columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_fields import CERTAIN, LIKELY, Field
from workbench.data.inspection_instrument import (
    draft_instrument,
    known_instrument,
    question_of_answers,
)
from workbench.data.inspection_keys import flag_pattern
from workbench.data.inspection_tables import RESPONSES, Feed, TableDraft
from workbench.data.instruments import Instrument


def with_instrument(
    feed: Feed,
    profiles: dict[str, Profile],
    name: str,
    instruments: dict[tuple[str, str], Instrument],
) -> tuple[TableDraft, str, str]:
    """Fill in the instrument and the wide columns of a table of responses.

    Returns
    -------
    tuple
        The table, its instrument's name, and the draft of a new instrument; both may be empty.
    """
    draft = feed.draft
    if draft.table not in RESPONSES:
        return draft, "", ""
    wide = feed.wide
    item, response = draft.column_of("item_id"), draft.column_of("response")
    if feed.counts:
        names = items = list(feed.counts)
    elif wide:
        names, items = list(wide.names), list(wide.items)
    else:
        names = items = [str(one) for one in profiles[item].counts.index] if item else []
    known = known_instrument(names, instruments, draft.table) if names else None
    fields = dict(draft.fields)
    text = ""
    if "instrument_id" in fields:
        found = "" if known is None else known.instrument
    elif known:
        found = known.instrument
        why = "its items are those of a known instrument"
        fields |= _instrument_fields(known.instrument, known.version, CERTAIN, why)
    else:
        found = name
        fields |= _instrument_fields(name, "1", LIKELY, "a name for the drafted instrument")
    if known is None and names:
        roles = _roles(fields.get("rater_role") or fields.get("respondent_role"), profiles)
        answers = wide.answers if wide else _answers(profiles.get(response))
        text = draft_instrument(
            found or name, draft.table, items, wide, answers, feed.counts, roles
        )
    made_long: dict[str, Any] = {}
    if wide or feed.counts:
        pattern = wide.pattern if wide else "|".join(feed.counts or ())
        made_long = {"columns": pattern, "name_to": "item_id", "value_to": "response"}
        if flag := flag_pattern(profiles, names):
            made_long["missing_flag"] = flag
        if wide and wide.skip_empty:
            made_long["skip_empty"] = True
    ordered = {one: fields[one] for one in _ordered(fields)}
    of_answers = question_of_answers(wide) if wide else None
    return replace(draft, fields=ordered, wide=made_long, of_answers=of_answers), found, text


def _roles(found: Field | None, profiles: dict[str, Profile]) -> list[str]:
    """Roles from which the answers were given, as far as the file tells."""
    if found is None or not found.mapping:
        return []
    if "constant" in found.mapping:
        return [str(found.mapping["constant"])]
    meant = found.mapping.get("values", {})
    texts = map(str, profiles[found.mapping["from"]].counts.index)
    return sorted({meant.get(text, text) for text in texts})


def _ordered(fields: dict[str, Field]) -> list[str]:
    first = [one for one in ("observation_id", "assessment_id", "plan_id", "item_id",
                             "instrument_id", "instrument_version") if one in fields]  # fmt: skip
    return [*first, *(one for one in fields if one not in first)]


def _instrument_fields(name: str, version: str, sure: str, why: str) -> dict[str, Field]:
    return {
        "instrument_id": Field("instrument_id", {"constant": name}, sure, why),
        "instrument_version": Field("instrument_version", {"constant": version}, sure, why),
    }


def _answers(profile: Profile | None) -> list[str]:
    if profile is None:
        return []
    numbers = profile.numbers()
    return [f"{number:g}" for number in sorted(set(numbers))][:15]
