"""Whether tables are whole: rows beside what a site usually hands in, and empty cells."""

from __future__ import annotations

import pandas as pd

from workbench.data.quality_report import QualityReport
from workbench.data.quality_shares import with_share
from workbench.data.schemas import TableSchema
from workbench.quarters import Quarter, quarter_labels

DAYS = {
    "fidelity_responses": "observed_on",
    "driver_responses": "assessed_on",
    "supports": "occurred_on",
    "adaptations": "noted_on",
    "work_conditions": "period_start",
    "recognition": "period_start",
    "plans": "opened_on",
    "plan_meetings": "held_on",
    "plan_actions": "agreed_on",
    "ownership_responses": "rated_on",
    "external_support": "period_start",
}
"""Column of the day by which a table's rows are counted."""
PERIODS = {"month": "M", "week": "W-SUN"}
COMPLETENESS = [
    "table", "site_id", "by", "period_start", "rows", "usual_rows", "share_of_usual", "cells",
    "empty_cells", "share_empty", "n_practitioners",
]  # fmt: skip
TRENDS = [
    "table", "quarter", "received", "set_aside", "share_set_aside", "conf_low", "conf_high",
    "cells", "empty_cells", "share_empty",
]  # fmt: skip
NO_QUARTER = "not known"


def completeness(
    accepted: dict[str, pd.DataFrame], schemas: dict[str, TableSchema], quarter: Quarter
) -> pd.DataFrame:
    """Rows and empty cells by table, site, and month or week.

    Parameters
    ----------
    accepted
        Rows that may be used, by table.
    schemas
        Tables of the study.
    quarter
        Quarter of the report; later rows are not counted.

    Returns
    -------
    DataFrame
        A period in which a site handed in nothing, between its first and the table's last, has 0
        rows. ``cells`` are those of columns that must be in the file.
    """
    parts = []
    for table, day in DAYS.items():
        if table not in accepted or accepted[table].empty:
            continue
        rows = accepted[table]
        rows = rows[rows[day] <= pd.Timestamp(quarter.last_day)]
        people, sites = _people_and_sites(rows, accepted)
        counted = pd.DataFrame(
            {
                "site_id": sites,
                "day": rows[day],
                "practitioner_id": people,
                **_cells(rows, schemas[table]),
            }
        ).dropna(subset=["site_id", "day"])
        # Rows that tell of a whole period are not handed in week by week.
        told = [by for by in PERIODS if by == "month" or day != "period_start"]
        parts += [_by_period(counted, table, by) for by in told if len(counted)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COMPLETENESS)


def _by_period(rows: pd.DataFrame, table: str, by: str) -> pd.DataFrame:
    periods = rows["day"].dt.to_period(PERIODS[by])
    found = rows.groupby(["site_id", periods]).agg(
        rows=("day", "size"),
        cells=("cells", "sum"),
        empty_cells=("empty_cells", "sum"),
        n_practitioners=("practitioner_id", "nunique"),
    )
    first = periods.groupby(rows["site_id"]).min()
    every = [
        (site, period)
        for site, start in first.items()
        for period in pd.period_range(start, periods.max(), freq=PERIODS[by])
    ]
    index = pd.MultiIndex.from_tuples(every, names=["site_id", "day"])
    found = found.reindex(index, fill_value=0).reset_index()
    found["usual_rows"] = found.groupby("site_id")["rows"].transform("median")
    usual = found["usual_rows"].where(found["usual_rows"] > 0)
    found["share_of_usual"] = found["rows"] / usual
    found["share_empty"] = found["empty_cells"] / found["cells"].where(found["cells"] > 0)
    found["period_start"] = found["day"].dt.start_time.astype("datetime64[us]")
    return found.assign(table=table, by=by)[COMPLETENESS]


def _people_and_sites(
    rows: pd.DataFrame, accepted: dict[str, pd.DataFrame]
) -> tuple[pd.Series, pd.Series]:
    """Practitioner and site of each row; by plan or practitioner where no site is written."""
    nobody = pd.Series(None, index=rows.index, dtype="str")
    people = rows.get("practitioner_id", nobody)
    sites = rows.get("site_id", nobody)
    plans = accepted.get("plans", pd.DataFrame())
    if "plan_id" in rows.columns and {"site_id", "practitioner_id"} <= set(plans.columns):
        of_plan = plans.set_index("plan_id")
        people = people.fillna(rows["plan_id"].map(of_plan["practitioner_id"]))
        sites = sites.fillna(rows["plan_id"].map(of_plan["site_id"]))
    listed = accepted.get("practitioners", pd.DataFrame())
    if "site_id" in listed.columns:
        sites = sites.fillna(people.map(listed.set_index("practitioner_id")["site_id"]))
    return people, sites


def _cells(rows: pd.DataFrame, schema: TableSchema) -> dict[str, pd.Series]:
    needed = [name for name in schema.required_columns if name in rows.columns]
    empty = rows[needed].isna().sum(axis=1)
    return {"cells": pd.Series(len(needed), index=rows.index), "empty_cells": empty}


def quality_by_quarter(
    quality: QualityReport, schemas: dict[str, TableSchema], quarter: Quarter
) -> pd.DataFrame:
    """Share set aside and share of empty cells, by table and quarter.

    A row set aside whose day can't be read stands under the quarter ``not known``.
    """
    parts = []
    for table, day in DAYS.items():
        if table not in quality.accepted:
            continue
        kept, aside = quality.accepted[table], quality.set_aside[table]
        counted = pd.DataFrame({"day": kept[day], "set_aside": 0, **_cells(kept, schemas[table])})
        written = aside.get(day, pd.Series(None, index=aside.index, dtype="str")).astype("str")
        days = pd.to_datetime(written.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
        spoiled = pd.DataFrame({"day": days, "set_aside": 1, "cells": 0, "empty_cells": 0})
        both = [part for part in (counted, spoiled) if len(part)]
        if not both:
            continue
        rows = pd.concat(both, ignore_index=True)
        rows = rows[rows["day"].isna() | (rows["day"] <= pd.Timestamp(quarter.last_day))]
        labels = quarter_labels(pd.to_datetime(rows["day"]), quarter.fiscal_year_starts)
        found = rows.groupby(labels.fillna(NO_QUARTER).rename("quarter")).agg(
            received=("set_aside", "size"),
            set_aside=("set_aside", "sum"),
            cells=("cells", "sum"),
            empty_cells=("empty_cells", "sum"),
        )
        found = with_share(found.reset_index(), "set_aside", "received", "share_set_aside")
        found["share_empty"] = found["empty_cells"] / found["cells"].where(found["cells"] > 0)
        parts.append(found.assign(table=table)[TRENDS])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=TRENDS)
