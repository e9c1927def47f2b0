"""The modelled course: its band, when it would reach the cut-off, and how far sites stand apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.fidelity_trajectories import Asked
from workbench.models.spreads import spread_at, spread_ratio

MONTHS_IN_A_QUARTER = 3.0
FURTHEST_MONTHS = 60
"""Months ahead beyond which no crossing is told: the course would hardly stay straight."""
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
SPREAD_COLUMNS = ["quarter", "quarters", "spread", "spread_low", "spread_high", "n_sites"]


def quarter_middles(frame: pd.DataFrame, now: float) -> pd.DataFrame:
    """Every quarter from the first observed to the last, with its middle on the time scale.

    Returns
    -------
    DataFrame
        ``quarter, quarters``, in order of time. Quarters are told from the observations, so one
        in which nobody was seen is left out.
    """
    labels = sorted(frame["quarter"].unique())
    whole = np.floor(frame["quarters"].groupby(frame["quarter"]).median()).reindex(labels)
    middles = np.minimum(whole.to_numpy() + 0.5, now)
    return pd.DataFrame({"quarter": pd.Series(labels, dtype="str"), "quarters": middles})


def modelled_course(frame: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Modelled fidelity in the middle of each quarter, as rated, with its 95% band.

    Returns
    -------
    DataFrame
        See ``COURSE_COLUMNS``: the network's course and each site's. Sites are missing where the
        model has no courses of their own.
    """
    quarters = quarter_middles(frame, asked.now)
    people = frame.groupby("site_id")["practitioner_id"].nunique()
    network = quarters.assign(
        scope="network", site_id="", n_practitioners=frame["practitioner_id"].nunique()
    )
    parts = [_levels(network, (), asked)]
    if "1 + quarters | site_id" in asked.design.formula:
        sites = quarters.merge(
            people.rename("n_practitioners").reset_index().assign(scope="site"), how="cross"
        )
        sites = sites.sort_values(["site_id", "quarters"], ignore_index=True)
        parts.append(_levels(sites, ("site_id",), asked))
    return pd.concat(parts, ignore_index=True)[COURSE_COLUMNS]


def _levels(rows: pd.DataFrame, groups: tuple[str, ...], asked: Asked) -> pd.DataFrame:
    found = asked.levels(rows, groups).table()
    return rows.assign(
        level=found["estimate"], level_low=found["conf_low"], level_high=found["conf_high"]
    )


def add_months_to_cut_off(
    trajectories: pd.DataFrame,
    cut_off: float,
    groups: tuple[str, ...],
    asked: Asked,
    members: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Months until the course reaches the cut-off, for what drifts and still stands above it.

    The course goes on as a straight line. The interval holds the months at which the course's own
    95% interval contains the cut-off, so that it counts the errors of level and slope together.

    Parameters
    ----------
    trajectories
        With ``state``, ``level`` and the columns of ``groups``.
    cut_off
        In percent; NaN where the instrument has none.
    groups
        Groups whose own course is asked for.
    asked
        The fit.
    members
        For teams: the practitioners whose mean course is the row's, with ``row``, its index.

    Returns
    -------
    DataFrame
        With ``months_to_cut_off, months_low, months_high``. Empty where practice does not drift,
        where it stands below the cut-off, or where the crossing lies further off than is told;
        an empty ``months_high`` beside a number means that no end can be given.
    """
    blank = dict.fromkeys(("months_to_cut_off", "months_low", "months_high"), np.nan)
    found = trajectories.assign(**blank)
    drifts = (found["state"] == terms.DRIFTING) & (found["level"] > cut_off)
    if not drifts.any():
        return found
    if members is None:
        rows = found.loc[drifts, list(groups)].reset_index(names="row")
    else:
        rows = members[members["row"].isin(found.index[drifts])]
    months = pd.DataFrame({"months": np.arange(0, FURTHEST_MONTHS + 1)})
    grid = rows.merge(months, how="cross")
    grid["quarters"] = asked.now + grid["months"] / MONTHS_IN_A_QUARTER
    course = _course_of_rows(grid, groups, asked)
    if asked.ruler is not None:
        moved = course["months"] / MONTHS_IN_A_QUARTER * asked.ruler.estimate
        for name in ("estimate", "conf_low", "conf_high"):
            course[name] = course[name] - moved
    names = {"months_to_cut_off": "estimate", "months_low": "conf_low", "months_high": "conf_high"}
    for name, column in names.items():
        below = course[course[column] <= cut_off].groupby("row")["months"].min()
        found.loc[below.index, name] = below.astype(float)
    no_crossing = found["months_to_cut_off"].isna()
    found.loc[no_crossing, ["months_low", "months_high"]] = np.nan
    return found


def _course_of_rows(grid: pd.DataFrame, groups: tuple[str, ...], asked: Asked) -> pd.DataFrame:
    """Level of each row in each month; the mean over those who share a row."""
    place = grid["row"] * (FURTHEST_MONTHS + 1) + grid["months"]
    told = grid.assign(place=place).drop_duplicates("place").sort_values("place")
    course = asked.levels(grid.assign(place=place), groups, mean_by="place").table()
    return course.assign(row=told["row"].to_numpy(), months=told["months"].to_numpy())


def spread_between_sites(frame: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Tell how far sites' levels stand apart, quarter by quarter; see ``SPREAD_COLUMNS``."""
    if not asked.groups("site_id"):
        return pd.DataFrame(columns=SPREAD_COLUMNS)
    quarters = quarter_middles(frame, asked.now).assign(n_sites=frame["site_id"].nunique())
    return spread_at(asked.fit, "site_id", quarters)[SPREAD_COLUMNS]


def change_of_spread(frame: pd.DataFrame, asked: Asked) -> dict[str, float]:
    """Ratio of the spread between sites in the last quarter to that in the first.

    Returns
    -------
    dict
        ``ratio, conf_low, conf_high, p_value``; empty where sites have no courses of their own.
    """
    if "1 + quarters | site_id" not in asked.design.formula:
        return {}
    quarters = quarter_middles(frame, asked.now)
    return spread_ratio(asked.fit, "site_id", quarters.iloc[[0]], quarters.iloc[[-1]])
