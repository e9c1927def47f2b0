"""What can be said of practitioners' own courses, as counts: nobody is named, nobody is ranked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms
from workbench.analysis.fidelity import FidelityOverTime
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of

QUESTION = "How many practitioners move, and which way?"
PROMPT = (
    "Offer each practitioner a look at their own course with their coach. Agree on the one "
    "component to work on first."
)
PRACTICE = "Coaching is built on observed practice."


def practitioner_findings(over_time: FidelityOverTime) -> list[Finding]:
    """Count practitioners by direction, for the network and each site.

    A practitioner counts for a state only with the probability that the study asks; where few
    observations stand behind a course the answer is not enough evidence.
    """
    people = over_time.practitioners
    places = [("", people), *people.groupby("site_id", sort=True)]
    return [_counted(str(site_id), rows) for site_id, rows in places]


def _counted(site_id: str, rows: pd.DataFrame) -> Finding:
    about: dict[str, Any] = {
        "site_id": site_id,
        "n": len(rows),
        "n_of": "practitioners seen within the last year",
        "n_practitioners": len(rows),
        "evidence": "tables/practitioner_states.parquet",
    }
    can = rows[rows["state"] != terms.NOT_ESTIMABLE]
    if can.empty:
        reasons = rows["reason"].dropna().unique()
        reason = str(reasons[0]) if len(reasons) else "nobody was observed within the last year."
        return not_estimable("fidelity.practitioners", QUESTION, reason, **about)
    counts = can["state"].value_counts()
    parts = [f"{counts[state]} {state}" for state in terms.STATES[:3] if state in counts]
    open_still = int(counts.get(terms.NOT_ENOUGH_EVIDENCE, 0))
    said = ", ".join(parts) if parts else "no direction can be named yet"
    statement = f"Of {count_of(len(can), 'practitioner')} seen within the last year: {said}."
    if open_still and parts:
        statement += f" For {open_still} there is not enough evidence yet."
    drifting = terms.DRIFTING in counts
    return Finding(
        id="fidelity.practitioners",
        question=QUESTION,
        statement=statement,
        action_prompt=PROMPT if drifting else "",
        best_practice=PRACTICE if drifting else "",
        **about,
    )
