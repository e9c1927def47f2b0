"""Numbers in sentences."""

import math

import pytest

from workbench import terms
from workbench.wording import count_of, digits_beyond_zero, interval, number, one_of


@pytest.mark.parametrize(
    ("value", "digits", "signed", "text"),
    [
        (76.4, 0, False, "76"),
        (-0.04, 1, True, "0.0"),
        (0.04, 1, True, "0.0"),
        (-0.0, 0, False, "0"),
        (2.5, 1, True, "+2.5"),
        (-2.5, 1, True, "-2.5"),
        (0.06, 1, True, "+0.1"),
        (100.0, 0, False, "100"),
        (math.nan, 1, True, "not known"),
    ],
)
def test_a_number_is_rounded_and_signed_as_asked(value, digits, signed, text):
    assert number(value, digits, signed) == text


def test_a_missing_number_is_not_known():
    assert number(None) == "not known"


def test_an_interval_writes_both_ends_alike():
    assert interval(71.2, 80.9) == "71 to 81"
    assert interval(-4.04, 8.0, 1, signed=True) == "-4.0 to +8.0"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234567, "1,234,567 rows")]
)
def test_a_count_agrees_with_its_noun(count, text):
    assert count_of(count, "row") == text


def test_an_odd_plural_is_used():
    assert count_of(3, "person", "people") == "3 people"
    assert count_of(1, "person", "people") == "1 person"


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_joined_as_in_a_sentence(items, text):
    assert one_of(items) == text


def test_fixed_names_are_written_as_words():
    assert terms.plain("decision_support_data_system") == "decision support data system"
    assert set(terms.COMPOSITES) == {"competency", "organisation", "leadership"}


@pytest.mark.parametrize(
    ("value", "low", "high", "digits", "expected"),
    [
        (0.04, 0.01, 0.07, 1, 2),
        (-0.004, -0.006, -0.002, 1, 3),
        (0.3, 0.1, 0.6, 0, 1),
        (0.04, -0.01, 0.09, 1, 1),  # may be zero
        (0.06, 0.02, 0.1, 1, 1),  # is not written as zero
        (0.0001, 0.00005, 0.0002, 1, 3),  # at most three
        (0.0, 0.0, 0.0, 1, 1),
        (math.nan, math.nan, math.nan, 1, 1),
    ],
)
def test_a_number_that_is_surely_not_zero_is_not_written_as_zero(
    value, low, high, digits, expected
):
    assert digits_beyond_zero(value, low, high, digits) == expected
