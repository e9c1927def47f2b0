"""Alpha and omega against R's psych and factanal, closed forms, and simulated truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ParameterError
from workbench.models.consistency import consistency
from workbench.models.one_factor import unique_variances

RELATIVE = 1e-10
OMEGA = 2e-7  # psych stops its search for the factor there
UNIQUE = 2e-5  # as far as factanal's own search goes
EXACT = 1e-6
SETS = 600
COVERAGE = (0.925, 0.975)  # 95% and 2.8 standard errors of 600 sets

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "group_agreement.json").read_text(encoding="utf-8"))
ALPHAS = ["alpha", "alpha_low", "alpha_high", "alpha_standardised"]
OMEGAS = ["omega", "omega_standardised"]


def of_items(items):
    table = pd.DataFrame(items, dtype=float).rename_axis("who").reset_index()
    frame = table.melt("who", var_name="item", value_name="answer")
    return consistency(frame, "answer", "item", "who").iloc[0]


def from_one_factor(loadings, n, seed):
    rng = np.random.default_rng(seed)
    loadings = np.asarray(loadings)
    own = rng.normal(size=(n, len(loadings))) * np.sqrt(1 - loadings**2)
    return rng.normal(size=(n, 1)) * loadings + own


@pytest.mark.parametrize("name", REFERENCE)
def test_alpha_is_psychs(name):
    found, expected = of_items(REFERENCE[name]["items"]), REFERENCE[name]["reliability"]
    for number in ALPHAS:
        assert found[number] == pytest.approx(expected[number], rel=RELATIVE)
    assert found["n_respondents"] == len(REFERENCE[name]["items"])
    assert found["reason"] == ""


@pytest.mark.parametrize("name", REFERENCE)
def test_omega_is_psychs(name):
    found, expected = of_items(REFERENCE[name]["items"]), REFERENCE[name]["reliability"]
    for number in OMEGAS:
        assert found[number] == pytest.approx(expected[number], abs=OMEGA)
    assert found["omega"] == pytest.approx(expected["omega_factanal"], abs=OMEGA)
    assert found["omega_reason"] == ""


@pytest.mark.parametrize("name", REFERENCE)
def test_unique_variances_are_factanals(name):
    items = np.array(REFERENCE[name]["items"], dtype=float)
    unique, reason = unique_variances(np.corrcoef(items, rowvar=False), len(items))
    np.testing.assert_allclose(unique, REFERENCE[name]["reliability"]["unique"], atol=UNIQUE)
    assert reason == ""


def test_three_items_have_a_factor_in_closed_form():
    """Squared loadings are r12 r13 / r23 and so on, and the model fits exactly."""
    items = from_one_factor([0.8, 0.6, 0.7], 150, seed=2) * [1, 3, 0.5]
    r = np.corrcoef(items, rowvar=False)
    r12, r13, r23 = r[0, 1], r[0, 2], r[1, 2]
    loadings = np.sqrt([r12 * r13 / r23, r12 * r23 / r13, r13 * r23 / r12])
    found = of_items(items)
    expected = loadings.sum() ** 2 / r.sum()
    assert found["omega_standardised"] == pytest.approx(expected, rel=EXACT)
    raw = (loadings * items.std(axis=0, ddof=1)).sum() ** 2 / items.sum(axis=1).var(ddof=1)
    assert found["omega"] == pytest.approx(raw, rel=EXACT)


def test_the_factor_solves_the_likelihood_equations():
    """At the solution the fitted variances are the observed ones, and R = S on the factor."""
    r = np.corrcoef(from_one_factor([0.9, 0.7, 0.5, 0.4, 0.6], 80, seed=5), rowvar=False)
    unique, _ = unique_variances(r, 80)
    values, vectors = np.linalg.eigh(r / np.sqrt(np.outer(unique, unique)))
    loadings = vectors[:, -1] * np.sqrt(values[-1] - 1) * np.sqrt(unique)
    np.testing.assert_allclose(loadings**2 + unique, 1, atol=EXACT)


def test_equal_loadings_have_equal_alpha_and_omega():
    r = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    items = np.random.default_rng(1).normal(size=(50, 4))
    items = np.linalg.solve(np.linalg.cholesky(np.cov(items, rowvar=False)), items.T).T
    found = of_items(items @ np.linalg.cholesky(r).T)
    assert found["alpha"] == pytest.approx(0.8, rel=RELATIVE)  # 4 * .5 / (1 + 3 * .5)
    assert found["omega"] == pytest.approx(0.8, rel=EXACT)


def test_omega_and_alphas_interval_hold_the_truth():
    loadings = np.full(5, 0.7)
    truth = 25 * 0.49 / (25 * 0.49 + 5 * 0.51)
    found = pd.DataFrame([of_items(from_one_factor(loadings, 60, seed)) for seed in range(SETS)])
    held = found["alpha_low"].le(truth) & found["alpha_high"].ge(truth)
    assert COVERAGE[0] <= held.mean() <= COVERAGE[1]
    assert found["omega"].mean() == pytest.approx(truth, abs=0.01)


# --- what is not defined ---


def test_constant_items_are_left_out():
    items = np.array(REFERENCE["three"]["items"])
    more = of_items(np.column_stack([items, np.full(len(items), 2)]))
    whole = of_items(items)
    assert more[[*ALPHAS, *OMEGAS]].tolist() == whole[[*ALPHAS, *OMEGAS]].tolist()
    assert (more["n_items"], more["n_constant"]) == (items.shape[1], 1)


def test_who_left_an_item_out_is_counted_out():
    items = np.array(REFERENCE["three"]["items"], dtype=float)
    gaps = items.copy()
    gaps[[0, 3], [1, 2]] = np.nan
    left = of_items(np.delete(items, [0, 3], axis=0))
    found = of_items(gaps)
    assert found[[*ALPHAS, *OMEGAS]].tolist() == left[[*ALPHAS, *OMEGAS]].tolist()
    assert (found["n_dropped"], found["n_respondents"]) == (2, len(items) - 2)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (np.zeros((0, 3)), "there are 0 and 0"),
        ([[1, 2, 0]], "there are 0 and 1"),
        ([[2, 2, 2]] * 6, "there are 0 and 6"),
        ([[0, 2], [1, 1], [2, 0]], "cancel out"),
        ([[1, np.nan], [np.nan, 2]], "there are 0 and 0"),
    ],
)
def test_what_is_not_defined_has_a_reason_and_no_number(items, reason):
    found = of_items(items)
    assert found[[*ALPHAS, *OMEGAS]].isna().all()
    assert reason in found["reason"]
    assert reason in found["omega_reason"]


def test_items_in_full_agreement_have_no_interval():
    found = of_items([[0, 0, 0], [1, 1, 1], [2, 2, 2], [0, 0, 0]])
    assert found["alpha"] == pytest.approx(1)
    assert found[["alpha_low", "alpha_high", *OMEGAS]].isna().all()
    assert "how sure" in found["reason"]
    assert "told apart" in found["omega_reason"]


def test_an_improper_factor_gives_no_omega():
    """r12 r13 / r23 is above one: a variance below zero would be left to the first item."""
    r = np.array([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]])
    unique, reason = unique_variances(r, 100)
    assert unique is None
    assert "less than no variance" in reason
    items = np.random.default_rng(1).normal(size=(40, 3))
    items = np.linalg.solve(np.linalg.cholesky(np.cov(items, rowvar=False)), items.T).T
    found = of_items(items @ np.linalg.cholesky(r).T)
    assert np.isnan(found["omega"])
    assert found["alpha"] == pytest.approx(1.5 * (1 - 3 / r.sum()))


def test_two_items_have_alpha_and_no_omega():
    found = of_items([[0, 1], [1, 1], [2, 2], [1, 2], [0, 0]])
    assert found["alpha"] > 0
    assert np.isnan(found["omega"])
    assert "three items" in found["omega_reason"]


def test_items_that_run_against_one_another_have_alpha_below_zero():
    found = of_items([[0, 2, 0], [1, 1, 2], [2, 0, 1], [2, 1, 0], [0, 1, 2]])
    assert found["alpha"] < 0
    assert found["alpha_low"] < found["alpha"] < found["alpha_high"]


def test_an_answer_given_twice_is_refused():
    frame = pd.DataFrame({"who": ["a", "a"], "item": ["x", "x"], "answer": [1, 2]})
    with pytest.raises(ParameterError, match="come twice"):
        consistency(frame, "answer", "item", "who")
