"""The chain of teams above each site: which levels hold, and the lowest at which it breaks.

A team is linked if the team it reports to is open and of a higher level. Where the team above is
gone, the break is told at the level that is gone and not at the team that still reports to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.language import mark, say

LEVELS = (mark("practice"), mark("site"), mark("region"), mark("network"))
"""From the lowest to the highest."""
CHAIN_COLUMNS = [
    "site_id", "n_practitioners", "level", "team_id", "n_teams", "present", "linked_up", "working",
    "status", "cause", "chain", "broken_at", "reason",
]  # fmt: skip

HOLDS, BREAKS, IN_PART, NOT_TOLD = "holds", "breaks", "in part", "not told"
WHOLE, BROKEN = "whole", "broken"
ABSENT, NOT_LINKED = mark("absent"), mark("not linked")
NO_TEAM_ABOVE, GONE, NOT_HIGHER = "no team above", "gone", "not higher"
NO_LINK_HERE = mark("no link from this site leads to one, so which team is its own can't be told")
NONE_OPEN = {
    "practice": mark("no practice team is open here"),
    "site": mark("no site team is open here"),
    "region": mark("no region team is open"),
    "network": mark("no network team is open"),
}


@dataclass(frozen=True)
class _Team:
    """An open team: whether it works, and where its link leads."""

    team_id: str
    level: str
    site_id: str
    working: bool | None
    cause: str
    why: str
    parent: str = ""
    link: str = ""
    why_no_link: str = ""


@dataclass(frozen=True)
class _Level:
    """One level above a site, as far as the tables tell."""

    level: str
    teams: tuple[_Team, ...]
    present: bool | None
    holding: tuple[bool | None, ...] = ()
    reasons: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        if self.present is None:
            return NOT_TOLD
        if not self.present or all(one is False for one in self.holding):
            return BREAKS
        if all(self.holding):
            return HOLDS
        return NOT_TOLD if None in self.holding else IN_PART


def expected_levels(teams: pd.DataFrame, sites: pd.DataFrame) -> tuple[str, ...]:
    """Levels at which a team is looked for: the region's only if there are regions."""
    named = "region_id" in sites.columns and bool(sites["region_id"].notna().any())
    if named or (teams["level"] == "region").any():
        return LEVELS
    return tuple(level for level in LEVELS if level != "region")


def chain_by_site(
    teams: pd.DataFrame,
    working: pd.DataFrame,
    practitioners_by_site: Mapping[str, int],
    levels: tuple[str, ...],
) -> pd.DataFrame:
    """Follow the links up from every site.

    Parameters
    ----------
    teams
        Every team that was handed in: ``team_id, level, site_id, parent_team_id``, ``is_open``
        and ``state`` (why it is not open).
    working
        By ``team_id`` of the open ones: ``working, cause, why``.
    practitioners_by_site
        Practitioners in post by ``site_id``: the sites that are told.
    levels
        Levels at which a team is looked for, from the lowest up.

    Returns
    -------
    DataFrame
        One row a site and level: ``CHAIN_COLUMNS``.
    """
    by_id = _by_name(teams.set_index("team_id", drop=False))
    said = _by_name(working)
    open_teams = [_team(row, said[name], by_id) for name, row in by_id.items() if row["is_open"]]
    rows = []
    for site_id in sorted(practitioners_by_site):
        found = _levels_of(site_id, open_teams, levels, by_id)
        rows += _rows(site_id, practitioners_by_site[site_id], found)
    return pd.DataFrame(rows, columns=CHAIN_COLUMNS).astype(
        dict.fromkeys(("present", "linked_up", "working"), "boolean")
    )


