"""Control charts against R's spc, the NHS rules' own cases, and measured rates of error."""

import json
from pathlib import Path

import numpy as np
import pytest

from workbench.models.control_charts import (
    DOTS,
    INDIVIDUALS,
    RUN_CHART,
    RUN_CHART_TESTED,
    autocorrelation,
    choose_chart,
    expected_false_signals,
    false_signal_rate,
)
from workbench.models.cusum import cusum
from workbench.models.ewma import ewma, ewma_limit
from workbench.models.individuals_chart import (
    individuals_limits,
    individuals_signals,
    seven_in_a_row,
    seven_on_one_side,
    two_of_three,
)
from workbench.models.run_chart import anhoej_limits, run_chart
from workbench.models.run_lengths import (
    cusum_distance,
    cusum_run_length,
    ewma_distance,
    ewma_run_length,
    limit_for_run_length,
    one_sided_cusum_run_length,
    simulated_run_length,
)

R = json.loads((Path(__file__).parent / "reference/control_charts.json").read_text("utf-8"))
EXACT = 1e-12
INTEGRAL_EQUATION = 1e-6  # relative, to spc's numbers from the same equation
SIMULATED = 0.05  # relative; four standard errors of 8,000 run lengths
RATE = 0.02  # of 10,000 series, and of the two decimals of the table it is compared with

# Share of series with a signal though nothing moved, as measured when the charts were chosen.
FALSE_SIGNALS = {8: (0.03, 0.00), 12: (0.08, 0.01), 16: (0.11, 0.01), 24: (0.19, 0.03),
                 36: (0.29, 0.04)}  # fmt: skip


def rows(table):
    return list(zip(*R[table].values(), strict=True))


# --- EWMA and CUSUM ---


def test_an_ewma_by_hand_and_over_gaps():
    series = np.array([[1.0, 2.0], [np.nan, 2.0], [-1.0, np.nan]])
    assert ewma(series, 0.5) == pytest.approx(np.array([[0.5, 1], [0.5, 1.5], [-0.25, 1.5]]))
    assert ewma(np.array([]), 0.2).size == 0


def test_an_ewma_is_the_weighted_sum_of_its_past():
    z = np.random.default_rng(1).normal(size=20)
    weights = 0.3 * 0.7 ** np.arange(19, -1, -1)
    assert ewma(z, 0.3)[-1] == pytest.approx(float(weights @ z), abs=EXACT)


def test_a_cusum_by_hand_and_over_gaps():
    down, up = cusum(np.array([-2.0, np.nan, 0.2, 3.0]), 0.5)
    assert down == pytest.approx([1.5, 1.5, 0.8, 0])
    assert up == pytest.approx([0, 0, 0, 2.5])


def test_a_cusum_is_the_height_above_the_lowest_point_of_the_sum():
    # max over starts of the sum of what lies beyond the reference, or 0 (Page 1954).
    z = np.random.default_rng(2).normal(size=30)
    paths = np.concatenate([[0], np.cumsum(z - 0.5)])
    height = [paths[t] - paths[: t + 1].min() for t in range(1, 31)]
    assert cusum(z, 0.5)[1] == pytest.approx(np.array(height), abs=1e-9)
    assert cusum(-z, 0.5)[0] == pytest.approx(cusum(z, 0.5)[1])


# --- run lengths ---


@pytest.mark.parametrize(("weight", "factor", "shift", "run_length"), rows("ewma"))
def test_run_lengths_of_an_ewma_are_those_of_spc(weight, factor, shift, run_length):
    found = ewma_run_length(weight, factor, shift)
    assert found == pytest.approx(run_length, rel=INTEGRAL_EQUATION)


@pytest.mark.parametrize(("reference", "limit", "shift", "one", "run_length"), rows("cusum"))
def test_run_lengths_of_a_cusum_are_those_of_spc(reference, limit, shift, one, run_length):
    found = one_sided_cusum_run_length(reference, limit, shift)
    assert found == pytest.approx(one, rel=INTEGRAL_EQUATION)
    found = cusum_run_length(reference, limit, shift)
    assert found == pytest.approx(run_length, rel=INTEGRAL_EQUATION)


