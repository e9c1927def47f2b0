"""Teams and items of the example network against the truth that they were made from."""

import dataclasses
import datetime as dt
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from workbench.data.extracts import Extract
from workbench.data.instruments import load_instruments
from workbench.data.quality import check
from workbench.data.readers import read_csv
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import (
    NetworkParameters,
    simulate_growth,
    simulate_network,
    write_example,
)
from workbench.data.synthetic_loops import DECISIONS, simulate_loops
from workbench.data.synthetic_organisation import BrokenTeam, LoopParameters, TeamParameters
from workbench.data.synthetic_teams import simulate_teams
from workbench.errors import ParameterError

SEED = 11
FIRST_DAY, LAST_DAY = pd.Timestamp("2023-10-01"), pd.Timestamp("2026-09-30")
# About 3 standard errors, by the sizes of the simulated sets.
HELD_TOLERANCE = 0.02
ATTENDANCE_TOLERANCE = 0.02
MEDIAN_RELATIVE_TOLERANCE = 0.12
SHARE_TOLERANCE = 0.03
LIKENESS_TOLERANCE = 0.02

# Great Expectations imports a module of the standard library that is deprecated.
imports_great_expectations = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def teams_of(team_parameters=None, seed=SEED, **network):
    parameters = NetworkParameters(teams=team_parameters or TeamParameters(), **network)
    sites, practitioners, *_ = simulate_growth(parameters, seed)
    return simulate_teams(sites, practitioners, parameters, seed)


@pytest.fixture(scope="module")
def whole():
    """Teams of a network in which no chain is broken."""
    return teams_of(TeamParameters(broken=()))


@pytest.fixture(scope="module")
def many():
    """Two thousand items or so, with the truth behind them."""
    parameters = NetworkParameters(loops=LoopParameters(items_a_quarter=250))
    return simulate_loops(parameters, SEED)


# --- teams ---


def test_a_team_stands_at_every_level_and_reports_to_the_next(whole):
    teams = whole.teams.set_index("team_id")
    assert teams["level"].value_counts().to_dict() == {
        "practice": 24, "site": 12, "region": 3, "network": 1,
    }  # fmt: skip
    above = teams["parent_team_id"].map(teams["level"])
    assert (above[teams["level"] == "practice"] == "site").all()
    assert (above[teams["level"] == "site"] == "region").all()
    assert (above[teams["level"] == "region"] == "network").all()
    own = teams[teams["level"].isin(["practice", "site"])]
    assert own["site_id"].notna().all()
    assert (teams["formed_on"] < FIRST_DAY).all()


def test_as_many_meetings_are_held_as_declared(whole):
    planned = whole.truth["meetings_planned"].sum() * 12
    assert len(whole.meetings) / planned == pytest.approx(0.95, abs=HELD_TOLERANCE)
    assert whole.meetings["held_on"].between(FIRST_DAY, LAST_DAY).all()
    assert not whole.meetings.duplicated(["team_id", "held_on"]).any()
    assert (whole.meetings["attended"] <= whole.meetings["members"]).all()


def test_attendance_and_the_likeness_of_a_day_are_as_declared():
    large = teams_of(TeamParameters(broken=(), attendance_sd=0.0), sites=60)
    assert not large.meetings.duplicated(["team_id", "held_on"]).any()
    size = large.meetings["members"]
    share = large.meetings["attended"] / size
    assert share.mean() == pytest.approx(0.78, abs=ATTENDANCE_TOLERANCE)
    # The variance of a beta-binomial share is p (1 - p) (1 + (m - 1) likeness) / m.
    scatter = (share - 0.78) ** 2 * size / (0.78 * 0.22)
    likeness = (scatter.mean() - 1) / (size.mean() - 1)
    assert likeness == pytest.approx(0.05, abs=LIKENESS_TOLERANCE)


