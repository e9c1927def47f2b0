"""Which stage sites are in, and which have stalled, as a finding."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, number, one_of

ID = "readiness.stages"
QUESTION = "Which stage are the sites in, and has any stalled?"
ORDER = ("exploration", "installation", "initial implementation", "full implementation")


def stages_finding(stages: pd.DataFrame) -> Finding:
    """Count sites by stage and name those that have stayed longer than expected."""
    about: dict[str, Any] = {"n_of": "sites", "evidence": "tables/stages.parquet"}
    known = stages[stages["stage"].notna()]
    if known.empty:
        return not_estimable(ID, QUESTION, "no stage of any site is recorded.", **about)
    counts = known["stage"].value_counts()
    ordered = [one for one in ORDER if one in counts.index]
    ordered += [str(one) for one in counts.index if one not in ORDER]
    parts = [f"{counts[stage]} in {stage}" for stage in ordered]
    judged = known[known["stalled"].notna()]
    stalled = judged[judged["stalled"].astype(bool)]
    named = [
        f"{row['site_name']} ({row['stage']}, {number(row['months_in_stage'])} months, "
        f"expected {row['expected_months']})"
        for row in stalled.to_dict("records")
    ]
    said = (
        f"Longer there than expected: {'; '.join(named)}."
        if named
        else "None has been there longer than expected."
        if len(judged)
        else ""
    )
    unknown = len(stages) - len(judged)
    open_still = (
        f" For {count_of(unknown, 'site')} it can't be said, since stage or day is not recorded or "
        "has no expected range."
        if unknown
        else ""
    )
    return Finding(
        id=ID,
        question=QUESTION,
        statement=f"Of {count_of(len(known), 'site')}, {one_of(parts)}. {said}{open_still}".strip(),
        estimate=float(len(stalled)) if len(judged) else None,
        unit="sites longer in their stage than expected",
        n=len(known),
        **about,
    )
