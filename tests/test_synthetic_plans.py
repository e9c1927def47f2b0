"""Plans of the example network against the truth behind them."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench.data.extracts import Extract
from workbench.data.instruments import load_instruments
from workbench.data.quality import check
from workbench.data.readers import read_csv
from workbench.data.schemas import load_schemas
from workbench.data.scoring import score_ownership, value_responses
from workbench.data.synthetic import (
    EXAMPLE_SEED,
    NetworkParameters,
    simulate_growth,
    simulate_network,
    write_example,
)
from workbench.data.synthetic_plan_parameters import PlanParameters, planted_plans
from workbench.data.synthetic_plans import simulate_plans
from workbench.data.synthetic_plans_openings import DAYS_IN_A_MONTH, Calendar
from workbench.data.synthetic_plans_outcomes import KEPT, STAYED
from workbench.data.synthetic_plans_ownership import ownership_responses
from workbench.data.synthetic_streams import streams_of
from workbench.errors import ParameterError

SEED = 3
STRETCH = 15
STANDARD_ERRORS = 3.5
EXACT = 1e-12
SHARE_TOLERANCE = 0.02
RELATIVE_TOLERANCE = 0.08
POINTS_OF_A_STEP = 100 / 48
"""Twelve items of 0 to 4: a score moves by steps of so many percent, a little more with gaps."""
STILL = {
    "hazard_practitioner_sd": 0.0,
    "hazard_plan_sd": 0.0,
    "hazard_trend": 0.0,
    "hazard_fidelity_link": 0.0,
    "owner_effects": dict.fromkeys(("person", "family", "natural support", "professional"), 0.0),
    "share_goals_fading": 0.0,
    "carried_sites": (),
}
"""Every action has the hazards as they are given."""
MANY = {"plans_a_practitioner": 6.0}
EXAMPLE_TABLES = {
    "plans": (400, 600),
    "plan_meetings": (3000, 4500),
    "plan_actions": (3500, 5500),
    "ownership_responses": (25_000, 40_000),
    "external_support": (3000, 5000),
    "outcomes": (800, 1300),
}

# Great Expectations imports a module of the standard library that is deprecated.
imports_great_expectations = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def simulated(seed=SEED, sites=12, quarters=12, **changes):
    parameters = NetworkParameters(sites=sites, quarters=quarters, plans=PlanParameters(**changes))
    _, practitioners, observations, effects = simulate_growth(parameters, seed)
    return simulate_plans(practitioners, effects.by_site, observations, parameters, seed)


@pytest.fixture(scope="module")
def network():
    return simulate_network()


@pytest.fixture(scope="module")
def example():
    """The example's plans as frames with dates."""
    parameters = NetworkParameters()
    _, practitioners, observations, effects = simulate_growth(parameters, EXAMPLE_SEED)
    return simulate_plans(practitioners, effects.by_site, observations, parameters, EXAMPLE_SEED)


def followed(result):
    """Actions with the days on which they were done (missing if not) and were last followed."""
    last = result.plans.set_index("plan_id")["closed_on"].fillna(pd.Timestamp("2026-09-30"))
    actions = result.plan_actions
    days = (actions["done_on"] - actions["agreed_on"]).dt.days
    seen = (actions["plan_id"].map(last) - actions["agreed_on"]).dt.days
    return actions.assign(days=days, seen=seen)


def stretches(result, count=6):
    """One row an action and stretch that could be seen as a whole while it was open."""
    actions = followed(result)
    parts = []
    for number in range(count):
        start, end = STRETCH * number, STRETCH * (number + 1)
        whole = (actions["seen"] >= end) & ~(actions["days"] <= start)
        here = actions[whole].assign(number=number, done=actions["days"].le(end))
        parts.append(here.assign(begins=here["agreed_on"] + pd.Timedelta(days=start)))
    return pd.concat(parts, ignore_index=True)


def logistic(design, done):
    """Coefficients and standard errors of a plain logistic regression, by Newton's method."""
    coefficients = np.zeros(design.shape[1])
    for _ in range(25):
        fitted = 1 / (1 + np.exp(-design @ coefficients))
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        coefficients = coefficients + np.linalg.solve(information, design.T @ (done - fitted))
    return coefficients, np.sqrt(np.diag(np.linalg.inv(information)))


