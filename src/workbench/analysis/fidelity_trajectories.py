"""Slope, level and direction of the network, of sites, of teams and of practitioners, by one fit.

A team is the practitioners of one supervisor at one site: its slope is the mean of theirs. A
practitioner's slope is drawn towards the site's as far as few observations can't speak for
themselves. All answers come from one pass over what the variances of the model may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from workbench import terms
from workbench.analysis import growth_design
from workbench.analysis.direction import RulerMovement, add_direction
from workbench.analysis.growth_design import GrowthDesign
from workbench.models.combinations import averaged_weights, combination_weights
from workbench.models.integrated import IntegratedAnswers, draws_of, integrated_answers
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.variance_draws import VarianceDraws
from workbench.settings import Thresholds

STILL_SEEN = 4.0
"""Quarters before now within which a practitioner was seen, to speak of where they go now."""
TIME = "quarters"
NETWORK, SITES, TEAMS, PRACTITIONERS = range(4)
NUMBERS = [
    "slope",
    "slope_low",
    "slope_high",
    "slope_error",
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

    @cached_property
    def draws(self) -> VarianceDraws | None:
        """What the variances of the model may be; drawn once for all questions."""
        return draws_of(self.fit)

    def levels(
        self, rows: pd.DataFrame, groups: tuple[str, ...], mean_by: str = ""
    ) -> IntegratedAnswers:
        """Modelled fidelity, as an independent rater scores it, at the rows' ``quarters``.

        With ``mean_by``: the mean over the rows that share a value of that column, in its order.
        """
        at = rows.assign(rater_role="independent")
        fixed, random = combination_weights(self.fit.design, at, groups)
        if mean_by:
            fixed, random, _ = averaged_weights(fixed, random, rows[mean_by])
        return integrated_answers(self.fit, fixed, random, self.draws)


@dataclass(frozen=True)
class _Question:
    """Rows to be answered: about groups' own effects, or about the mean of each row's members."""

    rows: pd.DataFrame
    groups: tuple[str, ...]
    members: pd.DataFrame | None = None

    def weights(self, asked: Asked, slope_of: str | None) -> tuple[np.ndarray, sparse.csr_matrix]:
        design = asked.fit.design
        if self.members is None:
            return combination_weights(design, asked.at(self.rows), self.groups, slope_of)
        fixed, random = combination_weights(design, asked.at(self.members), self.groups, slope_of)
        return averaged_weights(fixed, random, self.members["row"])[:2]


@dataclass(frozen=True)
class Trajectories:
    """Trajectories at every level; see the lists of columns above.

    Attributes
    ----------
    network_and_sites, teams, practitioners
        One row the network and one a site; one a supervisor's team; one a practitioner. Teams and
        practitioners are those seen within the last year.
    """

    network_and_sites: pd.DataFrame
    teams: pd.DataFrame
    practitioners: pd.DataFrame


def trajectories(frame: pd.DataFrame, asked: Asked | None, why_not: str) -> Trajectories:
    """Slope, level and state at four levels.

    Parameters
    ----------
    frame
        One row an observation.
    asked
        The fit, or None where there is none that can be used.
    why_not
        Why there is none.
    """
    recent = still_seen(frame, asked)
    tables = [
        _counts(frame.assign(scope="network", site_id=""), []),
        _counts(frame.assign(scope="site"), []),
        _counts(_with_supervisor(recent).assign(scope="team"), ["supervisor_id"]),
        _counts(recent.assign(scope="practitioner"), ["practitioner_id"]),
    ]
    no_sites = _first_reason(asked, growth_design.SITES_SLOPES, growth_design.SITES)
    no_people = _first_reason(
        asked, growth_design.PRACTITIONERS_SLOPES, growth_design.PRACTITIONERS
    )
    reasons = [why_not, why_not or no_sites, why_not or no_people, why_not or no_people]
    found = [_without_numbers(one, why) for one, why in zip(tables, reasons, strict=True)]
    if asked is not None:
        able = [n for n in range(4) if not reasons[n] and len(tables[n])]
        questions = [_question(n, tables[n], recent, asked) for n in able]
        for n, answered in zip(able, _answered(questions, asked), strict=True):
            found[n] = answered
    both = pd.concat(found[:2], ignore_index=True)
    return Trajectories(
        both.reindex(columns=TRAJECTORY_COLUMNS),
        found[2].reindex(columns=TEAM_COLUMNS),
        found[3].reindex(columns=PRACTITIONER_COLUMNS),
    )


def _question(level: int, table: pd.DataFrame, recent: pd.DataFrame, asked: Asked) -> _Question:
    """Put the question for the network, sites, teams or practitioners, by their number."""
    groups = asked.groups("site_id", "practitioner_id")
    if level == NETWORK:
        return _Question(table, ())
    if level == SITES:
        return _Question(table, asked.groups("site_id"))
    if level == PRACTITIONERS:
        return _Question(table, groups)
    return _Question(table, groups, members_of(table, recent))


def members_of(teams: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Practitioners of each team: ``site_id, supervisor_id, practitioner_id``, ``row`` of the team.

    Parameters
    ----------
    teams
        One row a team with ``site_id`` and ``supervisor_id``; its index counts as ``row``.
    frame
        Observations of those who are counted.
    """
    keys = ["site_id", "supervisor_id"]
    members = _with_supervisor(frame)[[*keys, "practitioner_id"]].drop_duplicates()
    return members.merge(teams[keys].reset_index(names="row"), on=keys)


