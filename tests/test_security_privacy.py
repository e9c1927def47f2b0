"""Pseudonyms hold, keys are kept apart, and what is to be forgotten is gone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.pseudonymising import Pseudonymised, pseudonymise, write_pseudonymised
from workbench.data.pseudonyms import (
    LETTERS,
    KeyRefused,
    Pseudonyms,
    key_file,
    new_key,
    read_key,
)
from workbench.data.safe_csv import csv_text, formula_safe, write_csv
from workbench.data.schemas import load_schemas
from workbench.errors import ParameterError, RunFault, SettingsError
from workbench.running.forgetting import forget_before, forget_person
from workbench.running.forgotten_record import RECORD, is_about, read_record
from workbench.running.mentions import names_person, plan, practitioner, rows_that_name
from workbench.settings import Study, open_study

SECRET = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
# By openssl: subkey = HMAC(secret, "purpose\0evaluation"); HMAC(subkey, "staff\0" "007"), base32.
KNOWN = "s-ZLZ5YY2HC7YVB"

STAFF = "P-0042"
PLAN = "PL-77"


# --- pseudonyms ---


def test_a_pseudonym_is_the_hmac_of_kind_and_identifier() -> None:
    codes = Pseudonyms(SECRET, "evaluation")
    assert codes.of("staff", "007") == KNOWN
    assert codes.of("staff", "0\u200b07") == KNOWN
    assert len(KNOWN.removeprefix("s-")) == LETTERS >= 10


def test_kind_purpose_key_and_zeros_each_give_another_pseudonym() -> None:
    codes = Pseudonyms(SECRET, "evaluation")
    other_key = Pseudonyms(SECRET[::-1], "evaluation")
    other_purpose = Pseudonyms(SECRET, "a report")
    made = [
        codes.of("staff", "007"),
        codes.of("family", "007"),
        codes.of("staff", "7"),
        other_key.of("staff", "007"),
        other_purpose.of("staff", "007"),
    ]
    assert len({code[2:] for code in made}) == len(made)
    assert len({codes.key_id, other_key.key_id, other_purpose.key_id}) == 3
    assert codes.key_id not in SECRET.hex()


def test_many_identifiers_get_as_many_pseudonyms() -> None:
    codes = Pseudonyms(SECRET, "evaluation")
    assert len({codes.of("staff", str(number)) for number in range(20_000)}) == 20_000


def test_two_identifiers_with_one_pseudonym_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.data.pseudonyms.LETTERS", 1)
    codes = Pseudonyms(SECRET, "evaluation")
    with pytest.raises(KeyRefused, match="same pseudonym"):
        [codes.of("staff", str(number)) for number in range(40)]


def test_a_new_key_is_its_owners_alone_and_is_never_written_over(tmp_path: Path) -> None:
    key = tmp_path / "keys" / "one"
    key.parent.mkdir()
    new_key(key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = read_key(key, [tmp_path / "study"])
    with pytest.raises(KeyRefused, match="not written over"):
        new_key(key)
    assert read_key(key, []) == secret


def test_a_key_is_refused_where_it_is_not_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    new_key(key)
    with pytest.raises(KeyRefused, match="beside the data"):
        read_key(key, [tmp_path])
    (tmp_path / ".git").mkdir()
    with pytest.raises(KeyRefused, match="version control"):
        read_key(key, [])
    (tmp_path / ".git").rmdir()
    link = tmp_path / "study" / "link"
    link.parent.mkdir()
    inside = tmp_path / "study" / "real"
    inside.write_bytes(key.read_bytes())
    inside.chmod(0o600)
    outside = tmp_path / "outside"
    outside.symlink_to(inside)
    with pytest.raises(KeyRefused, match="beside the data"):
        read_key(outside, [tmp_path / "study"])
    key.chmod(0o640)
    with pytest.raises(KeyRefused, match="chmod 600"):
        read_key(key, [])
    key.chmod(0o600)
    for plain in (b"short", b"a" * 64):
        key.write_bytes(plain)
        with pytest.raises(KeyRefused, match="holds no key"):
            read_key(key, [])
    monkeypatch.delenv("WORKBENCH_PSEUDONYM_KEY", raising=False)
    with pytest.raises(KeyRefused, match="There is no key"):
        key_file(None)
    monkeypatch.setenv("WORKBENCH_PSEUDONYM_KEY", str(key))
    assert key_file(None) == key


# --- tables under pseudonyms ---


def tables() -> dict[str, pd.DataFrame]:
    return {
        "sites": pd.DataFrame({"site_id": ["1"], "site_name": ["Elm House"]}),
        "practitioners": pd.DataFrame(
            {
                "practitioner_id": ["P1", "P2"],
                "site_id": ["1", "1"],
                "supervisor_id": ["S1", pd.NA],
                "role": ["Ann's deputy", "coach"],
                "trainer_id": ["P1", "P1"],
                "more": ["x", "y"],
            }
        ),
        "fidelity_responses": pd.DataFrame(
            {
                "observation_id": ["O-P1-1"],
                "item_id": ["prep"],
                "practitioner_id": ["P1"],
                "rater_id": ["P1"],
                "response": ["3"],
            }
        ),
        "supports": pd.DataFrame(
            {
                "support_id": ["U1"],
                "practitioner_id": ["P2"],
                "provided_by": ["S1"],
                "triggered_by_observation_id": ["O-P1-1"],
            }
        ),
        "outcomes": pd.DataFrame(
            {
                "subject": ["practitioner", "plan", "site"],
                "subject_id": ["P1", "F1", "1"],
                "measure": ["=1+1", "stay", "stay"],
                "value": [-1.5, 2.0, 3.0],
            }
        ),
        "plans": pd.DataFrame({"plan_id": ["F1"], "practitioner_id": ["P2"], "site_id": ["1"]}),
    }


def made(**options: object) -> tuple[Pseudonymised, Pseudonyms]:
    codes = Pseudonyms(SECRET, "evaluation")
    return pseudonymise(tables(), load_schemas(), codes, **options), codes  # type: ignore[arg-type]


def test_a_person_has_one_pseudonym_in_every_table_and_part() -> None:
    done, codes = made()
    one = codes.of("staff", "P1")
    seen = done.tables["fidelity_responses"].iloc[0]
    assert (seen["practitioner_id"], seen["rater_id"]) == (one, one)
    assert set(done.tables["practitioners"]["trainer_id"]) == {one}
    assert done.tables["supports"]["provided_by"][0] == codes.of("staff", "S1")
    by_subject = done.tables["outcomes"].set_index("subject")["subject_id"]
    assert by_subject.to_dict() == {
        "practitioner": one,
        "plan": codes.of("family", "F1"),
        "site": "1",
    }
    assert done.tables["plans"]["plan_id"][0] == codes.of("family", "F1")
    observation = done.tables["fidelity_responses"]["observation_id"][0]
    assert done.tables["supports"]["triggered_by_observation_id"][0] == observation


def test_names_free_text_and_unknown_columns_are_left_out() -> None:
    done, _ = made()
    assert done.dropped == ("outcomes.measure", "practitioners.role", "sites.site_name")
    everything = " ".join(frame.to_csv() for frame in done.tables.values())
    for secret in ("Elm", "Ann", "P1", "P2", "S1", "F1", "more"):
        assert secret not in everything
    assert done.tables["fidelity_responses"]["item_id"][0] == "prep"


def test_every_identifier_of_every_schema_is_replaced_unless_it_names_nobody() -> None:
    schemas = load_schemas()
    all_of_them = {
        table: pd.DataFrame({name: ["x"] for name in schema.columns}, dtype="str")
        for table, schema in schemas.items()
    }
    done = pseudonymise(all_of_them, schemas, Pseudonyms(SECRET, "e"), hide_places=True)
    left = {place.split(".")[1] for place in done.in_clear}
    assert left == {"item_id", "instrument_id", "instrument_version"}
    text = {c for s in schemas.values() for c, column in s.columns.items() if column.type == "text"}
    assert not text & {name for frame in done.tables.values() for name in frame.columns}


def test_places_can_be_hidden_and_text_kept_but_never_names() -> None:
    done, codes = made(hide_places=True, keep=("outcomes.measure",))
    assert done.tables["sites"]["site_id"][0] == codes.of("place", "1")
    assert "=1+1" in set(done.tables["outcomes"]["measure"])
    for wrong in ("sites.site_name", "practitioners.practitioner_id", "no.such"):
        with pytest.raises(SettingsError, match="can't be kept"):
            made(keep=(wrong,))


def test_files_say_what_was_done_and_run_nothing(tmp_path: Path) -> None:
    done, codes = made(keep=("outcomes.measure",))
    write_pseudonymised(done, codes, tmp_path / "out")
    text = (tmp_path / "out" / "outcomes.csv").read_text()
    assert "'=1+1,-1.5" in text
    about = (tmp_path / "out" / "README.txt").read_text()
    assert codes.key_id in about
    assert "sites.site_name" in about
    with pytest.raises(KeyRefused, match="holds files"):
        write_pseudonymised(done, codes, tmp_path / "out")


def test_a_cell_that_could_run_gets_an_apostrophe_and_a_number_does_not(tmp_path: Path) -> None:
    for text in ("=1", "+1", "-1", "@x", "\tx", "\rx", "\x00=1", " =1", "＝1"):
        assert formula_safe(text)[0] == "'"
    assert formula_safe("a=1") == "a=1"
    write_csv(pd.DataFrame({"=a": ["-x"], "n": [-2.5], "d": [pd.Timestamp("2026-01-02")]}),
              tmp_path / "x.csv")  # fmt: skip
    assert (tmp_path / "x.csv").read_text() == "'=a,n,d\n'-x,-2.5,2026-01-02\n"
    assert csv_text(["a"], [("=1",)]) == "a\n'=1\n"


# --- forgetting ---


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study with results of three quarters, in folders of different depth."""
    folder = tmp_path / "study"
    for place in ("2021Q4", "2022Q1/v1", "2022Q1/v2", "refused"):
        _results(folder / "reports" / place)
    (folder / "workbench.yml").write_text("network: Ours\n")
    (folder / "reports" / "ledger.jsonl").write_text(json.dumps({"site": "1"}) + "\n")
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "plans.csv").write_text(f'plan_id,why\n{PLAN},x\nPL-7,"two\nlines"\n{PLAN}1,{STAFF}\n')
    pd.DataFrame({"a": ["x", STAFF]}).to_parquet(raw / "more.parquet")
    _workbook(raw / "book.xlsx", ["a", STAFF, f"{STAFF}0", STAFF])
    return open_study(folder)


