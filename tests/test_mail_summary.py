"""The summary for an e-mail: short, plain, from the network's report, and about nobody."""

from __future__ import annotations

import pandas as pd
import pytest
from payloads import PAYLOADS

from workbench.findings import Finding, not_estimable
from workbench.reporting.disclosure import release
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.mail_summary import MOST_LINES, WIDTH, mail_summary, rows_in_all
from workbench.reporting.report import QuarterlyReport, SiteLink
from workbench.settings import Privacy

PRIVACY = Privacy()
ROWS = {"received": 34_116, "used": 32_000, "not_used": 116, "set_aside": 2_000}
TABLE = DisplayTable("Rows", pd.DataFrame({"Table": [], "Received": []}, dtype="str"))


def finding(number, people=60, statement="Practice is drifting.", **more):
    about = {"estimate": -1.4, "conf_low": -2.1, "conf_high": -0.7, "unit": "points a quarter"}
    about |= {"n": 214, "n_of": "observations", "n_practitioners": people}
    return Finding(f"f.{number}", "Question?", statement, **(about | more))


def report(findings, **more):
    about = {
        "network": "Our network",
        "quarter_label": "2026Q3",
        "quarter_dates": "July to September",
    }
    return QuarterlyReport(
        **about, findings=release(findings, PRIVACY), row_accounting=TABLE, **more
    )


def lines(text):
    found = text.split("\n")
    assert found.pop() == ""
    assert len(found) <= MOST_LINES == 40
    assert max(map(len, found)) <= WIDTH == 78
    return found


def test_it_says_what_a_director_asks_first():
    links = (SiteLink("Alder", "site-001"), SiteLink("Birch", "site-002"))
    made = report([finding(1)], site_links=links, sites_too_small=1)
    text = mail_summary(made, "v2", {"Cedar": "its kernel was killed."}, ROWS)
    found = lines(text)
    assert found[0] == "Our network"
    assert found[1] == "Quarterly report 2026Q3, v2 (July to September)"
    assert "Site reports: 2 made, 1 missing, 1 site with too few practitioners for one." in found
    assert "- Cedar: its kernel was killed." in found
    flat = " ".join(text.split())
    assert "34,116 = 32,000 used + 116 sound but not needed + 2,000 set aside." in flat
    assert "1. Practice is drifting." in flat
    assert (
        "(−1.4 points a quarter; 95% interval −2.1 to −0.7; 214 observations of 60 practitioners)"
    ) in flat
    assert "network.html" in flat
    assert "every question" in flat.casefold()


def test_only_released_findings_lead_and_at_most_three():
    hidden = finding(0, people=3, statement="Three people are drifting.")
    open_still = not_estimable("f.9", "Why?", "too few quarters.")
    text = mail_summary(report([hidden, open_still, *map(finding, range(1, 6))]), *("v1", {}, ROWS))
    assert "Three people" not in text
    assert "3. " in text
    assert "4. " not in text
    assert "What can't be said: 2 questions" in text


def test_two_hundred_missing_sites_and_long_words_fit():
    long = "A very long sentence about practice that goes on " * 20
    causes = {f"Site {n} {'x' * 90}": f"{long}\n{'y' * 300}" for n in range(200)}
    findings = [finding(n, statement=long, n_of="z" * 200) for n in range(3)]
    found = lines(mail_summary(report(findings, note=long * 2), "v1", causes, ROWS))
    assert "- and 195 more sites; see the sites' own pages" in found


def test_a_quarter_with_nothing_to_tell_says_so():
    assert "Nothing can be reported" in mail_summary(report([]), "v1", {}, ROWS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_add_no_line_and_no_sign_that_gives_orders(payload):
    made = report([finding(1, statement=f"It is {payload} so.")], note=payload)
    text = mail_summary(made, "v1", {payload: payload}, ROWS)
    lines(text)
    assert all(sign == "\n" or sign.isprintable() or sign in "\u200c\u200d" for sign in text)


def test_rows_of_all_tables_are_counted_together():
    counts = pd.DataFrame(
        {"received": [5, 4], "used": [3, 4], "not_used": [1, 0], "set_aside": [1, 0]}
    )
    assert rows_in_all(counts) == {"received": 9, "used": 7, "not_used": 1, "set_aside": 1}
