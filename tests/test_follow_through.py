"""Follow-through by hand, with open actions that never fail, and against planted truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench import terms
from workbench.analysis.follow_through import FollowThrough, follow_through
from workbench.analysis.follow_through_findings import follow_through_findings
from workbench.analysis.follow_through_hazard import hazard_of, hazard_rows
from workbench.analysis.follow_through_rows import stretch_rows
from workbench.analysis.follow_through_shares import clustered_share, share_done, share_tables
from workbench.analysis.follow_through_states import (
    actions_adjusted,
    actions_state,
    goals_beside_moving,
    overdue_share,
    states_of,
)
from workbench.data.plan_panels import actions_up_to, plans_up_to
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.data.synthetic_plan_parameters import planted_plans
from workbench.data.synthetic_plans import simulate_plans
from workbench.quarters import Quarter, quarter_labels
from workbench.settings import PlanRules

EXACT = 1e-12
EXAMPLES = 15
SEED = 31
SITES = 6
QUARTER = Quarter(2026, 2)
END = pd.Timestamp("2026-06-30")
RULES = PlanRules()
LIMITS = (3.5, 0.25)  # standard errors; log odds of a stretch

IDS = {
    "plans.follow_through", "plans.direction", "plans.owner", "plans.overdue", "plans.adjusted",
    "plans.faded",
}  # fmt: skip
NETWORK_ONLY = {"plans.owner", "plans.adjusted"}


def plans_of(*rows):
    """Plans from (plan, practitioner, opened, closed or None), all at site A."""
    frame = pd.DataFrame(rows, columns=["plan_id", "practitioner_id", "opened_on", "closed_on"])
    days = {name: pd.to_datetime(frame[name]) for name in ("opened_on", "closed_on")}
    return plans_up_to(frame.assign(site_id="A", **days), QUARTER)


def actions_of(plans, *rows):
    """Actions from dicts with plan, goal, agreed, and what else there is."""
    frame = pd.DataFrame(rows)
    names = {"plan": "plan_id", "goal": "goal_id", "agreed": "agreed_on", "due": "due_on",
             "done": "done_on", "changed": "adjusted_on", "how": "adjusted_how"}  # fmt: skip
    frame = frame.rename(columns=names).reindex(columns=[*names.values(), "owner"])
    for day in ("agreed_on", "due_on", "done_on", "adjusted_on"):
        frame[day] = pd.to_datetime(frame[day])
    frame = frame.assign(
        plan_action_id=[f"A{n}" for n in range(len(frame))],
        owner=frame["owner"].astype("str").fillna("person"),
        goal_id=frame["goal_id"].astype("str").fillna("G"),
        adjusted_how=frame["adjusted_how"].astype("str"),
    )
    return actions_up_to(frame, plans, QUARTER)


@pytest.fixture(scope="module")
def network():
    truth = replace(planted_plans("none"), hazard_trend=-0.10)
    parameters = NetworkParameters(sites=SITES, planted_sites=(), plans=truth)
    _, people, seen, effects = simulate_growth(parameters, SEED)
    plans = simulate_plans(people, effects.by_site, seen, parameters, SEED)
    first = Quarter.from_label(parameters.first_quarter)
    last = first.plus(parameters.quarters - 1)
    by_plan = plans_up_to(plans.plans, last)
    return actions_up_to(plans.plan_actions, by_plan, last), by_plan, last, truth


@pytest.fixture(scope="module")
def result(network):
    by_action, by_plan, last, _ = network
    return follow_through(by_action, by_plan, last, RULES)


# --- open is never failure ---


def drawn_actions(rows):
    frame = pd.DataFrame(rows, columns=["days", "event", "practitioner_id"])
    return frame.astype({"practitioner_id": "str"})


actions = some.lists(
    some.tuples(
        some.integers(1, 95),
        some.sampled_from(["done", "plan closed", "open"]),
        some.integers(0, 5),
    ),
    min_size=10,
    max_size=40,
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(actions, some.integers(1, 30))
def test_actions_open_since_today_never_change_the_share_done(rows, added):
    before = share_done(drawn_actions(rows), [30, 60, 90])
    opened = [(0, "open", number % 6) for number in range(added)]
    after = share_done(drawn_actions(rows + opened), [30, 60, 90])
    np.testing.assert_allclose(
        before[["share", "closed_first"]].to_numpy(float),
        after[["share", "closed_first"]].to_numpy(float),
        atol=EXACT,
    )
    assert (after["n_open"] == before["n_open"] + added).all()


def test_open_actions_add_no_stretch_that_they_were_not_seen_through():
    plans = plans_of(["P", "1", "2026-01-01", None], ["Q", "1", "2026-01-01", "2026-06-20"])
    found = actions_of(
        plans,
        {"plan": "P", "agreed": "2026-06-20"},  # open for 10 days: no stretch
        {"plan": "P", "agreed": "2026-06-20", "done": "2026-06-25"},  # done, and no stretch either
        {"plan": "P", "agreed": "2026-06-10"},  # open for 20 days: one
        {"plan": "P", "agreed": "2026-05-01", "done": "2026-05-31"},  # day 30: two
        {"plan": "P", "agreed": "2026-05-01", "done": "2026-05-01"},  # day 0: the first
        {"plan": "Q", "agreed": "2026-06-01"},  # the plan closed on day 19: one
    )
    rows = stretch_rows(found, plans)
    by_action = rows.groupby("plan_action_id")["done"].agg(["size", "sum"])
    assert by_action.loc[["A2", "A3", "A4", "A5"]].to_numpy().tolist() == [
        [1, 0], [2, 1], [1, 1], [1, 0],
    ]  # fmt: skip
    assert set(by_action.index) == {"A2", "A3", "A4", "A5"}


# --- shares ---


def test_the_share_done_is_worked_out_by_hand():
    rows = [(10, "done", n) for n in range(6)] + [(20, "plan closed", n) for n in range(3)]
    rows += [(25, "open", 0)] + [(90, "open", n) for n in range(5)]
    found = share_done(drawn_actions(rows), [30, 60]).iloc[0]
    assert found["share"] == pytest.approx(6 / 15)
    assert found["closed_first"] == pytest.approx(3 / 15)
    assert (found["n_actions"], found["n_open"]) == (15, 1)
    assert found["share_low"] < 0.4 < found["share_high"]


def test_actions_counted_four_times_over_say_no_more():
    # Half of the practitioners get nearly all done, and the others next to nothing.
    rows = [
        (5 + n // 12, "done", n % 12) if n % 12 < 6 or n // 12 == 2 else (60, "open", n % 12)
        for n in range(96)
    ]
    ends = ["share_low", "share_high"]
    once = share_done(drawn_actions(rows), [30])[ends].to_numpy(float)
    often = share_done(drawn_actions(rows * 4), [30])[ends].to_numpy(float)
    assert np.ptp(often) >= 0.9 * np.ptp(once)


def test_none_or_all_done_has_wilsons_interval_and_few_have_none():
    none = share_done(drawn_actions([(95, "open", n % 4) for n in range(20)]), [30]).iloc[0]
    assert none["share"] == 0
    assert none["share_low"] == pytest.approx(0, abs=EXACT)
    assert 0.1 < none["share_high"] < 0.2
    few = share_done(drawn_actions([(5, "done", 1)] * 9), [30]).iloc[0]
    assert np.isnan(few["share"])
    assert "only 9 actions" in few["reason"]
    two = share_done(drawn_actions([(5, "done", n % 2) for n in range(20)]), [30]).iloc[0]
    assert np.isnan(two["share_low"])
    assert "practitioners" in two["reason"]


def test_actions_agreed_long_ago_make_no_share_of_now():
    plans = plans_of(*([f"P{n}", str(n), "2024-01-01", None] for n in range(4)))
    rows = [{"plan": f"P{n % 4}", "agreed": "2025-06-01"} for n in range(20)]
    rows += [{"plan": f"P{n % 4}", "agreed": "2025-08-01", "done": "2025-08-09"} for n in range(12)]
    table = share_tables(actions_of(plans, *rows), QUARTER)["follow_through"]
    assert set(table["n_actions"]) == {12}
    assert set(table["share"]) == {1.0}
    assert set(table["owner"]) == {"all", "person"}


def test_a_share_over_clusters_is_wilsons_where_clusters_are_alike():
    counts = pd.Series([True, False] * 10)
    share, low, high = clustered_share(counts, pd.Series(range(20)))
    assert share == 0.5
    assert low + high == pytest.approx(1)
    _, wide, _ = clustered_share(pd.Series([True] * 10 + [False] * 10), pd.Series(range(20)) // 5)
    assert wide < low
    assert np.isnan(clustered_share(counts, pd.Series([1, 2] * 10))[1])


# --- where actions stand ---


def test_overdue_and_undone_are_told_apart():
    plans = plans_of(
        ["P", "1", "2026-01-01", None], ["Q", "2", "2026-01-01", None],
        ["R", "3", "2026-01-01", "2026-05-01"],
    )  # fmt: skip
    start = "2026-04-01"
    found = actions_of(
        plans,
        {"plan": "P", "agreed": start, "due": "2026-05-01", "done": "2026-05-01"},
        {"plan": "P", "agreed": start, "due": "2026-05-01", "done": "2026-05-02"},
        {"plan": "P", "agreed": start, "done": "2026-05-02"},
        {"plan": "Q", "agreed": start, "due": "2026-06-29"},
        {"plan": "Q", "agreed": start, "due": "2026-06-30"},
        {"plan": "Q", "agreed": start},
        {"plan": "R", "agreed": start, "due": "2026-04-20"},
    )
    assert states_of(found, QUARTER).tolist() == [
        "done on time", "done late", "done, no due date", "overdue", "open, not yet due",
        "open, no due date", "plan closed first",
    ]  # fmt: skip
    table = actions_state(found, QUARTER).query("scope == 'network'")
    assert table["actions"].tolist() == [1] * 7
    assert table["share"].sum() == pytest.approx(1)
    overdue = overdue_share(found, QUARTER).iloc[0]
    assert (overdue["actions"], overdue["n_actions"], overdue["n_plans"]) == (1, 2, 1)


def test_only_changes_known_to_be_agreed_or_informal_count():
    plans = plans_of(*([f"P{n}", str(n), "2026-01-01", None] for n in range(3)))
    day = {"agreed": "2026-04-01", "changed": "2026-05-01"}
    found = actions_of(
        plans,
        *({"plan": f"P{n}", **day, "how": "informal"} for n in range(3)),
        {"plan": "P0", **day, "how": "agreed"},
        {"plan": "P0", **day},
        {"plan": "P0", "agreed": "2026-04-01"},
    )
    table = actions_adjusted(found, QUARTER).query("scope == 'network'").set_index("how")
    assert table["actions"].to_dict() == {"agreed": 1, "informal": 3}
    assert set(table["n_actions"]) == {4}
    assert table["n_plans"].to_dict() == {"agreed": 1, "informal": 3}


def test_a_goal_fades_only_beside_one_that_moves():
    plans = plans_of(
        ["P", "1", "2026-01-01", None],  # one goal moves, one does not
        ["Q", "1", "2026-01-01", None],  # nothing moves
        ["R", "2", "2026-06-01", None],  # open for too short a time
        ["S", "2", "2026-01-01", "2026-06-20"],  # closed
        ["T", "3", "2026-01-01", None],  # the still goal has nothing left to do; the other moved
        ["U", "3", "2026-01-01", None],  # both move, one by being changed
    )
    early, late = "2026-02-01", "2026-06-01"
    still = [{"plan": plan, "goal": f"{plan}1", "agreed": early} for plan in "PQS"]
    still += [{"plan": "R", "goal": "R1", "agreed": late}]
    moving = [{"plan": plan, "goal": f"{plan}2", "agreed": early, "done": late} for plan in "PRSTU"]
    more = [
        {"plan": "Q", "goal": "Q2", "agreed": early, "done": "2026-03-01"},
        {"plan": "P", "goal": "P2", "agreed": early},
        {"plan": "T", "goal": "T1", "agreed": early, "done": "2026-02-20"},
        {"plan": "U", "goal": "U1", "agreed": early, "changed": late, "how": "informal"},
    ]
    goals = goals_beside_moving(actions_of(plans, *still, *moving, *more), plans, QUARTER, 60)
    assert goals.set_index("goal_id")["faded"].to_dict() == {"P1": True, "U1": False}


# --- planted truth ---


def test_the_hazards_are_near_what_was_planted(network, result):
    truth = network[3]
    found = result.hazard.found.set_index("term")
    error = (found["conf_high"] - found["conf_low"]) / 2 / 1.96
    for owner in ("family", "natural support", "professional"):
        term = f"owner_{owner.replace(' ', '_')}"
        gap = found["estimate"][term] - truth.owner_effects[owner]
        assert abs(gap) < LIMITS[0] * error[term]
    assert abs(found["estimate"]["quarters"] + 0.10) < LIMITS[0] * error["quarters"]
    mix = sum(truth.owners[role] * truth.owner_effects[role] for role in truth.owners)
    for place, hazard in enumerate(truth.hazards):
        planted = np.log(hazard / (1 - hazard)) + mix
        assert abs(found["estimate"][f"s{place + 1}"] - planted) < max(
            LIMITS[0] * error[f"s{place + 1}"], LIMITS[1]
        )
    assert "(1 | practitioner_id)" in result.hazard.model
    assert "(1 | plan_id)" in result.hazard.model


def test_a_fall_over_cohorts_is_told(result):
    row = result.trend.iloc[0]
    assert row["scope"] == "network"
    assert row["slope_high"] < 1
    sites = result.trend[result.trend["scope"] == "site"]
    assert len(sites) == SITES
    assert (sites["reason"] != "").sum() + sites["slope"].notna().sum() == SITES
    finding = {one.id: one for one in follow_through_findings(result, [])}["plans.direction"]
    assert "less readily" in finding.statement
    assert finding.action_prompt


def test_a_stretch_with_nothing_done_is_left_out_and_said(network):
    by_action, by_plan, _, _ = network
    rows = hazard_rows(by_action, by_plan)
    rows = rows.assign(done=rows["done"] & (rows["stretch"] < 5))
    found = hazard_of(rows, with_sites=False)
    assert "the stretch days 61 to 75" in found.left_out
    assert set(found.found["term"]) & {"s5", "s6"} == set()
    assert found.table()["reason"].str.contains("days 76 to 90").all()


# --- tables and findings ---


def test_no_table_shows_a_plan_or_a_practitioner(result):
    for name, table in result.tables().items():
        assert not {"plan_id", "practitioner_id", "plan_action_id", "goal_id"} & set(table), name
        assert {"n_plans", "n_practitioners"} <= set(table), name
        assert len(table), name


def test_findings_carry_who_stands_behind_them(result):
    found = follow_through_findings(result)
    assert {one.id for one in found} == IDS
    assert len({(one.id, one.site_id) for one in found}) == len(found)
    for one in found:
        assert one.n_plans is not None
        assert one.n_practitioners is not None
        assert one.evidence.startswith("tables/")
        assert not any(word in one.statement for word in ("cause", "leads to", "fail ", "because"))
        if one.status == terms.REPORTED:
            assert one.conf_low <= one.estimate <= one.conf_high
            assert one.unit
            assert one.n > 0
        assert bool(one.action_prompt) == bool(one.best_practice)
    assert {one.id for one in found if one.site_id} == IDS - NETWORK_ONLY


def test_the_curve_and_the_table_agree(result):
    curve, table = result.curve, result.shares
    keys = ["scope", "site_id", "owner", "days"]
    both = table.merge(curve, on=keys, suffixes=("", "_curve"))
    assert len(both) == len(table)
    pd.testing.assert_series_equal(both["share"], both["share_curve"], check_names=False)


@pytest.mark.parametrize("missing", ["both", "actions", "plans"])
def test_missing_tables_give_reasons(network, missing):
    by_action, by_plan, last, _ = network
    found = follow_through(
        by_action if missing == "plans" else pd.DataFrame(),
        by_plan if missing == "actions" else pd.DataFrame(),
        last,
        RULES,
    )
    assert {name: list(table.columns) for name, table in found.tables().items()} == {
        name: list(table.columns) for name, table in FollowThrough().tables().items()
    }
    assert all(table.empty for table in found.tables().values())
    findings = follow_through_findings(found, ["A"])
    assert all(one.status == terms.NOT_ESTIMABLE for one in findings)
    assert {one.id for one in findings} == IDS


def test_thin_data_give_reasons_and_no_numbers():
    plans = plans_of(["P", "1", "2026-01-01", None])
    found = follow_through(
        actions_of(plans, {"plan": "P", "agreed": "2026-06-29"}), plans, QUARTER, RULES
    )
    for one in follow_through_findings(found):
        assert one.status == terms.NOT_ESTIMABLE
        assert one.reason
    assert found.by_quarter["quarter"].tolist() == quarter_labels(pd.Series([END, END])).tolist()
