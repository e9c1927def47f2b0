"""The example network against the numbers it was made from, and its mess against the rules."""

import datetime as dt
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from workbench.data.extracts import Extract
from workbench.data.instruments import load_instruments
from workbench.data.quality import check
from workbench.data.readers import read_csv
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import (
    NetworkParameters,
    PlantedSite,
    simulate_growth,
    simulate_network,
    spoil,
    write_example,
)
from workbench.data.synthetic_items import item_responses, share_out
from workbench.errors import ParameterError

ROOT = Path(__file__).parents[1]
AFTER_THE_LAST_DAY = dt.date(2026, 10, 1)

EXACT = 1e-9
LEVEL_TOLERANCE = 0.6  # about 3 standard errors of a mean of 1,800 residuals and the line's level
SLOPE_TOLERANCE = 0.08
ROLE_TOLERANCE = 0.8  # about 3 standard errors with 700 ratings by supervisors
RESIDUAL_TOLERANCE = 0.3
SHARE_TOLERANCE = 0.03
LARGE_NETWORK_RELATIVE_TOLERANCE = 0.15
COMPONENT_SLOPE_TOLERANCE = 0.08
DRIVER_TOLERANCE = 3.0  # percent of full points, mean over sites and drivers
PLANTED_ROWS = (40, 70)
UNCHANGED = {
    "sites": "29cbe41f0cfe0a4aaa122056065e41805a1fbba3415f18dc835425e03232f9ec",
    "practitioners": "a37682ef3da2acc89068b5bb65c3852e99deef9feacb5f4446220ebb0687191c",
    "fidelity_responses": "773f4f13ff886f78d6e8f290666d2bcec54c8e33a87b0d8f2ec1158150ade5dc",
    "driver_responses": "be1dd3faebf0ecab7c4de6ac60d181e6b98050bf1b099e05d17a3818cac8ff93",
}
"""SHA-256 of the clean tables as text; practitioners without trainer_id."""

# Rows that are as the simulation means them, and still worth a note.
NOTES = {"DR10", "DR15", "FR16", "FR25", "FR27", "FR28", "OR09", "PA11", "PR13"}
# Great Expectations imports a module of the standard library that is deprecated.
imports_great_expectations = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def network():
    return simulate_network()


@pytest.fixture(scope="module")
def observed(network):
    """Ratings by independent raters and supervisors with the effects that were drawn."""
    frame = network.observations[
        network.observations["rater_role"].isin(["independent", "supervisor"])
    ]
    effects = network.truth["effects"]
    frame = frame.merge(effects.by_site, on="site_id")
    frame = frame.merge(effects.by_practitioner, on="practitioner_id", suffixes=("_s", "_p"))
    return frame.merge(effects.by_rater[["rater_id", "level"]], on="rater_id")


@pytest.fixture(scope="module")
def scored(network):
    """Percent of every item by the instrument's file, read and scored here on its own."""
    path = ROOT / "data/schemas/instruments/practice_fidelity_v1.yml"
    items = pd.DataFrame(yaml.safe_load(path.read_text(encoding="utf-8"))["items"]).T
    frame = network.fidelity_responses[["observation_id", "item_id", "response"]].copy()
    turned = frame["item_id"].map(items["reversed"]).eq(True)
    number = pd.to_numeric(frame["response"], errors="coerce")
    frame["percent"] = number.where(~turned, 4 - number) / 4 * 100
    frame["component"] = frame["item_id"].map(items["component"])
    return frame


def digests(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "data" / "raw").iterdir())
    }


def test_same_seed_gives_same_bytes_in_another_process(tmp_path):
    write_example(tmp_path / "here")
    program = (
        "import sys; from pathlib import Path; from workbench.data.synthetic import write_example; "
        "write_example(Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT / "src")}
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "there")], check=True, env=environment
    )
    assert digests(tmp_path / "here") == digests(tmp_path / "there")
    assert len(digests(tmp_path / "here")) == 17


