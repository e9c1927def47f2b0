"""Signals of the charts: since when each has been beyond its limit, and which stand now."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.quarters import Quarter

EWMA, CUSUM = "EWMA", "CUSUM"
DOWN, UP = "down", "up"
UNIT = ["scope", "site_id", "practitioner_id"]
FEWEST_POINTS = 3
"""Quarters after the first below which no chart is read."""
MOST_QUARTERS_AGO = 1
"""A unit last seen longer ago is no longer watched."""
WARNING_COLUMNS = [
    *UNIT, "chart", "signalled_in", "direction", "latest", "limit", "n_points", "n_practitioners",
]  # fmt: skip


def signals_by_point(points: pd.DataFrame) -> pd.DataFrame:
    """Where each chart stands at each of its points.

    Parameters
    ----------
    points
        One row a site or practitioner and quarter, in the order of time, with the charts of
        `workbench.analysis.early_warning.EarlyWarning.chart_points`.

    Returns
    -------
    DataFrame
        One row a unit, quarter and chart: ``latest`` (negative below the centre), ``limit``,
        ``direction`` (``down``, ``up`` or empty), ``signalled_in`` (quarter since which the chart
        has been beyond that limit, or empty), ``n_points`` (up to and with this one).
    """
    unit = points.groupby(UNIT, sort=False)
    numbered = points.assign(unit=unit.ngroup(), n_points=unit.cumcount() + 1)
    falls = points["cusum_down"] > points["cusum_up"]
    sides = points["cusum_up"].mask(falls, -points["cusum_down"])
    parts = [
        _signals(numbered.assign(chart=EWMA, latest=points["ewma"], limit=points["ewma_limit"])),
        _signals(numbered.assign(chart=CUSUM, latest=sides, limit=points["cusum_limit"])),
    ]
    return pd.concat(parts, ignore_index=True)


def _signals(table: pd.DataFrame) -> pd.DataFrame:
    side = np.sign(table["latest"]) * (table["latest"].abs() > table["limit"])
    begins = (side != side.shift()) | (table["unit"] != table["unit"].shift())
    since = table["quarter"].groupby(begins.cumsum()).transform("first")
    names = side.map({-1.0: DOWN, 0.0: "", 1.0: UP}).astype("str")
    return table.assign(direction=names, signalled_in=since.where(side != 0, "").astype("str"))


def warnings_of(points: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Where each chart of each unit that is still watched stands in a quarter.

    Returns
    -------
    DataFrame
        One row a unit and chart, with the columns of `WARNING_COLUMNS`.
    """
    if points.empty:
        return pd.DataFrame(columns=WARNING_COLUMNS)
    last = signals_by_point(points).groupby([*UNIT, "chart"], sort=False).tail(1)
    oldest = str(Quarter.from_label(quarter).plus(-MOST_QUARTERS_AGO))
    watched = last[(last["n_points"] >= FEWEST_POINTS) & (last["quarter"] >= oldest)]
    return watched.sort_values(UNIT, kind="stable", ignore_index=True)[WARNING_COLUMNS]
