"""Observations of the example network, with the fidelity that was planted in each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.synthetic_effects import Effects
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.quarters import Quarter, quarter_labels, quarters_between

DAYS_FROM_TRAINING_TO_FIRST_OBSERVATION = 14
MOST_DAYS_TO_RATING = 10
QUARTERS_BETWEEN_SELF_RATINGS = 4


def observe(
    practitioners: pd.DataFrame,
    effects: Effects,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """All observations, in order of date: one row an observation.

    Returns
    -------
    DataFrame
        ``observation_id, practitioner_id, site_id, supervisor_id, rater_id, rater_role,
        observed_on, rated_on, quarter`` (of a year that starts in January), ``quarters, expected``
        (what is expected of this practitioner on this day by a rater who does not move),
        ``fidelity`` (planted, kept within 0 to 100), ``limited`` (whether it had to be),
        ``double_codes`` (for a master code, the observation whose session it scores again; else
        empty).
    """
    planned = _planned(practitioners, parameters, random)
    planned = planned.assign(session=parameters.session_sd * random.standard_normal(len(planned)))
    seen = planned[random.random(len(planned)) >= parameters.share_missing]
    seen = _with_raters(seen, practitioners, parameters, random)
    again = _double_coded(seen, parameters, random)
    own = _self_ratings(practitioners, parameters, random)
    frame = pd.concat([seen, again, own], ignore_index=True)
    frame = frame.sort_values(
        ["observed_on", "practitioner_id", "rater_role", "slot"], kind="stable"
    ).reset_index(drop=True)
    frame["observation_id"] = [f"{number:06d}" for number in range(1, len(frame) + 1)]
    frame["double_codes"] = _pairs(frame)
    frame["quarters"] = quarters_between(parameters.first_day, frame["observed_on"])
    frame["quarter"] = quarter_labels(frame["observed_on"])
    days = random.integers(0, MOST_DAYS_TO_RATING + 1, len(frame))
    rated = frame["observed_on"] + pd.to_timedelta(days, unit="D")
    last = pd.Timestamp(parameters.last_day)
    frame["rated_on"] = rated.where(rated <= last, last)
    return _with_fidelity(frame, effects, parameters, random)


def _planned(
    practitioners: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    """One or two planned observations of everyone in every quarter of service after training."""
    count = len(practitioners)
    first = Quarter.from_label(parameters.first_quarter)
    who, slots, days = [], [], []
    for number in range(parameters.quarters):
        quarter = first.plus(number)
        length = (quarter.last_day - quarter.first_day).days + 1
        before = (quarter.first_day - parameters.first_day).days
        twice = random.random(count) < parameters.share_seen_twice
        for place, wanted in enumerate((np.full(count, True), twice)):
            day = random.integers(0, length, count)
            who.append(np.flatnonzero(wanted))
            slots.append(np.full(int(wanted.sum()), number * 2 + place))
            days.append(before + day[wanted])
    codes = practitioners["practitioner_id"].to_numpy()[np.concatenate(who)]
    since = pd.to_timedelta(np.concatenate(days), unit="D")
    frame = pd.DataFrame(
        {
            "practitioner_id": codes,
            "observed_on": pd.Timestamp(parameters.first_day) + since,
            "slot": np.concatenate(slots),
        }
    )
    return _in_service(frame, practitioners)


def _in_service(frame: pd.DataFrame, practitioners: pd.DataFrame) -> pd.DataFrame:
    """Rows that fall between the first day of practice and the day of leaving."""
    joined = frame.merge(practitioners, on="practitioner_id", validate="m:1")
    begins = joined["trained_on"] + pd.Timedelta(days=DAYS_FROM_TRAINING_TO_FIRST_OBSERVATION)
    serves = (joined["observed_on"] >= begins) & ~(joined["observed_on"] > joined["left_on"])
    columns = [*frame.columns, "site_id", "supervisor_id"]
    return joined.loc[serves, columns].reset_index(drop=True)


def _with_raters(
    seen: pd.DataFrame,
    practitioners: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    by_supervisor = random.random(len(seen)) < parameters.share_by_supervisor
    site = seen["site_id"].map(
        {name: n for n, name in enumerate(sorted(practitioners["site_id"].unique()))}
    )
    pick = random.integers(0, parameters.raters_a_site, len(seen))
    numbers = site.to_numpy() * parameters.raters_a_site + pick + 1
    independent = np.array([f"R{number:02d}" for number in numbers], dtype=object)
    return seen.assign(
        rater_role=np.where(by_supervisor, "supervisor", "independent"),
        rater_id=np.where(by_supervisor, seen["supervisor_id"].to_numpy(dtype=object), independent),
    )


def _double_coded(
    seen: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    """Master codes of some of the sessions that independent raters saw."""
    independent = seen[seen["rater_role"] == "independent"]
    chosen = independent[random.random(len(independent)) < parameters.share_double_coded]
    masters = random.integers(1, parameters.master_raters + 1, len(chosen))
    return chosen.assign(rater_role="master", rater_id=[f"M{number}" for number in masters])


def _self_ratings(
    practitioners: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    """About one self rating a year of everyone in service."""
    start, end = pd.Timestamp(parameters.first_day), pd.Timestamp(parameters.last_day)
    years = -(-parameters.quarters // QUARTERS_BETWEEN_SELF_RATINGS)
    parts = []
    for year in range(years):
        days = random.integers(0, 365, len(practitioners)) + 365 * year
        parts.append(
            pd.DataFrame(
                {
                    "practitioner_id": practitioners["practitioner_id"],
                    "observed_on": start + pd.to_timedelta(days, unit="D"),
                    "slot": -1 - year,
                }
            )
        )
    planned = pd.concat(parts, ignore_index=True)
    own = _in_service(planned[planned["observed_on"] <= end], practitioners)
    return own.assign(rater_role="self", rater_id=own["practitioner_id"], session=0.0)


def _pairs(frame: pd.DataFrame) -> pd.Series:
    """For each master code, the observation of the same session by an independent rater."""
    session = pd.MultiIndex.from_frame(frame[["practitioner_id", "slot"]])
    independent = frame["rater_role"] == "independent"
    ids = pd.Series(frame.loc[independent, "observation_id"].to_numpy(), session[independent])
    paired = pd.Series(ids.reindex(session).to_numpy(), frame.index)
    return paired.where(frame["rater_role"] == "master", "")


def _with_fidelity(
    frame: pd.DataFrame,
    effects: Effects,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    time = frame["quarters"].to_numpy()
    expected = _expected(frame, time, effects, parameters)
    role = frame["rater_role"]
    shift = role.map(
        {
            "independent": 0.0,
            "supervisor": parameters.supervisor_effect,
            "self": parameters.self_leniency,
            "master": 0.0,
        }
    )
    wider = np.exp(parameters.residual_trend * time)
    fidelity = (
        expected
        + shift.to_numpy()
        + _of_rater(frame, effects, parameters)
        + wider * frame["session"].to_numpy()
        + _scoring_spread(role, wider, parameters) * random.standard_normal(len(frame))
    )
    kept = np.clip(fidelity, 0.0, 100.0)
    columns = [
        "observation_id",
        "practitioner_id",
        "site_id",
        "supervisor_id",
        "rater_id",
        "rater_role",
        "observed_on",
        "rated_on",
        "quarter",
        "quarters",
        "expected",
        "fidelity",
        "limited",
        "double_codes",
    ]
    return frame.assign(expected=expected, fidelity=kept, limited=kept != fidelity)[columns]


def _expected(
    frame: pd.DataFrame, time: np.ndarray, effects: Effects, parameters: NetworkParameters
) -> np.ndarray:
    """Practice as it is on the day, before anyone rates it."""
    site = effects.by_site.set_index("site_id").loc[frame["site_id"]]
    person = effects.by_practitioner.set_index("practitioner_id").loc[frame["practitioner_id"]]
    level = parameters.level + site["level"].to_numpy() + person["level"].to_numpy()
    slope = parameters.slope + site["slope"].to_numpy() + person["slope"].to_numpy()
    boosted_on = site["boosted_on"].set_axis(frame.index)
    since = quarters_between(boosted_on, frame["observed_on"]).to_numpy()
    gain = parameters.booster_jump + parameters.booster_slope_change * since
    # A site without a booster has no time since it, and no comparison with it holds. Who came
    # later was not there.
    there = (since >= 0) & person["boosted"].to_numpy()
    return np.asarray(level + slope * time + np.where(there, gain, 0.0))


def _of_rater(frame: pd.DataFrame, effects: Effects, parameters: NetworkParameters) -> np.ndarray:
    """Points that the rater adds: a level, and what the ruler has moved by the day of rating."""
    raters = effects.by_rater.set_index("rater_id")
    level = frame["rater_id"].map(raters["level"]).fillna(0.0).to_numpy()
    slope = frame["rater_id"].map(raters["slope"]).fillna(0.0).to_numpy()
    rated = quarters_between(parameters.first_day, frame["rated_on"]).to_numpy()
    return np.asarray(level + slope * rated)


def _scoring_spread(
    role: pd.Series, wider: np.ndarray, parameters: NetworkParameters
) -> np.ndarray:
    """Spread of what is special to one scoring; only that of the usual raters has a trend."""
    usual = parameters.scoring_sd * wider
    own = np.where(role == "self", parameters.self_sd, parameters.master_scoring_sd)
    return np.where(role.isin(["independent", "supervisor"]), usual, own)
