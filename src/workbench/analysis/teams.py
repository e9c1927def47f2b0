"""Teams: whether a working, linked team stands at each level above each practitioner.

A team stands at the end of the quarter if it was formed by then and not closed. It works if, in
the quarter, it met at least as often as agreed and enough of its members came. It is linked if the
team it reports to stands and is of a higher level. The chain above a site is whole if all of this
holds at every level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.teams_chain import (
    CHAIN_COLUMNS,
    LEVELS,
    chain_by_site,
    expected_levels,
)
from workbench.analysis.teams_meetings import (
    meetings_by_quarter,
    meetings_up_to,
    scatter_of,
    working_teams,
)
from workbench.language import mark, say
from workbench.models.proportions import Dispersion
from workbench.quarters import Quarter
from workbench.shown import Shown

__all__ = ["LEVELS", "MEETINGS_AGREED", "Teams", "teams"]

MEETINGS_AGREED: Mapping[str, int] = dict.fromkeys(LEVELS, 1)
"""Meetings a quarter. Once is the least with which a team can act on a quarterly report."""
ATTENDANCE_AT_LEAST = 0.5
"""Share of the members: with fewer than half, most of the team was not there to decide."""
OPTIONAL = (
    "site_id", "parent_team_id", "closed_on", "members", "protected_hours",
    "has_support_practitioner", "champions",
)  # fmt: skip
POST_COLUMNS = [
    "team_id", "level", "site_id", "members", "protected_hours", "hours_a_member",
    "has_support_practitioner", "champions",
]  # fmt: skip
SUPPORT_COLUMNS = [
    "site_id", "n_practitioners", "n_teams", "support_practitioner", "champions",
    "protected_hours", "hours_a_member", "hours_a_practitioner",
]  # fmt: skip
NOT_HANDED_IN = mark("no table of implementation teams was handed in.")
NONE_OPEN = mark("no implementation team stood at the end of {quarter}.")


@dataclass(frozen=True)
class Teams(Shown):
    """The chain of teams, how they meet, and who is in post.

    Attributes
    ----------
    chain
        One row a site and level; see ``teams_chain.CHAIN_COLUMNS``. ``status`` of a level is
        ``holds``, ``breaks``, ``in part`` (some of its teams hold) or ``not told``; ``chain`` of
        the site is ``whole``, ``broken``, ``in part`` or ``not told``; ``broken_at`` is the lowest
        level that breaks.
    by_quarter
        One row a team and quarter; see ``teams_meetings.MEETING_COLUMNS``.
    meetings
        One row a meeting up to the quarter, with ``quarter``.
    posts
        One row an open team: members, protected hours a month, support practitioner, champions.
    support
        One row a site: the same over its own practice and site teams, beside its practitioners.
    quarter
        Label of the quarter of the report.
    meetings_agreed, attendance_at_least
        What a working team was held to.
    scatter
        How much single meetings scatter about their team's own share of members who come.
    no_place
        Open practice and site teams that name no site, so that they stand above nobody.
    why_not
        Why nothing can be said; empty if something can.
    """

    chain: pd.DataFrame
    by_quarter: pd.DataFrame
    meetings: pd.DataFrame
    posts: pd.DataFrame
    support: pd.DataFrame
    quarter: str
    meetings_agreed: Mapping[str, int] = field(default_factory=lambda: dict(MEETINGS_AGREED))
    attendance_at_least: float = ATTENDANCE_AT_LEAST
    scatter: Dispersion = field(default_factory=lambda: Dispersion(np.nan, 0.0))
    no_place: int = 0
    why_not: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "team_chain": self.chain,
            "team_meetings_by_quarter": self.by_quarter,
            "team_posts": self.posts,
            "team_support": self.support,
        }


def teams(
    implementation_teams: pd.DataFrame,
    team_meetings: pd.DataFrame,
    sites: pd.DataFrame,
    practitioners: pd.DataFrame,
    quarter: Quarter,
    meetings_agreed: Mapping[str, int] | None = None,
    attendance_at_least: float = ATTENDANCE_AT_LEAST,
) -> Teams:
    """Follow the chain of teams above every site at the end of a quarter.

    Which team a practitioner belongs to is not in the tables: practitioners belong to sites, and
    practice and site teams do too. Where a site has several practice teams of which some work, how
    many practitioners that concerns can't be told. Regions are reached by the links alone.

    Parameters
    ----------
    implementation_teams
        ``team_id, level, formed_on``, and ``site_id, parent_team_id, closed_on, members,
        protected_hours, has_support_practitioner, champions`` where they are recorded.
    team_meetings
        ``team_id, held_on, attended, members``; without rows if it was not handed in.
    sites
        ``site_id``, and ``region_id`` where there are regions.
    practitioners
        ``practitioner_id, site_id``, and ``hired_on, left_on`` where they are recorded.
    quarter
        Quarter of the report.
    meetings_agreed
        Meetings a quarter by level; ``MEETINGS_AGREED``, once, for every level not named.
    attendance_at_least
        Share of the members, from 0 to 1, who must come for a team to count as working.

    Examples
    --------
    >>> one = pd.DataFrame({"team_id": ["N"], "level": ["network"], "formed_on": ["2024-01-01"]})
    >>> one["formed_on"] = pd.to_datetime(one["formed_on"])
    >>> sites = pd.DataFrame({"site_id": ["1"]})
    >>> people = pd.DataFrame({"practitioner_id": ["a"], "site_id": ["1"]})
    >>> found = teams(one, pd.DataFrame(), sites, people, Quarter(2026, 3))
    >>> found.chain["status"].to_list()
    ['breaks', 'breaks', 'not told']
    """
    agreed = {**MEETINGS_AGREED, **(meetings_agreed or {})}
    known = _completed(implementation_teams, quarter)
    meetings = meetings_up_to(team_meetings, quarter)
    by_quarter = meetings_by_quarter(known, meetings, quarter, agreed)
    here = known[known["is_open"]]
    held_to: dict[str, Any] = {
        "meetings_agreed": agreed,
        "attendance_at_least": attendance_at_least,
    }
    if here.empty:
        why = say(NOT_HANDED_IN) if known.empty else say(NONE_OPEN, quarter=quarter)
        empty = (CHAIN_COLUMNS, POST_COLUMNS, SUPPORT_COLUMNS)
        chain, posts, support = (pd.DataFrame(columns=columns) for columns in empty)
        return Teams(
            chain, by_quarter, meetings, posts, support, str(quarter), **held_to, why_not=why
        )
    in_post = _in_post(sites, practitioners, quarter)
    working = working_teams(here, by_quarter, quarter, attendance_at_least)
    lost = here["level"].isin(["practice", "site"]) & here["site_id"].isna()
    return Teams(
        chain=chain_by_site(known, working, in_post, expected_levels(known, sites)),
        by_quarter=by_quarter,
        meetings=meetings,
        posts=_posts(here),
        support=_support(here, in_post),
        quarter=str(quarter),
        **held_to,
        scatter=scatter_of(meetings),
        no_place=int(lost.sum()),
    )


def _completed(teams: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Every team once, with the columns that may be absent, and whether it stood on the last day.

    A team that is formed later is as good as not in the table yet.
    """
    day = pd.Timestamp(quarter.last_day)
    if teams.empty:
        return pd.DataFrame(columns=["team_id", "level", "formed_on", *OPTIONAL, "is_open"])
    frame = teams.drop_duplicates("team_id")
    frame = frame.assign(**{name: None for name in OPTIONAL if name not in frame.columns})
    for name in ("formed_on", "closed_on"):
        frame[name] = pd.to_datetime(frame[name])
    for name in ("members", "protected_hours", "champions"):
        frame[name] = pd.to_numeric(frame[name])
    early, gone = frame["formed_on"] > day, frame["closed_on"] <= day
    days = frame["closed_on"].dt.strftime("%Y-%m-%d").astype("str")
    closed = days.map(lambda each: say("was closed on {day}", day=each))
    state = closed.where(gone, "").mask(early, say("is not formed yet"))
    return frame.assign(is_open=~(early | gone), state=state).reset_index(drop=True)


