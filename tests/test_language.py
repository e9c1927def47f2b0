"""The language of a report: what a catalogue says is said, and what it lacks stays in English."""

import pandas as pd
import pytest

from workbench import language, terms
from workbench.certainty import certainty, in_words, likelihood
from workbench.errors import SettingsError
from workbench.findings import Finding, not_estimable
from workbench.language import mark, noun, say, say_in
from workbench.reporting import finding_words, printed
from workbench.reporting.disclosure import release
from workbench.reporting.display_table import DisplayTable, written
from workbench.reporting.pages import render_site_page
from workbench.reporting.report import QuarterlyReport, Section, dates_of
from workbench.reporting.workbook_columns import NOT_KNOWN, columns_of
from workbench.settings import open_study
from workbench.wording import count_of

HOSTILE = "<script>alert(1)</script>{n}"
CATALOGUE = r"""
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Practice {moves} by {size} points."
msgstr "Son {size} puntos: la práctica {moves}."

msgctxt "of an action"
msgid "open"
msgstr "abierta"

msgid "observation"
msgid_plural "observations"
msgstr[0] "observación"
msgstr[1] "observaciones"

msgid "practitioners in post"
msgid_plural "practitioners in post"
msgstr[0] "profesional en el puesto"
msgstr[1] "profesionales en el puesto"

msgid "percent"
msgstr "por ciento"

msgid "percent of sites"
msgstr "por ciento de los centros"

msgid "lower"
msgstr "menor"

msgid "by more than matters"
msgstr "en más de lo que importa"

msgid "very likely"
msgstr "muy probablemente"

msgid "not estimable"
msgstr "no estimable"

msgid "drifting"
msgstr "en desvío"

msgid "{low} to {high}"
msgstr "{low} a {high}"

msgid "{part} of {whole}"
msgstr "{part} de {whole}"

msgid "Share (95% interval)"
msgstr "Proporción (intervalo del 95%)"

msgid "(95% interval)"
msgstr "(intervalo del 95%)"

msgid "What we found"
msgstr "Lo que encontramos <b>"

msgid "Table: {caption}"
msgstr "Tabla: {caption}"

msgid "Site"
msgstr "Centro"

msgid "July"
msgstr "julio"

msgid "September"
msgstr "septiembre"

msgid "{from_day} {from_month} to {day} {month} {year}"
msgstr "del {from_day} de {from_month} al {day} de {month} de {year}"
"""


@pytest.fixture
def spanish(tmp_path):
    """A study in Spanish, with a small catalogue of its own."""
    return study_in(tmp_path, "es", CATALOGUE.encode())


def study_in(folder, name, catalogue=None):
    (folder / "workbench.yml").write_text(f"network: Two Rivers\nlanguage: {name}\n")
    if catalogue is not None:
        words = folder / "reports/words"
        words.mkdir(parents=True)
        (words / f"{name}.po").write_bytes(catalogue)
    return open_study(folder)


def test_english_says_what_the_code_says():
    assert language.in_use() == "en"
    assert say("Practice {moves}.", moves="fell") == "Practice fell."
    assert say("Braces {stay} where nothing is named.") == "Braces {stay} where nothing is named."
    assert say("") == "" and mark("kept") == "kept"
    assert (say_in("of an action", "open"), noun(1, "plan", "plans")) == ("open", "plan")


def test_a_catalogue_is_said_and_what_it_lacks_stays_english(spanish):
    assert language.in_use() == "es"
    text = "Practice {moves} by {size} points."
    assert say(text, moves="baja", size=3) == "Son 3 puntos: la práctica baja."
    assert say("Nobody knows {what}.", what="why") == "Nobody knows why."
    assert (say_in("of an action", "open"), say("open")) == ("abierta", "open")
    assert [count_of(n, "observation") for n in (1, 2)] == ["1 observación", "2 observaciones"]
    assert count_of(2, "plan") == "2 plans"
    assert dates_of(spanish.quarter("2026Q3")) == "del 1 de julio al 30 de septiembre de 2026"


