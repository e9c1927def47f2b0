"""Teams of the example network and their meetings, with breaks in the chain that are known.

Each team draws from a stream of its own, so that breaking one leaves the others as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.data.synthetic_organisation import (
    ABSENT,
    CLOSED,
    FEW_COME,
    NOT_LINKED,
    SELDOM_MEETS,
    TeamParameters,
)
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_streams import streams_of
from workbench.quarters import Quarter

DAYS_FORMED_BEFORE = (60, 900)
MEMBERS = {"site": (6, 9), "region": (7, 10), "network": (9, 13)}
"""Fewest members, and one more than the most; practice teams have those who work there."""
CLOSED_AFTER = (0.6, 0.8)
"""Share of the series after which a team that closes does so."""
QUARTERS_BETWEEN_SELDOM_MEETINGS = 4


TEAM_COLUMNS = [
    "team_id",
    "level",
    "site_id",
    "parent_team_id",
    "formed_on",
    "closed_on",
    "members",
    "protected_hours",
    "has_support_practitioner",
    "champions",
]
MEETING_COLUMNS = ["team_id", "held_on", "attended", "members"]


@dataclass(frozen=True)
class SimulatedTeams:
    """Teams and meetings as tables hand them in, and the truth behind them.

    Attributes
    ----------
    teams
        The ``implementation_teams`` table.
    meetings
        The ``team_meetings`` table, in order of team and day.
    truth
        One row a team that was planned, also where it is absent: ``team_id, level, position,
        broken`` (how, or empty), ``meetings_planned`` (a quarter), ``attendance`` (share).
    """

    teams: pd.DataFrame
    meetings: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True)
class _Planned:
    """A team as it was meant to be, before anything is broken."""

    team_id: str
    level: str
    position: int
    site_id: str | None
    parent: str | None
    people: int


def simulate_teams(
    sites: pd.DataFrame, practitioners: pd.DataFrame, parameters: NetworkParameters, seed: int
) -> SimulatedTeams:
    """Teams at every level and their meetings: one team a supervisor, site, region and network.

    Parameters
    ----------
    sites
        ``site_id, region_id``.
    practitioners
        ``site_id, supervisor_id, left_on``.
    parameters
        Dates of the series and, in ``teams``, the truth.
    seed
        Seed of the network.
    """
    planned = list(_planned(sites, practitioners, parameters))
    streams = streams_of(seed).teams.spawn(len(planned))
    broken = {(one.level, one.position): one.how for one in parameters.teams.broken}
    teams, meetings, truth = [], [], []
    for team, random in zip(planned, streams, strict=True):
        how = broken.get((team.level, team.position), "")
        row = _team(team, how, parameters, random)
        met, share = _meetings(row, how, parameters, random)
        truth.append(
            {
                "team_id": team.team_id,
                "level": team.level,
                "position": team.position,
                "broken": how,
                "meetings_planned": parameters.teams.meetings_planned.get(team.level, 0),
                "attendance": share,
            }
        )
        if how != ABSENT:
            teams.append(row)
            meetings.append(met)
    absent = {row["team_id"] for row in truth} - {row["team_id"] for row in teams}
    for row in teams:
        row["parent_team_id"] = None if row["parent_team_id"] in absent else row["parent_team_id"]
    held = meetings or [pd.DataFrame(columns=MEETING_COLUMNS)]
    return SimulatedTeams(
        pd.DataFrame(teams, columns=TEAM_COLUMNS).astype(
            dict.fromkeys(("formed_on", "closed_on"), "datetime64[us]")
        ),
        pd.concat(held, ignore_index=True),
        pd.DataFrame(truth),
    )


def _planned(
    sites: pd.DataFrame, practitioners: pd.DataFrame, parameters: NetworkParameters
) -> Iterator[_Planned]:
    """Every team from the network down, each with the one above it."""
    yield _Planned("N", "network", 0, None, None, 0)
    for position, region in enumerate(sorted(sites["region_id"].unique())):
        yield _Planned(f"R{region}", "region", position, None, "N", 0)
    here = practitioners[~(practitioners["left_on"] < pd.Timestamp(parameters.last_day))]
    under = here.groupby(["site_id", "supervisor_id"]).size()
    for position, site in enumerate(sites.to_dict("records")):
        own = f"S{site['site_id']}"
        yield _Planned(own, "site", position, site["site_id"], f"R{site['region_id']}", 0)
        if site["site_id"] not in under.index.get_level_values("site_id"):
            continue
        for number, people in enumerate(under.loc[site["site_id"]], start=1):
            name = f"P{site['site_id']}-{number}"
            yield _Planned(name, "practice", position, site["site_id"], own, int(people))


def _team(
    team: _Planned, how: str, parameters: NetworkParameters, random: np.random.Generator
) -> dict[str, Any]:
    truth = parameters.teams
    first, last = pd.Timestamp(parameters.first_day), pd.Timestamp(parameters.last_day)
    before, share = random.integers(*DAYS_FORMED_BEFORE), random.uniform(*CLOSED_AFTER)
    size = random.integers(*MEMBERS[team.level]) if team.level in MEMBERS else team.people + 1
    hours = truth.hours_a_member * int(size) * random.uniform(0.5, 1.5)
    supported = random.random() < truth.share_with_support_practitioner
    champions = random.binomial(team.people, truth.share_champions)
    closed = first + pd.Timedelta(days=int((last - first).days * share))
    return {
        "team_id": team.team_id,
        "level": team.level,
        "site_id": team.site_id,
        "parent_team_id": None if how == NOT_LINKED else team.parent,
        "formed_on": first - pd.Timedelta(days=int(before)),
        "closed_on": closed if how == CLOSED else pd.NaT,
        "members": int(size),
        "protected_hours": round(float(hours)),
        "has_support_practitioner": bool(supported) and team.level == "site",
        "champions": int(champions),
    }


def _meetings(
    team: dict[str, Any], how: str, parameters: NetworkParameters, random: np.random.Generator
) -> tuple[pd.DataFrame, float]:
    """Hold the meetings of a team, and tell the share of members who come to it on average."""
    truth = parameters.teams
    usual = float(np.clip(random.normal(truth.attendance, truth.attendance_sd), 0.02, 0.98))
    share = truth.attendance_where_few_come if how == FEW_COME else usual
    days = _days(str(team["level"]), how, parameters, random)
    held = random.random(len(days)) < truth.share_of_meetings_held
    held &= ~(days >= team["closed_on"])
    coming = _share_on_a_day(share, truth, len(days), random)
    attended = random.binomial(team["members"], coming)
    frame = pd.DataFrame(
        {
            "team_id": team["team_id"],
            "held_on": days,
            "attended": attended,
            "members": team["members"],
        }
    )
    return frame[held], share


def _days(
    level: str, how: str, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DatetimeIndex:
    """Days of the planned meetings: each quarter in equal parts, one day in each part."""
    planned = parameters.teams.meetings_planned.get(level, 0)
    first = Quarter.from_label(parameters.first_quarter)
    days = []
    for number in range(parameters.quarters):
        quarter = first.plus(number)
        length = (quarter.last_day - quarter.first_day).days + 1
        part = length // max(planned, 1)
        drawn = np.arange(planned) * part + np.floor(random.random(planned) * part)
        to_go = parameters.quarters - 1 - number
        seldom = QUARTERS_BETWEEN_SELDOM_MEETINGS
        if how == SELDOM_MEETS:
            drawn = drawn[:1] if to_go % seldom == seldom - 1 else drawn[:0]
        start = pd.Timestamp(quarter.first_day)
        days += [start + pd.Timedelta(days=int(day)) for day in drawn]
    return pd.DatetimeIndex(days)


def _share_on_a_day(
    share: float, truth: TeamParameters, count: int, random: np.random.Generator
) -> np.ndarray:
    """Shares of single days: beta about the team's own, so that members are alike on a day."""
    if truth.attendance_likeness == 0 or not 0 < share < 1:
        return np.full(count, share)
    size = 1 / truth.attendance_likeness - 1
    return random.beta(share * size, (1 - share) * size, count)
