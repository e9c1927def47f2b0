"""How long items wait for a decision and for an answer, with those that still wait censored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from workbench.models.proportions import wilson_interval
from workbench.models.survival import SurvivalCurve, kaplan_meier

WITHIN_DAYS = (30, 60, 90)
TOLD_WITHIN = 30
"""Days after a decision within which those who raised the item should hear of it."""
SUMMARY_COLUMNS = [
    "scope", "level", "topic", "raised", "decided", "answered", "open", "waiting_for_decision",
    "waiting_for_answer", "oldest_open_days",
    "median_days_to_decision", "median_low", "median_high",
    "median_days_to_answer", "median_answer_low", "median_answer_high",
    "share_answered_30", "share_30_low", "share_30_high",
    "share_answered_60", "share_60_low", "share_60_high",
    "share_answered_90", "share_low", "share_high",
    "share_told_30", "share_told_low", "share_told_high",
    "reason",
]  # fmt: skip
CURVE_COLUMNS = ["scope", "level", "event", "days", "share", "conf_low", "conf_high", "at_risk"]
EVENTS = {"decided": "days_to_decision", "answered": "days_to_answer"}


def counts_of(items: pd.DataFrame) -> dict[str, int | float]:
    """Count a group's items by how far they have come; open means not answered."""
    waiting = items[~items["answered"]]
    return {
        "raised": len(items),
        "decided": int(items["decided"].sum()),
        "answered": int(items["answered"].sum()),
        "open": len(waiting),
        "waiting_for_decision": int((~waiting["decided"]).sum()),
        "waiting_for_answer": int(waiting["decided"].sum()),
        "oldest_open_days": float(waiting["days_to_answer"].max()) if len(waiting) else np.nan,
    }


def times_of(items: pd.DataFrame) -> dict[str, float]:
    """Medians, and shares answered by certain days, of a group, each with a 95% interval.

    Shares are Kaplan and Meier's, from 0 to 1: an item that is open counts as waiting up to the
    end of the quarter, and after that as neither answered nor failed.
    """
    decided = kaplan_meier(items["days_to_decision"], items["decided"])
    answered = kaplan_meier(items["days_to_answer"], items["answered"])
    known = items[items["decided"]]
    told = kaplan_meier(known["days_to_telling"], known["told"])
    found = {
        "median_days_to_decision": decided.median,
        "median_low": decided.median_low,
        "median_high": decided.median_high,
        "median_days_to_answer": answered.median,
        "median_answer_low": answered.median_low,
        "median_answer_high": answered.median_high,
    }
    for days, ends in zip(WITHIN_DAYS, shares_by(answered, WITHIN_DAYS), strict=True):
        name = "share" if days == WITHIN_DAYS[-1] else f"share_{days}"
        found |= {f"share_answered_{days}": ends[0], f"{name}_low": ends[1]}
        found[f"{name}_high"] = ends[2]
    [(share, low, high)] = shares_by(told, [TOLD_WITHIN])
    return found | {"share_told_30": share, "share_told_low": low, "share_told_high": high}


def shares_by(curve: SurvivalCurve, days: Sequence[float]) -> list[tuple[float, float, float]]:
    """Shares that had the event within so many days, with intervals; NaN if none waited so long.

    Where none of those who waited so long had it, or all had it, the curve has no interval. It is
    then Wilson's: for none of those still at risk, or for all of those with the event.
    """
    found = []
    for read in curve.at(days).to_dict("records"):
        share, low, high = 1 - read["survival"], 1 - read["conf_high"], 1 - read["conf_low"]
        if share in (0, 1):
            of = read["at_risk"] if share == 0 else curve.n_events
            low, high = (float(end) for end in wilson_interval(share * of, of))
        found.append((share, low, high))
    return found


def curve_rows(scope: str, level: str, items: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Give the steps of the shares decided and answered over days, from day 0 on."""
    for event, days in EVENTS.items():
        curve = kaplan_meier(items[days], items[event])
        steps = curve.steps
        about = {"scope": scope, "level": level, "event": event}
        if steps.empty or steps["time"].iloc[0] > 0:
            yield {
                **about, "days": 0.0, "share": 0.0, "conf_low": np.nan, "conf_high": np.nan,
                "at_risk": curve.n,
            }  # fmt: skip
        for step in steps.to_dict("records"):
            yield {
                **about,
                "days": float(step["time"]),
                "share": 1 - step["survival"],
                "conf_low": 1 - step["conf_high"],
                "conf_high": 1 - step["conf_low"],
                "at_risk": int(step["at_risk"]),
            }
