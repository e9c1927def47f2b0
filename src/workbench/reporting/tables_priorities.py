"""Display tables of what to work on first: the cards of a site, what came of them, and the ties."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import hidden_rows, require
from workbench.reporting.tables_words import by_driver, is_yes, of_site, points_with_interval

CARD_COLUMNS = (
    "site_id",
    "order",
    "name",
    "title",
    "wording",
    "score",
    "conf_low",
    "conf_high",
    "tie",
    "improvable",
    "action",
    "owner_role",
    "due",
    "status",
    "set_in",
    "why",
)
TIE_COLUMNS = (
    "name",
    "title",
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "p_value",
    "tied",
    "n_assessments",
    "n_sites",
    "n_practitioners",
    "reason",
)
NEW, CARRIED_OVER, DONE = "new", mark("carried over"), "done"
STATUSES = {NEW: mark("New"), CARRIED_OVER: mark("Carried over"), DONE: mark("Done")}
NO_TIE = mark("no tie could be shown in these data")
GOES_WITH = mark("goes with fidelity")


def cards_of(priorities: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Cards that may be shown; of one site if one is named: the open ones, then those done."""
    rows = require(priorities, "priorities", CARD_COLUMNS)
    rows = rows[~hidden_rows(rows)].reset_index(drop=True)
    rows = of_site(rows, site_id) if site_id else rows
    last = rows["order"].where(rows["order"] > 0, rows["order"].max() + 1)
    return rows.loc[last.sort_values(kind="stable").index].reset_index(drop=True)


def priorities_table(priorities: pd.DataFrame, site_id: str) -> DisplayTable:
    """Write the cards of a site: what to take up, why, the step, who, until when."""
    frame = written(
        cards_of(priorities, site_id),
        {
            mark("Driver"): _name,
            mark("Why here"): _why_here,
            mark("Tie to fidelity"): lambda row: (
                str(row.tie) if printed.is_number(row.tie) else say(NO_TIE)
            ),
            mark("Best practice to begin with"): lambda row: str(row.wording) or "–",
            mark("Step"): lambda row: "–" if row.status == DONE else str(row.action) or "–",
            mark("For, and by when"): _owner,
            mark("Card"): _status,
        },
    )
    note = say(
        "At most three, so that they can be done. Why here: score in percent of full points with "
        "its 95% interval. A tie is in points of fidelity for 10 points of the driver; it is an "
        "association, and what else moved with the driver is not known."
    )
    return DisplayTable(say("Cards of this quarter"), frame, note)


def _name(row: Any) -> str:
    return f"{int(row.order)}. {row.title}" if row.order > 0 else str(row.title)


def _why_here(row: Any) -> str:
    score = printed.with_interval(row.score, row.conf_low, row.conf_high)
    if say(printed.NO_NUMBER) in score:
        return score
    left = printed.number(row.improvable, 0, mark("points to full"))
    return f"{score}: {left}" if printed.is_number(row.improvable) else score


def _owner(row: Any) -> str:
    if row.status == DONE:
        return "–"
    named = say(str(row.owner_role)).capitalize()
    owner = named if row.owner_role else say("Owner not named")
    return f"{owner}, {row.due}"


def _status(row: Any) -> str:
    """Write the status of a card; where it was set before, since when and on what ground."""
    words = say(STATUSES.get(str(row.status), str(row.status)))
    if row.status == NEW:
        return words
    since = say(", set in {set_in}", set_in=row.set_in) if row.set_in else ""
    why = f": {printed.clean(str(row.why))}" if printed.is_number(row.why) and row.why else ""
    return f"{words}{since}{why}"


def cards_table(priorities: pd.DataFrame) -> DisplayTable:
    """Count, driver by driver, the sites that have a card, and what came of last quarter's."""
    rows = by_driver(cards_of(priorities))
    found = []
    for _, mine in rows.groupby("name", sort=False):
        counts = mine["status"].value_counts()
        entry = {mark("Driver"): str(mine["title"].iloc[0])}
        entry |= {words: printed.number(counts.get(key, 0)) for key, words in STATUSES.items()}
        found.append(entry)
    total = rows["status"].value_counts()
    if found:
        every = {words: printed.number(total.get(key, 0)) for key, words in STATUSES.items()}
        found.append({mark("Driver"): say("All drivers"), **every})
    frame = pd.DataFrame(found, columns=["Driver", *STATUSES.values()], dtype="str")
    note = say(
        "Number of sites with a card for the driver. Each site has three open cards at most."
    )
    every_row = require(priorities, "priorities", CARD_COLUMNS)
    hidden = every_row.loc[hidden_rows(every_row), "site_id"].nunique()
    if hidden:
        note += say(
            " Left out, as too few answered there: {sites}.",
            sites=printed.counted(hidden, "sites"),
        )
    return DisplayTable(
        say("What sites work on, and what came of last quarter’s cards"), frame, note
    )


def tie_rows(driver_ties: pd.DataFrame) -> pd.DataFrame:
    """Rows of ties in the field's order of drivers."""
    return by_driver(require(driver_ties, "driver_ties", TIE_COLUMNS))


def tie_verdict(row: Any) -> str:
    """Say whether a driver goes with fidelity; never more than that."""
    if not printed.is_number(row.p_value):
        return say(printed.NO_NUMBER)
    return say(GOES_WITH) if is_yes(row.tied) else say("no tie shown")


def driver_ties_table(driver_ties: pd.DataFrame, points: float = 10) -> DisplayTable:
    """How fidelity stands in the quarters after, for so many points more of a driver."""
    frame = written(
        tie_rows(driver_ties),
        {
            mark("Driver"): lambda row: str(row.title),
            mark("Verdict"): _tie_with_reason,
            mark("Within sites, points"): lambda row: points_with_interval(
                row.within, row.within_low, row.within_high, 1
            ),
            mark("Between sites, points"): lambda row: points_with_interval(
                row.between, row.between_low, row.between_high, 1
            ),
            mark("Assessments"): lambda row: printed.number(row.n_assessments),
            mark("Sites"): lambda row: printed.number(row.n_sites),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    size = printed.number(points)
    note = say(
        "Points of fidelity in the quarters after an assessment, for {size} points "
        "more of the driver, with 95% intervals. Within sites: the driver above the "
        "site’s own mean. Between sites: a site with more of it beside another, which "
        "may differ in other ways. Only the first is called a tie, and only if it "
        "stands out when all drivers are allowed for.",
        size=size,
    )
    return DisplayTable(say("Which drivers go with fidelity afterwards"), frame, note)


def _tie_with_reason(row: Any) -> str:
    words = tie_verdict(row)
    if words == say(printed.NO_NUMBER) and printed.is_number(row.reason) and row.reason:
        return say("can’t be said: {reason}", reason=printed.clean(str(row.reason)))
    return words