@pytest.mark.parametrize("how", ["absent", "closed", "not linked", "seldom meets", "few come"])
def test_breaking_one_team_leaves_the_others_as_they_were(whole, how):
    broken = teams_of(TeamParameters(broken=(BrokenTeam("site", 4, how),)))
    others = ["team_id", "held_on", "attended", "members"]
    pd.testing.assert_frame_equal(
        broken.meetings.query("team_id != 'S005'")[others].reset_index(drop=True),
        whole.meetings.query("team_id != 'S005'")[others].reset_index(drop=True),
    )
    left = broken.teams.query("team_id != 'S005'").reset_index(drop=True)
    was = whole.teams.query("team_id != 'S005'").reset_index(drop=True)
    changed = (left["parent_team_id"].fillna("") != was["parent_team_id"].fillna("")).sum()
    assert changed == (2 if how == "absent" else 0)
    same = [name for name in was.columns if name != "parent_team_id"]
    pd.testing.assert_frame_equal(left[same], was[same])


def test_each_kind_of_break_is_what_it_says():
    ways = ("absent", "closed", "not linked", "seldom meets", "few come")
    broken = tuple(BrokenTeam("site", place, how) for place, how in enumerate(ways))
    found = teams_of(TeamParameters(broken=broken))
    teams = found.teams.set_index("team_id")
    assert "S001" not in teams.index
    assert teams.loc["S002", "closed_on"] < LAST_DAY - pd.Timedelta(days=200)
    assert (
        found.meetings.query("team_id == 'S002'")["held_on"].max() < teams.loc["S002", "closed_on"]
    )
    assert pd.isna(teams.loc["S003", "parent_team_id"])
    seldom = found.meetings.query("team_id == 'S004'")["held_on"]
    assert len(seldom) <= 3
    assert seldom.max() < pd.Timestamp("2026-01-01")
    few = found.meetings.query("team_id == 'S005'")
    assert few["attended"].sum() / few["members"].sum() == pytest.approx(0.30, abs=0.10)
    assert (found.truth.query("broken != ''")["broken"].to_list()) == list(ways)


def test_a_network_without_any_team_has_tables_without_rows():
    places = [("site", 0), ("practice", 0), ("region", 0), ("network", 0)]
    broken = tuple(BrokenTeam(level, place, "absent") for level, place in places)
    found = teams_of(TeamParameters(broken=broken), sites=1, regions=1)
    assert len(found.teams) == len(found.meetings) == 0
    assert list(found.meetings.columns) == ["team_id", "held_on", "attended", "members"]


# --- loops ---


def test_items_are_raised_upwards_and_in_the_series(many):
    items = many.items
    order = {"practice": 0, "site": 1, "region": 2, "network": 3}
    assert (items["raised_to_level"].map(order) > items["raised_by_level"].map(order)).all()
    assert items["raised_on"].between(FIRST_DAY, LAST_DAY).all()
    assert len(items) == pytest.approx(3000, abs=3 * 3000**0.5)
    shares = items["raised_by_level"].value_counts(normalize=True)
    assert shares["practice"] == pytest.approx(0.70, abs=SHARE_TOLERANCE)
    higher = items.query("raised_by_level == 'practice'")["raised_to_level"] != "site"
    assert higher.mean() == pytest.approx(0.30, abs=SHARE_TOLERANCE)


def test_times_to_a_decision_have_the_declared_medians(many):
    frame = many.items.merge(many.truth, on="feedback_item_id")
    pace = {"documentation": 1.0, "workload": 0.6, "training": 1.5, "equipment": 1.0,
            "partner agencies": 0.8}  # fmt: skip
    medians = {"site": 18.0, "region": 45.0, "network": 130.0}
    for (level, topic), mine in frame.groupby(["raised_to_level", "topic"]):
        assert (mine["median_to_decision"] == medians[level] / pace[topic]).all()
    standard = frame["days_to_decision"] / frame["median_to_decision"]
    assert standard.median() == pytest.approx(1.0, rel=MEDIAN_RELATIVE_TOLERANCE)
    # An exponential time has the mean of its median over log 2.
    assert standard.mean() == pytest.approx(1 / np.log(2), rel=MEDIAN_RELATIVE_TOLERANCE)


