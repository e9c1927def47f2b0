"""What follow-through and ownership go with in fidelity of the quarter before, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity import STEP, Reliability
from workbench.analysis.links_to_fidelity_rows import DAYS, DONE, OWNERSHIP
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

IDS = {DONE: "plans.fidelity", OWNERSHIP: "plans.ownership_fidelity"}
QUESTIONS = {
    DONE: "Are more actions done after quarters in which the practitioner's fidelity was higher?",
    OWNERSHIP: "Do people own their plan more after quarters in which the practitioner's fidelity "
    "was higher?",
}
N_OF = {DONE: "actions", OWNERSHIP: "ratings by the person"}
WHAT = {
    DONE: f"whether an action is done within {DAYS} days",
    OWNERSHIP: "ownership as the person sees it",
}
DIGITS = {DONE: 2, OWNERSHIP: 1}
NO_DIFFERENCE = {DONE: 1.0, OWNERSHIP: 0.0}
PROMPTS = {
    DONE: "In coaching, go through one plan: how were its next steps agreed, and what became of "
    "them once the meeting was over?",
    OWNERSHIP: "In coaching, go through one plan: where do the person's own priorities and "
    "decisions show in how it was made?",
}
BEST_PRACTICE = "The process builds what lets a plan hold up once the meeting is over."
CAUTION = (
    "This is an association. Fidelity came first, but that does not make it the reason: what else "
    "changed for the practitioner is not known."
)


def link_findings(
    links: pd.DataFrame, measured: Reliability, closed_first: int, missing: Mapping[str, str]
) -> list[Finding]:
    """Make one finding for follow-through and one for ownership."""
    return [
        _finding(outcome, links[links["outcome"] == outcome], measured, closed_first, missing)
        for outcome in IDS
    ]


def _finding(
    outcome: str,
    links: pd.DataFrame,
    measured: Reliability,
    closed_first: int,
    missing: Mapping[str, str],
) -> Finding:
    named, question = IDS[outcome], QUESTIONS[outcome]
    about: dict[str, Any] = {"n_of": N_OF[outcome], "evidence": "tables/links.parquet"}
    whole = links[links["component"] == ""]
    if outcome in missing or whole.empty:
        reason = missing.get(outcome, "there is nothing to set beside fidelity.")
        return not_estimable(named, question, reason, n_practitioners=0, n_plans=0, **about)
    row = whole.iloc[0]
    about |= {
        "n": int(row["n_rows"]),
        "n_practitioners": int(row["n_practitioners"]),
        "n_plans": int(row["n_plans"]),
    }
    if pd.isna(row["p_value"]):
        return not_estimable(named, question, str(row["reason"]), **about)
    parts = [
        _lead(outcome, row),
        _components(outcome, links),
        _between(outcome, row),
        _left_out(outcome, closed_first),
        measured.said(),
        CAUTION,
    ]
    rises = bool(row["shown"]) and row["within"] > NO_DIFFERENCE[outcome]
    return Finding(
        id=named,
        question=question,
        statement=" ".join(part for part in parts if part),
        estimate=float(row["within"]),
        conf_low=float(row["within_low"]),
        conf_high=float(row["within_high"]),
        unit=str(row["unit"]),
        action_prompt=PROMPTS[outcome] if rises else "",
        best_practice=BEST_PRACTICE if rises else "",
        **about,
    )


def _lead(outcome: str, row: pd.Series) -> str:
    size = _size(outcome, row, "within")
    if not row["shown"]:
        return (
            f"No sure tie of {WHAT[outcome]} with the practitioner's fidelity in the quarter "
            f"before is seen: {STEP:.0f} points above the practitioner's own mean go with {size}."
        )
    return (
        f"After a quarter in which a practitioner's fidelity stood {STEP:.0f} points above their "
        f"own mean, {_changed(outcome, size)}."
    )


def _changed(outcome: str, size: str) -> str:
    if outcome == DONE:
        return f"an action has {size} of being done within {DAYS} days"
    return f"ownership as the person sees it stands {size}"


def _size(outcome: str, row: Any, side: str) -> str:
    digits, signed = DIGITS[outcome], outcome != DONE
    ends = interval(row[f"{side}_low"], row[f"{side}_high"], digits, signed)
    told = number(row[side], digits, signed)
    unit = "times the odds" if outcome == DONE else "points"
    return f"{told} {unit} (95% interval {ends})"


def _components(outcome: str, links: pd.DataFrame) -> str:
    tested = links[(links["component"] != "") & links["p_value"].notna()]
    if tested.empty:
        return ""
    shown = tested[tested["shown"].astype(bool)].sort_values("p_value", kind="stable")
    looked = count_of(len(tested), "component")
    if shown.empty:
        return f"None of {looked} looked at surely goes with it."
    listed = [
        f"{str(row['title']).lower()} ({number(row['within'], DIGITS[outcome], outcome != DONE)})"
        for row in shown.to_dict("records")
    ]
    return f"Of {looked} looked at, {one_of(listed)} can be shown to go with it."


def _between(outcome: str, row: pd.Series) -> str:
    if not np.isfinite(row["between"]):
        return ""
    return (
        f"Practitioners who stand {STEP:.0f} points higher than others go with "
        f"{_size(outcome, row, 'between')}, which may be for other reasons."
    )


def _left_out(outcome: str, closed_first: int) -> str:
    if outcome != DONE or not closed_first:
        return ""
    said = count_of(closed_first, "action")
    return f"{said} whose plan closed within {DAYS} days with the action undone are left out."
