"""Fidelity over time against what was planted, and findings that claim no more than was seen."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.fidelity import fidelity_over_time, variance_shares
from workbench.analysis.fidelity_findings import fidelity_findings
from workbench.data.synthetic import EXAMPLE_SEED, NetworkParameters, simulate_growth
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

EXACT = 1e-9
# Each planted number must lie within an interval at this level. About 16 are looked at, so that
# a right program would fail on 16 in 10,000 seeds; intervals half as wide as they should be would
# leave one of them out more often than not.
LEVEL = 0.9999
RESIDUAL_RELATIVE_TOLERANCE = 0.1  # about 4 standard errors of a spread from 1,000 residuals
SHARES_TOLERANCE = 0.15
SMALL_PART = 0.5  # of a standard error
CAUSAL_WORDS = re.compile(
    r"\b(caus\w*|because|due to|thanks to|owing to|led to|leads? to|results? (in|from)|resulted|"
    r"impact\w*|effect of|effects? on|improv\w*|reduc\w*|drives|driven|boost\w*|prevent\w*|"
    r"make[sn]? practice|made practice)\b",
    re.IGNORECASE,
)

GROWN = NetworkParameters(planted_sites=(), quarters=8)


def observed(parameters, seed):
    """Ratings as an analysis gets them, with the planted fidelity, and the effects drawn."""
    _, _, frame, effects = simulate_growth(parameters, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    return frame.assign(
        quarter=quarter_labels(frame["observed_on"]),
        weight=1.0,
        cut_off=65.0,
        meets_cut_off=(frame["fidelity"] >= 65).astype("boolean"),
    ), effects


def analysed(frame, components=None, thresholds=None):
    start = pd.Timestamp(GROWN.first_day)
    last = frame["observed_on"].max()
    now = (last - start) / pd.Timedelta(days=1) / (365.25 / 4)
    parts = pd.DataFrame() if components is None else components
    return fidelity_over_time(frame, parts, frame["quarter"].max(), now, thresholds or Thresholds())


@pytest.fixture(scope="module")
def grown():
    """A network whose sites are all drawn at random, so that the model's assumptions hold."""
    frame, effects = observed(GROWN, seed=11)
    return analysed(frame), effects


@pytest.fixture(scope="module")
def example():
    """The example network, with sites planted to fall and to rise."""
    frame, effects = observed(NetworkParameters(), EXAMPLE_SEED)
    return analysed(frame), effects


@pytest.fixture(scope="module")
def few_sites():
    frame, _ = observed(NetworkParameters(sites=6, quarters=6, planted_sites=()), seed=2)
    return analysed(frame)


def within(estimate, std_error, df, truth):
    return np.abs(estimate - truth) <= stats.t.ppf(0.5 + LEVEL / 2, df) * std_error


# --- the model ---


def test_the_fit_covers_the_planted_fixed_effects(grown):
    over_time, _ = grown
    assert over_time.why_no_fit == ""
    found = over_time.fit.tidy().set_index("term")
    planted = {
        "Intercept": GROWN.level,
        "quarters": GROWN.slope,
        "rater_role[T.supervisor]": GROWN.supervisor_effect,
    }
    assert set(found.index) == set(planted)
    for term, truth in planted.items():
        row = found.loc[term]
        assert within(row["estimate"], row["std_error"], row["df"], truth), term


def test_the_fit_covers_the_slope_of_each_site(grown):
    over_time, effects = grown
    sites = over_time.trajectories[over_time.trajectories["scope"] == "site"]
    asked = sites[["site_id"]].assign(quarters=8.0, rater_role="independent")
    found = over_time.fit.linear_combinations(asked, groups=("site_id",), slope_of="quarters")
    truth = effects.by_site.set_index("site_id")["total_slope"].loc[found["site_id"]].to_numpy()
    covered = within(found["estimate"], found["std_error"], found["df"], truth)
    assert covered.all()
    # The table averages over what the variances may be: near the same slopes, wider on the whole.
    apart = np.abs(sites["slope"].to_numpy() - found["estimate"].to_numpy())
    assert (apart < SMALL_PART * found["std_error"]).all()
    widths = (sites["slope_high"] - sites["slope_low"]).to_numpy()
    plain = (found["conf_high"] - found["conf_low"]).to_numpy()
    assert widths.mean() > plain.mean()
    assert (widths > 0.9 * plain).all()


