"""Display tables of finding to action: whether coaching follows a low score, and what then."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import NETWORK, SITE, require
from workbench.reporting.tables_loops import days_with_interval
from workbench.reporting.tables_words import by_name, points_with_interval, share_with_interval

LOW_COLUMNS = (
    "scope",
    "site_id",
    "low_observations",
    "followed",
    "share",
    "share_low",
    "share_high",
    "median_days",
    "days_low",
    "days_high",
    "n_practitioners",
    "reason",
)
NEXT_COLUMNS = ("group", "next_change", "conf_low", "conf_high", "n_pairs", "n_practitioners")
GROUPS = {
    "coached": mark("Coached in between"),
    "not coached": mark("Not coached in between"),
    "difference": mark("Difference, for the same first score"),
}


def action_rows(action_after_low: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Rows with the ``place`` of each: sites in the order of their names, the network last."""
    rows = require(action_after_low, "action_after_low", LOW_COLUMNS)
    network = rows[rows["scope"] == NETWORK].assign(place=say("The network"))
    return pd.concat([by_name(rows[rows["scope"] == SITE], sites), network], ignore_index=True)


def action_table(
    action_after_low: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write the share of low observations followed in time; of a site and the network, or all."""
    rows = action_rows(action_after_low, sites)
    rows = rows[rows["site_id"].isin([site_id, ""])] if site_id else rows
    frame = written(
        rows,
        {
            mark("Place"): lambda row: row.place,
            mark("Low observations"): lambda row: printed.number(row.low_observations),
            mark("Followed in time"): lambda row: printed.number(row.followed),
            mark("Share"): _share,
            mark("Days until half are followed"): lambda row: days_with_interval(
                row.median_days, row.days_low, row.days_high
            ),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "Followed: by coaching within the days that the programme has set. Share: with its 95% "
        "interval, and with those allowed for whose days are not over. Sites stand in the order of "
        "their names."
    )
    return DisplayTable(say("Low observations, and whether coaching followed"), frame, note)


def _share(row: Any) -> str:
    if not printed.is_number(row.share) and printed.is_number(row.reason) and row.reason:
        return say("can’t be said: {reason}", reason=printed.clean(str(row.reason)))
    return share_with_interval(row.share, row.share_low, row.share_high)


def action_next_table(action_after_next: pd.DataFrame) -> DisplayTable:
    """Write how the next score moved, with coaching in between and without."""
    frame = written(
        require(action_after_next, "action_after_next", NEXT_COLUMNS),
        {
            mark("After a low observation"): lambda row: say(GROUPS.get(row.group, str(row.group))),
            mark("Points to the next"): lambda row: points_with_interval(
                row.next_change, row.conf_low, row.conf_high, 1
            ),
            mark("Low observations"): lambda row: printed.number(row.n_pairs),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "With 95% intervals. A low score is followed by a higher one on average, coached or not, "
        "since part of what made it low was chance; so read the difference. It is an association."
    )
    return DisplayTable(say("The next score after a low observation"), frame, note)
