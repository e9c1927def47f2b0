"""Panels of plans: what stood at the end of a quarter, and what is out of sight by then."""

import numpy as np
import pandas as pd
import pytest

from workbench.data.instruments import load_instruments
from workbench.data.plan_panels import (
    actions_up_to,
    meetings_up_to,
    outcomes_up_to,
    ownership_up_to,
    plans_up_to,
    support_periods,
)
from workbench.data.scoring import score_ownership, value_responses
from workbench.data.synthetic import NetworkParameters, simulate_growth, simulate_plans
from workbench.quarters import Quarter

EXACT = 1e-12
QUARTER = Quarter(2026, 1)
END = pd.Timestamp("2026-03-31")
NOTHING = pd.DataFrame()
INSTRUMENTS = load_instruments()
PLANS = pd.DataFrame(
    {
        "plan_id": ["open", "closed", "closes later", "opens later"],
        "site_id": ["A", "A", "B", "B"],
        "practitioner_id": ["1", "1", "2", "2"],
        "opened_on": pd.to_datetime(["2025-11-15", "2025-10-01", "2025-12-01", "2026-04-01"]),
        "closed_on": pd.to_datetime([None, "2026-02-10", "2026-05-01", None]),
        "closed_as": [None, "goals met", "moved away", None],
    }
).astype({"closed_as": "str"})
BY_PLAN = plans_up_to(PLANS, QUARTER)


def actions(*changes):
    usual = {
        "plan_id": "open", "goal_id": "g1", "owner": "person", "agreed_on": "2026-01-10",
        "due_on": None, "done_on": None, "reminders": 1, "adjusted_on": None,
        "adjusted_how": None,
    }  # fmt: skip
    frame = pd.DataFrame([{**usual, **change} for change in changes])
    dates = {name: pd.to_datetime(frame[name]) for name in frame if name.endswith("_on")}
    ids = [f"a{number}" for number in range(len(frame))]
    frame = frame.assign(**dates, plan_action_id=ids)
    return frame.astype({"adjusted_how": "str", "reminders": "Int64"})


def by_action(*changes, quarter=QUARTER):
    return actions_up_to(actions(*changes), plans_up_to(PLANS, quarter), quarter)


def support(*rows, plan="open"):
    frame = pd.DataFrame(rows, columns=["period_start", "professional_hours"])
    return frame.assign(plan_id=plan, period_start=pd.to_datetime(frame["period_start"]))


# --- plans ---


def test_plans_stand_as_they_stood_at_the_end_of_the_quarter():
    assert BY_PLAN["plan_id"].tolist() == ["open", "closed", "closes later"]
    assert BY_PLAN["open"].tolist() == [True, False, True]
    assert BY_PLAN["closed_on"].notna().tolist() == [False, True, False]
    assert BY_PLAN["closed_as"].tolist() == ["", "goals met", ""]
    assert BY_PLAN["last_day"].tolist() == [END, pd.Timestamp("2026-02-10"), END]
    later = plans_up_to(PLANS, QUARTER.plus(1)).set_index("plan_id")
    assert later["open"].to_dict() == {
        "open": True, "closed": False, "closes later": False, "opens later": True,
    }  # fmt: skip


def test_a_plan_that_closes_on_the_last_day_is_closed():
    plans = PLANS.iloc[[1]].assign(closed_on=END)
    assert not plans_up_to(plans, QUARTER)["open"].iloc[0]


def test_optional_columns_of_plans_may_be_absent():
    plans = plans_up_to(PLANS[["plan_id", "site_id", "practitioner_id", "opened_on"]], QUARTER)
    assert plans["open"].all()
    assert (plans["closed_as"] == "").all()


# --- actions ---


def test_actions_are_done_open_or_ended_by_the_closing_of_their_plan():
    found = by_action(
        {"done_on": "2026-01-30"}, {}, {"plan_id": "closed"}, {"plan_id": "closes later"}
    )
    assert found["event"].tolist() == ["done", "open", "plan closed", "open"]
    assert found["days"].tolist() == [20, 80, 31, 80]
    assert found["site_id"].tolist() == ["A", "A", "A", "B"]
    assert found["practitioner_id"].tolist() == ["1", "1", "1", "2"]
    assert found["quarter"].tolist() == ["2026Q1"] * 4


