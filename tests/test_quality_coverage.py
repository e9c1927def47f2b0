"""Quality over time, counted by hand: who was seen, how soon, how whole, and what may be shown."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from workbench import terms
from workbench.data.quality_completeness import completeness, quality_by_quarter
from workbench.data.quality_coverage import quality_over_time
from workbench.data.quality_coverage_findings import quality_over_time_findings
from workbench.data.quality_report import QualityReport
from workbench.data.quality_shares import wilson
from workbench.data.schemas import load_schemas
from workbench.models.proportions import wilson_interval
from workbench.quarters import Quarter
from workbench.reporting.disclosure import release
from workbench.reporting.disclosure_coverage import (
    release_by_site,
    release_coverage,
    release_coverage_findings,
)
from workbench.reporting.figures_coverage import coverage as coverage_figure
from workbench.reporting.tables_coverage import coverage_table, timeliness_table, trends_table
from workbench.settings import Privacy

SCHEMAS = load_schemas()
QUARTER = Quarter(2026, 2)
TIGHT = 1e-12

PEOPLE = pd.DataFrame(
    {
        "practitioner_id": ["a", "b", "c", "d"],
        "site_id": ["A", "A", "A", "B"],
        "hired_on": pd.to_datetime(["2020-01-01", None, "2026-04-15", "2020-01-01"]),
        "left_on": pd.to_datetime([None, "2026-03-31", None, None]),
    }
)
# observation, practitioner, seen, rated, role
SEEN = [
    ("o1", "a", "2026-01-10", "2026-01-24", "independent"),
    ("o2", "b", "2026-02-10", "2026-03-20", "supervisor"),
    ("o3", "a", "2026-05-01", "2026-05-16", "independent"),
    ("o4", "c", "2026-05-02", None, "independent"),
    ("o5", "d", "2026-05-03", "2026-05-03", "self"),
    ("o6", "d", "2026-07-03", "2026-07-03", "independent"),
]


def responses():
    names = ["observation_id", "practitioner_id", "observed_on", "rated_on", "rater_role"]
    frame = pd.DataFrame(SEEN, columns=names)
    frame[["observed_on", "rated_on"]] = frame[["observed_on", "rated_on"]].apply(pd.to_datetime)
    frame = frame.loc[frame.index.repeat(2)].reset_index(drop=True)
    return frame.assign(item_id=["i", "j"] * len(SEEN), response=["1", None] * len(SEEN))


def report(aside=None):
    set_aside = pd.DataFrame({"observed_on": aside or []}, dtype="str")
    return QualityReport(
        {"practitioners": PEOPLE, "fidelity_responses": responses()},
        {"practitioners": pd.DataFrame(), "fidelity_responses": set_aside},
        pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), (), (),
    )  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return quality_over_time(report(), SCHEMAS, QUARTER)


def row(frame, site, quarter):
    return frame[(frame["site_id"] == site) & (frame["quarter"] == quarter)].iloc[0]


def test_coverage_counts_who_was_in_post_and_seen_by_others(found):
    counted = {
        (one.site_id, one.quarter): (one.eligible, one.observed, one.missing)
        for one in found.coverage.itertuples()
    }
    # c is hired in the second quarter, b left on the last day of the first; d rated herself.
    assert counted == {
        ("", "2026Q1"): (3, 2, 1), ("A", "2026Q1"): (2, 2, 0), ("B", "2026Q1"): (1, 0, 1),
        ("", "2026Q2"): (3, 2, 1), ("A", "2026Q2"): (2, 2, 0), ("B", "2026Q2"): (1, 0, 1),
    }  # fmt: skip


def test_timeliness_counts_days_from_work_to_rating(found):
    first = row(found.timeliness, "A", "2026Q1")
    assert (first["within_14"], first["within_30"], first["median_days"]) == (1, 1, 26.0)
    second = row(found.timeliness, "", "2026Q2")
    assert (second["observations"], second["rated"], second["within_14"]) == (2, 1, 0)
    assert second["share"] == 1.0


def test_intervals_are_those_of_the_models():
    count, of = pd.Series([0, 1, 8, 10]), pd.Series([10, 7, 10, 10])
    expected = wilson_interval(count.to_numpy(), of.to_numpy())
    for mine, theirs in zip(wilson(count, of), expected, strict=True):
        assert mine.to_numpy() == pytest.approx(theirs, abs=TIGHT)
    assert wilson(pd.Series([0]), pd.Series([0]))[0].isna().all()


def test_completeness_tells_gaps_beside_what_a_site_usually_hands_in(found):
    months = found.completeness.query("by == 'month' and site_id == 'A'")
    assert months["rows"].tolist() == [2, 2, 0, 0, 4]
    assert set(months["usual_rows"]) == {2.0}
    assert months["share_of_usual"].tolist() == [1.0, 1.0, 0.0, 0.0, 2.0]
    assert months["period_start"].iloc[0] == pd.Timestamp("2026-01-01")
    # of each two rows of six needed cells, one response is empty
    assert months["share_empty"].iloc[0] == pytest.approx(1 / (2 * 6), abs=TIGHT)
    weeks = found.completeness.query("by == 'week' and site_id == 'A'")
    assert weeks["rows"].sum() == months["rows"].sum()
    assert (weeks["period_start"].dt.day_of_week == 0).all()


def test_trends_tell_rows_set_aside_by_quarter_and_those_without_a_day():
    found = quality_by_quarter(report(["2026-02-01", "2026-02-30"]), SCHEMAS, QUARTER)
    by = found.set_index("quarter")
    assert by["received"].to_dict() == {"2026Q1": 5, "2026Q2": 6, "not known": 1}
    assert by["set_aside"].to_dict() == {"2026Q1": 1, "2026Q2": 0, "not known": 1}
    assert by.loc["2026Q1", "share_set_aside"] == pytest.approx(0.2)


def test_findings_are_of_the_network_and_each_site(found):
    told = {(one.id, one.site_id): one for one in quality_over_time_findings(found)}
    network = told["quality.coverage", ""]
    assert network.estimate == pytest.approx(200 / 3)
    assert (network.n, network.n_practitioners) == (3, 3)
    assert "2 of 3 practitioners in post were observed" in network.statement
    assert network.conf_low < network.estimate < network.conf_high
    assert told["quality.timeliness", ""].n == 1
    assert ("quality.coverage", "B") in told


def test_thin_data_give_tables_without_rows_and_findings_with_a_reason():
    empty = QualityReport({}, {}, pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), (), ())
    found = quality_over_time(empty, SCHEMAS, QUARTER)
    assert all(frame.empty and len(frame.columns) for frame in found.tables().values())
    told = quality_over_time_findings(found)
    assert {one.status for one in told} == {terms.NOT_ESTIMABLE}
    assert completeness({}, SCHEMAS, QUARTER).empty


def test_no_rating_day_is_said():
    responses_without = responses().drop(columns="rated_on")
    quality = report()
    quality.accepted["fidelity_responses"] = responses_without
    told = quality_over_time_findings(quality_over_time(quality, SCHEMAS, QUARTER))
    timeliness = next(one for one in told if one.id == "quality.timeliness")
    assert "tells the day of rating" in timeliness.reason


# --- what may be shown ---


def many(sizes):
    """Coverage of sites of these sizes in one quarter."""
    rows = [("site", site, size, size - 1) for site, size in sizes.items()]
    rows.append(("network", "", sum(sizes.values()), sum(sizes.values()) - len(sizes)))
    frame = pd.DataFrame(rows, columns=["scope", "site_id", "eligible", "observed"])
    return frame.assign(
        quarter="2026Q2", missing=1, share=0.8, conf_low=0.5, conf_high=0.9,
        share_missing=0.2, n_practitioners=frame["eligible"],
    )  # fmt: skip


SITES = pd.DataFrame({"site_id": list("ABC"), "site_name": ["Alder", "Birch", "Cedar"]})


def test_one_small_site_is_not_told_by_the_others():
    shown = release_coverage(many({"A": 3, "B": 9, "C": 20}), Privacy())
    hidden = set(shown.loc[shown["suppressed"], "site_id"])
    assert hidden == {"A", "B"}
    assert shown.loc[shown["suppressed"], "eligible"].isna().all()


def test_findings_are_hidden_where_the_table_hides_them(found):
    shown = release_coverage(many({"A": 3, "B": 9, "C": 20}), Privacy())
    base = next(one for one in quality_over_time_findings(found) if one.id == "quality.coverage")
    findings = [replace(base, site_id=site, n_practitioners=9) for site in ("B", "C")]
    told = release_coverage_findings(release(findings, Privacy()), shown)
    assert [one.status for one in told] == [terms.SUPPRESSED, terms.REPORTED]


def test_figure_and_tables_show_what_is_released():
    shown = release_coverage(many({"A": 3, "B": 9, "C": 20}), Privacy())
    picture = coverage_figure(shown, SITES, "2026Q2")
    assert "The network" in picture.alt_text and "Cedar" in picture.alt_text
    assert "Alder" not in picture.alt_text
    frame = coverage_table(shown, SITES, "2026Q2").frame
    assert frame["Place"].tolist() == ["The network", "Alder", "Birch", "Cedar"]
    assert frame["In post"].tolist() == ["32", "[c]", "[c]", "20"]
    nothing = coverage_figure(pd.DataFrame(), SITES, "2026Q2")
    assert "No data" in nothing.alt_text


def test_tables_of_timeliness_and_trends(found):
    released = release_by_site(
        found.timeliness, "quality_timeliness", Privacy(fewest_practitioners=3)
    )
    assert timeliness_table(released).frame["Quarter"].tolist() == ["2026Q1", "2026Q2"]
    assert trends_table(found.trends, "2026Q2").frame.iloc[0]["Rows received"] == "6"
    assert dt.date(2026, 6, 30) == QUARTER.last_day
