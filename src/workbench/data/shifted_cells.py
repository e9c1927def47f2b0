"""Cells that stand under their neighbours' names, since a field too many or too few moved them.

The rows have as many cells as the header, so that nothing shows but what the cells say. Such a file
is refused before any question is asked of its values: the answer would be about other cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from workbench.data.extract import Extract
from workbench.data.identifiers import different_texts, folded
from workbench.data.schemas import Column, TableSchema
from workbench.errors import Problem

FEWEST_COLUMNS = 2
"""Columns that must hold what stands beside them, so that one wrong name is not taken for it."""
FEWEST_ROWS = 2
HARDLY_ANY, NEARLY_ALL = 0.1, 0.9
BY = (1, -1, 2, -2)
WORDS = {1: "one place", 2: "two places"}
ROWS_LOOKED_AT = 500
ROWS_NAMED = 3
_SHAPES = {
    "date": r"[0-9]{1,4}[-/. ]([0-9]{1,2}|[A-Za-z]{3,9})[-/. ][0-9]{2,4}([T ].*)?",
    "yes_no": r"(?i:yes|no|true|false|y|n|0|1)",
}
Fits = Callable[[pd.Series], pd.Series]
Tests = Mapping[str, tuple[Fits, Fits]]
"""What tells whether a column's cells are its own, and whether those beside it are."""


def shifted_problems(
    extracts: list[Extract], schemas: Mapping[str, TableSchema]
) -> list[tuple[Extract, Problem]]:
    """Find extracts whose cells stand under other names, and what to say of each.

    A column tells of itself if it holds dates, legal values of a category, yes or no, or codes that
    another table lists. At least two such columns must hold hardly anything of their own (under a
    tenth of the filled cells), and nearly all of it (over nine tenths) must stand the same one or
    two places to the left or right; of one of them it may have fallen off the edge.
    """
    codes = _codes_listed(extracts, schemas)
    found = []
    for extract in extracts:
        tests = _tests(extract, schemas[extract.table], codes)
        if len(tests) >= FEWEST_COLUMNS and len(extract.frame) >= FEWEST_ROWS:
            problem = _problem(extract, tests, schemas[extract.table].required_columns)
            found += [(extract, problem)] if problem else []
    return found


def _codes_listed(
    extracts: list[Extract], schemas: Mapping[str, TableSchema]
) -> dict[str, set[str]]:
    """Codes by ``table.column`` to which tables refer."""
    targets = {one for each in schemas.values() for one in each.references.values()}
    listed: dict[str, set[str]] = {}
    for extract in extracts:
        for name in extract.frame.columns:
            target = f"{extract.table}.{name}"
            if target in targets:
                listed.setdefault(target, set()).update(different_texts(extract.frame[name]))
    return listed


def _tests(extract: Extract, schema: TableSchema, codes: Mapping[str, set[str]]) -> Tests:
    """Columns that tell of themselves, and what tells whether cells are theirs."""
    tests: dict[str, tuple[Fits, Fits]] = {}
    for name, column in schema.columns.items():
        if name not in extract.frame.columns:
            continue
        target = schema.references.get(name, "")
        if column.type in ("category", *_SHAPES):
            tests[name] = _of_type(column), _of_type(column)
        elif codes.get(target) and not target.startswith(f"{schema.table}."):
            tests[name] = _among(codes[target])
    return tests


def _of_type(column: Column) -> Fits:
    if column.type == "category":
        return lambda cells: cells.isin(column.values)
    shape = _SHAPES[column.type]
    return lambda cells: cells.str.fullmatch(shape)


def _among(codes: set[str]) -> tuple[Fits, Fits]:
    """Codes as they are listed; beside their column also without zeros that were dropped.

    Rows that were numbered from 1 are no codes 0001 and on.
    """
    plain = set(map(folded, codes))
    return lambda cells: cells.isin(codes), lambda cells: cells.map(folded).isin(plain)


def _problem(extract: Extract, tests: Tests, required: list[str]) -> Problem | None:
    frame = extract.frame.head(ROWS_LOOKED_AT)
    places = extract.places or {name: place for place, name in enumerate(frame.columns)}
    strange = [
        name
        for name, (own, _) in tests.items()
        if name in places and _share(frame[name], own, name in required) < HARDLY_ANY
    ]
    best = max(BY, key=lambda by: len(_moved(frame, places, strange, tests, by)))
    moved = _moved(frame, places, strange, tests, best)
    return _told(extract, moved, best) if moved else None


def _moved(
    frame: pd.DataFrame, places: Mapping[str, int], strange: list[str], tests: Tests, by: int
) -> list[str]:
    """Columns whose cells stand so many places to the right; none if too few agree."""
    names = {place: name for name, place in places.items()}
    there = {name: names[places[name] + by] for name in strange if places[name] + by in names}
    moved = [
        name for name, other in there.items() if _share(frame[other], tests[name][1]) > NEARLY_ALL
    ]
    fallen = [name for name in strange if not min(names) <= places[name] + by <= max(names)]
    agree = len(moved) + bool(fallen) >= FEWEST_COLUMNS and 2 * len(moved) > len(there)
    return moved if agree else []


def _share(cells: pd.Series, fits: Fits, is_required: bool = False) -> float:
    """Share of filled cells that pass; a half where none is filled, and none if some must be."""
    filled = cells.dropna()
    if filled.empty:
        return 0.0 if is_required else 0.5
    return float(fits(filled).astype(bool).mean())


def _told(extract: Extract, moved: list[str], by: int) -> Problem:
    side = "right" if by > 0 else "left"
    first, *others = moved
    more = f" and of {len(others)} more" if others else ""
    return Problem(
        "shifted_columns",
        extract.table,
        f"The cells of '{first}'{more} stand {WORDS[abs(by)]} to the {side} of their names, so a "
        "field too many or too few has moved them.",
        "Look for it in the header and in these rows, and export the file again with one name for "
        "each column.",
        extract.source,
        first,
        tuple(int(row) for row in extract.frame.index[:ROWS_NAMED]),
    )
