"""Compliant but not owned: every clause by hand, counts, since when, and what is given away."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.compliance import compliance
from workbench.analysis.compliance_counts import COMPLIANCE_COLUMNS, SINCE_COLUMNS
from workbench.analysis.compliance_findings import compliance_findings, more_than_chance
from workbench.models.proportions import wilson_interval
from workbench.quarters import Quarter
from workbench.settings import PlanRules
from workbench.terms import NOT_ESTIMABLE, REPORTED

QUARTER = Quarter(2026, 2)  # to 30 June
END = pd.Timestamp(QUARTER.last_day)
RULES = PlanRules(meeting_every_days=45)
EXACT = 1e-12
EMPTY = pd.DataFrame()
STATES = ["plan_id", "quarter", "last_rated_on", "weak", "falling"]


def ago(days):
    return END - pd.Timedelta(days=days)


def plans(*ids, opened=200, closed=None, site="A"):
    return pd.DataFrame(
        {
            "plan_id": list(ids),
            "site_id": site,
            "practitioner_id": [f"w{one}" for one in ids],
            "opened_on": ago(opened),
            "closed_on": pd.NaT if closed is None else ago(closed),
        }
    ).astype({"closed_on": "datetime64[us]"})


def meetings(*days, plan="a", present=True):
    present = [present] * len(days) if isinstance(present, bool) else present
    rows = [(plan, ago(day), came) for day, came in zip(days, present, strict=True)]
    return pd.DataFrame(rows, columns=["plan_id", "held_on", "present_person"])


def actions(*rows, plan="a"):
    """Actions; each row is days ago, owner, and whether there is a due date."""
    found = [(plan, who, ago(day), ago(0) if due else pd.NaT) for day, who, due in rows]
    return pd.DataFrame(found, columns=["plan_id", "owner", "agreed_on", "due_on"])


def states(*ids, asked=30, weak=False, falling=False, quarter=QUARTER):
    return pd.DataFrame(
        {
            "plan_id": list(ids),
            "quarter": str(quarter),
            "last_rated_on": ago(asked),
            "weak": weak,
            "falling": falling,
        }
    )


HELD = meetings(80, 50, 20)
BOTH = actions((60, "person", True), (10, "family", True))


def judged(by_plan=None, held=HELD, agreed=BOTH, named=None):
    """Judge plan a at the end of the quarter."""
    by_plan = plans("a") if by_plan is None else by_plan
    named = states("a") if named is None else named
    found = compliance(by_plan, held, agreed, named, QUARTER, RULES).of_plans
    return found[found["quarter"] == str(QUARTER)].iloc[0]


# --- every clause ---


def test_a_plan_with_meetings_person_papers_and_rating_is_in_order():
    row = judged()
    assert row["in_order"]
    assert not row["not_owned"]


@pytest.mark.parametrize(
    ("days", "meets"),
    [
        ((80, 50, 20), True),
        ((90, 45, 0), True),
        ((45,), True),  # 45 days from the start of the 90, and 45 to the end
        ((44,), False),  # 46 days from the start
        ((46,), False),  # 46 days to the end
        ((80, 34), False),  # 46 days between the two
        ((80, 35), True),
        ((120, 95), False),  # none within the 90 days
    ],
)
def test_its_team_met_at_least_every_45_days_of_the_last_90(days, meets):
    # A first meeting long ago, so that records go back beyond the 90 days.
    held = pd.concat([meetings(*days), meetings(170, plan="other")])
    assert judged(held=held)["meets"] == meets


@pytest.mark.parametrize(("days", "meets"), [((20,), True), ((60,), False), ((46, 30), True)])
def test_a_younger_plan_is_looked_at_since_it_opened(days, meets):
    held = pd.concat([meetings(*days), meetings(170, plan="other")])
    assert judged(by_plan=plans("a", opened=60), held=held)["meets"] == meets


def test_a_plan_younger_than_the_time_to_the_next_meeting_is_not_judged():
    young = judged(by_plan=plans("a", opened=44), held=meetings(20, 10))
    assert not young["judged"]
    assert not young["in_order"]
    assert judged(by_plan=plans("a", opened=45), held=meetings(20, 10))["in_order"]


@pytest.mark.parametrize(
    ("present", "came"),
    [([False, False, True], True), ([False, False, False], False), ([True, False, False], True)],
)
def test_the_person_was_present_at_one_meeting_at_least(present, came):
    row = judged(held=meetings(80, 50, 20, present=present))
    assert row["person_present"] == came
    assert row["in_order"] == came


def test_presence_before_the_time_looked_at_does_not_count():
    held = meetings(130, 80, 50, 20, present=[True, False, False, False])
    assert not judged(held=held)["person_present"]


@pytest.mark.parametrize(
    ("agreed", "kept"),
    [
        (actions((60, "person", True), (10, "", True)), False),
        (actions((60, "person", True), (10, None, True)), False),
        (actions((60, "person", True), (10, "family", False)), False),
        (actions((60, "person", True), (120, "family", False)), True),  # agreed long before
        (actions((60, "person", False), (10, "family", False)), True),  # none has a due date
        (actions((60, "person", False), (10, "", False)), False),
        (BOTH.drop(columns="due_on"), True),
        (EMPTY, True),
    ],
)
def test_every_action_of_the_time_has_owner_and_due_date(agreed, kept):
    row = judged(agreed=agreed)
    assert row["papers"] == kept
    assert row["in_order"] == kept


@pytest.mark.parametrize(("days", "asked"), [(0, True), (120, True), (121, False)])
def test_the_person_was_asked_within_120_days(days, asked):
    assert judged(named=states("a", asked=days))["person_asked"] == asked


def test_a_plan_without_a_state_is_open_and_not_in_order():
    row = judged(named=states("other"))
    assert not row["person_asked"]
    assert not row["in_order"]


@pytest.mark.parametrize(("closed", "counted"), [(None, True), (1, False), (0, False)])
def test_only_plans_open_at_the_end_are_counted(closed, counted):
    by_plan = pd.concat([plans("a", closed=closed), plans("b")])
    found = compliance(by_plan, HELD, BOTH, states("a", "b"), QUARTER, RULES).of_plans
    assert ("a" in set(found["plan_id"])) == counted


@pytest.mark.parametrize(("weak", "falling"), [(True, False), (False, True), (True, True)])
def test_not_owned_is_in_order_and_weak_or_falling(weak, falling):
    named = states("a", weak=weak, falling=falling)
    row = judged(named=named)
    assert (row["weak"], row["falling"], row["not_owned"]) == (weak, falling, True)
    out = judged(held=meetings(85), named=named)
    assert not out["in_order"]
    assert not out["weak"] | out["falling"] | out["not_owned"]


# --- counts ---


def many(count, not_owned, site="A", quarter=QUARTER, prefix="p"):
    """Plans in order, the first of them weak: by_plan, meetings, states."""
    ids = [f"{prefix}{one:03d}" for one in range(count)]
    by_plan = plans(*ids, site=site, opened=800)
    days = [*range(5, 700, 30)]
    held = pd.concat([meetings(*days, plan=one) for one in ids])
    asked = (END - pd.Timestamp(quarter.last_day)).days
    weak = np.arange(count) < not_owned
    return by_plan, held, states(*ids, weak=weak, quarter=quarter, asked=asked + 5)


def test_counts_share_and_interval_are_right_for_a_site():
    by_plan, held, named = many(20, 7)
    result = compliance(by_plan, held, EMPTY, named, QUARTER, RULES)
    row = result.by_quarter[result.by_quarter["scope"] == "site"].iloc[0]
    assert [row[name] for name in ("open_plans", "judged", "in_order", "not_owned")] == [
        20,
        20,
        20,
        7,
    ]
    low, high = wilson_interval(7, 20)
    assert row["share"] == pytest.approx(7 / 20, abs=EXACT)
    assert row["share_low"] == pytest.approx(float(low), abs=EXACT)
    assert row["share_high"] == pytest.approx(float(high), abs=EXACT)
    assert row["n_plans"] == row["n_practitioners"] == 20


def test_the_networks_interval_is_wider_where_sites_differ():
    parts = [many(20, bad, site=site, prefix=site) for site, bad in
             (("A", 20), ("B", 0), ("C", 0), ("D", 0))]  # fmt: skip
    frames = [pd.concat(frames) for frames in zip(*parts, strict=True)]
    result = compliance(frames[0], frames[1], EMPTY, frames[2], QUARTER, RULES)
    row = result.by_quarter[result.by_quarter["scope"] == "network"].iloc[0]
    low, high = wilson_interval(20, 80)
    assert row["share_low"] < low
    assert row["share_high"] > high


def by_quarters(counts):
    """Twenty plans with so many weak at the end of each quarter up to that of the report."""
    parts = [
        many(20, count, quarter=QUARTER.plus(number - len(counts) + 1))
        for number, count in enumerate(counts)
    ]
    named = pd.concat([part[2] for part in parts])
    return compliance(parts[0][0], parts[0][1], EMPTY, named, QUARTER, RULES)


@pytest.mark.parametrize(
    ("counts", "since"),
    [
        ([1, 1, 5, 12], "2026Q1"),
        ([1, 5, 8, 12], "2025Q4"),
        ([1, 8, 1, 12], "2026Q2"),
        ([1, 1, 1, 2], ""),
        ([12, 12, 12, 12], ""),
        ([12], ""),
    ],
)
def test_since_when_the_share_is_above_its_start(counts, since):
    row = by_quarters(counts).since.iloc[0]
    assert row["since"] == since
    assert bool(row["reason"]) == (since == "")


@pytest.mark.parametrize(
    ("counts", "months"), [([1, 1, 5, 12], 0.0), ([6, 6, 6, 6], 9.0), ([0, 6, 6, 12], 6.0)]
)
def test_how_long_the_plans_of_now_have_been_so(counts, months):
    row = by_quarters(counts).since.iloc[0]
    assert row["median_months"] == months
    assert row["n_plans"] == counts[-1]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 300), st.integers(0, 60), st.booleans(), st.booleans(), st.booleans(),
            st.integers(0, 200), st.sampled_from(["A", "B"]),
        ),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_not_owned_are_in_order_are_judged_are_open(rows):
    by_plan, held, named = [], [], []
    for number, (opened, first, present, weak, falling, asked, site) in enumerate(rows):
        plan = f"p{number}"
        by_plan.append(plans(plan, opened=opened, site=site))
        held.append(meetings(first, first + 40, plan=plan, present=present))
        named.append(states(plan, asked=asked, weak=weak, falling=falling))
    result = compliance(
        pd.concat(by_plan), pd.concat(held), EMPTY, pd.concat(named), QUARTER, RULES
    )
    table = result.by_quarter
    assert len(table)
    assert (table["not_owned"] <= table["in_order"]).all()
    assert (table["in_order"] <= table["judged"]).all()
    assert (table["judged"] <= table["open_plans"]).all()
    assert (table[["weak", "falling"]].max(axis=1) <= table["not_owned"]).all()
    assert (table["not_owned"] <= table["weak"] + table["falling"]).all()
    one_each = [one.n_plans for one in compliance_findings(result)]
    assert all(one is not None for one in one_each)


# --- findings ---


@pytest.mark.parametrize(
    ("not_owned", "n_plans", "n_practitioners", "prompted"),
    [
        (12, 8, 12, True),
        (3, 3, 3, False),
        (0, 20, 20, False),
        (18, 2, 18, True),
        (20, 20, 20, True),
    ],
)
def test_a_sentence_carries_the_smallest_count_of_plans_that_it_gives_away(
    not_owned, n_plans, n_practitioners, prompted
):
    by_plan, held, named = many(20, not_owned)
    findings = compliance_findings(compliance(by_plan, held, EMPTY, named, QUARTER, RULES))
    assert [one.site_id for one in findings] == ["", "A"]
    for one in findings:
        assert one.id == "plans.not_owned"
        assert one.status == REPORTED
        assert (one.n_plans, one.n_practitioners) == (n_plans, n_practitioners)
        assert bool(one.action_prompt) == bool(one.best_practice) == prompted
        assert "95% interval" in one.statement
        assert one.estimate == pytest.approx(100 * not_owned / 20)
    lead = "In none of them" if not not_owned else f"{not_owned} of 20 plans in order"
    assert lead in findings[0].statement


def test_no_plan_is_named_in_a_table_or_sentence():
    by_plan, held, named = many(20, 12)
    result = compliance(by_plan, held, EMPTY, named, QUARTER, RULES)
    assert not any("plan_id" in frame.columns for frame in result.tables().values())
    for one in compliance_findings(result):
        assert not any(plan in one.statement for plan in by_plan["plan_id"])


def test_more_than_chance_is_the_binomials_tail():
    assert not more_than_chance(0, 0, 0.9)
    # 1 - pbinom(14, 100, 0.1) = 0.0726 and 1 - pbinom(15, 100, 0.1) = 0.0399 in R
    assert not more_than_chance(15, 100, 0.9)
    assert more_than_chance(16, 100, 0.9)


@pytest.mark.parametrize("lacking", ["plans", "meetings", "states", "all", "too few"])
def test_thin_data_give_reasons_and_never_an_error(lacking):
    by_plan, held, named = many(20, 5)
    parts = {
        "plans": (EMPTY, held, EMPTY, named),
        "meetings": (by_plan, EMPTY, EMPTY, named),
        "states": (by_plan, held, EMPTY, pd.DataFrame(columns=STATES)),
        "all": (EMPTY, EMPTY, EMPTY, EMPTY),
        "too few": (by_plan.head(3), held, EMPTY, named),
    }[lacking]
    result = compliance(*parts, QUARTER, RULES)
    assert list(result.by_quarter.columns) == COMPLIANCE_COLUMNS
    assert list(result.since.columns) == SINCE_COLUMNS
    findings = compliance_findings(result, ["A"])
    assert [one.site_id for one in findings] == ["", "A"]
    assert {one.status for one in findings} == {NOT_ESTIMABLE}
    assert all(one.reason for one in findings)
