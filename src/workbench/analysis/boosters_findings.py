"""What practice after boosters says, as a finding."""

from __future__ import annotations

from typing import Any

from workbench.analysis.boosters import QUARTERS_AFTER, Boosters
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

QUESTION = mark("Where does practice stand after a booster?")


def boosters_findings(result: Boosters) -> list[Finding]:
    """Make the finding about practice after boosters."""
    test = result.test
    about: dict[str, Any] = {
        "evidence": "tables/boosters.parquet",
        "n": test.n,
        "n_of": test.n_of,
        "n_practitioners": test.n_practitioners,
    }
    if test.reason:
        return [not_estimable("drift.boosters", say(QUESTION), test.reason, **about)]
    return [
        Finding(
            id="drift.boosters",
            question=say(QUESTION),
            statement=f"{_lead(result)} ({_seen(result)}). {_size(result)}",
            estimate=test.estimate,
            conf_low=test.conf_low,
            conf_high=test.conf_high,
            unit=test.unit,
            certainty=str(certainty(test.conf_low, test.conf_high)),
            **about,
        )
    ]


def _lead(result: Boosters) -> str:
    return certainty(result.test.conf_low, result.test.conf_high).pick(
        say("A booster goes with lower fidelity than the course before it"),
        say("A booster goes with higher fidelity than the course before it"),
        say("No sure difference from the course before is seen after boosters"),
    )


def _seen(result: Boosters) -> str:
    return say(
        "{boosters} at {sites}, with {people} seen before and after",
        boosters=count_of(result.n_boosters, "booster"),
        sites=count_of(result.n_sites, "site"),
        people=count_of(result.test.n_practitioners, "practitioner"),
    )


def _size(result: Boosters) -> str:
    test = result.test
    return say(
        "Over the first {quarters} quarters after one, fidelity stood {size} points from the "
        "course it was on (95% interval {between}). This takes the course before to be a straight "
        "line that would have gone on.",
        quarters=QUARTERS_AFTER,
        size=number(test.estimate, 1, signed=True),
        between=interval(test.conf_low, test.conf_high, 1, signed=True, beside=(0,)),
    )