def test_what_happens_after_the_quarter_is_out_of_sight():
    row = {"done_on": "2026-04-02", "adjusted_on": "2026-04-01", "adjusted_how": "informal"}
    now, later = by_action(row), by_action(row, quarter=QUARTER.plus(1))
    assert now["event"].tolist() == ["open"]
    assert now["done_on"].isna().all()
    assert now["adjusted_how"].tolist() == [""]
    assert now["days"].tolist() == [80]
    assert later["event"].tolist() == ["done"]
    assert later["adjusted_how"].tolist() == ["informal"]
    assert by_action({"agreed_on": "2026-04-01"}).empty


def test_what_is_done_after_its_plan_closed_is_done():
    found = by_action({"plan_id": "closed", "done_on": "2026-02-20"})
    assert found["event"].tolist() == ["done"]
    assert found["days"].tolist() == [41]


def test_an_action_agreed_after_its_plan_closed_has_no_day_of_follow_up():
    found = by_action({"plan_id": "closed", "agreed_on": "2026-03-01"})
    assert found["event"].tolist() == ["plan closed"]
    assert found["days"].tolist() == [0]


def test_actions_of_plans_that_are_not_known_are_left_out():
    assert by_action({"plan_id": "nobody's"}, {"plan_id": "opens later"}).empty


def test_optional_columns_of_actions_may_be_absent():
    few = actions({})[["plan_action_id", "plan_id", "goal_id", "owner", "agreed_on"]]
    found = actions_up_to(few, BY_PLAN, QUARTER)
    assert found["event"].tolist() == ["open"]
    assert found[["due_on", "done_on", "reminders", "adjusted_on"]].isna().all(axis=None)
    assert found["adjusted_how"].tolist() == [""]


def test_reminders_that_are_not_known_are_missing():
    found = by_action({"reminders": None}, {"reminders": 3})
    np.testing.assert_array_equal(found["reminders"], [np.nan, 3.0])


# --- meetings, ownership, outcomes ---


def test_meetings_are_those_held_by_then_on_plans_that_are_known():
    held = pd.DataFrame(
        {
            "plan_id": ["open", "open", "nobody's"],
            "held_on": pd.to_datetime(["2025-12-15", "2026-04-01", "2026-01-01"]),
            "present_person": pd.Series([True, False, True], dtype="boolean"),
        }
    )
    found = meetings_up_to(held, BY_PLAN, QUARTER)
    assert found[["plan_id", "site_id", "quarter"]].to_numpy().tolist() == [["open", "A", "2025Q4"]]
    assert found["present_person"].dtype == bool
    assert found["attended"].isna().all()


def answers(*changes):
    """Answers to every item of a rating; 2 unless said."""
    items = list(INSTRUMENTS["plan_ownership", "1"].items)
    usual = {"plan_id": "open", "rated_on": "2026-01-14", "respondent_role": "person"}
    parts = []
    for change in changes:
        given = {**dict.fromkeys(items, "2"), **change.get("items", {})}
        row = {**usual, **{name: each for name, each in change.items() if name != "items"}}
        parts.append(
            pd.DataFrame({"item_id": items, "response": [given[item] for item in items], **row})
        )
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(
        rated_on=pd.to_datetime(frame["rated_on"]),
        instrument_id="plan_ownership",
        instrument_version="1",
    ).astype({"response": "str"})


def ownership(*changes):
    return score_ownership(value_responses(answers(*changes), INSTRUMENTS), INSTRUMENTS)


def test_ownership_is_the_percent_of_full_points_with_the_reversed_item_turned_round():
    full = dict.fromkeys(INSTRUMENTS["plan_ownership", "1"].items, "4")
    scored = ownership({}, {"respondent_role": "family", "items": full})
    by_role = scored.set_index("respondent_role")["ownership"]
    assert by_role["person"] == pytest.approx(50, abs=EXACT)
    assert by_role["family"] == pytest.approx(100 * 11 / 12, abs=EXACT)
    assert scored.columns.tolist() == [
        "plan_id", "rated_on", "respondent_role", "instrument_id", "instrument_version",
        "ownership", "share_answered", "why_not_scored",
    ]  # fmt: skip
    assert (scored["share_answered"] == 1).all()


def test_too_few_answers_give_no_score_and_the_reason():
    gaps = dict.fromkeys(("own_matters", "own_decided", "own_fits"))
    not_asked = dict.fromkeys(("own_matters", "own_decided", "own_fits"), "na")
    scored = ownership({"items": gaps}, {"plan_id": "closed", "items": not_asked})
    scored = scored.set_index("plan_id")
    assert np.isnan(scored.loc["open", "ownership"])
    assert "80%" in scored.loc["open", "why_not_scored"]
    assert scored.loc["closed", "ownership"] == pytest.approx(50, abs=EXACT)
    found = ownership_up_to(scored.reset_index(), BY_PLAN, QUARTER)
    assert found["plan_id"].tolist() == ["closed"]


