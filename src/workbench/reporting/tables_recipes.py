"""Tables of the notebooks in explore/ that no report prints."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.disclosure import blank_rows
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import names_of_sites, require
from workbench.settings import Privacy

MEAN_COLUMNS = ("instrument", "scope", "site_id", "quarter", "score", "n_scores", "unit", "n_units")
PLAN = "plan"
RATED = {
    PLAN: mark("Rated by it, plans"),
    "practitioner": mark("Rated by it, practitioners"),
    "respondent": mark("Rated by it, respondents"),
}


def instrument_means_table(
    means: pd.DataFrame, sites: pd.DataFrame, privacy: Privacy, site_id: str = ""
) -> DisplayTable:
    """Write two instruments side by side, a row a quarter, of the network or one site."""
    rows = require(means, "instrument_means", [*MEAN_COLUMNS, "conf_low", "conf_high"])
    fewest = rows["unit"].eq(PLAN).map({True: privacy.fewest_plans})
    few = rows["n_units"] < fewest.fillna(privacy.fewest_practitioners)
    rows = blank_rows(rows, few)
    own = rows[(rows["site_id"] == site_id) & (rows["scope"] == ("site" if site_id else "network"))]
    columns: dict[str, Any] = {}
    for title, part in own.groupby("instrument", sort=False):
        frame = written(
            part,
            {
                printed.short(str(title)): lambda row: printed.with_interval(
                    row.score, row.conf_low, row.conf_high
                ),
                RATED[part["unit"].iloc[0]]: lambda row: printed.number(row.n_units),
            },
        )
        columns |= {str(key): cells for key, cells in frame.set_axis(part["quarter"]).items()}
    name = names_of_sites(sites).get(site_id, say("the network"))
    table = pd.DataFrame(columns).sort_index().fillna("–")
    table.insert(0, mark("Quarter"), table.index.astype("str"))
    caption = say("Both instruments by quarter, {place}", place=printed.short(name))
    note = say("Means in percent of full points, with 95% intervals. –: not used in that quarter.")
    return DisplayTable(caption, table.reset_index(drop=True).astype("str"), note)


def _reason(text: Any) -> str:
    return printed.sentence(say(printed.clean(str(text))))


def together_table(together: pd.DataFrame) -> DisplayTable:
    """Write how far two instruments go together, between and within sites."""
    names = ["what", "correlation", "conf_low", "conf_high", "n", "n_of", "reason"]
    rows = require(together, "instruments_together", names)
    frame = written(
        rows,
        {
            mark("They go together"): lambda row: say(printed.clean(str(row.what))),
            mark("Correlation"): lambda row: printed.number(row.correlation, 2),
            mark("95% interval"): lambda row: printed.interval(row.conf_low, row.conf_high, 2),
            mark("Based on"): lambda row: printed.counted(row.n, str(row.n_of)),
            mark("Why there is none"): lambda row: _reason(row.reason),
        },
    )
    note = say(
        "1: where one is higher, so is the other; 0: no tie. An interval that holds 0 leaves it "
        "open. That two go together does not say that they measure the same."
    )
    return DisplayTable(say("Do the two tell the same of the same places?"), frame, note)


def double_codes_table(needed: pd.DataFrame) -> DisplayTable:
    """Write how many double-coded sessions would settle whether raters move."""
    names = ["quarters_ahead", "sessions", "sessions_a_quarter", "variance", "smallest_change"]
    rows = require(needed, "double_codes_needed", [*names, "variance_from"])
    frame = written(
        rows,
        {
            mark("Over the next quarters"): lambda row: printed.number(row.quarters_ahead),
            mark("Sessions in all"): lambda row: printed.number(row.sessions),
            mark("Sessions a quarter"): lambda row: printed.number(row.sessions_a_quarter, 1),
            mark("To see, points a quarter"): lambda row: printed.number(row.smallest_change, 1),
            mark("Variance of the differences"): lambda row: printed.number(row.variance, 1),
            mark("Known from"): lambda row: say(printed.clean(str(row.variance_from))),
        },
    )
    note = say("Sessions that two people rate, spread evenly, so that a rater who moves is seen.")
    return DisplayTable(say("Double-coded sessions that would settle it"), frame, note)
