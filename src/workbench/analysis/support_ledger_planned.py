"""Support that was planned, and how much of it was delivered to those it was due to.

What one practitioner was given beyond the plan does not make up for what another was not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.analysis.support_ledger_cells import ALL
from workbench.models.proportions import dispersion_of_shares, wilson_interval

PLANNED_COLUMNS = [
    "site_id", "quarter", "kind", "planned", "delivered", "share", "share_low", "share_high",
    "n_practitioners",
]  # fmt: skip


def planned_and_delivered(
    cells: pd.DataFrame, in_post: pd.DataFrame, plan: Mapping[str, int]
) -> pd.DataFrame:
    """Acts due by the plan and delivered, of each kind and of all, by site and in the network.

    To who was in post for part of a quarter the whole acts of that part are due: of three a
    quarter, two to who was there for two thirds of it.

    Parameters
    ----------
    cells, in_post
        Entries of the ledger, and days in post (``days`` of ``of_days``).
    plan
        Acts a quarter for each practitioner, by kind.

    Returns
    -------
    DataFrame
        ``PLANNED_COLUMNS``; ``site_id`` is empty for the network. Acts of one practitioner, and of
        one site, are more alike than chance makes them: intervals of sites are Wilson's with the
        dispersion of practitioners, those of the network with that of sites.
    """
    keys = ["practitioner_id", "quarter"]
    due = cells[cells["kind"].isin(list(plan))].merge(in_post[[*keys, "days", "of_days"]], on=keys)
    if due.empty:
        return pd.DataFrame(columns=PLANNED_COLUMNS)
    due["due"] = due["kind"].map(plan).astype(int) * due["days"] // due["of_days"]
    due["delivered"] = np.minimum(due["acts"], due["due"])
    whole = due.groupby(["practitioner_id", "site_id", "quarter"], as_index=False, dropna=False)
    both = pd.concat([whole[["due", "delivered"]].sum().assign(kind=ALL), due])
    both = both[both["due"] > 0]
    parts = [part for _, mine in both.groupby("kind", sort=False) for part in _of_a_kind(mine)]
    if not parts:
        return pd.DataFrame(columns=PLANNED_COLUMNS)
    table = pd.concat(parts, ignore_index=True)
    return table.rename(columns={"due": "planned"}).reindex(columns=PLANNED_COLUMNS)


def _of_a_kind(mine: pd.DataFrame) -> list[pd.DataFrame]:
    """Rows of one kind: the network's, with the scatter of sites, and those of sites."""
    sites = _summed(mine, ["site_id", "quarter", "kind"])
    place = mine["site_id"].astype("str") + "|" + mine["quarter"].astype("str")
    network = _summed(mine, ["quarter", "kind"]).assign(site_id="")
    return [
        _with_interval(network, sites["delivered"], sites["due"], sites["quarter"]),
        _with_interval(sites, mine["delivered"], mine["due"], place),
    ]


def _summed(mine: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return mine.groupby(by, as_index=False).agg(
        due=("due", "sum"),
        delivered=("delivered", "sum"),
        n_practitioners=("practitioner_id", "nunique"),
    )


def _with_interval(
    sums: pd.DataFrame, count: pd.Series, of: pd.Series, groups: pd.Series
) -> pd.DataFrame:
    scatter = dispersion_of_shares(count, of, groups)
    low, high = wilson_interval(
        sums["delivered"].to_numpy(),
        sums["due"].to_numpy(),
        dispersion=scatter if np.isfinite(scatter.value) else None,
    )
    return sums.assign(share=sums["delivered"] / sums["due"], share_low=low, share_high=high)
