"""Rows set aside are those that were planted, nothing is lost, and what is critical stops a run."""

import datetime as dt
import json
import re
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from workbench import terms
from workbench.data.extracts import Extract
from workbench.data.instruments import load_instruments
from workbench.data.intake import receive
from workbench.data.quality import DUPLICATE_RULE, TYPE_RULE, check
from workbench.data.quality_findings import quality_findings
from workbench.data.quality_report import SHARE_RULE, QualityReport
from workbench.data.schemas import load_schemas
from workbench.data.set_aside import HEADINGS, write_set_aside
from workbench.data.suites import SuiteRunner, read_suite
from workbench.data.synthetic import NetworkParameters, write_example
from workbench.data.waivers import Waiver, load_waivers
from workbench.errors import DataProblems, ParameterError, SettingsError
from workbench.quarters import Quarter
from workbench.settings import SETTINGS_FILE, open_study

ROOT = Path(__file__).parents[1]
TODAY = dt.date(2026, 10, 1)
SCHEMAS = load_schemas()
# Few sites, so that checking takes seconds; the messy rows are then a large share of the rows.
SMALL = NetworkParameters(sites=3, quarters=6)
LARGE_SHARE = 0.4
KINDS_PLANTED = 15  # so that the comparison is one of many rules


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """A small messy network in a study's folder."""
    folder = tmp_path_factory.mktemp("study")
    (folder / SETTINGS_FILE).write_text(
        f"network: A\nthresholds:\n  largest_share_set_aside: {LARGE_SHARE}\n"
    )
    return folder, write_example(folder, SMALL)


@pytest.fixture(scope="module")
def received(example):
    """The messy network, checked once for all tests of this file."""
    return receive(open_study(example[0]), as_of=TODAY.isoformat())


@pytest.fixture(scope="module")
def quality(received):
    return received.quality


EMPTY = pd.DataFrame(columns=["support_id", "occurred_on", "kind", "practitioner_id"], dtype="str")
EMPTY_SITES = pd.DataFrame(columns=["site_id", "site_name", "stage"], dtype="str")


def extract(table, rows, source=""):
    frame = pd.DataFrame(rows, index=range(2, 2 + len(rows)), dtype="str")
    return Extract(table, frame, source or f"{table}.csv", "")


def checked(*extracts, waivers=(), share=1.0):
    """Check a few hand-made rows."""
    tables = {one.table for one in extracts}
    schemas = {name: schema for name, schema in SCHEMAS.items() if name in tables}
    return check(list(extracts), schemas, load_instruments(), TODAY, waivers, share)


def site(site_id, since="2020-01-01"):
    return {"site_id": site_id, "site_name": f"Site {site_id}", "stage_since": since,
            "stage": "installation", "region_id": "1", "opened_on": "2020-01-01"}  # fmt: skip


def status_of(report, rule_id):
    return report.rules.set_index("rule_id").loc[rule_id, "status"]


# --- the example ---


def test_rows_set_aside_are_the_planted_rows_by_number_and_rule(example, quality):
    planted = {
        (row["table"], row["rule_id"], number)
        for row in example[1].planted.to_dict("records")
        for number in row["row_numbers"]
    }
    reasons = quality.reasons[["table", "rule_id", "source_row"]]
    assert set(reasons.itertuples(index=False, name=None)) == planted
    assert len(reasons) == len(planted)
    assert len({rule for _, rule, _ in planted}) >= KINDS_PLANTED


def test_accepted_and_set_aside_are_what_was_received(example, quality):
    for row in quality.accounting.to_dict("records"):
        table = row["table"]
        lines = len(pd.read_csv(example[0] / "data" / "raw" / f"{table}.csv", dtype="str"))
        assert row["received"] == lines
        assert row["accepted"] + row["set_aside"] == lines
        accepted = set(quality.accepted[table]["source_row"])
        aside = set(quality.set_aside[table]["source_row"])
        assert accepted | aside == set(range(2, 2 + lines))
        assert not accepted & aside


def test_no_rule_passed_without_a_row_and_none_errored(quality):
    passed = quality.rules[quality.rules["status"] == "passed"]
    assert (passed["rows_checked"] > 0).all()
    assert set(quality.rules["status"]) == {"passed", "failed", "not applicable"}
    assert quality.critical.empty
    quality.require_usable()


OF_PLANS = ("plans", "plan_meetings", "plan_actions", "ownership_responses", "external_support")


