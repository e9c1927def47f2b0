"""Breaks of a series: where scores before and after are by different rulers, and nowhere else."""

import pandas as pd
import pytest

from workbench.analysis.fidelity_breaks import COLUMNS, breaks_of

QUARTERS = ("2025Q3", "2025Q4", "2026Q1", "2026Q2")


def seen(raters, versions=("1",) * 4, site_id="S1", instrument="x"):
    """Observations of a site: of each quarter one by each of its raters, by one version."""
    rows = [
        (site_id, quarter, rater, instrument, version)
        for quarter, names, version in zip(QUARTERS, raters, versions, strict=True)
        for rater in names
    ]
    names = ["site_id", "quarter", "rater_id", "instrument_id", "instrument_version"]
    return pd.DataFrame(rows, columns=names)


SAME = ["abc"] * 4


def found(frame, scope="site"):
    rows = breaks_of(frame)
    return rows[rows["scope"] == scope].drop(columns=["scope", "site_id"]).to_numpy().tolist()


def test_a_series_by_one_ruler_has_no_break():
    table = breaks_of(seen(SAME))
    assert table.empty
    assert list(table.columns) == COLUMNS


def test_another_version_breaks_where_most_observations_are_by_it():
    frame = seen(SAME, ("1", "1", "2", "2"))
    # one of three is early, which makes no quarter of the new version
    frame.loc[3, "instrument_version"] = "2"
    assert found(frame) == [["2026Q1", "version", "1", "2", 3, 3]]


def test_another_instrument_is_named_in_full():
    frame = pd.concat([seen(SAME).head(6), seen(SAME, ("3",) * 4, instrument="y").tail(6)])
    assert found(frame) == [["2026Q1", "instrument", "x 1", "y 3", 3, 3]]


def test_a_change_and_its_return_are_two_breaks_and_a_gap_hides_none():
    back = found(seen(SAME, ("1", "2", "2", "1")))
    assert [row[:4] for row in back] == [
        ["2025Q4", "version", "1", "2"],
        ["2026Q2", "version", "2", "1"],
    ]
    gap = seen(SAME, ("1", "1", "2", "2"))
    assert found(gap[gap["quarter"] != "2026Q1"])[0][0] == "2026Q2"


@pytest.mark.parametrize(
    ("raters", "quarters"),
    [
        (["abc", "abc", "ade", "abc"], ["2026Q1"]),
        (["abc", "abc", "abd", "abc"], []),  # one of three is not most
        (["abc", "def", "def", "abc"], []),  # every rater is new when a series begins
        (["ab", "ab", "cd", "ab"], []),  # of two raters nothing is said
        (["abc", "abc", "def", "abc"], ["2026Q1"]),  # who comes back is not new
    ],
)
def test_mostly_new_raters_are_told_once_a_pool_is_known(raters, quarters):
    rows = [row for row in found(seen(raters)) if row[1] == "raters"]
    assert [row[0] for row in rows] == quarters


def test_sites_may_change_in_other_quarters_than_the_network():
    early, late = ("1", "2", "2", "2"), ("1", "1", "1", "2")
    frame = pd.concat([seen(SAME, early), seen(["abcd"] * 4, late, "S2")])
    table = breaks_of(frame)
    assert table[["site_id", "quarter"]].to_numpy().tolist() == [
        ["", "2026Q2"], ["S1", "2025Q4"], ["S2", "2026Q2"],
    ]  # fmt: skip


@pytest.mark.parametrize("lacking", ["instrument_version", "rater_id"])
def test_what_lacks_a_column_or_has_no_row_has_no_break(lacking):
    frame = seen(SAME, ("1", "1", "2", "2"))
    assert breaks_of(frame.drop(columns=lacking)).empty
    assert breaks_of(frame.head(0)).empty


def test_identifiers_stay_text_and_missing_raters_are_nobody():
    frame = seen(SAME, ("01", "01", "1", "1"))
    assert found(frame)[0][2:4] == ["01", "1"]
    frame["rater_id"] = None
    assert [row[1] for row in found(frame)] == ["version"]
