"""One site beside the network, now and a year before: what was given there, and what was at work.

Differences are what goes with one another, not what follows from what: the table is a list of
things to ask about.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from workbench.language import mark, say
from workbench.quarters import Quarter, quarter_labels
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.evidence import hidden_rows
from workbench.reporting.sections_evidence import Evidence
from workbench.results import Results

A_YEAR = 4
ALL_KINDS, COACHING = "all", "coaching"
CONDITIONS = {
    "caseload": mark("Caseload, people or families each"),
    "supervisor_span": mark("Practitioners for each supervisor"),
    "documentation_hours": mark("Documentation, hours a week"),
    "vacancy_rate": mark("Posts empty, percent"),
    "turnover_rate": mark("Posts left in a year, percent"),
    "productivity_percent": mark("Productivity, percent of the target"),
    "crises": mark("Crises in the period"),
}
NOTE = mark(
    "Means of a quarter. What differs may go with the fall, and need not: take it as a question "
    "to the site. Where few people stand behind a number it is not shown."
)
NOTHING = "–"


def site_beside_network(results: Results, evidence: Evidence) -> DisplayTable:
    """Set support and pressures at a site beside the network's, now and a year before.

    Parameters
    ----------
    results
        Results of a run.
    evidence
        Its released evidence for the site.
    """
    quarter = results.quarter
    rows = [*_support(evidence, quarter), *_conditions(results, evidence.site_id, quarter)]
    places = (evidence.name, say("network"))
    names = [f"{place}, {when}" for place in places for when in _when(quarter)]
    frame = pd.DataFrame(rows, columns=[mark("What"), *names], dtype="str")
    note = say(NOTE) if rows else say("Neither supports nor work conditions were handed in.")
    return DisplayTable(say("The site beside the network"), frame, note)


def _when(quarter: Quarter) -> tuple[str, str]:
    return str(quarter.plus(-A_YEAR)), str(quarter)


def _support(evidence: Evidence, quarter: Quarter) -> Iterator[tuple[str, ...]]:
    """Rows about what was given, from the released ledger."""
    ledger = evidence.reinforcement.ledger
    if ledger.empty:
        return
    ledger = ledger[ledger["scope"].isin(["network", "site"])]
    asked = (
        (mark("Support of all kinds, acts a month each"), ALL_KINDS, "acts_a_month"),
        (mark("Of this on skill"), ALL_KINDS, "share_skill"),
        (mark("Coaching, acts a month each"), COACHING, "acts_a_month"),
        (mark("Practitioners who got coaching"), COACHING, "coverage"),
    )
    for title, kind, column in asked:
        own = ledger[ledger["kind"] == kind]
        if len(own):
            yield say(title), *_placed(own, evidence.site_id, quarter, column)


def _placed(rows: pd.DataFrame, site_id: str, quarter: Quarter, column: str) -> list[str]:
    """Cells of the site and of the network, each a year before and now."""
    hidden = hidden_rows(rows)
    cells = []
    for place in (site_id, ""):
        for label in _when(quarter):
            chosen = (rows["site_id"] == place) & (rows["quarter"] == label)
            if not chosen.any():
                cells.append(NOTHING)
            elif hidden[chosen].iloc[0]:
                cells.append(printed.HIDDEN)
            else:
                cells.append(_written(rows.loc[chosen, column].iloc[0], column))
    return cells


def _written(value: object, column: str) -> str:
    if not printed.is_number(value):
        return NOTHING
    return printed.share(value) if column in ("coverage", "share_skill") else _number(value)


def _number(value: object) -> str:
    return printed.number(value, 1)


def _conditions(results: Results, site_id: str, quarter: Quarter) -> Iterator[tuple[str, ...]]:
    """Rows about what is at work, from the rows that the pressures are estimated from."""
    rows = results.accepted("work_conditions")
    if rows.empty:
        return
    labels = quarter_labels(rows["period_start"], quarter.fiscal_year_starts)
    rows = _with_sites(results, rows.assign(quarter=labels))
    fewest = results.study.settings.privacy.fewest_practitioners
    for column, title in CONDITIONS.items():
        if column in rows.columns and rows[column].notna().any():
            known = rows[rows[column].notna()]
            parts = [known[known["site_id"] == site_id] if site_id else known, known]
            yield (
                say(title),
                *(
                    _mean(part[part["quarter"] == label], column, fewest)
                    for part in parts
                    for label in _when(quarter)
                ),
            )


def _with_sites(results: Results, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the site of each: its own, or that of the practitioner it is about."""
    if "practitioner_id" not in rows.columns:
        return rows
    people = results.accepted("practitioners").set_index("practitioner_id")["site_id"]
    of_person = rows["practitioner_id"].map(people)
    own = rows["site_id"] if "site_id" in rows.columns else of_person
    return rows.assign(site_id=own.where(own.notna(), of_person))


def _mean(rows: pd.DataFrame, column: str, fewest: int) -> str:
    """Mean of some rows; not shown where it is about few people, none where there is no row."""
    if rows.empty:
        return NOTHING
    people = rows["practitioner_id"].dropna() if "practitioner_id" in rows.columns else rows[:0]
    if len(people) > 0 and people.nunique() < fewest:
        return printed.HIDDEN
    return _number(float(rows[column].mean()))
