"""Those who left beside those who stayed: against R, and against differences that were planted."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.leavers import COLUMNS, leavers, with_left
from workbench.analysis.leavers_findings import leavers_findings
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "course_shapes.json").read_text(encoding="utf-8"))["leavers"]
RELATIVE = 1e-5  # estimates
EDGE = 1e-3  # points, ends of intervals
P_VALUE = 1e-4  # relative
EXACT = 1e-9

THRESHOLDS = Thresholds()
GROWN = NetworkParameters(planted_sites=(), sites=8, quarters=8, share_who_leave=0.3)
LEVEL, SLOPE = -6.0, -0.8
SEEDS = range(40, 46)
# Of six 95% intervals, three or more leave out what they should hold in 1 of 400 tries.
FEWEST_COVERED = 4


def reference_network():
    spec = importlib.util.spec_from_file_location("course_shapes", FOLDER / "course_shapes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.network()


def observed(seed):
    _, practitioners, frame, _ = simulate_growth(GROWN, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    return frame.assign(quarter=quarter_labels(frame["observed_on"])), practitioners


def planted(frame, practitioners):
    went = practitioners.loc[practitioners["left_on"].notna(), "practitioner_id"]
    lower = LEVEL + SLOPE * frame["quarters"]
    return frame.assign(
        fidelity=frame["fidelity"] + lower.where(frame["practitioner_id"].isin(went), 0.0)
    )


@pytest.fixture(scope="module")
def network():
    return observed(3)


@pytest.fixture(scope="module")
def differ(network):
    return leavers(planted(*network), network[1], 8.0, THRESHOLDS)


# --- against R ---


def test_difference_levels_and_slopes_are_those_of_lmer_test():
    frame, practitioners, _ = reference_network()
    result = leavers(frame, practitioners, 8.0, THRESHOLDS)
    groups = result.groups.set_index("group")
    ours = {"difference": (result.test.estimate, result.test.conf_low, result.test.conf_high)}
    for group in ("stayed", "left"):
        for what in ("level", "slope"):
            ends = groups.loc[group, [what, f"{what}_low", f"{what}_high"]]
            ours[f"{group}_{what}"] = tuple(ends)
    assert set(ours) == set(REFERENCE)
    for name, (estimate, low, high) in ours.items():
        found = REFERENCE[name]
        reach = stats.t.ppf(0.975, found["df"]) * found["std_error"]
        assert estimate == pytest.approx(found["estimate"], rel=RELATIVE), name
        assert low == pytest.approx(found["estimate"] - reach, abs=EDGE), name
        assert high == pytest.approx(found["estimate"] + reach, abs=EDGE), name
    assert result.test.p_value == pytest.approx(REFERENCE["difference"]["p_value"], rel=P_VALUE)


# --- who left ---


def test_who_left_after_the_quarter_still_stayed(network):
    frame, practitioners = network
    left_on = practitioners.set_index("practitioner_id")["left_on"]
    half = frame[frame["quarters"] < 4]
    found = with_left(half, practitioners, 4.0)
    end = pd.Timestamp(GROWN.first_day) + pd.Timedelta(days=365.25)
    people = found.groupby("practitioner_id")["left"].first()
    truth = left_on.reindex(people.index) < end
    assert 0 < truth.sum() < left_on.reindex(people.index).notna().sum()
    assert (people == truth).all()


def test_the_difference_is_taken_on_the_mean_day(network):
    found = with_left(*network, 8.0)
    went = found[found["left"] == 1]
    centred = went["quarters"] - found["quarters"].mean()
    assert went["left_by_quarters"].to_numpy() == pytest.approx(centred.to_numpy(), abs=EXACT)


# --- what was planted ---


def test_planted_leavers_are_found(network, differ):
    test = differ.test
    assert test.mechanism == terms.LEAVERS_DIFFER
    assert test.reason == ""
    assert test.in_its_direction
    assert test.p_value < 0.01
    truth = LEVEL + SLOPE * network[0]["quarters"].mean()
    assert test.conf_low < truth < test.conf_high
    table = differ.tables()["leavers"]
    assert list(table.columns) == COLUMNS
    assert list(table["group"]) == ["stayed", "left"]
    assert np.diff(table["level"])[0] == pytest.approx(test.estimate, abs=EXACT)
    slopes = table.set_index("group")
    assert slopes.loc["left", "slope_low"] < GROWN.slope + SLOPE < slopes.loc["left", "slope_high"]
    assert test.n == test.n_practitioners == differ.n_left == table["n_practitioners"].iloc[1]
    assert table["n_practitioners"].sum() == network[0]["practitioner_id"].nunique()


def test_intervals_hold_what_was_planted():
    covered = 0
    for seed in SEEDS:
        frame, practitioners = observed(seed)
        test = leavers(planted(frame, practitioners), practitioners, 8.0, THRESHOLDS).test
        truth = LEVEL + SLOPE * frame["quarters"].mean()
        covered += test.conf_low <= truth <= test.conf_high
    assert covered >= FEWEST_COVERED


# --- words and thin data ---


def test_the_finding_says_whose_course_it_is_not(differ):
    (found,) = leavers_findings(differ)
    assert found.id == "drift.leavers"
    assert f"{differ.n_left} practitioners left and {differ.n_stayed} stayed" in found.statement
    assert "stood below those who stayed, by -" in found.statement
    assert "not the course of all who were trained" in found.statement
    assert "95% interval" in found.statement


def test_leavers_who_are_alike_are_not_said_to_differ(network):
    result = leavers(*network, 8.0, THRESHOLDS)
    (found,) = leavers_findings(result)
    assert "No sure difference" in found.statement
    assert found.estimate == result.test.estimate


def test_thin_data_give_a_reason(network):
    frame, practitioners = network
    for used, people, reason in (
        (frame, practitioners.drop(columns="left_on"), "is not recorded"),
        (frame, practitioners.assign(left_on=pd.NaT), "8 of each are needed"),
        (frame.iloc[:0], practitioners, "8 of each are needed"),
        (frame[frame["quarters"] < 2], practitioners, "a course needs three"),
    ):
        result = leavers(used, people, 8.0, THRESHOLDS)
        assert reason in result.test.reason
        assert np.isnan(result.test.estimate)
        assert list(result.tables()["leavers"].columns) == COLUMNS
        (found,) = leavers_findings(result)
        assert found.status == terms.NOT_ESTIMABLE
