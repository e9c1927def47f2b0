"""A first look at an export: what is certain, what is likely, what is asked, and the draft."""

import re
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from workbench.data import inspection, inspection_writing
from workbench.data.conform import conform_rows
from workbench.data.extract import Extract
from workbench.data.inspection import Inspection, inspect_file
from workbench.data.inspection_page import InspectionPage
from workbench.data.inspection_writing import given_tables, write_drafts
from workbench.data.instruments import load_instruments
from workbench.data.readers import read_csv
from workbench.data.reading import read_source
from workbench.data.schemas import load_schemas
from workbench.data.source_files import load_source
from workbench.data.sources import map_table
from workbench.data.synthetic import NetworkParameters, write_example
from workbench.errors import DataProblems, SettingsError
from workbench.running.studies import make_study

ROWS = 240
SCHEMAS = load_schemas()
INSTRUMENTS = load_instruments()
TABLES = sorted(SCHEMAS)
RENAMED = {
    "site_id": "Office code", "site_name": "Nombre del sitio", "practitioner_id": "Worker",
    "observation_id": "Visit no", "observed_on": "Date of visit", "rated_on": "Date scored",
    "rater_id": "Scored by", "rater_role": "Type of rater", "response": "Score",
    "item_id": "Question", "instrument_id": "Tool", "instrument_version": "Tool version",
    "supervisor_id": "Team lead", "hired_on": "Hire date", "left_on": "Date left",
    "occurred_on": "Date given", "kind": "Type of support", "minutes": "Duration",
    "held_on": "Meeting date", "attended": "Number attended", "members": "Team size",
    "period_start": "Period from", "caseload": "Number of cases", "plan_id": "Plan no",
    "assessed_on": "Assessment date", "respondent_id": "Respondent code",
    "respondent_role": "Respondent type", "noted_on": "Date noted", "raised_on": "Date raised",
    "opened_on": "Date opened", "closed_on": "Date closed", "team_id": "Team code",
    "formed_on": "Date formed", "agreed_on": "Date agreed", "due_on": "Deadline",
    "done_on": "Completion date", "measure": "Measure name", "value": "Amount",
    "present_person": "Family present", "planned": "Was planned", "owner": "Who does it",
    "rating": "Appraisal", "region_id": "District",
}  # fmt: skip


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of the example network without spoiled rows, cut to their first rows."""
    study = tmp_path_factory.mktemp("example")
    write_example(study, NetworkParameters(sites=4, quarters=6, planted_sites=()), messy=False)
    for path in (study / "data/raw").glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(lines[: ROWS + 1]) + "\n", encoding="utf-8")
    return study / "data/raw"


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbench's own files are read once for all tests here."""
    known = INSTRUMENTS
    monkeypatch.setattr(inspection, "load_schemas", lambda _study: SCHEMAS)
    monkeypatch.setattr(inspection, "load_instruments", lambda _study: known)
    monkeypatch.setattr(inspection_writing, "load_schemas", lambda _study: SCHEMAS)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def asked(found: Inspection) -> dict[str, str]:
    assert found.draft is not None
    return {each.entry: each.question for each in found.draft.questions}


def page(found: Inspection, width: int = 100) -> str:
    console = Console(width=width, file=None, record=True, force_terminal=False, quiet=False)
    with console.capture() as captured:
        console.print(InspectionPage(found))
    return captured.get()


def typed(frame: pd.DataFrame, table: str, mapping: object = None) -> pd.DataFrame:
    """Rows that can be read, without where they come from."""
    extract = Extract(table, frame, "x", "", source_name="x", mapping=mapping)
    result = conform_rows([extract], SCHEMAS[table]).frame
    return result.drop(columns=["source_file", "source_row"]).reset_index(drop=True)


def read_by(source_name: str, study: Path, raw: Path, table: str) -> pd.DataFrame:
    source = load_source(source_name, study)
    types = {name: one.type for name, one in SCHEMAS[table].columns.items()}
    mapping = source.map_of(table, types)
    frame, _ = map_table(read_source(source, raw), table, mapping)
    return typed(frame, table, mapping)


# --- every table of the study ---


