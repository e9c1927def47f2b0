"""Display tables of follow-through: how soon actions are done, their states, and what faded."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, records, written
from workbench.reporting.evidence import NETWORK, SITE, require
from workbench.reporting.tables_words import by_name, of_site, share_with_interval

THROUGH_COLUMNS = (
    "scope",
    "site_id",
    "owner",
    "days",
    "share",
    "share_low",
    "share_high",
    "closed_first",
    "n_actions",
    "n_open",
    "n_plans",
    "n_practitioners",
    "reason",
)
CURVE_COLUMNS = (*THROUGH_COLUMNS[:9], "n_plans", "n_practitioners")
QUARTER_COLUMNS = (
    "scope",
    "site_id",
    "quarter",
    "share",
    "share_low",
    "share_high",
    "n_actions",
    "n_plans",
    "n_practitioners",
)
STATE_COLUMNS = ("scope", "site_id", "state", "actions", "share", "n_actions", "n_plans")
ADJUSTED_COLUMNS = (
    "scope",
    "site_id",
    "how",
    "actions",
    "share",
    "share_low",
    "share_high",
    "n_actions",
    "n_plans",
)
FADED_COLUMNS = (
    "scope",
    "site_id",
    "goals",
    "faded",
    "share",
    "share_low",
    "share_high",
    "n_plans",
    "n_plans_faded",
    "n_practitioners",
)
HAZARD_COLUMNS = (
    "kind",
    "term",
    "title",
    "estimate",
    "conf_low",
    "conf_high",
    "n_actions",
    "n_plans",
    "reason",
)
ALL = "all"
OWNERS = {
    "all": mark("All owners"),
    "person": mark("The person"),
    "family": mark("The family"),
    "natural support": mark("Natural supports"),
    "professional": mark("Professionals"),
}
"""Who has an action to do, in the order in which they are shown."""
STATES = {
    "done on time": mark("Done on time"),
    "done, no due date": mark("Done, no due date"),
    "done late": mark("Done late"),
    "overdue": mark("Overdue"),
    "open, not yet due": mark("Open, not yet due"),
    "open, no due date": mark("Open, no due date"),
    "plan closed first": mark("Plan closed first"),
}
HOW = {"agreed": mark("Agreed with the team"), "informal": mark("Informally")}
BRACKETS = mark("In brackets: 95% intervals.")
MARKS = (30, 60, 90)
"""Days at which follow-through is told."""
DONE_WITHIN = 30


def owner_words(owner: Any) -> str:
    """Write whose action it is."""
    known = OWNERS.get(str(owner))
    return say(known) if known else printed.clean(str(owner)).capitalize()


def in_order(rows: pd.DataFrame, column: str, order: dict[str, str]) -> pd.DataFrame:
    """Sort rows by a fixed order of a column; others stand last, by name."""
    rank = rows[column].map({name: place for place, name in enumerate(order)}).fillna(len(order))
    ranked = rows.assign(rank=rank).sort_values(["rank", column], kind="stable")
    return ranked.drop(columns="rank").reset_index(drop=True)


def rows_at(rows: pd.DataFrame, site_id: str) -> pd.DataFrame:
    """Rows of a site, or of the network where ``site_id`` is empty."""
    return of_site(rows[rows["scope"] == (SITE if site_id else NETWORK)], site_id)


def rows_by_place(rows: pd.DataFrame, sites: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows with the ``place`` of each: sites in the order of names and the network, or one site."""
    network = rows[rows["scope"] == NETWORK].assign(place=say("The network"))
    own = rows[rows["scope"] == SITE]
    own = own[own["site_id"] == site_id] if site_id else own
    return pd.concat([by_name(own, sites), network], ignore_index=True)


def said_or_why(text: str, row: Any) -> str:
    """Write a number, or in its place why there is none."""
    why = getattr(row, "reason", "")
    if has_no_number(text) and printed.is_number(why) and why:
        return say("can’t be said: {why}", why=printed.clean(str(why)))
    return text


def has_no_number(text: str) -> bool:
    """Whether a written number says that there is none."""
    return say(printed.NO_NUMBER) in text


def interval_of_share(row: Any) -> str:
    """Write the share of a row with its interval, or why there is none."""
    return said_or_why(share_with_interval(row.share, row.share_low, row.share_high), row)


