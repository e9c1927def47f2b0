"""Display tables of the two models: what was trained, what is rewarded, and how they agree."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import require
from workbench.reporting.tables_words import share_with_interval

SHARE_COLUMNS = (
    "name",
    "title",
    "group",
    "share",
    "share_low",
    "share_high",
    "direction",
    "n_rows",
    "n_practitioners",
)
ALIGNMENT_COLUMNS = (
    "period",
    "alignment",
    "conf_low",
    "conf_high",
    "explained",
    "explained_low",
    "explained_high",
    "n_rows",
    "n_practitioners",
    "reason",
)
PRACTICE = "practice"
GROUPS = {
    PRACTICE: mark("Practice, as trained"),
    "productivity": mark("Productivity"),
    "documentation": mark("Documentation"),
    "attendance": mark("Attendance"),
}
WHOLE = mark("The whole time")


def share_rows(two_models: pd.DataFrame) -> pd.DataFrame:
    """Rows of what is rewarded: components of practice first, in their order, then the rest."""
    rows = require(two_models, "two_models", SHARE_COLUMNS)
    ranks = {group: place for place, group in enumerate(GROUPS)}
    order = rows["group"].map(ranks).fillna(len(ranks)).sort_values(kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def alignment_rows(alignment: pd.DataFrame) -> pd.DataFrame:
    """Rows of the alignment: years in order, and then the whole time."""
    rows = require(alignment, "alignment", ALIGNMENT_COLUMNS)
    rows = rows.assign(period=rows["period"].fillna("").astype("str"))
    years = rows[rows["period"] != ""].sort_values("period", kind="stable")
    return pd.concat([years, rows[rows["period"] == ""]], ignore_index=True)


def whole_alignment(alignment: pd.DataFrame) -> pd.Series | None:
    """Row of the whole time; None where practice's share is not known or not shown."""
    rows = alignment_rows(alignment)
    rows = rows[(rows["period"] == "") & rows["alignment"].notna()]
    return rows.iloc[0] if len(rows) else None


def direction_words(row: Any) -> str:
    """Say whether more of it goes with a higher or a lower rating."""
    if not printed.is_number(row.direction) or row.direction == 0:
        return "–"
    return say("higher rating") if row.direction > 0 else say("lower rating")


def title_words(row: Any) -> str:
    """Name what is rated; the title of a component is the study's own."""
    title = str(row.title)
    return printed.clean(title if row.group == PRACTICE else say(title))


def two_models_table(two_models: pd.DataFrame) -> DisplayTable:
    """Write the share of each thing in what can be told of the rating."""
    frame = written(
        share_rows(two_models),
        {
            mark("What is rated"): title_words,
            mark("Trained"): lambda row: say("yes") if row.group == PRACTICE else say("no"),
            mark("Share of what is rewarded"): lambda row: share_with_interval(
                row.share, row.share_low, row.share_high
            ),
            mark("More of it goes with a"): direction_words,
            mark("Ratings"): lambda row: printed.number(row.n_rows),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "Share: of what these things tell of the rating together, with 95% intervals. It says what "
        "ratings go with, and not what those who rate had in mind."
    )
    return DisplayTable(say("What was trained, and what is rewarded"), frame, note)


def alignment_table(alignment: pd.DataFrame) -> DisplayTable:
    """Write practice's share by year, and how much of the rating is told at all."""
    frame = written(
        alignment_rows(alignment),
        {
            mark("Period"): lambda row: row.period or say(WHOLE),
            mark("Share of practice"): _alignment,
            mark("Of the rating that is told"): lambda row: share_with_interval(
                row.explained, row.explained_low, row.explained_high
            ),
            mark("Ratings"): lambda row: printed.number(row.n_rows),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "Share of practice: of what practice, productivity, documentation and attendance tell of "
        "the rating. At 100% nothing but trained practice is rewarded. In brackets: 95% intervals. "
        "What none of the four tells is not known, and may be much."
    )
    return DisplayTable(say("How far what is rewarded agrees with what was trained"), frame, note)


def _alignment(row: Any) -> str:
    known = printed.is_number(row.reason) and row.reason
    if not printed.is_number(row.alignment) and known:
        return say("can’t be said: {reason}", reason=printed.clean(str(row.reason)))
    return share_with_interval(row.alignment, row.conf_low, row.conf_high)