@pytest.mark.parametrize("table", TABLES)
def test_a_tables_own_file_is_matched_with_no_question(table: str, example: Path) -> None:
    path = example / f"{table}.csv"
    found = inspect_file(path)
    assert found.is_table == table
    assert found.draft is not None
    assert [each.table for each in found.draft.tables] == [table]
    assert not found.draft.questions
    assert set(found.draft.tables[0].fields) == set(read_csv(path, path.name).frame.columns)
    assert {each.sure for each in found.draft.tables[0].fields.values()} == {"certain"}
    assert found.previews[0].set_aside == 0


@pytest.mark.parametrize("table", TABLES)
def test_a_renamed_shuffled_windows_export_gives_the_same_rows(
    table: str, example: Path, tmp_path: Path
) -> None:
    """Synonyms, semicolons, cp1252, a title, DD.MM.YYYY, another order of columns."""
    original = read_csv(example / f"{table}.csv", "x").frame
    changed = original.copy()
    for name, column in SCHEMAS[table].columns.items():
        if name in changed and column.type == "date":
            changed[name] = changed[name].str.replace(
                r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", regex=True
            )
    changed = changed.rename(columns=RENAMED)[[RENAMED.get(one, one) for one in original][::-1]]
    body = changed.to_csv(sep=";", index=False, lineterminator="\n")
    study = tmp_path
    (study / "data/raw").mkdir(parents=True)
    path = study / "data/raw" / "from_the_office.csv"
    path.write_bytes(f"Exportación de la oficina\n\n{body}".encode("cp1252"))
    found = inspect_file(path, table=table)
    assert set(found.opened.assumed) == {"delimiter", "encoding", "header_row"}
    assert found.draft is not None
    assert not asked(found), found.draft.text()
    write_drafts(found, study)
    mine = read_by("from_the_office", study, study / "data/raw", table)
    expected = typed(original, table)
    pd.testing.assert_frame_equal(mine[list(expected)], expected)


@pytest.mark.parametrize(
    "table", ["sites", "practitioners", "fidelity_responses", "driver_responses", "supports",
              "plans", "plan_actions", "team_meetings"]
)  # fmt: skip
def test_the_table_is_found_by_its_columns_alone(table: str, example: Path, tmp_path: Path) -> None:
    frame = read_csv(example / f"{table}.csv", "x").frame.rename(columns=RENAMED)
    path = tmp_path / "export.csv"
    frame.to_csv(path, index=False)
    found = inspect_file(path)
    assert found.draft is not None
    assert found.draft.tables[-1].table == table


# --- dates ---


def test_dates_that_parse_both_ways_are_asked_about_with_their_share(tmp_path: Path) -> None:
    rows = "\n".join(f"0{n},Site {n},0{n}/0{n + 1}/2020" for n in range(1, 6))
    path = written(tmp_path, "sites.csv", f"site_id,site_name,opened_on\n{rows}\n")
    found = inspect_file(path)
    assert "100% of the cells parse both ways" in asked(found)["opened_on"]
    text = found.draft.text()
    assert "      # opened_on: {from: opened_on, date_format: '%d/%m/%Y'}" in text
    assert "      # opened_on: {from: opened_on, date_format: '%m/%d/%Y'}" in text
    assert "opened_on" not in found.draft.source().tables["sites"].columns


def test_one_day_past_the_twelfth_settles_the_order(tmp_path: Path) -> None:
    path = written(tmp_path, "sites.csv",
                   "site_id,site_name,opened_on\n1,A,03/04/2020\n2,B,28/04/2020\n")  # fmt: skip
    found = inspect_file(path)
    assert not asked(found)
    assert found.draft.source().tables["sites"].columns["opened_on"].date_format == "%d/%m/%Y"
    assert found.profiles["opened_on"].dates.both_ways == 0.5


