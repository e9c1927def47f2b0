"""Who was not seen, and how soon work is rated, as findings for the network and each site."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.data.quality_coverage import LATEST, SITE, QualityOverTime, quality_over_time
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

__all__ = ["quality_over_time", "quality_over_time_findings"]

WHO = mark("Who was not observed?")
WHEN = mark("How soon is work rated after it is seen?")


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
        reason = say("no practitioner was in post in {quarter}.", quarter=found.quarter)
        return not_estimable("quality.coverage", say(WHO), reason, n_practitioners=0, **about)
    people = count_of(int(row["eligible"]), "practitioner")
    return Finding(
        id="quality.coverage",
        question=say(WHO),
        statement=say(
            "In {quarter}, {observed} of {practitioners} in post were observed by others "
            "({share}%, 95% interval {interval}); {missing} were not.",
            quarter=found.quarter,
            observed=f"{int(row['observed']):,}",
            practitioners=people,
            share=number(100 * row["share"]),
            interval=_percents(row),
            missing=f"{int(row['missing']):,}",
        ),
        estimate=100 * row["share"],
        conf_low=100 * row["conf_low"],
        conf_high=100 * row["conf_high"],
        unit=mark("percent of practitioners in post"),
        n=int(row["eligible"]),
        n_of=mark("practitioners in post"),
        n_practitioners=int(row["n_practitioners"]),
        **about,  # type: ignore[arg-type]
    )


def _timeliness(row: Any, found: QualityOverTime, site_id: str) -> Finding:
    about = {"site_id": site_id, "evidence": "tables/quality_timeliness.parquet"}
    question = say(WHEN)
    if row is None:
        reason = say("nobody was observed by others in {quarter}.", quarter=found.quarter)
        return not_estimable("quality.timeliness", question, reason, n_practitioners=0, **about)
    people = int(row["n_practitioners"])
    if row["rated"] == 0:
        reason = say("no row of {quarter} tells the day of rating.", quarter=found.quarter)
        return not_estimable(
            "quality.timeliness", question, reason, n_practitioners=people, **about
        )
    rated = count_of(int(row["rated"]), "observation")
    return Finding(
        id="quality.timeliness",
        question=question,
        statement=say(
            "In {quarter}, {share}% of {observations} were rated within {days} days (95% interval "
            "{interval}). Half were rated within {median}.",
            quarter=found.quarter,
            share=number(100 * row["share"]),
            observations=rated,
            days=LATEST,
            interval=_percents(row),
            median=count_of(round(row["median_days"]), "day"),
        ),
        estimate=100 * row["share"],
        conf_low=100 * row["conf_low"],
        conf_high=100 * row["conf_high"],
        unit=mark("percent of observations"),
        n=int(row["rated"]),
        n_practitioners=people,
        **about,  # type: ignore[arg-type]
    )


def _percents(row: Any) -> str:
    return interval(100 * row["conf_low"], 100 * row["conf_high"])
