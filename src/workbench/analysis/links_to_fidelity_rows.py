"""Actions followed for 30 days, ratings by the person, and the model of what was done."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.lagged_fidelity import Told, numbers_of, random_parts, write
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.items import fit_item_model

DONE, OWNERSHIP = "done within 30 days", "ownership"
DONE_TITLE = mark("Actions done within 30 days")
OWNERSHIP_TITLE = mark("Ownership as the person sees it")
PERSON = "person"
DAYS = 30
EVENT_DONE, EVENT_CLOSED = "done", "plan closed"
GROUPS = ["plan_id", "practitioner_id", "site_id", "quarter"]
FEWEST_OF_EACH = 10
"""Actions done, and actions not done, below which nothing is told."""


@dataclass(frozen=True)
class Rows:
    """Rows of one outcome.

    Attributes
    ----------
    title
        The outcome, for people.
    frame
        ``plan_id, practitioner_id, site_id, quarter`` and the response.
    closed_first
        Actions left out because their plan closed early with them undone.
    reason
        Why there is no row; empty if there is one.
    """

    title: str
    frame: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=GROUPS))
    closed_first: int = 0
    reason: str = ""


def done_rows(by_action: pd.DataFrame, quarter: str) -> Rows:
    """Actions agreed 30 days or more before the last day of follow-up, with ``done``.

    An action that was agreed later is left out even if it was done: of those agreed with it, only
    the quick ones could be seen. Where the plan closed within 30 days with the action undone, it
    could not be done any more; it is left out and counted.
    """
    if by_action.empty:
        return Rows(DONE_TITLE, reason=say("no actions of plans were handed in."))
    frame = by_action[by_action["quarter"].astype("str") <= quarter]
    days = frame["days"].astype(float)
    seen_to = frame["agreed_on"] + pd.to_timedelta(days, unit="D")
    followed = (seen_to.max() - frame["agreed_on"]).dt.days >= DAYS
    early = (frame["event"] == EVENT_CLOSED) & (days < DAYS)
    done = (frame["event"] == EVENT_DONE) & (days <= DAYS)
    # An action that is open is known to be undone so far only.
    kept = followed & ~early & (done | (days >= DAYS))
    rows = frame.loc[kept, GROUPS].assign(done=done[kept].astype(int))
    closed_first = int((followed & early).sum())
    if rows.empty:
        reason = say("no action was followed for {days} days.", days=DAYS)
        return Rows(DONE_TITLE, rows, closed_first, reason)
    return Rows(DONE_TITLE, rows, closed_first)


def ownership_rows(rated: pd.DataFrame, quarter: str) -> Rows:
    """Ratings of ownership by the person."""
    reason = say("no ratings of ownership by the person were handed in.")
    nothing = Rows(OWNERSHIP_TITLE, reason=reason)
    if rated.empty:
        return nothing
    kept = (rated["quarter"].astype("str") <= quarter) & (rated["respondent_role"] == PERSON)
    rows = rated.loc[kept & rated[OWNERSHIP].notna(), [*GROUPS, "months", OWNERSHIP]]
    return nothing if rows.empty else Rows(OWNERSHIP_TITLE, rows)


def done_tie(frame: pd.DataFrame) -> Told:
    """Fit whether an action was done; a tie is an odds ratio."""
    done = int(frame["done"].sum())
    if min(done, len(frame) - done) < FEWEST_OF_EACH:
        return Told(
            reason=say(
                "{done} of {all} actions were done within {days} days, and {fewest} or more of "
                "both kinds are needed.",
                done=done,
                all=len(frame),
                days=DAYS,
                fewest=FEWEST_OF_EACH,
            )
        )
    told = Told(reason=say("there are too few groups to model their differences."))
    for parts in _random(frame):
        formula = write("done", frame, [], parts)
        try:
            fit = fit_item_model(formula, _counted(frame), "binomial", denominator="of")
        except ModelRefused as error:
            reason = say("the model can't be fitted. {why}", why=error)
            told = Told(model=formula, reason=reason)
            continue
        if fit.usable:
            numbers = numbers_of(fit.tidy())
            ratios = {
                name: value if name == "p_value" else float(np.exp(value))
                for name, value in numbers.items()
            }
            return Told(ratios, formula)
        told = Told(model=formula, reason=fit.why_not)
    return told


def _counted(frame: pd.DataFrame) -> pd.DataFrame:
    """Count actions of one plan and quarter together: the model can't tell them apart."""
    alike = [name for name in frame.columns if name != "done"]
    return frame.groupby(alike, sort=False)["done"].agg(done="sum", of="size").reset_index()


def _random(frame: pd.DataFrame) -> list[str]:
    """As for ratings, but with one level a plan: a few yes or no don't show a line of its own."""
    return random_parts(frame, "practitioner_id", "plan_id", "site_id", lines=False)
