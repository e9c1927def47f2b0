"""How those who left stood beside those who stayed, as long as both were observed.

A course drawn through those who are still there is not the course of all who were trained, if
those who left stood elsewhere. The growth model is given a level and a slope for those who left.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from workbench import terms
from workbench.analysis.growth_fit import fit_growth
from workbench.analysis.mechanism_test import MechanismTest
from workbench.language import mark, say
from workbench.models.combinations import combination_weights
from workbench.models.inference import combine_fixed
from workbench.models.mixed_fit import MixedModelFit
from workbench.quarters import DAYS_IN_A_QUARTER
from workbench.settings import Thresholds
from workbench.shown import Shown

FEWEST_SEEN_AGAIN = 8
"""People of each group with two or more observations, below which the groups aren't compared."""
LEFT, LEFT_SLOPE = "left", "left_by_quarters"
UNIT = mark("points")
STAYED, WENT = "stayed", "left"
COLUMNS = [
    "group",
    "level",
    "level_low",
    "level_high",
    "slope",
    "slope_low",
    "slope_high",
    "n_practitioners",
]


@dataclass(frozen=True)
class Leavers(Shown):
    """Those who left beside those who stayed.

    Attributes
    ----------
    test
        Level of those who left less that of those who stayed, at the mean day of observation.
    groups
        Evidence table ``leavers``: level at the mean day and slope of each group.
    n_stayed, n_left
        Practitioners observed who stayed, and who left by the end of the quarter.
    """

    test: MechanismTest
    groups: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    n_stayed: int = 0
    n_left: int = 0

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"leavers": self.groups}


def leavers(
    by_observation: pd.DataFrame, practitioners: pd.DataFrame, now: float, thresholds: Thresholds
) -> Leavers:
    """Set those who left beside those who stayed.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity`` in percent, ``quarters``, ``quarter``, ``observed_on``,
        ``rater_role``, ``rater_id``, ``practitioner_id``, ``site_id``.
    practitioners
        ``practitioner_id``, and ``left_on`` where it is recorded.
    now
        End of the report quarter on the scale of ``quarters``; who left later still stayed.
    thresholds
        The study's. Every analysis is asked alike; this one turns on none of them.
    """
    frame = with_left(by_observation, practitioners, now)
    people = frame.groupby("practitioner_id").agg(left=(LEFT, "first"), seen=(LEFT, "size"))
    n_left = int(people["left"].sum())
    counted = Leavers(
        MechanismTest(
            terms.LEAVERS_DIFFER,
            n=n_left,
            n_of=mark("practitioners who left"),
            n_practitioners=n_left,
        ),
        n_stayed=len(people) - n_left,
        n_left=n_left,
    )
    fit, reason = None, _too_few(people, "left_on" in practitioners.columns)
    if not reason:
        fit, reason = fit_growth(frame, [LEFT, LEFT_SLOPE])
    if fit is None:
        return replace(counted, test=replace(counted.test, reason=reason))
    return _answered(counted, fit, float(frame["quarters"].mean()))


def with_left(
    by_observation: pd.DataFrame, practitioners: pd.DataFrame, now: float
) -> pd.DataFrame:
    """Add ``left`` (1 for observations of those who left by ``now``, else 0) and its slope.

    ``left_by_quarters`` counts from the mean day of observation, so that ``left`` is the
    difference on that day.
    """
    ends = by_observation["observed_on"] + pd.to_timedelta(
        (now - by_observation["quarters"]) * DAYS_IN_A_QUARTER, unit="D"
    )
    left_on = pd.Series(pd.NaT, index=practitioners.index)
    if "left_on" in practitioners.columns:
        left_on = practitioners["left_on"]
    days = by_observation["practitioner_id"].map(
        dict(zip(practitioners["practitioner_id"], left_on, strict=True))
    )
    left = (pd.to_datetime(days) < ends).astype(float)
    centred = by_observation["quarters"] - by_observation["quarters"].mean()
    return by_observation.assign(left=left, left_by_quarters=left * centred)


def _too_few(people: pd.DataFrame, recorded: bool) -> str:
    """Why the two groups can't be compared; empty if they can."""
    if not recorded:
        return say("the day on which people left is not recorded.")
    seen_again = people[people["seen"] > 1]
    went = int(seen_again["left"].sum())
    stayed = len(seen_again) - went
    if min(went, stayed) >= FEWEST_SEEN_AGAIN:
        return ""
    return say(
        "{went} who left and {stayed} who stayed were observed twice or more, and {fewest} of each "
        "are needed.",
        went=went,
        stayed=stayed,
        fewest=FEWEST_SEEN_AGAIN,
    )


def _answered(counted: Leavers, fit: MixedModelFit, middle: float) -> Leavers:
    """Difference between the groups, and level and slope of each."""
    tidy = fit.tidy()
    row = tidy[tidy["term"] == LEFT].iloc[0]
    test = replace(
        counted.test,
        estimate=float(row["estimate"]),
        conf_low=float(row["conf_low"]),
        conf_high=float(row["conf_high"]),
        unit=UNIT,
        p_value=float(row["p_value"]),
        in_its_direction=bool(row["estimate"] < 0),
    )
    at = pd.DataFrame(
        {
            "group": [STAYED, WENT],
            "quarters": middle,
            "rater_role": "independent",
            LEFT: [0.0, 1.0],
            LEFT_SLOPE: 0.0,
            "n_practitioners": [counted.n_stayed, counted.n_left],
        }
    )
    # A quarter on, those who left have moved by the common slope and by their own.
    ahead = at.assign(quarters=middle + 1, **{LEFT_SLOPE: at[LEFT]})
    here, there = (combination_weights(fit.design, one)[0] for one in (at, ahead))
    level = combine_fixed(fit, here, "satterthwaite")
    slope = combine_fixed(fit, there - here, "satterthwaite")
    groups = at.assign(
        level=level["estimate"],
        level_low=level["conf_low"],
        level_high=level["conf_high"],
        slope=slope["estimate"],
        slope_low=slope["conf_low"],
        slope_high=slope["conf_high"],
    )
    return replace(counted, test=test, groups=groups[COLUMNS])
