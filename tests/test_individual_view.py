"""One person's page: who gets it, what it says, what it never says, and its record."""

from __future__ import annotations

import json
import re
import stat

import pandas as pd
import pytest
from published_study import QUARTER, panel_of, published_study
from typer.testing import CliRunner

from workbench.analysis.individual_view import SMALLEST_RELIABILITY, individual_view
from workbench.cli import app
from workbench.results import published_results
from workbench.running import individual_access as access
from workbench.running.forgetting import forget_person
from workbench.running.ledger import ledger_of, read_ledger
from workbench.running.mentions import practitioner
from workbench.settings import Privacy, open_study

PURPOSE = "Coaching talk in October"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return published_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def results(study):
    return published_results(study, QUARTER)


@pytest.fixture(scope="module")
def panel(results):
    return panel_of(results)


@pytest.fixture(scope="module")
def person(panel, results):
    """Someone with a page: the most observations of all."""
    return panel[0]["practitioner_id"].value_counts().index[0]


@pytest.fixture(scope="module")
def coach(results, person):
    people = results.accepted("practitioners").set_index("practitioner_id")
    return str(people.loc[person, "supervisor_id"])


def view(panel, results, person, rows=None):
    seen, parts, now = panel
    seen = seen if rows is None else rows
    published, network = results.table("practitioner_trajectories"), results.table("trajectories")
    return individual_view(seen, parts.iloc[:0], published, network, person, now)


def asked(study, *more, person, purpose=PURPOSE):
    command = ["individual", "--study", str(study.folder), "--practitioner", person]
    return CliRunner().invoke(app, [*command, "--purpose", purpose, *more])


def pages(study):
    return sorted(study.private.glob("*.html"))


# --- what may be said ---


def test_a_reliable_level_is_that_which_was_published(panel, results, person):
    found = view(panel, results, person)
    table = results.table("practitioner_trajectories").set_index("practitioner_id")
    level = found.estimates.set_index("what").loc["level"]
    assert found.why_not == ""
    assert level["reliability"] >= SMALLEST_RELIABILITY
    assert level[["estimate", "conf_low", "conf_high"]].tolist() == (
        table.loc[person, ["level", "level_low", "level_high"]].tolist()
    )
    assert found.n_days >= 5
    assert found.n_raters >= 2


def test_numbers_that_are_not_reliable_are_not_carried(panel, results, person):
    estimates = view(panel, results, person).estimates
    unsaid = estimates[estimates["reason"] != ""]
    assert "slope" in set(unsaid["what"])
    assert unsaid[["estimate", "conf_low", "conf_high"]].isna().all(axis=None)
    assert (estimates.loc[estimates["reason"] == "", "reliability"] >= SMALLEST_RELIABILITY).all()


def test_four_days_or_one_rater_are_too_few(panel, results, person):
    seen = panel[0]
    own = seen["practitioner_id"] == person
    days = seen.loc[own, "observed_on"].drop_duplicates().iloc[:4]
    few = view(panel, results, person, seen[~own | seen["observed_on"].isin(days)])
    alone = view(panel, results, person, seen.assign(rater_id=seen["rater_id"].mask(own, "R")))
    assert "4 days" in few.why_not
    assert "by 1 rater," in alone.why_not
    assert few.estimates.empty
    assert alone.estimates.empty


def test_two_raters_on_a_day_saw_one_practice(panel, results, person):
    seen = panel[0]
    own = seen["practitioner_id"] == person
    day = seen["observed_on"].mask(own, pd.Timestamp("2026-03-03"))
    assert "1 day " in view(panel, results, person, seen.assign(observed_on=day)).why_not


def test_someone_unknown_has_no_view(panel, results):
    assert "0 days" in view(panel, results, "nobody").why_not


def test_an_unreliable_level_is_refused(panel, results, person, monkeypatch):
    monkeypatch.setattr("workbench.analysis.individual_view.SMALLEST_RELIABILITY", 0.999)
    found = view(panel, results, person)
    assert "reliability is 0." in found.why_not
    assert found.estimates.empty


# --- who may see it ---


def test_it_is_off_unless_the_study_says_so():
    assert Privacy().individual_view is False


