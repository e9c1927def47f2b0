"""Display tables of what was set aside and returned, and of quarters that were revised."""

from __future__ import annotations

import pandas as pd

from workbench import terms, wording
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import hidden_rows, require

ANY_RULE = "any"
CHANGES = {
    "late": "Came late",
    "edited": "Edited",
    "removed": "Gone",
    "set_aside": "Set aside now",
    "returned": "Mended",
}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
NOT_DATED = "without a date"
UNCHANGED = 0.05
"""Half of the last digit shown, in points of fidelity."""


def history_table(history: pd.DataFrame) -> DisplayTable:
    """Rows set aside, returned and still open, one row a quarter."""
    columns = ["set_aside", "returned", "left_out", "still_open"]
    history = require(history, "quarantine_history", ["quarter", "table", "rule_id", *columns])
    rows = history[history["rule_id"] == ANY_RULE].groupby("quarter")[columns].sum().reset_index()
    frame = written(
        rows,
        {
            "Quarter": lambda row: row.quarter,
            "Set aside": lambda row: printed.number(row.set_aside),
            "Returned": lambda row: printed.number(row.returned),
            "Left out in writing": lambda row: printed.number(row.left_out),
            "Still open": lambda row: printed.number(row.still_open),
        },
    )
    note = (
        "Rows as each quarter's run found them. Returned: used after a correction came back. An "
        "export that holds several quarters brings a row that is still open back each time."
    )
    return DisplayTable("Rows set aside, quarter by quarter", frame, note)


def revisions_table(revisions: pd.DataFrame) -> DisplayTable:
    """Rows of past quarters that changed since they were published, by table and quarter."""
    revisions = require(revisions, "revisions", ["table", "quarter", *CHANGES])
    rows = revisions[revisions[list(CHANGES)].sum(axis=1) > 0]
    frame = written(
        rows.sort_values(["table", "quarter"]),
        {
            "Table": lambda row: terms.plain(row.table),
            "Quarter of the rows": lambda row: row.quarter or NOT_DATED,
            **{
                title: lambda row, kind=kind: printed.number(getattr(row, kind))  # type: ignore[misc]
                for kind, title in CHANGES.items()
            },
        },
    )
    note = (
        "Edited: the same key, other content. A row that was closed, or to which something else "
        "happened since, has moved on and is not counted."
    )
    return DisplayTable("Rows of past quarters that changed", frame, note)


def revised_numbers_table(numbers: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Mean fidelity as published and as it is now, for the quarters in which it moved."""
    rows = moved_numbers(numbers, site_id)
    frame = written(
        rows,
        {
            "Quarter": lambda row: row.quarter,
            "As published": lambda row: printed.number(row.then, 1, "percent"),
            "Now": lambda row: printed.number(row.now, 1, "percent"),
            "Change, points": lambda row: printed.number(row.change, 1, signed=True),
            "Practitioners, then and now": _people,
            "What else changed in that quarter": lambda row: (
                row.changed_rows if isinstance(row.changed_rows, str) else "–"
            ),
        },
    )
    note = "What else changed is told for the network as a whole."
    return DisplayTable("Mean fidelity that is another now", frame, note)


def _people(row: object) -> str:
    then, now = (printed.number(getattr(row, name)) for name in ("n_then", "n_now"))
    return printed.NO_NUMBER if printed.NO_NUMBER in (then, now) else f"{then} and {now}"


def moved_numbers(numbers: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of a place whose number differs from that published, or that may not be shown."""
    needed = [
        "scope", "site_id", "quarter", "then", "now", "change", "n_then", "n_now", "changed_rows",
    ]  # fmt: skip
    numbers = require(numbers, "revised_numbers", needed)
    mine = numbers[numbers["site_id"].fillna("") == site_id]
    moved = (mine["change"].abs() >= UNCHANGED) | (mine["then"].isna() != mine["now"].isna())
    return mine[moved | hidden_rows(mine)].sort_values("quarter")


def revision_sentences(
    publication: pd.DataFrame, revisions: pd.DataFrame, numbers: pd.DataFrame, site_id: str = ""
) -> str:
    """Say which version this is, what changed, and what it did to the latest number that moved."""
    if publication.empty or not publication["compared_with"].iloc[0]:
        return "Nothing was published before, so there is nothing to set this quarter beside."
    told = publication.iloc[0]
    counts = revisions[list(CHANGES)].sum() if len(revisions) else pd.Series(0, index=[*CHANGES])
    words = {
        "late": "came late",
        "edited": "edited",
        "removed": "not there any more",
        "set_aside": "set aside now",
        "returned": "mended",
    }
    parts = [
        f"{printed.counted(counts[kind], 'rows') if not place else printed.number(counts[kind])}"
        f" {'' if kind == 'late' else 'was ' if counts[kind] == 1 else 'were '}{words[kind]}"
        for place, kind in enumerate(kind for kind in CHANGES if counts[kind])
    ]
    changed = wording.one_of(parts) if parts else "no row of a past quarter changed"
    return f"{_opening(told)} {changed}; {_number_words(numbers, site_id)}."


def _opening(told: pd.Series) -> str:
    version, label = int(told["version"]), told["quarter"]
    if told["compared_with"] == label:
        place = ORDINALS[version - 1] if version <= len(ORDINALS) else f"{version}th"
        return f"This is the {place} version of {label}:"
    return f"Since {told['compared_with']} was published:"


def _number_words(numbers: pd.DataFrame, site_id: str) -> str:
    if numbers.empty:
        return "published numbers were not compared"
    moved = moved_numbers(numbers, site_id)
    if len(moved) and hidden_rows(moved).any():
        moved = moved[~hidden_rows(moved)]
        if moved.empty:
            return "whether a number of this place changed is not shown: too few people are behind"
    known = moved.dropna(subset=["then", "now"])
    if known.empty:
        return "mean fidelity of every past quarter is as it was published"
    last = known.iloc[-1]
    then, now = printed.number(last["then"], 1), printed.number(last["now"], 1)
    return f"mean fidelity of {last['quarter']} was {then} percent, now {now}"
