"""Slope, level and direction of the network, of sites, of teams and of practitioners, by one fit.

A team is the practitioners of one supervisor at one site: its slope is the mean of theirs. A
practitioner's slope is drawn towards the site's as far as few observations can't speak for
themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.direction import RulerMovement, add_direction, take_ruler_off
from workbench.analysis.growth_design import GrowthDesign
from workbench.models.mixed_fit import MixedModelFit
from workbench.settings import Thresholds

STILL_SEEN = 4.0
"""Quarters before now within which a practitioner was seen, to speak of where they go now."""
NUMBERS = [
    "slope",
    "slope_low",
    "slope_high",
    "slope_error",
    "slope_df",
    "level",
    "level_low",
    "level_high",
    "probability_drifting",
    "probability_holding",
    "probability_strengthening",
]
ABOUT = ["state", "reason", "n_observations", "n_practitioners", "n_quarters"]
TRAJECTORY_COLUMNS = ["scope", "site_id", *NUMBERS, *ABOUT]
TEAM_COLUMNS = ["scope", "site_id", "supervisor_id", *NUMBERS, *ABOUT]
PRACTITIONER_COLUMNS = ["scope", "site_id", "practitioner_id", *NUMBERS, *ABOUT]


@dataclass(frozen=True)
class Asked:
    """What trajectories are asked of.

    Attributes
    ----------
    fit
        A fit that can be used.
    design
        Its design, with what was left out.
    now
        End of the report's quarter on the scale of ``quarters``.
    thresholds
        What counts as a change, and how sure one must be.
    ruler
        The raters' own movement, taken off every slope; None where none was established.
    """

    fit: MixedModelFit
    design: GrowthDesign
    now: float
    thresholds: Thresholds
    ruler: RulerMovement | None = None

    def groups(self, *wanted: str) -> tuple[str, ...]:
        """Which of these groups the model has."""
        return tuple(name for name in wanted if f"| {name})" in self.design.formula)

    def at(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Where the model is asked: now, as an independent rater would score it."""
        return rows.assign(quarters=self.now, rater_role="independent").reset_index(drop=True)


def network_and_sites(frame: pd.DataFrame, asked: Asked | None, why_not: str) -> pd.DataFrame:
    """One row the network and one a site; see ``TRAJECTORY_COLUMNS``.

    Parameters
    ----------
    frame
        One row an observation.
    asked
        The fit, or None where there is none that can be used.
    why_not
        Why there is none.
    """
    counts = [_counts(frame.assign(scope="network", site_id=""), []), _counts(frame, [])]
    table = pd.concat(counts, ignore_index=True)
    if asked is None:
        return _without_numbers(table, why_not).reindex(columns=TRAJECTORY_COLUMNS)
    site_groups = asked.groups("site_id")
    parts = []
    for scope, groups in (("network", ()), ("site", site_groups)):
        rows = asked.at(table[table["scope"] == scope])
        level = asked.fit.linear_combinations(rows, groups=groups)
        slope = asked.fit.linear_combinations(rows, groups=groups, slope_of="quarters")
        parts.append(_judged(rows, level, slope, asked))
    found = pd.concat(parts, ignore_index=True)
    left_out = asked.design.left_out
    no_slope = left_out.get("slopes of sites") or left_out.get("differences between sites")
    if no_slope:
        sites = found["scope"] == "site"
        found = pd.concat([found[~sites], _without_numbers(found[sites], no_slope)])
    return found.reindex(columns=TRAJECTORY_COLUMNS)


def teams(frame: pd.DataFrame, asked: Asked | None, why_not: str) -> pd.DataFrame:
    """One row a supervisor's team at a site, of those seen within the last year.

    Parameters
    ----------
    frame, asked, why_not
        As for :func:`network_and_sites`.

    Returns
    -------
    DataFrame
        See ``TEAM_COLUMNS``; without rows where no supervisors are named.
    """
    if "supervisor_id" not in frame.columns:
        return pd.DataFrame(columns=TEAM_COLUMNS)
    known = _still_seen(frame[frame["supervisor_id"].notna()], asked)
    if known.empty:
        return pd.DataFrame(columns=TEAM_COLUMNS)
    keys = ["site_id", "supervisor_id"]
    table = _counts(known.assign(scope="team"), ["supervisor_id"])
    why_not = why_not or _no_own_slopes(asked)
    if asked is None or why_not:
        return _without_numbers(table, why_not).reindex(columns=TEAM_COLUMNS)
    members = asked.at(known[[*keys, "practitioner_id"]].drop_duplicates())
    members["team"] = members["site_id"] + "\0" + members["supervisor_id"]
    table = asked.at(table.assign(team=table["site_id"] + "\0" + table["supervisor_id"]))
    table = table.sort_values("team", ignore_index=True)
    groups = asked.groups("site_id", "practitioner_id")
    level = asked.fit.mean_combinations(members, "team", groups)
    slope = asked.fit.mean_combinations(members, "team", groups, slope_of="quarters")
    return _judged(table, level, slope, asked).reindex(columns=TEAM_COLUMNS)


