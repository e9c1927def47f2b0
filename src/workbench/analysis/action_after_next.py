"""The next score after a low observation, of those coached in between and those who were not.

A low score is followed by a higher one on average, coached or not: part of what made it low was
chance, which does not come again. So the change alone says nothing, and those coached are set
beside others with the same first score: a linear model of the next score on the first, with who
scored the two and how long lay between, and intervals robust over practitioners.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.language import mark, say
from workbench.models.clustered import clustered_mean
from workbench.terms import CONFIDENCE
from workbench.wording import count_of

SOONEST, LATEST = 14, 270
"""Days after a low observation between which the next one is looked for."""
FEWEST_PAIRS = 20
FEWEST_PEOPLE = 5
"""Practitioners needed among those coached, and among the others."""
COACHED, NOT_COACHED, DIFFERENCE = mark("coached"), mark("not coached"), mark("difference")
NEXT_COLUMNS = ["group", "next_change", "conf_low", "conf_high", "n_pairs", "n_practitioners"]
PAIR_COLUMNS = [
    "practitioner_id", "fidelity", "next_fidelity", "next_days", "supervisor", "next_supervisor",
    "coached",
]  # fmt: skip
FEW_COACHED = mark(
    "{people} with a low and a next observation were coached in between, and {fewest} are needed."
)
FEW_NOT_COACHED = mark(
    "{people} with a low and a next observation were not in between, and {fewest} are needed."
)


@dataclass(frozen=True)
class NextScore:
    """Change to the next score.

    Attributes
    ----------
    groups
        Evidence table ``action_after_next``; the row ``difference`` is the adjusted one.
    n_pairs, n_practitioners
        Pairs of a low observation and the next, and the people behind them.
    n_late
        Pairs left out because coaching came before the next score, but after the set days.
    reason
        Why the difference can't be told; empty if it can.
    """

    groups: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=NEXT_COLUMNS))
    n_pairs: int = 0
    n_practitioners: int = 0
    n_late: int = 0
    reason: str = ""


def next_scores(sessions: pd.DataFrame, low_below: float, within_days: int) -> NextScore:
    """Set the next scores of those coached beside those of the others.

    Parameters
    ----------
    sessions
        One row a practitioner and day: ``practitioner_id, observed_on, rater_role, fidelity``, and
        ``days`` to the first act that followed, where it ``happened``.
    low_below, within_days
        Percent below which an observation is low; days within which coaching counts.
    """
    pairs, late = pairs_of(sessions, low_below, within_days)
    people = pairs["practitioner_id"].nunique()
    reason = _too_few(pairs)
    if reason:
        return NextScore(n_pairs=len(pairs), n_practitioners=people, n_late=late, reason=reason)
    rows = []
    for name, mine in ((COACHED, pairs[pairs["coached"]]), (NOT_COACHED, pairs[~pairs["coached"]])):
        found = clustered_mean(mine["next_fidelity"] - mine["fidelity"], mine["practitioner_id"])
        row = [name, found.estimate, found.conf_low, found.conf_high, len(mine), found.n_clusters]
        rows.append(row)
    rows.append([DIFFERENCE, *_difference(pairs), len(pairs), people])
    return NextScore(pd.DataFrame(rows, columns=NEXT_COLUMNS), len(pairs), people, late)


def pairs_of(
    sessions: pd.DataFrame, low_below: float, within_days: int
) -> tuple[pd.DataFrame, int]:
    """Low observations with the practitioner's next; and how many were left out as coached late.

    The next is the first one of the same rater role 14 to 270 days later, or of any role where
    there is none.
    """
    days = sessions.assign(place=np.arange(len(sessions)))
    low = days[days["fidelity"] < low_below]
    after = days[["practitioner_id", "observed_on", "rater_role", "fidelity"]]
    both = low.merge(after, on="practitioner_id", suffixes=("", "_next"))
    both["next_days"] = (both["observed_on_next"] - both["observed_on"]).dt.days
    both = both[both["next_days"].between(SOONEST, LATEST)]
    both["other_role"] = both["rater_role_next"] != both["rater_role"]
    both = both.sort_values(["place", "other_role", "next_days"], kind="stable")
    both = both.drop_duplicates("place")
    acted = both["happened"] & (both["days"] < both["next_days"])
    late = acted & (both["days"] > within_days)
    kept = both[~late].assign(
        next_fidelity=both["fidelity_next"],
        coached=acted,
        supervisor=both["rater_role"] == "supervisor",
        next_supervisor=both["rater_role_next"] == "supervisor",
    )
    return kept[PAIR_COLUMNS].reset_index(drop=True), int(late.sum())


def _too_few(pairs: pd.DataFrame) -> str:
    if len(pairs) < FEWEST_PAIRS:
        have = count_of(len(pairs), "low observation has", "low observations have")
        return say(
            "{have} a next one {soonest} to {latest} days later, and {fewest} are needed.",
            have=have,
            soonest=SOONEST,
            latest=LATEST,
            fewest=FEWEST_PAIRS,
        )
    for told, mine in ((FEW_COACHED, pairs["coached"]), (FEW_NOT_COACHED, ~pairs["coached"])):
        people = pairs.loc[mine, "practitioner_id"].nunique()
        if people < FEWEST_PEOPLE:
            return say(told, people=count_of(people, "practitioner"), fewest=FEWEST_PEOPLE)
    return ""


def _difference(pairs: pd.DataFrame) -> tuple[float, float, float]:
    """Difference of the next score at the same first score, with its interval.

    Ordinary least squares with a variance robust over practitioners, G / (G - 1) and t on G - 1
    degrees of freedom (Cameron and Miller 2015, Journal of Human Resources 50).
    """
    from scipy import stats

    names = ["coached", "fidelity", "next_days", "supervisor", "next_supervisor"]
    table = pairs[names].astype(float)
    table = table.loc[:, table.max() > table.min()]  # one role, or one gap, for all says nothing
    design = np.column_stack(
        [np.ones(len(table)), table.to_numpy() - table.to_numpy().mean(axis=0)]
    )
    inverse = np.linalg.pinv(design.T @ design)
    weight = inverse[1] @ design.T  # what each next score adds to the difference
    scores = pairs["next_fidelity"].to_numpy(float)
    estimate = float(weight @ scores)
    residual = scores - design @ (inverse @ design.T @ scores)
    sums = pd.Series(weight * residual).groupby(pairs["practitioner_id"].to_numpy()).sum()
    count = len(sums)
    error = float(np.sqrt(count / (count - 1) * (sums**2).sum()))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    return estimate, estimate - reach, estimate + reach
