"""Sufficient statistics add up, come in chunks, survive saving, and know when they can't."""

import numpy as np
import pandas as pd
import pytest

from workbench.errors import ModelRefused, ParameterError
from workbench.models.mixed import fit_mixed_model
from workbench.models.roles import Roles
from workbench.models.sufficient_statistics import SufficientStatistics

SAME_NUMBER = 1e-8  # relative, between two ways to sum the same rows
FORMULA = (
    "fidelity ~ quarters * role + bs(hours, knots=(4,), lower_bound=0, upper_bound=10)"
    " + (1 + quarters | practitioner) + (1 + quarters | site) + (1 | rater)"
)

ROLES = Roles("practitioner", "site", "rater")


def network(seed: int = 1, sites: int = 7, year: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    practitioner = np.repeat(np.arange(sites * 6), 8)
    site = practitioner % sites
    quarters = np.tile(np.arange(8.0), sites * 6)
    rater = random.integers(0, 9, len(site))
    effects = random.normal(size=(sites * 6, 2)) * [5, 0.6]
    shared = random.normal(size=(sites, 2)) * [3, 0.5]
    fidelity = 70 - quarters + random.normal(0, 4, len(site)) + random.normal(0, 2, 9)[rater]
    fidelity += effects[practitioner, 0] + effects[practitioner, 1] * quarters
    fidelity += shared[site, 0] + shared[site, 1] * quarters
    frame = pd.DataFrame(
        {
            "fidelity": fidelity,
            "quarters": quarters + year,
            "role": np.where(random.random(len(site)) < 0.4, "self", "independent"),
            "hours": random.uniform(0, 10, len(site)),
            "weight": random.integers(1, 5, len(site)).astype(float),
            "practitioner": practitioner,
            "site": site,
            "rater": rater,
        }
    )
    return frame[random.random(len(frame)) > 0.15].reset_index(drop=True)


def same_fit(one, other, tolerance=SAME_NUMBER):
    assert one.criterion == pytest.approx(other.criterion, rel=tolerance)
    for table in ("tidy", "var_corr", "ranef"):
        ours, theirs = getattr(one, table)(), getattr(other, table)()
        for column in ours.select_dtypes("number"):
            scale = theirs[column].abs().max()
            scale = 1.0 if np.isnan(scale) else scale
            np.testing.assert_allclose(
                ours[column], theirs[column], rtol=2e-4, atol=1e-5 * scale, err_msg=column
            )


def test_chunks_parts_and_the_whole_give_the_same_sums_and_fit():
    data = network()
    data.loc[[5, 9], "fidelity"] = np.nan
    whole = SufficientStatistics.from_frame(FORMULA, data)
    pieces = [data.iloc[start : start + 29] for start in range(0, len(data), 29)]
    chunked = SufficientStatistics.from_chunks(FORMULA, iter(pieces), roles=ROLES)
    added = SufficientStatistics.from_frame(FORMULA, data.iloc[:150])
    added = added + SufficientStatistics.from_frame(FORMULA, data.iloc[150:])
    for other in (chunked, added):
        assert (other.n_obs, other.dropped) == (whole.n_obs, 2)
        assert other.dropped_by_column == {"fidelity": 2}
        moved, order = (
            other.shifted_by(whole.shift),
            np.lexsort((whole.cell_inner, whole.cell_outer)),
        )
        np.testing.assert_allclose(moved.products, whole.products[order], rtol=1e-9, atol=1e-9)
        same_fit(fit_mixed_model(FORMULA, other), fit_mixed_model(FORMULA, data))


def test_weights_add_up_too():
    data = network()
    formula = "fidelity ~ quarters + (1 | site)"
    whole = fit_mixed_model(formula, data, weights="weight")
    parts = SufficientStatistics.from_chunks(formula, [data[:100], data[100:]], weights="weight")
    same_fit(fit_mixed_model(formula, parts), whole)


def test_saved_statistics_are_the_same(tmp_path):
    data = network()
    data["role"] = pd.Categorical(data["role"], categories=["self", "independent"])
    formula = "fidelity ~ role * quarters + bs(hours, df=5) + (poly(quarters, 2) | practitioner)"
    statistics = SufficientStatistics.from_frame(formula, data)
    statistics.save(tmp_path / "sums.npz")
    again = SufficientStatistics.load(tmp_path / "sums.npz")
    one, other = fit_mixed_model(formula, statistics), fit_mixed_model(formula, again)
    assert one.criterion == other.criterion
    pd.testing.assert_frame_equal(one.tidy(), other.tidy())
    at = data[["role", "quarters", "hours", "practitioner"]].head(3)
    pd.testing.assert_frame_equal(
        one.linear_combinations(at, ["practitioner"]),
        other.linear_combinations(at, ["practitioner"]),
    )
    both = again + statistics
    assert both.n_obs == 2 * statistics.n_obs


def test_what_is_not_a_saved_file_is_told(tmp_path):
    (tmp_path / "other.npz").write_text("no", encoding="utf-8")
    with pytest.raises(ParameterError, match="does not hold"):
        SufficientStatistics.load(tmp_path / "other.npz")


def test_the_order_of_rows_does_not_matter():
    data = network()
    shuffled = data.sample(frac=1, random_state=2)
    same_fit(fit_mixed_model(FORMULA, shuffled), fit_mixed_model(FORMULA, data))


def test_a_calendar_year_costs_no_digits():
    plain, dated = network(), network(year=2026.0)
    formula = "fidelity ~ quarters + (1 | practitioner) + (1 | site)"
    one, other = fit_mixed_model(formula, plain), fit_mixed_model(formula, dated)
    assert one.criterion == pytest.approx(other.criterion, abs=1e-6)
    assert one.tidy().loc[1, "estimate"] == pytest.approx(other.tidy().loc[1, "estimate"], rel=1e-7)
    assert one.tidy().loc[1, "std_error"] == pytest.approx(
        other.tidy().loc[1, "std_error"], rel=1e-7
    )


def test_splines_without_fixed_knots_are_refused_in_chunks():
    formula = "fidelity ~ bs(hours, df=4) + (1 | site)"
    with pytest.raises(ModelRefused, match="all rows at once"):
        SufficientStatistics.from_chunks(formula, [network()])


def test_a_category_that_the_first_chunk_lacks_is_an_error():
    data = network()
    later = data.assign(role="master")
    with pytest.raises(ParameterError):
        SufficientStatistics.from_chunks("fidelity ~ role + (1 | site)", [data, later])


def test_a_group_that_turns_out_not_to_be_nested_is_refused_at_the_end():
    data = network()
    moved = data.assign(site=(data["site"] + 1) % 7)
    formula = "fidelity ~ quarters + (1 | practitioner) + (1 | site)"
    roles = Roles("practitioner", "site")
    statistics = SufficientStatistics.from_chunks(formula, [data, moved], roles=roles)
    with pytest.raises(ModelRefused, match="more than one level"):
        fit_mixed_model(formula, statistics)


def test_other_formulas_don_t_add_up():
    data = network()
    one = SufficientStatistics.from_frame("fidelity ~ quarters + (1 | site)", data)
    other = SufficientStatistics.from_frame("fidelity ~ hours + (1 | site)", data)
    with pytest.raises(ParameterError, match="add up"):
        one + other
    with pytest.raises(ParameterError, match="formula they were made for"):
        fit_mixed_model("fidelity ~ hours + (1 | site)", one)


def test_a_part_left_out_is_as_if_it_had_never_been_there():
    data = network()
    statistics = SufficientStatistics.from_frame(FORMULA, data)
    site = statistics.levels["site"].get_loc("3")
    fewer = statistics.only_cells(statistics.cell_outer != site)
    same_fit(fit_mixed_model(FORMULA, fewer), fit_mixed_model(FORMULA, data[data["site"] != 3]))
