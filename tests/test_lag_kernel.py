"""The fading kernel against brute force, statsmodels, and effects that were planted."""

import numpy as np
import pytest
import statsmodels.api as sm

from workbench.models.lag_kernel import LagRows, fit_lag_kernel, half_life_grid
from workbench.models.lag_kernel_doses import counts_between, lagged_doses
from workbench.models.lag_kernel_plain import plain_slope
from workbench.models.lag_kernel_products import products_of, profile_of, within_units

SUM = 1e-10
SLOPE = 1e-8
ROBUST = 1e-8
HALF_LIFE = 1e-3  # relative; of noise-free data, after the fine grid's parabola
EFFECT = 1e-3
# Of 100 tests at 5%, more than 11 find something in 1 of 200 tries.
SETS, MOST_FOUND = 100, 11


def network(seed, effect=1.0, half_life=3.0, noise=5.0, units=40, rows=12, follows_low=0.0):
    """Rows of units with lines of their own; acts may follow low values."""
    random = np.random.default_rng(seed)
    parts, events = [], []
    for unit in range(units):
        times = np.sort(random.uniform(0, 36, rows))
        level, slope = random.normal(70, 5), random.normal(0, 0.1)
        acts, last, outcome, at = [], 0.0, [], 0
        for month in range(36):
            rate = 0.8 * np.exp(np.clip(-follows_low * last, -3, 1.5))
            acts += list(month + np.sort(random.random(random.poisson(rate))))
            while at < rows and times[at] < month + 1:
                since = times[at] - np.array(acts)[np.array(acts) < times[at]]
                dose = (2.0 ** (-since / half_life)).sum()
                last = noise * random.standard_normal()
                outcome.append(level + slope * times[at] + effect * dose + last)
                last, at = (outcome[-1] - 70) / 7, at + 1
        parts.append(np.column_stack([np.full(rows, unit), times, outcome]))
        events.append(np.column_stack([np.full(len(acts), unit), acts]))
    table, acts = np.concatenate(parts), np.concatenate(events)
    return LagRows(
        units=table[:, 0].astype(int),
        times=table[:, 1],
        outcome=table[:, 2],
        covariates=np.empty((len(table), 0)),
        used=np.ones(len(table), dtype=bool),
        event_units=acts[:, 0].astype(int),
        event_times=acts[:, 1],
        groups=table[:, 0].astype(int) % 4,
    )


def by_pairs(rows, half_life, renews=False):
    found = np.zeros(len(rows.units))
    for place, (unit, time) in enumerate(zip(rows.units, rows.times, strict=True)):
        mine = rows.event_times[(rows.event_units == unit) & (rows.event_times < time)]
        left = 2.0 ** (-(time - mine) / half_life)
        found[place] = left.max(initial=0.0) if renews else left.sum()
    return found


@pytest.mark.parametrize("renews", [False, True])
def test_the_recursion_is_the_sum_over_all_earlier_events(renews):
    rows = network(1)
    shuffled = np.random.default_rng(2).permutation(len(rows.units))
    units, times = rows.units[shuffled], rows.times[shuffled]
    grid = np.array([0.5, 3.0, 24.0])
    doses = lagged_doses(units, times, rows.event_units, rows.event_times, grid, renews)
    for column, half_life in enumerate(grid):
        expected = by_pairs(rows, half_life, renews)[shuffled]
        assert np.abs(doses[:, column] - expected).max() < SUM


def test_an_event_on_the_very_time_does_not_count():
    here = np.zeros(2, dtype=int)
    found = lagged_doses(here, np.array([1.0, 2.0]), here[:1], np.array([1.0]), np.array([1.0]))
    assert found[:, 0].tolist() == [0.0, 0.5]


def test_events_are_counted_by_age_and_stay_with_their_unit():
    units, times = np.array([0, 1]), np.array([10.0, 10.0])
    event_units, event_times = np.array([0, 0, 0, 1]), np.array([9.0, 7.5, 11.0, 4.0])
    edges = np.array([-2.0, 0.0, 1.0, 3.0])
    found = counts_between(units, times, event_units, event_times, edges)
    assert found.tolist() == [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]


def test_the_within_slope_is_that_of_a_regression_with_dummies_and_lines():
    rows = network(3, units=15)
    dose = by_pairs(rows, 3.0)
    within = within_units(rows.units, rows.times, np.column_stack([dose, rows.outcome]))
    products = products_of(
        rows.units, within[:, :1], np.empty((len(dose), 0)), within[:, :1], within[:, 1]
    )
    ours = profile_of(*products.reduced(np.ones((1, 15)))).effects[0, 0]
    dummies = np.eye(15)[rows.units]
    design = np.column_stack([dose, dummies, dummies * rows.times[:, None]])
    assert ours == pytest.approx(sm.OLS(rows.outcome, design).fit().params[0], abs=SLOPE)


