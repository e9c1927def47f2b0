"""What the organisation rewards, and how far that is the practice it trained, as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.two_models_rows import PRACTICE
from workbench.certainty import certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, noun, say
from workbench.wording import interval, number, one_of

SHARES = "reinforcement.two_models"
SHARES_QUESTION = mark("What does what the organisation rewards go with?")
ALIGNMENT = "reinforcement.alignment"
ALIGNMENT_QUESTION = mark("How much of what is rewarded is the practice that was trained?")
UNIT = mark("percent of what can be told about ratings")
COLLIDING = 5.0
"""Variance inflation factor above which predictors move together too much to be told apart."""
LITTLE = 0.10
"""Part of the variance of ratings below which little of them can be told."""
NAMES = {
    PRACTICE: mark("practice as a whole"),
    "productivity": mark("productivity"),
    "documentation": mark("documentation"),
    "attendance": mark("attendance"),
}
ALSO_FIRST = mark(
    "{what} move together (variance inflation up to {inflation}), so that their shares are hard to "
    "tell apart; a ridge regression also puts {first} first."
)
RATHER_FIRST = mark(
    "{what} move together (variance inflation up to {inflation}), so that their shares are hard to "
    "tell apart; a ridge regression rather puts {first} first."
)
MOVES = mark(
    "It may move because practice comes to differ more between people, with ratings made as "
    "before. The index is an association, of practice as it was observed: one or two observations "
    "in a period show it with error, so that its true share is rather higher than lower."
)
PROMPT = mark(
    "Leaders: set the appraisal form beside the practice model, and put {least} into what is "
    "praised, rated and paid for."
)
BEST_PRACTICE = mark("What is recognised and rewarded is the practice that was trained.")


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
        return not_estimable(SHARES, say(SHARES_QUESTION), reason, **known)
    most = groups.sort_values("share", ascending=False, kind="stable").iloc[0]
    rest = groups[groups["group"] != most["group"]].sort_values("share", ascending=False)
    others = [f"{say(NAMES[row['group']])} {_share(row)}" for row in rest.to_dict("records")]
    name = say(NAMES[most["group"]])
    practice = shares[shares["group"] == PRACTICE].sort_values("share", kind="stable")
    least = practice.iloc[0]
    parts = [
        say(
            "What the organisation's ratings go with most is {most}: {share} of what can be told "
            "about them. Then {others}.",
            most=name,
            share=_share(most),
            others=one_of(others),
        ),
        _of_practice(practice),
        _told(alignment.iloc[0]),
        _against(shares),
        _colliding(shares),
        *(f"{one[0].upper()}{one[1:]}" for one in left_out),
        say("This is an association of ratings with what was recorded and observed."),
    ]
    return Finding(
        id=SHARES,
        question=say(SHARES_QUESTION),
        statement=" ".join(part for part in parts if part),
        estimate=100 * float(most["share"]),
        conf_low=100 * float(most["share_low"]),
        conf_high=100 * float(most["share_high"]),
        unit=f"{say(UNIT)} ({name})",
        action_prompt=say(PROMPT, least=_title(least)),
        best_practice=say(BEST_PRACTICE),
        **known,
    )


def alignment_finding(
    alignment: pd.DataFrame, trend: tuple[float, float, float], about: Mapping[str, object]
) -> Finding:
    """Say which share practice has in what is rewarded, now and beside earlier years."""
    known: dict[str, Any] = {**about, "evidence": "tables/alignment.parquet"}
    reason = str(known.pop("reason"))
    if reason:
        return not_estimable(ALIGNMENT, say(ALIGNMENT_QUESTION), reason, **known)
    able = alignment[alignment["alignment"].notna()]
    now, whole = able.iloc[-1], alignment.iloc[0]
    known["n"], known["n_practitioners"] = int(now["n_rows"]), int(now["n_practitioners"])
    return Finding(
        id=ALIGNMENT,
        question=say(ALIGNMENT_QUESTION),
        statement=f"{_index(now, whole)} {_trend(trend)} {say(MOVES)}",
        estimate=100 * float(now["alignment"]),
        conf_low=100 * float(now["conf_low"]),
        conf_high=100 * float(now["conf_high"]),
        unit=UNIT,
        action_prompt=say(
            "Leaders: agree what share of recognition practice is meant to have, and look at the "
            "index beside it next year."
        ),
        best_practice=say(BEST_PRACTICE),
        **known,
    )


def _title(row: Any) -> str:
    """Title within a sentence; that of a component is the study's own."""
    title = str(row["title"])
    return (title if row["group"] == PRACTICE else say(title)).lower()


