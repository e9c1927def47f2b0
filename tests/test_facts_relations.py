"""Facts on relations, time and series, by hand-made rows that break one thing each."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench.data.facts import add_facts
from workbench.data.facts_context import Known
from workbench.data.facts_series import _highest_tie, item_facts
from workbench.data.instruments import load_instruments
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.data.synthetic_drivers import assess_drivers
from workbench.data.synthetic_items import item_responses
from workbench.data.synthetic_streams import streams_of

SCHEMAS, INSTRUMENTS = load_schemas(), load_instruments()
FIDELITY = INSTRUMENTS["practice_fidelity", "1"]
TODAY = dt.date(2026, 10, 1)
INTERVAL_TOLERANCE = 1e-5
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


HIRED_LATE = PEOPLE.assign(hired_on=pd.to_datetime(["2025-06-20", None]))
HALF_YEARS = ["2025-01-01", "2025-07-01", "2026-01-01"]


def appraised(days, people=HIRED_LATE):
    rows = [{"practitioner_id": "p1", "period_start": day, "rating": 3.0} for day in days]
    return facts("recognition", rows, practitioners=people)["in_post_in_the_period"]


def test_a_half_year_in_whose_second_half_the_work_began_is_one_in_post():
    people = HIRED_LATE.assign(left_on=pd.NaT)
    assert appraised(HALF_YEARS, people) == [True, True, True]
    assert appraised(["2024-07-01", *HALF_YEARS], people)[0] is False


def test_a_quarter_that_ended_before_hiring_is_not_in_post():
    people = HIRED_LATE.assign(left_on=pd.NaT)
    days = ["2025-01-01", "2025-04-01", "2025-07-01"]
    assert appraised(days, people) == [False, True, True]


@pytest.mark.parametrize(("day", "expected"), [("2024-06-18", False), ("2024-06-20", True)])
def test_one_period_alone_is_taken_for_a_year(day, expected):
    assert appraised([day], HIRED_LATE.assign(left_on=pd.NaT)) == [expected]


def test_support_by_half_years_reaches_into_a_plan_that_opened_within_them():
    rows = [{"plan_id": "n2", "period_start": day, "contacts": 1} for day in HALF_YEARS]
    earlier = {**rows[0], "period_start": "2024-07-01"}
    found = facts("external_support", [earlier, *rows], plans=PLANS)
    assert found["period_reaches_into_the_plan"] == [False, True, True, True]


# Three sites and four quarters: of 200 such networks, 59 had an item whose correlation with the
# others was below 0, and 1 had one that the rule names.
SMALL = NetworkParameters(sites=3, quarters=4)
CLEAN_DRAWS = 12


def noted(seed):
    """Items of a clean simulated network that the rule names."""
    _, people, observations, effects = simulate_growth(SMALL, seed)
    streams = streams_of(seed)
    drivers = INSTRUMENTS["driver_assessment", "1"]
    answers = item_responses(observations, FIDELITY, SMALL, streams.items)
    assessed = assess_drivers(people, effects.by_site, drivers, SMALL, streams.drivers)
    found = set()
    for table, instrument, rows in (
        ("fidelity_responses", FIDELITY, answers),
        ("driver_responses", drivers, assessed.responses),
    ):
        frame = rows.assign(
            instrument_id=instrument.instrument, instrument_version=instrument.version
        )
        known = Known(frame, SCHEMAS[table], {}, INSTRUMENTS, TODAY)
        goes = item_facts(known)["item_goes_with_the_others"]
        assert goes.notna().any()
        found |= set(frame.loc[goes.eq(False).fillna(False).to_numpy(dtype=bool), "item_id"])
    return found


def test_clean_networks_have_no_item_that_is_named_by_chance():
    assert [noted(seed) for seed in range(CLEAN_DRAWS)] == [set()] * CLEAN_DRAWS


@pytest.mark.parametrize(("tie", "count", "upper"), [
    # Fisher's transformation by hand: tanh(atanh(r) + 2.5758 / sqrt(n - 3)).
    (-0.5, 103, -0.28372), (-0.2, 103, 0.05480), (0.0, 30, 0.45874),
])  # fmt: skip
def test_the_upper_end_of_the_interval_is_fishers(tie, count, upper):
    random = np.random.default_rng(3)
    first, second = random.standard_normal((2, count))
    first = (first - first.mean()) / first.std()
    second = second - second.mean()
    second = second - first * (first @ second) / count
    second = second / second.std()
    other = tie * first + np.sqrt(1 - tie**2) * second
    assert _highest_tie(first, other) == pytest.approx(upper, abs=INTERVAL_TOLERANCE)
