"""Every verdict of a fit, each brought about by data that deserve it."""

import numpy as np
import pandas as pd
import pytest

from workbench.models.diagnostics import DO_NOT_USE, FINE, MIND, check_engine
from workbench.models.mixed import fit_mixed_model


def network(sites: int = 9, seed: int = 2) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    practitioner = np.repeat(np.arange(sites * 5), 6)
    site, quarters = practitioner % sites, np.tile(np.arange(6.0), sites * 5)
    own, shared = (
        random.normal(size=(sites * 5, 2)) * [5, 1.5],
        random.normal(size=(sites, 2)) * [4, 1.5],
    )
    fidelity = 60 + own[practitioner, 0] + own[practitioner, 1] * quarters
    fidelity += shared[site, 0] + shared[site, 1] * quarters + random.normal(0, 3, len(site))
    names = {"fidelity": fidelity, "quarters": quarters, "practitioner": practitioner, "site": site}
    return pd.DataFrame(names)


FORMULA = "fidelity ~ quarters + (1 + quarters | practitioner) + (1 + quarters | site)"


def verdict(fit, check: str) -> tuple[str, str]:
    row = fit.diagnostics().set_index("check").loc[check]
    return row["verdict"], row["detail"]


def test_a_good_fit_has_nothing_to_mind():
    fit = fit_mixed_model(FORMULA, network())
    assert fit.usable and fit.why_not == ""
    assert set(fit.diagnostics()["verdict"]) == {FINE}


def test_few_sites_are_named():
    fit = fit_mixed_model(FORMULA, network(sites=5))
    kind, words = verdict(fit, "levels of site for Intercept, quarters")
    assert kind == MIND and "only 5 levels" in words and fit.usable


def test_a_covariate_that_varies_in_few_levels_is_named_and_in_none_refused():
    data = network()
    data["trained"] = ((data["practitioner"] % 4 == 0) & (data["quarters"] > 2)).astype(float)
    fit = fit_mixed_model("fidelity ~ trained + (1 + trained | practitioner)", data)
    assert verdict(fit, "trained varies within practitioner")[0] == MIND
    data["cohort"] = data["practitioner"] % 3.0
    fit = fit_mixed_model("fidelity ~ cohort + (1 + cohort | practitioner)", data)
    kind, words = verdict(fit, "cohort varies within practitioner")
    assert kind == DO_NOT_USE and not fit.usable and words in fit.why_not


def test_a_ceiling_is_named():
    data = network()
    data["fidelity"] = data["fidelity"].clip(upper=62)
    kind, words = verdict(fit_mixed_model(FORMULA, data), "ceiling and floor")
    assert kind == MIND and "highest value" in words


def test_scales_far_apart_are_named():
    data = network().assign(budget=lambda d: d["quarters"] ** 2 * 1e7)
    fit = fit_mixed_model("fidelity ~ quarters + budget + (1 | site)", data)
    assert verdict(fit, "scales of the covariates")[0] == MIND


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("start", [0.0, 2026.0])
def test_units_and_calendar_years_change_nothing(scale, start):
    plain = fit_mixed_model(FORMULA, network())
    data = network()
    data["quarters"] = start + data["quarters"] * scale
    data["fidelity"] = data["fidelity"] / scale
    other = fit_mixed_model(FORMULA, data)
    rows = plain.design.n_obs - 2
    change = -2 * np.log(scale) * rows + 2 * np.log(scale)
    assert other.criterion == pytest.approx(plain.criterion + change, abs=1e-5)
    slope, expected = other.tidy().iloc[1], plain.tidy().iloc[1]
    assert slope["estimate"] * scale**2 == pytest.approx(expected["estimate"], rel=1e-5)
    assert slope["std_error"] * scale**2 == pytest.approx(expected["std_error"], rel=1e-5)
    assert slope["df"] == pytest.approx(expected["df"], rel=1e-3)
    assert other.singular == plain.singular and other.converged


def test_the_faults_of_another_engine_are_caught():
    design = fit_mixed_model("fidelity ~ quarters + (1 | site)", network()).design
    ols, errors = np.array([60.0, 0.2]), np.array([1.0, 0.1])
    fine = check_engine(design, (100.0, 100.0), np.array([60.1, 0.2]), (ols, errors))
    assert {check.verdict for check in fine} == {FINE}
    faults = check_engine(design, (100.0, 101.0), np.array([0.0, 0.2]), (ols, errors))
    assert [check.verdict for check in faults] == [DO_NOT_USE] * 3
