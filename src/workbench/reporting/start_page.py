"""What stands at the head of a study: what is published, what was found last, what comes next."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from workbench.reporting import printed
from workbench.reporting.assembly import HEADLINES
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.report import MOST_HEADLINES, NETWORK_PAGE
from workbench.reporting.sections import released_evidence
from workbench.reporting.tables import headline_table
from workbench.results import Results, published_results
from workbench.settings import Study
from workbench.shown import clean, markup
from workbench.wording import count_of

TABLE = """\
{% macro shown(part) -%}
{% if part.address %}<a href="{{ part.address }}">{{ part.text|shown }}</a>
{%- else %}{{ part.text|shown }}{% endif %}{% endmacro -%}
<table><caption style="text-align: left">{{ caption|shown }}</caption><thead><tr>
{%- for name in head %}<th scope="col" style="text-align: left">{{ name|shown }}</th>{% endfor -%}
</tr></thead><tbody>
{%- for row in rows %}<tr>
{%- for cell in row %}<td style="text-align: left">
{%- for part in cell %}{{ shown(part) }}{{ ", " if not loop.last }}{% endfor %}</td>{% endfor -%}
</tr>{% endfor -%}
</tbody></table>"""
STEPS = """<ol>{% for step in steps %}<li>{{ step|shown }}</li>{% endfor %}</ol>"""
NO_DATA = "Put your tables into data/raw as CSV files. docs/your_own_data.md tells how."
INSPECT = "An export of another shape: workbench inspect FILE --write, then say yes to its draft."
CHECK = "Look whether the data can be used: run notebook 1, or workbench check, in a terminal."
RUN = "Publish the quarter: workbench run --quarter latest, in a terminal (File, New, Terminal)."
READ = "Read the network's page above, and then the pages of the sites that it names."
ASK = "Take a question further with a notebook of explore/, such as why a site fell."
AGAIN = "When the next quarter's files are in data/raw: workbench run --quarter latest."


@dataclass(frozen=True)
class Link:
    """A text, and where it leads; nowhere if the address is empty."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class LinkTable:
    """A table whose cells may lead elsewhere, shown in a notebook with every text escaped.

    Attributes
    ----------
    caption
        What it holds.
    head
        Name of each column.
    rows
        Cells by row; a cell is some links, one after another.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[tuple[Link, ...], ...], ...]

    def __repr__(self) -> str:
        cells = ([", ".join(part.text for part in cell) for cell in row] for row in self.rows)
        return "\n".join(map(clean, [self.caption, *("  ".join(row) for row in cells)]))

    def _repr_html_(self) -> str:
        return _rendered(TABLE, caption=self.caption, head=self.head, rows=self.rows)


@dataclass(frozen=True)
class Steps:
    """What to do next, one step after another."""

    steps: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(f"{number}. {clean(step)}" for number, step in enumerate(self.steps, 1))

    def _repr_html_(self) -> str:
        return _rendered(STEPS, steps=self.steps)


def published_reports(study: Study) -> LinkTable:
    """List the published quarters with their pages, newest first."""
    rows = [_quarter_row(study, label) for label in reversed(study.published_quarters())]
    caption = "Published quarters" if rows else "No quarter is published yet."
    return LinkTable(caption, ("Quarter", "Version", "Pages"), tuple(rows))


def site_pages(study: Study) -> LinkTable:
    """List the pages of sites of the newest quarter, in the order of their names."""
    newest = newest_results(study)
    pages = _pages_of_sites(newest) if newest else ()
    caption = f"Pages of sites, {newest.quarter}" if newest and pages else "No site has a page yet."
    return LinkTable(caption, ("Site",), tuple(((page,),) for page in pages))


def last_found(study: Study) -> DisplayTable | str:
    """Give the findings that lead the newest network page, as they may be shown."""
    newest = newest_results(study)
    if newest is None:
        return "Nothing was found yet: no quarter is published."
    evidence = released_evidence(newest)
    found = {one.id: one for one in evidence.findings.of_place().reported}
    leading = [found[name] for name in HEADLINES if name in found][:MOST_HEADLINES]
    return headline_table(ReleasedFindings(tuple(leading), evidence.findings.privacy))


def next_steps(study: Study) -> Steps:
    """Say what to do next, by how far the study is."""
    received = study.raw.is_dir() and any(path.is_file() for path in study.raw.iterdir())
    if newest_results(study) is not None:
        return Steps((READ, ASK, AGAIN))
    return Steps((CHECK, RUN)) if received else Steps((NO_DATA, INSPECT, CHECK, RUN))


def newest_results(study: Study) -> Results | None:
    """Results of the newest published quarter; None if there is none."""
    labels = study.published_quarters()
    return published_results(study, labels[-1]) if labels else None


def _quarter_row(study: Study, label: str) -> tuple[tuple[Link, ...], ...]:
    folder = study.versions_of(label)[-1]
    network = _link("The network", folder / NETWORK_PAGE)
    pages = sum(1 for _ in (folder / "sites").glob("*.html"))
    told = Link(f"and {count_of(pages, 'page')} of sites") if pages else None
    return ((Link(label),), (Link(folder.name),), (network, *([told] if told else [])))


def _pages_of_sites(results: Results) -> Sequence[Link]:
    sites = results.table("sites")
    if sites.empty:
        return ()
    names = dict(zip(sites["slug"], sites["site_name"], strict=True))
    paths = sorted((results.folder / "sites").glob("*.html"))
    links = [_link(str(names.get(path.stem, path.stem)), path) for path in paths]
    return sorted(links, key=lambda link: link.text.casefold())


def _link(text: str, page: Path) -> Link:
    """Lead to a page from the folder in which the notebook runs."""
    path = Path(os.path.relpath(page, Path.cwd())).as_posix()
    return Link(printed.short(text, 60), quote(path))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["shown"] = lambda text: Markup(markup(text))
    return environment


def _rendered(template: str, **parts: object) -> str:
    return _environment().from_string(template).render(**parts)