def test_example_stays_what_it_was_before_kinds_of_drift_could_be_planted(network):
    """References and pictures rest on these bytes; only who trained whom was added since."""
    held = {**network.tables}
    held["practitioners"] = held["practitioners"].drop(columns="trainer_id")
    for name, digest in UNCHANGED.items():
        written = held[name].to_csv(index=False, lineterminator="\n").encode()
        assert hashlib.sha256(written).hexdigest() == digest, name


def test_another_seed_gives_another_network(tmp_path):
    small = NetworkParameters(sites=2, quarters=2)
    write_example(tmp_path / "one", small, seed=1, messy=False)
    write_example(tmp_path / "two", small, seed=2, messy=False)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert all(one[name] != two[name] for name in one)


def test_written_files_are_plain_utf8(tmp_path):
    example = write_example(tmp_path)
    content = (tmp_path / "data" / "raw" / "sites.csv").read_bytes()
    assert "Peña Blanca" in content.decode("utf-8")
    assert b"\r" not in content
    assert [path.stem for path in example.files] == list(example.network.tables)


def test_sites_are_as_declared(network):
    assert list(network.sites["site_id"]) == [f"{number:03d}" for number in range(1, 13)]
    assert network.sites["region_id"].nunique() == 3
    for sign in ("'", "&", "ñ"):
        assert network.sites["site_name"].str.contains(sign).sum() == 1


def test_practitioners_are_as_declared(network):
    people = network.practitioners
    sizes = people.groupby("site_id").size()
    assert sizes.between(9, 16).all()
    assert 130 <= len(people) <= 170
    assert (people.groupby("site_id")["supervisor_id"].nunique() == 2).all()
    assert (people.groupby("supervisor_id")["site_id"].nunique() == 1).all()
    assert (people["hired_on"] > "2023-10-01").any()
    assert 5 < people["left_on"].notna().sum() < 40


def test_observations_lie_in_service_and_in_the_twelve_quarters(network):
    frame = network.observations.merge(
        network.practitioners[["practitioner_id", "trained_on", "left_on"]], on="practitioner_id"
    )
    assert frame["observed_on"].min() >= pd.Timestamp("2023-10-01")
    assert frame["observed_on"].max() < pd.Timestamp("2026-10-01")
    assert (frame["observed_on"] > pd.to_datetime(frame["trained_on"])).all()
    assert not (frame["observed_on"] > pd.to_datetime(frame["left_on"])).any()
    days = (frame["rated_on"] - frame["observed_on"]).dt.days
    assert days.between(0, 10).all()


def test_each_independent_rater_serves_one_site(network):
    frame = network.observations[network.observations["rater_role"] == "independent"]
    assert (frame.groupby("rater_id")["site_id"].nunique() == 1).all()
    assert (frame.groupby("site_id")["rater_id"].nunique() == 2).all()


def test_supervisors_rate_their_own_people_and_self_raters_themselves(network):
    frame = network.observations
    supervised = frame[frame["rater_role"] == "supervisor"]
    own = frame[frame["rater_role"] == "self"]
    assert (supervised["rater_id"] == supervised["supervisor_id"]).all()
    assert (own["rater_id"] == own["practitioner_id"]).all()
    share = len(supervised) / frame["rater_role"].isin(["independent", "supervisor"]).sum()
    assert share == pytest.approx(0.40, abs=SHARE_TOLERANCE)


def test_master_codes_score_a_session_that_an_independent_rater_saw(network):
    frame = network.observations.set_index("observation_id")
    master = frame[frame["rater_role"] == "master"]
    first = frame.loc[master["double_codes"]]
    assert (first["rater_role"] == "independent").all()
    assert (first["practitioner_id"].to_numpy() == master["practitioner_id"].to_numpy()).all()
    assert (first["observed_on"].to_numpy() == master["observed_on"].to_numpy()).all()
    assert master["double_codes"].is_unique
    assert master["rater_id"].nunique() == 2
    share = len(master) / (frame["rater_role"] == "independent").sum()
    assert share == pytest.approx(0.08, abs=SHARE_TOLERANCE)


