"""What stands behind driver scores: agreement, consistency, roles and participation, by hand."""

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.analysis.readiness_agreement import CONSENSUS, aggregation_evidence
from workbench.analysis.readiness_participation import TOO_FEW, participation
from workbench.analysis.readiness_roles import roles
from workbench.models.proportions import wilson_interval
from workbench.quarters import Quarter

EXACT = 1e-9
ROUNDED = 5e-4  # published intervals have three decimals
QUARTER = Quarter(2026, 1)
DAY = pd.Timestamp("2026-01-15")
AT_RANDOM = 100**2 * 8 / 12 / 4  # variance of 0, 50, 100 equally likely: (3^2 - 1) / 12 steps of 50


def panel(rows):
    """Rows of (site, respondent, role, driver, {best practice: percent})."""
    return pd.DataFrame(
        [
            {
                "site_id": site,
                "assessed_on": DAY,
                "assessed_quarter": "2026Q1",
                "respondent_id": respondent,
                "respondent_role": role,
                "driver": driver,
                "driver_title": driver.capitalize(),
                "best_practice": practice,
                "wording": f"{practice}.",
                "weight": 1.0,
                "percent": float(percent),
                "answered": not np.isnan(percent),
            }
            for site, respondent, role, driver, given in rows
            for practice, percent in given.items()
        ]
    )


def answers(*percents, driver="coaching"):
    return {f"{driver}_{number}": one for number, one in enumerate(percents)}


def site(name, *people, role="practitioner", driver="coaching"):
    return [
        (name, f"{name}{number}", role, driver, answers(*given, driver=driver))
        for number, given in enumerate(people)
    ]


# --- agreement ---


def test_agreement_is_one_less_the_variance_over_that_of_answers_at_random():
    table = aggregation_evidence(panel(site("A", (100, 50), (50, 50), (100, 0)))).driver_agreement
    row = table.iloc[0]
    variances = [np.var([100, 50, 100], ddof=1), np.var([50, 50, 0], ddof=1)]
    assert row["rwg"] == pytest.approx(1 - np.mean(variances) / AT_RANDOM, abs=EXACT)
    mean_distance = np.mean(
        [np.mean([100 / 6, 200 / 6, 100 / 6]), np.mean([100 / 6, 100 / 6, 200 / 6])]
    )
    assert row["ad"] == pytest.approx(mean_distance, abs=EXACT)
    assert (row["level"], row["name"], row["n_respondents"]) == ("driver", "coaching", 3)


def test_low_agreement_is_not_enough_and_says_why():
    apart = site("A", (100, 0), (0, 100), (100, 0), (0, 100))
    alike = site("B", (100, 50), (100, 50), (100, 50))
    table = aggregation_evidence(panel([*apart, *alike])).driver_agreement.set_index("site_id")
    assert not table.loc["A", "enough"]
    assert table.loc["A", "rwg"] < 0
    assert "0.70 is the setting" in table.loc["A", "reason"]
    assert table.loc["B", "enough"]
    assert table.loc["B", "rwg"] == pytest.approx(1, abs=EXACT)
    assert table.loc["B", "reason"] == ""


def test_the_setting_decides():
    rows = panel(site("A", (100, 50), (50, 50), (100, 50)))
    rwg = aggregation_evidence(rows).driver_agreement["rwg"].iloc[0]
    for smallest, enough in ((rwg - 0.01, True), (rwg + 0.01, False)):
        table = aggregation_evidence(rows, smallest=smallest).driver_agreement
        assert table["enough"].iloc[0] == enough


def test_iccs_are_of_the_whole_network_by_analysis_of_variance():
    rows = [*site("A", (100,), (50,)), *site("B", (50,), (0,)), *site("C", (0,), (0,))]
    table = aggregation_evidence(panel(rows)).driver_agreement
    scores = np.array([[100, 50], [50, 0], [0, 0]], float)
    between = 2 * scores.mean(axis=1).var(ddof=1)
    within = scores.var(axis=1, ddof=1).mean()
    assert set(table["icc1"].round(9)) == {round((between - within) / (between + within), 9)}
    assert set(table["icc2"].round(9)) == {round(1 - within / between, 9)}


def test_one_answer_of_a_group_has_nothing_to_agree_on_and_one_person_shows_nothing():
    rows = [*site("A", (100, 50), role="consensus"), *site("B", (100, 50))]
    table = aggregation_evidence(panel(rows)).driver_agreement.set_index("site_id")
    assert table.loc["A", "enough"]
    assert table.loc["A", "reason"] == CONSENSUS
    assert not table.loc["B", "enough"]
    assert "only one respondent" in table.loc["B", "reason"]


