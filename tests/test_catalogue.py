"""The catalogues of other languages: whole, true to the English, and as careful as it is."""

from __future__ import annotations

import importlib.util
import re
import string
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from workbench import certainty, language
from workbench.findings import Finding
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.tables_measures import measures_table
from workbench.settings import Privacy

ROOT = Path(__file__).parents[1]
WORDS = ROOT / "reports/words"
CATALOGUES = sorted(WORDS.glob("*.po"))

CAUSES = re.compile(
    r"\b(a causa de|causa[nr]?|causó|provoca[nr]?|provocó|gracias a|debido a|por culpa de"
    r"|hace[n]? que|lleva[n]? a(?! (?:cabo|un[oa])\b)|logra[n]? que|impacto|efecto[s]? de"
    r"|da[n]? lugar a|conduce[n]? a)\b",
    re.IGNORECASE,
)
RANKS = re.compile(
    r"\b(el|la|los|las) (mejor|peor|mejores|peores)\b|\bclasificación de\b|\branking\b",
    re.IGNORECASE,
)
SURE = re.compile(
    r"\b((?<!no es )seguro que|sin duda|demuestra[n]?|prueba[n]? que)\b", re.IGNORECASE
)


def _collect():
    spec = importlib.util.spec_from_file_location("collect", WORDS / "collect.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COLLECT = _collect()
SAID = COLLECT.sentences()


def messages(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [one for one in read_po(file, abort_invalid=True) if one.id]


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_spanish():
    assert [path.stem for path in CATALOGUES] == ["es"]
    assert len(SAID) > 2000


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_sentence_that_is_said_is_there_and_no_other(path):
    there = {(forms(one.id)[0], one.context or "") for one in messages(path)}
    said = {(one.text, one.context) for one in SAID}
    assert sorted(said - there) == [], "run `make words`, and translate"
    assert sorted(there - said) == [], "run `make words`"
    with_plural = {one.text for one in SAID if one.plural}
    assert with_plural == {one.id[0] for one in messages(path) if one.pluralizable}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_sentence_is_translated_with_its_values_and_its_ends(path):
    wrong = []
    for one in messages(path):
        english, other = forms(one.id), forms(one.string)
        if not all(other):
            wrong.append(f"not translated: {english[0]}")
        for text in other:
            if not one.pluralizable and names_in(text) != names_in(english[0]):
                wrong.append(f"other values: {text}")
            blank = [side(text) for side in (_before, _after)]
            if not one.pluralizable and blank != [side(english[0]) for side in (_before, _after)]:
                wrong.append(f"other blanks at its ends: {text!r}")
    assert wrong == []


def _before(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _after(text: str) -> str:
    return text[len(text.rstrip()) :]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_numbers_written_out_are_the_same(path):
    """A digit in a sentence, such as 95%, stands in its translation as often."""
    wrong = []
    for one in messages(path):
        for english, other in zip(forms(one.id), forms(one.string), strict=True):
            if Counter(re.findall(r"\d+", english)) - Counter(re.findall(r"\d+", other)):
                wrong.append(f"{english} | {other}")
    assert wrong == []


def test_spanish_names_no_cause_no_rank_and_is_no_surer():
    wrong = []
    for one in messages(WORDS / "es.po"):
        english = " ".join(forms(one.id)).lower()
        for text in forms(one.string):
            for rule, allowed in ((CAUSES, ALLOWED_WITH), (RANKS, ("best", "rank")), (SURE, ())):
                found = rule.search(text)
                if found and not any(word in english for word in allowed):
                    wrong.append(f"{found.group()}: {text}")
    assert wrong == []


ALLOWED_WITH = ("cause", "caused", "brings about", "effect")
"""English words that say that nothing of the kind is claimed; there Spanish may name it too."""


def test_the_words_for_a_direction_are_told_apart_in_spanish():
    by_english = {forms(one.id)[0]: forms(one.string)[0] for one in messages(WORDS / "es.po")}
    states = ["drifting", "holding", "strengthening", "not enough evidence", "not estimable"]
    said = [by_english[state] for state in states]
    assert len(set(said)) == len(states)
    assert by_english["no sure difference"] != by_english["no difference that matters"]


def test_certainty_words_are_said_in_spanish_wherever_a_page_prints_them():
    finding = Finding(
        id="fidelity.direction", question="Q", statement="S", estimate=-2.0, conf_low=-3.0,
        conf_high=-0.5, certainty=str(certainty.certainty(-3.0, -0.5, smallest=1.0)),
        smallest_change=1.0, n=9, n_practitioners=9,
    )  # fmt: skip
    language.use("es")
    said = certainty.in_words(finding.certainty)
    assert "lower" not in said
    now, nothing = (ReleasedFindings(one, Privacy()) for one in ((finding,), ()))
    table = measures_table(now, nothing, ("2026Q3", ""), pd.DataFrame())
    cells = [cell for row in table.rows for cell in row]
    assert said in cells
    assert finding.certainty not in cells
