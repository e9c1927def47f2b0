"""Whether practice moved in a straight line, told by a test, and its course either way.

A straight line through three years can hide a rise and a fall. A natural cubic spline may bend
between its knots and is straight beyond them, so that few observations at the end of the series
can't throw the last quarters about.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.bends import BENDS, knots_of, with_bends
from workbench.analysis.growth_fit import fit_growth
from workbench.language import say
from workbench.models.combinations import combination_weights
from workbench.models.inference import combine_fixed, compare_fits
from workbench.models.mixed_fit import MixedModelFit
from workbench.quarters import Quarter
from workbench.settings import Thresholds
from workbench.shown import Shown

FEWEST_QUARTERS_TO_BEND = 6
"""Quarters with observations below which a bend is not asked for: two for each stretch."""
LARGEST_P_OF_A_BEND = 0.01
"""What the test must go below before the data are said to ask for a curve."""
LONGEST_WINDOW = 4
"""Quarters over which the early and the recent slope are taken."""
COURSE_COLUMNS = [
    "scope",
    "site_id",
    "quarter",
    "quarters",
    "level",
    "level_low",
    "level_high",
    "n_practitioners",
]


@dataclass(frozen=True)
class Slope:
    """Points a quarter over a stretch of the course, with its 95% interval."""

    estimate: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan


@dataclass(frozen=True)
class CurvedCourse(Shown):
    """The modelled course of the network and of its sites, straight or curved.

    Attributes
    ----------
    p_value
        Of the test that a straight line is enough; NaN where it was not made.
    curved
        Whether the data ask for a curve. The course and the slopes are of the model so chosen.
    why_no_test, why_no_course
        Why there is no test, and why no course at all; empty where there is one.
    course
        Evidence table ``curved_course``: the level at the end of each quarter.
    early, recent
        Slope over the first and over the last ``window`` quarters.
    window
        Quarters: four, or half of a shorter series.
    turned_in
        Quarter at whose end the course stood highest before it fell, or lowest before it rose;
        empty where early and recent slope don't surely go opposite ways.
    n_observations, n_practitioners
        What it rests on.
    """

    p_value: float
    curved: bool
    why_no_test: str
    why_no_course: str
    course: pd.DataFrame
    early: Slope
    recent: Slope
    window: int
    turned_in: str
    n_observations: int
    n_practitioners: int

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"curved_course": self.course}


def curved_course(by_observation: pd.DataFrame, now: float, thresholds: Thresholds) -> CurvedCourse:
    """Test whether the network's course bends, and model it by quarter.

    The growth model is fitted by plain likelihood with a straight line and with a natural cubic
    spline of three degrees of freedom in the fixed part, and the two likelihoods are compared.
    Slopes of practitioners and of sites stay straight in both.

    Parameters
    ----------
    by_observation
        One row an observation: ``fidelity`` in percent, ``quarters``, ``quarter``, ``rater_role``,
        ``rater_id``, ``practitioner_id``, ``site_id``.
    now
        End of the report quarter on the scale of ``quarters``.
    thresholds
        The study's. Every analysis is asked alike; this one turns on none of them.
    """
    knots = knots_of(by_observation)
    frame = with_bends(by_observation, knots)
    p_value, why_no_test = _test(frame)
    curved = p_value < LARGEST_P_OF_A_BEND
    fit, why_no_course = fit_growth(frame, BENDS if curved else [])
    if fit is None and curved:
        curved = False
        why_no_test = say("the curve can't be used. {reason}", reason=why_no_course)
        fit, why_no_course = fit_growth(frame, [])
    window = max(min(LONGEST_WINDOW, round(now) // 2), 1)
    course, early, recent = pd.DataFrame(columns=COURSE_COLUMNS), Slope(), Slope()
    if fit is not None:
        course = _course(fit, frame, with_bends(_quarter_ends(frame, now), knots))
        early, recent = _slopes(fit, knots, [0.0, now - window], window)
    return CurvedCourse(
        p_value=p_value,
        curved=curved,
        why_no_test=why_no_test,
        why_no_course=why_no_course,
        course=course,
        early=early,
        recent=recent,
        window=window,
        turned_in=_turned_in(course, early, recent),
        n_observations=len(frame),
        n_practitioners=frame["practitioner_id"].nunique(),
    )


def _test(frame: pd.DataFrame) -> tuple[float, str]:
    """P value of the likelihood-ratio test of the bends, or why there is none."""
    quarters = frame["quarter"].nunique()
    if quarters < FEWEST_QUARTERS_TO_BEND:
        return np.nan, say(
            "there are observations in {quarters} quarters, and to tell a bend from a straight "
            "line takes {fewest}.",
            quarters=quarters,
            fewest=FEWEST_QUARTERS_TO_BEND,
        )
    straight, why_not = fit_growth(frame, [], reml=False)
    bent, why_not_bent = fit_growth(frame, BENDS, reml=False)
    if straight is None or bent is None:
        return np.nan, why_not or why_not_bent
    return float(compare_fits(straight, bent)["p_value"].iloc[0]), ""


def _quarter_ends(frame: pd.DataFrame, now: float) -> pd.DataFrame:
    """One row a quarter up to the report's: its label, and its end on the scale of ``quarters``.

    A quarter is 90 to 92 days and the unit 91.3, so that the k-th ends within days of k.
    """
    positions = frame["quarter"].map(_position)
    first = int((positions - np.floor(frame["quarters"])).mode().iloc[0])
    count = max(round(now), 1)
    ends = [*range(1, count), now]
    labels = [str(Quarter((first + k) // 4, (first + k) % 4 + 1)) for k in range(count)]
    return pd.DataFrame({"quarter": pd.Series(labels, dtype="str"), "quarters": np.array(ends)})


def _position(label: str) -> int:
    """Place of a quarter among all quarters, whenever the fiscal year starts."""
    quarter = Quarter.from_label(label)
    return quarter.year * 4 + quarter.number - 1


def _course(fit: MixedModelFit, frame: pd.DataFrame, ends: pd.DataFrame) -> pd.DataFrame:
    """Level at each quarter's end, for independent raters, of the network and of each site.

    Sites have one only where the model gives each a slope of its own.
    """
    everyone = frame["practitioner_id"].nunique()
    network = ends.assign(scope="network", site_id="", n_practitioners=everyone)
    parts = [_levels(fit, network, ())]
    if "(1 + quarters | site_id)" in str(fit.design.formula):
        by_site = frame.groupby("site_id")["practitioner_id"].nunique()
        counts = by_site.rename("n_practitioners").reset_index().assign(scope="site")
        parts.append(_levels(fit, counts.merge(ends, how="cross"), ("site_id",)))
    return pd.concat(parts, ignore_index=True)


def _levels(fit: MixedModelFit, at: pd.DataFrame, groups: tuple[str, ...]) -> pd.DataFrame:
    asked = fit.linear_combinations(at.assign(rater_role="independent"), groups=groups)
    named = {"estimate": "level", "conf_low": "level_low", "conf_high": "level_high"}
    return asked.rename(columns=named)[COURSE_COLUMNS]


def _slopes(
    fit: MixedModelFit, knots: np.ndarray, starts: list[float], length: float
) -> list[Slope]:
    """Mean slope of the network's course over so many quarters from each start."""
    at = pd.DataFrame({"quarters": starts, "rater_role": "independent"})
    ahead = at.assign(quarters=at["quarters"] + length)
    here, there = (
        combination_weights(fit.design, with_bends(one, knots))[0] for one in (at, ahead)
    )
    rows = combine_fixed(fit, (there - here) / length, "satterthwaite")
    columns = ["estimate", "conf_low", "conf_high"]
    return [Slope(*(float(value) for value in row)) for row in rows[columns].to_numpy()]


def _turned_in(course: pd.DataFrame, early: Slope, recent: Slope) -> str:
    """Quarter at whose end the network's course turned."""
    network = course[course["scope"] == "network"].reset_index(drop=True)
    if early.conf_low > 0 and recent.conf_high < 0:
        return str(network["quarter"].iloc[int(network["level"].argmax())])
    if early.conf_high < 0 and recent.conf_low > 0:
        return str(network["quarter"].iloc[int(network["level"].argmin())])
    return ""
