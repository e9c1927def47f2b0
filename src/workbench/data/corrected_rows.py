"""What each correction makes of its row: mended, left out, or not applied, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.data.conform import CELLS
from workbench.data.corrections import LEAVE_OUT, TO_MEND, VALUE, Correction
from workbench.data.row_marks import Mark, digest

RETURNED, STILL, LEFT_OUT = "returned", "still set aside", "left out"
STALE, REFUSED, REPLACED = "stale", "refused", "replaced by a later one"
STATUSES = (RETURNED, STILL, LEFT_OUT, REPLACED, STALE, REFUSED)

NO_FILE = "The file that it is about is not among those received now: it was sent again since."
NO_ROW = "The row is not set aside now, or no longer reads as it did in that workbook."
NO_EARLIER = "It builds on an earlier correction that is not there any more."
TWO = "Another correction of the same row says something else. Keep one of them."
BOTH = f"It fills '{LEAVE_OUT}' and mends the row as well. Do one of the two."
ONE_COLUMN = f"'{VALUE}' is filled, and '{TO_MEND}' does not name exactly one column."
TWO_VALUES = f"'{VALUE}' says one thing, and the row's own cell another."


@dataclass(frozen=True)
class Decision:
    """What became of one correction.

    Attributes
    ----------
    correction
        The correction.
    status
        One of ``STATUSES``; whether a mended row can be used is not known yet.
    reason
        Why it was not applied, or why the row is left out.
    columns
        Columns whose cells it changes.
    cells
        The row as mended; None if it isn't.
    """

    correction: Correction
    status: str
    reason: str = ""
    columns: tuple[str, ...] = ()
    cells: Mapping[str, str] | None = None


def decide(
    corrections: Iterable[Correction], rows: Mapping[Mark, dict[str, Any]], files: set[str]
) -> list[Decision]:
    """Decide on every correction.

    Parameters
    ----------
    corrections
        What was sent back.
    rows
        Cells of every row set aside, by its mark as received.
    files
        Beginnings of the fingerprints of the files received.

    Returns
    -------
    list of Decision
        One a correction that says something, in their order; a row sent back unchanged says
        nothing. Corrections of one row follow one another only where each was made from what the
        one before left; two that differ from the same state are both refused, never the last taken.
    """
    by_row: dict[Mark, list[Correction]] = {}
    for one in corrections:
        by_row.setdefault(one.mark.received, []).append(one)
    found: list[Decision] = []
    for mark, mine in by_row.items():
        if mark in rows:
            found += _of_row(mine, rows[mark])
        else:
            # What a row read then is not known, so neither is whether anything was changed.
            why = NO_ROW if mark.fingerprint in files else NO_FILE
            found += [Decision(one, STALE, why) for one in mine if _says_something(one)]
    order = {id(one): place for place, one in enumerate(corrections)}
    return sorted(found, key=lambda each: order[id(each.correction)])


def _says_something(one: Correction) -> bool:
    changed = bool(one.cells) and digest(one.cells) != one.mark.shown
    return bool(one.leave_out or one.value or changed)


def _of_row(mine: list[Correction], received: dict[str, Any]) -> list[Decision]:
    """Follow the corrections of one row, each from the state that it was made from."""
    found: list[Decision] = []
    state, left = received, mine
    while here := [one for one in left if one.mark.shown == digest(state)]:
        left = [one for one in left if one not in here]
        decisions = [each for one in here if (each := _one(one, state)) is not None]
        applied = [each for each in decisions if each.status in (STILL, LEFT_OUT)]
        if len({(each.status, digest(each.cells or {})) for each in applied}) > 1:
            found += [_refused(each) if each in applied else each for each in decisions]
            break
        if not applied:
            found += decisions
            break
        # The same correction sent twice is one; the second has nothing left to do.
        found = [_replaced(each) if each.cells is not None else each for each in found]
        found += [_replaced(each) if each in applied[1:] else each for each in decisions]
        if applied[0].cells is None:
            break
        state = dict(applied[0].cells)
    return found + [Decision(one, STALE, NO_EARLIER) for one in left if _says_something(one)]


def _refused(decision: Decision) -> Decision:
    return replace(decision, status=REFUSED, reason=TWO, cells=None)


def _replaced(decision: Decision) -> Decision:
    return replace(decision, status=REPLACED, cells=None)


def _one(one: Correction, shown: dict[str, Any]) -> Decision | None:
    """Decide on a correction by what its row showed; None if it says nothing."""
    # The cells of a row that did not fit under the header are shown, not mended.
    free = CELLS in shown
    before = {name: value for name, value in shown.items() if name != CELLS}
    after = dict(one.cells)
    changed = tuple(
        name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)
    )
    if one.leave_out:
        if changed or one.value:
            return Decision(one, REFUSED, BOTH, changed)
        return Decision(one, LEFT_OUT, one.leave_out)
    if one.value:
        if len(one.to_mend) != 1:
            return Decision(one, REFUSED, ONE_COLUMN, changed)
        (column,) = one.to_mend
        if column in changed and after.get(column) != one.value:
            return Decision(one, REFUSED, TWO_VALUES, changed)
        after[column] = one.value
        changed = tuple(dict.fromkeys((*changed, column)))
    if not changed:
        return None
    unnamed = [] if free else [name for name in changed if name not in one.to_mend]
    if unnamed:
        return Decision(one, REFUSED, _also(unnamed[0]), changed)
    return Decision(one, STILL, "", changed, after)


def _also(column: str) -> str:
    return (
        f"The row differs in column '{column}' too, as when a spreadsheet rewrites dates or "
        f"leading zeros. If it is meant, write {column} under '{TO_MEND}'."
    )
