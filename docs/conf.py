"""Settings of the documentation site: read from files, no script or font from anywhere else."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx

from workbench import __version__

sys.path.insert(0, str(Path(__file__).parent))
from site_pages import text_of

project = "Workbench"
author = "The Workbench authors"
project_copyright = "Apache-2.0"
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_site", "**/_*", "sbom.cdx.json"]
nitpicky = False
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 4
myst_links_external_new_tab = False

napoleon_numpy_docstring = True
napoleon_google_docstring = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "pydata_sphinx_theme"
html_title = "Workbench"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_theme_options: dict[str, Any] = {
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "show_nav_level": 1,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "light"}
pygments_style = "a11y-high-contrast-light"

# A theme's own notice about a later version of the builder is no fault of a page.
warnings.filterwarnings("ignore", category=DeprecationWarning)


def _mathml(node: nodes.Element, display: bool) -> str:
    """Write a formula as MathML, which browsers show by themselves, with its source as a name."""
    text = node.astext().strip()
    tree = latex2mathml.tex2mathml(text, as_block=display)
    return str(tree)


def _inline(writer: Any, node: nodes.Element) -> None:
    writer.body.append(f'<span class="math">{_mathml(node, display=False)}</span>')
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.Element) -> None:
    writer.body.append(f'<div class="math" tabindex="0">{_mathml(node, display=True)}</div>')
    raise nodes.SkipNode


def _as_shown(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = text_of(page, source[0])


def _reached_by_links(app: Sphinx, doctree: nodes.document) -> None:
    """Keep pages of single rules out of the menus: the table of all rules leads to them."""
    if app.env.docname.startswith("quality_rules/"):
        app.env.metadata[app.env.docname]["orphan"] = ""


def _without_empty_heads(app: Sphinx, doctree: nodes.document) -> None:
    """Take empty heads off tables: an empty cell says nothing to whoever hears it."""
    for head in list(doctree.findall(nodes.thead)):
        if not head.astext().strip():
            head.parent.remove(head)


def setup(app: Sphinx) -> dict[str, bool]:
    """Show formulae without a script, and pages of the project where they belong."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("source-read", _as_shown)
    app.connect("doctree-read", _reached_by_links)
    app.connect("doctree-read", _without_empty_heads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
