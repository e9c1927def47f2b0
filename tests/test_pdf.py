"""A page as a PDF: tagged, with title and language, the same twice, and nothing fetched."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import zlib
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cli import app
from workbench.errors import ParameterError, RunFault
from workbench.reporting import pdf as making
from workbench.reporting.status_card import BY_FAULT, StatusCard, render_status_card

PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6"
    "kgAAAABJRU5ErkJggg=="
)
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Elm: report</title></head>
<body><header><p><a href="../network.html">Our network</a></p><h1>Elm</h1>
<nav><a href="#found">What we found</a></nav></header>
<main><section id="found"><h2>What we found</h2><p>Practice stands at 61 percent.</p>
<figure><img src="{PIXEL}" alt="Elm: fidelity rose to 61%." width="10" height="10">
<figcaption>How to read it.</figcaption></figure>
<table><caption>By quarter</caption><thead><tr><th scope="col">Quarter</th></tr></thead>
<tbody><tr><th scope="row">2026Q3</th></tr></tbody></table></section></main></body></html>
"""

try:
    making.pdf_maker()
except making.NoPdf as reason:
    pytest.skip(str(reason), allow_module_level=True)


def objects(path: Path) -> bytes:
    """Everything that a PDF says, with what is packed unpacked."""
    content = path.read_bytes()
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return content + b"".join(map(_unpacked, packed))


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def text_in(name: str) -> bytes:
    """How a PDF holds a text that is not plain ASCII, or is one."""
    return name.encode("utf-16-be").hex().encode()


def says(whole: bytes, text: str) -> bool:
    plain = b"(" + text.encode("latin-1") + b")"
    return plain in whole or text_in(text) in whole.lower()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("site") / "sites" / "site-001.html"
    path.parent.mkdir()
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(page: Path) -> bytes:
    return objects(making.write_pdf(page, page.parents[1] / "out" / "x.pdf"))


def test_it_is_tagged_with_language_title_and_bookmarks(whole: bytes) -> None:
    assert b"/StructTreeRoot" in whole
    assert re.search(rb"/MarkInfo\s*<<[^>]*/Marked true", whole)
    assert re.search(rb"/Lang\s*\(en\)", whole)
    assert re.search(rb"/DisplayDocTitle true", whole)
    assert says(whole, "Elm: report")
    assert b"/Outlines" in whole
    assert b"<pdfuaid:part>1</pdfuaid:part>" in whole or b'pdfuaid:part="1"' in whole


def test_figures_headings_and_tables_are_tagged_as_what_they_are(whole: bytes) -> None:
    for tag in (b"/H1", b"/H2", b"/P", b"/Figure", b"/Table", b"/TR", b"/TH", b"/Caption"):
        assert re.search(rb"/S\s*" + tag + rb"\b", whole), tag
    assert says(whole, "Elm: fidelity rose to 61%.")


def test_it_leads_nowhere_and_names_no_folder(whole: bytes, page: Path) -> None:
    assert b"/URI" not in whole
    assert b"/Annot" in whole  # the link within the page is there
    assert b"file:" not in whole
    assert str(page.parent).encode() not in whole
    assert b"/JavaScript" not in whole
    assert b"/CreationDate" not in whole


def test_the_same_page_gives_the_same_bytes(page: Path, tmp_path: Path) -> None:
    one, other = (making.write_pdf(page, tmp_path / name / "x.pdf") for name in "ab")
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")
def test_every_text_of_a_page_is_there(tmp_path: Path) -> None:
    card = StatusCard(BY_FAULT, "The kernel ended.", "Run it again.", "None at all.")
    page = tmp_path / "card.html"
    page.write_text(render_status_card(card, "Elm & Oak", "Our network", "2026Q3"), "utf-8")
    made = making.write_pdf(page, tmp_path / "card.pdf")
    read = subprocess.run(["pdftotext", str(made), "-"], capture_output=True, text=True, check=True)
    words = set(read.stdout.split())
    body = re.search(r"<main>(.*)</main>", page.read_text("utf-8"), re.DOTALL)
    assert body
    wanted = unescape(re.sub(r"<[^>]+>", " ", body[1])).split()
    assert len(wanted) > 20
    assert [word for word in wanted if word not in words] == []


@pytest.mark.parametrize(
    "address",
    ["https://example.org/x.png", "http://127.0.0.1:9/x.png", "file:///etc/passwd", "../x.png",
     "//example.org/x.png", "ftp://example.org/x.png"],
)  # fmt: skip
def test_nothing_is_fetched_from_elsewhere(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    page = tmp_path / "sites" / "x.html"
    page.parent.mkdir()
    page.write_text(PAGE.replace(PIXEL, address), "utf-8")
    with pytest.raises(RunFault, match="not beside it"):
        making.write_pdf(page, tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_what_lies_beside_a_page_may_be_read(tmp_path: Path) -> None:
    beside = (tmp_path / "x.png").as_uri()
    assert making.may_be_fetched(beside, tmp_path.resolve())
    assert making.may_be_fetched("data:image/png;base64,AAAA", tmp_path)
    assert not making.may_be_fetched(f"{tmp_path.as_uri()}/../x.png", tmp_path.resolve())


@pytest.mark.parametrize("error", [ImportError("x"), OSError("cannot load library 'pango'")])
def test_what_is_missing_is_told_with_how_to_get_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise error

    monkeypatch.setattr(making.importlib, "import_module", fail)
    with pytest.raises(making.NoPdf, match=r"pip install .*\[pdf\].*[Pp]ango"):
        making.pdf_maker()


# --- the command ---


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "workbench.yml").write_text("network: Our network\n", "utf-8")
    version = tmp_path / "reports" / "2026Q3" / "v1"
    (version / "sites").mkdir(parents=True)
    for name in ("network.html", "sites/site-001.html", "sites/site-002.html"):
        (version / name).write_text(PAGE, "utf-8")
    reports = {"S1": "sites/site-001.html"}  # the second has a card
    (version / "manifest.json").write_text(json.dumps({"reports": reports}), "utf-8")
    return tmp_path


def made(study: Path, *options: str) -> list[str]:
    ran = CliRunner().invoke(app, ["pdf", "--study", str(study), *options])
    if ran.exception:
        raise ran.exception
    place = study / "build" / "pdf"
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*.*"))


def test_the_command_makes_the_networks_the_sites_or_all(study: Path) -> None:
    before = {path: path.read_bytes() for path in (study / "reports").rglob("*.*")}
    assert made(study) == ["2026Q3/v1/network.pdf"]
    assert made(study, "--site", "S1")[1:] == ["2026Q3/v1/sites/site-001.pdf"]
    shutil.rmtree(study / "build")
    assert len(made(study, "--all", "--quarter", "2026Q3")) == 2
    # What is published is never touched.
    assert {path: path.read_bytes() for path in (study / "reports").rglob("*.*")} == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--site", "S2"), "No report of S2"),
        (("--site", "S1", "--all"), "either"),
        (("--quarter", "2020Q1"), "no such published quarter"),
    ],
)
def test_what_cannot_be_made_is_told(study: Path, options: tuple[str, ...], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        made(study, *options)
