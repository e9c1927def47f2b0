"""Generations of training: the chain by hand, the model against R, and losses that were planted."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench import terms
from workbench.analysis.generations import COLUMNS, generations, with_generations
from workbench.analysis.generations_chain import (
    LOOP,
    NO_START,
    NO_TRAINER,
    generation_of,
    trainer_chain,
)
from workbench.analysis.generations_findings import generations_findings
from workbench.data.synthetic import NetworkParameters, simulate_growth
from workbench.quarters import quarter_labels
from workbench.settings import Thresholds

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "course_shapes.json").read_text(encoding="utf-8"))["generations"]
RELATIVE = 1e-5  # estimates
EDGE = 2e-3  # points, ends of intervals
P_VALUE = 1e-4  # relative

THRESHOLDS = Thresholds()
GROWN = NetworkParameters(planted_sites=(), sites=8, quarters=8)
LOSS = -4.0
LATER = -2.0  # points a year of later training
SEEDS = range(40, 46)
# Of six 95% intervals, three or more leave out what they should hold in 1 of 400 tries.
FEWEST_COVERED = 4


def reference_network():
    spec = importlib.util.spec_from_file_location("course_shapes", FOLDER / "course_shapes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.network()


def observed(seed):
    """A network in which a third learnt from colleagues, and each step lost some points."""
    _, people, frame, _ = simulate_growth(GROWN, seed)
    frame = frame[frame["rater_role"].isin(["independent", "supervisor"])].reset_index(drop=True)
    frame = frame.assign(quarter=quarter_labels(frame["observed_on"]))
    random = np.random.default_rng(seed)
    generation = random.choice([1, 2, 3], len(people), p=[0.5, 0.3, 0.2])
    first, second = (people["practitioner_id"][generation == one].to_numpy() for one in (1, 2))
    trainer = np.where(
        generation == 1,
        "T01",
        np.where(
            generation == 2, random.choice(first, len(people)), random.choice(second, len(people))
        ),
    )
    people = people.assign(trainer_id=pd.Series(trainer, dtype="str"))
    return frame, people, dict(zip(people["practitioner_id"], generation, strict=True))


def planted(frame, people, generation, later=0.0):
    step = frame["practitioner_id"].map(generation) - 1
    trained = people.set_index("practitioner_id")["trained_on"]
    years = (frame["practitioner_id"].map(trained) - pd.Timestamp(GROWN.first_day)).dt.days / 365.25
    return frame.assign(fidelity=frame["fidelity"] + LOSS * step + later * years.clip(lower=0))


@pytest.fixture(scope="module")
def network():
    return observed(3)


@pytest.fixture(scope="module")
def handed_down(network):
    return generations(planted(*network), network[1], 8.0, THRESHOLDS)


# --- the chain ---


def test_steps_are_counted_and_broken_chains_are_unknown():
    trainer_of = {
        "a": "T1", "b": "a", "c": "b", "d": "a",
        "e": None, "f": "e", "g": "f",
        "h": "h", "i": "k", "j": "i", "k": "j", "l": "k",
    }  # fmt: skip
    people = pd.DataFrame({"practitioner_id": list(trainer_of), "trainer_id": trainer_of.values()})
    chain = trainer_chain(people)
    known = chain["generation"].dropna().to_dict()
    assert known == {"a": 1, "b": 2, "c": 3, "d": 2}
    why = chain["why_unknown"]
    assert (why[["a", "b", "c", "d"]] == "").all()
    assert why["e"] == NO_TRAINER
    assert set(why[["f", "g"]]) == {NO_START}
    assert set(why[["h", "i", "j", "k", "l"]]) == {LOOP}
    assert generation_of(people).equals(chain["generation"])


def test_without_trainers_no_generation_is_known():
    people = pd.DataFrame({"practitioner_id": ["a", "b"]})
    assert generation_of(people).isna().all()
    assert generation_of(people.iloc[:0]).empty


def test_the_chain_of_a_simulated_network_is_the_one_that_was_drawn(network):
    _, people, generation = network
    assert generation_of(people).astype(int).to_dict() == generation


# --- against R ---


def test_the_changes_are_those_of_lmer_test():
    frame, practitioners, _ = reference_network()
    result = generations(frame, practitioners, 8.0, THRESHOLDS)
    rows = result.by_generation.set_index("generation")
    ours = {
        "step": (result.test.estimate, result.test.conf_low, result.test.conf_high),
        "second": tuple(rows.loc[2, ["difference", "conf_low", "conf_high"]]),
        "third": tuple(rows.loc[3, ["difference", "conf_low", "conf_high"]]),
    }
    for name, (estimate, low, high) in ours.items():
        found = REFERENCE[name]
        reach = stats.t.ppf(0.975, found["df"]) * found["std_error"]
        assert estimate == pytest.approx(found["estimate"], rel=RELATIVE), name
        assert low == pytest.approx(found["estimate"] - reach, abs=EDGE), name
        assert high == pytest.approx(found["estimate"] + reach, abs=EDGE), name
    assert result.test.p_value == pytest.approx(REFERENCE["step"]["p_value"], rel=P_VALUE)
    plain = REFERENCE["step_not_held_equal"]["estimate"]
    assert result.unadjusted == pytest.approx(plain, rel=RELATIVE)
    assert list(rows["n_practitioners"]) == [36, 24, 24]


# --- what was planted ---


def test_a_planted_loss_is_found(handed_down):
    test = handed_down.test
    assert test.mechanism == terms.GENERATION_EFFECT
    assert test.reason == ""
    assert test.in_its_direction
    assert test.p_value < 0.001
    assert test.conf_low < LOSS < test.conf_high
    assert handed_down.adjusted
    table = handed_down.tables()["generations"]
    assert list(table.columns) == COLUMNS
    assert list(table["generation"]) == [1, 2, 3]
    assert table["difference"].iloc[0] == 0
    for generation, row in table.set_index("generation").iloc[1:].iterrows():
        assert row["conf_low"] < LOSS * (generation - 1) < row["conf_high"]
    assert table["n_practitioners"].sum() == test.n_practitioners


def test_intervals_hold_what_was_planted():
    covered = 0
    for seed in SEEDS:
        drawn = observed(seed)
        test = generations(planted(*drawn), drawn[1], 8.0, THRESHOLDS).test
        covered += test.conf_low <= LOSS <= test.conf_high
    assert covered >= FEWEST_COVERED


def test_those_trained_later_are_not_taken_for_a_later_generation(network):
    """Later training lowers fidelity here and later generations were trained later."""
    frame, people, generation = network
    late = {}
    start = pd.Timestamp(GROWN.first_day)
    for person, trained in zip(people["practitioner_id"], people["trained_on"], strict=True):
        late[person] = 2 if trained > start and generation[person] > 1 else 1
    trainer = people["practitioner_id"].map(late).map({1: "T01", 2: ""})
    teacher = people.loc[people["practitioner_id"].map(late) == 1, "practitioner_id"].iloc[0]
    people = people.assign(trainer_id=trainer.where(trainer != "", teacher))
    years = (people["trained_on"] - start).dt.days.clip(lower=0) / 365.25
    by_person = dict(zip(people["practitioner_id"], 3 * LATER * years, strict=True))
    frame = frame.assign(fidelity=frame["fidelity"] + frame["practitioner_id"].map(by_person))
    result = generations(frame, people, 8.0, THRESHOLDS)
    assert result.adjusted
    assert result.unadjusted < -3
    assert result.test.conf_low < 0 < result.test.conf_high
    (found,) = generations_findings(result)
    assert "without holding the training date equal" in found.statement


# --- words and thin data ---


def test_the_finding_says_who_was_left_out(network):
    frame, people, generation = network
    trainer = people["trainer_id"].copy()
    trainer.iloc[[0, 1]] = None
    known = people.assign(trainer_id=trainer)
    result = generations(planted(frame, people, generation), known, 8.0, THRESHOLDS)
    chain = trainer_chain(known)
    unknown = chain[chain["generation"].isna()]
    seen = unknown[unknown.index.isin(frame["practitioner_id"])]
    assert sum(result.left_out.values()) == len(seen) >= 2
    (found,) = generations_findings(result)
    assert found.id == "drift.generations"
    assert found.statement.startswith("Later generations of training stand lower")
    assert f"{len(seen)} practitioners are left out" in found.statement
    assert NO_TRAINER in found.statement


def test_unknown_training_dates_are_told_or_bounded(network):
    frame, people, _ = network
    undated = people.drop(columns="trained_on")
    result = generations(frame, undated, 8.0, THRESHOLDS)
    assert not result.adjusted
    assert np.isfinite(result.test.estimate)
    (found,) = generations_findings(result)
    assert "could not be held equal" in found.statement
    # One date unknown: that practitioner counts as trained by the first observation.
    some = people.assign(trained_on=people["trained_on"].where(people.index != 5))
    known, _ = with_generations(frame, some, trainer_chain(some))
    who = known[known["practitioner_id"] == people["practitioner_id"].iloc[5]]
    assert who["years_trained_later"].to_numpy() == pytest.approx(who["quarters"].min() / 4)


def test_thin_data_give_a_reason(network):
    frame, people, _ = network
    for used, known, reason in (
        (frame, people.drop(columns="trainer_id"), "nobody who was observed"),
        (frame, people.assign(trainer_id="T01"), "1 generation of training has"),
        (frame.iloc[:0], people, "nobody who was observed"),
        (frame[frame["quarters"] < 2], people, "a course needs three"),
    ):
        result = generations(used, known, 8.0, THRESHOLDS)
        assert reason in result.test.reason
        assert np.isnan(result.test.estimate)
        assert list(result.tables()["generations"].columns) == COLUMNS
        assert generations_findings(result)[0].status == terms.NOT_ESTIMABLE
