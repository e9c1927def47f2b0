"""Counts of one release beside those of earlier ones: what a revised or rolling total would tell.

An earlier release can't be taken back. What it printed is known, and what it hid is still hidden
there. So the counts of this release are protected together with all that went before: a site
that was hidden then and would be shown now, a total that was revised since, a total over four
quarters of which three are known.

A frame of released cells has a row for each count of a table of rows by columns. An empty row is
the total of all rows, an empty column that of all columns. ``quarter`` is the last of ``span``
quarters that the count is over. ``count`` is missing where it is hidden, and ``why`` says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.errors import RunFault
from workbench.reporting.disclosure_audit import NARROWEST
from workbench.reporting.disclosure_chain import KEYS, Chain, Ties, keys_of
from workbench.reporting.disclosure_protect import protect
from workbench.reporting.disclosure_sums import SHOWN
from workbench.reporting.evidence import require

COLUMNS = (*KEYS, "count", "why")


@dataclass(frozen=True)
class ProtectedRelease:
    """A release that may be printed, and what must not be.

    Attributes
    ----------
    cells
        Frame of released cells: ``count`` is missing where it is hidden, ``why`` says why.
    refused
        Counts about few people, of this release or of earlier ones, that the releases taken
        together tell whatever is hidden now, or nearly. As ``cells``, with ``low, high`` of what
        can be worked out. While it has rows, the release must not be published as it is.
    """

    cells: pd.DataFrame
    refused: pd.DataFrame


def write_released(cells: pd.DataFrame, path: Path) -> None:
    """Write a frame of released cells; a hidden count is not in it.

    Raises
    ------
    RunFault
        If a row that is hidden has its count.
    """
    cells = require(cells, "released_cells", COLUMNS)[list(COLUMNS)]
    if cells.loc[cells["why"] != SHOWN, "count"].notna().any():
        raise RunFault("A hidden count would be written with the released cells. Nothing is.")
    cells.sort_values(list(KEYS), kind="stable").to_parquet(path, index=False)


def read_released(paths: Sequence[Path]) -> list[pd.DataFrame]:
    """Read the released cells of earlier releases, the first one first; none where there are none.

    Raises
    ------
    RunFault
        If a file lacks a column.
    """
    frames = [pd.read_parquet(path) for path in paths if path.is_file()]
    return [require(frame, "released_cells", COLUMNS) for frame in frames if len(frame)]


def protect_release(
    now: pd.DataFrame,
    earlier: Sequence[pd.DataFrame],
    fewest: int,
    narrowest: int = NARROWEST,
    counted: Sequence[pd.DataFrame] | None = None,
    ties: Mapping[str, Ties] | None = None,
) -> ProtectedRelease:
    """Hide what must be hidden in this release, given all that was released before.

    Parameters
    ----------
    now
        The counts to be released, with the columns of a frame of released cells, every count
        given. ``why`` is empty, or a reason for which a cell is hidden in any case; a rest that is
        worked out but never printed has *never printed*. Counts of few people need no reason.
    earlier
        Frames of earlier releases, the first one first, of the same tables; earlier versions of
        the quarter are among them.
    fewest
        k: a count of 1 to k - 1 is hidden.
    narrowest
        Width that must be left between the smallest and the largest value that fit.
    counted
        For each earlier release, the frame that it was made of, with every count, where it was kept
        inside the study.
    ties
        Columns of one row that add up, by the name of the table: each total and its parts.

    Raises
    ------
    RunFault
        If the counts do not add up to their totals.

    Notes
    -----
    With ``counted`` it is known which hidden counts were revised since. Without, a cell hidden
    before is taken to be the same count as now, as an outsider would take it. Where this does not
    fit, its quarter was revised: then the counts are apart, and a cell of that quarter that was
    hidden before stays hidden. This is weaker against somebody who knows what was revised.
    """
    now = require(now, "released_cells", COLUMNS).reset_index(drop=True)
    problem = None
    for chain in _chains(now, earlier, fewest, counted, ties or {}):
        try:
            done = protect(
                chain.counts(), list(chain.sums), fewest,
                why=chain.reasons(), fixed=chain.fixed, narrowest=narrowest,
            )  # fmt: skip
        except RunFault as fault:
            problem = fault
            continue
        names = [chain.latest[key] for key in keys_of(now)]
        why = done.why[names].set_axis(now.index).astype("str")
        cells = now.assign(count=now["count"].astype("float64").mask(why != SHOWN), why=why)
        return ProtectedRelease(cells[list(COLUMNS)], _refused(done.refused, chain))
    raise problem or RunFault("There are no counts to release.")


def _chains(
    now: pd.DataFrame,
    earlier: Sequence[pd.DataFrame],
    fewest: int,
    counted: Sequence[pd.DataFrame] | None,
    ties: Mapping[str, Ties],
) -> Iterator[Chain]:
    """Ways to tie this release to earlier ones, the closest first; the first that fits is taken."""
    if counted is not None:
        chain = Chain(fewest, ties=ties)
        for frame, whole in zip(earlier, counted, strict=True):
            chain.add(frame, whole)
        chain.add_last(now, is_kept=True)
        yield chain
        return
    releases = [*earlier, now]
    for apart in (set(), revised_quarters(releases), _quarters(releases)):
        chain = Chain(fewest, frozenset(apart), ties=ties)
        for frame in earlier:
            chain.add(frame)
        chain.add_last(now, is_kept=False)
        yield chain


def revised_quarters(releases: Sequence[pd.DataFrame]) -> set[str]:
    """Quarters of which a count was printed, and printed otherwise later or counted so now."""
    rows = pd.concat(releases, ignore_index=True).dropna(subset="count")
    different = rows.groupby(list(KEYS))["count"].transform("nunique") > 1
    return set(rows.loc[different, "quarter"])


def _quarters(releases: Sequence[pd.DataFrame]) -> set[str]:
    return {quarter for frame in releases for quarter in frame["quarter"]}


def _refused(refused: pd.DataFrame, chain: Chain) -> pd.DataFrame:
    """Rows of what can be worked out, by the keys of its cell."""
    rows = [(*chain.key[name], *row) for name, *row in refused.itertuples()]
    columns = [*KEYS, *refused.columns]
    return pd.DataFrame(rows, columns=columns)[[*KEYS, "why", "low", "high"]]
