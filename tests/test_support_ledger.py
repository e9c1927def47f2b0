"""The support ledger: entries counted by hand, who is in post, and what a plan made due."""

import datetime as dt
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.support_ledger import support_ledger
from workbench.analysis.support_ledger_cells import DAYS_IN_A_MONTH
from workbench.analysis.support_ledger_findings import support_ledger_findings
from workbench.analysis.support_ledger_table import LEDGER_COLUMNS
from workbench.data.panels import SUPPORT_COLUMNS, supports_by_practitioner
from workbench.data.schemas import load_schemas
from workbench.errors import SettingsError
from workbench.quarters import Quarter
from workbench.running.studies import EXAMPLE_SETTINGS
from workbench.settings import SETTINGS_FILE, SupportKind, open_study
from workbench.terms import NOT_ESTIMABLE, REPORTED

QUARTER = Quarter(2024, 1)
EXACT = 1e-12
Z = 1.959963984540054  # the normal quantile of 97.5%


def people(*rows):
    """Practitioners; each row is id, site, hired, left."""
    frame = pd.DataFrame(rows, columns=["practitioner_id", "site_id", "hired_on", "left_on"])
    frame["supervisor_id"] = "s" + frame["site_id"].astype("str")
    for name in ("hired_on", "left_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def acts(*rows):
    """Supports; each row is day, kind, practitioner, site, minutes, focus."""
    names = ["occurred_on", "kind", "practitioner_id", "site_id", "minutes", "focus"]
    frame = pd.DataFrame(rows, columns=names)
    frame["support_id"] = [f"a{number}" for number in range(len(frame))]
    text = ["practitioner_id", "site_id", "focus", "kind"]
    frame[text] = frame[text].astype("str")
    return frame.assign(
        occurred_on=pd.to_datetime(frame["occurred_on"]), minutes=frame["minutes"].astype(float)
    )


def ledger_of(supports, practitioners, quarter=QUARTER, planned=None):
    reached = supports_by_practitioner(supports, practitioners, quarter)
    return support_ledger(reached, supports, practitioners, quarter, planned or {})


def line(found, scope="network", site="", kind="all", quarter="2024Q1"):
    rows = found.ledger
    chosen = (rows["scope"] == scope) & (rows["site_id"] == site)
    return rows[chosen & (rows["kind"] == kind) & (rows["quarter"] == quarter)].iloc[0]


def wilson(count, of):
    middle, half = (count + Z**2 / 2) / (of + Z**2), np.sqrt(count * (of - count) / of + Z**2 / 4)
    return middle - Z * half / (of + Z**2), middle + Z * half / (of + Z**2)


def finding(found, name, site=""):
    every = support_ledger_findings(found)
    return next(one for one in every if one.id == f"reinforcement.{name}" and one.site_id == site)


PEOPLE = people(
    ("p1", "A", "2023-01-01", None),
    ("p2", "A", "2024-02-29", None),  # a leap day
    ("p3", "A", None, "2024-02-01"),
    ("p4", "B", "2023-01-01", None),
    ("p5", "B", "2024-04-01", None),  # in post only after the quarter
)
ACTS = acts(
    ("2024-01-10", "coaching", "p1", None, 60, "skill"),
    ("2024-01-20", "coaching", "p1", None, None, "administrative"),
    ("2024-02-29", "training", None, "A", 120, "mixed"),  # p1 and p2; p3 has left
    ("2024-01-05", "coaching", "p5", None, 30, "skill"),  # about nobody in post
    ("2024-03-01", "training", None, "C", 30, "skill"),  # about nobody at all
    ("2024-04-02", "coaching", "p4", None, 30, "skill"),  # after the quarter
)


@pytest.fixture(scope="module")
def small():
    return ledger_of(ACTS, PEOPLE, planned={"coaching": 2})


# --- the frame of acts ---


def test_an_act_for_a_site_reaches_those_in_post_that_day():
    rows = supports_by_practitioner(ACTS, PEOPLE, QUARTER)
    assert list(rows.columns) == SUPPORT_COLUMNS
    assert rows.loc[rows["support_id"] == "a2", "practitioner_id"].tolist() == ["p1", "p2"]
    assert rows["support_id"].tolist() == ["a3", "a0", "a1", "a2", "a2"]
    assert set(rows["supervisor_id"]) == {"sA", "sB"}
    assert set(rows["quarter"]) == {"2024Q1"}


@pytest.mark.parametrize(
    ("hired", "trained", "left", "reached"),
    [
        (None, None, None, True),
        ("2024-02-10", None, None, True),
        ("2024-02-11", None, None, False),
        (None, "2024-02-11", None, False),
        ("2024-02-10", "2024-03-01", None, True),
        (None, None, "2024-02-09", False),
        (None, None, "2024-02-10", True),
    ],
)
def test_who_is_in_post(hired, trained, left, reached):
    who = people(("p1", "A", hired, left)).assign(trained_on=pd.to_datetime(trained))
    rows = supports_by_practitioner(
        acts(("2024-02-10", "training", None, "A", 1, None)), who, QUARTER
    )
    assert bool(len(rows)) is reached


def test_tables_may_lack_columns_or_be_missing():
    bare = ACTS[["support_id", "occurred_on", "kind", "practitioner_id", "site_id"]]
    who = PEOPLE[["practitioner_id", "site_id"]]
    rows = supports_by_practitioner(bare, who, QUARTER)
    assert list(rows.columns) == SUPPORT_COLUMNS
    assert rows["minutes"].isna().all()
    only_sites = bare.drop(columns="practitioner_id").iloc[[2]]
    assert len(supports_by_practitioner(only_sites, who, QUARTER)) == 3
    for supports, known in ((pd.DataFrame(), who), (bare, pd.DataFrame())):
        empty = supports_by_practitioner(supports, known, QUARTER)
        assert list(empty.columns) == SUPPORT_COLUMNS
        assert empty.empty


# --- the ledger, by hand ---


def test_the_ledger_counts_as_by_hand(small):
    row = line(small)
    assert (row["acts"], row["in_post"], row["covered"], row["without"]) == (3, 4, 2, 2)
    # 91 days in the quarter of a leap year; p2 from 29 February (32 days), p3 to 1 February (32)
    months = (91 + 32 + 32 + 91) / DAYS_IN_A_MONTH
    assert row["acts_a_month"] == pytest.approx(4 / months, rel=EXACT)
    # the coaching without minutes has the mean of its kind, which is 60
    assert row["minutes_a_month"] == pytest.approx((60 + 60 + 120 + 120) / months, rel=EXACT)
    assert row["share_skill"] == pytest.approx((60 + 0 + 60 + 60) / 360, rel=EXACT)
    assert small.acts_given == 5
    assert small.acts_about_nobody == 2


def test_scopes_and_kinds(small):
    assert line(small, "site", "A")["covered"] == 2
    assert line(small, "site", "B")["acts"] == 0
    assert line(small, "team", "A", "training")["acts"] == 1
    assert line(small, "team", "A")["supervisor_id"] == "sA"
    coaching = line(small, kind="coaching")
    assert (coaching["acts"], coaching["covered"]) == (2, 1)
    nothing = line(small, "site", "B", "training")
    assert nothing["coverage"] == 0
    assert np.isnan(nothing["share_skill"])
    low, high = wilson(2, 3)
    site = line(small, "site", "A")
    assert site[["coverage_low", "coverage_high"]].tolist() == pytest.approx([low, high])


def test_only_quarters_with_a_record_and_a_kind_that_is_only_planned_are_there(small):
    assert set(small.ledger["quarter"]) == {"2024Q1"}
    found = ledger_of(ACTS, PEOPLE, planned={"supervision": 1})
    assert line(found, kind="supervision")["covered"] == 0
    old = pd.concat([ACTS, ACTS.iloc[[0]].assign(support_id="z", occurred_on="2010-01-01")])
    old["occurred_on"] = pd.to_datetime(old["occurred_on"])
    assert ledger_of(old, PEOPLE).ledger["quarter"].nunique() == 8


def test_the_network_is_wider_where_sites_differ():
    who = people(*((f"p{n}", f"S{n // 20}", None, None) for n in range(120)))
    supports = acts(
        *(("2024-01-10", "coaching", f"p{n}", None, 30, "skill") for n in range(60))
    )  # three sites whole, three not at all
    row = line(ledger_of(supports, who))
    low, high = wilson(60, 120)
    assert row["coverage_low"] < low
    assert row["coverage_high"] > high


def test_without_minutes_or_focus():
    bare = ACTS.drop(columns=["minutes"])
    row = line(ledger_of(bare, PEOPLE))
    assert np.isnan(row["minutes_a_month"])
    assert row["share_skill"] == pytest.approx((1 + 0 + 0.5 + 0.5) / 4)  # by acts
    found = ledger_of(ACTS.drop(columns=["focus"]), PEOPLE)
    assert np.isnan(line(found)["share_skill"])
    assert "is not recorded" in finding(found, "support").statement


def test_who_got_none_in_two_quarters():
    supports = acts(
        ("2023-11-10", "coaching", "p1", None, 60, "skill"),
        ("2024-01-10", "coaching", "p4", None, 60, "skill"),
    )
    rows = ledger_of(supports, PEOPLE).none.set_index("site_id")
    # in post now: p1 p2 p3 p4; of those p2 was not in post before
    assert rows.loc["", ["none", "in_post"]].tolist() == [3, 4]
    assert rows.loc["", ["none_in_two", "in_post_in_two"]].tolist() == [1, 3]
    assert rows.loc["B", ["none", "none_in_two"]].tolist() == [0, 0]


def test_each_practitioners_own_lines_add_up(small):
    own = small.by_practitioner
    assert set(own["scope"]) == {"practitioner"}
    whole = own[own["kind"] == "all"].set_index("practitioner_id")["acts"]
    assert whole.to_dict() == {"p1": 3, "p2": 1, "p3": 0, "p4": 0}
    assert own[own["kind"] != "all"]["acts"].sum() == 4


days = st.dates(dt.date(2023, 6, 1), dt.date(2024, 6, 30))
person = st.tuples(st.sampled_from("ABC"), st.one_of(st.none(), days), st.one_of(st.none(), days))
act = st.tuples(
    days,
    st.sampled_from(["coaching", "training"]),
    st.one_of(st.none(), st.integers(0, 7)),
    st.sampled_from("ABC"),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(person, min_size=1, max_size=6), st.lists(act, min_size=1, max_size=12))
def test_nobody_and_no_act_is_lost(persons, given_acts):
    who = people(*((f"p{n}", *one) for n, one in enumerate(persons)))
    supports = acts(
        *((day, kind, None if n is None else f"p{n}", site, 30, "skill")
          for day, kind, n, site in given_acts)
    )  # fmt: skip
    found = ledger_of(supports, who)
    rows = found.ledger
    assert (rows["covered"] + rows["without"] == rows["in_post"]).all()
    assert found.acts_used + found.acts_about_nobody == found.acts_given
    network = rows[(rows["scope"] == "network") & (rows["kind"] == "all")]
    recorded = found.acts_used if not found.why_not else 0
    assert network["acts"].sum() == recorded
    sites = rows[(rows["scope"] == "site") & (rows["kind"] == "all")]
    assert sites["covered"].sum() == network["covered"].sum()


# --- planned and delivered ---


def test_what_is_due_and_delivered(small):
    rows = small.planned.set_index(["site_id", "kind"])
    # p1 and p4: 2 due; p2 (32 of 91 days) and p3 (31): none; p1 got 2
    assert rows.loc[("", "coaching"), ["planned", "delivered"]].tolist() == [4, 2]
    assert rows.loc[("A", "coaching"), ["planned", "delivered"]].tolist() == [2, 2]
    assert rows.loc[("B", "all"), ["planned", "delivered", "n_practitioners"]].tolist() == [2, 0, 1]
    low, high = wilson(2, 4)
    assert rows.loc[("", "all"), ["share_low", "share_high"]].tolist() == pytest.approx([low, high])


def test_more_than_due_does_not_make_up_for_others():
    who = people(("p1", "A", None, None), ("p2", "A", None, None))
    supports = acts(*((f"2024-01-{n:02d}", "coaching", "p1", None, 9, None) for n in range(1, 8)))
    found = ledger_of(supports, who, planned={"coaching": 3})
    assert found.planned.iloc[0][["planned", "delivered"]].tolist() == [6, 3]
    assert found.planned.iloc[0]["share"] == 0.5


def test_without_a_plan_the_finding_tells_the_lines_to_add():
    found = ledger_of(ACTS, PEOPLE)
    assert found.planned.empty
    one = finding(found, "planned")
    assert one.status == NOT_ESTIMABLE
    assert "workbench.yml" in one.reason
    assert one.reason.count(". ") == 0


# --- findings ---


@pytest.fixture(scope="module")
def network():
    """Coaching of 8 in 10 a year ago on skill, and of 3 in 10 now on administration."""
    who = people(*((f"p{n:03d}", f"S{n % 8}", None, None) for n in range(160)))
    then = [("2023-02-10", "coaching", f"p{n:03d}", None, 60, "skill") for n in range(128)]
    now = [("2024-02-10", "coaching", f"p{n:03d}", None, 60, "administrative") for n in range(48)]
    return ledger_of(acts(*then, *now), who, planned={"coaching": 1})


def test_a_fall_of_support_is_told_with_its_interval(network):
    one = finding(network, "support")
    assert one.status == REPORTED
    assert one.estimate == pytest.approx(30)
    assert one.conf_low < 30 < one.conf_high
    assert one.n == one.n_practitioners == 160
    assert "A year ago it was 80%" in one.statement
    assert "a change of -50 percentage points (95% interval" in one.statement
    assert "112 of 160 got none" in one.statement
    assert "Set days of coaching" in one.action_prompt
    assert "give skill its share back" in one.action_prompt


def test_every_site_has_its_findings(network):
    found = support_ledger_findings(network)
    assert len({(one.id, one.site_id) for one in found}) == 2 * (1 + 8)
    planned = finding(network, "planned", "S1")
    assert planned.estimate == pytest.approx(30)
    assert planned.conf_low < 30 < planned.conf_high
    assert planned.action_prompt


@pytest.mark.parametrize(
    ("supports", "who", "lacks"),
    [
        (pd.DataFrame(), PEOPLE, "no table of supports"),
        (ACTS, pd.DataFrame(), "no table of practitioners"),
        (ACTS.iloc[[5]], PEOPLE, "no support is recorded"),
        (ACTS, people(("p9", "A", "2030-01-01", None)), "nobody is known to have been in post"),
    ],
)
def test_what_is_lacking_is_said(supports, who, lacks):
    found = ledger_of(supports, who, planned={"coaching": 3})
    assert list(found.ledger.columns) == LEDGER_COLUMNS
    assert all(table.empty for table in found.tables().values())
    every = support_ledger_findings(found)
    assert [one.status for one in every] == [NOT_ESTIMABLE] * 2
    assert lacks in every[0].reason
    assert found.acts_used + found.acts_about_nobody == found.acts_given


# --- settings ---


def test_kinds_of_the_plan_are_those_of_the_table(tmp_path):
    table = next(one for name, one in load_schemas().items() if name == "supports")
    assert get_args(SupportKind) == tuple(table.columns["kind"].values)
    (tmp_path / SETTINGS_FILE).write_text(EXAMPLE_SETTINGS)
    assert open_study(tmp_path).settings.supports.planned == {"coaching": 3}
    (tmp_path / SETTINGS_FILE).write_text("network: A\nsupports:\n  planned:\n    tea: 3\n")
    with pytest.raises(SettingsError, match=r"supports\.planned"):
        open_study(tmp_path)