def test_keys_stay_english_and_are_said_where_they_are_printed(spanish):
    sure = certainty(-3.0, -1.2, smallest=1.0)
    assert str(sure) == "lower, by more than matters"
    assert in_words(str(sure)) == "menor, en más de lo que importa"
    assert likelihood(0.94) == "muy probablemente"
    assert (terms.DRIFTING, printed.verdict(terms.DRIFTING)) == ("drifting", "en desvío")
    found = Finding(
        "a", "b", "c", estimate=71.2, unit="percent of sites", n=1, n_of="practitioners in post"
    )
    assert finding_words.number_and_unit(found) == ("71%", "de los centros")
    assert finding_words.estimate_words(found) == "71% de los centros"
    assert finding_words.base_words(found) == "1 profesional en el puesto"
    assert printed.number(71, unit=say("percent")) == "71%"
    assert "practitioners in post" not in finding_words.nouns(2)


def test_a_table_knows_its_numbers_in_every_language(spanish):
    frame = pd.DataFrame({"share": [71.0, None, None], "suppressed": [False, True, False]})
    share = written(
        frame,
        {
            mark("Site"): lambda row: "Elm",
            "Share (95% interval)": lambda row: printed.with_interval(row.share, 66, 76),
            "Of": lambda row: printed.part_of(3, 9),
        },
    )
    assert share["Share (95% interval)"].to_list() == ["71% (66% a 76%)", "[c]", "no estimable"]
    table = DisplayTable("Sites", share)
    assert table.number_columns == {"Share (95% interval)", "Of"}
    assert "Centro" in repr(table) and 'scope="col" style="text-align: left">Centro' in (
        table._repr_html_()
    )
    site, value, low, high, of, whole = columns_of(table)
    assert site.heading == "Centro"
    assert (value.heading, value.cells) == ("Proporción (por ciento)", (71, "[c]", NOT_KNOWN))
    assert (low.cells[0], high.cells[0], of.cells[0], whole.cells[0]) == (66, 76, 3, 9)


def page_of(study):
    frame = pd.DataFrame({"Site": [HOSTILE]})
    report = QuarterlyReport(
        network=study.settings.network,
        quarter_label="2026Q3",
        quarter_dates="",
        findings=release(
            [not_estimable("a.b", HOSTILE, HOSTILE, site_id="S1")], study.settings.privacy
        ),
        row_accounting=DisplayTable(HOSTILE, frame),
        site_id="S1",
        site_name=HOSTILE,
        sections=(Section("Why", tables=(DisplayTable(HOSTILE, frame),)),),
    )
    return render_site_page(report, study.folder)


def test_a_page_is_in_the_language_of_its_study_and_escapes_what_it_is_told(spanish):
    page = page_of(spanish)
    assert '<html lang="es">' in page
    assert '<th scope="col">Centro</th>' in page
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;{n}"
    assert f'aria-label="Tabla: {escaped}"' in page
    assert "<script" not in page
    # A catalogue is words too, and makes no markup.
    assert "Lo que encontramos &lt;b&gt;</h2>" in page
    assert "Figures and tables</h2>" in page


def test_a_page_is_in_english_unless_its_study_says_otherwise(tmp_path):
    page = page_of(study_in(tmp_path, "en"))
    assert '<html lang="en">' in page
    assert "What we found</h2>" in page


def test_a_language_without_a_catalogue_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"xx\.po"):
        study_in(tmp_path, "xx")


@pytest.mark.parametrize(
    "catalogue", [b"no catalogue", b'msgid "a"\nmsgstr[x] "b"', b'msgid "a"\nmsgstr "\xe9"']
)
def test_a_broken_catalogue_is_refused(tmp_path, catalogue):
    with pytest.raises(SettingsError, match=r"es\.po is not a catalogue of words"):
        study_in(tmp_path, "es", catalogue)
