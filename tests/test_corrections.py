"""Mended rows come back to the very row they are about, and every row stays accounted for."""

import datetime as dt
import hashlib
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from workbench.data import corrected_rows as words
from workbench.data import quality as quality_module
from workbench.data.corrections import FOLDER, LEAVE_OUT, MARK, TO_MEND, VALUE
from workbench.data.extracts import Extract
from workbench.data.instruments import load_instruments
from workbench.data.intake import Intake
from workbench.data.mending import check_with_corrections
from workbench.data.quality import check
from workbench.data.quarantine import ANY_RULE
from workbench.data.readers import read_csv
from workbench.data.rows_to_mend import COVER, NO_SITE, write_rows_to_mend
from workbench.data.schemas import load_schemas
from workbench.errors import DataProblems
from workbench.running.studies import FOLDERS

TODAY = dt.date(2026, 10, 1)
SCHEMAS = {
    name: schema
    for name, schema in load_schemas().items()
    if name in ("sites", "practitioners", "supports")
}
INSTRUMENTS = load_instruments()
SITES = "site_id,site_name\nA,Ash\nB,Birch\n"
PEOPLE = (
    "practitioner_id,site_id,hired_on\n"
    "p1,A,2025-02-30\np2,A,2025-02-28\np3,B,2024-01-01\n007,Z,2025-01-01\np2,A,2025-02-28\n"
)
SUPPORTS = (
    "support_id,practitioner_id,occurred_on,kind\n"
    "s1,p1,2026-01-05,coaching\ns2,p2,2026-13-05,coaching\ns3,p3,2026-02-05,coaching,more\n"
    "s4,p3,2026-03-05,coaching\n"
)


@pytest.fixture
def study(tmp_path):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (tmp_path / FOLDER).mkdir()
    for name, text in (("sites", SITES), ("practitioners", PEOPLE), ("supports", SUPPORTS)):
        (raw / f"{name}.csv").write_text(text)
    return tmp_path


CHECKED = {}


def checked(extracts):
    """Check rows, once for all tests that check the very same."""
    rows = "".join(
        f"{one.table} {one.frame.to_csv()} {one.uneven} {one.fingerprint}" for one in extracts
    )
    key = (rows, quality_module.SuiteRunner)
    if key not in CHECKED:
        CHECKED[key] = check(extracts, SCHEMAS, INSTRUMENTS, TODAY, (), 0.99)
    return CHECKED[key]


class NoSuites:
    """Runs no suite, so that what holds whatever comes back can be tried often."""

    def run(self, frame, suite):
        return []


def received(study):
    """Read and check a study's three tables, with what came back."""
    extracts = []
    for table in SCHEMAS:
        text = read_csv(study / "data" / "raw" / f"{table}.csv", f"{table}.csv")
        extracts.append(
            Extract(table, text.frame, text.source, text.fingerprint, text.uneven, text.notes)
        )
    quality, mending = check_with_corrections(
        extracts,
        SCHEMAS,
        study,
        checked,
    )
    assert (
        quality.accounting["received"]
        == quality.accounting["accepted"] + quality.accounting["set_aside"]
    ).all()
    return Intake(extracts, quality, SCHEMAS, INSTRUMENTS, mending)


def sheets(path):
    """Sheets of a workbook as frames of text."""
    book = CalamineWorkbook.from_path(str(path))
    found = {}
    for name in book.sheet_names:
        header, *rows = book.get_sheet_by_name(name).to_python()
        found[name] = pd.DataFrame(rows, columns=header, dtype="str")
    return found


def to_mend(study):
    """Every sheet of every workbook of rows to mend, by slug and table."""
    folder = study / "to_mend"
    write_rows_to_mend(received(study), folder)
    return {path.stem: sheets(path) for path in sorted(folder.glob("*.xlsx"))}


def send_back(study, frame, name="back"):
    frame.to_csv(study / FOLDER / f"{name}.csv", index=False)


def where(intake, table):
    """File rows of a table that are used."""
    return intake.quality.accepted[table]["source_row"].tolist()


