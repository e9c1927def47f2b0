"""What changed in quarters already published is found, told, and never gives few people away."""

import json

import pandas as pd
import pytest

from workbench.data.extracts import Extract
from workbench.data.intake import Intake
from workbench.data.mending import Mending
from workbench.data.quality_report import QualityReport
from workbench.data.quarantine import ANY_RULE
from workbench.data.quarantine_history import quarantine_history
from workbench.data.revised_rows import CHANGES, revised_rows
from workbench.data.revisions import find_revisions, revision_findings
from workbench.data.schemas import load_schemas
from workbench.reporting.sections_revisions import (
    RevisionEvidence,
    release_numbers,
    revisions_section,
)
from workbench.reporting.tables_revisions import history_table
from workbench.results import Results
from workbench.running.revised_numbers import OTHER_RULES, OTHER_VERSION, revision_tables
from workbench.settings import MANIFEST, SETTINGS_FILE, Privacy, open_study

SCHEMAS = load_schemas()
TABLES = ("practitioners", "supports", "plans")
LAST_DAY = pd.Timestamp("2026-06-30")
SUPPORTS = {
    "s1": ("p1", "2026-01-10", "coaching"),
    "s2": ("p1", "2026-04-10", "coaching"),
    "s3": ("p2", "2026-05-10", "training"),
    "s4": ("p2", "2026-06-30", "coaching"),
}


def supports(rows=SUPPORTS):
    frame = pd.DataFrame.from_dict(
        dict(rows), orient="index", columns=["practitioner_id", "occurred_on", "kind"]
    )
    frame = frame.rename_axis("support_id").reset_index()
    return frame.assign(
        occurred_on=pd.to_datetime(frame["occurred_on"]),
        source_file="supports.csv",
        source_row=range(2, 2 + len(frame)),
    )


def compared(now, then=None, aside=None, returned=(), table="supports"):
    then = supports() if then is None else then
    found = revised_rows(SCHEMAS[table], then, now, aside, returned, LAST_DAY)
    return found.set_index("quarter")[list(CHANGES)]


def changes(found):
    """Counts that are not zero, by quarter and kind."""
    stacked = found.stack()
    return {key: int(count) for key, count in stacked[stacked != 0].items()}


# --- rows ---


def test_the_same_rows_in_another_order_are_no_revision():
    assert changes(compared(supports().iloc[::-1].assign(source_row=9))) == {}


def test_late_edited_and_removed_rows_are_counted_under_the_quarter_of_their_date():
    now = {name: row for name, row in SUPPORTS.items() if name != "s3"}
    now["s1"] = ("p1", "2026-01-10", "training")
    now["s9"] = ("p3", "2026-04-30", "coaching")
    now["s10"] = ("p3", "2026-07-01", "coaching")  # after the quarter: news
    assert changes(compared(supports(now))) == {
        ("2026Q1", "edited"): 1,
        ("2026Q2", "late"): 1,
        ("2026Q2", "removed"): 1,
    }


def test_a_date_moved_out_of_the_quarter_is_an_edit_of_the_quarter_it_was_in():
    now = {**SUPPORTS, "s4": ("p2", "2026-07-02", "coaching")}
    assert changes(compared(supports(now))) == {("2026Q2", "edited"): 1}


def test_a_row_set_aside_now_and_one_mended_now_are_told_apart():
    aside = supports().iloc[[2]].assign(occurred_on="2026-05-99")
    now = {name: row for name, row in SUPPORTS.items() if name != "s3"}
    assert changes(compared(supports(now), aside=aside)) == {("2026Q2", "set_aside"): 1}
    then = supports(now)
    mended = supports()
    row = int(mended.loc[mended["support_id"] == "s3", "source_row"].iloc[0])
    assert changes(compared(mended, then, returned={("supports.csv", row)})) == {
        ("2026Q2", "returned"): 1
    }


def test_a_plan_that_was_closed_since_has_moved_on():
    then = pd.DataFrame(
        {
            "plan_id": ["a", "b"], "site_id": "A", "practitioner_id": "p1",
            "opened_on": pd.to_datetime(["2026-02-01", "2026-02-02"]),
            "closed_on": pd.to_datetime([None, None]), "source_file": "x", "source_row": [2, 3],
        }
    )  # fmt: skip
    now = then.assign(closed_on=pd.to_datetime(["2026-08-01", "2026-03-01"]))
    found = revised_rows(SCHEMAS["plans"], then, now, None, (), LAST_DAY)
    assert found[["quarter", "edited", "moved_on"]].to_numpy().tolist() == [["2026Q1", 1, 1]]


