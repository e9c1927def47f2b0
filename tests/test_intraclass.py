"""Intraclass correlations against R's psych and lme4, published numbers and simulated truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ParameterError
from workbench.models.cluster_bootstrap import (
    FEWEST_CLUSTERS,
    MOST_UNDEFINED,
    cluster_draws,
    percentile_interval,
)
from workbench.models.crossed_refits import ClusterSums, refit_shares
from workbench.models.intraclass import intraclass, intraclass_long, intraclass_one_way
from workbench.models.mixed import fit_mixed_model

RELATIVE = 1e-9  # of closed forms
OPTIMUM = 2e-5  # relative, of variances found by two searches
SHARE = 1e-4  # of shares of variance refitted to a draw
PUBLISHED = 0.005  # printed with two digits
TAIL_20 = 0.0158808299203  # pnorm(-sqrt(20/19) * qt(0.975, 19)), by R

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "agreement.json").read_text(encoding="utf-8"))
PSYCH = {
    "ICC1": "ICC(1,1)",
    "ICC2": "ICC(A,1)",
    "ICC3": "ICC(C,1)",
    "ICC1k": "ICC(1,k)",
    "ICC2k": "ICC(A,k)",
    "ICC3k": "ICC(C,k)",
}
SHROUT_FLEISS = {
    "ICC(1,1)": 0.17,
    "ICC(A,1)": 0.29,
    "ICC(C,1)": 0.71,
    "ICC(1,k)": 0.44,
    "ICC(A,k)": 0.62,
    "ICC(C,k)": 0.91,
}
COLUMNS = ["estimate", "statistic", "df1", "df2", "p_value", "conf_low", "conf_high"]


def ratings_of(name):
    return pd.DataFrame(REFERENCE["intraclass"][name]["ratings"])


def long_form(table):
    """One row a rating of a complete table."""
    long = table.reset_index(names="subject").melt("subject", var_name="rater")
    return long.rename(columns={"value": "rating"})


def crossed(seed, subjects=40, raters=8, sds=(6.0, 3.0, 4.0), a_cluster=2):
    """Two ratings of each subject, by two of many raters."""
    random = np.random.default_rng(seed)
    chosen = np.argsort(random.random((subjects, raters)), axis=1)[:, :2]
    effects = random.normal(0, sds[0], subjects)[:, None] + random.normal(0, sds[1], raters)[chosen]
    rating = 70 + effects + random.normal(0, sds[2], chosen.shape)
    subject = np.repeat(np.arange(subjects), 2)
    return pd.DataFrame(
        {
            "rating": rating.ravel(),
            "subject": subject,
            "rater": [f"r{number}" for number in chosen.ravel()],
            "cluster": subject // a_cluster,
        }
    )


def estimate_of(frame, **others):
    return intraclass_long(frame, "rating", "subject", "rater", **others).iloc[0]


# --- complete tables ---


def test_the_published_example_of_shrout_and_fleiss():
    found = intraclass(ratings_of("shrout_fleiss")).set_index("type")["estimate"]
    assert list(found.index) == list(SHROUT_FLEISS)
    for kind, published in SHROUT_FLEISS.items():
        assert found[kind] == pytest.approx(published, abs=PUBLISHED)


@pytest.mark.parametrize("name", ["shrout_fleiss", "percent", "loose"])
def test_all_six_forms_are_psychs(name):
    found = intraclass(ratings_of(name)).set_index("type")
    assert (found["reason"] == "").all()
    for row in REFERENCE["intraclass"][name]["forms"]:
        for column in COLUMNS:
            ours = found.loc[PSYCH[row["type"]], column]
            assert ours == pytest.approx(row[column], rel=RELATIVE), (row["type"], column)


def test_order_shift_and_scale_do_not_matter():
    table = ratings_of("percent")
    before = intraclass(table)[COLUMNS]
    moved = intraclass(table.sample(frac=1, random_state=1)[[2, 0, 1]] * 3 - 1000)[COLUMNS]
    np.testing.assert_allclose(moved, before, rtol=1e-7)


def test_a_steady_difference_between_raters_counts_for_agreement_only():
    table = ratings_of("percent")
    before = intraclass(table).set_index("type")["estimate"]
    after = intraclass(table + np.array([0, 30, 0])).set_index("type")["estimate"]
    for kind in ("ICC(C,1)", "ICC(C,k)"):
        assert after[kind] == pytest.approx(before[kind], rel=1e-7)
    for kind in ("ICC(A,1)", "ICC(1,1)", "ICC(A,k)", "ICC(1,k)"):
        assert after[kind] < before[kind] - 0.1


def test_ratings_without_variance_have_no_icc():
    found = intraclass(pd.DataFrame(np.full((5, 3), 71.3)))
    assert found[COLUMNS].isna().all(axis=None)
    assert found["reason"].str.contains("no variance").all()


def test_perfect_agreement_has_an_estimate_and_no_interval():
    subjects = np.array([3.1, 4.7, 9.2, 1.0])
    found = intraclass(pd.DataFrame({"a": subjects, "b": subjects}))
    np.testing.assert_allclose(found["estimate"], 1.0)
    assert found[["statistic", "p_value", "conf_low", "conf_high"]].isna().all(axis=None)
    assert found["reason"].str.contains("no error").all()


def test_perfect_consistency_is_not_perfect_agreement():
    subjects = np.array([3.0, 4, 9, 1])
    found = intraclass(pd.DataFrame({"a": subjects, "b": subjects + 2})).set_index("type")
    assert found.loc["ICC(C,1)", "estimate"] == pytest.approx(1)
    # Variances between subjects and raters: 34.75 / 3 and 4 / 2, with no error.
    expected = (34.75 / 3) / (34.75 / 3 + 2)
    assert found.loc["ICC(A,1)", "estimate"] == pytest.approx(expected, rel=RELATIVE)
    assert np.isnan(found.loc["ICC(A,1)", "conf_low"])
    assert found.loc["ICC(1,1)", "reason"] == ""


def test_subjects_who_do_not_differ_leave_the_mean_without_reliability():
    table = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [4.0, 3, 2, 1]})
    found = intraclass(table).set_index("type")
    assert found.loc["ICC(1,1)", "estimate"] == pytest.approx(-1)
    assert np.isnan(found.loc["ICC(C,k)", "estimate"])
    assert "not defined" in found.loc["ICC(C,k)", "reason"]


@pytest.mark.parametrize("shape", [(1, 3), (4, 1), (0, 2), (0, 0)])
def test_too_small_a_table_has_a_reason(shape):
    found = intraclass(pd.DataFrame(np.zeros(shape)))
    assert len(found) == 6
    assert found["estimate"].isna().all()
    assert found["reason"].str.contains("two subjects and two raters").all()


def test_a_table_that_can_not_be_used_is_refused():
    table = ratings_of("percent")
    with pytest.raises(ParameterError, match="intraclass_long"):
        intraclass(table.where(table > table.min()))
    with pytest.raises(ParameterError, match="numbers"):
        intraclass(table.astype(str))
    with pytest.raises(ParameterError, match="infinite"):
        intraclass(table.replace(table.iloc[0, 0], np.inf))


# --- one way, with unequal numbers of ratings ---


def test_one_way_with_unequal_numbers_is_rs():
    expected = REFERENCE["one_way"]
    frame = pd.DataFrame({"value": expected["value"], "subject": expected["subject"]})
    found = intraclass_one_way(frame, "value", "subject").iloc[0]
    for column in [*COLUMNS, "ratings_a_subject"]:
        assert found[column] == pytest.approx(expected[column], rel=RELATIVE), column
    assert (found["n_subjects"], found["n_ratings"], found["reason"]) == (12, 33, "")


def test_one_way_with_equal_numbers_is_that_of_the_table():
    table = ratings_of("percent")
    row = intraclass_one_way(long_form(table), "rating", "subject").iloc[0]
    expected = intraclass(table).iloc[0]
    for column in COLUMNS:
        assert row[column] == pytest.approx(expected[column], rel=1e-8)
    assert row["ratings_a_subject"] == pytest.approx(3)


def test_one_way_leaves_missing_ratings_out_and_counts_them():
    frame = long_form(ratings_of("percent"))
    frame.loc[[3, 50], "rating"] = np.nan
    found = intraclass_one_way(frame, "rating", "subject").iloc[0]
    assert (found["n_ratings"], found["n_dropped"]) == (118, 2)
    same = intraclass_one_way(frame.dropna(), "rating", "subject").iloc[0]
    assert same["estimate"] == found["estimate"]


@pytest.mark.parametrize("subjects", [[], [1], [1, 1], [1, 2, 3]])
def test_one_way_needs_subjects_rated_twice(subjects):
    frame = pd.DataFrame({"value": np.arange(float(len(subjects))), "subject": subjects})
    found = intraclass_one_way(frame, "value", "subject").iloc[0]
    assert np.isnan(found["estimate"])
    assert "rated twice" in found["reason"]


# --- some of many raters: the mixed model ---


@pytest.mark.parametrize("name", ["many_raters", "small"])
def test_variances_are_lme4s(name):
    expected = REFERENCE["mixed"][name]
    found = estimate_of(pd.DataFrame(expected["rows"]), draws=0)
    parts = [expected[part] for part in ("subject", "rater", "Residual")]
    columns = ["subject_variance", "rater_variance", "residual_variance"]
    np.testing.assert_allclose(found[columns].astype(float), parts, rtol=OPTIMUM)
    assert found["estimate"] == pytest.approx(parts[0] / sum(parts), rel=OPTIMUM)
    assert found["reason"] == "No interval was asked for."


def test_with_complete_ratings_it_is_the_tables():
    """Restricted likelihood and mean squares agree where no variance would be negative."""
    table = ratings_of("percent")
    expected = intraclass(table).set_index("type").loc["ICC(A,1)", "estimate"]
    assert estimate_of(long_form(table), draws=0)["estimate"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("sds", [(6.0, 3.0, 4.0), (6.0, 0.0, 4.0), (0.5, 2.0, 4.0)])
def test_every_draw_is_a_fit_to_its_rows(sds):
    """The refits against `fit_mixed_model` on frames in which drawn clusters are repeated."""
    frame = crossed(3, sds=sds).drop(index=[5, 17])
    rater, cluster = pd.factorize(frame["rater"])[0], frame["cluster"].to_numpy()
    sums = ClusterSums.of(frame["rating"].to_numpy(), frame["subject"].to_numpy(), rater, cluster)
    drawn = cluster_draws(20, 200, seed=4)[:6]
    shares = refit_shares(sums, drawn, (1.0, 0.5))
    for counts, found in zip(drawn.astype(int), shares, strict=True):
        copies = [
            frame[frame["cluster"] == number].assign(copy=copy)
            for number, times in enumerate(counts)
            for copy in range(times)
        ]
        rows = pd.concat(copies, ignore_index=True)
        rows["subject"] = rows["subject"].astype(str) + "-" + rows["copy"].astype(str)
        fit = fit_mixed_model("rating ~ 1 + (1 | subject) + (1 | rater)", rows)
        expected = fit.icc().set_index("group")["share"][["subject", "rater", "Residual"]]
        np.testing.assert_allclose(found, expected, atol=SHARE)


def test_draws_without_variance_or_without_error_do_not_stop_the_others():
    """Two of twelve subjects were scored apart from the rest, one of them differently by two."""
    frame = crossed(2, subjects=12, raters=3).assign(rating=1.0)
    frame.loc[[0, 1, 2], "rating"] = 2.0
    rater = pd.factorize(frame["rater"])[0]
    subject = frame["subject"].to_numpy()
    sums = ClusterSums.of(frame["rating"].to_numpy(), subject, rater, subject)
    drawn = cluster_draws(12, 200, seed=1)
    shares = refit_shares(sums, drawn, (1.0, 0.5))
    constant = (drawn[:, 0] == 0) & (drawn[:, 1] == 0)
    agreed = (drawn[:, 0] > 0) & (drawn[:, 1] == 0)
    assert constant.any() and agreed.any()
    assert np.isnan(shares[constant]).all()
    np.testing.assert_allclose(shares[agreed, 0], 1.0, atol=1e-5)
    found = estimate_of(frame)
    assert 0 < found["estimate"] < 1
    assert found["draws"] < 1000


def test_the_interval_is_the_middle_of_the_refits():
    frame = crossed(5)
    found = estimate_of(frame, cluster="cluster", draws=200, seed=9)
    rater = pd.factorize(frame["rater"])[0]
    columns = frame["rating"].to_numpy(), frame["subject"].to_numpy(), rater
    sums = ClusterSums.of(*columns, frame["cluster"].to_numpy())
    shares = refit_shares(sums, cluster_draws(20, 200, seed=9), (1.0, 1.0))
    # The raters' variance rests on eight raters: it is stretched by 7 over a chi-square of 7.
    stretch = 7 / np.random.default_rng([9, 8]).chisquare(7, 200)
    shares = shares[:, 0] / (1 + shares[:, 1] * (stretch - 1))
    expected = np.quantile(shares, [TAIL_20, 1 - TAIL_20])
    assert [found["conf_low"], found["conf_high"]] == pytest.approx(expected, abs=SHARE)
    assert (found["n_clusters"], found["n_subjects"], found["draws"]) == (20, 40, 200)
    again = estimate_of(frame, cluster="cluster", draws=200, seed=9)
    pd.testing.assert_series_equal(found, again)
    other = estimate_of(frame, cluster="cluster", draws=200, seed=10)
    assert other["conf_low"] != found["conf_low"]


def test_simulated_truth_lies_in_most_intervals():
    truth = 36 / (36 + 1 + 16)
    inside = 0
    for seed in range(20):
        frame = crossed(seed, 60, 10, (6.0, 1.0, 4.0))
        row = estimate_of(frame, draws=200, seed=seed)
        inside += row["conf_low"] <= truth <= row["conf_high"]
    assert inside >= 15  # fewer has a chance of 1 in 300 at a coverage of 90%


def test_what_can_not_be_told_apart_has_a_reason():
    frame = crossed(1)
    one_rater = estimate_of(frame.assign(rater="r1"))
    assert "two raters" in one_rater["reason"]
    own_raters = estimate_of(frame.assign(rater=np.arange(len(frame)).astype(str)))
    assert "can't be told apart" in own_raters["reason"]
    once = estimate_of(frame.drop_duplicates("subject"))
    assert "can't be told apart" in once["reason"]
    constant = estimate_of(frame.assign(rating=3.0))
    assert "no variance" in constant["reason"]
    nothing = estimate_of(frame[:0])
    assert "two subjects" in nothing["reason"]
    for row in (one_rater, own_raters, once, constant, nothing):
        assert np.isnan([row["estimate"], row["conf_low"], row["subject_variance"]]).all()


def test_perfect_agreement_is_no_fit():
    frame = crossed(1)
    same = frame.groupby("subject")["rating"].transform("first")
    found = estimate_of(frame.assign(rating=same))
    assert np.isnan(found["estimate"])
    assert found["reason"]


def test_few_clusters_have_an_estimate_and_no_interval():
    found = estimate_of(crossed(2, subjects=18), cluster="cluster")
    assert found["n_clusters"] == FEWEST_CLUSTERS - 1
    assert 0 < found["estimate"] < 1
    assert np.isnan(found["conf_low"])
    assert "10 clusters; there are 9" in found["reason"]


def test_columns_are_checked():
    frame = crossed(1)
    with pytest.raises(ParameterError, match="no column day"):
        intraclass_long(frame, "rating", "day", "rater")
    with pytest.raises(ParameterError, match="more than one cluster"):
        estimate_of(frame.assign(cluster=np.arange(len(frame))), cluster="cluster")
    with pytest.raises(ParameterError, match="no cluster"):
        estimate_of(frame.assign(cluster=np.nan), cluster="cluster")
    with pytest.raises(ParameterError, match="at least 200 draws"):
        estimate_of(frame, draws=3)


def test_missing_rows_are_counted():
    frame = crossed(1)
    frame.loc[[0, 7], "rating"] = np.nan
    frame.loc[3, "rater"] = None
    found = estimate_of(frame, draws=0)
    assert (found["n_ratings"], found["n_dropped"]) == (77, 3)
    assert found["estimate"] == estimate_of(frame.dropna(), draws=0)["estimate"]


# --- the draws ---


def test_draws_take_as_many_clusters_as_there_are():
    drawn = cluster_draws(25, 400, seed=2)
    assert drawn.shape == (400, 25)
    assert (drawn.sum(axis=1) == 25).all()
    np.testing.assert_array_equal(drawn, cluster_draws(25, 400, seed=2))
    assert drawn.mean() == 1
    assert drawn.var() == pytest.approx(24 / 25, rel=0.05)  # binomial: 25 draws at 1 / 25


def test_an_interval_is_given_only_where_draws_can_show_one():
    values = np.linspace(0, 1, 101)
    found = percentile_interval(values, 20)
    assert found.low == pytest.approx(TAIL_20, rel=1e-6)
    assert (found.high, found.draws) == (pytest.approx(1 - TAIL_20, rel=1e-6), 101)
    assert percentile_interval(values, 100_000).low == pytest.approx(0.025, abs=1e-5)
    some = percentile_interval(np.append(values, np.full(4, np.nan)), 30)
    assert (some.draws, some.reason) == (101, "")
    assert MOST_UNDEFINED < 10 / 111
    many = percentile_interval(np.append(values, np.full(10, np.nan)), 30)
    assert np.isnan(many.low)
    assert "not defined in 9% of the draws" in many.reason
    equal = percentile_interval(np.ones(200), 30)
    assert np.isnan(equal.high)
    assert "same value" in equal.reason
