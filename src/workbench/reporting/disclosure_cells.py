"""Hidden cells that can't be had by subtraction: what else of a table must be hidden with them.

A cell is hidden because few plans stand behind it. Where its total is shown with every other part,
the cell is the difference. So further cells are hidden, the smallest first, until no sum of the
table gives a small one away: neither by one subtraction, nor by several together, nor as a rest
that is itself about few plans. Where the counts add up, an attacker by linear programming is the
judge (``disclosure_audit``): it must not come near a small count either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.reporting.disclosure_protect import protect
from workbench.reporting.disclosure_sums import (
    CLOSED,
    FEW,
    NEVER,
    PROTECTS,
    SHOWN,
    SumOfCells,
)

Counts = dict[Any, float]
Marks = dict[Any, bool]
SMALLEST_ENTRY = 1e-9
"""Entries of a null space below it are rounding."""


@dataclass(frozen=True)
class SumOfRows:
    """A total and its parts, by the rows in which they stand.

    Attributes
    ----------
    parts
        Rows that add up to the total.
    total
        Row of the total; None where it is known in any case.
    is_apart
        Whether a plan stands in one part only, as it does with sites. A plan has actions in
        several states, so that their plans can't be added.
    """

    parts: tuple[Any, ...]
    total: Any | None = None
    is_apart: bool = True


def hide_with_complements(
    plans: pd.Series,
    small: pd.Series,
    sums: Sequence[SumOfRows],
    fewest: int,
    audited: bool = True,
) -> pd.Series:
    """Rows to hide: the small ones, and those that would give them away.

    Parameters
    ----------
    plans
        Plans behind each row; those of an empty row, 0, are never hidden with others.
    small
        Rows that are hidden in any case.
    sums
        What adds up to what.
    fewest
        Plans that a rest must have, if it can be worked out.
    audited
        Whether the attacker judges it. It does so later, of all tables and versions together,
        where a table is among those of ``disclosure_counts``.

    Returns
    -------
    pandas.Series
        True for each row to hide.

    Examples
    --------
    >>> plans = pd.Series({"network": 60, "A": 4, "B": 20, "C": 36})
    >>> sums = [SumOfRows(("A", "B", "C"), "network")]
    >>> hide_with_complements(plans, plans < 11, sums, 11).to_list()
    [False, True, True, False]
    """
    # Looked up one by one many times over, which a dictionary does far faster than a Series.
    counts = plans.astype("float64").fillna(0.0).to_dict()
    first = small.astype(bool).to_dict()
    hidden = dict(first)
    if not any(hidden.values()):
        return small.astype(bool)
    while True:
        found = next((row for one in sums if (row := _next(one, counts, hidden, fewest))), None)
        if found is None:
            found = _next_where_several_tell(sums, counts, hidden, first)
        if found is None:
            chosen = _audited(sums, counts, hidden, first, fewest) if audited else hidden
            return pd.Series(chosen, index=small.index, dtype=bool)
        hidden[found[0]] = True


def _next(one: SumOfRows, counts: Counts, hidden: Marks, fewest: int) -> tuple[Any] | None:
    """Row to hide next so that one sum gives nothing away; None where it doesn't."""
    off = [row for row in one.parts if hidden[row]]
    if one.total is not None and hidden[one.total]:
        # The parts, all shown, would add up to the hidden total.
        return None if off else _smallest(one, counts, hidden)
    if not off:
        return None
    each = [counts[row] for row in off]
    behind = sum(each) if one.is_apart else max(each)
    if len(off) > 1 and behind >= fewest:
        return None
    return _smallest(one, counts, hidden) or ((one.total,) if one.total is not None else None)


def _smallest(one: SumOfRows, counts: Counts, hidden: Marks) -> tuple[Any] | None:
    shown = [row for row in one.parts if not hidden[row] and counts[row] > 0]
    return (min(shown, key=lambda row: counts[row]),) if shown else None


def _next_where_several_tell(
    sums: Sequence[SumOfRows], counts: Counts, hidden: Marks, small: Marks
) -> tuple[Any] | None:
    """Row to hide next because several sums, taken together, leave one value to a small row."""
    rows = [row for row, is_hidden in hidden.items() if is_hidden]
    place = {row: number for number, row in enumerate(rows)}
    system = np.zeros((len(sums), len(rows)))
    for line, one in enumerate(sums):
        for row in one.parts:
            if row in place:
                system[line, place[row]] = 1.0
        if one.total in place:
            system[line, place[one.total]] = -1.0
    *_, values, axes = np.linalg.svd(system, full_matrices=True)
    rank = int((values > SMALLEST_ENTRY).sum())
    free = axes[rank:]
    told = [row for row in rows if small[row] and counts[row] > 0 and not _moves(free, place[row])]
    for row in told:
        around = [one for one in sums if row in one.parts or row == one.total]
        choices = [found[0] for one in around if (found := _smallest(one, counts, hidden))]
        if choices:
            return (min(choices, key=lambda other: counts[other]),)
    return None


def _moves(free: np.ndarray, place: int) -> bool:
    """Whether a hidden value can be another while every sum stays the same."""
    return bool(np.abs(free[:, place]).max(initial=0.0) > SMALLEST_ENTRY)


def _audited(
    sums: Sequence[SumOfRows], counts: Counts, hidden: Marks, small: Marks, fewest: int
) -> Marks:
    """Rows to hide when nobody may come near a small count by the sums that do add up."""
    adding = [
        SumOfCells(one.total, one.parts)
        for one in sums
        if one.total is not None
        and one.is_apart
        and sum(counts[row] for row in one.parts) == counts[one.total]
    ]
    if not adding:
        return hidden
    names = pd.Index(list(counts), tupleize_cols=False)
    why = [_why(hidden[row], small[row], counts[row], fewest) for row in counts]
    done = protect(
        pd.Series(list(counts.values()), index=names),
        adding,
        fewest,
        why=pd.Series(why, index=names, dtype="object"),
    )
    return {row: hidden[row] or done.why[row] != SHOWN for row in hidden}


def _why(is_hidden: bool, is_small: bool, count: float, fewest: int) -> str:
    """Why a row is hidden; an empty one, and one of unknown reason, has nothing to protect."""
    if not is_hidden:
        return SHOWN
    if not is_small:
        return PROTECTS if count >= fewest else NEVER
    if 0 < count < fewest:
        return FEW
    return CLOSED if count > 0 else NEVER