def _results(folder: Path) -> None:
    accepted = folder / "accepted"
    accepted.mkdir(parents=True)
    (folder / "tables").mkdir()
    (folder / "sites").mkdir()
    pd.DataFrame(
        {"practitioner_id": [STAFF, "P-2"], "rater_id": ["P-2", STAFF], "n": [1, 2]}
    ).to_parquet(accepted / "fidelity_responses.parquet")
    pd.DataFrame(
        {"plan_id": [PLAN, "PL-1"], "practitioner_id": [STAFF, "P-2"]}
    ).to_parquet(accepted / "plans.parquet")  # fmt: skip
    pd.DataFrame(
        {"subject": ["site", "practitioner", "plan"], "subject_id": [STAFF, STAFF, PLAN]}
    ).to_parquet(accepted / "outcomes.parquet")
    pd.DataFrame({"practitioner_id": ["P-2"], "level": [1.0]}).to_parquet(
        folder / "tables" / "warnings.parquet"
    )
    pd.DataFrame({"site_id": ["1"], "level": [1.0]}).to_parquet(folder / "tables" / "sites.parquet")
    _workbook(folder / "quality" / "rows_set_aside.xlsx", ["why", f"not {STAFF}, {PLAN}"])
    for name, text in (
        ("notebooks/01.ipynb", json.dumps({"cells": [f"<td>{STAFF}</td>"]})),
        ("notebooks/02.ipynb", json.dumps({"cells": ["nobody"]})),
        ("findings/02.json", "[]"),
        ("sites/site-001.html", "<p>All is well.</p>"),
        ("manifest.json", "{}"),
        ("run.json", "{}"),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)