def practitioners(frame: pd.DataFrame, asked: Asked | None, why_not: str) -> pd.DataFrame:
    """One row a practitioner seen within the last year; see ``PRACTITIONER_COLUMNS``.

    Parameters
    ----------
    frame, asked, why_not
        As for :func:`network_and_sites`.
    """
    known = _still_seen(frame, asked)
    if known.empty:
        return pd.DataFrame(columns=PRACTITIONER_COLUMNS)
    table = _counts(known.assign(scope="practitioner"), ["practitioner_id"])
    why_not = why_not or _no_own_slopes(asked)
    if asked is None or why_not:
        return _without_numbers(table, why_not).reindex(columns=PRACTITIONER_COLUMNS)
    rows = asked.at(table)
    groups = asked.groups("site_id", "practitioner_id")
    level = asked.fit.linear_combinations(rows, groups=groups)
    slope = asked.fit.linear_combinations(rows, groups=groups, slope_of="quarters")
    return _judged(rows, level, slope, asked).reindex(columns=PRACTITIONER_COLUMNS)


def states_of_practitioners(table: pd.DataFrame) -> pd.DataFrame:
    """How many practitioners of each site and of the network are in each state.

    Returns
    -------
    DataFrame
        ``scope, site_id, state, practitioners, n_practitioners``; every state is counted.
    """
    states = [*terms.STATES, terms.NOT_ESTIMABLE]
    parts = []
    for scope, site_id, rows in [
        ("network", "", table),
        *(("site", site_id, rows) for site_id, rows in table.groupby("site_id", sort=True)),
    ]:
        counts = rows["state"].value_counts().reindex(states, fill_value=0)
        parts.append(
            pd.DataFrame(
                {
                    "scope": scope,
                    "site_id": site_id,
                    "state": states,
                    "practitioners": counts.to_numpy(),
                    "n_practitioners": len(rows),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _no_own_slopes(asked: Asked | None) -> str:
    """Why practitioners have no slopes of their own; empty if they have."""
    if asked is None:
        return ""
    left_out = asked.design.left_out
    reasons = ("slopes of practitioners", "differences between practitioners")
    return next((left_out[one] for one in reasons if one in left_out), "")


def _still_seen(frame: pd.DataFrame, asked: Asked | None) -> pd.DataFrame:
    """Observations of practitioners who were seen within the last year."""
    now = frame["quarters"].max() if asked is None else asked.now
    last = frame.groupby("practitioner_id")["quarters"].transform("max")
    return frame[last >= now - STILL_SEEN]


def _counts(frame: pd.DataFrame, more: Sequence[str]) -> pd.DataFrame:
    if "scope" not in frame.columns:
        frame = frame.assign(scope="site")
    return (
        frame.groupby(["scope", "site_id", *more], sort=True)
        .agg(
            n_observations=("fidelity", "size"),
            n_practitioners=("practitioner_id", "nunique"),
            n_quarters=("quarter", "nunique"),
        )
        .reset_index()
    )


def _without_numbers(table: pd.DataFrame, reason: str) -> pd.DataFrame:
    blank = dict.fromkeys(NUMBERS, np.nan)
    return table.assign(**blank, state=terms.NOT_ESTIMABLE, reason=reason)


def _judged(
    rows: pd.DataFrame, level: pd.DataFrame, slope: pd.DataFrame, asked: Asked
) -> pd.DataFrame:
    """Rows with their level, slope, probabilities and state."""
    answered = rows.assign(
        level=level["estimate"],
        level_low=level["conf_low"],
        level_high=level["conf_high"],
        slope=slope["estimate"],
        slope_low=slope["conf_low"],
        slope_high=slope["conf_high"],
        slope_error=slope["std_error"],
        slope_df=slope["df"],
        reason="",
    )
    if asked.ruler is not None:
        answered = take_ruler_off(answered, asked.ruler)
    thresholds = asked.thresholds
    return add_direction(
        answered, thresholds.smallest_change_that_matters, thresholds.state_probability
    )