def statuses(intake):
    return intake.mending.corrections["status"].tolist()


# --- the workbooks ---


def test_each_site_gets_its_own_rows_and_the_rest_are_of_no_site(study):
    books = to_mend(study)
    assert set(books) == {"site-001", NO_SITE}  # every row of site B can be used
    assert books["site-001"]["practitioners"]["practitioner_id"].tolist() == ["p1"]
    assert books["site-001"]["supports"]["support_id"].tolist() == ["s2"]
    # p1 is set aside, so the site of s1 is not known; a row that did not fit names nobody.
    assert set(books[NO_SITE]) == {COVER, "practitioners", "supports"}


def test_a_sheet_names_the_column_by_word_and_by_place(study):
    sheet = to_mend(study)["site-001"]["practitioners"]
    assert sheet[TO_MEND].tolist() == ["hired_on (column L)"]
    assert sheet.columns.get_loc("hired_on") == ord("L") - ord("A")
    assert sheet[VALUE].tolist() == [""]
    assert sheet["hired_on"].tolist() == ["2025-02-30"]


def test_a_row_that_repeats_another_word_for_word_is_no_work(study):
    rows = [each for book in to_mend(study).values() for each in book.get("practitioners", [[]])]
    assert rows
    marks = [
        mark
        for book in to_mend(study).values()
        for mark in book.get("practitioners", pd.DataFrame({MARK: []}))[MARK]
    ]
    assert sorted(int(mark.split(".")[2]) for mark in marks) == [2, 5]


def test_the_same_rows_give_the_same_bytes_and_no_formula(study):
    raw = study / "data" / "raw" / "sites.csv"
    raw.write_text(SITES.replace("Birch", "=1+1").replace("B,", ",", 1))
    for folder in ("one", "two"):
        write_rows_to_mend(received(study), study / folder)
    for path in (study / "one").glob("*.xlsx"):
        assert path.read_bytes() == (study / "two" / path.name).read_bytes()
        with pd.ExcelFile(path, engine="calamine") as book:
            assert book.sheet_names[0] == COVER
    with zipfile.ZipFile(study / "one" / f"{NO_SITE}.xlsx") as parts:
        for name in parts.namelist():
            assert b"<f>" not in parts.read(name)
            assert b'hidden="1"' not in parts.read(name)


# --- what comes back ---


def test_a_new_study_has_a_place_for_what_comes_back():
    assert FOLDER in FOLDERS


def test_a_correct_value_brings_the_row_back_and_those_that_name_it(study):
    before = received(study)
    assert where(before, "practitioners") == [3, 4]
    assert where(before, "supports") == [5]
    sheet = to_mend(study)["site-001"]["practitioners"].assign(**{VALUE: "2025-02-27"})
    send_back(study, sheet)
    after = received(study)
    assert where(after, "practitioners") == [2, 3, 4]
    assert after.quality.accepted["practitioners"]["hired_on"][0] == pd.Timestamp("2025-02-27")
    assert where(after, "supports") == [2, 5]
    assert statuses(after) == [words.RETURNED]
    told = after.mending.corrections.iloc[0]
    assert (told["table"], told["source_row"], told["columns"]) == ("practitioners", 2, "hired_on")
    assert "2025" not in " ".join(map(str, told))
    accounting = after.tables()["row_accounting"].set_index("table")
    assert accounting["returned"].to_dict() == {"sites": 0, "practitioners": 1, "supports": 1}
    (note,) = [one for one in after.quality.notes if FOLDER in one]
    assert "1 corrected row came back" in note
    assert "1 further row came back along" in note


def test_a_cell_mended_in_its_place_counts_in_a_workbook_too(study):
    import xlsxwriter

    sheet = to_mend(study)["site-001"]["supports"].assign(occurred_on="2026-01-15")
    with xlsxwriter.Workbook(str(study / FOLDER / "site.xlsx")) as book:
        book.add_worksheet(COVER).write_string(0, 0, "Rows to mend")
        page = book.add_worksheet("supports")
        for column, name in enumerate(sheet.columns):
            page.write_string(0, column, name)
            page.write_string(1, column, sheet[name][0])
    after = received(study)
    assert statuses(after) == [words.RETURNED]
    assert where(after, "supports") == [3, 5]


