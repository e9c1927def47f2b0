"""Every kind of drift is planted in the size that was asked for, and moves nothing else."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest

from workbench.data.conform import conform
from workbench.data.extracts import Extract
from workbench.data.instruments import load_instruments
from workbench.data.quality import check
from workbench.data.readers import read_csv
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import (
    NetworkParameters,
    PlanParameters,
    planted,
    simulate_adaptations,
    simulate_components,
    simulate_growth,
    simulate_network,
    simulate_supports,
    write_example,
)
from workbench.data.synthetic_mechanisms import SIZES
from workbench.data.synthetic_reinforcement import SupportParameters
from workbench.errors import ParameterError
from workbench.quarters import Quarter
from workbench.terms import MECHANISMS

SEED = 11
EXACT = 1e-9
# Each about 3 standard errors of the estimate in the large network (514 practitioners, 7,900
# observations); the formulas are where they are used.
RULER_TOLERANCE = 0.16
ROLE_GAP_TOLERANCE = 0.10
RESIDUAL_TREND_TOLERANCE = 0.013
MEAN_SLOPE_TOLERANCE = 0.08
OWN_DRIFT_TOLERANCE = 0.08
COMPONENT_TOLERANCE = 0.05
SHARE_TOLERANCE = 0.08
SPREAD_RELATIVE_TOLERANCE = 0.15

COMPONENTS = ["preparation", "engagement", "reflection", "plan_use", "follow_up"]
FIRST_DAY = pd.Timestamp("2023-10-01")
LAST_DAY = pd.Timestamp("2026-09-30")
DAYS_IN_A_QUARTER = 91.3125

# Great Expectations imports a module of the standard library that is deprecated.
imports_great_expectations = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def networks():
    """Large networks of one seed by what was planted: sites, practitioners, rows, effects."""
    return {name: simulate_growth(planted(name, "large"), SEED) for name in ("none", *MECHANISMS)}


def quarters_since_start(dates):
    return ((dates - FIRST_DAY).dt.days / DAYS_IN_A_QUARTER).to_numpy()


def fitted(outcome, *columns):
    """Least-squares estimates of an intercept and of each column."""
    design = np.column_stack([np.ones(len(outcome)), *columns])
    return np.linalg.lstsq(design, np.asarray(outcome, dtype=float), rcond=None)[0]


def usual(frame):
    """Ratings that the growth model uses."""
    return frame[frame["rater_role"].isin(["independent", "supervisor"])]


def beside_none(networks, mechanism, column):
    """What a mechanism adds to each practitioner's planted level or slope."""
    with_it = networks[mechanism][3].by_practitioner[column].to_numpy()
    return with_it - networks["none"][3].by_practitioner[column].to_numpy()


def people(networks, mechanism="none"):
    return networks[mechanism][1]


# --- presets ---


@pytest.mark.parametrize("size", sorted(SIZES))
@pytest.mark.parametrize("mechanism", ["none", *MECHANISMS])
def test_every_preset_is_possible_and_of_its_size(mechanism, size):
    parameters = planted(mechanism, size)
    assert (parameters.sites, parameters.quarters) == {
        "small": (8, 8),
        "medium": (12, 12),
        "large": (40, 12),
    }[size]
    assert sum(parameters.component_slopes.values()) == pytest.approx(0, abs=EXACT)
    assert parameters.site_slope_sd == parameters.practitioner_slope_sd == 0.15
    assert parameters.planted_sites == ()
    without = planted(mechanism, size, anchors=False)
    assert without == dataclasses.replace(parameters, share_double_coded=0.0)


def test_a_preset_differs_from_none_in_its_own_parameters_only():
    none = vars(planted("none"))
    changed = {
        name: {key for key, value in vars(planted(name)).items() if value != none[key]}
        for name in MECHANISMS
    }
    assert changed == {
        "rater drift": {"rater_drift"},
        "individual drift": {"share_drifting", "own_drift"},
        "new normal": {"slope", "supervisor_drift", "residual_trend", "cohort_step"},
        "generation effect": {"generation_loss"},
        "recovery after a booster": {"slope", "booster_jump", "booster_slope_change"},
        "component erosion": {"component_slopes"},
        "leavers who differ": {"leaver_level", "leaver_slope"},
    }


@pytest.mark.parametrize(("mechanism", "size"), [("sabotage", "small"), ("none", "huge")])
def test_unknown_presets_are_refused_with_what_there_is(mechanism, size):
    with pytest.raises(ParameterError, match="Available: "):
        planted(mechanism, size)


