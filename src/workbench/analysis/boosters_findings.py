"""What practice after boosters says, as a finding."""

from __future__ import annotations

from typing import Any

from workbench.analysis.boosters import QUARTERS_AFTER, Boosters
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

QUESTION = "Where does practice stand after a booster?"


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
        return [not_estimable("drift.boosters", QUESTION, test.reason, **about)]
    seen = (
        f"{count_of(result.n_boosters, 'booster')} at {count_of(result.n_sites, 'site')}, with "
        f"{count_of(test.n_practitioners, 'practitioner')} seen before and after"
    )
    ends = interval(test.conf_low, test.conf_high, 1, signed=True, beside=(0,))
    return [
        Finding(
            id="drift.boosters",
            question=QUESTION,
            statement=f"{_lead(result)} ({seen}). Over the first {QUARTERS_AFTER} quarters after "
            f"one, fidelity stood {number(test.estimate, 1, signed=True)} points from the course "
            f"it was on (95% interval {ends}). "
            "This takes the course before to be a straight line that would have gone on.",
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
        "A booster goes with lower fidelity than the course before it",
        "A booster goes with higher fidelity than the course before it",
        "No sure difference from the course before is seen after boosters",
    )
