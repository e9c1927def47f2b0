"""The example studies on real exports, held against the exports themselves.

The exports are not part of the project. Tests that read them look in ``../shared/data`` from the
project's root and are skipped where they are missing; the other tests need no data.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.analysis.growth_design import growth_design
from workbench.data import panels, scoring
from workbench.data.extracts import read_extracts
from workbench.data.instruments import load_instruments
from workbench.data.intake import Intake, receive
from workbench.data.schemas import load_schemas
from workbench.data.source_files import load_source
from workbench.settings import open_study

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
DATA = ROOT.parent / "shared" / "data"
VIDEO = "video_ratings"
MAIN, NEW = "clinics/main", "clinics/new"
STUDIES = (VIDEO, MAIN, NEW)
AS_OF = "2026-09-30"

COMPOSITE_TOLERANCE = 1e-6  # the export writes nine decimals
EXACT = 1e-9
SEGMENTS = range(1, 9)
# Items of each composite that the study computed, as found by arithmetic.
COMPOSITES = {
    "CM": ["CCM1RT", "CCM2MN", "CCM3DS"],
    "SE": ["CSE1RP", "CSE2EW"],
    "DC": ["CDC1ND", "CDC2QT", "CDC3EP"],
    "QS": ["CQS1EC", "CQS2PG"],
    "CE": ["CCE1DS", "CCE2MA", "CCE3US"],
    "AR": ["CAR1ES", "CAR2TF", "CAR3AI"],
}
COMPONENT_OF = {
    "CM": "classroom_management",
    "SE": "social_emotional",
    "DC": "discourse",
    "QS": "subject_matter",
    "CE": "cognitive_engagement",
    "AR": "student_thinking",
}
COUNTED = [item for items in COMPOSITES.values() for item in items]
LEFT_OUT = {"SE": ("CSE3RT", 1256), "QS": ("CQS3CT", 1505)}  # third item, composites it misses
MISSING = {"DeliveryB": 24, "RemoteMonitoring": 11, "PerformanceImprovement": 17}

# Great Expectations imports a module of the standard library that is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@dataclass(frozen=True)
class Example:
    """A study's export as it stands, and what the workbench makes of it."""

    export: pd.DataFrame
    intake: Intake
    valued: pd.DataFrame
    observations: pd.DataFrame

    @property
    def accounting(self) -> pd.DataFrame:
        return self.intake.quality.accounting.set_index("table")


def read_example(name: str) -> Example:
    study = open_study(EXAMPLES / name)
    file = load_source(study.settings.sources[0], study.folder).file
    if not (DATA / file).is_file():
        pytest.skip(f"The real export {file} is not at hand: it is not part of the project.")
    intake = receive(study, AS_OF, str(DATA))
    valued = scoring.value_responses(
        intake.quality.accepted["fidelity_responses"], intake.instruments
    )
    observations = scoring.score_observations(valued, intake.instruments)
    export = pd.read_csv(DATA / file, dtype=str, keep_default_na=False)
    return Example(export, intake, valued, observations)


@pytest.fixture(scope="module")
def video() -> Example:
    return read_example(VIDEO)


@pytest.fixture(scope="module")
def main_file() -> Example:
    return read_example(MAIN)


@pytest.fixture(scope="module")
def new_file() -> Example:
    return read_example(NEW)


def numbers(frame: pd.DataFrame, column: str) -> pd.Series:
    return pd.to_numeric(frame[column].replace({"": None, "NA": None})).astype("float64")


# What needs no data


@pytest.mark.parametrize("name", STUDIES)
def test_study_names_its_data_and_sources_load(name: str) -> None:
    study = open_study(EXAMPLES / name)
    assert study.folder == EXAMPLES / name
    assert re.search(r"OECD \(2020\)|package LAGO", study.settings.note)
    for source_name in study.settings.sources:
        source = load_source(source_name, study.folder)
        assert source.source == source_name
        assert source.notes


@pytest.mark.parametrize("name", STUDIES)
def test_every_mapped_column_is_a_column_of_its_table(name: str) -> None:
    study = open_study(EXAMPLES / name)
    schemas = load_schemas(study.folder)
    for source_name in study.settings.sources:
        for table, mapping in load_source(source_name, study.folder).tables.items():
            mapped = set(mapping.columns)
            if mapping.wide_to_long is not None:
                mapped |= {mapping.wide_to_long.name_to, mapping.wide_to_long.value_to}
            assert mapped <= set(schemas[table].columns), table
            assert set(schemas[table].required_columns) <= mapped, table