def test_tables_that_were_not_handed_in_are_not_applicable(example, received, tmp_path):
    assert received.missing_tables().empty
    (tmp_path / SETTINGS_FILE).write_text((example[0] / SETTINGS_FILE).read_text())
    study = open_study(tmp_path)
    study.raw.mkdir(parents=True)
    few = ("sites", "practitioners", "fidelity_responses", "supports")
    for table in few:
        shutil.copy(example[0] / "data" / "raw" / f"{table}.csv", study.raw)
    partly = receive(study, as_of=TODAY.isoformat())
    rules, missing = partly.quality.rules, partly.missing_tables()
    assert set(missing["table"]) == set(SCHEMAS) - set(few)
    assert set(OF_PLANS) <= set(missing["table"])
    assert missing["would_add"].str.startswith("It ").all()
    of_missing = rules[rules["table"].isin(missing["table"])]
    assert set(of_missing["status"]) == {"not applicable"}
    assert partly.accepted()["plans"].empty
    assert "plan_id" in partly.accepted()["plans"].columns


def test_a_note_keeps_its_rows(quality):
    note = quality.rules.set_index("rule_id").loc["FR16"]
    assert note["severity"] == "info"
    assert note["rows_failed"] > 0
    assert "FR16" not in set(quality.reasons["rule_id"])
    assert quality.accepted["fidelity_responses"]["response"].isna().any()


def test_evidence_tables_tell_reasons_sites_and_inputs(received):
    tables = received.tables()
    by_reason = tables["set_aside_by_reason"]
    assert by_reason["rows"].sum() == len(received.quality.reasons)
    assert by_reason["title"].notna().all()
    assert tables["sites"]["slug"].tolist() == ["site-001", "site-002", "site-003"]
    inputs = tables["inputs"].set_index("table")
    accounting = received.quality.accounting.set_index("table")
    assert inputs["rows"].to_dict() == accounting["received"].to_dict()
    assert inputs["sha256"].str.fullmatch(r"[0-9a-f]{64}").all()


def test_the_latest_quarter_is_that_of_the_last_observation_by_others(example, received):
    study = open_study(example[0])
    responses = received.quality.accepted["fidelity_responses"]
    by_others = responses[responses["rater_role"].isin(["independent", "supervisor"])]
    last = by_others["observed_on"].max().date()
    assert received.quarter("latest", study) == Quarter.containing(last)
    assert str(received.quarter("2025Q1", study)) == "2025Q1"


def test_a_quarter_before_anything_was_observed_is_refused_with_the_first(example, received):
    with pytest.raises(SettingsError, match=f"first observation is in {SMALL.first_quarter}"):
        received.quarter("2020Q1", open_study(example[0]))


def test_the_finding_says_how_much_can_be_used(received):
    (finding,) = quality_findings(received)
    accounting = received.quality.accounting
    share = accounting["accepted"].sum() / accounting["received"].sum()
    assert finding.estimate == pytest.approx(100 * share)
    assert finding.n == accounting["received"].sum()
    assert f"{accounting['set_aside'].sum()} were set aside" in finding.statement
    assert finding.status == terms.REPORTED


# --- rows ---


def test_a_practitioner_set_aside_takes_the_responses_along_with_the_reason():
    people = [
        {"practitioner_id": "p1", "site_id": "A", "hired_on": "2025-02-30"},
        {"practitioner_id": "p2", "site_id": "A", "hired_on": "2025-02-28"},
    ]
    response = {
        "instrument_id": "practice_fidelity", "instrument_version": "1", "item_id": "prep_hopes",
        "observed_on": "2025-03-03", "rater_id": "r1", "rater_role": "independent",
        "response": "4",
    }  # fmt: skip
    responses = [
        {"observation_id": "o1", "practitioner_id": "p1", **response},
        {"observation_id": "o2", "practitioner_id": "p2", **response},
        {"observation_id": "o3", "practitioner_id": "p1", **response},
    ]
    report = checked(
        extract("sites", [site("A")]),
        extract("practitioners", people),
        extract("fidelity_responses", responses),
    )
    assert report.accepted["practitioners"]["practitioner_id"].tolist() == ["p2"]
    assert report.accepted["fidelity_responses"]["observation_id"].tolist() == ["o2"]
    aside = report.set_aside["fidelity_responses"]
    assert aside["source_row"].tolist() == [2, 4]
    assert set(aside["rule_ids"]) == {"FR05"}
    assert aside["reasons"].str.contains("belongs to a listed practitioner").all()
    assert report.set_aside["practitioners"]["rule_ids"].tolist() == ["T-practitioners-hired_on"]


