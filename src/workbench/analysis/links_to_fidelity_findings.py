"""What follow-through and ownership go with in fidelity of the quarter before, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity import STEP, Reliability
from workbench.analysis.links_to_fidelity_rows import DAYS, DONE, OWNERSHIP
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number, one_of

IDS = {DONE: "plans.fidelity", OWNERSHIP: "plans.ownership_fidelity"}
QUESTIONS = {
    DONE: mark(
        "Are more actions done after quarters in which the practitioner's fidelity was higher?"
    ),
    OWNERSHIP: mark(
        "Do people own their plan more after quarters in which the practitioner's fidelity was "
        "higher?"
    ),
}
N_OF = {DONE: mark("actions"), OWNERSHIP: mark("ratings by the person")}
WHAT = {
    DONE: mark("whether an action is done within {days} days"),
    OWNERSHIP: mark("ownership as the person sees it"),
}
CHANGED = {
    DONE: mark(
        "After a quarter in which a practitioner's fidelity stood {step} points above their own "
        "mean, an action has {size} of being done within {days} days."
    ),
    OWNERSHIP: mark(
        "After a quarter in which a practitioner's fidelity stood {step} points above their own "
        "mean, ownership as the person sees it stands {size}."
    ),
}
DIGITS = {DONE: 2, OWNERSHIP: 1}
NO_DIFFERENCE = {DONE: 1.0, OWNERSHIP: 0.0}
PROMPTS = {
    DONE: mark(
        "In coaching, go through one plan: how were its next steps agreed, and what became of them "
        "once the meeting was over?"
    ),
    OWNERSHIP: mark(
        "In coaching, go through one plan: where do the person's own priorities and decisions show "
        "in how it was made?"
    ),
}
BEST_PRACTICE = mark("The process builds what lets a plan hold up once the meeting is over.")
CAUTION = mark(
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
    named, question = IDS[outcome], say(QUESTIONS[outcome])
    about: dict[str, Any] = {"n_of": N_OF[outcome], "evidence": "tables/links.parquet"}
    whole = links[links["component"] == ""]
    if outcome in missing or whole.empty:
        reason = missing.get(outcome) or say("there is nothing to set beside fidelity.")
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
        say(CAUTION),
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
        action_prompt=say(PROMPTS[outcome]) if rises else "",
        best_practice=say(BEST_PRACTICE) if rises else "",
        **about,
    )


def _lead(outcome: str, row: pd.Series) -> str:
    size = _size(outcome, row, "within")
    if not row["shown"]:
        return say(
            "No sure tie of {what} with the practitioner's fidelity in the quarter before is seen: "
            "{step} points above the practitioner's own mean go with {size}.",
            what=say(WHAT[outcome], days=DAYS),
            step=number(STEP),
            size=size,
        )
    return say(CHANGED[outcome], step=number(STEP), size=size, days=DAYS)


def _size(outcome: str, row: Any, side: str) -> str:
    digits, signed = DIGITS[outcome], outcome != DONE
    ends = interval(row[f"{side}_low"], row[f"{side}_high"], digits, signed)
    told = number(row[side], digits, signed)
    if outcome == DONE:
        return say("{ratio} times the odds (95% interval {interval})", ratio=told, interval=ends)
    return say("{points} points (95% interval {interval})", points=told, interval=ends)


def _components(outcome: str, links: pd.DataFrame) -> str:
    tested = links[(links["component"] != "") & links["p_value"].notna()]
    if tested.empty:
        return ""
    shown = tested[tested["shown"].astype(bool)].sort_values("p_value", kind="stable")
    looked = count_of(len(tested), "component")
    if shown.empty:
        return say("None of {looked} looked at surely goes with it.", looked=looked)
    listed = [
        f"{str(row['title']).lower()} ({number(row['within'], DIGITS[outcome], outcome != DONE)})"
        for row in shown.to_dict("records")
    ]
    return say(
        "Of {looked} looked at, {listed} can be shown to go with it.",
        looked=looked,
        listed=one_of(listed),
    )


def _between(outcome: str, row: pd.Series) -> str:
    if not np.isfinite(row["between"]):
        return ""
    return say(
        "Practitioners who stand {step} points higher than others go with {size}, which may be for "
        "other reasons.",
        step=number(STEP),
        size=_size(outcome, row, "between"),
    )


def _left_out(outcome: str, closed_first: int) -> str:
    if outcome != DONE or not closed_first:
        return ""
    return say(
        "{actions} whose plan closed within {days} days with the action undone are left out.",
        actions=count_of(closed_first, "action"),
        days=DAYS,
    )
