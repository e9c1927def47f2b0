"""The quarterly report as one HTML file that needs nothing but itself.

Every text from data is escaped; there is no script and no address outside the report.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from workbench import language
from workbench.errors import RunFault, SettingsError
from workbench.language import mark, say
from workbench.reporting import finding_words, page_words, printed
from workbench.reporting.report import QuarterlyReport
from workbench.reporting.tables import headline_table
from workbench.resources import resource_file

TEMPLATES = "reports/templates"
NETWORK_IN_FIGURES = mark("The network")


class _Compiled(jinja2.BytecodeCache):
    """Templates as they were compiled, by their source, for every renderer of this process."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return name


_COMPILED = _Compiled()


def render_network_page(report: QuarterlyReport, study_folder: Path | None = None) -> str:
    """Write the network's page.

    Parameters
    ----------
    report
        What it holds; without a site.
    study_folder
        Study whose own templates stand before ours, or None.

    Raises
    ------
    RunFault
        If the report is about a site.
    """
    if report.site_id or report.site_name:
        raise RunFault("The network's page was given the report of a site.")
    return _render("network.html.j2", report, study_folder)


def render_site_page(report: QuarterlyReport, study_folder: Path | None = None) -> str:
    """Write the page of one site.

    Parameters
    ----------
    report
        What it holds; with ``site_id`` and ``site_name``.
    study_folder
        As in :func:`render_network_page`.

    Raises
    ------
    RunFault
        If the report names no site, or links to others.
    """
    if not (report.site_id and report.site_name):
        raise RunFault("A site's page needs the site's identifier and name.")
    if report.site_links or report.sites_missing:
        raise RunFault("A site's page does not name other sites.")
    return _render("site.html.j2", report, study_folder)


def _render(template: str, report: QuarterlyReport, study_folder: Path | None) -> str:
    return (
        environment_of(study_folder)
        .get_template(template)
        .render(
            report=report,
            words=finding_words,
            all_findings=headline_table(report.own_findings),
            hidden_cells=page_words.hidden_cells_table(report.sections),
            place=report.site_name or say(NETWORK_IN_FIGURES),
        )
    )


def environment_of(study_folder: Path | None) -> jinja2.Environment:
    """Make the renderer of every page: it escapes what data say, and cleans what it prints."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _source(name, study_folder)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_without_control_characters,
        bytecode_cache=_COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        say=_said, say_in=language.say_in, noun=language.noun, language=language.in_use()
    )
    environment.filters["typeset"] = printed.typeset
    environment.filters["sentence"] = printed.sentence
    environment.filters["figure_title"] = page_words.figure_title
    environment.filters["css_text"] = page_words.css_text
    return environment


def _said(text: str, **values: object) -> str:
    """Say a text in a template: what data say in it is cleaned and escaped, as everywhere."""
    if not values:
        return say(text)
    cleaned = {name: _without_control_characters(value) for name, value in values.items()}
    return Markup(escape(say(text))).format(**cleaned)


def _source(name: str, study_folder: Path | None) -> str | None:
    try:
        return resource_file(f"{TEMPLATES}/{name}", study_folder).read_text(encoding="utf-8")
    except SettingsError:
        return None


def _without_control_characters(value: Any) -> Any:
    """Clean whatever a template prints; Markup comes from templates and is clean."""
    return (
        printed.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    )