def close(estimate, truth, error):
    return abs(estimate - truth) < STANDARD_ERRORS * error


# --- what becomes of what was agreed ---


def test_hazards_by_stretch_are_those_that_were_planted():
    hazards = (0.30, 0.25, 0.18, 0.12, 0.08, 0.06)
    rows = stretches(simulated(hazards=hazards, **STILL, **MANY))
    found = rows.groupby("number")["done"].agg(["mean", "size"])
    for number, hazard in enumerate(hazards):
        error = np.sqrt(hazard * (1 - hazard) / found.loc[number, "size"])
        assert close(found.loc[number, "mean"], hazard, error)
    assert found["size"].min() > 1000


def test_the_last_hazard_holds_for_all_stretches_after_it():
    rows = stretches(simulated(hazards=(0.4, 0.1), **STILL, **MANY), count=8)
    later = rows[rows["number"] >= 1]
    error = np.sqrt(0.1 * 0.9 / len(later))
    assert close(later["done"].mean(), 0.1, error)


def test_days_within_a_stretch_are_all_equally_likely():
    days = followed(simulated(**STILL, **MANY))
    days = days.loc[(days["seen"] >= STRETCH) & (days["days"] <= STRETCH), "days"]
    counts = days.value_counts().reindex(range(1, STRETCH + 1)).to_numpy()
    expected = len(days) / STRETCH
    assert ((counts - expected) ** 2 / expected).sum() < 36.1  # 0.999 of chi-squared with 14
    assert days.min() == 1


def test_owner_trend_and_fidelity_are_in_the_odds():
    truth = {**STILL, "hazard_trend": -0.15, "hazard_fidelity_link": 0.6}
    truth["owner_effects"] = {
        "person": 0.0, "family": 0.4, "natural support": -0.4, "professional": 1.0,
    }  # fmt: skip
    result = simulated(hazards=(0.2,), **truth, **MANY)
    rows = stretches(result)
    fidelity = result.truth["by_action"].set_index("plan_action_id")["fidelity"]
    quarter = (rows["agreed_on"].dt.year * 4 + rows["agreed_on"].dt.quarter).to_numpy()
    design = np.column_stack(
        [
            np.ones(len(rows)),
            quarter - (quarter.min() + 3.5),
            rows["plan_action_id"].map(fidelity),
            *(rows["owner"] == name for name in list(truth["owner_effects"])[1:]),
        ]
    ).astype(float)
    found, errors = logistic(design, rows["done"].to_numpy(float))
    expected = [np.log(0.2 / 0.8), -0.15, 0.6, 0.4, -0.4, 1.0]
    for estimate, true, error in zip(found, expected, errors, strict=True):
        assert close(estimate, true, error)
    assert errors[2] < 0.1


@pytest.mark.parametrize("dependence", [0.0, 1.2])
def test_dependence_is_found_again_by_a_plain_logistic_regression(dependence):
    result = simulated(
        hazards=(0.2,), **{**STILL, "all_carried": True}, **MANY,
        dependence_where_carried=dependence, share_missed_where_carried=0.08,
    )  # fmt: skip
    rows = stretches(result)
    # Within one calendar month the hours that count are known whatever the day.
    first, last = rows["begins"] + pd.Timedelta(days=1), rows["begins"] + pd.Timedelta(days=15)
    rows = rows[first.dt.month == last.dt.month].assign(period_start=first.dt.to_period("M"))
    months = result.truth["by_month"]
    months = months.assign(period_start=months["period_start"].dt.to_period("M"))
    rows = rows.merge(months, on=["plan_id", "period_start"], validate="m:1")
    design = np.column_stack([np.ones(len(rows)), rows["relative"]])
    found, errors = logistic(design, rows["done"].to_numpy(float))
    assert close(found[1], dependence, errors[1])
    assert errors[1] < 0.05


