"""Take pictures of a report's pages as they look on a phone, at a desk and on paper.

    python docs/make_page_pictures.py STUDY [spanish_]

STUDY has a published quarter, such as the example's; names of pictures of a Spanish one begin with
``spanish_``. It takes Chromium, and pdftoppm for paper. The pictures are for people to look at:
they are kept under docs/pictures, and docs/accessibility.md shows them.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from lab_browser import CHROMIUM  # noqa: E402

from workbench.settings import open_study  # noqa: E402

SCREENS = {"phone": (390, 844), "desk": (1280, 900)}
"""Width and height of what is seen at once, in pixels."""
PAPER = 2
"""Sheets of the paper form that are shown, side by side."""
DOTS_AN_INCH = 75
COLOURS = 128
MOST_BYTES = 250_000


def main(folder: Path, prefix: str = "") -> None:
    """Take every picture of the last published quarter."""
    from playwright.sync_api import sync_playwright

    study = open_study(folder)
    published = study.published(study.published_quarters()[-1])
    assert published is not None, "the study has no published quarter"
    site = sorted((published / "sites").glob("*.html"))[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, page in (("network", published / "network.html"), ("site", site)):
            for screen, (width, height) in SCREENS.items():
                _keep(f"{prefix}{name}_{screen}", _seen(browser, page, width, height))
            _keep(f"{prefix}{name}_paper", _on_paper(browser, page))
        browser.close()


def _seen(browser: Any, page: Path, width: int, height: int) -> Image.Image:
    """First screen, and the one with the first figure, side by side."""
    opened = browser.new_page(viewport={"width": width, "height": height})
    opened.goto(page.as_uri())
    screens = [opened.screenshot()]
    opened.locator("figure").first.scroll_into_view_if_needed()
    screens.append(opened.screenshot())
    opened.close()
    return _beside([Image.open(io.BytesIO(one)) for one in screens])


def _on_paper(browser: Any, page: Path) -> Image.Image:
    """First sheets, as a browser prints them."""
    opened = browser.new_page()
    opened.goto(page.as_uri())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        opened.pdf(path=path, format="A4", prefer_css_page_size=True)
        opened.close()
        command = ["pdftoppm", "-png", "-r", str(DOTS_AN_INCH), "-l", str(PAPER), str(path)]
        subprocess.run([*command, str(Path(folder) / "sheet")], check=True)
        sheets = [Image.open(one).copy() for one in sorted(Path(folder).glob("sheet*.png"))]
    return _beside(sheets)


def _beside(pictures: list[Image.Image]) -> Image.Image:
    """Put pictures side by side, a gap between them."""
    gap = 24
    width = sum(one.width + gap for one in pictures) - gap
    whole = Image.new("RGB", (width, max(one.height for one in pictures)), "#d7dde2")
    left = 0
    for one in pictures:
        whole.paste(one, (left, 0))
        left += one.width + gap
    return whole


def _keep(name: str, picture: Image.Image) -> None:
    path = HERE / "pictures" / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size:,} bytes")  # noqa: T201
    assert path.stat().st_size < MOST_BYTES


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
