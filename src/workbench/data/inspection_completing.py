"""What a table still needs once its columns were matched: dates in other forms, keys, constants.

What can be seen in the cells is drafted as likely; what only a person knows is a question.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.data.inspection_columns import Profile
from workbench.data.inspection_dates import date_parts, embedded_date, plain_format
from workbench.data.inspection_fields import ASK, CERTAIN, LIKELY, Field, fits
from workbench.data.inspection_matching import GENERIC, name_score
from workbench.data.inspection_quarters import named_months
from workbench.data.inspection_words import words
from workbench.data.schemas import TableSchema

PERIOD_WORDS = {"period", "wave", "quarter", "round", "month", "cycle", "year", "semester",
                "periode", "periodo", "quartal", "trimestre", "welle", "ronda"}  # fmt: skip
MOST_CHOICES = 4


def parts_of_dates(
    schema: TableSchema, frame: pd.DataFrame
) -> tuple[dict[str, Field], frozenset[str]]:
    """Dates of a table that stand in three columns, and the names of these columns."""
    fields: dict[str, Field] = {}
    used: set[str] = set()
    main = main_date(schema)
    for stem, parts in date_parts(frame).items():
        dates = [name for name, column in schema.columns.items() if column.type == "date"]
        scores = {one: name_score(one, stem, one == main) if stem else GENERIC * (one == main)
                  for one in dates if one not in fields}  # fmt: skip
        best = max(scores, key=lambda one: scores[one], default="")
        used.update(parts.values())
        if best and scores[best] >= GENERIC:
            order = {part: parts[part] for part in ("day", "month", "year")}
            sure = CERTAIN if scores[best] > GENERIC else LIKELY
            fields[best] = Field(best, {"date_parts": order}, sure, "day, month and year apart")
    return fields, frozenset(used)


def main_date(schema: TableSchema) -> str:
    """First date that the table needs, or ''."""
    dates = (name for name in schema.required_columns if schema.columns[name].type == "date")
    return next(dates, "")


def date_inside(column: str, profiles: dict[str, Profile], found: Field | None) -> Field | None:
    """Date inside longer texts, where no column of dates fits every cell."""
    if found and found.sure == CERTAIN and "in another form" not in found.why:
        return None
    if found and found.mapping and "in another form" not in found.why:
        return None
    for name, each in profiles.items():
        if each.kind != "text" or each.dates:
            continue
        inside = embedded_date(each.counts)
        if inside is None:
            continue
        pattern, fit = inside
        choices = tuple(
            {"from": name, "pattern": pattern, "date_format": one} for one in fit.formats
        )
        forms = " or ".join(map(plain_format, fit.formats))
        if fit.is_open:
            question = f"'{name}' holds dates as {forms}. Which is it?"
            return Field(column, {}, ASK, "", question, choices)
        why = f"every text of '{name}' holds a date as {forms}"
        return Field(column, choices[0], LIKELY, why)
    return None


def period_field(column: str, profiles: dict[str, Profile]) -> Field | None:
    """Ask for the calendar of a column of period numbers."""
    for name, each in profiles.items():
        if each.kind != "whole" or not PERIOD_WORDS & set(words(name).split()):
            continue
        numbers = each.numbers()
        first = int(numbers.min())
        periods = {"column": name, "first": first, "starts_on": "?", "months": 3}
        return Field(
            column, {}, ASK, f"'{name}' numbers periods",
            f"'{name}' numbers periods {first} to {int(numbers.max())}, and the file has no "
            f"calendar. On which day did period {first} start, and how many months has a period?",
            ({"periods": periods},),
        )  # fmt: skip
    return None


def quarter_field(column: str, profiles: dict[str, Profile]) -> Field | None:
    """Ask which days a column of quarters stands for."""
    for name, each in profiles.items():
        if each.quarters is None:
            continue
        months = each.quarters.months
        choices = tuple({"from": name, "values": each.quarters.starts(one)} for one in months)
        told = (
            f"'{column}' asks for a date, and '{name}' holds {each.quarters.said}. If there is a "
            "column of dates, name that. Otherwise let the first day of a quarter stand for it, "
            f"and add a text for each new quarter. If the year starts in {named_months(months)}:"
        )
        return Field(column, {}, ASK, f"'{name}' holds quarters", told, choices)
    return None


def ask_for(
    column: str, schema: TableSchema, profiles: dict[str, Profile], used: set[str]
) -> Field:
    """Ask where a column that the table needs comes from, with the columns that it could be."""
    asked = schema.columns[column]
    free = [each for name, each in profiles.items()
            if name not in used and each.filled and fits(asked, each)]  # fmt: skip
    if asked.type == "identifier":
        free = [each for each in free
                if not each.dates and each.kind not in ("number", "quarter")]  # fmt: skip
        free.sort(key=lambda each: each.distinct <= 1)
    if asked.type == "category":
        # Numbers and yes or no tell nothing of a role or a kind.
        free = [each for each in free if each.kind == "few" and each.distinct > 1]
    choices: list[dict[str, Any]] = [{"from": each.name} for each in free[:MOST_CHOICES]]
    if asked.type == "category":
        choices += [{"constant": value} for value in asked.values]  # noqa: PD011 (a field of ours)
        question = f"Which column holds '{column}', or is it the same in all rows?"
    elif asked.type in ("identifier", "text"):
        choices.append({"constant": "?"})
        question = f"Which column holds '{column}' ({_lower(asked.description)})?"
    else:
        choices = choices or [{"from": "?"}]
        question = f"Which column holds '{column}' ({_lower(asked.description)})?"
    return Field(column, {}, ASK, "", question, tuple(choices))


def _lower(text: str) -> str:
    first = text.split(". ")[0].rstrip(".")
    return first[:1].lower() + first[1:]