def test_plans_and_practitioners_differ_as_they_should(example):
    by_plan, people = example.truth["by_plan"], example.truth["by_practitioner"]
    assert by_plan["plan_effect"].std() == pytest.approx(0.4, rel=0.12)
    assert people["hazard_effect"].std() == pytest.approx(0.3, rel=0.2)
    found = by_plan["practitioner_effect"] + by_plan["plan_effect"]
    np.testing.assert_allclose(found, by_plan["base_level"], atol=EXACT)
    own = people.set_index("practitioner_id")["hazard_effect"]
    np.testing.assert_allclose(
        by_plan["practitioner_id"].map(own), by_plan["practitioner_effect"], atol=EXACT
    )


def test_nothing_of_a_faded_goal_is_done_from_the_stretch_after_it_has_faded():
    result = simulated(share_goals_fading=0.5)
    goals = result.truth["by_goal"].set_index("goal_id")["faded_on"]
    actions = result.plan_actions.assign(faded=result.plan_actions["goal_id"].map(goals))
    done = actions.dropna(subset=["done_on", "faded"])
    assert ((done["done_on"] - done["faded"]).dt.days < STRETCH).all()
    assert goals.notna().mean() == pytest.approx(0.5, abs=0.06)
    assert simulated(share_goals_fading=0.0).truth["by_goal"]["faded_on"].isna().all()


# --- plans, meetings and what is written down ---


def test_the_example_has_the_sizes_it_should(network):
    for name, (fewest, most) in EXAMPLE_TABLES.items():
        assert fewest <= len(network.tables[name]) <= most, name


def test_dates_keep_their_order_and_lie_in_the_record(example):
    plans = example.plans.set_index("plan_id")
    start, end = pd.Timestamp("2024-10-01"), pd.Timestamp("2026-09-30")
    assert plans["opened_on"].between(start, end).all()
    assert not (plans["closed_on"] > end).any()
    last = plans["closed_on"].fillna(end)
    for frame, day in ((example.plan_actions, "agreed_on"), (example.plan_meetings, "held_on"),
                       (example.ownership_scores, "rated_on")):  # fmt: skip
        assert (frame[day] >= frame["plan_id"].map(plans["opened_on"])).all()
        assert (frame[day] <= frame["plan_id"].map(last)).all()
    actions = example.plan_actions
    for column in ("done_on", "adjusted_on"):
        assert not (actions[column] > actions["plan_id"].map(last)).any()
        assert not (actions[column] < actions["agreed_on"]).any()
    due = (actions["due_on"] - actions["agreed_on"]).dt.days.dropna()
    assert (due.min(), due.max()) == (14, 45)
    held = example.plan_meetings[["plan_id", "held_on"]]
    met = actions.merge(held, left_on=["plan_id", "agreed_on"], right_on=["plan_id", "held_on"])
    assert len(met) == len(actions)


def test_open_plans_have_no_end_and_closed_ones_a_word_for_it(example):
    plans = example.plans
    assert (plans["closed_on"].notna() == plans["closed_as"].notna()).all()
    assert 0.2 < plans["closed_on"].isna().mean() < 0.5
    assert {"goals met", "moved away", "left the service"} <= set(plans["closed_as"].dropna())
    first = example.plan_meetings.groupby("plan_id")["held_on"].min()
    assert (plans.set_index("plan_id")["opened_on"] == first).all()


def test_shares_are_those_that_were_planted():
    result = simulated(**MANY)
    actions, meetings = result.plan_actions, result.plan_meetings
    owners = actions["owner"].value_counts(normalize=True)
    for owner, share in PlanParameters().owners.items():
        assert owners[owner] == pytest.approx(share, abs=SHARE_TOLERANCE)
    assert meetings["present_person"].mean() == pytest.approx(0.85, abs=SHARE_TOLERANCE)
    assert len(actions) / len(meetings) == pytest.approx(1.2, rel=0.03)
    carried = actions["plan_id"].map(result.truth["by_plan"].set_index("plan_id")["carried"])
    due = actions["due_on"].notna().groupby(carried).mean()
    assert due[False] == pytest.approx(0.95, abs=SHARE_TOLERANCE)
    assert due[True] == pytest.approx(0.98, abs=SHARE_TOLERANCE)
    adjusted = actions["adjusted_on"].notna()
    assert adjusted.mean() == pytest.approx(0.15, abs=SHARE_TOLERANCE)
    assert (actions["adjusted_how"].notna() == adjusted).all()
    informal = (actions.loc[adjusted, "adjusted_how"] == "informal").mean()
    assert informal == pytest.approx(0.40, abs=2 * SHARE_TOLERANCE)