@pytest.mark.parametrize("name", STUDIES)
def test_responses_name_an_instrument_of_the_study(name: str) -> None:
    study = open_study(EXAMPLES / name)
    mapping = load_source(study.settings.sources[0], study.folder).tables["fidelity_responses"]
    key = (
        mapping.columns["instrument_id"].constant,
        mapping.columns["instrument_version"].constant,
    )
    instrument = load_instruments(study.folder)[key]
    assert mapping.columns["rater_role"].constant in instrument.respondents
    assert mapping.wide_to_long is not None
    for item in instrument.item_table()["item_id"]:
        assert re.fullmatch(mapping.wide_to_long.columns, item)


def test_clocks_and_composites_are_not_read_as_items() -> None:
    source = load_source("video_ratings", EXAMPLES / VIDEO)
    wide = source.tables["fidelity_responses"].wide_to_long
    assert wide is not None
    for column in ("CTIME_S1", "COM_SCORE_CM_MN_S1", "COM_SCORE_TOT_C_S1", "CCM1RT_S9"):
        assert not re.fullmatch(wide.columns, column)


def test_video_instrument_counts_sixteen_items_and_ships_no_wording() -> None:
    instrument = load_instruments(EXAMPLES / VIDEO)["gti_video_components", "1"]
    items = instrument.item_table()
    counted = items[items["in_total"] & (items["segment"] == "S1")]
    assert sorted(counted["item"]) == sorted(COUNTED)
    assert len(items) == 24 * len(SEGMENTS)
    assert instrument.wording_shipped is False
    for code, component in COMPONENT_OF.items():
        mine = [name for name, item in instrument.items.items() if item.component == component]
        assert mine == COMPOSITES[code]


def test_the_two_clinic_studies_share_instrument_and_mapping() -> None:
    instrument = "data/schemas/instruments/pulesa_visits_v1.yml"
    assert (EXAMPLES / MAIN / instrument).read_bytes() == (EXAMPLES / NEW / instrument).read_bytes()
    first = load_source("clinics_main", EXAMPLES / MAIN).model_dump()["tables"]
    second = load_source("clinics_new", EXAMPLES / NEW).model_dump()["tables"]
    assert first["outcomes"]["wide_to_long"].pop("missing_flag") == "MI_{column}"
    assert second["outcomes"]["wide_to_long"].pop("missing_flag") == ""
    assert first == second


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (VIDEO, ["OECD (2020)", "half points", "COM_SCORE", "no such segment"]),
        (MAIN, ["no calendar", "2001Q2", "interaction terms", "GPL-3"]),
        (NEW, ["no calendar", "2001Q2", "pulesa_main.csv", "W1 to W8", "GPL-3"]),
    ],
)
def test_notes_say_what_a_reader_must_know(name: str, said: list[str]) -> None:
    study = open_study(EXAMPLES / name)
    notes = " ".join(load_source(study.settings.sources[0], study.folder).notes)
    for words in said:
        assert words in notes


def test_examples_hold_no_data() -> None:
    kept = {".yml", ".md", ""}  # the last is .gitignore
    files = [
        path
        for path in EXAMPLES.rglob("*")
        if path.is_file() and not {"reports", "raw"} & set(path.relative_to(EXAMPLES).parts)
    ]
    assert {path.suffix for path in files} <= kept


def test_a_made_video_export_becomes_observations(tmp_path: Path) -> None:
    """Two raters of one made lesson of two segments, every item of a rater rated the same."""
    study = open_study(EXAMPLES / VIDEO)
    instrument = load_instruments(study.folder)["gti_video_components", "1"]
    items = [f"{item}_{segment}" for segment in ("S1", "S2", "S3") for item in instrument.items]
    about = "SCH_ID,T_ID,IDVIDEO,IDRATER,DATE_RATE_D,DATE_RATE_M,DATE_RATE_Y"
    lesson = "001,001-1,1-TVA-05032018"
    rows = [
        f"{lesson},{rater},9,1,2019," + ",".join([rating] * 48 + [""] * 24)
        for rater, rating in (("12", "1.5"), ("07", "4"))
    ]
    export = "\n".join([f"{about},{','.join(items)}", *rows])
    (tmp_path / "gti_chile_video_ratings.csv").write_text(export + "\n", encoding="utf-8")
    intake = receive(study, AS_OF, str(tmp_path))
    assert list(intake.quality.accounting["set_aside"]) == [0, 0, 0]
    responses = intake.quality.accepted["fidelity_responses"]
    assert len(responses) == 2 * 48
    scored = scoring.score_observations(
        scoring.value_responses(responses, intake.instruments), intake.instruments
    ).set_index("rater_id")
    assert scored.loc["12", "fidelity"] == pytest.approx(100 * 0.5 / 3, abs=EXACT)
    assert scored.loc["07", "fidelity"] == 100
    assert scored.loc["12", "items_applicable"] == 32
    assert scored.loc["12", "observed_on"] == pd.Timestamp("2018-03-05")
    assert scored.loc["12", "rated_on"] == pd.Timestamp("2019-01-09")