def test_exact_duplicates_keep_the_first_and_other_doubles_none():
    rows = [site("A"), site("B"), site("A"), site("C"), site("C", since="2021-01-01"), site("A")]
    report = checked(extract("sites", rows[:3]), extract("sites", rows[3:], "more.csv"))
    kept = report.accepted["sites"]
    assert list(zip(kept["source_file"], kept["source_row"], strict=True)) == [
        ("sites.csv", 2),
        ("sites.csv", 3),
    ]
    by_rule = report.reasons.groupby("rule_id")["source_row"].apply(list).to_dict()
    assert by_rule == {"ALL02": [4, 4], "SI02": [2, 3]}
    assert report.accounting.iloc[0][["received", "accepted", "set_aside"]].tolist() == [6, 2, 4]


def test_a_row_that_breaks_several_rules_is_set_aside_once_with_every_reason():
    rows = [site("A"), site("A", since="2031-01-01"), site("B")]
    report = checked(extract("sites", rows))
    aside = report.set_aside["sites"]
    assert aside["source_row"].tolist() == [2, 3]
    assert aside["rule_ids"].tolist() == ["SI02", "SI02; SI03"]
    assert aside.loc[1, "site_id"] == "A"


# --- what stops a run ---


HALF_SET_ASIDE = [site("A"), site("B", since="2031-01-01")]


def waiver(**about):
    return Waiver.model_validate(
        {
            "rule": "ALL01",
            "table": "sites",
            "reason": "The list is old and will be sent again.",
            "owner": "Ann",
            "expires": TODAY.isoformat(),
            **about,
        }
    )


def test_a_critical_failure_stops_with_the_rule_and_what_to_do():
    report = checked(extract("sites", HALF_SET_ASIDE), share=0.1)
    assert report.critical["rule_id"].tolist() == ["ALL01"]
    with pytest.raises(DataProblems) as refused:
        report.require_usable()
    (problem,) = refused.value.problems
    assert (problem.source, problem.column, problem.rows) == ("sites.csv", "stage_since", (3,))
    assert problem.message == (
        "Rule ALL01: 1 of 2 rows are set aside, more than 10%. "
        "Most often: Fails: The stage began by now."
    )
    assert problem.action == "Mend the date. The file is probably damaged or mapped wrongly."


@pytest.mark.parametrize(("share", "status"), [(0.5, "passed"), (0.4, "failed")])
def test_a_share_at_the_limit_is_still_allowed(share, status):
    report = checked(extract("sites", HALF_SET_ASIDE), share=share)
    assert status_of(report, "ALL01") == status


def test_a_row_of_totals_is_set_aside_and_does_not_count_towards_the_share():
    report = checked(extract("sites", [site("A"), site("B"), site("Total")]), share=0.1)
    assert status_of(report, "ALL01") == "passed"
    assert report.accounting.iloc[0]["set_aside"] == 1


def test_every_critical_failure_is_told_at_once():
    responses = {
        "observation_id": "o1", "practitioner_id": "p1", "instrument_id": "unknown",
        "instrument_version": "1", "item_id": "a", "observed_on": "2025-03-03", "rater_id": "r1",
        "rater_role": "independent", "response": "4",
    }  # fmt: skip
    report = checked(
        extract("sites", HALF_SET_ASIDE), extract("fidelity_responses", [responses]), share=0.1
    )
    with pytest.raises(DataProblems) as refused:
        report.require_usable()
    assert {(one.table, one.reason) for one in refused.value.problems} == {
        ("sites", "ALL01"),
        ("fidelity_responses", "FR02"),
        ("fidelity_responses", "ALL01"),
    }


def test_a_waiver_lets_it_pass_and_is_reported():
    report = checked(extract("sites", HALF_SET_ASIDE), waivers=(waiver(),), share=0.1)
    report.require_usable()
    assert report.waivers == (waiver(),)
    rule = report.rules.set_index("rule_id").loc["ALL01"]
    assert (rule["status"], rule["waived_by"]) == ("failed", "ALL01, Ann")


@pytest.mark.parametrize(
    "about",
    [{"expires": (TODAY - dt.timedelta(days=1)).isoformat()}, {"table": "plans"}, {"rule": "SI01"}],
    ids=["expired", "another table", "another rule"],
)
def test_a_waiver_that_is_not_in_force_does_not(about):
    report = checked(extract("sites", HALF_SET_ASIDE), waivers=(waiver(**about),), share=0.1)
    assert report.waivers == ()
    with pytest.raises(DataProblems):
        report.require_usable()


