"""Spread of a group's levels: closed forms, and the formula of a random slope."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.errors import ParameterError
from workbench.models.mixed import fit_mixed_model
from workbench.models.spreads import spread_at, spread_ratio

RELATIVE = 1e-5
DF_RELATIVE = 0.02  # second derivatives by difference
COVERAGE = (0.90, 0.99)  # of 200 simulated fits; 95% plus or minus three standard errors


def balanced(seed, groups=20, each=6, spread=2.0):
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), each)
    y = 10 + spread * random.normal(size=groups)[group] + random.normal(size=groups * each)
    return pd.DataFrame({"y": y, "group": group.astype(str), "t": np.tile(np.arange(each), groups)})


def test_a_balanced_one_way_layout_has_its_textbook_spread_and_freedom():
    data = balanced(1)
    fit = fit_mixed_model("y ~ 1 + (1 | group)", data)
    found = spread_at(fit, "group", pd.DataFrame({"t": [0.0]})).iloc[0]
    means = data.groupby("group")["y"].mean()
    between = 6 * means.var()
    within = data.groupby("group")["y"].var().mean()
    variance = (between - within) / 6
    assert found["spread"] == pytest.approx(np.sqrt(variance), rel=RELATIVE)
    # Satterthwaite 1946: a difference of two mean squares with 19 and 100 degrees of freedom.
    df = (between - within) ** 2 / (between**2 / 19 + within**2 / 100)
    assert found["df"] == pytest.approx(df, rel=DF_RELATIVE)
    low = np.sqrt(variance * df / stats.chi2.ppf(0.975, df))
    assert found["spread_low"] == pytest.approx(low, rel=DF_RELATIVE)


def test_intervals_cover():
    covered = 0
    for seed in range(200):
        fit = fit_mixed_model("y ~ 1 + (1 | group)", balanced(seed))
        row = spread_at(fit, "group", pd.DataFrame({"t": [0.0]})).iloc[0]
        covered += row["spread_low"] <= 2.0 <= row["spread_high"]
    assert COVERAGE[0] <= covered / 200 <= COVERAGE[1]


@pytest.fixture(scope="module")
def with_slopes():
    random = np.random.default_rng(3)
    data = balanced(3, groups=60)
    slopes = random.normal(0, 0.8, 60)[data["group"].astype(int)]
    data["y"] = data["y"] + slopes * data["t"]
    return data


@pytest.mark.parametrize("engine", ["profiled", "statsmodels"])
def test_with_a_slope_the_spread_is_that_of_the_line(with_slopes, engine):
    fit = fit_mixed_model("y ~ t + (1 + t | group)", with_slopes, engine=engine)
    at = pd.DataFrame({"t": [0.0, 2.5, 5.0]})
    found = spread_at(fit, "group", at)
    table = fit.var_corr()
    level, slope = table["variance"].iloc[0], table["variance"].iloc[1]
    both = table["variance"].iloc[2]
    expected = np.sqrt(level + 2 * at["t"] * both + at["t"] ** 2 * slope)
    assert found["spread"].to_numpy() == pytest.approx(expected.to_numpy(), rel=RELATIVE)
    ratio = spread_ratio(fit, "group", at.iloc[[0]], at.iloc[[2]])
    assert ratio["ratio"] == pytest.approx(expected.iloc[2] / expected.iloc[0], rel=RELATIVE)
    assert 1 < ratio["conf_low"] < ratio["ratio"] < ratio["conf_high"]
    assert ratio["p_value"] < 0.01


def test_engines_agree_on_the_intervals(with_slopes):
    at = pd.DataFrame({"t": [0.0, 5.0]})
    found = [
        spread_at(
            fit_mixed_model("y ~ t + (1 + t | group)", with_slopes, engine=engine), "group", at
        )
        for engine in ("profiled", "statsmodels")
    ]
    for name in ("spread_low", "spread_high"):
        assert found[0][name].to_numpy() == pytest.approx(found[1][name].to_numpy(), rel=1e-3)


def test_no_interval_where_there_is_no_spread():
    data = balanced(4)
    data["y"] = np.random.default_rng(9).normal(size=len(data))
    data["y"] -= data.groupby("group")["y"].transform("mean")
    fit = fit_mixed_model("y ~ 1 + (1 | group)", data)
    row = spread_at(fit, "group", pd.DataFrame({"t": [0.0]})).iloc[0]
    assert row["spread"] == pytest.approx(0, abs=1e-3)
    assert np.isnan(row["spread_low"])
    ends = pd.DataFrame({"t": [0.0]})
    assert np.isnan(spread_ratio(fit, "group", ends, ends)["ratio"])


def test_an_unknown_group_is_told():
    fit = fit_mixed_model("y ~ 1 + (1 | group)", balanced(5))
    with pytest.raises(ParameterError, match="Its groups: group"):
        spread_at(fit, "site", pd.DataFrame({"t": [0.0]}))
