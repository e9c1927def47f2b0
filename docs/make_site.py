"""Build the documentation site, and check that it can be read offline.

Run it from anywhere; the site is ``build/docs/index.html`` of the project::

    python docs/make_site.py [FOLDER]

A warning of the builder is an error. Afterwards every link, picture, style and script of every page
must be there, and none may be fetched from elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
SITE = DOCS.parent / "build" / "docs"


def make(site: Path) -> list[str]:
    """Build the site into a folder; tell what is wrong with it, one sentence each."""
    from sphinx.cmd.build import build_main

    sys.path.insert(0, str(DOCS))
    from check_links import problems

    beside = site.parent / "docs-doctrees"
    options = ["-E", "-a", "-b", "html", "-q", "-W", "--keep-going", "-d", str(beside)]
    failed = build_main([*options, str(DOCS), str(site)])
    return ["The builder warned; see above."] if failed else problems(site)


def main() -> int:
    """Build; 1 if anything is wrong."""
    site = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else SITE
    wrong = make(site)
    sys.stdout.write("".join(f"{each}\n" for each in wrong) or f"{site / 'index.html'}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