def test_rows_without_a_date_are_edited_or_gone_but_never_late():
    then = pd.DataFrame(
        {"practitioner_id": ["p1", "p2"], "site_id": ["A", "A"], "source_file": "x",
         "source_row": [2, 3]}
    )  # fmt: skip
    now = pd.DataFrame(
        {"practitioner_id": ["p1", "p3"], "site_id": ["B", "A"], "source_file": "x",
         "source_row": [2, 3]}
    )  # fmt: skip
    found = changes(compared(now, then, table="practitioners"))
    assert found == {("", "edited"): 1, ("", "removed"): 1}


def test_a_column_that_is_new_edits_nothing():
    assert changes(compared(supports().assign(hours=1.0))) == {}


# --- versions ---


@pytest.fixture
def study(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("network: A\n")
    return open_study(tmp_path)


def intake(frame, sha="one", returned=None):
    """What was received: the table of supports, checked."""
    accounting = pd.DataFrame([{"table": "supports", "received": len(frame) + 1,
                                "accepted": len(frame), "set_aside": 1}])  # fmt: skip
    report = QualityReport({"supports": frame}, {}, pd.DataFrame(), pd.DataFrame(), accounting,
                           (), ())  # fmt: skip
    quarantine = pd.DataFrame(
        {"table": ["supports", "supports"], "rule_id": [ANY_RULE, "SU01"], "set_aside": [3, 3],
         "returned": [1, 1], "left_out": [0, 0], "still_open": [2, 2]}
    )  # fmt: skip
    mending = Mending(quarantine=quarantine, returned=returned or {})
    extract = Extract("supports", frame, "supports.csv", sha)
    return Intake([extract], report, {"supports": SCHEMAS["supports"]}, None, mending)


MEANS = {"2026Q1": 70.0, "2026Q2": 71.2}


def publish(study, label, received, means=MEANS, people=20, version="1.0"):
    """Write what a run of a quarter keeps, as its notebooks do; gives its results."""
    found = find_revisions(study, received, label)
    staging = Results(study.reports / ".staging", study)
    staging.start({"quarter": label, "versions": {"workbench": version}})
    staging.write_accepted({"supports": received.quality.accepted["supports"]})
    staging.write_tables(
        {
            **found.tables(),
            "inputs": pd.DataFrame(received.inputs),
            "row_accounting": received.quality.accounting,
            "quarantine": received.mending.quarantine,
            "quarantine_history": quarantine_history(study, received, label),
            "fidelity_by_quarter": pd.DataFrame(
                [["network", "", quarter, mean, people] for quarter, mean in means.items()],
                columns=["scope", "site_id", "quarter", "fidelity", "n_practitioners"],
            ),
        }
    )
    staging.write_tables(revision_tables(staging))
    folder = study.reports / label / f"v{len(study.versions_of(label)) + 1}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging.folder.rename(folder)
    (folder / MANIFEST).touch()
    return Results(folder, study)


def section(results, site_id=""):
    evidence = RevisionEvidence(
        results.table("publication"),
        results.table("revisions"),
        release_numbers(results.table("revised_numbers"), Privacy()),
    )
    return revisions_section(evidence, site_id)


def test_the_first_quarter_has_nothing_to_be_set_beside(study):
    first = publish(study, "2026Q2", intake(supports()))
    assert revision_findings(find_revisions(study, intake(supports()), "2026Q3"))
    told = first.table("publication").iloc[0].to_dict()
    assert (told["version"], told["compared_with"]) == (1, "")
    assert "Nothing was published before" in section(first).lead


def test_a_redelivered_quarter_is_a_second_version_and_is_named(study):
    publish(study, "2026Q2", intake(supports()))
    late = {
        **SUPPORTS,
        "s8": ("p1", "2026-06-01", "coaching"),
        "s9": ("p2", "2026-06-02", "coaching"),
        "s2": ("p1", "2026-04-10", "training"),
    }
    second = publish(study, "2026Q2", intake(supports(late), "two"), {**MEANS, "2026Q2": 71.0})
    shown = section(second)
    assert shown.lead == (
        "This is the second version of 2026Q2: 2 rows came late and 1 was edited; "
        "mean fidelity of 2026Q2 was 71.2 percent, now 71.0."
    )
    numbers, rows = shown.tables
    assert numbers.frame.to_numpy().tolist() == [
        ["2026Q2", "71.2%", "71.0%", "−0.2", "20 and 20", OTHER_RULES]
    ]
    assert rows.frame["Came late"].tolist() == ["2"]
    settled = publish(study, "2026Q2", intake(supports(late), "two"), {**MEANS, "2026Q2": 70.0})
    assert section(settled).lead == (
        "This is the third version of 2026Q2: no row of a past quarter changed; "
        "mean fidelity of 2026Q2 was 71.0 percent, now 70.0."
    )
    again = publish(study, "2026Q2", intake(supports(late), "three"), {**MEANS, "2026Q2": 70.0})
    assert section(again).lead == (
        "This is the fourth version of 2026Q2: no row of a past quarter changed; mean fidelity of "
        "every past quarter is as it was published."
    )


def test_the_next_quarter_tells_what_changed_since_the_last(study):
    publish(study, "2026Q2", intake(supports()))
    rows = {**SUPPORTS, "s1": ("p1", "2026-01-10", "training"),
            "s9": ("p1", "2026-08-01", "coaching")}  # fmt: skip
    received = intake(supports(rows), "two")
    means = {"2026Q1": 69.0, "2026Q2": 71.2, "2026Q3": 72.0}
    (finding,) = revision_findings(find_revisions(study, received, "2026Q3"))
    after = publish(study, "2026Q3", received, means, version="1.1")
    assert (finding.id, finding.n, finding.n_of) == ("quality.revisions", 1, "rows")
    assert section(after).lead.startswith("Since 2026Q2 was published: 1 row was edited; mean")
    numbers = after.table("revised_numbers").set_index("quarter")
    assert numbers["changed_rows"].to_dict() == {"2026Q1": OTHER_VERSION, "2026Q2": ""}
    assert not {"p1", "s1"} & set(json.dumps(finding.statement).split())


def test_the_history_is_what_each_quarter_published(study):
    publish(study, "2026Q1", intake(supports()))
    publish(study, "2026Q2", intake(supports(), "two"))
    history = quarantine_history(study, intake(supports(), "three"), "2026Q3")
    shown = history_table(history).frame
    assert shown["Quarter"].tolist() == ["2026Q1", "2026Q2", "2026Q3"]
    assert shown["Set aside"].tolist() == ["3", "3", "3"]
    assert shown["Still open"].tolist() == ["2", "2", "2"]
    assert quarantine_history(study, intake(supports()), "")["quarter"].unique() == ["this run"]


def test_a_quarter_published_without_counts_has_those_by_rule(study):
    results = publish(study, "2026Q1", intake(supports()))
    (results.folder / "tables" / "quarantine.parquet").unlink()
    history = quarantine_history(study, intake(supports()), "2026Q2")
    old = history[history["quarter"] == "2026Q1"]
    assert old[["set_aside", "returned", "still_open"]].to_numpy().tolist() == [[1, 0, 1]]


# --- disclosure ---


def numbers(n_then, n_now, then=70.0, now=72.0):
    return pd.DataFrame(
        {"scope": "site", "site_id": "A", "quarter": ["2026Q1"], "then": then, "now": now,
         "change": now - then, "n_then": n_then, "n_now": n_now,
         "n_practitioners": min(n_then, n_now), "changed_rows": "rows came late"}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("n_then", "n_now", "shown"),
    [(4, 12, False), (6, 7, False), (6, 6, True), (6, 11, True), (200, 201, True)],
)
def test_two_numbers_never_tell_the_mean_of_few_who_joined(n_then, n_now, shown):
    released = release_numbers(numbers(n_then, n_now), Privacy())
    assert released["then"].notna().tolist() == [shown]
    assert released["suppressed"].tolist() == [not shown]
    evidence = RevisionEvidence(
        pd.DataFrame([{"quarter": "2026Q2", "version": 1, "compared_with": "2026Q1",
                       "compared_version": 1}]),
        pd.DataFrame(columns=["table", "quarter", *CHANGES]),
        released,
    )  # fmt: skip
    said = revisions_section(evidence, "A")
    text = said.lead + "".join(table.frame.to_string() for table in said.tables)
    assert ("72.0" in text) is shown