def test_spreads_are_near_the_planted_ones(grown):
    over_time, _ = grown
    shares = variance_shares(over_time.fit).set_index("title")
    residual = shares.loc["From one observation to the next"]
    assert residual["std_dev"] == pytest.approx(GROWN.residual_sd, rel=RESIDUAL_RELATIVE_TOLERANCE)
    assert shares["share"].sum() == pytest.approx(1, abs=EXACT)
    # Halfway through, a group's spread is that of its level and of its slope's four quarters.
    variances = {
        "Between sites": GROWN.site_level_sd**2 + (4 * GROWN.site_slope_sd) ** 2,
        "Between practitioners of a site": GROWN.practitioner_level_sd**2
        + (4 * GROWN.practitioner_slope_sd) ** 2,
        "Between raters": GROWN.rater_sd**2,
        "From one observation to the next": GROWN.residual_sd**2,
    }
    for title, variance in variances.items():
        planted = variance / sum(variances.values())
        assert shares.loc[title, "share"] == pytest.approx(planted, abs=SHARES_TOLERANCE), title


def test_planted_sites_move_the_way_they_were_planted(example):
    over_time, effects = example
    sites = over_time.trajectories.set_index("site_id")
    planted = effects.by_site[effects.by_site["planted"]].set_index("site_id")["total_slope"]
    assert sorted(np.sign(planted)) == [-1, -1, 1]
    for site_id, slope in planted.items():
        row = sites.loc[site_id]
        assert np.sign(row["slope_low"]) == np.sign(row["slope_high"]) == np.sign(slope)
        assert row["state"] == (terms.DRIFTING if slope < 0 else terms.STRENGTHENING)
    opposite = {terms.DRIFTING: 1, terms.STRENGTHENING: -1}
    slopes = effects.by_site.set_index("site_id")["total_slope"]
    for site_id, row in sites[sites["scope"] == "site"].iterrows():
        assert np.sign(slopes[site_id]) != opposite.get(row["state"], 0), (
            "a state is never reversed"
        )


def test_the_network_stands_first_and_counts_everything(example):
    over_time, _ = example
    table = over_time.trajectories
    assert table.loc[0, ["scope", "site_id"]].tolist() == ["network", ""]
    network, sites = table.loc[0], table.loc[1:]
    assert network["n_observations"] == len(over_time.by_observation)
    assert sites["n_observations"].sum() == network["n_observations"]
    assert sites["n_practitioners"].sum() == network["n_practitioners"]
    assert (network["level_low"] < network["level"]) & (network["level"] < network["level_high"])
    chances = table[[name for name in table if name.startswith("probability")]].sum(axis=1)
    assert chances.to_numpy() == pytest.approx(np.ones(len(table)), abs=EXACT)


def test_evidence_tables_are_there_by_name(example):
    tables = example[0].tables()
    assert set(tables) == {
        "fidelity_by_quarter", "components_by_quarter", "trajectories", "growth_terms",
        "growth_variances", "growth_checks",
        "growth_glance", "variance_shares", "team_trajectories", "practitioner_trajectories",
        "practitioner_states", "modelled_course", "spread_between_sites", "breaks",
    }  # fmt: skip
    assert bool(tables["growth_glance"].loc[0, "converged"])
    assert tables["growth_glance"].loc[0, "n_obs"] == len(example[0].by_observation)


# --- the description ---


