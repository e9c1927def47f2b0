"""In a Spanish study what is hidden, set aside or unused is told in Spanish; its keys stay."""

import importlib.util
import json
from pathlib import Path

import pandas as pd
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from workbench import kept_sentences, language, terms
from workbench.data import panels
from workbench.data.quality import FAILS, REPEATS
from workbench.findings import Finding
from workbench.kept_sentences import say_kept
from workbench.reporting.disclosure import ReleasedFindings, release
from workbench.reporting.disclosure_held import hold_back_findings
from workbench.reporting.disclosure_reinforcement import support_sentence
from workbench.reporting.tables_quality import quality_sentences, set_aside_table
from workbench.reporting.tables_revisions import revision_sentences
from workbench.settings import open_study

ROOT = Path(__file__).parents[1]
WORDS = {
    "Not shown: {reason}": "No se muestra: {reason}",
    "it rests on fewer than {fewest} practitioners, so it would be about individuals.": (
        "se basa en menos de {fewest} profesionales, así que trataría de personas concretas."
    ),
    "it rests on fewer than {fewest} plans, so it would be about single families.": (
        "se basa en menos de {fewest} planes, así que trataría de familias concretas."
    ),
    "it would let counts of few people be worked out, from this report or an earlier one.": (
        "permitiría calcular recuentos de pocas personas."
    ),
    "In {quarter}, {share} of those in post were given any support.": (
        "En {quarter}, {share} recibió algún apoyo."
    ),
    "a share that is not shown, as it would tell about few people,": "una proporción oculta",
    "over {share}": "más del {share}",
    "No more than {share} of the rows are set aside": "No se aparta más del {share} de las filas",
    "None of {columns} is filled in": "Ninguna de estas columnas está llena: {columns}",
    "The cell is empty": "La celda está vacía",
    "fidelity responses": "respuestas de fidelidad",
    "observed after {quarter}": "se observó después de {quarter}",
    "{why} ({n} observations)": "{why} (observaciones: {n})",
    "{n} passed": "{n} en orden",
    "{n} failed": "{n} sin cumplirse",
    "Of {rules}, {outcomes}.": "De {rules}, {outcomes}.",
    "{others} and {last}": "{others} y {last}",
    "This is {version} of {quarter}:": "Esta es {version} de {quarter}:",
    "the second version": "la versión 2",
    "{rows} was edited": "{rows} se editó",
    "published numbers were not compared": "no se compararon los números publicados",
}
NOUNS = {("rule", "rules"): ("regla", "reglas"), ("row", "rows"): ("fila", "filas")}


def finding(**changes):
    about = {
        "id": "fidelity.now",
        "question": "¿Cómo es la práctica?",
        "statement": "La fidelidad era del 71%.",
        "estimate": 71.0,
        "n_practitioners": 12,
    }
    return Finding(**{**about, **changes})


@pytest.fixture
def privacy(tmp_path):
    """Privacy settings of a Spanish study, opened as every run opens it."""
    words = Catalog(locale="es", charset="utf-8")
    for said, spanish in {**WORDS, **NOUNS}.items():
        words.add(said, spanish)
    (tmp_path / language.WORDS).mkdir(parents=True)
    with (tmp_path / language.WORDS / "es.po").open("wb") as file:
        write_po(file, words)
    (tmp_path / "workbench.yml").write_text("network: Dos Ríos\nlanguage: es\n", encoding="utf-8")
    yield open_study(tmp_path).settings.privacy
    language.use(language.ENGLISH)


def test_a_finding_about_few_people_is_suppressed_in_spanish(privacy):
    few = finding(n_practitioners=privacy.fewest_practitioners - 1)
    (released,) = release([few], privacy)
    assert released.status == terms.SUPPRESSED
    assert released.reason == (
        f"se basa en menos de {privacy.fewest_practitioners} profesionales, así que trataría de "
        "personas concretas."
    )
    assert released.statement == f"No se muestra: {released.reason}"


def test_a_finding_about_few_plans_is_suppressed_in_spanish(privacy):
    (released,) = release([finding(n_plans=privacy.fewest_plans - 1)], privacy)
    assert released.statement.endswith("planes, así que trataría de familias concretas.")


