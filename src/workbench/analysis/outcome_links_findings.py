"""Which measures of outcome go with fidelity of the quarter before, as a finding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity import LAG, STEP, Reliability
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

ID = "outcomes.fidelity"
QUESTION = "Which outcomes go with fidelity of the quarter before?"
WHOSE = {
    "practitioner": "of practitioners",
    "site": "of sites",
    "plan": "of plans, with their practitioner's fidelity",
}
BIG = 10.0
"""Size from which a number needs no digit after the point."""
CAUTION = (
    "This is an association, above what is usual for the same practitioner or site. Fidelity came "
    "first, but that does not make it the reason: what else changed is not known."
)
PROMPT = (
    "Look at these measures together with fidelity each quarter. Ask in coaching what people "
    "themselves noticed."
)
BEST_PRACTICE = "Fidelity is kept up because of what changes for people, and both are looked at."


def outcome_finding(table: pd.DataFrame, measured: Reliability, reason: str = "") -> Finding:
    """Say which measures go with fidelity, or that none could be shown to."""
    about: dict[str, Any] = {"n_of": "measurements", "evidence": "tables/outcome_links.parquet"}
    tested = table[table["p_value"].notna()].sort_values("p_value", kind="stable")
    if reason or tested.empty:
        why = reason or _first_reason(table)
        return not_estimable(ID, QUESTION, why, n_practitioners=0, n_plans=None, **about)
    first = tested.iloc[0]
    plans = tested["n_plans"].min()
    about |= {
        "n": int(first["n_rows"]),
        "n_practitioners": int(tested["n_practitioners"].min()),
        "n_plans": int(plans) if np.isfinite(plans) else None,
    }
    shown = tested[tested["shown"].astype(bool)]
    parts = [
        _lead(tested, shown),
        _between(first),
        _not_told(table),
        measured.said(),
        CAUTION,
    ]
    return Finding(
        id=ID,
        question=QUESTION,
        statement=" ".join(part for part in parts if part),
        estimate=float(first["within"]),
        conf_low=float(first["within_low"]),
        conf_high=float(first["within_high"]),
        unit=f"{first['unit']} ({first['measure']})",
        action_prompt=PROMPT if len(shown) else "",
        best_practice=BEST_PRACTICE if len(shown) else "",
        **about,
    )


def _lead(tested: pd.DataFrame, shown: pd.DataFrame) -> str:
    looked = count_of(len(tested), "measure")
    when = "in the quarter before" if LAG == 1 else f"{LAG} quarters before"
    if shown.empty:
        nearest = _size(tested.iloc[0])
        return (
            f"No tie of an outcome with fidelity {when} could be shown: of {looked} looked at, "
            f"none is sure when all of them are allowed for. The nearest is {nearest}."
        )
    listed = "; ".join(_size(row) for row in shown.to_dict("records"))
    return (
        f"Of {looked} looked at, {len(shown)} could be shown to go with fidelity {when}. For "
        f"{STEP:.0f} points above the usual: {listed}."
    )


def _size(row: Any, side: str = "within") -> str:
    digits = 0 if abs(row[side]) >= BIG else 1 if abs(row[side]) >= 1 else 2
    ends = interval(row[f"{side}_low"], row[f"{side}_high"], digits, signed=True)
    return (
        f"{row['measure']} ({WHOSE[row['subject']]}), {number(row[side], digits, signed=True)} in "
        f"its own unit (95% interval {ends})"
    )


def _between(row: pd.Series) -> str:
    if not np.isfinite(row["between"]):
        return ""
    who = "sites" if row["subject"] == "site" else "practitioners"
    return (
        f"Set beside one another, {who} that stand {STEP:.0f} points higher go with "
        f"{_size(row, 'between')}, which may be for other reasons."
    )


def _not_told(table: pd.DataFrame) -> str:
    left = table[table["p_value"].isna()]
    if left.empty:
        return ""
    return f"Nothing can be said of {one_of(list(left['measure'].astype('str')))}."


def _first_reason(table: pd.DataFrame) -> str:
    if table.empty:
        return "no measure is of practitioners, sites or plans."
    row = table.iloc[0]
    return f"{row['measure']}: {row['reason']}"
