"""Ownership of plans: trends against R, coverage of planted ones, states, gaps and thin data."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.ownership import QUARTER_COLUMNS, ownership
from workbench.analysis.ownership_design import fit_ownership, ownership_design
from workbench.analysis.ownership_findings import ownership_findings
from workbench.analysis.ownership_gap import GAP, PERSON, gaps_of
from workbench.analysis.ownership_states import (
    FALLING,
    OWNED,
    STATE_COLUMNS,
    WEAK,
    states_by_quarter,
)
from workbench.analysis.ownership_trends import COURSE_COLUMNS, TREND_COLUMNS
from workbench.quarters import Quarter, quarter_labels
from workbench.settings import PlanRules, Thresholds
from workbench.terms import NOT_ENOUGH_EVIDENCE, NOT_ESTIMABLE, REPORTED

REFERENCE = json.loads((Path(__file__).parent / "reference/ownership.json").read_text())
QUARTER = Quarter(2026, 2)  # to 30 June
FIRST_DAY = pd.Timestamp("2025-01-01")
MONTH = 30.4375
EXACT = 1e-12
LIKE_R = 2e-3  # beside lmerTest, whose degrees of freedom come from numerical derivatives
NETWORKS = 10
FEWEST_COVERED = 7  # of 10 at 95%: fewer than 7 has a chance of 1 in 970
FEWEST_SITES_COVERED = 0.86  # of 60; the study looks at many more
SITES, PEOPLE, PLANS_EACH = 6, 36, 3
FALL, RISE = -2.0, 0.3
MOST_NAMED_WRONGLY = 0.02
LEAST_NAMED = 0.5
EMPTY = pd.DataFrame()


def rows_of(plans, ratings):
    """Frames as the panels give them, from plans and (plan, day, role, ownership)."""
    by_plan = pd.DataFrame(plans, columns=["plan_id", "site_id", "practitioner_id", "opened_on"])
    by_plan["opened_on"] = pd.to_datetime(by_plan["opened_on"])
    by_plan["closed_on"] = pd.NaT
    rated = pd.DataFrame(ratings, columns=["plan_id", "rated_on", "respondent_role", "ownership"])
    rated["rated_on"] = pd.to_datetime(rated["rated_on"])
    rated = rated.merge(by_plan.drop(columns="closed_on"), on="plan_id")
    months = (rated["rated_on"] - rated["opened_on"]).dt.days / MONTH
    quarter = quarter_labels(rated["rated_on"])
    return rated.assign(months=months, quarter=quarter).drop(columns="opened_on"), by_plan


@cache
def network(seed, fall, rise, level=75.0, sd=6.0):
    """Plans rated by the person and a professional at the opening and every quarter after it."""
    random = np.random.default_rng(seed)
    people = [f"W{one:02d}" for one in range(PEOPLE)]
    shared = random.normal(0, 3, PEOPLE)
    moves = random.normal(0, 0.2, PEOPLE)
    plans, ratings = [], []
    for number in range(PEOPLE * PLANS_EACH):
        mine = number % PEOPLE
        opened = FIRST_DAY + pd.Timedelta(days=int(random.integers(0, 330)))
        plan = f"P{number:03d}"
        plans.append((plan, f"S{mine % SITES}", people[mine], opened))
        start = level + shared[mine] + random.normal(0, sd)
        own = moves[mine] + random.normal(0, 0.3)
        for round_number in range(6):
            day = opened + pd.Timedelta(days=91 * round_number + int(random.integers(0, 10)))
            if day > pd.Timestamp(QUARTER.last_day):
                break
            months = (day - opened).days / MONTH
            for role, slope, beside in ((PERSON, fall, 0.0), ("professional", rise, 4.0)):
                said = start + beside + (own + slope) * months + random.normal(0, 5)
                ratings.append((plan, day, role, float(np.clip(said, 0, 100))))
    return rows_of(plans, ratings)


@cache
def found(seed, fall, rise):
    """Look at a network's trends, and its states at the end of the last quarter."""
    return ownership(*network(seed, fall, rise), QUARTER, quarters=1)


