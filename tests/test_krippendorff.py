"""Krippendorff's alpha against his published example and a pairwise enumeration."""

from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from workbench.errors import ParameterError
from workbench.models.cluster_bootstrap import cluster_draws
from workbench.models.krippendorff import METRICS, krippendorff_alpha

PUBLISHED = 0.0006  # printed with three digits; the ratio's 0.7974 as 0.797
EXACT = 1e-10
TAIL_12 = 0.0107566149166  # pnorm(-sqrt(12/11) * qt(0.975, 11)), by R
EXAMPLES = 40

# Krippendorff (2011), Computing Krippendorff's alpha-reliability, sections C and D to F: four
# observers, twelve units.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
ALPHA = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}


@pytest.fixture
def example():
    rows = [
        (unit, np.nan if value == "." else float(value))
        for line in OBSERVERS
        for unit, value in enumerate(line.split())
    ]
    return pd.DataFrame(rows, columns=["subject", "rating"])


def alpha(frame, metric="ordinal", **others):
    return krippendorff_alpha(frame, "rating", "subject", metric, **others).iloc[0]


def by_definition(units, metric):
    """Alpha by going through every ordered pair of values, within units and over all."""
    units = [values for values in units if len(values) > 1]
    every = [value for values in units for value in values]

    @cache
    def difference(a, b):
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return (a - b) ** 2
        if metric == "ratio":
            return 0.0 if a == b else ((a - b) / (a + b)) ** 2
        low, high = min(a, b), max(a, b)
        between = sum(low <= value <= high for value in every)
        return (between - (every.count(a) + every.count(b)) / 2) ** 2 if a != b else 0.0

    observed = sum(
        difference(a, b) / (len(values) - 1) for values in units for a, b in permutations(values, 2)
    ) / len(every)
    expected = sum(difference(a, b) for a, b in permutations(every, 2))
    return 1 - observed / (expected / (len(every) * (len(every) - 1)))


def frame_of(units):
    rows = [(number, value) for number, values in enumerate(units) for value in values]
    return pd.DataFrame(rows, columns=["subject", "rating"])


@pytest.mark.parametrize("metric", METRICS)
def test_the_published_example(example, metric):
    found = alpha(example, metric, draws=0)
    assert found["estimate"] == pytest.approx(ALPHA[metric], abs=PUBLISHED)
    # 48 places, of which 7 are empty, and one value that nobody else's stands beside.
    assert (found["n_subjects"], found["n_ratings"], found["n_dropped"]) == (11, 40, 8)


designs = some.lists(
    some.lists(some.integers(0, 6), min_size=1, max_size=5), min_size=2, max_size=9
)


@settings(max_examples=EXAMPLES)
@given(designs, some.sampled_from(METRICS))
def test_alpha_is_its_definition_pair_by_pair(units, metric):
    paired = [values for values in units if len(values) > 1]
    assume(len({value for values in paired for value in values}) > 1)
    found = alpha(frame_of(units), metric, draws=0)
    assert found["estimate"] == pytest.approx(by_definition(units, metric), abs=EXACT)


