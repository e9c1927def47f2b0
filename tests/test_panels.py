"""Panels: which observations are used, why others are not, and what stands on a row."""

import datetime as dt

import pandas as pd
import pytest

from workbench.analysis.readiness import driver_readiness
from workbench.data.conform import empty_table
from workbench.data.instruments import load_instruments
from workbench.data.panels import (
    answer_use,
    assessment_panel,
    component_panel,
    event_use,
    events_up_to,
    latest_quarter,
    observation_panel,
    response_use,
)
from workbench.data.schemas import load_schemas
from workbench.data.scoring import score_components, score_observations, value_responses
from workbench.quarters import Quarter

EXACT = 1e-12
QUARTER = Quarter(2026, 1)

PEOPLE = pd.DataFrame(
    {
        "practitioner_id": ["p1", "p2"],
        "site_id": ["A", "B"],
        "supervisor_id": ["s1", "s2"],
    }
)


def observations(*changes):
    usual = {
        "practitioner_id": "p1",
        "site_id": None,
        "observed_on": "2026-01-15",
        "rater_id": "r1",
        "rater_role": "independent",
        "fidelity": 75.0,
        "why_not_scored": "",
    }
    frame = pd.DataFrame([{**usual, **change} for change in changes])
    frame["observation_id"] = [f"o{number}" for number in range(len(frame))]
    return frame.assign(observed_on=pd.to_datetime(frame["observed_on"])).astype({"site_id": "str"})


def test_observations_join_with_who_was_observed():
    panel = observation_panel(
        observations({}, {"practitioner_id": "p2"}, {"site_id": "B"}), PEOPLE, QUARTER
    )
    used = panel.by_observation
    assert used["site_id"].tolist() == ["A", "B", "B"]  # the site recorded then stands before ours
    assert used["supervisor_id"].tolist() == ["s1", "s2", "s1"]
    assert used["quarter"].tolist() == ["2026Q1"] * 3


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rater_role": "self"}, "self ratings are a series of their own"),
        ({"rater_role": "master"}, "master codes serve to test the raters"),
        ({"observed_on": "2026-04-01"}, "observed after 2026Q1"),
        ({"fidelity": None, "why_not_scored": "too few items"}, "too few items"),
        ({"fidelity": None, "rater_role": "self"}, "self ratings are a series of their own"),
    ],
)
def test_what_is_not_used_says_why(change, why):
    panel = observation_panel(observations({}, change), PEOPLE, QUARTER)
    assert panel.by_observation["observation_id"].tolist() == ["o0"]
    assert panel.not_used[["observation_id", "why_not_used"]].values.tolist() == [["o1", why]]


def test_the_last_day_of_the_quarter_is_used():
    panel = observation_panel(observations({"observed_on": "2026-03-31"}), PEOPLE, QUARTER)
    assert len(panel.by_observation) == 1


def test_time_counts_from_the_first_quarter_that_was_seen():
    days = ["2025-08-20", "2025-07-01", "2026-03-31"]
    panel = observation_panel(
        observations(*({"observed_on": day} for day in days)), PEOPLE, QUARTER
    )
    start = dt.date(2025, 7, 1)
    expected = [(dt.date.fromisoformat(day) - start).days / (365.25 / 4) for day in days]
    assert panel.by_observation["quarters"].tolist() == pytest.approx(expected, abs=EXACT)
    end = (dt.date(2026, 4, 1) - start).days / (365.25 / 4)
    assert panel.now == pytest.approx(end, abs=EXACT)


def test_quarters_follow_the_fiscal_year():
    july = Quarter(2026, 3, fiscal_year_starts=7)
    panel = observation_panel(observations({"observed_on": "2026-01-15"}), PEOPLE, july)
    assert panel.by_observation["quarter"].tolist() == ["2026Q3"]


def test_a_quarter_before_anything_was_seen_uses_nothing():
    panel = observation_panel(observations({}, {}), PEOPLE, Quarter(2024, 1))
    assert len(panel.by_observation) == 0
    assert panel.not_used["why_not_used"].tolist() == ["observed after 2024Q1"] * 2
    assert panel.now > 0


def test_use_of_responses_adds_up_and_gives_reasons():
    frame = observations({}, {"rater_role": "self"}, {"rater_role": "self"})
    panel = observation_panel(frame, PEOPLE, QUARTER)
    responses = pd.DataFrame({"observation_id": ["o0", "o0", "o1", "o2", "o2"]})
    (row,) = response_use(panel, responses).to_dict("records")
    assert (row["table"], row["used"], row["not_used"]) == ("fidelity_responses", 2, 3)
    assert row["why_not_used"] == "self ratings are a series of their own (2 observations)"