def covers(row, truth):
    return row["slope_low"] <= truth <= row["slope_high"]


def network_row(result, what):
    table = result.trends
    return table[(table["scope"] == "network") & (table["what"] == what)].iloc[0]


# --- against R ---


@pytest.fixture(scope="module")
def like_r():
    rows = pd.DataFrame(REFERENCE["rows"])
    plans = rows[["plan_id", "site_id", "practitioner_id"]].drop_duplicates()
    plans = plans.assign(opened_on=FIRST_DAY)
    days = FIRST_DAY + pd.to_timedelta(rows["days"], unit="D")
    ratings = rows[["plan_id"]].assign(rated_on=days, respondent_role=PERSON)
    rated, by_plan = rows_of(
        plans.to_numpy(), ratings.assign(ownership=rows["ownership"]).to_numpy()
    )
    return rated.astype({"ownership": float}), by_plan


def test_the_model_is_that_of_lme4(like_r):
    fit, design = fit_ownership(like_r[0])
    assert design.left_out == {}
    assert design.formula == (
        "ownership ~ months + (1 + months | plan_id) + (1 + months | practitioner_id)"
    )
    assert fit.criterion == pytest.approx(REFERENCE["criterion"], abs=1e-5)


def test_level_and_trend_with_their_intervals_are_those_of_lmertest(like_r):
    trends = ownership(*like_r, QUARTER, quarters=0).trends
    for row in trends[trends["what"] == PERSON].to_dict("records"):
        site = row["site_id"]
        expected = REFERENCE["sites"][site] if site else REFERENCE["network"]
        for name in ("level", "slope"):
            assert row[name] == pytest.approx(expected[name]["estimate"], rel=LIKE_R)
            assert row[f"{name}_low"] == pytest.approx(expected[name]["conf_low"], rel=LIKE_R)
            assert row[f"{name}_high"] == pytest.approx(expected[name]["conf_high"], rel=LIKE_R)
    assert (trends["what"] == PERSON).sum() == 4


# --- simulated truth ---


def test_planted_trends_of_network_sites_and_gap_are_covered():
    whole, gaps, sites = 0, 0, []
    for seed in range(NETWORKS):
        result = found(seed, FALL, RISE)
        whole += covers(network_row(result, PERSON), FALL)
        gaps += covers(network_row(result, GAP), RISE - FALL)
        by_site = result.trends[
            (result.trends["scope"] == "site") & (result.trends["what"] == PERSON)
        ]
        sites += [covers(row, FALL) for row in by_site.to_dict("records")]
    assert whole >= FEWEST_COVERED
    assert gaps >= FEWEST_COVERED
    assert len(sites) == NETWORKS * SITES
    assert np.mean(sites) >= FEWEST_SITES_COVERED


def test_without_decay_hardly_any_plan_is_named_weak_or_falling():
    named = pd.concat([found(seed, 0.0, 0.0).now for seed in range(4)])["state"]
    assert len(named) > 200
    assert named.isin([WEAK, FALLING]).mean() <= MOST_NAMED_WRONGLY


def test_with_decay_most_plans_rated_often_enough_are_named():
    states = pd.concat([found(seed, FALL, RISE).now for seed in range(NETWORKS)])
    often = states[states["n_ratings"] >= 3]
    assert often["state"].isin([WEAK, FALLING]).mean() >= LEAST_NAMED
    assert (states["state"] == OWNED).mean() <= MOST_NAMED_WRONGLY


# --- states ---


def test_states_rest_on_the_ratings_up_to_each_quarter_alone():
    rated, by_plan = network(3, FALL, RISE)
    whole = ownership(rated, by_plan, QUARTER, quarters=3).of_plans
    earlier = Quarter(2026, 1)
    person = rated[rated["respondent_role"] == PERSON].copy()
    after = person["rated_on"] > pd.Timestamp(earlier.last_day)
    person.loc[after, "ownership"] = 0.0
    alone = states_by_quarter(person, by_plan, earlier, PlanRules(), Thresholds(), 2)
    pd.testing.assert_frame_equal(
        alone, whole[whole["quarter"] <= str(earlier)].reset_index(drop=True)
    )