def test_quarterly_means_are_those_of_the_observations(example):
    over_time, _ = example
    frame, table = over_time.by_observation, over_time.by_quarter
    network = table[table["scope"] == "network"].set_index("quarter")
    means = frame.groupby("quarter")["fidelity"].mean()
    assert network["fidelity"].to_dict() == pytest.approx(means.to_dict(), abs=EXACT)
    shares = frame.groupby("quarter")["meets_cut_off"].mean()
    assert network["share_at_cut_off"].to_dict() == pytest.approx(shares.to_dict(), abs=EXACT)
    sites = table[table["scope"] == "site"].set_index(["site_id", "quarter"])
    counts = frame.groupby(["site_id", "quarter"])["practitioner_id"].nunique()
    assert sites["n_practitioners"].to_dict() == counts.to_dict()
    assert (sites["conf_low"].dropna() >= 0).all()
    assert (sites["conf_high"].dropna() <= 100).all()


def small(quarters, people=2, sites=("A", "B"), fidelity=None):
    """A few observations: everyone once a quarter, fidelity as given or rising by a point."""
    rows = [
        {
            "site_id": site,
            "practitioner_id": f"{site}{person}",
            "supervisor_id": f"sup{site}",
            "rater_id": f"r{person % 2}",
            "rater_role": "independent",
            "observed_on": pd.Timestamp("2025-01-15") + pd.Timedelta(days=91 * number),
            "quarters": number + 0.15,
            "quarter": quarter,
            "weight": 1.0,
            "fidelity": fidelity if fidelity is not None else 70.0 + number + person,
            "cut_off": 65.0,
            "meets_cut_off": True,
        }
        for site in sites
        for person in range(people)
        for number, quarter in enumerate(quarters)
    ]
    return pd.DataFrame(rows).astype({"meets_cut_off": "boolean"})


def test_weights_count_where_observations_differ_in_size():
    frame = small(["2025Q1"]).iloc[:2].assign(fidelity=[50.0, 100.0], weight=[1.0, 3.0])
    table = analysed(frame).by_quarter
    assert table.loc[0, "fidelity"] == 87.5


def test_intervals_stay_on_the_scale():
    frame = small(["2025Q1"], people=4).assign(fidelity=[99.0, 100, 100, 60, 0, 1, 0, 40])
    table = analysed(frame).by_quarter.set_index("site_id")
    assert table.loc["A", "conf_high"] == 100
    assert table.loc["B", "conf_low"] == 0


def test_components_keep_the_order_of_the_instrument():
    frame = small(["2025Q1", "2025Q2"], people=3)
    components = pd.concat(
        [
            frame.assign(component=name, component_title=name.title(), component_order=place,
                         fidelity=frame["fidelity"] + place)
            for place, name in enumerate(["talk", "plan", "end"])
        ]
    )  # fmt: skip
    table = analysed(frame, components.drop(columns="weight")).components_by_quarter
    mine = table[(table["scope"] == "network") & (table["quarter"] == "2025Q2")]
    assert mine["component_title"].tolist() == ["Talk", "Plan", "End"]
    assert mine["fidelity"].tolist() == pytest.approx([72.0, 73.0, 74.0], abs=EXACT)


# --- what can't be said ---


def findings_of(over_time, before="2024Q4"):
    return fidelity_findings(over_time, before, 1.0)


def without_numbers(findings):
    return all(one.estimate is None and one.conf_low is None and one.reason for one in findings)


def test_two_quarters_give_no_course():
    over_time = analysed(small(["2025Q1", "2025Q2"], people=6))
    assert over_time.fit is None
    assert "2 quarters" in over_time.why_no_fit
    assert set(over_time.trajectories["state"]) == {terms.NOT_ESTIMABLE}
    numbers = over_time.trajectories[["slope", "slope_low", "level", "probability_holding"]]
    assert numbers.isna().all(axis=None)
    found = {(one.id, one.site_id): one for one in findings_of(over_time, "2025Q1")}
    directions = [one for one in found.values() if one.id == "fidelity.direction"]
    assert len(directions) == 3
    assert without_numbers(directions)
    assert without_numbers([found["fidelity.spread", ""]])
    assert found["fidelity.now", "A"].status == terms.REPORTED


