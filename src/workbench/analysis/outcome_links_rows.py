"""Measures of outcome with whose fidelity they are set beside."""

from __future__ import annotations

import pandas as pd

from workbench.analysis.lagged_fidelity import by_site

PRACTITIONER, SITE, PLAN = "practitioner", "site", "plan"
OF_PLAN = ["plan_id", "practitioner_id", "site_id"]


def measures(outcomes: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Each kind of subject and measure with its rows, those with most rows first.

    Of several values of a subject in one quarter the mean counts.
    """
    keys = ["subject", "measure", "subject_id", "quarter"]
    frame = outcomes.astype(dict.fromkeys(keys, "str"))
    frame = frame.groupby(keys, sort=True)["value"].mean().reset_index()
    parts = [
        (str(subject), str(measure), rows[["subject_id", "quarter", "value"]])
        for (subject, measure), rows in frame.groupby(["subject", "measure"], sort=True)
        if subject in (PRACTITIONER, SITE, PLAN)
    ]
    return sorted(parts, key=lambda part: -len(part[2]))


def fidelity_of(subject: str, cells: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Whose fidelity a measure is set beside, and that fidelity by quarter."""
    if subject == SITE:
        return "site_id", by_site(cells)
    return "practitioner_id", cells


def with_groups(
    subject: str, rows: pd.DataFrame, cells: pd.DataFrame, by_plan: pd.DataFrame
) -> pd.DataFrame:
    """Add the practitioner and site of each subject; rows of a plan not known are left out."""
    frame = rows.rename(columns={"subject_id": f"{subject}_id"})
    if subject == SITE:
        return frame
    if subject == PLAN:
        known = by_plan.reindex(columns=OF_PLAN).astype("str").drop_duplicates("plan_id")
        return frame.merge(known, on="plan_id")
    last = cells.drop_duplicates("practitioner_id", keep="last")
    return frame.merge(last[["practitioner_id", "site_id"]].astype("str"), on="practitioner_id")
