"""Who was not seen, and how soon work is rated, as findings for the network and each site."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.data.quality_coverage import LATEST, SITE, QualityOverTime, quality_over_time
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

__all__ = ["quality_over_time", "quality_over_time_findings"]

WHO = "Who was not observed?"
WHEN = "How soon is work rated after it is seen?"


def quality_over_time_findings(found: QualityOverTime) -> list[Finding]:
    """``quality.coverage`` and ``quality.timeliness``, for the network and each site."""
    return [
        *_findings(found, found.coverage, _coverage),
        *_findings(found, found.timeliness, _timeliness),
    ]


def _findings(found: QualityOverTime, table: pd.DataFrame, tell: Any) -> list[Finding]:
    sites = table.loc[table["scope"] == SITE, "site_id"].unique()
    rows = table[table["quarter"] == str(found.quarter)].set_index("site_id")
    places = ["", *sites]
    return [
        tell(rows.loc[place] if place in rows.index else None, found, place) for place in places
    ]


def _coverage(row: Any, found: QualityOverTime, site_id: str) -> Finding:
    about = {"site_id": site_id, "evidence": "tables/quality_coverage.parquet"}
    if row is None or row["eligible"] == 0:
        reason = f"no practitioner was in post in {found.quarter}."
        return not_estimable("quality.coverage", WHO, reason, n_practitioners=0, **about)
    people = count_of(int(row["eligible"]), "practitioner")
    return Finding(
        id="quality.coverage",
        question=WHO,
        statement=f"In {found.quarter}, {int(row['observed']):,} of {people} in post were observed "
        f"by others ({number(100 * row['share'])}%, 95% interval {_percents(row)}); "
        f"{int(row['missing']):,} were not.",
        estimate=100 * row["share"],
        conf_low=100 * row["conf_low"],
        conf_high=100 * row["conf_high"],
        unit="percent of practitioners in post",
        n=int(row["eligible"]),
        n_of="practitioners in post",
        n_practitioners=int(row["n_practitioners"]),
        **about,  # type: ignore[arg-type]
    )


def _timeliness(row: Any, found: QualityOverTime, site_id: str) -> Finding:
    about = {"site_id": site_id, "evidence": "tables/quality_timeliness.parquet"}
    if row is None:
        reason = f"nobody was observed by others in {found.quarter}."
        return not_estimable("quality.timeliness", WHEN, reason, n_practitioners=0, **about)
    people = int(row["n_practitioners"])
    if row["rated"] == 0:
        reason = f"no row of {found.quarter} tells the day of rating."
        return not_estimable("quality.timeliness", WHEN, reason, n_practitioners=people, **about)
    rated = count_of(int(row["rated"]), "observation")
    return Finding(
        id="quality.timeliness",
        question=WHEN,
        statement=f"In {found.quarter}, {number(100 * row['share'])}% of {rated} were rated within "
        f"{LATEST} days (95% interval {_percents(row)}). Half were rated within "
        f"{count_of(round(row['median_days']), 'day')}.",
        estimate=100 * row["share"],
        conf_low=100 * row["conf_low"],
        conf_high=100 * row["conf_high"],
        unit="percent of observations",
        n=int(row["rated"]),
        n_practitioners=people,
        **about,  # type: ignore[arg-type]
    )


def _percents(row: Any) -> str:
    return interval(100 * row["conf_low"], 100 * row["conf_high"])
