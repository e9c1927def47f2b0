"""What fidelity over time says, as findings: where practice stands, and which way it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.fidelity import FidelityOverTime
from workbench.analysis.fidelity_practitioners import practitioner_findings
from workbench.analysis.fidelity_sites import sites_finding
from workbench.findings import Finding, not_estimable
from workbench.models.clustered import Estimate, clustered_difference
from workbench.wording import count_of, interval, number

NOW = "What does practice look like this quarter?"
DIRECTION = "Is practice strengthening or drifting?"
SPREAD = "Do sites that name the same model practise it alike?"

_FELL = (
    "Practice fell: don't wait to know by how much. Ask the site's team which support lapsed, and "
    "plan an observation of each practitioner next quarter.",
    "Fidelity data are used for improvement, and findings lead to coaching and feedback.",
)
_ACTIONS = {
    terms.DRIFTING: (
        "Bring the site's team together: which supports lapsed since practice began to move "
        "(coaching, observation with feedback, supervision on skill), and which one can be "
        "restored in the next 30 days?",
        "Fidelity data are used for improvement, and findings lead to coaching and feedback.",
    ),
    terms.STRENGTHENING: (
        "Ask the site's team what they did differently since practice began to rise, protect it, "
        "and let another site come and see.",
        "Fidelity data are used for improvement, and findings lead to coaching and feedback.",
    ),
    terms.NOT_ENOUGH_EVIDENCE: (
        "Plan the observations that would tell: at least one for each practitioner next quarter, "
        "some of them by an independent rater.",
        "A consistent fidelity assessment is used to see whether practice is as intended.",
    ),
}


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
        found.append(_direction(row, over_time, smallest_change, anchored))
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
    said = (
        f"{number(change.estimate, 1, signed=True)} points, "
        f"{interval(change.conf_low, change.conf_high, 1, signed=True)}"
    )
    if change.conf_low > 0:
        return f"That is higher than in {before} ({said})."
    if change.conf_high < 0:
        return f"That is lower than in {before} ({said})."
    return f"No reliable change from {before} is seen ({said})."


def _direction(
    row: Mapping[Any, Any], over_time: FidelityOverTime, smallest_change: float, anchored: bool
) -> Finding:
    about: dict[str, Any] = {
        "site_id": str(row["site_id"]),
        "evidence": "tables/trajectories.parquet",
        "n": int(row["n_observations"]),
        "n_practitioners": int(row["n_practitioners"]),
    }
    if row["state"] == terms.NOT_ESTIMABLE:
        return not_estimable("fidelity.direction", DIRECTION, str(row["reason"]), **about)
    state = str(row["state"])
    low, high = float(row["slope_low"]), float(row["slope_high"])
    prompt, practice = _ACTIONS.get(state, ("", ""))
    if state == terms.NOT_ENOUGH_EVIDENCE and high < 0:
        prompt, practice = _FELL
    slope = float(row["slope"])
    seen = f"over {count_of(int(row['n_quarters']), 'quarter')}"
    sure = ""
    if state != terms.NOT_ENOUGH_EVIDENCE:
        sure = f" The probability of that is {_percent(row[f'probability_{state}'])}."
    else:
        sure = (
            f" It may be drifting ({_percent(row['probability_drifting'])}), holding "
            f"({_percent(row['probability_holding'])}) or strengthening "
            f"({_percent(row['probability_strengthening'])})."
        )
    lead = _lead(state, low, high, smallest_change)
    if state == terms.HOLDING and (high < 0 or low > 0):
        way = "falls" if high < 0 else "rises"
        total = abs(slope) * int(row["n_quarters"])
        lead = (
            f"Practice {way} slowly, by less than {number(smallest_change, 1)} points a quarter: "
            f"about {number(total)} points over the whole series"
        )
    average = "" if about["site_id"] else " This is the average site; sites differ."
    return Finding(
        id="fidelity.direction",
        question=DIRECTION,
        statement=f"{lead}. The slope is {number(slope, 1, signed=True)} points a quarter (95% "
        f"interval {interval(low, high, 1, signed=True)}; {count_of(about['n'], 'observation')} "
        f"{seen}).{sure}{average}{_months(row, over_time)}"
        f"{_as_rated(over_time, state, anchored)}",
        estimate=slope,
        conf_low=low,
        conf_high=high,
        unit="points a quarter",
        action_prompt=prompt,
        best_practice=practice,
        **about,
    )


def _months(row: Mapping[Any, Any], over_time: FidelityOverTime) -> str:
    """When a drifting course reaches the cut-off, or that it has; empty where it is not told."""
    cut_off, level = over_time.cut_off, float(row["level"])
    if row["state"] == terms.DRIFTING and level < cut_off:
        now = f"{number(level)}% (95% interval {interval(row['level_low'], row['level_high'])})"
        return f" It stands at {now}, below the cut-off of {number(cut_off)}%."
    months = row.get("months_to_cut_off", np.nan)
    if np.isnan(months):
        return ""
    low, high = row["months_low"], row["months_high"]
    between = f"95% interval from {number(low)}"
    between += f" to {number(high)}" if not np.isnan(high) else ", with no end that can be given"
    return (
        f" If it goes on in a straight line, it reaches the cut-off in about {number(months)} "
        f"months ({between})."
    )


def _as_rated(over_time: FidelityOverTime, state: str, anchored: bool) -> str:
    """Say what the raters' own movement has to do with the slope; empty if nothing."""
    if over_time.ruler is not None:
        moved = number(over_time.ruler.estimate, 1, signed=True)
        return f" The raters' own movement, {moved} points a quarter, has been taken off."
    if not anchored and state in (terms.DRIFTING, terms.STRENGTHENING):
        return " This is practice as rated: no codes stay fixed, so raters may have moved too."
    return ""


def _lead(state: str, low: float, high: float, smallest_change: float) -> str:
    """First words of the direction; a movement of unsure size is told as what it is."""
    size = f"{number(smallest_change, 1)} points a quarter"
    if state == terms.DRIFTING:
        return f"Practice is drifting, by more than {size}"
    if state == terms.STRENGTHENING:
        return f"Practice is strengthening, by more than {size}"
    if state == terms.HOLDING:
        return f"Practice is holding: it moves by less than {size}"
    if high < 0 or low > 0:
        way = "fell" if high < 0 else "rose"
        return (
            f"Practice {way}, but there is not enough evidence to say whether by more than "
            f"{size}, the smallest change that matters"
        )
    return "There is not enough evidence to name a direction"


def _percent(probability: float) -> str:
    """Write a probability; never as 0% or 100%."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{probability:.0%}"


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
    numbers = (
        f"the spread between them was {number(spread.iloc[0], 1)} points at the start and is "
        f"{number(spread.iloc[-1], 1)} now ({number(change['ratio'], 1)} times as wide, 95% "
        f"interval {interval(change['conf_low'], change['conf_high'], 1)})."
    )
    if change["conf_low"] > 1:
        return f" Sites are coming apart: {numbers}"
    if change["conf_high"] < 1:
        return f" Sites are coming closer: {numbers}"
    return f" Whether sites come apart or closer can't be said: {numbers}"
