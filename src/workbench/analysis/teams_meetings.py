"""How regularly teams meet, how many members come, and which teams work.

Members of a team who come to one meeting share its day, so their coming is more alike than chance
makes it. How much more is taken from all meetings of all teams, as the scatter of single meetings
about their team's own share. Real change over time counts as scatter too, so intervals are rather
too wide than too narrow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.language import mark, say
from workbench.models.proportions import Dispersion, dispersion_of_shares, wilson_interval
from workbench.quarters import Quarter, quarter_labels
from workbench.wording import count_of, number

MEETING_COLUMNS = [
    "team_id", "level", "site_id", "quarter", "meetings", "meetings_agreed", "met_as_agreed",
    "attended", "seats", "attendance", "conf_low", "conf_high", "n_members",
]  # fmt: skip

NO_LOG = mark("has no meeting noted in this quarter, nor has any other, so if it met can't be told")
NEW = mark("was formed or closed in this quarter and has not met in it")
NO_MEMBERS = mark("has no number of members noted at its meetings, so attendance can't be told")
SELDOM_MEETS, FEW_COME = mark("seldom meets"), mark("few come")


def meetings_by_quarter(
    teams: pd.DataFrame, meetings: pd.DataFrame, quarter: Quarter, agreed: Mapping[str, int]
) -> pd.DataFrame:
    """Count the meetings of every team in every quarter in which it stood, also where none was.

    Parameters
    ----------
    teams
        ``team_id, level, site_id, formed_on, closed_on, members``, one row a team.
    meetings
        From :func:`meetings_up_to`; it may be without rows.
    quarter
        Last quarter. The first is that of the first meeting of any team.
    agreed
        Meetings a quarter that teams of each level agreed on. In a quarter in which a team was
        formed or closed it is the share of the quarter's days, rounded down.

    Returns
    -------
    DataFrame
        One row a team and quarter: ``MEETING_COLUMNS``. ``seats`` is the sum of members over the
        meetings, ``attendance`` the share of them that were taken; ``met_as_agreed`` is missing
        where it can't be told.
    """
    if teams.empty or meetings.empty:
        return pd.DataFrame(columns=MEETING_COLUMNS)
    first = Quarter.containing(meetings["held_on"].min().date(), quarter.fiscal_year_starts)
    grid = pd.DataFrame(_grid(teams, first, quarter, agreed))
    if grid.empty:
        return pd.DataFrame(columns=MEETING_COLUMNS)
    sums = meetings.groupby(["team_id", "quarter"], as_index=False).agg(
        meetings=("held_on", "size"),
        attended=("attended", "sum"),
        seats=("members", "sum"),
        n_members=("members", "last"),
    )
    frame = grid.merge(sums, on=["team_id", "quarter"], how="left", suffixes=("_on_roll", ""))
    for name in ("meetings", "attended", "seats"):
        frame[name] = frame[name].fillna(0).astype(int)
    frame["n_members"] = frame["n_members"].fillna(frame["n_members_on_roll"]).astype("Int64")
    frame["met_as_agreed"] = _met(frame, set(meetings["quarter"]))
    seats = frame["seats"].where(frame["seats"] > 0).astype(float)
    low, high = wilson_interval(
        frame["attended"].to_numpy(), seats.to_numpy(), dispersion=scatter_of(meetings)
    )
    frame = frame.assign(attendance=frame["attended"] / seats, conf_low=low, conf_high=high)
    return frame[MEETING_COLUMNS]


def meetings_up_to(meetings: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Meetings up to the end of a quarter, none counted twice, with their quarter's label.

    Where more came than the team has members, everyone came.
    """
    if meetings.empty:
        return pd.DataFrame(columns=["team_id", "held_on", "attended", "members", "quarter"])
    frame = meetings[meetings["held_on"] <= pd.Timestamp(quarter.last_day)]
    frame = frame.drop_duplicates(["team_id", "held_on"]).sort_values("held_on", kind="stable")
    members = frame["members"].fillna(0).astype(int)
    attended = frame["attended"].fillna(0).astype(int)
    return frame.assign(
        members=members,
        attended=np.minimum(attended, members),
        quarter=quarter_labels(frame["held_on"], quarter.fiscal_year_starts),
    ).reset_index(drop=True)


