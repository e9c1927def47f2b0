"""Facts that rules check: yes or no for each row, computed from the tables and the instruments.

A fact is True, False, or missing where it does not apply. Its name says it in plain words, so that
a rule in expectations/ can be read without this code.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from workbench.data.instruments import Instrument, item_table
from workbench.data.schemas import TableSchema

Instruments = dict[tuple[str, str], Instrument]


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
    facts = {
        "key_is_unique": _key_is_unique(frame, schema),
        **_listed(frame, schema, accepted),
        **_dates(frame, schema, as_of),
        **_limits(frame, schema),
    }
    if schema.table == "fidelity_responses":
        facts.update(_response_facts(frame, instruments, "rater_role"))
        facts["rater_role_may_respond"] = facts.pop("role_may_respond")
        facts.update(_observation_facts(frame, accepted))
    if schema.table == "driver_responses":
        facts.update(_response_facts(frame, instruments, "respondent_role"))
        facts["respondent_role_may_respond"] = facts.pop("role_may_respond")
        facts["assessment_is_consistent"] = _consistent(
            frame,
            "assessment_id",
            ["site_id", "assessed_on", "instrument_id", "instrument_version"],
        )
    return frame.assign(**{name: fact.astype("boolean") for name, fact in facts.items()})


def _key_is_unique(frame: pd.DataFrame, schema: TableSchema) -> pd.Series:
    key = [name for name in schema.key if name in frame.columns]
    return ~frame.duplicated(key, keep=False)


def _listed(
    frame: pd.DataFrame, schema: TableSchema, accepted: dict[str, pd.DataFrame]
) -> dict[str, pd.Series]:
    facts = {}
    for column, target in schema.references.items():
        table, target_column = target.split(".")
        if column not in frame.columns:
            continue
        if table == schema.table:
            listed = frame[target_column]
        elif table in accepted:
            listed = accepted[table][target_column]
        else:
            continue
        facts[f"{column}_is_listed"] = _where_filled(frame[column].isin(listed), frame[column])
    return facts


def _dates(frame: pd.DataFrame, schema: TableSchema, as_of: dt.date) -> dict[str, pd.Series]:
    facts = {}
    for name, column in schema.columns.items():
        if column.type == "date" and not column.may_be_future and name in frame.columns:
            past = frame[name] <= pd.Timestamp(as_of)
            facts[f"{name}_is_not_in_the_future"] = _where_filled(past, frame[name])
    for first, second in schema.order_of_dates:
        if first in frame.columns and second in frame.columns:
            both = frame[[first, second]].notna().all(axis=1)
            in_order = (frame[first] <= frame[second]).astype("boolean").where(both)
            facts[f"{first}_is_not_after_{second}"] = in_order
    return facts


def _limits(frame: pd.DataFrame, schema: TableSchema) -> dict[str, pd.Series]:
    facts = {}
    for name, column in schema.columns.items():
        if name not in frame.columns or (column.lowest is None and column.highest is None):
            continue
        values = frame[name].astype("float64")
        lowest = -np.inf if column.lowest is None else column.lowest
        highest = np.inf if column.highest is None else column.highest
        within = values.between(lowest, highest)
        facts[f"{name}_is_within_limits"] = _where_filled(within, frame[name])
    return facts


def _response_facts(
    frame: pd.DataFrame, instruments: Instruments, role_column: str
) -> dict[str, pd.Series]:
    key = pd.MultiIndex.from_frame(frame[["instrument_id", "instrument_version"]])
    defined = pd.Series(key.isin(list(instruments)), index=frame.index)
    items = item_table(instruments) if instruments else pd.DataFrame(columns=["item_id"])
    item_columns = ["instrument_id", "instrument_version", "item_id"]
    known_items = pd.MultiIndex.from_frame(items[item_columns])
    known = pd.Series(pd.MultiIndex.from_frame(frame[item_columns]).isin(known_items), frame.index)
    legal = pd.Series(False, index=frame.index)
    may_respond = pd.Series(False, index=frame.index)
    for (identifier, version), instrument in instruments.items():
        rows = (frame["instrument_id"] == identifier) & (frame["instrument_version"] == version)
        if not rows.any():
            continue
        legal[rows] = is_legal(frame.loc[rows, "response"], instrument)
        may_respond[rows] = frame.loc[rows, role_column].isin(instrument.respondents)
    answered = frame["response"].notna()
    return {
        "instrument_is_defined": defined,
        "item_is_in_the_instrument": known.astype("boolean").where(defined),
        "response_is_legal": legal.astype("boolean").where(defined & known & answered),
        "role_may_respond": may_respond.astype("boolean").where(defined),
    }


def is_legal(responses: pd.Series, instrument: Instrument) -> pd.Series:
    """Whether each response is a value of the instrument's scale or a not-applicable code."""
    codes = responses.isin(instrument.scale.not_applicable)
    numbers = pd.to_numeric(responses.mask(codes), errors="coerce")
    if instrument.scale.values:  # noqa: PD011 (a field of ours)
        return codes | numbers.isin(instrument.scale.values)
    return codes | ((numbers >= 0) & (numbers % 1 == 0))


def _observation_facts(
    frame: pd.DataFrame, accepted: dict[str, pd.DataFrame]
) -> dict[str, pd.Series]:
    same = [
        "practitioner_id",
        "rater_id",
        "rater_role",
        "observed_on",
        "instrument_id",
        "instrument_version",
    ]
    self_rated = (frame["rater_role"] == "self") == (frame["rater_id"] == frame["practitioner_id"])
    facts = {
        "observation_is_consistent": _consistent(frame, "observation_id", same),
        "rater_is_the_practitioner_only_if_self": self_rated,
    }
    people = accepted.get("practitioners", pd.DataFrame())
    for column, name in (
        ("hired_on", "observed_after_hiring"),
        ("left_on", "observed_before_leaving"),
    ):
        if column not in people.columns:
            continue
        edge = frame["practitioner_id"].map(people.set_index("practitioner_id")[column])
        in_time = (
            frame["observed_on"] >= edge if column == "hired_on" else frame["observed_on"] <= edge
        )
        facts[name] = _where_filled(in_time, edge)
    return facts


def _consistent(frame: pd.DataFrame, group: str, columns: list[str]) -> pd.Series:
    """Whether every row of a group says the same in these columns."""
    pairs = frame[[group, *columns]].drop_duplicates()
    several = pairs.loc[pairs[group].duplicated(), group]
    return ~frame[group].isin(several)


def _where_filled(fact: pd.Series, values: pd.Series) -> pd.Series:
    return fact.astype("boolean").where(values.notna())
