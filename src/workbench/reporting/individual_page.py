"""The page about one person: for that person and one coach, and for nobody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, records, written
from workbench.reporting.pages import environment_of

UNITS = {"level": "percent", "slope": mark("points a quarter"), "component": "percent"}
RATERS = {"independent": mark("an independent rater"), "supervisor": mark("a supervisor")}
QUESTIONS = {"level": mark("Where practice stands"), "slope": mark("Which way practice moves")}


@dataclass(frozen=True)
class IndividualPage:
    """What the page says.

    Attributes
    ----------
    network, quarter, version
        Of the results that it rests on.
    person
        The person's code.
    seen_by
        ``coach`` or ``self``.
    purpose
        What it was asked for.
    day
        When.
    observations, estimates
        As `workbench.analysis.individual_view` gives them.
    n_raters
        How many raters saw the person.
    smallest_change
        Points a quarter below which a movement is too small to matter.
    """

    network: str
    quarter: str
    version: str
    person: str
    seen_by: str
    purpose: str
    day: dt.date
    observations: pd.DataFrame
    estimates: pd.DataFrame
    n_raters: int
    smallest_change: float


def render_individual_page(page: IndividualPage, study_folder: Path | None = None) -> str:
    """Write the page; it links to nothing, and nothing links to it."""
    said = page.estimates[page.estimates["reason"] == ""]
    return (
        environment_of(study_folder)
        .get_template("individual.html.j2")
        .render(
            title=say("Practice over time: {person}", person=page.person),
            kind=say("Private: for this person and their coach"),
            page=page,
            level=_numbers(said, "level"),
            slope=_numbers(said, "slope"),
            open=_open(page.estimates[page.estimates["reason"] != ""]),
            base=_base(page),
            parts=_parts(said[said["what"] == "component"]),
            observations=_observations(page.observations),
        )
    )


def _numbers(said: pd.DataFrame, what: str) -> dict[str, str]:
    """Write number, interval and the network's beside it; empty where nothing is said."""
    rows = said[said["what"] == what]
    if rows.empty:
        return {}
    (row,) = records(rows)
    digits, signed, unit = (1, True, UNITS[what]) if what == "slope" else (0, False, UNITS[what])
    return {
        "number": printed.number(row.estimate, digits, "" if signed else unit, signed),
        "interval": printed.interval(*_ends(row, what), digits, unit, signed),
        "network": printed.number(row.network, digits, unit, signed),
        "network_interval": printed.interval(
            row.network_low, row.network_high, digits, unit, signed
        ),
        "reliability": printed.number(row.reliability, 2),
    }


def _ends(row: Any, what: str) -> tuple[float, float]:
    """Give the ends of an interval; a percent of fidelity lies between 0 and 100."""
    low, high = float(row.conf_low), float(row.conf_high)
    return (low, high) if what == "slope" else (max(low, 0.0), min(high, 100.0))


def _open(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Tell what can't be said, and why; parts with the same reason stand together."""
    parts: dict[str, list[str]] = {}
    for row in records(rows):
        reason = f"{row.reason} {_network_moves(row)}" if row.what == "slope" else row.reason
        parts.setdefault(reason, []).append(_part(row))
    return [("; ".join(titles), reason) for reason, titles in parts.items()]


def _part(row: Any) -> str:
    return say(QUESTIONS[row.what]) if row.what in QUESTIONS else row.title


def _network_moves(row: Any) -> str:
    between = printed.interval(row.network_low, row.network_high, 1, signed=True)
    moves = printed.number(row.network, 1, UNITS["slope"], signed=True)
    return say(
        "The network as a whole moves {moves} (95% interval {interval}).",
        moves=moves,
        interval=between,
    )


def _base(page: IndividualPage) -> str:
    days = page.observations["observed_on"]
    return say(
        "{observations} on {days} by {raters}, {first} to {last}",
        observations=printed.counted(len(days), "observations"),
        days=printed.counted(days.nunique(), "days"),
        raters=printed.counted(page.n_raters, "raters"),
        first=f"{days.min():%Y-%m-%d}",
        last=f"{days.max():%Y-%m-%d}",
    )


def _parts(rows: pd.DataFrame) -> DisplayTable | None:
    if rows.empty:
        return None
    frame = written(
        rows,
        {
            mark("Part"): lambda row: row.title,
            mark("This person"): lambda row: printed.with_interval(
                row.estimate, *_ends(row, "level")
            ),
            mark("Mean of the network"): lambda row: printed.with_interval(
                row.network, max(row.network_low, 0.0), min(row.network_high, 100.0)
            ),
        },
    )
    note = say("In brackets the 95% interval. Parts stand in the order of the instrument.")
    return DisplayTable(say("Parts of practice, at the end of the quarter"), frame, note)


def _observations(rows: pd.DataFrame) -> DisplayTable:
    frame = written(
        rows,
        {
            mark("Day"): lambda row: f"{row.observed_on:%Y-%m-%d}",
            mark("Rated by"): lambda row: say(RATERS.get(row.rater_role, row.rater_role)),
        },
    )
    return DisplayTable(say("Observations that this page rests on"), frame)