def test_too_few_groups_give_no_model():
    over_time = analysed(small(["2025Q1", "2025Q2", "2025Q3"], people=2))
    assert over_time.fit is None
    assert "too few" in over_time.why_no_fit
    assert set(over_time.trajectories["reason"]) == {over_time.why_no_fit}


def test_a_fit_that_cannot_be_used_gives_a_reason_and_no_number():
    frame = small(["2025Q1", "2025Q2", "2025Q3"], people=8, fidelity=75.0)
    over_time = analysed(frame)
    assert over_time.why_no_fit
    assert set(over_time.trajectories["state"]) == {terms.NOT_ESTIMABLE}
    assert "growth_terms" not in over_time.tables()
    assert without_numbers([one for one in findings_of(over_time) if one.id.endswith("direction")])


def test_sites_too_few_for_slopes_get_a_reason_and_the_network_a_slope(few_sites):
    network, sites = few_sites.trajectories.iloc[0], few_sites.trajectories.iloc[1:]
    assert network["state"] in terms.STATES
    assert not np.isnan(network["slope"])
    assert set(sites["state"]) == {terms.NOT_ESTIMABLE}
    assert sites[["slope", "level", "probability_drifting"]].isna().all(axis=None)
    assert set(sites["reason"]) == {few_sites.design.left_out["slopes of sites"]}
    found = findings_of(few_sites)
    directions = [one for one in found if one.id == "fidelity.direction"]
    assert [one.status for one in directions] == [terms.REPORTED] + [terms.NOT_ESTIMABLE] * 6
    assert without_numbers(directions[1:])
    assert without_numbers([one for one in found if one.id == "fidelity.spread"])


def test_few_people_give_no_interval_and_so_no_number():
    found = findings_of(analysed(small(["2025Q1", "2025Q2"], people=2, sites=("A", "B"))))
    now = {one.site_id: one for one in found if one.id == "fidelity.now"}
    assert now[""].status == terms.REPORTED
    assert without_numbers([now["A"], now["B"]])
    assert "2 practitioners" in now["A"].reason


def test_a_quarter_in_which_nobody_was_seen_says_so(example):
    found = findings_of(replace(example[0], quarter="2030Q1"))
    now = [one for one in found if one.id == "fidelity.now"]
    assert len(now) == 13
    assert without_numbers(now)
    assert all("nobody was observed in 2030Q1" in one.reason for one in now)


# --- findings ---


@pytest.fixture(scope="module")
def found(example):
    return fidelity_findings(example[0], "2026Q2", 1.0)


def test_every_site_and_the_network_have_a_finding_of_each_kind(example, found):
    places = {"", *example[0].by_observation["site_id"]}
    for kind in ("fidelity.now", "fidelity.direction"):
        assert {one.site_id for one in found if one.id == kind} == places
    assert len({(one.id, one.site_id) for one in found}) == len(found)


def test_numbers_come_with_interval_n_and_unit(found):
    reported = [one for one in found if one.status == terms.REPORTED]
    assert len(reported) > 20
    for one in reported:
        assert one.n > 0, one.id
        assert one.n_practitioners, one.id
        assert one.evidence.startswith("tables/"), one.id
        if one.id in ("fidelity.practitioners", "fidelity.sites"):  # counts have no interval
            assert one.conf_low is None
            continue
        assert one.unit, one.id
        if one.id != "fidelity.spread":
            assert one.conf_low <= one.estimate <= one.conf_high, one.id
            assert "95% interval" in one.statement, one.id


def test_sites_that_move_are_named_only_where_they_may_be(example):
    names = {"007": "Juniper Hill", "004": "Elm & Oak"}
    found = fidelity_findings(example[0], "2026Q2", 1.0, names=names)
    sites = next(one for one in found if one.id == "fidelity.sites")
    assert "2 drifting (Juniper Hill)" in sites.statement
    assert "1 strengthening (Elm & Oak)" in sites.statement
    assert "010" not in sites.statement
    assert "leaders of Juniper Hill what" in sites.action_prompt


