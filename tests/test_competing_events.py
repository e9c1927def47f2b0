"""Cumulative incidence against R's cmprsk and survival, Kaplan and Meier, and by simulation."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from workbench.errors import ParameterError
from workbench.models.competing_events import (
    FEW_CLUSTERS,
    NO_EVENTS,
    NOBODY,
    NONE_YET,
    STEP_COLUMNS,
    TOO_LATE,
    cumulative_incidence,
)
from workbench.models.survival import kaplan_meier

RS = 1e-10
EXACT = 1e-12
EXAMPLES = 40
SETS = 150
COVERAGE = (0.90, 0.99)  # 95% and 2.8 standard errors of 150 sets

FOLDER = Path(__file__).parent / "reference"
REFERENCE = json.loads((FOLDER / "competing_events.json").read_text(encoding="utf-8"))

subjects = some.lists(
    some.tuples(some.integers(0, 9), some.sampled_from(["", "done", "closed"])),
    min_size=1,
    max_size=25,
)


def frame_of(pairs):
    return pd.DataFrame(pairs, columns=["time", "event"]).astype({"time": float, "event": "str"})


def curves_of(pairs, **more):
    frame = frame_of(pairs)
    return cumulative_incidence(frame["time"], frame["event"], **more)


def reference(name):
    made = REFERENCE[name]
    time, event = pd.Series(made["time"], dtype=float), pd.Series(made["event"], dtype="str")
    return time, event, pd.Series(made["group"]), pd.DataFrame(made["curves"])


@pytest.mark.parametrize("name", REFERENCE)
def test_the_curves_and_their_errors_are_those_of_cmprsk(name):
    time, event, _, expected = reference(name)
    found = cumulative_incidence(time, event).steps
    assert found["kind"].tolist() == expected["kind"].tolist()
    for column in ("time", "at_risk", "incidence", "std_error"):
        np.testing.assert_allclose(found[column], expected[column].astype(float), atol=RS, rtol=RS)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_robust_errors_are_those_of_survival(name):
    time, event, group, expected = reference(name)
    alone = cumulative_incidence(time, event).steps
    together = cumulative_incidence(time, event, group).steps
    np.testing.assert_allclose(alone["incidence"], expected["incidence_again"], atol=RS)
    np.testing.assert_allclose(alone["robust_error"], expected["robust"], atol=RS)
    np.testing.assert_allclose(together["robust_error"], expected["clustered"], atol=RS)


@settings(max_examples=EXAMPLES, deadline=None)
@given(some.lists(some.tuples(some.integers(0, 9), some.booleans()), min_size=1, max_size=25))
def test_one_kind_of_event_is_kaplan_and_meier(pairs):
    frame = pd.DataFrame(pairs, columns=["time", "happened"])
    curve = kaplan_meier(frame["time"].astype(float), frame["happened"].astype(bool))
    event = frame["happened"].map({True: "done", False: ""}).astype("str")
    found = cumulative_incidence(frame["time"].astype(float), event, kinds=["done"]).steps
    np.testing.assert_allclose(found["incidence"], 1 - curve.steps["survival"], atol=EXACT)
    assert found["events"].tolist() == curve.steps["events"].tolist()


@settings(max_examples=EXAMPLES, deadline=None)
@given(subjects)
def test_shares_add_to_those_who_had_any_event(pairs):
    frame = frame_of(pairs)
    found = cumulative_incidence(frame["time"], frame["event"], kinds=["done", "closed"])
    total = found.steps.groupby("time")["incidence"].sum()
    curve = kaplan_meier(frame["time"], frame["event"] != "")
    np.testing.assert_allclose(total, 1 - curve.steps["survival"], atol=EXACT)
    inside = found.steps.dropna(subset="conf_low")
    assert (inside["conf_low"] <= inside["incidence"] + EXACT).all()
    assert (inside["incidence"] <= inside["conf_high"] + EXACT).all()


@settings(max_examples=EXAMPLES, deadline=None)
@given(subjects, some.integers(1, 30))
def test_who_is_open_from_the_start_never_moves_a_curve(pairs, added):
    """Open at once is censored before anything happened: it is no failure and no success."""
    later = [(time + 1, event) for time, event in pairs]
    with_open = later + [(0, "")] * added
    before, after = (curves_of(rows, kinds=["done", "closed"]) for rows in (later, with_open))
    asked = np.arange(1, 11)
    columns = ["incidence", "std_error", "robust_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(
        before.at(asked)[columns].astype(float), after.at(asked)[columns].astype(float), atol=EXACT
    )
    events = after.steps.groupby("kind")["events"].sum()
    assert events.sum() == sum(event != "" for _, event in pairs)


@settings(max_examples=EXAMPLES, deadline=None)
@given(subjects)
def test_every_subject_a_cluster_is_no_clusters(pairs):
    frame = frame_of(pairs)
    own_cluster = pd.Series(range(len(frame)))
    alone = cumulative_incidence(frame["time"], frame["event"], kinds=["done"]).steps
    own = cumulative_incidence(frame["time"], frame["event"], own_cluster, ["done"]).steps
    np.testing.assert_allclose(alone["robust_error"], own["robust_error"], atol=EXACT)


def test_the_same_subjects_twice_in_their_clusters_say_no_more():
    time, event, group, _ = reference("many_ties")
    once = cumulative_incidence(time, event, group)
    twice = cumulative_incidence(*(pd.concat([one] * 2) for one in (time, event, group)))
    np.testing.assert_allclose(
        once.steps["robust_error"], twice.steps["robust_error"], rtol=1e-9, atol=EXACT
    )


def test_the_interval_is_kaplan_and_meiers_scale():
    found = curves_of([(1, "a"), (2, "b"), (3, "a"), (4, ""), (5, "b"), (6, "")]).at([3])
    row = found[found["kind"] == "a"].iloc[0]
    rest = 1 - row["incidence"]
    reach = 1.959963984540054 * row["std_error"] / (rest * abs(np.log(rest)))
    assert row["conf_low"] == pytest.approx(1 - rest ** np.exp(-reach), abs=EXACT)
    assert row["conf_high"] == pytest.approx(1 - rest ** np.exp(reach), abs=EXACT)


def test_a_curve_is_read_between_its_steps_and_not_beyond_its_end():
    found = curves_of([(1, "a"), (2, "b"), (3, "")])
    read = found.at([0.5, 1.5, 3, 9]).query("kind == 'a'")
    np.testing.assert_allclose(read["incidence"], [0, 1 / 3, 1 / 3, np.nan])
    assert read["reason"].tolist() == [NONE_YET, "", "", TOO_LATE]
    assert read["at_risk"].tolist() == [3, 2, 1, 0]
    assert curves_of([(1, "a"), (2, "b")]).at([9])["incidence"].tolist() == [0.5, 0.5]


def test_nobody_and_no_events_give_reasons():
    nobody = curves_of([], kinds=["done"])
    assert (nobody.reason, nobody.n) == (NOBODY, 0)
    assert nobody.at([30])["reason"].tolist() == [TOO_LATE]
    none = curves_of([(3, ""), (4, "")])
    assert (none.reason, none.kinds, none.n_open) == (NO_EVENTS, (), 2)
    assert list(none.steps.columns) == STEP_COLUMNS
    assert list(none.at([3]).columns[:3]) == ["kind", "time", "incidence"]
    two = curves_of([(1, "a"), (2, ""), (3, "")], clusters=pd.Series([1, 1, 2]))
    assert two.reason == FEW_CLUSTERS
    assert two.at([2])["reason"].tolist() == [FEW_CLUSTERS]


def test_missing_times_are_left_out_and_counted():
    found = cumulative_incidence(pd.Series([1.0, np.nan, 3.0]), pd.Series(["a", "a", ""]))
    assert (found.n, found.n_dropped) == (2, 1)


@pytest.mark.parametrize(
    ("time", "event", "clusters"),
    [
        ([1.0, -1.0], ["a", ""], None),
        ([1.0, 2.0], ["a", None], None),
        ([1.0], ["a", ""], None),
        ([1.0, 2.0], ["a", ""], [1.0, np.nan]),
    ],
)
def test_what_makes_no_sense_is_refused(time, event, clusters):
    groups = None if clusters is None else pd.Series(clusters)
    with pytest.raises(ParameterError):
        cumulative_incidence(pd.Series(time), pd.Series(event, dtype="str"), groups)


def test_intervals_over_clusters_cover_the_share_of_all():
    random = np.random.default_rng(1988)
    effect = random.normal(0, 0.6, (200_000, 1))
    truth = 1 - np.exp(-30 * (0.02 * np.exp(effect) + 0.008))
    truth = float((truth * 0.02 * np.exp(effect) / (0.02 * np.exp(effect) + 0.008)).mean())
    hits = alone = 0
    for _ in range(SETS):
        lean = 0.02 * np.exp(np.repeat(random.normal(0, 0.6, 25), 12))
        done, closed = random.exponential(1 / lean), random.exponential(125, 300)
        end = random.uniform(0, 90, 300)
        time = np.minimum(np.minimum(done, closed), end)
        event = np.where(time == end, "", np.where(time == done, "done", "closed"))
        group = pd.Series(np.repeat(np.arange(25), 12))
        read = cumulative_incidence(pd.Series(time), pd.Series(event, dtype="str"), group).at([30])
        row = read[read["kind"] == "done"].iloc[0]
        hits += row["conf_low"] <= truth <= row["conf_high"]
        alone += abs(row["incidence"] - truth) < 1.96 * row["std_error"]
    assert COVERAGE[0] <= hits / SETS <= COVERAGE[1]
    assert alone < hits
