"""Instruments are data: what they declare fits together, and what they say comes from a source."""

import re
from pathlib import Path

import pandas as pd
import pytest

from workbench import terms
from workbench.data.instruments import (
    INSTRUMENTS_FOLDER,
    Instrument,
    Scale,
    item_table,
    load_instruments,
    used_in,
)
from workbench.data.schemas import load_schemas
from workbench.errors import SettingsError

SHIPPED = load_instruments()
FIDELITY, DRIVERS = SHIPPED["practice_fidelity", "1"], SHIPPED["driver_assessment", "1"]
TEAMS, OWNERSHIP = SHIPPED["teams_and_supports", "1"], SHIPPED["plan_ownership", "1"]
OURS = [FIDELITY, DRIVERS, TEAMS, OWNERSHIP]
SEEDS = {
    "stable": "the-myth-of-stable-implementation.txt",
    "drivers": "handout-implementation-drivers.txt",
    "gap": "mind-the-gap.txt",
    "success": "implementing-for-success.txt",
    "plans": "why-good-plans-still-fail.txt",
}
SEED_FOLDER = Path(__file__).parents[2] / "shared" / "seeds"
SHARE_OF_WORDS = 0.8  # of the longer words of a passage that is cited in short
LONGER = 4
BEST_PRACTICES_OF_ADMINISTRATION = 9  # the handout on facilitative administration lists nine

SMALL = {
    "instrument": "small",
    "version": "1.10",
    "title": "Small",
    "kind": "fidelity",
    "source": "A test.",
    "rights": "Free.",
    "wording_shipped": True,
    "scale": {"values": [0, 1, 2]},
    "respondents": ["independent"],
    "how_often": "once",
    "components": {"talk": {"title": "Talk"}},
    "items": {"ask": {"component": "talk", "wording": "Asks."}},
}


def instrument(**about):
    return Instrument.model_validate({**SMALL, **about})


def by_name(instruments):
    return pytest.mark.parametrize("shipped", instruments, ids=lambda one: one.instrument)


@by_name(OURS)
def test_every_item_cites_a_seed_and_is_worded(shipped):
    for name, item in shipped.items.items():
        seed, _, passage = item.cites.partition(": ")
        assert seed in SEEDS, name
        assert passage, name
        assert item.wording.endswith("."), name
        assert item.component in shipped.components, name
    assert {item.component for item in shipped.items.values()} == set(shipped.components)
    assert shipped.wording_shipped
    assert shipped.rights


def words(text):
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def seed_texts():
    if not SEED_FOLDER.is_dir():
        pytest.skip("the five texts stand beside the project and not in it")
    return {
        name: words((SEED_FOLDER / file).read_text(encoding="utf-8"))
        for name, file in SEEDS.items()
    }


@by_name([TEAMS, OWNERSHIP])
def test_every_passage_stands_in_its_seed_word_for_word(shipped):
    texts = seed_texts()
    for name, item in shipped.items.items():
        seed, _, passage = item.cites.partition(": ")
        assert words(passage) in texts[seed], name


@by_name([FIDELITY, DRIVERS])
def test_a_passage_cited_in_short_has_the_words_of_its_seed(shipped):
    texts = seed_texts()
    for name, item in shipped.items.items():
        seed, _, passage = item.cites.partition(": ")
        longer = [word for word in words(passage).split() if len(word) >= LONGER]
        found = [word for word in longer if word.rstrip("s") in texts[seed]]
        assert len(found) >= SHARE_OF_WORDS * len(longer), name


def test_the_topics_beside_the_drivers_are_there():
    assert set(TEAMS.components) == {
        "teaming",
        "professional_learning",
        "feedback_loops",
        "practitioner_capacity",
        "participant_support",
        "strengths_based_practice",
    }
    assert TEAMS.levels() == DRIVERS.levels()
    assert TEAMS.respondents == DRIVERS.respondents


def test_ownership_is_asked_of_those_who_answer_for_a_plan():
    answering = load_schemas()["ownership_responses"].columns["respondent_role"].values
    assert OWNERSHIP.respondents == tuple(answering)
    assert [name for name, item in OWNERSHIP.items.items() if item.reversed] == ["own_held"]


def test_the_drivers_are_those_of_the_field():
    drivers = terms.COMPETENCY_DRIVERS + terms.ORGANISATION_DRIVERS + terms.LEADERSHIP_DRIVERS
    assert tuple(DRIVERS.components) == drivers
    assert DRIVERS.scale.values == (0, 1, 2)
    assert set(DRIVERS.levels()) == {terms.IN_PLACE, terms.PARTLY_IN_PLACE}


def test_facilitative_administration_has_its_nine_best_practices_in_order():
    cites = [
        item.cites
        for item in DRIVERS.items.values()
        if item.component == "facilitative_administration"
    ]
    numbers = [int(re.fullmatch(r"drivers: best practice (\d), .+", one)[1]) for one in cites]
    assert numbers == list(range(1, BEST_PRACTICES_OF_ADMINISTRATION + 1))


@by_name([DRIVERS, TEAMS])
def test_every_best_practice_prompts_a_step_and_names_who_takes_it(shipped):
    prompts = shipped.prompts()
    assert list(prompts["best_practice"]) == list(shipped.items)
    assert prompts["action"].str.endswith(".").all()
    assert prompts["action"].is_unique
    assert set(prompts["owner_role"]) <= set(shipped.respondents)


