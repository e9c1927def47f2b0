"""Display tables: words that people read, no blanks, no row lost, no name that becomes markup."""

import doctest
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from workbench import terms
from workbench.errors import RunFault
from workbench.findings import Finding, not_estimable
from workbench.reporting import (
    figures_bands,
    figures_style,
    notebook,
    printed,
    tables,
    tables_components,
    tables_quality,
)
from workbench.reporting.disclosure import release, release_table
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.tables_quality_rules import rules_table
from workbench.settings import Privacy

PRIVACY = Privacy(fewest_practitioners=5)
PAYLOAD = "<script>alert(1)</script>"


def row_accounting(**changes):
    row = {
        "table": "fidelity_responses",
        "received": 32184,
        "accepted": 31902,
        "set_aside": 282,
        "used": 31488,
        "not_used": 414,
        "why_not_used": "Self-ratings are a series of their own",
    }
    return pd.DataFrame([{**row, **changes}])


def quality_rules():
    rows = [
        ("t", "A1", "Rows are there", "critical", "completeness", "passed", 10, 0, "Ask again."),
        ("t", "A2", "Listed", "warning", "conformance", "failed", 10, 3, "Add them."),
        ("t", "A3", "Sound", "info", "plausibility", "error", np.nan, np.nan, "Tell the keeper."),
        ("t", "A4", "Dates", "info", "plausibility", "not applicable", np.nan, np.nan, ""),
    ]
    names = [
        "table",
        "rule_id",
        "title",
        "severity",
        "category",
        "status",
        "rows_checked",
        "rows_failed",
        "guidance",
    ]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize("module", [printed, figures_style, figures_bands, tables_components])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("value", "digits", "unit", "signed", "text"),
    [
        (71.6, 0, "percent of the maximum", False, "72% of the maximum"),
        (-0.04, 1, "", True, "0.0"),
        (0.04, 1, "", False, "0.0"),
        (1234567.0, 0, "", False, "1,234,567"),
        (-1234.56, 1, "points", False, "−1,234.6 points"),
        (2.0, 1, "", True, "+2.0"),
        (np.nan, 0, "percent", False, "not estimable"),
        (None, 0, "", False, "not estimable"),
        (pd.NA, 0, "", False, "not estimable"),
    ],
)
def test_numbers_are_written_with_unit_true_minus_and_no_signed_zero(
    value, digits, unit, signed, text
):
    assert printed.number(value, digits, unit, signed) == text


def test_control_characters_go_and_letters_of_every_script_stay():
    assert printed.clean("a\x00b\u202ec\nd\u2028e") == "abc d e"
    assert printed.clean("Ångström 北京 שלום") == "Ångström 北京 שלום"


def test_every_finding_is_printed_with_its_number_or_its_reason():
    found = [
        Finding(
            "a.b",
            "How far?",
            "Far.",
            estimate=-1.25,
            conf_low=-2.0,
            conf_high=-0.5,
            unit="points a quarter",
            n=214,
            n_practitioners=38,
        ),
        Finding(
            "a.c",
            "How many?",
            "Few.",
            estimate=3.0,
            unit="drivers in place",
            n=7,
            n_of="respondents",
        ),
        Finding(
            "a.d",
            "Who?",
            "Four people scored 20.",
            estimate=20.0,
            unit="percent",
            n=4,
            n_practitioners=4,
        ),
        not_estimable("a.e", "What kind?", "no master codes."),
    ]
    frame = tables.headline_table(release(found, PRIVACY)).frame
    assert frame["Estimate"].tolist() == ["−1.2 points a quarter", "3 drivers in place", "[c]", "–"]
    assert frame["95% interval"].tolist() == ["−2.0 to −0.5", "–", "[c]", "–"]
    assert frame["Based on"].tolist() == [
        "214 observations of 38 practitioners",
        "7 respondents",
        "[c]",
        "–",
    ]
    assert frame["Status"].tolist()[2:] == [terms.SUPPRESSED, terms.NOT_ESTIMABLE]
    assert "20" not in frame["Answer"].iloc[2]


def test_what_is_hidden_and_what_cannot_be_estimated_are_told_apart():
    frame = pd.DataFrame(
        {
            "scope": "network",
            "site_id": "",
            "quarter": ["2026Q1", "2026Q2", "2026Q3"],
            "fidelity": [70.0, 71.0, 72.0],
            "conf_low": [60.0, np.nan, 66.0],
            "conf_high": [80.0, np.nan, 78.0],
            "share_at_cut_off": [0.5, np.nan, 0.625],
            "n_observations": [9, 30, 31],
            "n_practitioners": [3, 8, 9],
        }
    )
    table = tables.fidelity_table(release_table(frame, PRIVACY))
    assert table.frame.iloc[0].tolist() == ["2026Q1", *["[c]"] * 5]
    assert table.frame.iloc[1].tolist() == [
        "2026Q2",
        "71%",
        "not estimable",
        "not estimable",
        "30",
        "8",
    ]
    assert table.frame.iloc[2].tolist() == ["2026Q3", "72%", "66% to 78%", "62%", "31", "9"]
    assert any(note.startswith("[c]") for note in table.notes)
    assert table.number_columns == set(table.frame.columns[1:])
    assert not table.frame.isna().any().any()


