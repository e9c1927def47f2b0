"""Where practice stood after a booster, beside the course it was on before.

A booster is a training or certification that comes when people already practise. Its model is
piecewise: the growth model with a step at the latest booster and another slope since, beside a
course of the network that may bend, so that a rise of everybody is not taken for a booster's. What
follows a booster at one date could be anything else that happened then; so boosters at several
sites and dates are asked for. Those who came to a site after its booster are left out, and those
who were ever seen after one have a level of their own: whoever has no before and after would set
other people beside those who were there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.bends import BENDS, knots_of, with_bends
from workbench.analysis.growth_fit import fit_growth
from workbench.analysis.mechanism_test import MechanismTest
from workbench.language import mark, say
from workbench.models.inference import combine_fixed
from workbench.models.mixed_fit import MixedModelFit
from workbench.quarters import DAYS_IN_A_QUARTER
from workbench.settings import Thresholds
from workbench.shown import Shown
from workbench.wording import count_of

KINDS = ("training", "certification", "recertification")
"""Kinds of support that are a booster when they come after the first observation."""
QUARTERS_AFTER = 4
"""Quarters after a booster over which practice is set against the course before."""
FEWEST_SITES = 3
FEWEST_PRACTITIONERS = 10
FEWEST_DATES = 2
STEP, SLOPE = "after_booster", "quarters_since_booster"
EVER = "ever_boosted"
UNIT = mark("points")
COLUMNS = [
    "quarters_since",
    "difference",
    "conf_low",
    "conf_high",
    "n_practitioners",
    "n_boosters",
]


@dataclass(frozen=True)
class Boosters(Shown):
    """Practice after boosters beside the course before.

    Attributes
    ----------
    test
        Mean difference from the course continued, over the first four quarters after a booster.
    after
        Evidence table ``boosters``: the difference so many quarters after a booster.
    n_boosters, n_sites
        Boosters with observations of the same practitioner before and after, and their sites.
    """

    test: MechanismTest
    after: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    n_boosters: int = 0
    n_sites: int = 0

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"boosters": self.after}


def boosters(
    by_observation: pd.DataFrame, supports: pd.DataFrame, now: float, thresholds: Thresholds
) -> Boosters:
    """Set practice after boosters against the course it was on.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity`` in percent, ``quarters``, ``quarter``, ``observed_on``,
        ``rater_role``, ``rater_id``, ``practitioner_id``, ``site_id``.
    supports
        ``occurred_on``, ``kind``, and ``practitioner_id`` or ``site_id``: a row without a
        practitioner is for the whole site. May be empty.
    now, thresholds
        End of the report quarter and the study's thresholds. Every analysis is asked alike; this
        one needs neither: a booster counts only for observations after it.
    """
    frame = with_boosters(by_observation, supports)
    able = frame[frame[STEP] == 1]
    counted = Boosters(
        MechanismTest(
            terms.BOOSTER_RECOVERY,
            n=len(able),
            n_of=mark("observations after a booster"),
            n_practitioners=able["practitioner_id"].nunique(),
        ),
        n_boosters=len(able[["booster_of", "booster_on"]].drop_duplicates()),
        n_sites=able["site_id"].nunique(),
    )
    fit, reason = None, _too_little(able)
    if not reason:
        there = frame[~_came_later(frame, supports)]
        fit, reason = fit_growth(with_bends(there, knots_of(there)), [EVER, STEP, SLOPE, *BENDS])
    if fit is None:
        return replace(counted, test=replace(counted.test, reason=reason))
    return _answered(counted, fit)


def with_boosters(by_observation: pd.DataFrame, supports: pd.DataFrame) -> pd.DataFrame:
    """Add to each observation the latest booster before it.

    Returns
    -------
    DataFrame
        In order of date, with ``booster_on`` (missing if there was none since the practitioner's
        first observation), ``booster_of`` (the practitioner or site that it was for),
        ``after_booster`` (0 or 1), ``quarters_since_booster`` (0 before) and ``ever_boosted``
        (1 for all observations of a practitioner who was seen after one).
    """
    frame = by_observation.assign(observed_on=_days(by_observation["observed_on"]))
    frame = frame.sort_values("observed_on", kind="stable").reset_index(drop=True)
    own, whole = _booster_dates(supports)
    mine, ours = _latest(frame, own, "practitioner_id"), _latest(frame, whole, "site_id")
    latest = pd.concat([mine, ours], axis=1).max(axis=1)
    first_seen = frame.groupby("practitioner_id")["observed_on"].transform("min")
    latest = latest.where(latest > first_seen)
    since = (frame["observed_on"] - latest).dt.days / DAYS_IN_A_QUARTER
    after = latest.notna().astype(float)
    return frame.assign(
        booster_on=latest,
        booster_of=frame["practitioner_id"].where(mine == latest, frame["site_id"]),
        after_booster=after,
        ever_boosted=after.groupby(frame["practitioner_id"]).transform("max"),
        quarters_since_booster=since.fillna(0.0),
    )


def _came_later(frame: pd.DataFrame, supports: pd.DataFrame) -> pd.Series:
    """Observations of people first seen after a booster of their site, with none since."""
    _, whole = _booster_dates(supports)
    if whole.empty:
        return pd.Series(False, index=frame.index)
    first = _days(frame["site_id"].map(whole.groupby("site_id")["booster_on"].min()))
    first_seen = frame.groupby("practitioner_id")["observed_on"].transform("min")
    return (frame[EVER] == 0) & (first_seen >= first)


def _days(dates: pd.Series) -> pd.Series:
    """Dates in one unit of time, so that tables of different origin can be joined."""
    return pd.to_datetime(dates).dt.as_unit("ns")


def _booster_dates(supports: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Boosters of single practitioners, and boosters of whole sites, each in order of date."""
    full = supports.reindex(columns=["kind", "occurred_on", "practitioner_id", "site_id"])
    kept = full[full["kind"].isin(KINDS) & full["occurred_on"].notna()]
    kept = kept.assign(booster_on=_days(kept["occurred_on"]))
    kept = kept.sort_values("booster_on", kind="stable")
    personal = kept["practitioner_id"].notna()
    own, whole = kept[personal], kept[~personal & kept["site_id"].notna()]
    return own[["practitioner_id", "booster_on"]], whole[["site_id", "booster_on"]]


