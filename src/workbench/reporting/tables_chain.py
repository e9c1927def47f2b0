"""Display tables of the chain of teams, their meetings, and who is in post."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, records, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_gate import NOT_RANKED
from workbench.reporting.tables_words import LEVELS, by_name, is_yes, of_site, share_with_interval

CHAIN_COLUMNS = (
    "site_id",
    "n_practitioners",
    "level",
    "team_id",
    "present",
    "linked_up",
    "working",
    "status",
    "cause",
    "chain",
    "broken_at",
    "reason",
)
MEETING_COLUMNS = (
    "team_id",
    "level",
    "quarter",
    "meetings",
    "meetings_agreed",
    "met_as_agreed",
    "attendance",
    "conf_low",
    "conf_high",
    "n_members",
)
POST_COLUMNS = ("team_id", "level", "hours_a_member", "has_support_practitioner", "champions")

WORKS = mark("works")
IN_PART = mark("some of its teams work")
IDLE = mark("there, but not working")
UNLINKED = mark("not linked to the level above")
NO_TEAM = mark("no team")
UNKNOWN = mark("can’t be told")
SIGNS = {WORKS: "●", IN_PART: "◆", IDLE: "▼", UNLINKED: "■", NO_TEAM: "✕", UNKNOWN: "○"}
"""The shape that a figure draws for each state of a level, as a sign."""
CHAINS = {"whole": mark("whole"), "in part": mark("holds in part"), "not told": UNKNOWN}
BREAKS = {
    "practice": mark("breaks at practice level"),
    "site": mark("breaks at site level"),
    "region": mark("breaks at region level"),
    "network": mark("breaks at network level"),
}
LEVEL_NAMES = {
    "practice": mark("Practice"),
    "site": mark("Site"),
    "region": mark("Region"),
    "network": mark("Network"),
}
TEAMS_OF_LEVELS = {
    "practice": mark("Practice team"),
    "site": mark("Site team"),
    "region": mark("Region team"),
    "network": mark("Network team"),
}


def chain_rows(team_chain: pd.DataFrame) -> pd.DataFrame:
    """Rows of the chain from the lowest level up, with ``mark``, the state of the level."""
    rows = require(team_chain, "team_chain", CHAIN_COLUMNS)
    order = rows["level"].map({level: place for place, level in enumerate(LEVELS)})
    rows = rows.assign(order=order).sort_values("order", kind="stable", ignore_index=True)
    marks = [_mark(row) for row in records(rows)]
    return rows.assign(mark=pd.Series(marks, dtype="str"))


def _mark(row: Any) -> str:
    """State of a level in words."""
    if row.status == "holds":
        return WORKS
    if row.status == "in part":
        return IN_PART
    if row.status == "breaks":
        if not is_yes(row.present):
            return NO_TEAM
        return UNLINKED if row.cause == "not linked" else IDLE
    return UNKNOWN


def chain_words(row: Any) -> str:
    """Say whether a site's chain is whole, or where it breaks."""
    if row.chain == "broken":
        return say(BREAKS[row.broken_at])
    return say(CHAINS.get(row.chain, UNKNOWN))


def level_words(level: Any) -> str:
    """Name a level of teams: ``Site``."""
    return say(LEVEL_NAMES[str(level)])


def levels_of(rows: pd.DataFrame) -> list[str]:
    """Levels at which a team was looked for, from the lowest up."""
    return [level for level in LEVELS if level in set(rows["level"])]


def chain_table(team_chain: pd.DataFrame, sites: pd.DataFrame) -> DisplayTable:
    """Write each site with the state of the teams above it, level by level."""
    rows = chain_rows(team_chain)
    by_site = by_name(rows.drop_duplicates("site_id"), sites)
    frame = written(
        by_site,
        {
            mark("Site"): lambda row: row.place,
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
            mark("Chain"): chain_words,
        },
    )
    for level in levels_of(rows):
        marks = rows[rows["level"] == level].set_index("site_id")["mark"]
        words = [state_words(mark) for mark in by_site["site_id"].map(marks).fillna(UNKNOWN)]
        frame[TEAMS_OF_LEVELS[level]] = pd.Series(words, index=frame.index, dtype="str")
    said = say(
        "A team works if it met as often as agreed and enough members came. Practitioners: those "
        "in post below the chain."
    )
    note = f"{said} {say(NOT_RANKED)}"
    return DisplayTable(say("Teams above each site"), frame, note)


def state_words(state: str) -> str:
    """Write the state of a level with its sign."""
    return f"{SIGNS[state]} {say(state)}"


def site_chain_table(team_chain: pd.DataFrame, site_id: str) -> DisplayTable:
    """Write the teams above one site, from the highest level down, with what is wrong."""
    rows = of_site(chain_rows(team_chain), site_id).iloc[::-1]
    frame = written(
        rows,
        {
            mark("Level"): lambda row: level_words(row.level),
            mark("Team"): lambda row: str(row.team_id) or "–",
            mark("State"): lambda row: state_words(row.mark),
            mark("Linked to the level above"): _linked,
            mark("What stands in the way"): reason_words,
        },
    )
    return DisplayTable(say("Teams above this site"), frame)


