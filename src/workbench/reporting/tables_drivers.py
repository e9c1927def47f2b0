"""Display table of drivers and best practices, in the field's own order."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import rows_of_place
from workbench.reporting.tables_words import WITHHELD

DRIVER_COLUMNS = (
    "level",
    "name",
    "title",
    "driver",
    "score",
    "conf_low",
    "conf_high",
    "share_in_place",
    "share_not_in_place",
    "n_respondents",
    "status",
    "previous_score",
    "change",
    "lowest",
    "highest",
)


def level_title(row: Any) -> str:
    """Title of a row of driver scores; a composite is called a group of drivers."""
    is_bare = row.level == "composite" and not str(row.title).endswith("drivers")
    return say("{title} drivers", title=say(str(row.title))) if is_bare else str(row.title)


GROUPS = list(terms.COMPOSITES)
DRIVERS = [driver for members in terms.COMPOSITES.values() for driver in members]
GROUP_OF = {driver: group for group, members in terms.COMPOSITES.items() for driver in members}
DEPTHS = {"composite": 0, "driver": 1, "best_practice": 2}


def driver_groups(rows: pd.DataFrame) -> pd.Series:
    """Composite to which each row belongs."""
    owner = rows["driver"].where(rows["level"] == "best_practice", rows["name"])
    return owner.map(GROUP_OF).where(rows["level"] != "composite", rows["name"])


def drivers_in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Each composite, under it its drivers, under each driver its best practices."""
    about = zip(rows["level"], rows["name"], rows["driver"], strict=True)
    keys = [_place_in_order(*row) for row in about]
    order = sorted(range(len(rows)), key=keys.__getitem__)
    return rows.iloc[order].reset_index(drop=True)


def _place_in_order(level: str, name: str, driver: str) -> tuple[int, int, int, int]:
    """Key by which rows are sorted; what the field's grouping doesn't know comes last."""
    owner = driver if level == "best_practice" else name
    group = name if level == "composite" else GROUP_OF.get(owner, "")
    depth = DEPTHS[level]
    return (
        GROUPS.index(group) if group in GROUPS else len(GROUPS),
        min(depth, 1),
        DRIVERS.index(owner) if owner in DRIVERS else len(DRIVERS),
        depth,
    )


def _score(row: Any) -> str:
    if row.status == WITHHELD:
        return "–"
    return printed.with_interval(row.score, row.conf_low, row.conf_high)


def drivers_table(driver_scores: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Each composite, driver and best practice, with the last two assessments."""
    rows = rows_of_place(driver_scores, "driver_scores", site_id, DRIVER_COLUMNS)
    frame = written(
        drivers_in_order(rows),
        {
            mark("Driver or best practice"): level_title,
            mark("Status"): lambda row: printed.verdict(row.status),
            mark("Score"): _score,
            mark("Range"): lambda row: printed.interval(row.lowest, row.highest, unit="percent"),
            mark("Rated in place"): lambda row: printed.share(row.share_in_place),
            mark("Last time"): lambda row: (
                "–"
                if row.status == WITHHELD
                else printed.number(row.previous_score, unit="percent")
            ),
            mark("Change"): lambda row: (
                "–" if row.status == WITHHELD else printed.number(row.change, signed=True)
            ),
            mark("Respondents"): lambda row: printed.number(row.n_respondents),
        },
    )
    note = (
        say(
            "Score: percent of full points, with its 95% interval. Range: lowest to highest "
            "respondent. Change: in points, since last time."
        )
        if site_id
        else say(
            "Score: percent of full points, with its 95% interval. Range: lowest to highest site. "
            "Change: in points, since last time."
        )
    )
    if (rows["status"] == WITHHELD).any():
        note += say(" Withheld: those who answered don’t agree enough for one score.")
    return DisplayTable(say("Drivers and best practices"), frame, note)