def test_alpha_is_over_respondents_of_all_sites():
    given = [(100, 100, 50), (50, 50, 50), (0, 50, 0), (100, 50, 100), (0, 0, 0)]
    rows = [*site("A", *given[:3]), *site("B", *given[3:])]
    row = aggregation_evidence(panel(rows)).driver_consistency.iloc[0]
    table = np.array(given, float)
    alpha = 3 / 2 * (1 - table.var(axis=0, ddof=1).sum() / table.sum(axis=1).var(ddof=1))
    assert row["alpha"] == pytest.approx(alpha, abs=EXACT)
    assert row["alpha_low"] < alpha < row["alpha_high"]
    assert (row["n_items"], row["n_respondents"]) == (3, 5)


def test_scores_by_role_stand_for_each_site_and_the_network():
    rows = [
        *site("A", (100,), (50,), (0,)),
        ("A", "boss", "leader", "coaching", answers(100)),
        ("B", "chief", "leader", "coaching", answers(50)),
    ]
    table = aggregation_evidence(panel(rows)).driver_scores_by_role
    by_place = table.set_index(["site_id", "role"])
    assert by_place.loc[("A", "practitioner"), "score"] == pytest.approx(50, abs=EXACT)
    assert by_place.loc[("A", "practitioner"), "n_respondents"] == 3
    assert by_place.loc[("A", "leader"), "score"] == 100
    assert np.isnan(by_place.loc[("A", "leader"), "conf_low"])
    assert by_place.loc[("", "leader"), "score"] == pytest.approx(75, abs=EXACT)


def test_findings_on_agreement_name_the_drivers_that_are_withheld():
    apart = site("A", (100, 0), (0, 100), (100, 0), (0, 100))
    alike = site("A", (100, 50), (100, 50), (50, 50), driver="training")
    found = aggregation_evidence(panel([*apart, *alike])).findings()
    by_id = {(one.id, one.site_id): one for one in found}
    assert "don't agree enough on 1 driver: coaching" in by_id["readiness.agreement", "A"].statement
    assert by_id["readiness.agreement", ""].estimate == pytest.approx(50, abs=EXACT)
    assert by_id["readiness.agreement", "A"].n_practitioners == 4


def test_nothing_handed_in_is_said():
    nothing = panel(site("A", (100,))).iloc[:0]
    evidence = aggregation_evidence(nothing)
    assert all(table.empty for table in evidence.tables().values())
    assert [one.status for one in evidence.findings()] == [terms.NOT_ESTIMABLE]
    assert [one.status for one in roles(nothing).findings()] == [terms.NOT_ESTIMABLE]


# --- roles ---


def seen_by(name, practitioners, leaders):
    return [
        *site(name, *[(one,) for one in practitioners]),
        *[
            (name, f"{name}L{number}", "leader", "coaching", answers(one))
            for number, one in enumerate(leaders)
        ],
    ]


def test_two_roles_at_a_site_are_compared_over_their_respondents():
    table = roles(panel(seen_by("A", (0, 50, 50), (100, 50, 100)))).role_gap
    row = table[table["site_id"] == "A"].iloc[0]
    assert (row["role_a"], row["role_b"]) == ("practitioner", "leader")
    assert row["difference"] == pytest.approx(250 / 3 - 100 / 3, abs=EXACT)
    # Six respondents, each a cluster: sqrt(6/5 x sum of squares over 9), t on 5 df.
    error = np.sqrt(6 / 5 * 2 * np.var([0, 50, 50]) * 3 / 9)
    assert row["conf_high"] - row["difference"] == pytest.approx(2.570581836 * error, abs=1e-6)
    assert row["n_respondents"] == 6


def test_one_leader_gives_a_difference_without_an_interval():
    table = roles(panel(seen_by("A", (0, 50, 50, 0), (100,)))).role_gap
    row = table[table["site_id"] == "A"].iloc[0]
    assert row["difference"] == pytest.approx(75, abs=EXACT)
    assert np.isnan(row["conf_low"])
    assert not row["sure"]


def test_the_network_compares_within_sites():
    """Leaders answer where drivers are high; within each site they see them as others do."""
    rows = [
        *seen_by("A", (100, 100), (100, 100, 100)),
        *seen_by("B", (0, 0, 0), (0,)),
        *seen_by("C", (50, 50), (50,)),
        *seen_by("D", (0,), ()),
    ]
    table = roles(panel(rows)).role_gap
    row = table[table["site_id"] == ""].iloc[0]
    assert row["difference"] == pytest.approx(0, abs=EXACT)
    assert row["n_sites"] == 3
    assert row["n_respondents"] == 12


