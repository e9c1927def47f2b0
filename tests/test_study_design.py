"""Plans of measurement: power against closed forms, and the engine for many responses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from workbench.analysis.study_design import POWER_COLUMNS, power_to_see
from workbench.analysis.study_design_plan import _crossing, measurement_plan
from workbench.analysis.study_design_rows import (
    NetworkDesign,
    design_of_network,
    planned_rows,
    simulated_ratings,
)
from workbench.analysis.study_design_spreads import USUAL, Spreads, spreads_of
from workbench.errors import ParameterError
from workbench.models import many_answers
from workbench.models.combinations import combination_weights
from workbench.models.integrated import draws_of, integrated_answers
from workbench.models.many_answers import chances_below
from workbench.models.many_responses import ManyResponses
from workbench.models.mixed import fit_mixed_model
from workbench.reporting import figures_power, tables_power
from workbench.settings import Thresholds

SAME = 1e-8  # the criterion and answers beside the engine's, at the same theta
BESIDE = 0.08  # chances beside those of a fit of one response: both are averages over draws
CHANCE = 0.07  # of a power of 300 to 600 draws: three standard errors
FORMULA = (
    "fidelity ~ quarters + rater_role + (1 + quarters | practitioner_id)"
    " + (1 + quarters | site_id) + (1 | rater_id)"
)
SPREADS = Spreads(4.0, 0.45, 5.0, 0.55, 1.5, 5.0, site_correlation=0.2)
DESIGN = NetworkDesign(10, 6, 1, 6, share_by_supervisor=0.4)
AT = pd.DataFrame({"site_id": ["s000"], "quarters": [0.0], "rater_role": ["independent"]})
SINGLES = {"sites": 3, "practitioners_a_site": 1, "raters_a_site": 1, "share_by_supervisor": 0.0}
# A drift counts as named where its one-sided test at 2.5% shows it.
TEST_ONLY = Thresholds(smallest_change_that_matters=1e-9, state_probability=0.975)


@pytest.fixture(scope="module")
def simulated():
    random = np.random.default_rng(5)
    rows = planned_rows(DESIGN, random)
    return rows, simulated_ratings(rows, SPREADS, 1.6, 64, random, in_one_site=True)


@pytest.fixture
def quick(monkeypatch):
    """Fewer points of the variances, where no chance is set beside another's."""
    monkeypatch.setattr(many_answers, "POINTS", 64)
    monkeypatch.setattr(many_answers, "LOOKS", 2)
    monkeypatch.setattr(many_answers, "LOOK_POINTS", 64)


# --- many responses at once ---


def test_the_criterion_and_the_answers_are_the_engines(simulated):
    rows, ratings = simulated
    many = ManyResponses.of(FORMULA, rows, ratings)
    fit = fit_mixed_model(FORMULA, rows.assign(fidelity=ratings[:, 3]))
    fixed, random = combination_weights(fit.design, AT, ("site_id",), "quarters")
    thetas = (fit.curvature.theta, fit.curvature.theta * 0.8 + 0.1)
    ours = [many.at(theta, fixed, many.weights(random)) for theta in thetas]
    theirs = [fit.curvature.equations(theta) for theta in thetas]
    fall = ours[0].log_posterior[3] - ours[1].log_posterior[3]
    assert fall == pytest.approx(
        -0.5 * (theirs[0].criterion(True) - theirs[1].criterion(True)), abs=SAME
    )
    for own, engine in zip(ours, theirs, strict=True):
        mean = fixed @ engine.fixed_effects + random @ engine.modes
        error = engine.best_sigma(True) * np.sqrt(engine.combination_variances(fixed, random))
        assert own.means[0, 3] == pytest.approx(mean[0], abs=SAME)
        assert own.errors[0, 3] == pytest.approx(error[0], abs=SAME)


def test_theta_of_given_covariances_leads_back_to_them(simulated):
    rows, ratings = simulated
    fit = fit_mixed_model(FORMULA, rows.assign(fidelity=ratings[:, 0]))
    many = ManyResponses.of(FORMULA, rows, ratings)
    covariances = tuple(fit.sigma**2 * T @ T.T for T in fit.factors)
    theta = many.theta_of(covariances, fit.sigma)
    for T, covariance in zip(fit.curvature.factors(theta), covariances, strict=True):
        assert fit.sigma**2 * T @ T.T == pytest.approx(covariance, abs=1e-5)


