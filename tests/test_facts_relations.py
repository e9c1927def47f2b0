"""Facts on relations, time and series, by hand-made rows that break one thing each."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench.data.facts import add_facts
from workbench.data.instruments import load_instruments
from workbench.data.schemas import load_schemas

SCHEMAS, INSTRUMENTS = load_schemas(), load_instruments()
FIDELITY = INSTRUMENTS["practice_fidelity", "1"]
TODAY = dt.date(2026, 10, 1)
DAY = pd.Timestamp("2025-03-01")
PEOPLE = pd.DataFrame(
    {
        "practitioner_id": ["p1", "p2"],
        "site_id": ["A", "B"],
        "hired_on": pd.to_datetime(["2025-01-10", None]),
        "left_on": pd.to_datetime(["2025-06-30", None]),
    }
)
PLANS = pd.DataFrame(
    {
        "plan_id": ["n1", "n2"],
        "opened_on": pd.to_datetime(["2025-02-01", "2025-02-01"]),
        "closed_on": pd.to_datetime(["2025-05-31", None]),
    }
)


def facts(table, rows, **accepted):
    frame = pd.DataFrame(rows)
    for name, column in SCHEMAS[table].columns.items():
        if name not in frame.columns:
            continue
        if column.type == "date":
            frame[name] = pd.to_datetime(frame[name])
        elif column.type not in ("number", "integer", "yes_no"):
            frame[name] = frame[name].astype("str")
    found = add_facts(frame, SCHEMAS[table], accepted, INSTRUMENTS, TODAY)
    return {
        name: [None if pd.isna(value) else bool(value) for value in found[name]]
        for name in found.columns.difference(frame.columns)
    }


def seen(*changes):
    row = {
        "observation_id": "o1", "item_id": "prep_hopes", "instrument_id": "practice_fidelity",
        "instrument_version": "1", "practitioner_id": "p1", "site_id": "A",
        "observed_on": DAY, "rated_on": DAY, "rater_id": "r1", "rater_role": "independent",
        "response": "4",
    }  # fmt: skip
    rows = [{**row, **change} for change in changes]
    return facts("fidelity_responses", rows, practitioners=PEOPLE)


YEAR_ON = DAY + pd.Timedelta(days=366)


@pytest.mark.parametrize(
    ("fact", "change", "expected"),
    [
        ("rater_code_is_in_steady_use", {"observed_on": YEAR_ON}, [True, True]),
        ("rater_code_is_in_steady_use", {"observed_on": "2026-03-03"}, [False, False]),
        ("practitioner_code_is_in_steady_use", {"observed_on": "2026-03-03"}, [False, False]),
        ("rater_code_is_in_steady_use", {"observed_on": "2031-03-03"}, [True, True]),
        ("rater_is_at_one_site_on_a_day", {"site_id": "B", "practitioner_id": "p2"}, [False] * 2),
        ("practitioner_is_at_one_site_on_a_day", {"site_id": "B"}, [False, False]),
        ("site_is_that_of_the_practitioner", {"site_id": "B"}, [True, False]),
        ("instrument_keeps_its_version", {"instrument_version": "2"}, [False, False]),
        ("rated_within_30_days", {"rated_on": DAY + pd.Timedelta(days=30)}, [True, True]),
        ("rated_within_30_days", {"rated_on": DAY + pd.Timedelta(days=31)}, [True, False]),
        ("rater_is_somebody_else", {"rater_role": "self", "rater_id": "p1"}, [True, False]),
    ],
)
def test_codes_sites_and_days_of_observations(fact, change, expected):
    assert seen({}, {"observation_id": "o2", **change})[fact] == expected


def many_observations(turned, count, answer=str):
    """So many observations with all items, one item the wrong way round."""
    random = np.random.default_rng(1)
    rows = []
    for number in range(count):
        level = random.integers(0, 5)
        for item in FIDELITY.items:
            response = 4 - level if item == turned else level
            rows.append(
                {"observation_id": f"o{number}", "item_id": item, "response": answer(response)}
            )
    return seen(*rows), [row["item_id"] for row in rows]


def test_an_item_entered_the_wrong_way_round_is_named_from_30_answers_on():
    found, items = many_observations("prep_team", 30)
    goes = found["item_goes_with_the_others"]
    # items marked as reversed in the file would show too; none is answered reversed here
    reversed_items = {name for name, item in FIDELITY.items.items() if item.reversed}
    wrong = {item for item, fact in zip(items, goes, strict=True) if fact is False}
    assert wrong == {"prep_team"} | reversed_items
    found, _ = many_observations("prep_team", 29)
    assert set(found["item_goes_with_the_others"]) == {None}


def test_a_set_of_items_is_complete_from_the_declared_share_on():
    needed = -(-FIDELITY.smallest_share_answered * len(FIDELITY.items) // 1)
    items = list(FIDELITY.items)
    rows = [{"item_id": item} for item in items[: int(needed)]]
    assert set(seen(*rows)["enough_items_are_answered"]) == {True}
    assert set(seen(*rows[:-1])["enough_items_are_answered"]) == {False}
    codes = [{"item_id": item, "response": "na"} for item in items[1:]]
    assert set(seen({"item_id": items[0]}, *codes)["enough_items_are_answered"]) == {True}


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2025-01-31", False), ("2025-02-01", True), ("2025-05-31", True), ("2025-06-01", False)],
)
def test_what_belongs_to_a_plan_falls_into_its_open_time(day, expected):
    meeting = {"plan_id": "n1", "held_on": day, "present_person": True, "attended": 3}
    found = facts("plan_meetings", [meeting, {**meeting, "plan_id": "n9"}], plans=PLANS)
    assert found["held_while_the_plan_was_open"] == [expected, None]
    action = {"plan_action_id": "x", "plan_id": "n1", "goal_id": "g", "agreed_on": day,
              "owner": "person", "done_on": None}  # fmt: skip
    found = facts("plan_actions", [action], plans=PLANS)
    assert found["agreed_while_the_plan_was_open"] == [expected]
    assert found["done_while_the_plan_was_open"] == [None]


def test_support_beside_the_practitioner_and_the_observation():
    row = {"support_id": "s", "occurred_on": "2025-03-02", "kind": "coaching",
           "practitioner_id": "p1", "minutes": 30.0,
           "triggered_by_observation_id": "o1"}  # fmt: skip
    others = [
        {}, {"occurred_on": "2025-02-28"}, {"occurred_on": "2025-07-01"},
        {"practitioner_id": "p2", "minutes": 0.0},
    ]  # fmt: skip
    observed = pd.DataFrame(
        {"observation_id": ["o1", "o1"], "practitioner_id": ["p1", "p1"], "observed_on": [DAY, DAY]}
    )
    found = facts(
        "supports", [{**row, **one} for one in others], practitioners=PEOPLE,
        fidelity_responses=observed,
    )  # fmt: skip
    assert found["given_after_the_observation"] == [True, False, True, True]
    assert found["given_while_in_post"] == [True, True, False, None]
    assert found["given_to_whom_was_observed"] == [True, True, True, False]
    assert found["minutes_are_more_than_none"] == [True, True, True, False]


def test_one_family_under_two_codes_is_seen_by_practitioner_and_both_days():
    row = {"plan_id": "n1", "site_id": "A", "practitioner_id": "p1", "opened_on": "2025-02-01",
           "closed_on": "2025-03-01"}  # fmt: skip
    others = [{}, {"plan_id": "n2"}, {"plan_id": "n3", "closed_on": "2025-03-02"},
              {"plan_id": "n4", "closed_on": None}]  # fmt: skip
    found = facts("plans", [{**row, **one} for one in others])
    assert found["plan_is_not_another_code_of_one"] == [False, False, True, None]


def test_outcomes_are_listed_in_the_table_of_their_subject():
    row = {"period_start": "2025-01-01", "measure": "m", "value": 1.0}
    subjects = [("practitioner", "p1"), ("practitioner", "n1"), ("plan", "n1"), ("site", "A")]
    rows = [{**row, "subject": kind, "subject_id": code} for kind, code in subjects]
    found = facts("outcomes", rows, practitioners=PEOPLE, plans=PLANS)
    assert found["subject_is_listed"] == [True, False, True, None]


def test_outcomes_are_checked_after_what_they_are_about():
    order = list(SCHEMAS)
    assert order.index("outcomes") > max(order.index(one) for one in ("practitioners", "plans"))


def test_periods_that_overlap_and_shares_written_for_percents():
    days = ["2025-01-01", "2025-02-01", "2025-03-01", "2025-03-10", "2025-04-01"]
    rows = [{"plan_id": "n2", "period_start": day, "contacts": 1} for day in days]
    found = facts("external_support", rows, plans=PLANS)
    assert found["period_does_not_overlap"] == [True, True, True, False, True]
    row = {"practitioner_id": "p2", "rating": 3.0}
    rows = [{**row, "period_start": day, "attendance": 0.9} for day in days[:3]]
    assert set(facts("recognition", rows)["attendance_is_written_in_percent"]) == {False}
    rows.append({**rows[0], "period_start": days[4], "attendance": 90.0})
    assert set(facts("recognition", rows)["attendance_is_written_in_percent"]) == {True}


def test_a_respondent_who_answers_twice_or_in_two_roles():
    row = {"assessment_id": "d1", "item_id": "sel_interest", "respondent_id": "k1",
           "respondent_role": "practitioner", "site_id": "A", "assessed_on": "2025-03-01",
           "instrument_id": "driver_assessment", "instrument_version": "1",
           "response": "1"}  # fmt: skip
    others = [{}, {"assessment_id": "d2"}, {"item_id": "sel_room", "respondent_role": "leader"}]
    found = facts("driver_responses", [{**row, **one} for one in others])
    assert found["respondent_answers_once_a_day"] == [False, False, True]
    assert found["respondent_has_one_role"] == [False, True, False]


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        ("instrument_is_defined", {"instrument_version": "9"}),
        ("item_is_in_the_instrument", {"item_id": "no_item"}),
        ("response_is_legal", {"response": "77"}),
    ],
)
def test_answers_on_ownership_are_held_to_their_instrument(fact, change):
    item = next(iter(INSTRUMENTS["plan_ownership", "1"].items))
    row = {"plan_id": "n1", "rated_on": "2025-03-01", "respondent_role": "person", "item_id": item,
           "instrument_id": "plan_ownership", "instrument_version": "1",
           "response": "1"}  # fmt: skip
    found = facts("ownership_responses", [row, {**row, "plan_id": "n2", **change}], plans=PLANS)
    assert found[fact] == [True, False]
    assert found["rated_while_the_plan_was_open"] == [True, True]


def test_teams_report_upward_and_name_their_site():
    row = {"team_id": "t1", "level": "site", "site_id": "A", "parent_team_id": "t2",
           "formed_on": "2025-01-01", "members": 4, "champions": 1}  # fmt: skip
    above = {**row, "team_id": "t2", "level": "network", "site_id": None, "parent_team_id": "t1"}
    lost = {**row, "team_id": "t3", "site_id": None, "parent_team_id": None, "champions": 5}
    found = facts("implementation_teams", [row, above, lost])
    assert found["reports_to_a_higher_level"] == [True, False, None]
    assert found["site_is_named_where_it_has_one"] == [True, True, False]
    assert found["champions_are_not_more_than_members"] == [True, True, False]
