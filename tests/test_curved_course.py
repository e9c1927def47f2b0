"""The shape of the course against R's natural splines, planted courses and straight ones."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.bends import with_bends
from workbench.analysis.curved_course import (
    COURSE_COLUMNS,
    CurvedCourse,
    Slope,
    curved_course,
)
from workbench.analysis.curved_course_findings import curved_course_findings
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "course_shapes.json").read_text(encoding="utf-8"))
RELATIVE = 1e-5  # estimates
LOG_P = 1e-4  # of a p value of about 1e-16
EDGE = 1e-3  # points, ends of intervals: errors and degrees of freedom differ a little more
EXACT = 1e-9

THRESHOLDS = Thresholds()
STRAIGHT = NetworkParameters(planted_sites=(), sites=8, quarters=8)


def reference_network():
    spec = importlib.util.spec_from_file_location("course_shapes", FOLDER / "course_shapes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.network()


def observed(parameters, seed):
    _, _, frame, _ = simulate_growth(parameters, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    return frame.assign(quarter=quarter_labels(frame["observed_on"]))


@pytest.fixture(scope="module")
def reference():
    return curved_course(reference_network()[0], 8.0, THRESHOLDS)


@pytest.fixture(scope="module")
def straight_frame():
    return observed(STRAIGHT, seed=5)


@pytest.fixture(scope="module")
def straight(straight_frame):
    return curved_course(straight_frame, 8.0, THRESHOLDS)


def ends(found):
    """Both ends of the interval that R's estimate, error and degrees of freedom make."""
    from scipy import stats

    reach = stats.t.ppf(0.975, found["df"]) * found["std_error"]
    return found["estimate"] - reach, found["estimate"] + reach


# --- against R ---


def test_the_network_is_that_of_the_reference(reference):
    frame = reference_network()[0]
    assert len(frame) == REFERENCE["n_observations"]
    assert frame["fidelity"].mean() == pytest.approx(REFERENCE["mean_fidelity"], rel=EXACT)


def test_the_test_is_that_of_lme4_with_a_natural_spline(reference):
    assert reference.curved
    theirs = REFERENCE["curve"]["p_value"]
    assert np.log(reference.p_value) == pytest.approx(np.log(theirs), rel=LOG_P)


def test_levels_and_slopes_are_those_of_lmer_test(reference):
    network = reference.course[reference.course["scope"] == "network"]
    levels = REFERENCE["curve"]["levels"]
    assert len(network) == len(levels) == 8
    for ours, theirs in zip(network.to_dict("records"), levels, strict=True):
        assert ours["level"] == pytest.approx(theirs["estimate"], rel=RELATIVE)
        assert (ours["level_low"], ours["level_high"]) == pytest.approx(ends(theirs), abs=EDGE)
    for name in ("early", "recent"):
        ours, theirs = getattr(reference, name), REFERENCE["curve"][name]
        assert ours.estimate == pytest.approx(theirs["estimate"], rel=RELATIVE)
        assert (ours.conf_low, ours.conf_high) == pytest.approx(ends(theirs), abs=EDGE)


# --- the spline ---


def test_the_spline_is_a_cubic_that_is_smooth_inside_and_straight_outside():
    knots = np.array([1.0, 3.0, 6.0, 9.0])
    step = 1e-3
    at = pd.DataFrame({"quarters": np.arange(-2.0, 12.0, step)})
    for name in ("bend_1", "bend_2"):
        bend = with_bends(at, knots)[name].to_numpy()
        second = np.diff(bend, 2) / step**2
        outside = (at["quarters"] < 1 - step) | (at["quarters"] > 9 + step)
        assert np.abs(second[outside.to_numpy()[1:-1]]).max() < 1e-6
        assert np.abs(np.diff(second)).max() < 10 * step  # the second derivative has no jump
        assert np.abs(second).max() > 0.01


# --- what was planted ---


def test_a_straight_course_is_called_straight(straight):
    assert straight.p_value > 0.01
    assert not straight.curved
    assert straight.early.estimate == pytest.approx(straight.recent.estimate, abs=EXACT)
    (found,) = curved_course_findings(straight)
    assert found.statement.startswith("A straight line is enough")
    assert found.estimate == straight.recent.estimate