def _workbook(path: Path, cells: list[str]) -> None:
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("People")
        for row, cell in enumerate(cells):
            sheet.write_string(row, 0, cell)


def contents(study: Study) -> dict[str, bytes]:
    files = (path for path in study.folder.rglob("*") if path.is_file())
    return {path.relative_to(study.folder).as_posix(): path.read_bytes() for path in files}


def test_a_dry_run_changes_nothing_and_tells_the_same(study: Study) -> None:
    before = contents(study)
    would = forget_person(study, practitioner(STAFF), "me", dry_run=True)
    assert contents(study) == before
    done = forget_person(study, practitioner(STAFF), "me")
    assert [one.file for one in would.changes] == [one.file for one in done.changes]
    assert not would.receipt


def test_a_person_is_found_in_no_file_of_ours_afterwards(study: Study) -> None:
    before = contents(study)
    done = forget_person(study, practitioner(STAFF), "me")
    assert done.left == ()
    after = contents(study)
    assert not [name for name, text in after.items()
                if name.startswith("reports/") and STAFF.encode() in text
                and not name.endswith("outcomes.parquet")]  # fmt: skip
    yours = {name for name in before if not name.startswith("reports/")}
    assert all(after[name] == before[name] for name in yours)
    for place in ("2021Q4", "2022Q1/v1", "2022Q1/v2", "refused"):
        here = study.reports / place
        rows = pd.read_parquet(here / "accepted/fidelity_responses.parquet")
        assert rows["practitioner_id"].tolist() == ["P-2"]
        assert rows["rater_id"].isna().all()
        assert rows["n"].dtype == "int64"
        plans = pd.read_parquet(here / "accepted/plans.parquet")
        assert plans["plan_id"].tolist() == [PLAN, "PL-1"]
        assert plans["practitioner_id"].isna().tolist() == [True, False]
        # A site may have the same code; the table says that it is one.
        kinds = pd.read_parquet(here / "accepted/outcomes.parquet")
        assert kinds["subject"].tolist() == ["site", "plan"]
        assert not (here / "quality").exists()
        assert sorted(path.name for path in (here / "notebooks").iterdir()) == ["02.ipynb"]
        assert (here / "manifest.json").is_file()
        assert (here / "sites/site-001.html").is_file()


