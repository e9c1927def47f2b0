"""Display table of drivers and best practices, in the field's own order."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms
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
    return f"{row.title} drivers" if is_bare else str(row.title)


def driver_groups(rows: pd.DataFrame) -> pd.Series:
    """Composite to which each row belongs."""
    group_of = {driver: group for group, members in terms.COMPOSITES.items() for driver in members}
    owner = rows["driver"].where(rows["level"] == "best_practice", rows["name"])
    return owner.map(group_of).where(rows["level"] != "composite", rows["name"])


def drivers_in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Each composite, under it its drivers, under each driver its best practices."""
    groups = list(terms.COMPOSITES)
    drivers = [driver for members in terms.COMPOSITES.values() for driver in members]
    owner = rows["driver"].where(rows["level"] == "best_practice", rows["name"])
    depth = rows["level"].map({"composite": 0, "driver": 1, "best_practice": 2})
    keys = pd.DataFrame(
        {
            "group": driver_groups(rows).map(groups.index, na_action="ignore").fillna(len(groups)),
            "is_member": depth > 0,
            "driver": owner.where(owner.isin(drivers)).map(drivers.index, na_action="ignore"),
            "depth": depth,
        }
    )
    order = keys.sort_values(["group", "is_member", "driver", "depth"], kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def _score(row: Any) -> str:
    if row.status == WITHHELD:
        return "–"
    return printed.with_interval(row.score, row.conf_low, row.conf_high)


def drivers_table(driver_scores: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Each composite, driver and best practice, with the last two assessments."""
    rows = rows_of_place(driver_scores, "driver_scores", site_id, DRIVER_COLUMNS)
    who = "respondent" if site_id else "site"
    frame = written(
        drivers_in_order(rows),
        {
            "Driver or best practice": level_title,
            "Status": lambda row: printed.verdict(row.status),
            "Score": _score,
            "Range": lambda row: printed.interval(row.lowest, row.highest, unit="percent"),
            "Rated in place": lambda row: printed.share(row.share_in_place),
            "Last time": lambda row: (
                "–"
                if row.status == WITHHELD
                else printed.number(row.previous_score, unit="percent")
            ),
            "Change": lambda row: (
                "–" if row.status == WITHHELD else printed.number(row.change, signed=True)
            ),
            "Respondents": lambda row: printed.number(row.n_respondents),
        },
    )
    note = (
        f"Score: percent of full points, with its 95% interval. Range: lowest to highest {who}. "
        "Change: in points, since last time."
    )
    if (rows["status"] == WITHHELD).any():
        note += " Withheld: those who answered don’t agree enough for one score."
    return DisplayTable("Drivers and best practices", frame, note)
