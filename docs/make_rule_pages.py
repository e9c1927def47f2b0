"""Write a page a quality rule from the suites: ``python docs/make_rule_pages.py``.

The suites under expectations/, the paragraphs of RULES.md and the schemas are the source; the pages
under docs/quality_rules are never edited by hand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from workbench.data.schemas import TableSchema, load_schemas
from workbench.data.suites import NOTES, SETS_ASIDE, STOPS, read_suite
from workbench.resources import resource_file

PAGES = Path(__file__).with_name("quality_rules")
INDEX = "README.md"
WEIGHTS = {STOPS: "critical", SETS_ASIDE: "warning", NOTES: "note"}
EFFECTS = {
    STOPS: "The run stops, unless a written waiver names this rule.",
    SETS_ASIDE: "The rows that fail are set aside with the reason.",
    NOTES: "The rows are kept, and the count is shown.",
}
OWN = {
    "ALL01": (
        STOPS,
        "completeness",
        "`largest_share_set_aside` of `workbench.yml`; 10%",
    ),
    "ALL02": (SETS_ASIDE, "plausibility", "none may fail"),
    "ALL03": (SETS_ASIDE, "conformance", "none may fail"),
}
OPENING = """\
# Quality rules

Made from the suites in `expectations/` by `docs/make_rule_pages.py`. Change a suite or
[its paragraph](../../expectations/RULES.md) and run the script again; a test fails while they
differ.

A rule has a weight. *Critical*: the run stops unless waived. *Warning*: rows that fail are set
aside. *Note*: rows are kept and counted. It comes out as passed, failed, error (it could not be
checked) or not applicable (nothing to check), and the last two never count as passed.
"""


def pages() -> dict[str, str]:
    """Text of every page by its file name, the index included."""
    told = _paragraphs()
    found = {f"{rule}.md": _own_page(rule, *told[rule]) for rule in OWN}
    index = [OPENING, "## Every table", "", *_heading()]
    index += [
        f"| [{rule}]({rule}.md) | {told[rule][0]} | {WEIGHTS[weight]} | {category} |"
        for rule, (weight, category, _) in OWN.items()
    ]
    for table, schema in load_schemas().items():
        index += ["", f"## {table}", "", *_heading()]
        for rule in read_suite(resource_file(f"expectations/{table}.json"))["expectations"]:
            meta = rule["meta"]
            found[f"{meta['id']}.md"] = _page(rule, schema, told[meta["id"]][1])
            index.append(
                f"| [{meta['id']}]({meta['id']}.md) | {meta['title']} | "
                f"{WEIGHTS[rule['severity']]} | {meta['category']} |"
            )
    return {INDEX: "\n".join(index) + "\n", **found}


def _heading() -> list[str]:
    return ["| Rule | What holds | Weight | Category |", "|---|---|---|---|"]


def _paragraphs() -> dict[str, tuple[str, str]]:
    """Title and paragraph of each rule in RULES.md, without the words on its weight."""
    text = resource_file("expectations/RULES.md").read_text(encoding="utf-8")
    parts = re.split(r"^### ([A-Z]+\d+) (.+)$", text, flags=re.M)[1:]
    found = {}
    for number, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        paragraph = body.split("\n## ")[0].strip()
        found[number] = title, re.sub(r" \*(Critical|Warning|Note):.*\*$", "", paragraph)
    return found


def _own_page(rule: str, title: str, paragraph: str) -> str:
    weight, category, threshold = OWN[rule]
    facts = _facts("every table", "the whole row", weight, category, threshold)
    return "\n".join([f"# {rule} {title}", "", *facts, "", paragraph, ""])


def _page(rule: dict[str, Any], schema: TableSchema, paragraph: str) -> str:
    meta, kwargs = rule["meta"], rule["kwargs"]
    share = float(meta.get("threshold", 0))
    threshold = f"{share:.0%} of the rows may fail" if share else "none may fail"
    column = meta.get("column", kwargs.get("column", ""))
    where = f"`{column}`" if column else "the table as a whole"
    lines = [
        f"# {meta['id']} {meta['title']}",
        "",
        *_facts(f"`{schema.table}`", where, rule["severity"], meta["category"], threshold),
        "",
        paragraph,
        "",
        f"**What to do.** {meta['guidance']}",
        "",
    ]
    if column in schema.columns:
        lines += [f"**The column.** {schema.columns[column].description}", ""]
    lines += _example(rule, schema, column)
    checked = f"`{rule['type']}`"
    if kwargs.get("column"):
        checked += f" on `{kwargs['column']}`"
    return "\n".join([*lines, f"**How it is checked.** {checked}.", ""])


def _facts(table: str, column: str, weight: str, category: str, threshold: str) -> list[str]:
    return [
        "| | |",
        "|---|---|",
        f"| Table | {table} |",
        f"| Column | {column} |",
        f"| Category | {category} |",
        f"| Weight | {WEIGHTS[weight]}. {EFFECTS[weight]} |",
        f"| Threshold | {threshold} |",
    ]


def _example(rule: dict[str, Any], schema: TableSchema, column: str) -> list[str]:
    """Cells that pass and that fail, where the rule is about single cells."""
    fact = rule["kwargs"].get("column", "")
    cells: list[tuple[dict[str, str], dict[str, str]]] = []
    if fact.endswith("_is_not_in_the_future"):
        cells = [({column: "the day of the run"}, {column: "the day after the run"})]
    elif match := re.fullmatch(r"(\w+)_is_not_after_(\w+)", fact):
        early, late = "2026-03-01", "2026-03-31"
        cells = [({match[1]: early, match[2]: late}, {match[1]: late, match[2]: early})]
    elif fact.endswith("_is_within_limits"):
        low, high = schema.columns[column].lowest, schema.columns[column].highest
        beyond = f"{high + 1:g}" if high is not None else f"{(low or 0) - 1:g}"
        edge = high if high is not None else low
        cells = [({column: f"{edge:g}"}, {column: beyond})]
    elif fact.endswith("_is_listed"):
        cells = [({column: "007, which is listed"}, {column: "7, which is not"})]
    elif rule["type"] == "expect_column_values_to_not_be_null":
        cells = [({column: "any value"}, {column: "(empty)"})]
    elif fact == "rated_within_30_days":
        seen = {"observed_on": "2026-03-01"}
        cells = [({**seen, "rated_on": "2026-03-31"}, {**seen, "rated_on": "2026-04-01"})]
    elif fact == "key_is_unique":
        key = schema.key
        one, other = (dict.fromkeys(key, word) for word in ("stands once", "stands twice"))
        cells = [(one, other)]
    if not cells:
        return []
    good, bad = cells[0]
    names = list(good)
    return [
        "| A row that | " + " | ".join(f"`{name}`" for name in names) + " |",
        "|---|" + "---|" * len(names),
        "| passes | " + " | ".join(good[name] for name in names) + " |",
        "| fails | " + " | ".join(bad[name] for name in names) + " |",
        "",
    ]


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    written = pages()
    for path in PAGES.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (PAGES / name).write_text(text, encoding="utf-8")
