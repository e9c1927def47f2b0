"""Shares over all orders: against exact enumeration, R, closed forms, and planted shares."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ModelRefused
from workbench.models.relative_importance import relative_importance
from workbench.models.relative_importance_collinearity import ridge_slopes, variance_inflation
from workbench.models.relative_importance_subsets import lmg_shares, subset_r_squared

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "relative_importance.json").read_text("utf-8")
)
EXACT = 1e-8
SAME = 1e-10
WITHIN = 0.05  # of a share: means over simulated data sets


def mixed(seed, count, rows=80):
    """Correlated columns, the first the response."""
    random = np.random.default_rng(seed)
    return random.normal(size=(rows, count + 1)) @ random.normal(size=(count + 1, count + 1))


def r_squared(data, chosen):
    """By least squares on the columns themselves."""
    if not chosen:
        return 0.0
    design = np.column_stack([np.ones(len(data)), data[:, list(chosen)]])
    left = data[:, 0] - design @ np.linalg.lstsq(design, data[:, 0], rcond=None)[0]
    return 1 - left.var() / data[:, 0].var()


def covariance(data):
    return np.cov(data.T, bias=True)


# --- exact ---


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_shares_are_the_mean_gain_over_all_orders(count):
    data = mixed(count, count)
    known = {
        frozenset(chosen): r_squared(data, chosen)
        for size in range(count + 1)
        for chosen in itertools.combinations(range(1, count + 1), size)
    }
    gains = np.zeros(count)
    orders = list(itertools.permutations(range(1, count + 1)))
    for order in orders:
        for place, one in enumerate(order):
            before = frozenset(order[:place])
            gains[one - 1] += known[before | {one}] - known[before]
    assert lmg_shares(covariance(data)) == pytest.approx(gains / len(orders), abs=EXACT)


def test_every_subset_has_the_r_squared_of_least_squares():
    data = mixed(9, 8)
    found = subset_r_squared(covariance(data)[None])[0]
    for number in range(2**8):
        chosen = [k + 1 for k in range(8) if number >> k & 1]
        assert found[number] == pytest.approx(r_squared(data, chosen), abs=EXACT)


def test_shares_and_inflation_are_those_of_r():
    data = np.array(REFERENCE["rows"])
    whole = covariance(data)
    assert lmg_shares(whole) == pytest.approx(REFERENCE["shares"], abs=EXACT)
    assert lmg_shares(whole).sum() == pytest.approx(REFERENCE["r_squared"], abs=EXACT)
    assert variance_inflation(whole[1:, 1:]) == pytest.approx(REFERENCE["vif"], rel=EXACT)


def test_many_at_once_are_one_by_one():
    stack = np.stack([covariance(mixed(seed, 5)) for seed in range(7)])
    one_by_one = [lmg_shares(one) for one in stack]
    assert lmg_shares(stack) == pytest.approx(np.array(one_by_one), abs=SAME)


def test_more_than_twelve_are_refused():
    with pytest.raises(ModelRefused, match="at most 12"):
        lmg_shares(np.eye(14))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7))
def test_shares_sum_to_r_squared_and_none_is_negative(seed, count):
    data = mixed(seed, count)
    shares = lmg_shares(covariance(data))
    assert shares.sum() == pytest.approx(r_squared(data, range(1, count + 1)), abs=EXACT)
    assert (shares > -EXACT).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.permutations(range(5)))
def test_shares_follow_their_predictors_and_not_their_units(seed, order):
    whole = covariance(mixed(seed, 5))
    units = np.array([3.0, 0.01, -2.0, 1e3, 1.0, 7.0])
    moved = [0, *(place + 1 for place in order)]
    turned = (whole * np.outer(units, units))[np.ix_(moved, moved)]
    assert lmg_shares(turned) == pytest.approx(lmg_shares(whole)[list(order)], abs=EXACT)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-0.4, 0.4), min_size=1, max_size=6))
def test_without_correlation_shares_are_squared_correlations(correlations):
    whole = np.eye(len(correlations) + 1)
    whole[0, 1:] = whole[1:, 0] = correlations
    assert lmg_shares(whole) == pytest.approx(np.square(correlations), abs=EXACT)


def test_two_that_are_the_same_share_alike():
    whole = np.array([[1.0, 0.6, 0.6], [0.6, 1.0, 1.0], [0.6, 1.0, 1.0]])
    assert lmg_shares(whole) == pytest.approx([0.18, 0.18], abs=EXACT)


def test_ridge_shrinks_and_nears_least_squares_with_many_rows():
    whole = covariance(mixed(3, 4))
    scale = np.sqrt(np.diag(whole))
    likeness = whole / np.outer(scale, scale)
    plain = np.linalg.solve(likeness[1:, 1:], likeness[1:, 0])
    assert np.linalg.norm(ridge_slopes(whole, 50)) < np.linalg.norm(plain)
    assert ridge_slopes(whole, 10**9) == pytest.approx(plain, abs=1e-6)


# --- shares of what is told, from data ---

WEIGHTS = np.array([0.5, 0.3, 0.0])
NAMES = ["a", "b", "c"]
GROUPS = {"a": "one", "b": "other", "c": "other"}


def clustered(seed, weights=WEIGHTS, clusters=60, rows=6):
    """Predictors and chance that are alike within clusters; predictors uncorrelated."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(clusters), rows)
    x = 0.7 * random.normal(size=(clusters, 3))[who] + 0.7 * random.normal(size=(len(who), 3))
    y = x @ weights + 0.6 * random.normal(size=clusters)[who] + random.normal(size=len(who))
    return pd.DataFrame({"y": y, **dict(zip(NAMES, x.T, strict=True)), "who": who})


