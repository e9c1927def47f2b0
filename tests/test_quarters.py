"""Quarters by the fiscal year: labels, days, and steps between them."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from workbench.errors import SettingsError
from workbench.quarters import Quarter, quarter_labels, quarters_between

EXACT = 1e-12
LONGEST_QUARTER = 92  # July to September, or any other three months with two of 31 days

dates = some.dates(dt.date(1950, 1, 1), dt.date(2090, 12, 31))
first_months = some.integers(1, 12)


@pytest.mark.parametrize(
    ("date", "first_month", "label"),
    [
        (dt.date(2026, 1, 1), 1, "2026Q1"),
        (dt.date(2026, 12, 31), 1, "2026Q4"),
        (dt.date(2025, 7, 1), 7, "2026Q1"),
        (dt.date(2025, 6, 30), 7, "2025Q4"),
        (dt.date(2025, 10, 1), 10, "2026Q1"),
        (dt.date(2026, 9, 30), 10, "2026Q4"),
        (dt.date(2026, 3, 31), 4, "2026Q4"),
        (dt.date(2025, 12, 31), 12, "2026Q1"),
    ],
)
def test_a_fiscal_year_carries_the_year_in_which_it_ends(date, first_month, label):
    assert str(Quarter.containing(date, first_month)) == label


@given(dates, first_months)
def test_every_date_lies_within_its_quarter(date, first_month):
    quarter = Quarter.containing(date, first_month)
    assert quarter.first_day <= date <= quarter.last_day
    assert (quarter.last_day - quarter.first_day).days < LONGEST_QUARTER
    assert quarter.first_day.day == 1


@given(dates, first_months, some.integers(-60, 60))
def test_quarters_follow_one_another_without_a_gap(date, first_month, steps):
    quarter = Quarter.containing(date, first_month)
    later = quarter.plus(steps)
    assert later.plus(-steps) == quarter
    assert later.plus(1).first_day == later.last_day + dt.timedelta(days=1)
    months = (later.first_day.year - quarter.first_day.year) * 12
    assert months + later.first_day.month - quarter.first_day.month == 3 * steps


@given(dates, first_months)
def test_a_label_names_the_quarter_it_was_made_from(date, first_month):
    quarter = Quarter.containing(date, first_month)
    assert Quarter.from_label(str(quarter), first_month) == quarter


@pytest.mark.parametrize("label", ["2026", "2026Q5", "2026Q0", "26Q1", "Q1 2026", "2026q1", ""])
def test_what_is_not_a_quarter_is_refused_with_an_example(label):
    with pytest.raises(SettingsError, match="2026Q3"):
        Quarter.from_label(label)


@given(some.lists(dates, min_size=1, max_size=20), first_months)
def test_labels_of_a_column_are_those_of_its_dates(days, first_month):
    labels = quarter_labels(pd.Series(pd.to_datetime(days)), first_month)
    assert labels.tolist() == [str(Quarter.containing(day, first_month)) for day in days]


def test_a_missing_date_has_no_label():
    labels = quarter_labels(pd.Series(pd.to_datetime(["2026-02-01", None])))
    assert labels[0] == "2026Q1"
    assert labels.isna().tolist() == [False, True]
    assert quarter_labels(pd.Series(pd.to_datetime([None, None]))).isna().all()


def test_time_is_counted_in_quarters_of_equal_length():
    ends = pd.Series(pd.to_datetime(["2025-01-01", "2029-01-01", None]))
    passed = quarters_between(dt.date(2025, 1, 1), ends)
    assert passed[0] == 0
    assert passed[1] == pytest.approx(16, abs=EXACT)  # 1461 days, a leap day among them
    assert pd.isna(passed[2])
    from_each = quarters_between(ends.shift(1), ends)
    assert from_each[1] == pytest.approx(16, abs=EXACT)