@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.0])
def test_simulated_run_lengths_are_those_of_spc(shift):
    r = {(w, f, s): length for w, f, s, length in rows("ewma")}
    found = simulated_run_length(ewma_distance(0.2), ewma_limit(2.36, 0.2), shift, 400)
    assert found == pytest.approx(r[0.2, 2.36, shift], rel=SIMULATED)
    r = {(k, h, s): length for k, h, s, _, length in rows("cusum")}
    found = simulated_run_length(cusum_distance(0.5), 3.5, shift, 400)
    assert found == pytest.approx(r[0.5, 3.5, shift], rel=SIMULATED)


@pytest.mark.parametrize(("target", "ewma_factor", "cusum_limit"), rows("limits"))
def test_limits_found_by_simulation_give_the_run_length_asked_for(target, ewma_factor, cusum_limit):
    factor = limit_for_run_length(ewma_distance(0.2), target) / ewma_limit(1.0, 0.2)
    assert ewma_run_length(0.2, factor) == pytest.approx(target, rel=SIMULATED)
    assert factor == pytest.approx(ewma_factor, rel=0.01)
    limit = limit_for_run_length(cusum_distance(0.5), target)
    assert cusum_run_length(0.5, limit) == pytest.approx(target, rel=SIMULATED)
    assert limit == pytest.approx(cusum_limit, rel=0.02)


def test_a_limit_depends_on_its_seed_and_on_nothing_else():
    one = limit_for_run_length(ewma_distance(0.2), 20.0, seed=4)
    assert one == limit_for_run_length(ewma_distance(0.2), 20.0, seed=4)
    assert one != limit_for_run_length(ewma_distance(0.2), 20.0, seed=5)


def test_a_chart_of_single_points_has_a_geometric_run_length():
    # An EWMA of weight 1 is the departure itself: P(|Z| > 1.959964) is 1 in 20.
    assert ewma_run_length(1.0, 1.959964) == pytest.approx(20, rel=1e-5)
    assert limit_for_run_length(np.abs, 20.0) == pytest.approx(1.96, rel=0.02)


# --- XmR ---


def test_limits_are_those_of_the_published_series():
    # NHSRplotthedots, vignette on deviations from Excel: 1.94, and -0.72 to 4.6 once screened.
    series = np.array([1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1.0])
    kept, all_of_them = individuals_limits(series), individuals_limits(series, screened=False)
    assert [round(float(x), 2) for x in (kept.low, kept.centre, kept.high)] == [-0.72, 1.94, 4.6]
    assert [round(float(x), 2) for x in (all_of_them.low, all_of_them.high)] == [-3.06, 6.95]


def test_values_that_never_move_have_no_signals():
    found = individuals_signals(np.full(24, 70.0))
    assert not any(flags.any() for flags in found.values())


# The cases of the NHS rules' own tests, by what belongs to a signal.
@pytest.mark.parametrize(
    ("side", "members"),
    [
        ([1] * 6, []),
        ([1] * 6 + [-1], []),
        ([1] * 8 + [-1], range(8)),
        ([-1] * 8 + [1], range(8)),
        ([-1] + [1] * 8 + [-1], range(1, 9)),
        ([0] * 9, []),
    ],
)
def test_seven_on_one_side(side, members):
    assert np.flatnonzero(seven_on_one_side(np.array(side))).tolist() == list(members)


@pytest.mark.parametrize(
    ("values", "members"),
    [
        ([1, 2, 3, 4, 5, 6], []),
        ([1, 2, 3, 3, 4, 5, 6], []),
        (list(range(1, 8)), range(7)),
        ([2, *range(1, 8), 3], range(1, 8)),
        (list(range(7, 0, -1)), range(7)),
        ([2, *range(7, 0, -1), 3], range(1, 8)),
    ],
)
def test_seven_that_rise_or_fall(values, members):
    assert np.flatnonzero(seven_in_a_row(np.array(values))).tolist() == list(members)


