"""A whole quarter in Spanish: a small network is run, and every page read for English left over."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from workbench.cli import app
from workbench.data.synthetic import NetworkParameters, write_example
from workbench.running.studies import make_study
from workbench.settings import open_study

QUARTER = "2026Q3"
SMALL = NetworkParameters(
    sites=6, fewest_practitioners=6, most_practitioners=8, first_quarter="2025Q2", quarters=6,
    planted_sites=(),
)  # fmt: skip
ENGLISH = re.compile(
    r"\b(the|of|and|with|is|are|was|were|been|by|for|from|that|which|than|not|each|their|they|who"
    r"|this|these|at|be|it|in|on|to|too|few|shown|site|sites|quarter|points|practitioners)\b"
)
CODES = re.compile(r"\b[\w-]+(?:\.[a-z_]+\b|/)")
"""Names of files, folders and findings, which are the same in every language."""
OF_THE_STUDY = ("families who stay to the end (percent)", "Name of your network")
"""What the study itself calls things, which no catalogue translates."""


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("spanish") / "study"
    make_study(folder, with_settings_of="new")
    settings = folder / "workbench.yml"
    settings.write_text(f"language: es\n{settings.read_text()}")
    write_example(folder, SMALL, messy=False)
    ran = CliRunner().invoke(app, ["run", "--study", str(folder), "--as-of", "2026-09-30"])
    assert ran.exit_code == 0, ran.output
    found = open_study(folder).published(QUARTER)
    assert found is not None
    return found


class _Pieces(HTMLParser):
    """Each piece of text of a page, and what its pictures and parts say in words."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.inside_style = False

    def handle_starttag(self, tag, attrs):
        self.inside_style = tag == "style"
        self.pieces += [text for name, text in attrs if name in ("alt", "aria-label", "title")]

    def handle_endtag(self, tag):
        self.inside_style = False

    def handle_data(self, data):
        self.pieces += [] if self.inside_style else [data]


def english_in(text: str) -> list[str]:
    for name in OF_THE_STUDY:
        text = text.replace(name, "")
    return ENGLISH.findall(CODES.sub("", text))


def test_no_page_says_a_sentence_in_english(published: Path) -> None:
    left = []
    for page in [published / "network.html", *sorted((published / "sites").glob("*.html"))]:
        text = page.read_text(encoding="utf-8")
        assert '<html lang="es">' in text
        reader = _Pieces()
        reader.feed(text)
        assert len(reader.pieces) > 500
        left += [f"{page.name}: {one}" for one in reader.pieces if english_in(one)]
    assert left == []


def test_workbook_and_summary_are_in_spanish(published: Path) -> None:
    left = []
    for path in [published / "network.xlsx", *sorted((published / "sites").glob("*.xlsx"))]:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            cells = [cell for row in book.get_sheet_by_name(name).to_python() for cell in row]
            texts = [name, *(cell for cell in cells if isinstance(cell, str))]
            left += [f"{path.name}, {name}: {t}" for t in texts if english_in(t)]
    summary = (published / "summary.txt").read_text(encoding="utf-8")
    left += [line for line in summary.splitlines() if english_in(line)]
    assert left == []
