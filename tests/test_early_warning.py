"""Early warning: departures that are pure chance while nothing moves, and warnings when it does."""

import importlib.util
import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.early_warning import POINT_COLUMNS, early_warning
from workbench.analysis.early_warning_findings import early_warning_findings
from workbench.analysis.early_warning_limits import (
    MOST_FALSE_ALARMS_A_YEAR,
    by_chance,
    limits_of,
)
from workbench.analysis.early_warning_signals import (
    WARNING_COLUMNS,
    signals_by_point,
    warnings_of,
)
from workbench.analysis.early_warning_yardstick import yardstick
from workbench.analysis.growth_design import growth_design
from workbench.models.mixed import fit_mixed_model
from workbench.models.recursive_departures import UNKNOWN, recursive_departures
from workbench.quarters import Quarter

EXACT = 1e-7
VAGUE = 1e-3  # what a prior variance of 10,000 leaves of the exact answer without any prior
SMALLEST_P = 1e-4  # of a test that is right in every seed but 1 in 10,000
MOMENT = 4  # standard errors of a mean or a correlation
CAUSAL_WORDS = re.compile(
    r"\b(caus\w*|because|due to|thanks to|owing to|led to|leads? to|results? (in|from)|resulted|"
    r"impact\w*|effect of|effects? on|drives|driven|boost\w*|prevent\w*)\b",
    re.IGNORECASE,
)


def network(seed, sites=8, people=8, quarters=12, falls=None, supervisor=3.0):
    """Observations of people who hold their level; sites in ``falls`` drop after five quarters."""
    random = np.random.default_rng(seed)
    site = np.repeat(np.arange(sites), people)
    level = 75 + 3 * random.standard_normal(sites)[site] + 4 * random.standard_normal(len(site))
    rater_level = random.standard_normal(3 * sites)
    rows = []
    for person, its_site in enumerate(site):
        for quarter in range(quarters):
            for _ in range(1 + (random.random() < 0.5)):
                role = "supervisor" if random.random() < 0.3 else "independent"
                rater = 3 * its_site + (2 if role == "supervisor" else random.integers(2))
                slope = (falls or {}).get(f"S{its_site}", 0.0)
                rows.append(
                    {
                        "practitioner_id": f"person{person:02d}",
                        "site_id": f"S{its_site}",
                        "rater_id": f"R{rater}",
                        "rater_role": role,
                        "quarter": str(Quarter(2023, 1).plus(quarter)),
                        "quarters": quarter + random.random(),
                        "fidelity": level[person]
                        + rater_level[rater]
                        + supervisor * (role == "supervisor")
                        + slope * max(0, quarter - 4)
                        + 5 * random.standard_normal(),
                    }
                )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def holding():
    return network(1)


@pytest.fixture(scope="module")
def falling():
    return network(2, falls={"S3": -2.0})


@pytest.fixture(scope="module")
def warned(falling):
    return early_warning(falling, None, "2025Q4", site_ids=("S3", "S99"))


# --- departures ---


def grouped(random, sites=3, people=4, periods=10, raters=4):
    """Values with crossed levels of known variance; people come and go."""
    site = np.repeat(np.arange(sites), people)
    level = 3 * random.standard_normal(sites)[site] + 4 * random.standard_normal(len(site))
    person, period = (grid.ravel() for grid in np.meshgrid(np.arange(len(site)), range(periods)))
    kept = random.random(len(person)) < 0.7
    person, period = np.repeat(person[kept], 2)[:-1], np.repeat(period[kept], 2)[:-1]
    rater = random.integers(0, raters, len(person))
    values = 70 + level[person] + 2 * random.standard_normal(raters)[rater]
    values = values + 5 * random.standard_normal(len(person))
    groups = pd.DataFrame({"site": site[person], "person": person, "rater": rater}).astype("str")
    return values, period, groups


VARIANCES = {"site": UNKNOWN, "person": 16.0, "rater": 4.0}


def departures(values, period, groups, units=("site", "person"), variances=VARIANCES):
    return recursive_departures(values, period, groups, variances, 25.0, list(units))


