"""Which sites began to deliver without the drivers in place, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench import terms
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, one_of

ID = "readiness.gate"
QUESTION = mark("Were the drivers in place before delivery began?")
EVIDENCE = "tables/drivers_gate.parquet"
NOT_ASSESSED = mark("not assessed before")
_BEGAN = {
    "first observation": mark("the first fidelity observation"),
    "opened_on": mark("the day on which the sites say that they opened"),
}
_COUNTS = {
    terms.PARTLY_IN_PLACE: mark("{n} partly in place"),
    NOT_ASSESSED: mark("{n} not assessed before"),
}
_LACKING = {
    terms.NOT_IN_PLACE: mark("not in place: {drivers}"),
    terms.PARTLY_IN_PLACE: mark("partly in place: {drivers}"),
    NOT_ASSESSED: mark("not assessed before: {drivers}"),
}
_MONTHS = (
    mark("January"), mark("February"), mark("March"), mark("April"), mark("May"), mark("June"),
    mark("July"), mark("August"), mark("September"), mark("October"), mark("November"),
    mark("December"),
)  # fmt: skip


def gate_findings(gate: pd.DataFrame, began_by: str, names: Mapping[str, str]) -> list[Finding]:
    """Make a finding for the network, and one for each site; sites not in ``names`` are counted."""
    if gate.empty:
        why = say("no driver assessment was handed in.")
        return [not_estimable(ID, say(QUESTION), why, n_of=mark("sites"), evidence=EVIDENCE)]
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
        "n_of": mark("sites assessed before"),
        "n_practitioners": people,
        "evidence": EVIDENCE,
    }
    not_assessed = len(assessed) - looked
    if not looked:
        return not_estimable(ID, say(QUESTION), _why_none(len(assessed), began_by), **about)
    ready = looked - len(without)
    parts = [
        say(
            "Of {sites} assessed before delivery began (by {day}), {ready} had every driver in "
            "place.",
            sites=count_of(looked, "site"),
            day=say(_BEGAN[began_by]),
            ready=ready,
        )
    ]
    if without:
        named = [
            f"{names[site]} ({_in_short(rows)})" for site, rows in without.items() if site in names
        ]
        rest = len(without) - len(named)
        if rest:
            more = count_of(rest, "site")
            named.append(say("{sites} with too few respondents to be named", sites=more))
        parts.append(say("Delivering without: {sites}.", sites="; ".join(named)))
    if not_assessed:
        others = count_of(not_assessed, "site")
        parts.append(say("{sites} not assessed before delivery.", sites=others))
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=" ".join(parts),
        estimate=float(ready),
        unit=mark("sites with every driver in place before delivery"),
        **about,
    )


def _why_none(delivering: int, began_by: str) -> str:
    day = say(_BEGAN[began_by])
    if not delivering:
        return say("for no site is the day known on which delivery began (by {day}).", day=day)
    return say(
        "none of {sites} that deliver was assessed before it began (by {day}).",
        sites=count_of(delivering, "site"),
        day=day,
    )


def _in_short(rows: pd.DataFrame) -> str:
    """Name the drivers of which nothing much was there, and count the rest."""
    absent = list(rows.loc[rows["status_before"] == terms.NOT_IN_PLACE, "title"].str.lower())
    rest = rows["status_before"].value_counts()
    parts = [say("{drivers} not in place", drivers=one_of(absent))] if absent else []
    parts += [say(_COUNTS[status], n=rest[status]) for status in _COUNTS if status in rest.index]
    return ", ".join(parts)


def _lacking(rows: pd.DataFrame) -> str:
    parts = []
    for status, said in _LACKING.items():
        titles = list(rows.loc[rows["status_before"] == status, "title"].str.lower())
        if titles:
            parts.append(say(said, drivers=one_of(titles)))
    return "; ".join(parts)


def _site(site: str, rows: pd.DataFrame, began_by: str) -> Finding:
    people = int(rows["n_respondents"].max())
    about: dict[str, Any] = {
        "site_id": site,
        "n": people,
        "n_of": mark("respondents"),
        "n_practitioners": people,
        "evidence": EVIDENCE,
    }
    began = rows["delivery_began"].iloc[0]
    known = rows[rows["status_before"] != NOT_ASSESSED]
    by = say(_BEGAN[began_by])
    day = "" if pd.isna(began) else _day(began)
    if known.empty:
        why = (
            say(
                "delivery began on {day} (by {what}), and the drivers were not assessed before it.",
                day=day,
                what=by,
            )
            if day
            else say("no day is known on which delivery began, and the drivers were not assessed.")
        )
        return not_estimable(ID, say(QUESTION), why, **about)
    in_place = int((known["status_before"] == terms.IN_PLACE).sum())
    lacking = _lacking(rows)
    began_then = (
        say("Delivery began on {day} (by {what}).", day=day, what=by)
        if day
        else say("No day is known on which delivery began here.")
    )
    found = say(
        mark("By the last assessment before, of {day}, {counts}.")
        if day
        else mark("By the latest assessment, of {day}, {counts}."),
        day=_day(known["assessed_on"].max()),
        counts=_how_many(in_place, len(rows)),
    )
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=f"{began_then} {found}"
        + (f" {lacking[0].upper()}{lacking[1:]}." if lacking else ""),
        estimate=float(in_place),
        unit=mark("drivers in place before delivery") if day else mark("drivers in place"),
        **about,
    )


def _how_many(in_place: int, every: int) -> str:
    said = (
        mark("{n} of {drivers} was in place")
        if in_place == 1
        else mark("{n} of {drivers} were in place")
    )
    return say(said, n=in_place, drivers=count_of(every, "driver"))


def _day(value: pd.Timestamp) -> str:
    """Write a day: ``5 August 2024``."""
    month = say(_MONTHS[value.month - 1])
    return say("{day} {month} {year}", day=value.day, month=month, year=value.year)
