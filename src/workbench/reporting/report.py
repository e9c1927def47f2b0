"""What a quarterly report holds, as one object that a notebook fills in a few lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench import certainty, wording
from workbench.errors import RunFault
from workbench.findings import Finding
from workbench.language import mark, say
from workbench.quarters import Quarter
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.finding_words import (
    base_words,
    estimate_words,
    interval_words,
    is_count,
)
from workbench.reporting.pictures import Picture
from workbench.reporting.site_glance import SiteGlance
from workbench.shown import Shown

MOST_HEADLINES = 3
MOST_STEPS = 3
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")

NETWORK_PAGE = "network.html"
NO_INTERVAL = mark("A count, so that it has no interval")


@dataclass(frozen=True)
class Section:
    """Figures and tables that answer one question.

    Attributes
    ----------
    title
        The question, in plain words.
    lead
        What to look for, in a sentence or two.
    pictures, tables
        In the order in which they are shown.
    glances
        Each site at one glance, which the network's page shows before all questions.
    """

    title: str
    lead: str = ""
    pictures: tuple[Picture, ...] = ()
    tables: tuple[DisplayTable, ...] = ()
    glances: tuple[SiteGlance, ...] = ()

    def __repr__(self) -> str:
        return f"{self.title}\n{self.lead}".rstrip()

    def _ipython_display_(self) -> None:
        """Show the section in a notebook: each picture and table as an output of its own."""
        from IPython.display import display

        print(self.title, self.lead, sep="\n")  # noqa: T201
        for part in (*self.pictures, *self.tables):
            display(part)


@dataclass(frozen=True)
class CannotSay:
    """A question that this report leaves open, and why."""

    question: str
    reason: str


@dataclass(frozen=True)
class Prompt:
    """Something to do or to ask next.

    Attributes
    ----------
    text
        The prompt.
    best_practice
        Best practice that it comes from; empty if none.
    because
        What was found that calls for it; empty if it speaks for itself.
    """

    text: str
    best_practice: str = ""
    because: str = ""


@dataclass(frozen=True)
class SiteLink:
    """A site's own report, as the network's page names it.

    Attributes
    ----------
    name
        Name of the site.
    slug
        File name of its page, made by the workbench and never by data: ``site-03``.
    state
        Its direction, in English; said where it is printed, and empty where it isn't shown.
    """

    name: str
    slug: str
    state: str = ""

    def __post_init__(self) -> None:
        if not SLUG.fullmatch(self.slug):
            raise RunFault(f"'{self.slug}' can't name a page. Use small letters, digits and '-'.")


def asking(findings: ReleasedFindings, steps_from: Sequence[str]) -> tuple[Finding, ...]:
    """Choose the findings of a place that ask for a step: at most three, by ``steps_from`` first.

    Of two that ask for the same, the first stands.
    """
    reported = {finding.id: finding for finding in findings.reported if finding.action_prompt}
    order = [*(name for name in steps_from if name in reported), *reported]
    steps: dict[str, Finding] = {}
    for name in order:
        steps.setdefault(reported[name].action_prompt, reported[name])
    return tuple(steps.values())[:MOST_STEPS]


@dataclass(frozen=True)
class QuarterlyReport(Shown):
    """Everything that a page prints.

    Attributes
    ----------
    network
        Name of the network.
    quarter_label, quarter_dates
        Such as ``2026Q3``, and ``1 July to 30 September 2026``.
    findings
        Released findings. A site's page prints its own, and the network's beside them; findings
        about other sites never reach it.
    row_accounting
        What became of every row received.
    site_id, site_name
        Site of the report; empty for the network's.
    note
        A sentence that stands at the top, such as that the data are synthetic.
    headlines
        Ids of the findings to lead with, at most three; the first that are reported if empty.
    steps_from
        Ids of the findings whose prompts come first; the others follow in the order of findings.
    cannot_say, prompts
        More than what the findings say themselves.
    sections
        Figures and tables by question.
    quality_summary, quality
        How the rules came out, as a sentence and as tables.
    provenance
        Inputs, parameters and versions.
    steps_before
        What became of the steps of the report before; None if there is none, or it asked for none.
    before, quarter_before
        Findings of this place as the last quarter published them, and its label; printed beside
        those of this quarter.
    site_links, sites_missing
        Reports of the sites, and the sites that have none; only on the network's page.
    sites_too_small
        How many sites have no page because too few practise there; only on the network's page.
    workbook
        File beside the page that holds its tables; empty if there is none.
    network_page
        Where a site's page finds the network's, from its own folder.
    """

    network: str
    quarter_label: str
    quarter_dates: str
    findings: ReleasedFindings
    row_accounting: DisplayTable
    site_id: str = ""
    site_name: str = ""
    note: str = ""
    headlines: tuple[str, ...] = ()
    steps_from: tuple[str, ...] = ()
    cannot_say: tuple[CannotSay, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    sections: tuple[Section, ...] = ()
    quality_summary: str = ""
    quality: tuple[DisplayTable, ...] = ()
    provenance: tuple[DisplayTable, ...] = ()
    steps_before: DisplayTable | None = None
    before: ReleasedFindings | None = None
    quarter_before: str = ""
    site_links: tuple[SiteLink, ...] = ()
    sites_missing: tuple[str, ...] = ()
    sites_too_small: int = 0
    workbook: str = ""
    network_page: str = "../index.html"

    def __post_init__(self) -> None:
        if not isinstance(self.findings, ReleasedFindings):
            raise RunFault("A report takes released findings only. Pass them through release().")
        if not re.fullmatch(r"(\.\./)*[A-Za-z0-9_-]+\.html", self.network_page):
            raise RunFault(f"'{self.network_page}' is not the address of a page beside this one.")

    def in_short(self) -> dict[str, Any]:
        """Give what a notebook shows of it: what its page will hold, and how much."""
        own = self.own_findings
        return {
            "about": self.place,
            "quarter": f"{self.quarter_label} ({self.quarter_dates})",
            "findings reported": len(own.reported),
            "findings withheld": len(own.withheld),
            "next steps": len(self.next_steps),
            "sections": [section.title for section in self.sections],
            "pages of sites": len(self.site_links) or None,
        }

    @property
    def place(self) -> str:
        """Name of the site, or of the network."""
        return self.site_name or self.network

    @property
    def title(self) -> str:
        """Title of the page."""
        return say(
            "{place}: quarterly report {quarter}", place=self.place, quarter=self.quarter_label
        )

    @property
    def own_findings(self) -> ReleasedFindings:
        """The findings about this place."""
        return self.findings.of_place(self.site_id)

    @property
    def leading_findings(self) -> tuple[Finding, ...]:
        """At most three reported findings to begin with."""
        reported = {finding.id: finding for finding in self.own_findings.reported}
        chosen = [reported[name] for name in self.headlines or reported if name in reported]
        return tuple(chosen[:MOST_HEADLINES])

    @property
    def open_questions(self) -> tuple[CannotSay, ...]:
        """What can't be said: suppressed and not estimable findings, and whatever was added."""
        withheld = (CannotSay(each.question, each.reason) for each in self.own_findings.withheld)
        return (*withheld, *self.cannot_say)

    @property
    def next_steps(self) -> tuple[Prompt, ...]:
        """At most three prompts: those added, then those of the findings; each once.

        A director who is asked to do ten things does none.
        """
        found = [
            Prompt(each.action_prompt, each.best_practice, each.question)
            for each in asking(self.own_findings, self.steps_from)
        ]
        texts = [prompt.text for prompt in self.prompts]
        more = [prompt for prompt in found if prompt.text not in texts]
        return (*self.prompts, *more)[:MOST_STEPS]

    @property
    def glances(self) -> dict[str, SiteGlance]:
        """Each site at one glance, by the slug of its page."""
        return {one.slug: one for section in self.sections for one in section.glances}

    def beside(self, finding: Finding) -> tuple[str, ...]:
        """Write what stands under a finding: interval, base, certainty and what to set beside it.

        What its statement says is not said again.
        """
        between, base = interval_words(finding), base_words(finding)
        said = finding.statement
        has_interval = say("95% interval").casefold() in said.casefold()
        lines = [
            _with_95(between) if between and not has_interval else "",
            say(NO_INTERVAL) if is_count(finding) else "",
            base if base not in said else "",
            _how_sure(finding),
            *self.comparisons(finding),
        ]
        return tuple(line for line in lines if line)

    def comparisons(self, finding: Finding) -> tuple[str, ...]:
        """Write the network's number beside a site's, and what was published the quarter before."""
        network = self.findings.of_place().reported if self.site_id else ()
        before = self.before.reported if self.before else ()
        then = say("{quarter}, as published", quarter=self.quarter_before)
        return (*_alike(say("Network"), finding, network), *_alike(then, finding, before))


def _with_95(between: str) -> str:
    return say("95% interval {between}", between=between)


def _how_sure(finding: Finding) -> str:
    sure = certainty.in_words(finding.certainty)
    return say("By its interval: {sure}", sure=sure) if sure else ""


def _alike(name: str, finding: Finding, others: Iterable[Finding]) -> tuple[str, ...]:
    """Write the number of the finding that asks the same in the same unit; none if none does."""
    for other in others:
        if (other.id, other.unit) == (finding.id, finding.unit) and other.estimate is not None:
            between = interval_words(other)
            interval = f" ({_with_95(between)})" if between else ""
            return (f"{name}: {estimate_words(other)}{interval}",)
    return ()


def dates_of(quarter: Quarter) -> str:
    """Write the days of a quarter: ``1 July to 30 September 2026``."""
    return wording.days(quarter.first_day, quarter.last_day)
