"""The product-limit curve against R's survival, statsmodels, closed forms and by brute force."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from statsmodels.duration.survfunc import SurvfuncRight

from workbench.errors import ParameterError
from workbench.models.survival import STEP_COLUMNS, kaplan_meier

RELATIVE = 1e-10
ABSOLUTE = 1e-12
EXAMPLES = 80
SETS = 1000
COVERAGE = (0.93, 0.97)  # 95% and 2.9 standard errors of 1000 sets

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "survival.json").read_text(encoding="utf-8"))

subjects = some.lists(some.tuples(some.integers(0, 12), some.booleans()), min_size=1, max_size=30)


def curve_of(pairs):
    frame = pd.DataFrame(pairs, columns=["time", "happened"])
    return kaplan_meier(frame["time"].astype(float), frame["happened"].astype(bool))


def reference_curve(name):
    made = REFERENCE[name]
    return kaplan_meier(pd.Series(made["time"], dtype=float), pd.Series(made["happened"]))


def number(value):
    return np.nan if value is None else value


@pytest.mark.parametrize("name", REFERENCE)
def test_the_curve_is_rs(name):
    found = reference_curve(name).steps
    expected = pd.DataFrame(REFERENCE[name]["steps"])[STEP_COLUMNS].astype(float)
    np.testing.assert_allclose(found, expected, rtol=RELATIVE, atol=ABSOLUTE)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_median_is_rs(name):
    found = reference_curve(name)
    for end in ("median", "median_low", "median_high"):
        expected = number(REFERENCE[name][end])
        assert getattr(found, end) == pytest.approx(expected, rel=RELATIVE, nan_ok=True)
    assert bool(found.reason) == np.isnan([found.median, found.median_low, found.median_high]).any()


@pytest.mark.parametrize("name", REFERENCE)
def test_the_curve_reads_as_rs(name):
    expected = pd.DataFrame(REFERENCE[name]["asked"])
    found = reference_curve(name).at(expected["time"])
    np.testing.assert_allclose(found["survival"], expected["survival"], rtol=RELATIVE)
    assert found["at_risk"].tolist() == expected["at_risk"].tolist()


@pytest.mark.parametrize("name", REFERENCE)
def test_the_curve_is_statsmodels(name):
    made = REFERENCE[name]
    theirs = SurvfuncRight(made["time"], np.array(made["happened"], dtype=int))
    found = reference_curve(name).steps
    events = found[found["events"] > 0]
    np.testing.assert_allclose(events["time"], theirs.surv_times, rtol=ABSOLUTE)
    np.testing.assert_allclose(events["survival"], theirs.surv_prob, rtol=RELATIVE, atol=ABSOLUTE)
    inner = events["survival"].to_numpy() > 0
    np.testing.assert_allclose(
        events["std_error"][inner], theirs.surv_prob_se[inner], rtol=RELATIVE
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(subjects)
def test_the_curve_by_brute_force(pairs):
    """At every time with an event, one less the share of those still there who had it."""
    found = curve_of(pairs)
    survival, total, rows = 1.0, 0.0, found.steps.set_index("time")
    for time in sorted({time for time, _ in pairs}):
        there = sum(1 for other, _ in pairs if other >= time)
        had = sum(1 for other, event in pairs if event and other == time)
        survival *= 1 - had / there
        total += had / (there * (there - had)) if there > had else 0
        row = rows.loc[time]
        assert (row["at_risk"], row["events"]) == (there, had)
        assert row["survival"] == pytest.approx(survival, abs=ABSOLUTE)
        if survival > 0:
            assert row["std_error"] == pytest.approx(survival * np.sqrt(total), abs=ABSOLUTE)
        if 0 < survival < 1:
            assert row["conf_low"] < survival < row["conf_high"]
        else:
            assert row[["conf_low", "conf_high"]].isna().all()
    assert (found.n, found.n_events) == (len(pairs), sum(event for _, event in pairs))


@settings(max_examples=EXAMPLES, deadline=None)
@given(subjects, some.integers(0, 12))
def test_an_open_subject_is_never_an_event(pairs, since):
    """It can only raise the curve, and after its own time it moves nothing but the future."""
    before, after = curve_of(pairs), curve_of([*pairs, (since, False)])
    assert after.n_events == before.n_events
    assert after.n_censored == before.n_censored + 1
    times = sorted({time for time, _ in pairs})
    old, new = before.at(times)["survival"], after.at(times)["survival"]
    assert (new >= old - ABSOLUTE).all()
    events = [time for time, event in pairs if event]
    if not events or since < min(events):
        np.testing.assert_allclose(new, old, atol=ABSOLUTE)


@settings(max_examples=EXAMPLES, deadline=None)
@given(some.lists(some.integers(0, 12), min_size=1, max_size=30))
def test_with_nothing_open_it_is_the_share_left(times):
    found = curve_of([(time, True) for time in times]).steps
    share = [(np.array(times) > time).mean() for time in found["time"]]
    np.testing.assert_allclose(found["survival"], share, atol=ABSOLUTE)
    binomial = np.sqrt(np.array(share) * (1 - np.array(share)) / len(times))
    np.testing.assert_allclose(found["std_error"][:-1], binomial[:-1], atol=ABSOLUTE)


def test_an_example_by_hand():
    """Events at 3, 5 and 8, open since 4 and 9: 4/5, then 2/3 of it, then half of that."""
    found = curve_of([(3, True), (4, False), (5, True), (8, True), (9, False)])
    expected = [4 / 5, 4 / 5, 8 / 15, 4 / 15, 4 / 15]
    np.testing.assert_allclose(found.steps["survival"], expected, rtol=RELATIVE)
    assert found.steps["at_risk"].tolist() == [5, 4, 3, 2, 1]
    assert found.median == 8


def test_the_curve_says_nothing_after_the_last_follow_up():
    found = curve_of([(3, True), (10, False), (6, True)]).at([0, 3, 10, 10.5])
    assert found["survival"][:3].tolist() == pytest.approx([1, 2 / 3, 1 / 3])
    assert found["at_risk"].tolist() == [3, 3, 1, 0]
    assert np.isnan(found["survival"][3])
    assert "so long" in found["reason"][3]
    assert "None had the event" in found["reason"][0]
    done = curve_of([(3, True), (6, True)]).at([40])
    assert done["survival"].tolist() == [0]
    assert "All had the event" in done["reason"][0]


def test_what_is_not_reached_has_a_reason_and_no_number():
    none = curve_of([(3, False), (5, False)])
    assert np.isnan([none.median, none.median_low, none.median_high]).all()
    assert "Fewer than half" in none.reason
    assert none.steps["survival"].tolist() == [1, 1]
    nobody = curve_of([])
    assert np.isnan(nobody.median)
    assert "nobody" in nobody.reason
    assert nobody.steps.columns.tolist() == STEP_COLUMNS
    assert nobody.at([30])["survival"].isna().all()
    one = curve_of([(3, True)])
    assert one.median == 3
    assert "no lower and no upper end" in one.reason


def test_missing_times_are_counted_and_wrong_ones_refused():
    times, happened = pd.Series([3.0, np.nan, 5.0]), pd.Series([True, False, False])
    found = kaplan_meier(times, happened)
    assert (found.n, found.n_dropped) == (2, 1)
    with pytest.raises(ParameterError, match="before their start"):
        kaplan_meier(pd.Series([-1.0, 2.0]), pd.Series([True, True]))
    with pytest.raises(ParameterError, match="true or false"):
        kaplan_meier(times, pd.Series([True, None, False]))
    with pytest.raises(ParameterError, match="true or false"):
        kaplan_meier(times, pd.Series([1, 0, 0]))
    with pytest.raises(ParameterError, match="3 times and 2 events"):
        kaplan_meier(times, pd.Series([True, False]))


def test_the_interval_holds_the_truth():
    """Exponential times with mean 30, followed for 10 to 60: the share left after 20."""
    rng = np.random.default_rng(4)
    truth, held = np.exp(-20 / 30), 0
    for _ in range(SETS):
        event, end = rng.exponential(30, 40), rng.uniform(10, 60, 40)
        curve = kaplan_meier(pd.Series(np.minimum(event, end)), pd.Series(event <= end))
        row = curve.at([20]).iloc[0]
        held += row["conf_low"] <= truth <= row["conf_high"]
    assert COVERAGE[0] <= held / SETS <= COVERAGE[1]
