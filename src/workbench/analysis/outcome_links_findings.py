"""Which measures of outcome go with fidelity of the quarter before, as a finding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity import LAG, STEP, Reliability
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number, one_of

ID = "outcomes.fidelity"
QUESTION = mark("Which outcomes go with fidelity of the quarter before?")
WHOSE = {
    "practitioner": mark("of practitioners"),
    "site": mark("of sites"),
    "plan": mark("of plans, with their practitioner's fidelity"),
}
BETWEEN_SITES = mark(
    "Set beside one another, sites that stand {step} points higher go with {size}, which may be "
    "for other reasons."
)
BETWEEN_PRACTITIONERS = mark(
    "Set beside one another, practitioners that stand {step} points higher go with {size}, which "
    "may be for other reasons."
)
BIG = 10.0
"""Size from which a number needs no digit after the point."""
CAUTION = mark(
    "This is an association, above what is usual for the same practitioner or site. Fidelity came "
    "first, but that does not make it the reason: what else changed is not known."
)
PROMPT = mark(
    "Look at these measures together with fidelity each quarter. Ask in coaching what people "
    "themselves noticed."
)
BEST_PRACTICE = mark(
    "Fidelity is kept up because of what changes for people, and both are looked at."
)


def outcome_finding(table: pd.DataFrame, measured: Reliability, reason: str = "") -> Finding:
    """Say which measures go with fidelity, or that none could be shown to."""
    about: dict[str, Any] = {"n_of": mark("measurements")}
    about["evidence"] = "tables/outcome_links.parquet"
    tested = table[table["p_value"].notna()].sort_values("p_value", kind="stable")
    if reason or tested.empty:
        why = reason or _first_reason(table)
        return not_estimable(ID, say(QUESTION), why, n_practitioners=0, n_plans=None, **about)
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
        say(CAUTION),
    ]
    return Finding(
        id=ID,
        question=say(QUESTION),
        statement=" ".join(part for part in parts if part),
        estimate=float(first["within"]),
        conf_low=float(first["within_low"]),
        conf_high=float(first["within_high"]),
        unit=f"{say(str(first['unit']))} ({first['measure']})",
        action_prompt=say(PROMPT) if len(shown) else "",
        best_practice=say(BEST_PRACTICE) if len(shown) else "",
        **about,
    )


def _lead(tested: pd.DataFrame, shown: pd.DataFrame) -> str:
    looked = count_of(len(tested), "measure")
    when = say("in the quarter before") if LAG == 1 else say("{n} quarters before", n=LAG)
    if shown.empty:
        nearest = _size(tested.iloc[0])
        return say(
            "No tie of an outcome with fidelity {when} could be shown: of {looked} looked at, none "
            "is sure when all of them are allowed for. The nearest is {nearest}.",
            when=when,
            looked=looked,
            nearest=nearest,
        )
    listed = "; ".join(_size(row) for row in shown.to_dict("records"))
    return say(
        "Of {looked} looked at, {shown} could be shown to go with fidelity {when}. For {step} "
        "points above the usual: {listed}.",
        looked=looked,
        shown=len(shown),
        when=when,
        step=number(STEP),
        listed=listed,
    )


def _size(row: Any, side: str = "within") -> str:
    digits = 0 if abs(row[side]) >= BIG else 1 if abs(row[side]) >= 1 else 2
    ends = interval(row[f"{side}_low"], row[f"{side}_high"], digits, signed=True)
    return say(
        "{measure} ({whose}), {size} in its own unit (95% interval {interval})",
        measure=row["measure"],
        whose=say(WHOSE[row["subject"]]),
        size=number(row[side], digits, signed=True),
        interval=ends,
    )


def _between(row: pd.Series) -> str:
    if not np.isfinite(row["between"]):
        return ""
    said = BETWEEN_SITES if row["subject"] == "site" else BETWEEN_PRACTITIONERS
    return say(said, step=number(STEP), size=_size(row, "between"))


def _not_told(table: pd.DataFrame) -> str:
    left = table[table["p_value"].isna()]
    if left.empty:
        return ""
    measures = one_of(list(left["measure"].astype("str")))
    return say("Nothing can be said of {measures}.", measures=measures)


def _first_reason(table: pd.DataFrame) -> str:
    if table.empty:
        return say("no measure is of practitioners, sites or plans.")
    row = table.iloc[0]
    return f"{row['measure']}: {row['reason']}"
