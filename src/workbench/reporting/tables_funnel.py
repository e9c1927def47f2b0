"""Display table of the sites beside one another: who lies further out than sites usually do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.language import mark, noun, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import (
    NETWORK,
    SITE,
    hidden_rows,
    names_of_sites,
    require,
)
from workbench.reporting.funnel_limits import INNER, OUTER, Funnel, fitted_funnel
from workbench.reporting.tables_fidelity import MEAN_COLUMNS, SHARE_COLUMNS

BETWEEN_SITES = mark("Between sites")
WITHIN = mark("within both limits")
BEYOND_INNER, BEYOND_OUTER = mark("beyond 95%"), mark("beyond 99.8%")
FEWEST_DRAWN = 3
"""A funnel of fewer sites says nothing about any of them."""


@dataclass(frozen=True, eq=False)
class SiteFunnel:
    """The sites of a quarter and the limits that they are set beside.

    Attributes
    ----------
    quarter
        Its label.
    sites
        Drawn sites in the order of their names: ``name, fidelity, n_observations,
        n_practitioners``, the inner limits ``low`` and ``high``, and ``place``, one of ``WITHIN``,
        ``BEYOND_INNER`` and ``BEYOND_OUTER``.
    not_drawn
        How many sites were observed and are not drawn, because too few practise there.
    funnel
        The limits.
    """

    quarter: str
    sites: pd.DataFrame
    not_drawn: int
    funnel: Funnel


def site_funnel(
    fidelity_by_quarter: pd.DataFrame, variance_shares: pd.DataFrame, sites: pd.DataFrame
) -> SiteFunnel | None:
    """Set the sites of the last quarter beside the network's mean.

    Parameters
    ----------
    fidelity_by_quarter
        Released evidence table.
    variance_shares
        Evidence table; all of the variation but that between sites is what lies within one.
    sites
        ``site_id, site_name``.

    Returns
    -------
    SiteFunnel
        None where fewer than ``FEWEST_DRAWN`` sites may be drawn, the network's mean may not be
        shown, or the model gives no variation within a site.
    """
    rows = require(fidelity_by_quarter, "fidelity_by_quarter", ("scope", "site_id", *MEAN_COLUMNS))
    rows = rows[rows["quarter"] == rows["quarter"].max()]
    network = rows.loc[(rows["scope"] == NETWORK) & ~hidden_rows(rows), "fidelity"].dropna()
    mine = rows[rows["scope"] == SITE]
    shown = mine[mine["fidelity"].notna() & ~hidden_rows(mine)]
    deviation = within_site(variance_shares)
    if len(shown) < FEWEST_DRAWN or network.empty or not deviation > 0:
        return None
    funnel = fitted_funnel(
        shown["fidelity"], shown["n_observations"], float(network.iloc[0]), deviation
    )
    return SiteFunnel(
        str(rows["quarter"].iloc[0]),
        _placed(shown.assign(name=shown["site_id"].map(names_of_sites(sites))), funnel),
        len(mine) - len(shown),
        funnel,
    )


def within_site(variance_shares: pd.DataFrame) -> float:
    """Give the standard deviation of one observation within a site, in points; 0 if not known."""
    rows = require(variance_shares, "variance_shares", SHARE_COLUMNS)
    within = rows.loc[rows["title"] != BETWEEN_SITES, "std_dev"]
    return float(np.sqrt((within.astype("float64") ** 2).sum()))


def _placed(rows: pd.DataFrame, funnel: Funnel) -> pd.DataFrame:
    far = (rows["fidelity"] - funnel.middle).abs()
    inner, outer = (funnel.half_width(rows["n_observations"], part) for part in (INNER, OUTER))
    place = np.select([far > outer, far > inner], [BEYOND_OUTER, BEYOND_INNER], WITHIN)
    placed = rows.assign(low=funnel.middle - inner, high=funnel.middle + inner, place=place)
    return placed.sort_values("name", key=printed.in_order_of_names, kind="stable").reset_index(
        drop=True
    )


def funnel_table(found: SiteFunnel) -> DisplayTable:
    """Write each drawn site's mean beside the limits for as many observations."""
    frame = written(
        found.sites,
        {
            mark("Site"): lambda row: row.name,
            say("Fidelity, {quarter}", quarter=found.quarter): lambda row: printed.number(
                row.fidelity, unit="percent"
            ),
            mark("95% limits"): lambda row: printed.interval(row.low, row.high, unit="percent"),
            mark("Place"): lambda row: say(row.place),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = " ".join(
        part
        for part in (
            say("Sites stand in the order of their names. They are not ranked."),
            not_drawn_words(found.not_drawn),
        )
        if part
    )
    return DisplayTable(say("Each site beside the limits for as many observations"), frame, note)


def not_drawn_words(count: int) -> str:
    """Say how many sites are left out; empty if none is."""
    if not count:
        return ""
    text = noun(
        count,
        "{sites} is not drawn: too few people stand behind them.",
        "{sites} are not drawn: too few people stand behind them.",
    )
    return text.format(sites=printed.counted(count, "sites"))


def apart_words(found: SiteFunnel) -> str:
    """Say how far sites lie apart, beside chance, and how many lie out by chance alone."""
    funnel, count = found.funnel, len(found.sites)
    times = printed.number(float(np.sqrt(funnel.dispersion)), 1)
    by_chance = printed.number(count * (1 - INNER), 1)
    apart = (
        say(
            "The sites lie about {times} times as far apart as chance alone would have "
            "them, and the limits are widened by as much.",
            times=times,
        )
        if funnel.dispersion > 1
        else say("The sites lie no further apart than chance alone would have them.")
    )
    out = int((found.sites["place"] != WITHIN).sum())
    text = noun(
        out,
        "In {quarter}, {out} of {sites} lies beyond the 95% limits; about {by_chance} would by "
        "chance.",
        "In {quarter}, {out} of {sites} lie beyond the 95% limits; about {by_chance} would by "
        "chance.",
    )
    sites = printed.counted(count, "sites")
    beyond = text.format(
        quarter=found.quarter, out=printed.number(out), sites=sites, by_chance=by_chance
    )
    return f"{apart} {beyond}"
