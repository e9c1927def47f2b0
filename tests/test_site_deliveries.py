"""Deliveries by site: a site's bad file costs that site, and every file and row is told of."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.extracts import Extract, read_extracts
from workbench.data.intake import receive
from workbench.data.refusals import problem_of
from workbench.data.rows_to_mend import write_rows_to_mend
from workbench.data.schemas import load_schemas
from workbench.data.site_deliveries import delivery_table, require_known_sites
from workbench.data.source_files import Source
from workbench.data.synthetic import NetworkParameters, write_example
from workbench.errors import DataProblems
from workbench.running.studies import make_study
from workbench.settings import Study, open_study

AS_OF = "2026-09-30"
SMALL = NetworkParameters(
    sites=5,
    fewest_practitioners=6,
    most_practitioners=6,
    first_quarter="2026Q1",
    quarters=3,
    planted_sites=(),
)
TABLES = ("practitioners", "fidelity_responses", "supports")


def by_site(raw: Path) -> None:
    """Put the rows of three tables into files by site; the others are taken away."""
    site_of = pd.read_csv(raw / "practitioners.csv", dtype="str").set_index("practitioner_id")
    for table in TABLES:
        rows = pd.read_csv(raw / f"{table}.csv", dtype="str", keep_default_na=False)
        site = rows["practitioner_id"].map(site_of["site_id"])
        site = site.fillna(rows["site_id"]) if "site_id" in rows.columns else site
        for name, mine in rows.groupby(site):
            (raw / "sites" / str(name)).mkdir(parents=True, exist_ok=True)
            mine.to_csv(raw / "sites" / str(name) / f"{table}.csv", index=False)
    for path in raw.glob("*.csv"):
        if path.stem != "sites":
            path.unlink()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by-site")
    make_study(folder, with_settings_of="new")
    write_example(folder, SMALL, messy=False)
    return folder


@pytest.fixture
def study(example: Path, tmp_path: Path) -> Study:
    shutil.copytree(example, tmp_path / "study")
    by_site(tmp_path / "study" / "data" / "raw")
    return open_study(tmp_path / "study")


def of_site(study: Study, site: str, table: str) -> Path:
    return study.raw / "sites" / site / f"{table}.csv"


def read(study: Study) -> list[Extract]:
    return read_extracts(study, load_schemas(study.folder))


def used(extracts: list[Extract], table: str) -> pd.DataFrame:
    """Rows of a table that are used, with the place of each."""
    mine = [one for one in extracts if one.table == table and not one.problems]
    parts = [one.frame.assign(source=one.source, row=one.frame.index) for one in mine]
    return pd.concat(parts, ignore_index=True)


def sites_used(extracts: list[Extract]) -> list[str]:
    return sorted(used(extracts, "practitioners")["site_id"].unique())


def test_files_by_site_are_one_table_with_their_rows_told_apart(
    example: Path, study: Study
) -> None:
    whole, parts = read(open_study(example)), read(study)
    for table in TABLES:
        together = used(whole, table).drop(columns=["source", "row"])
        key = list(together.columns)
        other = used(parts, table)
        pd.testing.assert_frame_equal(
            together.sort_values(key, ignore_index=True),
            other.sort_values(key, ignore_index=True)[key],
        )
    people = used(parts, "practitioners")
    assert (people["source"] == "sites/" + people["site_id"] + "/practitioners.csv").all()
    assert people.groupby("source")["row"].min().eq(2).all()
    told = delivery_table(parts)
    assert len(told) == len(TABLES) * SMALL.sites
    assert set(told["status"]) == {"used"}
    assert told["rows"].sum() == sum(len(used(parts, table)) for table in TABLES)


def undecodable(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b",Pe\xf1a\n", 2))


def without_column(path: Path) -> None:
    pd.read_csv(path, dtype="str").drop(columns="practitioner_id").to_csv(path, index=False)


def other_dialect(path: Path) -> None:
    path.write_text(path.read_text().replace(",", ";"))


def truncated_archive(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04\x14\0\0\0\x08\0" + bytes(30))


def of_no_bytes(path: Path) -> None:
    path.write_bytes(b"")


def of_another_site(path: Path) -> None:
    path.write_text(path.read_text().replace(",002", ",003"))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (undecodable, "UTF-8"),
        (other_dialect, "a single cell with semicolons"),
        (truncated_archive, "ZIP archive"),
        (of_no_bytes, "empty"),
        (of_another_site, "name another site than the folder"),
    ],
)
def test_a_file_that_cannot_be_read_costs_its_site_alone(
    study: Study, spoil: Callable[[Path], None], says: str
) -> None:
    bad = of_site(study, "002", "practitioners")
    spoil(bad)
    found = read(study)
    assert sites_used(found) == ["001", "003", "004", "005"]
    told = delivery_table(found).set_index("file")
    assert set(told.loc[told["status"] == "set aside", "site_id"]) == {"002"}
    mine = told.loc["sites/002/practitioners.csv"]
    assert says in mine["problem"]
    assert mine["what_to_do"]
    assert mine["sha256"] == hashlib.sha256(bad.read_bytes()).hexdigest()
    assert told.loc["sites/002/supports.csv", ["status", "problem"]].tolist() == ["set aside", ""]


def test_every_row_that_was_read_is_used_or_set_aside(study: Study, tmp_path: Path) -> None:
    undecodable(of_site(study, "004", "supports"))
    without_column(of_site(study, "002", "practitioners"))  # seen only when rows are typed
    settings = study.folder / "workbench.yml"
    settings.write_text("network: A\nthresholds: {largest_share_of_sites_set_aside: 0.4}\n")
    found = receive(open_study(study.folder), AS_OF)
    found.quality.require_usable()
    accepted = found.quality.accepted
    assert set(accepted["practitioners"]["site_id"]) == {"001", "003", "005"}
    assert len(accepted["sites"]) == SMALL.sites
    told = found.tables()["site_deliveries"].set_index("file")
    assert "'practitioner_id': The column" in told.loc["sites/002/practitioners.csv", "problem"]
    accounting = found.quality.accounting.set_index("table")
    assert (accounting["received"] == accounting["accepted"] + accounting["set_aside"]).all()
    for table in TABLES:
        rows = told.loc[(told["table"] == table) & told["rows"].notna(), "rows"]
        assert accounting.loc[table, "received"] == rows.sum()
        aside = told.loc[(told["table"] == table) & (told["status"] == "set aside"), "rows"]
        reasons = found.quality.reasons.query("rule_id == 'DELIVERY' and table == @table")
        assert len(reasons) == aside.sum()
        assert not reasons.duplicated("position").any()
    for site, says in (("002", "The column 'practitioner_id'"), ("004", "UTF-8")):
        notes = [one for one in found.quality.notes if f"All that site {site} delivered" in one]
        assert len(notes) == 1
        assert says in notes[0] or "practitioner_id" in notes[0]
    # Nobody is sent rows to mend in which nothing is wrong.
    assert not {"site-002", "site-004"} & set(write_rows_to_mend(found, tmp_path / "mend"))


def test_too_many_bad_sites_stop_the_run_and_are_all_named(study: Study) -> None:
    undecodable(of_site(study, "002", "practitioners"))
    other_dialect(of_site(study, "004", "supports"))
    with pytest.raises(DataProblems, match="2 of 5 sites") as caught:
        read(study)
    sources = {problem.source for problem in caught.value.problems}
    assert {"sites/002/practitioners.csv", "sites/004/supports.csv"} <= sources


def test_a_bad_file_of_the_network_stops_the_run(study: Study) -> None:
    undecodable(of_site(study, "002", "practitioners"))
    (study.raw / "plans.csv").write_bytes(b"plan_id\n\xf1\n")
    with pytest.raises(DataProblems) as caught:
        read(study)
    assert {one.source for one in caught.value.problems} == {
        "plans.csv", "sites/002/practitioners.csv",
    }  # fmt: skip


def test_a_bad_file_of_no_known_site_stops_the_run(study: Study) -> None:
    (study.raw / "sites" / "north").mkdir()
    of_site(study, "north", "supports").write_bytes(b"support_id\n\xf1\n")
    known = used(read(study), "sites")["site_id"]
    with pytest.raises(DataProblems, match="named by no site"):
        require_known_sites(read(study), known)


def test_a_site_in_which_nothing_took_place_is_no_failure(study: Study) -> None:
    path = of_site(study, "002", "supports")
    path.write_text(path.read_text().splitlines()[0] + "\n")
    (study.raw / "sites" / ".tmp").mkdir()
    of_site(study, ".tmp", "supports").write_bytes(b"\xf1")  # hidden: no site
    found = read(study)
    assert set(delivery_table(found)["status"]) == {"used"}
    notes = [note for one in found for note in one.notes]
    assert "sites/002/supports.csv: there are no rows under the header." in notes


def test_a_rule_on_a_table_of_many_files_names_a_few() -> None:
    rule = {
        "rule_id": "PR01",
        "title": "The table has rows",
        "table": "practitioners",
        "status": "failed",
        "rows_failed": 0,
        "rows_checked": 0,
        "guidance": "Export again.",
    }
    files = tuple(f"sites/{site}/practitioners.csv" for site in range(200))
    told = str(problem_of(rule, pd.DataFrame(), pd.DataFrame(), files))
    assert "sites/2/practitioners.csv and 197 more: Rule PR01" in told


SOURCE = {
    "source": "observations",
    "title": "One export a site",
    "files": "sites/*/observations.csv",
    "tables": {"practitioners": {"columns": {
        "practitioner_id": {"from": "Who"}, "site_id": {"from": "Place"},
    }}},
}  # fmt: skip


def test_a_source_declares_one_export_a_site(example: Path, tmp_path: Path) -> None:
    shutil.copytree(example, tmp_path / "study")
    folder = tmp_path / "study"
    raw = folder / "data" / "raw"
    people = pd.read_csv(raw / "practitioners.csv", dtype="str")
    for site, mine in people.groupby("site_id"):
        (raw / "sites" / str(site)).mkdir(parents=True)
        named = mine.rename(columns={"practitioner_id": "Who", "site_id": "Place"})
        if site == "004":
            named = named.rename(columns={"Who": "Worker"})
        named.to_csv(raw / "sites" / str(site) / "observations.csv", index=False)
    sources = folder / "data" / "schemas" / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    (sources / "observations.yml").write_text(
        "source: observations\ntitle: One export a site\nfiles: sites/*/observations.csv\n"
        "tables:\n  practitioners:\n    columns:\n"
        "      practitioner_id: {from: Who}\n      site_id: {from: Place}\n"
    )
    whole = ("sites",)
    for table in whole:
        columns = pd.read_csv(raw / f"{table}.csv", nrows=1).columns
        lines = "".join(f"      {name}: {{from: {name}}}\n" for name in columns)
        (sources / f"own_{table}.yml").write_text(
            f"source: own_{table}\ntitle: The network's\nfile: {table}.csv\n"
            f"tables:\n  {table}:\n    columns:\n{lines}"
        )
    settings = folder / "workbench.yml"
    names = ", ".join(["observations", *(f"own_{table}" for table in whole)])
    settings.write_text(f"network: A\nsources: [{names}]\n")
    found = read(open_study(folder))
    assert sites_used(found) == ["001", "002", "003", "005"]
    table = delivery_table(found).set_index("site_id")
    assert table.loc["004", "status"] == "set aside"
    assert "asks for a column 'Who'" in table.loc["004", "problem"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": "../*/observations.csv"},
        {"files": "/data/*/observations.csv"},
        {"files": "sites/observations.csv"},
        {"files": "*/*/observations.csv"},
        {"files": "sites/*"},
        {"files": "sites/*/observations.csv", "file": "observations.csv"},
        {"files": "sites/*/observations.csv", "sha256": 64 * "0"},
        {"reader": "sql", "url_from": "A", "table": "b"},
    ],
)
def test_a_declaration_by_site_is_one_path_with_one_star(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"file|should be"):
        Source.model_validate({**SOURCE, **wrong})
