"""Observations of a planned network, and ratings simulated for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.analysis.study_design_spreads import Spreads
from workbench.errors import ParameterError
from workbench.shown import Shown

LEVEL = 70.0
"""Fidelity at the start, in percent; nothing rests on it."""
PLANTED_SITE = 0


@dataclass(frozen=True)
class NetworkDesign(Shown):
    """A plan of measurement: who is seen, how often, by whom, and for how long.

    Everyone is there from the first quarter to the last. Days within a quarter are as good as drawn
    by lot, and so is the rater among those of the site.

    Attributes
    ----------
    sites, practitioners_a_site, quarters
        Counts, 1 or more.
    observations_a_quarter
        Of each practitioner, above 0. Below 1: 0.5 is every second quarter.
    raters_a_site
        Independent raters; each serves one site.
    share_by_supervisor
        Share of the sessions that the practitioner's own supervisor rates.
    supervisors_a_site
        Supervisors among whom the practitioners of a site are divided.
    share_double_coded
        Share of the sessions that a second independent rater of the site rates too; both ratings
        are used.

    Raises
    ------
    ParameterError
        If the plan is not possible.
    """

    sites: int
    practitioners_a_site: int
    observations_a_quarter: float
    quarters: int
    raters_a_site: int = 2
    share_by_supervisor: float = 0.0
    supervisors_a_site: int = 2
    share_double_coded: float = 0.0

    def __post_init__(self) -> None:
        counts = (
            "sites",
            "practitioners_a_site",
            "quarters",
            "raters_a_site",
            "supervisors_a_site",
        )
        wrong = [name for name in counts if getattr(self, name) < 1]
        shares = ("share_by_supervisor", "share_double_coded")
        wrong += [name for name in shares if not 0 <= getattr(self, name) <= 1]
        if not 0 < self.observations_a_quarter < np.inf:
            wrong.append("observations_a_quarter")
        if self.share_double_coded and self.raters_a_site < 2:
            wrong.append("share_double_coded (it needs two raters a site)")
        if wrong:
            raise ParameterError(
                f"This plan of measurement is not possible: {', '.join(wrong)}. Counts run from 1, "
                "shares from 0 to 1, and observations a quarter are above 0."
            )


def design_of_network(by_observation: pd.DataFrame, quarters: int | None = None) -> NetworkDesign:
    """Describe how a network is measured now, by the plan that comes nearest to it.

    Parameters
    ----------
    by_observation
        One row an observation with ``site_id, practitioner_id, rater_id, rater_role, quarter``;
        one or more.
    quarters
        Quarters to plan for; those of the series if None.
    """
    sites = by_observation["site_id"].nunique()
    seen = by_observation.groupby("quarter")["practitioner_id"].nunique()
    people = float(seen.mean())
    roles = by_observation["rater_role"]
    raters = by_observation.loc[roles == "independent"].groupby("site_id")["rater_id"].nunique()
    bosses = by_observation.loc[roles == "supervisor"].groupby("site_id")["rater_id"].nunique()
    per_site = by_observation.groupby(["quarter", "site_id"])["practitioner_id"].nunique()
    each = len(by_observation) / (people * len(seen))
    return NetworkDesign(
        sites=int(sites),
        practitioners_a_site=max(round(float(per_site.mean())), 1),
        observations_a_quarter=round(each * 4) / 4 or 0.25,
        quarters=quarters or len(seen),
        raters_a_site=max(round(float(raters.mean())), 1) if len(raters) else 1,
        share_by_supervisor=round(float((roles == "supervisor").mean()), 2),
        supervisors_a_site=max(round(float(bosses.mean())), 1) if len(bosses) else 1,
    )


def planned_rows(design: NetworkDesign, random: np.random.Generator) -> pd.DataFrame:
    """Draw the ratings of a plan: one row each, without a score.

    Returns
    -------
    DataFrame
        ``site, person, rater, session`` (codes from 0), ``site_id, practitioner_id, rater_id,
        rater_role, quarter, quarters``.
    """
    people = design.sites * design.practitioners_a_site
    counts = _counts(design, people, random)
    person = np.repeat(np.repeat(np.arange(people), design.quarters), counts.ravel())
    quarter = np.repeat(np.tile(np.arange(design.quarters), people), counts.ravel())
    site = person // design.practitioners_a_site
    pick = random.integers(0, design.raters_a_site, len(person))
    by_supervisor = random.random(len(person)) < design.share_by_supervisor
    rows = pd.DataFrame(
        {
            "site": site,
            "person": person,
            "session": np.arange(len(person)),
            "quarter": quarter,
            "quarters": quarter + random.random(len(person)),
            "pick": pick,
            "by_supervisor": by_supervisor,
        }
    )
    if design.share_double_coded:
        again = rows[random.random(len(rows)) < design.share_double_coded]
        other = again["pick"] + random.integers(1, design.raters_a_site, len(again))
        again = again.assign(pick=other % design.raters_a_site, by_supervisor=False)
        rows = pd.concat([rows, again], ignore_index=True)
    return _named(rows, design)


def _counts(design: NetworkDesign, people: int, random: np.random.Generator) -> np.ndarray:
    """Sessions of each person and quarter: whole ones each, the rest spread evenly over time."""
    edges = np.arange(design.quarters + 1) * design.observations_a_quarter
    reached = np.floor(edges + random.random(people)[:, None])
    return np.diff(reached, axis=1).astype(int)


def _named(rows: pd.DataFrame, design: NetworkDesign) -> pd.DataFrame:
    """Add raters and names; supervisors' codes follow those of the independent raters."""
    own = rows["person"] % design.practitioners_a_site % design.supervisors_a_site
    independent = rows["site"] * design.raters_a_site + rows["pick"]
    supervisor = (
        design.sites * design.raters_a_site + rows["site"] * design.supervisors_a_site + own
    )
    rater = independent.where(~rows["by_supervisor"], supervisor)
    role = np.where(rows["by_supervisor"], "supervisor", "independent")
    return pd.DataFrame(
        {
            **{name: rows[name] for name in ("site", "person", "session", "quarters")},
            "rater": rater,
            "site_id": rows["site"].map(planned_site),
            "practitioner_id": rows["person"].map("p{:05d}".format),
            "rater_id": rater.map("r{:04d}".format),
            "rater_role": pd.Series(role, dtype="str"),
            "quarter": rows["quarter"].map("q{:03d}".format),
            "fidelity": 0.0,
        }
    )


