"""What came after low observations, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.analysis.action_after import QUARTERS, ActionAfter
from workbench.analysis.action_after_next import COACHED, DIFFERENCE, NOT_COACHED
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, noun, say
from workbench.wording import count_of, interval, number

ACTION = mark("Is a low observation followed by coaching?")
NEXT = mark("Do those coached after a low observation score higher the next time than others?")
LOW, AFTER = "tables/action_after_low.parquet", "tables/action_after_next.parquet"
BEST_PRACTICE = mark(
    "Fidelity data are used for improvement, and findings lead to coaching and feedback."
)
FEW = 50
"""Percent followed below which the finding calls for action."""
CHANCE = mark(
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
    about: dict[str, Any] = {"site_id": site, "evidence": LOW, "n_of": mark("low observations")}
    if row:
        about |= {"n": int(row["low_observations"]), "n_practitioners": int(row["n_practitioners"])}
    here = str(row["reason"]) if row else say("there are no observations here.")
    reason = result.why_not or here
    if reason:
        return not_estimable("reinforcement.action", say(ACTION), reason, **about)
    share, low, high = 100 * row["share"], 100 * row["share_low"], 100 * row["share_high"]
    parts = [
        say(
            "Coaching follows {share}% of low observations within {days} days (95% interval "
            "{interval}; {observations} of {practitioners} below {level}% in the {quarters} "
            "quarters up to {quarter}). It followed {followed} of them.",
            share=number(share),
            days=result.within_days,
            interval=interval(low, high),
            observations=count_of(int(row["low_observations"]), "observation"),
            practitioners=count_of(int(row["n_practitioners"]), "practitioner"),
            level=number(result.low_below or 0),
            quarters=QUARTERS,
            quarter=result.quarter,
            followed=int(row["followed"]),
        ),
        _waiting(int(row["open"])),
        _delay(row),
    ]
    prompt = (
        say(
            "Agree on who is told of a low observation, and who coaches within {days} days of it.",
            days=result.within_days,
        )
        if share < FEW
        else ""
    )
    unit = say("percent of low observations followed within {days} days", days=result.within_days)
    return Finding(
        id="reinforcement.action",
        question=say(ACTION),
        statement=" ".join(part for part in parts if part),
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=unit,
        action_prompt=prompt,
        best_practice=say(BEST_PRACTICE) if prompt else "",
        **about,
    )


def _waiting(more: int) -> str:
    """Say how many could not be followed for all of the days yet."""
    if not more:
        return ""
    return noun(
        more,
        "{more} more was not followed for so long yet, since the quarter ended or the person left; "
        "this is allowed for.",
        "{more} more were not followed for so long yet, since the quarter ended or the person "
        "left; this is allowed for.",
    ).format(more=f"{more:,}")


def _delay(row: Mapping[Any, Any]) -> str:
    if not np.isfinite(row["median_days"]):
        return say("Fewer than half were followed at any time yet.")
    days = count_of(round(row["median_days"]), "day")
    if not np.isfinite(row["days_low"]):
        return say("Half were followed after {days}.", days=days)
    bottom, top = row["days_low"], row["days_high"]
    known = np.isfinite(top)
    reach = interval(bottom, top) if known else say("{days} and more", days=number(bottom))
    return say(
        "Half were followed after {days} (95% interval {interval}).", days=days, interval=reach
    )


def _next(result: ActionAfter) -> Finding:
    found = result.next_score
    about: dict[str, Any] = {
        "evidence": AFTER,
        "n": found.n_pairs,
        "n_of": mark("low observations with a next one"),
        "n_practitioners": found.n_practitioners,
    }
    if found.reason:
        return not_estimable("reinforcement.next_score", say(NEXT), found.reason, **about)
    rows = {str(row["group"]): row for row in found.groups.to_dict("records")}
    row = rows[DIFFERENCE]
    low, high = row["conf_low"], row["conf_high"]
    sure = certainty(low, high)
    lead = sure.pick(
        say("Those coached scored lower the next time than others with the same first score"),
        say("Those coached scored higher the next time than others with the same first score"),
        say(
            "No sure difference between those coached and others with the same first score is seen"
        ),
    )
    parts = [
        say(
            "{lead}: {points} points (95% interval {interval}).",
            lead=lead,
            points=number(row["next_change"], 1, signed=True),
            interval=interval(low, high, 1, True, (0,)),
        ),
        say(
            "The next score moved by {coached} and by {not_coached}; coached means within {days} "
            "days and before the next score.",
            coached=_moved(rows[COACHED]),
            not_coached=_moved(rows[NOT_COACHED]),
            days=result.within_days,
        ),
        _late(found.n_late),
        say(CHANCE),
        say("This is an association: who is coached may differ in other ways."),
    ]
    return Finding(
        id="reinforcement.next_score",
        question=say(NEXT),
        statement=" ".join(part for part in parts if part),
        estimate=float(row["next_change"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("points to the next observation, coached less not coached"),
        certainty=str(sure),
        **about,
    )


def _moved(row: Mapping[Any, Any]) -> str:
    """Write by how much the next score moved in a group."""
    return say(
        "{points} points after {observations} ({group})",
        points=number(row["next_change"], 1, signed=True),
        observations=count_of(int(row["n_pairs"]), "low observation"),
        group=say(str(row["group"])),
    )


def _late(count: int) -> str:
    if not count:
        return ""
    return noun(
        count,
        "{count} low observation coached later than that is left out.",
        "{count} low observations coached later than that are left out.",
    ).format(count=f"{count:,}")