@pytest.mark.parametrize(
    ("text", "date_format"),
    [("31.12.2020", "%d.%m.%Y"), ("12/31/2020", "%m/%d/%Y"), ("2020/12/31", "%Y/%m/%d"),
     ("31-Dec-2020", "%d-%b-%Y"), ("31 December 2020", "%d %B %Y"), ("Dec 31, 2020", "%b %d, %Y"),
     ("31/12/20", "%d/%m/%y"), ("20201231", "%Y%m%d"), ("31.12.2020 10:30", "%d.%m.%Y %H:%M")],
)  # fmt: skip
def test_forms_of_dates(text: str, date_format: str, tmp_path: Path) -> None:
    path = written(tmp_path, "sites.csv", f'site_id,site_name,opened_on\n1,A,"{text}"\n2,B,\n')
    found = inspect_file(path)
    assert found.profiles["opened_on"].dates.formats == (date_format,)


# --- what is asked, and what is found by content ---


def test_numbers_for_categories_are_only_a_question(tmp_path: Path) -> None:
    path = written(
        tmp_path, "supports.csv",
        "support_id,occurred_on,kind,site_id\nU1,2026-01-02,1,A\nU2,2026-01-03,2,A\n",
    )  # fmt: skip
    found = inspect_file(path)
    assert "What do the texts of 'kind' mean: 1, 2?" in asked(found)["kind"]
    assert "kind" not in found.draft.source().tables["supports"].columns


def test_yes_and_no_of_other_languages_are_mapped(tmp_path: Path) -> None:
    path = written(
        tmp_path, "plan_meetings.csv",
        "plan_id,held_on,present_person\nP1,2026-01-02,Ja\nP2,2026-01-03,Nein\n",
    )  # fmt: skip
    found = inspect_file(path)
    mapping = found.draft.source().tables["plan_meetings"].columns["present_person"]
    assert mapping.model_dump()["values"] == {"Ja": "yes", "Nein": "no"}
    assert not asked(found)
    assert found.previews[0].set_aside == 0


def test_codes_for_missing_are_read_or_asked_about(tmp_path: Path) -> None:
    numbers = [12, 15, 11, 14, 13, 12, -99, -99, "NA", 10]
    rows = "\n".join(f"P{n},2026-01-01,{value}" for n, value in enumerate(numbers))
    path = written(tmp_path, "x.csv", f"practitioner_id,period_start,caseload\n{rows}\n")
    found = inspect_file(path, table="work_conditions")
    assert found.draft.missing == ("NA",)
    assert "-99 in 'caseload'" in asked(found)["missing"]
    assert '# missing: [NA, "-99"]' in found.draft.text() or "# missing: [NA, '-99']" in \
        found.draft.text()  # fmt: skip


def test_period_numbers_ask_for_their_calendar(tmp_path: Path) -> None:
    path = written(
        tmp_path, "caseloads.csv", "Worker,Wave,Cases\nW-101,2,14\nW-102,2,19\nW-201,3,11\n"
    )
    found = inspect_file(path)
    assert found.draft.tables[-1].table == "work_conditions"
    assert "numbers periods 2 to 3" in asked(found)["period_start"]


VISITS = """\
Office,Office name,Worker,Visit no,Scored by,Role,Day,Month,Year,Greets,Listens,Plans,Closes
07,Harbour,W-101,1,R5,Ind,3,7,2026,Yes,Partly,No,Yes
07,Harbour,W-102,1,R5,Ind,9,7,2026,Partly,Partly,NA,No
12,Old Mill,W-201,1,S3,Sup,21,8,2026,Yes,Yes,Partly,No
12,Old Mill,W-202,1,S3,Sup,22,8,2026,No,Yes,Partly,No
"""


def test_a_wide_export_of_visits_gives_three_tables(tmp_path: Path) -> None:
    found = inspect_file(written(tmp_path, "visits.csv", VISITS))
    assert found.draft is not None
    tables = found.draft.source().tables
    assert list(tables) == ["sites", "practitioners", "fidelity_responses"]
    columns = tables["fidelity_responses"].columns
    assert columns["observed_on"].date_parts.model_dump() == {
        "day": "Day", "month": "Month", "year": "Year"
    }  # fmt: skip
    assert columns["practitioner_id"].column == "Worker"
    assert columns["observation_id"].join == ("Visit no", "Worker")
    assert tables["sites"].columns["site_name"].column == "Office name"
    assert columns["rater_role"].model_dump()["values"] == {
        "Ind": "independent", "Sup": "supervisor"
    }  # fmt: skip
    wide = tables["fidelity_responses"].wide_to_long
    names = list(found.profiles)
    assert [one for one in names if re.fullmatch(wide.columns, one)] == names[-4:]
    assert found.instrument == "visits"
    assert "NA in 'Plans'" in asked(found)["missing"]
    assert asked(found)["values"] == "Which number of the scale is each answer?"
    assert '      # values: {"No": "0", Partly: "1", "Yes": "2"}' in found.draft.text()


