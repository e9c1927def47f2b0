"""Write docs/data_dictionary.md from the table schemas: ``python docs/make_data_dictionary.py``.

The schemas under data/schemas/tables are the source; the dictionary is never edited by hand.
"""

from __future__ import annotations

from pathlib import Path

from workbench.data.intake import CORE_TABLES
from workbench.data.schemas import Column, TableSchema, load_schemas

DICTIONARY = Path(__file__).with_name("data_dictionary.md")

OPENING = """\
# Data dictionary

Made from the schema files in `data/schemas/tables` by `docs/make_data_dictionary.py`. Change a
schema and run the script again; a test fails while the two differ.

Three tables are needed:
{core}.
Each other table may be left out; *adds* says what it is for.

How to read the columns:

- **Needed** *yes*: the column must be in the file and no cell may be empty. *column*: the column
  must be there, and cells may be empty. *no*: the column may be left out.
- **Type** *identifier*: kept as text for ever, so that 007 stays 007. *text*: any text.
  *category*: one of the values named. *yes or no*: the word yes or no. *integer*: a whole number.
  *number*: with a point for decimals. *date*: year-month-day, as 2026-03-31. *response*: what the
  instrument's scale allows, or one of its codes for not applicable.
- A **key** names a row: no two rows may have the same. A column that **refers** to another table
  may only hold what that table lists, as far as that table was handed in.
"""


def dictionary() -> str:
    """Text of the whole dictionary, core tables first and the others by name."""
    schemas = load_schemas()
    others = sorted(set(schemas) - set(CORE_TABLES))
    core = ", ".join(f"[{name}](#{name})" for name in CORE_TABLES)
    parts = [OPENING.format(core=core)]
    parts += [_table(schemas[name]) for name in (*CORE_TABLES, *others)]
    return "\n".join(parts)


def _table(schema: TableSchema) -> str:
    lines = [
        f"## {schema.table}",
        "",
        f"*One row:* {schema.one_row_is}.  ",
        f"*Adds:* {schema.adds}  ",
        f"*Key:* {_codes(schema.key)}",
        "",
        "| Column | Type | Needed | Values and limits | What it is |",
        "|---|---|---|---|---|",
        *(_row(name, column) for name, column in schema.columns.items()),
        "",
        *_notes(schema),
    ]
    return "\n".join(lines)


def _row(name: str, column: Column) -> str:
    needed = ("column" if column.empty_allowed else "yes") if column.required else "no"
    kind = column.type.replace("_", " or ")
    return f"| `{name}` | {kind} | {needed} | {_limits(column)} | {column.description} |"


def _limits(column: Column) -> str:
    said = [", ".join(column.values)] if column.values else []
    if column.unit:
        said.append(column.unit)
    if column.lowest is not None and column.highest is not None:
        said.append(f"{column.lowest:g} to {column.highest:g}")
    elif column.lowest is not None:
        said.append(f"{column.lowest:g} or more")
    elif column.highest is not None:
        said.append(f"{column.highest:g} or less")
    if column.type == "date" and not column.may_be_future:
        said.append("not after the day of the run")
    return "; ".join(said)


def _notes(schema: TableSchema) -> list[str]:
    notes = [f"- `{column}` refers to `{target}`." for column, target in schema.references.items()]
    notes += [
        f"- On every row, at least one of {_codes(group)} is filled."
        for group in schema.one_of_required
    ]
    notes += [
        f"- `{first}` is not after `{second}` where both are filled."
        for first, second in schema.order_of_dates
    ]
    return [*notes, ""] if notes else []


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    DICTIONARY.write_text(dictionary(), encoding="utf-8")