def test_chances_are_those_of_single_fits(simulated):
    rows, ratings = simulated
    many = ManyResponses.of(FORMULA, rows, ratings)
    fixed, random = combination_weights(many.design, AT, (), "quarters")
    covariances = (
        SPREADS.covariance("practitioner"),
        SPREADS.covariance("site"),
        np.array([[SPREADS.rater**2]]),
    )
    start = many.theta_of(covariances, SPREADS.residual)
    found = chances_below(many, fixed, random, np.array([-0.3, 0.0]), start)
    for number in range(3):
        fit = fit_mixed_model(FORMULA, rows.assign(fidelity=ratings[:, number]))
        answers = integrated_answers(fit, fixed, random, draws_of(fit))
        assert found.below[0, 0, number] == pytest.approx(answers.below(-0.3)[0], abs=BESIDE)
        assert found.below[1, 0, number] == pytest.approx(answers.below(0.0)[0], abs=BESIDE)


def test_rows_and_responses_must_match(simulated):
    rows, ratings = simulated
    with pytest.raises(ParameterError, match="rows"):
        ManyResponses.of(FORMULA, rows.iloc[:-1], ratings)


# --- power ---


def test_power_is_that_of_the_t_test_of_practitioners_slopes():
    """One site, one rater: the mean of equally precise slopes, as statsmodels has its power."""
    design = NetworkDesign(1, 30, 4, 6, raters_a_site=1)
    spreads = replace(SPREADS, site_level=0.0, site_slope=0.0, rater=0.0, practitioner_slope=1.5)
    found = power_to_see(design, spreads, 0.8, draws=600, thresholds=TEST_ONLY).set_index("scope")
    # 24 observations evenly over 6 quarters have the sum of squares n T^2 / 12 about their mean.
    variance = 1.5**2 + spreads.residual**2 / (24 * 36 / 12)
    expected = TTestPower().power(0.8 / np.sqrt(variance), 30, 0.025, alternative="larger")
    assert 0.3 < expected < 0.95
    assert found.loc["network", "power"] == pytest.approx(expected, abs=CHANCE)
    assert np.isnan(found.loc["site", "power"])
    assert "5 or more" in found.loc["site", "reason"]


def test_power_is_that_of_a_simple_regression_where_only_levels_differ():
    """Practitioners seen alike: the slope's test is that of a regression within them."""
    design = NetworkDesign(1, 12, 2, 4, raters_a_site=1)
    spreads = replace(
        SPREADS, site_level=0.0, site_slope=0.0, rater=0.0, practitioner_slope=0.0,
        practitioner_level=20.0,
    )  # fmt: skip
    random = np.random.default_rng(1)
    rows = planned_rows(design, random)
    ratings = simulated_ratings(rows, spreads, 1.3, 600, random)
    many = ManyResponses.of("fidelity ~ quarters + (1 | practitioner_id)", rows, ratings)
    weights = combination_weights(many.design, AT, (), "quarters")
    start = many.theta_of((np.array([[400.0]]),), 5.0)
    power = (chances_below(many, *weights, np.zeros(1), start).below[0, 0] >= 0.975).mean()
    time = rows["quarters"] - rows.groupby("practitioner_id")["quarters"].transform("mean")
    df = len(rows) - 12 - 1
    shift = 1.3 * np.sqrt((time**2).sum()) / spreads.residual
    expected = stats.nct.sf(stats.t.ppf(0.975, df), df, shift)
    assert 0.3 < expected < 0.95
    assert power == pytest.approx(expected, abs=CHANCE)


