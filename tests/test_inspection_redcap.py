"""A REDCap export is recognised, and its draft reads the rows that the project holds."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from workbench.data import inspection
from workbench.data.inspection import Inspection, inspect_file
from workbench.data.inspection_writing import write_drafts
from workbench.data.instruments import load_instruments
from workbench.data.reading import read_source
from workbench.data.schemas import load_schemas
from workbench.data.source_files import load_source
from workbench.data.sources import map_table
from workbench.errors import DataProblems
from workbench.running.studies import make_study

# ruff: noqa: E501 (lines of an export)

DICTIONARY = """\
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,"Choices, Calculations, OR Slider Labels",Field Note,Text Validation Type OR Show Slider Number
record_id,person,,text,Record ID,,,
worker,person,,text,Practitioner,,,
office,person,,dropdown,Office,"1, North Street | 2, River House",,
visit_date,visit,,text,Day of the visit,,,date_ymd
scored_by,visit,,text,Scored by,,,
rater_type,visit,,radio,Who scored,"1, Independent | 2, Supervisor",,
topics,visit,,checkbox,Topics,"a, Hopes | b, Plans",,
item_1,visit,,radio,Greets,"0, no | 1, partly | 2, yes",,
item_2,visit,,radio,Listens,"0, no | 1, partly | 2, yes",,
item_3,visit,,radio,Plans,"0, no | 1, partly | 2, yes",,
item_4,visit,,radio,Closes,"0, no | 1, partly | 2, yes",,
kept,visit,,radio,Plan kept,"0, not | 1, somewhat | 2, well",,
"""
SHIFTED = "  # dates_shifted: false"
RECORDS, VISITS = 6, 3
ITEMS = [f"item_{number}" for number in range(1, 5)]
SCHEMAS, INSTRUMENTS = load_schemas(), load_instruments()


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbench's own files are read once for all tests here."""
    monkeypatch.setattr(inspection, "load_schemas", lambda _study: SCHEMAS)
    monkeypatch.setattr(inspection, "load_instruments", lambda _study: INSTRUMENTS)


def visits() -> pd.DataFrame:
    """The visits of a made-up project, one row each, with their practitioner and office."""
    rows = []
    for record in range(1, RECORDS + 1):
        for visit in range(1, VISITS + 1):
            answers = {one: str((record * place + visit) % 3) for place, one in enumerate(ITEMS)}
            rows.append({
                "record_id": str(record), "redcap_repeat_instance": str(visit),
                "worker": f"W-{record:03}", "office": str(1 + record % 2),
                "visit_date": f"2026-0{6 + visit}-{10 + record}", "scored_by": f"R{1 + visit % 2}",
                "rater_type": str(1 + visit % 2), "topics___a": str(visit % 2),
                "topics___b": str(record % 2), **answers, "kept": str(visit % 3),
                "visit_complete": "2",
            })  # fmt: skip
    return pd.DataFrame(rows)


def repeating() -> pd.DataFrame:
    """Raw export: a row for the record itself and one for each repeat of a visit."""
    of_visits = visits().assign(
        redcap_event_name="base_arm_1", redcap_repeat_instrument="visit", person_complete=""
    )
    people = of_visits.drop_duplicates("record_id")[["record_id", "redcap_event_name", "worker",
                                                     "office"]]  # fmt: skip
    people = people.assign(person_complete="2")
    rows = pd.concat([people, of_visits.assign(worker="", office="")]).fillna("")
    first = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance",
             "worker", "office", "person_complete"]  # fmt: skip
    rows = rows[first + [one for one in rows if one not in first]]
    return rows.sort_values(["record_id", "redcap_repeat_instance"], ignore_index=True)


def over_events() -> pd.DataFrame:
    """Raw export: the same visits, each at an event of its own, after one for the person."""
    frame = repeating()
    names = {"": "enrolled_arm_1", "1": "first_arm_1", "2": "second_arm_1", "3": "third_arm_1"}
    frame = frame.assign(redcap_event_name=frame["redcap_repeat_instance"].map(names))
    return frame.drop(columns=["redcap_repeat_instrument", "redcap_repeat_instance"])


