"""A direction is named only where its probability is high enough."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from workbench import terms
from workbench.analysis.direction import RulerMovement, add_direction

EXACT = 1e-9


def direction(below, above, probability=0.9):
    frame = pd.DataFrame({"slope": [0.0]})
    return add_direction(frame, np.array([below]), np.array([above]), probability).iloc[0]


@pytest.mark.parametrize(
    ("below", "above", "state"),
    [
        (0.95, 0.0, terms.DRIFTING),
        (0.0, 0.95, terms.STRENGTHENING),
        (0.02, 0.03, terms.HOLDING),
        (0.5, 0.0, terms.NOT_ENOUGH_EVIDENCE),
        (0.3, 0.3, terms.NOT_ENOUGH_EVIDENCE),
        (0.899, 0.0, terms.NOT_ENOUGH_EVIDENCE),
        (0.9, 0.0, terms.DRIFTING),
    ],
)
def test_a_state_follows_from_its_probability(below, above, state):
    assert direction(below, above)["state"] == state


@given(some.floats(0, 1), some.floats(0, 1), some.floats(0.51, 0.99))
def test_probabilities_sum_to_one_and_the_state_is_the_one_reached(one, share, p):
    below, above = one * share, one * (1 - share)
    row = direction(below, above, p)
    chances = {name: row[f"probability_{name}"] for name in terms.STATES[:3]}
    assert sum(chances.values()) == pytest.approx(1, abs=EXACT)
    reached = [name for name, chance in chances.items() if chance >= p]
    assert row["state"] == (reached[0] if reached else terms.NOT_ENOUGH_EVIDENCE)
    assert len(reached) <= 1


def test_rows_keep_their_index_and_columns():
    frame = pd.DataFrame({"site_id": ["b", "a"], "slope": [-2.0, 2.0]}, index=[7, 3])
    found = add_direction(frame, np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.9)
    assert found.index.tolist() == [7, 3]
    assert found["state"].tolist() == [terms.DRIFTING, terms.STRENGTHENING]
    assert found["site_id"].tolist() == ["b", "a"]


def test_few_degrees_of_freedom_widen_the_ruler():
    ruler = RulerMovement(-0.8, 0.4, 20.0)
    assert ruler.spread == pytest.approx(stats.t(20, scale=0.4).std(), abs=EXACT)
