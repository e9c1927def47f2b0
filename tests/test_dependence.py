"""Dependence on support: lme4's numbers, closed forms, planted truth, and thin data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.dependence import COLUMNS, CURVE_COLUMNS, TERM_COLUMNS, dependence
from workbench.analysis.dependence_findings import dependence_findings
from workbench.analysis.dependence_index import Line, curve_of, index_of, odds_ratio_of, progress
from workbench.analysis.dependence_model import told
from workbench.analysis.dependence_reduced import (
    HISTORY,
    REDUCED_COLUMNS,
    changes_of,
    reduced,
    windows_of,
)
from workbench.analysis.dependence_reminders import (
    BY_QUARTER_COLUMNS,
    NO_RISE,
    TREND_COLUMNS,
    UP_FLAT,
    UP_UP,
    pattern_of,
    reminders_by_quarter,
    reminders_trend,
)
from workbench.analysis.dependence_rows import rows_of
from workbench.models.clustered_rates import clustered_rate, clustered_rate_trend
from workbench.quarters import Quarter
from workbench.terms import NOT_ENOUGH_EVIDENCE, NOT_ESTIMABLE, REPORTED

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "dependence.json").read_text(encoding="utf-8")
)
QUARTER = Quarter(2025, 4)
EXACT = 1e-12
NEAR = 2e-4  # lme4's optimum beside ours
NEAR_ERROR = 0.02  # as a share: lme4's errors are differences of a noisy criterion
HOURS = "professional hours"
TABLES = {
    "dependence": COLUMNS,
    "dependence_terms": TERM_COLUMNS,
    "dependence_curve": CURVE_COLUMNS,
    "reminders_by_quarter": BY_QUARTER_COLUMNS,
    "reminders_trend": TREND_COLUMNS,
    "support_reduced": REDUCED_COLUMNS,
}
SUPPORT = ["professional_hours", "contacts", "reminders", "crises"]


def reference_periods():
    """The made set, with nothing recorded but hours."""
    frame = pd.DataFrame(REFERENCE["periods"])
    dates = {name: pd.to_datetime(frame[name]) for name in ("period_start", "period_end")}
    return frame.assign(**dates, contacts=np.nan, reminders=np.nan, crises=np.nan)


def network(slope, seed=1, practitioners=24, plans=3, months=10, sites=4, growth=0.0):
    """Periods of plans in sites with the slopes given (logits of done in 15 days a doubling)."""
    random = np.random.default_rng(seed)
    starts = pd.date_range("2025-01-01", periods=months + 1, freq="MS")
    rows = []
    for person in range(practitioners):
        site = person % sites
        level = -1.9 + 0.3 * random.normal()
        for plan in range(plans):
            own = level + 0.3 * random.normal()
            relative = 0.7 * random.normal(size=months)
            for month in range(months):
                days = (starts[month + 1] - starts[month]).days
                opened = 2 + random.poisson(2)
                steep = slope[site] if np.ndim(slope) else slope
                each = 1 / (1 + np.exp(-own - steep * relative[month]))
                done = random.binomial(opened, 1 - (1 - each) ** (days / 15))
                rate = 0.6 * np.exp(growth * month / 3) * opened
                rows.append(
                    (f"p{person}-{plan}", f"S{site}", f"p{person}", starts[month],
                     starts[month + 1] - pd.Timedelta(days=1), days, float(month),
                     8 * 2.0 ** relative[month], np.nan, float(random.poisson(rate)), np.nan,
                     opened, days * (opened - done) + days * done // 2, done)
                )  # fmt: skip
    names = [
        "plan_id", "site_id", "practitioner_id", "period_start", "period_end", "days", "months",
        *SUPPORT, "open_actions", "open_days", "done",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def plans_of(periods):
    columns = ["plan_id", "site_id", "practitioner_id"]
    return periods[columns].drop_duplicates().reset_index(drop=True)


def told_of(periods):
    return dependence(periods, plans_of(periods), QUARTER)


@pytest.fixture(scope="module")
def one_carried():
    return told_of(network([0.0, 0.0, 0.0, 1.2], plans=4))


# --- the model, beside lme4 ---


@pytest.fixture(scope="module")
def beside_lme4():
    return told(rows_of(reference_periods(), HOURS), HOURS)


def test_slopes_of_sites_and_the_network_are_those_of_lme4(beside_lme4):
    lines = [beside_lme4.sites[site] for site in ("S1", "S2", "S3")]
    np.testing.assert_allclose([one.slope for one in lines], REFERENCE["slopes"], atol=NEAR)
    errors = [one.slope_error for one in lines]
    np.testing.assert_allclose(errors, REFERENCE["errors"], rtol=NEAR_ERROR)
    whole = beside_lme4.network
    assert whole.slope == pytest.approx(REFERENCE["network"], abs=NEAR)
    assert whole.slope_error == pytest.approx(REFERENCE["network_error"], rel=NEAR_ERROR)
    assert beside_lme4.between.slope == pytest.approx(REFERENCE["between"], abs=NEAR)
    assert beside_lme4.fit.criterion == pytest.approx(REFERENCE["criterion"], abs=NEAR)


def test_practitioners_slopes_are_the_site_s_and_lme4_s_mode(beside_lme4):
    sites = dict(zip(("S1", "S2", "S3"), REFERENCE["slopes"], strict=True))
    pairs = zip(REFERENCE["practitioners"], REFERENCE["modes"], strict=True)
    expected = {person: sites[person[:2]] + mode for person, mode in pairs}
    found = {person: line.slope for person, line in beside_lme4.practitioners.items()}
    assert found.keys() == expected.keys()
    np.testing.assert_allclose(
        [found[one] for one in expected], list(expected.values()), atol=10 * NEAR
    )


# --- closed forms ---


def test_progress_is_one_minus_all_stretches_without():
    expected = 1 - 0.8 ** (30.4375 / 15)
    assert progress(np.log(0.2 / 0.8)) == pytest.approx(expected, abs=EXACT)


def test_the_index_is_nought_where_plans_move_as_well_and_one_where_they_stop():
    known = np.zeros((2, 2))
    assert index_of(Line(-4.0, 0.0, known))[0] == pytest.approx(0.0, abs=EXACT)
    assert index_of(Line(-4.0, 40.0, known))[0] == pytest.approx(1.0, abs=1e-9)
    assert index_of(Line(-4.0, -0.5, known))[0] < 0
    # Where little is done in a month, progress is the rate, and halves as it halves.
    assert index_of(Line(-14.0, 1.0, known))[0] == pytest.approx(1 - np.exp(-1), abs=1e-4)


def test_the_interval_of_the_index_is_the_delta_method_s():
    covariance = np.array([[0.04, 0.01], [0.01, 0.03]])
    index, low, high = index_of(Line(-4.0, 0.8, covariance))
    step = 1e-6

    def log_ratio(level, slope):
        return np.log(progress(level - slope) / progress(level))

    slopes = np.array(
        [
            (log_ratio(-4 + step, 0.8) - log_ratio(-4 - step, 0.8)) / (2 * step),
            (log_ratio(-4, 0.8 + step) - log_ratio(-4, 0.8 - step)) / (2 * step),
        ]
    )
    reach = 1.959963985 * np.sqrt(slopes @ covariance @ slopes)
    assert np.log1p(-low) - np.log1p(-index) == pytest.approx(reach, rel=1e-6)
    assert np.log1p(-index) - np.log1p(-high) == pytest.approx(reach, rel=1e-6)


def test_odds_ratio_and_curve_come_from_the_same_line():
    line = Line(-4.0, 0.7, np.diag([0.01, 0.01]))
    shares, low, high = curve_of(line, np.array([0.5, 1.0, 2.0]))
    odds = shares / (1 - shares)
    assert odds_ratio_of(line)[0] == pytest.approx(odds[2] / odds[1], rel=1e-9)
    assert index_of(line)[0] == pytest.approx(1 - shares[0] / shares[1], rel=1e-9)
    assert (low < shares).all() and (shares < high).all()


# --- rows ---


def test_the_usual_is_the_mean_so_far_and_no_later_month_moves_it():
    periods = network(0.0, practitioners=2, plans=1, months=6)
    rows = rows_of(periods, HOURS)
    mine = rows[rows["plan_id"] == "p0-0"]
    a_month = mine["professional_hours"] / mine["days"] * 30.4375
    expected = np.log2(a_month) - np.log2(a_month).expanding().mean()
    np.testing.assert_allclose(mine["relative"], expected, atol=EXACT)
    later = periods["period_start"] == periods["period_start"].max()
    more = periods.assign(professional_hours=periods["professional_hours"].where(~later, 99.0))
    moved = rows_of(more, HOURS)["relative"] - rows["relative"]
    assert (moved[rows["period_start"] < periods["period_start"].max()] == 0).all()


def test_a_month_without_support_counts_as_half_an_hour():
    periods = network(0.0, practitioners=2, plans=1, months=3).assign(days=30.4375)
    none = rows_of(periods.assign(professional_hours=[0.0, 4.0, 8.0] * 2), HOURS)
    half = rows_of(periods.assign(professional_hours=[0.5, 4.0, 8.0] * 2), HOURS)
    np.testing.assert_allclose(none["relative"], half["relative"], atol=EXACT)


# --- planted truth ---


def test_a_carried_site_is_told_from_the_others(one_carried):
    sites = one_carried.index[one_carried.index["scope"] == "site"].set_index("site_id")
    assert sites["flagged"].tolist() == [False, False, False, True]
    planted = index_of(Line(-1.9, 1.2, np.zeros((2, 2))))[0]
    assert sites.loc["S3", "index_low"] < planted < sites.loc["S3", "index_high"]
    assert (sites.loc[["S0", "S1", "S2"], "index_low"] < 0).all()


def test_practitioners_carry_no_test_and_no_flag(one_carried):
    people = one_carried.index[one_carried.index["scope"] == "practitioner"]
    assert len(people) == 24
    assert not people["flagged"].any()
    assert people[["p_value", "p_adjusted"]].isna().all().all()


def test_nothing_is_told_where_support_only_follows_poor_months():
    """Support rises after a month with little progress, and nothing depends on it."""
    z = []
    for seed in range(3):
        random = np.random.default_rng(seed)
        periods = network(0.0, seed=100 + seed, practitioners=20, plans=3)
        expected = 0.3 * periods["open_actions"]
        low = (expected - periods["done"]) / np.sqrt(expected)
        before = low.groupby(periods["plan_id"]).shift(fill_value=0.0)
        hours = 8 * 2.0 ** (0.6 * before + 0.3 * random.normal(size=len(periods)))
        line = told(rows_of(periods.assign(professional_hours=hours), HOURS), HOURS, False).network
        z.append(line.slope / line.slope_error)
    assert abs(np.mean(z)) < 3 / np.sqrt(len(z))


# --- reminders ---


def test_rates_are_ratios_of_sums_and_trends_those_of_a_poisson_regression():
    counts = pd.Series([2.0, 4, 8, 1, 2, 4, 3, 6, 12])
    time, who = pd.Series([0.0, 1, 2] * 3), pd.Series(list("aaabbbccc"))
    rate = clustered_rate(counts, pd.Series(2.0, index=counts.index), who)
    assert rate.estimate == pytest.approx(counts.sum() / 18, rel=1e-9)
    # By hand: each cluster's surplus over the whole's rate, on the logarithm's scale.
    surplus = np.array([14 - 14.0, 7 - 14, 21 - 14]) / 42
    reach = 4.302652729911275 * np.sqrt(1.5 * (surplus**2).sum())
    assert np.log(rate.conf_high / rate.estimate) == pytest.approx(reach, rel=1e-9)
    trend = clustered_rate_trend(counts, pd.Series(1.0, index=counts.index), time, who)
    assert trend.estimate == pytest.approx(2.0, rel=1e-9)
    # Everybody doubles each time, so clusters do not differ in it.
    assert trend.conf_high == pytest.approx(2.0, rel=1e-6)


def test_no_count_at_all_has_no_interval_and_no_trend():
    none, one = pd.Series([0.0] * 4), pd.Series([1.0] * 4)
    who, time = pd.Series(list("abcd")), pd.Series([0.0, 1, 0, 1])
    assert clustered_rate(none, one, who).estimate == 0
    assert np.isnan(clustered_rate(none, one, who).conf_high)
    assert np.isnan(clustered_rate_trend(none, one, time, who).estimate)


@pytest.mark.parametrize(
    ("given", "done", "expected"),
    [
        ((1.1, 1.05, 1.15), (1.0, 0.96, 1.04), UP_FLAT),
        ((1.1, 1.05, 1.15), (1.1, 1.02, 1.2), UP_UP),
        ((1.1, 1.05, 1.15), (1.0, 0.8, 1.12), NOT_ENOUGH_EVIDENCE),
        ((1.0, 0.97, 1.03), (1.0, 0.8, 1.3), NO_RISE),
        ((1.0, 0.8, 1.3), (1.0, 0.97, 1.03), NOT_ENOUGH_EVIDENCE),
    ],
)
def test_one_rule_names_the_pattern(given, done, expected):
    assert pattern_of(given, done) == expected


def test_reminders_that_rise_with_flat_completion_are_told():
    found = []
    for seed in range(5):
        periods = network(0.0, seed=seed, practitioners=80, plans=3, months=12, growth=0.15)
        trend = reminders_trend(periods, QUARTER, []).set_index("scope")
        found.append(trend.loc["network"])
    assert sum(row["pattern"] == UP_FLAT for row in found) >= 4
    covered = [row["reminders_low"] < np.exp(0.15) < row["reminders_high"] for row in found]
    assert sum(covered) >= 4
    by_quarter = reminders_by_quarter(periods, QUARTER)
    mine = by_quarter[by_quarter["scope"] == "network"]
    assert mine["quarter"].tolist() == ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert mine["reminders"].is_monotonic_increasing


# --- reductions ---


def side_by_side(change, plans=24):
    """Half the plans: eight hours for two periods, then four; of ten open actions, some done."""
    starts = pd.date_range("2025-01-01", periods=5, freq="30D")
    rows = []
    for plan in range(plans):
        cut = plan % 2 == 0
        for month in range(4):
            after = month >= 2
            done = 3 - (change if cut and after else 0) + (plan // 2 + month) % 2
            rows.append(
                (f"f{plan}", f"S{plan % 3}", f"p{plan // 2}", starts[month],
                 starts[month + 1] - pd.Timedelta(days=1), 30, float(month),
                 4.0 if cut and after else 8.0, np.nan, np.nan, np.nan, 10, 300, done)
            )  # fmt: skip
    return pd.DataFrame(rows, columns=network(0.0, practitioners=1, plans=1, months=1).columns)


def test_the_difference_is_counted_by_hand():
    table = reduced(side_by_side(1), HOURS).set_index("group")

    def share(*done):
        return np.mean([100 * (1 - (1 - one / 10) ** (30.4375 / 30)) for one in done])

    change = share(2, 3) - share(3, 4)
    assert table.loc["reduced", "change"] == pytest.approx(change, abs=1e-9)
    assert table.loc["not reduced", "change"] == pytest.approx(0.0, abs=1e-9)
    gap = table.loc["difference"]
    assert gap["change"] == pytest.approx(change, abs=1e-9)
    assert gap["n_plans"] == 24
    assert table.loc["reduced", ["n_plans", "n_practitioners"]].tolist() == [12, 12]


def test_a_plan_leaves_when_it_is_reduced_and_only_periods_in_a_row_count():
    periods = side_by_side(1)
    assert len(windows_of(periods, "professional_hours")) == 24
    gap = periods["period_start"] != periods["period_start"].unique()[2]
    assert windows_of(periods[gap], "professional_hours").empty
    long = network(0.0, seed=3, practitioners=20, plans=3, months=12)
    places = windows_of(long, "professional_hours")
    last = places.groupby("plan_id").cumcount(ascending=False) == 0
    assert places["reduced"].any()
    assert not (places["reduced"] & ~last).any()


def test_the_past_is_allowed_for():
    """Progress that passes on is told apart from support that follows it."""
    random = np.random.default_rng(4)
    number = 4000
    past = random.normal(30, 8, number)
    cut = random.random(number) < 1 / (1 + np.exp(-(past - 30) / 4))  # cut where it goes well
    made = pd.DataFrame(
        {
            "plan_id": np.arange(number).astype(str),
            "practitioner_id": (np.arange(number) // 10).astype(str),
            "months": 3.0,
            "quarter_number": 1,
            "before": past,
            "after": 0.5 * past - 4.0 * cut + random.normal(0, 5, number),
            "reduced": cut,
            **dict.fromkeys(HISTORY, 1.0),
            "progress_1": past,
        }
    )
    middle, low, high = changes_of(made)["difference"]
    assert middle == pytest.approx(-4.0, abs=0.6)
    assert low < -4.0 < high


def test_few_reductions_have_a_reason():
    table = reduced(side_by_side(1, plans=12), HOURS)
    assert table["change"].isna().all()
    assert table["reason"].str.contains("only 6 plans").all()


# --- thin data, tables and findings ---


def test_every_table_has_its_columns_and_no_plan(one_carried):
    for name, columns in TABLES.items():
        table = one_carried.tables()[name]
        assert list(table.columns) == columns, name
        assert len(table), name
        plans = set(plans_of(network(0.0, plans=4))["plan_id"])
        texts = table.select_dtypes("str")
        assert not {value for column in texts for value in texts[column]} & plans


@pytest.mark.parametrize(
    "periods",
    [
        pd.DataFrame(),
        network(0.0).iloc[:0],
        network(0.0).iloc[:1],
        network(0.0, practitioners=1, plans=1, sites=1),
        network(0.0).assign(professional_hours=np.nan, reminders=np.nan),
        network(0.0, practitioners=12).assign(professional_hours=8.0, reminders=0.0),
        network(0.0).assign(open_actions=0, open_days=0, done=0),
        network(0.0).assign(months=np.nan, practitioner_id="p0"),
    ],
)
def test_thin_data_get_reasons_and_no_numbers(periods):
    by_plan = plans_of(periods) if len(periods) else pd.DataFrame()
    found = dependence(periods, by_plan, QUARTER)
    for name, columns in TABLES.items():
        assert list(found.tables()[name].columns) == columns
    assert not found.index["flagged"].any()
    for one in dependence_findings(found):
        if one.id == "plans.dependence":
            assert one.status == NOT_ESTIMABLE
            assert one.reason


def test_contacts_stand_in_where_hours_are_not_recorded():
    periods = network(1.0, practitioners=12, sites=2)
    periods = periods.assign(contacts=periods["professional_hours"], professional_hours=np.nan)
    found = told_of(periods)
    assert found.measure == "contacts"
    assert found.index.loc[0, "flagged"]
    assert found.terms.set_index("measure").loc[HOURS, "reason"]


def test_findings_carry_plans_people_and_no_cause(one_carried):
    found = dependence_findings(one_carried)
    ids = [(one.id, one.site_id) for one in found]
    assert len(set(ids)) == len(ids) == 2 * 5 + 1
    for one in found:
        assert one.n_plans is not None and one.n_practitioners is not None
        if one.status == REPORTED:
            assert one.conf_low <= one.estimate <= one.conf_high
            assert one.unit and one.evidence
            assert " causes " not in one.statement and " leads to " not in one.statement
    carried = next(one for one in found if one.id == "plans.dependence" and one.site_id == "S3")
    assert carried.action_prompt and carried.best_practice
    assert "in trouble" in carried.statement
    cut = next(one for one in found if one.id == "plans.reduced")
    assert "no table holds" in cut.statement or cut.status == NOT_ESTIMABLE