def test_without_anchors_nobody_scores_a_session_again():
    frame = simulate_growth(planted("rater drift", "small", anchors=False), SEED)[2]
    assert set(frame["rater_role"]) == {"independent", "supervisor", "self"}
    assert not frame.groupby(["practitioner_id", "observed_on"])["rater_id"].nunique().gt(2).any()


# --- nothing else moves ---


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_mechanism_moves_no_draw_of_the_others(networks, mechanism):
    sites, practitioners, frame, effects = networks[mechanism]
    none = networks["none"]
    pd.testing.assert_frame_equal(sites, none[0])
    pd.testing.assert_frame_equal(practitioners, none[1])
    moved = ["expected", "fidelity", "limited"]
    pd.testing.assert_frame_equal(frame.drop(columns=moved), none[2].drop(columns=moved))
    same = ["site_id", "level", "slope", "boosted_on"]
    pd.testing.assert_frame_equal(effects.by_site[same], none[3].by_site[same])
    pd.testing.assert_frame_equal(
        effects.by_rater.drop(columns="slope"), none[3].by_rater.drop(columns="slope")
    )


def test_master_codes_share_person_and_day_with_what_they_score_again(networks):
    frame = networks["rater drift"][2].set_index("observation_id")
    master = frame[frame["rater_role"] == "master"]
    first = frame.loc[master["double_codes"]]
    assert len(master) > 400
    assert set(first["rater_role"]) == {"independent"}
    for name in ("practitioner_id", "observed_on", "expected"):
        assert (first[name].to_numpy() == master[name].to_numpy()).all()


def test_quarter_is_that_of_the_calendar_year(networks):
    frame = networks["none"][2].iloc[::97]
    assert list(frame["quarter"]) == [
        str(Quarter.containing(day.date())) for day in frame["observed_on"]
    ]


# --- each mechanism, in its size ---


def test_none_moves_in_no_direction(networks):
    _, _, frame, effects = networks["none"]
    # Spread of the mean: the root of 0.15^2/40 + 0.15^2/514 is 0.025.
    assert abs(fitted(frame["expected"], frame["quarters"])[1]) < 2 * MEAN_SLOPE_TOLERANCE
    assert abs(effects.by_site["total_slope"].mean()) < MEAN_SLOPE_TOLERANCE
    assert not effects.by_practitioner["drifting"].any()
    assert (effects.by_rater["slope"] == 0).all()


def test_rulers_move_beside_masters_and_practice_stays(networks):
    frame = networks["rater drift"][2].set_index("observation_id")
    master = frame[frame["rater_role"] == "master"]
    first = frame.loc[master["double_codes"]]
    gap = first["fidelity"].to_numpy() - master["fidelity"].to_numpy()
    # Scoring 3 and 2, raters 1.5 and 0.5, times spread over 3.4 quarters, 540 pairs: 0.05.
    slope = fitted(gap, quarters_since_start(first["rated_on"]))[1]
    assert slope == pytest.approx(-0.8, abs=RULER_TOLERANCE)
    none = networks["none"][2]
    assert (networks["rater drift"][2]["expected"] == none["expected"]).all()
    both = ~(networks["rater drift"][2]["limited"] | none["limited"])
    moved = (networks["rater drift"][2]["fidelity"] - none["fidelity"])[both]
    role = none.loc[both, "rater_role"]
    by_hand = np.where(
        role.isin(["independent", "supervisor"]),
        -0.8 * quarters_since_start(none.loc[both, "rated_on"]),
        0.0,
    )
    assert np.abs(moved - by_hand).max() < EXACT


def test_raters_may_move_each_by_their_own():
    parameters = NetworkParameters(sites=300, quarters=2, rater_slope_sd=0.3, rater_drift=0.2)
    raters = simulate_growth(parameters, SEED)[3].by_rater
    assert (raters.loc[raters["rater_role"] == "master", "slope"] == 0).all()
    others = raters.loc[raters["rater_role"] != "master", "slope"]
    assert others.std() == pytest.approx(0.3, rel=SPREAD_RELATIVE_TOLERANCE)
    assert others.mean() == pytest.approx(0.2, abs=SHARE_TOLERANCE)


