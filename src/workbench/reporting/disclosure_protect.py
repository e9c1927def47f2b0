"""The protector: which further counts to hide so that the attacker finds nothing.

For each count about few people one more linear program is solved: by which cheapest change of
other counts, with every sum kept, could it be another? The counts that this changes are hidden
with it. Then there are, for an outsider, two sets of counts that both fit what is printed, in which
it differs by as much as is asked. Cells hidden for one count often do for the next.

A count that was printed before can't be hidden now. Where the printed ones tell a hidden one
whatever is hidden now, that is said rather than passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import RunFault
from workbench.reporting.disclosure_audit import NARROWEST, narrow_bounds, told, work_out
from workbench.reporting.disclosure_changes import Group
from workbench.reporting.disclosure_sums import (
    FEW,
    PROTECTS,
    SENSITIVE,
    SHOWN,
    WITHHELD,
    SumOfCells,
    equations,
    solve,
)


@dataclass(frozen=True)
class Protected:
    """What to hide.

    Attributes
    ----------
    why
        For each cell, empty where it may be printed, or why it is hidden.
    refused
        Counts about few people that can be worked out, or nearly, whatever is hidden now, with
        ``why, low, high, width``. The totals that tell them must not be printed; where there are
        none left to hide, it is earlier releases that tell.
    """

    why: pd.Series
    refused: pd.DataFrame


def few_people(counts: pd.Series, fewest: int) -> pd.Series:
    """Why each count is hidden by the first rule: 1 to k - 1 is few people, 0 may be printed."""
    return pd.Series(np.where(counts.between(1, fewest - 1), FEW, SHOWN), index=counts.index)


def protect(
    counts: pd.Series,
    sums: Sequence[SumOfCells],
    fewest: int,
    *,
    why: pd.Series | None = None,
    fixed: Collection[Hashable] = (),
    narrowest: int = NARROWEST,
) -> Protected:
    """Hide further counts until nobody can come near those about few people.

    Parameters
    ----------
    counts
        Count of each cell by its name. That of a cell hidden before may be missing.
    sums
        What adds up to what.
    fewest
        k: a count of 1 to k - 1 is hidden.
    why
        Cells hidden in any case, and why; by default those of few people. A count that is never
        printed but is the rest of two that are, is such a cell.
    fixed
        Cells of earlier releases, printed or hidden then: nothing can be done about them now.
    narrowest
        Width that must be left between the smallest and the largest value that fit.

    Raises
    ------
    RunFault
        If the counts do not add up.

    Examples
    --------
    >>> counts = pd.Series({"all": 60, "A": 4, "B": 20, "C": 36})
    >>> protect(counts, [SumOfCells("all", ("A", "B", "C"))], 11).why.to_list()
    ['', 'few people', 'protects another', '']
    """
    reasons = few_people(counts, fewest) if why is None else why.reindex(counts.index)
    if not reasons.isin(SENSITIVE).any():
        return Protected(reasons, told(work_out(counts, reasons, [], fewest), fewest))
    whole = one_way_to_fill(counts, reasons, sums, fewest)
    fixed = set(fixed)
    done = _protect_once(whole, reasons, sums, fewest, fixed, narrowest)
    near = _beside(done.refused.index, sums) - fixed
    quiet = reasons.where((reasons != FEW) | ~reasons.index.isin(list(near)), WITHHELD)
    if quiet.equals(reasons):
        return done
    return _protect_once(whole, quiet, sums, fewest, fixed, narrowest)


def _protect_once(
    whole: pd.Series,
    why: pd.Series,
    sums: Sequence[SumOfCells],
    fewest: int,
    fixed: set[Hashable],
    narrowest: int,
) -> Protected:
    may_hide = (whole >= fewest) & ~whole.index.isin(list(fixed))
    wide: list[Hashable] = []
    reasons = why
    if not _is_enough(whole, why, sums, fewest, narrowest):
        reasons, wide = _with_groups(whole, why, sums, may_hide, fewest, narrowest)
    reasons = _with_rests(whole, reasons, sums, may_hide, fewest)
    left = work_out(whole, reasons, sums, fewest, only_sensitive=True, but=wide)
    return Protected(reasons, told(left, fewest, narrowest))


def _is_enough(
    whole: pd.Series, why: pd.Series, sums: Sequence[SumOfCells], fewest: int, narrowest: int
) -> bool:
    """Whether what is hidden protects already, where that is seen without a linear program."""
    width = narrow_bounds(whole, why, sums, fewest)
    return width is not None and told(pd.DataFrame({"why": why, "width": width}), fewest,
                                      narrowest).empty  # fmt: skip


def _beside(cells: pd.Index, sums: Sequence[SumOfCells]) -> set[Hashable]:
    """Cells, and those in a sum with any of them."""
    chosen = set(cells)
    every = [{one.total, *one.parts} for one in sums]
    return chosen.union(*(each for each in every if each & chosen))


def one_way_to_fill(
    counts: pd.Series, why: pd.Series, sums: Sequence[SumOfCells], fewest: int
) -> pd.Series:
    """Fill in missing counts, hidden before, with values that fit all others.

    Raises
    ------
    RunFault
        If no values fit.
    """
    missing = counts.isna()
    written = equations(counts, why.where(missing, SHOWN), sums, fewest)
    if missing.any():
        found = solve(np.zeros(len(counts)), written)
    else:
        adds_up = not np.abs(written.matrix @ written.low).max(initial=0.0)
        found = written.low if adds_up else None
    if found is None:
        raise RunFault("The counts to be released do not add up to their totals. Nothing is shown.")
    return pd.Series(found, index=counts.index)


def _with_groups(
    whole: pd.Series,
    why: pd.Series,
    sums: Sequence[SumOfCells],
    may_hide: pd.Series,
    fewest: int,
    narrowest: int,
) -> tuple[pd.Series, list[Hashable]]:
    """Reasons with those of cells that protect others; and cells that are seen to be safe."""
    reasons, wide = why.copy(), []
    nothing_hidden = pd.Series(SHOWN, index=whole.index)
    written = equations(whole, nothing_hidden, sums, fewest)
    totals = whole.index.isin([one.total for one in sums])
    for cells in written.groups():
        mine = reasons.iloc[cells]
        if mine.isin(SENSITIVE).any():
            group = Group(
                written.take(cells), mine.to_numpy(dtype=object), may_hide.to_numpy()[cells],
                totals[cells], fewest, narrowest,
            )  # fmt: skip
            reasons.iloc[cells] = group.protected()
            wide += whole.index[cells[group.wide()]].tolist()
    return reasons, wide


def _with_rests(
    whole: pd.Series,
    why: pd.Series,
    sums: Sequence[SumOfCells],
    may_hide: pd.Series,
    fewest: int,
) -> pd.Series:
    """Reasons in which no total, less what is shown of it, leaves a rest about few people."""
    reasons = why.to_dict()
    counts, free = whole.to_dict(), may_hide.to_dict()
    for one in sums:
        off = [cell for cell in one.parts if reasons[cell] != SHOWN]
        rest = sum(counts[cell] for cell in off)
        about_few = any(reasons[cell] in SENSITIVE for cell in off)
        if reasons[one.total] != SHOWN or not about_few or not 0 < rest < fewest:
            continue
        others = [cell for cell in one.parts if reasons[cell] == SHOWN and free[cell]]
        chosen = min(others, key=lambda cell: counts[cell]) if others else one.total
        if free[chosen]:
            reasons[chosen] = PROTECTS
    return pd.Series(reasons, index=whole.index)
