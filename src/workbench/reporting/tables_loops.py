"""Display tables of loops: what was raised, decided and answered, how soon, and what followed."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import hidden_rows, require
from workbench.reporting.tables_words import share_with_interval

SUMMARY_COLUMNS = (
    "scope",
    "level",
    "topic",
    "raised",
    "decided",
    "answered",
    "open",
    "waiting_for_decision",
    "waiting_for_answer",
    "median_days_to_decision",
    "median_low",
    "median_high",
    "median_days_to_answer",
    "median_answer_low",
    "median_answer_high",
    "share_answered_90",
    "share_low",
    "share_high",
    "reason",
)
CURVE_COLUMNS = ("scope", "level", "event", "days", "share", "conf_low", "conf_high", "at_risk")
POLICY_COLUMNS = ("level", "kind", "decisions", "of", "share", "conf_low", "conf_high")
EVENTS = {"decided": mark("Decided"), "answered": mark("Answered")}
MARKS_AT = (30, 60, 90)
"""Days at which shares are told."""
FEWEST_AT_RISK = 5
"""Items still waiting below which a curve is neither drawn nor told."""
KINDS = {
    "policy": mark("Policy"),
    "resources": mark("Resources"),
    "policy or resources": mark("Policy or resources"),
    "no": mark("No"),
    "other": mark("Other"),
    "not noted": mark("Not noted"),
}


class CurvePoint(NamedTuple):
    """A curve read at a day: share with the event by then, its interval, and who still waits."""

    event: str
    days: int
    share: float
    low: float
    high: float
    at_risk: int


def loop_curve(loops_curve: pd.DataFrame, event: str, level: str = "") -> pd.DataFrame:
    """Take the steps of one event, up to where too few items still wait.

    Parameters
    ----------
    loops_curve
        Evidence table.
    event
        ``decided`` or ``answered``.
    level
        Level asked; all items if empty.
    """
    rows = require(loops_curve, "loops_curve", CURVE_COLUMNS)
    chosen = (rows["event"] == event) & (rows["level"].fillna("") == level)
    chosen &= rows["scope"] == ("raised_to" if level else "network")
    rows = rows[chosen].sort_values("days", kind="stable")
    return rows[(rows["at_risk"] >= FEWEST_AT_RISK) & rows["share"].notna()].reset_index(drop=True)


def waiting_at(steps: pd.DataFrame, days: float) -> int:
    """Items still waiting at a day, from the first step at or after it; 0 if there is none."""
    later = steps[steps["days"] >= days]
    return int(later["at_risk"].iloc[0]) if len(later) else 0


def points_at(steps: pd.DataFrame, event: str) -> list[CurvePoint]:
    """Read a curve at each of the days told, as far as it is drawn."""
    found = []
    for days in MARKS_AT:
        before, waiting = steps[steps["days"] <= days], waiting_at(steps, days)
        if before.empty or not waiting:
            continue
        last = before.iloc[-1]
        ends = (float(last["conf_low"]), float(last["conf_high"]))
        found.append(CurvePoint(event, days, float(last["share"]), *ends, waiting))
    return found


def loop_points(loops_curve: pd.DataFrame, level: str = "") -> list[CurvePoint]:
    """Shares decided and answered within the days told."""
    return [
        point
        for event in EVENTS
        for point in points_at(loop_curve(loops_curve, event, level), event)
    ]


def whole_row(loops_summary: pd.DataFrame, level: str = "") -> pd.Series | None:
    """Row of all items, or of those asked of one level; None if it is missing or hidden."""
    rows = require(loops_summary, "loops_summary", SUMMARY_COLUMNS)
    scope = "raised_to" if level else "network"
    rows = rows[(rows["scope"] == scope) & (rows["level"].fillna("") == level) & ~hidden_rows(rows)]
    return rows.iloc[0] if len(rows) else None


def loop_flow_table(
    loops_summary: pd.DataFrame, loops_curve: pd.DataFrame, level: str = ""
) -> DisplayTable:
    """Write counts at each step, and shares decided and answered within the days told."""
    row = whole_row(loops_summary, level)
    counts = [] if row is None else [
        {"Step": name, "Items": printed.number(row[column]), "Share": "–", "Still waiting": "–"}
        for name, column in (
            (say("Raised"), "raised"),
            (say("Decided so far"), "decided"),
            (say("Answered so far"), "answered"),
            (say("Open: waiting for a decision"), "waiting_for_decision"),
            (say("Open: decided, waiting for the answer"), "waiting_for_answer"),
        )
    ]  # fmt: skip
    shares = [
        {
            mark("Step"): say(
                "{event} within {days} days", event=say(EVENTS[point.event]), days=point.days
            ),
            mark("Items"): "–",
            mark("Share"): share_with_interval(point.share, point.low, point.high),
            mark("Still waiting"): printed.number(point.at_risk),
        }
        for point in loop_points(loops_curve, level)
    ]
    columns = ["Step", "Items", "Share", "Still waiting"]
    frame = pd.DataFrame([*counts, *shares], columns=columns, dtype="str")
    note = say(
        "Share: of all items, with its 95% interval, by Kaplan and Meier’s method: an item that is "
        "still open counts as waiting up to the end of the quarter, and never as failed. Still "
        "waiting: items followed for so long that had not been decided or answered before."
    )
    return DisplayTable(say("From raised to answered"), frame, note)


def loops_table(loops_summary: pd.DataFrame) -> DisplayTable:
    """Write all items, and those of each level and topic."""
    frame = written(
        require(loops_summary, "loops_summary", SUMMARY_COLUMNS),
        {
            mark("Items"): _group,
            mark("Raised"): lambda row: printed.number(row.raised),
            mark("Decided"): lambda row: printed.number(row.decided),
            mark("Answered"): lambda row: printed.number(row.answered),
            mark("Open"): lambda row: printed.number(row.open),
            mark("Days until half is decided"): lambda row: days_with_interval(
                row.median_days_to_decision, row.median_low, row.median_high
            ),
            mark("Days until half is answered"): lambda row: days_with_interval(
                row.median_days_to_answer, row.median_answer_low, row.median_answer_high
            ),
            mark("Answered within 90 days"): lambda row: share_with_interval(
                row.share_answered_90, row.share_low, row.share_high
            ),
        },
    )
    note = say(
        "In brackets: 95% intervals. An open item is neither answered nor failed: it counts as "
        "waiting up to the end of the quarter."
    )
    return DisplayTable(say("What was raised, by who was asked, who asked, and topic"), frame, note)


def _group(row: Any) -> str:
    words = {
        "raised_to": say("Asked of: {level}", level=say(str(row.level))),
        "raised_by": say("Raised from: {level}", level=say(str(row.level))),
        "topic": say("Topic: {short}", short=printed.short(str(row.topic), 40)),
    }
    return words.get(row.scope, say("All"))


def days_with_interval(value: Any, low: Any, high: Any) -> str:
    """Write a median with its interval, which may have no upper end yet."""
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
    if not printed.is_number(low):
        return printed.number(value)
    if printed.is_number(high):
        return f"{printed.number(value)} ({printed.interval(low, high)})"
    return f"{printed.number(value)} ({say('{low} or more', low=printed.number(low))})"


def decisions_table(loops_policy: pd.DataFrame) -> DisplayTable:
    """Write which kinds of decision followed, as far as their words tell."""
    rows = require(loops_policy, "loops_policy", POLICY_COLUMNS)
    frame = written(
        rows[rows["level"].fillna("") == ""],
        {
            mark("What the decision speaks of"): lambda row: say(
                KINDS.get(str(row.kind), str(row.kind))
            ),
            mark("Decisions"): lambda row: printed.number(row.decisions),
            mark("Of"): lambda row: printed.number(row.of),
            mark("Share"): lambda row: share_with_interval(row.share, row.conf_low, row.conf_high),
        },
    )
    note = say(
        "This is read from the words of the decisions. It does not tell whether they were carried "
        "out. A decision may speak of both policy and resources."
    )
    return DisplayTable(say("What was decided"), frame, note)
