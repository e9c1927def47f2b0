"""What fidelity over time says, as findings: where practice stands, and which way it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.direction import counted_states
from workbench.analysis.fidelity import FidelityOverTime
from workbench.analysis.fidelity_direction_findings import direction_finding
from workbench.analysis.fidelity_practitioners import practitioner_findings
from workbench.analysis.fidelity_sites import sites_finding
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.models.clustered import Estimate, clustered_difference
from workbench.wording import count_of, interval, number

NOW = mark("What does practice look like this quarter?")
SPREAD = mark("Do sites that name the same model practise it alike?")
UNIT = mark("percent of the maximum")


def fidelity_findings(
    over_time: FidelityOverTime,
    quarter_before: str,
    smallest_change: float,
    unit: str = UNIT,
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
        reason = say("nobody was observed in {quarter}.", quarter=over_time.quarter)
        return not_estimable("fidelity.now", say(NOW), reason, **about)
    row = rows.iloc[0]
    about["n"], about["n_practitioners"] = int(row["n_observations"]), int(row["n_practitioners"])
    seen = {
        "observations": count_of(about["n"], "observation"),
        "practitioners": count_of(about["n_practitioners"], "practitioner"),
        "quarter": over_time.quarter,
    }
    if np.isnan(row["conf_low"]):
        reason = say(
            "{observations} of {practitioners} in {quarter} are too few for an interval.", **seen
        )
        return not_estimable("fidelity.now", say(NOW), reason, **about)
    level = say(
        "Fidelity was {level}% in {quarter} (95% interval {ends}; {observations} of "
        "{practitioners}).",
        level=number(row["fidelity"]),
        ends=interval(row["conf_low"], row["conf_high"]),
        **seen,
    )
    return Finding(
        id="fidelity.now",
        question=say(NOW),
        statement=f"{level} {_against(mine, over_time.quarter, before)}",
        estimate=float(row["fidelity"]),
        conf_low=float(row["conf_low"]),
        conf_high=float(row["conf_high"]),
        unit=unit,
        **about,
    )


def _against(mine: pd.DataFrame, quarter: str, before: str) -> str:
    """Set a quarter's mean against the one before, as a sentence."""
    pair = mine[mine["quarter"].isin((quarter, before))]
    if before not in set(pair["quarter"]):
        return say("There is nothing from {quarter} to set it against.", quarter=before)
    change: Estimate = clustered_difference(
        pair["fidelity"], pair["quarter"] == quarter, pair["practitioner_id"], pair["weight"]
    )
    if np.isnan(change.conf_low):
        return say("Too few people were seen in {quarter} to set it against.", quarter=before)
    ends = interval(change.conf_low, change.conf_high, 1, signed=True, beside=(0,))
    said = certainty(change.conf_low, change.conf_high).pick(
        mark("That is lower than in {quarter} ({points} points, {ends})."),
        mark("That is higher than in {quarter} ({points} points, {ends})."),
        mark("No reliable change from {quarter} is seen ({points} points, {ends})."),
    )
    return say(said, quarter=before, points=number(change.estimate, 1, signed=True), ends=ends)


def _left_out(over_time: FidelityOverTime) -> list[Finding]:
    """Say what the observations can't carry, each with its reason."""
    if over_time.by_observation.empty:
        return []
    return [
        not_estimable(
            f"fidelity.left_out.{what.replace(' ', '_')}",
            say("What can be said of {what}?", what=say(what)),
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
        "n_of": mark("sites"),
        "n_practitioners": int(sites["n_practitioners"].sum()),
    }
    if over_time.fit is None or over_time.why_no_fit or len(levels) < 3:
        reason = over_time.why_no_fit or say("sites can't be told apart by the model.")
        return not_estimable("fidelity.spread", say(SPREAD), reason, **about)
    middle = np.quantile(levels, [0.25, 0.75])
    said = say(
        "The middle half of {sites} lies between {low}% and {high}% now, by the model. By "
        "direction: {states}.",
        sites=count_of(len(levels), "site"),
        low=number(middle[0]),
        high=number(middle[1]),
        states=", ".join(counted_states(sites["state"], terms.STATES)),
    )
    return Finding(
        id="fidelity.spread",
        question=say(SPREAD),
        statement=f"{said} {_coming_apart(over_time)}".rstrip(),
        estimate=float(middle[1] - middle[0]),
        unit=mark("points between the upper and the lower fourth of sites"),
        **about,
    )


def _coming_apart(over_time: FidelityOverTime) -> str:
    """Say whether sites come apart or closer, from the modelled spread; empty if not modelled."""
    change, spread = over_time.spread_change, over_time.spread["spread"]
    if not change or np.isnan(change["ratio"]):
        return ""
    low, high = change["conf_low"], change["conf_high"]
    lead = certainty(low, high, no_change=1).pick(
        mark("Sites are coming closer"),
        mark("Sites are coming apart"),
        mark("Whether sites come apart or closer can't be said"),
    )
    return say(
        "{lead}: the spread between them was {first} points at the start and is {last} now "
        "({ratio} times as wide, 95% interval {ends}).",
        lead=say(lead),
        first=number(spread.iloc[0], 1),
        last=number(spread.iloc[-1], 1),
        ratio=number(change["ratio"], 1),
        ends=interval(low, high, 1, beside=(1,)),
    )
