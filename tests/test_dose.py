"""Dose and decay of support against what was planted, and the words of the findings."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.dose import COLUMNS, KERNEL, RESET, Dose, dose
from workbench.analysis.dose_findings import dose_findings
from workbench.analysis.dose_rows import certification_rows, coaching_rows
from workbench.analysis.dose_sites import SITE_COLUMNS, with_site_quarters
from workbench.analysis.dose_tables import CURVE_COLUMNS, EFFECT, HALF_LIFE, TIMING_COLUMNS
from workbench.settings import Thresholds

STUDY = Path(__file__).parents[1] / "benchmarks" / "dose_study.py"
DAYS = 1e-6
IDS = [f"reinforcement.{name}" for name in ("dose", "half_life", "frequency", "booster")]
THRESHOLDS, LAST = Thresholds(), "9999Q4"


def study():
    import sys

    spec = importlib.util.spec_from_file_location("dose_study", STUDY)
    module = importlib.util.module_from_spec(spec)
    sys.modules["dose_study"] = module
    spec.loader.exec_module(module)
    return module


def analysed(kind, seed=5):
    module = study()
    return dose(*module.simulate(seed, module.KINDS[kind]), LAST, THRESHOLDS, draws=300)


@pytest.fixture(scope="module")
def coached():
    return analysed("planted-indication")


@pytest.fixture(scope="module")
def certified():
    return analysed("certified")


@pytest.fixture(scope="module")
def at_sites():
    return analysed("at-sites")


@pytest.fixture(scope="module")
def none():
    return analysed("none")


def row(result, model, term):
    table = result.dose
    return table[(table["model"] == model) & (table["term"] == term)].iloc[0]


def finding(result, name):
    return {one.id: one for one in dose_findings(result)}[f"reinforcement.{name}"]


# --- planted ---


def test_dose_and_half_life_hold_what_was_planted(coached):
    effect, half_life = row(coached, KERNEL, EFFECT), row(coached, KERNEL, HALF_LIFE)
    assert effect["conf_low"] < 1.0 < effect["conf_high"]
    assert half_life["conf_low"] < 3.0 < half_life["conf_high"]
    assert effect["naive_high"] < effect["conf_low"]


def test_the_finding_says_why_the_naive_estimate_differs(coached):
    found = finding(coached, "dose")
    assert "Comparing practitioners with one another" in found.statement
    assert "those who struggle" in found.statement
    assert "association" in found.statement
    assert found.conf_low < found.estimate < found.conf_high
    assert found.n_practitioners > 100


def test_the_curve_falls_by_half_in_the_half_life(coached):
    curve = coached.dose_curve.set_index("months")["expected"]
    half_life = row(coached, KERNEL, HALF_LIFE)["estimate"]
    assert curve[0] == pytest.approx(row(coached, KERNEL, EFFECT)["estimate"])
    assert curve[12] / curve[0] == pytest.approx(2 ** (-12 / half_life))
    assert "months" in finding(coached, "half_life").statement


def test_where_nothing_is_shown_there_is_no_half_life(none):
    assert pd.isna(row(none, KERNEL, HALF_LIFE)["estimate"])
    assert none.dose_curve.empty
    assert finding(none, "half_life").status == terms.NOT_ESTIMABLE
    effect = finding(none, "dose")
    assert effect.statement.startswith("No sure relation")
    assert effect.conf_low < 0 < effect.conf_high


def test_the_gain_of_a_certification_grows_with_the_time_since(certified):
    timing = certified.booster_timing
    jump = row(certified, RESET, EFFECT)["estimate"]
    half_life = row(certified, RESET, HALF_LIFE)["estimate"]
    expected = jump * (1 - 2.0 ** (-timing["months_since"].astype(float) / half_life))
    assert timing["gain"].to_numpy(float) == pytest.approx(expected.to_numpy())
    assert (timing["n_practitioners"].diff().dropna() <= 0).all()
    truth = 8.0 * (1 - 2.0 ** (-timing["months_since"].astype(float) / 6.0))
    inside = timing["conf_low"].le(truth) & timing["conf_high"].ge(truth)
    assert inside.iloc[:12].all()


def test_the_booster_finding_names_the_first_month_worth_it(certified):
    timing = certified.booster_timing
    found = finding(certified, "booster")
    first = timing[timing["conf_low"] > THRESHOLDS.smallest_change_that_matters].iloc[0]
    month = int(first["months_since"])
    assert found.statement.startswith(f"From {month} month")
    assert found.estimate == first["gain"]


def test_the_pattern_of_better_birth_is_told(at_sites):
    table = at_sites.dose_at_sites.set_index("term")
    assert table["shown"].to_dict() == {"frequency": True, "coverage": True, "total so far": False}
    said = finding(at_sites, "frequency").statement
    assert said.startswith("Frequency and coverage of coaching go with fidelity")
    assert "BetterBirth" in said
    assert "the total so far does not" in said


# --- which rows count ---


def small():
    days = pd.to_datetime(["2025-02-01", "2025-06-01", "2025-09-01"])
    seen = pd.DataFrame(
        {
            "practitioner_id": ["a", "a", "b"],
            "site_id": "s",
            "observed_on": days,
            "quarter": ["2025Q1", "2025Q2", "2025Q3"],
            "quarters": [0.3, 1.6, 2.7],
            "rater_role": "independent",
            "rater_id": "r",
            "fidelity": [70.0, 75.0, 80.0],
        }
    )
    given = pd.DataFrame(
        {
            "support_id": ["1", "2", "2"],
            "practitioner_id": ["a", "a", "b"],
            "site_id": "s",
            "occurred_on": pd.to_datetime(["2025-01-01", "2025-06-01", "2025-06-01"]),
            "quarter": ["2025Q1", "2025Q2", "2025Q2"],
            "kind": ["coaching", "coaching", "coaching"],
        }
    )
    people = pd.DataFrame(
        {
            "practitioner_id": ["a", "b"],
            "site_id": "s",
            "trained_on": pd.to_datetime(["2024-01-01", "2025-05-01"]),
        }
    )
    return seen, given, people


def test_the_start_of_the_record_is_not_fitted_for_those_who_were_there():
    rows = coaching_rows(*small()).rows
    assert rows.used.tolist() == [False, False, True]
    _, given, people = small()
    later = people.assign(trained_on=pd.Timestamp("2025-01-15"))
    assert coaching_rows(small()[0], given, later).rows.used.all()


def test_training_counts_from_the_table_of_practitioners():
    rows = certification_rows(*small())
    assert rows.rows.used.all()
    expected = [(397 + 0) / 30.4375, (397 + 120) / 30.4375, 123 / 30.4375]
    assert rows.since_last() == pytest.approx(expected, abs=1e-3)


def test_a_site_wide_act_is_one_act_that_covers_many():
    seen, given, people = small()
    frame = with_site_quarters(seen, given, people).set_index("quarter")
    assert frame.loc["2025Q2", "frequency"] == pytest.approx(1 / 3)
    assert frame.loc["2025Q2", "coverage"] == pytest.approx(10.0)
    assert frame.loc["2025Q1", "coverage"] == pytest.approx(10.0)  # b was not there yet
    assert frame["total_so_far"].tolist() == pytest.approx([0.0, 0.1, 0.2])


# --- what is lacking ---


@pytest.mark.parametrize("part", ["nothing", "no support", "few", "no people"])
def test_what_is_lacking_is_said_and_nothing_breaks(part):
    seen, given, people = small()
    nothing = pd.DataFrame()
    asked = {
        "nothing": (nothing, nothing, nothing),
        "no support": (seen, nothing, people),
        "few": (seen, given, people),
        "no people": (seen, given, nothing),
    }[part]
    result = dose(*asked, "2025Q4", THRESHOLDS)
    columns = {
        "dose": COLUMNS,
        "dose_curve": CURVE_COLUMNS,
        "dose_at_sites": SITE_COLUMNS,
        "booster_timing": TIMING_COLUMNS,
    }
    for name, table in result.tables().items():
        assert table.empty
        assert list(table.columns) == columns[name]
    found = dose_findings(result)
    assert [one.id for one in found] == IDS
    for one in found:
        assert one.status == terms.NOT_ESTIMABLE
        assert len(one.reason) > 20


def test_an_empty_result_still_has_its_findings():
    assert [one.status for one in dose_findings(Dose())] == [terms.NOT_ESTIMABLE] * 4


def test_the_same_data_give_the_same_numbers(none):
    again = analysed("none")
    pd.testing.assert_frame_equal(none.dose, again.dose)
    assert np.isfinite(again.dose["n_observations"].astype(float)).all()