def planned_site(number: int) -> str:
    """Name of a planned site, counted from 0."""
    return f"s{number:03d}"


def simulated_ratings(
    rows: pd.DataFrame,
    spreads: Spreads,
    drift: float,
    count: int,
    random: np.random.Generator,
    in_one_site: bool = False,
) -> np.ndarray:
    """Simulate ratings of planned rows.

    Parameters
    ----------
    rows
        From `planned_rows`.
    spreads
        What sites, practitioners, raters, sessions and scorings scatter by.
    drift
        Points of fidelity lost a quarter.
    count
        Simulations.
    in_one_site
        False: the network drifts. True: the network stands still, and one site, which begins where
        the network is, drifts.

    Returns
    -------
    numpy.ndarray
        One column a simulation, shape (n, count).
    """
    time = rows["quarters"].to_numpy()[:, None]
    site = _effects(spreads.covariance("site"), rows["site"].max() + 1, count, random)
    if in_one_site:
        site[:, PLANTED_SITE] = np.array([0.0, -drift])[:, None]
    person = _effects(spreads.covariance("practitioner"), rows["person"].max() + 1, count, random)
    rater = spreads.rater * random.standard_normal((rows["rater"].max() + 1, count))
    session = spreads.session * random.standard_normal((rows["session"].max() + 1, count))
    ratings = spreads.scoring * random.standard_normal((len(rows), count)) + LEVEL
    for one, codes in ((site, rows["site"]), (person, rows["person"])):
        ratings += one[0, codes] + one[1, codes] * time
    ratings += rater[rows["rater"]] + session[rows["session"]]
    return ratings if in_one_site else ratings - drift * time


def _effects(
    covariance: np.ndarray, levels: int, count: int, random: np.random.Generator
) -> np.ndarray:
    """Levels and slopes, shape (2, levels, count)."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return np.tensordot(root, random.standard_normal((2, levels, count)), 1)
