"""One fit, four levels: practitioners and teams against what was planted; course and cut-off."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.direction import RulerMovement
from workbench.analysis.fidelity import fidelity_over_time
from workbench.analysis.fidelity_findings import fidelity_findings
from workbench.analysis.individual_drift import falling_behind, individual_drift
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

EXACT = 1e-9
NOW = 8.0
LEAST_COVERED, MOST_COVERED = 0.90, 0.99  # of about 130 practitioners whose slopes go together
PLANTED = NetworkParameters(
    quarters=8, planted_sites=(), practitioner_slope_sd=1.0, share_seen_twice=1.0, slope=-0.8
)


def observed(parameters, seed):
    _, _, frame, effects = simulate_growth(parameters, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    return frame.assign(
        quarter=quarter_labels(frame["observed_on"]),
        weight=1.0,
        cut_off=65.0,
        meets_cut_off=(frame["fidelity"] >= 65).astype("boolean"),
    ), effects


def analysed(frame, thresholds=None, **more):
    last = frame["quarter"].max()
    return fidelity_over_time(frame, pd.DataFrame(), last, NOW, thresholds or Thresholds(), **more)


@pytest.fixture(scope="module")
def network():
    frame, effects = observed(PLANTED, seed=5)
    return analysed(frame), effects


def planted_slopes(effects, practitioners):
    """True slope of each practitioner."""
    own = effects.by_practitioner.set_index("practitioner_id")["slope"]
    site = effects.by_site.set_index("site_id")["total_slope"]
    return (
        own.loc[practitioners["practitioner_id"]].to_numpy()
        + site.loc[practitioners["site_id"]].to_numpy()
    )


def test_practitioners_slopes_cover_what_was_planted(network):
    over_time, effects = network
    table = over_time.practitioners
    assert len(table) > 100
    truth = planted_slopes(effects, table)
    covered = ((table["slope_low"] <= truth) & (truth <= table["slope_high"])).mean()
    assert LEAST_COVERED <= covered <= MOST_COVERED


def test_states_of_practitioners_are_hardly_ever_wrong(network):
    over_time, effects = network
    table = over_time.practitioners
    truth = planted_slopes(effects, table)
    true_state = np.select(
        [truth < -1, truth > 1], [terms.DRIFTING, terms.STRENGTHENING], "holding"
    )
    named = table["state"] != terms.NOT_ENOUGH_EVIDENCE
    assert named.sum() > 30
    wrong = (table["state"] != true_state) & named
    assert wrong.mean() <= 0.05


def test_a_team_is_the_mean_of_its_people(network):
    over_time, _ = network
    table = over_time.teams
    people = over_time.practitioners.merge(
        over_time.by_observation[["practitioner_id", "supervisor_id"]].drop_duplicates(),
        on="practitioner_id",
    )
    means = people.groupby(["site_id", "supervisor_id"])["slope"].mean().reset_index()
    joined = table.merge(means, on=["site_id", "supervisor_id"], suffixes=("", "_mean"))
    assert len(joined) == len(table) == 24
    assert joined["slope"].to_numpy() == pytest.approx(joined["slope_mean"].to_numpy(), abs=EXACT)
    # A mean is known better than any one of its parts, and not as well as if they shared nothing.
    single = people.groupby(["site_id", "supervisor_id"])["slope_error"]
    alone = single.min().reset_index()["slope_error"].to_numpy()
    assert (table["slope_error"].to_numpy() < alone).all()


def test_states_are_counted_for_the_network_and_each_site(network):
    over_time, _ = network
    table = over_time.tables()["practitioner_states"]
    network_rows = table[table["scope"] == "network"]
    assert network_rows["practitioners"].sum() == len(over_time.practitioners)
    sites = table[table["scope"] == "site"].groupby("site_id")["practitioners"].sum()
    people = over_time.practitioners.groupby("site_id").size()
    assert sites.to_dict() == people.to_dict()


def test_those_not_seen_for_a_year_have_no_course_now(network):
    over_time, _ = network
    last = over_time.by_observation.groupby("practitioner_id")["quarters"].max()
    gone = set(last.index[last < NOW - 4])
    assert gone
    assert not gone & set(over_time.practitioners["practitioner_id"])


def test_the_course_is_the_models_line_with_its_band(network):
    over_time, _ = network
    course = over_time.course[over_time.course["scope"] == "network"]
    slope = over_time.trajectories.loc[0, "slope"]
    steps = np.diff(course["level"]) / np.diff(course["quarters"])
    assert steps == pytest.approx(np.full(7, slope), abs=1e-8)
    now = over_time.trajectories.loc[0, "level"]
    assert course["level"].iloc[0] == pytest.approx(now - 7.5 * slope, abs=1e-8)
    assert (course["level_low"] < course["level"]).all()
    assert len(over_time.course) == 13 * 8


def test_months_to_the_cut_off_are_where_the_line_crosses(network):
    over_time, _ = network
    frame = over_time.by_observation.assign(cut_off=50.0)
    table = analysed(frame).practitioners.dropna(subset="months_to_cut_off")
    assert len(table) > 10
    assert (table["state"] == terms.DRIFTING).all()
    crossing = 3 * (table["level"] - 50) / -table["slope"]
    # Told in whole months, the first at which the line has reached the cut-off.
    assert (table["months_to_cut_off"] - np.ceil(crossing)).abs().max() <= 1
    assert (table["months_low"] <= table["months_to_cut_off"]).all()
    ends = table["months_high"].dropna()
    assert (ends >= table.loc[ends.index, "months_to_cut_off"]).all()


def test_a_teams_months_are_those_of_its_mean_line(network):
    over_time, _ = network
    table = analysed(over_time.by_observation.assign(cut_off=50.0)).teams
    told = table.dropna(subset="months_to_cut_off")
    assert len(told) > 2
    crossing = 3 * (told["level"] - 50) / -told["slope"]
    assert (told["months_to_cut_off"] - np.ceil(crossing)).abs().max() <= 1
    assert (told["state"] == terms.DRIFTING).all()


def test_a_drifting_site_says_when_it_reaches_the_cut_off():
    frame, _ = observed(replace(PLANTED, slope=-2.5, level=85.0, site_slope_sd=0.1), seed=3)
    over_time = analysed(frame)
    found = fidelity_findings(over_time, "2025Q2", 1.0)
    said = [one.statement for one in found if one.id == "fidelity.direction"]
    assert sum("reaches the cut-off in about" in text for text in said) > 3


def test_the_ruler_is_taken_off_with_its_error(network):
    over_time, _ = network
    beside = analysed(over_time.by_observation, ruler=RulerMovement(-0.8, 0.4, 20.0))
    for name in ("trajectories", "teams", "practitioners"):
        with_it, without = getattr(beside, name), getattr(over_time, name)
        assert with_it["slope"].to_numpy() == pytest.approx(without["slope"] + 0.8, abs=EXACT)
        error = np.sqrt(without["slope_error"] ** 2 + stats.t(20, scale=0.4).var())
        assert with_it["slope_error"].to_numpy() == pytest.approx(error.to_numpy(), rel=1e-9)
        assert with_it["level"].to_numpy() == pytest.approx(without["level"].to_numpy())


def test_a_moving_ruler_is_not_taken_for_drift(network):
    over_time, _ = network
    ruler = RulerMovement(over_time.trajectories.loc[0, "slope"], 0.05, 100.0)
    beside = analysed(over_time.by_observation, ruler=ruler)
    assert beside.trajectories.loc[0, "slope"] == pytest.approx(0, abs=EXACT)
    assert beside.trajectories.loc[0, "state"] != terms.DRIFTING
    said = [one for one in fidelity_findings(beside, "2025Q2", 1.0) if not one.site_id]
    assert "has been taken off" in next(
        one.statement for one in said if one.id == "fidelity.direction"
    )


def test_without_an_anchor_a_direction_is_one_of_ratings(network):
    frame, _ = observed(replace(PLANTED, slope=-2.5, site_slope_sd=0.1), seed=3)
    over_time = analysed(frame)
    for anchored in (True, False):
        found = fidelity_findings(over_time, "2025Q2", 1.0, anchored=anchored)
        said = [one.statement for one in found if one.id == "fidelity.direction"]
        drifting = [text for text in said if "is drifting" in text]
        assert drifting
        assert all(("practice as rated" in text) is not anchored for text in drifting)


def test_without_courses_of_their_own_practitioners_are_not_estimable():
    frame, _ = observed(replace(PLANTED, quarters=3, share_seen_twice=0.0, share_missing=0.6), 4)
    over_time = fidelity_over_time(frame, pd.DataFrame(), frame["quarter"].max(), 3.0, Thresholds())
    assert "slopes of practitioners" in over_time.design.left_out
    assert (over_time.practitioners["state"] == terms.NOT_ESTIMABLE).all()
    assert (over_time.practitioners["reason"] != "").all()
    assert over_time.practitioners["slope"].isna().all()
    found = fidelity_findings(over_time, "2023Q4", 1.0)
    counted = [one for one in found if one.id == "fidelity.practitioners"]
    assert all(one.status == terms.NOT_ESTIMABLE for one in counted)


def test_coming_apart_is_said_when_it_was_planted():
    apart = replace(PLANTED, site_level_sd=1.5, site_slope_sd=1.2, sites=24, slope=0.0)
    frame, _ = observed(apart, seed=8)
    over_time = analysed(frame)
    spread = over_time.spread["spread"]
    assert spread.iloc[-1] > 2 * spread.iloc[0]
    found = fidelity_findings(over_time, "2025Q2", 1.0)
    said = next(one.statement for one in found if one.id == "fidelity.spread")
    assert "Sites are coming apart" in said


# --- individual drift ---


def test_people_who_fall_behind_are_found_and_counted():
    frame, effects = observed(replace(PLANTED, practitioner_slope_sd=0.1, slope=0.0), seed=6)
    drifting = effects.by_practitioner["practitioner_id"].iloc[::8]
    behind = frame["practitioner_id"].isin(drifting)
    frame["fidelity"] = frame["fidelity"] - 2.5 * frame["quarters"] * behind
    over_time = analysed(frame)
    test = individual_drift(frame, over_time.fit, over_time.why_no_fit, Thresholds())
    assert test.p_value < 1e-4
    assert test.in_its_direction
    named = set(falling_behind(over_time.fit, Thresholds()))
    assert len(named) == test.estimate
    assert len(named - set(drifting)) <= 1


def test_nobody_falls_behind_where_courses_are_alike():
    frame, _ = observed(replace(PLANTED, practitioner_slope_sd=0.0, slope=-2.0), seed=7)
    over_time = analysed(frame)
    test = individual_drift(frame, over_time.fit, over_time.why_no_fit, Thresholds())
    assert not test.in_its_direction
    assert test.p_value > 0.01


def test_without_a_fit_there_is_no_test():
    frame, _ = observed(PLANTED, seed=5)
    test = individual_drift(frame, None, "there are two quarters.", Thresholds())
    assert test.reason == "there are two quarters."
    assert np.isnan(test.p_value)
