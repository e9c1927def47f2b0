"""A direction is named only where its probability is high enough."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from workbench import terms
from workbench.analysis.direction import add_direction

EXACT = 1e-9
LARGE_DF = 1e9  # where t is the normal distribution


def direction(slope, error, df=LARGE_DF, smallest=1.0, probability=0.9):
    frame = pd.DataFrame({"slope": [slope], "slope_error": [error], "slope_df": [df]})
    return add_direction(frame, smallest, probability).iloc[0]


def normal_below(x):
    return 0.5 * (1 + math.erf(x / 2**0.5))


@pytest.mark.parametrize(
    ("slope", "error", "state"),
    [
        (-2.0, 0.3, terms.DRIFTING),
        (2.0, 0.3, terms.STRENGTHENING),
        (0.0, 0.3, terms.HOLDING),
        (0.6, 0.1, terms.HOLDING),
        (-1.0, 0.1, terms.NOT_ENOUGH_EVIDENCE),
        (-2.0, 2.0, terms.NOT_ENOUGH_EVIDENCE),
        (0.0, 5.0, terms.NOT_ENOUGH_EVIDENCE),
    ],
)
def test_a_state_follows_from_slope_and_error(slope, error, state):
    assert direction(slope, error)["state"] == state


@pytest.mark.parametrize(("slope", "error"), [(-1.3, 0.5), (0.2, 0.8), (2.5, 1.1)])
def test_probabilities_are_those_of_the_slope_given_the_data(slope, error):
    row = direction(slope, error)
    below = normal_below((-1 - slope) / error)
    above = 1 - normal_below((1 - slope) / error)
    assert row["probability_drifting"] == pytest.approx(below, abs=1e-6)
    assert row["probability_strengthening"] == pytest.approx(above, abs=1e-6)
    assert row["probability_holding"] == pytest.approx(1 - below - above, abs=1e-6)


def test_few_degrees_of_freedom_make_it_less_sure():
    # t on 2 degrees of freedom has a closed form: P(T < x) = 1/2 + x / (2 sqrt(2 + x^2)).
    row = direction(-2.0, 0.5, df=2)
    assert row["probability_drifting"] == pytest.approx(0.5 + 2 / (2 * 6**0.5), abs=EXACT)
    assert row["probability_drifting"] < direction(-2.0, 0.5)["probability_drifting"]


slopes = some.floats(-20, 20)
errors = some.floats(0.01, 10)


@given(slopes, errors, some.floats(1, 500), some.floats(0.1, 5), some.floats(0.51, 0.99))
def test_probabilities_sum_to_one_and_the_state_is_the_one_reached(s, error, df, smallest, p):
    row = direction(s, error, df, smallest, p)
    chances = {name: row[f"probability_{name}"] for name in terms.STATES[:3]}
    assert sum(chances.values()) == pytest.approx(1, abs=EXACT)
    assert all(-EXACT <= chance <= 1 + EXACT for chance in chances.values())
    reached = [name for name, chance in chances.items() if chance >= p]
    assert row["state"] == (reached[0] if reached else terms.NOT_ENOUGH_EVIDENCE)
    assert len(reached) <= 1


@given(slopes, errors)
def test_the_mirror_of_drifting_is_strengthening(slope, error):
    there, back = direction(slope, error, 20), direction(-slope, error, 20)
    assert there["probability_drifting"] == pytest.approx(
        back["probability_strengthening"], abs=EXACT
    )


def test_rows_keep_their_index_and_columns():
    frame = pd.DataFrame(
        {"site_id": ["b", "a"], "slope": [-2.0, 2.0], "slope_error": 0.3, "slope_df": 30},
        index=[7, 3],
    )
    found = add_direction(frame, 1.0, 0.9)
    assert found.index.tolist() == [7, 3]
    assert found["state"].tolist() == [terms.DRIFTING, terms.STRENGTHENING]
    assert found["site_id"].tolist() == ["b", "a"]