def test_covariates_are_taken_out_as_in_a_regression():
    rows, random = network(4, units=15), np.random.default_rng(4)
    covariates = random.standard_normal((len(rows.units), 2))
    dose = by_pairs(rows, 3.0)
    table = np.column_stack([dose, covariates, rows.outcome])
    within = within_units(rows.units, rows.times, table, own_trends=False)
    products = products_of(rows.units, within[:, :1], within[:, 1:3], within[:, :1], within[:, 3])
    ours = profile_of(*products.reduced(np.ones((1, 15)))).effects[0, 0]
    design = np.column_stack([dose, covariates, np.eye(15)[rows.units]])
    assert ours == pytest.approx(sm.OLS(rows.outcome, design).fit().params[0], abs=SLOPE)


def test_the_plain_slope_has_the_cluster_robust_interval():
    rows = network(5, units=15)
    dose, ones = by_pairs(rows, 3.0), np.ones((len(rows.units), 1))
    ours = plain_slope(dose, rows.outcome, ones, rows.units)
    fit = sm.OLS(rows.outcome, np.column_stack([dose, ones])).fit()
    robust = fit.get_robustcov_results(
        "cluster", groups=rows.units, use_correction=False, df_correction=True, use_t=True
    )
    half = (ours[2] - ours[1]) / 2
    theirs = (robust.conf_int()[0, 1] - robust.conf_int()[0, 0]) / 2
    assert ours[0] == pytest.approx(robust.params[0], abs=SLOPE)
    assert half == pytest.approx(theirs * np.sqrt(15 / 14), rel=ROBUST)


@pytest.mark.parametrize("half_life", [1.3, 5.0, 14.0])
def test_data_without_noise_give_back_effect_and_half_life(half_life):
    fit = fit_lag_kernel(network(6, 1.5, half_life, noise=0.0), draws=200)
    assert fit.half_life == pytest.approx(half_life, rel=HALF_LIFE)
    assert fit.effect == pytest.approx(1.5, rel=EFFECT)
    assert fit.shown


def test_the_same_seed_gives_the_same_numbers():
    rows = network(7)
    one, two = (fit_lag_kernel(rows, draws=200, seed=3) for _ in range(2))
    other = fit_lag_kernel(rows, draws=200, seed=4)
    assert one.p_value == two.p_value
    assert (one.effects == two.effects).all()
    assert not np.allclose(one.effects, other.effects)


def test_the_order_of_rows_does_not_matter():
    rows = network(8)
    mixed = np.random.default_rng(8).permutation(len(rows.units))
    moved = {
        name: getattr(rows, name)[mixed]
        for name in ("units", "times", "outcome", "covariates", "used", "groups")
    }
    events = {"event_units": rows.event_units, "event_times": rows.event_times}
    one = fit_lag_kernel(rows, draws=200)
    two = fit_lag_kernel(LagRows(**moved, **events), draws=200)
    assert one.half_life == pytest.approx(two.half_life, rel=SLOPE)
    assert one.interval_of(one.effects).low == pytest.approx(two.interval_of(two.effects).low)


def test_the_ages_show_the_same_fading_unsmoothed():
    fit = fit_lag_kernel(network(9, 4.0, 3.0, noise=1.0, units=80), draws=200)
    expected = 4.0 * 2.0 ** (-np.array([0.5, 2.0, 4.5, 9.0]) / 3.0)
    for place, value in enumerate(expected):
        ends = fit.interval_of(fit.bin_draws[:, place])
        wide = ends.high - ends.low
        assert ends.low - wide / 2 < value < ends.high + wide / 2


def test_without_an_effect_one_is_seldom_shown():
    fits = [fit_lag_kernel(network(100 + seed, effect=0.0), draws=299) for seed in range(SETS)]
    assert sum(fit.shown for fit in fits) <= MOST_FOUND


def test_acts_that_follow_low_values_do_not_pass_for_an_effect():
    fits = [
        fit_lag_kernel(network(300 + seed, effect=0.0, follows_low=0.7), draws=200)
        for seed in range(30)
    ]
    estimates = np.array([fit.reference_effect for fit in fits])
    plain = []
    for seed in range(30):
        rows = network(300 + seed, effect=0.0, follows_low=0.7)
        dose = by_pairs(rows, 3.0)
        within = within_units(rows.units, rows.times, np.column_stack([dose, rows.outcome]))
        plain.append(plain_slope(within[:, 0], within[:, 1], np.empty((len(dose), 0)), rows.units))
    fooled = np.array(plain)[:, 0]
    assert fooled.mean() > 5 * fooled.std() / np.sqrt(30)
    assert abs(estimates.mean()) < fooled.mean() / 3


def test_too_few_units_are_told():
    fit = fit_lag_kernel(network(10, units=8), draws=200)
    assert "units" in fit.reason
    assert np.isnan(fit.effect)
    assert not fit.shown


def test_a_dose_that_never_moves_is_told():
    rows = network(11)
    still = LagRows(**{**vars(rows), "event_units": np.empty(0, int), "event_times": np.empty(0)})
    assert fit_lag_kernel(still, draws=200).reason


def test_half_lives_are_tried_in_equal_steps_of_the_logarithm():
    steps = np.diff(np.log(half_life_grid()))
    assert steps == pytest.approx(steps[0])
    assert half_life_grid()[[0, -1]] == pytest.approx([0.5, 24.0])