def reason_words(row: Any) -> str:
    """Say why a level does not hold; only the kind of cause where the team is small."""
    said = row.reason if printed.is_number(row.reason) and row.reason else row.cause
    return printed.sentence(say(str(said))) if printed.is_number(said) and said else "–"


def _linked(row: Any) -> str:
    if row.level == LEVELS[-1] or not is_yes(row.present):
        return "–"
    if not printed.is_number(row.linked_up):
        return say("in part, or not known")
    return say("yes") if is_yes(row.linked_up) else say("no")


def meetings_of(meetings: pd.DataFrame, teams: list[str]) -> pd.DataFrame:
    """Rows of some teams, by level from the lowest up, then by name and quarter."""
    rows = require(meetings, "team_meetings_by_quarter", MEETING_COLUMNS)
    rows = rows[rows["team_id"].isin(teams)]
    order = rows["level"].map({level: place for place, level in enumerate(LEVELS)})
    rows = rows.assign(order=order)
    return rows.sort_values(["order", "team_id", "quarter"], kind="stable", ignore_index=True)


def teams_above(team_chain: pd.DataFrame, site_id: str = "") -> list[str]:
    """Teams of a site's chain; for the network, those of regions and of the network."""
    rows = require(team_chain, "team_chain", CHAIN_COLUMNS)
    chosen = rows["site_id"] == site_id if site_id else rows["level"].isin(LEVELS[2:])
    rows = rows[chosen]
    names = [name for text in rows["team_id"].fillna("") for name in str(text).split(", ") if name]
    return list(dict.fromkeys(names))


def meetings_table(meetings: pd.DataFrame, teams: list[str]) -> DisplayTable:
    """Write how often each team met in each quarter, and what share of its members came."""
    frame = written(
        meetings_of(meetings, teams),
        {
            mark("Team"): team_words,
            mark("Quarter"): lambda row: row.quarter,
            mark("Meetings"): lambda row: printed.number(row.meetings),
            mark("Agreed"): lambda row: printed.number(row.meetings_agreed),
            mark("Members who came"): _came,
            mark("Members"): lambda row: printed.number(row.n_members),
        },
    )
    note = say(
        "Members who came: share of the seats at the quarter’s meetings, with its 95% interval."
    )
    return DisplayTable(say("Meetings of the teams"), frame, note)


def team_words(row: Any) -> str:
    """Write a team's name with its level."""
    return f"{row.team_id} ({level_words(row.level).lower()})"


def _came(row: Any) -> str:
    if row.meetings == 0:
        return "–"
    return share_with_interval(row.attendance, row.conf_low, row.conf_high)


def levels_table(meetings: pd.DataFrame) -> DisplayTable:
    """Count, for the last quarter, the teams of each level that met as agreed."""
    rows = require(meetings, "team_meetings_by_quarter", MEETING_COLUMNS)
    last = rows["quarter"].max() if len(rows) else ""
    now = rows[rows["quarter"] == last]
    found = []
    for level in levels_of(now):
        mine = now[now["level"] == level]
        told = mine[mine["met_as_agreed"].notna()]
        met = int(told["met_as_agreed"].astype(bool).sum())
        shares = mine["attendance"].dropna()
        found.append(
            {
                "Level": level_words(level),
                "Teams": printed.number(len(mine)),
                "Met as agreed": printed.part_of(met, len(told)),
                "Members who came": _range(shares),
            }
        )
    columns = [mark("Level"), mark("Teams"), mark("Met as agreed"), mark("Members who came")]
    frame = pd.DataFrame(found, columns=columns, dtype="str")
    note = say("Members who came: from the team with the lowest share to that with the highest.")
    return DisplayTable(say("Teams by level, {last}", last=last).rstrip(", "), frame, note)


def _range(shares: pd.Series) -> str:
    """Write the lowest and the highest of some shares; a single one by itself."""
    if len(shares) < 2:
        return printed.share(shares.iloc[0]) if len(shares) else say(printed.NO_NUMBER)
    return printed.interval(100 * shares.min(), 100 * shares.max(), unit="percent")


def posts_table(team_posts: pd.DataFrame, teams: list[str]) -> DisplayTable:
    """Who is in post on each team, and the hours that its members may give."""
    rows = require(team_posts, "team_posts", POST_COLUMNS)
    rows = rows[rows["team_id"].isin(teams)]
    order = rows["level"].map({level: place for place, level in enumerate(LEVELS)})
    frame = written(
        rows.assign(order=order).sort_values(["order", "team_id"], kind="stable"),
        {
            mark("Team"): team_words,
            mark("Support practitioner"): lambda row: _in_post(row.has_support_practitioner),
            mark("Champions"): lambda row: (
                printed.number(row.champions)
                if printed.is_number(row.champions)
                else say("not noted")
            ),
            mark("Protected hours a member"): lambda row: printed.number(row.hours_a_member, 1),
        },
    )
    note = say(
        "Protected hours: hours a month that were agreed. Whether they are kept is not recorded."
    )
    return DisplayTable(say("Who is in post on the teams"), frame, note)


def _in_post(value: Any) -> str:
    if not printed.is_number(value):
        return say("not noted")
    return say("yes") if is_yes(value) else say("no")
