"""Display tables of groups of people: states, teams, cohorts, generations, leavers, boosters.

No person is named, and no group is ranked: groups stand in the order of time or of names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench import terms
from workbench.language import mark, noun, say, say_in
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
TRAINED_BEFORE = "trained before the series"
BEFORE = mark("before the series")
FIRST_IS_ZERO = mark("The first row is what the others are set beside, so that it is 0.")


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
    wide = wide.assign(name=names.where(wide["scope"] == SITE, say("The network")))
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
            mark("Site"): lambda row: row.name,
            **{_header(state): _number_of(f"in_{place}") for place, state in enumerate(shown)},
            mark("Practitioners"): lambda row: printed.count_shown(row.n_practitioners),
        },
    )
    note = say(
        "Number of practitioners. Sites stand in the order of their names. They are not ranked."
    )
    return DisplayTable(say("Practitioners by direction"), frame, note)


def _header(state: str) -> str:
    return printed.sentence(say(state)).removesuffix(".")


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
            mark("Team"): lambda row: say("Team {team}", team=row.team),
            mark("Direction"): lambda row: printed.verdict(row.state),
            mark("Points a quarter"): lambda row: printed.number(row.slope, 1, signed=True),
            mark("95% interval"): lambda row: printed.interval(row.slope_low, row.slope_high, 1),
            mark("Fidelity at the end"): lambda row: printed.with_interval(
                row.level, row.level_low, row.level_high
            ),
            mark("Observations"): lambda row: printed.number(row.n_observations),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say("Teams are numbered in the order of their supervisors' codes. They are not ranked.")
    if left_out:
        text = noun(
            left_out, "{teams} is too small to be shown.", "{teams} are too small to be shown."
        )
        note += " " + text.format(teams=printed.counted(left_out, "teams"))
    return DisplayTable(say("Direction of each team"), frame, note)


def cohorts_table(cohorts: pd.DataFrame) -> DisplayTable:
    """Level of those trained in each year beside the first cohort's, at the same time."""
    frame = written(
        require(cohorts, "cohorts", COHORT_COLUMNS),
        {
            mark("Trained"): lambda row: _year(row.cohort),
            mark("Points beside the first"): lambda row: printed.number(row.level, 1, signed=True),
            mark("95% interval"): lambda row: _interval_beside(
                row.level, row.level_low, row.level_high
            ),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = f"{say('All at the same time.')} {say(FIRST_IS_ZERO)}"
    return DisplayTable(say("Practice by year of training"), frame, note)


def _year(cohort: Any) -> str:
    return say(BEFORE) if cohort == TRAINED_BEFORE else str(cohort).removeprefix("trained ")


def generations_table(generations: pd.DataFrame) -> DisplayTable:
    """Level of each generation of training beside the first."""
    frame = written(
        require(generations, "generations", GENERATION_COLUMNS),
        {
            mark("Generation"): lambda row: printed.number(row.generation),
            mark("Points beside the first"): lambda row: printed.number(
                row.difference, 1, signed=True
            ),
            mark("95% interval"): lambda row: _interval_beside(
                row.difference, row.conf_low, row.conf_high
            ),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    said = say(
        "Generation 1 was trained by the programme's own trainers, generation 2 by someone of "
        "generation 1, and so on."
    )
    note = f"{said} {say(FIRST_IS_ZERO)}"
    return DisplayTable(say("Practice by generation of training"), frame, note)


def _interval_beside(value: Any, low: Any, high: Any) -> str:
    """Write an interval; a dash for the group that the others are set beside."""
    is_first = printed.is_number(value) and value == 0 and not printed.is_number(low)
    return "–" if is_first else printed.interval(low, high, 1, signed=True)


def leavers_table(leavers: pd.DataFrame) -> DisplayTable:
    """Level and slope of those who left and of those who stayed."""
    frame = written(
        require(leavers, "leavers", LEAVER_COLUMNS),
        {
            mark("Practitioners who"): lambda row: _group(str(row.group)),
            mark("Fidelity"): lambda row: printed.with_interval(
                row.level, row.level_low, row.level_high
            ),
            mark("Points a quarter"): lambda row: printed.number(row.slope, 1, signed=True),
            mark("95% interval"): lambda row: printed.interval(row.slope_low, row.slope_high, 1),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say("Fidelity of both at the same time, with its 95% interval.")
    return DisplayTable(say("Those who left beside those who stayed"), frame, note)


def _group(name: str) -> str:
    said = {
        "stayed": say_in("of practitioners", "stayed"),
        "left": say_in("of practitioners", "left"),
    }
    return said.get(name, name)


def boosters_table(boosters: pd.DataFrame) -> DisplayTable:
    """Practice after a booster beside the course that it was on."""
    frame = written(
        require(boosters, "boosters", BOOSTER_COLUMNS),
        {
            mark("Quarters since the booster"): lambda row: printed.number(row.quarters_since),
            mark("Points beside the course before"): lambda row: printed.number(
                row.difference, 1, signed=True
            ),
            mark("95% interval"): lambda row: printed.interval(
                row.conf_low, row.conf_high, 1, signed=True
            ),
            mark("Boosters"): lambda row: printed.number(row.n_boosters),
            mark("Practitioners"): lambda row: printed.number(row.n_practitioners),
        },
    )
    note = say(
        "A booster is a training or certification of people who already practise. What else "
        "happened at the same time can't be told apart from it."
    )
    return DisplayTable(say("Practice after a booster"), frame, note)