def test_with_many_groups_power_is_that_of_known_variances():
    """Sixty sites tell their variances, so that the normal formula holds."""
    design = NetworkDesign(60, 3, 1, 6)
    spreads = replace(SPREADS, rater=0.0, site_slope=0.8)
    found = power_to_see(design, spreads, 1.3, draws=300).set_index("scope").loc["network"]
    person = spreads.practitioner_slope**2 + spreads.residual**2 / (6 * 36 / 12)
    error = np.sqrt((spreads.site_slope**2 + person / 3) / 60)
    expected = stats.norm.cdf((1.3 - 1.0) / error - stats.norm.ppf(0.9))
    assert 0.3 < expected < 0.95
    assert found["power"] == pytest.approx(expected, abs=CHANCE + 0.03)  # random days take a little


@pytest.mark.usefixtures("quick")
def test_more_observations_and_quarters_see_more():
    few, more, longer = (
        power_to_see(one, SPREADS, 1.9, draws=100)["power"].to_numpy()
        for one in (
            DESIGN,
            replace(DESIGN, observations_a_quarter=4),
            replace(DESIGN, observations_a_quarter=4, quarters=10),
        )
    )
    assert (few <= more).all()
    assert (more <= longer).all()
    assert few[1] < more[1] < longer[1]