def test_given_tables_are_not_drawn_out_again(tmp_path: Path) -> None:
    found = inspect_file(
        written(tmp_path, "visits.csv", VISITS), given=frozenset(("sites", "practitioners"))
    )
    assert [each.table for each in found.draft.tables] == ["fidelity_responses"]


def test_a_decimal_comma_is_declared(tmp_path: Path) -> None:
    path = written(
        tmp_path, "x.csv",
        "practitioner_id;period_start;rating\nP1;2026-01-01;3,5\nP2;2026-01-01;4,25\n",
    )  # fmt: skip
    found = inspect_file(path, table="recognition")
    assert found.draft.source().tables["recognition"].columns["rating"].decimal == ","
    assert found.previews[0].set_aside == 0


def test_what_is_no_table_is_said_to_be_none(tmp_path: Path) -> None:
    found = inspect_file(written(tmp_path, "x.csv", "colour,weather\nred,wet\nblue,dry\n"))
    assert found.draft is None
    assert "No table was found" in page(found)


def test_a_table_that_there_is_none_of_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "x.csv", "a,b\n1,2\n")
    with pytest.raises(SettingsError, match="There is no table 'visits'"):
        inspect_file(path, table="visits")
    with pytest.raises(SettingsError, match="There is no file"):
        inspect_file(tmp_path / "none.csv")


def test_a_workbook_of_several_sheets_shows_the_fullest(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        pd.DataFrame({"read": ["me"]}).to_excel(book, sheet_name="About", index=False)
        pd.DataFrame({"site_id": ["1", "2"], "site_name": ["A", "B"]}).to_excel(
            book, sheet_name="Sites", index=False
        )
    found = inspect_file(path)
    assert found.opened.reading["sheet"] == "Sites"
    assert "'About'" in found.opened.assumed["sheet"]
    assert "sheet: Sites   # assumed:" in found.draft.text()
    with pytest.raises(DataProblems):
        inspect_file(path, sheet="None")


# --- page and files ---


def test_the_page_is_plain_and_fits(tmp_path: Path, example: Path) -> None:
    for found in (
        inspect_file(written(tmp_path, "visits.csv", VISITS)),
        inspect_file(example / "supports.csv"),
    ):
        text = page(found)
        assert "\x1b" not in text
        assert max(map(len, text.splitlines())) <= 100
        assert "First rows of" in text
        assert "What the columns hold" in text


def test_drafts_are_written_once_and_load(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study", with_settings_of="new")
    path = written(study / "data/raw", "visits.csv", VISITS)
    found = inspect_file(path)
    files = write_drafts(found, study)
    assert [one.name for one in files] == ["visits.yml", "visits_v1.yml"]
    assert load_source("visits", study) == found.draft.source()
    instrument = load_instruments(study)["visits", "1"]
    assert list(instrument.items) == ["Greets", "Listens", "Plans", "Closes"]
    assert "DRAFT" in instrument.title
    assert instrument.respondents == ("independent", "supervisor")
    with pytest.raises(SettingsError, match="is not written over"):
        write_drafts(found, study)
    assert given_tables(study / "data/raw/sites_2.csv", study).by_sources == {
        "sites", "practitioners", "fidelity_responses"
    }  # fmt: skip


def test_accents_do_not_matter(tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "Fecha de observación")
    path = written(tmp_path, "x.csv", f"Docente,{name},Puntaje\nD1,2026-01-02,3\n")
    found = inspect_file(path, table="fidelity_responses")
    assert found.draft.source().tables["fidelity_responses"].columns["observed_on"].column == name