def test_a_made_clinic_export_keeps_filled_values_out(tmp_path: Path) -> None:
    study = open_study(EXAMPLES / MAIN)
    columns = [
        "Clinic", "Period", "AccessMedicines", "AccessBPMachines", "HypertensionTraining",
        "DeliveryA", "DeliveryB", "MI_DeliveryB", "RemoteMonitoring", "MI_RemoteMonitoring",
        "PerformanceImprovement", "MI_PerformanceImprovement", "Success", "Total_visit",
        "Proportions",
    ]  # fmt: skip
    row = "Made clinic,5,1,1,1,1,0.3,1,0.2,0,0,0,3,8,0.375"
    (tmp_path / "pulesa_main.csv").write_text(f"{','.join(columns)}\n{row}\n", encoding="utf-8")
    extracts = read_extracts(study, load_schemas(study.folder), tmp_path)
    outcomes = next(each for each in extracts if each.table == "outcomes")
    values = outcomes.frame.set_index("measure")["value"]
    assert len(values) == 7
    assert pd.isna(values["DeliveryB"])
    assert values["RemoteMonitoring"] == "0.2"
    assert set(outcomes.frame["period_start"]) == {"2002-01-01"}  # period 1 is 2001Q1
    assert any("'MI_DeliveryB'" in note for note in outcomes.notes)


# Video ratings


def test_video_counts(video: Example) -> None:
    observations = video.observations
    assert len(observations) == len(video.export) == 392
    assert observations["practitioner_id"].nunique() == 98
    assert observations["site_id"].nunique() == 98
    assert observations["rater_id"].nunique() == 25
    lessons = observations["observation_id"].str.split("/").str[0]
    assert lessons.nunique() == 196
    assert (lessons.value_counts() == 2).all()
    assert observations["fidelity"].notna().all()


def test_no_row_of_the_video_ratings_is_lost(video: Example) -> None:
    items = [name for name in video.export if re.fullmatch(r"C(?!TIME)\w{5}_S\d", name)]
    assert len(items) == 192
    filled = int((video.export[items] != "").to_numpy().sum())
    accounting = video.accounting
    assert accounting.loc["fidelity_responses", "received"] == filled == 36_864
    assert (accounting["received"] == accounting["accepted"] + accounting["set_aside"]).all()
    assert accounting["set_aside"].sum() == 0


def test_video_dates_agree_with_columns_that_are_not_read(video: Example) -> None:
    """``IDDATE`` and ``DATE_RATE`` of the export say the same dates in another form."""
    made = video.observations.set_index("observation_id")
    export = video.export.set_index(video.export["IDVIDEO"] + "/" + video.export["IDRATER"])
    taught = pd.to_datetime(export["IDDATE"].str.zfill(8), format="%d%m%Y")
    rated = pd.to_datetime(export["DATE_RATE"], format="%d/%m/%y")
    assert (made["observed_on"] == taught.reindex(made.index)).all()
    assert (made["rated_on"] == rated.reindex(made.index)).all()


def test_half_points_stand_in_flagged_ratings_only(video: Example) -> None:
    half = video.valued[video.valued["number"] % 1 == 0.5]
    assert len(half) == 16
    export = video.export
    flagged = export.loc[export["SEG_FLAG"] == "1"]
    assert set(half["observation_id"]) == set(flagged["IDVIDEO"] + "/" + flagged["IDRATER"])
    last = (flagged["IDVIDEO"] + "/" + flagged["IDRATER"]).map(str)
    expected = dict(zip(last, "S" + flagged["FINAL_SEGMENTS_N"], strict=True))
    assert (half["segment"] == half["observation_id"].map(expected)).all()


