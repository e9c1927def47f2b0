"""Display tables of the gate, which drivers were there before delivery, and of the stages."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import hidden_rows, require
from workbench.reporting.tables_words import (
    by_driver,
    by_name,
    day,
    is_yes,
    of_site,
    short_day,
    status_with_sign,
)

GATE_COLUMNS = (
    "site_id",
    "delivery_began",
    "driver",
    "title",
    "status_before",
    "assessed_on",
    "missing",
    "n_respondents",
)
STAGE_COLUMNS = (
    "site_id",
    "stage",
    "stage_since",
    "months_in_stage",
    "expected_months",
    "stalled",
    "reason",
)
MOST_NAMED = 3
"""Best practices named under a driver; they come in the order of their scores, lowest first."""
NOT_RANKED = mark("Sites stand in the order of their names. They are not ranked.")


def gate_rows(drivers_gate: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of the gate in the field's order of drivers; of one site if one is named."""
    rows = by_driver(require(drivers_gate, "drivers_gate", GATE_COLUMNS), "driver")
    return of_site(rows, site_id) if site_id else rows


def gate_table(drivers_gate: pd.DataFrame, sites: pd.DataFrame) -> DisplayTable:
    """Write each site with the status of every driver before it began to deliver."""
    rows = gate_rows(drivers_gate)
    titles = dict(zip(rows["driver"], rows["title"], strict=True))
    cells = rows.assign(cell=_cells(rows))
    by_site = by_name(rows.drop_duplicates("site_id"), sites)
    frame = pd.DataFrame(
        {
            mark("Site"): by_site["place"],
            mark("Delivery began"): [short_day(value) for value in by_site["delivery_began"]],
            **{
                str(title): by_site["site_id"].map(
                    cells[cells["driver"] == driver].set_index("site_id")["cell"]
                )
                for driver, title in titles.items()
            },
        }
    )
    note = say(
        "By the last assessment before delivery began; where no day is known, by the "
        "latest. {not_ranked}",
        not_ranked=say(NOT_RANKED),
    )
    text = frame.fillna("–").astype("str")
    return DisplayTable(say("Drivers before delivery began, site by site"), text, note)


def _cells(rows: pd.DataFrame) -> list[str]:
    return [
        printed.HIDDEN if hidden else status_with_sign(status)
        for status, hidden in zip(rows["status_before"], hidden_rows(rows), strict=True)
    ]


def site_gate_table(drivers_gate: pd.DataFrame, site_id: str) -> DisplayTable:
    """Write each driver of a site before it began to deliver, with what was missing."""
    rows = gate_rows(drivers_gate, site_id)
    frame = written(
        rows,
        {
            mark("Driver"): lambda row: str(row.title),
            mark("Before delivery began"): lambda row: status_with_sign(row.status_before),
            mark("Not yet in place"): _missing,
            mark("Respondents"): lambda row: printed.number(row.n_respondents),
        },
    )
    began = rows["delivery_began"].iloc[0] if len(rows) else None
    when = day(began, otherwise="")
    note = (
        say("Delivery began on {when}. ", when=when)
        if when
        else say("No day is known on which delivery began. ")
    )
    assessed = rows["assessed_on"].dropna()
    note += say("Assessed on {day}. ", day=day(assessed.max())) if len(assessed) else ""
    note += say(
        "Not yet in place: best practices, the lowest first, {most} at most.", most=MOST_NAMED
    )
    return DisplayTable(say("Drivers before delivery began"), frame, note)


def _missing(row: Any) -> str:
    """Name the best practices that were lacking, the lowest first, a few at most."""
    if not printed.is_number(row.status_before):
        return say(printed.NO_NUMBER)
    text = str(row.missing) if printed.is_number(row.missing) else ""
    sentences = [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]
    if not sentences:
        return "–"
    more = " …" if len(sentences) > MOST_NAMED else ""
    return " ".join(sentences[:MOST_NAMED]) + more


def stages_table(stages: pd.DataFrame, sites: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Which stage each site is in, for how long, and whether that is longer than expected."""
    rows = by_name(require(stages, "stages", STAGE_COLUMNS), sites)
    rows = of_site(rows, site_id) if site_id else rows
    frame = written(
        rows,
        {
            mark("Site"): lambda row: row.place,
            mark("Stage"): lambda row: printed.verdict(row.stage),
            mark("Since"): lambda row: short_day(row.stage_since),
            mark("Months in it"): lambda row: printed.number(row.months_in_stage),
            mark("Months expected"): lambda row: str(row.expected_months) or "–",
            mark("Longer than expected"): _stalled,
        },
    )
    frame = frame.drop(columns="Site") if site_id else frame
    note = say(
        "The expected months are a working default. A long stay is a reason to ask what is held up."
    )
    said = note if site_id else f"{note} {say(NOT_RANKED)}"
    return DisplayTable(say("Stage of implementation"), frame, said)


def _stalled(row: Any) -> str:
    if not printed.is_number(row.stalled):
        return (
            say("can’t be said: {reason}", reason=row.reason)
            if row.reason
            else say("can’t be said")
        )
    return say("yes") if is_yes(row.stalled) else say("no")
