"""Clustered means and differences against statsmodels' and against an example by hand."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from workbench.models.clustered import FEWEST_CLUSTERS, clustered_difference, clustered_mean

RELATIVE = 1e-9
T_2_DF = 0.95 * (2 / (4 * 0.975 * 0.025)) ** 0.5  # 97.5% quantile of t on 2 df, closed form


@pytest.fixture
def data():
    random = np.random.default_rng(8)
    clusters = random.integers(0, 12, 90)
    later = random.random(90) < 0.4
    values = 70 + 6 * random.standard_normal(12)[clusters] + 3 * later + random.normal(0, 4, 90)
    return pd.DataFrame(
        {
            "values": values,
            "later": later,
            "clusters": [f"c{number}" for number in clusters],
            "weights": random.integers(1, 30, 90).astype(float),
        },
        index=random.permutation(90) + 1000,
    )


def by_statsmodels(data, columns, weights):
    """Estimate and interval of the last column, small-sample factor (N - 1) / (N - K) taken off.

    Its own correction is G / (G - 1) x (N - 1) / (N - K); ours is G / (G - 1) alone.
    """
    design = np.column_stack(columns).astype(float)
    weights = np.ones(len(data)) if weights is None else weights
    groups = data["clusters"].astype("category").cat.codes.to_numpy()
    fit = sm.WLS(data["values"].to_numpy(), design, weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    count, terms = design.shape
    low, high = fit.conf_int()[-1]
    reach = (high - low) / 2 / np.sqrt((count - 1) / (count - terms))
    return fit.params[-1], reach


@pytest.mark.parametrize("weighted", [False, True])
def test_a_mean_and_its_interval_are_those_of_statsmodels(data, weighted):
    weights = data["weights"] if weighted else None
    found = clustered_mean(data["values"], data["clusters"], weights)
    estimate, reach = by_statsmodels(data, [np.ones(len(data))], weights)
    assert found.estimate == pytest.approx(estimate, rel=RELATIVE)
    assert found.conf_high - found.estimate == pytest.approx(reach, rel=RELATIVE)
    assert found.estimate - found.conf_low == pytest.approx(reach, rel=RELATIVE)
    assert (found.n, found.n_clusters) == (90, 12)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_difference_and_its_interval_are_those_of_statsmodels(data, weighted):
    weights = data["weights"] if weighted else None
    found = clustered_difference(data["values"], data["later"], data["clusters"], weights)
    estimate, reach = by_statsmodels(data, [np.ones(len(data)), data["later"]], weights)
    assert found.estimate == pytest.approx(estimate, rel=RELATIVE)
    assert found.conf_high - found.estimate == pytest.approx(reach, rel=RELATIVE)


def test_a_mean_by_hand():
    values = pd.Series([1.0, 3, 5, 7, 9, 11])
    clusters = pd.Series(["a", "a", "b", "c", "c", "c"])
    found = clustered_mean(values, clusters)
    # About the mean of 6 the clusters sum to -8, -1 and 9.
    std_error = (3 / 2 * (64 + 1 + 81) / 36) ** 0.5
    assert found.estimate == 6
    assert found.conf_low == pytest.approx(6 - T_2_DF * std_error, rel=RELATIVE)
    assert found.conf_high == pytest.approx(6 + T_2_DF * std_error, rel=RELATIVE)


def test_a_difference_by_hand():
    values = pd.Series([70.0, 72, 74, 71, 75, 76])
    clusters = pd.Series(["a", "b", "c", "a", "b", "c"])
    later = pd.Series([False] * 3 + [True] * 3)
    found = clustered_difference(values, later, clusters)
    # Gains of 1, 3 and 2: with everyone seen twice it is the t interval of a mean gain of 2.
    assert found.estimate == pytest.approx(2, rel=RELATIVE)
    assert found.conf_high - 2 == pytest.approx(T_2_DF / 3**0.5, rel=RELATIVE)


def test_single_values_give_the_usual_t_interval(data):
    ones = data.assign(clusters=data.index.astype(str))
    found = clustered_mean(ones["values"], ones["clusters"])
    std_error = ones["values"].std(ddof=1) / np.sqrt(len(ones))
    narrow = clustered_mean(ones["values"], ones["clusters"], conf=0.5)
    assert (found.conf_high - found.estimate) / std_error == pytest.approx(1.987, abs=1e-3)
    assert (narrow.conf_high - narrow.estimate) / std_error == pytest.approx(0.677, abs=1e-3)


def test_with_hardly_any_clusters_there_is_no_interval():
    values, clusters = pd.Series([1.0, 2, 3, 4]), pd.Series(["a", "a", "b", "b"])
    assert clusters.nunique() < FEWEST_CLUSTERS
    found = clustered_mean(values, clusters)
    assert found.estimate == 2.5
    assert np.isnan(found.conf_low)
    assert np.isnan(found.conf_high)
    change = clustered_difference(values, values > 2, clusters)
    assert change.estimate == 2
    assert np.isnan(change.conf_low)


@pytest.mark.parametrize("later", [True, False])
def test_a_difference_needs_two_sides(later):
    values = pd.Series([1.0, 2, 3])
    found = clustered_difference(values, pd.Series([later] * 3), pd.Series(["a", "b", "c"]))
    assert np.isnan(found.estimate)
    assert (found.n, found.n_clusters) == (3, 3)


def test_equal_weights_of_any_size_are_no_weights(data):
    plain = clustered_mean(data["values"], data["clusters"])
    sevens = clustered_mean(data["values"], data["clusters"], data["weights"] * 0 + 7)
    assert sevens.conf_low == pytest.approx(plain.conf_low, rel=RELATIVE)


def test_nothing_has_no_mean():
    nothing = clustered_mean(pd.Series(dtype=float), pd.Series(dtype=str))
    assert np.isnan(nothing.estimate)
    assert nothing.n == 0
