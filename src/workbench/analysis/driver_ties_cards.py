"""Cards of the quarter before, seen again: done, or carried over, with the change and why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import terms
from workbench.language import say
from workbench.wording import interval, number

NEW, CARRIED_OVER, DONE = "new", "carried over", "done"
MARGIN = 10.0
"""Points of a driver that count as a rise: a tenth of the scale."""
SEEN = ["score_now", "change", "change_low", "change_high", "status", "why"]


def pdsa_card(priority: dict) -> dict[str, str]:
    """Write one row of the table ``priorities`` as a card with its four parts.

    Returns
    -------
    dict
        ``plan, do, study, act``: what to try, by whom and until when; room for what was done; what
        the next assessment is to show; and what was seen, where it has been seen.
    """
    owner, until = priority["owner_role"], say("Until: {quarter}.", quarter=priority["due"])
    whose = f" {say('For: {owner}.', owner=say(str(owner)))}" if owner else ""
    return {
        "plan": f"{priority['action']}{whose} {until}".strip(),
        "do": "",
        "study": str(priority["expect"]),
        "act": str(priority["why"]),
    }


def carried(
    previous_priorities: pd.DataFrame | None, now_scores: pd.DataFrame, margin: float = MARGIN
) -> pd.DataFrame:
    """See again the open cards of the quarter before.

    A card is done when its driver is in place now, or has risen by the margin or more with a 95%
    interval above zero. Else it is carried over, and so it is where the site was not assessed
    again or its score is withheld: not knowing is not having done.

    Parameters
    ----------
    previous_priorities
        The table ``priorities`` of the quarter before; None if there is none.
    now_scores
        ``driver_scores`` of this quarter.
    margin
        Points that count as a rise.

    Returns
    -------
    DataFrame
        The open cards with ``score_now, change, change_low, change_high, status`` (*done* or
        *carried over*) and ``why`` made new.
    """
    if previous_priorities is None or previous_priorities.empty:
        columns = ["site_id", "name", "order", *SEEN]
        return pd.DataFrame(columns=columns)
    still_open = previous_priorities[previous_priorities["order"] > 0]
    at_sites = (now_scores["scope"] == "site") & (now_scores["level"] == "driver")
    now = {(row["site_id"], row["name"]): row for _, row in now_scores[at_sites].iterrows()}
    rows = [
        {**card, **_seen_again(card, now.get((card["site_id"], card["name"])), margin)}
        for card in still_open.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(still_open.columns))


def _seen_again(card: dict, now: pd.Series | None, margin: float) -> dict[str, object]:
    if now is None or now["assessed_quarter"] == card["assessed_quarter"]:
        return _still_open(say("the site has not been assessed since the card was made."))
    if pd.isna(now["score"]):
        return _still_open(say("the score is withheld this time."))
    change = float(now["score"] - card["score"])
    reach = float(np.hypot(_half_width(card), _half_width(now)))
    low, high = change - reach, change + reach
    size = say("{change} points", change=number(change, signed=True))
    if not np.isnan(reach):
        between = interval(low, high, signed=True)
        size += say(" (95% interval {between})", between=between)
    seen = {"score_now": float(now["score"]), "change": change, "change_low": low,
            "change_high": high}  # fmt: skip
    if now["status"] == terms.IN_PLACE:
        why = say("the driver is in place now, {size}.", size=size)
        return {**seen, "status": DONE, "why": why}
    if change >= margin and low > 0:
        return {**seen, "status": DONE, "why": say("the driver rose by {size}.", size=size)}
    why = say(
        "the driver moved by {size}; a rise of {margin} that is sure is asked for.",
        size=size,
        margin=number(margin),
    )
    return {**seen, "status": CARRIED_OVER, "why": why}


def _still_open(why: str) -> dict[str, object]:
    blank = dict.fromkeys(("score_now", "change", "change_low", "change_high"), np.nan)
    return {**blank, "status": CARRIED_OVER, "why": why}


def _half_width(row: pd.Series | dict) -> float:
    """Half the interval; the longer side, since an end may have been cut off at 0 or 100."""
    if pd.isna(row["conf_low"]):
        return np.nan
    return float(max(row["conf_high"] - row["score"], row["score"] - row["conf_low"]))
