"""Display tables of lapse: how long practice is seen to stay above the cut-off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.disclosure_lapse import LATEST, SUMMARY_COLUMNS, WITHIN_DAYS
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import NETWORK, SITE, require
from workbench.reporting.tables_words import by_name, share_with_interval

EARLIEST = "earliest"
CURVE_COLUMNS = (
    "which", "days", "survival", "conf_low", "conf_high", "at_risk", "n_practitioners",
)  # fmt: skip
STILL_ABOVE = {
    90: mark("Not yet seen below after 90 days"),
    180: mark("Not yet seen below after 180 days"),
    365: mark("Not yet seen below after 365 days"),
}
"""Heading of the share at each of the days told."""


def lapse_table(
    lapse_summary: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write how many lapsed, and shares not seen below by certain days.

    Parameters
    ----------
    lapse_summary, sites
        Evidence tables, the first one released.
    site_id
        Site to set beside the network; all sites if empty.
    """
    rows = require(lapse_summary, "lapse_summary", SUMMARY_COLUMNS)
    network = rows[rows["scope"] == NETWORK].assign(place=say("The network"))
    of_sites = by_name(rows[rows["scope"] == SITE], sites)
    chosen = of_sites[of_sites["site_id"] == site_id] if site_id else of_sites
    frame = written(
        pd.concat([chosen, network], ignore_index=True),
        {
            mark("Place"): lambda row: row.place,
            mark("Practitioners followed"): lambda row: printed.number(row.n_practitioners),
            mark("Later seen below"): lambda row: printed.number(row.lapsed),
            mark("Not seen below"): lambda row: printed.number(row.censored),
            **{heading: _share_after(days) for days, heading in STILL_ABOVE.items()},
        },
    )
    note = say(
        "Followed: observed again after they reached the cut-off. Shares: by Kaplan and Meier’s "
        "method, with 95% intervals; whoever was not seen below counts up to the last observation. "
        "A share is told where enough were followed for so long, and where none or enough were "
        "first seen below since the day before it. Sites stand in the order of their names."
    )
    return DisplayTable(say("Who reached the cut-off and was later seen below it"), frame, note)


def _share_after(days: int) -> Callable[[Any], str]:
    def share(row: Any) -> str:
        ends = (getattr(row, f"{name}_{days}") for name in ("above", "low", "high"))
        return share_with_interval(*ends)

    return share


def curve_rows(lapse_curve: pd.DataFrame, which: str = LATEST) -> pd.DataFrame:
    """Take the released rows of one way of dating a lapse, in the order of days."""
    rows = require(lapse_curve, "lapse_curve", CURVE_COLUMNS)
    return rows[rows["which"] == which].sort_values("days", kind="stable", ignore_index=True)


def lapse_curve_table(lapse_curve: pd.DataFrame) -> DisplayTable:
    """Write the curve day by day, dated both ways."""
    earliest = curve_rows(lapse_curve, EARLIEST).set_index("days")
    latest = curve_rows(lapse_curve).set_index("days")
    days = sorted(set(latest.index) | set(earliest.index))
    rows = latest.reindex(days).assign(early=earliest["survival"].reindex(days)).reset_index()
    frame = written(
        rows,
        {
            mark("Days since reaching the cut-off"): lambda row: printed.number(row.days),
            mark("Dated at the first observation below"): lambda row: _share(row),
            mark("Dated the day after the last one above"): lambda row: _or_dash(row.early),
            mark("Followed so long"): lambda row: (
                printed.number(row.at_risk) if printed.is_number(row.at_risk) else "–"
            ),
        },
    )
    note = say(
        "Percent not yet seen below, with 95% intervals. Days are left out between which the line "
        "would tell of few people."
    )
    return DisplayTable(say("Not yet seen below the cut-off, by days"), frame, note)


def _share(row: Any) -> str:
    if not printed.is_number(row.survival):
        return "–"
    return share_with_interval(row.survival, row.conf_low, row.conf_high)


def _or_dash(share: Any) -> str:
    return printed.share(share) if printed.is_number(share) else "–"


def told_days(lapse_summary: pd.DataFrame) -> list[tuple[int, float, float, float]]:
    """Days at which the network's share is shown, with the share and its interval."""
    rows = require(lapse_summary, "lapse_summary", SUMMARY_COLUMNS)
    return [
        (days, float(row[f"above_{days}"]), float(row[f"low_{days}"]), float(row[f"high_{days}"]))
        for row in rows[rows["scope"] == NETWORK].to_dict("records")
        for days in WITHIN_DAYS
        if printed.is_number(row[f"above_{days}"])
    ]