def _latest(frame: pd.DataFrame, dates: pd.DataFrame, by: str) -> pd.Series:
    """Latest booster before each observation; one on the very day counts for later days only."""
    found = pd.merge_asof(
        frame[["observed_on", by]].astype({by: "str"}),
        dates.astype({by: "str"}),
        left_on="observed_on",
        right_on="booster_on",
        by=by,
        allow_exact_matches=False,
    )
    return found["booster_on"]


def _too_little(able: pd.DataFrame) -> str:
    """Why the boosters can't be told from what else happened; empty if they can."""
    if able.empty:
        return say(
            "no booster (training or certification) falls between two observations of anyone."
        )
    people = able["practitioner_id"].nunique()
    sites = able["site_id"].nunique()
    personal = able.loc[able["booster_of"] == able["practitioner_id"], "practitioner_id"].nunique()
    if sites < FEWEST_SITES and personal < FEWEST_PRACTITIONERS:
        return say(
            "{people} at {sites} had observations before and after a booster, and {fewest_sites} "
            "sites are needed, or {fewest_people} people with boosters of their own.",
            people=count_of(people, "person", "people"),
            sites=count_of(sites, "site"),
            fewest_sites=FEWEST_SITES,
            fewest_people=FEWEST_PRACTITIONERS,
        )
    if able["booster_on"].nunique() < FEWEST_DATES:
        return say(
            "all boosters fell on one day, so that they can't be told from anything else that "
            "happened then."
        )
    return ""


def _answered(counted: Boosters, fit: MixedModelFit) -> Boosters:
    """Mean difference over the quarters after a booster, and its course."""
    from scipy import stats

    names = fit.design.fixed_names
    since = np.array([*range(QUARTERS_AFTER + 1), QUARTERS_AFTER / 2], dtype=float)
    weights = np.zeros((len(since), len(names)))
    weights[:, names.index(STEP)] = 1.0
    weights[:, names.index(SLOPE)] = since
    asked = combine_fixed(fit, weights, "satterthwaite")
    # The course after a booster is a line, so that its mean is its value at the middle.
    mean = asked.iloc[-1]
    test = replace(
        counted.test,
        estimate=float(mean["estimate"]),
        conf_low=float(mean["conf_low"]),
        conf_high=float(mean["conf_high"]),
        unit=UNIT,
        p_value=float(2 * stats.t.sf(abs(mean["estimate"]) / mean["std_error"], mean["df"])),
        in_its_direction=bool(mean["estimate"] > 0),
    )
    after = asked.iloc[:-1].assign(
        quarters_since=since[:-1],
        difference=asked["estimate"],
        n_practitioners=counted.test.n_practitioners,
        n_boosters=counted.n_boosters,
    )
    return replace(counted, test=test, after=after[COLUMNS])
