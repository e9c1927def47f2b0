"""Display table of the measures that a reader follows from quarter to quarter."""

from __future__ import annotations

import pandas as pd

from workbench import terms
from workbench.certainty import in_words
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.finding_words import base_words, estimate_words, interval_words

MEASURES = (
    "fidelity.now",
    "fidelity.direction",
    "quality.coverage",
    "quality.timeliness",
    "reinforcement.support",
    "reinforcement.action",
    "plans.follow_through",
    "plans.not_owned",
    "plans.dependence",
    "readiness.weakest",
    "loops.answered",
)
"""Findings that every quarter has, in the order of the report."""
WORKED_OUT_ANEW = "fidelity.now"
"""The measure whose past quarters each run works out again."""
NOTHING, NOT_SHOWN = "–", mark("not shown")


def measures_table(
    now: ReleasedFindings,
    before: ReleasedFindings,
    quarters: tuple[str, str],
    numbers: pd.DataFrame,
    site_id: str = "",
) -> DisplayTable:
    """Write each measure with its interval and base, and what it was as published and as it is now.

    Parameters
    ----------
    now, before
        Released findings of a place, this quarter and the last published one.
    quarters
        Labels of both; the second is empty where nothing was published before.
    numbers
        Released evidence table ``revised_numbers``.
    site_id
        The place.
    """
    measures = {one.id: one for one in now.of_place(site_id)}
    past = {one.id: one for one in before}
    rows = [measures[name] for name in MEASURES if name in measures]
    quarter, last = quarters
    columns = {
        mark("Measure"): [say(one.question) for one in rows],
        say("Value, {quarter}", quarter=quarter): [_value(one) for one in rows],
        mark("95% interval"): [interval_words(one) or NOTHING for one in rows],
        mark("Based on"): [base_words(one) or NOTHING for one in rows],
    }
    if last:
        columns[say("{last} as published", last=last)] = [_value(past.get(one.id)) for one in rows]
        columns[say("{last} as it is now", last=last)] = [
            _anew(one.id, last, numbers, site_id) for one in rows
        ]
    columns[mark("What can be said")] = [_said(one) for one in rows]
    note = (
        say("As it is now: mean fidelity is worked out anew for past quarters, the others are not.")
        if last
        else ""
    )
    return DisplayTable(
        say("Headline measures, {quarter}", quarter=quarter),
        pd.DataFrame(columns, dtype="str"),
        note,
    )


def _value(finding: Finding | None) -> str:
    if finding is None:
        return NOTHING
    if finding.status == terms.SUPPRESSED:
        return printed.HIDDEN
    return estimate_words(finding) or NOTHING


def _said(finding: Finding) -> str:
    """Say what the interval bears; else whether the measure could be told at all."""
    if finding.status == terms.SUPPRESSED:
        return say(NOT_SHOWN)
    return in_words(finding.certainty) if finding.certainty else say(finding.status)


def _anew(name: str, quarter: str, numbers: pd.DataFrame, site_id: str) -> str:
    if name != WORKED_OUT_ANEW or numbers.empty:
        return NOTHING
    mine = (numbers["site_id"].fillna("") == site_id) & (numbers["quarter"] == quarter)
    rows = numbers[mine]
    if rows.empty:
        return NOTHING
    if hidden_rows(rows).iloc[0]:
        return printed.HIDDEN
    return printed.number(rows["now"].iloc[0], unit="percent")
