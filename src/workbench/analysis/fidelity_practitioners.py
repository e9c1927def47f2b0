"""What can be said of practitioners' own courses, as counts: nobody is named, nobody is ranked."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import terms
from workbench.analysis.direction import counted_states
from workbench.analysis.fidelity import FidelityOverTime
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of

QUESTION = mark("How many practitioners move, and which way?")
PROMPT = mark(
    "Offer each practitioner a look at their own course with their coach. Agree on the one "
    "component to work on first."
)
PRACTICE = mark("Coaching is built on observed practice.")


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
        "n_of": mark("practitioners seen within the last year"),
        "n_practitioners": len(rows),
        "evidence": "tables/practitioner_states.parquet",
    }
    can = rows[rows["state"] != terms.NOT_ESTIMABLE]
    if can.empty:
        reasons = rows["reason"].dropna().unique()
        nobody = say("nobody was observed within the last year.")
        reason = str(reasons[0]) if len(reasons) else nobody
        return not_estimable("fidelity.practitioners", say(QUESTION), reason, **about)
    drifting = bool((can["state"] == terms.DRIFTING).any())
    return Finding(
        id="fidelity.practitioners",
        question=say(QUESTION),
        statement=_statement(can["state"]),
        action_prompt=say(PROMPT) if drifting else "",
        best_practice=say(PRACTICE) if drifting else "",
        **about,
    )


def _statement(states: pd.Series) -> str:
    people = count_of(len(states), "practitioner")
    parts = counted_states(states, terms.STATES[:3])
    if not parts:
        return say(
            "Of {people} seen within the last year: no direction can be named yet.", people=people
        )
    said = say(
        "Of {people} seen within the last year: {states}.", people=people, states=", ".join(parts)
    )
    open_still = int((states == terms.NOT_ENOUGH_EVIDENCE).sum())
    if not open_still:
        return said
    return f"{said} {say('For {n} there is not enough evidence yet.', n=open_still)}"
