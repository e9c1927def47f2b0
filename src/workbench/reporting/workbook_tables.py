"""The tables of a report's page, in its order, each with a title of its own and its notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from workbench.language import mark, say
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.page_words import figure_title, hidden_cells_table
from workbench.reporting.pages import NETWORK_IN_FIGURES
from workbench.reporting.pictures import Picture
from workbench.reporting.report import QuarterlyReport, Section
from workbench.reporting.tables import headline_table

NEXT, DATA, METHOD = mark("What to do next"), mark("The data"), mark("How it was done")
EVERY_FINDING, AT_A_GLANCE = mark("Every finding"), mark("Each site at a glance")
"""Parts of the page that are no questions."""
_NOTHING = "–"
_GLANCE_NOTE = mark(
    "Sites stand in the order of their names; they are not ranked. In brackets: 95% intervals. "
    "Fidelity now is by the model, at the end of the quarter; 'as seen': the model can't tell of "
    "this site, and the number is the mean of what was seen in the quarter."
)


@dataclass(frozen=True, eq=False)
class PageTable:
    """A table of the page.

    Attributes
    ----------
    title
        What it holds.
    part
        Question that it answers, or part of the page in which it stands.
    table
        The table as it is printed.
    note
        What a reader must know to read it; empty if nothing.
    """

    title: str
    part: str
    table: DisplayTable
    note: str = ""


def tables_of_page(report: QuarterlyReport) -> list[PageTable]:
    """Every table that the page of a report prints, and no other.

    The numbers of a figure that stand in a table of the same question too are given once.
    """
    found: list[PageTable] = []
    if report.steps_before is not None:
        found.append(_plain(report.steps_before, NEXT))
    if report.glances:
        found.append(_plain(_glance_table(report), AT_A_GLANCE))
    found += _of_sections(report)
    if report.own_findings.findings:
        found.append(_plain(headline_table(report.own_findings), EVERY_FINDING))
    hidden = hidden_cells_table(report.sections)
    of_data = (report.row_accounting, *report.quality, *([hidden] if hidden else []))
    found += [_plain(table, DATA) for table in of_data]
    found += [_plain(table, METHOD) for table in report.provenance]
    return list(_with_own_titles(found))


def _of_sections(report: QuarterlyReport) -> Iterator[PageTable]:
    """Tables of every question; figures are counted as the page counts them."""
    place, number = report.site_name or say(NETWORK_IN_FIGURES), 0
    for section in report.sections:
        for picture in section.pictures:
            number += 1
            if picture.data.shape[0] and not _is_repeated(picture, section):
                title = figure_title(picture.alt_text, place)
                title = say("The numbers of figure {n}: {title}", n=number, title=title)
                yield PageTable(title, section.title, picture.table, picture.caption)
        yield from (_plain(table, section.title) for table in section.tables)


def _glance_table(report: QuarterlyReport) -> DisplayTable:
    """Each site in one row, as the network's page has it; a bar there is its interval here."""
    rows = []
    for site in report.site_links:
        seen = report.glances.get(site.slug)
        told = (seen.slope, seen.level, seen.driver, seen.answered, seen.observed) if seen else ()
        rows.append((site.name, say(site.state) or _NOTHING, *(told or [_NOTHING] * 5)))
    columns = [
        mark("Site"),
        mark("Direction"),
        mark("Points a quarter"),
        mark("Fidelity now"),
        mark("Driver least in place"),
        mark("Low scores followed by coaching"),
        mark("Practitioners observed"),
    ]
    caption = say("Each site at a glance, {quarter}", quarter=report.quarter_label)
    frame = pd.DataFrame(rows, columns=columns, dtype="str")
    return DisplayTable(caption, frame, say(_GLANCE_NOTE))


def _plain(table: DisplayTable, part: str) -> PageTable:
    return PageTable(table.caption, say(part), table, table.note)


def _is_repeated(picture: Picture, section: Section) -> bool:
    """Whether a table of the section holds the same cells as a figure."""
    mine = picture.table
    names = list(mine.frame.columns)
    return any(
        list(table.frame.columns) == names and table.rows == mine.rows for table in section.tables
    )


def _with_own_titles(tables: list[PageTable]) -> Iterator[PageTable]:
    """Tell tables of the same title apart by a number."""
    taken: dict[str, int] = {}
    for one in tables:
        again = taken[one.title] = taken.get(one.title, 0) + 1
        title = one.title if again == 1 else f"{one.title} ({again})"
        yield PageTable(title, one.part, one.table, one.note)