def _in_post(sites: pd.DataFrame, practitioners: pd.DataFrame, quarter: Quarter) -> dict[str, int]:
    """Practitioners in post on the last day of the quarter, for every site."""
    day = pd.Timestamp(quarter.last_day)
    there = pd.Series(True, index=practitioners.index)
    if "hired_on" in practitioners.columns:
        there &= ~(practitioners["hired_on"] > day)
    if "left_on" in practitioners.columns:
        there &= ~(practitioners["left_on"] < day)
    at = practitioners["site_id"] if len(practitioners) else pd.Series(dtype="str")
    counts = at[there].value_counts()
    listed = sites["site_id"] if len(sites) else pd.Series(dtype="str")
    every = pd.unique(pd.concat([listed, at.dropna()]))
    return {str(site): int(counts.get(site, 0)) for site in every}


def _posts(here: pd.DataFrame) -> pd.DataFrame:
    members = here["members"].astype("Float64").where(here["members"] > 0)
    hours = here["protected_hours"].astype("Float64") / members
    posts = here.assign(
        hours_a_member=hours,
        has_support_practitioner=here["has_support_practitioner"].astype("boolean"),
    )
    return posts[POST_COLUMNS].sort_values("team_id", ignore_index=True)


def _support(here: pd.DataFrame, in_post: Mapping[str, int]) -> pd.DataFrame:
    """Sum each site's own teams: what they have in post, and hours agreed beside its people."""
    rows = []
    for site, people in sorted(in_post.items()):
        mine = here[(here["site_id"] == site) & here["level"].isin(["practice", "site"])]
        post = mine["has_support_practitioner"].astype("boolean")
        timed = mine[mine["protected_hours"].notna()]
        hours = float(timed["protected_hours"].sum()) if len(timed) else np.nan
        members = float(timed["members"].sum())
        rows.append(
            {
                "site_id": site,
                "n_practitioners": people,
                "n_teams": len(mine),
                "support_practitioner": _any_known(post),
                "champions": mine["champions"].sum() if mine["champions"].notna().any() else pd.NA,
                "protected_hours": hours,
                "hours_a_member": hours / members if members else np.nan,
                "hours_a_practitioner": hours / people if people else np.nan,
            }
        )
    frame = pd.DataFrame(rows, columns=SUPPORT_COLUMNS)
    return frame.astype({"support_practitioner": "boolean", "champions": "Int64"})


def _any_known(values: pd.Series) -> object:
    """Tell whether any is true; missing if none is and one is not known, or there is none."""
    if values.fillna(False).any():
        return True
    return pd.NA if values.empty or values.isna().any() else False