def test_ownership_counts_months_from_the_opening_of_the_plan():
    scored = ownership({}, {"rated_on": "2026-04-15"}, {"plan_id": "opens later"})
    found = ownership_up_to(scored, BY_PLAN, QUARTER)
    assert len(found) == 1
    assert found["months"].iloc[0] == pytest.approx(60 / 30.4375, abs=EXACT)
    assert found[["site_id", "practitioner_id", "quarter"]].iloc[0].tolist() == [
        "A", "1", "2026Q1",
    ]  # fmt: skip


def test_outcomes_are_those_of_periods_that_have_begun():
    outcomes = pd.DataFrame(
        {
            "subject": "site",
            "subject_id": "A",
            "period_start": pd.to_datetime(["2026-01-01", "2026-04-01"]),
            "measure": "kept",
            "value": [80.0, 90.0],
        }
    )
    found = outcomes_up_to(outcomes, QUARTER)
    assert found[["value", "quarter"]].to_numpy().tolist() == [[80.0, "2026Q1"]]


# --- outside support ---


def test_only_whole_periods_of_the_follow_up_are_kept():
    months = pd.date_range("2025-11-01", "2026-03-01", freq="MS")
    rows = pd.concat(
        [support(*((month, 1.0) for month in months), plan=plan) for plan in ("open", "closed")]
    )
    found = support_periods(rows, BY_PLAN, by_action({}), QUARTER)
    kept = found.groupby("plan_id")["period_start"].agg(["min", "max"])
    # One opened in the middle of November; the other closed on 10 February.
    assert kept.loc["open"].tolist() == [pd.Timestamp("2025-12-01"), pd.Timestamp("2026-03-01")]
    assert kept.loc["closed"].tolist() == [pd.Timestamp("2025-11-01"), pd.Timestamp("2026-01-01")]
    ends = found.set_index(["plan_id", "period_start"])["period_end"]
    assert ends["open", "2026-02-01"] == pd.Timestamp("2026-02-28")
    assert ends["open", "2026-03-01"] == END  # the usual length: a calendar month
    assert sorted(found["days"]) == [28, 30, 31, 31, 31, 31, 31]
    assert found["contacts"].isna().all()


def test_periods_that_begin_on_other_days_have_the_usual_length_in_days():
    rows = support(("2025-11-15", 1.0), ("2025-11-29", 2.0), ("2025-12-13", 3.0))
    found = support_periods(rows, BY_PLAN, by_action({}), QUARTER)
    assert found["days"].tolist() == [14, 14, 14]
    assert found["months"].tolist() == pytest.approx([0, 14 / 30.4375, 28 / 30.4375], abs=EXACT)


def test_a_period_that_is_missing_does_not_lengthen_the_one_before_it():
    rows = support(("2025-12-01", 1.0), ("2026-01-01", 1.0), ("2026-03-01", 1.0))
    rows = pd.concat(
        [
            rows,
            support(
                *((month, 1.0) for month in pd.date_range("2025-12-01", periods=3, freq="MS")),
                plan="closes later",
            ),
        ]
    )
    found = support_periods(rows, BY_PLAN, by_action({}), QUARTER)
    ends = found[found["plan_id"] == "open"]["period_end"].tolist()
    assert ends == [pd.Timestamp(day) for day in ("2025-12-31", "2026-01-31", "2026-03-31")]


def test_days_at_risk_and_actions_done_are_counted_by_hand():
    found = support_periods(
        support(("2026-01-01", 5.0), ("2026-02-01", 6.0), ("2026-03-01", 7.0)),
        BY_PLAN,
        by_action(
            {"agreed_on": "2026-01-10", "done_on": "2026-02-05"},
            {"agreed_on": "2025-12-20"},
            {"agreed_on": "2026-02-28", "done_on": "2026-03-01"},
            {"agreed_on": "2026-01-10", "done_on": "2026-01-10"},
            {"plan_id": "closes later"},
        ),
        QUARTER,
    )
    assert found["open_actions"].tolist() == [3, 3, 2]
    assert found["open_days"].tolist() == [21 + 31, 5 + 28, 31 + 1]
    assert found["done"].tolist() == [1, 1, 1]