def test_a_share_of_practitioners_drifts_on_its_own(networks):
    frame, effects = networks["individual drift"][2:]
    drifting = effects.by_practitioner.set_index("practitioner_id")["drifting"]
    assert drifting.sum() == round(0.2 * len(drifting))
    slopes = frame.groupby("practitioner_id").apply(
        lambda rows: fitted(rows["expected"], rows["quarters"])[1] if len(rows) > 2 else np.nan
    )
    # The booster of a preset without one neither lifts nor turns, so the lines are straight.
    own = slopes[drifting.reindex(slopes.index)].mean()
    others = slopes[~drifting.reindex(slopes.index)].mean()
    assert own - others == pytest.approx(-2.5, abs=OWN_DRIFT_TOLERANCE)
    added = beside_none(networks, "individual drift", "slope")
    assert np.allclose(added, np.where(drifting, -2.5, 0.0), atol=EXACT)
    assert np.allclose(beside_none(networks, "individual drift", "level"), 0.0, atol=EXACT)


def test_new_normal_falls_together_and_closer_with_supervisors_staying_behind(networks):
    _, practitioners, frame, effects = networks["new normal"]
    raters = effects.by_rater.set_index("rater_id")["level"]
    used = usual(frame[~frame["limited"]])
    rest = used["fidelity"] - used["expected"] - used["rater_id"].map(raters)
    time, supervisor = used["quarters"], (used["rater_role"] == "supervisor").astype(float)
    terms = fitted(rest, time, supervisor, supervisor * time)
    # Residuals of 5 at most, 7,300 ratings, time spread over 3.4 quarters, 40% by supervisors.
    assert terms[1] == pytest.approx(0.0, abs=ROLE_GAP_TOLERANCE)
    assert terms[3] == pytest.approx(0.5, abs=ROLE_GAP_TOLERANCE)
    residual = rest - 2.5 * supervisor - 0.5 * supervisor * quarters_since_start(used["rated_on"])
    # The logarithm of a normal residual has a spread of 1.11 around its trend.
    trend = fitted(np.log(np.abs(residual)), time)[1]
    assert trend == pytest.approx(-0.05, abs=RESIDUAL_TREND_TOLERANCE)
    assert effects.by_site["total_slope"].mean() == pytest.approx(-1.2, abs=MEAN_SLOPE_TOLERANCE)
    years = (practitioners["trained_on"] - FIRST_DAY).dt.days.clip(lower=0) / 365.25
    assert (years > 1).any()
    assert np.allclose(beside_none(networks, "new normal", "level"), -2.5 * years, atol=EXACT)


def test_a_trend_of_the_residual_leaves_masters_and_self_ratings_their_spread():
    steady = NetworkParameters(sites=4, session_sd=0.0)
    trend = dataclasses.replace(steady, residual_trend=-0.2)
    before, after = (simulate_growth(each, SEED)[2] for each in (steady, trend))
    same = before["fidelity"] == after["fidelity"]
    others = before["rater_role"].isin(["master", "self"])
    assert same[others].all()
    assert not same[~others & ~before["limited"]].any()


def test_level_falls_with_every_step_down_the_chain_of_trainers(networks):
    _, practitioners, _, effects = networks["generation effect"]
    trainer = dict(zip(practitioners["practitioner_id"], practitioners["trainer_id"], strict=True))

    def steps(person):
        return 1 + steps(trainer[person]) if trainer[person] in trainer else 1

    counted = practitioners["practitioner_id"].map(steps)
    assert (effects.by_practitioner["generation"] == counted).all()
    assert counted.max() >= 3
    added = beside_none(networks, "generation effect", "level")
    assert np.allclose(added, -4.0 * (counted - 1), atol=EXACT)


def test_trainers_inside_were_there_and_trained_before(networks):
    practitioners = people(networks)
    inside = practitioners.merge(
        practitioners, left_on="trainer_id", right_on="practitioner_id", suffixes=("", "_t")
    )
    assert (inside["site_id"] == inside["site_id_t"]).all()
    assert (inside["trained_on_t"] <= inside["hired_on"]).all()
    assert not (inside["left_on_t"] < inside["trained_on"]).any()
    assert (inside["hired_on"] >= FIRST_DAY).all()
    later = (practitioners["hired_on"] >= FIRST_DAY).sum()
    assert len(inside) / later == pytest.approx(0.5, abs=SHARE_TOLERANCE)


def test_with_no_training_inside_only_the_trainers_change():
    some = simulate_growth(NetworkParameters(), SEED)[1]
    none = simulate_growth(NetworkParameters(share_trained_inside=0.0), SEED)[1]
    assert none["trainer_id"].str.startswith("T").all()
    assert 10 < (some["trainer_id"] != none["trainer_id"]).sum() < 50
    pd.testing.assert_frame_equal(some.drop(columns="trainer_id"), none.drop(columns="trainer_id"))


