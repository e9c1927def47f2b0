"""A small sample of the long studies, so that a change that breaks what they found is seen.

The studies themselves run by `make studies`; their tables are under docs/methods.
"""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench import terms

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
# Six small networks: about 50 sites and 340 practitioners whose intervals go together. At a
# coverage of 95% a share below this comes up in less than one sample in a thousand.
LEAST_COVERED = 0.85
MOST_WRONG = 0.05
POWER_WITH_SIX = 0.80


def study(name):
    """Module of a benchmark script."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def test_slopes_are_covered_and_states_hardly_ever_wrong():
    direction = study("direction_study")
    size = next(iter(direction.SIZES))
    judged = pd.concat([direction.study_one(size, seed) for seed in range(6)])
    for level in ("site", "team", "practitioner"):
        mine = judged[judged["level"] == level]
        assert mine["covers"].astype(float).mean() >= LEAST_COVERED, level
        assert mine["wrong"].mean() <= MOST_WRONG, level


def test_drift_is_named_with_power_and_left_open_without():
    direction = study("direction_study")
    named = {}
    for each in (1, 6):
        frame, drifting = direction.planted_network(0, each)
        table = direction.direction_of(frame, 8.0)["practitioner"].set_index("practitioner_id")
        states = table.loc[drifting.index[drifting], "state"]
        named[each] = (states == terms.DRIFTING).mean()
        assert states.isin([terms.DRIFTING, terms.NOT_ENOUGH_EVIDENCE]).all()
    assert named[6] >= POWER_WITH_SIX > named[1]
    alone, drawn = direction.expected_power(6)
    assert alone > drawn > POWER_WITH_SIX


@pytest.mark.parametrize(
    ("planted", "named"),
    [
        ("none", []),
        (terms.RATER_DRIFT, [terms.RATER_DRIFT]),
        (terms.NEW_NORMAL, [terms.NEW_NORMAL]),
        (terms.COMPONENT_EROSION, [terms.COMPONENT_EROSION]),
    ],
)
def test_a_kind_of_drift_is_named_as_itself(planted, named):
    found = study("drift_kinds_study").analyse(planted, "medium", seed=5000)
    assert found["named"] == named
    assert found["network"] != terms.DRIFTING or planted == terms.NEW_NORMAL


def test_without_anchors_the_ruler_is_not_identifiable():
    found = study("drift_kinds_study").analyse(terms.RATER_DRIFT, "small", seed=1, anchors=False)
    assert {terms.RATER_DRIFT, terms.NEW_NORMAL} <= set(found["open"])
    assert not {terms.RATER_DRIFT, terms.NEW_NORMAL} & set(found["named"])


def test_a_planted_tie_of_a_driver_is_covered():
    ties = study("driver_ties_study")
    found = pd.DataFrame([ties.study_one(seed, "planted-shocks") for seed in range(6)])
    assert found["usable"].all()
    assert found["covered"].sum() >= 4  # under 95% coverage, fewer come up 2 times in 1,000
    assert abs(found["estimate"].mean() - ties.EFFECT) < 0.5


def test_a_planted_dose_is_covered_though_coaching_goes_to_those_who_struggle():
    dose = study("dose_study")
    kind = dose.KINDS["planted-indication"]
    found = pd.DataFrame([dose.study_one(seed, "planted-indication") for seed in range(6)])
    assert found["covered"].sum() >= 4  # under 95% coverage, fewer come up 2 times in 1,000
    assert abs(found["estimate"].mean() - kind.effect) < 0.3
    assert (found["naive"] < found["estimate"]).all()


def test_carried_plans_are_told_and_owned_ones_are_not():
    dependence = study("dependence_study")
    none = pd.DataFrame([dependence.study_one(seed, "none") for seed in range(3)])
    carried = pd.DataFrame([dependence.study_one(seed, "carried") for seed in range(3)])
    assert none["any flag"].sum() <= 1  # at 5% each, two of three come up 7 times in 1,000
    assert carried["planted sites flagged"].mean() >= 0.8
    assert not carried["other sites flagged"].any()


def test_what_is_done_by_when_is_covered():
    through = study("follow_through_study")
    found = pd.DataFrame([through.study_one(seed, "fading") for seed in range(3)])
    covered = found.filter(regex="covered|covers").astype(float)
    assert covered.shape[1] > 0
    assert covered.mean(axis=None) >= LEAST_COVERED


def test_a_persons_ownership_that_falls_is_named_and_one_that_holds_is_not():
    ownership = study("ownership_study")
    found = {kind: ownership.study_one(1, kind) for kind in ("owned", "decay")}
    assert found["decay"]["found falling"] > 0.4 * found["decay"]["truly falling"] > 0
    assert found["owned"]["named falling"] == 0


def test_the_planner_judges_as_the_whole_analysis_does():
    power = study("power_study")
    kind = power.KINDS["network-sparse"]
    frames = [power.simulate(seed, kind) for seed in range(4)]
    named = [power.is_named(frame, kind) for frame in frames]
    assert named == [power.whole_analysis(frame, kind) for frame in frames]
    known = [power.by_known_spreads(frame, kind) for frame in frames]
    assert sum(one == rule for one, (rule, _) in zip(named, known, strict=True)) >= 3
    assert all(0.5 < chance < 1 for _, chance in known)
