"""One column of a table and where it could come from: how sure, why, and what is left to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_dates import plain_format
from workbench.data.inspection_words import VALUE_OF, words
from workbench.data.schemas import Column
from workbench.wording import english_count

CERTAIN, LIKELY, ASK = "certain", "likely", "ask"
_CODES_NEED_WORDS = 0.5


@dataclass(frozen=True)
class Field:
    """Where a column of a table could come from.

    Attributes
    ----------
    column
        Column of the table.
    mapping
        What the source file says of it; empty while that is open.
    sure
        ``certain``, ``likely`` or ``ask``.
    why
        What speaks for it, in a few words.
    question
        What a person has to say; empty if nothing.
    choices
        What the source file could say, for a person to choose from.
    """

    column: str
    mapping: dict[str, Any]
    sure: str
    why: str = ""
    question: str = ""
    choices: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class OpenQuestion:
    """Something that only a person can say.

    Attributes
    ----------
    table
        Table it is about; empty if it is about the whole file.
    entry
        Entry of the source file that answers it.
    question
        The question.
    choices
        What the entry could hold.
    """

    table: str
    entry: str
    question: str
    choices: tuple[Any, ...]


def fits(column: Column, profile: Profile) -> bool:
    """Whether what an export's column holds can be what the table's column asks for."""
    if profile.kind == "nothing":
        return not column.required
    if column.type == "date":
        return profile.dates is not None
    if column.type in ("number", "integer"):
        return profile.numeric
    if column.type == "yes_no":
        return profile.kind == "yes_no" or set(profile.counts.index) <= {"0", "1", "yes", "no"}
    if column.type == "category":
        return profile.distinct <= 3 * len(column.values) and profile.kind in (
            "few", "yes_no", "whole")  # fmt: skip
    if column.type == "response":
        return profile.dates is None
    return True


def field_of(name: str, column: Column, profile: Profile, sure: str, why: str) -> Field:
    """Map a column of the export to a column of the table, with what its cells need."""
    plain = {"from": profile.name}
    if column.type == "date" and profile.dates:
        return _date(name, profile, sure, why)
    if column.type == "category":
        return _category(name, column, profile, sure, why)
    if column.type == "yes_no" and profile.counts.size:
        legal = {"yes", "no"}
        meant = {str(text): VALUE_OF.get(words(str(text)), "") for text in profile.counts.index}
        changed = {text: yes for text, yes in meant.items()
                   if yes in legal and text.lower() not in legal}  # fmt: skip
        if changed:
            shown = ", ".join(f"{text} is {yes}" for text, yes in changed.items())
            return Field(name, {**plain, "values": changed}, LIKELY, f"{why}; {shown}")
    if column.type in ("number", "integer", "response") and profile.kind == "comma":
        return _with_comma(name, profile, why)
    return Field(name, plain, sure, why)


def _date(name: str, profile: Profile, sure: str, why: str) -> Field:
    dates = profile.dates
    assert dates is not None
    plain = {"from": profile.name}
    if dates.is_open:
        forms = " or ".join(map(plain_format, dates.formats))
        return Field(
            name, {}, ASK, why,
            f"The dates of '{profile.name}' fit {forms}; {dates.both_ways:.0%} of the cells parse "
            "both ways. Which is it?",
            tuple({**plain, "date_format": one} for one in dates.formats),
        )  # fmt: skip
    if dates.formats[0] == "%Y-%m-%d":
        return Field(name, plain, sure, why)
    form = dates.formats[0]
    told = f"{why}; dates as {plain_format(form)}"
    if dates.both_ways:
        told += f" (the only form that fits all; {dates.both_ways:.0%} would parse both ways)" \
            if not dates.misfits else ""  # fmt: skip
    if dates.misfits:
        told += f", {english_count(dates.misfits, 'cell')} in another form would be set aside"
    return Field(name, {**plain, "date_format": form}, sure, told)


def _with_comma(name: str, profile: Profile, why: str) -> Field:
    plain = {"from": profile.name}
    texts = profile.counts.index.to_series().astype("str")
    commas = texts[texts.str.contains(",")]
    if not commas.str.fullmatch(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+").all():
        return Field(name, {**plain, "decimal": ","}, LIKELY, f"{why}; a comma before decimals")
    return Field(
        name, {}, ASK, why,
        f"Does the comma in '{profile.name}' stand before decimals or between thousands?",
        ({**plain, "decimal": ","}, {**plain, "thousands": ","}),
    )  # fmt: skip


def _category(name: str, column: Column, profile: Profile, sure: str, why: str) -> Field:
    texts = list(map(str, profile.counts.index))
    by_words = {words(value): value for value in column.values}
    meant: dict[str, str] = {}
    for text in texts:
        said = words(profile.label(text))
        near = [value for key, value in by_words.items() if len(said) >= 3 and key.startswith(said)]
        legal = by_words.get(said) or VALUE_OF.get(said, "")
        if legal in column.values:
            meant[text] = legal
        elif len(near) == 1:
            meant[text] = near[0]
    open_texts = [text for text in texts if text not in meant]
    cells = profile.counts[open_texts].sum() / max(profile.counts.sum(), 1)
    changed = {text: legal for text, legal in meant.items() if text != legal}
    mapping: dict[str, Any] = {"from": profile.name}
    if changed:
        mapping["values"] = changed
        why += "; " + ", ".join(f"{text} is {legal}" for text, legal in changed.items())
        sure = LIKELY if sure == CERTAIN else sure
    legal_values = ", ".join(column.values)
    if not open_texts or cells <= 0.02:
        return Field(name, mapping, sure, why)
    template = {**mapping, "values": {**changed, **dict.fromkeys(open_texts, "?")}}
    told = ", ".join(_told(open_texts, profile))
    question = f"What do the texts of '{profile.name}' mean: {told}? Legal: {legal_values}."
    if cells > _CODES_NEED_WORDS:
        return Field(name, {}, ASK, why, question, (template,))
    return Field(name, mapping, LIKELY, why, question, (template,))


def _told(texts: list[str], profile: Profile) -> list[str]:
    return [f"{one} ({profile.labels[one]})" if one in profile.labels else one
            for one in sorted(texts)]  # fmt: skip


def likeness_to_categories(column: Column, profile: Profile) -> bool:
    """Whether all of a column's texts are legal values of a category, two of them at least."""
    texts = {words(profile.label(str(text))) for text in profile.counts.index}
    return len(texts) > 1 and texts <= {words(value) for value in column.values}
