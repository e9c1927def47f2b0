"""The gate: were the drivers in place before delivery began.

Drivers are meant to carry practice from its first day. For each site the last assessment before
delivery began says what was in place; a site that was not assessed by then is told as that, and not
as one that had nothing in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.readiness_gate_findings import NOT_ASSESSED, gate_findings
from workbench.analysis.readiness_respondents import SMALLEST_SHARE, latest, respondent_scores
from workbench.findings import Finding
from workbench.shown import Shown

Beginning = Literal["first observation", "opened_on"]
COLUMNS = [
    "site_id",
    "delivery_began",
    "driver",
    "title",
    "status_before",
    "assessed_on",
    "missing",
    "n_respondents",
    "score_before",
    "site_name",
]


@dataclass(frozen=True)
class DriversGate(Shown):
    """What was in place at each site before it began to deliver.

    Attributes
    ----------
    drivers_gate
        One row a site and driver: ``site_id, delivery_began`` (missing where a site does not
        deliver yet; then the latest assessment counts), ``driver, title, status_before``
        (*in place*, *partly in place*, *not in place*, *not assessed before*), ``assessed_on,
        missing`` (best practices below the level of *in place*), ``n_respondents, score_before,
        site_name``.
    began_by
        What the day of beginning is: the first observation, or the day that the sites name.
    """

    drivers_gate: pd.DataFrame
    began_by: str

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {"drivers_gate": self.drivers_gate}

    def findings(self, names: Mapping[str, str] | None = None) -> list[Finding]:
        """Name the sites that began without all drivers in place, with what was missing.

        Parameters
        ----------
        names
            Name of each site that may be named; the others are counted. None: all.
        """
        if names is None:
            names = dict(self.drivers_gate[["site_id", "site_name"]].to_numpy())
        return gate_findings(self.drivers_gate, self.began_by, names)


def drivers_gate(
    panel: pd.DataFrame,
    sites: pd.DataFrame,
    observations: pd.DataFrame,
    levels: Mapping[str, float],
    began_by: Beginning = "first observation",
    smallest_share_answered: float = SMALLEST_SHARE,
) -> DriversGate:
    """Judge every driver of every site by its last assessment before delivery began.

    Parameters
    ----------
    panel
        One row a best practice rated by a respondent, from ``panels.assessment_panel``.
    sites
        ``site_id``, and ``site_name, opened_on`` where they are recorded.
    observations
        ``site_id, observed_on`` of every fidelity observation.
    levels
        Percent of full points at which ``in place`` and ``partly in place`` begin.
    began_by
        Whether a site's first fidelity observation or its ``opened_on`` is the day on which
        delivery began. Without a column ``opened_on`` no site has a day.
    smallest_share_answered
        As for ``driver_readiness``.
    """
    began = _beginnings(sites, observations, began_by)
    names = _site_names(sites)
    drivers = panel.drop_duplicates("driver")[["driver", "driver_title"]]
    earlier = panel[_is_before(panel, began)]
    last = latest(earlier)
    scores = _with_status(respondent_scores(last, smallest_share_answered), levels)
    days = last.groupby("site_id")["assessed_on"].max()
    rows = [
        _row(site, began[site], driver, title, scores, days.get(site, pd.NaT))
        for site in began.index
        for driver, title in drivers.itertuples(index=False)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    table["site_name"] = table["site_id"].map(names).astype("str")
    return DriversGate(table, began_by)


def _beginnings(sites: pd.DataFrame, observations: pd.DataFrame, began_by: str) -> pd.Series:
    """Day on which each site began to deliver; missing where it has not, or none is recorded."""
    ids = pd.Index(sorted(sites["site_id"].unique()), name="site_id")
    if began_by == "first observation":
        days = observations.groupby("site_id")["observed_on"].min()
    elif "opened_on" in sites.columns:
        days = sites.groupby("site_id")["opened_on"].min()
    else:
        days = pd.Series(dtype="datetime64[ns]")
    return pd.to_datetime(days.reindex(ids))


def _site_names(sites: pd.DataFrame) -> dict[str, str]:
    names = sites["site_name"] if "site_name" in sites.columns else sites["site_id"]
    return dict(zip(sites["site_id"], names, strict=True))


def _is_before(panel: pd.DataFrame, began: pd.Series) -> pd.Series:
    day = panel["site_id"].map(began)
    return panel["site_id"].isin(began.index) & (day.isna() | (panel["assessed_on"] < day))


def _with_status(scores: pd.DataFrame, levels: Mapping[str, float]) -> pd.DataFrame:
    """Mean score and status of every driver and best practice at each site."""
    chosen = scores[scores["level"].isin(["driver", "best_practice"])]
    means = (
        chosen.groupby(["site_id", "level", "driver", "name", "title"], sort=False)
        .agg(score=("score", "mean"), n_respondents=("respondent_id", "nunique"))
        .reset_index()
    )
    bounds = [means["score"] >= at_least for at_least in levels.values()]
    return means.assign(status=np.select(bounds, list(levels), terms.NOT_IN_PLACE))


def _row(
    site: str,
    began: pd.Timestamp,
    driver: str,
    title: str,
    scores: pd.DataFrame,
    assessed_on: pd.Timestamp,
) -> dict[str, object]:
    mine = scores[(scores["site_id"] == site) & (scores["driver"] == driver)]
    whole = mine[mine["level"] == "driver"]
    row = {"site_id": site, "delivery_began": began, "driver": driver, "title": title}
    if whole.empty:
        return {
            **row,
            "status_before": NOT_ASSESSED,
            "assessed_on": pd.NaT,
            "missing": "",
            "n_respondents": 0,
            "score_before": np.nan,
        }
    practices = mine[mine["level"] == "best_practice"]
    lacking = practices[practices["status"] != terms.IN_PLACE].sort_values("score", kind="stable")
    found = whole.iloc[0]
    is_in_place = found["status"] == terms.IN_PLACE
    return {
        **row,
        "status_before": found["status"],
        "assessed_on": assessed_on,
        "missing": "" if is_in_place else " ".join(lacking["title"]),
        "n_respondents": int(found["n_respondents"]),
        "score_before": float(found["score"]),
    }
