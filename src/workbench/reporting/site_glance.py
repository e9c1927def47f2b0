"""What a leader sees of each site at one glance: no rank, each number shown elsewhere too."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import printed
from workbench.reporting.evidence import SITE, hidden_rows, names_of_sites, require
from workbench.reporting.tables_fidelity import TRAJECTORY_COLUMNS

SEEN_COLUMNS = ("scope", "site_id", "quarter", "fidelity", "conf_low", "conf_high")
DRIVER_COLUMNS = ("scope", "site_id", "level", "title", "score", "status")
COVERAGE_COLUMNS = ("scope", "site_id", "quarter", "eligible", "observed")
ACTION_COLUMNS = ("scope", "site_id", "low_observations", "followed")
NOTHING, NONE = "–", mark("none")
LEAST_REACH = 2.0
"""Points a quarter to either side that a bar's scale has at least."""


@dataclass(frozen=True)
class Bar:
    """Where an interval lies on the scale that all sites share.

    Attributes
    ----------
    start, end, at
        The interval's ends and its estimate, in percent of the width of the scale.
    """

    start: float
    end: float
    at: float


@dataclass(frozen=True)
class SiteGlance:
    """One site in one row.

    Attributes
    ----------
    slug, name
        The site's page and name.
    state
        Direction, in English; said where it is printed, and empty where it isn't shown.
    slope
        Points a quarter with the interval, as written.
    bar
        The same interval to be drawn; None where there is none.
    level
        Modelled fidelity at the end of the quarter with its interval; where the model can't tell,
        the mean of what was seen in the quarter, and it says so.
    driver
        The driver that is least in place, with its score.
    answered
        Low observations that coaching followed in time, of all of them.
    observed
        Practitioners observed, of all in post.
    """

    slug: str
    name: str
    state: str
    slope: str
    bar: Bar | None
    level: str
    driver: str
    answered: str
    observed: str


def site_glances(
    trajectories: pd.DataFrame,
    drivers: pd.DataFrame,
    coverage: pd.DataFrame,
    action: pd.DataFrame,
    sites: pd.DataFrame,
    seen_now: pd.DataFrame | None = None,
) -> tuple[SiteGlance, ...]:
    """Put together one row a site, in the order of their names.

    Parameters
    ----------
    trajectories, drivers, coverage, action
        Released evidence tables ``trajectories``, ``driver_scores``, ``quality_coverage`` and
        ``action_after_low``; without rows where there is none.
    sites
        ``site_id, site_name, slug``.
    seen_now
        Released rows of ``fidelity_by_quarter`` of the report's quarter, from
        :func:`seen_in_quarter`.
    """
    directions = _of_sites(trajectories, "trajectories", TRAJECTORY_COLUMNS)
    lowest = _lowest(_of_sites(drivers, "driver_scores", DRIVER_COLUMNS))
    seen = _of_sites(coverage, "quality_coverage", COVERAGE_COLUMNS)
    seen = seen[seen["quarter"] == seen["quarter"].max()]
    observed = _counts(seen, "observed", "eligible")
    answered = _counts(
        _of_sites(action, "action_after_low", ACTION_COLUMNS), "followed", "low_observations"
    )
    reach = _reach(directions)
    rows = {str(row.site_id): row for row in directions.itertuples()}
    means = _means(seen_now if seen_now is not None else pd.DataFrame())
    slugs = dict(zip(sites["site_id"], sites["slug"], strict=True))
    names = pd.Series(names_of_sites(sites), dtype="str")
    return tuple(
        SiteGlance(
            str(slugs[site]),
            str(name),
            **_direction(rows.get(str(site)), reach, means.get(str(site), NOTHING)),
            driver=lowest.get(str(site), NOTHING),
            answered=answered.get(str(site), NOTHING),
            observed=observed.get(str(site), NOTHING),
        )
        for site, name in names.sort_values(key=printed.in_order_of_names, kind="stable").items()
    )


def seen_in_quarter(fidelity_by_quarter: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Rows of one quarter of the released evidence table ``fidelity_by_quarter``."""
    rows = require(fidelity_by_quarter, "fidelity_by_quarter", SEEN_COLUMNS)
    return rows[rows["quarter"] == quarter]


def _means(seen_now: pd.DataFrame) -> dict[str, str]:
    """Write each site's mean of the quarter with its interval, where both are shown."""
    rows = _of_sites(seen_now, "fidelity_by_quarter", SEEN_COLUMNS)
    rows = rows[~hidden_rows(rows)].dropna(subset=["fidelity", "conf_low", "conf_high"])
    return {
        str(row.site_id): say(
            "{level}, as seen",
            level=printed.with_interval(row.fidelity, row.conf_low, row.conf_high),
        )
        for row in rows.itertuples()
    }


def _of_sites(frame: pd.DataFrame, table: str, columns: tuple[str, ...]) -> pd.DataFrame:
    rows = require(frame, table, columns)
    return rows[rows["scope"] == SITE]


def _reach(directions: pd.DataFrame) -> float:
    """Points a quarter from the middle of the bars' scale to its ends."""
    ends = directions[["slope_low", "slope_high"]].astype("float64").abs().max().max()
    return max(LEAST_REACH, float(ends) * 1.05) if printed.is_number(ends) else LEAST_REACH


def _direction(row: object, reach: float, mean: str) -> dict:
    """Write a site's direction and level; the mean where there is no model, and none is hidden."""
    slope, low, high = (getattr(row, name, None) for name in ("slope", "slope_low", "slope_high"))
    state = getattr(row, "state", "")
    hidden = bool(getattr(row, "suppressed", False))
    none = printed.HIDDEN if hidden else NOTHING
    if not all(printed.is_number(value) for value in (slope, low, high)):
        return {"state": "", "slope": none, "bar": None, "level": none if hidden else mean}
    between = printed.interval(low, high, 1)
    level = printed.with_interval(row.level, row.level_low, row.level_high)  # type: ignore[attr-defined]
    start, end, at = (round(50 + 50 * float(value) / reach, 1) for value in (low, high, slope))  # type: ignore[arg-type]
    return {
        "state": state if state in terms.STATES else "",
        "slope": f"{printed.number(slope, 1, signed=True)} ({between})",
        "bar": Bar(start, end, at),
        "level": level,
    }


def _lowest(drivers: pd.DataFrame) -> dict[str, str]:
    """Name the driver with the lowest score of each site; of equals the first in the table."""
    rows = drivers[(drivers["level"] == "driver") & drivers["score"].notna()]
    rows = rows[~hidden_rows(rows)].sort_values("score", kind="stable")
    lowest = rows.drop_duplicates("site_id")
    return {
        str(row.site_id): f"{row.title}, {printed.number(row.score, unit='percent')}"
        for row in lowest.itertuples()
    }


def _counts(rows: pd.DataFrame, part: str, whole: str) -> dict[str, str]:
    """Write ``part of whole`` for each site; hidden where it may not be shown."""
    written = {}
    for row, hidden in zip(rows.itertuples(), hidden_rows(rows), strict=True):
        some, every = getattr(row, part), getattr(row, whole)
        known = printed.is_number(some) and printed.is_number(every)
        shown = printed.part_of(some, every) if known else NOTHING
        shown = say(NONE) if known and every == 0 else shown
        written[str(row.site_id)] = printed.HIDDEN if hidden else shown
    return written
