"""Display tables of the quality of the data over time: coverage, timeliness and trends."""

from __future__ import annotations

import pandas as pd

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import hidden_rows, names_of_sites, require, rows_of_place


def _percent(value: object) -> str:
    return printed.share(value) if printed.is_number(value) else "–"


def _with_interval(row: object) -> str:
    share, low, high = (getattr(row, name) for name in ("share", "conf_low", "conf_high"))
    if not printed.is_number(share):
        return "–"
    between = say("{low} to {high}", low=printed.share(low), high=printed.share(high))
    return f"{_percent(share)} ({between})"


def coverage_table(
    quality_coverage: pd.DataFrame, sites: pd.DataFrame, quarter: str
) -> DisplayTable:
    """Practitioners in post and observed in a quarter, the network first and sites by name.

    Parameters
    ----------
    quality_coverage
        Released evidence table.
    sites
        Evidence table with ``site_id`` and ``site_name``.
    quarter
        Quarter to show.
    """
    rows = require(
        quality_coverage,
        "quality_coverage",
        ["scope", "site_id", "quarter", "eligible", "observed", "missing", "share"],
    )
    names = names_of_sites(sites)
    rows = rows[rows["quarter"] == quarter]
    rows = rows.assign(place=rows["site_id"].map(names).fillna(say("The network")))
    order = rows["scope"].ne("network"), rows["place"].str.casefold()
    rows = rows.assign(_first=order[0], _name=order[1]).sort_values(["_first", "_name"])
    frame = written(
        rows,
        {
            mark("Place"): lambda row: printed.clean(row.place),
            mark("In post"): lambda row: printed.number(row.eligible),
            mark("Observed"): lambda row: printed.number(row.observed),
            mark("Not observed"): lambda row: printed.number(row.missing),
            mark("Share observed (95% interval)"): _with_interval,
        },
    )
    note = say("Observed: at least once in the quarter, by an independent rater or a supervisor.")
    return DisplayTable(say("Who was observed in {quarter}", quarter=quarter), frame, note)


def timeliness_table(quality_timeliness: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """How soon work was rated, by quarter."""
    rows = rows_of_place(
        quality_timeliness,
        "quality_timeliness",
        site_id,
        ["quarter", "rated", "median_days", "within_14", "within_30", "share"],
    )
    frame = written(
        rows,
        {
            mark("Quarter"): lambda row: row.quarter,
            mark("Observations"): lambda row: printed.number(row.rated),
            mark("Median days"): lambda row: printed.number(row.median_days),
            mark("Within 14 days"): lambda row: printed.number(row.within_14),
            mark("Within 30 days"): lambda row: printed.number(row.within_30),
            mark("Share within 30 days (95% interval)"): _with_interval,
        },
    )
    return DisplayTable(say("How soon work is rated"), frame)


def trends_table(quality_trends: pd.DataFrame, quarter: str) -> DisplayTable:
    """Share of rows set aside and of cells left empty, in a quarter, by table."""
    rows = require(
        quality_trends,
        "quality_trends",
        ["table", "quarter", "received", "share_set_aside", "share_empty"],
    )
    frame = written(
        rows[rows["quarter"] == quarter],
        {
            mark("Table"): lambda row: say(terms.plain(row.table)),
            mark("Rows received"): lambda row: printed.number(row.received),
            mark("Set aside"): lambda row: _percent_fine(row.share_set_aside),
            mark("Needed cells left empty"): lambda row: _percent_fine(row.share_empty),
        },
    )
    return DisplayTable(
        say("Rows set aside and cells left empty in {quarter}", quarter=quarter), frame
    )


def _percent_fine(value: object) -> str:
    return f"{printed.number(100 * value, 1)}%" if printed.is_number(value) else "–"  # type: ignore[operator]


def coverage_words(rows: pd.DataFrame) -> str:
    """Tell the first and last share of a place that may be shown."""
    shown = rows[~hidden_rows(rows) & rows["share"].notna()]
    if shown.empty:
        return say("No quarter can be shown.")
    told = [
        say(
            "{share} of {people} in {quarter}",
            share=_percent(row.share),
            people=printed.number(row.eligible),
            quarter=row.quarter,
        )
        for row in shown.iloc[[0, -1]].drop_duplicates().itertuples(index=False)
    ]
    return say("Observed: {shares}.", shares="; ".join(told))
