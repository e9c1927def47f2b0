"""Counts of plans that are in order and not owned, by quarter and place, and since when."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from workbench.language import mark, say
from workbench.models.proportions import Dispersion, dispersion_of_shares, wilson_interval
from workbench.quarters import Quarter

MONTHS_IN_A_QUARTER = 3
FEWEST_IN_ORDER = 5
"""Plans in order in a quarter below which its share says nothing of since when."""
COMPLIANCE_COLUMNS = [
    "scope", "site_id", "quarter", "open_plans", "judged", "in_order", "weak", "falling",
    "not_owned", "share", "share_low", "share_high", "n_plans", "n_practitioners",
]  # fmt: skip
SINCE_COLUMNS = [
    "scope", "site_id", "since", "median_months", "n_plans", "n_practitioners", "reason",
]  # fmt: skip
NONE_NOW = mark("no plan is in order and not owned now.")
FEW_QUARTERS = mark("fewer than two quarters have enough plans in order to be compared.")
NOT_ABOVE = mark("the share now is not surely above the share at the start.")


def places_of(plans: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """List the network and each site with their rows."""
    sites = sorted(plans["site_id"].dropna().unique())
    whole = [("network", "", plans)]
    return whole + [("site", one, plans[plans["site_id"] == one]) for one in sites]


def counts_by_quarter(plans: pd.DataFrame) -> pd.DataFrame:
    """Count plans by quarter and place, with the share that is not owned of those in order.

    Parameters
    ----------
    plans
        One row an open plan and quarter: ``plan_id, site_id, practitioner_id, quarter, judged,
        in_order, weak, falling, not_owned`` (the last three only of plans in order).

    Returns
    -------
    DataFrame
        ``COMPLIANCE_COLUMNS``. The interval is Wilson's, wider where the shares of sites or of
        practitioners scatter more than chance makes them.
    """
    rows: list[dict[str, object]] = []
    for scope, site, mine in places_of(plans):
        rows += [_row(scope, site, str(quarter), part) for quarter, part in mine.groupby("quarter")]
    return pd.DataFrame(rows, columns=COMPLIANCE_COLUMNS)


def _row(scope: str, site: str, quarter: str, part: pd.DataFrame) -> dict[str, object]:
    ordered = part[part["in_order"]]
    count, of = int(ordered["not_owned"].sum()), len(ordered)
    scatter = _scatter(ordered) if scope == "network" else Dispersion(1.0, np.inf)
    low, high = wilson_interval(count, of, dispersion=scatter)
    return {
        "scope": scope,
        "site_id": site,
        "quarter": quarter,
        "open_plans": len(part),
        "judged": int(part["judged"].sum()),
        "in_order": of,
        "weak": int(ordered["weak"].sum()),
        "falling": int(ordered["falling"].sum()),
        "not_owned": count,
        "share": count / of if of else np.nan,
        "share_low": float(low),
        "share_high": float(high),
        "n_plans": of,
        "n_practitioners": ordered["practitioner_id"].nunique(),
    }


def _scatter(ordered: pd.DataFrame) -> Dispersion:
    """Scatter between sites or between practitioners, whichever is larger; chance if neither."""
    found = [Dispersion(1.0, np.inf)]
    for cluster in ("site_id", "practitioner_id"):
        by_cluster = ordered.groupby(cluster)["not_owned"].agg(["sum", "size"])
        one_group = pd.Series("", index=by_cluster.index)
        scatter = dispersion_of_shares(by_cluster["sum"], by_cluster["size"], one_group)
        if scatter.value > 1:
            found.append(scatter)
    return max(found, key=lambda one: one.value)


def since_when(
    plans: pd.DataFrame, states: pd.DataFrame, counted: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Since when the share is above its start, and how long the plans of now have been so.

    Parameters
    ----------
    plans
        As for :func:`counts_by_quarter`.
    states
        ``plan_id, quarter, weak, falling``.
    counted
        Its counts.
    quarter
        Quarter of the report.

    Returns
    -------
    DataFrame
        ``SINCE_COLUMNS``; ``median_months`` counts whole quarters back from now in which the plan
        was weak or falling at every end.
    """
    now = plans[(plans["quarter"] == str(quarter)) & plans["not_owned"]]
    months = _months(now["plan_id"], states, quarter)
    rows = []
    for scope, site, _ in places_of(plans):
        mine = now if scope == "network" else now[now["site_id"] == site]
        series = counted[(counted["scope"] == scope) & (counted["site_id"] == site)]
        since, reason = _since(series, quarter) if len(mine) else ("", say(NONE_NOW))
        rows.append(
            {
                "scope": scope,
                "site_id": site,
                "since": since,
                "median_months": _upper_median(months.reindex(mine["plan_id"])),
                "n_plans": len(mine),
                "n_practitioners": mine["practitioner_id"].nunique(),
                "reason": reason,
            }
        )
    return pd.DataFrame(rows, columns=SINCE_COLUMNS)


def _upper_median(months: pd.Series) -> float:
    """Months that half or more of the plans have reached; missing without plans."""
    return float(months.quantile(0.5, interpolation="higher")) if len(months) else np.nan


def _months(plan_ids: pd.Series, states: pd.DataFrame, quarter: Quarter) -> pd.Series:
    """Months for which each plan has been weak or falling at every quarter's end, by plan."""
    bad = states[states["weak"] | states["falling"]]
    at_end = {str(label): set(part["plan_id"]) for label, part in bad.groupby("quarter")}
    return pd.Series(
        {plan: MONTHS_IN_A_QUARTER * _run(plan, at_end, quarter) for plan in plan_ids},
        dtype="float64",
    )


def _run(plan: str, at_end: dict[str, set[str]], quarter: Quarter) -> int:
    """Quarters back from a quarter for which a plan is in every set."""
    count = 0
    while plan in at_end.get(str(quarter.plus(-count - 1)), set()):
        count += 1
    return count


def _since(series: pd.DataFrame, quarter: Quarter) -> tuple[str, str]:
    """First quarter from which the share stays above its start, if it is surely above it now."""
    enough = series[series["in_order"] >= FEWEST_IN_ORDER].sort_values("quarter")
    if len(enough) < 2 or enough["quarter"].iloc[-1] != str(quarter):
        return "", say(FEW_QUARTERS)
    start, now = enough.iloc[0], enough.iloc[-1]
    # Newcombe 1998, Statistics in Medicine 17, 873-890, method 10, with these intervals.
    least = now["share"] - start["share"]
    least -= np.hypot(now["share"] - now["share_low"], start["share_high"] - start["share"])
    if not least > 0:
        return "", say(NOT_ABOVE)
    later = list(_quarters_back(enough, float(start["share"])))
    return later[-1], ""


def _quarters_back(enough: pd.DataFrame, start: float) -> Iterator[str]:
    """Quarters back from the last for as long as their share is above the start's."""
    for row in enough.iloc[:0:-1].to_dict("records"):
        if row["share"] <= start:
            return
        yield str(row["quarter"])
