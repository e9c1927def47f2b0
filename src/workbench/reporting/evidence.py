"""Taking rows out of the evidence tables of a run: one place's, checked to be whole."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench.errors import RunFault

NETWORK = "network"
SITE = "site"


def require(frame: pd.DataFrame, table: str, columns: Iterable[str]) -> pd.DataFrame:
    """Check that an evidence table has the columns that a figure or table needs.

    Parameters
    ----------
    frame
        Evidence table. One without rows stands for a table that was not made, and passes.
    table
        Its name, for the message.
    columns
        Columns needed.

    Returns
    -------
    pandas.DataFrame
        The table; without rows, one that has the columns needed.

    Raises
    ------
    RunFault
        Naming the table and the columns that it lacks.
    """
    needed = list(dict.fromkeys(columns))
    if frame.empty:
        return pd.DataFrame(columns=needed, dtype="float64")
    lacking = [column for column in needed if column not in frame.columns]
    if lacking:
        raise RunFault(
            f"The evidence table {table} lacks {', '.join(lacking)}. "
            "It was made by another version, or changed by hand: run the quarter again."
        )
    return frame


def rows_of_place(
    frame: pd.DataFrame, table: str, site_id: str, columns: Iterable[str]
) -> pd.DataFrame:
    """Rows of one site, or of the network when ``site_id`` is empty.

    Parameters
    ----------
    frame
        Evidence table with ``scope`` (``network`` or ``site``) and ``site_id``.
    table
        Its name, for the message when it is not whole.
    site_id
        Site, or empty.
    columns
        Columns needed besides.
    """
    rows = require(frame, table, ["scope", "site_id", *columns])
    chosen = rows["scope"] == (SITE if site_id else NETWORK)
    return rows[chosen & (rows["site_id"] == site_id)].reset_index(drop=True)


def hidden_rows(frame: pd.DataFrame) -> pd.Series:
    """Which rows disclosure has blanked; none in a table that shows everybody."""
    if "suppressed" not in frame.columns:
        return pd.Series(False, index=frame.index)
    return frame["suppressed"].astype(bool)


def names_of_sites(sites: pd.DataFrame) -> dict[str, str]:
    """Name of each site by its identifier."""
    sites = require(sites, "sites", ["site_id", "site_name"])
    return dict(zip(sites["site_id"], sites["site_name"], strict=True))
