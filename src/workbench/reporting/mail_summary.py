"""A published version in a page of plain text, short enough for an e-mail.

It is made from the report that the network's page prints, so it says nothing that the page
doesn't: findings are released ones, sites are named where the page names them, and nobody is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from workbench.findings import Finding
from workbench.language import say
from workbench.reporting import printed
from workbench.reporting.finding_words import base_words, estimate_words, interval_words
from workbench.reporting.report import NETWORK_PAGE, QuarterlyReport
from workbench.results import Results
from workbench.wording import count_of

SUMMARY = "summary.txt"
WIDTH, MOST_LINES = 78, 40
MOST_SITES_NAMED = 5
LINES_OF_A_STATEMENT = 3
LINES_OF_A_NUMBER = 2


def write_mail_summary(results: Results, report: QuarterlyReport) -> Path:
    """Write ``summary.txt`` beside the network's page.

    Parameters
    ----------
    results
        Results of the run.
    report
        The network's report.
    """
    publication, sites = results.table("publication"), results.table("sites")
    version = f"v{publication['version'].iloc[0]}" if len(publication) else say("not published")
    names = dict(zip(sites["site_id"].astype("str"), sites["site_name"].astype("str"), strict=True))
    status = results.table("reported_sites")
    missing = status[status["status"] == "missing"] if len(status) else status
    causes = {names[row["site_id"]]: row["why"] for row in missing.to_dict("records")}
    path = results.folder / SUMMARY
    text = mail_summary(report, version, causes, rows_in_all(results.row_accounting()))
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def rows_in_all(accounting: pd.DataFrame) -> dict[str, int]:
    """Rows of all tables together: ``received, used, not_used, set_aside``."""
    columns = ["received", "used", "not_used", "set_aside"]
    return {name: int(accounting[name].sum()) for name in columns}


def mail_summary(
    report: QuarterlyReport, version: str, causes: Mapping[str, str], rows: Mapping[str, int]
) -> str:
    """Write the summary: at most 40 lines of at most 78 letters.

    Parameters
    ----------
    report
        The network's report.
    version
        Such as ``v2``.
    causes
        Why a site has no report, by the site's name.
    rows
        From `rows_in_all`.
    """
    lines = [
        _line(report.network),
        _line(_title(report, version)),
        *_wrapped(report.note),
        "",
        *_sites(report, causes),
        *_rows(rows),
        "",
        say("What we found"),
        *_findings(report.leading_findings),
        "",
        *_wrapped(_open(report)),
        _line(_pages()),
        _line(say("Findings are about support, not about single persons. Nobody is ranked.")),
    ]
    assert len(lines) <= MOST_LINES
    return "\n".join(lines) + "\n"


def _title(report: QuarterlyReport, version: str) -> str:
    return say(
        "Quarterly report {quarter}, {version} ({dates})",
        quarter=report.quarter_label,
        version=version,
        dates=report.quarter_dates,
    )


def _pages() -> str:
    return say(
        "Network's page: {network}. Sites' pages: {sites}. Start page: {start}",
        network=NETWORK_PAGE,
        sites="sites/",
        start="../index.html",
    )


def _sites(report: QuarterlyReport, causes: Mapping[str, str]) -> list[str]:
    named = list(causes.items())[:MOST_SITES_NAMED]
    lines = [
        *_wrapped(_made(report, len(causes))),
        *(_line(f"- {name}: {why}") for name, why in named),
    ]
    if rest := len(causes) - len(named):
        sites = count_of(rest, "more site")
        lines.append(_line(say("- and {sites}; see the sites' own pages", sites=sites)))
    return lines


def _made(report: QuarterlyReport, missing: int) -> str:
    counts = {"made": f"{len(report.site_links):,}", "missing": f"{missing:,}"}
    if not report.sites_too_small:
        return say("Site reports: {made} made, {missing} missing.", **counts)
    return say(
        "Site reports: {made} made, {missing} missing, {sites} with too few practitioners for one.",
        **counts,
        sites=count_of(report.sites_too_small, "site"),
    )


def _rows(rows: Mapping[str, int]) -> list[str]:
    counts = {name: f"{count:,}" for name, count in rows.items()}
    if not rows["not_used"]:
        return _wrapped(
            say("Rows received: {received} = {used} used + {set_aside} set aside.", **counts)
        )
    return _wrapped(
        say(
            "Rows received: {received} = {used} used + {not_used} sound but not needed + "
            "{set_aside} set aside.",
            **counts,
        )
    )


def _findings(findings: Iterable[Finding]) -> list[str]:
    lines = []
    for number, finding in enumerate(findings, 1):
        lines += _wrapped(f"{number}. {finding.statement}", "   ", LINES_OF_A_STATEMENT)
        between = interval_words(finding)
        parts = [
            estimate_words(finding),
            say("95% interval {between}", between=between) if between else "",
            base_words(finding),
        ]
        if told := "; ".join(part for part in parts if part):
            lines += _wrapped(f"   ({told})", "   ", LINES_OF_A_NUMBER)
    return lines or [say("Nothing can be reported this quarter. The network's page says why.")]


def _open(report: QuarterlyReport) -> str:
    questions = len(report.open_questions)
    if not questions:
        return say("Every question that was asked has an answer.")
    return say(
        "What can't be said: {questions}; the page gives each reason.",
        questions=count_of(questions, "question"),
    )


def _line(text: str) -> str:
    """Write one line; what doesn't fit is cut, since the pages have it whole."""
    return printed.short(printed.typeset(text), WIDTH)


def _wrapped(text: str, indent: str = "", most: int = 2) -> list[str]:
    """Write a few lines; what doesn't fit is cut."""
    plain = printed.clean(printed.typeset(text))
    lead = plain[: len(plain) - len(plain.lstrip())]
    return textwrap.wrap(
        plain.strip(),
        WIDTH,
        initial_indent=lead,
        subsequent_indent=indent,
        max_lines=most,
        placeholder=" …",
    )