def ratings(example: Example, items: list[str]) -> pd.Series:
    """Mean rating over items, on the scale 1 to 4, by observation and segment."""
    mine = example.valued[example.valued["item"].isin(items)]
    return (1 + 3 * mine["percent"] / 100).groupby([mine["observation_id"], mine["segment"]]).mean()


def study_scores(example: Example, name: str) -> pd.Series:
    """A composite that the study computed, by observation and segment."""
    export = example.export
    wide = pd.DataFrame({f"S{k}": numbers(export, f"{name}_S{k}") for k in SEGMENTS})
    wide.index = pd.Index(export["IDVIDEO"] + "/" + export["IDRATER"], name="observation_id")
    assert wide.size == 392 * 8
    return wide.rename_axis(columns="segment").stack().dropna()


def differences(example: Example, items: list[str], name: str) -> int:
    """Composites missed by more than the tolerance; a composite too many or too few counts."""
    mine, theirs = ratings(example, items), study_scores(example, name)
    both = pd.concat([mine, theirs], axis=1, keys=["mine", "theirs"])
    assert len(both) == 1536
    return int((~((both["mine"] - both["theirs"]).abs() <= COMPOSITE_TOLERANCE)).sum())


@pytest.mark.parametrize("code", COMPOSITES)
def test_domain_composites_are_reproduced(video: Example, code: str) -> None:
    assert differences(video, COMPOSITES[code], f"COM_SCORE_{code}_MN") == 0


@pytest.mark.parametrize("code", LEFT_OUT)
def test_third_items_are_not_in_the_studys_composites(video: Example, code: str) -> None:
    item, missed = LEFT_OUT[code]
    found = differences(video, [*COMPOSITES[code], item], f"COM_SCORE_{code}_MN")
    assert found == missed


def test_total_and_instruction_composites_are_reproduced(video: Example) -> None:
    instruction = [item for code in ("DC", "QS", "CE", "AR") for item in COMPOSITES[code]]
    assert (len(COUNTED), len(instruction)) == (16, 11)
    assert differences(video, COUNTED, "COM_SCORE_TOT_C") == 0
    assert differences(video, instruction, "COM_SCORE_INSTRUCT") == 0


def test_fidelity_of_a_rating_is_the_studys_total(video: Example) -> None:
    total = study_scores(video, "COM_SCORE_TOT_C").groupby("observation_id").mean()
    scored = video.observations.set_index("observation_id")["fidelity"]
    gap = 1 + 3 * scored / 100 - total.reindex(scored.index)
    assert gap.abs().max() <= COMPOSITE_TOLERANCE


@pytest.mark.parametrize("code", COMPOSITES)
def test_component_of_a_rating_is_the_studys_domain(video: Example, code: str) -> None:
    components = scoring.score_components(video.valued, video.intake.instruments)
    mine = components[components["component"] == COMPONENT_OF[code]]
    scored = mine.set_index("observation_id")["fidelity"]
    total = study_scores(video, f"COM_SCORE_{code}_MN").groupby("observation_id").mean()
    assert len(scored) == 392
    assert (1 + 3 * scored / 100 - total.reindex(scored.index)).abs().max() <= COMPOSITE_TOLERANCE


def test_two_lessons_a_teacher_carry_no_slopes(video: Example) -> None:
    study = open_study(EXAMPLES / VIDEO)
    panel = panels.observation_panel(
        video.observations,
        video.intake.quality.accepted["practitioners"],
        video.intake.quarter("latest", study),
    )
    assert len(panel.by_observation) == 392
    design = growth_design(panel.by_observation)
    for what in ("slopes of practitioners", "slopes of sites", "differences between practitioners"):
        assert design.left_out[what]
    assert "98" in design.left_out["slopes of practitioners"]
    assert "rater_id" in design.formula


# Clinics


@pytest.mark.parametrize("which", ["main_file", "new_file"])
def test_adherence_is_success_over_visits(which: str, request: pytest.FixtureRequest) -> None:
    example = request.getfixturevalue(which)
    export = example.export
    scored = example.observations.set_index("observation_id")
    assert len(scored) == len(export) == 192
    assert scored["site_id"].nunique() == 16
    key = export["Clinic"] + " / period " + export["Period"]
    share = numbers(export, "Success") / numbers(export, "Total_visit")
    expected = pd.Series(100 * share.to_numpy(), index=key).reindex(scored.index)
    assert (scored["fidelity"] - expected).abs().max() <= EXACT
    visits = pd.Series(numbers(export, "Total_visit").to_numpy(), index=key).reindex(scored.index)
    assert (scored["weight"] == visits).all()


