"""What teams' meetings and posts say, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.teams import Teams
from workbench.analysis.teams_meetings import FEW_COME, SELDOM_MEETS
from workbench.analysis.teams_prompts import (
    MOST_NAMED,
    POST_PROMPT,
    SUPPORT_POST,
    named,
    named_sites,
    prompt_for,
)
from workbench.findings import Finding, not_estimable
from workbench.language import mark, noun, say
from workbench.models.clustered import clustered_mean
from workbench.models.proportions import Dispersion, wilson_interval
from workbench.wording import count_of, interval, number, one_of

MEETINGS = mark("Do teams meet as often as agreed, and do their members come?")
POSTS = mark("Are a support practitioner and champions in post, and is time set aside for teams?")
MEETINGS_EVIDENCE = "tables/team_meetings_by_quarter.parquet"
POSTS_EVIDENCE = "tables/team_support.parquet"


def meetings_finding(result: Teams, site_id: str = "") -> Finding:
    """Tell how many teams met as agreed, and what share of the members came."""
    rows = result.by_quarter[result.by_quarter["quarter"] == result.quarter]
    rows = rows[rows["team_id"].isin(result.posts["team_id"])]
    rows = rows[rows["site_id"] == site_id] if site_id else rows
    held = result.meetings[result.meetings["quarter"] == result.quarter]
    held = held[held["team_id"].isin(rows["team_id"]) & (held["members"] > 0)]
    about: dict[str, Any] = {
        "site_id": site_id, "evidence": MEETINGS_EVIDENCE, "n": len(held), "n_of": mark("meetings"),
    }  # fmt: skip
    told = rows[rows["met_as_agreed"].notna()]
    if told.empty:
        none_noted = (
            mark("no meeting of this site's teams is noted in {quarter}.")
            if site_id
            else mark("no meeting of any team is noted in {quarter}.")
        )
        reason = say(none_noted, quarter=result.quarter)
        if site_id and not result.by_quarter.empty and rows.empty:
            reason = say("this site has no team of its own.")
        return not_estimable("teams.meetings", say(MEETINGS), reason, **about)
    met = int(told["met_as_agreed"].sum())
    missed = told[~told["met_as_agreed"].astype(bool)]
    parts = [
        say(
            "In {quarter}, {met} of {teams} met at least as often as agreed ({agreed}).",
            quarter=result.quarter,
            met=met,
            teams=count_of(len(told), "team"),
            agreed=_agreed(told),
        )
    ]
    share, low, high = _attendance(held, result.scatter, site_id)
    if np.isfinite(share):
        between = interval(low, high)
        reach = (
            say("95% interval {between}", between=between)
            if np.isfinite(low)
            else say("too few for an interval")
        )
        came = say(
            "{share}% of the members came ({reach}; {meetings} of {teams}).",
            share=number(share),
            reach=reach,
            meetings=count_of(len(held), "meeting"),
            teams=count_of(held["team_id"].nunique(), "team"),
        )
        parts.append(came)
    few = np.isfinite(share) and share < 100 * result.attendance_at_least
    causes = ([SELDOM_MEETS] if len(missed) else []) + ([FEW_COME] if few else [])
    prompt, practice = prompt_for(causes)
    if len(missed) and len(missed) <= MOST_NAMED:
        teams = named(noun(len(missed), "team", "teams"), list(missed["team_id"]))
        concerned = say("It concerns {teams}.", teams=teams)
        prompt = f"{prompt} {concerned}"
    return Finding(
        id="teams.meetings",
        question=say(MEETINGS),
        statement=" ".join(parts),
        estimate=share if np.isfinite(share) else None,
        conf_low=low if np.isfinite(low) else None,
        conf_high=high if np.isfinite(high) else None,
        unit=mark("percent of members who came"),
        action_prompt=prompt,
        best_practice=practice,
        **about,
    )


def _agreed(rows: pd.DataFrame) -> str:
    """Say what was agreed: one number, or one a level."""
    most = rows.groupby("level", sort=False)["meetings_agreed"].max()
    by_level = {str(level): int(count) for level, count in most.items()}
    if len(set(by_level.values())) == 1:
        return say("{times} a quarter", times=_times(next(iter(by_level.values()))))
    said = [
        say("{times} at the {level} level", times=_times(count), level=say(level))
        for level, count in by_level.items()
    ]
    return say("a quarter, {times}", times=one_of(said))


def _times(count: int) -> str:
    if count in (1, 2):
        return say("once") if count == 1 else say("twice")
    return say("{n} times", n=count)


def _attendance(
    held: pd.DataFrame, scatter: Dispersion, site_id: str
) -> tuple[float, float, float]:
    """Percent of members who came, with its interval: over teams, or over a site's meetings."""
    if held.empty:
        return np.nan, np.nan, np.nan
    if not site_id:
        shares = 100 * held["attended"] / held["members"]
        over = clustered_mean(shares, held["team_id"], held["members"])
        ends = np.clip([over.conf_low, over.conf_high], 0, 100)
        return over.estimate, float(ends[0]), float(ends[1])
    came, seats = float(held["attended"].sum()), float(held["members"].sum())
    low, high = wilson_interval(came, seats, dispersion=scatter)
    return 100 * came / seats, 100 * float(low), 100 * float(high)


