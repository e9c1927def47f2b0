"""Settings of a study, and how it is found."""

import datetime as dt

import pytest

from workbench.errors import SettingsError
from workbench.settings import SETTINGS_FILE, find_study_folder, open_study


@pytest.fixture
def study_folder(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("network: Our network\nfiscal_year_starts: 7\n")
    return tmp_path


def test_every_entry_but_the_network_has_a_default(tmp_path):
    (tmp_path / SETTINGS_FILE).write_text("network: 007\n")
    settings = open_study(tmp_path).settings
    assert settings.network == "007"
    assert settings.fiscal_year_starts == 1
    assert settings.thresholds.state_probability == 0.90
    assert settings.privacy.fewest_practitioners == 5


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("network: A\nfiscal_year: 7\n", "fiscal_year"),
        ("network: A\nthresholds:\n  largest_share: 0.1\n", "thresholds.largest_share"),
        ("network: A\nprivacy:\n  fewest: 5\n", "privacy.fewest"),
        ("network: A\nfiscal_year_starts: 13\n", "fiscal_year_starts"),
        ("network: A\nprivacy:\n  fewest_practitioners: 2\n", "privacy.fewest_practitioners"),
        ("network: A\nthresholds:\n  state_probability: 0.5\n", "thresholds.state_probability"),
        ("fiscal_year_starts: 7\n", "network"),
    ],
)
def test_what_the_settings_cannot_mean_is_refused_by_name(tmp_path, text, entry):
    (tmp_path / SETTINGS_FILE).write_text(text)
    with pytest.raises(SettingsError, match=rf"  {entry}: "):
        open_study(tmp_path)


def test_a_study_is_found_upwards(study_folder, monkeypatch):
    below = study_folder / "notebooks" / "explore"
    below.mkdir(parents=True)
    assert find_study_folder(below) == study_folder
    monkeypatch.chdir(below)
    assert open_study().folder == study_folder.resolve()


def test_a_relative_folder_counts_from_any_folder_above(study_folder, monkeypatch):
    inner = study_folder / "studies" / "second"
    inner.mkdir(parents=True)
    (inner / SETTINGS_FILE).write_text("network: Second\n")
    (study_folder / "notebooks").mkdir()
    monkeypatch.chdir(study_folder / "notebooks")
    assert open_study("studies/second").settings.network == "Second"


def test_no_study_says_how_to_make_one(tmp_path):
    with pytest.raises(SettingsError, match="workbench demo"):
        find_study_folder(tmp_path)
    with pytest.raises(SettingsError, match="No study was found"):
        open_study(tmp_path / "nowhere")


def test_a_study_counts_quarters_by_its_fiscal_year(study_folder):
    study = open_study(study_folder)
    assert str(study.quarter_of(dt.date(2025, 7, 1))) == "2026Q1"
    assert study.quarter("2026Q1").first_day == dt.date(2025, 7, 1)
    assert study.raw == study.folder / "data" / "raw"
    assert study.reports == study.folder / "reports"