def test_a_row_that_did_not_fit_is_mended_cell_by_cell(study):
    sheet = to_mend(study)[NO_SITE]["supports"]
    wide = sheet["cells_as_received"] != ""
    assert sheet.loc[wide, "cells_as_received"].str.contains("more").all()
    cells = {"support_id": "s3", "practitioner_id": "p3", "occurred_on": "2026-02-05",
             "kind": "coaching"}  # fmt: skip
    send_back(study, sheet[wide].assign(**cells))
    after = received(study)
    assert statuses(after) == [words.RETURNED]
    assert where(after, "supports") == [4, 5]


def test_a_mended_row_that_still_fails_can_be_mended_again_from_where_it_is(study):
    sheet = to_mend(study)["site-001"]["practitioners"].assign(**{VALUE: "2025-02-31"})
    send_back(study, sheet, "a")
    assert statuses(received(study)) == [words.STILL]
    again = to_mend(study)["site-001"]["practitioners"]
    assert again["hired_on"].tolist() == ["2025-02-31"]
    send_back(study, again.assign(**{VALUE: "2025-02-27"}), "b")
    after = received(study)
    assert statuses(after) == [words.REPLACED, words.RETURNED]
    assert where(after, "practitioners") == [2, 3, 4]
    (study / FOLDER / "a.csv").unlink()
    lone = received(study)
    assert statuses(lone) == [words.STALE]
    assert lone.mending.corrections["reason"].tolist() == [words.NO_EARLIER]


def test_two_that_differ_are_refused_and_two_alike_are_one(study):
    sheet = to_mend(study)["site-001"]["practitioners"]
    send_back(study, sheet.assign(**{VALUE: "2025-02-27"}), "a")
    send_back(study, sheet.assign(**{VALUE: "2025-02-27"}), "b")
    assert statuses(received(study)) == [words.RETURNED, words.REPLACED]
    send_back(study, sheet.assign(**{VALUE: "2025-02-26"}), "b")
    after = received(study)
    assert statuses(after) == [words.REFUSED, words.REFUSED]
    assert set(after.mending.corrections["reason"]) == {words.TWO}
    assert where(after, "practitioners") == [3, 4]


def test_a_correction_of_another_version_of_the_file_is_stale(study):
    send_back(study, to_mend(study)["site-001"]["practitioners"].assign(**{VALUE: "2025-02-27"}))
    raw = study / "data" / "raw" / "practitioners.csv"
    raw.write_text(PEOPLE + "p9,B,2024-05-05\n")
    after = received(study)
    assert statuses(after) == [words.STALE]
    assert after.mending.corrections["reason"].tolist() == [words.NO_FILE]
    assert where(after, "practitioners") == [3, 4, 7]
    assert "not applied" in after.quality.notes[-1]


def test_what_a_spreadsheet_rewrote_on_its_own_is_not_taken(study):
    sheet = to_mend(study)[NO_SITE]["practitioners"]
    assert sheet["practitioner_id"].tolist() == ["007"]
    mangled = sheet.assign(practitioner_id="7", **{VALUE: "A"})
    send_back(study, mangled)
    after = received(study)
    assert statuses(after) == [words.REFUSED]
    assert "leading zeros" in after.mending.corrections["reason"][0]
    send_back(
        study, mangled.assign(**{VALUE: "", "site_id": "A", TO_MEND: "site_id, practitioner_id"})
    )
    assert statuses(received(study)) == [words.RETURNED]
    send_back(study, sheet.assign(**{VALUE: "A"}))
    assert (
        received(study).quality.accepted["practitioners"]["practitioner_id"].tolist()[-1] == "007"
    )