def test_the_finding_names_the_widest_sure_difference():
    random = np.random.default_rng(3)
    rows = []
    for name in "ABCDEFGH":
        for driver, gap in (("coaching", 30), ("training", 3)):
            level = 50 + random.normal(0, 10)
            people = [(level + random.normal(0, 3),) for _ in range(4)]
            rows += site(name, *people, driver=driver)
            rows += [
                (name, f"{name}L", "leader", driver,
                 answers(level + gap + random.normal(0, 3), driver=driver))
            ]  # fmt: skip
    finding = roles(panel(rows)).findings()[0]
    assert finding.id == "readiness.roles"
    assert finding.statement.startswith("Leaders rate coaching higher than practitioners do")
    assert finding.conf_low <= 30 <= finding.conf_high
    assert (finding.n, finding.n_practitioners) == (40, 40)


def test_chance_differences_are_not_called_sure():
    """With none planted, the finding calls a difference sure in about one network of twenty."""
    random = np.random.default_rng(5)
    sure = 0
    for _ in range(40):
        rows = [
            (name, f"{name}{role[0]}{number}", role, driver,
             answers(random.normal(60, 12), driver=driver))
            for name in "ABCDEF"
            for driver in ("coaching", "training")
            for role, count in (("practitioner", 3), ("leader", 2))
            for number in range(count)
        ]  # fmt: skip
        table = roles(panel(rows)).role_gap
        sure += bool(table.loc[table["site_id"] == "", "sure"].any())
    assert sure <= 6  # 40 x 5% is 2; above 6 is one in a hundred by chance


# --- participation ---


def staff(*rows):
    frame = pd.DataFrame(rows, columns=["practitioner_id", "site_id", "hired_on", "left_on"])
    return frame.assign(
        hired_on=pd.to_datetime(frame["hired_on"]), left_on=pd.to_datetime(frame["left_on"])
    )


def test_those_employed_on_the_day_are_counted():
    people = staff(
        ("A0", "A", "2020-01-01", None),
        ("A1", "A", None, None),
        ("A2", "A", "2025-01-01", None),
        ("A3", "A", "2026-02-01", None),  # hired after the assessment
        ("A4", "A", "2020-01-01", "2025-12-31"),  # left before it
        ("A5", "A", "2020-01-01", "2026-03-01"),
        ("B0", "B", "2020-01-01", None),
    )
    rows = [*site("A", (100,), (50,)), ("A", "boss", "leader", "coaching", answers(50))]
    row = participation(panel(rows), people, QUARTER).participation.iloc[0]
    assert (row["eligible"], row["answered"]) == (4, 2)
    assert row["share"] == pytest.approx(0.5, abs=EXACT)
    assert not row["enough"]
    assert TOO_FEW in row["reason"]


def test_wilson_s_interval_is_that_of_published_examples():
    """Newcombe 1998, Statistics in Medicine 17, 857-872, table I."""
    assert tuple(map(float, wilson_interval(81, 263))) == pytest.approx(
        (0.2553, 0.3662), abs=ROUNDED
    )
    assert tuple(map(float, wilson_interval(15, 148))) == pytest.approx(
        (0.0624, 0.1605), abs=ROUNDED
    )
    assert tuple(map(float, wilson_interval(0, 20))) == pytest.approx((0.0, 0.1611), abs=ROUNDED)
    assert tuple(map(float, wilson_interval(1, 29))) == pytest.approx((0.0061, 0.1718), abs=ROUNDED)


@pytest.mark.parametrize(("answered", "enough"), [(4, True), (3, False)])
def test_the_gate_is_four_of_five(answered, enough):
    people = staff(*[(f"A{number}", "A", None, None) for number in range(5)])
    rows = site("A", *[(50,)] * answered)
    found = participation(panel(rows), people, QUARTER)
    assert found.participation["enough"].iloc[0] == enough
    said = found.findings()[-1].statement
    assert ("enough to speak" in said) == enough
    assert "(95% interval" in said


def test_respondents_with_codes_of_their_own_are_counted():
    people = staff(*[(f"P{number}", "A", None, None) for number in range(5)])
    row = participation(panel(site("A", (50,), (50,))), people, QUARTER).participation.iloc[0]
    assert (row["eligible"], row["answered"]) == (5, 2)


def test_one_answer_of_a_group_says_nothing_of_who_took_part():
    people = staff(("A0", "A", None, None))
    found = participation(panel(site("A", (50,), role="consensus")), people, QUARTER)
    row = found.participation.iloc[0]
    assert np.isnan(row["share"])
    assert "group" in row["reason"]
    assert {one.status for one in found.findings()} == {terms.NOT_ESTIMABLE}


def test_columns_that_are_not_recorded_are_done_without():
    people = pd.DataFrame({"practitioner_id": ["A0", "A1"], "site_id": "A"})
    row = participation(panel(site("A", (50,))), people, QUARTER).participation.iloc[0]
    assert (row["eligible"], row["answered"]) == (2, 1)