def test_missing_share_is_what_was_asked():
    counts = {}
    for share in (0.0, 0.12):
        _, _, frame, _ = simulate_growth(NetworkParameters(share_missing=share), seed=5)
        counts[share] = frame["rater_role"].isin(["independent", "supervisor"]).sum()
    assert counts[0.12] / counts[0.0] == pytest.approx(0.88, abs=SHARE_TOLERANCE)


def test_expected_fidelity_is_the_sum_of_its_parts(observed):
    days = (observed["observed_on"] - pd.Timestamp("2023-10-01")).dt.days
    by_hand = (
        74.0
        + observed["level_s"]
        + observed["level_p"]
        + (-0.40 + observed["slope_s"] + observed["slope_p"]) * days / 91.3125
    )
    assert np.abs(observed["expected"] - by_hand).max() < EXACT


def test_level_slope_and_role_are_recovered_when_the_drawn_effects_are_taken_off(observed):
    rest = (
        observed["fidelity"]
        - observed["level_s"]
        - observed["level_p"]
        - observed["level"]
        - (observed["slope_s"] + observed["slope_p"]) * observed["quarters"]
    )
    supervisor = observed["rater_role"].eq("supervisor").to_numpy(dtype=float)
    design = np.column_stack([np.ones(len(rest)), observed["quarters"], supervisor])
    (level, slope, role), *_ = np.linalg.lstsq(design, rest.to_numpy(), rcond=None)
    assert level == pytest.approx(74.0, abs=LEVEL_TOLERANCE)
    assert slope == pytest.approx(-0.40, abs=SLOPE_TOLERANCE)
    assert role == pytest.approx(2.5, abs=ROLE_TOLERANCE)
    residual = rest - design @ np.array([level, slope, role])
    assert residual.std() == pytest.approx(5.0, abs=RESIDUAL_TOLERANCE)


def test_double_codes_share_the_session_and_nothing_else(network):
    frame = network.observations.merge(
        network.truth["effects"].by_rater[["rater_id", "level"]], on="rater_id", how="left"
    ).set_index("observation_id")
    master = frame[frame["rater_role"] == "master"]
    first = frame.loc[master["double_codes"]]
    gap = (first["fidelity"] - first["level"]).to_numpy() - (
        master["fidelity"] - master["level"]
    ).to_numpy()
    # Scoring alone: the root of 3^2 + 2^2; with sessions apart it would be 6.7.
    assert np.std(gap) == pytest.approx(13**0.5, abs=3 * 13**0.5 / (2 * len(gap)) ** 0.5)


def test_spreads_of_a_large_network_without_planted_sites():
    parameters = NetworkParameters(sites=400, planted_sites=(), quarters=2)
    *_, effects = simulate_growth(parameters, seed=3)
    site, person = effects.by_site, effects.by_practitioner
    relative = LARGE_NETWORK_RELATIVE_TOLERANCE
    assert site["level"].std() == pytest.approx(4.0, rel=relative)
    assert site["slope"].std() == pytest.approx(0.45, rel=relative)
    assert site["level"].corr(site["slope"]) == pytest.approx(0.2, abs=relative)
    assert person["level"].std() == pytest.approx(5.0, rel=relative)
    assert person["slope"].std() == pytest.approx(0.55, rel=relative)
    assert person["level"].corr(person["slope"]) == pytest.approx(0.0, abs=relative)
    drawn = effects.by_rater[effects.by_rater["rater_role"] != "master"]
    assert drawn["level"].std() == pytest.approx(1.5, rel=relative)


def test_planted_sites_move_as_they_were_told(network):
    by_site = network.truth["effects"].by_site.set_index("site_id")
    assert list(by_site.index[by_site["planted"]]) == ["004", "007", "010"]
    assert by_site.loc[["004", "007", "010"], "total_slope"].tolist() == pytest.approx(
        [1.3, -1.5, -1.3]
    )
    others = by_site[~by_site["planted"]]
    assert others["total_slope"].between(-1.0, 1.0).all()


def test_planted_sites_outside_a_small_network_are_left_out():
    parameters = NetworkParameters(sites=3, quarters=2, planted_sites=(PlantedSite(7, 0.0, -2.0),))
    *_, effects = simulate_growth(parameters, seed=1)
    assert not effects.by_site["planted"].any()