def test_a_plan_is_forgotten_with_its_rows(study: Study) -> None:
    done = forget_person(study, plan(PLAN), "me")
    assert done.left == ()
    rows = pd.read_parquet(study.reports / "2021Q4/accepted/plans.parquet")
    assert rows["plan_id"].tolist() == ["PL-1"]
    (mention,) = done.yours
    assert (mention.file, mention.rows) == ("data/raw/plans.csv", (2,))


def test_files_of_the_agency_are_listed_with_their_rows(study: Study) -> None:
    (study.raw / "huge.bin").write_bytes(b"\0\1" + STAFF.encode())
    told = forget_person(study, practitioner(STAFF), "me", dry_run=True).yours
    assert {(one.file, one.sheet, one.rows) for one in told} == {
        ("data/raw/plans.csv", "", (4,)),
        ("data/raw/more.parquet", "", (3,)),
        ("data/raw/book.xlsx", "People", (2, 4)),
        ("data/raw/huge.bin", "", ()),
    }
    broken = study.raw / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 not a workbook")
    (mention,) = rows_that_name(broken, "broken.xlsx", practitioner(STAFF))
    assert not mention.searched


def test_the_record_names_nobody_and_takes_a_receipt(study: Study) -> None:
    done = forget_person(study, practitioner(STAFF), "me")
    (line,) = read_record(study.reports)
    assert STAFF not in json.dumps(line)
    assert is_about(line, done.receipt, STAFF)
    assert not is_about(line, done.receipt, "P-2")
    assert not is_about(line, "", STAFF)
    assert line["is_gone"] is True
    assert line["by"] == "me"
    deleted = {one["file"] for one in line["files"] if not one["sha256_after"]}
    assert "reports/2021Q4/quality/rows_set_aside.xlsx" in deleted
    again = forget_person(study, practitioner(STAFF), "me")
    assert again.changes == ()
    assert len(read_record(study.reports)) == 2


def test_a_record_that_was_changed_is_seen(study: Study) -> None:
    for code in (STAFF, "P-2"):
        forget_person(study, practitioner(code), "me")
    path = study.reports / RECORD
    path.write_text(path.read_text().replace('"by": "me"', '"by": "you"', 1))
    with pytest.raises(RunFault, match="line 2"):
        read_record(study.reports)


def test_pages_that_seem_to_name_a_person_are_kept_and_told(study: Study) -> None:
    page = study.reports / "2021Q4" / "sites" / "site-001.html"
    page.write_text(f"<p>{STAFF} &amp; co</p>")
    done = forget_person(study, practitioner(STAFF), "me")
    assert done.left == ("reports/2021Q4/sites/site-001.html",)
    assert page.is_file()
    assert read_record(study.reports)[0]["is_gone"] is False


def test_quarters_long_past_lose_their_rows_and_keep_their_pages(study: Study) -> None:
    forget_before(study, "2022Q1", "me")
    old = study.reports / "2021Q4"
    kept = sorted(path.relative_to(old).as_posix() for path in old.rglob("*") if path.is_file())
    assert kept == [
        "findings/02.json", "manifest.json", "run.json", "sites/site-001.html",
        "tables/sites.parquet",
    ]  # fmt: skip
    assert (study.reports / "2022Q1/v2/accepted/plans.parquet").is_file()
    assert (study.reports / "refused/accepted").is_dir()
    with pytest.raises(ParameterError, match="last quarter"):
        forget_before(study, "2023Q1", "me")


def test_a_code_inside_a_longer_one_is_another_code(study: Study) -> None:
    book = study.raw / "book.xlsx"
    assert names_person(book, practitioner(STAFF))
    assert not names_person(book, practitioner("P-004"))
    with pytest.raises(ParameterError, match="identifier"):
        forget_person(study, practitioner(" "), "me")


def test_the_commands_speak_plainly(study: Study, tmp_path: Path) -> None:
    def workbench(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "workbench", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ})

    where = ("--study", study.folder)
    asked = workbench("forget", *where, "--practitioner", STAFF, "--dry-run")
    assert asked.returncode == 0, asked.stderr
    assert "data/raw/book.xlsx, sheet People, rows 2, 4" in asked.stdout
    done = workbench("forget", *where, "--practitioner", STAFF, "--by", "records office")
    assert "A search afterwards found the identifier in no file" in done.stdout
    key = study.folder / "key"
    assert workbench("new-key", key).returncode == 0
    refused = workbench(
        "pseudonymise", *where, "--key", key, "--purpose", "x", "--out", tmp_path / "out"
    )
    assert refused.returncode == 2
    assert "beside the data" in refused.stderr
