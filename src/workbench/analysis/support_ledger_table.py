"""The ledger's table: entries summed over the network, each site and each team.

Intervals of coverage are Wilson's; in the network the scatter of sites widens them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.support_ledger_cells import ALL
from workbench.models.proportions import Dispersion, dispersion_of_shares, wilson_interval

LEDGER_COLUMNS = [
    "scope", "site_id", "supervisor_id", "quarter", "kind", "acts", "in_post", "covered",
    "coverage", "coverage_low", "coverage_high", "acts_a_month", "minutes_a_month", "share_skill",
    "without", "n_practitioners",
]  # fmt: skip
SCOPES: dict[str, list[str]] = {
    "network": [], "site": ["site_id"], "team": ["site_id", "supervisor_id"],
}  # fmt: skip


def ledger_table(cells: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """One row a network, site or team, quarter and kind (and all kinds): ``LEDGER_COLUMNS``.

    Parameters
    ----------
    cells, rows
        Entries of the ledger, and acts received in post.
    """
    if cells.empty:
        return pd.DataFrame(columns=LEDGER_COLUMNS)
    sites = _sums(cells, rows, SCOPES["site"])
    parts = []
    for scope, by in SCOPES.items():
        sums = sites if scope == "site" else _sums(cells, rows, by)
        if sums.empty:
            continue
        for kind, mine in sums.groupby("kind", sort=False):
            alike = sites[sites["kind"] == kind]
            scatter = _scatter(alike["covered"], alike["in_post"], alike["quarter"])
            low, high = wilson_interval(
                mine["covered"].to_numpy(),
                mine["in_post"].to_numpy(),
                dispersion=scatter if scope == "network" else None,
            )
            parts.append(mine.assign(scope=scope, coverage_low=low, coverage_high=high))
    table = pd.concat(parts, ignore_index=True).reindex(columns=LEDGER_COLUMNS)
    names = ["site_id", "supervisor_id"]
    return table.assign(**table[names].astype("str").fillna(""))


def _scatter(count: pd.Series, of: pd.Series, groups: pd.Series) -> Dispersion | None:
    """How sites differ in one quarter, beyond chance; None where there are too few to tell."""
    found = dispersion_of_shares(count, of, groups)
    return found if np.isfinite(found.value) else None


def _sums(cells: pd.DataFrame, rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Sum entries within a scope; distinct acts are counted from the acts themselves."""
    keys = [*by, "quarter", "kind"]
    marked = cells.assign(covered=cells["acts"] > 0, unknown=cells["minutes"].isna())
    sums = marked.groupby(keys, as_index=False, sort=False).agg(
        in_post=("practitioner_id", "nunique"),
        covered=("covered", "sum"),
        received=("acts", "sum"),
        minutes=("minutes", "sum"),
        unknown=("unknown", "any"),
        months=("months", "sum"),
        weighed=("weighed", "sum"),
        on_skill=("on_skill", "sum"),
    )
    acts = pd.concat([rows, rows.assign(kind=ALL)]).groupby(keys)["support_id"].nunique()
    sums = sums.merge(acts.rename("acts").reset_index(), on=keys, how="left")
    sums["acts"] = sums["acts"].fillna(0).astype(int)
    return sums.assign(
        coverage=sums["covered"] / sums["in_post"],
        without=sums["in_post"] - sums["covered"],
        acts_a_month=sums["received"] / sums["months"],
        minutes_a_month=(sums["minutes"] / sums["months"]).where(~sums["unknown"]),
        share_skill=sums["on_skill"] / sums["weighed"].where(sums["weighed"] > 0),
        n_practitioners=sums["in_post"],
    )
