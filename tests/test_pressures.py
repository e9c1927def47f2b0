"""What fidelity goes with in working conditions: rows on a day, planted effects, collinearity."""

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.pressures import COLUMNS, pressures
from workbench.analysis.pressures_rows import PRESSURES, attached, split
from workbench.data.synthetic import NetworkParameters, simulate_growth

EXACT = 1e-9
NOTHING = pd.DataFrame()
CASELOAD = PRESSURES[0]


def observed(*rows):
    frame = pd.DataFrame(rows, columns=["practitioner_id", "site_id", "observed_on"])
    return frame.assign(observed_on=pd.to_datetime(frame["observed_on"]), quarter="2025Q1")


def test_a_row_holds_until_the_next_at_most_two_quarters_and_ones_own_comes_first():
    given = pd.DataFrame(
        {
            "practitioner_id": ["a", None, None],
            "site_id": [None, "S", "S"],
            "period_start": pd.to_datetime(["2025-02-01", "2025-01-01", "2025-04-01"]),
            "caseload": [30.0, 10.0, 12.0],
            "crises": [np.nan, 1.0, 2.0],
        }
    )
    seen = observed(("a", "S", "2025-01-15"), ("a", "S", "2025-02-01"), ("b", "S", "2025-04-01"),
                    ("b", "S", "2025-09-30"), ("b", "S", "2025-11-01"))  # fmt: skip
    frame = attached(seen, given)
    assert list(frame["at caseload"].fillna(-1)) == [10, 30, 12, 12, -1]
    assert list(frame["at crises"].fillna(-1)) == [1, 1, 2, 2, -1]
    assert list(frame["of caseload"]) == ["S", "a", "S", "S", "S"]
    assert list(frame["by site caseload"]) == [True, False, True, True, True]


def test_the_split_is_beside_ones_own_mean_in_steps():
    known = pd.DataFrame({"at caseload": [10.0, 20, 40, 40], "of caseload": ["a", "a", "b", "b"]})
    within, between = split(known, CASELOAD)
    assert list(within) == pytest.approx([-1, 1, 0, 0], abs=EXACT)
    assert list(between) == pytest.approx([-2.5, -2.5, 2.5, 2.5], abs=EXACT)


def network(seed, caseload=-1.5, vacancies=-2.0, sites=8, **parameters):
    """Observations with caseloads of practitioners and vacancies of sites, by quarter."""
    chosen = NetworkParameters(sites=sites, planted_sites=(), **parameters)
    _, _, seen, _ = simulate_growth(chosen, seed)
    seen = seen[seen["rater_role"].isin(["independent", "supervisor"])].assign(weight=1.0)
    random = np.random.default_rng(seed)
    start = seen["observed_on"].dt.to_period("Q").dt.start_time
    tables = []
    for key, name, spread, step, effect in (
        ("practitioner_id", "caseload", 4.0, 5.0, caseload),
        ("site_id", "vacancy_rate", 6.0, 10.0, vacancies),
    ):
        table = pd.DataFrame({key: seen[key], "period_start": start}).drop_duplicates()
        table[name] = 40 + spread * random.normal(size=len(table))
        here = seen.assign(period_start=start).merge(table, on=[key, "period_start"])
        value = here.set_index("observation_id")[name].reindex(seen["observation_id"]).to_numpy()
        usual = pd.Series(value).groupby(seen[key].to_numpy()).transform("mean").to_numpy()
        seen = seen.assign(fidelity=seen["fidelity"] + effect * (value - usual) / step)
        tables.append(table)
    return seen.reset_index(drop=True), pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def pressed():
    return network(3)


@pytest.fixture(scope="module")
def told(pressed):
    return pressures(*pressed)


def test_planted_pressures_are_told_within(told):
    table = told.pressures.set_index("name")
    assert list(told.pressures.columns) == COLUMNS
    for name, planted in (("caseload", -1.5), ("vacancy_rate", -2.0)):
        row = table.loc[name]
        assert row["within_low"] < planted < row["within_high"]
        assert row["joint_low"] < planted < row["joint_high"]
        assert row["shown"]
        assert row["between_low"] < row["between"] < row["between_high"]
        assert row["on_slope_low"] < row["on_slope"] < row["on_slope_high"]
        assert row["vif"] < 1.5
        assert row["n_sites"] == 8
    assert list(table["step"]) == [5, 10]


