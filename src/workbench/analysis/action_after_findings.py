"""What came after low observations, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.analysis.action_after import QUARTERS, ActionAfter
from workbench.analysis.action_after_next import COACHED, DIFFERENCE, NOT_COACHED
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

ACTION = "Is a low observation followed by coaching?"
NEXT = "Do those coached after a low observation score higher the next time than others?"
LOW, AFTER = "tables/action_after_low.parquet", "tables/action_after_next.parquet"
BEST_PRACTICE = (
    "Fidelity data are used for improvement, and findings lead to coaching and feedback."
)
FEW = 50
"""Percent followed below which the finding calls for action."""
CHANCE = (
    "A low score is followed by a higher one on average, coached or not, since part of what made "
    "it low was chance."
)


def action_after_findings(result: ActionAfter, sites: list[str] | None = None) -> list[Finding]:
    """Make the findings on what follows low observations: the network, each site, the next score.

    Parameters
    ----------
    result
        The analysis.
    sites
        Sites that get a finding; None: those with observations.
    """
    rows = {str(row["site_id"]): row for row in result.low.to_dict("records")}
    named = sorted(set(rows) - {""}) if sites is None else sites
    return [*(_action(result, rows.get(one, {}), one) for one in ["", *named]), _next(result)]


def _action(result: ActionAfter, row: Mapping[Any, Any], site: str) -> Finding:
    about: dict[str, Any] = {"site_id": site, "evidence": LOW, "n_of": "low observations"}
    if row:
        about |= {"n": int(row["low_observations"]), "n_practitioners": int(row["n_practitioners"])}
    reason = result.why_not or (str(row["reason"]) if row else "there are no observations here.")
    if reason:
        return not_estimable("reinforcement.action", ACTION, reason, **about)
    share, low, high = 100 * row["share"], 100 * row["share_low"], 100 * row["share_high"]
    more = count_of(int(row["open"]), "more was", "more were")
    waiting = (
        f" {more} not followed for so long yet, since the quarter ended or the person left; this "
        "is allowed for."
        if row["open"]
        else ""
    )
    prompt = (
        f"Agree on who is told of a low observation, and who coaches within {result.within_days} "
        "days of it."
        if share < FEW
        else ""
    )
    return Finding(
        id="reinforcement.action",
        question=ACTION,
        statement=f"Coaching follows {number(share)}% of low observations within "
        f"{result.within_days} days (95% interval {interval(low, high)}; "
        f"{count_of(int(row['low_observations']), 'observation')} of "
        f"{count_of(int(row['n_practitioners']), 'practitioner')} below "
        f"{number(result.low_below or 0)}% in the {QUARTERS} quarters up to {result.quarter}). "
        f"It followed {int(row['followed'])} of them.{waiting} {_delay(row)}",
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=f"percent of low observations followed within {result.within_days} days",
        action_prompt=prompt,
        best_practice=BEST_PRACTICE if prompt else "",
        **about,
    )


def _delay(row: Mapping[Any, Any]) -> str:
    if not np.isfinite(row["median_days"]):
        return "Fewer than half were followed at any time yet."
    days = count_of(round(row["median_days"]), "day")
    if not np.isfinite(row["days_low"]):
        return f"Half were followed after {days}."
    top = row["days_high"]
    known = np.isfinite(top)
    reach = interval(row["days_low"], top) if known else f"{number(row['days_low'])} and more"
    return f"Half were followed after {days} (95% interval {reach})."


def _next(result: ActionAfter) -> Finding:
    found = result.next_score
    about: dict[str, Any] = {
        "evidence": AFTER,
        "n": found.n_pairs,
        "n_of": "low observations with a next one",
        "n_practitioners": found.n_practitioners,
    }
    if found.reason:
        return not_estimable("reinforcement.next_score", NEXT, found.reason, **about)
    rows = {str(row["group"]): row for row in found.groups.to_dict("records")}
    row = rows[DIFFERENCE]
    low, high = row["conf_low"], row["conf_high"]
    sure = certainty(low, high)
    lead = sure.pick(
        "Those coached scored lower the next time than others with the same first score",
        "Those coached scored higher the next time than others with the same first score",
        "No sure difference between those coached and others with the same first score is seen",
    )
    pairs = [
        f"{number(one['next_change'], 1, signed=True)} points after "
        f"{count_of(int(one['n_pairs']), 'low observation')} ({name})"
        for name, one in ((COACHED, rows[COACHED]), (NOT_COACHED, rows[NOT_COACHED]))
    ]
    late = (
        f" {count_of(found.n_late, 'low observation')} coached later than that "
        f"{'is' if found.n_late == 1 else 'are'} left out."
        if found.n_late
        else ""
    )
    return Finding(
        id="reinforcement.next_score",
        question=NEXT,
        statement=f"{lead}: {number(row['next_change'], 1, signed=True)} points (95% interval "
        f"{interval(low, high, 1, True, (0,))}). The next score moved by {pairs[0]} and by "
        f"{pairs[1]}; coached means within {result.within_days} days and before the next score."
        f"{late} {CHANCE} This is an association: who is coached may differ in other ways.",
        estimate=float(row["next_change"]),
        conf_low=float(low),
        conf_high=float(high),
        unit="points to the next observation, coached less not coached",
        certainty=str(sure),
        **about,
    )
