"""Intervals of shares and their dispersion, against R and against simulated truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.models.proportions import Dispersion, dispersion_of_shares, wilson_interval

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "proportions.json").read_text(encoding="utf-8")
)
TOLERANCE = 1e-10
COVERAGE = (0.93, 0.975)
"""About 3 standard errors of 95% in 800 sets, and room for a discrete count."""


@pytest.mark.parametrize("case", REFERENCE["wilson"], ids=lambda case: f"{case['count']}")
def test_wilson_is_that_of_r(case):
    low, high = wilson_interval(case["count"], case["of"])
    assert low == pytest.approx(case["low"], abs=TOLERANCE)
    assert high == pytest.approx(case["high"], abs=TOLERANCE)


def test_dispersion_is_that_of_a_quasi_binomial_model_in_r():
    data = REFERENCE["dispersion"]
    found = dispersion_of_shares(*(pd.Series(data[name]) for name in ("came", "members", "team")))
    assert found.value == pytest.approx(data["value"], abs=TOLERANCE)
    assert found.df == data["df"]


def test_scatter_less_than_chance_counts_as_chance():
    same = pd.Series([5, 5, 5, 5])
    assert dispersion_of_shares(same, same * 2, pd.Series([1, 1, 2, 2])) == Dispersion(1.0, 2.0)


def test_one_occasion_a_group_tells_no_dispersion_and_so_no_interval():
    found = dispersion_of_shares(pd.Series([3, 4]), pd.Series([6, 6]), pd.Series([1, 2]))
    assert np.isnan(found.value)
    assert np.isnan(wilson_interval(3, 6, dispersion=found)).all()


def test_clusters_widen_the_interval_and_none_of_none_has_none():
    plain = wilson_interval(20, 40)
    wide = wilson_interval(20, 40, dispersion=Dispersion(2.0, 10.0))
    assert wide[0] < plain[0] < plain[1] < wide[1]
    assert np.isnan(wilson_interval(0, 0)).all()
    low, high = wilson_interval(np.array([0, 5]), np.array([5, 5]))
    assert low[0] == pytest.approx(0, abs=TOLERANCE)
    assert high[1] == pytest.approx(1, abs=TOLERANCE)


def test_empty_groups_and_trials_are_left_out():
    none = pd.Series([], dtype=float)
    assert dispersion_of_shares(none, none, none).df == 0
    found = dispersion_of_shares(
        pd.Series([1, 2, 0, 3]), pd.Series([4, 4, 0, 4]), pd.Series([1, 1, 1, 1])
    )
    assert found.df == 2


def test_the_interval_holds_the_truth_where_members_are_alike_on_a_day():
    """Sets of 30 occasions of 8, with the correlation 0.1 within an occasion (dispersion 1.7)."""
    random, held, plain = np.random.default_rng(5), 0, 0
    sets, size, share = 800, 1 / 0.1 - 1, 0.7
    of = pd.Series(np.full(30, 8))
    one = pd.Series(np.ones(30))
    for _ in range(sets):
        count = pd.Series(random.binomial(8, random.beta(share * size, (1 - share) * size, 30)))
        scatter = dispersion_of_shares(count, of, one)
        low, high = wilson_interval(count.sum(), of.sum(), dispersion=scatter)
        held += low <= share <= high
        low, high = wilson_interval(count.sum(), of.sum())
        plain += low <= share <= high
    assert COVERAGE[0] <= held / sets <= COVERAGE[1]
    assert plain / sets < 0.90