def test_scores_from_items_are_the_planted_scores(network, scored):
    by_observation = scored.groupby("observation_id")["percent"].agg(["mean", "count"])
    planted = network.observations.set_index("observation_id")["fidelity"]
    half_a_point = 100 / (4 * by_observation["count"]) / 2
    gap = (by_observation["mean"] - planted).abs()
    assert (gap <= half_a_point + EXACT).all()
    assert (by_observation["count"] >= 20).all()


def test_components_drift_apart_as_planted(network, scored):
    means = scored.groupby(["observation_id", "component"])["percent"].mean().reset_index()
    means = means.merge(network.observations, on="observation_id")
    planted = network.truth["parameters"]["component_slopes"]
    assert sum(planted.values()) == pytest.approx(0.0, abs=EXACT)
    for component, rows in means.groupby("component"):
        beside_total = rows["percent"] - rows["fidelity"]
        slope = np.polyfit(rows["quarters"], beside_total, 1)[0]
        assert slope == pytest.approx(planted[component], abs=COMPONENT_SLOPE_TOLERANCE)


def test_responses_are_legal_and_shares_left_out_are_as_declared(network):
    responses = network.fidelity_responses["response"]
    assert set(responses.dropna()) == {"0", "1", "2", "3", "4", "na"}
    assert responses.eq("na").mean() == pytest.approx(0.03, abs=0.003)
    assert responses.isna().mean() == pytest.approx(0.01, abs=0.002)
    sizes = network.fidelity_responses.groupby("observation_id").size()
    assert (sizes == 25).all()


def test_share_out_is_exact_and_is_rounding_where_rounding_adds_up():
    random = np.random.default_rng(4)
    wanted = random.uniform(-2, 6, (500, 7))
    capacity = random.integers(0, 5, (500, 7))
    total = random.integers(0, capacity.sum(axis=1) + 1)
    given = share_out(wanted, capacity, total)
    assert (given.sum(axis=1) == total).all()
    assert ((given >= 0) & (given <= capacity)).all()
    rounded = np.clip(np.rint(wanted), 0, capacity).astype(int)
    assert (share_out(wanted, capacity, rounded.sum(axis=1)) == rounded).all()


def test_items_of_unequal_weight_are_refused(network):
    instrument = load_instruments()["practice_fidelity", "1"]
    name, item = next(iter(instrument.items.items()))
    heavier = {**instrument.items, name: item.model_copy(update={"weight": 2.0})}
    uneven = instrument.model_copy(update={"items": heavier})
    with pytest.raises(ParameterError, match="equal weight"):
        item_responses(network.observations, uneven, NetworkParameters(), np.random.default_rng(1))


def test_driver_assessments_are_as_declared(network):
    frame = network.driver_responses
    assert frame["assessment_id"].nunique() == 12 * 6 + 9
    assert (frame["assessed_on"] < "2023-10-01").groupby(frame["assessment_id"]).first().sum() == 9
    assert (frame.groupby("assessment_id")["assessed_on"].nunique() == 1).all()
    assert set(frame["response"].dropna()) == {"0", "1", "2", "na"}
    asked = frame.drop_duplicates(["assessment_id", "respondent_id"])
    by_role = asked.groupby(["assessment_id", "respondent_role"]).size().unstack()
    assert by_role["practitioner"].between(3, 16).all()
    assert by_role["supervisor"].between(1, 2).all()
    assert (by_role[["manager", "leader"]] == 1).all(axis=None)