def _answered(questions: list[_Question], asked: Asked) -> list[pd.DataFrame]:
    """Each question's rows with level, slope, probabilities and state."""
    weights = [one.weights(asked, slope_of) for slope_of in (None, TIME) for one in questions]
    fixed = np.concatenate([one for one, _ in weights])
    random = sparse.vstack([one for _, one in weights], format="csr")
    answers = integrated_answers(asked.fit, fixed, random, asked.draws)
    half = len(fixed) // 2
    level, slope = answers.part(slice(0, half)), answers.part(slice(half, None))
    ruler = asked.ruler
    if ruler is not None:
        slope = slope.shifted(ruler.estimate, ruler.spread)
    rows = pd.concat([one.rows for one in questions], ignore_index=True)
    judged = _judged(rows, level.table(), slope, asked.thresholds)
    ends = np.cumsum([len(one.rows) for one in questions])[:-1]
    return [judged.iloc[part] for part in np.split(np.arange(len(judged)), ends)]


def _judged(
    rows: pd.DataFrame, level: pd.DataFrame, slope: IntegratedAnswers, thresholds: Thresholds
) -> pd.DataFrame:
    of_slope = slope.table()
    answered = rows.assign(
        level=level["estimate"],
        level_low=level["conf_low"],
        level_high=level["conf_high"],
        slope=of_slope["estimate"],
        slope_low=of_slope["conf_low"],
        slope_high=of_slope["conf_high"],
        slope_error=of_slope["std_error"],
        reason="",
    )
    change = thresholds.smallest_change_that_matters
    below, above = slope.below(-change), 1 - slope.below(change)
    return add_direction(answered, below, above, thresholds.state_probability)


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


def _first_reason(asked: Asked | None, *parts: str) -> str:
    """Why one of these parts was left out of the model; empty if none was."""
    left_out = {} if asked is None else asked.design.left_out
    return next((left_out[part] for part in parts if part in left_out), "")


def still_seen(frame: pd.DataFrame, asked: Asked | None) -> pd.DataFrame:
    """Observations of practitioners who were seen within the last year."""
    now = frame["quarters"].max() if asked is None else asked.now
    last = frame.groupby("practitioner_id")["quarters"].transform("max")
    return frame[last >= now - STILL_SEEN]


def _with_supervisor(frame: pd.DataFrame) -> pd.DataFrame:
    """Observations whose practitioner has a supervisor on record."""
    if "supervisor_id" not in frame.columns:
        return frame.iloc[:0].assign(supervisor_id="")
    return frame[frame["supervisor_id"].notna()]


def _counts(frame: pd.DataFrame, more: Sequence[str]) -> pd.DataFrame:
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