@pytest.mark.usefixtures("quick")
def test_the_same_seed_gives_the_same_power():
    first, second = (power_to_see(DESIGN, SPREADS, 1.9, draws=60, seed=4) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert list(first.columns) == POWER_COLUMNS
    assert (first["power_low"] <= first["power"] + SAME).all()
    assert (first["power"] <= first["power_high"] + SAME).all()


@pytest.mark.usefixtures("quick")
def test_a_drift_that_is_too_small_to_matter_is_hardly_ever_named():
    assert (power_to_see(DESIGN, SPREADS, 1.0, draws=100)["power"] < 0.15).all()


@pytest.mark.parametrize("change", [{"quarters": 2}, SINGLES])
def test_a_plan_that_holds_no_course_says_so(change):
    found = power_to_see(replace(DESIGN, **change), SPREADS, 2.0, draws=20)
    assert found["power"].isna().all()
    assert (found["n_draws"] == 0).all()
    assert found["reason"].str.len().gt(10).all()


# --- rows ---


def test_observations_are_spread_evenly():
    for each, expected in ((0.5, {3}), (1.5, {9}), (2.0, {12})):
        rows = planned_rows(replace(DESIGN, observations_a_quarter=each), np.random.default_rng(1))
        assert set(rows.groupby("practitioner_id").size()) == expected
    assert rows.groupby("rater_id")["site_id"].nunique().max() == 1
    bosses = rows[rows["rater_role"] == "supervisor"]
    assert bosses.groupby("practitioner_id")["rater_id"].nunique().max() == 1


def test_two_ratings_of_a_session_share_what_is_special_to_it():
    design = replace(DESIGN, sites=40, share_double_coded=0.5, share_by_supervisor=0.0)
    random = np.random.default_rng(2)
    rows = planned_rows(design, random)
    only = Spreads(0.0, 0.0, 0.0, 0.0, 0.0, 5.0, session_share=0.64)
    ratings = pd.DataFrame(simulated_ratings(rows, only, 1.0, 20, random))
    ratings += np.array(rows["quarters"])[:, None]
    twice = rows["session"].duplicated(keep=False)
    assert rows[twice].groupby("session")["rater_id"].nunique().eq(2).all()
    pairs = ratings[twice].groupby(rows["session"])
    difference = (pairs.first() - pairs.last()).to_numpy()
    assert difference.var() == pytest.approx(2 * only.scoring**2, rel=0.05)
    assert only.scoring == pytest.approx(3.0)
    assert only.with_scoring(2 * 16.0).session == pytest.approx(3.0)


def test_a_network_is_described_by_the_nearest_plan():
    rows = planned_rows(DESIGN, np.random.default_rng(3))
    found = design_of_network(rows)
    assert replace(found, share_by_supervisor=0.4) == DESIGN
    assert found.share_by_supervisor == pytest.approx(0.4, abs=0.1)


@pytest.mark.parametrize(
    "change",
    [{"sites": 0}, {"observations_a_quarter": 0}, {"share_by_supervisor": 1.2},
     {"raters_a_site": 1, "share_double_coded": 0.1}],
)  # fmt: skip
def test_an_impossible_plan_is_refused(change):
    with pytest.raises(ParameterError, match="plan of measurement"):
        replace(DESIGN, **change)


# --- spreads ---


def test_spreads_are_read_from_the_fit(simulated):
    rows, ratings = simulated
    fit = fit_mixed_model(FORMULA, rows.assign(fidelity=ratings[:, 0]))
    spreads = spreads_of(fit)
    table = fit.var_corr().dropna(subset="sd").set_index(["group", "term"])["sd"]
    assert spreads.residual == fit.sigma
    assert spreads.site_level == pytest.approx(table["site_id", "Intercept"])
    low, high = spreads.intervals["practitioner_level"]
    assert low < table["practitioner_id", "Intercept"] < high
    assert set(spreads.assumed) <= {"session", "rater", "site_slope", "practitioner_slope"}


def test_what_a_network_cannot_tell_is_assumed_and_named(simulated):
    rows, ratings = simulated
    fit = fit_mixed_model(
        "fidelity ~ quarters + (1 | practitioner_id)", rows.assign(fidelity=ratings[:, 0])
    )
    spreads = spreads_of(fit, {"slopes of sites": "there are too few."})
    assert spreads.site_slope == pytest.approx(USUAL["site_slope"] * fit.sigma)
    assert "too few" in spreads.assumed["site_slope"]
    assert {"rater", "practitioner_slope", "site_level"} <= set(spreads.assumed)
    assert spreads.table()["assumed"].sum() == len(spreads.assumed)
    nothing = spreads_of(None)
    assert set(nothing.assumed) == {*USUAL, "residual", "session"}
    assert nothing.residual > 0


def test_a_variance_of_zero_is_not_taken_as_nothing():
    random = np.random.default_rng(8)
    rows = planned_rows(replace(DESIGN, sites=8, quarters=5), random)
    none = replace(SPREADS, rater=0.0)
    for _ in range(20):
        fit = fit_mixed_model(
            FORMULA, rows.assign(fidelity=simulated_ratings(rows, none, 0.0, 1, random)[:, 0])
        )
        table = fit.var_corr().set_index("group")
        if table.loc["rater_id", "sd"] < 1e-3:
            break
    spreads = spreads_of(fit)
    assert spreads.rater > 0.05
    assert "zero" in spreads.assumed["rater"]


# --- the plan ---


def test_the_fewest_observations_stand_between_two_plans():
    each = np.array([1.0, 2.0, 4.0])
    assert _crossing(each, np.array([0.6, 0.7, 0.9]), 0.8) == pytest.approx(3.0)
    assert _crossing(each, np.array([0.85, 0.8, 0.9]), 0.8) == 1.0
    assert np.isnan(_crossing(each, np.array([0.1, 0.2, 0.3]), 0.8))


@pytest.mark.usefixtures("quick")
def test_a_plan_tells_powers_what_is_needed_and_double_coding():
    plan = measurement_plan(
        DESIGN, SPREADS, 1.9, observations=(1, 3), quarters=(2, 6), double_coded=(0, 0.5), draws=20
    )
    tables = plan.tables()
    assert tables["measurement_powers"]["present"].sum() == 2
    assert len(tables["measurement_powers"]) == 8
    needed = tables["observations_needed"].set_index(["scope", "quarters"])
    assert "three" in needed.loc[("network", 2), "reason"]
    assert needed.loc[("network", 6), "observations"] <= 3
    coding = tables["double_coding_and_power"].set_index(["scope", "share_double_coded"])
    more = coding["n_ratings"]
    assert more["network", 0.5] > 1.4 * more["network", 0.0]
    picture = figures_power.power_of_plans(plan.powers)
    assert "The network, 6 quarters: 1:" in picture.alt_text
    assert "the plan in use" in picture.alt_text
    assert len(picture.data) == 8
    for table in (
        tables_power.needed_table(plan.needed),
        tables_power.spreads_table(plan.spreads.table()),
        tables_power.double_coding_table(plan.double_coding),
    ):
        assert len(table.frame)


def test_without_a_network_there_is_no_plan():
    assert measurement_plan(None, SPREADS, 1.5) is None