def test_days_at_risk_sum_to_the_days_of_the_actions():
    """Where periods cover all of a plan's follow-up, no day is lost and none counted twice."""
    rng = np.random.default_rng(4)
    days = pd.date_range("2025-12-01", END)
    changes = []
    for _ in range(60):
        first, last = sorted(rng.integers(0, len(days), 2))
        done = days[last] if rng.random() < 0.6 else None
        changes.append({"plan_id": "closes later", "agreed_on": days[first], "done_on": done})
    mine = by_action(*changes)
    months = ((day, 1.0) for day in pd.date_range("2025-12-01", "2026-03-01", freq="MS"))
    found = support_periods(support(*months, plan="closes later"), BY_PLAN, mine, QUARTER)
    assert found["open_days"].sum() == mine["days"].sum()
    assert found["done"].sum() == (mine["event"] == "done").sum()


def test_a_plan_without_actions_has_periods_in_which_nothing_is_open():
    found = support_periods(
        support(("2026-01-01", 5.0), ("2026-02-01", 5.0)), BY_PLAN, NOTHING, QUARTER
    )
    assert found[["open_actions", "open_days", "done"]].to_numpy().sum() == 0
    assert len(found) == 2


# --- nothing handed in, and the whole of a network ---


def test_tables_that_were_not_handed_in_give_frames_with_columns():
    none = plans_up_to(NOTHING, QUARTER)
    frames = {
        "plans": (none, plans_up_to(PLANS, QUARTER)),
        "actions": (actions_up_to(NOTHING, none, QUARTER), by_action({})),
        "meetings": (meetings_up_to(NOTHING, BY_PLAN, QUARTER), None),
        "ownership": (ownership_up_to(NOTHING, BY_PLAN, QUARTER), None),
        "outcomes": (outcomes_up_to(NOTHING, QUARTER), None),
        "support": (
            support_periods(NOTHING, none, NOTHING, QUARTER),
            support_periods(support(("2026-01-01", 5.0)), BY_PLAN, by_action({}), QUARTER),
        ),
    }
    for name, (empty, full) in frames.items():
        assert empty.empty, name
        assert len(empty.columns) >= 6, name
        if full is not None:
            assert empty.columns.tolist() == full.columns.tolist(), name
            assert (empty.dtypes == full.dtypes).all(), name
    assert actions_up_to(actions({}), none, QUARTER).empty
    assert meetings_up_to(NOTHING, none, QUARTER).empty
    assert score_ownership(NOTHING, INSTRUMENTS).columns.tolist()[5] == "ownership"


@pytest.fixture(scope="module")
def simulated():
    parameters = NetworkParameters(sites=4)
    _, practitioners, observations, effects = simulate_growth(parameters, 2)
    return simulate_plans(practitioners, effects.by_site, observations, parameters, 2)


def test_open_actions_of_a_network_are_censored_on_the_last_day(simulated):
    quarter = Quarter(2026, 1)
    plans = plans_up_to(simulated.plans, quarter)
    found = actions_up_to(simulated.plan_actions, plans, quarter)
    every = simulated.plan_actions.set_index("plan_action_id")["done_on"]
    later = found["plan_action_id"].map(every) > END
    assert later.sum() > 10
    assert (found.loc[later, "event"] != "done").all()
    is_open = found["event"] == "open"
    assert is_open.any()
    assert (found["agreed_on"] + pd.to_timedelta(found["days"], unit="D"))[is_open].eq(END).all()
    hidden = simulated.plans.set_index("plan_id")["closed_on"] > END
    assert hidden.sum() > 5
    assert plans.set_index("plan_id")["open"][hidden[hidden].index.intersection(
        plans["plan_id"])].all()  # fmt: skip


def test_periods_of_a_network_are_calendar_months_that_do_not_overlap(simulated):
    quarter = Quarter(2026, 3)
    plans = plans_up_to(simulated.plans, quarter)
    mine = actions_up_to(simulated.plan_actions, plans, quarter)
    found = support_periods(simulated.external_support, plans, mine, quarter)
    assert len(found) > 200
    assert (found["period_start"].dt.day == 1).all()
    assert (found["period_end"] == found["period_start"] + pd.offsets.MonthEnd(0)).all()
    assert found["days"].between(28, 31).all()
    assert (found["months"] >= 0).all()
    assert (found["done"] <= found["open_actions"]).all()
    assert (found["open_days"] <= found["open_actions"] * found["days"]).all()
    assert found["period_end"].max() == pd.Timestamp("2026-09-30")