@pytest.mark.parametrize(
    ("sign", "said"), [(-1, "it rose to 2024Q3 and has fallen since"),
                       (1, "it fell to 2024Q3 and has risen since")]
)  # fmt: skip
def test_a_course_that_turns_is_told_with_its_turn(straight_frame, sign, said):
    # The planted slope is -0.4; the parabola about the middle turns near its end.
    bent = straight_frame["fidelity"] + 0.4 * straight_frame["quarters"]
    bent += sign * 0.8 * (straight_frame["quarters"] - 4) ** 2
    result = curved_course(straight_frame.assign(fidelity=bent), 8.0, THRESHOLDS)
    assert result.curved
    assert result.turned_in == "2024Q3"
    (found,) = curved_course_findings(result)
    assert said in found.statement
    assert found.statement.count("95% interval") == 2
    # Slopes of the parabola over the first and last four quarters are minus and plus 4 x 0.8.
    for slope, truth in ((result.early, -3.2 * sign), (result.recent, 3.2 * sign)):
        assert slope.conf_low < truth < slope.conf_high


def test_straight_courses_are_seldom_called_bent():
    called = [
        curved_course(observed(STRAIGHT, seed), 8.0, THRESHOLDS).p_value < 0.05
        for seed in range(100, 110)
    ]
    # At 5% a right test would call 4 or more of ten in one of a thousand tries.
    assert sum(called) < 4


# --- words ---


def told(early, recent, turned_in=""):
    result = CurvedCourse(
        0.004, True, "", "", pd.DataFrame(columns=COURSE_COLUMNS), Slope(*early), Slope(*recent),
        4, turned_in, 900, 80,
    )  # fmt: skip
    return curved_course_findings(result)[0].statement


@pytest.mark.parametrize(
    ("early", "recent", "said"),
    [
        ((2, 1, 3), (1, 0.5, 1.5), "it rose early on and still does, less steeply of late"),
        ((-1, -2, -0.5), (-2, -3, -1), "it fell early on and still does, more steeply of late"),
        ((2, 1, 3), (0, -1, 1), "it rose early on, and whether it still does is not sure"),
        ((0, -1, 1), (-2, -3, -1), "it has fallen of late, and which way it went early on"),
        ((0, -1, 1), (0, -1, 1), "it bends in between"),
    ],
)
def test_every_bend_has_words(early, recent, said):
    statement = told(early, recent)
    assert said in statement
    assert "p = 0.004" in statement
    assert "900 observations of 80 practitioners" in statement


# --- the table, and thin data ---


def test_the_course_ends_now_and_starts_at_the_first_quarters_end(straight, straight_frame):
    assert list(straight.tables()["curved_course"].columns) == COURSE_COLUMNS
    network = straight.course[straight.course["scope"] == "network"]
    assert list(network["quarter"]) == sorted(set(straight_frame["quarter"]))
    assert list(network["quarters"]) == [1, 2, 3, 4, 5, 6, 7, 8]
    # A straight course moves by its slope from one quarter's end to the next.
    assert np.diff(network["level"]) == pytest.approx(straight.recent.estimate, abs=1e-6)
    sites = straight.course[straight.course["scope"] == "site"]
    assert set(sites["site_id"]) == set(straight_frame["site_id"])
    by_site = straight_frame.groupby("site_id")["practitioner_id"].nunique()
    assert (sites["n_practitioners"] == sites["site_id"].map(by_site)).all()


def test_a_quarter_without_observations_and_another_fiscal_year_keep_their_labels():
    frame = observed(STRAIGHT, seed=5)
    frame = frame[frame["quarter"] != "2024Q2"].reset_index(drop=True)
    frame["quarter"] = quarter_labels(frame["observed_on"], 7)
    course = curved_course(frame, 8.0, THRESHOLDS).course
    network = course[course["scope"] == "network"]
    assert list(network["quarter"])[:4] == ["2024Q2", "2024Q3", "2024Q4", "2025Q1"]


def test_thin_data_give_a_reason(straight_frame):
    none = curved_course(straight_frame.iloc[:0], 8.0, THRESHOLDS)
    few = curved_course(straight_frame[straight_frame["quarters"] < 4], 4.0, THRESHOLDS)
    one_site = straight_frame[straight_frame["site_id"] == "001"]
    alone = curved_course(one_site.groupby("practitioner_id").head(1), 8.0, THRESHOLDS)
    for result in (none, few, alone):
        (found,) = curved_course_findings(result)
        assert found.status == terms.NOT_ESTIMABLE
        assert found.reason
        assert list(result.course.columns) == COURSE_COLUMNS
    assert none.course.empty
    assert "takes 6" in few.why_no_test
    assert not few.course.empty  # a straight course can still be drawn