def found_in(frame, **asked):
    return relative_importance(frame, "y", NAMES, GROUPS, "who", **asked)


def test_shares_sum_to_one_and_groups_to_their_members():
    found = found_in(clustered(1))
    shares = found.shares.set_index("name")
    assert shares["share"].sum() == pytest.approx(1, abs=SAME)
    whole = found.groups.set_index("group")
    assert whole.at["other", "share"] == pytest.approx(shares["share"][["b", "c"]].sum(), abs=SAME)
    assert (shares["share_low"] <= shares["share"]).all()
    assert (shares["share"] <= shares["share_high"]).all()
    assert found.explained < found.r_squared
    assert found.explained_low < found.explained < found.explained_high
    assert list(shares["direction"][["a", "b"]]) == [1, 1]
    assert (found.n, found.n_clusters) == (360, 60)


def test_what_chance_adds_is_taken_off():
    truth = np.square(WEIGHTS) / np.square(WEIGHTS).sum()
    found = [found_in(clustered(seed), draws=200, seed=seed) for seed in range(40)]
    shares = np.array([one.shares["share"] for one in found])
    assert np.abs(shares.mean(axis=0) - truth).max() < WITHIN
    explained = 0.98 * (WEIGHTS**2).sum()
    explained = explained / (explained + 0.36 + 1)
    raw = np.mean([one.r_squared for one in found])
    told = np.mean([one.explained for one in found])
    assert abs(told - explained) < abs(raw - explained)
    low = np.array([one.shares["share_low"] for one in found])
    high = np.array([one.shares["share_high"] for one in found])
    covered = ((low <= truth + SAME) & (truth <= high)).mean(axis=0)
    assert (covered >= 0.8).all()


def test_the_same_seed_gives_the_same_and_means_taken_out_widen():
    frame = clustered(2)
    one, same = found_in(frame, seed=4), found_in(frame, seed=4)
    pd.testing.assert_frame_equal(one.shares, same.shares)
    wider = found_in(frame, seed=4, means_taken_out=90)
    reach = one.shares["share_high"] - one.shares["share_low"]
    assert ((wider.shares["share_high"] - wider.shares["share_low"]) > reach).all()


def test_nothing_told_is_refused():
    found = found_in(clustered(3, weights=np.zeros(3)))
    assert found.shares.empty
    assert "does not surely tell anything" in found.reason
    assert np.isfinite(found.explained)


def test_repeats_are_told_by_name():
    frame = clustered(4)
    found = found_in(frame.assign(c=2 * frame["a"] + 1))
    assert found.reason == "a, c repeat one another exactly, so they can't be told apart."


def test_what_does_not_vary_is_told_by_name():
    assert found_in(clustered(5).assign(b=3.0)).reason == "b does not vary."
    assert "no rows" in found_in(clustered(5).iloc[:0]).reason


def test_few_clusters_give_no_shares():
    assert "too few to draw" in found_in(clustered(6, clusters=8)).reason