def test_the_finding_says_points_people_and_association(told):
    (finding,) = told.findings()
    assert finding.id == "reinforcement.pressures"
    assert finding.conf_high < 0
    assert "for 5 more people or families" in finding.statement
    assert "association" in finding.statement
    assert "can be told apart" in finding.statement
    assert finding.n_practitioners > 50
    assert finding.action_prompt


def test_a_site_s_shocks_widen_what_is_said_of_a_site_s_pressure(pressed):
    seen, given = pressed
    random = np.random.default_rng(1)
    period = pd.factorize(seen["site_id"] + seen["quarter"])[0]
    moved = seen["fidelity"] + 3 * random.normal(size=period.max() + 1)[period]
    wide, plain = (
        pressures(frame, given[["site_id", "period_start", "vacancy_rate"]].dropna()).pressures
        for frame in (seen.assign(fidelity=moved), seen)
    )
    reach = [one["within_high"].iloc[0] - one["within_low"].iloc[0] for one in (wide, plain)]
    assert reach[0] > 1.5 * reach[1]


def test_two_that_move_together_are_said_to(pressed):
    seen, given = pressed
    random = np.random.default_rng(2)
    twin = 0.5 * given["caseload"] + random.normal(0, 0.3, len(given))
    found = pressures(seen, given.assign(documentation_hours=twin))
    table = found.pressures.set_index("name")
    assert table["vif"][["caseload", "documentation_hours"]].min() > 5
    assert "Caseload and documentation move together" in found.findings()[0].statement.replace(
        "Documentation and caseload", "Caseload and documentation"
    )
    joint = table.loc["caseload"]
    alone = joint["within_high"] - joint["within_low"]
    assert joint["joint_high"] - joint["joint_low"] > 2 * alone


def test_a_pressure_that_never_changes_is_told_between_only(pressed):
    seen, _ = pressed
    sites = sorted(seen["site_id"].unique())
    first = seen["observed_on"].min().to_period("Q").start_time
    starts = [first + pd.DateOffset(months=3 * n) for n in range(12)]
    given = pd.DataFrame(
        [
            {"site_id": site, "period_start": start, "supervisor_span": 5.0 + place}
            for place, site in enumerate(sites)
            for start in starts
        ]
    )
    found = pressures(seen, given)
    row = found.pressures.iloc[0]
    assert np.isnan(row["within"])
    assert np.isfinite(row["between"])
    assert row["reason"] == "it changes for 0 sites, and 5 are needed."
    finding = found.findings()[0]
    assert finding.status == terms.NOT_ESTIMABLE
    assert "supervisor's span: it changes" in finding.reason


LACKING = [
    (lambda o, w: (o, NOTHING), "no table of working conditions"),
    (lambda o, w: (o.iloc[:0], w), "no observations"),
    (lambda o, w: (o, w.drop(columns="period_start")), "no period_start"),
    (lambda o, w: (o, w.drop(columns=["caseload", "vacancy_rate"])), "tells none of caseload"),
    (lambda o, w: (o.assign(weight=[2.0] + [1.0] * (len(o) - 1)), w), "share of counts"),
]


@pytest.mark.parametrize(("spoil", "said"), LACKING)
def test_what_is_lacking_is_said_in_a_sentence(pressed, spoil, said):
    found = pressures(*spoil(*pressed))
    assert said in found.reason
    assert list(found.pressures.columns) == COLUMNS
    assert found.pressures.empty
    assert found.findings()[0].status == terms.NOT_ESTIMABLE


def test_few_sites_and_one_quarter_give_reasons_and_no_numbers(pressed):
    seen, given = pressed
    few = pressures(seen[seen["site_id"].isin(["001", "002"])], given)
    assert (
        "2 sites, and 5 are needed" in few.pressures.set_index("name").at["vacancy_rate", "reason"]
    )
    short = pressures(seen[seen["quarter"] == seen["quarter"].min()], given)
    assert short.pressures["within"].isna().all()
    assert short.findings()[0].status == terms.NOT_ESTIMABLE
