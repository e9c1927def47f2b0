"""Display tables of what was set aside and returned, and of quarters that were revised."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms, wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import hidden_rows, require

ANY_RULE = "any"
CHANGES = {
    "late": mark("Came late"),
    "edited": mark("Edited"),
    "removed": mark("Gone"),
    "set_aside": mark("Set aside now"),
    "returned": mark("Mended"),
}
HAPPENED = {
    "late": (mark("{rows} came late"), mark("{rows} came late")),
    "edited": (mark("{rows} was edited"), mark("{rows} were edited")),
    "removed": (mark("{rows} was not there any more"), mark("{rows} were not there any more")),
    "set_aside": (mark("{rows} was set aside now"), mark("{rows} were set aside now")),
    "returned": (mark("{rows} was mended"), mark("{rows} were mended")),
}
"""What is said of one row, and of several."""
VERSIONS = (
    mark("the first version"),
    mark("the second version"),
    mark("the third version"),
    mark("the fourth version"),
    mark("the fifth version"),
    mark("the sixth version"),
    mark("the seventh version"),
    mark("the eighth version"),
    mark("the ninth version"),
)
NOT_DATED = mark("without a date")
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
            mark("Quarter"): lambda row: say(row.quarter),
            mark("Set aside"): lambda row: printed.number(row.set_aside),
            mark("Returned"): lambda row: printed.number(row.returned),
            mark("Left out in writing"): lambda row: printed.number(row.left_out),
            mark("Still open"): lambda row: printed.number(row.still_open),
        },
    )
    note = say(
        "Rows as each quarter's run found them. Returned: used after a correction came back. An "
        "export that holds several quarters brings a row that is still open back each time."
    )
    return DisplayTable(say("Rows set aside, quarter by quarter"), frame, note)


def revisions_table(revisions: pd.DataFrame) -> DisplayTable:
    """Rows of past quarters that changed since they were published, by table and quarter."""
    revisions = require(revisions, "revisions", ["table", "quarter", *CHANGES])
    rows = revisions[revisions[list(CHANGES)].sum(axis=1) > 0]
    frame = written(
        rows.sort_values(["table", "quarter"]),
        {
            mark("Table"): lambda row: say(terms.plain(row.table)),
            mark("Quarter of the rows"): lambda row: row.quarter or say(NOT_DATED),
            **{
                title: lambda row, kind=kind: printed.number(getattr(row, kind))  # type: ignore[misc]
                for kind, title in CHANGES.items()
            },
        },
    )
    note = say(
        "Edited: the same key, other content. A row that was closed, or to which something else "
        "happened since, has moved on and is not counted."
    )
    return DisplayTable(say("Rows of past quarters that changed"), frame, note)


def revised_numbers_table(numbers: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Mean fidelity as published and as it is now, for the quarters in which it moved."""
    rows = moved_numbers(numbers, site_id)
    frame = written(
        rows,
        {
            mark("Quarter"): lambda row: row.quarter,
            mark("As published"): lambda row: printed.number(row.then, 1, "percent"),
            mark("Now"): lambda row: printed.number(row.now, 1, "percent"),
            mark("Change, points"): lambda row: printed.number(row.change, 1, signed=True),
            mark("Practitioners, then and now"): _people,
            mark("What else changed in that quarter"): lambda row: (
                row.changed_rows if isinstance(row.changed_rows, str) else "–"
            ),
        },
    )
    note = say("What else changed is told for the network as a whole.")
    return DisplayTable(say("Mean fidelity that is another now"), frame, note)


def _people(row: Any) -> str:
    if not (printed.is_number(row.n_then) and printed.is_number(row.n_now)):
        return printed.number(None)
    then, now = printed.number(row.n_then), printed.number(row.n_now)
    return say("{then} and {now}", then=then, now=now)


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
        return say("Nothing was published before, so there is nothing to set this quarter beside.")
    told = publication.iloc[0]
    counts = revisions[list(CHANGES)].sum() if len(revisions) else pd.Series(0, index=[*CHANGES])
    parts = [
        _happened(kind, counts[kind], is_first=not place)
        for place, kind in enumerate(kind for kind in CHANGES if counts[kind])
    ]
    changed = wording.one_of(parts) if parts else say("no row of a past quarter changed")
    return f"{_opening(told)} {changed}; {_number_words(numbers, site_id)}."


def _happened(kind: str, count: int, is_first: bool) -> str:
    one, several = HAPPENED[kind]
    rows = printed.counted(count, "rows") if is_first else printed.number(count)
    return say(one if count == 1 else several, rows=rows)


def _opening(told: pd.Series) -> str:
    number, label = int(told["version"]), told["quarter"]
    if told["compared_with"] != label:
        return say("Since {quarter} was published:", quarter=told["compared_with"])
    named = number <= len(VERSIONS)
    version = say(VERSIONS[number - 1]) if named else say("the {number}th version", number=number)
    return say("This is {version} of {quarter}:", version=version, quarter=label)


def _number_words(numbers: pd.DataFrame, site_id: str) -> str:
    if numbers.empty:
        return say("published numbers were not compared")
    moved = moved_numbers(numbers, site_id)
    if len(moved) and hidden_rows(moved).any():
        moved = moved[~hidden_rows(moved)]
        if moved.empty:
            return say(
                "whether a number of this place changed is not shown: too few people are behind"
            )
    known = moved.dropna(subset=["then", "now"])
    if known.empty:
        return say("mean fidelity of every past quarter is as it was published")
    last = known.iloc[-1]
    return say(
        "mean fidelity of {quarter} was {then} percent, now {now}",
        quarter=last["quarter"],
        then=printed.number(last["then"], 1),
        now=printed.number(last["now"], 1),
    )
