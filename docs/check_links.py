"""Check that pages made of HTML lead nowhere that is not there, and ask the network for nothing.

Run it on the documentation site or on a published quarter::

    python docs/check_links.py FOLDER ...
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED_BY = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""What a browser fetches by itself when it opens a page, unlike a link that a reader follows."""
NOT_FETCHED = {"canonical", "alternate", "next", "prev", "index", "search", "author"}
OUTSIDE = ("http", "https", "mailto", "data")


@dataclass
class Page(HTMLParser):
    """Links, things fetched and anchors of a page."""

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag leads to, fetches or marks."""
        has = {name: value or "" for name, value in attrs}
        self.anchors |= {has[name] for name in ("id", "name") if has.get(name)}
        if tag == "a" and "href" in has:
            self.links.append(has["href"])
        wanted = LOADED_BY.get(tag)
        if wanted in has and not NOT_FETCHED & set(has.get("rel", "").split()):
            self.fetched.append(has[wanted])


@cache
def read(path: Path) -> Page:
    """Read a page."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def problems(folder: Path) -> list[str]:
    """Tell what is wrong with the links of every page under a folder, one sentence each."""
    found = []
    pages = (path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts)
    for path in pages:
        page, name = read(path), path.relative_to(folder)
        found += [
            f"{name} fetches {target}"
            for target in page.fetched
            if urlsplit(target).scheme in ("http", "https") or target.startswith("//")
        ]
        for target in {*page.links, *page.fetched}:
            why = _missing(path, target)
            found += [f"{name}: {target} {why}"] if why else []
    return found


def _missing(path: Path, target: str) -> str:
    """Why a link leads nowhere; empty if it doesn't, or if it leads out of the folder's pages."""
    parts = urlsplit(target)
    if parts.scheme in OUTSIDE or parts.netloc:
        return ""
    if parts.scheme:
        return "is no address that a page should lead to"
    there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not there.exists():
        return "leads to nothing"
    if there.is_dir():
        return "leads to a folder, which a browser lists or refuses"
    mark = unquote(parts.fragment)
    if mark and there.suffix == ".html" and mark not in read(there).anchors | {"top"}:
        return "leads to a place that the page does not have"
    return ""


def main() -> int:
    """Check the folders that are named; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    wrong = [each for folder in parser.parse_args().folders for each in problems(folder.resolve())]
    sys.stdout.write("".join(f"{each}\n" for each in wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
