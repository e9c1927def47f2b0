"""The engine gives the same answer, transformed, when the data are permuted, shifted, rescaled or
re-labelled."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.models.mixed import fit_mixed_model

FORMULA = (
    "fidelity ~ quarters + supervisor + (1 + quarters | practitioner) + (1 | site) + (1 | rater)"
)
CRITERION = 1e-6  # absolute
ESTIMATES = 1e-5  # of a standard error
VARIANCES = 1e-4  # of the largest standard deviation


def network(seed: int) -> pd.DataFrame:
    """A small network; with some seeds a variance is estimated as zero."""
    random = np.random.default_rng(seed)
    sites, people, waves, raters = 5, 4, 6, 6
    site = np.repeat(np.arange(sites), people * waves)
    person = np.repeat(np.arange(sites * people), waves)
    quarters = np.tile(np.arange(waves), sites * people).astype(float)
    rater = random.integers(0, raters, len(site))
    fidelity = (
        70
        - 0.5 * quarters
        + random.normal(0, 4, sites)[site]
        + random.normal(0, 5, sites * people)[person]
        + random.normal(0, 0.8, sites * people)[person] * quarters
        + random.normal(0, 1, raters)[rater]
        + random.normal(0, 4, len(site))
    )
    return pd.DataFrame(
        {
            "fidelity": fidelity,
            "quarters": quarters,
            "supervisor": random.integers(0, 2, len(site)).astype(float),
            "site": np.char.add("s", site.astype(str)),
            "practitioner": np.char.add("p", person.astype(str)),
            "rater": np.char.add("r", rater.astype(str)),
        }
    ).sample(frac=0.85, random_state=seed)


@settings(max_examples=10)
@given(seed=some.integers(0, 10_000), order=some.integers(0, 10_000))
def test_order_and_names_do_not_matter(seed: int, order: int) -> None:
    data = network(seed)
    fit = fit_mixed_model(FORMULA, data)
    other = data.sample(frac=1, random_state=order).reset_index(drop=True)
    for group in ("site", "practitioner", "rater"):
        names = sorted(other[group].unique())
        new = np.random.default_rng(order).permutation(len(names))
        labels = {name: f"{number:03d}{group}" for name, number in zip(names, new, strict=True)}
        other[group] = other[group].map(labels)
    again = fit_mixed_model(FORMULA, other)
    assert abs(fit.criterion - again.criterion) < CRITERION
    before, after = fit.tidy(), again.tidy()
    difference = (after["estimate"] - before["estimate"]).abs()
    assert (difference < ESTIMATES * before["std_error"]).all()
    assert fit.singular == again.singular


@settings(max_examples=10)
@given(
    seed=some.integers(0, 10_000),
    shift=some.floats(-500, 500),
    scale=some.floats(0.01, 100),
)
def test_the_response_may_be_shifted_and_rescaled(seed: int, shift: float, scale: float) -> None:
    data = network(seed)
    fit = fit_mixed_model(FORMULA, data)
    again = fit_mixed_model(FORMULA, data.assign(fidelity=shift + scale * data["fidelity"]))
    before = fit.tidy()
    expected = scale * before["estimate"].to_numpy() + np.array([shift, 0.0, 0.0])
    assert np.abs(again.tidy()["estimate"] - expected).max() < ESTIMATES * (
        scale * before["std_error"].max()
    )
    freedom = len(data) - len(before)
    assert abs(again.criterion - fit.criterion - 2 * freedom * np.log(scale)) < CRITERION
    sds = fit.var_corr()["sd"].to_numpy()
    difference = again.var_corr()["sd"].to_numpy() / scale - sds
    assert np.nanmax(np.abs(difference)) < VARIANCES * np.nanmax(sds)


@settings(max_examples=10)
@given(
    seed=some.integers(0, 10_000),
    shift=some.floats(-3000, 3000),
    scale=some.floats(0.05, 20),
)
def test_time_may_be_counted_from_another_day_in_another_unit(
    seed: int, shift: float, scale: float
) -> None:
    data = network(seed)
    fit = fit_mixed_model(FORMULA, data)
    again = fit_mixed_model(FORMULA, data.assign(quarters=shift + scale * data["quarters"]))
    before = fit.tidy().set_index("term")
    after = again.tidy().set_index("term")
    slope = before.loc["quarters"]
    assert abs(after.loc["quarters", "estimate"] * scale - slope["estimate"]) < (
        ESTIMATES * slope["std_error"]
    )
    assert abs(after.loc["quarters", "std_error"] * scale / slope["std_error"] - 1) < VARIANCES
    # The restricted criterion counts the units of the fixed part.
    assert abs(again.criterion - fit.criterion - 2 * np.log(scale)) < CRITERION
