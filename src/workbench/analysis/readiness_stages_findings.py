"""Which stage sites are in, and which have stalled, as a finding."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, number, one_of

ID = "readiness.stages"
QUESTION = mark("Which stage are the sites in, and has any stalled?")
ORDER = ("exploration", "installation", "initial implementation", "full implementation")


def stages_finding(stages: pd.DataFrame) -> Finding:
    """Count sites by stage and name those that have stayed longer than expected."""
    about: dict[str, Any] = {"n_of": mark("sites"), "evidence": "tables/stages.parquet"}
    known = stages[stages["stage"].notna()]
    if known.empty:
        why = say("no stage of any site is recorded.")
        return not_estimable(ID, say(QUESTION), why, **about)
    counts = known["stage"].value_counts()
    ordered = [one for one in ORDER if one in counts.index]
    ordered += [str(one) for one in counts.index if one not in ORDER]
    parts = [say("{n} in {stage}", n=counts[stage], stage=say(stage)) for stage in ordered]
    lead = say("Of {sites}, {counts}.", sites=count_of(len(known), "site"), counts=one_of(parts))
    judged = known[known["stalled"].notna()]
    stalled = judged[judged["stalled"].astype(bool)]
    said = [lead, _long_there(judged, stalled), _unknown(len(stages) - len(judged))]
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=" ".join(said).strip(),
        estimate=float(len(stalled)) if len(judged) else None,
        unit=mark("sites longer in their stage than expected"),
        n=len(known),
        **about,
    )


def _long_there(judged: pd.DataFrame, stalled: pd.DataFrame) -> str:
    """Name the sites that have stayed longer than expected; empty where none could be judged."""
    if judged.empty:
        return ""
    if stalled.empty:
        return say("None has been there longer than expected.")
    named = [
        say(
            "{site} ({stage}, {months} months, expected {expected})",
            site=row["site_name"],
            stage=say(str(row["stage"])),
            months=number(row["months_in_stage"]),
            expected=row["expected_months"],
        )
        for row in stalled.to_dict("records")
    ]
    return say("Longer there than expected: {sites}.", sites="; ".join(named))


def _unknown(count: int) -> str:
    if not count:
        return ""
    return say(
        "For {sites} it can't be said, since stage or day is not recorded or has no expected "
        "range.",
        sites=count_of(count, "site"),
    )
