"""Every kind of page in a browser: no violation of a rule, no script needed, no width too small."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from study_with_pages import results_with_pages, write_pages

from workbench.reporting.individual_page import IndividualPage, render_individual_page
from workbench.reporting.status_card import BY_FAULT, StatusCard, render_status_card
from workbench.reporting.version_list import PublishedVersion, render_version_list

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
BROWSER = os.environ.get("WORKBENCH_CHROMIUM") or next(
    filter(None, map(shutil.which, BROWSERS)), ""
)
OPTIONS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-pings",
    "--disable-gpu",
]  # fmt: skip
DESK, PHONE, NARROW = (1280, 900), (390, 844), (320, 640)
KINDS = ("network", "site", "card", "versions", "individual")
ALL_RULES = [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
]  # fmt: skip
FIRST_STOPS = 6
THINNEST_OUTLINE = 2.0

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
driver = pytest.importorskip("playwright.sync_api")
if not BROWSER:
    pytest.skip("no Chromium is installed", allow_module_level=True)


def individual() -> IndividualPage:
    numbers = {
        "conf_low": 50.0, "conf_high": 70.0, "network": 68.0, "network_low": 66.0,
        "network_high": 70.0, "reliability": 0.8, "reason": "",
    }  # fmt: skip
    estimates = [
        {"what": "level", "title": "", "estimate": 61.0, **numbers},
        {
            "what": "slope",
            "title": "",
            "estimate": None,
            **numbers,
            "reason": "Little is known.",
        },
        {"what": "component", "title": "Follow-up", "estimate": 58.0, **numbers},
    ]
    days = pd.to_datetime(["2026-07-01", "2026-08-01", "2026-09-01"])
    observations = pd.DataFrame({"observed_on": days, "rater_role": "independent"})
    return IndividualPage(
        "Our network", "2026Q3", "v1", "P1", "coach", "A talk", dt.date(2026, 9, 30),
        observations, pd.DataFrame(estimates), 2, 1.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind, where a run puts it."""
    results = results_with_pages(tmp_path_factory.mktemp("study"))
    network, site = write_pages(results)
    card = StatusCard(BY_FAULT, "Its kernel ended.", "Run 'workbench resume'.", "None.")
    version = PublishedVersion("v1", "2026-09-30", "First version.", 1, 1)
    texts = {
        results.folder / "sites" / "site-002.html": render_status_card(
            card, "Birch & Co", "Our network", "2026Q3"
        ),
        results.folder.parent / "index.html": render_version_list(
            "Our network", "2026Q3", (version,)
        ),
        results.folder.parent / "individual.html": render_individual_page(individual()),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return dict(zip(KINDS, (network, site, *texts), strict=True))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with driver.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=BROWSER, args=OPTIONS)
        yield opened
        opened.close()


def open_page(browser: Any, path: Path, size: tuple[int, int], **about: Any) -> Any:
    """Open a page in a window of its own; what it asks for is kept in ``page.asked``."""
    window = browser.new_context(viewport={"width": size[0], "height": size[1]}, **about)
    page = window.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    return page


def unfold(page: Any) -> None:
    """Open whatever is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def told(results: dict[str, Any]) -> list[str]:
    """Violations, each with where it is."""
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for one in results["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_of_accessibility_is_broken(
    kind: str, size: tuple[int, int], pages: dict[str, Path], browser: Any
) -> None:
    page = open_page(browser, pages[kind], size)
    unfold(page)
    rules = {"runOnly": {"type": "tag", "values": ALL_RULES}, "resultTypes": ["violations"]}
    results = axe.Axe().run(page, options=rules).response
    page.context.close()
    assert len(results["passes"]) > 10
    assert told(results) == []


def test_the_rules_are_really_tried(browser: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<html><body><img src='data:,'><h1></h1><h4>x</h4></body></html>")
    page = open_page(browser, bad, DESK)
    found = {one["id"] for one in axe.Axe().run(page).response["violations"]}
    page.context.close()
    assert {"image-alt", "html-has-lang", "document-title", "empty-heading"} <= found


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_whole_without_scripts_and_asks_for_nothing(
    kind: str, pages: dict[str, Path], browser: Any
) -> None:
    page = open_page(browser, pages[kind], DESK, java_script_enabled=False)
    assert page.locator("h1").is_visible()
    assert page.locator("main h2").count() > 0
    assert len(page.locator("main").inner_text()) > 100
    for one in page.locator("summary").all()[:2]:
        one.click()
    assert page.locator("details[open]").count() == min(2, page.locator("summary").count())
    asked = [url for url in page.asked if not url.startswith("data:")]
    page.context.close()
    assert asked == [pages[kind].as_uri()]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_320_pixels_is_never_moved_sideways(
    kind: str, pages: dict[str, Path], browser: Any
) -> None:
    page = open_page(browser, pages[kind], NARROW)
    unfold(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()
    assert width <= NARROW[0]


@pytest.mark.parametrize("kind", KINDS)
def test_who_moves_by_keyboard_sees_where_they_are(
    kind: str, pages: dict[str, Path], browser: Any
) -> None:
    page = open_page(browser, pages[kind], DESK)
    stops = page.evaluate("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
    seen = []
    for _ in range(min(FIRST_STOPS, stops)):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => { const at = document.activeElement, look = getComputedStyle(at),"
                " box = at.getBoundingClientRect();"
                " return {tag: at.tagName, shown: at.matches(':focus-visible'),"
                " line: look.outlineStyle, width: parseFloat(look.outlineWidth),"
                " inside: box.left >= 0 && box.top >= 0 && box.width > 0} }"
            )
        )
    page.context.close()
    for one in seen:
        assert one["tag"] != "BODY"
        assert one["shown"]
        assert one["inside"]
        assert one["line"] != "none"
        assert one["line"] == "auto" or one["width"] >= THINNEST_OUTLINE


@pytest.mark.parametrize("kind", ["network", "site"])
def test_the_first_stop_leads_past_the_head_of_the_page(
    kind: str, pages: dict[str, Path], browser: Any
) -> None:
    page = open_page(browser, pages[kind], DESK)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    at = page.evaluate("location.hash")
    page.context.close()
    assert at == "#found"
