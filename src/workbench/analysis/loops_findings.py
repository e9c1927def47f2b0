"""What loops say, as findings: what came back, how long it took, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.loops import FEWEST_ITEMS, Loops
from workbench.analysis.loops_decisions import EITHER, NOT_NOTED, POLICY, RESOURCES
from workbench.analysis.loops_items import RAISED_LATER
from workbench.analysis.loops_times import TOLD_WITHIN, WITHIN_DAYS
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number, one_of

ANSWERED = mark("Does the answer come back to those who raised something?")
TIME = mark("How long does it take until what practice raises is decided and answered?")
DECIDED = mark("Do policy or resource decisions follow from what practice raises?")
EVIDENCE = "tables/loops_summary.parquet"
POLICY_EVIDENCE = "tables/loops_policy.parquet"
BEST_PRACTICE = mark("What practice raises is decided by those who can, and the answer comes back.")
LONG = WITHIN_DAYS[-1]
"""Days after which an open item, or a usual wait, calls for action."""
WITHIN_LONG = mark("percent answered within 90 days")


def loops_findings(result: Loops) -> list[Finding]:
    """Make the findings on loops; all are about the network."""
    if result.why_not:
        return [
            not_estimable(
                name, say(question), f"{result.why_not}{_left_out(result)}", evidence=evidence
            )
            for name, question, evidence in (
                ("loops.answered", ANSWERED, EVIDENCE),
                ("loops.time", TIME, EVIDENCE),
                ("loops.policy", DECIDED, POLICY_EVIDENCE),
            )
        ]
    whole = result.summary[result.summary["scope"] == "network"].to_dict("records")[0]
    return [_answered(result, whole), _time(result, whole), _policy(result)]


def _answered(result: Loops, row: Mapping[Any, Any]) -> Finding:
    about: dict[str, Any] = {
        "evidence": EVIDENCE, "n": int(row["raised"]), "n_of": mark("items raised"),
    }  # fmt: skip
    prompt = _answer_prompt(row)
    flow = say(
        "Of {items} raised up to the end of {quarter}, {decided} were decided and {answered} "
        "answered; {waiting} are open.",
        items=count_of(int(row["raised"]), "item"),
        quarter=result.quarter,
        decided=int(row["decided"]),
        answered=int(row["answered"]),
        waiting=int(row["open"]),
    )
    share = row["share_answered_90"]
    if not np.isfinite(share):
        not_yet = say("no item was followed for {days} days.", days=LONG)
        reason = f"{row['reason']}." if row["reason"] else not_yet
        return not_estimable("loops.answered", say(ANSWERED), f"{reason} {flow}", **about)
    low, high = 100 * row["share_low"], 100 * row["share_high"]
    parts = [
        flow,
        say(
            "Within {days} days {share}% are answered (95% interval {between}), within {fewer} "
            "days {share_then}%.",
            days=LONG,
            share=number(100 * share),
            between=interval(low, high),
            fewer=WITHIN_DAYS[0],
            share_then=number(100 * row["share_answered_30"]),
        ),
        _told(row),
        say("Open items count as waiting, and as neither answered nor failed."),
        _left_out(result).strip(),
    ]
    return Finding(
        id="loops.answered",
        question=say(ANSWERED),
        statement=" ".join(part for part in parts if part),
        estimate=float(100 * share),
        conf_low=float(low),
        conf_high=float(high),
        unit=WITHIN_LONG,
        action_prompt=prompt,
        best_practice=say(BEST_PRACTICE) if prompt else "",
        **about,
    )


def _told(row: Mapping[Any, Any]) -> str:
    """Say what share of decisions came back within a month."""
    if not np.isfinite(row["share_told_30"]):
        return ""
    reach = interval(100 * row["share_told_low"], 100 * row["share_told_high"])
    return say(
        "Of what was decided, {share}% came back to those who raised it within {days} days of the "
        "decision (95% interval {between}; {decisions}).",
        share=number(100 * row["share_told_30"]),
        days=TOLD_WITHIN,
        between=reach,
        decisions=count_of(int(row["decided"]), "decision"),
    )


def _answer_prompt(row: Mapping[Any, Any]) -> str:
    if not row["oldest_open_days"] > LONG:
        return ""
    days = count_of(int(row["oldest_open_days"]), "day")
    waited = say("The oldest has waited {days}.", days=days)
    if row["open"] == 1:
        step = say("Answer the open point and tell those who raised it.")
    elif row["open"] > 3:
        step = say("Answer the three oldest open points and tell those who raised them.")
    else:
        count = int(row["open"])
        step = say("Answer the {n} open points and tell those who raised them.", n=count)
    return f"{step} {waited}"


def _time(result: Loops, row: Mapping[Any, Any]) -> Finding:
    about: dict[str, Any] = {
        "evidence": EVIDENCE, "n": int(row["raised"]), "n_of": mark("items raised"),
    }  # fmt: skip
    decision, answer = row["median_days_to_decision"], row["median_days_to_answer"]
    if not np.isfinite(decision) and not np.isfinite(answer):
        not_yet = say("fewer than half have been decided yet.")
        reason = f"{row['reason']}." if row["reason"] else not_yet
        return not_estimable("loops.time", say(TIME), reason, **about)
    parts = [
        say("Half of what is raised is decided within {days}.", days=_days(row, "decision"))
        if np.isfinite(decision)
        else say("Fewer than half of the items have been decided yet."),
        say("Half is answered within {days}.", days=_days(row, "answer"))
        if np.isfinite(answer)
        else say("Fewer than half have been answered yet, so the time to an answer can't be told."),
        _by_level(result.summary),
    ]
    slow = _slow_levels(result.summary)
    known = np.isfinite(answer)
    ends = [row["median_answer_low"], row["median_answer_high"]]
    return Finding(
        id="loops.time",
        question=say(TIME),
        statement=" ".join(part for part in parts if part),
        estimate=float(answer) if known else None,
        conf_low=float(ends[0]) if known and np.isfinite(ends[0]) else None,
        conf_high=float(ends[1]) if known and np.isfinite(ends[1]) else None,
        unit=mark("days until half is answered"),
        action_prompt=say(
            "Agree on a day each month on which the {levels} level decides what was raised to it.",
            levels=one_of(slow),
        )
        if slow
        else "",
        best_practice=say(BEST_PRACTICE) if slow else "",
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
        reach = say("{low} and more", low=number(row[low]))
    items = count_of(int(row["raised"]), "item")
    return say("{days} (95% interval {between}; {items})", days=days, between=reach, items=items)


def _by_level(summary: pd.DataFrame) -> str:
    """Time to a decision at each level asked."""
    levels = summary[summary["scope"] == "raised_to"]
    known = levels["median_days_to_decision"].notna()
    said = [
        say("{days} at the {level} level", days=_days(row, "decision"), level=say(row["level"]))
        for row in levels[known].to_dict("records")
    ]
    few = [say(str(level)) for level in levels.loc[~known, "level"]]
    parts = []
    if said:
        times = one_of(said)
        parts.append(say("By the level asked, half is decided within {times}.", times=times))
    if few:
        parts.append(say("For the {levels} level it can't be told.", levels=one_of(few)))
    return " ".join(parts)


def _slow_levels(summary: pd.DataFrame) -> list[str]:
    """Levels whose median time to a decision is surely above the limit."""
    levels = summary[(summary["scope"] == "raised_to") & (summary["median_low"] > LONG)]
    return [say(str(level)) for level in levels["level"]]


def _policy(result: Loops) -> Finding:
    mine = result.policy[result.policy["level"] == ""]
    rows = dict(zip(mine["kind"], mine.to_dict("records"), strict=True))
    noted = int(rows[EITHER]["of"]) if rows else 0
    about: dict[str, Any] = {
        "evidence": POLICY_EVIDENCE, "n": noted, "n_of": mark("decisions in words"),
    }  # fmt: skip
    if noted < FEWEST_ITEMS:
        decisions = count_of(noted, "decision")
        reason = say("the words of only {decisions} are noted.", decisions=decisions)
        return not_estimable("loops.policy", say(DECIDED), reason, **about)
    either = rows[EITHER]
    low, high = 100 * either["conf_low"], 100 * either["conf_high"]
    parts = [
        say(
            "Of {decisions}, {either} ({share}%, 95% interval {between}) speak of policy or "
            "resources: {policy} of policy and {resources} of resources.",
            decisions=count_of(noted, "decision"),
            either=int(either["decisions"]),
            share=number(100 * either["share"]),
            between=interval(low, high),
            policy=int(rows[POLICY]["decisions"]),
            resources=int(rows[RESOURCES]["decisions"]),
        ),
        say(
            "This is read from the words of the decisions, and does not tell whether they were "
            "carried out."
        ),
    ]
    silent = int(rows[NOT_NOTED]["decisions"])
    if silent:
        unsaid = count_of(silent, "decision")
        parts.append(say("For {decisions} no words are noted.", decisions=unsaid))
    return Finding(
        id="loops.policy",
        question=say(DECIDED),
        statement=" ".join(parts),
        estimate=float(100 * either["share"]),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("percent of decisions"),
        **about,
    )


def _left_out(result: Loops) -> str:
    """Say which items were not used; nothing of those raised after the quarter."""
    rest = {why: count for why, count in result.left_out.items() if why != RAISED_LATER}
    if not rest:
        return ""
    why = one_of([f"{count} {say(reason)}" for reason, count in rest.items()])
    count = sum(rest.values())
    said = (
        mark("{n:,} item is left out: {reasons}.")
        if count == 1
        else mark("{n:,} items are left out: {reasons}.")
    )
    return f" {say(said, n=count, reasons=why)}"
