"""Display tables of fidelity over time: by quarter, by component, by site, and its variation."""

from __future__ import annotations

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.event_words import Happened
from workbench.reporting.evidence import (
    NETWORK,
    SITE,
    names_of_sites,
    require,
    rows_of_place,
)

MEAN_COLUMNS = (
    "quarter",
    "fidelity",
    "conf_low",
    "conf_high",
    "n_observations",
    "n_practitioners",
)
TRAJECTORY_COLUMNS = (
    "scope",
    "site_id",
    "slope",
    "slope_low",
    "slope_high",
    "level",
    "level_low",
    "level_high",
    "state",
    "n_observations",
    "n_practitioners",
    "n_quarters",
)
SHARE_COLUMNS = ("title", "share", "std_dev")
CHECK_COLUMNS = ("check", "verdict", "detail")


def fidelity_table(
    fidelity_by_quarter: pd.DataFrame, site_id: str = "", happened: Happened | None = None
) -> DisplayTable:
    """Fidelity of each quarter, in the order of time, with what happened in it if anything did."""
    rows = rows_of_place(
        fidelity_by_quarter, "fidelity_by_quarter", site_id, (*MEAN_COLUMNS, "share_at_cut_off")
    )
    frame = written(
        rows.sort_values("quarter"),
        {
            mark("Quarter"): lambda row: row.quarter,
            mark("Fidelity"): lambda row: printed.number(row.fidelity, unit="percent"),
            mark("95% interval"): lambda row: printed.interval(
                row.conf_low, row.conf_high, unit="percent"
            ),
            mark("At the cut-off"): lambda row: printed.share(row.share_at_cut_off),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say("At the cut-off: share of observations that score at or above it.")
    if rows["share_at_cut_off"].isna().all():
        frame, note = frame.drop(columns="At the cut-off"), ""
    told = [happened.of_quarter(quarter) if happened else "" for quarter in frame["Quarter"]]
    if any(told):
        frame[mark("What happened")] = [text or "–" for text in told]
    return DisplayTable(say("Fidelity by quarter"), frame, note)


def components_table(
    components_by_quarter: pd.DataFrame, site_id: str = "", quarter: str = ""
) -> DisplayTable:
    """Fidelity of each component; of every quarter unless one is named."""
    rows = rows_of_place(
        components_by_quarter, "components_by_quarter", site_id, (*MEAN_COLUMNS, "component_title")
    )
    rows = rows[rows["quarter"] == quarter] if quarter else rows
    frame = written(
        rows,
        {
            mark("Component"): lambda row: row.component_title,
            mark("Quarter"): lambda row: row.quarter,
            mark("Fidelity"): lambda row: printed.number(row.fidelity, unit="percent"),
            mark("95% interval"): lambda row: printed.interval(
                row.conf_low, row.conf_high, unit="percent"
            ),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    if quarter:
        return DisplayTable(say("Fidelity of each component, {quarter}", quarter=quarter), frame)
    return DisplayTable(say("Fidelity of each component by quarter"), frame)


def directions_in_order(trajectories: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Add the ``name`` of each place, and sort: sites by their names, and then the network."""
    rows = require(trajectories, "trajectories", TRAJECTORY_COLUMNS)
    names = rows["site_id"].map(names_of_sites(sites)).fillna(rows["site_id"])
    rows = rows.assign(name=names.where(rows["scope"] == SITE, say("The network")))
    rows = rows.sort_values("name", key=printed.in_order_of_names, kind="stable")
    parts = [rows[rows["scope"] == scope] for scope in (SITE, NETWORK)]
    return pd.concat(parts, ignore_index=True)


def directions_table(trajectories: pd.DataFrame, sites: pd.DataFrame) -> DisplayTable:
    """Direction of each site, in the order of their names, and of the network last."""
    frame = written(
        directions_in_order(trajectories, sites),
        {
            mark("Site"): lambda row: row.name,
            mark("Direction"): lambda row: printed.verdict(row.state),
            mark("Points a quarter"): lambda row: printed.number(row.slope, 1, signed=True),
            mark("95% interval"): lambda row: printed.interval(row.slope_low, row.slope_high, 1),
            mark("Fidelity at the end"): lambda row: printed.with_interval(
                row.level, row.level_low, row.level_high
            ),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
            mark("Quarters"): lambda row: printed.number(row.n_quarters),
        },
    )
    note = say("Sites stand in the order of their names. They are not ranked.")
    return DisplayTable(say("Direction of movement of each site"), frame, note)


def checks_table(growth_checks: pd.DataFrame) -> DisplayTable:
    """Write the checks of the growth model that ask for care; those that are fine are left out."""
    rows = require(growth_checks, "growth_checks", CHECK_COLUMNS)
    frame = written(
        rows[rows["verdict"] != "fine"],
        {
            mark("Check"): lambda row: say(row.check),
            mark("Verdict"): lambda row: say(row.verdict),
            mark("What it means"): lambda row: row.detail,
        },
    )
    return DisplayTable(say("Checks of the model that ask for care"), frame)


def variation_table(variance_shares: pd.DataFrame) -> DisplayTable:
    """Where the variation of fidelity sits, in shares of the whole."""
    frame = written(
        require(variance_shares, "variance_shares", SHARE_COLUMNS),
        {
            mark("Where"): lambda row: say(row.title),
            mark("Share of variation"): lambda row: printed.share(row.share),
            mark("Standard deviation, points"): lambda row: printed.number(row.std_dev, 1),
        },
    )
    return DisplayTable(say("Where the variation sits"), frame)
