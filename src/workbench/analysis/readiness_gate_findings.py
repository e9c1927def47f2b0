"""Which sites began to deliver without the drivers in place, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench import terms
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, one_of

ID = "readiness.gate"
QUESTION = "Were the drivers in place before delivery began?"
EVIDENCE = "tables/drivers_gate.parquet"
NOT_ASSESSED = "not assessed before"
_BEGAN = {
    "first observation": "the first fidelity observation",
    "opened_on": "the day on which the sites say that they opened",
}


def gate_findings(gate: pd.DataFrame, began_by: str, names: Mapping[str, str]) -> list[Finding]:
    """Make a finding for the network, and one for each site; sites not in ``names`` are counted."""
    if gate.empty:
        why = "no driver assessment was handed in."
        return [not_estimable(ID, QUESTION, why, n_of="sites", evidence=EVIDENCE)]
    by_site = [(str(site), rows) for site, rows in gate.groupby("site_id", sort=True)]
    return [
        _network(gate, began_by, names),
        *(_site(site, rows, began_by) for site, rows in by_site),
    ]


def _network(gate: pd.DataFrame, began_by: str, names: Mapping[str, str]) -> Finding:
    begun = gate[gate["delivery_began"].notna()]
    sites = begun.groupby("site_id")
    assessed = sites["status_before"].agg(lambda each: bool((each != NOT_ASSESSED).any()))
    without = {
        str(site): rows
        for site, rows in begun[begun["status_before"] != terms.IN_PLACE].groupby("site_id")
        if assessed[site]
    }
    looked = int(assessed.sum()) if len(assessed) else 0
    people = int(gate.groupby("site_id")["n_respondents"].max().sum())
    about: dict[str, Any] = {
        "n": looked,
        "n_of": "sites assessed before",
        "n_practitioners": people,
        "evidence": EVIDENCE,
    }
    not_assessed = len(assessed) - looked
    if not looked:
        why = (
            f"none of {count_of(len(assessed), 'site')} that deliver was assessed before it began "
            f"(by {_BEGAN[began_by]})."
            if len(assessed)
            else f"for no site is the day known on which delivery began (by {_BEGAN[began_by]})."
        )
        return not_estimable(ID, QUESTION, why, **about)
    ready = looked - len(without)
    parts = [
        f"Of {count_of(looked, 'site')} assessed before delivery began (by {_BEGAN[began_by]}), "
        f"{ready} had every driver in place."
    ]
    if without:
        named = [
            f"{names[site]} ({_in_short(rows)})" for site, rows in without.items() if site in names
        ]
        rest = len(without) - len(named)
        if rest:
            named.append(f"{count_of(rest, 'site')} with too few respondents to be named")
        parts.append(f"Delivering without: {'; '.join(named)}.")
    if not_assessed:
        parts.append(f"{count_of(not_assessed, 'site')} not assessed before delivery.")
    return Finding(
        id=ID,
        question=QUESTION,
        statement=" ".join(parts),
        estimate=float(ready),
        unit="sites with every driver in place before delivery",
        **about,
    )


def _in_short(rows: pd.DataFrame) -> str:
    """Name the drivers of which nothing much was there, and count the rest."""
    absent = list(rows.loc[rows["status_before"] == terms.NOT_IN_PLACE, "title"].str.lower())
    rest = rows["status_before"].value_counts()
    parts = [f"{one_of(absent)} {terms.NOT_IN_PLACE}"] if absent else []
    parts += [
        f"{rest[status]} {status}"
        for status in (terms.PARTLY_IN_PLACE, NOT_ASSESSED)
        if status in rest.index
    ]
    return ", ".join(parts)


def _lacking(rows: pd.DataFrame) -> str:
    parts = []
    for status in (terms.NOT_IN_PLACE, terms.PARTLY_IN_PLACE, NOT_ASSESSED):
        titles = list(rows.loc[rows["status_before"] == status, "title"].str.lower())
        if titles:
            parts.append(f"{status}: {one_of(titles)}")
    return "; ".join(parts)


def _site(site: str, rows: pd.DataFrame, began_by: str) -> Finding:
    people = int(rows["n_respondents"].max())
    about: dict[str, Any] = {
        "site_id": site,
        "n": people,
        "n_of": "respondents",
        "n_practitioners": people,
        "evidence": EVIDENCE,
    }
    began = rows["delivery_began"].iloc[0]
    known = rows[rows["status_before"] != NOT_ASSESSED]
    day = "" if pd.isna(began) else f"{began:%d %B %Y}".lstrip("0")
    when = f"delivery began on {day} (by {_BEGAN[began_by]})"
    if known.empty:
        why = (
            f"{when}, and the drivers were not assessed before it."
            if day
            else "no day is known on which delivery began, and the drivers were not assessed."
        )
        return not_estimable(ID, QUESTION, why, **about)
    in_place = int((known["status_before"] == terms.IN_PLACE).sum())
    lacking = _lacking(rows)
    assessed = known["assessed_on"].max()
    which = "the last assessment before" if day else "the latest assessment"
    said = (
        f"{when[0].upper()}{when[1:]}." if day else "No day is known on which delivery began here."
    )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=f"{said} By {which}, of {f'{assessed:%d %B %Y}'.lstrip('0')}, {in_place} of "
        f"{count_of(len(rows), 'driver')} {'was' if in_place == 1 else 'were'} in place."
        + (f" {lacking[0].upper()}{lacking[1:]}." if lacking else ""),
        estimate=float(in_place),
        unit="drivers in place before delivery" if day else "drivers in place",
        **about,
    )
