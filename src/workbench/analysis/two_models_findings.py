"""What the organisation rewards, and how far that is the practice it trained, as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.two_models_rows import PRACTICE
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import interval, number, one_of

SHARES, SHARES_QUESTION = (
    "reinforcement.two_models",
    "What does what the organisation rewards go with?",
)
ALIGNMENT = "reinforcement.alignment"
ALIGNMENT_QUESTION = "How much of what is rewarded is the practice that was trained?"
UNIT = "percent of what can be told about ratings"
COLLIDING = 5.0
"""Variance inflation factor above which predictors move together too much to be told apart."""
LITTLE = 0.10
"""Part of the variance of ratings below which little of them can be told."""
NAMES = {
    PRACTICE: "practice as a whole",
    "productivity": "productivity",
    "documentation": "documentation",
    "attendance": "attendance",
}
PROMPT = (
    "Leaders: set the appraisal form beside the practice model, and put {least} into what is "
    "praised, rated and paid for."
)
BEST_PRACTICE = "What is recognised and rewarded is the practice that was trained."


def shares_finding(
    shares: pd.DataFrame,
    groups: pd.DataFrame,
    alignment: pd.DataFrame,
    about: Mapping[str, object],
    left_out: Sequence[str],
) -> Finding:
    """Say what is rewarded most, and which component of practice least."""
    known: dict[str, Any] = {**about, "evidence": "tables/two_models.parquet"}
    reason = str(known.pop("reason"))
    if reason:
        return not_estimable(SHARES, SHARES_QUESTION, reason, **known)
    most = groups.sort_values("share", ascending=False, kind="stable").iloc[0]
    rest = groups[groups["group"] != most["group"]].sort_values("share", ascending=False)
    others = one_of([f"{NAMES[row['group']]} {_share(row)}" for row in rest.to_dict("records")])
    practice = shares[shares["group"] == PRACTICE].sort_values("share", kind="stable")
    least = practice.iloc[0]
    parts = [
        f"What the organisation's ratings go with most is {NAMES[most['group']]}: {_share(most)} "
        f"of what can be told about them. Then {others}.",
        _of_practice(practice),
        _told(alignment.iloc[0]),
        _against(shares),
        _colliding(shares),
        *(f"{one[0].upper()}{one[1:]}" for one in left_out),
        "This is an association of ratings with what was recorded and observed.",
    ]
    return Finding(
        id=SHARES,
        question=SHARES_QUESTION,
        statement=" ".join(part for part in parts if part),
        estimate=100 * float(most["share"]),
        conf_low=100 * float(most["share_low"]),
        conf_high=100 * float(most["share_high"]),
        unit=f"{UNIT} ({NAMES[most['group']]})",
        action_prompt=PROMPT.format(least=str(least["title"]).lower()),
        best_practice=BEST_PRACTICE,
        **known,
    )


def alignment_finding(
    alignment: pd.DataFrame, trend: tuple[float, float, float], about: Mapping[str, object]
) -> Finding:
    """Say which share practice has in what is rewarded, now and beside earlier years."""
    known: dict[str, Any] = {**about, "evidence": "tables/alignment.parquet"}
    reason = str(known.pop("reason"))
    if reason:
        return not_estimable(ALIGNMENT, ALIGNMENT_QUESTION, reason, **known)
    able = alignment[alignment["alignment"].notna()]
    now, whole = able.iloc[-1], alignment.iloc[0]
    when = f"in {now['period']}" if now["period"] else "over all periods"
    said = f"The alignment index {when} is {_share(now.rename({'alignment': 'share'}))}: "
    said += "the share of practice in what can be told about ratings."
    if now["period"]:
        said += f" Over all periods it is {_share(whole.rename({'alignment': 'share'}))}."
    known["n"], known["n_practitioners"] = int(now["n_rows"]), int(now["n_practitioners"])
    return Finding(
        id=ALIGNMENT,
        question=ALIGNMENT_QUESTION,
        statement=f"{said} {_trend(trend)} It may move because practice comes to differ more "
        "between people, with ratings made as before. The index is an association, of practice "
        "as it was observed: one or two observations in a period show it with error, so that its "
        "true share is rather higher than lower.",
        estimate=100 * float(now["alignment"]),
        conf_low=100 * float(now["conf_low"]),
        conf_high=100 * float(now["conf_high"]),
        unit=UNIT,
        action_prompt="Leaders: agree what share of recognition practice is meant to have, and "
        "look at the index beside it next year.",
        best_practice=BEST_PRACTICE,
        **known,
    )


def _share(row: Any) -> str:
    """Write a share with its interval.

    >>> _share({"share": 0.462, "share_low": 0.381, "share_high": 0.54})
    '46% (95% interval 38 to 54)'
    """
    low = row["share_low"] if "share_low" in row else row["conf_low"]
    high = row["share_high"] if "share_high" in row else row["conf_high"]
    return f"{number(100 * row['share'])}% (95% interval {interval(100 * low, 100 * high)})"


def _of_practice(practice: pd.DataFrame) -> str:
    """Name the component that is rewarded least; only as far as it can be told from the others."""
    least = practice.iloc[0]
    if len(practice) == 1:
        return ""
    said = f"Of practice, {str(least['title']).lower()} has the least: {_share(least)}"
    beside = practice.iloc[1:]
    same = beside[beside["share_low"] <= least["share_high"]]
    if same.empty:
        return f"{said}."
    named = one_of([str(title).lower() for title in same["title"]])
    return f"{said}; its interval and {'that' if len(same) == 1 else 'those'} of {named} overlap."


def _told(whole: pd.Series) -> str:
    """Say how much of the ratings can be told at all."""
    told = {
        "share": whole["explained"],
        "share_low": whole["explained_low"],
        "share_high": whole["explained_high"],
    }
    little = " That is little: most of what is rewarded is not recorded here."
    return (
        f"All of it together tells {_share(told)} of how ratings differ between practitioners of "
        f"a site in a period.{little if whole['explained'] < LITTLE else ''}"
    )


def _against(shares: pd.DataFrame) -> str:
    """Name what goes with lower ratings."""
    lower = shares[(shares["direction"] < 0) & (shares["share_low"] > 0)]
    if lower.empty:
        return ""
    named = one_of([str(title).lower() for title in lower["title"]])
    return f"More {named} goes with lower ratings."


def _colliding(shares: pd.DataFrame) -> str:
    """Say which predictors move together, and whether ridge regression orders them otherwise."""
    together = shares[shares["vif"] > COLLIDING]
    if together.empty:
        return ""
    named = one_of([str(title).lower() for title in together["title"]])
    largest = number(float(together["vif"].max()), 1)
    titles = list(shares["title"])
    first = titles[int(shares["ridge"].abs().to_numpy().argmax())]
    same = first == titles[int(shares["share"].to_numpy().argmax())]
    verdict = "also" if same else "rather"
    return (
        f"{named[0].upper()}{named[1:]} move together (variance inflation up to {largest}), so "
        f"that their shares are hard to tell apart; a ridge regression {verdict} puts "
        f"{str(first).lower()} first."
    )


def _trend(trend: tuple[float, float, float]) -> str:
    points, low, high = (100 * one for one in trend)
    if np.isnan(points):
        return "Whether it rises or falls can't be said: fewer than two years can be told."
    between = f"{number(points, 1, signed=True)} points a year (95% interval "
    between += f"{interval(low, high, 1, signed=True, beside=(0,))})"
    lead = certainty(low, high).pick("It falls by", "It rises by", "No sure rise or fall:")
    return f"{lead} {between}."
