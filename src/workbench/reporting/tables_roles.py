"""Display tables of who says so: drivers by role, and how far roles differ."""

from __future__ import annotations

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, records, written
from workbench.reporting.evidence import hidden_rows, require
from workbench.reporting.tables_words import (
    ROLES,
    by_driver,
    is_yes,
    of_site,
    points_with_interval,
)

SCORE_COLUMNS = (
    "site_id",
    "name",
    "title",
    "role",
    "score",
    "conf_low",
    "conf_high",
    "n_respondents",
)
GAP_COLUMNS = (
    "site_id",
    "name",
    "title",
    "role_a",
    "role_b",
    "difference",
    "conf_low",
    "conf_high",
    "n_respondents",
    "sure",
)
BESIDE = "practitioner"


def role_rows(driver_scores_by_role: pd.DataFrame, site_id: str = "") -> pd.DataFrame:
    """Scores by role at one place, in the field's order of drivers and of roles."""
    rows = require(driver_scores_by_role, "driver_scores_by_role", SCORE_COLUMNS)
    rows = of_site(rows, site_id)
    ranks = {role: place for place, role in enumerate(ROLES)}
    order = rows["role"].map(ranks).fillna(len(ranks)).sort_values(kind="stable").index
    return by_driver(rows.loc[order].reset_index(drop=True))


def role_scores_table(driver_scores_by_role: pd.DataFrame, site_id: str = "") -> DisplayTable:
    """Write the score of each driver as each role gives it."""
    frame = written(
        role_rows(driver_scores_by_role, site_id),
        {
            mark("Driver"): lambda row: str(row.title),
            mark("Role"): lambda row: say(ROLES.get(row.role, str(row.role))),
            mark("Score"): lambda row: printed.with_interval(
                row.score, row.conf_low, row.conf_high
            ),
            mark("Respondents"): lambda row: printed.number(row.n_respondents),
        },
    )
    note = (
        say("Score: percent of full points, with its 95% interval over respondents.")
        if site_id
        else say("Score: percent of full points, with its 95% interval over sites.")
    )
    return DisplayTable(say("Drivers as each role sees them"), frame, note)


def driver_role_gap_table(
    driver_role_gap: pd.DataFrame, site_id: str = "", beside: str = BESIDE
) -> DisplayTable:
    """How far other roles score each driver from one role.

    Parameters
    ----------
    driver_role_gap
        Evidence table; not ``role_gap``, which is about raters of practice.
    site_id
        Site, or empty for the network.
    beside
        Role that the others are set beside.
    """
    rows = require(driver_role_gap, "driver_role_gap", GAP_COLUMNS)
    rows = of_site(rows, site_id)
    rows = by_driver(rows[rows["role_a"] == beside].reset_index(drop=True))
    cells = rows.assign(cell=_cells(rows))
    titles = dict(zip(rows["name"], rows["title"], strict=True))
    frame = pd.DataFrame({mark("Driver"): pd.Series(list(titles.values()), dtype="str")})
    for role in [role for role in ROLES if role in set(rows["role_b"])]:
        by_name = cells[cells["role_b"] == role].set_index("name")["cell"]
        name = say("{role} less {other}", role=say(ROLES[role]), other=say(ROLES[beside]).lower())
        frame[name] = pd.Series([by_name.get(key, "–") for key in titles], dtype="str")
    frame[mark("Stands out")] = pd.Series([_sure(rows, key) for key in titles], dtype="str")
    between = say("respondents") if site_id else say("sites that have both roles")
    note = say(
        "Points of the driver’s score, with 95% intervals over {between}. Stands out: "
        "more than chance gives when all pairs of roles and all drivers are looked at.",
        between=between,
    )
    return DisplayTable(say("Where roles see the drivers differently"), frame, note)


def _sure(rows: pd.DataFrame, name: str) -> str:
    """Name the roles whose difference on a driver stands out."""
    mine = rows[rows["name"] == name]
    roles = [str(role) for role, sure in zip(mine["role_b"], mine["sure"], strict=True)
             if is_yes(sure)]  # fmt: skip
    return ", ".join(say(ROLES.get(role, role)).lower() for role in roles) or "–"


def _cells(rows: pd.DataFrame) -> list[str]:
    found = []
    for row, hidden in zip(records(rows), hidden_rows(rows), strict=True):
        if hidden:
            found.append(printed.HIDDEN)
            continue
        found.append(points_with_interval(row.difference, row.conf_low, row.conf_high))
    return found
