"""Facts that rules check: yes or no for each row, computed from the tables and the instruments.

A fact is True, False, or missing where it does not apply. Its name says it in plain words, so that
a rule in expectations/ can be read without this code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd

from workbench.data import facts_periods as periods
from workbench.data import facts_relations as relations
from workbench.data import facts_responses as responses
from workbench.data import facts_series as series
from workbench.data.facts_context import Facts, Instruments, Known, where_filled
from workbench.data.facts_responses import is_legal
from workbench.data.schemas import TableSchema

__all__ = ["Instruments", "add_facts", "is_legal"]

_OF_TABLES: dict[str, tuple[Callable[[Known], Facts], ...]] = {
    "sites": (relations.site_facts,),
    "practitioners": (relations.practitioner_facts,),
    "fidelity_responses": (
        responses.fidelity_facts,
        series.code_facts,
        series.version_facts,
        series.item_facts,
    ),
    "supports": (relations.support_facts,),
    "work_conditions": (periods.condition_facts,),
    "recognition": (periods.recognition_facts,),
    "adaptations": (relations.adaptation_facts,),
    "driver_responses": (responses.driver_facts, series.version_facts, series.item_facts),
    "implementation_teams": (relations.team_facts,),
    "team_meetings": (relations.meeting_facts,),
    "feedback_items": (relations.feedback_facts,),
    "plans": (relations.plan_facts,),
    "plan_meetings": (relations.plan_meeting_facts,),
    "plan_actions": (relations.plan_action_facts,),
    "ownership_responses": (
        responses.ownership_facts,
        series.version_facts,
        series.item_facts,
        lambda known: relations.while_open(known, "rated_on", "rated_while_the_plan_was_open"),
    ),
    "external_support": (periods.external_support_facts,),
    "outcomes": (relations.outcome_facts, periods.measure_facts),
}
"""Facts that only one table has, beside those of every table."""


def add_facts(
    frame: pd.DataFrame,
    schema: TableSchema,
    accepted: dict[str, pd.DataFrame],
    instruments: Instruments,
    as_of: dt.date,
) -> pd.DataFrame:
    """Add its facts to a typed table as further columns.

    Parameters
    ----------
    frame
        Typed table.
    schema
        Its schema.
    accepted
        Tables already accepted, to which this one may refer.
    instruments
        Instruments by identifier and version.
    as_of
        Day of the run; a date after it lies in the future.
    """
    known = Known(frame, schema, accepted, instruments, as_of)
    facts = {"key_is_unique": _key_is_unique(known), **_listed(known), **_dates(known)}
    facts |= _limits(known)
    if len(frame):
        for of_table in _OF_TABLES.get(schema.table, ()):
            facts |= of_table(known)
    columns = {name: fact.astype("boolean") for name, fact in facts.items()}
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)


def _key_is_unique(known: Known) -> pd.Series:
    key = [name for name in known.schema.key if name in known.frame.columns]
    return ~known.frame.duplicated(key, keep=False)


def _listed(known: Known) -> Facts:
    facts: Facts = {}
    for column, target in known.schema.references.items():
        table, target_column = target.split(".")
        if not known.has(column):
            continue
        values = known.frame[column]
        if table == known.schema.table:
            listed = known.frame[target_column]
        elif table in known.accepted:
            listed = known.accepted[table][target_column]
        else:
            continue
        facts[f"{column}_is_listed"] = where_filled(values.isin(listed), values)
    return facts


def _dates(known: Known) -> Facts:
    frame, facts = known.frame, {}
    for name, column in known.schema.columns.items():
        if column.type == "date" and not column.may_be_future and name in frame.columns:
            past = frame[name] <= pd.Timestamp(known.as_of)
            facts[f"{name}_is_not_in_the_future"] = where_filled(past, frame[name])
    for first, second in known.schema.order_of_dates:
        if known.has(first, second):
            facts[f"{first}_is_not_after_{second}"] = where_filled(
                frame[first] <= frame[second], frame[first], frame[second]
            )
    return facts


def _limits(known: Known) -> Facts:
    facts: Facts = {}
    for name, column in known.schema.columns.items():
        if not known.has(name) or (column.lowest is None and column.highest is None):
            continue
        values = known.frame[name].astype("float64")
        lowest = -np.inf if column.lowest is None else column.lowest
        highest = np.inf if column.highest is None else column.highest
        facts[f"{name}_is_within_limits"] = where_filled(
            values.between(lowest, highest), known.frame[name]
        )
    return facts
