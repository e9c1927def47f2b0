"""Every sentence a reader gets is plain, claims no cause, ranks nobody and names no person."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from page_words import (
    ids_in,
    pages_of,
    persons_of,
    text_of,
    text_of_markup,
    words_against_the_house,
)
from reading_grade import counts, grade, reading_ease, syllables

from workbench import terms
from workbench.analysis import (
    boosters,
    boosters_findings,
    components,
    components_findings,
    curved_course,
    curved_course_findings,
    drift_kinds,
    early_warning,
    early_warning_findings,
    fidelity,
    fidelity_findings,
    generations,
    generations_chain,
    generations_findings,
    leavers,
    leavers_findings,
    new_normal,
    new_normal_findings,
    raters,
    raters_findings,
)
from workbench.data import instruments, panels, scoring
from workbench.data.conform import conform
from workbench.data.extracts import Extract
from workbench.data.schemas import load_schemas
from workbench.data.synthetic import planted, simulate_network
from workbench.findings import Finding, read_findings
from workbench.quarters import Quarter
from workbench.reporting.assembly import HEADLINES
from workbench.reporting.report import MOST_HEADLINES
from workbench.settings import MANIFEST, Thresholds

ROOT = Path(__file__).parents[1]
FINISHED = "WORKBENCH_FINISHED_STUDY"
"""Folder of a study with a published quarter whose pages are to be read."""
EASY = 8
"""Grade, to the nearest whole one, at which headline findings and prompts are read."""
NEARLY_ALL, HARDER = 0.95, 10.0
"""Share of all findings that are read below the harder grade."""
EXACT, ROUNDED = 1e-9, 0.5
USED = ("sites", "practitioners", "fidelity_responses", "supports", "adaptations")
LOOKED_FOR = (terms.RATER_DRIFT, terms.NEW_NORMAL)
"""Networks whose sentences are read; those of every other kind were read once."""


# --- the measure ---


@pytest.mark.parametrize(
    ("text", "words", "parts", "ease"),
    [
        # Worked examples of the article "Flesch-Kincaid readability tests" (Wikipedia).
        ("The cat sat on the mat.", 6, 6, 116),
        (
            "This sentence, taken as a reading passage unto itself, is being used to prove a "
            "point.",
            16, 23, 69,
        ),
        (
            "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.",
            13, 24, 37.5,
        ),
    ],
)  # fmt: skip
def test_the_grade_counts_as_published_examples_do(text, words, parts, ease):
    assert counts(text) == (1, words, parts)
    assert reading_ease(text) == pytest.approx(ease, abs=ROUNDED)
    assert grade(text) == pytest.approx(0.39 * words + 11.8 * parts / words - 15.59, abs=EXACT)


@pytest.mark.parametrize(
    ("word", "parts"),
    [("practice", 2), ("table", 2), ("fidelity", 4), ("observed", 2), ("noted", 2), ("drives", 1),
     ("changes", 2), ("places", 2), ("1,863", 1), ("the", 1), ("playing", 2)],
)  # fmt: skip
def test_syllables_of_words_of_ours(word, parts):
    assert syllables(word) == parts


def test_a_colon_and_a_semicolon_end_a_unit_of_thought():
    assert counts("It fell: by 3.5 points; that is more than 1.0. Ask why?")[0] == 4


# --- what a page may not say ---


@pytest.mark.parametrize(
    "said",
    ["Coaching causes higher fidelity.", "The fall is due to turnover.", "Drift led to this.",
     "Sites are ranked.", "The worst site is this.", "The top three.", "They outperform others.",
     "It has an impact, and impacts others."],
)  # fmt: skip
def test_a_cause_or_a_rank_is_seen(said):
    assert words_against_the_house(said)


@pytest.mark.parametrize(
    "said",
    ["A best practice of coaching.", "Sites are not ranked.", "It stopped.", "A causeway.",
     "What goes together need not be cause and effect."],
)  # fmt: skip
def test_what_denies_a_cause_or_a_rank_may_be_said(said):
    assert not words_against_the_house(said)


def test_a_page_is_read_with_what_is_said_instead_of_pictures():
    page = "<p title='a tip'>Seen &amp; <b>bold</b></p><script>causes</script><img alt='a line'>"
    assert text_of_markup(page) == "a tip Seen & bold a line"


def test_ids_are_found_as_words_of_their_own():
    assert ids_in("Of 0081, and (PL0007), 0.0082 and 2026-0083.", {"0081", "PL0007"}) == [
        "0081",
        "PL0007",
    ]
    assert ids_in("p = 0.0082, on 2026-0083", {"0082", "0083"}) == []


# --- sentences of simulated networks ---


def sentences_of(mechanism: str) -> list[Finding]:
    """Findings on fidelity and drift of a network in which one kind of drift goes on."""
    parameters = planted(mechanism, "small")
    quarter = Quarter.from_label(parameters.first_quarter).plus(parameters.quarters - 1)
    label = str(quarter)
    made, schemas = simulate_network(parameters, seed=1).tables, load_schemas()
    tables = {name: conform(Extract(name, made[name], "", ""), schemas[name]) for name in USED}
    definitions = instruments.load_instruments()
    valued = scoring.value_responses(tables["fidelity_responses"], definitions)
    people = tables["practitioners"]
    observed = scoring.score_observations(valued, definitions)
    panel = panels.observation_panel(observed, people, quarter)
    parts = panels.component_panel(scoring.score_components(valued, definitions), panel)
    instrument = instruments.used_in(tables["fidelity_responses"], definitions, "fidelity")
    seen, limits = panel.by_observation, Thresholds()
    change, places = limits.smallest_change_that_matters, list(tables["sites"]["site_id"])
    now = (panel.now, limits)
    ruler = raters.rater_drift(seen, panel.masters, limits, now=panel.now)
    course = fidelity.fidelity_over_time(seen, parts, label, *now, places, ruler.ruler)
    log = panels.events_up_to(tables["adaptations"], "noted_on", quarter)
    core = instrument.core_components()
    moved = components.component_movement(parts, log, people, core, panel.now, label, limits, 1)
    chain = generations_chain.generation_of(people)
    normal = new_normal.new_normal(seen, panel.masters, people, *now, generation=chain)
    trained = generations.generations(seen, people, *now)
    left = leavers.leavers(seen, people, *now)
    boosted = boosters.boosters(seen, panels.boosters_up_to(tables["supports"], quarter), *now)
    shape = curved_course.curved_course(seen, *now)
    tests = [one.test for one in (ruler, normal, trained, moved, left, boosted)]
    kinds = drift_kinds.kinds_of_drift(tests)
    watch = early_warning.early_warning(seen, course.fit, label, places)
    named = [drift_kinds.is_named(kinds, one) for one in (terms.RATER_DRIFT, terms.NEW_NORMAL)]
    return [
        *fidelity_findings.fidelity_findings(course, str(quarter.plus(-1)), change),
        drift_kinds.kinds_finding(kinds),
        *raters_findings.rater_findings(ruler, change, named[0]),
        *components_findings.component_findings(moved, change),
        *new_normal_findings.new_normal_findings(normal, named[1]),
        *boosters_findings.boosters_findings(boosted),
        *leavers_findings.leavers_findings(left),
        *generations_findings.generations_findings(trained),
        *early_warning_findings.early_warning_findings(watch),
        *curved_course_findings.curved_course_findings(shape),
    ]


@pytest.fixture(scope="module", params=LOOKED_FOR)
def sentences(request):
    return sentences_of(request.param)


def headlines(findings: list[Finding]) -> list[Finding]:
    """The findings that each place's report leads with."""
    chosen = []
    for place in sorted({one.site_id for one in findings}):
        mine = {one.id: one for one in findings if one.site_id == place}
        told = [mine[name] for name in HEADLINES if name in mine]
        chosen += [one for one in told if one.status == terms.REPORTED][:MOST_HEADLINES]
    return chosen


