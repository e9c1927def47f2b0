"""What practice raises in the example network, with known times to decision and answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.synthetic_organisation import LoopParameters
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_streams import streams_of

LEVELS = ("practice", "site", "region", "network")
DECISIONS = {
    "policy": (
        "policy: one form for all team meetings",
        "the rule on who signs a plan was changed",
        "policy: reflection counts as paid time",
        "new guideline on meetings held by video",
    ),
    "resources": (
        "resources: two tablets for each site",
        "funding for travel until the end of the year",
        "resources: a vacant post is filled first",
        "budget for the room of the family meetings",
    ),
    "other": (
        "a coach visits the site next month",
        "the topic goes into the next training day",
        "the supervisors talk it through with their teams",
        "the site tries it out and reports back",
    ),
    "no": (
        "declined: not in line with the practice model",
        "no change this year",
    ),
}


@dataclass(frozen=True)
class SimulatedLoops:
    """Items as the table hands them in, and the truth behind them.

    Attributes
    ----------
    items
        The ``feedback_items`` table: an item that is open on the last day has no later date.
    truth
        One row an item: ``feedback_item_id, days_to_decision, days_to_answer`` (both as drawn,
        whether or not the series was long enough to see them; infinite where the answer never
        comes), ``median_to_decision`` (of its level and topic), ``kind`` of decision.
    """

    items: pd.DataFrame
    truth: pd.DataFrame


def simulate_loops(parameters: NetworkParameters, seed: int) -> SimulatedLoops:
    """Items raised over the series, in order of the day: one row an item.

    Parameters
    ----------
    parameters
        Dates of the series and, in ``loops``, the truth.
    seed
        Seed of the network.
    """
    truth, random = parameters.loops, streams_of(seed).loops
    first, last = pd.Timestamp(parameters.first_day), pd.Timestamp(parameters.last_day)
    count = int(random.poisson(truth.items_a_quarter * parameters.quarters))
    day = np.sort(np.floor(random.random(count) * ((last - first).days + 1)))
    raised_by = _drawn(truth.raised_by, random.random(count))
    raised_to = _raised_to(raised_by, random.random(count), truth.share_raised_higher)
    topic = np.array(list(truth.topics))[random.integers(0, len(truth.topics), count)]
    median = _medians(raised_to, topic, truth)
    decided = random.standard_exponential(count) * median / np.log(2)
    waited = random.standard_exponential(count) * truth.median_days_to_answer / np.log(2)
    never = random.random(count) < truth.share_never_answered
    answered = np.where(never, np.inf, decided + waited)
    kind = _drawn(truth.kinds_of_decision, random.random(count))
    ids = [f"F{number:05d}" for number in range(1, count + 1)]
    raised_on = first + pd.to_timedelta(pd.Series(day), unit="D")
    decided_on = _seen(raised_on, decided, last)
    text = _texts(kind, random.random(count))
    items = pd.DataFrame(
        {
            "feedback_item_id": ids,
            "raised_on": raised_on,
            "raised_by_level": raised_by,
            "raised_to_level": raised_to,
            "topic": topic,
            "decided_on": decided_on,
            "decision": text.where(decided_on.notna()),
            "answered_on": _seen(raised_on, answered, last),
        }
    )
    behind = pd.DataFrame(
        {
            "feedback_item_id": ids,
            "days_to_decision": decided,
            "days_to_answer": answered,
            "median_to_decision": median,
            "kind": kind,
        }
    )
    return SimulatedLoops(items, behind)


def _drawn(shares: Mapping[str, float], luck: np.ndarray) -> np.ndarray:
    """Names drawn by their shares."""
    edges = np.cumsum(list(shares.values())) / sum(shares.values())
    place = np.minimum(np.searchsorted(edges, luck, side="right"), len(shares) - 1)
    return np.array(list(shares), dtype=object)[place]


def _raised_to(raised_by: np.ndarray, luck: np.ndarray, share_higher: float) -> np.ndarray:
    """Level asked: the next one up, or for a share one that lies higher still."""
    start = np.array([LEVELS.index(level) for level in raised_by], dtype=int)
    room = len(LEVELS) - 1 - (start + 1)
    higher = (luck < share_higher) & (room > 0)
    step = np.floor(luck / max(share_higher, 1e-12) * room).astype(int)
    steps = np.where(higher, 1 + np.minimum(step, np.maximum(room - 1, 0)), 0)
    return np.array(LEVELS, dtype=object)[np.minimum(start + 1 + steps, len(LEVELS) - 1)]


def _medians(raised_to: np.ndarray, topic: np.ndarray, truth: LoopParameters) -> np.ndarray:
    slowest = max(truth.median_days_to_decision.values())
    of_level = [truth.median_days_to_decision.get(level, slowest) for level in raised_to]
    pace = [truth.topics[one] for one in topic]
    return np.array(of_level, dtype=float) / np.array(pace, dtype=float)


def _seen(raised_on: pd.Series, days: np.ndarray, last: pd.Timestamp) -> pd.Series:
    """Days of what came by the last day of the series; missing while it is open."""
    known = np.isfinite(days)
    whole = np.rint(np.where(known, days, 0.0)).clip(max=100_000)
    seen = raised_on + pd.to_timedelta(pd.Series(whole), unit="D")
    return seen.where(pd.Series(known) & (seen <= last))


def _texts(kind: np.ndarray, luck: np.ndarray) -> pd.Series:
    chosen = [
        DECISIONS[one][int(place * len(DECISIONS[one]))]
        for one, place in zip(kind, luck, strict=True)
    ]
    return pd.Series(chosen, dtype="str")