def test_adherence_is_the_proportion_that_the_main_file_holds(main_file: Example) -> None:
    export = main_file.export
    key = export["Clinic"] + " / period " + export["Period"]
    held = pd.Series(100 * numbers(export, "Proportions").to_numpy(), index=key)
    scored = main_file.observations.set_index("observation_id")["fidelity"]
    assert (scored - held.reindex(scored.index)).abs().max() <= EXACT


@pytest.mark.parametrize("which", ["main_file", "new_file"])
def test_clinic_periods_keep_their_order(which: str, request: pytest.FixtureRequest) -> None:
    observations = request.getfixturevalue(which).observations
    period = observations["observation_id"].str.split("/ period ").str[1].astype(int)
    dates = observations.assign(period=period).groupby("period")["observed_on"].unique()
    assert list(dates.index) == list(range(2, 14))
    assert (dates.map(len) == 1).all()
    days = dates.map(lambda values: values[0])
    assert days.is_monotonic_increasing
    assert days.iloc[0] == pd.Timestamp("2001-04-01")
    assert days.iloc[-1] == pd.Timestamp("2004-01-01")


@pytest.mark.parametrize("which", ["main_file", "new_file"])
def test_missing_components_are_set_aside_and_counted(
    which: str, request: pytest.FixtureRequest
) -> None:
    example = request.getfixturevalue(which)
    accounting = example.accounting
    assert (accounting["received"] == accounting["accepted"] + accounting["set_aside"]).all()
    assert list(accounting.loc["outcomes"]) == [1344, 1292, 52]
    assert accounting.loc["fidelity_responses", "set_aside"] == 0
    aside = example.intake.quality.set_aside["outcomes"]
    assert aside["measure"].value_counts().to_dict() == MISSING


def test_both_files_give_the_same_components(main_file: Example, new_file: Example) -> None:
    key = ["subject_id", "period_start", "measure"]
    first = main_file.intake.quality.accepted["outcomes"].set_index(key)["value"].sort_index()
    second = new_file.intake.quality.accepted["outcomes"].set_index(key)["value"].sort_index()
    assert first.index.equals(second.index)
    assert (first - second).abs().max() <= EXACT
    aside = [
        set(each.intake.quality.set_aside["outcomes"][key].itertuples(index=False, name=None))
        for each in (main_file, new_file)
    ]
    assert aside[0] == aside[1]


def test_the_main_file_holds_one_number_where_the_new_one_is_empty(
    main_file: Example, new_file: Example
) -> None:
    for component, count in MISSING.items():
        flagged = main_file.export[f"MI_{component}"] == "1"
        assert flagged.sum() == count
        assert (new_file.export.loc[flagged, component] == "NA").all()
        assert (new_file.export.loc[~flagged, component] != "NA").all()
        filled = numbers(main_file.export[flagged], component)
        assert filled.notna().all()
        assert np.ptp(filled) <= EXACT


def test_the_disagreement_stands_in_the_quality_report(
    main_file: Example, new_file: Example
) -> None:
    notes = main_file.intake.quality.notes
    for component, count in MISSING.items():
        assert any(f"says that {count} values of '{component}'" in note for note in notes)
    assert any("pulesa_main.csv holds numbers" in note for note in new_file.intake.quality.notes)
    for example in (main_file, new_file):
        assert any("no calendar" in note for note in example.intake.quality.notes)
        assert len(set(example.intake.quality.notes)) == len(example.intake.quality.notes)


def test_columns_left_unread_hold_nothing_more(new_file: Example) -> None:
    """W1 to W8 are components or their products, with one filled number where one is missing."""
    columns = {name: numbers(new_file.export, name) for name in new_file.export if name != "Clinic"}
    medicines, machines = columns["AccessMedicines"], columns["AccessBPMachines"]
    products = {
        "W1": medicines,
        "W2": machines,
        "W3": columns["HypertensionTraining"],
        "W4": medicines * columns["DeliveryA"],
        "W5": medicines * columns["DeliveryB"],
        "W6": medicines * columns["DeliveryA"] * columns["DeliveryB"],
        "W7": machines * columns["RemoteMonitoring"],
        "W8": columns["PerformanceImprovement"],
    }
    for name, product in products.items():
        gap = (columns[name] - product)[product.notna()]
        assert gap.abs().max() <= EXACT, name
        filled = columns[name][product.isna()]
        assert filled.notna().all()
        assert filled.empty or np.ptp(filled) <= EXACT
