"""Answers averaged over the variances: against a grid, against plain answers, and by coverage."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from workbench.models.combinations import combination_weights
from workbench.models.integrated import (
    MANY_GROUPS,
    IntegratedAnswers,
    draws_of,
    integrated_answers,
)
from workbench.models.mixed import fit_mixed_model
from workbench.models.variance_draws import VarianceDraws, draw_variances

GRID_TOLERANCE = (
    0.1  # of a standard error for means, relative for widths: 64 draws leave some noise
)
COVERED = (0.90, 0.99)  # of 8 groups' effects in 30 networks, which go together
EXACT = 1e-8
NETWORKS = 30


def one_way(seed, groups=6, each=5, spread=1.0):
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), each)
    y = 10 + spread * random.normal(size=groups)[group] + random.normal(size=groups * each)
    return pd.DataFrame({"y": y, "group": group.astype(str)})


def group_answers(fit, groups=("group",)):
    at = pd.DataFrame({"group": sorted(fit.design.blocks[0].levels)})
    return combination_weights(fit.design, at, groups)


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_one_variance_against_a_fine_grid(spread):
    """By brute force: theta on a fine grid, flat over the positive numbers."""
    data = one_way(2, spread=spread)
    fit = fit_mixed_model("y ~ 1 + (1 | group)", data)
    fixed, random = group_answers(fit)
    draws = draws_of(fit)
    found = integrated_answers(fit, fixed, random, draws)
    grid = np.linspace(1e-4, 20, 2000)
    logs = np.array(
        [-0.5 * fit.curvature.objective.evaluate(np.array([v])).criterion(True) for v in grid]
    )
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    kept = weights > 1e-7 * weights.max()
    exact = integrated_answers(
        fit, fixed, random, VarianceDraws(grid[kept, None], weights[kept] / weights[kept].sum())
    ).table()
    table = found.table()
    error = exact["std_error"]
    assert np.abs(table["estimate"] - exact["estimate"]).max() < GRID_TOLERANCE * error.min()
    wide = (exact["conf_high"] - exact["conf_low"]).to_numpy()
    assert (table["conf_high"] - table["conf_low"]).to_numpy() == pytest.approx(
        wide, rel=GRID_TOLERANCE
    )


def test_many_draws_have_weight():
    data = one_way(5, groups=8)
    draws = draw_variances(fit_mixed_model("y ~ 1 + (1 | group)", data).curvature)
    assert draws.effective > 100
    assert draws.weights.sum() == pytest.approx(1)
    assert (draws.theta >= 0).all()
    again = draw_variances(fit_mixed_model("y ~ 1 + (1 | group)", data).curvature)
    assert (again.theta == draws.theta).all()


def test_with_one_draw_it_is_the_plain_answer():
    fit = fit_mixed_model("y ~ 1 + (1 | group)", one_way(3))
    fixed, random = group_answers(fit)
    one = VarianceDraws(fit.curvature.theta[None], np.ones(1))
    table = integrated_answers(fit, fixed, random, one).table()
    plain = fit.linear_combinations(
        pd.DataFrame({"group": sorted(fit.design.blocks[0].levels)}), groups=("group",)
    )
    assert table["estimate"].to_numpy() == pytest.approx(plain["estimate"].to_numpy(), abs=EXACT)
    assert table["std_error"].to_numpy() == pytest.approx(plain["std_error"].to_numpy(), abs=EXACT)


def test_without_draws_it_is_satterthwaites():
    fit = fit_mixed_model("y ~ 1 + (1 | group)", one_way(3))
    table = integrated_answers(fit, *group_answers(fit), None).table()
    plain = fit.linear_combinations(
        pd.DataFrame({"group": sorted(fit.design.blocks[0].levels)}), groups=("group",)
    )
    for name in ("estimate", "df", "conf_low", "conf_high"):
        assert table[name].to_numpy() == pytest.approx(plain[name].to_numpy(), rel=1e-6), name


def test_many_groups_or_another_engine_need_no_draws():
    many = fit_mixed_model("y ~ 1 + (1 | group)", one_way(1, groups=MANY_GROUPS))
    assert draws_of(many) is None
    plain = fit_mixed_model("y ~ 1 + (1 | group)", one_way(1), engine="statsmodels")
    assert draws_of(plain) is None
    assert draws_of(fit_mixed_model("y ~ 1 + (1 | group)", one_way(1), reml=False)) is None


def test_a_mixture_has_the_quantiles_of_its_parts():
    answers = IntegratedAnswers(
        np.array([[0.0, 1.0], [4.0, 1.0]]), np.ones((2, 2)), np.array([0.5, 0.5]), np.full(2, 1e4)
    )
    # Halfway between two equal humps lies the median; a repeated hump is itself.
    assert answers.quantile(0.5) == pytest.approx([2.0, 1.0], abs=EXACT)
    assert answers.quantile(0.975)[1] == pytest.approx(stats.norm.ppf(0.975, 1), abs=1e-6)
    assert answers.below(0.0)[0] == pytest.approx(0.25 + 0.5 * stats.norm.cdf(-4), abs=EXACT)
    assert answers.table()["std_error"].iloc[0] == pytest.approx(np.sqrt(1 + 4))
    moved = answers.shifted(1.0, 0.75)
    assert moved.means[0, 0] == -1.0
    assert moved.errors[0, 0] == 1.25
    few = IntegratedAnswers(np.zeros((1, 1)), np.ones((1, 1)), np.ones(1), np.array([3.0]))
    assert few.quantile(0.975)[0] == pytest.approx(stats.t(3).ppf(0.975), abs=1e-6)


def test_groups_effects_are_covered_where_the_estimate_is_often_zero():
    """Eight groups whose variance is a tenth of the residual's: half of all estimates are near 0.

    At the estimates, intervals collapse; averaged, they cover.
    """
    covered, plain_covered = [], []
    for seed in range(NETWORKS):
        random = np.random.default_rng(seed)
        effects = 0.4 * random.normal(size=8)
        group = np.repeat(np.arange(8), 6)
        data = pd.DataFrame({"y": effects[group] + random.normal(size=48), "group": group})
        data["group"] = data["group"].astype(str)
        fit = fit_mixed_model("y ~ 1 + (1 | group)", data)
        fixed, modes = np.zeros((8, 1)), sparse.identity(8, format="csr")
        table = integrated_answers(fit, fixed, modes, draws_of(fit)).table()
        covered += list((table["conf_low"] <= effects) & (effects <= table["conf_high"]))
        plain = integrated_answers(fit, fixed, modes, None)
        plain = plain.means[0], plain.errors[0] * stats.norm.ppf(0.975)
        plain_covered += list(np.abs(effects - plain[0]) <= plain[1] + 1e-12)
    assert COVERED[0] <= np.mean(covered) <= COVERED[1]
    assert np.mean(plain_covered) < 0.9
