"""How far raters' common ruler moved, told by master codes of the same sessions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.analysis.growth_design import (
    FEWEST_GROUPS,
    FEWEST_OCCASIONS,
    FEWEST_WITH_A_SLOPE,
    SHORTEST_SPAN,
)
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.mixed import fit_mixed_model

FEWEST_SESSIONS = 20
FEWEST_QUARTERS = 3
SESSIONS_A_MASTER = 10
"""Sessions for each master from which masters' own levels are taken out."""
SESSION = ["practitioner_id", "day"]


@dataclass(frozen=True)
class RatersMovement:
    """Slope of the raters' ruler over the dates of the sessions.

    Attributes
    ----------
    role
        Role of the raters whose movement it is.
    estimate, std_error, df
        Points a quarter by which they rate higher against master codes; NaN where it can't be told.
    n_sessions, n_quarters, n_practitioners
        What it rests on.
    reason
        Why it can't be told; empty if it can.
    """

    role: str
    estimate: float = np.nan
    std_error: float = np.nan
    df: float = np.nan
    n_sessions: int = 0
    n_quarters: int = 0
    n_practitioners: int = 0
    reason: str = ""


def raters_movement(by_observation: pd.DataFrame, masters: pd.DataFrame) -> RatersMovement:
    """Regress the difference between a rating and the master code of its session on time.

    The raters are those of the role that has most sessions with a master code. Each has a level of
    its own, and a slope where there are enough to tell; so has each master a level. Time is that of
    the session, so that the slope is what a moving ruler adds to the slope of practice as rated.

    Parameters
    ----------
    by_observation
        Observations by independent raters and supervisors.
    masters
        Master codes, with ``practitioner_id``, ``observed_on``, ``rater_id`` and ``fidelity``.
    """
    pairs = _pairs(by_observation, masters)
    counts = pairs["rater_role"].value_counts()
    role = str(counts.index[0]) if len(counts) else _usual_role(by_observation)
    pairs = pairs[pairs["rater_role"] == role]
    found = RatersMovement(
        role,
        n_sessions=len(pairs[SESSION].drop_duplicates()),
        n_quarters=pairs["quarter"].nunique(),
        n_practitioners=pairs["practitioner_id"].nunique(),
    )
    if found.n_sessions < FEWEST_SESSIONS or found.n_quarters < FEWEST_QUARTERS:
        return replace(found, reason=_too_few(found))
    try:
        fit = fit_mixed_model(_formula(pairs), pairs)
    except ModelRefused as error:
        reason = say(
            "the raters' movement against master codes can't be estimated. {error}", error=error
        )
        return replace(found, reason=reason)
    if not fit.usable:
        return replace(found, reason=fit.why_not)
    row = fit.tidy().set_index("term").loc["quarters"].to_dict()
    return replace(found, estimate=row["estimate"], std_error=row["std_error"], df=row["df"])


def _too_few(found: RatersMovement) -> str:
    fewest = {"sessions": FEWEST_SESSIONS, "quarters": FEWEST_QUARTERS}
    if not found.n_sessions:
        return say(
            "practice and raters may have moved together. To tell them apart takes {sessions} "
            "sessions in {quarters} quarters, each coded by a master and another rater; there are "
            "none.",
            **fewest,
        )
    return say(
        "practice and raters may have moved together. To tell them apart takes {sessions} sessions "
        "in {quarters} quarters, each coded by a master and another rater; there are {seen} "
        "sessions in {seen_in} quarters.",
        **fewest,
        seen=found.n_sessions,
        seen_in=found.n_quarters,
    )


def _usual_role(by_observation: pd.DataFrame) -> str:
    roles = set(by_observation["rater_role"])
    return "supervisor" if roles == {"supervisor"} else "independent"


def _pairs(by_observation: pd.DataFrame, masters: pd.DataFrame) -> pd.DataFrame:
    """One row a rating of a session that a master coded too."""
    names = ["rater_id", "rater_role", "quarter", "quarters", "fidelity"]
    ratings = _with_day(by_observation)[[*SESSION, *names]]
    if masters.empty:
        return ratings.iloc[:0].assign(master_id="", difference=0.0)
    codes = _with_day(masters)[[*SESSION, "rater_id", "fidelity"]]
    codes = codes[codes["fidelity"].notna()].drop_duplicates(SESSION)
    codes = codes.rename(columns={"rater_id": "master_id", "fidelity": "anchor"})
    pairs = ratings.merge(codes, on=SESSION, validate="m:1")
    return pairs.assign(difference=pairs["fidelity"] - pairs["anchor"])


def _with_day(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(day=frame["observed_on"].dt.normalize())


def _formula(pairs: pd.DataFrame) -> str:
    parts = ["difference ~ quarters"]
    masters = pairs["master_id"].nunique()
    if 1 < masters <= len(pairs) / SESSIONS_A_MASTER:
        parts.append("master_id")
    by_rater = pairs.groupby("rater_id")["quarters"]
    if (by_rater.size() > 1).sum() < FEWEST_GROUPS:
        parts += ["rater_id"] if by_rater.ngroups > 1 else []
        return " + ".join([*parts, "(1 | practitioner_id)"])
    seen, span = by_rater.nunique(), by_rater.max() - by_rater.min()
    able = int(((seen >= FEWEST_OCCASIONS) & (span >= SHORTEST_SPAN)).sum())
    if able >= FEWEST_WITH_A_SLOPE and able >= len(seen) / 2:
        return " + ".join([*parts, "(1 + quarters | rater_id)"])
    return " + ".join([*parts, "(1 | rater_id)"])
