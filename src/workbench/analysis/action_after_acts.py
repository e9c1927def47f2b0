"""Which acts follow an observation, and how long each observation waited for the first."""

from __future__ import annotations

import pandas as pd

COACHING = ("coaching", "observation with feedback")
ON_SKILL = "supervision"
"""Kind of support that follows an observation only where it was about skill."""
SESSION = ["practitioner_id", "observed_on"]


def acts_that_follow(
    by_observation: pd.DataFrame, supports: pd.DataFrame, given: pd.DataFrame, end: pd.Timestamp
) -> dict[str, pd.DataFrame]:
    """Acts that follow an observation because they name it, and those that may by their kind.

    Returns
    -------
    dict
        ``named``: ``practitioner_id, observed_on, acted_on`` of acts that name an observation, on
        its day or later; ``by_kind``: ``practitioner_id, acted_on`` of coaching, observation with
        feedback, and supervision on skill. Both up to ``end``.
    """
    acts = supports.reindex(columns=["triggered_by_observation_id", "occurred_on"])
    acts = acts.assign(acted_on=_days(acts["occurred_on"])).drop(columns="occurred_on")
    seen = by_observation.reindex(columns=["observation_id", *SESSION])
    seen = seen.assign(observed_on=_days(seen["observed_on"]))
    named = acts[acts["triggered_by_observation_id"].notna() & (acts["acted_on"] <= end)].astype(
        {"triggered_by_observation_id": "str"}
    )
    named = named.merge(
        seen.astype({"observation_id": "str"}),
        left_on="triggered_by_observation_id",
        right_on="observation_id",
    )
    named = named[named["acted_on"] >= named["observed_on"]]
    got = given.reindex(columns=["practitioner_id", "occurred_on", "kind", "focus"])
    counts = got["kind"].isin(COACHING) | ((got["kind"] == ON_SKILL) & (got["focus"] == "skill"))
    got = got.assign(acted_on=_days(got["occurred_on"]))[counts]
    return {
        "named": named[[*SESSION, "acted_on"]],
        "by_kind": got.loc[got["acted_on"] <= end, ["practitioner_id", "acted_on"]],
    }


def has_none(acts: dict[str, pd.DataFrame]) -> bool:
    """Whether no act could follow any observation."""
    return all(part.empty for part in acts.values())


def first_act(
    by_observation: pd.DataFrame,
    acts: dict[str, pd.DataFrame],
    began: pd.Timestamp,
    end: pd.Timestamp,
    practitioners: pd.DataFrame,
) -> pd.DataFrame:
    """One row a session (a practitioner's day) with the time to the first act that follows it.

    Of a day that several raters scored, the score is the mean of the independent ones where there
    is one. Sessions before ``began`` are left out: no support was recorded then.

    Returns
    -------
    DataFrame
        ``practitioner_id, site_id, observed_on, rater_role, fidelity``, ``days`` to the first act
        or to the end of what is known, and ``happened``; in order of practitioner and day.
    """
    sessions = sessions_of(by_observation)
    sessions = sessions[sessions["observed_on"] >= began].reset_index(drop=True)
    acted = pd.concat(
        [_first_named(sessions, acts["named"]), _first_by_kind(sessions, acts)], axis=1
    )
    first = acted.min(axis=1)
    full = practitioners.reindex(columns=["practitioner_id", "left_on"])
    left = _days(full.set_index("practitioner_id")["left_on"])
    until = _days(sessions["practitioner_id"].map(left.to_dict()))
    until = until.where(until < end, end)
    until = until.where(until > sessions["observed_on"], sessions["observed_on"])
    happened = first <= until
    days = (first.where(happened, until) - sessions["observed_on"]).dt.days
    return sessions.assign(days=days, happened=happened).reset_index(drop=True)


def sessions_of(by_observation: pd.DataFrame) -> pd.DataFrame:
    """One row a practitioner and day, scored by independent raters where there are any."""
    columns = [*SESSION, "site_id", "rater_role", "fidelity"]
    scored = by_observation[columns].assign(observed_on=_days(by_observation["observed_on"]))
    scored = scored.assign(second=scored["rater_role"] != "independent")
    scored = scored[scored["second"] == scored.groupby(SESSION)["second"].transform("min")]
    means = scored.groupby(SESSION, as_index=False).agg(
        site_id=("site_id", "first"),
        rater_role=("rater_role", "first"),
        fidelity=("fidelity", "mean"),
    )
    return means.sort_values(SESSION, kind="stable").reset_index(drop=True)


def _first_named(sessions: pd.DataFrame, named: pd.DataFrame) -> pd.Series:
    """Day of the first act that names an observation of the session."""
    first = named.groupby(SESSION, as_index=False)["acted_on"].min()
    found = sessions[SESSION].merge(first, on=SESSION, how="left")["acted_on"]
    return _days(found).set_axis(sessions.index).rename(0)


def _first_by_kind(sessions: pd.DataFrame, acts: dict[str, pd.DataFrame]) -> pd.Series:
    """Day of the practitioner's first coaching on a later day."""
    days = acts["by_kind"].sort_values("acted_on", kind="stable")
    found = pd.merge_asof(
        sessions[SESSION].sort_values("observed_on", kind="stable").reset_index(),
        days.astype({"practitioner_id": sessions["practitioner_id"].dtype}),
        left_on="observed_on",
        right_on="acted_on",
        by="practitioner_id",
        direction="forward",
        allow_exact_matches=False,
    )
    return found.set_index("index")["acted_on"].reindex(sessions.index).rename(1)


def _days(dates: pd.Series) -> pd.Series:
    """Dates in one unit of time, so that tables of different origin can be joined."""
    return pd.to_datetime(dates).dt.as_unit("ns")
