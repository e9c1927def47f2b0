"""Ratings of the same session, each set against the rating that serves as its anchor.

A session is what one practitioner did on one day: ratings of the same practitioner on the same day
by different raters are double codes of one session.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.quarters import quarters_between

MASTER, INDEPENDENT, SUPERVISOR = "master", "independent", "supervisor"
RATERS = (INDEPENDENT, SUPERVISOR)
SESSION = ["practitioner_id", "observed_on"]
ABOUT = ["site_id", "rater_role", "quarter", "rated_at"]
PAIR_COLUMNS = [
    "session",
    "practitioner_id",
    "site_id",
    "rater_id",
    "rater_role",
    "anchor_role",
    "quarter",
    "rated_at",
    "fidelity",
    "anchor",
    "difference",
]


def rating_times(frame: pd.DataFrame) -> pd.Series:
    """When each rating was made, on the scale of ``quarters``.

    The day of the observation stands in where no day of rating is known.
    """
    seen = frame["quarters"].astype(float)
    if "rated_on" not in frame.columns or frame["rated_on"].isna().all():
        return seen
    return seen + quarters_between(frame["observed_on"], frame["rated_on"]).fillna(0.0)


def by_session_and_rater(by_observation: pd.DataFrame, masters: pd.DataFrame) -> pd.DataFrame:
    """Sessions that two or more raters scored: one row a session and rater.

    Two scores of one rater on one session are averaged.

    Parameters
    ----------
    by_observation
        Observations by independent raters and supervisors.
    masters
        Master codes with ``practitioner_id``, ``observed_on``, ``rater_id`` and ``fidelity``; may
        be empty.

    Returns
    -------
    DataFrame
        ``session, practitioner_id, observed_on, rater_id, site_id, rater_role, quarter, rated_at,
        fidelity``; no ``quarter`` and ``rated_at`` for master codes.
    """
    columns = ["session", *SESSION, "rater_id", *ABOUT, "fidelity"]
    if by_observation.empty:
        return pd.DataFrame(columns=columns)
    parts = [by_observation.assign(rated_at=rating_times(by_observation))]
    if len(masters):
        parts.append(masters.assign(rated_at=np.nan, quarter="", site_id=""))
    needed = [*SESSION, "rater_id", *ABOUT, "fidelity"]
    rated = pd.concat([part[needed] for part in parts], ignore_index=True)
    rated = rated[rated["fidelity"].notna()]
    rated = rated.assign(session=rated.groupby(SESSION, sort=False).ngroup())
    several = rated.groupby("session")["rater_id"].transform("nunique") > 1
    kept = rated[several].groupby(["session", "rater_id"], as_index=False, sort=True)
    sums = {name: (name, "first") for name in [*SESSION, "site_id", "rater_role", "quarter"]}
    made = kept.agg(**sums, rated_at=("rated_at", "mean"), fidelity=("fidelity", "mean"))
    return made.assign(session=made["session"].astype("str"))[columns]


def with_anchors(double_coded: pd.DataFrame) -> pd.DataFrame:
    """Ratings with the anchor of their session: one row a session and rater who is no anchor.

    The master code is the anchor where there is one. A supervisor who was never master-coded is set
    against the independent rater of the same session; the independent rater then has no anchor.

    Returns
    -------
    DataFrame
        `PAIR_COLUMNS`; ``difference`` is the rating minus the mean of its anchors, in points.
    """
    by_master = _against(double_coded, RATERS, MASTER)
    if (by_master["rater_role"] == SUPERVISOR).any():
        return by_master
    by_independent = _against(double_coded, (SUPERVISOR,), INDEPENDENT)
    if by_master.empty:
        return by_independent
    if by_independent.empty:
        return by_master
    return pd.concat([by_master, by_independent], ignore_index=True)


def _against(double_coded: pd.DataFrame, roles: tuple[str, ...], anchor_role: str) -> pd.DataFrame:
    anchors = double_coded[double_coded["rater_role"] == anchor_role]
    ratings = double_coded[double_coded["rater_role"].isin(roles)]
    anchor = ratings["session"].map(anchors.groupby("session")["fidelity"].mean())
    paired = ratings.assign(
        anchor_role=anchor_role,
        anchor=anchor.astype(float),
        difference=ratings["fidelity"].astype(float) - anchor.astype(float),
    )
    return paired.loc[anchor.notna(), PAIR_COLUMNS].reset_index(drop=True)