def test_a_plan_rated_once_is_never_falling_and_one_rated_long_ago_is_nothing():
    rated, by_plan = network(4, FALL, RISE)
    cut = pd.Timestamp("2026-02-01")
    last = rated.groupby(["plan_id", "respondent_role"])["rated_on"].transform("max")
    few, long_ago = rated["plan_id"] < "P020", rated["plan_id"] > "P090"
    kept = (few & (rated["rated_on"] == last)) | (~few & (~long_ago | (rated["rated_on"] < cut)))
    states = ownership(rated[kept], by_plan, QUARTER, quarters=1).now
    once = states[states["n_ratings"] == 1]
    assert len(once) >= 20
    assert not once["falling"].any()
    stale = states[states["last_rated_on"] < cut]
    assert len(stale) > 10
    assert set(stale["state"]) == {NOT_ENOUGH_EVIDENCE}


def test_closed_plans_have_no_state_after_they_closed():
    rated, by_plan = network(5, 0.0, 0.0)
    closed = by_plan.assign(closed_on=by_plan["closed_on"].astype("datetime64[us]"))
    closed.loc[closed["plan_id"] == "P001", "closed_on"] = pd.Timestamp("2026-02-10")
    states = ownership(rated, closed, QUARTER, quarters=3).of_plans
    assert set(states.loc[states["plan_id"] == "P001", "quarter"]) == {"2025Q4"}


# --- gaps ---


def test_a_gap_takes_the_nearest_rating_within_two_weeks_and_each_rating_once():
    rated, _ = rows_of(
        [("a", "A", "w", "2025-01-01"), ("b", "A", "w", "2025-01-01")],
        [
            ("a", "2025-02-01", PERSON, 50.0),
            ("a", "2025-02-10", PERSON, 40.0),
            ("a", "2025-02-11", "professional", 70.0),
            ("a", "2025-05-01", PERSON, 50.0),
            ("a", "2025-05-15", "professional", 55.0),
            ("a", "2025-08-01", PERSON, 50.0),
            ("a", "2025-08-16", "professional", 90.0),
            ("b", "2025-02-01", "professional", 90.0),
            ("b", "2025-02-01", "family", 20.0),
        ],
    )
    gaps = gaps_of(rated)
    assert gaps["ownership"].tolist() == [30.0, 5.0]
    assert gaps["rated_on"].dt.strftime("%m-%d").tolist() == ["02-10", "05-01"]
    assert set(gaps["plan_id"]) == {"a"}


# --- what the ratings can carry ---


def test_plans_rated_once_carry_no_trend_and_the_reason_says_so():
    rated, by_plan = network(6, 0.0, 0.0)
    first = rated.drop_duplicates(["plan_id", "respondent_role"])
    result = ownership(first, by_plan, QUARTER)
    row = network_row(result, PERSON)
    assert np.isnan(row["slope"])
    assert "none of 108 plans were rated on two days or more" in row["reason"]
    assert set(result.now["state"]) == {NOT_ENOUGH_EVIDENCE}
    finding = ownership_findings(result)[0]
    assert finding.status == NOT_ESTIMABLE
    assert len(result.by_quarter)


def test_slopes_of_plans_are_left_out_where_each_was_rated_twice():
    rated, _ = network(6, 0.0, 0.0)
    person = rated[rated["respondent_role"] == PERSON]
    twice = person.groupby("plan_id").head(2)
    design = ownership_design(twice)
    assert "(1 | plan_id)" in design.formula
    assert "were rated 3 times or more" in design.left_out["slopes of plans"]


def test_practitioners_with_one_plan_each_are_not_told_from_their_plans():
    rated, _ = network(6, 0.0, 0.0)
    person = rated[rated["respondent_role"] == PERSON]
    design = ownership_design(person.assign(practitioner_id=person["plan_id"]))
    assert "practitioner_id" not in design.formula
    assert "differences between practitioners" in design.left_out


