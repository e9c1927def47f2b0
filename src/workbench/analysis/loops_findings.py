"""What loops say, as findings: what came back, how long it took, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.loops import FEWEST_ITEMS, Loops
from workbench.analysis.loops_decisions import EITHER, NOT_NOTED, POLICY, RESOURCES
from workbench.analysis.loops_times import TOLD_WITHIN, WITHIN_DAYS
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number, one_of

ANSWERED = "Does the answer come back to those who raised something?"
TIME = "How long does it take until what practice raises is decided and answered?"
DECIDED = "Do policy or resource decisions follow from what practice raises?"
EVIDENCE = "tables/loops_summary.parquet"
POLICY_EVIDENCE = "tables/loops_policy.parquet"
BEST_PRACTICE = "What practice raises is decided by those who can, and the answer comes back."
LONG = WITHIN_DAYS[-1]
"""Days after which an open item, or a usual wait, calls for action."""


def loops_findings(result: Loops) -> list[Finding]:
    """Make the findings on loops; all are about the network."""
    if result.why_not:
        return [
            not_estimable(name, question, f"{result.why_not}{_left_out(result)}", evidence=evidence)
            for name, question, evidence in (
                ("loops.answered", ANSWERED, EVIDENCE),
                ("loops.time", TIME, EVIDENCE),
                ("loops.policy", DECIDED, POLICY_EVIDENCE),
            )
        ]
    whole = result.summary[result.summary["scope"] == "network"].to_dict("records")[0]
    return [_answered(result, whole), _time(result, whole), _policy(result)]


def _answered(result: Loops, row: Mapping[Any, Any]) -> Finding:
    about: dict[str, Any] = {"evidence": EVIDENCE, "n": int(row["raised"]), "n_of": "items raised"}
    prompt = _answer_prompt(row)
    flow = (
        f"Of {count_of(int(row['raised']), 'item')} raised up to the end of {result.quarter}, "
        f"{int(row['decided'])} were decided and {int(row['answered'])} answered; "
        f"{int(row['open'])} are open."
    )
    share = row["share_answered_90"]
    if not np.isfinite(share):
        reason = f"{row['reason']}." if row["reason"] else f"no item was followed for {LONG} days."
        return not_estimable("loops.answered", ANSWERED, f"{reason} {flow}", **about)
    low, high = 100 * row["share_low"], 100 * row["share_high"]
    parts = [
        flow,
        f"Within {LONG} days {number(100 * share)}% are answered (95% interval "
        f"{interval(low, high)}), within {WITHIN_DAYS[0]} days "
        f"{number(100 * row['share_answered_30'])}%.",
        _told(row),
        "Open items count as waiting, and as neither answered nor failed.",
        _left_out(result).strip(),
    ]
    return Finding(
        id="loops.answered",
        question=ANSWERED,
        statement=" ".join(part for part in parts if part),
        estimate=float(100 * share),
        conf_low=float(low),
        conf_high=float(high),
        unit=f"percent answered within {LONG} days",
        action_prompt=prompt,
        best_practice=BEST_PRACTICE if prompt else "",
        **about,
    )


def _told(row: Mapping[Any, Any]) -> str:
    """Say what share of decisions came back within a month."""
    if not np.isfinite(row["share_told_30"]):
        return ""
    reach = interval(100 * row["share_told_low"], 100 * row["share_told_high"])
    return (
        f"Of what was decided, {number(100 * row['share_told_30'])}% came back to those who raised "
        f"it within {TOLD_WITHIN} days of the decision (95% interval {reach}; "
        f"{count_of(int(row['decided']), 'decision')})."
    )


def _answer_prompt(row: Mapping[Any, Any]) -> str:
    if not row["oldest_open_days"] > LONG:
        return ""
    waited = f"The oldest has waited {count_of(int(row['oldest_open_days']), 'day')}."
    if row["open"] == 1:
        return f"Answer the open point and tell those who raised it. {waited}"
    few = "three oldest" if row["open"] > 3 else str(int(row["open"]))
    return f"Answer the {few} open points and tell those who raised them. {waited}"


def _time(result: Loops, row: Mapping[Any, Any]) -> Finding:
    about: dict[str, Any] = {"evidence": EVIDENCE, "n": int(row["raised"]), "n_of": "items raised"}
    decision, answer = row["median_days_to_decision"], row["median_days_to_answer"]
    if not np.isfinite(decision) and not np.isfinite(answer):
        reason = f"{row['reason']}." if row["reason"] else "fewer than half have been decided yet."
        return not_estimable("loops.time", TIME, reason, **about)
    parts = [
        f"Half of what is raised is decided within {_days(row, 'decision')}."
        if np.isfinite(decision)
        else "Fewer than half of the items have been decided yet.",
        f"Half is answered within {_days(row, 'answer')}."
        if np.isfinite(answer)
        else "Fewer than half have been answered yet, so the time to an answer can't be told.",
        _by_level(result.summary),
    ]
    slow = _slow_levels(result.summary)
    known = np.isfinite(answer)
    ends = [row["median_answer_low"], row["median_answer_high"]]
    return Finding(
        id="loops.time",
        question=TIME,
        statement=" ".join(part for part in parts if part),
        estimate=float(answer) if known else None,
        conf_low=float(ends[0]) if known and np.isfinite(ends[0]) else None,
        conf_high=float(ends[1]) if known and np.isfinite(ends[1]) else None,
        unit="days until half is answered",
        action_prompt=f"Agree on a day each month on which the {one_of(slow)} level decides what "
        "was raised to it."
        if slow
        else "",
        best_practice=BEST_PRACTICE if slow else "",
        **about,
    )


def _days(row: Mapping[Any, Any], event: str) -> str:
    """Write a median with its interval, which may have no upper end yet."""
    low, high = (
        ("median_low", "median_high")
        if event == "decision"
        else ("median_answer_low", "median_answer_high")
    )
    days = count_of(round(row[f"median_days_to_{event}"]), "day")
    if np.isfinite(row[high]):
        reach = interval(row[low], row[high])
    else:
        reach = f"{number(row[low])} and more"
    return f"{days} (95% interval {reach}; {count_of(int(row['raised']), 'item')})"


def _by_level(summary: pd.DataFrame) -> str:
    """Time to a decision at each level asked."""
    levels = summary[summary["scope"] == "raised_to"]
    known = levels["median_days_to_decision"].notna()
    said = [
        f"{_days(row, 'decision')} at the {row['level']} level"
        for row in levels[known].to_dict("records")
    ]
    few = [str(level) for level in levels.loc[~known, "level"]]
    parts = [f"By the level asked, half is decided within {one_of(said)}."] if said else []
    if few:
        parts.append(f"For the {one_of(few)} level it can't be told.")
    return " ".join(parts)


def _slow_levels(summary: pd.DataFrame) -> list[str]:
    """Levels whose median time to a decision is surely above the limit."""
    levels = summary[(summary["scope"] == "raised_to") & (summary["median_low"] > LONG)]
    return [str(level) for level in levels["level"]]


def _policy(result: Loops) -> Finding:
    mine = result.policy[result.policy["level"] == ""]
    rows = dict(zip(mine["kind"], mine.to_dict("records"), strict=True))
    noted = int(rows[EITHER]["of"]) if rows else 0
    about: dict[str, Any] = {
        "evidence": POLICY_EVIDENCE, "n": noted, "n_of": "decisions in words",
    }  # fmt: skip
    if noted < FEWEST_ITEMS:
        reason = f"the words of only {count_of(noted, 'decision')} are noted."
        return not_estimable("loops.policy", DECIDED, reason, **about)
    either = rows[EITHER]
    low, high = 100 * either["conf_low"], 100 * either["conf_high"]
    silent = int(rows[NOT_NOTED]["decisions"])
    unsaid = f" For {count_of(silent, 'decision')} no words are noted." if silent else ""
    return Finding(
        id="loops.policy",
        question=DECIDED,
        statement=f"Of {count_of(noted, 'decision')}, {int(either['decisions'])} "
        f"({number(100 * either['share'])}%, 95% interval {interval(low, high)}) speak of policy "
        f"or resources: {int(rows[POLICY]['decisions'])} of policy and "
        f"{int(rows[RESOURCES]['decisions'])} of resources. This is read from the words of "
        f"the decisions, and does not tell whether they were carried out.{unsaid}",
        estimate=float(100 * either["share"]),
        conf_low=float(low),
        conf_high=float(high),
        unit="percent of decisions",
        **about,
    )


def _left_out(result: Loops) -> str:
    """Say which items were not used; nothing of those raised after the quarter."""
    rest = {why: count for why, count in result.left_out.items() if "after" not in why}
    if not rest:
        return ""
    why = one_of([f"{count} {reason}" for reason, count in rest.items()])
    return f" {count_of(sum(rest.values()), 'item is', 'items are')} left out: {why}."
