"""Numbers and dates that can be read in two ways: asked about, each with the line that answers.

A column is asked about when most of its cells are written so; a few such cells are set aside with
their rows. All work is done once for each different text.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.data.date_questions import date_problem
from workbench.data.extract import Extract
from workbench.data.identifiers import identifier_problems
from workbench.data.schemas import TableSchema
from workbench.data.source_files import ColumnMap
from workbench.data.value_counts import FEWEST, ValueCounts
from workbench.data.value_fields import NUMBER_TYPES, NumberFields
from workbench.errors import Problem

_COMMA_EITHER = r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+"
_COMMA_THOUSANDS = r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]*|[+-]?[1-9][0-9]{0,2}(,[0-9]{3}){2,}"
_COMMA_DECIMAL = r"[+-]?[0-9]*,[0-9]+"
_POINT_THOUSANDS = (
    r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}(,[0-9]+)?|[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"
)
_POINT_EITHER = r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}"
_SPACED = "[+-]?[1-9][0-9]{0,2}([ \u00a0\u2009\u202f'\u2019][0-9]{3})+([.,][0-9]+)?"
_PERCENT = r"[+-]?[0-9]+([.,][0-9]+)?\s?%"
_POINT = r"[+-]?[0-9]*\.[0-9]+"
_LEAST_RATIO = 20.0
"""Times by which the smallest whole percent exceeds the largest share, if both are there."""


def value_problems(extract: Extract, schema: TableSchema) -> list[Problem]:
    """Every question that the values of an extract raise and its source file does not answer."""
    problems = identifier_problems(extract, schema)
    for name, column in schema.columns.items():
        if name not in extract.frame.columns:
            continue
        form = extract.declared(name)
        if column.type == "date" and isinstance(form, ColumnMap):
            found = date_problem(ValueCounts.of(extract, name), form)
            problems += [found] if found else []
        elif column.type in NUMBER_TYPES:
            counts = ValueCounts.of(extract, name)
            is_percent = column.unit.startswith("percent")
            problems += list(_number_problems(counts, form, is_percent))[:1]
    return problems


def _number_problems(
    counts: ValueCounts, form: NumberFields, is_percent: bool
) -> Iterator[Problem]:
    if is_percent and not form.percent:
        yield from _percent_problems(counts)
    yield from _sign_problems(counts, form)


def _sign_problems(counts: ValueCounts, form: NumberFields) -> Iterator[Problem]:
    if len(counts.of_shape("[0-9]+")) == len(counts.texts):
        return
    decimal, thousands = "'decimal: \",\"'", "'thousands: \",\"'"
    commas = counts.of_shape(f"({_COMMA_EITHER})|({_COMMA_THOUSANDS})|({_COMMA_DECIMAL})")
    if counts.most(commas) and form.decimal != "," and form.thousands != ",":
        if commas.str.fullmatch(_COMMA_THOUSANDS).any():
            yield counts.question("thousands", commas, "have a comma between thousands", thousands)
        elif not commas.str.fullmatch(_COMMA_EITHER).all():
            yield counts.question("decimal", commas, "are written with a decimal comma", decimal)
        else:
            yield counts.question(
                "comma", commas, "have a comma, before decimals or between thousands",
                f"{decimal} or {thousands}",
            )  # fmt: skip
    if form.thousands in (".", " ", "'"):
        return
    points = counts.of_shape(_POINT_THOUSANDS)
    if counts.most(points):
        yield counts.question(
            "thousands",
            points,
            "have a point between thousands",
            f"'thousands: \".\"' and {decimal}",
        )
    either = counts.of_shape(_POINT_EITHER)
    if counts.most(either) and len(either) == len(counts.of_shape(_POINT)) and not form.decimal:
        yield counts.question(
            "thousands",
            either,
            "have a point and three digits, so it may stand between thousands",
            f"'decimal: \".\"', or 'thousands: \".\"' and {decimal}",
        )
    spaced = counts.of_shape(_SPACED)
    if counts.most(spaced):
        sign = next((one for one in "'\u2019" if one in str(spaced.iloc[0])), " ")
        written = 'thousands: "\'"' if sign != " " else 'thousands: " "'
        yield counts.question("thousands", spaced, "have a space or mark between thousands",
                              f"'{written}'")  # fmt: skip


def _percent_problems(counts: ValueCounts) -> Iterator[Problem]:
    signed = counts.of_shape(_PERCENT)
    numbers = counts.numbers()
    shares = numbers[(numbers > 0) & (numbers < 1)]
    whole = numbers[numbers > 1]
    lines = "'percent: whole' (85 is 85 %) or 'percent: share' (0.85 is 85 %)"
    if len(signed) and len(numbers):
        yield counts.refusal("percent_mixed", signed, "have a percent sign and others have none",
                             "Write all of them as 85 in the export", lines)  # fmt: skip
    elif counts.most(signed):
        yield counts.question("percent", signed, "have a percent sign", "'percent: whole'")
    elif len(shares) and counts.cells(whole) >= FEWEST:
        if whole.min() >= _LEAST_RATIO * shares.max():
            yield counts.refusal("percent_mixed", shares, "look like shares (0.85) among percents",
                                 "Write all of them as 85 in the export", lines)  # fmt: skip
    else:
        within = numbers[numbers > 0]
        if counts.cells(within) >= FEWEST and not len(whole):
            yield counts.question("percent", within, "lie between 0 and 1 where percent are asked",
                                  lines)  # fmt: skip