def through_rows(follow_through: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of follow-through at a place, by owner in the order shown and by days."""
    rows = rows_at(require(follow_through, "follow_through", THROUGH_COLUMNS), site_id)
    return in_order(rows.sort_values("days", kind="stable"), "owner", OWNERS)


def follow_through_table(follow_through: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Write the share of actions done within 30, 60 and 90 days, by owner."""
    frame = written(
        through_rows(follow_through, site_id),
        {
            mark("Action of"): lambda row: owner_words(row.owner),
            mark("Days since agreed"): lambda row: printed.number(row.days),
            mark("Done by then"): interval_of_share,
            mark("Plan closed first"): lambda row: printed.share(row.closed_first),
            mark("Actions"): lambda row: printed.number(row.n_actions),
            mark("Not followed so long"): lambda row: printed.number(row.n_open),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    note = say(
        "In brackets: 95% intervals. An action that is still open counts as not done yet, never as "
        "failed: its days so far are allowed for. Not followed so long: open, and agreed on fewer "
        "days ago."
    )
    return DisplayTable(say("Actions done since they were agreed"), frame, note)


def quarter_rows(follow_through_by_quarter: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of follow-through by the quarter in which actions were agreed, in the order of time."""
    frame = require(follow_through_by_quarter, "follow_through_by_quarter", QUARTER_COLUMNS)
    return rows_at(frame, site_id).sort_values("quarter", ignore_index=True)


def follow_through_course_table(
    follow_through_by_quarter: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write the share done within 30 days, by the quarter in which the actions were agreed."""
    frame = written(
        quarter_rows(follow_through_by_quarter, site_id),
        {
            mark("Agreed in"): lambda row: str(row.quarter),
            mark("Done within 30 days"): interval_of_share,
            mark("Actions"): lambda row: printed.number(row.n_actions),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    return DisplayTable(say("Follow-through by the quarter of agreement"), frame, say(BRACKETS))


def hazard_table(follow_through_hazard: pd.DataFrame) -> DisplayTable:
    """Write how likely an open action is to be done in each stretch, and what goes with it."""

    def size(row: Any) -> str:
        if row.kind == "interval":
            return share_with_interval(row.estimate, row.conf_low, row.conf_high)
        return odds_with_interval(row.estimate, row.conf_low, row.conf_high)

    frame = written(
        require(follow_through_hazard, "follow_through_hazard", HAZARD_COLUMNS),
        {
            mark("Stretch, or what differs"): lambda row: printed.clean(str(row.title)),
            mark("Chance, or odds ratio"): lambda row: said_or_why(size(row), row),
            mark("Actions"): lambda row: printed.number(row.n_actions),
            mark("Plans"): lambda row: printed.number(row.n_plans),
        },
    )
    note = say(
        "A percent is the chance that an action of a typical plan, still open, is done in that "
        "stretch. An odds ratio over 1 goes with sooner. In brackets: 95% intervals."
    )
    return DisplayTable(say("When actions are done"), frame, note)


def odds_with_interval(value: Any, low: Any, high: Any) -> str:
    """Write an odds ratio with its interval.

    >>> odds_with_interval(1.234, 1.0, 1.5)
    '1.23 (1.00 to 1.50)'
    """
    if not printed.is_number(value):
        return say(printed.NO_NUMBER)
    known = printed.is_number(low) and printed.is_number(high)
    between = printed.interval(low, high, 2) if known else say("no interval")
    return f"{printed.number(value, 2)} ({between})"


def state_rows(actions_state: pd.DataFrame, sites: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Rows of states with their ``place``, in the order of places and of states."""
    rows = in_order(require(actions_state, "actions_state", STATE_COLUMNS), "state", STATES)
    return rows_by_place(rows, sites, site_id)


def places_of(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Rows of each place in the order in which places stand."""
    return [(str(name), mine) for (name, _), mine in rows.groupby(["place", "site_id"], sort=False)]


def actions_state_table(
    actions_state: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write how many actions of each place are in each state."""
    rows = state_rows(actions_state, sites, site_id)
    places = places_of(rows)
    columns = [mark("Place"), *STATES.values(), mark("Actions")]
    lines = []
    for place, mine in places:
        told = {row.state: state_cell(row) for row in records(mine)}
        known = mine["n_actions"].iloc[0]
        total = printed.number(known) if printed.is_number(known) else printed.HIDDEN
        lines.append([place, *(told.get(state, "0") for state in STATES), total])
    note = say(
        "Number of actions, and their share of all that were agreed. Overdue: open after the day "
        "that was set. Open is not failed."
    )
    frame = pd.DataFrame(lines, columns=columns, dtype="str")
    return DisplayTable(say("State of the actions"), frame, note)


def state_cell(row: Any) -> str:
    """Write the number of actions in a state with their share."""
    if not printed.is_number(row.actions):
        return printed.HIDDEN
    share = f" ({printed.share(row.share)})" if printed.is_number(row.share) else ""
    return printed.number(row.actions) + share


def actions_adjusted_table(
    actions_adjusted: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write how many actions were changed after they were agreed, and how."""
    rows = in_order(require(actions_adjusted, "actions_adjusted", ADJUSTED_COLUMNS), "how", HOW)
    frame = written(
        rows_by_place(rows, sites, site_id),
        {
            mark("Place"): lambda row: row.place,
            mark("Changed"): lambda row: say(HOW[row.how]) if row.how in HOW else str(row.how),
            mark("Actions changed"): lambda row: printed.number(row.actions),
            mark("Of all actions"): interval_of_share,
            mark("All actions"): lambda row: printed.number(row.n_actions),
        },
    )
    note = say(
        "A change that the team agrees on keeps the plan alive. One that is made informally may be "
        "the first sign that the plan did not fit. In brackets: 95% intervals."
    )
    return DisplayTable(say("Actions that were changed"), frame, note)


def faded_goals_table(
    faded_goals: pd.DataFrame, sites: pd.DataFrame, site_id: str = ""
) -> DisplayTable:
    """Write how many open goals have not moved while others of the same plan did."""
    frame = written(
        rows_by_place(require(faded_goals, "faded_goals", FADED_COLUMNS), sites, site_id),
        {
            mark("Place"): lambda row: row.place,
            mark("Goals"): lambda row: printed.number(row.goals),
            mark("Faded"): lambda row: printed.number(row.faded),
            mark("Share"): interval_of_share,
            mark("Plans"): lambda row: printed.number(row.n_plans),
            mark("Plans with a faded goal"): lambda row: printed.number(row.n_plans_faded),
        },
    )
    note = say(
        "Goals: open, in open plans in which something moved lately. Faded: none of its actions "
        "moved in the time that the programme has set. In brackets: 95% intervals."
    )
    return DisplayTable(say("Goals that faded"), frame, note)