def test_driver_answers_follow_the_planted_levels_and_roles(network):
    drivers = load_instruments()["driver_assessment", "1"].item_table()
    frame = network.driver_responses.assign(
        percent=pd.to_numeric(network.driver_responses["response"], errors="coerce") / 2 * 100
    ).merge(drivers[["item_id", "component"]], on="item_id")
    mine = frame[frame["respondent_role"] == "practitioner"]
    seen = mine.groupby(["site_id", "component"])["percent"].mean()
    items = network.truth["driver_items"].merge(drivers[["item_id", "component"]], on="item_id")
    levels = network.truth["driver_levels"].set_index(["site_id", "driver"])["level"]
    planted = levels + items.groupby("component")["difficulty"].mean().reindex(
        levels.index, level="driver"
    )
    gap = seen - planted.rename_axis(["site_id", "component"])
    assert gap.abs().mean() < DRIVER_TOLERANCE
    by_role = frame.groupby("respondent_role")["percent"].mean()
    assert by_role["leader"] - by_role["practitioner"] == pytest.approx(12, abs=DRIVER_TOLERANCE)


def test_sites_whose_fidelity_falls_have_less_coaching_and_administration(network):
    slopes = network.truth["effects"].by_site.set_index("site_id")["total_slope"]
    levels = network.truth["driver_levels"].pivot(index="site_id", columns="driver", values="level")
    for driver in ("coaching", "facilitative_administration"):
        assert levels[driver].corr(slopes) > 0.7
        assert levels.loc[["007", "010"], driver].max() < 50 < levels.loc["004", driver]


def test_mess_leaves_every_other_row_as_it_was(network):
    spoiled, planted = spoil(network)
    assert PLANTED_ROWS[0] <= planted["rows"].sum() <= PLANTED_ROWS[1]
    assert (planted["rows"] == planted["row_numbers"].map(len)).all()
    for table, clean in network.tables.items():
        numbers = planted.loc[planted["table"] == table, "row_numbers"].explode().astype(int)
        assert numbers.is_unique
        left = spoiled[table].drop(index=numbers - 2)
        merged = left.merge(clean.drop_duplicates(), how="left", indicator=True)
        assert (merged["_merge"] == "both").all()
        assert len(clean) - len(left) <= len(numbers)


@imports_great_expectations
def test_every_messy_row_is_caught_by_exactly_one_rule(tmp_path):
    example = write_example(tmp_path)
    extracts = []
    for path in example.files:
        text = read_csv(path, path.name)
        extracts.append(Extract(path.stem, text.frame, text.source, text.fingerprint))
    report = check(extracts, load_schemas(), load_instruments(), AFTER_THE_LAST_DAY)
    found = {
        key: tuple(sorted(rows)) for key, rows in
        report.reasons.groupby(["table", "rule_id"])["source_row"]
    }  # fmt: skip
    planted = {
        (row["table"], row["rule_id"]): row["row_numbers"]
        for row in example.planted.to_dict("records")
    }
    assert found == planted
    assert report.accounting["set_aside"].sum() == example.planted["rows"].sum()
    notes = report.rules[(report.rules["severity"] == "info") & (report.rules["rows_failed"] > 0)]
    assert set(notes["rule_id"]) <= NOTES
    report.require_usable()


@imports_great_expectations
def test_a_clean_network_passes_every_rule(tmp_path):
    small = NetworkParameters(sites=3, quarters=4)
    example = write_example(tmp_path, small, messy=False)
    extracts = []
    for path in example.files:
        text = read_csv(path, path.name)
        extracts.append(Extract(path.stem, text.frame, text.source, text.fingerprint))
    report = check(extracts, load_schemas(), load_instruments(), AFTER_THE_LAST_DAY)
    assert len(example.planted) == 0
    assert report.accounting["set_aside"].sum() == 0
    broken = report.rules[report.rules["status"].isin(["failed", "error"])]
    assert set(broken["severity"]) <= {"info"}
    assert set(broken["rule_id"]) <= NOTES


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("share_missing", 1.2),
        ("rater_sd", -1.0),
        ("sites", 0),
        ("most_practitioners", 3),
        ("site_correlation", 1.5),
        ("share_drifting", 1.1),
        ("share_of_sites_boosted", -0.1),
        ("rater_slope_sd", -0.2),
        ("adaptations_a_practitioner", -1.0),
    ],
)
def test_impossible_parameters_are_refused_by_name(entry, value):
    with pytest.raises(ParameterError, match=entry):
        NetworkParameters(**{entry: value})
