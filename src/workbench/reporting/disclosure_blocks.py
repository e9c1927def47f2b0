"""Counts of a whole release, protected block by block: a table of one quarter is a block.

No sum ties one block to another. A block that says what its last release said is released as it was
then, since nothing new is told; so a later version costs little, and the same run gives the same
again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.reporting.disclosure_chain import KEYS, Ties
from workbench.reporting.disclosure_releases import COLUMNS, protect_release
from workbench.reporting.disclosure_sums import (
    CLOSED,
    FEW,
    NEVER,
    PROTECTS,
    SENSITIVE,
    SHOWN,
    WITHHELD,
)

Place = tuple[str, str]
"""Row and column of a cell in its block."""
Block = dict[Place, tuple[float, str]]
"""Count of each cell, and why it is hidden."""
Blocks = dict[tuple[str, str], Block]
"""Blocks by table and quarter."""
WITHOUT_BOUNDS = {FEW: WITHHELD, CLOSED: WITHHELD, PROTECTS: NEVER}
"""Reasons that say the same, but nothing of how large a count is."""


@dataclass(frozen=True)
class KeptRelease:
    """All counts of an earlier release, as they were kept inside the study.

    Attributes
    ----------
    blocks
        Its counts, and why each was hidden.
    fewest
        k that it was released with, by the name of a table.
    """

    blocks: Blocks
    fewest: Mapping[str, int]


def protect_blocks(
    now: Blocks,
    earlier: Sequence[KeptRelease],
    fewest: Mapping[str, int],
    ties: Mapping[str, Ties],
) -> tuple[Blocks, pd.DataFrame]:
    """Hide what must be hidden in each block, given all that was released before.

    Parameters
    ----------
    now
        The counts to be released, with the reasons for which they are hidden in any case.
    earlier
        Earlier releases, the first one first.
    fewest
        k by the name of a table.
    ties
        Columns of one row that add up, by the name of a table.

    Returns
    -------
    tuple
        The blocks with their last reasons, and what is refused, as in ``protect_release``.
    """
    done, refused = {}, []
    for (table, quarter), block in now.items():
        k = fewest[family(table)]
        before = _before(table, quarter, earlier, k)
        done[(table, quarter)] = block
        if before and _says_the_same(block, before[-1]):
            done[(table, quarter)] = before[-1]
        elif _hides(block, k) or any(_hides(one, k) for one in before):
            counted = [_frame(table, quarter, one) for one in before]
            printed = [one.assign(count=one["count"].mask(one["why"] != SHOWN)) for one in counted]
            kept = protect_release(
                _frame(table, quarter, adding_up(block)), printed, k, counted=counted, ties=ties
            )
            done[(table, quarter)] = _with_reasons(block, kept.cells)
            refused.append(kept.refused)
    told = [one for one in refused if len(one)]
    none = pd.DataFrame(columns=[*KEYS, "why", "low", "high"])
    return done, pd.concat(told, ignore_index=True) if told else none


def family(table: str) -> str:
    """Name of the evidence table behind a table of cells."""
    return table.split(":")[0]


def _before(table: str, quarter: str, earlier: Sequence[KeptRelease], k: int) -> list[Block]:
    """List what earlier releases said of a block, each once, with reasons as of today's k."""
    found: list[Block] = []
    for release in earlier:
        block = release.blocks.get((table, quarter))
        if block is None:
            continue
        if release.fewest.get(family(table)) != k:
            block = {
                place: (count, WITHOUT_BOUNDS.get(why, why))
                for place, (count, why) in block.items()
            }
        if not found or found[-1] != block:
            found.append(block)
    return found


def _says_the_same(now: Block, before: Block) -> bool:
    """Whether a block has the counts that it had, and hid all that is to be hidden now."""
    return now.keys() == before.keys() and all(
        count == before[place][0] and (why == SHOWN or before[place][1] != SHOWN)
        for place, (count, why) in now.items()
    )


def _hides(block: Block, k: int) -> bool:
    return any(
        why in SENSITIVE or (why in (SHOWN, NEVER) and 0 < count < k)
        for count, why in block.values()
    )


def adding_up(block: Block) -> Block:
    """Block without the totals that are not the sum of their parts, as where people count twice."""
    rows, columns = defaultdict(list), defaultdict(list)
    for (row, column), (count, _) in block.items():
        if column:
            rows[row].append(count)
        if row:
            columns[column].append(count)

    def fits(place: Place, count: float) -> bool:
        row, column = place
        across = column or row not in rows or sum(rows[row]) == count
        return bool(across and (row or column not in columns or sum(columns[column]) == count))

    return {place: cell for place, cell in block.items() if fits(place, cell[0])}


def _frame(table: str, quarter: str, block: Block) -> pd.DataFrame:
    rows = [
        (table, row, column, quarter, 1, count, why)
        for (row, column), (count, why) in block.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _with_reasons(block: Block, cells: pd.DataFrame) -> Block:
    """Block with the reasons of its cells; a total that does not add up keeps its own."""
    places = zip(cells["row"], cells["column"], strict=True)
    why = dict(zip(places, cells["why"], strict=True))
    return {place: (count, why.get(place, own)) for place, (count, own) in block.items()}
