"""Pages: whole by themselves, closed to whatever a name holds, and the same for every reader."""

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from workbench import terms
from workbench.errors import RunFault
from workbench.findings import Finding, not_estimable
from workbench.quarters import Quarter
from workbench.reporting import figures_style
from workbench.reporting.disclosure import release
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.pages import render_network_page, render_site_page
from workbench.reporting.pictures import Picture
from workbench.reporting.report import (
    CannotSay,
    Prompt,
    QuarterlyReport,
    Section,
    SiteLink,
    dates_of,
)
from workbench.resources import resource_files
from workbench.settings import Privacy

PRIVACY = Privacy(fewest_practitioners=5)
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
TEXT_CONTRAST = 4.5
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><iframe src=javascript:alert(1)>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "<!--",
    "<![CDATA[<script>]]>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7 * 7 }}{% raw %}",
    "{{ report.__class__.__mro__ }}",
    "<base href=//example.org>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=//example.org>",
    "<form action=//example.org><input>",
    "<details open ontoggle=alert(1)>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "\x00<scr\x00ipt>",
    "\u202e<b>",
    "<b><i><u><p><h1>",
    "</table></section></main><h1>x</h1>",
]


class Page(HTMLParser):
    """Tags with their attributes, and text, as a browser would find them."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open, self.declarations = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    def handle_comment(self, data):
        self.declarations.append(data)

    def named(self, tag):
        return [about for name, about in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def shape(self):
        """Tags and the names of their attributes, apart from the class that text may change."""
        return [(tag, sorted(set(about) - {"class"})) for tag, about in self.tags]


def picture(text="Fidelity fell"):
    png = figures_style.picture_without_data("Figure", "none").png
    data = pd.DataFrame({"Quarter": ["2026Q3"], "Fidelity": [text]}, dtype="str")
    return Picture(png, text, text, data)


def table(text="sites", rows=1):
    frame = pd.DataFrame({"Table": [text] * rows, text: [text] * rows}, dtype="str")
    return DisplayTable(text, frame, text)


def findings(text="Practice is drifting.", site_id="S1"):
    about = {
        "question": text,
        "statement": text,
        "unit": "points a quarter",
        "n": 34,
        "n_practitioners": 9,
        "action_prompt": f"{text} now",
        "best_practice": text,
    }
    return [
        Finding(
            "fidelity.direction",
            site_id="",
            estimate=-0.4,
            conf_low=-0.9,
            conf_high=0.1,
            **{**about, "n_practitioners": 60},
        ),
        Finding(
            "fidelity.direction",
            site_id=site_id,
            estimate=-1.4,
            conf_low=-2.1,
            conf_high=-0.7,
            **about,
        ),
        Finding("fidelity.now", site_id=site_id, **{**about, "action_prompt": ""}),
        not_estimable("drift.kind", text, text, site_id=site_id),
    ]


def report(text="Plain words", site=True, **changes):
    about = {
        "network": text,
        "quarter_label": "2026Q3",
        "quarter_dates": text,
        "findings": release(findings(text), PRIVACY),
        "row_accounting": table(text),
        "site_id": "S1" if site else "",
        "site_name": text if site else "",
        "note": text,
        "cannot_say": (CannotSay(text, text),),
        "prompts": (Prompt(text, text, text),),
        "sections": (Section(text, text, (picture(text),), (table(text),)),),
        "quality_summary": text,
        "quality": (table(text),),
        "provenance": (table(text),),
        "site_links": () if site else (SiteLink(text, "site-01", text),),
        "sites_missing": () if site else (text,),
    }
    return QuarterlyReport(**{**about, **changes})


def pages(text="Plain words"):
    return [
        Page(render_site_page(report(text))),
        Page(render_network_page(report(text, site=False))),
    ]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_any_field_becomes_markup(payload):
    for plain, hostile in zip(pages(), pages(payload), strict=True):
        assert hostile.shape == plain.shape
        assert hostile.declarations == plain.declarations == []


def test_hostile_names_are_printed_as_they_stand():
    for name in ("<img src=x onerror=alert(1)>", "Cost $x^$", "_hidden", "A & B"):
        for page in pages(name):
            assert name in page.text
            assert page.named("img")[0]["alt"] == name


@pytest.mark.parametrize("page", pages(), ids=["site", "network"])
def test_a_page_needs_nothing_but_itself_and_runs_nothing(page):
    metas = page.named("meta")
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in metas
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for _, about in page.tags:
        assert not [name for name in about if name.startswith("on")]
        assert about.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")
        assert re.fullmatch(
            r"#[a-z-]+|\.\./index\.html|sites/[a-z0-9-]+\.html|[a-z0-9-]+\.xlsx",
            about.get("href", "#x"),
        )


def test_the_style_loads_nothing_from_elsewhere():
    (style,) = (path.read_text() for path in resource_files("reports/templates", "report.css"))
    assert not re.search(r"url\(|@import|https?:|expression\(", style)


@pytest.mark.parametrize("page", pages(), ids=["site", "network"])
def test_a_page_can_be_read_by_everybody(page):
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("title")) == len(page.named("h1")) == len(page.named("main")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    images = page.named("img")
    assert images
    assert all(image["alt"] and image["width"] and image["height"] for image in images)
    tables = page.named("table")
    assert len(page.named("caption")) == len(tables) >= 4
    assert all(head["scope"] in ("col", "row") for head in page.named("th"))
    numbers = [about for about in page.named("details") if about["class"] == "numbers"]
    assert len(numbers) == len(page.named("figure")) == len(images)
    named = [about["aria-label"] for about in page.named("div") if about.get("role") == "group"]
    assert len(named) == len(images) + len(tables)
    assert named[0].startswith("Figure 1: ")
    ids = [about["id"] for _, about in page.tags if "id" in about]
    assert len(ids) == len(set(ids))
    targets = {about["href"][1:] for about in page.named("a") if about["href"].startswith("#")}
    assert targets <= set(ids)
    assert page.named("a")[0] == {"class": "skip", "href": "#found"}


def test_the_parts_stand_in_the_fixed_order():
    (site, network) = pages()
    sections = [about["id"] for about in site.named("section") if "id" in about]
    assert sections == ["found", "open", "next", "evidence", "data", "method"]
    sections = [about["id"] for about in network.named("section") if "id" in about]
    assert sections == ["found", "open", "next", "sites", "evidence", "data", "method"]


def test_a_finding_is_printed_with_number_interval_base_and_comparison():
    text = Page(render_site_page(report("Practice moves."))).text
    assert "−1.4 points a quarter" in text
    assert "95% interval −2.1 to −0.7" in text
    assert "34 observations of 9 practitioners" in text
    assert "Network: −0.4 points a quarter (95% interval −0.9 to 0.1)" in text


def test_at_most_three_findings_lead_and_the_report_says_which():
    many = [
        Finding(f"f.{place}", f"Question {place}?", f"Answer {place}.", n_practitioners=9)
        for place in range(5)
    ]
    chosen = report(site=False, findings=release(many, PRIVACY), headlines=("f.4", "f.9", "f.1"))
    assert [each.id for each in chosen.leading_findings] == ["f.4", "f.1"]
    first = replace(chosen, headlines=())
    assert [each.id for each in first.leading_findings] == ["f.0", "f.1", "f.2"]
    assert len(Page(render_network_page(first)).named("article")) == 3


def test_what_cannot_be_said_comes_from_the_findings_and_from_the_notebook():
    few = Finding("few", "How do they do?", "They do 12.", "S1", 12.0, n_practitioners=2)
    made = report(findings=release([few, *findings()], PRIVACY))
    assert [each.question for each in made.open_questions] == [
        "How do they do?",
        "Practice is drifting.",
        "Plain words",
    ]
    text = Page(render_site_page(made)).text
    assert "It rests on fewer than 5 practitioners" in text
    assert "They do 12." not in text


def test_each_prompt_is_printed_once_with_its_best_practice():
    made = report(
        prompts=(Prompt("Practice is drifting. now", "other"), Prompt("Meet.")),
        findings=release(findings(), PRIVACY),
    )
    assert [step.text for step in made.next_steps] == ["Practice is drifting. now", "Meet."]


def test_at_most_three_steps_are_asked_and_the_report_says_which_come_first():
    many = [
        Finding(f"f.{place}", "Why?", "So.", n_practitioners=9, action_prompt=f"Step {place}.")
        for place in range(5)
    ]
    made = report(
        site=False, findings=release(many, PRIVACY), steps_from=("f.3", "f.9"), prompts=()
    )
    assert [step.text for step in made.next_steps] == ["Step 3.", "Step 0.", "Step 1."]


def test_a_sites_page_never_shows_another_sites_findings():
    others = findings("Secret of another site", site_id="S2")
    made = report(findings=release([*findings(), *others[1:]], PRIVACY))
    assert "Secret of another site" not in render_site_page(made)
    with pytest.raises(RunFault, match="other sites"):
        render_site_page(report(site_links=(SiteLink("Elm", "site-02"),)))


def test_pages_take_released_findings_only():
    with pytest.raises(RunFault, match="release"):
        report(findings=tuple(findings()))


def test_each_page_takes_the_report_of_its_own_kind():
    with pytest.raises(RunFault, match="site"):
        render_network_page(report())
    with pytest.raises(RunFault, match="identifier"):
        render_site_page(report(site=False))


@pytest.mark.parametrize("slug", ["../x", "a b", "", "A", "site/1", "x" * 65, "javascript:x"])
def test_an_address_is_never_made_from_data(slug):
    with pytest.raises(RunFault, match="page"):
        SiteLink("Elm", slug)


@pytest.mark.parametrize("address", ["https://example.org/x.html", "//x.html", "javascript:x", ""])
def test_the_networks_page_is_beside_the_sites(address):
    with pytest.raises(RunFault, match="address"):
        report(network_page=address)


def test_a_page_links_to_its_others():
    site, network = pages()
    assert site.named("a")[1]["href"] == "../index.html"
    assert "sites/site-01.html" in [about["href"] for about in network.named("a")]


def test_states_stand_in_words_beside_their_marks():
    links = tuple(SiteLink(state, f"site-{n}", state) for n, state in enumerate(terms.STATES))
    text = Page(render_network_page(report(site=False, site_links=links))).text
    for mark, state in zip("▼■▲○", terms.STATES, strict=True):
        assert f"{mark} {state}" in text


def test_a_quarter_with_nothing_to_tell_is_still_a_page():
    empty = DisplayTable("Rows", pd.DataFrame({"Table": [], "Received": []}, dtype="str"))
    bare = QuarterlyReport("Net", "2026Q3", "July", release([], PRIVACY), empty)
    page = Page(render_network_page(bare))
    assert "There is no finding that can be reported" in page.text
    assert "No rows." in page.text


def test_the_same_report_gives_the_same_page():
    assert render_site_page(report()) == render_site_page(report())


def test_a_study_can_put_its_own_template_in_place_of_ours(tmp_path):
    folder = tmp_path / "reports" / "templates"
    folder.mkdir(parents=True)
    (folder / "report.css").write_text("body { color: #000001 }")
    assert "#000001" in render_site_page(report(), tmp_path)
    assert "#000001" not in render_site_page(report())


def test_templates_switch_escaping_off_nowhere():
    for path in resource_files("reports/templates", "*.j2"):
        text = path.read_text()
        assert not re.search(r"\|\s*safe|autoescape|Markup", text), path.name


def test_the_promise_to_people_is_printed():
    for page in pages():
        assert "Findings are for support, not for discipline" in page.text
        assert "need not be cause and effect" in page.text


def test_text_colours_of_the_style_can_be_read():
    (style,) = (path.read_text() for path in resource_files("reports/templates", "report.css"))
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", style))
    for name in ("ink", "soft", "blue", "orange"):
        for ground in ("#ffffff", colours["pale"]):
            assert _contrast(colours[name], ground) >= TEXT_CONTRAST


def _contrast(one, other):
    def luminance(colour):
        channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        weights = (0.2126, 0.7152, 0.0722)
        return sum(
            weight * (value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4)
            for weight, value in zip(weights, channels, strict=True)
        )

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_the_days_of_a_quarter_are_written_by_the_fiscal_year():
    assert dates_of(Quarter(2026, 3)) == "1 July to 30 September 2026"
    assert dates_of(Quarter(2026, 1, 7)) == "1 July to 30 September 2025"
    assert dates_of(Quarter(2026, 1, 11)) == "1 November 2025 to 31 January 2026"
