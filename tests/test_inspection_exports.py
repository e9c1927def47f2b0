"""Drafts for the two real exports, held against their finished source files in the examples.

The exports are not part of the project: the tests are skipped where they are missing. Each test
carries out every correction by hand that a draft needs, and counts them.
"""

import functools
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.inspection import Inspection, inspect_file
from workbench.data.reading import read_source
from workbench.data.source_files import Source, load_source
from workbench.data.sources import map_table

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
DATA = ROOT.parent / "shared" / "data"
MOST_CORRECTIONS = 5
# Names that a draft is free to choose: the instrument's, and how the parts of a key are joined.
FREE = ("instrument_id", "observation_id", "rater_id", "role")
CALENDAR = "{periods: {column: Period, first: 2, starts_on: '?', months: 3}}"
DATED = "{periods: {column: Period, first: 2, starts_on: 2001-04-01, months: 3}}"
INDEPENDENT = (
    "      # rater_role: {constant: independent}",
    "      rater_role: {constant: independent}",
)
CLINICS = [
    INDEPENDENT,
    (f"      # observed_on: {CALENDAR}", f"      observed_on: {DATED}"),
    (f"      # period_start: {CALENDAR}", f"      period_start: {DATED}"),
]
PRODUCTS = ("W4|W5|W6|W7|W8|", "")
CASES = {
    "gti_chile_video_ratings": ("video_ratings", "video_ratings", [INDEPENDENT]),
    "pulesa_main": ("clinics/main", "clinics_main", CLINICS),
    "pulesa_new": ("clinics/new", "clinics_new", [*CLINICS, PRODUCTS]),
}


@functools.cache
def inspected(name: str) -> Inspection:
    path = DATA / f"{name}.csv"
    if not path.is_file():
        pytest.skip(f"The real export {path.name} is not at hand: it is not part of the project.")
    return inspect_file(path)


def corrected(text: str, corrections: list[tuple[str, str]], folder: Path, name: str) -> Source:
    for before, after in corrections:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path = folder / "data/schemas/sources" / f"{name}.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return load_source(name, folder)


def read(source: Source, table: str) -> pd.DataFrame:
    frame, _ = map_table(read_source(source, DATA), table, source.tables[table])
    frame = frame.drop(columns=[one for one in FREE if one in frame])
    columns = sorted(frame.columns)
    return frame[columns].sort_values(columns, ignore_index=True)


@pytest.mark.parametrize("name", CASES)
def test_a_draft_needs_at_most_five_corrections(name: str, tmp_path: Path) -> None:
    example, source_name, corrections = CASES[name]
    found = inspected(name)
    assert found.draft is not None
    assert len(corrections) <= MOST_CORRECTIONS
    mine = corrected(found.draft.text(), corrections, tmp_path, name)
    finished = load_source(source_name, EXAMPLES / example)
    assert set(mine.tables) == set(finished.tables)
    for table in finished.tables:
        pd.testing.assert_frame_equal(read(mine, table), read(finished, table))


@pytest.mark.parametrize("name", CASES)
def test_keys_tell_the_same_observations_apart(name: str) -> None:
    example, source_name, _ = CASES[name]
    found = inspected(name)
    finished = load_source(source_name, EXAMPLES / example)
    join = finished.tables["fidelity_responses"].columns["observation_id"].join
    assert found.draft.source().tables["fidelity_responses"].columns["observation_id"].join == join


def test_what_only_a_person_knows_is_asked() -> None:
    video = inspected("gti_chile_video_ratings").draft
    assert [one.entry for one in video.questions] == ["rater_role"]
    clinics = inspected("pulesa_main").draft
    asked = [one.entry for one in clinics.questions]
    assert asked == ["observed_on", "rater_role", "period_start"]


def test_items_and_segments_of_the_video_ratings_are_found() -> None:
    found = inspected("gti_chile_video_ratings")
    assert (len(found.wide.names), len(found.wide.items)) == (192, 24)
    assert found.wide.segments == tuple(f"S{number}" for number in range(1, 9))
    assert found.wide.answers == ("1", "1.5", "2", "2.5", "3", "3.5", "4")
    assert "components:\n  CCM: {title: CCM}" in found.instrument_text
    assert not [one for one in found.not_read if one in found.wide.names]