def test_meetings_at_carried_sites_are_in_order(example):
    meetings = example.plan_meetings
    gaps = meetings.groupby("plan_id")["held_on"].diff().dt.days
    carried = meetings["plan_id"].map(example.truth["by_plan"].set_index("plan_id")["carried"])
    assert gaps[carried].max() <= 50
    assert gaps[~carried].max() > 50


# --- outside support ---


def test_support_has_one_row_a_month_in_which_the_plan_was_open(example):
    support, plans = example.external_support, example.plans.set_index("plan_id")
    assert not support.duplicated(["plan_id", "period_start"]).any()
    assert (support["period_start"].dt.day == 1).all()
    last = plans["closed_on"].fillna(pd.Timestamp("2026-09-30"))
    expected = (
        (last.dt.year - plans["opened_on"].dt.year) * 12
        + last.dt.month - plans["opened_on"].dt.month + 1
    )  # fmt: skip
    pd.testing.assert_series_equal(
        support.groupby("plan_id").size(), expected, check_names=False, check_dtype=False
    )


def test_hours_spread_about_the_usual_and_halve_where_they_are_tapered():
    result = simulated(**MANY)
    by_plan = result.truth["by_plan"].set_index("plan_id")
    months = result.truth["by_month"]
    middle = months["period_start"] + pd.Timedelta(days=15)
    tapered = (middle >= months["plan_id"].map(by_plan["tapered_on"])).rename("tapered")
    relative = months["relative"].groupby(tapered).agg(["mean", "std"])
    assert relative.loc[False, "mean"] == pytest.approx(0, abs=0.02)
    assert relative.loc[True, "mean"] == pytest.approx(-1, abs=0.03)
    assert relative.loc[False, "std"] * np.log(2) == pytest.approx(0.5, rel=0.03)
    logs = np.log(by_plan["usual_hours"])
    assert logs.mean() == pytest.approx(np.log(10), abs=0.05)
    assert logs.std() == pytest.approx(0.4, rel=RELATIVE_TOLERANCE)
    contacts = result.external_support["contacts"].sum()
    hours = result.external_support["professional_hours"].sum()
    assert contacts / hours == pytest.approx(0.8, rel=0.02)


def test_reminders_of_actions_and_of_months_are_the_same_reminders(example):
    of_actions = example.plan_actions.groupby("plan_id")["reminders"].sum()
    of_months = example.external_support.groupby("plan_id")["reminders"].sum()
    pd.testing.assert_series_equal(
        of_actions, of_months.reindex(of_actions.index), check_dtype=False
    )
    actions = followed(example)
    slow = actions["days"].fillna(actions["seen"])
    assert actions["reminders"].corr(slow) > 0.5


def test_reminders_grow_at_carried_sites_only(example):
    by_plan = example.truth["by_plan"].set_index("plan_id")
    assert set(by_plan.groupby("carried")["reminder_growth"].first()) == {0.0, 0.15}
    result = simulated(**MANY, reminders_plan_sd=0.0)
    actions = followed(result)
    open_for = actions["days"].fillna(actions["seen"]) / DAYS_IN_A_MONTH
    middle = actions["agreed_on"] + pd.to_timedelta(open_for * DAYS_IN_A_MONTH / 2, unit="D")
    quarters = (middle - pd.Timestamp("2024-10-01")).dt.days / (365.25 / 4)
    carried = actions["plan_id"].map(result.truth["by_plan"].set_index("plan_id")["carried"])
    expected = 0.6 * np.exp(np.where(carried, 0.15, 0.0) * quarters) * open_for
    for group in (True, False):
        mine = carried == group
        total = actions.loc[mine, "reminders"].sum()
        assert total == pytest.approx(expected[mine].sum(), rel=0.04)


# --- ownership ---


