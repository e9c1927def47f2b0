"""Predictions cover what they say, and residuals tell what was put in."""

import numpy as np
import pandas as pd

from workbench.models.mixed import fit_mixed_model
from workbench.models.predictions import check_residuals, predict, residuals

FORMULA = "y ~ t + (1 + t | p) + (1 | s)"


def network(seed: int, spread=None, sites: int = 10) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    p, t = np.repeat(np.arange(sites * 6), 8), np.tile(np.arange(8.0), sites * 6)
    s = p // 6
    own, shared = random.normal(size=(sites * 6, 2)) * [4, 0.5], random.normal(0, 3, sites)
    noise = random.normal(0, 3, len(p))
    if spread is not None:
        noise = spread(noise, t)
    y = 70 - t + own[p, 0] + own[p, 1] * t + shared[s] + noise
    return pd.DataFrame({"y": y, "t": t, "p": p, "s": s})


def covered(table: pd.DataFrame, y: pd.Series) -> float:
    return float(((table["conf_low"] <= y) & (y <= table["conf_high"])).mean())


def test_intervals_hold_new_observations_of_known_and_of_new_levels():
    known, new = [], []
    for seed in range(6):
        data = network(seed, sites=24)
        seen, unseen = data[data["s"] < 12], data[data["s"] >= 12]
        left_out = seen["t"] == 4.0
        fit = fit_mixed_model(FORMULA, seen[~left_out])
        asked = seen[left_out]
        table = predict(fit, asked[["t", "p", "s"]], ["p", "s"])
        known.append(covered(table, asked["y"].reset_index(drop=True)))
        table = predict(fit, unseen[["t"]])
        new.append(covered(table, unseen["y"].reset_index(drop=True)))
    assert 0.90 <= np.mean(known) <= 0.99
    assert 0.88 <= np.mean(new) <= 0.99


def test_residuals_and_fitted_values_add_up():
    data = network(1)
    fit = fit_mixed_model(FORMULA, data)
    table = residuals(fit, data)
    np.testing.assert_allclose(table["fitted"] + table["residual"], data["y"], rtol=1e-10)
    known = fit.linear_combinations(data[["t", "p", "s"]], ["p", "s"])
    np.testing.assert_allclose(table["fitted"], known["estimate"], rtol=1e-9)
    assert set(check_residuals(table)["verdict"]) == {"fine"}


def test_what_is_wrong_with_residuals_is_told():
    def told(spread) -> set[str]:
        data = network(2, spread)
        table = check_residuals(residuals(fit_mixed_model(FORMULA, data), data))
        return set(table.loc[table["verdict"] == "mind", "check"])

    assert "spread of the residuals" in told(lambda noise, t: noise * (0.4 + 2 * (t < 3)))
    assert "skew of the residuals" in told(lambda noise, t: 3 * (np.exp(noise / 2.5) - 1))
    assert "tails of the residuals" in told(lambda noise, t: noise**3 / 9)
    assert "single rows" in told(lambda noise, t: noise + 60 * (np.arange(len(noise)) == 100))