def test_departures_are_those_of_the_joint_normal_distribution():
    """Each period given all before it, from one big covariance matrix."""
    values, period, groups = grouped(np.random.default_rng(1))
    found = departures(values, period, groups).set_index(["kind", "unit", "period"])
    covariance = 25.0 * np.eye(len(values))
    for kind, variance in VARIANCES.items():
        names = groups[kind].to_numpy()
        covariance += variance * (names[:, None] == names)
    centred = values - values.mean()
    for kind, unit, now in [("person", "5", 6), ("site", "1", 3), ("site", "2", 9)]:
        past, mine = period < now, (period == now) & (groups[kind] == unit).to_numpy()
        weight = mine / mine.sum()
        seen = covariance[np.ix_(past, past)]
        gain = np.linalg.solve(seen, covariance[past] @ weight)
        expected = gain @ centred[past]
        variance = weight @ covariance @ weight - (covariance[past] @ weight) @ gain
        row = found.loc[(kind, unit, now)]
        assert row["value"] == pytest.approx(values[mine].mean(), abs=EXACT)
        assert row["expected"] == pytest.approx(values.mean() + expected, abs=EXACT)
        assert row["std_error"] == pytest.approx(variance**0.5, abs=EXACT)
        departed = (weight @ centred - expected) / variance**0.5
        assert row["departure"] == pytest.approx(departed, abs=EXACT)


def test_of_one_unit_alone_they_are_recursive_residuals():
    values = np.array([70.0, 74, 66, 71, 90])
    groups = pd.DataFrame({"unit": ["a"] * 5})
    found = departures(values, np.arange(5), groups, ["unit"], {"unit": UNKNOWN})
    for t in range(1, 5):
        spread = 5 * (1 + 1 / t) ** 0.5
        row = found.iloc[t]
        assert row["expected"] == pytest.approx(values[:t].mean(), rel=VAGUE)
        assert row["departure"] == pytest.approx((values[t] - values[:t].mean()) / spread, rel=0.02)


def test_while_nothing_moves_they_are_independent_standard_normal():
    random = np.random.default_rng(3)
    series = {"site": [], "person": []}
    for _ in range(60):
        found = departures(*grouped(random))
        for (kind, _), unit in found.groupby(["kind", "unit"]):
            series[kind].append(unit["departure"].to_numpy()[1:])
    for units in series.values():
        pooled = np.concatenate(units)
        assert stats.kstest(pooled, "norm").pvalue > SMALLEST_P
        assert abs(pooled.mean()) < MOMENT / len(pooled) ** 0.5
        assert abs(pooled.var() - 1) < MOMENT * (2 / len(pooled)) ** 0.5
        for lag in (1, 2, 3):
            pairs = np.concatenate([one[lag:] * one[:-lag] for one in units])
            assert abs(pairs.mean()) < MOMENT / len(pairs) ** 0.5


def test_sites_that_share_nothing_say_nothing_about_one_another():
    values, period, groups = grouped(np.random.default_rng(4))
    groups["rater"] += " of " + groups["site"]
    together = departures(values, period, groups, ["person"])
    mine = (groups["site"] == "1").to_numpy()
    alone = departures(values[mine], period[mine], groups[mine], ["person"])
    both = together.merge(alone, on=["unit", "period"], validate="1:1")
    assert len(both) == len(alone)
    after = both[both["period"] > both["period"].min()]
    assert after["departure_x"].to_numpy() == pytest.approx(after["departure_y"], abs=0.01)


def test_without_values_there_are_no_departures():
    groups = pd.DataFrame({"site": pd.Series(dtype="str"), "person": pd.Series(dtype="str")})
    found = departures(
        np.array([]), np.array([], dtype=int), groups, variances={"site": UNKNOWN, "person": 16.0}
    )
    assert found.empty
    assert {"kind", "unit", "period", "departure"} <= set(found.columns)


# --- limits and chance ---


def test_a_unit_has_at_most_one_false_alarm_in_twenty_years():
    assert 0.02 < by_chance().new_a_year <= MOST_FALSE_ALARMS_A_YEAR
    standing = by_chance().standing
    assert standing[0] == standing[1] == 0
    assert 0.01 < standing[-1] < 0.03
    assert by_chance().expected(np.array([0, 1, 500])) == pytest.approx(standing[-1])