def test_a_booster_lifts_and_turns_the_course_of_its_site(networks):
    frame, effects = networks["recovery after a booster"][2:]
    boosted_on = frame["site_id"].map(effects.by_site.set_index("site_id")["boosted_on"])
    since = ((frame["observed_on"] - boosted_on).dt.days / DAYS_IN_A_QUARTER).to_numpy()
    lift = (frame["expected"] - networks["none"][2]["expected"]).to_numpy()
    lift = lift + 0.6 * frame["quarters"].to_numpy()
    trained_on = people(networks).set_index("practitioner_id")["trained_on"]
    there = (since >= 0) & (frame["practitioner_id"].map(trained_on) < boosted_on).to_numpy()
    assert np.abs(lift[~there]).max() < EXACT, "who came later was not there"
    jump, change = fitted(lift[there], since[there])
    assert (jump, change) == pytest.approx((5.0, 0.5), abs=EXACT)
    share = (effects.by_site["boosted_on"] - FIRST_DAY) / (LAST_DAY - FIRST_DAY)
    assert share.between(0.39, 0.65).all()


def test_supports_are_the_boosters_that_were_drawn():
    parameters = dataclasses.replace(planted("none"), share_of_sites_boosted=0.5)
    effects = simulate_growth(parameters, SEED)[3]
    supports = simulate_supports(effects)
    assert len(supports) == 6
    assert supports["occurred_on"].is_monotonic_increasing
    assert set(supports["kind"]) == {"recertification"}
    drawn = effects.by_site.dropna(subset="boosted_on").set_index("site_id")["boosted_on"]
    assert supports.set_index("site_id")["occurred_on"].to_dict() == drawn.to_dict()


def test_leavers_differ_in_level_and_slope(networks):
    left = people(networks)["left_on"].notna()
    assert left.mean() == pytest.approx(0.25, abs=SHARE_TOLERANCE)
    for column, size in (("level", -6.0), ("slope", -0.8)):
        added = beside_none(networks, "leavers who differ", column)
        assert np.allclose(added, size * left, atol=EXACT)


# --- components ---


@pytest.mark.parametrize("mechanism", ["component erosion", "none"])
def test_components_move_as_planted_and_make_up_the_total(networks, mechanism):
    frame, parameters = networks[mechanism][2], planted(mechanism, "large")
    scores = simulate_components(frame, COMPONENTS, parameters, SEED)
    assert len(scores) == 5 * len(frame)
    wide = scores.pivot(index="observation_id", columns="component", values="fidelity")
    total = frame.set_index("observation_id")["fidelity"].reindex(wide.index)
    assert np.abs(wide.mean(axis=1) - total).max() < EXACT
    assert scores["fidelity"].between(0, 100).all()
    merged = scores.merge(frame[["observation_id", "fidelity", "limited"]], on="observation_id")
    merged = merged[merged["fidelity_y"].between(10, 90)]
    for component, rows in merged.groupby("component"):
        slope = fitted(rows["fidelity_x"] - rows["fidelity_y"], rows["quarters"])[1]
        size = parameters.component_slopes.get(component, 0.0)
        # Own spread 3.6, 7,900 observations, time spread over 3.4 quarters: 0.012.
        assert slope == pytest.approx(size, abs=COMPONENT_TOLERANCE)


def test_components_of_an_instrument_weigh_as_much_as_their_items(networks):
    instrument = load_instruments()["practice_fidelity", "1"]
    fewer = {
        name: item
        for name, item in instrument.items.items()
        if item.component != "follow_up" or item.core
    }
    uneven = instrument.model_copy(update={"items": fewer})
    frame = networks["none"][2].head(300)
    scores = simulate_components(frame, uneven, planted("component erosion"), SEED)
    weight = pd.Series([item.component for item in fewer.values()]).value_counts()
    assert weight.nunique() > 1
    scores["part"] = scores["fidelity"] * scores["component"].map(weight) / weight.sum()
    total = scores.groupby("observation_id")["part"].sum()
    assert np.abs(total - frame.set_index("observation_id")["fidelity"]).max() < EXACT
    first = scores.head(5)
    assert list(first["component"]) == list(instrument.components)
    assert list(first["component_order"]) == [0, 1, 2, 3, 4]
    assert list(first["component_title"]) == [one.title for one in instrument.components.values()]


# --- adaptations ---


@pytest.fixture(scope="module")
def adaptations(networks):
    parameters = dataclasses.replace(
        planted("component erosion", "large"), adaptations_a_practitioner=4.0
    )
    return simulate_adaptations(people(networks), COMPONENTS, parameters, SEED)


