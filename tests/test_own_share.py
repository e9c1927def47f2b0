"""The reliability of a predicted effect: closed form, simulated truth, and where there is none."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.integrated import draws_of
from workbench.models.mixed import fit_mixed_model
from workbench.models.own_share import own_share

CLOSED_FORM = 1e-6
SIMULATED = 0.08  # mean of a squared correlation over few networks


def groups(seed: int, count: int, rows: int, spread: float, slopes: float = 0.0):
    """Rows of groups, and their true levels and slopes."""
    random = np.random.default_rng(seed)
    g, t = np.repeat(np.arange(count), rows), np.tile(np.arange(float(rows)) - rows / 2, count)
    level, slope = random.normal(0, spread, count), random.normal(0, slopes, count)
    y = 70 + level[g] + slope[g] * t + random.normal(0, 3, len(g))
    return pd.DataFrame({"y": y, "t": t, "g": g}), level, slope


def at(count: int) -> pd.DataFrame:
    return pd.DataFrame({"t": 0.0, "g": np.arange(count)})


def test_of_balanced_groups_it_is_the_textbooks_with_the_mean_estimated():
    count, rows = 120, 6
    fit = fit_mixed_model("y ~ 1 + (1 | g)", groups(1, count, rows, 2.0)[0])
    between = float(fit.var_corr()["variance"].iloc[0])
    plain = rows * between / (rows * between + fit.sigma**2)
    expected = plain * (1 - 1 / count)
    np.testing.assert_allclose(
        own_share(fit, at(count), "g", draws_of(fit)), expected, rtol=CLOSED_FORM
    )


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_it_is_the_squared_correlation_of_prediction_and_truth(spread):
    told, true = [], []
    for seed in range(8):
        data, level, _ = groups(seed, 110, 6, spread)
        fit = fit_mixed_model("y ~ 1 + (1 | g)", data)
        told.append(own_share(fit, at(110), "g", draws_of(fit)).mean())
        modes = fit.ranef().set_index("level")["mode"]
        true.append(np.corrcoef(modes[[str(g) for g in range(110)]], level)[0, 1] ** 2)
    assert np.mean(told) == pytest.approx(np.mean(true), abs=SIMULATED)


def test_more_rows_tell_more():
    data, *_ = groups(3, 40, 12, 2.0)
    few = data["g"] >= 20
    fit = fit_mixed_model("y ~ 1 + (1 | g)", data[~few | (data["t"] > 2)])
    share = own_share(fit, at(40), "g", draws_of(fit))
    assert share[:20].min() > share[20:].max()


def test_a_slope_is_told_less_well_than_its_level_and_not_as_well_as_a_boundary_has_it():
    data, *_ = groups(4, 45, 8, 4.0, slopes=0.2)
    fit = fit_mixed_model("y ~ t + (1 + t | g)", data)
    draws = draws_of(fit)
    level, slope = (own_share(fit, at(45), "g", draws, one) for one in (None, "t"))
    assert 0 < slope.mean() < 0.5 < level.mean() < 1


def test_groups_that_do_not_differ_have_hardly_a_share():
    fit = fit_mixed_model("y ~ 1 + (1 | g)", groups(5, 40, 6, 0.0)[0])
    assert own_share(fit, at(40), "g", draws_of(fit)).max() < 0.4
