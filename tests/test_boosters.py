"""Practice after boosters against R, and against steps that were planted."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.boosters import COLUMNS, boosters, with_boosters
from workbench.analysis.boosters_findings import boosters_findings
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.quarters import DAYS_IN_A_QUARTER, quarter_labels
from workbench.settings import Thresholds

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "course_shapes.json").read_text(encoding="utf-8"))["boosters"]
RELATIVE = 1e-5  # estimates
EDGE = 1e-3  # points, ends of intervals
P_VALUE = 5e-4  # relative; lmerTest's degrees of freedom come from differences

THRESHOLDS = Thresholds()
GROWN = NetworkParameters(planted_sites=(), sites=8, quarters=8)
STEP, SLOPE = 4.0, 0.5
SEEDS = range(40, 46)
# Of six 95% intervals, three or more leave out what they should hold in 1 of 400 tries.
FEWEST_COVERED = 4


def reference_network():
    spec = importlib.util.spec_from_file_location("course_shapes", FOLDER / "course_shapes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.network()


def observed(seed, parameters=GROWN):
    sites, _, frame, _ = simulate_growth(parameters, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    days = pd.Timestamp("2024-06-01") + pd.to_timedelta(40 * np.arange(6), unit="D")
    supports = pd.DataFrame(
        {"occurred_on": days, "kind": "recertification", "site_id": sites["site_id"].iloc[:6]}
    )
    return frame.assign(quarter=quarter_labels(frame["observed_on"])), supports


def planted(frame, supports, step=STEP, slope=SLOPE):
    """Add a step and a slope after the booster of one's site, for those observed before it."""
    day = frame["site_id"].map(dict(zip(supports["site_id"], supports["occurred_on"], strict=True)))
    first = frame.groupby("practitioner_id")["observed_on"].transform("min")
    since = (frame["observed_on"] - day).dt.days / DAYS_IN_A_QUARTER
    after = (since > 0) & (first < day)
    return frame.assign(fidelity=frame["fidelity"] + np.where(after, step + slope * since, 0.0))


@pytest.fixture(scope="module")
def with_a_booster():
    frame, supports = observed(3)
    return boosters(planted(frame, supports), supports, 8.0, THRESHOLDS)


# --- against R ---


def test_the_differences_are_those_of_lmer_test():
    frame, _, supports = reference_network()
    result = boosters(frame, supports, 8.0, THRESHOLDS)
    rows = [*result.after.to_dict("records"), {**vars(result.test), "quarters_since": 2}]
    rows[-1]["difference"] = rows[-1]["estimate"]
    theirs = [*REFERENCE["after"], REFERENCE["mean"]]
    for ours, found in zip(rows, theirs, strict=True):
        reach = stats.t.ppf(0.975, found["df"]) * found["std_error"]
        assert ours["difference"] == pytest.approx(found["estimate"], rel=RELATIVE)
        assert ours["conf_low"] == pytest.approx(found["estimate"] - reach, abs=EDGE)
        assert ours["conf_high"] == pytest.approx(found["estimate"] + reach, abs=EDGE)
    assert result.test.p_value == pytest.approx(REFERENCE["mean"]["p_value"], rel=P_VALUE)


# --- which booster counts ---


def days(*numbers):
    return pd.Timestamp("2025-01-01") + pd.to_timedelta(list(numbers), unit="D")


def test_the_latest_booster_since_the_first_observation_counts():
    frame = pd.DataFrame(
        {
            "practitioner_id": ["P1"] * 5 + ["P2"] * 2,
            "site_id": "S1",
            "observed_on": days(10, 50, 60, 100, 200, 150, 250),
        }
    )
    supports = pd.DataFrame(
        {
            "occurred_on": days(5, 50, 120, 90, 95),
            "kind": ["training", "training", "recertification", "certification", "coaching"],
            "practitioner_id": [None, None, None, "P1", "P1"],
            "site_id": ["S1", "S1", "S1", "S1", "S1"],
        }
    )
    found = with_boosters(frame, supports).sort_values(["practitioner_id", "observed_on"])
    # P1 on days 10, 50, 60, 100 and 200: none, none (not on the day itself), that of day 50, the
    # own one of day 90, that of day 120. P2 came after all of them.
    assert list(found["after_booster"]) == [0, 0, 1, 1, 1, 0, 0]
    since = np.array([0, 0, 10, 10, 80, 0, 0]) / DAYS_IN_A_QUARTER
    assert found["quarters_since_booster"].to_numpy() == pytest.approx(since)
    assert list(found["booster_of"])[2:5] == ["S1", "P1", "S1"]


