"""What no file of the project may do: run text as code, unpickle, show data as markup."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from workbench.yaml_files import read_yaml

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
TEMPLATES = sorted((ROOT / "reports" / "templates").iterdir())

_spec = importlib.util.spec_from_file_location("make_sbom", ROOT / "docs" / "make_sbom.py")
SBOM = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(SBOM)

NEVER_IMPORTED = {
    "pickle", "cPickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "urllib",
    "http", "requests", "httpx", "ftplib", "smtplib", "telnetlib", "webbrowser",
}  # fmt: skip
REACHES_OUT = {"data/redcap_api.py": {"urllib", "requests"}}
"""Reads a project that a source file names; nothing else speaks to another machine."""
WRITES_ADDRESSES = {"reporting/pdf.py": {"urllib"}, "reporting/start_page.py": {"urllib"}}
"""Take addresses of files apart or put them together; they open none."""
NEVER_CALLED = {"eval", "exec", "compile", "__import__", "read_pickle", "to_pickle", "system"}
NEVER_SHOWN = {"HTML", "Markdown", "Latex", "Javascript", "SVG", "IFrame", "Styler", "Markup"}
"""What turns text into live markup in a notebook or page."""
SHOWN_BY_ATTRIBUTE = {"to_html", "to_markdown"}
MARKUP_IS_ASKED_FOR = {"reporting/pages.py"}
"""Asks whether a value is Markup; makes none."""
MARKUP_OF_ESCAPED = {
    "reporting/page_words.py": {"Markup"},
    "reporting/pdf.py": {"HTML"},
    "reporting/start_page.py": {"Markup"},
}
"""Write every sign of a text as its number in CSS; read a page that was escaped when it was made;
write what ``shown.markup`` has escaped."""
TEXT_LOADER_ONLY = {"yaml_files.py"}
FLOORS = {
    "jupyter-server": "2.20.0",
    "jupyterlab": "4.5.7",
    "notebook": "7.5.6",
    "nbconvert": "7.17.1",
    "jupyter-core": "5.8.1",
    "great-expectations": "1.24",
    "pyarrow": "14.0.1",
    "jinja2": "3.1.6",
    "pyyaml": "6.0.2",
    "tornado": "6.5",
    "requests": "2.32.4",
    "urllib3": "2.5.0",
    "mistune": "3.0.0",
}
"""Versions from which published advisories are mended (docs/security.md)."""
COPYLEFT = re.compile(r"\b(AGPL|GPL|LGPL|GNU (Affero|Lesser|General))", re.IGNORECASE)
FREE_OF_DUTIES = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|0BSD|Zlib|HPND|CNRI|"
    r"Public Domain|CC0",
    re.IGNORECASE,
)


def trees() -> list[tuple[str, ast.AST]]:
    """Every module, and every code cell of the shipped notebooks, by a name to tell it by."""
    found: list[tuple[str, ast.AST]] = [
        (path.relative_to(ROOT / "src" / "workbench").as_posix(), ast.parse(path.read_text()))
        for path in SOURCES
    ]
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text())["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found += [(f"{path.name}[{n}]", ast.parse(text)) for n, text in enumerate(code)]
    return found


TREES = trees()


def names_in(tree: ast.AST) -> set[str]:
    """Names and attributes that code uses."""
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Attribute):
            used.add(node.attr)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            used.update(alias.name for alias in node.names)
    return used


def test_the_lint_sees_what_it_forbids() -> None:
    tree = ast.parse("from IPython.display import HTML\nframe.style.format()\neval('1')")
    assert {"HTML", "style", "eval"} <= names_in(tree)
    assert len(TREES) > 300


def test_no_code_is_made_from_text_and_nothing_is_unpickled() -> None:
    for name, tree in TREES:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                full = (
                    [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
                )
                imported = {str(one).split(".")[0] for one in full}
                allowed = REACHES_OUT.get(name, set()) | WRITES_ADDRESSES.get(name, set())
                assert not imported & NEVER_IMPORTED - allowed, name
                assert name not in WRITES_ADDRESSES or "urlopen" not in names_in(tree), name
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            bare = called.id if isinstance(called, ast.Name) else ""
            attribute = called.attr if isinstance(called, ast.Attribute) else ""
            assert bare not in NEVER_CALLED, name
            assert attribute not in NEVER_CALLED - {"compile", "eval"}, name
            for keyword in node.keywords:
                of = (keyword.arg, getattr(keyword.value, "value", None))
                assert of not in {("shell", True), ("allow_pickle", True)}, name


def test_yaml_is_read_in_one_place_by_a_safe_loader() -> None:
    for name, tree in TREES:
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "yaml"
        }
        assert not used & {"unsafe_load", "full_load", "UnsafeLoader", "FullLoader", "Loader"}, name
        assert "load" not in used or name in TEXT_LOADER_ONLY, name
    text = (ROOT / "src/workbench/yaml_files.py").read_text()
    assert "class _TextLoader(yaml.SafeLoader)" in text


def test_yaml_runs_nothing(tmp_path: Path) -> None:
    from workbench.errors import SettingsError

    path = tmp_path / "x.yml"
    for text in ("!!python/object/apply:os.system ['touch owned']", "!!python/name:os.system ''"):
        path.write_text(f"a: {text}\n")
        with pytest.raises(SettingsError):
            read_yaml(path)
    assert not Path("owned").exists()


@pytest.mark.parametrize(
    "text",
    ["007", "NO", "1.10", "12:30:45", "1e5", "0x10", "2026-01-02", "true", "on", "1_000", ".5"],
)
def test_yaml_leaves_identifiers_as_they_are_written(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(f"id: {text}\n{text}: [{text}]\n")
    assert read_yaml(path) == {"id": text, text: [text]}


def test_no_data_are_shown_as_markup() -> None:
    for name, tree in TREES:
        asked = {"Markup"} if name in MARKUP_IS_ASKED_FOR else set()
        allowed = asked | MARKUP_OF_ESCAPED.get(name, set())
        assert not names_in(tree) & ((NEVER_SHOWN | SHOWN_BY_ATTRIBUTE) - allowed), name
        styled = (isinstance(n, ast.Attribute) and n.attr == "style" for n in ast.walk(tree))
        assert not any(styled), name
    pages = (ROOT / "src/workbench/reporting/pages.py").read_text()
    assert "autoescape=True" in pages
    # Only a sentence of ours is markup, escaped before its values are put in, which escapes them.
    assert pages.count("Markup(") == pages.count("Markup(escape(say(text))).format(") == 1


def test_nothing_that_is_made_loads_anything_from_elsewhere() -> None:
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r"(src|href)=[\"']?(https?:)?//|@import|url\(", text), path.name
        assert not re.search(r"<script|<link|<iframe|\|\s*safe", text), path.name
    base = (ROOT / "reports/templates/base.html.j2").read_text()
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in base
    assert base.index("Content-Security-Policy") < base.index("<style>")


def test_no_notebook_is_shipped_with_outputs_or_magic() -> None:
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs"), path.name
            assert not re.search(r"^\s*[%!]", "".join(cell["source"]), re.M) or (
                cell["cell_type"] != "code"
            ), path.name


# --- no network: test_security_outputs.py checks and writes a study with the network refused ---


# --- what it is built on ---


def version(text: str) -> tuple[int, ...]:
    """Numbers of a version, for comparing.

    >>> version("2.20.0") > version("2.9")
    True
    """
    return tuple(int(part) for part in re.findall(r"\d+", text.split("+")[0])[:4])


def test_no_locked_version_is_below_a_mended_one() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    locked = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", lock, re.M)
    there = {name for name, _ in locked}
    assert {"jupyter-server", "jupyterlab", "nbconvert", "jinja2"} <= there
    for name, number in locked:
        if name in FLOORS:
            assert version(number) >= version(FLOORS[name]), f"{name} {number}"


def test_declared_floors_are_no_lower_than_the_mended_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in project["dependencies"]:
        name, _, least = requirement.partition(">=")
        if name in FLOORS:
            assert version(least.split(",")[0]) >= version(FLOORS[name]), requirement


def test_every_locked_file_has_its_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.M)[1:]
    assert len(entries) > 100
    assert all("--hash=sha256:" in entry for entry in entries)


def test_nothing_needed_at_run_time_is_under_a_licence_with_duties() -> None:
    packages = SBOM.run_time_packages(ROOT / "pyproject.toml")
    assert len(packages) > 50
    for name in packages:
        told = SBOM.licence_of(metadata.metadata(name))
        assert told, f"{name} tells no licence"
        if COPYLEFT.search(told):
            assert re.search(r"\bOR\b", told) and FREE_OF_DUTIES.search(told), f"{name}: {told}"
        else:
            assert FREE_OF_DUTIES.search(told), f"{name}: {told}"


def test_the_bill_of_materials_is_of_this_lock() -> None:
    kept = json.loads((ROOT / "docs" / "sbom.cdx.json").read_text())
    lock = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", lock, re.M))
    assert (kept["bomFormat"], kept["specVersion"]) == ("CycloneDX", "1.6")
    refs = {one["bom-ref"] for one in kept["components"]}
    assert len(refs) == len(kept["components"])
    for one in kept["components"]:
        assert one["licenses"], one["name"]
        assert one["name"] in locked, one["name"]
    assert {ref for link in kept["dependencies"] for ref in link["dependsOn"]} <= refs
    about = {one["name"]: one["value"] for one in kept["metadata"]["properties"]}
    assert about["lock:sha256"] == hashlib.sha256(lock.encode()).hexdigest(), "make sbom"
    names = {one["name"] for one in kept["components"]}
    assert {"pandas", "papermill", "great-expectations", "xlsxwriter"} <= names
    assert not names & {"pytest", "hypothesis", "ruff"}


def test_the_bill_of_materials_is_made_the_same_twice() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    made = [SBOM.sbom(ROOT / "pyproject.toml", lock) for _ in range(2)]
    assert made[0] == made[1]