def test_ownership_has_the_levels_slopes_and_spreads_that_were_planted():
    result = simulated(**MANY, carried_sites=(0, 1, 2, 3, 4, 5))
    by_plan = result.truth["by_plan"].set_index("plan_id")
    rows = result.ownership_scores
    own = by_plan.loc[rows["plan_id"]].reset_index()
    months = (rows["rated_on"] - rows["plan_id"].map(
        result.plans.set_index("plan_id")["opened_on"])).dt.days / DAYS_IN_A_MONTH  # fmt: skip
    inside = rows["ownership"].between(0.1, 99.9)
    for carried, slopes in ((False, (0.2, 0.2)), (True, (-2.0, 0.3))):
        for role, slope, level in zip(("person", "professional"), slopes, (62, 66), strict=True):
            mine = inside & (own["carried"] == carried) & (rows["respondent_role"] == role)
            design = np.column_stack([np.ones(mine.sum()), months[mine]])
            found, rest, *_ = np.linalg.lstsq(design, rows.loc[mine, "ownership"], rcond=None)
            assert found[1] == pytest.approx(slope, abs=0.2)
            assert found[0] == pytest.approx(level, abs=1.5)
            spread = np.sqrt(10**2 + 4**2 + 3**2 + 6**2 + 0.4**2 * (months[mine] ** 2).mean())
            assert np.sqrt(rest[0] / mine.sum()) == pytest.approx(spread, rel=0.08)


def test_each_role_answers_in_its_share_of_the_rounds(example):
    plans = example.plans
    last = plans["closed_on"].fillna(pd.Timestamp("2026-09-30"))
    # A round of which every day lies in the follow-up.
    rounds = ((last - plans["opened_on"]).dt.days - 10) // 91.3125 + 1
    counts = example.ownership_scores["respondent_role"].value_counts() / rounds.clip(0).sum()
    assert counts["person"] == pytest.approx(0.9, abs=0.06)
    assert counts["professional"] == pytest.approx(0.9, abs=0.06)
    assert counts["family"] + counts["natural support"] == pytest.approx(0.25, abs=0.05)


def test_scored_answers_are_as_near_to_what_was_planted_as_whole_points_allow(example):
    instruments = load_instruments()
    instrument = instruments["plan_ownership", "1"]
    parameters = NetworkParameters()
    latent = example.ownership_scores.head(600)
    random = np.random.Generator(np.random.PCG64(1))
    responses = ownership_responses(latent, instrument, parameters, random)
    assert len(responses) == 12 * len(latent)
    assert set(responses["response"].dropna()) == {"0", "1", "2", "3", "4", "na"}
    scored = score_ownership(value_responses(responses, instruments), instruments)
    assert (scored["why_not_scored"] == "").all()
    keys = ["plan_id", "rated_on", "respondent_role"]
    both = latent.merge(scored, on=keys, suffixes=("", "_scored"), validate="1:1")
    assert len(both) == len(latent)
    # Gaps leave at least 10 of 12 items: half a step of 40 points at the most.
    difference = (both["ownership_scored"] - both["ownership"]).abs()
    assert difference.max() <= 100 / 40 / 2 + 1e-9
    assert difference.mean() < POINTS_OF_A_STEP / 2


def test_ownership_falls_at_carried_sites_while_everything_is_in_order(example):
    rows = example.ownership_scores.merge(example.truth["by_plan"], on="plan_id")
    opened = rows["plan_id"].map(example.plans.set_index("plan_id")["opened_on"])
    late = (rows["rated_on"] - opened).dt.days > 200
    means = rows[late].groupby(["carried", "respondent_role"])["ownership"].mean()
    assert means[True, "person"] < 52 < 60 < means[False, "person"]
    assert means[True, "professional"] > 62
    assert set(rows.loc[rows["carried"], "site_id"]) == {"007", "010"}


# --- outcomes ---


