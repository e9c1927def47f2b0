"""A published page as a tagged PDF, for paper, mail and archives.

The page itself stays the form that everybody can read; the PDF is made from it and says the same.
Nothing is fetched: what the page doesn't hold itself may only lie beside it.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import re
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from workbench.errors import RunFault, SettingsError
from workbench.resources import resource_file

VARIANT = "pdf/ua-1"
STYLE = "reports/templates/pdf.css"
INSTALL = (
    "To make PDFs the workbench needs WeasyPrint: pip install 'implementation-workbench[pdf]'. "
    "WeasyPrint needs the library Pango of the system: on Debian and Ubuntu 'apt install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0', on macOS 'brew install pango', on "
    "Windows the installer of MSYS2 with 'pacman -S mingw-w64-x86_64-pango'."
)

_LINK_ELSEWHERE = re.compile(r"""(<a\b[^>]*?)\shref=(?:"(?!#)[^"]*"|'(?!#)[^']*')""")
"""Address of a link out of the page: a PDF lies elsewhere, where it would lead nowhere."""


class NoPdf(SettingsError):
    """PDFs can't be made on this machine as it is; the message says what to install."""


def pdf_maker() -> ModuleType:
    """Import WeasyPrint.

    Raises
    ------
    NoPdf
        If it, or the library of the system that it needs, is not there.
    """
    try:
        weasyprint = importlib.import_module("weasyprint")
    except ImportError:
        raise NoPdf(f"WeasyPrint is not installed. {INSTALL}") from None
    except OSError as error:
        raise NoPdf(f"A library that WeasyPrint needs is missing ({error}). {INSTALL}") from None
    # It tells of every style that it doesn't know, which is no news to the reader.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    return weasyprint


def write_pdf(page: Path, target: Path, study_folder: Path | None = None) -> Path:
    """Write a page as a tagged PDF (PDF/UA-1); the same page gives the same bytes.

    Parameters
    ----------
    page
        A published page.
    target
        File to write; its folder is made.
    study_folder
        Study whose own style for PDFs stands before ours, or None.

    Raises
    ------
    NoPdf
        If this machine can't make PDFs.
    RunFault
        If the page asks for something that does not lie beside it.
    """
    maker = pdf_maker()
    content = page.read_bytes()
    document = maker.HTML(
        string=_LINK_ELSEWHERE.sub(r"\1", content.decode("utf-8")),
        base_url=page.resolve().as_uri(),
        url_fetcher=_fetcher_beside(page.resolve().parent, maker),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".unfinished")
    try:
        document.write_pdf(
            str(beside),
            stylesheets=[maker.CSS(string=_style(study_folder))],
            pdf_variant=VARIANT,
            pdf_tags=True,
            pdf_identifier=hashlib.sha256(content).digest()[:16],
        )
    except maker.urls.FatalURLFetchingError as error:
        raise RunFault(f"No PDF is made of {page.name}: it asks for {error}.") from None
    return beside.replace(target)


def _style(study_folder: Path | None) -> str:
    return resource_file(STYLE, study_folder).read_text(encoding="utf-8")


def _fetcher_beside(folder: Path, maker: ModuleType) -> Any:
    """Make what fetches for a page: what it holds itself, and files of its folder."""

    class Beside(maker.URLFetcher):  # type: ignore[name-defined]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if not may_be_fetched(url, folder):
                raise maker.urls.FatalURLFetchingError(f"'{url[:80]}', which is not beside it")
            return super().fetch(url, headers)

    return Beside(allowed_protocols=("data", "file"), allow_redirects=False)


def may_be_fetched(url: str, folder: Path) -> bool:
    """Whether an address is data in itself, or a file in a folder."""
    parts = urlsplit(url)
    if parts.scheme == "data":
        return True
    if parts.scheme != "file" or parts.netloc:
        return False
    return Path(url2pathname(parts.path)).resolve().is_relative_to(folder)