def study_with(folder: Path, export: pd.DataFrame | str, dictionary: str = DICTIONARY) -> Path:
    """A study with an export in data/raw, and its data dictionary unless that is empty."""
    study = make_study(folder / "study", with_settings_of="new")
    raw = study / "data/raw"
    text = export if isinstance(export, str) else export.to_csv(index=False, lineterminator="\n")
    (raw / "visits.csv").write_text(text, encoding="utf-8")
    if dictionary:
        (raw / "fields.csv").write_text(dictionary, encoding="utf-8")
    return study


def looked_at(study: Path, form: str = "") -> Inspection:
    found = inspect_file(study / "data/raw/visits.csv", form)
    assert found.draft is not None
    return found


def read_by_draft(found: Inspection, study: Path) -> dict[str, pd.DataFrame]:
    """Write the draft, answer what it asks about dates, and read its tables."""
    path = write_drafts(found, study)[0]
    text = path.read_text(encoding="utf-8")
    assert text.count(SHIFTED) == 1
    path.write_text(text.replace(SHIFTED, "  dates_shifted: false"), encoding="utf-8")
    source = load_source("visits", study)
    extract = read_source(source, study / "data/raw")
    tables = {}
    for table in source.tables:
        types = {name: one.type for name, one in SCHEMAS[table].columns.items()}
        tables[table], _ = map_table(extract, table, source.map_of(table, types))
    return tables


def expected(key: list[str]) -> pd.DataFrame:
    """Responses as they would stand in a plain file of the workbench's own."""
    frame = visits()
    plain = pd.DataFrame({
        "practitioner_id": frame["worker"], "site_id": frame["office"],
        "observed_on": frame["visit_date"], "rater_id": frame["scored_by"],
        "rater_role": frame["rater_type"].map({"1": "independent", "2": "supervisor"}),
    })  # fmt: skip
    plain["observation_id"] = frame[key].agg("/".join, axis=1)
    long = plain.join(frame[ITEMS]).melt(list(plain), var_name="item_id", value_name="response")
    return ordered(long)


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    names = ["observation_id", "item_id", "practitioner_id", "site_id", "observed_on", "rater_id",
             "rater_role", "response"]  # fmt: skip
    return frame[names].astype("str").sort_values(names, ignore_index=True)


def test_a_project_with_repeats_is_drafted_and_reads(tmp_path: Path) -> None:
    study = study_with(tmp_path, repeating())
    found = looked_at(study)
    block = found.draft.source().redcap
    assert (block.dictionary, block.form, block.carry) == ("fields.csv", "visit",
                                                           ("worker", "office"))  # fmt: skip
    assert block.dates_shifted is None
    assert [one.entry for one in found.draft.questions] == ["dates_shifted"]
    assert found.wide.names == tuple(ITEMS)  # 'kept' has other labels, and ticks are no items
    tables = read_by_draft(found, study)
    assert list(tables) == ["sites", "practitioners", "fidelity_responses"]
    key = ["record_id", "redcap_repeat_instance"]
    pd.testing.assert_frame_equal(ordered(tables["fidelity_responses"]), expected(key))
    sites = tables["sites"].drop_duplicates().set_index("site_id")["site_name"].to_dict()
    assert sites == {"1": "North Street", "2": "River House"}


def test_until_the_question_on_dates_is_answered_nothing_is_read(tmp_path: Path) -> None:
    study = study_with(tmp_path, repeating())
    write_drafts(looked_at(study), study)
    with pytest.raises(DataProblems, match="does not tell whether REDCap shifted"):
        read_source(load_source("visits", study), study / "data/raw")