# --- the yardstick ---


def test_the_yardstick_is_that_of_the_growth_model(holding):
    fit = fit_mixed_model(growth_design(holding).formula, holding)
    found = yardstick(holding, fit)
    assert found.residual == pytest.approx(25, rel=0.15)
    assert set(found.variances) == {"practitioner_id", "rater_id"}
    assert 8 < found.variances["practitioner_id"] < 32
    assert found.roles["supervisor"] == pytest.approx(3, abs=1.5)
    assert found.roles["independent"] == 0
    # The variance between practitioners is that of their modelled levels at the start.
    table = fit.var_corr().set_index(["group", "term"])
    levels = table.loc[("practitioner_id", "Intercept"), "variance"]
    assert found.variances["practitioner_id"] == levels.iloc[0]


def test_a_fit_that_is_not_given_is_made(holding):
    fit = fit_mixed_model(growth_design(holding).formula, holding)
    assert yardstick(holding, None) == yardstick(holding, fit)


# --- signals ---


def unit_points(ewma_values, person="", quarters=None):
    count = len(ewma_values)
    labels = [str(Quarter(2024, 1).plus(n)) for n in (quarters or range(count))]
    return pd.DataFrame(
        {
            "scope": "practitioner" if person else "site", "site_id": "S1",
            "practitioner_id": person, "quarter": labels, "ewma": ewma_values, "ewma_limit": 0.8,
            "cusum_down": 0.0, "cusum_up": 0.0, "cusum_limit": 3.5, "n_practitioners": 4,
        }
    )  # fmt: skip


def test_a_signal_stands_since_the_chart_last_went_beyond_its_limit():
    points = unit_points([-0.9, -0.5, -0.9, -1.2, -0.85])
    found = signals_by_point(points)
    found = found[found["chart"] == "EWMA"]
    assert found["signalled_in"].tolist() == ["2024Q1", "", "2024Q3", "2024Q3", "2024Q3"]
    assert found["direction"].tolist() == ["down", "", "down", "down", "down"]
    row = warnings_of(points, "2025Q1").set_index("chart").loc["EWMA"]
    assert (row["signalled_in"], row["latest"], row["n_points"]) == ("2024Q3", -0.85, 5)


def test_from_one_limit_to_the_other_a_new_signal_begins():
    found = signals_by_point(unit_points([-0.9, 0.9, 0.9])).query("chart == 'EWMA'")
    assert found["direction"].tolist() == ["down", "up", "up"]
    assert found["signalled_in"].tolist() == ["2024Q1", "2024Q2", "2024Q2"]


def test_signals_do_not_run_on_from_one_unit_to_the_next():
    points = pd.concat([unit_points([-0.9] * 4, "a"), unit_points([-0.9] * 4, "b", range(2, 6))])
    found = warnings_of(points, "2025Q1").query("chart == 'EWMA'")
    assert found["signalled_in"].tolist() == ["2024Q1", "2024Q3"]


def test_only_who_was_seen_lately_and_often_enough_is_watched():
    points = pd.concat(
        [
            unit_points([0.0] * 4, "left", range(0, 4)),
            unit_points([0.0] * 4, "last quarter", range(3, 7)),
            unit_points([0.0] * 4, "now", range(4, 8)),
            unit_points([0.0] * 2, "new", range(6, 8)),
        ]
    )
    found = warnings_of(points, "2025Q4")
    assert set(found["practitioner_id"]) == {"last quarter", "now"}


# --- the analysis ---


def test_a_site_that_falls_is_warned_of_and_the_others_are_not(warned):
    sites = warned.warnings[warned.warnings["scope"] == "site"]
    assert set(sites.loc[sites["direction"] == "down", "site_id"]) == {"S3"}
    fallen = sites[sites["site_id"] == "S3"]
    assert set(fallen["chart"]) == {"EWMA", "CUSUM"}
    # The fall begins in 2024Q2 and is a point or two small at first.
    assert fallen["signalled_in"].between("2024Q2", "2025Q1").all()
    people = warned.warnings[warned.warnings["scope"] == "practitioner"]
    below = people[people["direction"] == "down"].groupby("site_id")["practitioner_id"].nunique()
    assert below["S3"] >= 5
    assert below.drop("S3").sum() <= 3


