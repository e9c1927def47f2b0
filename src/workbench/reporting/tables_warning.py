"""Display tables of the early warning: which sites have one, and a site's chart point by point."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import wording
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import SITE, hidden_rows, names_of_sites, require

WARNING_COLUMNS = (
    "scope",
    "site_id",
    "chart",
    "signalled_in",
    "direction",
    "n_points",
    "n_practitioners",
)
POINT_COLUMNS = (
    "scope",
    "site_id",
    "quarter",
    "fidelity",
    "expected",
    "departure",
    "ewma",
    "ewma_limit",
    "cusum_down",
    "cusum_limit",
    "n_observations",
    "n_practitioners",
)
DOWN, UP = "down", "up"
SIGNAL_WORDS = {DOWN: mark("below its course"), UP: mark("above its course")}


def site_warnings(warnings: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """One row a site that is watched and may be shown, by name.

    Has ``name``, ``direction`` (empty where no signal stands), ``since``, ``charts`` that signal,
    ``n_points`` and ``n_practitioners``.
    """
    rows = require(warnings, "warnings", WARNING_COLUMNS)
    rows = rows[(rows["scope"] == SITE) & ~hidden_rows(rows)]
    names = names_of_sites(sites)
    found = [
        _one_site(names.get(str(site), str(site)), group) for site, group in rows.groupby("site_id")
    ]
    columns = ["name", "direction", "since", "charts", "n_points", "n_practitioners"]
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values(
        "name", key=printed.in_order_of_names, kind="stable", ignore_index=True
    )


def _one_site(name: str, charts: pd.DataFrame) -> dict[str, Any]:
    """Signals of a site's charts put together; a fall goes before a rise."""
    found: dict[str, Any] = {"name": name, "direction": "", "since": "", "charts": ""}
    for direction in (DOWN, UP):
        past = charts[charts["direction"] == direction]
        if len(past) and not found["direction"]:
            found["direction"], found["since"] = direction, str(past["signalled_in"].min())
            charts_past = sorted(set(past["chart"].astype("str")), reverse=True)
            found["charts"] = wording.one_of([say(chart) for chart in charts_past])
    counts = {name: charts[name].max() for name in ("n_points", "n_practitioners")}
    return {**found, **counts}


def warnings_table(warnings: pd.DataFrame, sites: pd.DataFrame, note: str = "") -> DisplayTable:
    """Sites that have left their own course, in the order of their names.

    Parameters
    ----------
    warnings, sites
        Evidence tables. Practitioners' warnings are for their coaches and never shown.
    note
        A sentence to print with it, such as how many warnings chance alone would give.
    """
    watched = site_warnings(warnings, sites)
    standing = watched[watched["direction"] != ""]
    frame = written(
        standing,
        {
            mark("Site"): lambda row: row.name,
            mark("Signal"): lambda row: say(SIGNAL_WORDS[row.direction]),
            mark("Since"): lambda row: row.since,
            mark("Chart"): lambda row: row.charts,
            mark("Quarters watched"): lambda row: printed.number(row.n_points),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    quiet = len(watched) - len(standing)
    notes = [say("Watched and without a signal: {sites}.", sites=printed.counted(quiet, "sites"))]
    rows = require(warnings, "warnings", WARNING_COLUMNS)
    hidden = rows[(rows["scope"] == SITE) & hidden_rows(rows)]["site_id"].nunique()
    if hidden:
        notes.append(say("Not shown, as too few people practise there: {hidden}.", hidden=hidden))
    notes.append(say("Sites stand in the order of their names. They are not ranked."))
    said = " ".join([*notes, note]).strip()
    return DisplayTable(say("Sites that have left their own course"), frame, said)


def signals_of(points: pd.DataFrame) -> pd.Series:
    """Which way each point of a chart is past a limit: ``down``, ``up`` or empty."""
    limit, cusum_limit = points["ewma_limit"], points["cusum_limit"]
    rises = points["cusum_up"] if "cusum_up" in points.columns else points["cusum_down"] * 0
    down = (points["ewma"] < -limit) | (points["cusum_down"] > cusum_limit)
    up = (points["ewma"] > limit) | (rises > cusum_limit)
    signals = pd.Series("", index=points.index, dtype="str")
    return signals.mask(up, UP).mask(down, DOWN)


def points_of_site(chart_points: pd.DataFrame, site_id: str) -> pd.DataFrame:
    """Rows of a site's chart, with ``signal``."""
    rows = require(chart_points, "chart_points", POINT_COLUMNS)
    rows = rows[(rows["scope"] == SITE) & (rows["site_id"] == site_id)].reset_index(drop=True)
    return rows.assign(signal=signals_of(rows))


def chart_table(chart_points: pd.DataFrame, site_id: str) -> DisplayTable:
    """Write a site's chart quarter by quarter."""
    frame = written(
        points_of_site(chart_points, site_id).sort_values("quarter"),
        {
            mark("Quarter"): lambda row: row.quarter,
            mark("Fidelity"): lambda row: printed.number(row.fidelity, unit="percent"),
            mark("Expected"): lambda row: printed.number(row.expected, unit="percent"),
            mark("EWMA"): lambda row: printed.number(row.ewma, 2, signed=True),
            mark("Limit of EWMA"): lambda row: printed.number(row.ewma_limit, 2),
            mark("CUSUM, falling"): lambda row: printed.number(row.cusum_down, 1),
            mark("Limit of CUSUM"): lambda row: printed.number(row.cusum_limit, 1),
            mark("Signal"): _signal,
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "EWMA and CUSUM add up how far each quarter lay from what was expected, in standard "
        "errors: EWMA as a running mean, CUSUM as a running sum. Past its limit each is a signal."
    )
    return DisplayTable(say("Early-warning chart, quarter by quarter"), frame, note)


def _signal(row: Any) -> str:
    if not printed.is_number(row.ewma):
        return say(printed.NO_NUMBER)
    return say(SIGNAL_WORDS[row.signal]) if row.signal in SIGNAL_WORDS else "–"