def against_the_rules_of_words(findings: list[Finding]) -> list[str]:
    """What headlines, prompts and statements of findings say that they may not."""
    hard = [one.statement for one in headlines(findings) if round(grade(one.statement)) > EASY]
    prompts = {one.action_prompt for one in findings if one.action_prompt}
    hard += [prompt for prompt in sorted(prompts) if round(grade(prompt)) > EASY]
    told = {text for one in findings for text in (one.question, one.statement, one.action_prompt)}
    wrong = [words for text in sorted(told) for words in words_against_the_house(text)]
    return hard + wrong


def test_sentences_of_simulated_networks_are_plain(sentences):
    assert len(sentences) > 20
    assert against_the_rules_of_words(sentences) == []
    grades = np.array([grade(one.statement) for one in sentences])
    assert (grades < HARDER).mean() >= NEARLY_ALL
    assert any(one.certainty for one in sentences)


# --- pages of a finished study ---


def finished() -> list[Path]:
    """Published versions of a study that was run before: the newest of each quarter."""
    study = Path(os.environ.get(FINISHED, ROOT))
    versions: dict[str, Path] = {}
    for manifest in sorted(study.glob(f"reports/20*/v*/{MANIFEST}")):
        versions[manifest.parents[1].name] = manifest.parent
    return list(versions.values())


@pytest.fixture(scope="module")
def version():
    found = finished()
    if not found:
        pytest.skip(f"no finished study here; {FINISHED} can name one")
    return found[-1]


def test_pages_of_a_finished_study_claim_no_cause_and_rank_nobody(version):
    pages = pages_of(version)
    assert pages
    assert {page.name: words_against_the_house(text_of(page)) for page in pages} == {
        page.name: [] for page in pages
    }


def test_pages_of_a_finished_study_name_no_person(version):
    ids = persons_of(version / "accepted")
    assert ids
    assert {page.name: ids_in(text_of(page), ids) for page in pages_of(version)} == {
        page.name: [] for page in pages_of(version)
    }


def test_findings_of_a_finished_study_are_plain(version):
    findings = read_findings(version / "findings")
    assert against_the_rules_of_words(findings) == []
    grades = np.array([grade(one.statement) for one in findings])
    assert (grades < HARDER).mean() >= NEARLY_ALL
