"""Loops: what practice raises, whether it is decided, and whether the answer comes back.

An item that is open at the end of the quarter has waited so long and no longer is known of it: it
counts as waiting until then, and never as answered or as failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.analysis.loops_decisions import DECISION_WORDS, decisions_by_kind
from workbench.analysis.loops_items import flow_by_quarter, groups_of, items_up_to
from workbench.analysis.loops_times import (
    CURVE_COLUMNS,
    SUMMARY_COLUMNS,
    counts_of,
    curve_rows,
    times_of,
)
from workbench.language import mark, say
from workbench.quarters import Quarter
from workbench.shown import Shown

__all__ = ["FEWEST_ITEMS", "Loops", "loops"]

FEWEST_ITEMS = 5
"""Items raised in a group below which its times and shares are withheld."""
WITH_CURVES = ("network", "raised_to")
NOT_HANDED_IN = mark("no table of feedback items was handed in.")
NOTHING_RAISED = mark("nothing was raised up to the end of {quarter}.")


@dataclass(frozen=True)
class Loops(Shown):
    """What became of the items that were raised up to the end of the quarter.

    Attributes
    ----------
    summary
        One row a group; see ``loops_times.SUMMARY_COLUMNS``. ``scope`` is ``network`` (all items),
        ``raised_to`` or ``raised_by`` (by ``level``) or ``topic``. ``reason`` tells why a group's
        numbers are withheld, or which topics are pooled in it.
    curve
        Shares decided and answered over days, for all items and by level asked; see
        ``loops_times.CURVE_COLUMNS``.
    policy
        Decisions by kind; see ``loops_decisions.POLICY_COLUMNS``.
    by_quarter
        ``quarter, raised, decided, answered, open_at_end``.
    left_out
        Items not used, by reason.
    quarter
        Label of the quarter of the report.
    why_not
        Why nothing can be said; empty if something can.
    """

    summary: pd.DataFrame
    curve: pd.DataFrame
    policy: pd.DataFrame
    by_quarter: pd.DataFrame
    left_out: dict[str, int]
    quarter: str
    why_not: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "loops_summary": self.summary,
            "loops_curve": self.curve,
            "loops_policy": self.policy,
            "loops_by_quarter": self.by_quarter,
        }


def loops(
    feedback_items: pd.DataFrame,
    quarter: Quarter,
    fewest: int = FEWEST_ITEMS,
    decision_words: Mapping[str, tuple[str, ...]] = DECISION_WORDS,
) -> Loops:
    """Follow items from the day they were raised to the decision and the answer.

    The table names no site, so all of this is about the network.

    Parameters
    ----------
    feedback_items
        ``feedback_item_id, raised_on, raised_by_level, raised_to_level``, and ``topic, decided_on,
        decision, answered_on`` where they are recorded.
    quarter
        Quarter of the report. What happened later was open then.
    fewest
        Items raised in a group below which its numbers are withheld; topics are pooled first.
    decision_words
        Words by which decisions of policy and of resources, and refusals, are told.

    Examples
    --------
    >>> raised = pd.to_datetime(["2026-01-05"] * 6)
    >>> items = pd.DataFrame({"feedback_item_id": list("abcdef"), "raised_on": raised})
    >>> items = items.assign(raised_by_level="practice", raised_to_level="site")
    >>> items["decided_on"] = raised + pd.to_timedelta([5, 10, 15, 20, 25, 30], unit="D")
    >>> found = loops(items, Quarter(2026, 1)).summary.iloc[0]
    >>> int(found["decided"]), int(found["open"]), float(found["median_days_to_decision"])
    (6, 6, 17.5)
    """
    items, left_out = items_up_to(feedback_items, quarter)
    flow = flow_by_quarter(items, quarter)
    if items.empty:
        handed_in = len(feedback_items) > 0
        why = say(NOTHING_RAISED, quarter=quarter) if handed_in else say(NOT_HANDED_IN)
        return Loops(
            pd.DataFrame(columns=SUMMARY_COLUMNS),
            pd.DataFrame(columns=CURVE_COLUMNS),
            decisions_by_kind(items, decision_words),
            flow,
            left_out,
            str(quarter),
            why,
        )
    summary, curve = [], []
    for scope, level, topic, note, mine in groups_of(items, fewest):
        enough = len(mine) >= fewest
        reason = note if enough else "; ".join(part for part in (_few(mine, fewest), note) if part)
        about = {"scope": scope, "level": level, "topic": topic, "reason": reason}
        summary.append({**about, **counts_of(mine), **(times_of(mine) if enough else {})})
        if enough and scope in WITH_CURVES:
            curve += list(curve_rows(scope, level, mine))
    return Loops(
        pd.DataFrame(summary).reindex(columns=SUMMARY_COLUMNS),
        pd.DataFrame(curve, columns=CURVE_COLUMNS),
        decisions_by_kind(items, decision_words),
        flow,
        left_out,
        str(quarter),
    )


def _few(items: pd.DataFrame, fewest: int) -> str:
    said = (
        mark("only {n} item was raised, fewer than {fewest}")
        if len(items) == 1
        else mark("only {n} items were raised, fewer than {fewest}")
    )
    return say(said, n=len(items), fewest=fewest)
