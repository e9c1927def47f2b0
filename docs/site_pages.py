"""Pages of the documentation site that live outside docs, and links made to fit where they stand.

Pages are written to be read where they lie. The site shows some from elsewhere in the project too,
so every relative link is led to its page on the site; a link to a file that the site does not show
keeps its words only.
"""

from __future__ import annotations

import os.path
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
BORROWED = {
    "index": "README.md",
    "contributing": "CONTRIBUTING.md",
    "changelog": "CHANGELOG.md",
    "rules": "expectations/RULES.md",
    "examples": "examples/README.md",
}
"""Pages of the site that are files of the project, by the name of the page."""
WHOLE = "<!-- {name} -->"
"""Line of a page of the site in whose place the file stands."""
INTRODUCTION_ENDS = "## Your own data"
FOLDERS = {"docs/methods": "methods/index", "examples": "examples"}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)


def text_of(page: str, text: str) -> str:
    """Text of a page as the site shows it.

    Parameters
    ----------
    page
        Name of the page from docs, without its ending.
    text
        What its own file holds.
    """
    name = BORROWED.get(page)
    if name is None:
        return _fitted(text, (DOCS / f"{page}.md").parent, page)
    file = ROOT / name
    borrowed = file.read_text(encoding="utf-8")
    if page == "index":
        borrowed = borrowed.partition(INTRODUCTION_ENDS)[0]
    return text.replace(WHOLE.format(name=name), _fitted(borrowed, file.parent, page))


def _fitted(text: str, folder: Path, page: str) -> str:
    """Links of a text that stands in ``folder``, as they must be on a page of the site."""
    found, at = [], 0
    for fence in FENCE.finditer(text):
        found += [_linked(text[at : fence.start()], folder, page), fence.group()]
        at = fence.end()
    return "".join([*found, _linked(text[at:], folder, page)])


def _linked(text: str, folder: Path, page: str) -> str:
    def fit(link: re.Match[str]) -> str:
        picture, words, target = link.groups()
        if re.match(r"[a-z]+:|#", target):
            return link.group()
        path, mark, anchor = target.partition("#")
        here = _on_site((folder / path).resolve())
        if here is None:
            return words
        start = (DOCS / page).parent
        return f"{picture}[{words}]({Path(os.path.relpath(here, start)).as_posix()}{mark}{anchor})"

    return LINK.sub(fit, text)


def _on_site(path: Path) -> Path | None:
    """File of the site that shows a file of the project; None if none does."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    pages = {file: DOCS / f"{page}.md" for page, file in BORROWED.items()}
    pages |= {folder: DOCS / f"{page}.md" for folder, page in FOLDERS.items()}
    if name in pages:
        return pages[name]
    return path if path.is_relative_to(DOCS) and path.is_file() else None
