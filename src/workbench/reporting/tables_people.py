"""Display tables of groups of people: states, teams, cohorts, generations, leavers, boosters.

No person is named, and no group is ranked: groups stand in the order of time or of names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench import terms
from workbench.reporting import printed
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.evidence import NETWORK, SITE, hidden_rows, names_of_sites, require

STATE_COLUMNS = ("scope", "site_id", "state", "practitioners", "n_practitioners")
TEAM_COLUMNS = (
    "site_id",
    "supervisor_id",
    "slope",
    "slope_low",
    "slope_high",
    "level",
    "level_low",
    "level_high",
    "state",
    "n_observations",
    "n_practitioners",
)
COHORT_COLUMNS = ("cohort", "level", "level_low", "level_high", "n_practitioners")
GENERATION_COLUMNS = ("generation", "difference", "conf_low", "conf_high", "n_practitioners")
LEAVER_COLUMNS = (
    "group",
    "level",
    "level_low",
    "level_high",
    "slope",
    "slope_low",
    "slope_high",
    "n_practitioners",
)
BOOSTER_COLUMNS = (
    "quarters_since",
    "difference",
    "conf_low",
    "conf_high",
    "n_practitioners",
    "n_boosters",
)
STATES = (*terms.STATES, terms.NOT_ESTIMABLE)
FIRST_IS_ZERO = "The first row is what the others are set beside, so that it is 0."


def states_in_order(practitioner_states: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """One row a place, with its ``name``, a column a state, and ``n_practitioners``.

    A count that is not shown is missing; a place of which none is shown is ``suppressed``. Sites
    stand in the order of their names, the network last. A state that nobody is in, in no
    place, has no column unless it is one of the four that can be said.
    """
    rows = require(practitioner_states, "practitioner_states", STATE_COLUMNS)
    keys = ["scope", "site_id"]
    hidden = rows["practitioners"].isna()
    rows = rows.assign(suppressed=hidden.groupby([rows[key] for key in keys]).transform("all"))
    wide = rows.drop_duplicates(keys)[[*keys, "n_practitioners", "suppressed"]]
    for state in STATES:
        counts = rows[rows["state"] == state].set_index(keys)["practitioners"]
        found = [counts.get(key, 0) for key in wide[keys].itertuples(index=False, name=None)]
        if state in terms.STATES or any(count > 0 for count in found):
            wide[state] = pd.Series(found, index=wide.index, dtype="float64")
    names = wide["site_id"].map(names_of_sites(sites)).fillna(wide["site_id"])
    wide = wide.assign(name=names.where(wide["scope"] == SITE, "The network"))
    wide = wide.sort_values("name", key=printed.in_order_of_names, kind="stable")
    return pd.concat([wide[wide["scope"] == scope] for scope in (SITE, NETWORK)], ignore_index=True)


def practitioner_states_table(
    practitioner_states: pd.DataFrame, sites: pd.DataFrame
) -> DisplayTable:
    """How many practitioners of each site and of the network are in each state."""
    wide = states_in_order(practitioner_states, sites)
    shown = [state for state in STATES if state in wide.columns]
    plain = wide.rename(columns={state: f"in_{place}" for place, state in enumerate(shown)})
    frame = written(
        plain,
        {
            "Site": lambda row: row.name,
            **{_header(state): _number_of(f"in_{place}") for place, state in enumerate(shown)},
            "Practitioners": lambda row: printed.count_shown(row.n_practitioners),
        },
    )
    note = "Number of practitioners. Sites stand in the order of their names. They are not ranked."
    return DisplayTable("Practitioners by direction", frame, note)


def _header(state: str) -> str:
    return printed.sentence(state).removesuffix(".")


def _number_of(column: str) -> Callable[[Any], str]:
    return lambda row: printed.count_shown(getattr(row, column))


def teams_table(team_trajectories: pd.DataFrame, site_id: str) -> DisplayTable:
    """Direction of the teams of one site, each under a number, in the order of supervisors' codes.

    A page holds nobody's code. A team is about its supervisor too; so one with too few people is
    left out whole, and only how many such there are is told.
    """
    rows = require(team_trajectories, "team_trajectories", TEAM_COLUMNS)
    rows = rows[rows["site_id"] == site_id]
    rows = rows.sort_values("supervisor_id", key=printed.in_order_of_names, kind="stable")
    rows = rows.assign(team=range(1, len(rows) + 1))
    left_out = int(hidden_rows(rows).sum())
    frame = written(
        rows[~hidden_rows(rows)],
        {
            "Team": lambda row: f"Team {row.team}",
            "Direction": lambda row: printed.verdict(row.state),
            "Points a quarter": lambda row: printed.number(row.slope, 1, signed=True),
            "95% interval": lambda row: printed.interval(row.slope_low, row.slope_high, 1),
            "Fidelity at the end": lambda row: printed.with_interval(
                row.level, row.level_low, row.level_high
            ),
            "Observations": lambda row: printed.number(row.n_observations),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    note = "Teams are numbered in the order of their supervisors' codes. They are not ranked."
    if left_out:
        verb = "is" if left_out == 1 else "are"
        note += f" {printed.counted(left_out, 'teams')} {verb} too small to be shown."
    return DisplayTable("Direction of each team", frame, note)


def cohorts_table(cohorts: pd.DataFrame) -> DisplayTable:
    """Level of those trained in each year beside the first cohort's, at the same time."""
    frame = written(
        require(cohorts, "cohorts", COHORT_COLUMNS),
        {
            "Trained": lambda row: str(row.cohort).removeprefix("trained "),
            "Points beside the first": lambda row: printed.number(row.level, 1, signed=True),
            "95% interval": lambda row: _interval_beside(row.level, row.level_low, row.level_high),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    note = f"All at the same time. {FIRST_IS_ZERO}"
    return DisplayTable("Practice by year of training", frame, note)


def generations_table(generations: pd.DataFrame) -> DisplayTable:
    """Level of each generation of training beside the first."""
    frame = written(
        require(generations, "generations", GENERATION_COLUMNS),
        {
            "Generation": lambda row: printed.number(row.generation),
            "Points beside the first": lambda row: printed.number(row.difference, 1, signed=True),
            "95% interval": lambda row: _interval_beside(
                row.difference, row.conf_low, row.conf_high
            ),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    note = (
        "Generation 1 was trained by the programme's own trainers, generation 2 by someone of "
        f"generation 1, and so on. {FIRST_IS_ZERO}"
    )
    return DisplayTable("Practice by generation of training", frame, note)


def _interval_beside(value: Any, low: Any, high: Any) -> str:
    """Write an interval; a dash for the group that the others are set beside."""
    is_first = printed.is_number(value) and value == 0 and not printed.is_number(low)
    return "–" if is_first else printed.interval(low, high, 1, signed=True)


def leavers_table(leavers: pd.DataFrame) -> DisplayTable:
    """Level and slope of those who left and of those who stayed."""
    frame = written(
        require(leavers, "leavers", LEAVER_COLUMNS),
        {
            "Practitioners who": lambda row: str(row.group),
            "Fidelity": lambda row: printed.with_interval(row.level, row.level_low, row.level_high),
            "Points a quarter": lambda row: printed.number(row.slope, 1, signed=True),
            "95% interval": lambda row: printed.interval(row.slope_low, row.slope_high, 1),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    note = "Fidelity of both at the same time, with its 95% interval."
    return DisplayTable("Those who left beside those who stayed", frame, note)


def boosters_table(boosters: pd.DataFrame) -> DisplayTable:
    """Practice after a booster beside the course that it was on."""
    frame = written(
        require(boosters, "boosters", BOOSTER_COLUMNS),
        {
            "Quarters since the booster": lambda row: printed.number(row.quarters_since),
            "Points beside the course before": lambda row: printed.number(
                row.difference, 1, signed=True
            ),
            "95% interval": lambda row: printed.interval(
                row.conf_low, row.conf_high, 1, signed=True
            ),
            "Boosters": lambda row: printed.number(row.n_boosters),
            "Practitioners": lambda row: printed.number(row.n_practitioners),
        },
    )
    note = (
        "A booster is a training or certification of people who already practise. What else "
        "happened at the same time can't be told apart from it."
    )
    return DisplayTable("Practice after a booster", frame, note)
