"""What each site, practitioner and rater of the example network brings, drawn or planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.synthetic_lineage import generations
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_streams import Streams

DAYS_IN_A_YEAR = 365.25
SHARE_OF_SERIES_BEFORE_BOOSTER = (0.40, 0.65)


@dataclass(frozen=True)
class Effects:
    """What was drawn, or planted, for each site, practitioner and rater.

    Attributes
    ----------
    by_site
        ``site_id, level, slope`` (both beside the network's), ``planted, total_slope``,
        ``boosted_on`` (day on which everyone was trained again; missing where nobody was).
    by_practitioner
        ``practitioner_id, level, slope`` (beside the site's, with all that was planted in the
        practitioner), ``drifting`` (whether on their own), ``generation`` (1 if trained by the
        programme's trainers, 2 if by one of those, and so on), ``boosted`` (whether trained
        before the booster of the site).
    by_rater
        ``rater_id, rater_role, level``, ``slope`` (points a quarter of rating date).
    """

    by_site: pd.DataFrame
    by_practitioner: pd.DataFrame
    by_rater: pd.DataFrame


def draw_effects(
    sites: pd.DataFrame,
    practitioners: pd.DataFrame,
    parameters: NetworkParameters,
    streams: Streams,
) -> Effects:
    """Levels and slopes of sites, practitioners and raters, and what kinds of drift add to them.

    Every draw is made whatever the parameters say, so that a kind of drift that is planted moves
    nothing but what it is about.
    """
    by_site = _sites(sites, parameters, streams.growth)
    by_site["boosted_on"] = _boosters(len(sites), parameters, streams.boosters)
    by_practitioner = _drawn_practitioners(practitioners, parameters, streams.growth)
    by_rater = _raters(practitioners, len(sites), parameters, streams.growth)
    boosted_on = practitioners["site_id"].map(by_site.set_index("site_id")["boosted_on"])
    by_practitioner = _with_planted(by_practitioner, practitioners, parameters, streams.drifting)
    return Effects(
        by_site,
        by_practitioner.assign(boosted=(practitioners["trained_on"] < boosted_on).to_numpy()),
        by_rater.assign(slope=_rulers(by_rater["rater_role"], parameters, streams.rulers)),
    )


def _sites(
    sites: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    count = len(sites)
    first, second = random.standard_normal((2, count))
    rho = parameters.site_correlation
    by_site = pd.DataFrame(
        {
            "site_id": sites["site_id"],
            "level": parameters.site_level_sd * first,
            "slope": parameters.site_slope_sd * (rho * first + np.sqrt(1 - rho**2) * second),
            "planted": False,
        }
    )
    for one in parameters.planted_sites:
        if one.position < count:
            by_site.loc[one.position, ["level", "slope"]] = (
                one.level,
                one.slope - parameters.slope,
            )
            by_site.loc[one.position, "planted"] = True
    by_site["total_slope"] = parameters.slope + by_site["slope"]
    return by_site


def _boosters(sites: int, parameters: NetworkParameters, random: np.random.Generator) -> pd.Series:
    """Day of each site's booster, around the middle of the series; missing where there is none."""
    boosted = _exactly(parameters.share_of_sites_boosted, sites, random)
    length = (parameters.last_day - parameters.first_day).days
    days = np.floor(random.uniform(*SHARE_OF_SERIES_BEFORE_BOOSTER, sites) * length)
    dates = pd.Timestamp(parameters.first_day) + pd.to_timedelta(days, unit="D")
    return pd.Series(dates).where(boosted)


def _drawn_practitioners(
    practitioners: pd.DataFrame, parameters: NetworkParameters, random: np.random.Generator
) -> pd.DataFrame:
    people = len(practitioners)
    return pd.DataFrame(
        {
            "practitioner_id": practitioners["practitioner_id"],
            "level": parameters.practitioner_level_sd * random.standard_normal(people),
            "slope": parameters.practitioner_slope_sd * random.standard_normal(people),
        }
    )


def _with_planted(
    drawn: pd.DataFrame,
    practitioners: pd.DataFrame,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Add what is planted in people: own drift, cohorts, generations, and those who leave."""
    drifting = _exactly(parameters.share_drifting, len(drawn), random)
    leaver = practitioners["left_on"].notna().to_numpy()
    generation = generations(practitioners).to_numpy()
    after = practitioners["trained_on"] - pd.Timestamp(parameters.first_day)
    years = after.dt.days.clip(lower=0).to_numpy() / DAYS_IN_A_YEAR
    level = (
        parameters.cohort_step * years
        + parameters.generation_loss * (generation - 1)
        + parameters.leaver_level * leaver
    )
    slope = parameters.own_drift * drifting + parameters.leaver_slope * leaver
    return drawn.assign(
        level=drawn["level"] + level,
        slope=drawn["slope"] + slope,
        drifting=drifting,
        generation=generation,
    )


def _raters(
    practitioners: pd.DataFrame,
    sites: int,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    groups = (
        (
            "independent",
            [f"R{n:02d}" for n in range(1, sites * parameters.raters_a_site + 1)],
            parameters.rater_sd,
        ),
        ("supervisor", sorted(practitioners["supervisor_id"].unique()), parameters.rater_sd),
        ("master", [f"M{n}" for n in range(1, parameters.master_raters + 1)], parameters.master_sd),
    )
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "rater_id": names,
                    "rater_role": role,
                    "level": spread * random.standard_normal(len(names)),
                }
            )
            for role, names, spread in groups
        ],
        ignore_index=True,
    )


def _rulers(
    role: pd.Series, parameters: NetworkParameters, random: np.random.Generator
) -> np.ndarray:
    """Points a quarter by which each rater's ruler moves; a master's stands still."""
    own = parameters.rater_slope_sd * random.standard_normal(len(role))
    beside = np.where(role == "supervisor", parameters.supervisor_drift, 0.0)
    return np.where(role == "master", 0.0, parameters.rater_drift + beside + own)


def _exactly(share: float, count: int, random: np.random.Generator) -> np.ndarray:
    """Mark a drawn share of the places, as nearly as whole numbers allow."""
    return np.asarray(random.permutation(count) < round(share * count))