def _by_name(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows as dicts, by the index."""
    rows = frame.to_dict("index").items()
    return {str(name): {str(key): cell for key, cell in row.items()} for name, row in rows}


def _team(
    row: Mapping[str, Any], said: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]
) -> _Team:
    parent = "" if pd.isna(row["parent_team_id"]) else str(row["parent_team_id"])
    link, why = _link(str(row["team_id"]), parent, by_id)
    works = None if pd.isna(said["working"]) else bool(said["working"])
    return _Team(
        team_id=str(row["team_id"]),
        level=str(row["level"]),
        site_id="" if pd.isna(row["site_id"]) else str(row["site_id"]),
        working=works,
        cause=str(said["cause"]),
        why=str(said["why"]),
        parent=parent,
        link=link,
        why_no_link=why,
    )


def _link(team: str, parent: str, by_id: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """Tell what is wrong with a team's link upwards, in a word and in words; empty if nothing."""
    if not parent:
        return NO_TEAM_ABOVE, say("names no team above it")
    if parent not in by_id:
        return GONE, say("reports to team {parent}, which is not in the table", parent=parent)
    if _in_a_circle(team, by_id):
        return NOT_HIGHER, say("has links upwards that run in a circle")
    above = by_id[parent]
    if LEVELS.index(str(above["level"])) <= LEVELS.index(str(by_id[team]["level"])):
        why = say("reports to team {parent}, which is of no higher level", parent=parent)
        return NOT_HIGHER, why
    if not above["is_open"]:
        state = above["state"]
        return GONE, say("reports to team {parent}, which {state}", parent=parent, state=state)
    return "", ""


def _in_a_circle(team: str, by_id: Mapping[str, Mapping[str, Any]]) -> bool:
    seen, here = {team}, by_id[team]["parent_team_id"]
    while not pd.isna(here) and here in by_id:
        if here in seen:
            return here == team
        seen.add(str(here))
        here = by_id[str(here)]["parent_team_id"]
    return False


def _levels_of(
    site_id: str,
    teams: list[_Team],
    levels: tuple[str, ...],
    by_id: Mapping[str, Mapping[str, Any]],
) -> list[_Level]:
    """Levels above a site, with the teams that links from the site reach."""
    reached: dict[str, list[_Team]] = {level: [] for level in LEVELS}
    for level in LEVELS:
        own = [one for one in teams if one.level == level and one.site_id == site_id]
        if level in ("practice", "site"):
            reached[level] += [one for one in own if one not in reached[level]]
        for linked in [one for one in reached[level] if not one.link]:
            above = next(one for one in teams if one.team_id == linked.parent)
            if above not in reached[above.level]:
                reached[above.level].append(above)
    network = [one for one in teams if one.level == "network"]
    reached["network"] = reached["network"] or network
    return [_level(level, reached, teams, levels, by_id, site_id) for level in levels]


def _level(
    level: str,
    reached: Mapping[str, list[_Team]],
    teams: list[_Team],
    levels: tuple[str, ...],
    by_id: Mapping[str, Mapping[str, Any]],
    site_id: str,
) -> _Level:
    here = tuple(reached[level])
    if not here:
        present, why = _absent(level, reached, teams, by_id, site_id)
        return _Level(level, here, present, (), (why,), (ABSENT,) if present is False else ())
    higher = levels[levels.index(level) + 1 :]
    holding, reasons, causes = [], [], []
    for team in here:
        own_fault = bool(higher) and _is_own_fault(team, higher[0], reached, teams)
        holding.append(False if own_fault else team.working)
        reasons += [_of_team(team.team_id, team.why)] if team.why else []
        causes += [team.cause] if team.working is False else []
        if team.link and higher:
            reasons.append(_of_team(team.team_id, team.why_no_link))
        if own_fault:
            causes.append(NOT_LINKED)
    return _Level(level, here, True, tuple(holding), tuple(reasons), tuple(causes))


def _is_own_fault(
    team: _Team, next_level: str, reached: Mapping[str, list[_Team]], teams: list[_Team]
) -> bool:
    """Whether a missing link is the team's own, and not that of a level that isn't there."""
    if not team.link:
        return False
    if next_level != "network" and (team.link == GONE or team.level == "practice"):
        return bool(reached[next_level])
    return any(one.level == next_level for one in teams)


def _absent(
    level: str,
    reached: Mapping[str, list[_Team]],
    teams: list[_Team],
    by_id: Mapping[str, Mapping[str, Any]],
    site_id: str,
) -> tuple[bool | None, str]:
    """Whether a level without a team is known to have none, and why."""
    closed = [
        _of_team(name, row["state"])
        for name, row in by_id.items()
        if row["level"] == level and not row["is_open"] and row["site_id"] == site_id
    ]
    if closed:
        return False, "; ".join(closed)
    below = [one for rank in LEVELS[: LEVELS.index(level)] for one in reached[rank]]
    gone = [one for one in below if one.link == GONE and _leads_to(one, level, by_id)]
    if gone:
        return False, "; ".join(_of_team(one.team_id, one.why_no_link) for one in gone)
    if level == "region" and any(one.level == level for one in teams):
        if any(one.level == "site" and not one.link for one in below):
            return False, say("links from this site pass over this level")
        return None, say(NO_LINK_HERE)
    return False, say(NONE_OPEN[level])


def _of_team(team: str, what: str) -> str:
    """Say of a team what it does; ``what`` is said already, and begins with its verb."""
    return say("team {team} {what}", team=team, what=what)


def _leads_to(team: _Team, level: str, by_id: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a link led to a level; one to a team that isn't in the table led one level up."""
    if team.parent in by_id:
        return by_id[team.parent]["level"] == level
    return LEVELS.index(team.level) + 1 == LEVELS.index(level)


def _rows(site_id: str, practitioners: int, found: list[_Level]) -> list[dict[str, object]]:
    broken = next((one.level for one in found if one.status == BREAKS), "")
    states = {one.status for one in found}
    chain = BROKEN if broken else next((one for one in (IN_PART, NOT_TOLD) if one in states), WHOLE)
    return [
        {
            "site_id": site_id,
            "n_practitioners": practitioners,
            "level": one.level,
            "team_id": ", ".join(team.team_id for team in one.teams),
            "n_teams": len(one.teams),
            "present": one.present,
            "linked_up": _shared([not team.link for team in one.teams])
            if one.level != "network"
            else None,
            "working": _shared([team.working for team in one.teams]),
            "status": one.status,
            "cause": one.causes[0] if one.causes else "",
            "chain": chain,
            "broken_at": broken,
            "reason": "; ".join(one.reasons),
        }
        for one in found
    ]


def _shared(values: list[bool | None]) -> bool | None:
    """Give what all have in common: missing where they differ or are not known."""
    return values[0] if values and len(set(values)) == 1 else None
