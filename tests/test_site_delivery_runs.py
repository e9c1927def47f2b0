"""A site's bad file as the user of a run sees it: one card, every other page, and a way on."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "faults"))

from fleet import file_of, make_fleet, spoil

from workbench.errors import ParameterError
from workbench.running.failed_deliveries import is_mended
from workbench.running.foundations import foundations
from workbench.running.manifest import read_manifest
from workbench.running.quarterly import RunRefused, resume_quarter, run_quarter
from workbench.settings import open_study

AS_OF = "2026-09-30"


def words(page: Path) -> str:
    text = re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", html.unescape(text)).replace("’", "'").replace("‘", "'")


def test_one_bad_file_costs_one_report_and_its_card_says_the_way_on(tmp_path: Path) -> None:
    folder = make_fleet(tmp_path / "study", 4)
    study, was = open_study(folder), spoil(folder, "s2")

    with pytest.raises(
        RunRefused, match=r"1 site .*s2: In sites/s2/practitioners.csv.*--allow-part"
    ):
        run_quarter(study, as_of=AS_OF, require_all=True)
    assert study.published_quarters() == []

    outcome = run_quarter(study, as_of=AS_OF)
    assert outcome.sites == ("s1", "s3", "s4")
    assert list(outcome.missing) == ["s2"]
    assert outcome.too_small == ()  # how many practise there is not known
    card = words(outcome.folder / "sites" / "site-s2.html")
    for text in (
        "Not published (data)",
        "sites/s2/practitioners.csv",
        "CSV UTF-8",
        "Then run 'workbench resume'",
        "None of what the site delivered is part of the network's numbers",
    ):
        assert text in card
    network = words(outcome.folder / "network.html")
    assert "s1" in network
    assert "s2" not in network  # its rows are in no number
    manifest = read_manifest(outcome.folder)
    assert {"sites/s2/practitioners.csv"} < {one["source"] for one in manifest["inputs"]}

    with pytest.raises(ParameterError, match=r"not mended yet. In sites/s2/practitioners.csv"):
        resume_quarter(study)

    file_of(folder, "s2").write_bytes(was)
    assert is_mended(study, outcome.folder, foundations(study))
    # Another site's file is other now: that is no mending, and a new run has to say so.
    file_of(folder, "s1").write_bytes(was.replace(b"s2", b"s1"))
    assert not is_mended(study, outcome.folder, foundations(study))
    with pytest.raises(ParameterError, match="what was received changed"):
        resume_quarter(study)
