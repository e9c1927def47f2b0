"""Scores of any instrument in one shape: whose, where, in which quarter, in percent."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from workbench.data import scoring
from workbench.data.facts import Instruments
from workbench.data.panels import observation_panel
from workbench.errors import ParameterError
from workbench.quarters import Quarter, quarter_labels

COLUMNS = ["site_id", "unit_id", "unit", "quarter", "score"]
RESPONSES = ("fidelity_responses", "driver_responses", "ownership_responses")


def instrument_scores(
    accepted: Callable[[str], pd.DataFrame],
    instruments: Instruments,
    instrument_id: str,
    quarter: Quarter,
) -> pd.DataFrame:
    """Score what was answered to one instrument, in all its versions, up to a quarter.

    Parameters
    ----------
    accepted
        Gives the accepted rows of a table by its name.
    instruments
        Instruments by identifier and version.
    instrument_id
        Such as ``practice_fidelity``.
    quarter
        The last quarter.

    Returns
    -------
    DataFrame
        One row a score: ``site_id``; ``unit_id`` and ``unit``, who or what was rated or answered
        (``practitioner``, ``respondent`` or ``plan``); ``quarter``; ``score`` in percent. Ratings
        by oneself and master codes are left out.

    Raises
    ------
    ParameterError
        If nothing was answered to the instrument; the message names those that were used.
    """
    tables = {name: accepted(name) for name in RESPONSES}
    for name, rows in tables.items():
        if len(rows) and (rows["instrument_id"] == instrument_id).any():
            chosen = rows[rows["instrument_id"] == instrument_id]
            valued = scoring.value_responses(chosen, instruments)
            scored = _SCORED[name](valued, instruments, accepted, quarter)
            return scored[scored["score"].notna()].reset_index(drop=True)[COLUMNS]
    used = {one for rows in tables.values() if len(rows) for one in rows["instrument_id"].unique()}
    known = ", ".join(sorted(used)) or "none"
    raise ParameterError(f"Nothing was answered to '{instrument_id}'. Used here: {known}.")


def _observations(
    valued: pd.DataFrame, instruments: Instruments, accepted: Callable, quarter: Quarter
) -> pd.DataFrame:
    scored = scoring.score_observations(valued, instruments)
    seen = observation_panel(scored, accepted("practitioners"), quarter).by_observation
    return seen.assign(unit_id=seen["practitioner_id"], unit="practitioner", score=seen["fidelity"])


def _assessments(
    valued: pd.DataFrame, instruments: Instruments, accepted: Callable, quarter: Quarter
) -> pd.DataFrame:
    scored = scoring.score_assessments(valued, instruments)
    whole = scored[scored["component"] == ""]
    own = whole.assign(unit_id=whole["respondent_id"], unit="respondent", score=whole["percent"])
    return _up_to(own, "assessed_on", quarter)


def _ownership(
    valued: pd.DataFrame, instruments: Instruments, accepted: Callable, quarter: Quarter
) -> pd.DataFrame:
    scored = scoring.score_ownership(valued, instruments)
    sites = accepted("plans").set_index("plan_id")["site_id"]
    own = scored.assign(
        site_id=scored["plan_id"].map(sites),
        unit_id=scored["plan_id"],
        unit="plan",
        score=scored["ownership"],
    )
    return _up_to(own[own["site_id"].notna()], "rated_on", quarter)


def _up_to(rows: pd.DataFrame, date: str, quarter: Quarter) -> pd.DataFrame:
    known = rows[rows[date] <= pd.Timestamp(quarter.last_day)]
    return known.assign(quarter=quarter_labels(known[date], quarter.fiscal_year_starts))


_SCORED = {
    "fidelity_responses": _observations,
    "driver_responses": _assessments,
    "ownership_responses": _ownership,
}
