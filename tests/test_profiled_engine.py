"""The profiled engine against dense algebra, Henderson's equations and its own derivatives."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from workbench.errors import ModelRefused
from workbench.models.formulas import parse_formula
from workbench.models.henderson import MixedModelEquations, cross_products
from workbench.models.level_map import LevelMap
from workbench.models.mixed import fit_mixed_model
from workbench.models.objective import Objective
from workbench.models.optimise import minimise
from workbench.models.profiled_engine import fit_statistics
from workbench.models.reduced import engine_scales, reduce_statistics
from workbench.models.rows import learn_columns, rows_of
from workbench.models.statistics_products import products_of_statistics
from workbench.models.sufficient_statistics import SufficientStatistics
from workbench.models.variance_parameters import unpack

EXACT = 1e-9  # relative, between two ways to compute the same number
DERIVATIVE = 1e-5  # relative, of central differences
WORSE = 1e-6  # of the criterion, above the best of several searches

DESIGNS = {
    "one level": "y ~ t + role + (1 + t | p)",
    "uncorrelated": "y ~ t + (1 + t || p)",
    "nested": "y ~ t * role + (1 + t | p) + (1 + t | s)",
    "nested and crossed": "y ~ t + role + (1 + t | p) + (1 + t | s) + (1 | r)",
    "crossed only": "y ~ t + (1 + t | p) + (1 | r)",
    "raters within sites": "y ~ t + role + (1 + t | p) + (1 + t | s) + (1 | w)",
    "raters within pairs of sites": "y ~ t + (1 + t | p) + (1 | s) + (1 | v)",
    "raters within sites that don't vary": "y ~ t + (1 + t | p) + (1 | v)",
    "three effects": "y ~ t + x + (1 + t + x | p)",
    "outer column outside the fixed part": "y ~ role + (1 | p) + (1 + t | s)",
    "several brackets": "y ~ t + (1 | p) + (0 + t | p) + (1 | s) + (0 + x | s)",
    "no intercept in the fixed part": "y ~ 0 + role + t + (1 | p) + (1 | s)",
    "category as effect": "y ~ role + (1 + role | s)",
}


def network() -> pd.DataFrame:
    """Seven sites of unequal size, some practitioners with few rows, raters across sites."""
    random = np.random.default_rng(11)
    p = np.repeat(np.arange(34), random.integers(2, 12, 34))
    home = np.sort(random.integers(0, 7, 34))
    home[:7] = np.arange(7)
    n = len(p)
    t, x = random.uniform(0, 6, n), random.normal(size=n)
    role, r = random.choice(["self", "independent", "supervisor"], n), random.integers(0, 6, n)
    own, shared = random.normal(size=(34, 3)) * [3, 0.8, 1], random.normal(size=(7, 2)) * [2, 0.5]
    y = 50 + t + own[p, 0] + own[p, 1] * t + own[p, 2] * x + shared[home[p], 0]
    y += shared[home[p], 1] * t + random.normal(0, 1, 6)[r] + random.normal(0, 2, n)
    weight = random.integers(1, 5, n).astype(float)
    w, v = home[p] * 3 + r % 3, home[p] // 2 * 4 + r % 4
    return pd.DataFrame(
        {
            "y": y,
            "t": t,
            "x": x,
            "role": role,
            "p": p,
            "s": home[p],
            "r": r,
            "w": w,
            "v": v,
            "weight": weight,
        }
    ).sample(frac=1, random_state=1)


@pytest.fixture(scope="module", params=DESIGNS)
def setting(request):
    formula = DESIGNS[request.param]
    statistics = SufficientStatistics.from_frame(formula, network(), weights="weight")
    design = statistics.design()
    levels = LevelMap.of(design.blocks, statistics.roles, engine_scales(statistics))
    return formula, statistics, design, levels


def some_theta(levels: LevelMap, seed: int = 5) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(0.4, 0.5, len(levels.pull(lambda b, _: np.ones((b.width,) * 2))))


@pytest.mark.parametrize("reml", [True, False])
def test_criterion_is_the_dense_one(setting, reml):
    formula, statistics, design, levels = setting
    data = network()
    rows = rows_of(learn_columns(parse_formula(formula), data, "weight"), data)
    theta = some_theta(levels)
    factors = levels.formula_factors(unpack(design.blocks, theta))
    root = np.sqrt(rows.weights)
    V = np.eye(len(rows.y))
    for block, T, Z in zip(design.blocks, factors, rows.columns, strict=True):
        codes = rows.codes[block.term.group]
        scaled = root[:, None] * Z @ T
        V += (codes[:, None] == codes[None, :]) * (scaled @ scaled.T)
    X, y = root[:, None] * rows.X, root * rows.y
    inverse = np.linalg.inv(V)
    XVX = X.T @ inverse @ X
    beta = np.linalg.solve(XVX, X.T @ inverse @ y)
    rest = (y - X @ beta) @ inverse @ (y - X @ beta)
    freedom = len(y) - (X.shape[1] if reml else 0)
    expected = np.linalg.slogdet(V)[1] + freedom * (1 + np.log(2 * np.pi * rest / freedom))
    expected += (np.linalg.slogdet(XVX)[1] if reml else 0.0) - np.log(rows.weights).sum()
    objective = Objective(reduce_statistics(statistics), levels, reml)
    assert objective.at(theta).value == pytest.approx(expected, rel=EXACT)


@pytest.mark.parametrize("reml", [True, False])
def test_gradient_is_that_of_differences(setting, reml):
    _, statistics, _, levels = setting
    objective, theta = Objective(reduce_statistics(statistics), levels, reml), some_theta(levels)
    gradient = objective.at(theta).gradient
    for k in range(len(theta)):
        step = np.zeros(len(theta))
        step[k] = 1e-5
        difference = objective.at(theta + step).value - objective.at(theta - step).value
        assert gradient[k] == pytest.approx(difference / 2e-5, rel=DERIVATIVE, abs=1e-4)


def test_estimates_and_errors_are_hendersons(setting):
    formula, statistics, design, _ = setting
    fit = fit_mixed_model(formula, statistics)
    henderson = MixedModelEquations(products_of_statistics(statistics, design), fit.factors)
    ours = fit.equations
    assert ours.criterion(True) == pytest.approx(henderson.criterion(True), rel=EXACT)
    np.testing.assert_allclose(ours.fixed_effects, henderson.fixed_effects, rtol=1e-7)
    np.testing.assert_allclose(
        ours.fixed_covariance, henderson.fixed_covariance, rtol=1e-6, atol=1e-12
    )
    np.testing.assert_allclose(ours.modes, henderson.modes, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        ours.conditional_sds(), henderson.conditional_sds(), rtol=1e-6, atol=1e-7
    )
    k = len(ours.modes)
    random = sparse.random(25, k, 0.2, random_state=2, format="csr")
    fixed = np.random.default_rng(1).normal(size=(25, len(design.fixed_names)))
    np.testing.assert_allclose(
        ours.combination_variances(fixed, random),
        henderson.combination_variances(fixed, random),
        rtol=1e-7,
    )


def test_products_of_statistics_are_those_of_rows():
    formula, data = DESIGNS["nested and crossed"], network()
    columns = learn_columns(parse_formula(formula), data)
    by_rows = cross_products(rows_of(columns, data), columns.formula.random)
    statistics = SufficientStatistics.from_frame(formula, data)
    by_sums = products_of_statistics(statistics, statistics.design())
    difference = by_rows.ZtZ - by_sums.ZtZ
    assert abs(difference).max() < 1e-8
    assert by_sums.yty == pytest.approx(by_rows.yty, rel=EXACT)
    np.testing.assert_allclose(np.abs(by_sums.R), np.abs(by_rows.R), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(by_sums.beta_ols, by_rows.beta_ols, rtol=1e-8)


def test_no_start_leads_to_a_better_fit(setting):
    _, statistics, _, levels = setting
    fit = fit_statistics(statistics)
    assert fit.converged
    problem = reduce_statistics(statistics)
    for seed in range(3):
        other = minimise(Objective(problem, levels, reml=True), some_theta(levels, seed))
        assert fit.criterion <= other.point.value + WORSE


@pytest.mark.parametrize("seed", range(15))
def test_small_networks_with_no_variation_somewhere_end_at_the_optimum(seed):
    """Also the kinds in which a search in triangles or from one start goes wrong."""
    random = np.random.default_rng(seed)
    p, t = np.repeat(np.arange(48), 6), np.tile(np.arange(6.0), 48)
    sds = [(6, 0.8, 4, 0.7), (6, 0.8, 4, 0), (6, 0, 0, 0)][seed % 3]
    own, shared = random.normal(size=(48, 2)) * sds[:2], random.normal(size=(8, 2)) * sds[2:]
    y = 70 - t + own[p, 0] + own[p, 1] * t + shared[p // 6, 0] + shared[p // 6, 1] * t
    data = pd.DataFrame({"y": y + random.normal(0, 5, 288), "t": t, "p": p, "s": p // 6})
    data = data[random.random(288) > 0.2]
    formula = "y ~ t + (1 + t | p) + (1 + t | s)"
    fit = fit_mixed_model(formula, data)
    assert fit.converged
    levels = LevelMap.of(fit.design.blocks, fit.statistics.roles, engine_scales(fit.statistics))
    problem = reduce_statistics(fit.statistics)
    for _ in range(3):
        start = random.normal(0, 1, len(fit.curvature.theta))
        other = minimise(Objective(problem, levels, reml=True), start)
        assert fit.criterion <= other.point.value + WORSE


def test_a_perfect_response_is_refused_in_words():
    data = network()
    data["y"] = 3 + 2 * data["t"] + data["p"]
    try:
        fit = fit_mixed_model("y ~ t + (1 | p)", data)
    except ModelRefused as error:
        assert "residual" in str(error)
    else:
        assert not fit.usable