@settings(max_examples=EXAMPLES // 2)
@given(designs)
def test_names_order_and_units_of_measure_do_not_matter(units):
    paired = [values for values in units if len(values) > 1]
    assume(len({value for values in paired for value in values}) > 1)
    frame = frame_of(units)
    moved = frame.sample(frac=1, random_state=1).assign(rating=lambda rows: rows["rating"] * 7 - 90)
    cubed = frame.assign(rating=frame["rating"] ** 3 - 5)
    scaled = frame.assign(rating=frame["rating"] * 0.3)
    words = frame.assign(rating=frame["rating"].map("grade {}".format))
    for metric, other in zip(
        ("interval", "ordinal", "ratio", "nominal"), (moved, cubed, scaled, words), strict=True
    ):
        before, after = (alpha(one, metric, draws=0)["estimate"] for one in (frame, other))
        assert after == pytest.approx(before, abs=1e-9)


def test_two_raters_with_two_values_are_scotts_pi():
    """With all 2n values there, alpha = 1 - (1 - pi)(2n - 1) / (2n)."""
    units = [[0, 0]] * 30 + [[0, 1]] * 9 + [[1, 1]] * 11
    share = 31 / 100  # of ones
    pi = (41 / 50 - (1 - 2 * share * (1 - share))) / (2 * share * (1 - share))
    for metric in METRICS:  # with zero and one, all four metrics rank pairs the same
        found = alpha(frame_of(units), metric, draws=0)
        assert found["estimate"] == pytest.approx(1 - (1 - pi) * 99 / 100, rel=EXACT)


@pytest.mark.parametrize("metric", METRICS)
def test_the_interval_is_that_of_repeated_clusters(metric):
    random = np.random.default_rng(8)
    units = [
        list(np.clip(np.round(random.normal(level, 0.8, random.integers(2, 5))), 0, 4))
        for level in random.normal(2, 1.2, 30)
    ]
    units[:3] = [values[:1] for values in units[:3]]
    frame = frame_of(units)
    frame["cluster"] = frame["subject"] % 12
    found = alpha(frame, metric, cluster="cluster", draws=200, seed=3)
    order = pd.unique(frame["cluster"][frame.groupby("subject")["rating"].transform("size") > 1])
    assert len(order) == 12
    values = []
    for counts in cluster_draws(len(order), 200, seed=3).astype(int):
        chosen = np.repeat(order, counts)
        drawn = [units[k] for number in chosen for k in range(30) if k % 12 == number]
        values.append(by_definition(drawn, metric))
    expected = np.quantile(values, [TAIL_12, 1 - TAIL_12])
    assert [found["conf_low"], found["conf_high"]] == pytest.approx(expected, abs=EXACT)
    assert (found["n_clusters"], found["draws"]) == (12, 200)


def test_the_interval_holds_with_many_values_too(monkeypatch):
    """In chunks of draws, for ratings that hardly repeat."""
    random = np.random.default_rng(2)
    true = random.normal(70, 8, 60)
    frame = frame_of([list(np.round(random.normal(level, 5, 2), 2)) for level in true])
    whole = alpha(frame, "ordinal", draws=250)
    monkeypatch.setattr("workbench.models.krippendorff.NUMBERS_AT_ONCE", 1000)
    in_parts = alpha(frame, "ordinal", draws=250)
    pd.testing.assert_series_equal(whole, in_parts)
    assert whole["conf_low"] < whole["estimate"] < whole["conf_high"]


def test_undefined_alpha_has_a_reason(example):
    same = alpha(example.assign(rating=2.0))
    alone = alpha(example.drop_duplicates("subject"))
    nothing = alpha(example[:0])
    assert "Every rating is the same" in same["reason"]
    assert "No subject has two ratings" in alone["reason"]
    assert "No subject has two ratings" in nothing["reason"]
    for row in (same, alone, nothing):
        assert np.isnan([row["estimate"], row["conf_low"], row["conf_high"]]).all()


def test_few_clusters_have_an_estimate_and_no_interval(example):
    found = alpha(example.assign(cluster=example["subject"] // 3), cluster="cluster")
    assert found["estimate"] == pytest.approx(ALPHA["ordinal"], abs=PUBLISHED)
    assert np.isnan(found["conf_low"])
    assert "10 clusters; there are 4" in found["reason"]


def test_an_ordered_categorical_is_read_by_its_order(example):
    names = ["never", "seldom", "sometimes", "often", "always"]
    words = example["rating"].map(dict(enumerate(names, 1)))
    ordered = words.astype(pd.CategoricalDtype(names, ordered=True))
    for metric in ("ordinal", "interval", "nominal"):
        found = alpha(example.assign(rating=ordered), metric, draws=0)
        assert found["estimate"] == pytest.approx(ALPHA[metric], abs=PUBLISHED)


def test_what_can_not_be_used_is_refused(example):
    with pytest.raises(ParameterError, match="nominal, ordinal, interval, ratio"):
        alpha(example, "quadratic")
    with pytest.raises(ParameterError, match="no column subject"):
        alpha(example[["rating"]])
    with pytest.raises(ParameterError, match="negative"):
        alpha(example.assign(rating=-example["rating"]), "ratio")
    with pytest.raises(ParameterError, match="ordered categorical"):
        alpha(example.assign(rating="often"), "ordinal")