def test_the_level_at_six_months_is_withheld_where_nobody_was_rated_then():
    rated, by_plan = network(6, 0.0, 0.0)
    early = rated[rated["months"] < 4]
    row = network_row(ownership(early, by_plan, QUARTER, quarters=0), PERSON)
    assert np.isnan(row["level"])
    assert np.isfinite(row["slope"])
    assert "six months" in row["reason"]


# --- tables and findings ---


def test_quarterly_means_are_those_of_the_ratings():
    rated, _ = network(2, 0.0, 0.0)
    table = found(2, 0.0, 0.0).by_quarter
    mine = rated[
        (rated["site_id"] == "S1")
        & (rated["quarter"] == "2025Q4")
        & (rated["respondent_role"] == PERSON)
    ]
    row = table[
        (table["site_id"] == "S1")
        & (table["quarter"] == "2025Q4")
        & (table["respondent_role"] == PERSON)
    ].iloc[0]
    assert row["ownership"] == pytest.approx(mine["ownership"].mean(), abs=EXACT)
    assert row["n_ratings"] == len(mine)
    assert row["n_plans"] == mine["plan_id"].nunique()
    assert row["n_practitioners"] == mine["practitioner_id"].nunique()
    assert row["ownership_low"] < row["ownership"] < row["ownership_high"]


def test_no_table_has_a_plan_and_all_have_their_columns_and_counts():
    result = found(8, FALL, RISE)
    columns = {
        "ownership_by_quarter": QUARTER_COLUMNS,
        "ownership_trends": TREND_COLUMNS,
        "ownership_course": COURSE_COLUMNS,
    }
    for frames in (result.tables(), ownership(EMPTY, EMPTY, QUARTER).tables()):
        assert {name: list(frame.columns) for name, frame in frames.items()} == columns
        assert not any("plan_id" in frame.columns for frame in frames.values())
    course = result.course
    assert set(course["what"]) == {PERSON, "professional", GAP}
    assert course["n_plans"].min() > 0
    assert list(result.of_plans.columns) == STATE_COLUMNS


def test_findings_name_the_fall_and_the_widening_gap_with_their_numbers():
    findings = ownership_findings(found(9, FALL, RISE))
    assert [one.id for one in findings] == [
        *["plans.ownership"] * (SITES + 1),
        "plans.ownership_gap",
    ]
    whole, gap = findings[0], findings[-1]
    assert "ownership of the plan falls as months go by" in whole.statement
    assert whole.conf_low < FALL < whole.conf_high
    assert whole.action_prompt
    assert whole.best_practice
    assert "come to see more ownership than the person does" in gap.statement
    assert gap.conf_low > 0
    for one in findings:
        assert one.status == REPORTED
        assert one.n > one.n_plans > one.n_practitioners > 0
        assert "95% interval" in one.statement
        assert one.unit == "points a month within a plan"


def test_without_decay_no_step_is_asked_for():
    findings = ownership_findings(found(1, 0.0, 0.0))
    assert "No sure movement" in findings[0].statement
    assert findings[0].action_prompt == ""
    assert findings[-1].action_prompt == ""


@pytest.mark.parametrize("part", ["nothing", "no plans", "one rating", "one role", "one site"])
def test_thin_data_give_reasons_and_never_an_error(part):
    rated, by_plan = network(11, 0.0, 0.0)
    rated, by_plan = {
        "nothing": (EMPTY, EMPTY),
        "no plans": (rated, EMPTY),
        "one rating": (rated.head(1), by_plan),
        "one role": (rated[rated["respondent_role"] == "family"], by_plan),
        "one site": (rated[rated["site_id"] == "S1"], by_plan),
    }[part]
    result = ownership(rated, by_plan, QUARTER, quarters=1)
    findings = ownership_findings(result, ["S1"])
    assert [one.site_id for one in findings] == ["", "S1", ""]
    if part != "one site":
        assert {one.status for one in findings} == {NOT_ESTIMABLE}
        assert all(one.reason for one in findings)