def test_outcomes_rest_on_fidelity_within_and_between_practitioners():
    result = simulated(
        sites=60, outcome_practitioner_sd=2.0, outcome_sd=2.0, outcome_base=60.0, **MANY
    )
    levels = result.truth["practice"]
    first = pd.Timestamp("2023-10-01")
    rows = result.outcomes[result.outcomes["measure"] == STAYED]
    months = (rows["period_start"].dt.year - first.year) * 12 + rows["period_start"].dt.month
    number = (months - first.month) // 3 - 1
    rows = rows.assign(number=number, practitioner_id=rows["subject_id"]).merge(
        levels, on=["practitioner_id", "number"], validate="1:1"
    )
    mean = rows["practitioner_id"].map(levels.groupby("practitioner_id")["fidelity"].mean())
    design = np.column_stack([np.ones(len(rows)), rows["fidelity"] - mean, mean])
    found, rest, *_ = np.linalg.lstsq(design, rows["value"], rcond=None)
    error = np.sqrt(rest[0] / len(rows) * np.diag(np.linalg.inv(design.T @ design)))
    assert close(found[1], 0.5, error[1])
    assert found[2] == pytest.approx(0.3, abs=0.08)  # practitioners' own effects are in its error
    assert error[1] < 0.05


def test_outcomes_of_sites_have_no_link_unless_it_is_planted():
    def correlation(link):
        result = simulated(sites=20, site_outcome_link=link, site_outcome_site_sd=0.0)
        rows = result.outcomes[result.outcomes["measure"] == KEPT]
        plain = simulated(sites=20, site_outcome_link=0.0, site_outcome_site_sd=0.0)
        base = plain.outcomes[plain.outcomes["measure"] == KEPT]
        return (rows["value"] - base["value"]).abs().mean(), len(rows)

    assert correlation(0.0) == (0.0, 20 * 8)
    assert correlation(0.5)[0] > 0.5


def test_outcomes_have_one_row_a_practitioner_in_service_and_quarter(network):
    outcomes = network.outcomes
    assert not outcomes.duplicated(["subject", "subject_id", "period_start", "measure"]).any()
    assert set(outcomes["subject"]) == {"practitioner", "site"}
    assert outcomes["period_start"].nunique() == 8
    people = outcomes.loc[outcomes["subject"] == "practitioner", "subject_id"]
    assert set(people) <= set(network.practitioners["practitioner_id"])


# --- the network around it ---


def test_plans_leave_every_other_table_as_it_was():
    small = NetworkParameters(sites=3, quarters=4)
    without = dataclasses.replace(small, plans=PlanParameters(quarters_recorded=0))
    on, off = simulate_network(small, 1).tables, simulate_network(without, 1).tables
    assert set(on) - set(off) == set(EXAMPLE_TABLES)
    for name, table in off.items():
        pd.testing.assert_frame_equal(table, on[name])


