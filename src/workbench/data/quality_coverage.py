"""The quality of the data over time: what is whole, in time, and who was not seen.

A rule looks at rows that are there. These tables look at what is not: the practitioner whom nobody
observed, the site that handed in half of its usual rows, the rating that came months late.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.data.panels import GROWTH_ROLES
from workbench.data.quality_completeness import completeness, quality_by_quarter
from workbench.data.quality_report import QualityReport
from workbench.data.quality_shares import with_share
from workbench.data.schemas import TableSchema
from workbench.quarters import Quarter, quarter_labels
from workbench.shown import Shown

PLACE = ["scope", "site_id"]
NETWORK, SITE = "network", "site"
SOON, LATEST = 14, 30
"""Days within which a rating is soon, and still in time."""
TIMELINESS = [
    *PLACE, "quarter", "observations", "rated", "median_days", "within_14", "within_30", "share",
    "conf_low", "conf_high", "n_practitioners",
]  # fmt: skip
COVERAGE = [
    *PLACE, "quarter", "eligible", "observed", "missing", "share", "conf_low", "conf_high",
    "share_missing", "n_practitioners",
]  # fmt: skip


@dataclass(frozen=True)
class QualityOverTime(Shown):
    """The quality of what was received, over time and sites.

    Attributes
    ----------
    completeness
        One row a table, site and period (``by`` month or week): ``rows``, ``usual_rows`` (the
        site's median), ``share_of_usual``, ``cells``, ``empty_cells``, ``share_empty``.
    timeliness
        One row a place and quarter: observations, how many tell when they were rated, days from
        work to rating, and how many were rated within 14 and 30 days; ``share`` is of 30 days.
    coverage
        One row a place and quarter: practitioners in post, how many of them were observed by an
        independent rater or a supervisor, and how many were not.
    trends
        One row a table and quarter: rows received, set aside, and cells left empty.
    quarter
        Quarter of the report.
    """

    completeness: pd.DataFrame
    timeliness: pd.DataFrame
    coverage: pd.DataFrame
    trends: pd.DataFrame
    quarter: Quarter

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables."""
        return {
            "quality_completeness": self.completeness,
            "quality_timeliness": self.timeliness,
            "quality_coverage": self.coverage,
            "quality_trends": self.trends,
        }


def quality_over_time(
    quality: QualityReport, schemas: dict[str, TableSchema], quarter: Quarter
) -> QualityOverTime:
    """Quality over time, up to the end of a quarter.

    Parameters
    ----------
    quality
        What was accepted and set aside.
    schemas
        Tables of the study.
    quarter
        Quarter of the report.
    """
    responses = quality.accepted.get("fidelity_responses", pd.DataFrame())
    people = quality.accepted.get("practitioners", pd.DataFrame())
    seen = _observations(responses, people, quarter)
    return QualityOverTime(
        completeness(quality.accepted, schemas, quarter),
        timeliness(seen),
        coverage(seen, people, quarter),
        quality_by_quarter(quality, schemas, quarter),
        quarter,
    )


def _observations(responses: pd.DataFrame, people: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """One row an observation by others, with the practitioner's own site and the quarter."""
    columns = ["observation_id", "practitioner_id", "observed_on", "rated_on"]
    if responses.empty or people.empty:
        return pd.DataFrame(columns=[*columns, "site_id", "quarter"])
    by_others = responses[responses["rater_role"].isin(GROWTH_ROLES)]
    seen = by_others.drop_duplicates("observation_id").reindex(columns=columns)
    seen = seen[seen["observed_on"] <= pd.Timestamp(quarter.last_day)]
    home = people.set_index("practitioner_id")["site_id"]
    return seen.assign(
        site_id=seen["practitioner_id"].map(home),
        rated_on=pd.to_datetime(seen["rated_on"]),
        quarter=quarter_labels(seen["observed_on"], quarter.fiscal_year_starts),
    )


def timeliness(observations: pd.DataFrame) -> pd.DataFrame:
    """Days from work to rating, by place and quarter."""
    if observations.empty:
        return pd.DataFrame(columns=TIMELINESS)
    days = (observations["rated_on"] - observations["observed_on"]).dt.days
    frame = observations.assign(
        days=days, soon=(days <= SOON).astype(int), in_time=(days <= LATEST).astype(int)
    )
    found = _by_place(frame).agg(
        observations=("observation_id", "size"),
        rated=("days", "count"),
        median_days=("days", "median"),
        within_14=("soon", "sum"),
        within_30=("in_time", "sum"),
        n_practitioners=("practitioner_id", "nunique"),
    )
    return with_share(found.reset_index(), "within_30", "rated")[TIMELINESS]


def coverage(observations: pd.DataFrame, people: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Practitioners in post and those observed, by place and quarter.

    Someone is in post in a quarter who was hired by its last day and had not left before its
    first; a day that is not known is taken as in post.
    """
    if observations.empty:
        return pd.DataFrame(columns=COVERAGE)
    first = Quarter.containing(observations["observed_on"].min().date(), quarter.fiscal_year_starts)
    parts, one = [], first
    while one <= quarter:
        in_post = people.loc[_in_post(people, one), ["practitioner_id", "site_id"]]
        mine = observations.loc[observations["quarter"] == str(one), "practitioner_id"]
        seen = in_post["practitioner_id"].isin(mine).astype(int)
        parts.append(in_post.assign(quarter=str(one), seen=seen))
        one = one.plus(1)
    found = _by_place(pd.concat(parts, ignore_index=True)).agg(
        eligible=("seen", "size"), observed=("seen", "sum")
    )
    found = with_share(found.reset_index(), "observed", "eligible")
    found["missing"] = found["eligible"] - found["observed"]
    found["share_missing"] = 1 - found["share"]
    return found.assign(n_practitioners=found["eligible"])[COVERAGE]


def _in_post(people: pd.DataFrame, quarter: Quarter) -> pd.Series:
    there = pd.Series(True, index=people.index)
    if "hired_on" in people.columns:
        there &= people["hired_on"].isna() | (people["hired_on"] <= pd.Timestamp(quarter.last_day))
    if "left_on" in people.columns:
        there &= people["left_on"].isna() | (people["left_on"] >= pd.Timestamp(quarter.first_day))
    return there


def _by_place(frame: pd.DataFrame) -> pd.api.typing.DataFrameGroupBy:
    """Group rows by the network, and by each site, in each quarter."""
    both = pd.concat(
        [frame.assign(scope=NETWORK, site_id=""), frame.assign(scope=SITE)], ignore_index=True
    )
    return both.groupby([*PLACE, "quarter"], sort=True)