def test_a_row_left_out_in_writing_is_settled(study):
    sheet = to_mend(study)["site-001"]["practitioners"].assign(**{LEAVE_OUT: "Never worked here."})
    send_back(study, sheet)
    after = received(study)
    assert statuses(after) == [words.LEFT_OUT]
    assert after.mending.corrections["reason"].tolist() == ["Never worked here."]
    quarantine = after.mending.quarantine.set_index(["table", "rule_id"])
    row = quarantine.loc[("practitioners", ANY_RULE)]
    assert row.to_list() == [3, 0, 1, 2]
    (study / "to_mend" / "site-001.xlsx").unlink()
    assert "practitioners" not in to_mend(study)["site-001"]
    send_back(study, sheet.assign(**{VALUE: "2025-02-27"}))
    assert received(study).mending.corrections["reason"].tolist() == [words.BOTH]


def test_rows_sent_back_unchanged_say_nothing(study):
    for slug, book in to_mend(study).items():
        for table, sheet in book.items():
            if table != COVER:
                send_back(study, sheet, f"{slug}-{table}")
    after = received(study)
    assert statuses(after) == []
    assert after.quality.notes == received(study).quality.notes


def test_a_file_that_is_no_such_workbook_is_refused_kindly(study):
    (study / FOLDER / "notes.csv").write_text("a,b\n1,2\n")
    sheet = to_mend_without_files(study)
    send_back(study, sheet.assign(**{MARK: "row two"}), "unmarked")
    with pytest.raises(DataProblems) as refused:
        received(study)
    reasons = {one.reason: one for one in refused.value.problems}
    assert set(reasons) == {"not_rows_to_mend", "mark_missing"}
    assert reasons["mark_missing"].rows == (2,)
    assert reasons["not_rows_to_mend"].source == f"{FOLDER}/notes.csv"
    assert all(len(str(one).split()) <= 60 for one in refused.value.problems)


def to_mend_without_files(study):
    held = {path: path.read_bytes() for path in (study / FOLDER).iterdir()}
    for path in held:
        path.unlink()
    sheet = to_mend(study)["site-001"]["practitioners"]
    for path, content in held.items():
        path.write_bytes(content)
    return sheet


# --- what always holds ---

STARTS = {}
"""Study to what it gives out and holds while nothing came back: the same in every example."""
CELL = st.sampled_from(["", "A", "B", "p1", "p2", "p3", "2025-02-27", "2025-02-30", "coaching"])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_comes_back_no_row_is_lost_and_nothing_received_changes(study, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality_module, "SuiteRunner", NoSuites)
        no_row_is_lost(study, data)


def no_row_is_lost(study, data):
    raw = study / "data" / "raw"
    before = {path: hashlib.sha256(path.read_bytes()).digest() for path in raw.iterdir()}
    for path in (study / FOLDER).iterdir():
        path.unlink()
    if study not in STARTS:
        STARTS[study] = to_mend(study), received(study)
    given_out, as_received = STARTS[study]
    books = {slug: {name: sheet.copy() for name, sheet in book.items()}
             for slug, book in given_out.items()}  # fmt: skip
    for slug, book in books.items():
        for table, sheet in book.items():
            if table == COVER:
                continue
            for _ in range(data.draw(st.integers(0, 3))):
                row = data.draw(st.integers(0, len(sheet) - 1))
                column = data.draw(st.sampled_from([name for name in sheet if name != MARK]))
                sheet.loc[row, column] = data.draw(CELL)
            send_back(study, sheet, f"{slug}-{table}")
    after = received(study)
    assert after.quality.accounting["received"].equals(as_received.quality.accounting["received"])
    for table in SCHEMAS:
        used, aside = where(after, table), after.quality.set_aside[table]["source_row"].tolist()
        assert sorted(used + aside) == sorted(
            where(as_received, table) + as_received.quality.set_aside[table]["source_row"].tolist()
        )
    counts = after.mending.quarantine
    assert (
        counts["set_aside"] == counts["returned"] + counts["left_out"] + counts["still_open"]
    ).all()
    assert set(statuses(after)) <= set(words.STATUSES)
    assert before == {path: hashlib.sha256(path.read_bytes()).digest() for path in raw.iterdir()}
