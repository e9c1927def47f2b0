"""Forty texts that attack whatever prints them, and what to look for in an output.

Each is put through the text fields of a study. None may become an element, an address that runs
something, a formula, an order to a terminal, or a path out of the study.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "'><iframe src=javascript:alert(1)>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "<a href='javascript:alert(1)'>x</a>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<base href=//example.org><form action=//example.org><input>",
    "<meta http-equiv=refresh content='0;url=//example.org'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x3C;img src=x onerror=alert(1)&#x3E;",
    "{{ 7 * 7 }}{% raw %}",
    "{{ report.__class__.__mro__ }}",
    "{0.__class__.__init__.__globals__}%s%n",
    "[click](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    '=HYPERLINK("https://example.org","x")',
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "file:///etc/passwd",
    "../../../../etc/passwd",
    "..\\..\\x",
    "CON",
    "AUX.txt",
    "\u202egnp.exe\u202c",
    "line\u2028separator",
    "Cost $x^$ and $\\input{x}$",
    "_hidden",
    "\x1b]0;owned\x07\x1b[31mred\x1b[2J",
    "%load_ext x\n!touch owned",
    "long " + "W" * 5_000,
)
NUL = "nul\x00<script>alert(1)</script>"
"""A file that holds NUL is refused whole, so it goes through functions only."""

RUNS_SOMETHING = {
    "script", "iframe", "object", "embed", "base", "form", "input", "link", "svg", "math",
    "animate", "frame", "frameset", "applet", "audio", "video", "button", "textarea", "template",
}  # fmt: skip
ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "srcset", "poster"}
OWN_ADDRESS = re.compile(
    r"#[\w-]+|(?:\.\./)*[a-z0-9_/-]+\.(?:html|xlsx)|data:image/png;base64,[\w+/=]*"
)
TERMINAL_ORDER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class LiveNodes(HTMLParser):
    """What of a page would run, load or lead elsewhere if a browser opened it."""

    def __init__(self, page: str, may_have: frozenset[str] = frozenset()) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.tags: list[str] = []
        self._may_have = may_have
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in RUNS_SOMETHING - self._may_have:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"srcdoc", "autofocus"}:
                self.found.append(f"<{tag} {name}>")
            if name in ADDRESSES and not OWN_ADDRESS.fullmatch(value or ""):
                self.found.append(f"<{tag} {name}={value}>")
            if name == "http-equiv" and (value or "").lower() != "content-security-policy":
                self.found.append(f"<{tag} {name}={value}>")
            if name == "style" and re.search(r"url|expression|import", value or ""):
                self.found.append(f"<{tag} {name}={value}>")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")

    def unknown_decl(self, data: str) -> None:
        self.found.append(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}>")


def live_nodes(page: str) -> list[str]:
    """Live nodes of a page."""
    return LiveNodes(page).found


def live_cells(path: Path) -> list[str]:
    """Formulas, links and parts of a workbook that load or run something."""
    found = []
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if re.search(r"externalLinks|vbaProject|embeddings|activeX|connections|drawings", name):
                found.append(name)
            text = parts.read(name).decode("utf-8", errors="replace")
            live = re.search(r"<f[ >]|<hyperlink|<legacyDraw", text)
            if name.startswith("xl/worksheets/") and live:
                found.append(f"{name}: formula or link")
            if name.endswith(".rels") and "TargetMode" in text:
                found.append(f"{name}: a target elsewhere")
    return found


def live_outputs(path: Path) -> list[str]:
    """Live nodes, and kinds of output that could run something, of an executed notebook."""
    found = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            for kind, value in output.get("data", {}).items():
                text = value if isinstance(value, str) else "".join(value)
                if kind == "text/html":
                    found += live_nodes(text)
                elif kind == "text/plain":
                    found += TERMINAL_ORDER.findall(text)
                elif kind != "image/png":
                    found.append(kind)
            found += TERMINAL_ORDER.findall("".join(output.get("text", "")))
    return found


def live_csv_cells(rows: list[list[str]]) -> list[str]:
    """Cells of a CSV file that a spreadsheet would take for a formula; numbers are none."""
    number = re.compile(r"[+-]?\d[\d.]*(e[+-]?\d+)?", re.IGNORECASE)
    return [
        cell
        for row in rows
        for cell in row
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not number.fullmatch(cell)
    ]


def make_hostile_study(folder: Path, sites: int = 5, quarters: int = 5) -> int:
    """Make a study with payloads in every text field, and give how many cells hold one.

    Names, roles, reasons, topics, measures, identifiers of sites and staff, cells that will be set
    aside, a column that is not asked for, the network's name and note, titles and wording of
    instruments, and a waiver.
    """
    from workbench.data.synthetic import NetworkParameters, write_example
    from workbench.resources import resource_file
    from workbench.running.studies import make_study
    from workbench.yaml_files import read_yaml

    make_study(folder, with_settings_of="new")
    small = NetworkParameters(
        sites=sites, fewest_practitioners=6, most_practitioners=7, first_quarter="2025Q3",
        quarters=quarters, planted_sites=(),
    )  # fmt: skip
    write_example(folder, small, messy=False)
    tables = {path.stem: _read(path) for path in (folder / "data" / "raw").glob("*.csv")}
    cells = _fill_texts(tables)
    _name_with_payloads(tables)
    for name, frame in tables.items():
        frame.to_csv(folder / "data" / "raw" / f"{name}.csv", index=False, quoting=csv.QUOTE_ALL)
    instruments = folder / "data" / "schemas" / "instruments"
    for name in ("practice_fidelity_v1", "driver_assessment_v1", "plan_ownership_v1"):
        content = read_yaml(resource_file(f"data/schemas/instruments/{name}.yml"))
        text = json.dumps(_with_payloads(content, itertools.count()), indent=1)
        (instruments / f"{name}.yml").write_text(text)
    waiver = {"rule": "ALL01", "table": "supports", "reason": PAYLOADS[0], "owner": PAYLOADS[21],
              "expires": "2099-01-01"}  # fmt: skip
    (folder / "expectations" / "waivers.yml").write_text(json.dumps({"waivers": [waiver]}))
    about = {"network": " ".join(PAYLOADS[:20]), "note": " ".join(PAYLOADS[20:])}
    (folder / "workbench.yml").write_text(json.dumps(about))
    return cells


TEXTS = (
    ("practitioners", "role"), ("adaptations", "reason"), ("plans", "closed_as"),
    ("feedback_items", "topic"), ("feedback_items", "decision"),
)  # fmt: skip
SITE_CODES = ("../../x", "CON", "<script>1</script>", "=1+1", "a'b\"c")
STAFF_COLUMNS = ("practitioner_id", "trainer_id", "rater_id", "provided_by", "respondent_id")


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def _fill_texts(tables: dict[str, pd.DataFrame]) -> int:
    cells = 0
    for table, column in TEXTS:
        count = len(tables[table])
        tables[table][column] = [PAYLOADS[n % len(PAYLOADS)] for n in range(count)]
        cells += count
    sites = tables["sites"]
    each = len(PAYLOADS) // len(sites)
    sites["site_name"] = [
        " ".join(PAYLOADS[n * each : (n + 1) * each]) for n in range(len(sites))
    ]  # fmt: skip
    outcomes = tables["outcomes"]
    measures = {name: PAYLOADS[n] for n, name in enumerate(outcomes["measure"].unique())}
    outcomes["measure"] = outcomes["measure"].map(measures)
    # These can't be read, and their rows are set aside with what stood in them.
    supports, work = tables["supports"], tables["work_conditions"]
    few = min(len(PAYLOADS), len(supports) // 20)
    supports.loc[: few - 1, "kind"] = PAYLOADS[:few]
    work.loc[: len(work) // 20, "caseload"] = PAYLOADS[21]
    tables["recognition"]["=1+1 <script>"] = PAYLOADS[0]
    return cells + len(sites) + len(outcomes) + few


def _name_with_payloads(tables: dict[str, pd.DataFrame]) -> None:
    """Give sites, and every third member of staff, a code that attacks."""
    sites = dict(zip(tables["sites"]["site_id"], SITE_CODES, strict=False))
    people = {
        code: f"{PAYLOADS[n % 39]}#{n}".replace("\n", " ")
        for n, code in enumerate(tables["practitioners"]["practitioner_id"])
        if n % 3 == 0
    }
    for name, frame in tables.items():
        for column in frame.columns:
            codes = sites if column == "site_id" else people if column in STAFF_COLUMNS else {}
            frame[column] = frame[column].map(lambda cell, codes=codes: codes.get(cell, cell))
        if name == "outcomes":
            kinds = {"site": sites, "practitioner": people}
            frame["subject_id"] = [
                kinds.get(kind, {}).get(code, code)
                for kind, code in zip(frame["subject"], frame["subject_id"], strict=True)
            ]


WORDING = {"title", "wording", "description", "prompt", "action", "name", "rights", "cites"}


def _with_payloads(content: Any, number: Iterator[int]) -> Any:
    """Put a payload in the place of every title and wording of an instrument."""
    if isinstance(content, list):
        return [_with_payloads(one, number) for one in content]
    if not isinstance(content, dict):
        return content
    return {
        name: PAYLOADS[next(number) % len(PAYLOADS)]
        if name in WORDING and isinstance(value, str)
        else _with_payloads(value, number)
        for name, value in content.items()
    }