def test_every_row_received_is_accounted_for():
    frame = tables_quality.row_accounting_table(row_accounting()).frame
    received, used, aside, not_used = (
        int(frame[name].iloc[0].replace(",", ""))
        for name in ("Received", "Used", "Set aside", "Not used")
    )
    assert received == used + aside + not_used
    assert frame["Table"].iloc[0] == "fidelity responses"


@pytest.mark.parametrize("lost", [{"set_aside": 281}, {"used": 31487}, {"received": 1}])
def test_a_report_with_rows_lost_is_refused(lost):
    with pytest.raises(RunFault, match="fidelity_responses don't add up"):
        tables_quality.row_accounting_table(row_accounting(**lost))


def test_a_rule_that_could_not_be_checked_never_counts_as_passed():
    rules = quality_rules()
    assert tables_quality.quality_sentences(rules) == (
        "Of 4 rules, 1 passed, 1 failed, 1 could not be checked and 1 did not apply."
    )
    frame = tables_quality.quality_table(rules, only_open=True).frame
    assert frame["Outcome"].tolist() == ["failed", "could not be checked", "not applicable"]
    assert frame["Rows that failed"].tolist() == ["3 of 10", "–", "–"]
    assert frame["What to do"].tolist() == ["Add them.", "Tell the keeper.", "–"]
    assert len(tables_quality.quality_table(rules).frame) == len(rules)


def test_rules_are_counted_by_what_they_look_at_weight_and_outcome():
    table = rules_table(pd.concat([quality_rules()] * 2, ignore_index=True))
    assert table.rows == [
        ("Conformance", "warning", "0", "2", "0", "0", "2"),
        ("Completeness", "critical", "2", "0", "0", "0", "2"),
        ("Plausibility", "info", "0", "0", "2", "2", "4"),
        ("All", "–", "2", "2", "2", "2", "8"),
    ]
    assert "could not be checked has not passed" in table.note


def test_a_category_that_is_not_known_is_counted_too_and_no_rule_makes_no_row():
    rules = quality_rules().assign(category="of our own")
    rows = rules_table(rules).rows
    assert rows[0][0] == "of our own"
    assert int(rows[-1][-1]) == len(rules)
    assert rules_table(pd.DataFrame()).rows == []


def test_no_rules_are_told_as_none():
    assert tables_quality.quality_sentences(pd.DataFrame()) == "No rule was checked."


def test_provenance_holds_every_fingerprint_in_full():
    inputs = pd.DataFrame(
        {"table": ["sites"], "source": ["sites.csv"], "rows": [3], "sha256": ["ab" * 32]}
    )
    found = tables_quality.provenance_tables(inputs, {"pandas": "3.1.1"}, {"Quarter": "2026Q3"})
    assert [table.frame.iloc[0].tolist() for table in found] == [
        ["sites", "sites.csv", "3", "ab" * 32],
        ["Quarter", "2026Q3"],
        ["pandas", "3.1.1"],
    ]


@pytest.mark.parametrize(
    "make",
    [
        tables.fidelity_table,
        tables.components_table,
        tables.drivers_table,
        tables.variation_table,
        tables_quality.row_accounting_table,
        tables_quality.set_aside_table,
        tables_quality.quality_table,
        tables_quality.inputs_table,
        lambda frame: tables.directions_table(frame, frame),
    ],
)
def test_a_table_that_was_not_made_is_printed_without_rows(make):
    table = make(pd.DataFrame())
    assert len(table.frame) == 0
    assert len(table.frame.columns) > 1
    assert table.number_columns == frozenset()


def test_a_table_in_a_notebook_is_text_and_escaped_html():
    table = DisplayTable(
        PAYLOAD, pd.DataFrame({PAYLOAD: [PAYLOAD], "n": ["[c]"]}, dtype="str"), PAYLOAD
    )
    live = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attrs):
            live.append(tag)

    Parser().feed(table._repr_html_())
    assert "script" not in live
    assert set(live) == {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    assert "[c]: not shown" in repr(table)


def test_cells_that_are_not_text_are_printed_as_text():
    table = DisplayTable("Waivers", pd.DataFrame({"Rule": ["A1"], "Rows": [3]}))
    assert table.rows == [("A1", "3")]
    assert table.number_columns == {"Rows"}


def test_frames_show_in_full_in_a_notebook():
    with pd.option_context(
        "display.precision",
        6,
        "display.max_colwidth",
        10,
        "display.max_columns",
        2,
        "display.show_dimensions",
        True,
    ):
        notebook.show_frames_in_full()
        wide = pd.DataFrame({f"column_{place}": ["x" * 60] for place in range(30)})
        assert "..." not in wide.to_html()