def test_findings_say_what_the_tables_say(example, found):
    trajectories = example[0].trajectories.set_index("site_id")
    for one in found:
        if one.id == "fidelity.direction":
            row = trajectories.loc[one.site_id]
            assert one.estimate == row["slope"]
            assert (one.conf_low, one.conf_high) == (row["slope_low"], row["slope_high"])
            assert one.n == row["n_observations"]
            slowly = row["state"] == terms.HOLDING and row["slope_low"] * row["slope_high"] > 0
            said = "slowly" if slowly else row["state"]
            assert (said in one.statement) or row["state"] == terms.NOT_ENOUGH_EVIDENCE
    falling = {one.site_id: one.statement for one in found if one.id == "fidelity.direction"}
    assert falling["007"].startswith("Practice is drifting")
    # Its interval reaches below the smallest change that matters, so this is not said outright.
    change = Thresholds().smallest_change_that_matters
    assert trajectories.loc["004", "slope_low"] < change < trajectories.loc["004", "slope"]
    assert falling["004"].startswith("Practice is very likely strengthening")


def test_what_is_not_known_well_enough_is_never_called_holding(example, found):
    unsure = example[0].trajectories.query("state == @terms.NOT_ENOUGH_EVIDENCE")["site_id"]
    assert len(unsure)
    for one in found:
        if one.id == "fidelity.direction" and one.site_id in set(unsure):
            assert "is holding" not in one.statement
            assert "not enough evidence" in one.statement
            assert one.action_prompt


def test_drift_calls_for_a_step_that_a_best_practice_asks_for(found):
    drifting = [one for one in found if one.statement.startswith("Practice is drifting")]
    assert drifting
    for one in drifting:
        assert one.action_prompt.endswith("?")
        assert one.best_practice.endswith(".")


def test_this_quarter_is_set_against_the_one_before(example, found):
    now = next(one for one in found if one.id == "fidelity.now" and not one.site_id)
    frame = example[0].by_observation
    means = frame.groupby("quarter")["fidelity"].mean()
    change = means["2026Q3"] - means["2026Q2"]
    assert f"({change:+.1f} points" in now.statement
    alone = fidelity_findings(example[0], "2019Q1", 1.0)
    assert "There is nothing from 2019Q1" in alone[0].statement


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ([5, 6, 7, 6], "That is higher than in 2025Q1 (+6.0 points"),
        ([-5, -6, -7, -6], "That is lower than in 2025Q1 (-6.0 points"),
        ([20, -10, 9, -3], "No reliable change from 2025Q1 is seen (+4.0 points"),
        ([-20, 10, -9, 3], "No reliable change from 2025Q1 is seen (-4.0 points"),
    ],
)
def test_a_change_is_told_only_where_its_interval_leaves_no_doubt(gains, said):
    frame = small(["2025Q1", "2025Q2"], people=4, sites=("A",))
    gain = np.where(frame["quarter"] == "2025Q2", np.repeat(gains, 2), 0)
    found = findings_of(analysed(frame.assign(fidelity=70.0 + gain)), "2025Q1")
    assert said in found[0].statement


def test_nothing_claims_a_cause(found, few_sites):
    for one in [*found, *findings_of(few_sites)]:
        for text in (one.question, one.statement, one.reason):
            assert not CAUSAL_WORDS.search(text), text


def test_no_person_is_named(example, found):
    frame = example[0].by_observation
    people = set(frame["practitioner_id"]) | set(frame["rater_id"]) | set(frame["supervisor_id"])
    named = re.compile(rf"\b({'|'.join(map(re.escape, sorted(people)))})\b")
    for one in found:
        assert not named.search(f"{one.statement} {one.reason} {one.action_prompt}"), one.statement
