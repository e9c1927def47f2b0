"""What fidelity over time says, as findings: where practice stands, and which way it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.fidelity import FidelityOverTime
from workbench.analysis.fidelity_direction_findings import direction_finding
from workbench.analysis.fidelity_practitioners import practitioner_findings
from workbench.analysis.fidelity_sites import sites_finding
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.models.clustered import Estimate, clustered_difference
from workbench.wording import count_of, interval, number

NOW = "What does practice look like this quarter?"
SPREAD = "Do sites that name the same model practise it alike?"


def fidelity_findings(
    over_time: FidelityOverTime,
    quarter_before: str,
    smallest_change: float,
    unit: str = "percent of the maximum",
    anchored: bool = True,
    names: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Make the findings of the network and of every site.

    Parameters
    ----------
    over_time
        The analysis.
    quarter_before
        Label of the quarter before the report's.
    smallest_change
        The smallest change that matters, in points of fidelity a quarter.
    unit
        What a score is a percent of, as the instrument says.
    anchored
        Whether codes that stay fixed tell practice from the raters' own movement. Without them a
        direction is one of fidelity as rated, and says so.
    names
        Names of the sites that may be named on the network's page.
    """
    found = []
    for row in over_time.trajectories.to_dict("records"):
        mine = over_time.by_observation
        if row["scope"] == "site":
            mine = mine[mine["site_id"] == row["site_id"]]
        found.append(_now(over_time, mine, row["site_id"], quarter_before, unit))
        found.append(direction_finding(row, over_time, smallest_change, anchored))
    found += [sites_finding(over_time, names or {}), _spread(over_time)]
    found += practitioner_findings(over_time)
    return found + _left_out(over_time)


def _now(
    over_time: FidelityOverTime, mine: pd.DataFrame, site_id: str, before: str, unit: str
) -> Finding:
    about: dict[str, Any] = {"site_id": site_id, "evidence": "tables/fidelity_by_quarter.parquet"}
    table = over_time.by_quarter
    rows = table[(table["site_id"] == site_id) & (table["quarter"] == over_time.quarter)]
    if rows.empty:
        reason = f"nobody was observed in {over_time.quarter}."
        return not_estimable("fidelity.now", NOW, reason, **about)
    row = rows.iloc[0]
    seen = (
        f"{count_of(int(row['n_observations']), 'observation')} of "
        f"{count_of(int(row['n_practitioners']), 'practitioner')}"
    )
    if np.isnan(row["conf_low"]):
        reason = f"{seen} in {over_time.quarter} are too few for an interval."
        return not_estimable(
            "fidelity.now",
            NOW,
            reason,
            n=int(row["n_observations"]),
            n_practitioners=int(row["n_practitioners"]),
            **about,
        )
    said = interval(row["conf_low"], row["conf_high"])
    return Finding(
        id="fidelity.now",
        question=NOW,
        statement=f"Fidelity was {number(row['fidelity'])}% in {over_time.quarter} "
        f"(95% interval {said}; {seen}). {_against(mine, over_time.quarter, before)}",
        estimate=float(row["fidelity"]),
        conf_low=float(row["conf_low"]),
        conf_high=float(row["conf_high"]),
        unit=unit,
        n=int(row["n_observations"]),
        n_practitioners=int(row["n_practitioners"]),
        **about,
    )


def _against(mine: pd.DataFrame, quarter: str, before: str) -> str:
    """Set a quarter's mean against the one before, as a sentence."""
    pair = mine[mine["quarter"].isin((quarter, before))]
    if before not in set(pair["quarter"]):
        return f"There is nothing from {before} to set it against."
    change: Estimate = clustered_difference(
        pair["fidelity"], pair["quarter"] == quarter, pair["practitioner_id"], pair["weight"]
    )
    if np.isnan(change.conf_low):
        return f"Too few people were seen in {before} to set it against."
    ends = interval(change.conf_low, change.conf_high, 1, signed=True, beside=(0,))
    lead = certainty(change.conf_low, change.conf_high).pick(
        f"That is lower than in {before}",
        f"That is higher than in {before}",
        f"No reliable change from {before} is seen",
    )
    return f"{lead} ({number(change.estimate, 1, signed=True)} points, {ends})."


def _left_out(over_time: FidelityOverTime) -> list[Finding]:
    """Say what the observations can't carry, each with its reason."""
    if over_time.by_observation.empty:
        return []
    return [
        not_estimable(
            f"fidelity.left_out.{what.replace(' ', '_')}",
            f"What can be said of {what}?",
            reason,
            n=len(over_time.by_observation),
            n_practitioners=int(over_time.by_observation["practitioner_id"].nunique()),
            evidence="tables/fidelity_by_quarter.parquet",
        )
        for what, reason in over_time.design.left_out.items()
    ]


def _spread(over_time: FidelityOverTime) -> Finding:
    """How far sites' modelled levels stand apart now."""
    sites = over_time.trajectories[over_time.trajectories["scope"] == "site"]
    levels = sites["level"].dropna()
    about: dict[str, Any] = {
        "evidence": "tables/trajectories.parquet",
        "n": len(sites),
        "n_of": "sites",
        "n_practitioners": int(sites["n_practitioners"].sum()),
    }
    if over_time.fit is None or over_time.why_no_fit or len(levels) < 3:
        reason = over_time.why_no_fit or "sites can't be told apart by the model."
        return not_estimable("fidelity.spread", SPREAD, reason, **about)
    states = sites["state"].value_counts()
    parts = [f"{states[state]} {state}" for state in terms.STATES if state in states]
    middle = np.quantile(levels, [0.25, 0.75])
    return Finding(
        id="fidelity.spread",
        question=SPREAD,
        statement=f"The middle half of {count_of(len(levels), 'site')} lies between "
        f"{number(middle[0])}% and {number(middle[1])}% now, by the model. "
        f"By direction: {', '.join(parts)}.{_coming_apart(over_time)}",
        estimate=float(middle[1] - middle[0]),
        unit="points between the upper and the lower fourth of sites",
        **about,
    )


def _coming_apart(over_time: FidelityOverTime) -> str:
    """Say whether sites come apart or closer, from the modelled spread; empty if not modelled."""
    change, spread = over_time.spread_change, over_time.spread["spread"]
    if not change or np.isnan(change["ratio"]):
        return ""
    low, high = change["conf_low"], change["conf_high"]
    lead = certainty(low, high, no_change=1).pick(
        "Sites are coming closer",
        "Sites are coming apart",
        "Whether sites come apart or closer can't be said",
    )
    return (
        f" {lead}: the spread between them was {number(spread.iloc[0], 1)} points at the start and "
        f"is {number(spread.iloc[-1], 1)} now ({number(change['ratio'], 1)} times as wide, 95% "
        f"interval {interval(low, high, 1, beside=(1,))})."
    )
