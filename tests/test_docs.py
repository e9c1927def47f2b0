"""What the documentation names is there: the dictionary is fresh, links and modules resolve."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

import workbench

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
MODULE = re.compile(r"\bworkbench(?:\.[a-z_][a-z0-9_]*)+")
NOT_MODULES = {"workbench.yml"}
SOURCE_FILE = re.compile(r"\b(?:src|tests|docs)/[\w./]+\.(?:py|R|md|json)\b")
LARGEST_PICTURE = 200_000  # bytes

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """Text of a page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_there(name: str) -> bool:
    """Whether a dotted name is a module of ours, or something in one."""
    path = ROOT / "src" / Path(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    module, _, attribute = name.rpartition(".")
    if module == "workbench":
        return attribute in workbench.__all__
    home = (ROOT / "src" / Path(*module.split("."))).with_suffix(".py")
    return home.is_file() and hasattr(importlib.import_module(module), attribute)


def script(name: str):
    """A script of the documentation, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_data_dictionary_is_that_of_the_schemas():
    maker = script("make_data_dictionary")
    written = maker.DICTIONARY.read_text(encoding="utf-8")
    assert written == maker.dictionary(), "run: python docs/make_data_dictionary.py"


def test_the_pages_of_rules_are_those_of_the_suites():
    maker = script("make_rule_pages")
    written = {page.name: page.read_text(encoding="utf-8") for page in maker.PAGES.glob("*.md")}
    assert written == maker.pages(), "run: python docs/make_rule_pages.py"


@each_page
def test_every_link_and_picture_is_there(page):
    for target in LINK.findall(prose(page)):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), target
        assert found.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(found), target


@each_page
def test_every_module_and_source_file_named_is_there(page):
    text = page.read_text(encoding="utf-8")
    modules = {match[0] for match in MODULE.finditer(text)} - NOT_MODULES
    assert [name for name in modules if not is_there(name)] == []
    files = set(SOURCE_FILE.findall(text))
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_something_is_looked_at():
    assert len(PAGES) > 10
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert len(LINK.findall(text)) > 30
    assert len(set(MODULE.findall(text))) > 30
    assert not is_there("workbench.nothing")
    assert not is_there("workbench.models.nothing")
    assert not is_there("workbench.models.mixed.nothing")


def test_pictures_are_small_and_each_is_shown():
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in pictures:
        assert picture.stat().st_size < LARGEST_PICTURE
        assert picture.name in shown
    assert pictures