def test_adaptations_are_as_many_and_of_the_kinds_declared(networks, adaptations):
    expected = 4.0 * len(people(networks))
    assert len(adaptations) == pytest.approx(expected, abs=3 * expected**0.5)
    assert adaptations["planned"].mean() == pytest.approx(0.35, abs=SHARE_TOLERANCE)
    assert adaptations["site_id"].notna().mean() == pytest.approx(0.15, abs=SHARE_TOLERANCE)
    sure = adaptations[adaptations["fidelity_consistent"] != "unsure"]
    assert 1 - len(sure) / len(adaptations) == pytest.approx(0.15, abs=SHARE_TOLERANCE)
    whole = sure["fidelity_consistent"].eq("yes").groupby(sure["planned"]).mean()
    assert whole[True] == pytest.approx(0.75, abs=SHARE_TOLERANCE)
    assert whole[False] == pytest.approx(0.30, abs=SHARE_TOLERANCE)


def test_components_that_lose_ground_are_adapted_more_often(adaptations):
    # Weights 1 + 4 x 1.2, 1 + 4 x 0.8 and three times 1.
    shares = adaptations["component"].value_counts(normalize=True)
    assert shares["preparation"] == pytest.approx(5.8 / 13, abs=SHARE_TOLERANCE)
    assert shares["follow_up"] == pytest.approx(4.2 / 13, abs=SHARE_TOLERANCE)
    assert shares[["engagement", "reflection", "plan_use"]].max() < 0.12


def test_adaptations_are_noted_in_service_by_someone_who_is_there(networks, adaptations):
    assert adaptations["adaptation_id"].is_unique
    assert adaptations["noted_on"].is_monotonic_increasing
    one = adaptations["practitioner_id"].notna() ^ adaptations["site_id"].notna()
    assert one.all()
    joined = adaptations.dropna(subset="practitioner_id").merge(
        people(networks), on="practitioner_id", how="left", validate="m:1"
    )
    assert (joined["noted_on"] >= joined["trained_on"]).all()
    assert not (joined["noted_on"] > joined["left_on"]).any()
    assert adaptations["noted_on"].between(FIRST_DAY, LAST_DAY).all()


def test_reasons_hold_no_code_and_no_name(adaptations):
    text = adaptations["reason"].drop_duplicates()
    assert len(text) == 11
    assert text.str.fullmatch(r"[a-z' ]+").all()


def test_none_noted_and_none_boosted_hand_in_neither_table(tmp_path):
    nothing = SupportParameters(
        coaching_a_month=0, supervision_a_month=0, trainings_a_year=0, share_recertified=0
    )
    small = NetworkParameters(
        sites=2,
        quarters=2,
        adaptations_a_practitioner=0.0,
        supports=nothing,
        plans=PlanParameters(quarters_recorded=0),
    )
    network = simulate_network(small, seed=1)
    assert list(network.tables) == [
        "sites", "practitioners", "fidelity_responses", "driver_responses",
        "implementation_teams", "team_meetings", "feedback_items", "work_conditions",
        "recognition",
    ]  # fmt: skip
    assert len(network.adaptations) == len(network.supports) == 0
    assert len(write_example(tmp_path, small, seed=1, messy=False).files) == 9


def test_the_example_notes_about_six_adaptations_for_ten_practitioners():
    _, practitioners, _, effects = simulate_growth(NetworkParameters(), 20260930)
    noted = simulate_adaptations(practitioners, COMPONENTS, NetworkParameters(), 20260930)
    assert 0.45 < len(noted) / len(practitioners) < 0.75
    assert effects.by_practitioner["generation"].max() >= 2


@imports_great_expectations
def test_new_tables_keep_to_their_schemas_and_break_no_rule(tmp_path):
    small = NetworkParameters(
        sites=3, quarters=4, share_of_sites_boosted=1.0, adaptations_a_practitioner=2.0
    )
    extracts = {}
    for path in write_example(tmp_path, small, messy=False).files:
        text = read_csv(path, path.name)
        extracts[path.stem] = Extract(path.stem, text.frame, text.source, text.fingerprint)
    schemas = load_schemas()
    supports = conform(extracts["supports"], schemas["supports"])
    adaptations = conform(extracts["adaptations"], schemas["adaptations"])
    assert supports["support_id"].str.startswith("B").sum() == 3
    assert supports["minutes"].dtype == "float64"
    assert adaptations["planned"].dtype == "boolean"
    assert adaptations["noted_on"].notna().all()
    report = check(list(extracts.values()), schemas, load_instruments(), dt.date(2026, 10, 1))
    assert report.accounting["set_aside"].sum() == 0
    mine = report.rules[report.rules["table"].isin(["supports", "adaptations"])]
    assert len(mine) > 10
    assert set(mine["status"]) <= {"passed", "not applicable"}