def test_raters_of_fidelity_are_the_roles_of_the_field():
    assert set(FIDELITY.respondents) == set(terms.RATER_ROLES)
    assert FIDELITY.lowest_cut_off.name == "adequate"
    assert list(FIDELITY.levels().items()) == [("high", 80), ("adequate", 65)]


def test_items_expand_over_segments():
    segmented = instrument(segments=["morning", "evening"])
    table = segmented.item_table()
    assert table["item_id"].tolist() == ["ask_morning", "ask_evening"]
    assert table["item"].tolist() == ["ask", "ask"]
    assert table["segment"].tolist() == ["morning", "evening"]
    assert instrument().item_table()["item_id"].tolist() == ["ask"]


def test_a_component_may_stay_out_of_the_total():
    components = {"talk": {"title": "Talk"}, "forms": {"title": "Forms", "composite": False}}
    items = {
        "ask": {"component": "talk", "wording": "Asks."},
        "file": {"component": "forms", "wording": "Files.", "weight": 2},
    }
    table = instrument(components=components, items=items).item_table()
    assert table["in_total"].tolist() == [True, False]
    assert table["weight"].tolist() == [1, 2]


def test_items_of_all_instruments_stand_in_one_table():
    table = item_table(SHIPPED)
    assert len(table) == sum(len(one.items) for one in SHIPPED.values())
    assert not table.duplicated(["instrument_id", "instrument_version", "item_id"]).any()


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"items": {"ask": {"component": "walk", "wording": "Asks."}}}, "not declared: walk"),
        ({"scale": {"values": [1, 1]}}, "at least two values"),
        ({"score": "met_of_applicable"}, "counts 'met'"),
        ({"smallest_share_answered": 0}, "smallest_share_answered"),
        ({"cut_offs": [{"name": "high", "at_least": 101}]}, "at_least"),
        ({"score": "mean", "cut_offs": [{"name": "high", "at_least": 2.1}]}, "a score is 0 to 2"),
        ({"score": "sum"}, "a sum needs every item"),
        ({"score": "sum", "smallest_share_answered": 1, "segments": ["am"]}, "no segments"),
        ({"published_counts": {"talk": 2}}, "it has 1 of talk; the published one has 2 of talk"),
        ({"items": {"ask": {"wording": "Asks.", "weight": 0}}}, "weight"),
        ({"kind": "other"}, "kind"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_instrument_whose_parts_do_not_fit_is_refused(about, said):
    with pytest.raises(ValueError, match=said):
        instrument(**about)


def test_counts_need_no_scale_of_values():
    items = {
        "done": {"wording": "Done.", "counts": "met"},
        "due": {"wording": "Due.", "counts": "applicable"},
    }
    counted = instrument(score="met_of_applicable", scale={}, items=items, components={})
    assert counted.scale == Scale()
    assert counted.item_table()["counts"].tolist() == ["met", "applicable"]


@pytest.fixture
def study_folder(tmp_path):
    folder = tmp_path / INSTRUMENTS_FOLDER
    folder.mkdir(parents=True)
    text = (
        "instrument: small\nversion: 1.10\ntitle: Small\nkind: fidelity\nsource: A test.\n"
        "rights: Free.\nwording_shipped: NO\nscale: {values: [0, 1], not_applicable: [NO]}\n"
        "respondents: [independent]\nhow_often: once\ncomponents: {talk: {title: Talk}}\n"
        "items: {007: {component: talk, wording: Asks.}}\n"
    )
    (folder / "small_v1.yml").write_text(text)
    return tmp_path


def test_a_study_adds_an_instrument_by_one_file(study_folder):
    loaded = load_instruments(study_folder)
    assert set(loaded) == {*SHIPPED, ("small", "1.10")}
    own = loaded["small", "1.10"]
    assert list(own.items) == ["007"]
    assert own.scale.not_applicable == ("NO",)
    assert own.wording_shipped is False


def test_one_version_declared_twice_is_refused(study_folder):
    folder = study_folder / INSTRUMENTS_FOLDER
    (folder / "copy.yml").write_text((folder / "small_v1.yml").read_text())
    with pytest.raises(SettingsError, match=r"small version 1\.10"):
        load_instruments(study_folder)


def test_the_instrument_of_most_responses_of_a_kind_is_used():
    keys = [("teams_and_supports", "1")] * 3 + [("driver_assessment", "1")]
    responses = pd.DataFrame(keys, columns=["instrument_id", "instrument_version"])
    assert used_in(responses, SHIPPED, "drivers") is DRIVERS
    assert used_in(responses, SHIPPED, "readiness") is TEAMS
    assert used_in(responses, SHIPPED, "fidelity") is TEAMS


def test_without_responses_an_instrument_with_wording_is_used():
    none = pd.DataFrame({"instrument_id": [], "instrument_version": []})
    assert used_in(none, SHIPPED, "drivers") is DRIVERS
    assert used_in(none, SHIPPED, "fidelity") is FIDELITY
    assert used_in(none, SHIPPED, "readiness") is TEAMS
