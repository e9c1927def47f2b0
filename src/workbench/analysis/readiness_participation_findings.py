"""How many of the staff took part in the driver assessment, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.models.clustered import clustered_mean
from workbench.wording import count_of, interval, number

QUESTION = mark("Did enough practitioners answer to speak for their site?")
EVIDENCE = "tables/participation.parquet"
UNIT = mark("percent of the practitioners employed")
ID = "readiness.participation"


def participation_findings(table: pd.DataFrame, smallest: float) -> list[Finding]:
    """Make a finding for the network, and one for each site."""
    if table.empty:
        why = say("no driver assessment was handed in.")
        return [not_estimable(ID, say(QUESTION), why, n_of=mark("sites"))]
    return [_network(table, smallest), *(_site(row, smallest) for row in table.to_dict("records"))]


def _network(table: pd.DataFrame, smallest: float) -> Finding:
    known = table[table["share"].notna()]
    about: dict[str, Any] = {"n": len(known), "n_of": mark("sites"), "evidence": EVIDENCE}
    if known.empty:
        why = say("at no site is it known who took part.")
        return not_estimable(ID, say(QUESTION), why, **about)
    enough = int(known["enough"].sum())
    answered, eligible = int(known["answered"].sum()), int(known["eligible"].sum())
    share = 100 * answered / eligible
    # Sites differ in how they ask, so that they are the units, and not their practitioners.
    found = clustered_mean(100 * known["share"], known["site_id"], known["eligible"])
    low, high = max(found.conf_low, 0.0), min(found.conf_high, 100.0)
    has_interval = found.conf_low == found.conf_low
    at_sites = say(
        "At {n} of {sites}, at least {smallest}% of the practitioners employed at the time took "
        "part.",
        n=enough,
        sites=count_of(len(known), "site"),
        smallest=number(100 * smallest),
    )
    in_all = say(
        "In all, {answered:,} of {eligible:,} answered, {share}%",
        answered=answered,
        eligible=eligible,
        share=number(share),
    )
    if has_interval:
        between = interval(low, high)
        in_all += say(" (95% interval {between}, over sites)", between=between)
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=f"{at_sites} {in_all}.",
        estimate=share,
        conf_low=low if has_interval else None,
        conf_high=high if has_interval else None,
        unit=UNIT,
        n_practitioners=answered,
        **about,
    )


def _site(row: dict[Any, Any], smallest: float) -> Finding:
    about: dict[str, Any] = {
        "site_id": row["site_id"],
        "n": int(row["eligible"]),
        "n_of": mark("practitioners employed"),
        "n_practitioners": int(row["eligible"]),
        "evidence": EVIDENCE,
    }
    if pd.isna(row["share"]):
        return not_estimable(ID, say(QUESTION), row["reason"], **about)
    share, low, high = (100 * row[name] for name in ("share", "conf_low", "conf_high"))
    verdict = (
        say("enough to speak for the site")
        if row["enough"]
        else say("too few to speak for the site")
    )
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=say(
            "{answered} of {practitioners} employed at the time answered: {share}% (95% interval "
            "{between}), {verdict} (the setting is {smallest}%).",
            answered=row["answered"],
            practitioners=count_of(int(row["eligible"]), "practitioner"),
            share=number(share),
            between=interval(low, high),
            verdict=verdict,
            smallest=number(100 * smallest),
        ),
        estimate=share,
        conf_low=low,
        conf_high=high,
        unit=UNIT,
        **about,
    )