def test_events_are_those_in_which_the_form_is_filled_in(tmp_path: Path) -> None:
    study = study_with(tmp_path, over_events())
    found = looked_at(study)
    block = found.draft.source().redcap
    assert block.form == ""
    assert list(block.events) == ["first_arm_1", "second_arm_1", "third_arm_1"]
    assert "not in enrolled_arm_1" in found.opened.assumed["redcap.event"]
    rows = read_by_draft(found, study)["fidelity_responses"]
    names = {"first_arm_1": "1", "second_arm_1": "2", "third_arm_1": "3"}
    rows = rows.assign(observation_id=rows["observation_id"].replace(names, regex=True))
    plain = expected(["record_id", "redcap_repeat_instance"])
    pd.testing.assert_frame_equal(ordered(rows), plain)


def test_without_its_dictionary_the_project_is_shown_and_asked_about(tmp_path: Path) -> None:
    study = study_with(tmp_path, repeating(), dictionary="")
    found = looked_at(study)
    asked = [one.entry for one in found.draft.questions]
    assert asked[:2] == ["dictionary", "dates_shifted"]
    assert "rater_role" in asked  # codes without labels mean nothing
    assert found.draft.source().redcap.form == "visit"
    assert len(found.opened.text.frame) == RECORDS * VISITS
    path = write_drafts(found, study)[0]
    with pytest.raises(DataProblems, match="data dictionary"):
        read_source(load_source(path.stem, study), study / "data/raw")


def test_another_form_is_named_like_a_sheet(tmp_path: Path) -> None:
    study = study_with(tmp_path, repeating())
    found = looked_at(study, form="person")
    assert len(found.opened.text.frame) == RECORDS
    assert found.draft.tables[-1].table == "practitioners"
    with pytest.raises(DataProblems, match="has no form 'gone'"):
        inspect_file(study / "data/raw/visits.csv", "gone")


def test_a_project_of_one_plain_form_is_recognised(tmp_path: Path) -> None:
    frame = visits().drop(columns="redcap_repeat_instance")
    frame = frame.assign(record_id=[str(number) for number in range(len(frame))])
    found = looked_at(study_with(tmp_path, frame, dictionary=""))
    assert found.opened.reading["reader"] == "redcap"
    assert not {"form", "event", "carry"} & set(found.opened.reading["redcap"])


@pytest.mark.parametrize(
    "change",
    [
        {"columns": {"redcap_repeat_instrument": "Repeat Instrument"}},
        {"columns": {"visit_complete": "Complete?"}},
        {"columns": {"topics___a": "Topics (choice=Hopes)"}},
        {"cells": ("rater_type", {"1": "Independent", "2": "Supervisor"})},
        {"cells": ("visit_complete", {"2": "Complete"})},
    ],
)
@pytest.mark.parametrize("dictionary", [DICTIONARY, ""])
def test_an_export_of_labels_is_refused_with_help(tmp_path, change, dictionary) -> None:
    frame = repeating().rename(columns=change.get("columns", {}))
    column, codes = change.get("cells", ("", {}))
    if column == "rater_type" and not dictionary:
        pytest.skip("without the dictionary nothing tells that these words are labels")
    frame = frame.assign(**{column: frame[column].replace(codes)}) if column else frame
    study = study_with(tmp_path, frame, dictionary)
    with pytest.raises(DataProblems, match="export of labels") as refused:
        inspect_file(study / "data/raw/visits.csv")
    assert "raw data" in refused.value.problems[0].action


def test_the_data_dictionary_itself_is_told_apart(tmp_path: Path) -> None:
    study = study_with(tmp_path, repeating())
    with pytest.raises(DataProblems, match="data dictionary of a REDCap project"):
        inspect_file(study / "data/raw/fields.csv")


def test_a_plain_file_is_not_taken_for_a_project(tmp_path: Path) -> None:
    text = io.StringIO()
    frame = pd.DataFrame({"plan_id": ["P1", "P2", "P3"], "opened_on": ["2026-01-02"] * 3,
                          "records_complete": ["1", "0", "1"]})  # fmt: skip
    frame.to_csv(text, index=False)
    found = looked_at(study_with(tmp_path, text.getvalue()))
    assert found.opened.reading["reader"] == "csv"