@pytest.mark.parametrize(
    ("near", "members"),
    [
        ([0, 0, 0], []),
        ([1, 0, 1], [0, 2]),
        ([0, 1, 1], [1, 2]),
        ([0, 0, 1, 0, 1, 0, 0], [2, 4]),
        ([0, 0, 1, 1, 0, 0, 0], [2, 3]),
        ([1, 0, 0, 1], []),
        ([1, 0, 0, 1, 1], [3, 4]),
    ],
)
def test_two_of_three(near, members):
    near = np.array(near, dtype=bool)
    assert np.flatnonzero(two_of_three(near, np.ones(len(near)))).tolist() == members
    mixed = np.where(np.arange(len(near)) % 2, 1, -1)
    assert not two_of_three(near, mixed).any()


def test_series_side_by_side_are_charted_as_each_alone():
    values = np.random.default_rng(3).normal(size=(24, 50))
    together = individuals_signals(values)
    for number in range(50):
        for rule, flags in individuals_signals(values[:, number]).items():
            assert (together[rule][:, number] == flags).all()
    both = run_chart(values)
    alone = [run_chart(values[:, number]) for number in range(50)]
    assert both.longest_run.tolist() == [one.longest_run for one in alone]
    assert both.crossings.tolist() == [one.crossings for one in alone]


# --- run charts ---


def test_anhoej_limits_are_those_of_r():
    longest, fewest = anhoej_limits(np.array(R["runs"]["n"]))
    assert longest.tolist() == R["runs"]["longest"]
    assert fewest.tolist() == R["runs"]["fewest_crossings"]
    assert [float(one) for one in anhoej_limits(np.array(24))] == [8, 8]


def test_a_run_chart_by_hand():
    # Median 5. Above, above, (on), above, below, below, above, below, below, below, above.
    chart = run_chart(np.array([6.0, 7, 5, 8, 3, 4, 9, 1, 2, 4.5, 6.5]))
    assert (chart.median, chart.points) == (5, 10)
    assert (chart.longest_run, chart.crossings) == (3, 4)
    assert not chart.signal


def test_nine_points_are_too_few_for_the_rules():
    assert not run_chart(np.array([9.0] * 4 + [1] * 5)).signal
    assert not run_chart(np.full(30, 4.0)).signal


# --- which chart ---


@pytest.mark.parametrize(
    ("points", "name", "tested", "limits_drawn"),
    [
        (0, DOTS, False, False),
        (7, DOTS, False, False),
        (8, RUN_CHART, False, False),
        (11, RUN_CHART, False, False),
        (12, RUN_CHART_TESTED, True, True),
        (19, RUN_CHART_TESTED, True, True),
        (20, INDIVIDUALS, True, True),
        (60, INDIVIDUALS, True, True),
    ],
)
def test_the_chart_follows_from_the_number_of_points(points, name, tested, limits_drawn):
    chosen = choose_chart(points)
    assert (chosen.name, chosen.tested, chosen.limits_drawn) == (name, tested, limits_drawn)
    assert bool(chosen.why) == (points < 20)


@pytest.mark.parametrize("points", FALSE_SIGNALS)
def test_false_signals_are_as_often_as_was_measured(points):
    individuals, runs = FALSE_SIGNALS[points]
    assert false_signal_rate(INDIVIDUALS, points) == pytest.approx(individuals, abs=RATE)
    assert false_signal_rate(RUN_CHART_TESTED, points) == pytest.approx(runs, abs=RATE)


def test_expected_false_signals_follow_the_rules_for_the_number_of_points():
    assert expected_false_signals(100, 8) == 0
    assert expected_false_signals(100, 24) == pytest.approx(19, abs=100 * RATE)
    assert expected_false_signals(0, 24) == 0


def test_autocorrelation_is_that_of_the_series():
    random = np.random.default_rng(5)
    linked = np.zeros(20_000)
    for t in range(1, len(linked)):
        linked[t] = 0.4 * linked[t - 1] + random.normal()
    assert autocorrelation(linked) == pytest.approx(0.4, abs=0.03)
    assert autocorrelation(np.array([1.0, 2, 3])) == 0
    assert autocorrelation(np.full(5, 2.0)) == 0