def posts_finding(result: Teams, names: Mapping[str, str] | None = None) -> Finding:
    """Tell at how many sites support practitioner and champions are in post, and the hours.

    ``names`` are those of the sites that may be named; see ``teams_findings``.
    """
    sites = result.support
    known = sites[sites["support_practitioner"].notna()]
    about: dict[str, Any] = {"evidence": POSTS_EVIDENCE, "n": len(known), "n_of": mark("sites")}
    if known.empty:
        reason = say("no site's teams tell whether a support practitioner is in post.")
        return not_estimable("teams.posts", say(POSTS), reason, **about)
    count = int(known["support_practitioner"].sum())
    low, high = (100 * float(end) for end in wilson_interval(count, len(known)))
    share = 100 * count / len(known)
    in_post = say(
        "A support practitioner is in post at {n} of {sites} ({share}%, 95% interval {between}).",
        n=count,
        sites=count_of(len(known), "site"),
        share=number(share),
        between=interval(low, high),
    )
    missing = known.loc[~known["support_practitioner"].astype(bool), "site_id"]
    prompt = ""
    if len(missing):
        few = len(missing) <= MOST_NAMED
        prompt = say(POST_PROMPT)
        if few:
            begin = say("Begin with {sites}.", sites=named_sites(list(missing), names))
            prompt = f"{prompt} {begin}"
    return Finding(
        id="teams.posts",
        question=say(POSTS),
        statement=" ".join([in_post, *_champions_and_hours(sites)]),
        estimate=share,
        conf_low=low,
        conf_high=high,
        unit=mark("percent of sites"),
        action_prompt=prompt,
        best_practice=say(SUPPORT_POST) if prompt else "",
        **about,
    )


def _champions_and_hours(sites: pd.DataFrame) -> list[str]:
    """Say where champions are named and how many hours are agreed, as far as it is noted."""
    said = []
    counted = sites[sites["champions"].notna()]
    if len(counted):
        champions = say(
            "Champions are named at {n} of {sites}.",
            n=int((counted["champions"] > 0).sum()),
            sites=count_of(len(counted), "site"),
        )
        said.append(champions)
    timed = sites[sites["hours_a_member"].notna()]
    if len(timed):
        hours = say(
            "At the middle site {hours} protected hours a month are agreed for each team member, "
            "which is {hours_each} for each practitioner in post ({sites}). Whether they are kept "
            "is not in the tables.",
            hours=number(float(timed["hours_a_member"].median()), 1),
            hours_each=number(float(timed["hours_a_practitioner"].median()), 1),
            sites=count_of(len(timed), "site"),
        )
        said.append(hours)
    return said
