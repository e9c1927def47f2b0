"""Facts say yes, no, or nothing about each row, by hand-made rows that break one thing each."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench.data.facts import add_facts, is_legal
from workbench.data.instruments import load_instruments
from workbench.data.schemas import load_schemas

SCHEMAS, INSTRUMENTS = load_schemas(), load_instruments()
FIDELITY = INSTRUMENTS["practice_fidelity", "1"]
TODAY = dt.date(2026, 3, 31)

SITES = pd.DataFrame({"site_id": ["A", "B"]})
PEOPLE = pd.DataFrame(
    {
        "practitioner_id": ["p1", "p2"],
        "hired_on": pd.to_datetime(["2025-01-10", None]),
        "left_on": pd.to_datetime(["2025-06-30", None]),
    }
)
RESPONSE = {
    "observation_id": "o1",
    "item_id": "prep_hopes",
    "instrument_id": "practice_fidelity",
    "instrument_version": "1",
    "practitioner_id": "p1",
    "site_id": "A",
    "observed_on": "2025-03-01",
    "rated_on": "2025-03-02",
    "rater_id": "r1",
    "rater_role": "independent",
    "response": "4",
}
ANSWER = {
    "assessment_id": "d1",
    "item_id": "sel_interest",
    "respondent_id": "p1",
    "respondent_role": "practitioner",
    "site_id": "A",
    "assessed_on": "2025-03-01",
    "instrument_id": "driver_assessment",
    "instrument_version": "1",
    "response": "2",
}


def facts(table, rows, **accepted):
    """Facts of rows as lists of True, False or None."""
    frame = pd.DataFrame(rows)
    for name, column in SCHEMAS[table].columns.items():
        if name in frame.columns and column.type == "date":
            frame[name] = pd.to_datetime(frame[name])
        elif name in frame.columns and column.type not in ("number", "integer"):
            frame[name] = frame[name].astype("str")
    found = add_facts(frame, SCHEMAS[table], accepted, INSTRUMENTS, TODAY)
    added = found[[name for name in found.columns if name not in frame.columns]]
    assert set(added.dtypes.astype(str)) == {"boolean"}
    return {
        name: [None if pd.isna(value) else bool(value) for value in added[name]] for name in added
    }


def responses(*changes):
    rows = [{**RESPONSE, **change} for change in changes]
    return facts("fidelity_responses", rows, sites=SITES, practitioners=PEOPLE)


def test_a_row_in_order_breaks_no_fact():
    for name, values in responses({}, {"item_id": "prep_team"}).items():
        if name != "enough_items_are_answered":  # two of the instrument's items are not
            assert values in ([True, True], [None, None]), name


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        ("practitioner_id_is_listed", {"practitioner_id": "p9"}),
        ("site_id_is_listed", {"site_id": "Z"}),
        ("observed_on_is_not_in_the_future", {"observed_on": "2026-04-01"}),
        ("rated_on_is_not_in_the_future", {"rated_on": "2026-04-01"}),
        ("observed_on_is_not_after_rated_on", {"rated_on": "2025-02-28"}),
        ("instrument_is_defined", {"instrument_version": "2"}),
        ("item_is_in_the_instrument", {"item_id": "sel_interest"}),
        ("response_is_legal", {"response": "5"}),
        ("response_is_legal", {"response": "often"}),
        ("response_is_legal", {"response": "NA"}),
        ("observed_after_hiring", {"observed_on": "2025-01-09"}),
        ("observed_before_leaving", {"observed_on": "2025-07-01", "rated_on": "2025-07-01"}),
        ("rater_is_the_practitioner_only_if_self", {"rater_role": "self"}),
        ("rater_is_the_practitioner_only_if_self", {"rater_id": "p1"}),
    ],
)
def test_a_broken_fact_is_no_and_the_row_beside_it_stays_yes(fact, change):
    found = responses({}, {"observation_id": "o2", **change})
    assert found[fact] == [True, False]


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        ("observed_on_is_not_in_the_future", {"observed_on": "2026-03-31"}),
        ("observed_on_is_not_after_rated_on", {"rated_on": "2025-03-01"}),
        ("observed_after_hiring", {"observed_on": "2025-01-10"}),
        ("observed_before_leaving", {"observed_on": "2025-06-30"}),
    ],
)
def test_the_day_itself_is_in_order(fact, change):
    assert responses({}, {"observation_id": "o2", **change})[fact] == [True, True]


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        ("site_id_is_listed", {"site_id": None}),
        ("rated_on_is_not_in_the_future", {"rated_on": None}),
        ("observed_on_is_not_after_rated_on", {"rated_on": None}),
        ("response_is_legal", {"response": None}),
        ("response_is_legal", {"item_id": "no_item"}),
        ("item_is_in_the_instrument", {"instrument_id": "other"}),
        ("rater_role_may_respond", {"instrument_id": "other"}),
        ("observed_after_hiring", {"practitioner_id": "p2"}),
        ("observed_before_leaving", {"practitioner_id": "p9"}),
    ],
)
def test_a_fact_that_does_not_apply_is_missing(fact, change):
    found = responses({}, {"observation_id": "o2", **change})
    assert found[fact] == [True, None]


def test_a_self_rating_is_by_the_practitioner():
    found = responses({"rater_role": "self", "rater_id": "p1"})
    assert found["rater_is_the_practitioner_only_if_self"] == [True]


def test_a_role_that_the_instrument_does_not_name_may_not_respond():
    narrow = FIDELITY.model_copy(update={"respondents": ("independent",)})
    frame = pd.DataFrame([RESPONSE, {**RESPONSE, "rater_role": "supervisor"}])
    frame[["observed_on", "rated_on"]] = frame[["observed_on", "rated_on"]].apply(pd.to_datetime)
    found = add_facts(frame, SCHEMAS["fidelity_responses"], {}, {narrow.key: narrow}, TODAY)
    assert found["rater_role_may_respond"].tolist() == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"practitioner_id": "p2"},
        {"rater_id": "r2"},
        {"rater_role": "supervisor"},
        {"observed_on": "2025-03-02"},
        {"instrument_version": "2"},
    ],
)
def test_all_rows_of_an_observation_must_tell_the_same(change):
    other = {"item_id": "prep_team", **change}
    found = responses({}, other, {"observation_id": "o2"})
    assert found["observation_is_consistent"] == [False, False, True]


def test_rows_that_share_a_key_are_all_doubtful():
    found = responses({}, {"response": "1"}, {"item_id": "prep_team"})
    assert found["key_is_unique"] == [False, False, True]


def test_what_a_table_that_was_not_handed_in_would_tell_is_not_there():
    found = facts("fidelity_responses", [RESPONSE], sites=SITES)
    assert "practitioner_id_is_listed" not in found
    assert "observed_after_hiring" not in found
    assert found["site_id_is_listed"] == [True]


def test_facts_of_a_driver_assessment():
    rows = [
        ANSWER,
        {**ANSWER, "item_id": "sel_room", "site_id": "B"},
        {**ANSWER, "assessment_id": "d2", "response": "3"},
        {**ANSWER, "assessment_id": "d3", "item_id": "prep_hopes"},
        {**ANSWER, "assessment_id": "d4", "respondent_role": "visitor"},
    ]
    found = facts("driver_responses", rows, sites=SITES)
    assert found["assessment_is_consistent"] == [False, False, True, True, True]
    assert found["response_is_legal"] == [True, True, False, None, True]
    assert found["item_is_in_the_instrument"] == [True, True, True, False, True]
    assert found["respondent_role_may_respond"] == [True, True, True, True, False]


def test_numbers_must_lie_within_the_limits_of_their_column():
    schema = SCHEMAS["plan_actions"]
    reminders = schema.columns["reminders"]
    low, high = reminders.lowest, reminders.highest
    values = pd.array([low, high, low - 1, high + 1, pd.NA], dtype="Int64")
    frame = pd.DataFrame({"plan_action_id": list("abcde"), "reminders": values})
    found = add_facts(frame, schema, {}, INSTRUMENTS, TODAY)["reminders_is_within_limits"]
    assert found.tolist()[:4] == [True, True, False, False]
    assert pd.isna(found.iloc[4])


@pytest.mark.parametrize(
    ("response", "legal"),
    [("0", True), ("4", True), ("4.0", True), ("na", True), ("5", False), ("-1", False),
     ("2.5", False), ("inf", False), ("n.a.", False), ("", False)],
)  # fmt: skip
def test_legal_responses_are_values_of_the_scale_or_codes(response, legal):
    assert is_legal(pd.Series([response], dtype="str"), FIDELITY).tolist() == [legal]


def test_counts_are_whole_numbers_from_zero():
    scale = FIDELITY.scale.model_copy(update={"values": ()})
    counted = FIDELITY.model_copy(update={"scale": scale})
    texts = pd.Series(["0", "1000", "-1", "1.5", "inf", np.nan, "na"], dtype="str")
    assert is_legal(texts, counted).tolist() == [True, True, False, False, False, False, True]