def test_what_is_planted_in_one_part_leaves_the_luck_of_the_others():
    one, two = simulated(), simulated(dependence_where_carried=0.0, ownership_level=50.0)
    for name in ("plans", "plan_meetings", "outcomes"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    hours = ["plan_id", "period_start", "professional_hours"]
    pd.testing.assert_frame_equal(one.external_support[hours], two.external_support[hours])
    assert not one.plan_actions.equals(two.plan_actions)


def test_same_seed_gives_the_same_plans_and_another_seed_others():
    pd.testing.assert_frame_equal(simulated().plan_actions, simulated().plan_actions)
    assert not simulated().plan_actions.equals(simulated(seed=4).plan_actions)


def test_the_network_hands_in_what_was_simulated(network, example):
    assert list(network.plans["plan_id"]) == list(example.plans["plan_id"])
    assert network.truth["parameters"]["plans"]["dependence_where_carried"] == 1.2
    pd.testing.assert_frame_equal(
        network.truth["plans"]["ownership_scores"], example.ownership_scores
    )
    by_plan = network.truth["plans"]["by_plan"]
    assert (by_plan["dependent"] == by_plan["site_id"].isin(["007", "010"])).all()


@pytest.mark.parametrize(
    ("sites", "quarters", "changes"),
    [
        (1, 1, {}),
        (2, 4, {"quarters_recorded": 0}),
        (2, 4, {"plans_a_practitioner": 0.0}),
        (2, 4, {"actions_a_meeting": 0.0}),
        (2, 4, {"asked": dict.fromkeys(("person", "family", "natural support", "professional"),
                                       0.0)}),
    ],
)  # fmt: skip
def test_a_network_with_little_in_it_has_tables_with_columns(sites, quarters, changes):
    result = simulated(sites=sites, quarters=quarters, **changes)
    for name in ("plans", "plan_actions", "ownership_scores", "external_support", "outcomes"):
        assert len(getattr(result, name).columns) >= 4
    parameters = NetworkParameters(sites=sites, quarters=quarters, plans=PlanParameters(**changes))
    assert set(simulate_network(parameters, SEED).tables) >= {"sites", "practitioners"}


@imports_great_expectations
def test_the_six_tables_pass_every_rule(tmp_path):
    parameters = NetworkParameters(sites=3, quarters=8)
    files = write_example(tmp_path, parameters, messy=False).files
    extracts = []
    for path in files:
        if path.stem not in {"sites", "practitioners", *EXAMPLE_TABLES}:
            continue
        text = read_csv(path, path.name)
        extracts.append(Extract(path.stem, text.frame, text.source, text.fingerprint))
    report = check(extracts, load_schemas(), load_instruments(), dt.date(2026, 10, 1))
    mine = report.rules[report.rules["table"].isin(EXAMPLE_TABLES)]
    assert set(mine["table"]) == set(EXAMPLE_TABLES)
    # Some actions have no due date and some answers are empty, on purpose: notes, and no row is
    # set aside for them.
    noted = mine[mine["rows_failed"] > 0]
    assert set(noted["rule_id"]) == {"PA11", "OR09"}
    assert set(noted["severity"]) == {"info"}
    assert not mine["status"].eq("error").any()
    assert report.accounting["set_aside"].sum() == 0


# --- parameters ---


@pytest.mark.parametrize("kind", ["none", "dependent", "carried sites", "owned"])
def test_kinds_plant_what_they_say(kind):
    plans = planted_plans(kind)
    result = simulated(**{f.name: getattr(plans, f.name) for f in dataclasses.fields(plans)})
    by_plan = result.truth["by_plan"]
    share = by_plan["dependent"].mean()
    assert {"none": share == 0, "owned": share == 0, "dependent": share == 1}.get(
        kind, 0 < share < 0.5
    )
    assert (plans.hazard_fidelity_link == 0) == (kind != "carried sites")
    assert by_plan["ownership_slope"].mean() == pytest.approx(
        {"none": 0.0, "owned": 0.5, "dependent": -2.0, "carried sites": -0.15}[kind], abs=0.15
    )


def test_an_unknown_kind_is_refused():
    with pytest.raises(ParameterError, match="Available: none, dependent"):
        planted_plans("lost")


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("share_goals_fading", 1.1),
        ("hazard_plan_sd", -0.1),
        ("hazards", (0.0, 0.2)),
        ("hazards", ()),
        ("owners", {"person": 1.0}),
        ("owners", {"person": 0.5, "family": 0.5, "natural support": 0.5, "professional": 0.5}),
        ("asked", {"person": 2.0, "family": 0.5, "natural support": 0.5, "professional": 0.5}),
        ("plans_a_practitioner", -1.0),
        ("hours_a_month", -1.0),
        ("most_goals", 1),
        ("link_rests_on", "hope"),
    ],
)
def test_impossible_parameters_are_refused_by_name(entry, value):
    with pytest.raises(ParameterError, match=entry):
        PlanParameters(**{entry: value})


def test_the_link_may_rest_on_ratings():
    practice, ratings = simulated(), simulated(link_rests_on="ratings")
    one, two = (result.truth["practice"]["fidelity"] for result in (practice, ratings))
    assert one.corr(two) > 0.6
    assert two.std() > one.std()


def test_the_record_is_the_end_of_the_series():
    calendar = Calendar.of(NetworkParameters())
    assert calendar.start == pd.Timestamp("2024-10-01")
    assert calendar.days == 730
    assert calendar.before == 4
    assert list(calendar.quarter_of(np.array([0, 91, 92, 729]))) == [0, 0, 1, 7]
    assert streams_of(1).plans.random() == streams_of(1).plans.random()