def test_a_finding_that_gives_another_away_is_held_back_in_spanish(privacy):
    hidden = pd.DataFrame({"site_id": [""], "suppressed": [True], "n_practitioners": [None]})
    shown = ReleasedFindings((finding(),), privacy)
    (held,) = hold_back_findings(shown, {"fidelity_by_quarter": hidden})
    assert held.statement == "No se muestra: permitiría calcular recuentos de pocas personas."


@pytest.mark.parametrize(
    ("at_least", "said"), [(0.58, "más del 58%"), (None, "una proporción oculta")]
)
def test_support_that_is_hidden_is_told_in_spanish(privacy, at_least, said):
    row = pd.Series(
        {
            "quarter": "2026Q3", "scope": "network", "coverage": None, "at_least": at_least,
            "under": None, "acts_a_month": None,
        }
    )  # fmt: skip
    assert support_sentence(row) == f"En 2026Q3, {said} recibió algún apoyo."


def test_reasons_of_rows_are_kept_in_english_and_printed_in_spanish(privacy):
    titles = [
        kept_sentences.SHARE_SET_ASIDE.format(share="10%"),
        kept_sentences.NONE_FILLED_IN.format(columns="site_id, practitioner_id"),
        "The cell is empty",
    ]
    kept = pd.DataFrame(
        {"table": "fidelity_responses", "rule_id": ["A", "B", "C"], "title": titles, "rows": 2}
    )
    printed = set_aside_table(kept).frame
    assert printed.iloc[:, 0].tolist() == [
        "No se aparta más del 10% de las filas",
        "Ninguna de estas columnas está llena: site_id, practitioner_id",
        "La celda está vacía",
    ]
    assert set(printed.iloc[:, 1]) == {"respuestas de fidelidad"}
    assert kept["title"].tolist() == titles


def test_why_rows_were_not_used_is_told_in_spanish(privacy):
    why = kept_sentences.OBSERVED_AFTER.format(quarter="2026Q3")
    not_used = pd.DataFrame(
        {"observation_id": ["O1", "O2"], "why_not_used": why, "fidelity": [70.0, 71.0]}
    )
    panel = panels.ObservationPanel(not_used.head(0), not_used, None, 1.0)
    use = panels.response_use(panel, not_used)
    assert use["why_not_used"].tolist() == ["se observó después de 2026Q3 (observaciones: 2)"]


def test_rules_and_versions_are_counted_in_spanish(privacy):
    rules = pd.DataFrame({"status": ["passed", "passed", "failed"]})
    assert quality_sentences(rules) == "De 3 reglas, 2 en orden y 1 sin cumplirse."
    publication = pd.DataFrame({"quarter": ["2026Q3"], "version": [2], "compared_with": ["2026Q3"]})
    counts = {"late": 0, "edited": 1, "removed": 0, "set_aside": 0, "returned": 0}
    said = revision_sentences(publication, pd.DataFrame([counts]), pd.DataFrame())
    assert said == (
        "Esta es la versión 2 de 2026Q3: 1 fila se editó; no se compararon los números publicados."
    )


@pytest.mark.parametrize("template", kept_sentences.TEMPLATES)
def test_a_kept_sentence_is_known_again_with_its_values(template):
    names = [name for name in ("share", "columns", "quarter") if f"{{{name}}}" in template]
    kept = template.format(**dict.fromkeys(names, "10% (a.b)"))
    assert say_kept(kept) == kept


def test_every_rule_and_table_is_collected_for_translators():
    spec = importlib.util.spec_from_file_location("collect", ROOT / "reports/words/collect.py")
    collect = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(collect)
    collected = {one.text for one in collect.sentences()}
    for path in (ROOT / "expectations").glob("*.json"):
        for rule in json.loads(path.read_text(encoding="utf-8"))["expectations"]:
            assert {rule["meta"]["title"], rule["meta"]["guidance"]} <= collected
        assert path.stem.replace("_", " ") in collected
    assert {REPEATS, *kept_sentences.TEMPLATES, panels.MASTER_CODES} <= collected
    assert FAILS.strip() not in collected