def test_a_study_that_does_not_allow_it_refuses_and_records(tmp_path):
    (tmp_path / "workbench.yml").write_text("network: Ours\n", encoding="utf-8")
    closed = open_study(tmp_path)
    assert isinstance(asked(closed, "--self", person="P1").exception, access.ViewRefused)
    (line,) = read_ledger(closed)
    assert (line["event"], line["rule"]) == ("refused", "settings")
    assert "P1" not in ledger_of(closed).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("purpose", "rule"),
    [("", "purpose"), ("  .", "purpose"), ("x" * 201, "purpose"), ("a\nb", "purpose")],
)
def test_a_purpose_in_a_line_is_wanted(study, person, purpose, rule):
    outcome = asked(study, "--self", person=person, purpose=purpose)
    assert outcome.exception.rule == rule
    assert read_ledger(study)[-1]["rule"] == rule


def test_a_purpose_that_names_the_person_is_not_kept(study, person):
    outcome = asked(study, "--self", person=person, purpose=f"About {person}, for a talk")
    assert outcome.exception.rule == "purpose"
    assert read_ledger(study)[-1]["purpose"] == ""


def test_another_coach_an_unknown_person_and_oneself_as_coach_are_refused(study, person, coach):
    before = pages(study)
    other = asked(study, "--coach", "S-other", person=person).exception
    unknown = asked(study, "--coach", coach, person="nobody").exception
    assert str(other) == str(unknown)
    assert asked(study, "--coach", person, person=person).exception.rule == "coach"
    assert asked(study, "--self", person="nobody").exception.rule == "person"
    assert asked(study, person=person).exit_code != 0
    assert asked(study, "--self", "--coach", coach, person=person).exit_code != 0
    assert pages(study) == before


def test_nobody_can_ask_for_an_order_of_people(study, person, coach):
    outcome = asked(study, "--coach", coach, "--rank", person=person)
    assert outcome.exit_code == 2
    assert "No such option" in outcome.output


def test_a_folder_among_the_reports_is_refused(study, person):
    place = str(study.reports / QUARTER)
    assert asked(study, "--self", "--out", place, person=person).exception.rule == "folder"


# --- the page and its record ---


def test_the_coach_gets_a_page_that_only_its_owner_can_open(study, person, coach):
    outcome = asked(study, "--coach", coach, person=person)
    assert outcome.exit_code == 0, outcome.exception
    (page,) = pages(study)
    text = page.read_text(encoding="utf-8")
    plain = " ".join(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.S).split())
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(study.private.stat().st_mode) == 0o700
    assert person not in page.name
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert "<a " not in text
    assert "Not for discipline, pay or dismissal." in plain
    assert "95% interval" in plain
    assert "Mean of the network" in plain
    assert PURPOSE in plain
    assert "Contest it" in plain
    colleagues = set(study_people(study)) - {person}
    assert not [code for code in colleagues if re.search(rf"\b{code}\b", plain)]
    line = read_ledger(study)[-1]
    assert (line["event"], line["seen_by"], line["of"]) == ("shown", "coach", "v1")
    assert line["purpose"] == PURPOSE
    assert line["person"] == access.code_of(study, person)
    assert line["coach"] == access.code_of(study, coach)
    kept = {json.dumps(one) for one in (person, coach)}
    assert not [one for one in kept if one in ledger_of(study).read_text(encoding="utf-8")]


def study_people(study):
    return published_results(study, QUARTER).accepted("practitioners")["practitioner_id"]


def test_no_page_is_there_that_the_record_does_not_know(
    study, panel, results, person, tmp_path, monkeypatch
):
    def full(*_, **__):
        raise OSError("No space left")

    found = view(panel, results, person)
    monkeypatch.setattr("workbench.cli.individual._view", lambda *_: found)
    monkeypatch.setattr("workbench.running.individual_access.note", full)
    outcome = asked(study, "--self", "--out", str(tmp_path), person=person)
    assert isinstance(outcome.exception, OSError)
    assert not list(tmp_path.iterdir())


def test_another_study_keeps_a_person_under_another_code(tmp_path, study, person):
    (tmp_path / "workbench.yml").write_text("network: Ours\n", encoding="utf-8")
    assert access.code_of(open_study(tmp_path), person) != access.code_of(study, person)


def test_forgetting_a_person_takes_their_page_and_no_other(tmp_path):
    (tmp_path / "workbench.yml").write_text("network: Ours\n", encoding="utf-8")
    other = open_study(tmp_path)
    for code in ("P0007", "P0008"):
        path = access.private_page(other, QUARTER, access.ViewAsked(code, "", PURPOSE), None)
        access.write_privately(path, f"<h1>Practice over time: {code}</h1>")
    forgotten = forget_person(other, practitioner("P0007"), "tester")
    (left,) = pages(other)
    assert "P0008" in left.read_text(encoding="utf-8")
    assert forgotten.left == ()