def test_tables_have_the_columns_that_reports_count_on(warned):
    tables = warned.tables()
    assert list(tables["warnings"].columns) == WARNING_COLUMNS
    assert list(tables["chart_points"].columns) == POINT_COLUMNS
    assert (tables["warnings"]["limit"].isin([limits_of().ewma, limits_of().cusum])).all()
    points = tables["chart_points"]
    assert (
        not points[["fidelity", "expected", "departure", "ewma", "cusum_down"]]
        .isna()
        .any(axis=None)
    )
    one = (points["fidelity"] - points["expected"]) / (
        (points["expected_high"] - points["expected_low"]) / 2 / 1.959964
    )
    assert one.to_numpy() == pytest.approx(points["departure"].to_numpy(), abs=EXACT)


def test_means_and_counts_of_a_point_are_those_of_the_observations(warned, falling):
    points = warned.chart_points
    person = points[points["scope"] == "practitioner"].iloc[7]
    rows = falling[
        (falling["practitioner_id"] == person["practitioner_id"])
        & (falling["quarter"] == person["quarter"])
    ]
    assert person["fidelity"] == pytest.approx(rows["fidelity"].mean(), abs=EXACT)
    assert person["n_observations"] == len(rows)
    assert person["site_id"] == rows["site_id"].iloc[0]
    site = points[(points["scope"] == "site") & (points["quarter"] == "2024Q3")].iloc[2]
    rows = falling[(falling["site_id"] == site["site_id"]) & (falling["quarter"] == "2024Q3")]
    assert site["fidelity"] == pytest.approx(rows["fidelity"].mean(), abs=EXACT)
    assert (site["n_observations"], site["n_practitioners"]) == (
        len(rows),
        rows["practitioner_id"].nunique(),
    )


def test_a_chart_does_not_look_ahead(falling):
    """With the same yardstick, points up to a quarter are the same with and without later ones."""
    fit = fit_mixed_model(growth_design(falling).formula, falling)
    keys = ["scope", "site_id", "practitioner_id", "quarter"]
    whole = early_warning(falling, fit, "2025Q4").chart_points
    then = early_warning(falling, fit, "2024Q3").chart_points
    both = whole.merge(then, on=keys, validate="1:1")
    assert len(both) == len(then) > 0
    assert then["quarter"].max() == "2024Q3"
    assert both["departure_x"].to_numpy() == pytest.approx(both["departure_y"], abs=0.01)


def test_a_low_level_is_no_movement(holding):
    """Someone far below the site, who stays there, has the same chart as at any other level."""
    fit = fit_mixed_model(growth_design(holding).formula, holding)
    low = holding["practitioner_id"] == "person09"
    lower = holding.assign(fidelity=holding["fidelity"].mask(low, holding["fidelity"] - 20))
    charts = [early_warning(frame, fit, "2025Q4").chart_points for frame in (holding, lower)]
    own, same = (one.loc[one["practitioner_id"] == "person09", "departure"] for one in charts)
    assert len(own) >= 9
    assert own.to_numpy() == pytest.approx(same.to_numpy(), abs=0.01)


def test_who_rates_is_allowed_for(holding):
    """Supervisors' leniency moves nobody's chart, whoever comes to observe."""
    more = holding.assign(
        fidelity=holding["fidelity"] + 10 * (holding["rater_role"] == "supervisor")
    )
    one = early_warning(holding, None, "2025Q4").chart_points["departure"]
    other = early_warning(more, None, "2025Q4").chart_points["departure"]
    assert one.to_numpy() == pytest.approx(other.to_numpy(), abs=1e-3)


def test_someone_who_changes_site_has_a_chart_at_each(holding):
    late = holding["quarter"] >= "2024Q3"
    moved = holding.assign(
        site_id=holding["site_id"].mask(late & (holding["practitioner_id"] == "person00"), "S1")
    )
    points = early_warning(moved, None, "2025Q4").chart_points
    mine = points[points["practitioner_id"] == "person00"]
    assert mine.groupby("site_id")["quarter"].agg(["min", "max"]).values.tolist() == [
        ["2023Q2", "2024Q2"],
        ["2024Q4", "2025Q4"],
    ]
    assert not points["practitioner_id"].str.contains(" at ").any()