def test_supports_may_come_without_columns_or_rows():
    frame, supports = observed(3)
    for none in (pd.DataFrame(), supports.iloc[:0], supports.assign(kind="coaching")):
        assert with_boosters(frame, none)["after_booster"].sum() == 0
    named = supports.assign(practitioner_id=None)
    assert with_boosters(frame, supports)["after_booster"].sum() > 100
    pd.testing.assert_frame_equal(with_boosters(frame, supports), with_boosters(frame, named))


# --- what was planted ---


def test_a_planted_recovery_is_found(with_a_booster):
    test = with_a_booster.test
    assert test.mechanism == terms.BOOSTER_RECOVERY
    assert test.reason == ""
    assert test.in_its_direction
    assert test.p_value < 0.01
    assert test.conf_low < STEP + 2 * SLOPE < test.conf_high
    table = with_a_booster.tables()["boosters"]
    assert list(table.columns) == COLUMNS
    assert list(table["quarters_since"]) == [0, 1, 2, 3, 4]
    assert table["difference"].iloc[2] == test.estimate
    assert (table["n_boosters"] == 6).all()
    assert (table["n_practitioners"] == test.n_practitioners).all()


def test_intervals_hold_what_was_planted():
    covered = 0
    for seed in SEEDS:
        frame, supports = observed(seed)
        test = boosters(planted(frame, supports), supports, 8.0, THRESHOLDS).test
        covered += test.conf_low <= STEP + 2 * SLOPE <= test.conf_high
    assert covered >= FEWEST_COVERED


def test_a_booster_with_nothing_after_it_is_not_called_a_recovery():
    frame, supports = observed(3)
    (found,) = boosters_findings(boosters(frame, supports, 8.0, THRESHOLDS))
    assert found.statement.startswith("No sure difference")
    low = boosters(planted(frame, supports, -5.0, 0.0), supports, 8.0, THRESHOLDS)
    assert not low.test.in_its_direction
    assert "lower fidelity" in boosters_findings(low)[0].statement


def test_boosters_of_single_practitioners_count_too():
    frame, _ = observed(3)
    people = frame.groupby("practitioner_id")["observed_on"].agg(["min", "max"])
    people = people[people["max"] - people["min"] > pd.Timedelta(days=400)].head(20)
    middle = people["min"] + pd.Timedelta(days=200)
    supports = pd.DataFrame(
        {"practitioner_id": people.index, "occurred_on": middle.array, "kind": "certification"}
    )
    result = boosters(frame, supports, 8.0, THRESHOLDS)
    assert result.test.reason == ""
    assert result.test.n_practitioners == 20
    assert result.n_boosters == 20


# --- words and thin data ---


def test_the_finding_says_what_it_rests_on_and_claims_no_cause(with_a_booster):
    (found,) = boosters_findings(with_a_booster)
    assert found.id == "drift.boosters"
    assert found.statement.startswith("A booster goes with higher fidelity")
    assert "6 boosters at 6 sites" in found.statement
    assert "95% interval" in found.statement
    assert found.conf_low < found.estimate < found.conf_high
    assert found.n == with_a_booster.test.n


def test_too_few_boosters_give_a_reason():
    frame, supports = observed(3)
    on_one_day = supports.assign(occurred_on=supports["occurred_on"].iloc[0])
    late = supports.assign(occurred_on=pd.Timestamp("2030-01-01"))
    for used, reason in (
        (supports.iloc[:2], "3 sites are needed"),
        (on_one_day, "all boosters fell on one day"),
        (late, "no booster"),
        (pd.DataFrame(), "no booster"),
    ):
        result = boosters(frame, used, 8.0, THRESHOLDS)
        assert reason in result.test.reason
        assert np.isnan(result.test.estimate)
        assert list(result.tables()["boosters"].columns) == COLUMNS
        assert boosters_findings(result)[0].status == terms.NOT_ESTIMABLE
    assert boosters(frame.iloc[:0], supports, 8.0, THRESHOLDS).test.reason
    short = frame[frame["quarter"].isin(["2024Q3", "2024Q4"])]
    assert "a course needs three" in boosters(short, supports, 8.0, THRESHOLDS).test.reason