def scatter_of(meetings: pd.DataFrame) -> Dispersion:
    """Scatter of single meetings about their team's own share, over all teams together."""
    return dispersion_of_shares(meetings["attended"], meetings["members"], meetings["team_id"])


def _grid(
    teams: pd.DataFrame, first: Quarter, last: Quarter, agreed: Mapping[str, int]
) -> Iterator[dict[str, object]]:
    """Every team in every quarter in which it stood for at least a day."""
    for team in teams.to_dict("records"):
        quarter = first
        while quarter <= last:
            share = _share_open(team["formed_on"], team["closed_on"], quarter)
            if share > 0:
                yield {
                    "team_id": team["team_id"],
                    "level": team["level"],
                    "site_id": team["site_id"],
                    "quarter": str(quarter),
                    "meetings_agreed": int(np.floor(agreed.get(team["level"], 1) * share)),
                    "n_members": team["members"],
                }
            quarter = quarter.plus(1)


def _share_open(formed: pd.Timestamp, closed: pd.Timestamp, quarter: Quarter) -> float:
    """Share of a quarter's days on which a team stood."""
    start, end = pd.Timestamp(quarter.first_day), _after(quarter)
    begins = start if pd.isna(formed) else max(formed, start)
    ends = end if pd.isna(closed) else min(closed, end)
    return max((ends - begins).days, 0) / (end - start).days


def _after(quarter: Quarter) -> pd.Timestamp:
    return pd.Timestamp(quarter.last_day + dt.timedelta(days=1))


def _met(frame: pd.DataFrame, logged: set[str]) -> pd.Series:
    """Whether a team met as agreed; missing where nobody logged, or it was too new to have met."""
    met = (frame["meetings"] >= frame["meetings_agreed"]).astype("boolean")
    too_new = (frame["meetings_agreed"] == 0) & (frame["meetings"] == 0)
    return met.mask(too_new | ~frame["quarter"].isin(logged))


def working_teams(
    teams: pd.DataFrame, by_quarter: pd.DataFrame, quarter: Quarter, attendance_at_least: float
) -> pd.DataFrame:
    """Tell which open teams worked in a quarter, and why not.

    Parameters
    ----------
    teams
        Open teams, ``team_id``.
    by_quarter
        From :func:`meetings_by_quarter`.
    quarter
        Quarter of the report.
    attendance_at_least
        Share of members, from 0 to 1, who must have come to the quarter's meetings.

    Returns
    -------
    DataFrame
        By ``team_id``: ``working`` (missing where it can't be told), ``cause`` and ``why``.
    """
    mine = by_quarter[by_quarter["quarter"] == str(quarter)]
    row_of = dict(zip(mine["team_id"], mine.to_dict("records"), strict=True))
    told = {
        team: _works(row_of.get(team), str(quarter), attendance_at_least)
        for team in teams["team_id"]
    }
    return pd.DataFrame.from_dict(told, orient="index", columns=["working", "cause", "why"]).astype(
        {"working": "boolean"}
    )


def _works(
    row: Mapping[Any, Any] | None, quarter: str, at_least: float
) -> tuple[bool | None, str, str]:
    if row is None or pd.isna(row["met_as_agreed"]):
        is_new = row is not None and row["meetings_agreed"] == 0
        return None, "", say(NEW) if is_new else say(NO_LOG)
    if not row["met_as_agreed"]:
        why = say(
            "held {meetings} in {quarter}, with {agreed} agreed",
            meetings=count_of(int(row["meetings"]), "meeting"),
            quarter=quarter,
            agreed=row["meetings_agreed"],
        )
        return False, SELDOM_MEETS, why
    share = float(row["attendance"])
    if np.isnan(share):
        return None, "", say(NO_MEMBERS)
    if share < at_least:
        why = say(
            "had {share}% of its members come in {quarter}, under {at_least}%",
            share=number(100 * share),
            quarter=quarter,
            at_least=number(100 * at_least),
        )
        return False, FEW_COME, why
    return True, "", ""