def test_run_charts_have_the_rules_for_their_number_of_quarters(holding):
    charts = early_warning(holding, None, "2025Q4").run_charts.set_index("site_id")
    assert (charts["chart"] == "run chart with Anhoej's rules").all()
    assert charts["limit_low"].notna().all()
    assert charts.loc["", "scope"] == "network"
    short = early_warning(holding, None, "2024Q1").run_charts
    assert (short["chart"] == "dots").all()
    assert not short["signal"].any()
    means = holding[holding["site_id"] == "S4"].groupby("quarter")["fidelity"].mean()
    assert charts.loc["S4", "centre"] == pytest.approx(means.median(), abs=EXACT)


# --- thin data ---


def thin(frame):
    one_site = frame[frame["site_id"] == "S0"]
    return {
        "nobody": frame[:0],
        "one quarter": frame[frame["quarter"] == "2023Q1"],
        "two quarters": frame[frame["quarter"] <= "2023Q2"],
        "one site": one_site,
        "three people": one_site[one_site["practitioner_id"] <= "person02"],
        "one person": one_site[one_site["practitioner_id"] == "person00"],
        "one person a site": frame[frame["practitioner_id"].str[-2:].astype(int) % 8 == 0],
        "seen once each": frame.drop_duplicates("practitioner_id"),
        "one rater": frame.assign(rater_id="R1", rater_role="independent"),
    }


@pytest.mark.parametrize("kind", thin(network(3)))
def test_thin_data_give_tables_and_reasons(holding, kind):
    result = early_warning(thin(holding)[kind], None, "2025Q4", site_ids=("S0", "S1"))
    assert list(result.warnings.columns) == WARNING_COLUMNS
    assert list(result.chart_points.columns) == POINT_COLUMNS
    found = early_warning_findings(result)
    json.dumps([asdict(one) for one in found], allow_nan=False)
    for one in found:
        assert bool(one.reason) == (one.status == terms.NOT_ESTIMABLE)
    if kind in {"nobody", "one quarter", "two quarters", "three people", "one person"}:
        assert result.why_not
        assert all(one.status == terms.NOT_ESTIMABLE for one in found if "run" not in one.id)


# --- findings ---


@pytest.fixture(scope="module")
def findings(warned):
    return early_warning_findings(warned)


def test_there_is_a_finding_a_site_and_three_of_the_network(findings):
    ids = [(one.id, one.site_id) for one in findings]
    assert len(set(ids)) == len(ids)
    sites = {site for name, site in ids if name == "warning.site"}
    assert sites == {*(f"S{number}" for number in range(8)), "S99"}
    network_wide = {name for name, site in ids if not site}
    assert network_wide == {"warning.sites", "warning.practitioners", "warning.run_charts"}


def test_a_warning_says_since_when_and_how_far(findings, warned):
    found = {(one.id, one.site_id): one for one in findings}
    site = found["warning.site", "S3"]
    since = warned.warnings.query("site_id == 'S3' and scope == 'site'")["signalled_in"].min()
    assert site.statement.startswith(f"A warning has stood since {since}: taken together")
    assert "lie below its own course." in site.statement
    assert "This quarter alone is below it." in site.statement
    assert site.conf_low < site.estimate < site.conf_high < 0
    assert site.action_prompt
    assert site.best_practice
    quiet = found["warning.site", "S1"]
    assert quiet.statement.startswith("No early warning stands")
    assert "3 in 100 sites" in quiet.statement
    assert not quiet.action_prompt
    unseen = found["warning.site", "S99"]
    assert unseen.status == terms.NOT_ESTIMABLE


