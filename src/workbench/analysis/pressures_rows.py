"""Observations with the conditions under which practitioners worked, split within and between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.language import mark, say
from workbench.quarters import DAYS_IN_A_QUARTER
from workbench.wording import count_of

LONGEST = pd.Timedelta(days=round(2 * DAYS_IN_A_QUARTER))
"""How long a row holds where none follows: two quarters."""
FEWEST_PRACTITIONERS = 20
FEWEST_SITES = 5
NO_SPREAD = 1e-8
PRACTITIONER, SITE = "practitioner_id", "site_id"


@dataclass(frozen=True)
class Pressure:
    """A pressure that is looked at.

    Attributes
    ----------
    name, title
        Its column, and its name for people.
    unit
        Unit of the column.
    step
        How many units make the change that is told.
    more
        That change, as a sentence has it.
    """

    name: str
    title: str
    unit: str
    step: float
    more: str


PRESSURES = (
    Pressure(
        "caseload",
        mark("Caseload"),
        mark("people or families"),
        5.0,
        mark("5 more people or families"),
    ),
    Pressure(
        "supervisor_span",
        mark("Supervisor's span"),
        mark("practitioners for each supervisor"),
        1.0,
        mark("1 more practitioner for each supervisor"),
    ),
    Pressure(
        "documentation_hours",
        mark("Documentation"),
        mark("hours a week"),
        1.0,
        mark("1 more hour of it a week"),
    ),
    Pressure(
        "vacancy_rate",
        mark("Vacancies"),
        mark("percent of posts"),
        10.0,
        mark("10 more of 100 posts empty"),
    ),
    Pressure(
        "turnover_rate",
        mark("Turnover"),
        mark("percent of posts a year"),
        10.0,
        mark("10 more of 100 posts left in a year"),
    ),
    Pressure(
        "productivity_percent",
        mark("Productivity"),
        mark("percent of the target"),
        10.0,
        mark("10 percent of the target more"),
    ),
    Pressure(
        "crises",
        mark("Crises"),
        mark("crises in the period"),
        1.0,
        mark("1 more crisis in the period"),
    ),
)


@dataclass(frozen=True)
class Pressed:
    """Observations with one pressure.

    Attributes
    ----------
    frame
        Rows of ``by_observation`` for which the pressure is known, with ``within`` (above the
        mean of the practitioner, or of the site, over its own observations) and ``between`` (that
        mean less the network's), both in steps, and ``shared`` (the site in a period: everyone
        there shares what else happened).
    of_site
        Whether rows about sites are behind it, wholly or in part.
    """

    frame: pd.DataFrame
    of_site: bool


def attached(by_observation: pd.DataFrame, work_conditions: pd.DataFrame) -> pd.DataFrame:
    """Give each observation the conditions on its day.

    A row holds from its ``period_start`` to the next row of the same practitioner or site, at
    most two quarters. Each condition is that of the practitioner's own row where it has one, and
    of the site's where not.

    Returns
    -------
    DataFrame
        ``by_observation`` with a column ``at <name>`` for each pressure handed in, ``of <name>``
        (to whom the value belongs: a practitioner or a site) and ``site_period`` (first day of
        the site's row; missing without one).
    """
    names = [one.name for one in PRESSURES if one.name in work_conditions.columns]
    table = work_conditions.reindex(columns=[PRACTITIONER, SITE, "period_start", *names])
    table = table[table["period_start"].notna()]
    table = table.assign(period_start=_days(table["period_start"]))
    personal = table[PRACTITIONER].notna()
    frame = by_observation.assign(observed_on=_days(by_observation["observed_on"]))
    frame = frame.sort_values("observed_on", kind="stable").reset_index(drop=True)
    own = _on_the_day(frame, table[personal], PRACTITIONER, names)
    ours = _on_the_day(frame, table[~personal & table[SITE].notna()], SITE, names)
    found = frame.assign(site_period=ours["period_start"])
    for name in names:
        mine = own[name].notna()
        found[f"at {name}"] = own[name].where(mine, ours[name])
        found[f"of {name}"] = frame[SITE].astype("str").where(~mine, frame[PRACTITIONER])
        found[f"by site {name}"] = ~mine
    return found


def _on_the_day(
    frame: pd.DataFrame, table: pd.DataFrame, by: str, names: list[str]
) -> pd.DataFrame:
    """Latest row of a practitioner or site on or before each day, if it still holds."""
    rows = table[[by, "period_start", *names]].astype({by: "str", **dict.fromkeys(names, float)})
    rows = rows.drop_duplicates([by, "period_start"]).sort_values("period_start", kind="stable")
    found = pd.merge_asof(
        frame[["observed_on", by]].astype({by: "str"}),
        rows,
        left_on="observed_on",
        right_on="period_start",
        by=by,
        tolerance=LONGEST,
    )
    return found[["period_start", *names]]


def with_one_pressure(frame: pd.DataFrame, pressure: Pressure) -> Pressed:
    """Take the observations for which one pressure is known, and split it.

    Parameters
    ----------
    frame
        As :func:`attached` gives it.
    """
    known = frame[frame[f"at {pressure.name}"].notna()]
    within, between = split(known, pressure)
    return Pressed(
        known.assign(within=within, between=between, shared=_shared(known)).reset_index(drop=True),
        bool(known[f"by site {pressure.name}"].any()),
    )


def split(known: pd.DataFrame, pressure: Pressure) -> tuple[pd.Series, pd.Series]:
    """Within and between parts of a pressure (Mundlak 1978), in steps."""
    value = known[f"at {pressure.name}"] / pressure.step
    own = value.groupby(known[f"of {pressure.name}"]).transform("mean")
    return value - own, own - own.mean()


def with_every_pressure(frame: pd.DataFrame, asked: list[Pressure]) -> pd.DataFrame:
    """Observations for which all of these are known, with ``within_<name>`` of each."""
    known = frame[frame[[f"at {one.name}" for one in asked]].notna().all(axis=1)]
    parts = {f"within_{one.name}": split(known, one)[0] for one in asked}
    return known.assign(shared=_shared(known), **parts).reset_index(drop=True)


def _shared(known: pd.DataFrame) -> pd.Series:
    """Name the site with the period of its row, or with the quarter where it has none."""
    period = known["site_period"].dt.strftime("%Y-%m-%d")
    period = period.where(known["site_period"].notna(), known["quarter"].astype("str"))
    return known[SITE].astype("str") + " " + period.astype("str")


def too_few(pressed: Pressed, pressure: Pressure) -> tuple[str, str]:
    """Why nothing can be told, and why nothing within; each empty if it can."""
    frame = pressed.frame
    if frame.empty:
        return say("it is known for none of the observations."), ""
    group, fewest = (
        (SITE, FEWEST_SITES) if pressed.of_site else (PRACTITIONER, FEWEST_PRACTITIONERS)
    )
    count = frame[group].nunique()
    if count < fewest:
        have = _counted(count, pressed.of_site)
        return say(
            "it is known for observations of {have}, and {fewest} are needed.",
            have=have,
            fewest=fewest,
        ), ""
    moves = np.abs(frame["within"]) > NO_SPREAD
    able = frame.loc[moves, group].nunique()
    if able < fewest:
        have = _counted(able, pressed.of_site)
        return "", say("it changes for {have}, and {fewest} are needed.", have=have, fewest=fewest)
    return "", ""


def _counted(count: int, of_site: bool) -> str:
    return count_of(count, "site") if of_site else count_of(count, "practitioner")


def _days(dates: pd.Series) -> pd.Series:
    """Dates in one unit of time, so that tables of different origin can be joined."""
    return pd.to_datetime(dates).dt.as_unit("ns")