def test_an_answer_follows_its_decision_or_never_comes(many):
    truth = many.truth
    never = np.isinf(truth["days_to_answer"])
    assert never.mean() == pytest.approx(0.15, abs=SHARE_TOLERANCE)
    wait = (truth["days_to_answer"] - truth["days_to_decision"])[~never]
    assert wait.median() == pytest.approx(14.0, rel=MEDIAN_RELATIVE_TOLERANCE)


def test_what_happens_after_the_last_day_is_open_in_the_table(many):
    items, truth = many.items, many.truth
    for seen, drawn in (("decided_on", "days_to_decision"), ("answered_on", "days_to_answer")):
        days = (LAST_DAY - items["raised_on"]).dt.days
        came = truth[drawn].round() <= days
        assert (items[seen].notna() == came).all()
        gap = (items[seen] - items["raised_on"]).dt.days[came] - truth[drawn][came]
        assert gap.abs().max() <= 0.5
    assert items.loc[items["decided_on"].isna(), "decision"].isna().all()
    said = items["decision"].dropna()
    assert set(said) <= {text for texts in DECISIONS.values() for text in texts}


# --- the example ---


def test_the_example_hands_the_three_tables_in_and_knows_their_truth():
    network = simulate_network()
    assert len(network.implementation_teams) == 40
    assert 1000 < len(network.team_meetings) < 1500
    assert 150 < len(network.feedback_items) < 300
    assert set(network.truth["teams"]["team_id"]) == set(network.implementation_teams["team_id"])
    assert len(network.truth["loops"]) == len(network.feedback_items)
    assert network.truth["parameters"]["teams"]["broken"][0]["how"] == "closed"


def test_other_teams_and_loops_change_no_other_table():
    small = NetworkParameters(sites=3, quarters=4)
    other = dataclasses.replace(
        small,
        teams=TeamParameters(attendance=0.5, broken=()),
        loops=LoopParameters(items_a_quarter=50),
    )
    one, two = simulate_network(small, 1), simulate_network(other, 1)
    mine = {"implementation_teams", "team_meetings", "feedback_items"}
    for name in set(one.tables) - mine:
        pd.testing.assert_frame_equal(one.tables[name], two.tables[name])
    assert len(two.feedback_items) > len(one.feedback_items)


@imports_great_expectations
def test_the_three_tables_pass_every_rule(tmp_path):
    example = write_example(tmp_path, NetworkParameters(sites=4, quarters=8), messy=False)
    extracts = []
    for path in example.files:
        text = read_csv(path, path.name)
        extracts.append(Extract(path.stem, text.frame, text.source, text.fingerprint))
    report = check(extracts, load_schemas(), load_instruments(), dt.date(2026, 10, 1))
    names = ["implementation_teams", "team_meetings", "feedback_items"]
    mine = report.rules[report.rules["table"].isin(names)]
    assert set(mine["table"]) == set(names)
    assert mine["rows_failed"].sum() == 0
    assert not mine["status"].isin(["failed", "error"]).any()


@pytest.mark.parametrize(
    ("make", "entry", "value"),
    [
        (TeamParameters, "attendance", 1.2),
        (TeamParameters, "attendance_likeness", 1.0),
        (TeamParameters, "hours_a_member", -1.0),
        (TeamParameters, "broken", (BrokenTeam("site", 0, "asleep"),)),
        (LoopParameters, "share_never_answered", -0.1),
        (LoopParameters, "items_a_quarter", -1.0),
        (LoopParameters, "median_days_to_answer", 0.0),
        (LoopParameters, "raised_by", MappingProxyType({"practice": 0.0})),
        (LoopParameters, "topics", MappingProxyType({"training": 0.0})),
    ],
)
def test_impossible_parameters_are_refused_by_name(make, entry, value):
    with pytest.raises(ParameterError, match=entry):
        make(**{entry: value})
