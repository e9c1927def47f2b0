"""Display table of the quality rules counted: what they look at, and how they came out."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.evidence import require
from workbench.reporting.tables_quality import ERROR, FAILED, NOT_APPLICABLE, PASSED

CATEGORIES = {
    "conformance": mark("Conformance"),
    "completeness": mark("Completeness"),
    "plausibility": mark("Plausibility"),
}
SEVERITIES = (mark("critical"), mark("warning"), mark("info"))
OUTCOMES = {
    PASSED: mark("Passed"),
    FAILED: mark("Failed"),
    ERROR: mark("Could not be checked"),
    NOT_APPLICABLE: mark("Did not apply"),
}
COLUMNS = ("category", "severity", "status")


def rules_table(quality_rules: pd.DataFrame) -> DisplayTable:
    """Count the quality rules by category, weight and outcome; every rule stands in one cell.

    The categories are those of Kahn and others 2016 (A harmonized data quality assessment
    terminology and framework, eGEMs 4).

    Parameters
    ----------
    quality_rules
        Evidence table with a rule a row.
    """
    rules = require(quality_rules, "quality_rules", COLUMNS)
    counts = Counter(zip(*(rules[name].astype("str") for name in COLUMNS), strict=True))
    groups = {(category, weight) for category, weight, _ in counts}
    rows = []
    for category, weight in sorted(groups, key=lambda group: _place(*group)):
        told = [counts[category, weight, status] for status in OUTCOMES]
        rows.append(_row(say(CATEGORIES.get(category, category)), say(weight), told))
    if rows:
        outcomes = Counter(rules["status"].astype("str"))
        rows.append(_row(say("All"), "–", [outcomes[status] for status in OUTCOMES]))
    names = [mark("Looks at"), mark("Weight"), *OUTCOMES.values(), mark("Rules")]
    note = say(
        "Conformance: values have the form and the references that they should have. "
        "Completeness: what should be there is there. Plausibility: values can be true, by "
        "themselves and beside others. A rule that could not be checked has not passed. A failed "
        "critical rule stops a run unless it is waived in writing."
    )
    frame = pd.DataFrame(rows, columns=names, dtype="str")
    return DisplayTable(
        say("Quality rules, by what they look at and how they came out"), frame, note
    )


def _row(category: str, weight: str, told: list[int]) -> tuple[str, ...]:
    return (category, weight, *map(printed.number, told), printed.number(sum(told)))


def _place(category: str, weight: str) -> tuple[int, int, str, str]:
    """Order of the categories and weights as they are named here; others after them."""
    known = list(CATEGORIES)
    first = known.index(category) if category in known else len(known)
    second = SEVERITIES.index(weight) if weight in SEVERITIES else len(SEVERITIES)
    return first, second, category, weight
