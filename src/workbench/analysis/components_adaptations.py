"""The log of adaptations: how many small changes were noted, on what, planned or not.

The log says when a change was noted and not how long it stayed. A change counts as lasting only
where the same practitioner, or the same site, noted one on the same component again in a later
quarter. That is a sign and no proof: the second note may be of another change, and a change that
stayed may never have been noted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from workbench.quarters import Quarter, quarter_labels

COLUMNS = [
    "scope",
    "site_id",
    "component",
    "component_title",
    "n_adaptations",
    "planned",
    "not_planned",
    "consistent",
    "not_consistent",
    "unsure",
    "permanent",
    "n_practitioners",
]
COUNTED = ["planned", "not_planned", "consistent", "not_consistent", "unsure"]


@dataclass(frozen=True)
class Adaptations:
    """What the log holds up to the end of the report quarter.

    Attributes
    ----------
    by_component
        One row the network and component, and a site and component: ``n_adaptations`` noted, how
        many of them ``planned`` or ``not_planned``, and ``consistent``, ``not_consistent`` or
        ``unsure``; ``permanent``, in how many places (a practitioner, or a whole site) a change of
        this component was noted again in a later quarter; ``n_practitioners`` who made them,
        where a site's own adaptation counts everyone there.
    n
        Adaptations noted.
    n_practitioners
        Practitioners who made them.
    touched
        Ids of the components scored that they are on, the most often noted first.
    since
        Label of the quarter of the first note; empty without any.
    """

    by_component: pd.DataFrame
    n: int
    n_practitioners: int
    touched: tuple[str, ...]
    since: str


def count_adaptations(
    adaptations: pd.DataFrame,
    components: pd.DataFrame,
    practitioners: pd.DataFrame | None = None,
    quarter: str = "",
    fiscal_year_starts: int = 1,
) -> Adaptations:
    """Count the adaptations noted up to a quarter, by component, for the network and each site.

    Parameters
    ----------
    adaptations
        ``noted_on``, ``component``, ``planned`` (bool), ``fidelity_consistent`` (yes, no, unsure),
        and ``practitioner_id`` or ``site_id`` or both.
    components
        One row an observation and component, for titles, and for who works where if
        ``practitioners`` is None.
    practitioners
        ``practitioner_id`` and ``site_id``.
    quarter
        Label of the last quarter that counts; empty for all.
    fiscal_year_starts
        Month in which the fiscal year starts.
    """
    people = components if practitioners is None else practitioners
    homes = people.drop_duplicates("practitioner_id").set_index("practitioner_id")["site_id"]
    log = _prepared(adaptations, homes, quarter, fiscal_year_starts)
    staff = {site: set(group.index) for site, group in homes.groupby(homes)}
    titles = components.drop_duplicates("component").set_index("component")["component_title"]
    parts = [
        {
            "scope": "site" if site_id else "network",
            "site_id": site_id,
            "component": name,
            "component_title": titles.get(name, name),
            **_counts(group),
            "n_practitioners": len(_people(group, staff)),
        }
        for site_id, rows in _places(log)
        for name, group in rows.groupby("component", sort=True)
    ]
    often = log["component"].value_counts(sort=True)
    touched = tuple(str(name) for name in often.index if name in titles.index)
    since = str(log.sort_values("noted_on")["quarter"].iloc[0]) if len(log) else ""
    table = pd.DataFrame(parts, columns=COLUMNS)
    return Adaptations(table, len(log), len(_people(log, staff)), touched, since)


def _prepared(
    adaptations: pd.DataFrame, homes: pd.Series, quarter: str, fiscal_year_starts: int
) -> pd.DataFrame:
    """Adaptations up to the quarter, each with its site and quarter, and who made it."""
    log = adaptations.reindex(
        columns=[
            "noted_on",
            "practitioner_id",
            "site_id",
            "component",
            "planned",
            "fidelity_consistent",
        ]
    )
    log = log[log["noted_on"].notna() & log["component"].notna()]
    if quarter:
        last = Quarter.from_label(quarter, fiscal_year_starts).last_day
        log = log[log["noted_on"] <= pd.Timestamp(last)]
    log = log.reset_index(drop=True).astype({"noted_on": "datetime64[ns]"})
    site = log["site_id"].astype("object")
    site = site.where(site.notna(), log["practitioner_id"].map(homes).astype("object"))
    planned = log["planned"].astype("boolean")
    said = log["fidelity_consistent"]
    return log.assign(
        site_id=site,
        quarter=quarter_labels(log["noted_on"], fiscal_year_starts),
        planned=planned.fillna(False),
        not_planned=(~planned).fillna(False),
        consistent=said == "yes",
        not_consistent=said == "no",
        unsure=said == "unsure",
    )


def _places(log: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the network, then each site."""
    yield "", log
    for site_id, rows in log.groupby("site_id", sort=True):
        yield str(site_id), rows


def _counts(group: pd.DataFrame) -> dict[str, int]:
    counts = {name: int(group[name].sum()) for name in COUNTED}
    # A change is tied to who made it: a practitioner, or else the whole site.
    who = group["practitioner_id"].astype("object")
    who = who.where(who.notna(), "site " + group["site_id"].astype("str"))
    seen_in = group["quarter"].groupby(who.to_numpy()).nunique()
    return {"n_adaptations": len(group), **counts, "permanent": int((seen_in > 1).sum())}


def _people(log: pd.DataFrame, staff: dict[str, set[str]]) -> set[str]:
    """Practitioners behind some adaptations."""
    named = set(log["practitioner_id"].dropna())
    whole_sites = log.loc[log["practitioner_id"].isna(), "site_id"].dropna().unique()
    return named.union(*(staff.get(site, set()) for site in whole_sites))
