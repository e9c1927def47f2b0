"""Cohorts in the place of sites: the same analyses, cut another way."""

from __future__ import annotations

import pandas as pd

from workbench.errors import ParameterError


def by_cohort(rows: pd.DataFrame, practitioners: pd.DataFrame, column: str) -> pd.DataFrame:
    """Put each practitioner's cohort in the place of the site.

    Parameters
    ----------
    rows
        With ``practitioner_id`` and ``site_id``, such as observations.
    practitioners
        One row a practitioner.
    column
        Column of ``practitioners`` that makes the cohorts; a day stands for its year.

    Returns
    -------
    DataFrame
        The rows of practitioners with an entry, the cohort as text in ``site_id``.

    Raises
    ------
    ParameterError
        If there is no such column; the message names those that there are.
    """
    if column not in practitioners.columns:
        known = [name for name in practitioners.columns if not name.startswith("source_")]
        raise ParameterError(f"practitioners has no '{column}'; it has {', '.join(known)}.")
    entry = practitioners.drop_duplicates("practitioner_id").set_index("practitioner_id")[column]
    if pd.api.types.is_datetime64_any_dtype(entry):
        entry = entry.dt.strftime("%Y")
    entry = entry.dropna().astype("str")
    cohort = rows["practitioner_id"].map(entry)
    return rows.assign(site_id=cohort)[cohort.notna()].reset_index(drop=True)


def named(observations: pd.DataFrame) -> pd.DataFrame:
    """Cohorts as figures and tables take sites: ``site_id, site_name`` and how many are in each."""
    people = observations.groupby("site_id")["practitioner_id"]
    counts = people.agg(practitioners="nunique", observations="size").reset_index()
    return counts.assign(site_name=counts["site_id"])[
        ["site_id", "site_name", "practitioners", "observations"]
    ]