def test_master_codes_are_used_to_test_the_raters():
    frame = observations(
        {},
        {"rater_role": "master", "observed_on": "2026-02-01"},
        {"rater_role": "master", "fidelity": None, "why_not_scored": "too few items"},
        {"rater_role": "master", "observed_on": "2026-04-01"},
    )
    panel = observation_panel(frame, PEOPLE, QUARTER)
    assert panel.masters["observation_id"].tolist() == ["o1"]
    assert list(panel.masters.columns) == list(panel.by_observation.columns)
    seen = (dt.date(2026, 2, 1) - dt.date(2026, 1, 1)).days / (365.25 / 4)
    assert panel.masters["quarters"].tolist() == pytest.approx([seen], abs=EXACT)
    responses = pd.DataFrame({"observation_id": ["o0", "o1", "o1", "o2", "o3"]})
    (row,) = response_use(panel, responses).to_dict("records")
    assert (row["used"], row["not_used"]) == (3, 2)
    assert "2 observations" not in row["why_not_used"]


def test_events_after_the_quarter_are_not_used():
    noted = pd.DataFrame({"noted_on": pd.to_datetime(["2026-03-31", "2026-04-01"])})
    used = events_up_to(noted, "noted_on", QUARTER)
    assert len(used) == 1
    (row,) = event_use("adaptations", noted, used).to_dict("records")
    assert (row["table"], row["used"], row["not_used"]) == ("adaptations", 1, 1)
    assert "after the quarter" in row["why_not_used"]
    nothing = pd.DataFrame()
    assert events_up_to(nothing, "noted_on", QUARTER).empty
    assert event_use("adaptations", nothing, nothing).empty


def test_the_latest_quarter_leaves_self_ratings_out():
    frame = observations({}, {"rater_role": "self", "observed_on": "2026-05-01"})
    assert latest_quarter(frame, 1) == Quarter(2026, 1)
    assert latest_quarter(frame[frame["rater_role"] == "self"], 1) == Quarter(2026, 2)


def test_component_scores_are_those_of_the_observations_used():
    panel = observation_panel(observations({}, {"rater_role": "self"}), PEOPLE, QUARTER)
    components = pd.DataFrame(
        {
            "observation_id": ["o0", "o0", "o1"],
            "component": ["talk", "plan", "talk"],
            "component_title": ["Talk", "Plan", "Talk"],
            "component_order": [0, 1, 0],
            "fidelity": [80.0, None, 70.0],
        }
    )
    by_component = component_panel(components, panel)
    assert by_component[["observation_id", "component", "fidelity"]].values.tolist() == [
        ["o0", "talk", 80.0]
    ]
    assert by_component[["site_id", "practitioner_id", "quarter"]].values.tolist() == [
        ["A", "p1", "2026Q1"]
    ]


def answers(*changes):
    usual = {
        "assessment_id": "d1",
        "item_id": "sel_interest",
        "respondent_id": "p1",
        "respondent_role": "practitioner",
        "site_id": "A",
        "assessed_on": "2026-02-01",
        "instrument_id": "driver_assessment",
        "instrument_version": "1",
        "response": "1",
    }
    frame = pd.DataFrame([{**usual, **change} for change in changes])
    return frame.assign(assessed_on=pd.to_datetime(frame["assessed_on"])).astype(
        {"response": "str"}
    )


def test_answers_up_to_the_quarter_stand_with_their_driver():
    received = answers(
        {}, {"response": "na"}, {"response": None}, {"assessed_on": "2026-04-01"}, {"response": "2"}
    )
    panel = assessment_panel(value_responses(received, load_instruments()), QUARTER)
    assert panel["percent"].isna().tolist() == [False, True, True, False]
    assert panel["answered"].tolist() == [True, False, False, True]
    assert panel.loc[[0, 3], "percent"].tolist() == [50, 100]
    assert set(panel["driver"]) == {"selection"}
    assert set(panel["driver_title"]) == {"Selection"}
    assert set(panel["assessed_quarter"]) == {"2026Q1"}
    (row,) = answer_use(panel, received).to_dict("records")
    assert (row["used"], row["not_used"]) == (2, 3)
    assert row["why_not_used"]


def test_a_table_that_was_not_handed_in_gives_an_empty_panel():
    instruments = load_instruments()
    nothing = empty_table(load_schemas()["driver_responses"])
    panel = assessment_panel(value_responses(nothing, instruments), QUARTER)
    assert len(panel) == 0
    assert answer_use(panel, nothing)[["used", "not_used"]].values.tolist() == [[0, 0]]
    readiness = driver_readiness(panel, instruments["driver_assessment", "1"].prompts(), {})
    assert len(readiness.driver_scores) == 0
    assert readiness.findings() == []


def test_no_responses_give_no_observations():
    instruments = load_instruments()
    nothing = empty_table(load_schemas()["fidelity_responses"])
    valued = value_responses(nothing, instruments)
    scored = score_observations(valued, instruments)
    assert len(scored) == 0
    assert len(score_components(valued, instruments)) == 0
    panel = observation_panel(scored, PEOPLE, QUARTER)
    assert len(panel.by_observation) == 0
