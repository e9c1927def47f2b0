"""How many of the staff took part in the driver assessment, as findings."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.models.clustered import clustered_mean
from workbench.wording import count_of, interval, number

QUESTION = "Did enough practitioners answer to speak for their site?"
EVIDENCE = "tables/participation.parquet"
UNIT = "percent of the practitioners employed"
ID = "readiness.participation"


def participation_findings(table: pd.DataFrame, smallest: float) -> list[Finding]:
    """Make a finding for the network, and one for each site."""
    if table.empty:
        return [not_estimable(ID, QUESTION, "no driver assessment was handed in.", n_of="sites")]
    return [_network(table, smallest), *(_site(row, smallest) for row in table.to_dict("records"))]


def _network(table: pd.DataFrame, smallest: float) -> Finding:
    known = table[table["share"].notna()]
    about: dict[str, Any] = {"n": len(known), "n_of": "sites", "evidence": EVIDENCE}
    if known.empty:
        return not_estimable(ID, QUESTION, "at no site is it known who took part.", **about)
    enough = int(known["enough"].sum())
    answered, eligible = int(known["answered"].sum()), int(known["eligible"].sum())
    share = 100 * answered / eligible
    # Sites differ in how they ask, so that they are the units, and not their practitioners.
    found = clustered_mean(100 * known["share"], known["site_id"], known["eligible"])
    low, high = max(found.conf_low, 0.0), min(found.conf_high, 100.0)
    has_interval = found.conf_low == found.conf_low
    said = f" (95% interval {interval(low, high)}, over sites)" if has_interval else ""
    return Finding(
        id=ID,
        question=QUESTION,
        statement=f"At {enough} of {count_of(len(known), 'site')}, at least "
        f"{number(100 * smallest)}% of the practitioners employed at the time took part. In all, "
        f"{answered:,} of {eligible:,} answered, {number(share)}%{said}.",
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
        "n_of": "practitioners employed",
        "n_practitioners": int(row["eligible"]),
        "evidence": EVIDENCE,
    }
    if pd.isna(row["share"]):
        return not_estimable(ID, QUESTION, row["reason"], **about)
    share, low, high = (100 * row[name] for name in ("share", "conf_low", "conf_high"))
    verdict = "enough to speak for the site" if row["enough"] else "too few to speak for the site"
    return Finding(
        id=ID,
        question=QUESTION,
        statement=f"{row['answered']} of {count_of(int(row['eligible']), 'practitioner')} employed "
        f"at the time answered: {number(share)}% (95% interval {interval(low, high)}), {verdict} "
        f"(the setting is {number(100 * smallest)}%).",
        estimate=share,
        conf_low=low,
        conf_high=high,
        unit=UNIT,
        **about,
    )