def test_the_network_is_told_how_many_and_how_many_by_chance(findings, warned):
    found = {one.id: one for one in findings if not one.site_id}
    people = warned.warnings[warned.warnings["scope"] == "practitioner"]
    below = people[people["direction"] == "down"]["practitioner_id"].nunique()
    one = found["warning.practitioners"]
    assert one.estimate == below
    assert one.n == one.n_practitioners == people["practitioner_id"].nunique() == 64
    by_luck = 64 * by_chance().standing[11]
    assert f"By chance alone about {by_luck:.1f} would have one" in one.statement
    assert "more than chance would make likely" in one.statement
    assert "looked at every quarter on two charts" in one.statement
    assert "1 of 8 sites" in found["warning.sites"].statement
    assert found["warning.sites"].statement.startswith("An early warning stands for 1 of 8 sites")


def test_no_practitioner_is_named_and_no_cause_claimed(findings):
    for one in findings:
        said = f"{one.statement} {one.reason} {one.action_prompt}"
        assert "person" not in re.sub(r"each person", "", said)
        assert not CAUSAL_WORDS.search(one.statement)
    assert all(one.evidence for one in findings)


def test_where_nothing_moves_false_alarms_are_as_few_as_is_said():
    """Of six networks together: the share of units with a warning standing in the last quarter."""
    standing = {"site": [], "practitioner": []}
    for seed in range(100, 106):
        frame = network(seed)
        result = early_warning(frame, None, "2025Q4")
        falls = result.warnings.assign(warned=result.warnings["direction"] == "down")
        units = falls.groupby(["scope", "site_id", "practitioner_id"])["warned"].any()
        for scope, found in standing.items():
            found += units.loc[scope].tolist()
    share = by_chance().standing[11]
    for found in standing.values():
        most = stats.binom.ppf(1 - SMALLEST_P, len(found), share)
        assert sum(found) <= most
    assert sum(standing["practitioner"]) > 0


# --- the study ---


@pytest.fixture(scope="module")
def study():
    path = Path(__file__).parents[1] / "benchmarks" / "early_warning.py"
    spec = importlib.util.spec_from_file_location("early_warning_study", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_study_counts_from_the_start_of_the_drift(study):
    numbers = np.arange(study.QUARTERS)
    found = pd.DataFrame(
        {
            "scope": "site", "unit": "S1", "number": numbers,
            "warned": (numbers == 2) | (numbers >= 10), "fidelity": 75.0 - 1.0 * numbers,
        }
    )  # fmt: skip
    seen = study.detections(found, pd.Series({"S1": 8}), pd.Series({"site": 60.0}), seed=1)
    row = seen.iloc[0]
    assert row["warning"] == 10  # what was said before the drift began is not counted
    assert 11 <= row["audit"] <= 14  # below 65 from quarter 11 on, at one of four phases
    assert 16 <= row["calibrated"] <= 19
    assert (row["calibrated"] - row["audit"]) % study.YEAR == 0
    never = study.detections(found.assign(warned=False), pd.Series({"S1": 8}),
                             pd.Series({"site": -100.0}), seed=1).iloc[0]  # fmt: skip
    assert never["warning"] == never["calibrated"] == study.NEVER


def test_the_study_counts_new_warnings_a_year(study):
    warned = np.zeros(28, dtype=bool)
    warned[[3, 4, 5, 20]] = True
    found = pd.DataFrame(
        {"network": 0, "scope": "site", "unit": "S1", "number": range(4, 32), "warned": warned,
         "fidelity": np.linspace(60, 80, 28)}
    )  # fmt: skip
    rates = study.yearly_false_alarms(found).loc["site"]
    assert rates["years"] == 7
    assert rates["rate"] == pytest.approx(2 / 7)
    assert rates["audit"] == pytest.approx(7 / 28)


def test_the_study_plants_the_drift_that_it_says(study):
    frame, starts = study.network(1, 3.0)
    assert set(starts.index) >= {"S00", "S01", "S02", "P000", "P035"}
    assert starts.between(study.FIRST_DRIFT, study.LAST_DRIFT).all()
    level = frame.groupby(["site_id", "quarter"])["fidelity"].mean().unstack("quarter")
    change = level.iloc[:, 20] - level.iloc[:, 2]
    assert (change.iloc[:3] < -25).all()
    assert (change.iloc[3:] > -25).all()
    still, _ = study.network(1, 0.0)
    assert abs(still["fidelity"].mean() - study.LEVEL) < 4
