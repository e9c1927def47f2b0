"""Kappa against R's psych, by hand, by brute force, and its known relation to the ICC."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from workbench.errors import ParameterError
from workbench.models.cluster_bootstrap import cluster_draws
from workbench.models.intraclass import intraclass
from workbench.models.weighted_kappa import WEIGHTS, weighted_kappa

RELATIVE = 1e-10
EXAMPLES = 40
TAIL_15 = 0.0132071731268  # pnorm(-sqrt(15/14) * qt(0.975, 14)), by R
RELATION = 1e-7  # of identities in hypothesis' examples

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "agreement.json").read_text(encoding="utf-8"))["kappa"]


def pairs_of(name):
    return pd.DataFrame({key: REFERENCE[name][key] for key in ("first", "second")})


def kappa(frame, weights="quadratic", **others):
    return weighted_kappa(frame, "first", "second", weights, **others).iloc[0]


def by_definition(first, second, weights):
    """Kappa from shares of agreement over all pairs of subjects, one by one."""
    power = {"quadratic": 2, "linear": 1, "unweighted": 0}[weights]
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    observed = np.where(a == b, 0, np.abs(a - b) ** power).mean()
    every = a[:, None] - b
    expected = np.where(every == 0, 0, np.abs(every) ** power).mean()
    return 1 - observed / expected


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("name", REFERENCE)
def test_kappa_is_psychs(name, weights):
    found = kappa(pairs_of(name), weights, draws=0)
    assert found["estimate"] == pytest.approx(REFERENCE[name][weights], rel=RELATIVE)
    assert found["n_subjects"] == len(REFERENCE[name]["first"])


def test_kappa_by_hand():
    """Agreed in 35 of 50 where 25 are expected: (0.7 - 0.5) / (1 - 0.5)."""
    cells = {(0, 0): 20, (0, 1): 5, (1, 0): 10, (1, 1): 15}
    rows = [pair for pair, times in cells.items() for _ in range(times)]
    frame = pd.DataFrame(rows, columns=["first", "second"])
    for weights in WEIGHTS:  # with two categories there is one way to disagree
        found = kappa(frame, weights, draws=0)
        assert found["estimate"] == pytest.approx(0.4, rel=RELATIVE)
        assert found["share_same"] == pytest.approx(0.7)


def test_categories_that_nobody_used_do_not_matter():
    frame = pairs_of("seven")
    categories = pd.CategoricalDtype(range(-3, 12), ordered=True)
    for weights in WEIGHTS:
        wide = kappa(frame.astype(categories), weights, draws=0)["estimate"]
        assert wide == pytest.approx(REFERENCE["seven"][weights], rel=RELATIVE)


def test_distances_of_numbers_count_and_steps_of_categories_are_equal():
    frame = pairs_of("three").replace({2: 5})
    assert kappa(frame, "linear", draws=0)["estimate"] == pytest.approx(
        by_definition(frame["first"], frame["second"], "linear"), rel=RELATIVE
    )
    steps = frame.astype(pd.CategoricalDtype([0, 1, 5], ordered=True))
    assert kappa(steps, "linear", draws=0)["estimate"] == pytest.approx(
        REFERENCE["three"]["linear"], rel=RELATIVE
    )


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_interval_is_that_of_repeated_rows(weights):
    random = np.random.default_rng(3)
    true = random.normal(1, 1, 60)
    scores = np.clip(np.round(true[:, None] + random.normal(0, 0.6, (60, 2))), 0, 3)
    frame = pd.DataFrame(scores, columns=["first", "second"])
    frame["cluster"] = [f"c{number % 15}" for number in range(60)]
    found = kappa(frame, weights, cluster="cluster", draws=200, seed=6)
    order = [f"c{number}" for number in range(15)]
    values = []
    for counts in cluster_draws(15, 200, seed=6).astype(int):
        names = np.repeat(order, counts)
        rows = pd.concat([frame[frame["cluster"] == name] for name in names])
        values.append(by_definition(rows["first"], rows["second"], weights))
    expected = np.quantile(values, [TAIL_15, 1 - TAIL_15])
    assert [found["conf_low"], found["conf_high"]] == pytest.approx(expected, rel=1e-9)
    assert (found["n_clusters"], found["draws"], found["reason"]) == (15, 200, "")


def test_clusters_widen_the_interval_where_they_say_the_same():
    once = pairs_of("three")
    copied = pd.concat([once.assign(cluster=np.arange(80))] * 4, ignore_index=True)
    alone = kappa(copied, cluster=None)
    together = kappa(copied, cluster="cluster")
    single = kappa(once)
    assert together["estimate"] == pytest.approx(alone["estimate"])
    assert together["conf_low"] == pytest.approx(single["conf_low"], rel=RELATIVE)
    widths = [row["conf_high"] - row["conf_low"] for row in (alone, together)]
    assert widths[0] == pytest.approx(widths[1] / 2, rel=0.15)


@settings(max_examples=EXAMPLES)
@given(
    some.lists(some.tuples(some.integers(0, 6), some.integers(0, 6)), min_size=4, max_size=40),
    some.sampled_from(WEIGHTS),
)
def test_kappa_is_its_definition(pairs, weights):
    first, second = zip(*pairs, strict=True)
    assume(len(set(first)) > 1 and len(set(second)) > 1)
    found = kappa(pd.DataFrame({"first": first, "second": second}), weights, draws=0)
    assert found["estimate"] == pytest.approx(by_definition(first, second, weights), abs=1e-12)
    turned = kappa(pd.DataFrame({"first": second, "second": first}), weights, draws=0)
    assert turned["estimate"] == pytest.approx(found["estimate"], abs=1e-12)


@settings(max_examples=EXAMPLES)
@given(some.lists(some.tuples(some.integers(0, 9), some.integers(0, 9)), min_size=4, max_size=60))
def test_quadratic_kappa_is_nearly_the_icc(pairs):
    """Fleiss and Cohen (1973), here exactly, with c the covariance of the two raters.

    ``1 / kappa = 1 / ICC(A,1) + sum of squared differences / (2 c n (n - 1))``
    """
    table = pd.DataFrame(pairs, columns=["first", "second"]).astype(float)
    covariance = table.cov().iloc[0, 1]
    assume(abs(covariance) > 1e-6 and (table.nunique() > 1).all())
    icc = intraclass(table).set_index("type").loc["ICC(A,1)", "estimate"]
    n = len(table)
    squared = ((table["first"] - table["second"]) ** 2).sum()
    expected = 1 / icc + squared / (2 * covariance * n * (n - 1))
    found = kappa(table, draws=0)["estimate"]
    assert 1 / found == pytest.approx(expected, rel=RELATION, abs=RELATION)


def test_many_subjects_bring_quadratic_kappa_to_the_icc():
    table = pd.concat([pairs_of("seven")] * 200, ignore_index=True)
    icc = intraclass(table).set_index("type").loc["ICC(A,1)", "estimate"]
    assert kappa(table, draws=0)["estimate"] == pytest.approx(icc, abs=1e-4)


def test_a_constant_rater_leaves_kappa_undefined():
    frame = pairs_of("three")
    one = kappa(frame.assign(second=1))
    both = kappa(frame.assign(first=1, second=1))
    apart = kappa(frame.assign(first=2, second=1))
    assert "One rater" in one["reason"]
    assert "Each rater" in both["reason"]
    assert "Each rater" in apart["reason"]
    for row in (one, both, apart):
        assert np.isnan([row["estimate"], row["conf_low"], row["conf_high"]]).all()
    assert both["share_same"] == 1


def test_draws_without_variance_take_the_interval_away():
    """One subject of thirty differs: a third of the draws miss it."""
    frame = pd.DataFrame({"first": [1] + [0] * 29, "second": [1] + [0] * 29})
    found = kappa(frame)
    assert found["estimate"] == 1
    assert np.isnan(found["conf_low"])
    assert "not defined in" in found["reason"]


def test_perfect_agreement_has_no_interval():
    frame = pd.DataFrame({"first": [0, 1, 2] * 10, "second": [0, 1, 2] * 10})
    found = kappa(frame)
    assert found["estimate"] == 1
    assert np.isnan(found["conf_low"])
    assert "same value" in found["reason"]


def test_rows_without_both_ratings_are_counted():
    frame = pairs_of("three").astype(float)
    frame.loc[[1, 4], "first"] = np.nan
    frame.loc[7, "second"] = np.nan
    found = kappa(frame, draws=0)
    assert (found["n_subjects"], found["n_dropped"]) == (77, 3)
    assert found["estimate"] == kappa(frame.dropna(), draws=0)["estimate"]
    nothing = kappa(frame[:0])
    assert "there are 0" in nothing["reason"]


def test_what_can_not_be_used_is_refused():
    frame = pairs_of("three")
    with pytest.raises(ParameterError, match="quadratic, linear, unweighted"):
        kappa(frame, "cubic")
    with pytest.raises(ParameterError, match="no column second"):
        kappa(frame[["first"]])
    with pytest.raises(ParameterError, match="ordered categorical"):
        kappa(frame.astype(str))
    low, high = (pd.CategoricalDtype(order, ordered=True) for order in ([0, 1, 2], [2, 1, 0]))
    with pytest.raises(ParameterError, match="same ordered categories"):
        kappa(frame.astype({"first": low, "second": high}))
