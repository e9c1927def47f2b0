"""Can hidden counts be worked out? Tables and chains of releases, and an attacker of its own.

    python benchmarks/disclosure_study.py [--networks 450] [--kinds NAME ...] [--write FILE]

Each table has skewed counts of people (lognormal, an eighth of the cells empty), sums of rows and
columns and a grand total, and is released with k = 11. A chain is four quarterly releases, with
one chain for each thirty tables: each release has the table of its quarter, the one before it
again with a tenth of the cells revised, and the total over four quarters. The attacker here shares
no code with the protector: it takes the least and the largest value of each count of 1 to 10 by
linear programs, knows why each cell is hidden, and in a chain knows which counts were revised.
*Hidden beside* is the share of all cells, totals among them, that are hidden though they are not
small. *Nearer than 5* counts those worked out too.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array
from study_tables import asked_for, tell

from workbench.quarters import Quarter
from workbench.reporting.disclosure_audit import NARROWEST
from workbench.reporting.disclosure_protect import few_people, protect
from workbench.reporting.disclosure_releases import COLUMNS, protect_release
from workbench.reporting.disclosure_sums import FEW, PROTECTS, SHOWN, SumOfCells

FIRST_SEED = 150_000
FEWEST = 11
FIRST_QUARTER = Quarter.from_label("2025Q4")
RELEASES = 4
TABLES_A_CHAIN = 30
ALL = ""
KINDS = {
    "8 x 5": (8, 5, 15.0),
    "8 x 5, sparse": (8, 5, 8.0),
    "20 x 4": (20, 4, 15.0),
    "5 x 3": (5, 3, 15.0),
    "40 x 6": (40, 6, 20.0),
}
"""Rows, columns and the middle count."""
SHARE = {"8 x 5": 0.5, "8 x 5, sparse": 0.2, "20 x 4": 0.13, "5 x 3": 0.15, "40 x 6": 0.02}
OVER_RELEASES = ("audited over releases", "the same, all earlier counts kept")
CHAIN = "four releases of 6 x 4"
Cells = dict[Any, int]
Sums = list[tuple[Any, list[Any]]]


# --- what is simulated ---


def skewed(rng: np.random.Generator, rows: int, columns: int, middle: float) -> np.ndarray:
    """Counts of people, many small and few large."""
    counts = np.floor(np.exp(rng.normal(np.log(middle), 1.1, (rows, columns)))).astype(int)
    counts[rng.random((rows, columns)) < 1 / 8] = 0
    return counts


def with_totals(inside: np.ndarray) -> Cells:
    """Cells by row and column; an empty name is all of them."""
    rows, columns = inside.shape
    cells = {(f"r{i}", f"c{j}"): int(inside[i, j]) for i in range(rows) for j in range(columns)}
    cells |= {(f"r{i}", ALL): int(inside[i].sum()) for i in range(rows)}
    cells |= {(ALL, f"c{j}"): int(inside[:, j].sum()) for j in range(columns)}
    return cells | {(ALL, ALL): int(inside.sum())}


def margins(cells: Cells) -> Sums:
    """Totals of a table and their parts."""
    rows = list(dict.fromkeys(row for row, _ in cells))
    columns = list(dict.fromkeys(column for _, column in cells))
    across = [((r, ALL), [(r, c) for c in columns if c]) for r in rows]
    return across + [((ALL, c), [(r, c) for r in rows if r]) for c in columns]


# --- the attacker ---


def attack(values: Cells, why: dict[Any, str], sums: Sums) -> tuple[int, int, int]:
    """Small counts, those worked out, and those known to fewer than 5 either way."""
    hidden = {cell: number for number, cell in enumerate(c for c in values if why[c] != SHOWN)}
    small = [cell for cell in hidden if 0 < values[cell] < FEWEST]
    if not small:
        return 0, 0, 0
    matrix, right = lil_array((len(sums), len(hidden))), np.zeros(len(sums))
    for line, (total, parts) in enumerate(sums):
        for cell, sign in [(total, -1), *((part, 1) for part in parts)]:
            if cell in hidden:
                matrix[line, hidden[cell]] += sign
            else:
                right[line] -= sign * values[cell]
    known = {FEW: (1, FEWEST - 1), PROTECTS: (FEWEST, np.inf)}
    limits = Bounds(*zip(*(known.get(why[cell], (0, np.inf)) for cell in hidden), strict=True))
    sums_kept = LinearConstraint(matrix.tocsr(), right, right)
    exact = near = 0
    for cell in small:
        aim = np.zeros(len(hidden))
        aim[hidden[cell]] = 1
        low = milp(aim, bounds=limits, constraints=sums_kept).fun
        high = most_of(milp(-aim, bounds=limits, constraints=sums_kept))
        width = np.floor(high + 1e-6) - np.ceil(low - 1e-6)
        exact += width < 1
        near += width < NARROWEST
    return len(small), int(exact), int(near)


def most_of(found: Any) -> float:
    """Largest value found; where there is no end to it, there is no value."""
    return np.inf if found.fun is None else -found.fun


# --- ways to hide ---


def small_only(cells: Cells) -> dict[Any, str]:
    """Hide counts of 1 to 10 and nothing else."""
    return few_people(as_series(cells), FEWEST).to_dict()


def one_more(cells: Cells) -> dict[Any, str]:
    """Hide the next smallest too wherever one cell of a row or column is alone."""
    why = small_only(cells)
    while True:
        before = dict(why)
        for _, parts in margins(cells):
            off = [cell for cell in parts if why[cell] != SHOWN]
            left = [cell for cell in parts if why[cell] == SHOWN and cells[cell]]
            if len(off) == 1 and left:
                why[min(left, key=lambda cell: cells[cell])] = PROTECTS
        if why == before:
            return why


def audited(cells: Cells) -> dict[Any, str]:
    """Hide what the workbench hides."""
    sums = [SumOfCells(total, tuple(parts)) for total, parts in margins(cells)]
    done = protect(as_series(cells), sums, FEWEST)
    assert done.refused.empty
    return dict(zip(cells, done.why, strict=True))


def as_series(cells: Cells) -> pd.Series:
    return pd.Series(list(cells.values()), index=pd.Index(list(cells), tupleize_cols=False))


WAYS: dict[str, Callable[[Cells], dict[Any, str]]] = {
    "small cells only": small_only,
    "one more in row and column": one_more,
    "audited": audited,
}


# --- chains ---


def releases(rng: np.random.Generator) -> Iterator[dict[Any, Cells]]:
    """Tables of each release, by quarter and span, and the same counts revised a quarter later."""
    truth: dict[str, np.ndarray] = {}
    for number in range(-RELEASES + 1, RELEASES):
        quarter = str(FIRST_QUARTER.plus(number))
        before = str(FIRST_QUARTER.plus(number - 1))
        truth[quarter] = skewed(rng, 6, 4, 15.0)
        if before in truth:
            moved = (rng.random((6, 4)) < 0.1) & (truth[before] > 0)
            late = truth[before] + moved * rng.integers(-2, 4, (6, 4))
            truth[before] = np.maximum(late, 0)
        if number < 0:
            continue
        year = [str(FIRST_QUARTER.plus(number - back)) for back in range(4)]
        told = {(quarter, 1): truth[quarter], (quarter, 4): sum(truth[one] for one in year)}
        if number:
            told[(before, 1)] = truth[before]
        yield {when: with_totals(inside) for when, inside in told.items()}


def release_alone(now: pd.DataFrame, way: str) -> pd.Series:
    """Why each cell of a release is hidden when each table is seen to by itself."""
    why = pd.Series(SHOWN, index=now.index, dtype="str")
    for _, rows in now.groupby(["quarter", "span"]):
        cells = dict(zip(zip(rows["row"], rows["column"], strict=True), rows["count"], strict=True))
        why[rows.index] = list(WAYS[way](cells).values())
    return why


def attack_chain(seed: int, way: str) -> tuple[int, int, int, int, int, float]:
    """Release a chain and attack all of it; then hidden beside, cells and seconds."""
    values: Cells = {}
    why: dict[Any, str] = {}
    latest: dict[Any, Any] = {}
    sums: Sums = []
    earlier: list[pd.DataFrame] = []
    counted: list[pd.DataFrame] = []
    refused = beside = cells = 0
    taken = 0.0
    for number, tables in enumerate(releases(np.random.default_rng(seed))):
        now = frame_of(tables)
        started = time.process_time()
        if way in OVER_RELEASES:
            kept = counted if way == OVER_RELEASES[1] else None
            done = protect_release(now, earlier, FEWEST, counted=kept)
            refused += len(done.refused)
            earlier.append(done.cells)
            counted.append(now)
            reasons = done.cells["why"]
        else:
            reasons = release_alone(now, way)
        taken += time.process_time() - started
        beside, cells = beside + int((reasons == PROTECTS).sum()), cells + len(now)
        for row, reason in zip(now.itertuples(index=False), reasons, strict=True):
            key = (row.row, row.column, row.quarter, row.span)
            if key not in latest or values[latest[key]] != row.count:
                latest[key] = (*key, number)
                values[latest[key]], why[latest[key]] = row.count, reason
            elif reason == SHOWN:
                why[latest[key]] = SHOWN
        sums += chain_sums(tables, latest)
    assert not refused, "no release was stopped"
    return (*attack(values, why, sums), beside, cells, taken / RELEASES)


def frame_of(tables: dict[Any, Cells]) -> pd.DataFrame:
    """Frame of the counts of a release."""
    rows = [
        ("people", *cell, *when, count, SHOWN)
        for when, cells in tables.items()
        for cell, count in cells.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def chain_sums(tables: dict[Any, Cells], latest: dict[Any, Any]) -> Sums:
    """Sums of a release, over rows, columns and quarters."""
    sums: Sums = []
    for when, cells in tables.items():
        for total, parts in margins(cells):
            sums.append((latest[(*total, *when)], [latest[(*part, *when)] for part in parts]))
    quarter = next(when[0] for when in tables if when[1] == 4)
    year = [str(Quarter.from_label(quarter).plus(-back)) for back in range(4)]
    for cell in tables[(quarter, 4)]:
        known = [latest[(*cell, one, 1)] for one in year if (*cell, one, 1) in latest]
        if len(known) == 4:
            sums.append((latest[(*cell, quarter, 4)], known))
    return sums


# --- the study ---


def line(kind: str, way: str, found: list[tuple]) -> dict[str, object]:
    """Line of the table."""
    small, exact, near, beside, cells, seconds = (np.array(one) for one in zip(*found, strict=True))
    return {
        "what": kind,
        "how": way,
        "tables or chains": len(found),
        "small cells": int(small.sum()),
        "worked out": int(exact.sum()),
        "nearer than 5": int(near.sum()),
        "breached": f"{(near > 0).mean():.0%}",
        "hidden beside": f"{beside.sum() / cells.sum():.1%}",
        "seconds each": f"{seconds.mean():.2f}",
    }


def attack_table(seed: int, kind: str, way: str) -> tuple[int, int, int, int, int, float]:
    """Release one table and attack it; then hidden beside, cells and seconds."""
    cells = with_totals(skewed(np.random.default_rng(seed), *KINDS[kind]))
    started = time.process_time()
    why = WAYS[way](cells)
    taken = time.process_time() - started
    beside = sum(reason == PROTECTS for reason in why.values())
    return (*attack(cells, why, margins(cells)), beside, len(cells), taken)


def main() -> None:
    asked = asked_for(__doc__, networks=450, kinds=[*KINDS, CHAIN])
    lines = defaultdict(list)
    for number, kind in enumerate(asked.kinds):
        first = FIRST_SEED + 1000 * number
        if kind == CHAIN:
            seeds = range(first, first + max(asked.networks // TABLES_A_CHAIN, 1))
            for way in (*WAYS, *OVER_RELEASES):
                lines[kind].append(line(kind, way, [attack_chain(seed, way) for seed in seeds]))
            continue
        seeds = range(first, first + max(round(asked.networks * SHARE[kind]), 1))
        for way in WAYS:
            found = [attack_table(seed, kind, way) for seed in seeds]
            lines[kind].append(line(kind, way, found))
    table = pd.DataFrame([one for kind in lines.values() for one in kind])
    tell(table, "Can hidden counts be worked out?", __doc__, asked.write)


if __name__ == "__main__":
    main()
