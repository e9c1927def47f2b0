"""A finding carries its number with its evidence, or a reason in the number's place."""

import json
import math

import pytest

from workbench import terms
from workbench.errors import SettingsError
from workbench.findings import Finding, not_estimable, read_findings, suppress, write_findings

REPORTED = Finding(
    id="fidelity.now",
    question="What does practice look like?",
    statement="Fidelity was 76%, “as seen”.",
    site_id="007",
    estimate=76.5,
    conf_low=71.25,
    conf_high=81.75,
    unit="percent of the maximum",
    n=64,
    n_practitioners=18,
    evidence="tables/fidelity_by_quarter.parquet",
    action_prompt="Ask.",
    best_practice="Coaching.",
)


@pytest.mark.parametrize("number", ["estimate", "conf_low", "conf_high"])
@pytest.mark.parametrize("status", [terms.SUPPRESSED, terms.NOT_ESTIMABLE])
def test_a_finding_that_is_not_reported_cannot_carry_a_number(number, status):
    with pytest.raises(ValueError, match="still carries a number"):
        Finding("a", "b", "c", status=status, reason="d", **{number: 0.0})


@pytest.mark.parametrize("status", [terms.SUPPRESSED, terms.NOT_ESTIMABLE])
def test_a_finding_that_is_not_reported_gives_a_reason(status):
    with pytest.raises(ValueError, match="gives no reason"):
        Finding("a", "b", "c", status=status)


def test_not_estimable_says_why_in_its_statement():
    finding = not_estimable("a", "b", "nobody was observed.", site_id="007", n=0)
    assert finding.status == terms.NOT_ESTIMABLE
    assert finding.statement.endswith("nobody was observed.")
    assert finding.reason == "nobody was observed."
    assert finding.site_id == "007"


def test_suppression_leaves_nothing_of_what_was_said():
    hidden = suppress(REPORTED, "it rests on too few people.")
    assert (hidden.estimate, hidden.conf_low, hidden.conf_high) == (None, None, None)
    assert hidden.n == 0
    assert hidden.n_practitioners is None
    assert hidden.action_prompt == hidden.best_practice == ""
    assert "76" not in hidden.statement
    assert (hidden.id, hidden.site_id) == (REPORTED.id, REPORTED.site_id)


def test_findings_come_back_as_they_were_written(tmp_path):
    unknown = not_estimable("fidelity.direction", "Which way?", "too few quarters.")
    write_findings([REPORTED, unknown], tmp_path / "findings" / "02.json")
    write_findings([suppress(REPORTED, "few.")], tmp_path / "other" / "01.json")
    assert read_findings(tmp_path / "findings") == [REPORTED, unknown]
    entries = json.loads((tmp_path / "findings" / "02.json").read_text(encoding="utf-8"))
    assert entries[0]["site_id"] == "007"


def test_findings_are_read_in_the_order_of_their_files(tmp_path):
    write_findings([REPORTED], tmp_path / "02.json")
    write_findings([not_estimable("quality.rows", "b", "c")], tmp_path / "01.json")
    assert [finding.id for finding in read_findings(tmp_path)] == ["quality.rows", "fidelity.now"]


def test_two_findings_of_one_name_and_site_are_refused(tmp_path):
    write_findings([REPORTED, REPORTED], tmp_path / "01.json")
    with pytest.raises(SettingsError, match=r"fidelity\.now"):
        read_findings(tmp_path)


def test_what_is_no_number_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_findings([Finding("a", "b", "c", estimate=math.nan)], tmp_path / "01.json")
    assert not (tmp_path / "01.json").exists()
