"""Display tables of what goes with fidelity: follow-through, ownership and outcomes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_plans import odds_with_interval, said_or_why
from workbench.reporting.tables_words import is_yes, points_with_interval

LINK_COLUMNS = (
    "outcome",
    "outcome_title",
    "component",
    "title",
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "unit",
    "p_value",
    "p_adjusted",
    "shown",
    "n_rows",
    "n_plans",
    "n_practitioners",
    "n_sites",
    "reason",
)
OUTCOME_COLUMNS = (
    "measure",
    "subject",
    "lag",
    "within",
    "within_low",
    "within_high",
    "between",
    "between_low",
    "between_high",
    "unit",
    "shown",
    "n_rows",
    "n_practitioners",
    "reason",
)
MORE, LESS, NOT_SHOWN = mark("goes with more"), mark("goes with less"), mark("none shown")
WHOLE = mark("Practice as a whole")
NOTE = mark(
    "For 10 points more fidelity, with 95% intervals. Within: the same practitioners at times with "
    "more of it. Between: those with more of it beside others, who may differ in other ways. A "
    "verdict is on the first, and allows for all that was looked at. It is an association."
)


def is_ratio(row: Any) -> bool:
    """Whether a link is a ratio, for which 1 is no difference."""
    return "ratio" in str(row.unit)


def link_rows(links: pd.DataFrame) -> pd.DataFrame:
    """Rows of links: each outcome with practice as a whole first, and then its components."""
    rows = require(links, "links", LINK_COLUMNS)
    whole = rows["component"].fillna("").astype("str") == ""
    order = list(dict.fromkeys(rows["outcome"]))
    rank = rows["outcome"].map({name: place for place, name in enumerate(order)})
    rows = rows.assign(is_whole=whole, rank=rank, part=~whole)
    return rows.sort_values(["rank", "part"], kind="stable", ignore_index=True).drop(
        columns=["rank", "part"]
    )


def link_words(row: Any, value: Any, low: Any, high: Any) -> str:
    """Write a link with its interval, as a ratio or in points."""
    if is_ratio(row):
        return odds_with_interval(value, low, high)
    return points_with_interval(value, low, high, 1)


def link_verdict(row: Any) -> str:
    """Say with what more fidelity goes; never more than that."""
    if not printed.is_number(row.within):
        return say(printed.NO_NUMBER)
    if not is_yes(row.shown):
        return say(NOT_SHOWN)
    return say(MORE if row.within > (1 if is_ratio(row) else 0) else LESS)


def link_title(row: Any) -> str:
    """Write which part of practice a link is about."""
    return say(WHOLE) if row.is_whole else printed.clean(str(row.title))


def links_table(links: pd.DataFrame) -> DisplayTable:
    """Write what more fidelity, and more of each component, goes with."""
    frame = written(
        link_rows(links),
        {
            mark("Follow-through, ownership"): lambda row: say(
                printed.clean(str(row.outcome_title))
            ),
            mark("More of"): link_title,
            mark("Verdict"): link_verdict,
            mark("Within practitioners"): lambda row: said_or_why(
                link_words(row, row.within, row.within_low, row.within_high), row
            ),
            mark("Between practitioners"): lambda row: link_words(
                row, row.between, row.between_low, row.between_high
            ),
            mark("Plans"): lambda row: printed.number(row.n_plans),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    return DisplayTable(say("What goes with fidelity"), frame, say(NOTE))


def outcome_links_table(outcome_links: pd.DataFrame) -> DisplayTable:
    """Write what outcomes go with fidelity, at once and some quarters later."""
    frame = written(
        require(outcome_links, "outcome_links", OUTCOME_COLUMNS),
        {
            mark("Outcome"): lambda row: printed.clean(terms.plain(str(row.measure))),
            mark("Of"): lambda row: say(printed.clean(str(row.subject))),
            mark("Quarters later"): lambda row: printed.number(row.lag),
            mark("Verdict"): link_verdict,
            mark("Within"): lambda row: said_or_why(
                link_words(row, row.within, row.within_low, row.within_high), row
            ),
            mark("Between"): lambda row: link_words(
                row, row.between, row.between_low, row.between_high
            ),
            mark("Rows"): lambda row: printed.number(row.n_rows),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say("Each in its own unit. {note}", note=say(NOTE))
    return DisplayTable(say("Fidelity and outcomes"), frame, note)
