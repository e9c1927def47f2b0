"""The documentation site: pages from elsewhere, links made to fit, nothing fetched, all formulae.

`make docs` builds the site with every warning an error and checks its links; here its parts are
tested without building it.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from docutils.utils.math import latex2mathml

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FORMULA = re.compile(r"\$\$\n(.+?)\n\s*\$\$", re.S)
FEWEST_FORMULAE = 12
SHOWN_ELSEWHERE = {"README", "index"}


def script(name):
    """A script of the documentation, as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


links = script("check_links")
pages = script("site_pages")


def toctree(page):
    """Pages that a page's lists of contents name, as paths without ending."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.M | re.S):
        names = [line for line in block.splitlines() if line and not line.startswith(":")]
        for name in names:
            found = page.parent.glob(f"{name}.md")
            yield from (one.resolve() for one in found)


# --- every page is on the site ---


def test_every_page_is_reached_from_the_start():
    reached, left = set(), [(DOCS / "index.md").resolve()]
    while left:
        page = left.pop()
        if page not in reached:
            reached.add(page)
            left.extend(toctree(page))
    every = {page.resolve() for page in DOCS.rglob("*.md")}
    rules = {page for page in every if page.parent.name == "quality_rules"}
    assert every - rules - reached == set()
    assert reached <= every


def test_every_rule_is_reached_from_the_table_of_rules():
    listed = (DOCS / "quality_rules" / "README.md").read_text(encoding="utf-8")
    rules = {page.name for page in (DOCS / "quality_rules").glob("*.md")} - {"README.md"}
    assert {name for name in rules if f"({name})" not in listed} == set()


@pytest.mark.parametrize("page", sorted(pages.BORROWED))
def test_a_borrowed_page_stands_where_its_marker_is(page):
    own = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    shown = pages.text_of(page, own)
    assert "<!--" not in shown
    assert len(shown) > len(own)


# --- links made to fit ---


def test_links_lead_to_the_page_that_shows_a_file():
    text = "[how](../../CONTRIBUTING.md#layers), [rules](../../expectations/RULES.md), [x](#here)"
    fitted = pages.text_of("methods/scores", text)
    assert fitted == "[how](../contributing.md#layers), [rules](../rules.md), [x](#here)"


def test_a_link_to_what_the_site_does_not_show_keeps_its_words():
    assert pages.text_of("tutorial", "see [the code](../src/workbench/errors.py).") == (
        "see the code."
    )


def test_links_in_blocks_of_code_stay_as_they_are():
    text = "```\n[a](../README.md)\n```\n[b](../README.md)"
    assert pages.text_of("tutorial", text) == "```\n[a](../README.md)\n```\n[b](index.md)"


# --- the check of what was built ---


@pytest.fixture
def site(tmp_path):
    (tmp_path / "two.html").write_text('<h2 id="part">Part</h2>', encoding="utf-8")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ('<a href="two.html#part">x</a>', ""),
        ('<a href="https://example.org/">a reader may follow this</a>', ""),
        ('<link rel="canonical" href="https://example.org/">', ""),
        ('<a href="three.html">x</a>', "leads to nothing"),
        ('<a href="two.html#whole">x</a>', "a place that the page does not have"),
        ('<a href="folder">x</a>', "leads to a folder"),
        ('<a href="javascript:go()">x</a>', "no address"),
        ('<script src="https://example.org/a.js"></script>', "fetches https://example.org/a.js"),
        ('<link rel="stylesheet" href="//example.org/a.css">', "fetches //example.org/a.css"),
        ('<img src="none.png" alt="">', "leads to nothing"),
    ],
)
def test_links_that_are_wrong_are_told(site, html, wrong):
    (site / "one.html").write_text(html, encoding="utf-8")
    links.read.cache_clear()
    found = links.problems(site)
    assert bool(found) == bool(wrong), found
    assert wrong in "".join(found)


# --- formulae ---


def test_every_formula_can_be_shown_without_a_script():
    found = [
        formula
        for page in DOCS.rglob("*.md")
        for formula in FORMULA.findall(page.read_text(encoding="utf-8"))
    ]
    assert len(found) >= FEWEST_FORMULAE
    for formula in found:
        assert "<math" in str(latex2mathml.tex2mathml(formula.strip(), as_block=True))