def _titles(rows: pd.DataFrame) -> str:
    return one_of([_title(row) for row in rows.to_dict("records")])


def _index(now: pd.Series, whole: pd.Series) -> str:
    """Say the index of the last period, and that of all."""
    share = _share(now.rename({"alignment": "share"}))
    if not now["period"]:
        return say(
            "The alignment index over all periods is {share}: the share of practice in what can be "
            "told about ratings.",
            share=share,
        )
    return say(
        "The alignment index in {period} is {share}: the share of practice in what can be told "
        "about ratings. Over all periods it is {whole}.",
        period=now["period"],
        share=share,
        whole=_share(whole.rename({"alignment": "share"})),
    )


def _share(row: Any) -> str:
    """Write a share with its interval.

    >>> _share({"share": 0.462, "share_low": 0.381, "share_high": 0.54})
    '46% (95% interval 38 to 54)'
    """
    low = row["share_low"] if "share_low" in row else row["conf_low"]
    high = row["share_high"] if "share_high" in row else row["conf_high"]
    return say(
        "{share}% (95% interval {interval})",
        share=number(100 * row["share"]),
        interval=interval(100 * low, 100 * high),
    )


def _of_practice(practice: pd.DataFrame) -> str:
    """Name the component that is rewarded least; only as far as it can be told from the others."""
    least = practice.iloc[0]
    if len(practice) == 1:
        return ""
    told = {"least": _title(least), "share": _share(least)}
    beside = practice.iloc[1:]
    same = beside[beside["share_low"] <= least["share_high"]]
    if same.empty:
        return say("Of practice, {least} has the least: {share}.", **told)
    return noun(
        len(same),
        "Of practice, {least} has the least: {share}; its interval and that of {others} overlap.",
        "Of practice, {least} has the least: {share}; its interval and those of {others} overlap.",
    ).format(**told, others=_titles(same))


def _told(whole: pd.Series) -> str:
    """Say how much of the ratings can be told at all."""
    told = {
        "share": whole["explained"],
        "share_low": whole["explained_low"],
        "share_high": whole["explained_high"],
    }
    said = say(
        "All of it together tells {share} of how ratings differ between practitioners of a site in "
        "a period.",
        share=_share(told),
    )
    if whole["explained"] >= LITTLE:
        return said
    little = say("That is little: most of what is rewarded is not recorded here.")
    return f"{said} {little}"


def _against(shares: pd.DataFrame) -> str:
    """Name what goes with lower ratings."""
    lower = shares[(shares["direction"] < 0) & (shares["share_low"] > 0)]
    if lower.empty:
        return ""
    return say("More {what} goes with lower ratings.", what=_titles(lower))


def _colliding(shares: pd.DataFrame) -> str:
    """Say which predictors move together, and whether ridge regression orders them otherwise."""
    together = shares[shares["vif"] > COLLIDING]
    if together.empty:
        return ""
    named = _titles(together)
    first = shares.iloc[int(shares["ridge"].abs().to_numpy().argmax())]
    same = first["title"] == shares["title"].iloc[int(shares["share"].to_numpy().argmax())]
    return say(
        ALSO_FIRST if same else RATHER_FIRST,
        what=f"{named[0].upper()}{named[1:]}",
        inflation=number(float(together["vif"].max()), 1),
        first=_title(first),
    )


def _trend(trend: tuple[float, float, float]) -> str:
    points, low, high = (100 * one for one in trend)
    if np.isnan(points):
        return say("Whether it rises or falls can't be said: fewer than two years can be told.")
    said = certainty(low, high).pick(
        mark("It falls by {points} points a year (95% interval {interval})."),
        mark("It rises by {points} points a year (95% interval {interval})."),
        mark("No sure rise or fall: {points} points a year (95% interval {interval})."),
    )
    return say(
        said,
        points=number(points, 1, signed=True),
        interval=interval(low, high, 1, signed=True, beside=(0,)),
    )