def test_only_waivers_that_were_used_are_reported():
    others = (waiver(table="plans"), waiver(rule="SI01"))
    report = checked(extract("sites", HALF_SET_ASIDE), waivers=(*others, waiver()), share=0.1)
    assert report.waivers == (waiver(),)


def test_waivers_are_read_from_the_study(example, tmp_path):
    assert load_waivers(open_study(example[0])) == ()
    (tmp_path / SETTINGS_FILE).write_text("network: A\n")
    (tmp_path / "expectations").mkdir()
    path = tmp_path / "expectations" / "waivers.yml"
    path.write_text(
        "waivers:\n  - {rule: ALL01, table: sites, owner: Ann, expires: 2026-10-01,\n"
        "     reason: The list is old and will be sent again.}\n"
    )
    assert load_waivers(open_study(tmp_path)) == (waiver(),)
    path.write_text("waivers:\n  - {rule: ALL01, table: sites, owner: Ann}\n")
    with pytest.raises(SettingsError, match=r"waivers\.yml"):
        load_waivers(open_study(tmp_path))


def test_the_day_of_the_run_is_a_day(example):
    with pytest.raises(ParameterError, match="year-month-day"):
        receive(open_study(example[0]), as_of="1 October")


def test_the_core_tables_are_asked_for_at_once(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("network: A\n")
    study = open_study(tmp_path)
    study.raw.mkdir(parents=True)
    (study.raw / "sites.csv").write_text("site_id,site_name\n1,A\n")
    with pytest.raises(DataProblems) as refused:
        receive(study)
    assert [one.table for one in refused.value.problems] == ["practitioners", "fidelity_responses"]


# --- suites ---


def rule(kind="expect_column_values_to_be_between", identifier="X1", **kwargs):
    meta = {"id": identifier, "category": "plausibility", "title": "A title", "guidance": "Do it."}
    return {"type": kind, "kwargs": kwargs, "severity": "warning", "meta": meta}


def run(frame, *rules):
    return SuiteRunner().run(pd.DataFrame(frame), {"name": "things", "expectations": list(rules)})


def test_a_rule_tells_the_positions_of_the_rows_that_fail():
    (result,) = run({"a": [1, 5, None, 9]}, rule(column="a", min_value=0, max_value=6))
    assert (result.status, result.positions, result.rows_checked) == ("failed", (3,), 3)


def test_an_unknown_type_of_rule_is_refused_by_name():
    with pytest.raises(SettingsError, match="expect_column_values_to_be_nice"):
        run({"a": [1]}, rule("expect_column_values_to_be_nice", column="a"))


def test_a_check_that_raises_is_an_error_and_forbids_going_on():
    (result,) = run({"a": ["x", "y"]}, rule(column="a", min_value=0))
    assert result.status == "error"
    assert result.detail
    rules = pd.DataFrame([{**vars(result), "table": "things", "waived_by": "", "rows_failed": 0}])
    report = QualityReport({}, {}, pd.DataFrame(columns=["table"]), rules, pd.DataFrame(), (), ())
    with pytest.raises(DataProblems, match="Rule X1, 'A title', could not be checked"):
        report.require_usable()


@pytest.mark.parametrize(
    ("threshold", "status"), [(0.25, "passed"), (0.2, "failed"), (0, "failed")]
)
def test_a_threshold_says_how_many_rows_may_fail(threshold, status):
    one = rule("expect_column_values_to_be_in_set", column="a", value_set=[True])
    one["meta"]["threshold"] = threshold
    (result,) = run({"a": [True, None, True, False, True]}, one)
    assert (result.status, result.positions, result.threshold) == (status, (3,), threshold)


def test_a_rule_names_or_counts_what_its_rows_are_about():
    named = rule("expect_column_values_to_be_in_set", "X1", column="a", value_set=[True])
    named["meta"]["names"] = "item"
    counted = rule("expect_column_values_to_be_in_set", "X2", column="a", value_set=[True])
    counted["meta"]["counts"] = "item"
    frame = {"a": [True, False, False, False], "item": ["x", "z", "y", "z"]}
    assert [one.detail for one in run(frame, named, counted)] == ["item: y, z", "item: 2 of 3"]


def test_great_expectations_is_given_no_more_than_the_rules_look_at(monkeypatch):
    given = []
    batch = SuiteRunner._batch
    monkeypatch.setattr(
        SuiteRunner,
        "_batch",
        lambda own, frame, name: given.append(frame) or batch(own, frame, name),
    )
    run({"a": [1], "b": ["text"]}, rule(column="a", min_value=0))
    assert [list(frame.columns) for frame in given] == [["a"]]


ONE_OF_EACH_KIND = (
    rule(identifier="X1", column="a", min_value=0),
    rule("expect_column_values_to_be_in_set", "X2", column="a", value_set=[1]),
    rule("expect_column_values_to_not_be_null", "X3", column="a"),
    rule("expect_table_row_count_to_be_between", "X4", min_value=1),
    rule("expect_column_values_to_be_unique", "X5", column="absent"),
)


def test_zero_rows_never_pass():
    results = run({"a": pd.Series(dtype="float64")}, *ONE_OF_EACH_KIND)
    statuses = {one.rule_id: one.status for one in results}
    assert statuses.pop("X4") == "failed"
    assert set(statuses.values()) == {"not applicable"}


def test_a_column_without_a_value_passes_nothing():
    results = run({"a": [None, None]}, *ONE_OF_EACH_KIND)
    statuses = [one.status for one in results]
    assert statuses == ["not applicable", "not applicable", "failed", "passed", "not applicable"]


def test_a_table_of_which_no_row_can_be_read_passes_nothing():
    report = checked(extract("sites", [{**site("A"), "opened_on": "soon"}]), share=1.0)
    mine = report.rules[report.rules["rows_checked"] == 0]
    assert "passed" not in set(mine["status"])
    assert status_of(report, "SI01") == "failed"
    with pytest.raises(DataProblems, match="SI01"):
        report.require_usable()


def test_a_table_declared_to_be_empty_is_accepted_and_its_rules_are_not_applicable():
    nothing = replace(extract("supports", []), frame=EMPTY, may_be_empty=True)
    report = checked(extract("sites", [site("A")]), nothing)
    report.require_usable()
    mine = report.rules[report.rules["table"] == "supports"].set_index("rule_id")
    assert {"SU01", SHARE_RULE, DUPLICATE_RULE, TYPE_RULE} <= set(mine.index)
    assert set(mine["status"]) == {"not applicable"}
    assert mine.loc["SU01", "detail"] == "The table has no rows, as its source file allows."
    assert mine["detail"].str.contains("no rows").all()
    assert report.accepted["supports"].empty
    counts = report.accounting.set_index("table").loc["supports"]
    assert counts.tolist() == [0, 0, 0]


def test_a_table_without_rows_that_nothing_declares_is_refused_once_with_the_line_to_add():
    report = checked(extract("sites", [site("A")]), replace(extract("supports", []), frame=EMPTY))
    with pytest.raises(DataProblems) as refused:
        report.require_usable()
    (problem,) = refused.value.problems
    assert (problem.reason, problem.source) == ("SU01", "supports.csv")
    assert "'no_rows: true' in its source file" in problem.action


def test_two_files_of_which_one_may_be_empty_are_checked_as_ever():
    nothing = replace(extract("sites", [], "more.csv"), frame=EMPTY_SITES, may_be_empty=True)
    report = checked(extract("sites", [site("A")]), nothing)
    assert status_of(report, "SI01") == "passed"


def test_a_core_table_without_rows_is_refused_by_its_file(example, tmp_path):
    shutil.copytree(example[0], tmp_path / "study")
    study = open_study(tmp_path / "study")
    path = study.raw / "practitioners.csv"
    header = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(DataProblems, match="no_rows: true"):
        receive(study, as_of=TODAY.isoformat())


def test_nothing_is_sent_over_the_network(monkeypatch):
    called = []
    monkeypatch.setattr(socket.socket, "connect", lambda *about: called.append(about))
    run({"a": [1]}, rule(column="a", min_value=0))
    assert called == []


def test_a_suite_file_that_lacks_something_is_refused_by_rule(tmp_path):
    path = tmp_path / "things.json"
    for lacking in ("guidance", "category", "title"):
        broken = rule(column="a")
        del broken["meta"][lacking]
        path.write_text(json.dumps({"name": "things", "expectations": [broken]}))
        with pytest.raises(SettingsError, match=f"X1 lacks {lacking}"):
            read_suite(path)
    path.write_text(json.dumps({"name": "things", "expectations": [{**rule(), "severity": "bad"}]}))
    with pytest.raises(SettingsError, match="X1 lacks a severity"):
        read_suite(path)
    broken = rule(column="a")
    broken["meta"]["threshold"] = 10
    path.write_text(json.dumps({"name": "things", "expectations": [broken]}))
    with pytest.raises(SettingsError, match="threshold of X1"):
        read_suite(path)
    path.write_text("{")
    with pytest.raises(SettingsError, match=r"things\.json can't be read"):
        read_suite(path)


# --- the rules as written ---


def suite_rules():
    return [
        (path.stem, rule)
        for path in sorted((ROOT / "expectations").glob("*.json"))
        for rule in read_suite(path)["expectations"]
    ]


def test_rules_are_told_in_words_one_paragraph_each():
    text = (ROOT / "expectations" / "RULES.md").read_text(encoding="utf-8")
    told = re.findall(r"^### ([A-Z]+\d+) (.+)$", text, re.MULTILINE)
    assert len(told) == len(set(told))
    written = {(rule["meta"]["id"], rule["meta"]["title"]) for _, rule in suite_rules()}
    own = {(number, title) for number, title in told if number.startswith("ALL")}
    assert set(told) - own == written
    assert {number for number, _ in own} == {SHARE_RULE, DUPLICATE_RULE, TYPE_RULE}
    paragraphs = re.split(r"^### .+$", text, flags=re.MULTILINE)[1:]
    assert all(len(paragraph.split()) > 15 for paragraph in paragraphs)


def test_every_rule_is_complete_and_its_id_its_own():
    rules = suite_rules()
    identifiers = [rule["meta"]["id"] for _, rule in rules]
    assert len(identifiers) == len(set(identifiers))
    for table, one in rules:
        assert one["severity"] in ("critical", "warning", "info"), table
        assert one["meta"]["category"] in ("conformance", "completeness", "plausibility"), table
        assert one["meta"]["guidance"].endswith("."), table
    for table in SCHEMAS:
        mine = [one for name, one in rules if name == table]
        assert any(
            one["type"] == "expect_table_row_count_to_be_between" and one["severity"] == "critical"
            for one in mine
        ), table


# --- the workbook of rows set aside ---


@pytest.fixture(scope="module")
def workbook(quality, tmp_path_factory):
    path = tmp_path_factory.mktemp("workbook") / "rows_set_aside.xlsx"
    write_set_aside(quality, path)
    return path


def test_the_workbook_holds_every_row_set_aside_with_its_reason(quality, workbook):
    book = CalamineWorkbook.from_path(str(workbook))
    with_rows = [table for table, rows in quality.set_aside.items() if len(rows)]
    assert book.sheet_names == ["Overview", *with_rows]
    for table in with_rows:
        heading, *rows = book.get_sheet_by_name(table).to_python()
        assert heading[:6] == list(HEADINGS.values())
        rows = [dict(zip(heading, row, strict=True)) for row in rows]
        expected = quality.set_aside[table]
        assert [int(row["Row in the file"]) for row in rows] == expected["source_row"].tolist()
        assert all(row["Why it was set aside"] and row["What to do"] for row in rows)
        assert [row["Rule"] for row in rows] == expected["rule_ids"].tolist()


def test_the_workbook_gives_rows_as_they_were_received(quality, workbook):
    heading, *rows = CalamineWorkbook.from_path(str(workbook)).get_sheet_by_name(
        "fidelity_responses"
    ).to_python()  # fmt: skip
    shown = pd.DataFrame(rows, columns=heading)
    spoiled = quality.set_aside["fidelity_responses"]
    assert shown["observed_on"].tolist() == spoiled["observed_on"].fillna("").tolist()
    assert "2025-02-30" in set(shown["observed_on"])


def test_a_cell_that_looks_like_a_formula_stays_text(tmp_path):
    rows = [site("=1+1", since="2031-01-01"), site("007", since="http://x.org"), site("A")]
    report = checked(extract("sites", rows))
    write_set_aside(report, tmp_path / "aside.xlsx")
    heading, *shown = CalamineWorkbook.from_path(str(tmp_path / "aside.xlsx")).get_sheet_by_name(
        "sites"
    ).to_python()  # fmt: skip
    assert [row[heading.index("site_id")] for row in shown] == ["=1+1", "007"]


def test_the_same_rows_give_the_same_bytes(quality, workbook, tmp_path):
    write_set_aside(quality, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == workbook.read_bytes()
